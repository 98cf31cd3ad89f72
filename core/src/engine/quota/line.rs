//! Who goes next when many sessions wait for calls of one budget. Pure but for the clock that is passed in.
//!
//! Each session should be asked about after a time that fits how often something happens in it; whoever has waited longest
//! measured by that goes first. What a user waits for goes before all of that.
//!
//! | what happens in a session | its time |
//! |---|---|
//! | an activity each 2 s | 4 s |
//! | an activity each 8 s or more seldom, or nothing yet | 16 s |
//!
//! A session that has just brought what comes once a minute isn't likely to bring more at once: it stands back until most of
//! that time has passed. What became visible late is looked for, and an ended session compared, behind what may be new.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::ground::model::SessionId;

const SHORTEST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(16);
/// So many times the usual gap between two activities.
const GAPS: f64 = 2.0;
/// How much less a session needs to be asked about in the first part of its usual gap, where that is worth standing back for.
const JUST_BROUGHT: f64 = 0.4;
const FIRST_PART: f64 = 0.7;
const WORTH_IT: Duration = Duration::from_secs(6);
/// How much less a call is needed that looks for what became visible late. It isn't simply last: its session isn't polled while
/// it waits, and the end of a stream waits for it. With less than this, what is new in quiet sessions comes later than before.
const LATE: f64 = 0.7;
/// Spreads what would come at one moment: a part of the whole, another one for each session.
const SPREAD: f64 = 0.618_034;
/// Under pressure a session's late arrivals are looked for this often.
const LOOK_BACK: Duration = Duration::from_secs(120);
/// So long after an act of the user its session goes first.
const FAVOURED: Duration = Duration::from_secs(10);
/// What wasn't asked about for so long is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(900);

/// How much somebody depends on a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rank {
    /// A user waits for the answer.
    User,
    /// A watcher asks what is new.
    Watch,
    /// A watcher looks for what became visible late: a turn of its session that brings no news, so that those have not been
    /// asked for by it.
    Late,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket(u64);

/// Those who wait, and what is known of the sessions.
#[derive(Debug, Default)]
pub(super) struct Line {
    waiting: Vec<Waiting>,
    sessions: HashMap<SessionId, Known>,
    tickets: u64,
    spread: f64,
}

#[derive(Debug)]
struct Waiting {
    ticket: Ticket,
    session: SessionId,
    rank: Rank,
    since: Instant,
    call: oneshot::Sender<()>,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    asked: Instant,
    /// When it last brought something, or was first asked about; and the usual time between two activities.
    brought: Instant,
    gap: Option<Duration>,
    look_back_at: Instant,
    favoured: Option<Instant>,
}

impl Known {
    /// After this time it should be asked about again. What isn't known to be busy isn't taken to be.
    fn time(&self) -> Duration {
        // As far as is known: nobody has looked since.
        let silence = self.asked.saturating_duration_since(self.brought);
        let gap = self.gap.map_or(LONGEST, |gap| gap.max(silence / 2));
        gap.mul_f64(GAPS).clamp(SHORTEST, LONGEST)
    }

    fn has_just_brought(&self, now: Instant) -> bool {
        let first_part = self.gap.unwrap_or_default().mul_f64(FIRST_PART);
        first_part >= WORTH_IT && now.saturating_duration_since(self.brought) < first_part
    }
}

impl Line {
    /// Somebody waits from now on, until called.
    pub(super) fn join(&mut self, session: &SessionId, rank: Rank) -> (Ticket, oneshot::Receiver<()>) {
        let (call, called) = oneshot::channel();
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.waiting.push(Waiting { ticket, session: session.clone(), rank, since: Instant::now(), call });
        (ticket, called)
    }

