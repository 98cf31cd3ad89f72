//! Leases in the table: who has which, taking one, giving it back, and the beats by which others see that one is alive.

use std::collections::HashSet;

use rusqlite::{Connection, params};

use super::presence::Silence;
use super::work::Writing;
use crate::ground::model::SessionId;
use crate::store::holdings::unsettled;
use crate::store::{Acquired, Grant, LeaseKey, Topic, Want};

const PUT_HANDLE: &str = "
    INSERT INTO handles (handle, account, beat, locks, process) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (handle) DO UPDATE SET beat = excluded.beat";
const HOLDER: &str = "
    SELECT generation, leases.handle, beat, locks FROM leases LEFT JOIN handles USING (handle)
    WHERE leases.account = ?1 AND key = ?2";

/// Another handle, as the table shows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Peer {
    pub(super) handle: String,
    /// Another one whenever it was renewed.
    pub(super) beat: i64,
    /// Whether it holds the lock on its file.
    pub(super) locks: bool,
}

/// All handles of the account but this one.
pub(super) fn peers(connection: &Connection, account: i64, own: &str) -> rusqlite::Result<Vec<Peer>> {
    connection
        .prepare_cached("SELECT handle, beat, locks FROM handles WHERE account = ?1 AND handle <> ?2")?
        .query_map(params![account, own], |row| {
            Ok(Peer { handle: row.get(0)?, beat: row.get(1)?, locks: row.get(2)? })
        })?
        .collect()
}

/// Whether a lease still is what was granted.
pub(super) fn has(connection: &Connection, account: i64, grant: &Grant) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM leases WHERE account = ?1 AND key = ?2 AND generation = ?3")?
        .exists(params![account, grant.key.to_string(), grant.generation])
}

/// Who this handle is, for its row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Me<'h> {
    pub(super) handle: &'h str,
    pub(super) locks: bool,
}

/// Shows others that this handle is alive.
pub(super) fn beat(writing: &mut Writing<'_>, me: Me<'_>) -> rusqlite::Result<()> {
    let beat = writing.change()?;
    let row = params![me.handle, writing.account, beat, me.locks, std::process::id()];
    writing.prepare_cached(PUT_HANDLE)?.execute(row).map(drop)
}

