//! Who watches a session: one client of all that share the store, the holder of its lease. Everybody else follows: hears
//! from the store what the holder learned, and takes over when it is gone.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::lease::WatchLease;
use super::refusal::Refusal;
use super::status::Status;
use super::watched::Watched;
use super::watcher::Watcher;
use crate::engine::end::ended;
use crate::engine::presence::{ASK_AGAIN, Held, Hold};
use crate::ground::error::{ErrorKind, Result};
use crate::ground::model::{EndReason, SessionInfo};
use crate::store::{Beacon, LeaseKey, Revisions, Topic};

/// The rest after the store could not be reached.
const REST: Duration = Duration::from_secs(1);

/// Watches or follows, as long as somebody here listens. Ends when watching fails, and tells the listeners why.
pub(super) async fn attend(watched: Arc<Watched>) {
    let mut revisions = watched.hub.store.watch(&Topic::Session(watched.id.clone()));
    let mut refusal = Refusal::default();
    loop {
        if let Err(error) = attend_once(&watched, &mut revisions, &mut refusal).await {
            if error.is_of_outage() {
                // Whoever listens has limits of its own, and the store what was seen so far.
                tracing::warn!(target: "jules::watch", session = %watched.id, %error, "cannot watch at present; trying again");
                sleep(REST).await;
                continue;
            }
            tracing::info!(target: "jules::watch", session = %watched.id, %error, "watching stopped");
            watched.snapshot.send_modify(|snapshot| snapshot.failure = Some(error));
            return;
        }
    }
}

/// One stretch in one role, until something changes about it.
async fn attend_once(watched: &Arc<Watched>, revisions: &mut Revisions, refusal: &mut Refusal) -> Result<()> {
    let mut interest = watched.interest();
    let activities_here = *interest.borrow_and_update();
    watched.hub.presence.tell(&watched.id).await?;
    revisions.seen();
    let beacon = watched.hub.store.beacon(&watched.id).await?;
    watched.notice_acts(&beacon).await;
    let activities = activities_here || beacon.want.is_some_and(|want| want.activities);
    let key = if activities { LeaseKey::Watch(watched.id.clone()) } else { LeaseKey::Fleet };
    match watched.hub.presence.hold(&key).await? {
        Hold::Ours(held) => hold(watched, &held, &beacon, revisions, &mut interest).await,
        Hold::Theirs(generation) => follow(watched, &key, generation, revisions, &mut interest, refusal).await,
    }
}

async fn hold(
    watched: &Arc<Watched>,
    held: &Held,
    beacon: &Beacon,
    revisions: &mut Revisions,
    interest: &mut watch::Receiver<bool>,
) -> Result<()> {
    let lease = WatchLease::begin(watched, held, beacon);
    if !lease.activities {
        watched.hub.fleet.serve(&watched.hub, held);
    }
    let watching = tokio::select! {
        biased;
        result = Watcher::new(&lease).run() => result,
        () = held.lost() => {
            tracing::info!(target: "jules::watch", session = %watched.id, "another client watches the session now");
            Ok(())
        }
        result = heed(&lease, revisions) => result,
        _ = interest.changed() => Ok(()),
    };
    // The lease of many sessions stays here when one of them is refused, so nobody learns of it by taking over.
    if !lease.activities && watching.as_ref().is_err_and(|error| error.kind() != ErrorKind::Store) {
        tokio::select! {
            biased;
            () = held.lost() => {}
            told = Box::pin(lease.publish_refusal()) => if let Err(error) = told {
                tracing::warn!(target: "jules::watch", session = %watched.id, %error, "cannot tell other clients that it was refused");
            },
        }
    }
    watching
}

/// Notices what users do elsewhere; ends when others want something else of the session.
async fn heed(lease: &WatchLease, revisions: &mut Revisions) -> Result<()> {
    let watched = &lease.watched;
    let interest = watched.interest();
    loop {
        revisions.changed().await;
        let beacon = watched.hub.store.beacon(&watched.id).await?;
        watched.notice_acts(&beacon).await;
        lease.serve(beacon.want);
        if (*interest.borrow() || beacon.want.is_some_and(|want| want.activities)) != lease.activities {
            return Ok(());
        }
    }
}

/// Hears what the holder tells, and returns when it is time to ask for the lease again.
async fn follow(
    watched: &Watched,
    key: &LeaseKey,
    generation: i64,
    revisions: &mut Revisions,
    interest: &mut watch::Receiver<bool>,
    refusal: &mut Refusal,
) -> Result<()> {
    let until = Instant::now() + ASK_AGAIN;
    loop {
        revisions.seen();
        let beacon = watched.hub.store.beacon(&watched.id).await?;
        if beacon.deleted {
            let info = watched.snapshot.borrow().info.as_deref().cloned();
            return Err(ended(&watched.id, EndReason::Deleted, info));
        }
        watched.notice_acts(&beacon).await;
        let status = beacon.status.as_deref().and_then(|text| Status::read(text, key, generation));
        if let Some(status) = status {
            if status.refused {
                // On the heap, as it hardly ever happens: every session that is watched would have the room for it.
                Box::pin(refusal.heard(watched)).await?;
            }
            hear(watched, &beacon, &status).await?;
        }
        tokio::select! {
            biased;
            () = revisions.changed() => {}
            () = sleep_until(until) => return Ok(()),
            _ = interest.changed() => return Ok(()),
        }
    }
}

/// Takes in what the holder tells; what is older than an act of which this client knows is not heard.
async fn hear(watched: &Watched, beacon: &Beacon, status: &Status) -> Result<()> {
    if status.acts < watched.snapshot.borrow().counted {
        return Ok(());
    }
    let info = if status.seen && watched.hears_first_time(beacon.looks) {
        let body = watched.hub.store.session(&watched.id).await?;
        body.as_deref().and_then(SessionInfo::from_wire)
    } else {
        None
    };
    watched.snapshot.send_if_modified(|snapshot| {
        let mut news = info.is_some();
        if let Some(info) = info {
            snapshot.see(info);
        }
        if status.caught_up && snapshot.end != Some(beacon.end) {
            snapshot.end = Some(beacon.end);
            snapshot.caught_up.get_or_insert(beacon.end);
            news = true;
        }
        news |= snapshot.drained != status.drained;
        snapshot.drained = status.drained;
        news
    });
    Ok(())
}
