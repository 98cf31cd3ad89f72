//! What comes along with the rows: with one statement for all of them, not one for each.

use std::collections::{HashMap, HashSet};

use rusqlite::types::Value as Sql;
use rusqlite::{Transaction, params_from_iter};
use serde_json::Value;

use super::narrow::Narrowed;
use super::{Bodies, CHUNK, Row};
use crate::ground::query::{Domain, Rows};

/// Adds to each row what the plan includes.
pub(super) fn attach(
    transaction: &Transaction<'_>,
    account: i64,
    included: &Rows,
    rows: &mut [Row],
) -> rusqlite::Result<()> {
    let sessions: HashSet<i64> = rows.iter().map(|row| row.session).collect();
    let sessions: Vec<i64> = sessions.into_iter().collect();
    match included.domain {
        Domain::Sessions => {
            let found = Bodies::new(transaction, Domain::Sessions)?.that_may_lack().admitted(
                included,
                &included.conditions,
                &sessions,
            )?;
            let found: HashMap<i64, Value> = found.into_iter().collect();
            for row in rows {
                if let (Some(fields), Some(session)) = (row.fields.as_object_mut(), found.get(&row.session)) {
                    fields.insert("session".into(), included.shape(session.clone()));
                }
            }
        }
        Domain::Activities => {
            let mut found = activities(transaction, account, included, &sessions)?;
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
    account: i64,
    included: &Rows,
    sessions: &[i64],
) -> rusqlite::Result<HashMap<i64, Vec<Value>>> {
    let mut found: HashMap<i64, Vec<Value>> = HashMap::new();
    if included.is_empty() {
        return Ok(found);
    }
    let limit = included.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let mut narrowed = Narrowed::new(account, included);
    let among = narrowed.search(transaction, included)?;
    let mut keys = transaction.prepare(&narrowed.sql_within_sessions(included))?;
    narrowed.values.push(Sql::Text(super::json(sessions)));
    let mut keys = keys.query(params_from_iter(&narrowed.values))?;
    let mut bodies = Bodies::new(transaction, Domain::Activities)?;
    let mut chunk = Vec::with_capacity(CHUNK);
    // With nothing left to judge, what is over the limit needs no look.
    let mut taken: (i64, usize) = Default::default();
    loop {
        let key = keys.next()?;
        let ended = key.is_none();
        if let Some(key) = key {
            let (position, session): (i64, i64) = (key.get(0)?, key.get(1)?);
            if among.as_ref().is_some_and(|among| among.binary_search(&position).is_err()) {
                continue;
            }
            if taken.0 != session {
                taken = (session, 0);
            }
            let full = found.get(&session).is_some_and(|found| found.len() >= limit);
            if full || narrowed.is_exact() && taken.1 >= limit {
                continue;
            }
            taken.1 += 1;
            chunk.push(position);
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
