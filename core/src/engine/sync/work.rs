//! One sync from its beginning to its end: its turn, its checkpoint, the listing, the sessions, and what was deleted.

use std::collections::HashSet;
use std::time::Instant;

use futures::{StreamExt, stream};

use super::SyncDepth;
use super::fetch::bring_up;
use super::listing::{Listed, Lister, Task};
use super::options::{SyncOptions, SyncPhase, SyncProgress, SyncReport};
use crate::engine::Hub;
use crate::engine::deleted;
use crate::engine::freshness::A_DAY;
use crate::engine::presence::{Held, Hold};
use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::model::{SessionId, SessionInfo};
use crate::store::LeaseKey;
use std::sync::Arc;
use tokio::sync::OwnedMutexGuard;

/// So many sessions in a row that can't be fetched are not the sessions' fault.
const MOST_FAILURES: usize = 3;

/// Brings the store up to date.
pub(crate) async fn sync(hub: &Arc<Hub>, options: &SyncOptions) -> Result<SyncReport> {
    options.check()?;
    let began = Instant::now();
    let mut report = SyncReport { is_complete: true, ..SyncReport::default() };
    match &options.session_id {
        Some(id) => one(hub, &SessionId::parse(id)?, options, &mut report).await?,
        None if options.limit == Some(0) => {}
        None => many(hub, options, &mut report).await?,
    }
    report.duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(report)
}

/// Always asks for it. Needs no turn: it asks for nothing twice.
async fn one(hub: &Arc<Hub>, id: &SessionId, options: &SyncOptions, report: &mut SyncReport) -> Result<()> {
    let before = hub.store.known(vec![id.clone()]).await?.remove(id);
    let known = before.as_ref().is_some_and(|known| options.depth == SyncDepth::Metadata || known.hydrated.is_some());
    match bring_up(hub, id, options.depth).await {
        Ok(added) => {
            report.count(known);
            report.activities_ingested = added;
            options.tell(&done(options.depth, 1, 1, id, added));
            Ok(())
        }
        Err(error) if before.is_some() && deleted::is_deleted(hub, id, &error).await? => {
            report.sessions_deleted = 1;
            Ok(())
        }
        Err(error) => Err(error),
    }
}

async fn many(hub: &Arc<Hub>, options: &SyncOptions, report: &mut SyncReport) -> Result<()> {
    let _lease = turn(hub, options).await?;
    let yesterday = hub.surroundings.clock.now().earlier(A_DAY);
    let not_before = options.checkpoint.then_some(yesterday);
    let run = hub.store.begin_sync(options.kind(), not_before).await?;
    if run.goes_on {
        options.tell(&SyncProgress::new(SyncPhase::Checkpoint, 0, None));
    }
    options.tell(&SyncProgress::new(SyncPhase::FetchingList, 0, None));
    let lister = Lister { hub, options, run, report: &mut *report, listed: Listed::default(), always_now: None };
    let Listed { tasks, seen, complete, archived } = lister.list().await?;
    fetch_all(hub, options, tasks, report).await?;
    if complete && options.limit.is_none() {
        forget_deleted(hub, options, &seen, archived, report).await?;
    }
    report.is_complete = complete && report.sessions_failed == 0;
    if report.is_complete {
        hub.store.finish_sync().await?;
    }
    Ok(())
}

/// Waits until no other sync of this store is under way.
async fn turn(hub: &Arc<Hub>, options: &SyncOptions) -> Result<(Held, OwnedMutexGuard<()>)> {
    let here = match Arc::clone(&hub.syncs).try_lock_owned() {
        Ok(turn) => turn,
        Err(_) => {
            options.tell(&SyncProgress::new(SyncPhase::Waiting, 0, None));
            Arc::clone(&hub.syncs).lock_owned().await
        }
    };
    if let Hold::Ours(held) = hub.presence.hold(&LeaseKey::Sync).await? {
        return Ok((held, here));
    }
    options.tell(&SyncProgress::new(SyncPhase::Waiting, 0, None));
    Ok((hub.presence.wait_for(&LeaseKey::Sync).await?, here))
}