/// Who has a lease: this handle, or another one that lives; nobody, when it may be taken.
pub(super) fn holder(
    connection: &Connection,
    account: i64,
    key: &LeaseKey,
    own: &str,
    silence: &Silence<'_>,
) -> rusqlite::Result<Option<Acquired>> {
    let mut statement = connection.prepare_cached(HOLDER)?;
    let mut rows = statement.query(params![account, key.to_string()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let (generation, handle): (i64, String) = (row.get(0)?, row.get(1)?);
    if handle == own {
        return Ok(Some(Acquired::Granted(Grant { key: key.clone(), generation })));
    }
    let Some(beat) = row.get(2)? else { return Ok(None) };
    let peer = Peer { handle, beat, locks: row.get(3)? };
    Ok((!silence.lost_leases(&peer)).then_some(Acquired::Held { generation }))
}

/// Takes a lease unless another handle has it that lives.
pub(super) fn acquire(
    writing: &mut Writing<'_>,
    key: &LeaseKey,
    me: Me<'_>,
    silence: &Silence<'_>,
) -> rusqlite::Result<Acquired> {
    if let Some(holder) = holder(writing, writing.account, key, me.handle, silence)? {
        return Ok(holder);
    }
    beat(writing, me)?;
    let generation = writing.change()?;
    writing
        .prepare_cached("REPLACE INTO leases (account, key, handle, generation) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![writing.account, key.to_string(), me.handle, generation])?;
    Ok(Acquired::Granted(Grant { key: key.clone(), generation }))
}

pub(super) fn release(writing: &mut Writing<'_>, grant: &Grant) -> rusqlite::Result<()> {
    let given = writing
        .prepare_cached("DELETE FROM leases WHERE account = ?1 AND key = ?2 AND generation = ?3")?
        .execute(params![writing.account, grant.key.to_string(), grant.generation])?;
    match grant.key.topic() {
        _ if given == 0 => Ok(()),
        Topic::Session(session) => writing.touch(&session),
        Topic::Listeners => writing.touch_listeners(),
        Topic::Tasks => writing.touch_tasks(),
    }
}

/// Takes the lease of who watches a session away: what was fetched before is not to be written any more.
pub(super) fn revoke(writing: &Writing<'_>, session: &SessionId) -> rusqlite::Result<()> {
    let key = LeaseKey::Watch(session.clone()).to_string();
    writing
        .prepare_cached("DELETE FROM leases WHERE account = ?1 AND key = ?2")?
        .execute(params![writing.account, key])
        .map(drop)
}

/// Keeps what this handle has; gives back what of it is lost.
pub(super) fn renew(
    writing: &mut Writing<'_>,
    me: Me<'_>,
    held: &[Grant],
    wants: &[(SessionId, Want)],
) -> rusqlite::Result<Vec<Grant>> {
    beat(writing, me)?;
    let noted = texts(writing, "SELECT session FROM wants WHERE handle = ?1", me.handle)?;
    for (session, want) in unsettled(wants.to_vec(), noted) {
        super::wants::put(writing, me.handle, &session, want)?;
    }
    let mut lost = Vec::new();
    for grant in held {
        if !has(writing, writing.account, grant)? {
            lost.push(grant.clone());
        }
    }
    Ok(lost)
}

/// Gives back what this handle has by the table and doesn't know of, where that was so at the renewal before too: the answer to
/// its taking was lost, or its giving back failed. While the handle lives nobody else would get it. Gives back what it doesn't know
/// of now.
pub(super) fn give_back_unknown(
    writing: &mut Writing<'_>,
    own: &str,
    held: &[Grant],
    doubted: &HashSet<(String, i64)>,
) -> rusqlite::Result<HashSet<(String, i64)>> {
    let known: HashSet<_> = held.iter().map(|grant| (grant.key.to_string(), grant.generation)).collect();
    let noted = writing
        .prepare_cached("SELECT key, generation FROM leases WHERE account = ?1 AND handle = ?2")?
        .query_map(params![writing.account, own], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<HashSet<(String, i64)>>>()?;
    let (given_back, unknown): (Vec<_>, HashSet<_>) = {
        let (doubted, new): (Vec<_>, Vec<_>) =
            noted.into_iter().filter(|lease| !known.contains(lease)).partition(|lease| doubted.contains(lease));
        (doubted, new.into_iter().collect())
    };
    for (key, generation) in &given_back {
        writing
            .prepare_cached("DELETE FROM leases WHERE account = ?1 AND key = ?2 AND generation = ?3")?
            .execute(params![writing.account, key, generation])?;
        if let Some(session) = LeaseKey::session_in(key) {
            writing.touch(&session)?;
        }
    }
    if !given_back.is_empty() {
        writing.touch_listeners()?;
        writing.touch_tasks()?;
    }
    Ok(unknown)
}

/// Clears away what handles had that are gone, and wakes those who may take it over. Gives back whose that was.
pub(super) fn clear(writing: &mut Writing<'_>, gone: &[Peer]) -> rusqlite::Result<Vec<Peer>> {
    let mut cleared = Vec::new();
    for peer @ Peer { handle, beat, .. } in gone {
        let same = writing
            .prepare_cached("DELETE FROM handles WHERE handle = ?1 AND beat = ?2")?
            .execute(params![handle, beat])?;
        if same == 0 {
            continue;
        }
        let mut sessions = texts(writing, "DELETE FROM wants WHERE handle = ?1 RETURNING session", handle)?;
        let leases = texts(writing, "DELETE FROM leases WHERE handle = ?1 RETURNING key", handle)?;
        sessions.extend(leases.iter().filter_map(|key| Some(LeaseKey::session_in(key)?.as_str().to_owned())));
        sessions.sort_unstable();
        sessions.dedup();
        for id in sessions.iter().filter_map(|session| SessionId::parse(session).ok()) {
            writing.touch(&id)?;
        }
        writing.touch_listeners()?;
        writing.touch_tasks()?;
        cleared.push(peer.clone());
    }
    Ok(cleared)
}

fn texts(connection: &Connection, sql: &str, handle: &str) -> rusqlite::Result<Vec<String>> {
    connection.prepare_cached(sql)?.query_map([handle], |row| row.get(0))?.collect()
}
