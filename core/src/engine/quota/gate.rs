//! When those who wait for a slot ask for one: in turn, when a session has ended that held one, and else at growing
//! intervals, for slots may be held and freed by others.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::ground::error::Error;
use crate::store::Used;

/// How long to wait for a slot when the plan is full.
///
/// ```
/// use std::time::Duration;
/// use jules::{RunConfig, SlotWait};
/// let patient = RunConfig::new("Add a test").wait_for_slot(SlotWait::Forever);
/// let hurried = RunConfig::new("Add a test").wait_for_slot(Duration::from_secs(600));
/// # assert_ne!(patient, hurried);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SlotWait {
    /// Until there is one.
    Forever,
    /// This long; then the create fails with the limit's error.
    For(Duration),
}

impl From<Duration> for SlotWait {
    fn from(time: Duration) -> Self {
        Self::For(time)
    }
}

/// How often a slot is asked for when nobody has said that one is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PollInterval {
    first: Duration,
    longest: Duration,
}

impl PollInterval {
    /// Where the server says in words that all slots are in use: such a refusal costs one request.
    pub(crate) const WORDED: Self = Self { first: Duration::from_secs(1), longest: Duration::from_secs(30) };
    /// Where it doesn't: each refusal has to be looked into.
    pub(crate) const BARE: Self = Self { first: Duration::from_secs(30), longest: Duration::from_secs(300) };
}

/// The way to the next slot, for all who wait in one client.
#[derive(Debug)]
pub(crate) struct Gate {
    /// Those who wait ask one at a time, in the order in which they came.
    pub(crate) turn: tokio::sync::Mutex<()>,
    state: Mutex<State>,
    ended: watch::Sender<u64>,
}

#[derive(Debug)]
struct State {
    /// The latest refusal; nothing while none was met.
    refusal: Option<Error>,
    /// Sessions that have ended and whose slots nobody has asked for since.
    freed: u64,
    /// When to ask without any.
    probe_at: Instant,
    wait: Duration,
    /// How the store's places stood when it was full.
    full_at: Option<FullAt>,
    /// Whether the server's latest refusal said in words that it is the slots.
    is_worded: bool,
}

/// What of the store's places was taken when there was none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FullAt {
    /// Nothing was sent, for so many are all that there may be, creates under way among them.
    Limit(u64),
    /// The server has refused while so many sessions held one. Creates under way say nothing: the one that was refused was
    /// one of them.
    Server { held: u64 },
}

/// One attempt, from before it is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt {
    freed: u64,
    is_probe: bool,
}

impl Attempt {
    /// Whether nobody has said that a slot is free.
    pub(crate) fn is_probe(self) -> bool {
        self.is_probe
    }
}

impl Default for Gate {
    fn default() -> Self {
        let state = State {
            refusal: None,
            freed: 0,
            probe_at: Instant::now(),
            wait: Duration::ZERO,
            full_at: None,
            is_worded: false,
        };
        Self { turn: tokio::sync::Mutex::default(), state: Mutex::new(state), ended: watch::Sender::new(0) }
    }
}

impl Gate {
    /// A session has ended that may have held a slot.
    pub(crate) fn session_ended(&self) {
        self.state().freed += 1;
        self.ended.send_modify(|count| *count += 1);
    }

    /// The latest refusal.
    pub(crate) fn refusal(&self) -> Option<Error> {
        self.state().refusal.clone()
    }

    /// Waits until it is time to ask, and begins an attempt.
    pub(crate) async fn next(&self) -> Attempt {
        let mut ended = self.ended.subscribe();
        loop {
            let probe_at = match self.begin() {
                Ok(attempt) => return attempt,
                Err(probe_at) => probe_at,
            };
            tokio::select! {
                biased;
                // The sender lives as long as this.
                _ = ended.changed() => {}
                () = tokio::time::sleep_until(probe_at) => {}
            }
        }
    }

    /// Begins an attempt outside the turn, while none was refused.
    pub(crate) fn begin_freely(&self) -> Option<Attempt> {
        let state = self.state();
        state.refusal.is_none().then_some(Attempt { freed: state.freed, is_probe: false })
    }

    /// The server has refused, in words that say why or without any.
    pub(crate) fn heard(&self, is_worded: bool) {
        self.state().is_worded = is_worded;
    }

    /// How often to ask where nothing was sent, for it was known to be full: as where the server had refused it.
    pub(crate) fn interval(&self) -> PollInterval {
        if self.state().is_worded { PollInterval::WORDED } else { PollInterval::BARE }
    }

    /// How the store's places stood at the latest refusal; nothing where it can't tell.
    pub(crate) fn is_full(&self, full_at: Option<FullAt>) {
        self.state().full_at = full_at;
    }

    /// Whether the store shows room that there was none at the latest refusal.
    pub(crate) fn has_room(&self, used: Used) -> bool {
        match &mut self.state().full_at {
            None => false,
            Some(FullAt::Limit(places)) => used.slots < *places,
            // So many hold one at the same time: a create that was under way at the refusal has passed since.
            Some(FullAt::Server { held }) => {
                *held = used.held().max(*held);
                used.held() < *held
            }
        }
    }

    /// Begins an attempt for a slot that somebody else has freed.
    pub(crate) fn begin_for_room(&self) -> Attempt {
        Attempt { freed: self.state().freed, is_probe: false }
    }

