//! What clients want of sessions. It counts while they are heard of, by the server's clock.

use std::time::Duration;

use tokio_postgres::types::Type;

use super::faults::Failure;
use super::server::Param;
use super::work::{Reading, Writing, column};
use crate::ground::error::Result;
use crate::ground::model::SessionId;
use crate::store::holdings::unsettled;
use crate::store::{Want, Wanted};

const PUT: &str = "
    INSERT INTO jules.wants (account, session, handle, activities, \"interval\") VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (account, session, handle)
    DO UPDATE SET activities = excluded.activities, \"interval\" = excluded.\"interval\"";
const ALL: &str = "
    SELECT session, bool_or(activities), CASE WHEN count(*) = count(\"interval\") THEN min(\"interval\") END
    FROM jules.wants JOIN jules.handles USING (handle)
    WHERE wants.account = $1 AND expires > clock_timestamp() GROUP BY session ORDER BY session";

/// What a handle wants of a session from now on.
pub(super) async fn put(
    writing: &mut Writing,
    handle: &str,
    session: &SessionId,
    want: Option<Want>,
) -> Result<(), Failure> {
    note(writing, handle, session, want).await?;
    writing.touch_listeners().await
}

/// All that a handle wants, and nothing else. Sessions in the order of their ids and the account's row behind them all, as
/// everybody locks them.
pub(super) async fn settle(writing: &mut Writing, handle: &str, wants: Vec<(SessionId, Want)>) -> Result<(), Failure> {
    const NOTED: &str = "SELECT session FROM jules.wants WHERE account = $1 AND handle = $2";
    let account = writing.account;
    let rows = writing.rows(NOTED, &[(&account, Type::INT8), (&handle, Type::TEXT)]).await?;
    let noted = rows.iter().map(|row| column(Some(row), 0)).collect::<Result<Vec<String>>>()?;
    let unsettled = unsettled(wants, noted);
    if unsettled.is_empty() {
        return Ok(());
    }
    for (session, want) in unsettled {
        note(writing, handle, &session, want).await?;
    }
    writing.touch_listeners().await
}

async fn note(writing: &mut Writing, handle: &str, session: &SessionId, want: Option<Want>) -> Result<(), Failure> {
    let (account, id) = (writing.account, session.as_str());
    let key: [Param<'_>; 3] = [(&account, Type::INT8), (&id, Type::TEXT), (&handle, Type::TEXT)];
    match want {
        None => {
            const DELETE: &str = "DELETE FROM jules.wants WHERE account = $1 AND session = $2 AND handle = $3";
            writing.rows(DELETE, &key).await?;
        }
        Some(Want { activities, interval }) => {
            let interval = interval.map(|interval| i64::try_from(interval.as_nanos()).unwrap_or(i64::MAX));
            let [account, id, handle] = key;
            writing.rows(PUT, &[account, id, handle, (&activities, Type::BOOL), (&interval, Type::INT8)]).await?;
        }
    }
    writing.touch(session).await
}

/// What all living handles want of each session, by its id.
pub(super) async fn all(reading: &Reading) -> Result<Vec<Wanted>, Failure> {
    let rows = reading.rows(ALL, &[(&reading.account, Type::INT8)]).await?;
    let mut all = Vec::with_capacity(rows.len());
    for row in &rows {
        let (id, activities): (&str, bool) = (column(Some(row), 0)?, column(Some(row), 1)?);
        let interval: Option<i64> = column(Some(row), 2)?;
        let interval = interval.map(|interval| Duration::from_nanos(u64::try_from(interval).unwrap_or_default()));
        let session = SessionId::parse(id).ok();
        all.extend(session.map(|session| Wanted { session, want: Want { activities, interval } }));
    }
    Ok(all)
}
