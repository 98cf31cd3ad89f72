//! The budget of `activities.list`: the service allows so many calls a minute, all sessions and programs of an account
//! together. All watchers of a store draw from one bucket; in one client, whoever needs it most goes first. What a call asks
//! further than once, whoever comes next waits for.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use super::line::{Line, Ticket};
use super::rate::{Learned, MINUTE, Rate};
use crate::api::transport::{Operation, Toll, Transport};
use crate::ground::error::Result;
use crate::ground::model::SessionId;
use crate::ground::moment::Moment;
use crate::ground::surroundings::Clock;
use crate::ground::waits::{Wait, WaitReason};
use crate::store::{Pace, Store};

pub(crate) use super::line::Rank;

/// The name in the store of the bucket, and of the note of what was learned of its rate.
const BUCKET: &str = "activities.list";

/// Calls of `activities.list` that one client may make.
#[derive(Debug)]
pub(crate) struct Budget {
    store: Arc<dyn Store>,
    transport: Arc<Transport>,
    /// Nothing: as many as it takes.
    rate: Option<Mutex<Rate>>,
    clock: Clock,
    line: Mutex<Line>,
    /// Held by the one who asks the store for all who wait here.
    asking: tokio::sync::Mutex<()>,
}

impl Budget {
    /// `per_minute`: so many calls within any minute.
    pub(crate) fn new(store: Arc<dyn Store>, transport: Arc<Transport>, per_minute: Option<u32>, clock: Clock) -> Self {
        let rate = per_minute.map(|most| Mutex::new(Rate::new(most)));
        Self { store, transport, rate, clock, line: Mutex::default(), asking: tokio::sync::Mutex::default() }
    }

    /// Waits until this session's turn has come. Cancel-safe: who doesn't wait any more is passed over.
    pub(crate) async fn turn(&self, session: &SessionId, rank: Rank) -> Result<()> {
        let Some(rate) = &self.rate else { return Ok(()) };
        let (ticket, mut called) = self.line().join(session, rank);
        let _leave = Leave { budget: self, ticket };
        let called = async {
            tokio::select! {
                biased;
                _ = &mut called => Ok(()),
                _asking = self.asking.lock() => match called.try_recv() {
                    // Another one has called while this one got to ask.
                    Ok(()) => Ok(()),
                    Err(_) => self.ask_for_all(rate, ticket).await,
                }
            }
        };
        let waiting = Wait::of(WaitReason::ActivityBudget).before(Operation::ActivitiesList.name());
        waiting.in_session(session.as_str()).during(called).await
    }

    /// Takes turns from the store and gives each to whoever needs it most, until that is this one.
    async fn ask_for_all(&self, rate: &Mutex<Rate>, own: Ticket) -> Result<()> {
        loop {
            let pace = self.pace(rate).await?;
            let wait = self.store.take_turn(BUCKET, pace, Duration::ZERO).await?;
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
                continue;
            }
            if self.line().call_first(Instant::now()) == Some(own) {
                return Ok(());
            }
        }
    }

    /// Whether calls are counted.
    pub(crate) fn is_kept(&self) -> bool {
        self.rate.is_some()
    }

    /// Takes a turn for a look at what became visible late, if it may be made now: while the bucket is at least half full
    /// and nobody else waits, when the session's last one is long ago, or when it `goes_on` with one.
    pub(crate) async fn may_look_back(&self, session: &SessionId, goes_on: bool) -> Result<bool> {
        let Some(rate) = &self.rate else { return Ok(true) };
        let pace = self.pace(rate).await?;
        let half = Pace { burst: pace.burst.div_ceil(2), ..pace };
        let spare = self.line().is_empty() && self.store.take_turn(BUCKET, half, Duration::ZERO).await?.is_zero();
        let now = Instant::now();
        if !spare {
            if !goes_on && !self.line().is_look_back_due(session, now) {
                return Ok(false);
            }
            self.turn(session, Rank::Late).await?;
        }
        self.line().looked_back(session, now);
        Ok(true)
    }

    /// The user did something to the session: for a while it goes first.
    pub(crate) fn favour(&self, session: &SessionId) {
        if self.rate.is_some() {
            self.line().favour(session, Instant::now());
        }
    }

    /// A look brought activities of the session, so many.
    pub(crate) fn brought(&self, session: &SessionId, activities: usize) {
        if self.rate.is_some() {
            self.line().brought(session, activities, Instant::now());
        }
    }

    /// The pace at present: slower after the server has refused calls, of this client or another one of the store.
    async fn pace(&self, rate: &Mutex<Rate>) -> Result<Pace> {
        let (refusals, told) = self.transport.refusals(Operation::ActivitiesList);
        let rate = || rate.lock().unwrap_or_else(PoisonError::into_inner);
        let (note, now) = (self.store.note(BUCKET).await?, Moment::now(&self.clock));
        let learned: Option<Learned> = note.as_deref().and_then(|note| serde_json::from_str(note).ok());
        if let Some(learned) = learned {
            rate().take_over(learned, now, Instant::now());
        }
        let (is_news, learned) = {
            let mut rate = rate();
            (rate.heard(refusals, told, Instant::now()), rate.learned(now))
        };
        if is_news {
            // When another one has just learned it too, that is as good.
            let text = serde_json::to_string(&learned).unwrap_or_default();
            self.store.set_note(BUCKET, note, text).await?;
        }
        let rate = rate();
        Ok(Pace { burst: rate.burst(), interval: MINUTE.div_f64(f64::from(rate.refill())) })
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Toll for Budget {
    async fn pay(&self, operation: Operation) {
        let Some(rate) = self.rate.as_ref().filter(|_| operation == Operation::ActivitiesList) else { return };
        let paid = async { self.store.take_turn(BUCKET, self.pace(rate).await?, Duration::MAX).await };
        if let Err(error) = paid.await {
            tracing::debug!(target: "jules::store", %error, "a further request isn't counted in the budget");
        }
    }
}

/// Leaves the line when the wait is over or dropped.
struct Leave<'a> {
    budget: &'a Budget,
    ticket: Ticket,
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.budget.line().leave(self.ticket);
    }
}
