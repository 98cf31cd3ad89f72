//! The watcher of one session: looks at it again and again, writes to the store what is new, and tells its listeners.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::cursor::Advance;
use super::pulse::Pulse;
use super::schedule::{self, Situation};
use super::watched::Watched;
use crate::engine::freshness;
use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::model::{SessionInfo, SessionState};
use crate::store::{Look, Position};

/// Late arrivals are looked for this often while the session goes on.
const LOOK_BACK_EVERY: Duration = Duration::from_secs(15);
/// The state is asked for at least this often while activities are watched.
const STATE_EVERY: Duration = Duration::from_secs(10);
/// After news that may have changed the state, it is asked for with this many looks.
const SUSPICIOUS_LOOKS: u32 = 3;
/// Mere hints, such as an agent's message, don't have it asked for more often than this.
const HINTED_EVERY: Duration = Duration::from_secs(2);
/// An ended session whose last activity doesn't come is given up after this time.
const DRAINED_AFTER: Duration = Duration::from_secs(10);
/// A session that was there and now answers 404 is believed gone after this many looks.
const LOOKS_UNTIL_GONE: u32 = 3;

impl Drop for Watcher {
    fn drop(&mut self) {
        self.watched.hub.fleet.leave(&self.watched.id);
    }
}

pub(super) struct Watcher {
    watched: Arc<Watched>,
    state: Option<SessionState>,
    last_news: Instant,
    last_state_look: Option<Instant>,
    last_look_back: Instant,
    /// With how many more looks the state is asked for too.
    suspicion: u32,
    /// Whether the suspicion is more than a hint.
    urgent: bool,
    /// Since when nothing came from a session that has ended.
    quiet_since_end: Option<Instant>,
    drained: bool,
    /// Whether the session was seen at work, or got something to do, since all of it was known.
    worked: bool,
    /// The end in the store that the session has gone on after.
    earlier_end: Option<Position>,
    acts: u64,
    not_found: u32,
}

impl Watcher {
    pub(super) fn new(watched: Arc<Watched>) -> Self {
        let now = Instant::now();
        Self {
            watched,
            state: None,
            last_news: now,
            last_state_look: None,
            last_look_back: now,
            suspicion: 0,
            urgent: false,
            quiet_since_end: None,
            drained: false,
            worked: false,
            earlier_end: None,
            acts: 0,
            not_found: 0,
        }
    }

    /// Watches until that fails.
    pub(super) async fn run(mut self) -> Result<()> {
        let mut next = Instant::now();
        loop {
            let between = self.notice_acts();
            let looked = if between { self.look_at_session().await } else { self.look().await };
            match looked {
                Ok(()) => self.not_found = 0,
                Err(error) if self.is_passing(&error) => {}
                Err(error) => return Err(error),
            }
            self.watched.publish().await?;
            let wait = Instant::now() + self.wait();
            next = if between { next.min(wait) } else { wait };
            tokio::select! {
                () = tokio::time::sleep_until(next) => {}
                () = self.watched.poke.notified() => {}
            }
        }
    }

    /// A 404 of a session that was there a moment ago, or was just created, is not believed at once.
    fn is_passing(&mut self, error: &Error) -> bool {
        self.not_found += 1;
        error.kind() == ErrorKind::NotFound
            && (self.watched.is_brand_new() || (self.state.is_some() && self.not_found < LOOKS_UNTIL_GONE))
    }

    fn wait(&self) -> Duration {
        let situation = Situation {
            state: self.state.as_ref(),
            drained: self.drained,
            silence: self.last_news.elapsed(),
            throttle: self.watched.hub.service.transport.throttled_by(),
            fixed: self.watched.interval(),
        };
        schedule::wait(&situation, self.watched.hub.surroundings.chance.draw())
    }

