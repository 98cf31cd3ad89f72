//! What the parts of one client's engine share: the service, the store, the sessions that are watched, and what was done
//! lately.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::Instant;

use super::acts::Recent;
use super::named_locks::NamedLocks;
use super::presence::Presence;
use super::quota::{Budget, Given, Quotas};
use super::watch::{Fleet, Watched, kept};
use crate::api::{SeenSession, Service};
use crate::ground::error::Result;
use crate::ground::model::{SessionId, Timestamp};
use crate::ground::surroundings::Surroundings;
use crate::store::Store;

/// The engine of one client.
#[derive(Debug)]
pub(crate) struct Hub {
    pub(crate) service: Service,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) surroundings: Surroundings,
    /// A fixed time between two looks at a session, where the user set one.
    pub(crate) polling_interval: Option<Duration>,
    /// What the plan allows, and what of it is used.
    pub(crate) quota: Quotas,
    /// The calls of `activities.list` that may be made.
    pub(crate) budget: Arc<Budget>,
    /// The leases of this client.
    pub(crate) presence: Arc<Presence>,
    pub(crate) fleet: Fleet,
    /// Creates that look the same take turns here.
    pub(crate) creates: NamedLocks,
    /// Syncs take turns here.
    pub(crate) syncs: Arc<tokio::sync::Mutex<()>>,
    /// What the server's clock showed, and when it was read. Held by the one who asks for all that wait for it.
    pub(crate) server_date: tokio::sync::Mutex<Option<(Timestamp, Instant)>>,
    sessions: Mutex<BTreeMap<SessionId, Weak<Watched>>>,
    recent: Mutex<Recent>,
}

/// What bounds a client.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Limits {
    /// A fixed time between two looks at a session.
    pub(crate) polling_interval: Option<Duration>,
    /// The plan's limits, where they are known beforehand.
    pub(crate) given: Given,
    /// Calls of `activities.list`; nothing: as many as it takes.
    pub(crate) activities_per_minute: Option<u32>,
}

impl Hub {
    pub(crate) fn new(
        service: Service,
        store: Arc<dyn Store>,
        surroundings: Surroundings,
        Limits { polling_interval, given, activities_per_minute }: Limits,
    ) -> Self {
        let presence = Arc::new(Presence::new(Arc::clone(&store)));
        let budget = Arc::new(Budget::new(
            Arc::clone(&store),
            Arc::clone(&service.transport),
            activities_per_minute,
            surroundings.clock.clone(),
        ));
        service.transport.counted_by(&budget);
        let quota = Quotas::new(Arc::clone(&store), given);
        let (fleet, creates, syncs, server_date, sessions, recent) = Default::default();
        Self {
            service,
            store,
            surroundings,
            polling_interval,
            quota,
            budget,
            presence,
            fleet,
            creates,
            syncs,
            server_date,
            sessions,
            recent,
        }
    }

    /// What all parts of this client know together of one session.
    pub(crate) fn watched(self: &Arc<Self>, id: &SessionId) -> Arc<Watched> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(watched) = sessions.get(id).and_then(Weak::upgrade) {
            return watched;
        }
        sessions.retain(|_, watched| watched.strong_count() > 0);
        let watched = Arc::new(Watched::new(self, id));
        sessions.insert(id.clone(), Arc::downgrade(&watched));
        watched
    }

    /// What this client did lately.
    pub(crate) fn recent(&self) -> MutexGuard<'_, Recent> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.forget_the_old();
        recent
    }

    /// Writes what was seen of a session to the store; gives it back with what is known against it.
    pub(crate) async fn remember(&self, id: &SessionId, seen: SeenSession) -> Result<SeenSession> {
        self.quota.saw(id.as_str(), &seen.info.state);
        let seen = kept(&self.store, id, seen).await?;
        self.store.put_sessions(vec![(id.clone(), (&seen).into())]).await?;
        Ok(seen)
    }

    /// Stops all watching; whoever listens gets a [`Closed`](crate::ErrorKind::Closed).
    pub(crate) fn close(&self) {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        for watched in sessions.values().filter_map(Weak::upgrade) {
            watched.close();
        }
    }
}
