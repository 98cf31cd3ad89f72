//! What kind of server it is this time: its clock, its pages, and what it understands.

use std::time::Duration;

use rand::RngExt;
use rand::rngs::SmallRng;

/// How a server takes a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    Understands,
    Ignores,
    Refuses,
}

/// What a page token stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// So many items were before it: what comes in between shifts everything.
    Count,
    /// Everything up to this item was before it.
    Item,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Traits {
    /// How far its clock is ahead, in seconds.
    pub(super) skew: i64,
    /// Whether its answers carry a `Date`.
    pub(super) dated: bool,
    /// It puts no more on a page, whatever it is asked for.
    pub(super) page: usize,
    pub(super) token: Token,
    /// Older page tokens are refused.
    pub(super) token_life: Duration,
    pub(super) filter: Manner,
    pub(super) fields: Manner,
    /// What was done is seen at most so much later.
    pub(super) lag: Duration,
    /// For so long after a create the activities answer 404.
    pub(super) not_found: Duration,
    /// The longest way of an answer.
    pub(super) latency: Duration,
    /// How likely a page has its items in wrong order, an item twice, an activity comes late, has no time or another's.
    pub(super) shuffled: f64,
    pub(super) doubled: f64,
    pub(super) late: f64,
    pub(super) timeless: f64,
    pub(super) equal: f64,
    /// How likely an activity's time is far off.
    pub(super) wild: f64,
}

impl Traits {
    /// A server without surprises.
    pub(super) fn plain() -> Self {
        Self {
            skew: 0,
            dated: true,
            page: 100,
            token: Token::Count,
            token_life: Duration::from_secs(600),
            filter: Manner::Understands,
            fields: Manner::Understands,
            lag: Duration::ZERO,
            not_found: Duration::ZERO,
            latency: Duration::from_millis(20),
            shuffled: 0.0,
            doubled: 0.0,
            late: 0.0,
            timeless: 0.0,
            equal: 0.0,
            wild: 0.0,
        }
    }

    pub(super) fn random(random: &mut SmallRng) -> Self {
        let mut manner = |understands: f64| match (random.random_bool(understands), random.random_bool(0.5)) {
            (true, _) => Manner::Understands,
            (false, true) => Manner::Ignores,
            (false, false) => Manner::Refuses,
        };
        let (filter, fields) = (manner(0.6), manner(0.6));
        let mut sometimes =
            |often: f64, most: f64| if random.random_bool(often) { random.random_range(0.0..most) } else { 0.0 };
        let (shuffled, doubled, late) = (sometimes(0.3, 0.8), sometimes(0.3, 0.8), sometimes(0.4, 0.4));
        let (timeless, equal, wild) = (sometimes(0.2, 0.4), sometimes(0.4, 1.0), sometimes(0.1, 0.2));
        let dated = random.random_bool(0.9);
        // Without a `Date` nobody can tell that a time is off.
        let wild = if dated { wild } else { 0.0 };
        Self {
            skew: [0, 0, 3, -3, 600, -600, 40_000][random.random_range(0..7)],
            dated,
            page: [1, 2, 3, 7, 20, 50, 100][random.random_range(0..7)],
            token: if random.random_bool(0.5) { Token::Count } else { Token::Item },
            token_life: Duration::from_secs(random.random_range(400..4_000)),
            filter,
            fields,
            lag: if random.random_bool(0.4) {
                Duration::from_millis(random.random_range(1..1_500))
            } else {
                Duration::ZERO
            },
            not_found: if random.random_bool(0.2) {
                Duration::from_millis(random.random_range(1..20_000))
            } else {
                Duration::ZERO
            },
            latency: Duration::from_millis(random.random_range(1..400)),
            shuffled,
            doubled,
            late,
            timeless,
            equal,
            wild,
        }
    }
}