    pub(super) fn leave(&mut self, ticket: Ticket) {
        self.waiting.retain(|waiting| waiting.ticket != ticket);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Calls whoever needs it most; gives back who that was.
    pub(super) fn call_first(&mut self, now: Instant) -> Option<Ticket> {
        loop {
            let needs = self.waiting.iter().map(|waiting| self.need(waiting, now)).enumerate();
            let (place, _) = needs.reduce(|first, other| if other.1 > first.1 { other } else { first })?;
            let Waiting { ticket, session, rank, call, .. } = self.waiting.remove(place);
            // Who has gone meanwhile is passed over.
            if call.send(()).is_ok() {
                self.asked(&session, rank, now);
                return Some(ticket);
            }
        }
    }

    fn asked(&mut self, session: &SessionId, rank: Rank, now: Instant) {
        self.sessions.retain(|_, known| now.saturating_duration_since(known.asked) < FORGOTTEN);
        let known = self.known(session, now);
        if rank != Rank::Late {
            known.asked = now;
        }
    }

    /// How much a call is needed: how long it has been waited for, measured by the time that fits.
    fn need(&self, waiting: &Waiting, now: Instant) -> f64 {
        let waited = now.saturating_duration_since(waiting.since).as_secs_f64();
        let known = self.sessions.get(&waiting.session);
        match (waiting.rank, known) {
            (Rank::User, _) => 1e9 + waited,
            (Rank::Watch, Some(known)) if known.favoured.is_some_and(|until| now < until) => 1e9 + waited,
            // Never asked about before.
            (_, None) => 1.0 + waited / SHORTEST.as_secs_f64(),
            (_, Some(known)) => {
                let age = now.saturating_duration_since(known.asked).as_secs_f64();
                let need = age / known.time().as_secs_f64();
                let need = if known.has_just_brought(now) { need * JUST_BROUGHT } else { need };
                if waiting.rank == Rank::Late { need * LATE } else { need }
            }
        }
    }

    pub(super) fn favour(&mut self, session: &SessionId, now: Instant) {
        self.known(session, now).favoured = Some(now + FAVOURED);
    }

    /// A look at the session brought so many activities.
    pub(super) fn brought(&mut self, session: &SessionId, activities: usize, now: Instant) {
        if activities == 0 {
            return;
        }
        let known = self.known(session, now);
        // What the first call brings is its past.
        if known.asked > known.brought || known.gap.is_some() {
            let several = u32::try_from(activities).unwrap_or(u32::MAX);
            let gap = now.saturating_duration_since(known.brought) / several;
            known.gap = Some(known.gap.map_or(gap, |usual| (usual + gap) / 2));
        }
        known.brought = now;
        // What was waited for has come.
        known.favoured = None;
    }

    pub(super) fn is_look_back_due(&mut self, session: &SessionId, now: Instant) -> bool {
        now >= self.known(session, now).look_back_at
    }

    pub(super) fn looked_back(&mut self, session: &SessionId, now: Instant) {
        self.known(session, now).look_back_at = now + LOOK_BACK;
    }

    fn known(&mut self, session: &SessionId, now: Instant) -> &mut Known {
        if !self.sessions.contains_key(session) {
            self.spread = (self.spread + SPREAD).fract();
        }
        let look_back_at = now + LOOK_BACK.mul_f64(1.0 - self.spread / 2.0);
        let new = Known { asked: now, brought: now, gap: None, look_back_at, favoured: None };
        self.sessions.entry(session.clone()).or_insert(new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u32) -> SessionId {
        SessionId::parse(&number.to_string()).unwrap()
    }

    /// Sessions that bring something each so many seconds, served one call each interval; gives back the mean time between
    /// two calls of each in the second half, and the longest.
    fn serve(gaps: &[u64], interval: Duration, minutes: u64) -> Vec<(f64, f64)> {
        let (mut line, start) = (Line::default(), Instant::now());
        let mut now = start;
        let mut calls = vec![Vec::new(); gaps.len()];
        let mut next: Vec<_> = gaps.iter().map(|gap| start + Duration::from_secs(*gap)).collect();
        let mut tickets: Vec<_> = (0..gaps.len()).map(|one| line.join(&id(one as u32), Rank::Watch)).collect();
        while now < start + Duration::from_secs(60 * minutes) {
            now += interval;
            let called = line.call_first(now).unwrap();
            let one = tickets.iter().position(|(ticket, _)| *ticket == called).unwrap();
            calls[one].push(now);
            let mut came = 0;
            while next[one] <= now {
                next[one] += Duration::from_secs(gaps[one]);
                came += 1;
            }
            line.brought(&id(one as u32), came, now);
            tickets[one] = line.join(&id(one as u32), Rank::Watch);
        }
        let half = start + Duration::from_secs(30 * minutes);
        let between = |calls: &Vec<Instant>| {
            let late: Vec<_> = calls.iter().filter(|call| **call >= half).collect();
            let waits: Vec<_> = late.windows(2).map(|two| (*two[1] - *two[0]).as_secs_f64()).collect();
            (waits.iter().sum::<f64>() / waits.len() as f64, waits.iter().copied().fold(0.0, f64::max))
        };
        calls.iter().map(between).collect()
    }

    #[test]
    fn busy_sessions_are_asked_about_more_often_and_no_session_is_forgotten() {
        let gaps: Vec<_> = (0..20).map(|one| if one < 4 { 2 } else { 60 }).collect();
        let times = serve(&gaps, Duration::from_millis(545), 6);
        for (one, (mean, longest)) in times.into_iter().enumerate() {
            let (most, at_most) = if one < 4 { (5.0, 9.0) } else { (30.0, 45.0) };
            assert!(mean <= most && longest <= at_most, "session {one}: each {mean:.1} s, at most {longest:.1} s");
        }
    }

    #[test]
    fn what_a_user_waits_for_goes_first_and_a_late_look_behind_news_without_being_left_behind() {
        let (mut line, start) = (Line::default(), Instant::now());
        (1..=3).for_each(|one| line.asked(&id(one), Rank::Watch, start));
        line.asked(&id(2), Rank::Watch, start + Duration::from_secs(2));
        let now = start + Duration::from_secs(8);
        let (late, _late) = line.join(&id(1), Rank::Late);
        let (watch, _watch) = line.join(&id(2), Rank::Watch);
        let (user, _user) = line.join(&id(3), Rank::User);
        assert_eq!([(); 3].map(|()| line.call_first(now)), [Some(user), Some(watch), Some(late)]);

        // What was asked about lately isn't more urgent for that.
        let (late, _late) = line.join(&id(1), Rank::Late);
        let (watch, _watch) = line.join(&id(2), Rank::Watch);
        let now = now + Duration::from_secs(5);
        assert_eq!([(); 2].map(|()| line.call_first(now)), [Some(late), Some(watch)]);
        // And it doesn't put off the next poll of its session.
        let (poll, _poll) = line.join(&id(1), Rank::Watch);
        let (_, _watch) = line.join(&id(2), Rank::Watch);
        assert_eq!(line.call_first(now), Some(poll));
    }

    #[test]
    fn who_has_gone_is_passed_over_and_an_act_of_the_user_is_preferred() {
        let (mut line, start) = (Line::default(), Instant::now());
        let now = start + Duration::from_secs(5);
        (1..=3).for_each(|one| line.asked(&id(one), Rank::Watch, start));
        line.asked(&id(3), Rank::Watch, now);
        let (_, gone) = line.join(&id(1), Rank::Watch);
        let (second, _second) = line.join(&id(2), Rank::Watch);
        let (third, _third) = line.join(&id(3), Rank::Watch);
        line.favour(&id(3), now);
        drop(gone);
        assert_eq!([(); 3].map(|()| line.call_first(now)), [Some(third), Some(second), None]);
    }
}
