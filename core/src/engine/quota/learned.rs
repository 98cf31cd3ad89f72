//! What the account's limits are, as far as refusals and passes have shown: the service never says. A pure rule; its
//! memory is shared by all clients of a store.

use serde::{Deserialize, Serialize};

use crate::ground::error::Limit;
use crate::ground::model::Timestamp;

/// The window that the plan's daily limit counts in.
pub(super) use crate::store::DAY;

/// How much of the account's limits is in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Used {
    pub(crate) slots: u64,
    pub(crate) day: u64,
}

/// What was seen to be in use behind a refusal. Where no slot was, the server was left the time to show all that was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Behind {
    pub(super) used: Used,
    /// When the create was sent that was refused, and when this was seen, by our clock.
    pub(super) sent_at: Timestamp,
    pub(super) seen_at: Timestamp,
}

/// What was in use behind a refusal that nobody could explain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Unexplained {
    #[serde(flatten)]
    pub(super) used: Used,
    /// When that was seen, by our clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seen_at: Option<Timestamp>,
}

/// What was learned of an account, as the store keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Learned {
    /// With so many slots held, creates are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) slots: Option<u64>,
    /// With so many creations in a day, creates are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) day: Option<u64>,
    /// What was in use at a refusal that either limit may have been the reason of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unexplained: Option<Unexplained>,
}

