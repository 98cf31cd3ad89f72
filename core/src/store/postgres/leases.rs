//! Leases and those who have them, by the server's clock: taking one, keeping what one has, giving it back, and clearing away
//! what those had who are silent.

use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::types::Type;

use super::Here;
use super::faults::Failure;
use super::notices::{self, Notices};
use super::server::{Param, Server};
use super::wants;
use super::work::{Reading, Writing, column};
use crate::ground::model::SessionId;
use crate::store::{Acquired, Grant, LeaseKey, Topic};

/// Seconds as PostgreSQL's intervals are made of.
pub(super) fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

const HOLDER: &str = "SELECT generation FROM jules.leases
    WHERE account = $1 AND key = $2 AND handle <> $3 AND expires > clock_timestamp()";
/// The number is drawn when the row is locked, so that it is higher than all before.
const ACQUIRE: &str = "
    INSERT INTO jules.leases AS lease (account, key, handle, generation, expires)
    VALUES ($1, $2, $3, nextval('jules.generations'), clock_timestamp() + make_interval(secs => $4))
    ON CONFLICT (account, key) DO UPDATE SET handle = $3,
        generation = CASE WHEN lease.handle = $3 THEN lease.generation ELSE nextval('jules.generations') END,
        expires = clock_timestamp() + make_interval(secs => $4)
    WHERE lease.handle IS NULL OR lease.handle = $3 OR lease.expires <= clock_timestamp()
    RETURNING generation";
/// The next generation is higher all the same, for all come from one sequence.
const RELEASE: &str = "DELETE FROM jules.leases WHERE account = $1 AND key = $2 AND generation = $3 RETURNING 1";
const REVOKE: &str = "DELETE FROM jules.leases WHERE account = $1 AND key = $2";
const RENEW: &str = "
    UPDATE jules.leases SET expires = clock_timestamp() + make_interval(secs => $4)
    WHERE account = $1 AND handle = $2 AND key = ANY($3) RETURNING key, generation";
pub(super) const BEAT: &str = "
    INSERT INTO jules.handles (handle, account, expires) VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3))
    ON CONFLICT (handle) DO UPDATE SET expires = excluded.expires";

