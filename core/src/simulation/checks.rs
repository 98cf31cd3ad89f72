//! What must hold at the end of every schedule, whatever went wrong.

use std::time::Duration;

use super::program::{PROMPT, Played, Schedule};
use super::traits::Manner;
use crate::SessionState;

impl Played {
    /// Nothing twice, nothing missing, one order, each effect once, not too many requests.
    pub(super) fn check(&self, schedule: &Schedule) {
        self.check_activities();
        self.check_order(schedule);
        self.check_effects(schedule);
        self.check_requests(schedule);
    }

    fn check_activities(&self) {
        let expected = sorted(&self.server.world().session(&self.session).unwrap().ids());
        assert_eq!(sorted(&self.again), expected, "what a stream gives, against what the server has");
        assert_eq!(self.offline, self.again, "the store alone");
        assert_eq!(sorted(&self.elsewhere), expected, "on another machine");
        let woken = self.server.world().session(&self.session).unwrap().woken;
        for (number, stream) in self.streams.iter().enumerate() {
            assert!(
                self.again.starts_with(stream),
                "stream {number} gave {stream:?}, not the beginning of {:?}",
                self.again
            );
            // One that ended before a message woke the session had all that was there then.
            assert!(woken || stream.len() == self.again.len(), "stream {number} ended too early, with {stream:?}");
        }
    }

    /// Without late arrivals and the like, the order is the server's.
    fn check_order(&self, schedule: &Schedule) {
        let traits = &schedule.traits;
        let plain = traits.late + traits.wild + traits.timeless + traits.shuffled + traits.doubled == 0.0
            && traits.lag.is_zero();
        let mut world = self.server.world();
        let session = world.session(&self.session).unwrap();
        // What an answer brings is put in order of its time; the server's own order is kept where it is that one.
        let by_time = session.visible(Duration::MAX).is_sorted_by_key(|activity| activity.time);
        if plain && by_time && schedule.course.says_end {
            assert_eq!(self.elsewhere, session.ids(), "the server's order");
        }
    }

    fn check_effects(&self, schedule: &Schedule) {
        let mut world = self.server.world();
        let made = world.sessions.iter().filter(|session| session.body["prompt"] == PROMPT).count();
        assert_eq!(made, 1 + usize::from(schedule.decoy), "sessions made");
        let session = world.session(&self.session).unwrap();
        assert_eq!(session.approvals, usize::from(schedule.course.plan), "approvals");
        let said: Vec<_> = schedule.messages.iter().map(|(text, _)| (*text).to_owned()).collect();
        assert_eq!(sorted(&session.said("userMessaged", "userMessage")), sorted(&said), "messages");
        for (question, answer) in &self.answers {
            assert!(session.answers_to(question).contains(&answer.id), "{question:?} was answered by {answer:?}");
        }
        let expected = if schedule.course.fails { SessionState::Failed } else { SessionState::Completed };
        assert_eq!(self.outcome.state, expected);
    }

    /// Looks cost requests while there is something to look for; they must not run away.
    fn check_requests(&self, schedule: &Schedule) {
        let (requests, most) = (self.requests, self.most_requests(schedule));
        assert!(requests <= most, "{requests} requests in {:?}, where {most} are enough", self.took);
    }

    /// For each client that may watch at the same time: some for each thing that happens, some for each page of what there
    /// is, and one now and then.
    fn most_requests(&self, schedule: &Schedule) -> usize {
        let (count, pages) = (self.again.len(), 1 + self.again.len() / schedule.traits.page);
        let restarts: u32 = schedule.streams.iter().sum();
        let clients = 1 + restarts as usize;
        let happenings = count + 10 * schedule.messages.len() + 10;
        // Without the filter each look behind something that happened reads everything.
        let whole = if schedule.traits.filter == Manner::Understands { 0 } else { pages };
        let each_second = schedule.interval.map_or(1, |interval| 1 + 1_000 / interval.as_millis().max(1));
        let looks = usize::try_from(u128::from(self.took.as_secs()) * each_second).unwrap_or(usize::MAX);
        clients * (20 + (6 + whole) * happenings + 8 * pages + looks * (1 + pages) / 2)
    }
}

fn sorted(ids: &[String]) -> Vec<String> {
    let mut sorted = ids.to_vec();
    sorted.sort();
    sorted
}
