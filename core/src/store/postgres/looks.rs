//! The latest look at each session. One that has only some of the fields adds to what is known and takes nothing away.

use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::faults::Failure;
use super::server::Param;
use super::work::{Writing, column};
use super::write::{clean, runs};
use crate::ground::error::Result;
use crate::ground::model::SessionId;
use crate::store::SessionRecord;
use crate::store::merge::merge;
use crate::store::search::texts_of_session;
use crate::store::times::nanoseconds;

/// What is known of a session, by account and id.
pub(super) const BEFORE: &str =
    "SELECT body, partial, create_time, update_time FROM jules.looks WHERE account = $1 AND id = $2";
/// Without texts to search through, those that are known stay.
const PUT: &str = "
    INSERT INTO jules.looks (session, account, id, state, create_time, sort_time, update_time, seen_time, partial, runs, body)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, coalesce($10::text, '{}')::integer[], $11)
    ON CONFLICT (session) DO UPDATE SET state = excluded.state, create_time = excluded.create_time,
        sort_time = excluded.sort_time, update_time = excluded.update_time, seen_time = excluded.seen_time,
        partial = excluded.partial, body = excluded.body,
        runs = CASE WHEN $10 IS NULL THEN looks.runs ELSE excluded.runs END";

/// What was known.
pub(super) struct Before {
    body: String,
    partial: bool,
    create_time: Option<i64>,
    update_time: Option<i64>,
}

impl Before {
    pub(super) fn read(row: &Row) -> Result<Self> {
        let row = Some(row);
        Ok(Self {
            body: column(row, 0)?,
            partial: column(row, 1)?,
            create_time: column(row, 2)?,
            update_time: column(row, 3)?,
        })
    }
}

pub(super) async fn put(
    writing: &mut Writing,
    session: i64,
    id: &SessionId,
    record: &SessionRecord,
    before: Option<&Before>,
) -> Result<(), Failure> {
    let mut times = (nanoseconds(record.create_time), nanoseconds(record.update_time));
    let partial = record.partial && before.is_none_or(|before| before.partial);
    let sent = clean(&record.body);
    let body = match before {
        Some(before) if record.partial => {
            times = (times.0.or(before.create_time), times.1.or(before.update_time));
            merge(&before.body, &sent)
        }
        _ => sent,
    };
    let same = before.is_some_and(|before| before.body == body);
    let texts = if same { None } else { Some(texts_of_session(&body)) };
    let known = before.filter(|_| !same).map(|before| texts_of_session(&before.body));
    let found_by = texts.filter(|texts| known.as_ref() != Some(texts)).map(|texts| runs(&texts));
    let (account, id, state, now) = (writing.account, id.as_str(), clean(&record.state), writing.now);
    let sort_time = times.0.unwrap_or(i64::MIN);
    let params: [Param<'_>; 11] = [
        (&session, Type::INT8),
        (&account, Type::INT8),
        (&id, Type::TEXT),
        (&state, Type::TEXT),
        (&times.0, Type::INT8),
        (&sort_time, Type::INT8),
        (&times.1, Type::INT8),
        (&now, Type::INT8),
        (&partial, Type::BOOL),
        (&found_by, Type::TEXT),
        (&body, Type::TEXT),
    ];
    writing.rows(PUT, &params).await.map(drop)
}
