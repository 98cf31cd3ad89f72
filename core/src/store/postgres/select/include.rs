//! What comes along with the rows: for all of them together, not one by one.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::narrow::Narrowed;
use super::{CHUNK, Cursor, Row};
use crate::ground::error::Result;
use crate::ground::query::{Domain, Rows};
use crate::store::postgres::faults::Failure;
use crate::store::postgres::work::{Reading, column};
use tokio_postgres::types::Type;

/// Adds to each row what the plan includes.
pub(super) async fn attach(reading: &Reading, included: &Rows, rows: &mut [Row]) -> Result<(), Failure> {
    let sessions: HashSet<i64> = rows.iter().map(|row| row.session).collect();
    let sessions: Vec<i64> = sessions.into_iter().collect();
    match included.domain {
        Domain::Sessions => {
            let found = looks(reading, included, &sessions).await?;
            for row in rows {
                if let (Some(fields), Some(session)) = (row.fields.as_object_mut(), found.get(&row.session)) {
                    fields.insert("session".into(), included.shape(session.clone()));
                }
            }
        }
        Domain::Activities => {
            let mut found = activities(reading, included, sessions).await?;
            for row in rows {
                if let Some(fields) = row.fields.as_object_mut() {
                    fields.insert("activities".into(), found.remove(&row.session).unwrap_or_default().into());
                }
            }
        }
    }
    Ok(())
}

/// The sessions of these numbers that the plan admits.
async fn looks(reading: &Reading, included: &Rows, sessions: &[i64]) -> Result<HashMap<i64, Value>, Failure> {
    const LOOKS: &str = "SELECT session, id, body FROM jules.looks WHERE account = $1 AND session = ANY($2)";
    let mut found = HashMap::new();
    for some in sessions.chunks(CHUNK) {
        let rows = reading.rows(LOOKS, &[(&reading.account, Type::INT8), (&some, Type::INT8_ARRAY)]).await?;
        for row in &rows {
            let (id, body): (&str, &str) = (column(Some(row), 1)?, column(Some(row), 2)?);
            if let Some(document) = included.admit(id, body, &included.conditions) {
                found.insert(column(Some(row), 0)?, document);
            }
        }
    }
    Ok(found)
}

/// The activities of these sessions, each session's in order and no more than the limit.
async fn activities(
    reading: &Reading,
    included: &Rows,
    mut sessions: Vec<i64>,
) -> Result<HashMap<i64, Vec<Value>>, Failure> {
    let mut found: HashMap<i64, Vec<Value>> = HashMap::new();
    if included.is_empty() {
        return Ok(found);
    }
    let limit = included.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let narrowed = Narrowed::new(reading.account, included);
    let mut behind: Option<Cursor> = None;
    // No more of the first session than is wanted of it, for it is read before the others.
    let size = limit.saturating_mul(sessions.len()).clamp(1, CHUNK);
    while !sessions.is_empty() {
        let chunk = narrowed.chunk_within_sessions(reading, included, &sessions, behind.as_ref(), size).await?;
        for candidate in &chunk {
            let list = found.entry(candidate.cursor.session).or_default();
            if list.len() < limit
                && let Some(document) = included.admit(&candidate.id, &candidate.body, &narrowed.remaining)
            {
                list.push(included.shape(document));
            }
        }
        match chunk.last() {
            Some(last) if chunk.len() == size => behind = Some(last.cursor.clone()),
            _ => break,
        }
        // Those that have enough are not read on.
        sessions.retain(|session| found.get(session).is_none_or(|list| list.len() < limit));
    }
    Ok(found)
}
