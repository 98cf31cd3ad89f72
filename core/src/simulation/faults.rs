//! What goes wrong on the way, and when.

use std::time::Duration;

use rand::RngExt;
use rand::rngs::SmallRng;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The request never leaves.
    Unreachable,
    /// The connection breaks before the server does anything.
    Reset,
    /// The connection breaks after the server has done it.
    ResetAfter,
    /// Nothing comes, ever; the server has done it, or not.
    Hang,
    HangAfter,
    /// A proxy answers, before or after the server has done it.
    Proxy(u16),
    ProxyAfter(u16),
    /// Too many requests; come back after so many seconds, or on a date.
    Throttled(Option<u64>, bool),
    /// The body breaks off, or is no JSON; the server has done it.
    Truncated,
    Malformed,
    /// It is said not to be there, for once.
    NotFound,
    /// The same page again, an empty one that leads on, or back to the first page: once.
    RepeatedPage,
    EmptyPage,
    BackToStart,
}

impl Fault {
    /// Whether the server does what it was asked for.
    pub(super) fn takes_effect(self) -> bool {
        !matches!(
            self,
            Self::Unreachable | Self::Reset | Self::Hang | Self::Proxy(_) | Self::Throttled(..) | Self::NotFound
        )
    }
}

/// How much goes wrong. The number of faults is bounded, so that every program comes to its end.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Faults {
    pub(super) left: u32,
    pub(super) often: f64,
    /// Whether requests may never leave. A client that has not reached its server yet rightly gives up soon.
    pub(super) unreachable: bool,
    /// From when to when nobody answers.
    pub(super) outage: Option<(Duration, Duration)>,
    /// How often activities can't be listed, with 503.
    pub(super) unavailable: f64,
}

impl Faults {
    pub(super) fn none() -> Self {
        Self { left: 0, often: 0.0, unreachable: false, outage: None, unavailable: 0.0 }
    }

    pub(super) fn random(random: &mut SmallRng) -> Self {
        let outage = random.random_bool(0.2).then(|| {
            let from = Duration::from_millis(random.random_range(1_000..60_000));
            (from, from + Duration::from_millis(random.random_range(1..60_000)))
        });
        let (left, often) = (random.random_range(0..25), random.random_range(0.0..0.6));
        Self { left, often, unreachable: true, outage, unavailable: 0.0 }
    }

    /// What goes wrong with this request, if anything.
    pub(super) fn next(&mut self, random: &mut SmallRng, now: Duration, operation: &str) -> Option<Fault> {
        if self.outage.is_some_and(|(from, to)| (from..to).contains(&now)) {
            return Some(if random.random_bool(0.5) { Fault::Reset } else { Fault::Proxy(503) });
        }
        if self.unavailable > 0.0 && operation == "activities.list" && random.random_bool(self.unavailable) {
            return Some(Fault::Proxy(503));
        }
        if self.left == 0 || !random.random_bool(self.often) {
            return None;
        }
        self.left -= 1;
        let status = [500, 502, 503, 504, 408][random.random_range(0..5)];
        let retry_after = [None, Some(0), Some(1), Some(7), Some(30)][random.random_range(0..5)];
        Some(match random.random_range(0..14) {
            0 if self.unreachable => Fault::Unreachable,
            1 => Fault::Reset,
            2 => Fault::ResetAfter,
            3 => Fault::Hang,
            4 => Fault::HangAfter,
            5 => Fault::Proxy(status),
            6 => Fault::ProxyAfter(status),
            7 => Fault::Throttled(retry_after, random.random_bool(0.3)),
            8 => Fault::Truncated,
            9 => Fault::Malformed,
            10 if operation.starts_with("activities.list") => Fault::NotFound,
            11 if operation == "activities.list" => Fault::RepeatedPage,
            12 if operation == "activities.list" => Fault::EmptyPage,
            13 if operation == "activities.list" => Fault::BackToStart,
            _ => Fault::ResetAfter,
        })
    }
}