    /// Takes in what the user did. An approval shows in the session itself at once: whether only that is to be looked at,
    /// between the looks.
    fn notice_acts(&mut self) -> bool {
        let acts = self.watched.pulse.borrow().acts;
        if acts == self.acts {
            return false;
        }
        self.acts = acts;
        self.worked = true;
        self.last_news = Instant::now();
        self.drained = false;
        self.quiet_since_end = None;
        match self.state {
            // What a session at work makes of it, its activities will tell.
            Some(SessionState::InProgress) => false,
            Some(SessionState::AwaitingPlanApproval) => true,
            _ => {
                self.suspect(SUSPICIOUS_LOOKS);
                false
            }
        }
    }

    async fn look(&mut self) -> Result<()> {
        if !self.watched.watches_activities() {
            return self.look_at_state().await;
        }
        self.watched.hub.fleet.leave(&self.watched.id);
        let Advance { added, newest, decisive, .. } = self.watched.poll_activities().await?;
        if added > 0 {
            self.last_news = Instant::now();
            self.quiet_since_end = None;
            self.drained = false;
            self.notice_waking().await?;
        }
        if decisive.is_some_and(|kind| !self.is_known_from_the_state(kind)) {
            self.suspect(SUSPICIOUS_LOOKS);
        } else if let Some(kind) = newest {
            self.take_hint(kind);
        }
        self.note_end(added).await?;
        if self.state_is_due() {
            self.suspicion = self.suspicion.saturating_sub(1);
            self.urgent &= self.suspicion > 0;
            self.look_at_session().await?;
        }
        if self.state.as_ref().is_some_and(SessionState::is_terminal) {
            self.drain(added).await
        } else {
            self.look_back_now_and_then().await
        }
    }

    /// The state is to be asked for with so many looks.
    fn suspect(&mut self, looks: u32) {
        self.suspicion = looks;
        self.urgent = true;
    }

    /// What the newest activity says of the state. A message may be a question, or the last word; work that goes on tells
    /// as much as a look at the state.
    fn take_hint(&mut self, kind: &str) {
        let works = self.state == Some(SessionState::InProgress);
        if kind == "progressUpdated" {
            if works && !self.urgent {
                self.suspicion = 0;
                self.last_state_look = Some(Instant::now());
            }
        } else if self.suspicion == 0 && !self.is_own(kind) && !self.is_known_from_the_state(kind) {
            self.suspicion = SUSPICIOUS_LOOKS;
            self.urgent = false;
        }
    }

    /// Whether the state that such an activity leads to was seen already.
    fn is_known_from_the_state(&self, kind: &str) -> bool {
        match (&self.state, kind) {
            (Some(state), "planGenerated") => *state == SessionState::AwaitingPlanApproval,
            (Some(state), "planApproved") => *state == SessionState::InProgress,
            (Some(state), "sessionCompleted" | "sessionFailed") => state.is_terminal(),
            _ => false,
        }
    }

    /// Whether such an activity is no news, since it came of what the user did here.
    fn is_own(&self, kind: &str) -> bool {
        kind == "userMessaged" && self.watched.has_sent_lately()
    }

    /// A session that was sent a message after its end is awake when what it says ends with another end.
    async fn notice_waking(&self) -> Result<()> {
        let Some(waking) = self.watched.waking() else { return Ok(()) };
        let since = self.watched.since_message(&waking).await?;
        let Some(sent_at) = since.first().and_then(|message| message.create_time) else { return Ok(()) };
        // The end before the message may arrive late, behind it.
        if since.iter().any(|activity| activity.is_end() && activity.create_time > Some(sent_at)) {
            self.watched.works();
            self.watched.pulse.send_modify(Pulse::awake);
        }
        Ok(())
    }

    /// Tells where the activities end, which is where those begin that come from now on.
    async fn note_end(&mut self, added: usize) -> Result<()> {
        if added > 0 || self.watched.pulse.borrow().end.is_none() {
            let end = self.watched.hub.store.beacon(&self.watched.id).await?.end;
            self.watched.pulse.send_modify(|pulse| {
                pulse.end = Some(end);
                pulse.caught_up.get_or_insert(end);
            });
        }
        Ok(())
    }

