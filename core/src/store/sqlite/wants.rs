//! What clients want of sessions.

use std::collections::BTreeMap;
use std::time::Duration;

use rusqlite::{Connection, Row, params};

use super::presence::Silence;
use super::work::Writing;
use crate::ground::model::SessionId;
use crate::store::{Want, Wanted};

const WANTS: &str = "
    SELECT wants.session, wants.activities, wants.interval, handles.handle, handles.beat
    FROM wants JOIN handles USING (handle) WHERE wants.account = ?1";

/// What a handle wants of a session from now on.
pub(super) fn put(
    writing: &mut Writing<'_>,
    handle: &str,
    session: &SessionId,
    want: Option<Want>,
) -> rusqlite::Result<()> {
    let key = params![writing.account, session.as_str(), handle];
    match want {
        None => writing
            .prepare_cached("DELETE FROM wants WHERE account = ?1 AND session = ?2 AND handle = ?3")?
            .execute(key)?,
        Some(want) => {
            let interval = want.interval.map(|interval| i64::try_from(interval.as_nanos()).unwrap_or(i64::MAX));
            writing
                .prepare_cached(
                    "REPLACE INTO wants (account, session, handle, activities, interval) VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![writing.account, session.as_str(), handle, want.activities, interval])?
        }
    };
    writing.touch(session)?;
    writing.touch_listeners()
}

/// What all handles want of a session that are there still.
pub(super) fn of(
    connection: &Connection,
    account: i64,
    session: &SessionId,
    silence: &Silence,
) -> rusqlite::Result<Option<Want>> {
    let mut statement = connection.prepare_cached(&format!("{WANTS} AND wants.session = ?2"))?;
    let mut rows = statement.query(params![account, session.as_str()])?;
    let mut all: Option<Want> = None;
    while let Some(row) = rows.next()? {
        if let Some(want) = read(row, silence)? {
            all = Some(all.map_or(want, |all| all.and(want)));
        }
    }
    Ok(all)
}

/// What all handles want of each session, by its id.
pub(super) fn all(connection: &Connection, account: i64, silence: &Silence) -> rusqlite::Result<Vec<Wanted>> {
    let mut statement = connection.prepare_cached(WANTS)?;
    let mut rows = statement.query([account])?;
    let mut all: BTreeMap<String, Want> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        if let Some(want) = read(row, silence)? {
            all.entry(row.get(0)?).and_modify(|all| *all = all.and(want)).or_insert(want);
        }
    }
    let parsed =
        all.into_iter().filter_map(|(session, want)| Some(Wanted { session: SessionId::parse(&session).ok()?, want }));
    Ok(parsed.collect())
}

/// What one handle wants; nothing once it was silent for too long.
fn read(row: &Row<'_>, silence: &Silence) -> rusqlite::Result<Option<Want>> {
    if silence.lost_wants(row.get_ref(3)?.as_str()?, row.get(4)?) {
        return Ok(None);
    }
    let interval: Option<u64> = row.get(2)?;
    Ok(Some(Want { activities: row.get(1)?, interval: interval.map(Duration::from_nanos) }))
}