impl Learned {
    pub(super) fn read(text: Option<&str>) -> Self {
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    pub(super) fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// A create was refused without a word of why.
    pub(super) fn refused(&mut self, behind: Behind) -> Limit {
        let Behind { used, seen_at, .. } = behind;
        if self.slots.is_some_and(|limit| used.slots >= limit) {
            self.slots = Some(used.slots);
            return Limit::Slots;
        }
        if self.day.is_some_and(|limit| used.day >= limit) {
            self.day = Some(used.day);
            return Limit::Day;
        }
        if self.may_be_of_the_day(behind) {
            (self.day, self.unexplained) = (Some(used.day), None);
            return Limit::Day;
        }
        self.unexplained = Some(Unexplained { used, seen_at: Some(seen_at) });
        Limit::Unknown
    }

    /// Whether before this attempt and behind it no slot was held, and nothing was created between, as far as is seen.
    fn may_be_of_the_day(&self, behind: Behind) -> bool {
        let is_as_before = |before: Unexplained| {
            before.used == behind.used && before.seen_at.is_some_and(|seen_at| seen_at < behind.sent_at)
        };
        behind.used.slots == 0 && self.unexplained.is_some_and(is_as_before)
    }

    /// A create was refused because of this limit, as the server said itself.
    pub(super) fn told(&mut self, limit: Limit, used: Used) {
        match limit {
            Limit::Slots => self.slots = Some(used.slots),
            Limit::Day => self.day = Some(used.day),
            Limit::Unknown => {}
        }
    }

    /// Whether there is a refusal that a create which was sent then explains by that it passed. Before the refusal was looked
    /// into it may have been what filled the plan.
    pub(super) fn is_explained_by(&self, sent_at: Timestamp) -> bool {
        self.unexplained.is_some_and(|refused| refused.seen_at.is_some_and(|seen_at| seen_at < sent_at))
    }

    /// A create passed when this was in use.
    pub(super) fn passed(&mut self, before: Used) {
        // At the limit itself one may have ended, or a day gone by, between the look and the attempt.
        self.slots = self.slots.filter(|limit| before.slots <= *limit);
        self.day = self.day.filter(|limit| before.day <= *limit);
        let Some(Unexplained { used: refused, .. }) = self.unexplained else { return };
        match (before.slots < refused.slots, before.day < refused.day) {
            (true, false) => self.slots = Some(refused.slots),
            (false, true) => self.day = Some(refused.day),
            (false, false) => {}
            // Either may have been the reason: it may have been sent before the one that was refused.
            (true, true) => return,
        }
        self.unexplained = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(slots: u64, day: u64) -> Used {
        Used { slots, day }
    }

    /// Sent behind everything that was seen before.
    fn refused(learned: &mut Learned, slots: u64, day: u64) -> Limit {
        let seen_at = learned.unexplained.and_then(|before| before.seen_at).unwrap_or(Timestamp::EPOCH);
        let sent_at = seen_at.later(std::time::Duration::from_secs(1));
        let seen_at = sent_at.later(std::time::Duration::from_secs(1));
        learned.refused(Behind { used: used(slots, day), sent_at, seen_at })
    }

    /// Three were created in a day, and all of them have ended.
    fn three_have_ended(sent_at: u64, seen_at: u64) -> Behind {
        let at = |seconds| Timestamp::EPOCH.later(std::time::Duration::from_secs(seconds));
        Behind { used: used(0, 3), sent_at: at(sent_at), seen_at: at(seen_at) }
    }

    #[test]
    fn what_was_sent_before_the_last_look_tells_nothing_of_the_day() {
        let mut learned = Learned::default();
        assert_eq!(learned.refused(three_have_ended(1, 3)), Limit::Unknown);
        assert_eq!(learned.refused(three_have_ended(2, 4)), Limit::Unknown, "slots may have been held then");
        assert_eq!(learned.refused(three_have_ended(5, 6)), Limit::Day);
    }

    #[test]
    fn a_refusal_that_passes_once_a_session_has_ended_was_about_the_slots() {
        let mut learned = Learned::default();
        assert_eq!(refused(&mut learned, 3, 3), Limit::Unknown);
        learned.passed(used(2, 3));
        assert_eq!((learned.slots, learned.day), (Some(3), None));
        assert_eq!(refused(&mut learned, 3, 4), Limit::Slots);
        assert_eq!(refused(&mut learned, 2, 9), Limit::Unknown, "below what was learned");
    }

    #[test]
    fn a_refusal_that_passes_once_a_day_has_gone_by_was_about_the_day() {
        let mut learned = Learned::default();
        refused(&mut learned, 2, 15);
        learned.passed(used(2, 14));
        assert_eq!((learned.slots, learned.day), (None, Some(15)));
        assert_eq!(refused(&mut learned, 2, 15), Limit::Day);
    }

    #[test]
    fn a_refusal_with_no_slot_held_is_not_explained_but_the_next_one_is() {
        let mut learned = Learned::default();
        assert_eq!(refused(&mut learned, 0, 15), Limit::Unknown);
        assert_eq!(refused(&mut learned, 0, 15), Limit::Day);
        learned.passed(used(0, 20));
        assert_eq!(learned.day, None, "a larger plan");
    }

    #[test]
    fn sessions_that_end_between_a_refusal_and_the_look_make_no_limit_of_the_day() {
        let mut learned = Learned::default();
        assert_eq!(refused(&mut learned, 0, 6), Limit::Unknown);
        assert_eq!(refused(&mut learned, 0, 7), Limit::Unknown, "somebody's was created and has ended");
        assert_eq!(refused(&mut learned, 2, 7), Limit::Unknown);
        assert_eq!(refused(&mut learned, 0, 7), Limit::Unknown);
        learned.passed(used(0, 7));
        assert_eq!(learned.day, None);
    }

    #[test]
    fn what_passes_beyond_a_limit_shows_that_it_was_none() {
        let mut learned = Learned { slots: Some(3), day: Some(15), ..Learned::default() };
        learned.passed(used(3, 7));
        assert_eq!(learned.slots, Some(3), "one may have ended since the look");
        learned.passed(used(4, 7));
        assert_eq!((learned.slots, learned.day), (None, Some(15)));
        let mut more = Learned { slots: Some(3), ..Learned::default() };
        assert_eq!(refused(&mut more, 15, 20), Limit::Slots);
        assert_eq!(more.slots, Some(15));
    }

    #[test]
    fn when_both_have_changed_nothing_is_learned_yet() {
        let mut learned = Learned::default();
        refused(&mut learned, 3, 15);
        learned.passed(used(2, 14));
        assert_eq!((learned.slots, learned.day), (None, None));
        learned.passed(used(3, 14));
        assert_eq!((learned.slots, learned.day, learned.unexplained), (None, Some(15), None));
    }

    #[test]
    fn what_passed_before_the_refusal_explains_nothing() {
        let mut learned = Learned::default();
        refused(&mut learned, 5, 5);
        learned.passed(used(4, 4));
        assert_eq!((learned.slots, learned.day), (None, None));
        learned.passed(used(4, 5));
        assert_eq!((learned.slots, learned.unexplained), (Some(5), None));
    }

    #[test]
    fn what_was_sent_before_a_refusal_was_looked_into_doesnt_explain_it() {
        let mut learned = Learned::default();
        learned.refused(three_have_ended(5, 6));
        let at = |seconds| Timestamp::EPOCH.later(std::time::Duration::from_secs(seconds));
        assert_eq!([4, 6, 7].map(|seconds| learned.is_explained_by(at(seconds))), [false, false, true]);
        assert!(!Learned::default().is_explained_by(at(7)), "there is none");
    }

    #[test]
    fn what_is_kept_is_read_again() {
        let learned = Learned { slots: Some(3), ..Learned::default() };
        assert_eq!(Learned::read(Some(&learned.to_text())), learned);
        assert_eq!(Learned::read(Some("nonsense")), Learned::default());
    }
}
