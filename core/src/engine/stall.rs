//! Giving up on a session that shows nothing new: no activity and no other state for as long as the user is willing to wait.
//! Only time in which this process ran counts, and none in which the session waits for a machine or for a person.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout};

use super::watch::Watched;
use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::model::{LastActivity, SessionState, Since, Timestamp};
use crate::ground::outage::not_waited_out;
use crate::store::Position;

/// How often it is measured.
const SLICE: Duration = Duration::from_secs(1);
/// How long the last look at the activities may take.
const LAST_LOOK: Duration = Duration::from_secs(30);

/// Measures how long a session has shown nothing new.
#[derive(Debug)]
pub(crate) struct Stall {
    watched: Arc<Watched>,
    limit: Duration,
    /// How long nothing new has come, of the time that counts.
    quiet: Duration,
    measured: Instant,
    state: Option<SessionState>,
    end: Option<Position>,
    since: Timestamp,
}

impl Stall {
    pub(crate) fn new(watched: &Arc<Watched>, limit: Duration) -> Self {
        let since = watched.hub.surroundings.clock.now();
        let (quiet, measured, state, end) = (Duration::ZERO, Instant::now(), None, None);
        Self { watched: Arc::clone(watched), limit, quiet, measured, state, end, since }
    }

    /// Waits until nothing new has come for too long. Cancel-safe.
    pub(crate) async fn stalled(&mut self) -> Error {
        not_waited_out(self.until_stalled()).await
    }

    async fn until_stalled(&mut self) -> Error {
        loop {
            let slice = SLICE.min(self.limit.saturating_sub(self.quiet)).max(Duration::from_millis(1));
            sleep_until(self.measured + slice).await;
            if let Err(error) = self.measure(slice).await {
                return error;
            }
            if self.quiet >= self.limit && !self.has_unseen_news().await {
                return self.error().await;
            }
        }
    }

    /// Counts the time since it was measured last.
    async fn measure(&mut self, slice: Duration) -> Result<()> {
        let store = &self.watched.hub.store;
        // A store that can't be reached shows nothing new either.
        let left = self.limit.saturating_sub(self.quiet).max(slice);
        let end = match timeout(left, store.beacon(&self.watched.id)).await {
            Ok(beacon) => beacon?.end,
            Err(_) => return store.outage().map_or(Ok(()), Err),
        };
        let took = self.measured.elapsed();
        self.measured = Instant::now();
        let state = self.watched.latest_state();
        let is_news = self.end.is_some_and(|known| known != end) || (state.is_some() && state != self.state);
        self.end = Some(end);
        self.state = state.or_else(|| self.state.take());
        if is_news {
            self.begin_again(Duration::ZERO);
        } else if self.state.as_ref().is_none_or(counts) {
            // One that took much longer was interrupted: the process stood still.
            self.quiet += if took > slice * 2 { slice } else { took };
        }
        Ok(())
    }

    fn begin_again(&mut self, quiet: Duration) {
        self.quiet = quiet;
        self.since = self.watched.hub.surroundings.clock.now().earlier(quiet);
    }

    /// Who waits for the state alone doesn't see the activities: one look tells whether some have come.
    async fn has_unseen_news(&mut self) -> bool {
        if self.watched.is_up_to_date() {
            return false;
        }
        let looked = timeout(LAST_LOOK, self.watched.advance()).await;
        self.measured = Instant::now();
        let Ok(Ok(advance)) = looked else { return false };
        let Ok(end) = self.watched.hub.store.beacon(&self.watched.id).await.map(|beacon| beacon.end) else {
            return false;
        };
        if advance.added == 0 || self.end.replace(end) == Some(end) {
            return false;
        }
        let newest = self.last_activity().await.and_then(|LastActivity(activity)| activity.create_time);
        // By the server's clock alone.
        let age = newest.zip(advance.date).map(|(newest, (date, _))| Duration::from_millis(date.millis_since(newest)));
        let age = age.unwrap_or_default();
        if age >= self.limit {
            self.since = self.watched.hub.surroundings.clock.now().earlier(age);
            return false;
        }
        self.begin_again(age);
        true
    }

    async fn last_activity(&self) -> Option<LastActivity> {
        let end = self.end?;
        let last = self.watched.hub.store.read(&self.watched.id, Position(end.0 - 1)).await.ok()?.pop()?;
        Some(LastActivity(last.1))
    }

    async fn error(&self) -> Error {
        let id = self.watched.id.as_str();
        let error = Error::new(ErrorKind::Timeout, format!("session {id} has shown nothing new for {:?}", self.limit))
            .with_retryable(true)
            .with_hint("The session keeps running on the server; wait again, send it a message, or stop it.")
            .in_session(id)
            .with(Since(self.since));
        match self.last_activity().await {
            Some(last) => error.with(last),
            None => error,
        }
    }
}

/// Whether time in this state counts: the agent is to do something.
fn counts(state: &SessionState) -> bool {
    !(state.is_terminal() || state.awaits_user() || *state == SessionState::Queued)
}

/// Does the work, unless nothing new comes of the session for too long.
pub(crate) fn or_stalled<T>(
    watched: &Arc<Watched>,
    limit: Option<Duration>,
    work: impl Future<Output = Result<T>>,
) -> impl Future<Output = Result<T>> {
    // On the heap, once, and at once: it would have a place in each of the two ways to wait for it, and beside them.
    let work = Box::pin(work);
    async move {
        super::effects::check_stall(limit)?;
        let Some(limit) = limit else { return work.await };
        let mut stall = Stall::new(watched, limit);
        tokio::select! {
            biased;
            done = work => done,
            error = Box::pin(stall.stalled()) => Err(error),
        }
    }
}