    /// Begins an attempt if it is time to; else says when it will be.
    fn begin(&self) -> Result<Attempt, Instant> {
        let mut state = self.state();
        if state.refusal.is_none() || state.freed > 0 {
            state.freed = state.freed.saturating_sub(1);
            return Ok(Attempt { freed: state.freed, is_probe: false });
        }
        match state.probe_at {
            at if at <= Instant::now() => Ok(Attempt { freed: 0, is_probe: true }),
            at => Err(at),
        }
    }

    /// The attempt was refused: all slots that were free before it began are taken.
    pub(crate) fn refused(&self, attempt: Attempt, error: Error, interval: PollInterval) {
        let mut state = self.state();
        state.freed = state.freed.saturating_sub(attempt.freed);
        state.wait = if attempt.is_probe && state.refusal.is_some() {
            (state.wait * 2).clamp(interval.first, interval.longest)
        } else {
            interval.first
        };
        state.probe_at = Instant::now() + state.wait;
        state.refusal = Some(error);
    }

    /// The attempt passed. If nobody had said that a slot was free, there may be more.
    pub(crate) fn passed(&self, attempt: Attempt) {
        if attempt.is_probe {
            let mut state = self.state();
            state.freed = state.freed.max(1);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::error::ErrorKind;

    fn full() -> Error {
        Error::new(ErrorKind::Precondition, "full")
    }

    async fn waited(gate: &Gate) -> (u64, Attempt) {
        let before = Instant::now();
        let attempt = gate.next().await;
        (before.elapsed().as_secs(), attempt)
    }

    #[tokio::test(start_paused = true)]
    async fn without_an_end_it_is_asked_at_growing_intervals() {
        let (gate, mut waits) = (Gate::default(), Vec::new());
        gate.refused(gate.begin_freely().unwrap(), full(), PollInterval::BARE);
        assert!(gate.begin_freely().is_none());
        for _ in 0..6 {
            let (seconds, attempt) = waited(&gate).await;
            waits.push(seconds);
            gate.refused(attempt, full(), PollInterval::BARE);
        }
        assert_eq!(waits, [30, 60, 120, 240, 300, 300]);
        gate.session_ended();
        let (seconds, attempt) = waited(&gate).await;
        assert_eq!(seconds, 0, "an end wakes");
        gate.refused(attempt, full(), PollInterval::WORDED);
        assert_eq!(waited(&gate).await.0, 1, "and begins anew");
    }

    #[test]
    fn what_is_not_sent_is_asked_again_as_what_the_server_has_refused() {
        let gate = Gate::default();
        assert_eq!(gate.interval(), PollInterval::BARE);
        for (is_worded, interval) in [(true, PollInterval::WORDED), (false, PollInterval::BARE)] {
            gate.heard(is_worded);
            assert_eq!(gate.interval(), interval);
        }
    }

    #[test]
    fn a_create_that_was_refused_leaves_no_room_behind() {
        let used = |slots, pending| Used { slots, pending, ..Used::default() };
        let gate = Gate::default();
        assert!(!gate.has_room(used(0, 0)), "nothing was refused");
        gate.is_full(Some(FullAt::Server { held: used(6, 1).held() }));
        assert!(!gate.has_room(used(6, 1)));
        assert!(!gate.has_room(used(5, 0)), "its own place is dropped");
        assert!(!gate.has_room(used(6, 0)), "another create passed that was under way");
        assert!(gate.has_room(used(5, 0)), "one of six has ended");
        gate.is_full(Some(FullAt::Limit(5)));
        assert!(!gate.has_room(used(5, 1)));
        assert!(gate.has_room(used(4, 0)));
    }

    #[tokio::test(start_paused = true)]
    async fn each_end_is_worth_one_attempt() {
        let gate = Gate::default();
        gate.refused(gate.begin_freely().unwrap(), full(), PollInterval::BARE);
        gate.session_ended();
        gate.session_ended();
        for _ in 0..2 {
            let (seconds, attempt) = waited(&gate).await;
            assert_eq!(seconds, 0);
            gate.passed(attempt);
        }
        assert_eq!(waited(&gate).await.0, 30);
    }

    #[tokio::test(start_paused = true)]
    async fn an_end_during_an_attempt_is_not_lost_and_one_before_it_is_used_up() {
        let gate = Gate::default();
        gate.refused(gate.begin_freely().unwrap(), full(), PollInterval::BARE);
        gate.session_ended();
        gate.session_ended();
        let attempt = gate.next().await;
        gate.session_ended();
        gate.refused(attempt, full(), PollInterval::BARE);
        let (seconds, attempt) = waited(&gate).await;
        assert_eq!(seconds, 0, "the one that ended meanwhile");
        gate.refused(attempt, full(), PollInterval::BARE);
        assert_eq!(waited(&gate).await.0, 30);
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_that_passes_is_followed_by_another() {
        let gate = Gate::default();
        gate.refused(gate.begin_freely().unwrap(), full(), PollInterval::BARE);
        let (_, attempt) = waited(&gate).await;
        gate.passed(attempt);
        let (seconds, attempt) = waited(&gate).await;
        assert_eq!(seconds, 0);
        gate.refused(attempt, full(), PollInterval::BARE);
        assert_eq!(waited(&gate).await.0, 30);
    }
}