    fn state_is_due(&self) -> bool {
        let every = match self.watched.interval() {
            Some(interval) => (interval * 5).min(STATE_EVERY),
            None => STATE_EVERY,
        };
        let every = match (self.suspicion, self.urgent) {
            (0, _) => every,
            (_, true) => Duration::ZERO,
            (_, false) => every.min(HINTED_EVERY),
        };
        self.last_state_look.is_none_or(|look| look.elapsed() >= every)
    }

    /// Nobody wants activities: one of a fleet.
    async fn look_at_state(&mut self) -> Result<()> {
        let hub = &self.watched.hub;
        let known = self.watched.pulse.borrow().info.as_ref().map(|info| info.state.clone());
        let known = known.as_ref().zip(self.last_state_look);
        let began = Instant::now();
        if let Some(seen) = hub.fleet.look(&hub.service, &self.watched.id, known, self.wait()).await? {
            self.watched.remember(&seen).await?;
            let ended = seen.info.state.is_terminal();
            self.saw(seen.info, began).await?;
            if ended && self.watched.waking().is_some() {
                self.watched.poll_activities().await?;
                self.notice_waking().await?;
            }
        }
        Ok(())
    }

    async fn look_at_session(&mut self) -> Result<()> {
        let began = Instant::now();
        let info = self.watched.poll_session().await?;
        self.saw(info, began).await
    }

    /// Takes in what a look showed that began at `at`.
    async fn saw(&mut self, info: SessionInfo, at: Instant) -> Result<()> {
        self.last_state_look = Some(at);
        if !info.state.is_terminal() && self.state.as_ref().is_none_or(SessionState::is_terminal) {
            self.earlier_end = self.watched.hub.store.ending(&self.watched.id).await?;
        }
        if self.state.as_ref() != Some(&info.state) {
            tracing::info!(target: "jules::watch", session = %self.watched.id, state = %info.state, "state changed");
            self.state = Some(info.state.clone());
            self.last_news = Instant::now();
            (self.suspicion, self.urgent) = (0, false);
        }
        if !info.state.is_terminal() {
            self.drained = false;
            self.worked = true;
            self.quiet_since_end = None;
        }
        let (drained, acts, works) = (self.drained, self.acts, !info.state.is_terminal());
        self.watched.pulse.send_modify(|pulse| {
            // What was asked before the user's latest act may be older than the act.
            if pulse.acts == acts {
                if works {
                    self.watched.works();
                }
                pulse.see(info);
                pulse.drained = drained;
            }
        });
        Ok(())
    }

    /// The session has ended. Everything is known when its last activity is there and one more look brought nothing, or
    /// when nothing came for a while; then once everything is compared, for nothing may be missing.
    async fn drain(&mut self, added: usize) -> Result<()> {
        if self.drained || added > 0 || self.watched.pulse.borrow().is_waking() {
            return Ok(());
        }
        let quiet_since = *self.quiet_since_end.get_or_insert_with(Instant::now);
        let ending = self.watched.hub.store.ending(&self.watched.id).await?;
        let ending = ending > self.earlier_end && !self.watched.awaits_own_message().await?;
        if !ending && quiet_since.elapsed() < DRAINED_AFTER {
            return Ok(());
        }
        let Some(late) = self.watched.reconcile(self.worked).await? else { return Ok(()) };
        if late > 0 {
            self.last_news = Instant::now();
            self.quiet_since_end = None;
            return self.note_end(late).await;
        }
        let info = self.watched.pulse.borrow().info.clone();
        if let Some(info) = info {
            freshness::note(
                &self.watched.hub.store,
                &self.watched.id,
                Look::of(&info, self.watched.hub.surroundings.clock.now()),
            )
            .await?;
        }
        self.drained = true;
        self.worked = false;
        let acts = self.acts;
        self.watched.pulse.send_modify(|pulse| pulse.drained = pulse.acts == acts);
        Ok(())
    }

    async fn look_back_now_and_then(&mut self) -> Result<()> {
        if self.last_look_back.elapsed() < LOOK_BACK_EVERY {
            return Ok(());
        }
        self.last_look_back = Instant::now();
        let late = self.watched.look_back().await?.unwrap_or_default();
        if late > 0 {
            self.last_news = Instant::now();
        }
        self.note_end(late).await
    }
}
