//! The latest look at each session. One that has only some of the fields adds to what is known and takes nothing away.

use rusqlite::params;

use super::checksum::{LOOK_BODY, LookRow, intact_text, look_columns};
use super::work::Writing;
use super::{index, nanoseconds};
use crate::ground::model::SessionId;
use crate::store::merge::merge;
use crate::store::{SessionRecord, search};

const PUT: &str = "
    INSERT INTO looks (session, account, id, state, create_time, update_time, seen_time, partial, body, checksum)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
    ON CONFLICT (session) DO UPDATE SET state = excluded.state, create_time = excluded.create_time,
        update_time = excluded.update_time, seen_time = excluded.seen_time,
        partial = excluded.partial, body = excluded.body, checksum = excluded.checksum";

const BEFORE: &str = concat!("SELECT ", look_columns!(), ", partial FROM looks WHERE session = ?1");

/// What was known.
struct Before {
    body: String,
    partial: bool,
    create_time: Option<i64>,
    update_time: Option<i64>,
}

/// Whether there is a look at the session, and what it was, unless it was damaged.
fn before(writing: &Writing<'_>, session: i64) -> rusqlite::Result<(bool, Option<Before>)> {
    let mut statement = writing.prepare_cached(BEFORE)?;
    let mut rows = statement.query([session])?;
    let Some(row) = rows.next()? else { return Ok((false, None)) };
    let Some(body) = intact_text(row, 0, LOOK_BODY)? else { return Ok((true, None)) };
    let (body, partial) = (body.to_owned(), row.get(LOOK_BODY + 2)?);
    Ok((true, Some(Before { body, partial, create_time: row.get(3)?, update_time: row.get(4)? })))
}

pub(super) fn put(writing: &Writing<'_>, session: i64, id: &SessionId, record: &SessionRecord) -> rusqlite::Result<()> {
    let (known, before) = before(writing, session)?;
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
    let (id, state, account, now) = (id.as_str(), &record.state, writing.account, writing.now);
    let row = LookRow { session, id, state, create_time: times.0, update_time: times.1, body };
    let row = params![session, account, id, state, times.0, times.1, now, partial, body, row.checksum()];
    writing.prepare_cached(PUT)?.execute(row)?;
    if !known {
        writing
            .prepare_cached("UPDATE accounts SET sessions = sessions + 1 WHERE account = ?1")?
            .execute([writing.account])?;
    }
    Ok(())
}