async fn fetch_all(hub: &Arc<Hub>, options: &SyncOptions, tasks: Vec<Task>, report: &mut SyncReport) -> Result<()> {
    let total = tasks.len();
    let (mut done_so_far, mut failures) = (0, 0);
    let mut results =
        stream::iter(tasks).map(|task| fetch_one(hub, options.depth, task)).buffer_unordered(options.concurrency);
    while let Some((id, known, result)) = results.next().await {
        match result {
            Ok(added) => {
                failures = 0;
                done_so_far += 1;
                report.count(known);
                report.activities_ingested += added;
                options.tell(&done(options.depth, done_so_far, total, &id, added));
            }
            Err(error) if is_its_own(&error) && failures + 1 < MOST_FAILURES => {
                tracing::warn!(target: "jules::sync", session = %id, %error, "cannot fetch a session");
                failures += 1;
                report.sessions_failed += 1;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn fetch_one(hub: &Arc<Hub>, depth: SyncDepth, task: Task) -> (SessionId, bool, Result<usize>) {
    let work = async {
        hub.store.note_tried(&task.id).await?;
        bring_up(hub, &task.id, depth).await
    };
    let result = work.await;
    (task.id, task.known, result)
}

/// Whether the trouble may be that session's alone: then the others go on.
fn is_its_own(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound
            | ErrorKind::InvalidRequest
            | ErrorKind::Precondition
            | ErrorKind::Decode
            | ErrorKind::Server
            | ErrorKind::Timeout
    )
}

/// Asks for each session that the store has and no listing shows; one that the server doesn't know is marked as deleted.
async fn forget_deleted(
    hub: &Arc<Hub>,
    options: &SyncOptions,
    seen: &HashSet<SessionId>,
    archived: bool,
    report: &mut SyncReport,
) -> Result<()> {
    let mut missing = hub.store.session_ids().await?;
    missing.retain(|id| !seen.contains(id) && !is_brand_new(hub, id));
    if !archived {
        missing = shown_by_rights(hub, missing).await?;
    }
    let total = missing.len();
    let mut checks = stream::iter(missing).map(|id| is_deleted(hub, id)).buffer_unordered(options.concurrency);
    let mut current = 0;
    while let Some(gone) = checks.next().await {
        current += 1;
        match gone? {
            Some(true) => report.sessions_deleted += 1,
            Some(false) => report.sessions_refreshed += 1,
            None => report.sessions_failed += 1,
        }
        options.tell(&SyncProgress::new(SyncPhase::CheckingDeleted, current, Some(total)));
    }
    Ok(())
}

/// Without those that were put aside: this server lists no such sessions.
async fn shown_by_rights(hub: &Arc<Hub>, sessions: Vec<SessionId>) -> Result<Vec<SessionId>> {
    let mut shown = Vec::with_capacity(sessions.len());
    for id in sessions {
        let body = hub.store.session(&id).await?;
        if !body.as_deref().and_then(SessionInfo::from_wire).is_some_and(|info| info.archived) {
            shown.push(id);
        }
    }
    Ok(shown)
}

/// Nothing where somebody says so who can't know.
async fn is_deleted(hub: &Arc<Hub>, id: SessionId) -> Result<Option<bool>> {
    match bring_up(hub, &id, SyncDepth::Metadata).await {
        Ok(_) => Ok(Some(false)),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Ok(deleted::is_deleted(hub, &id, &error).await?.then_some(true))
        }
        Err(error) => Err(error),
    }
}

/// A session that this client has just created may not be known everywhere at the server.
fn is_brand_new(hub: &Arc<Hub>, id: &SessionId) -> bool {
    hub.watched(id).is_brand_new()
}

fn done(depth: SyncDepth, current: usize, total: usize, id: &SessionId, added: usize) -> SyncProgress {
    let phase = match depth {
        SyncDepth::Metadata => SyncPhase::HydratingRecords,
        SyncDepth::Activities => SyncPhase::HydratingActivities,
    };
    SyncProgress {
        last_ingested_id: Some(id.as_str().to_owned()),
        activity_count: (depth == SyncDepth::Activities).then_some(added),
        ..SyncProgress::new(phase, current, Some(total))
    }
}

impl SyncReport {
    pub(super) fn count(&mut self, known: bool) {
        match known {
            true => self.sessions_refreshed += 1,
            false => self.sessions_ingested += 1,
        }
    }
}
