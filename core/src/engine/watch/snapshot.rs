//! What a watcher tells its listeners.

use std::sync::Arc;

use tokio::time::Instant;

use crate::ground::error::Error;
use crate::ground::model::{SessionInfo, SessionState};
use crate::store::Position;

/// What a watcher tells its listeners.
#[derive(Clone, Debug, Default)]
pub(crate) struct WatchSnapshot {
    /// The session as last seen.
    pub(crate) info: Option<Arc<SessionInfo>>,
    /// Where the last of the activities stands that existed at the beginning, once all of them are in the store.
    pub(crate) caught_up: Option<Position>,
    /// Where the last activity stood after the latest look.
    pub(crate) end: Option<Position>,
    /// Whether the session has ended and everything of it is in the store.
    pub(crate) drained: bool,
    /// How often users did something here, as far as this client knows.
    pub(crate) acts: u64,
    /// How many acts the store had counted when the latest of them was noticed.
    pub(crate) counted: u64,
    /// A message was sent to the session after it had ended: until then its end isn't believed, unless it works again.
    pub(crate) waking_until: Option<Instant>,
    /// Why the watcher stopped.
    pub(crate) failure: Option<Error>,
}

impl WatchSnapshot {
    pub(super) fn waking_until(until: Option<Instant>) -> Self {
        Self { waking_until: until, ..Self::default() }
    }

    /// For a watcher that starts: what an earlier one saw may be old.
    pub(super) fn restart(&mut self) {
        let Self { acts, counted, waking_until, .. } = *self;
        *self = Self { acts, counted, waking_until, ..Self::default() };
    }

    /// For a first listener to activities with a watcher that so far had only looked at the state.
    pub(super) fn widen(&mut self) {
        self.caught_up = None;
        self.end = None;
        self.drained = false;
    }

    /// The session, when it has ended.
    pub(crate) fn ended(&self) -> Option<&Arc<SessionInfo>> {
        self.info.as_ref().filter(|info| info.state.is_terminal() && !self.is_waking())
    }

    /// The session, when it was archived while it was at work.
    pub(crate) fn stopped(&self) -> Option<&Arc<SessionInfo>> {
        self.info.as_ref().filter(|info| info.archived && !info.state.is_terminal())
    }

    /// The session, when there is nothing more to wait for.
    pub(crate) fn over(&self) -> Option<&Arc<SessionInfo>> {
        self.ended().or_else(|| self.stopped())
    }

    /// Whether the session may yet go on because of a message that was sent a moment ago.
    pub(super) fn is_waking(&self) -> bool {
        self.waking_until.is_some_and(|until| Instant::now() < until)
    }

    pub(super) fn see(&mut self, info: SessionInfo) {
        if !info.state.is_terminal() {
            self.awake();
        }
        self.info = Some(Arc::new(info));
    }

    /// The user did something: what was known of the session may be old, unless it was at work, for then it still is.
    /// With a message: until when it may take to wake.
    pub(super) fn act(&mut self, waking_until: Option<Instant>) {
        self.acts += 1;
        self.drained = false;
        self.info = self.info.take().filter(|info| info.state == SessionState::InProgress);
        self.waking_until = waking_until;
    }

    /// The session went on after the user's message: when it ends now, that is to be believed.
    pub(super) fn awake(&mut self) {
        self.waking_until = None;
    }
}