/// Who else has a lease. Who only finds that out keeps no writer waiting.
pub(super) async fn held(reading: &Reading, key: &LeaseKey, handle: &str) -> Result<Option<Acquired>, Failure> {
    let key = key.to_string();
    let params: [Param<'_>; 3] = [(&reading.account, Type::INT8), (&key, Type::TEXT), (&handle, Type::TEXT)];
    let rows = reading.rows(HOLDER, &params).await?;
    let generation = rows.first().map(|row| column(Some(row), 0)).transpose()?;
    Ok(generation.map(|generation| Acquired::Held { generation }))
}

/// Takes a lease, unless another handle has it that lives.
pub(super) async fn acquire(writing: &mut Writing, key: &LeaseKey, here: &Here) -> Result<Acquired, Failure> {
    const GENERATION: &str = "SELECT generation FROM jules.leases WHERE account = $1 AND key = $2";
    let (account, name, term) = (writing.account, key.to_string(), seconds(here.terms.lease));
    let want = seconds(here.terms.want);
    let alive: [Param<'_>; 3] = [(&here.handle, Type::TEXT), (&account, Type::INT8), (&want, Type::FLOAT8)];
    let params: [Param<'_>; 4] =
        [(&account, Type::INT8), (&name, Type::TEXT), (&here.handle, Type::TEXT), (&term, Type::FLOAT8)];
    loop {
        let answers = writing.pipeline(&[(BEAT, &alive), (ACQUIRE, &params)]).await?;
        if let Some(row) = answers.last().and_then(|rows| rows.first()) {
            return Ok(Acquired::Granted(Grant { key: key.clone(), generation: column(Some(row), 0)? }));
        }
        if let Some(row) = writing.rows(GENERATION, &params[..2]).await?.first() {
            return Ok(Acquired::Held { generation: column(Some(row), 0)? });
        }
    }
}

/// Shows others that this handle lives.
pub(super) async fn beat(writing: &mut Writing, here: &Here) -> Result<(), Failure> {
    let (account, term) = (writing.account, seconds(here.terms.want));
    let params: [Param<'_>; 3] = [(&here.handle, Type::TEXT), (&account, Type::INT8), (&term, Type::FLOAT8)];
    writing.rows(BEAT, &params).await.map(drop)
}

pub(super) async fn release(writing: &mut Writing, grant: &Grant) -> Result<(), Failure> {
    let (account, key) = (writing.account, grant.key.to_string());
    let params: [Param<'_>; 3] = [(&account, Type::INT8), (&key, Type::TEXT), (&grant.generation, Type::INT8)];
    let given = writing.rows(RELEASE, &params).await?;
    match grant.key.topic() {
        _ if given.is_empty() => Ok(()),
        Topic::Session(session) => writing.touch(&session).await,
        Topic::Listeners => writing.touch_listeners().await,
        Topic::Tasks => writing.touch_tasks().await,
    }
}

/// Takes the lease of who watches a session away: what was fetched before is not to be written any more.
pub(super) async fn revoke(writing: &mut Writing, session: &SessionId) -> Result<(), Failure> {
    let (account, key) = (writing.account, LeaseKey::Watch(session.clone()).to_string());
    writing.rows(REVOKE, &[(&account, Type::INT8), (&key, Type::TEXT)]).await.map(drop)
}

/// Keeps what this handle has; gives back what of it is lost.
pub(super) async fn renew(writing: &mut Writing, here: &Here) -> Result<Vec<Grant>, Failure> {
    let (held, wants) = here.has.all();
    beat(writing, here).await?;
    let (account, term) = (writing.account, seconds(here.terms.lease));
    let keys: Vec<String> = held.iter().map(|grant| grant.key.to_string()).collect();
    let params: [Param<'_>; 4] =
        [(&account, Type::INT8), (&here.handle, Type::TEXT), (&keys, Type::TEXT_ARRAY), (&term, Type::FLOAT8)];
    let rows = writing.rows(RENEW, &params).await?;
    // Behind the leases, as everybody locks what this does.
    wants::settle(writing, &here.handle, wants).await?;
    let kept = rows.iter().map(|row| Ok((column(Some(row), 0)?, column(Some(row), 1)?)));
    let kept = kept.collect::<Result<Vec<(String, i64)>, Failure>>()?;
    let is_lost = |grant: &Grant| !kept.contains(&(grant.key.to_string(), grant.generation));
    Ok(held.into_iter().filter(is_lost).collect())
}

/// Those of this account that are silent, locked as far as nobody else clears them away, and the leases that ran out long ago
/// and whose handle is gone.
pub(super) async fn clear(writing: &mut Writing) -> Result<(), Failure> {
    const GONE: &str = "
        DELETE FROM jules.handles WHERE handle IN (SELECT handle FROM jules.handles
            WHERE account = $1 AND expires < clock_timestamp() FOR UPDATE SKIP LOCKED) RETURNING handle";
    const OLD: &str = "DELETE FROM jules.leases WHERE (account, key) IN (SELECT account, key FROM jules.leases
        WHERE account = $1 AND expires < clock_timestamp() - interval '1 hour' FOR UPDATE SKIP LOCKED)";
    let account = writing.account;
    let mine: [Param<'_>; 1] = [(&account, Type::INT8)];
    let gone = writing.pipeline(&[(GONE, &mine), (OLD, &mine)]).await?;
    let gone = gone.first().into_iter().flatten().map(|row| column(Some(row), 0));
    let gone = gone.collect::<Result<Vec<String>, _>>()?;
    if gone.is_empty() { Ok(()) } else { forget(writing, &gone).await }
}

/// Takes away what these handles had, and wakes those who may take it over.
async fn forget(writing: &mut Writing, handles: &[String]) -> Result<(), Failure> {
    const WANTS: &str = "DELETE FROM jules.wants WHERE handle = ANY($1) RETURNING session";
    const LEASES: &str =
        "DELETE FROM jules.leases WHERE handle = ANY($1) AND expires <= clock_timestamp() RETURNING key";
    let handles = handles.to_vec();
    let gone: [Param<'_>; 1] = [(&handles, Type::TEXT_ARRAY)];
    free(writing, (WANTS, &gone), (LEASES, &gone)).await
}

/// Does both, and wakes those who listen to what it was about.
async fn free(
    writing: &mut Writing,
    wants: (&'static str, &[Param<'_>]),
    leases: (&'static str, &[Param<'_>]),
) -> Result<(), Failure> {
    let freed = writing.pipeline(&[wants, leases]).await?;
    let mut texts = Vec::new();
    for (row, is_key) in
        freed.iter().zip([false, true]).flat_map(|(rows, is_key)| rows.iter().map(move |row| (row, is_key)))
    {
        let text: &str = column(Some(row), 0)?;
        match is_key {
            true => texts.extend(LeaseKey::session_in(text).map(|session| session.as_str().to_owned())),
            false => texts.push(text.to_owned()),
        }
    }
    texts.sort_unstable();
    texts.dedup();
    for session in texts.iter().filter_map(|text| SessionId::parse(text).ok()) {
        writing.touch(&session).await?;
    }
    writing.touch_listeners().await?;
    writing.touch_tasks().await
}

/// What a client does at its end: all that it had is free, and the others are told.
pub(super) async fn farewell(
    server: &Arc<Server>,
    notices: &Arc<Notices>,
    account: i64,
    handle: &str,
) -> Result<(), Failure> {
    const WANTS: &str = "DELETE FROM jules.wants WHERE handle = $1 RETURNING session";
    const LEASES: &str = "DELETE FROM jules.leases WHERE handle = $1 RETURNING key";
    let mut writing = Writing::new(server.borrow().await?, Arc::clone(notices), account, 0);
    let mine: [Param<'_>; 1] = [(&handle, Type::TEXT)];
    writing.rows("DELETE FROM jules.handles WHERE handle = $1", &mine).await?;
    free(&mut writing, (WANTS, &mine), (LEASES, &mine)).await?;
    writing.finish().await?;
    let borrowed = server.borrow().await?;
    let (channel, payloads) = (notices::channel(account), notices.payloads(notices.take_pending()));
    borrowed.rows(notices::TELL, &[(&channel, Type::TEXT), (&payloads, Type::TEXT_ARRAY)]).await.map(drop)
}
