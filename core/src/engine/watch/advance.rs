//! What a look at the activities brought, and what whoever looks next has to know of it: from where on something may be new.

use tokio::time::Instant;

use super::empty::EmptyActivities;
use crate::api::SeenActivity;
use crate::ground::model::Timestamp;

/// So many nanoseconds later, by the server's clock with its whole seconds, all activities of one time are taken to be
/// visible; those that are not are late arrivals. Where the newest is cheap to ask for again there is no hurry.
const SETTLED: i128 = 60_000_000_000;
const SETTLED_IF_HEAVY: i128 = 2_000_000_000;
/// From this size on the newest activity is not asked for again while others keep coming: bytes.
const HEAVY: usize = 2_048;
/// How many nanoseconds an activity's time may be ahead of the answer's date, which has whole seconds.
pub(super) const AHEAD: i128 = 1_000_000_000;
/// Activities that always go with a change of the session's state.
const DECISIVE: [&str; 4] = ["planGenerated", "planApproved", "sessionCompleted", "sessionFailed"];

/// What an advance brought.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Advance {
    pub(crate) added: usize,
    /// What came last.
    pub(crate) newest: Option<&'static str>,
    /// What came that always goes with one: of the plan, or the session's end.
    pub(crate) decisive: Option<&'static str>,
    /// The server's clock at the last answer, and when that came.
    pub(crate) date: Option<(Timestamp, Instant)>,
    /// The server's clock at the first answer.
    pub(super) began: Option<Timestamp>,
    /// How many bytes the last one has.
    pub(super) newest_size: usize,
}

/// The kinds of activities, in their order.
pub(super) fn kinds(items: &[SeenActivity]) -> Vec<&'static str> {
    items.iter().map(|seen| seen.activity.kind()).collect()
}

impl Advance {
    /// Counts what was stored, activities of these kinds, of which so many were new.
    pub(super) fn count(&mut self, kinds: &[&'static str], added: usize) {
        self.added += added;
        if added > 0 {
            self.newest = kinds.last().copied().or(self.newest);
            self.decisive = kinds.iter().rev().copied().find(|kind| DECISIVE.contains(kind)).or(self.decisive);
        }
    }
}

/// Held by whoever fetches.
#[derive(Debug, Default)]
pub(super) struct FetchState {
    /// The server's clock at the latest answer.
    pub(super) date: Option<Timestamp>,
    /// A newest time that nothing more is expected at.
    pub(super) settled: Option<Timestamp>,
    /// How many bytes the newest has, where that is known.
    pub(super) newest_size: usize,
    /// Whether the latest look brought something.
    pub(super) busy: bool,
    /// Where a look back goes on that had more than one page: its filter and the next page.
    pub(super) back: Option<(Option<String>, String)>,
    /// What was listed without content, and is asked for again.
    pub(super) aside: EmptyActivities,
    /// The server's clock when all there was began to be read, from the first page to the session's end.
    pub(super) whole_at: Option<Timestamp>,
}

impl FetchState {
    /// Whether a look may leave out what has the newest time. Another activity of that very time may become visible a
    /// moment later, and then belongs before what comes next: so not before that time is past, unless it is dear. Then it
    /// comes with the first look that finds nothing behind the newest, or as a late arrival.
    pub(super) fn leaves_out(&self, newest: Option<Timestamp>) -> bool {
        newest.is_some() && (self.settled == newest || (self.busy && self.is_heavy()))
    }

    /// Whether asking for the newest again, which is known, costs more than it is worth.
    pub(super) fn is_heavy(&self) -> bool {
        self.newest_size >= HEAVY
    }

    /// From where on something may be new: the newest time, or, where that is ahead of the server's clock because one
    /// activity was, what the clock showed at the latest answer.
    pub(super) fn horizon(&self, newest: Option<Timestamp>) -> Option<Timestamp> {
        match (self.date, newest) {
            (Some(date), Some(newest)) if newest > date.shifted(AHEAD) => Some(date.shifted(-AHEAD)),
            _ => newest,
        }
    }

    /// Takes in what a look told that began at `newest`.
    pub(super) fn learn(&mut self, advance: &Advance, newest: Option<Timestamp>, left_out: bool) {
        self.date = advance.date.map(|(date, _)| date).or(self.date);
        self.busy = advance.added > 0;
        if advance.newest_size > 0 {
            self.newest_size = advance.newest_size;
        }
        if !left_out {
            let after = if self.is_heavy() { SETTLED_IF_HEAVY } else { SETTLED };
            let past = self.date.zip(newest).is_some_and(|(date, newest)| date > newest.shifted(after));
            self.settled = newest.filter(|_| past);
        }
    }
}
