//! The latest look at each session. One that has only some of the fields adds to what is known and takes nothing away.

use rusqlite::{OptionalExtension, params};

use super::work::Writing;
use super::{index, nanoseconds};
use crate::ground::model::SessionId;
use crate::store::merge::merge;
use crate::store::{SessionRecord, search};

const PUT: &str = "
    INSERT INTO looks (session, account, id, state, create_time, update_time, seen_time, partial, body)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
    ON CONFLICT (session) DO UPDATE SET state = excluded.state, create_time = excluded.create_time,
        update_time = excluded.update_time, seen_time = excluded.seen_time,
        partial = excluded.partial, body = excluded.body";

/// What was known.
struct Before {
    body: String,
    partial: bool,
    create_time: Option<i64>,
    update_time: Option<i64>,
}

pub(super) fn put(writing: &Writing<'_>, session: i64, id: &SessionId, record: &SessionRecord) -> rusqlite::Result<()> {
    let before = writing
        .prepare_cached("SELECT body, partial, create_time, update_time FROM looks WHERE session = ?1")?
        .query_row([session], |row| {
            let (body, partial) = (row.get(0)?, row.get(1)?);
            Ok(Before { body, partial, create_time: row.get(2)?, update_time: row.get(3)? })
        })
        .optional()?;
    let known = before.is_some();
    let mut times = (nanoseconds(record.create_time), nanoseconds(record.update_time));
    let partial = record.partial && before.as_ref().is_none_or(|before| before.partial);
    let merged = match &before {
        Some(before) if record.partial => {
            times = (times.0.or(before.create_time), times.1.or(before.update_time));
            Some(merge(&before.body, &record.body))
        }
        _ => None,
    };
    let body = merged.as_deref().unwrap_or(&record.body);
    if before.as_ref().is_none_or(|before| before.body != body) {
        let texts = search::texts_of_session(body);
        if before.is_none_or(|before| search::texts_of_session(&before.body) != texts) {
            index::put_session(writing, session, &texts)?;
        }
    }
    let row =
        params![session, writing.account, id.as_str(), record.state, times.0, times.1, writing.now, partial, body];
    writing.prepare_cached(PUT)?.execute(row)?;
    if !known {
        writing
            .prepare_cached("UPDATE accounts SET sessions = sessions + 1 WHERE account = ?1")?
            .execute([writing.account])?;
    }
    Ok(())
}
