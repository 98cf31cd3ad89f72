//! What clients want of sessions.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use rusqlite::{Connection, Row, params};
use tokio::time::Instant;

use super::leases::Peer;
use super::presence::{Presence, Silence};
use super::work::Writing;
use crate::ground::model::SessionId;
use crate::store::{Want, Wanted};

/// The wants of an account.
macro_rules! wants_where {
    ($more:literal) => {
        concat!(
            "SELECT wants.session, wants.activities, wants.interval, handles.handle, handles.beat, handles.locks
             FROM wants JOIN handles USING (handle) WHERE wants.account = ?1",
            $more
        )
    };
}

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

/// What all living handles want of a session. Nothing is asked of the others while only this one wants something.
pub(super) fn of(
    connection: &Connection,
    account: i64,
    session: &SessionId,
    presence: &Presence,
    now: Instant,
) -> rusqlite::Result<Option<Want>> {
    let mut statement = connection.prepare_cached(wants_where!(" AND wants.session = ?2"))?;
    let rows = statement.query_map(params![account, session.as_str()], read)?;
    let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    if rows.iter().all(|row| row.peer.handle == presence.handle) {
        return Ok(rows.first().map(|row| row.want));
    }
    let silence = presence.look(connection, account, now)?;
    Ok(rows.iter().filter(|row| !silence.lost_wants(&row.peer)).map(|row| row.want).reduce(Want::and))
}

/// What all living handles want of each session, by its id.
pub(super) fn all(connection: &Connection, account: i64, silence: &Silence<'_>) -> rusqlite::Result<Vec<Wanted>> {
    let mut statement = connection.prepare_cached(wants_where!(""))?;
    let mut all: BTreeMap<String, Want> = BTreeMap::new();
    let mut alive = HashMap::new();
    for row in statement.query_map([account], read)? {
        let Stored { session, peer, want } = row?;
        if *alive.entry(peer).or_insert_with_key(|peer| !silence.lost_wants(peer)) {
            all.entry(session).and_modify(|all| *all = all.and(want)).or_insert(want);
        }
    }
    let wanted = |(session, want): (String, Want)| Some(Wanted { session: SessionId::parse(&session).ok()?, want });
    Ok(all.into_iter().filter_map(wanted).collect())
}

/// What one handle wants of one session.
struct Stored {
    session: String,
    peer: Peer,
    want: Want,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let interval: Option<u64> = row.get(2)?;
    Ok(Stored {
        session: row.get(0)?,
        want: Want { activities: row.get(1)?, interval: interval.map(Duration::from_nanos) },
        peer: Peer { handle: row.get(3)?, beat: row.get(4)?, locks: row.get(5)? },
    })
}
