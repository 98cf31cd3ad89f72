//! One stretch of watching a session under a lease: what the watcher commits under, whose wants it serves, and what it has
//! told those who follow from elsewhere.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::advance::Advance;
use super::belief::kept;
use super::commit::commit;
use super::status::Status;
use super::watched::Watched;
use crate::api::SeenSession;
use crate::engine::presence::Held;
use crate::ground::error::Result;
use crate::ground::model::SessionInfo;
use crate::store::{Batch, Beacon, LeaseKey, Want};

/// This client watches while it lives.
pub(super) struct WatchLease {
    pub(super) watched: Arc<Watched>,
    held: Held,
    /// Whether it watches the activities too, or only the state.
    pub(super) activities: bool,
    state: Mutex<Stretch>,
}

struct Stretch {
    /// The time between two polls that all who want something of the session agree on.
    interval: Option<Duration>,
    told: Option<Status>,
}

impl Drop for WatchLease {
    fn drop(&mut self) {
        if self.activities {
            self.watched.cursor.leave();
        }
    }
}

impl WatchLease {
    pub(super) fn begin(watched: &Arc<Watched>, held: &Held, beacon: &Beacon) -> Self {
        let activities = matches!(held.grant().key, LeaseKey::Watch(_));
        if activities {
            watched.cursor.attend();
        }
        let interval = beacon.want.map_or(watched.hub.polling_interval, |want| want.interval);
        let state = Mutex::new(Stretch { interval, told: None });
        Self { watched: Arc::clone(watched), held: held.clone(), activities, state }
    }

    /// Whoever watches serves what all want of the session.
    pub(super) fn serve(&self, want: Option<Want>) {
        if let Some(want) = want {
            self.state().interval = want.interval;
        }
    }

    /// The fixed time between two polls, if there is one.
    pub(super) fn interval(&self) -> Option<Duration> {
        self.state().interval
    }

    /// Tells those who follow from elsewhere how far the watcher here has come, if that has changed.
    pub(super) async fn publish(&self) -> Result<()> {
        self.publish_status(self.status()).await
    }

    /// Tells them that the server refuses the session to the watcher here: each asks for itself then.
    pub(super) async fn publish_refusal(&self) -> Result<()> {
        let mut status = self.status();
        status.refused = true;
        self.publish_status(status).await
    }

    fn status(&self) -> Status {
        Status::of(&self.watched.snapshot.borrow(), self.held.grant())
    }

    async fn publish_status(&self, status: Status) -> Result<()> {
        if self.state().told.as_ref() == Some(&status) {
            return Ok(());
        }
        self.commit(Batch { status: status.to_text(), ..Batch::default() }).await?;
        self.state().told = Some(status);
        Ok(())
    }

    /// One incremental fetch of the activities. "Nothing yet" for a session that is so new that its activities aren't there.
    pub(super) async fn poll_activities(&self) -> Result<Advance> {
        let advance = self.watched.cursor.advance(Some(&self.held)).await;
        Ok(self.watched.unless_passing(advance).await?.unwrap_or_default())
    }

    /// What became visible late; nothing where that can't be told at the moment.
    pub(super) async fn look_back(&self) -> Result<Option<usize>> {
        let late = self.watched.cursor.look_back(Some(&self.held)).await;
        self.watched.unless_passing(late).await
    }

    /// Everything compared with the server; nothing where that can't be told at the moment.
    pub(super) async fn reconcile(&self, worked: bool) -> Result<Option<usize>> {
        let late = self.watched.cursor.reconcile(worked, Some(&self.held)).await;
        Ok(self.watched.unless_passing(late).await?.flatten())
    }

    /// One look at the session itself.
    pub(super) async fn poll_session(&self) -> Result<SessionInfo> {
        let seen = self.watched.hub.service.session(&self.watched.id).await?;
        self.remember(seen).await
    }

    /// Keeps what was seen of the session; gives it back with what is known against it.
    pub(super) async fn remember(&self, seen: SeenSession) -> Result<SessionInfo> {
        let watched = &self.watched;
        let seen = kept(&watched.hub.store, &watched.id, seen).await?;
        watched.hub.quota.saw(watched.id.as_str(), &seen.info.state);
        self.commit(Batch { session: Some((&seen).into()), ..Batch::default() }).await?;
        Ok(seen.info)
    }

    /// Takes the session for ended, as the end among its activities says; nothing when there is none.
    pub(super) async fn believe(&self) -> Result<Option<SessionInfo>> {
        self.watched.believe(Some(&self.held)).await
    }

    async fn commit(&self, batch: Batch) -> Result<()> {
        commit(&self.watched.hub.store, &self.watched.id, batch, Some(&self.held)).await.map(drop)
    }

    fn state(&self) -> MutexGuard<'_, Stretch> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
