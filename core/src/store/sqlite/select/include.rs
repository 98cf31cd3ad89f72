//! What comes along with the rows: with one statement for all of them, not one for each.

use std::collections::{HashMap, HashSet};

use rusqlite::types::Value as Sql;
use rusqlite::{Transaction, params_from_iter};
use serde_json::Value;

use super::narrow::Narrowed;
use super::{Bodies, CHUNK, Row};
use crate::ground::query::{Domain, Rows};

/// Adds to each row what the plan includes.
pub(super) fn attach(transaction: &Transaction<'_>, included: &Rows, rows: &mut [Row]) -> rusqlite::Result<()> {
    let sessions: HashSet<&str> = rows.iter().map(|row| row.session.as_str()).collect();
    let sessions: Vec<Sql> = sessions.into_iter().map(|session| Sql::Text(session.to_owned())).collect();
    match included.domain {
        Domain::Sessions => {
            let found =
                Bodies::new(transaction, Domain::Sessions)?.admitted(included, &included.conditions, &sessions)?;
            let found: HashMap<String, Value> = found.into_iter().collect();
            for row in rows {
                if let (Some(fields), Some(session)) = (row.fields.as_object_mut(), found.get(&row.session)) {
                    fields.insert("session".into(), included.shape(session.clone()));
                }
            }
        }
        Domain::Activities => {
            let mut found = activities(transaction, included, &sessions)?;
            for row in rows {
                if let Some(fields) = row.fields.as_object_mut() {
                    fields.insert("activities".into(), found.remove(&row.session).unwrap_or_default().into());
                }
            }
        }
    }
    Ok(())
}

/// The activities of these sessions, each session's in order and no more than the limit.
fn activities(
    transaction: &Transaction<'_>,
    included: &Rows,
    sessions: &[Sql],
) -> rusqlite::Result<HashMap<String, Vec<Value>>> {
    let mut found: HashMap<String, Vec<Value>> = HashMap::new();
    if included.is_empty() {
        return Ok(found);
    }
    let limit = included.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let mut narrowed = Narrowed::new(included);
    let among = narrowed.search(transaction, included)?;
    let mut keys = transaction.prepare(&narrowed.sql_within_sessions(included))?;
    narrowed.values.push(Sql::Text(super::json(sessions)));
    let mut keys = keys.query(params_from_iter(&narrowed.values))?;
    let mut bodies = Bodies::new(transaction, Domain::Activities)?;
    let mut chunk = Vec::with_capacity(CHUNK);
    // With nothing left to judge, what is over the limit needs no look.
    let mut taken: (String, usize) = Default::default();
    loop {
        let key = keys.next()?;
        let ended = key.is_none();
        if let Some(key) = key {
            let (position, session): (i64, &str) = (key.get(0)?, key.get_ref(1)?.as_str()?);
            if among.as_ref().is_some_and(|among| among.binary_search(&position).is_err()) {
                continue;
            }
            if taken.0 != session {
                taken = (session.to_owned(), 0);
            }
            let full = found.get(session).is_some_and(|found| found.len() >= limit);
            if full || narrowed.is_exact() && taken.1 >= limit {
                continue;
            }
            taken.1 += 1;
            chunk.push(Sql::Integer(position));
        }
        if chunk.len() == CHUNK || ended {
            for (session, document) in bodies.admitted(included, &narrowed.remaining, &chunk)? {
                let list = found.entry(session).or_default();
                if list.len() < limit {
                    list.push(included.shape(document));
                }
            }
            chunk.clear();
        }
        if ended {
            return Ok(found);
        }
    }
}
