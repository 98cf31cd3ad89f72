//! What the driver comes back with to the step.

use std::time::Duration;

use tokio::time::Instant;

use crate::engine::watch::interest::Interest;
use crate::ground::error::Error;
use crate::ground::model::{Activity, SessionInfo, Timestamp};
use crate::store::Position;

/// What was learned.
#[derive(Clone, Debug)]
pub(in crate::engine::watch) enum Event {
    /// The time is up, or somebody poked: what the user did so far, and what is listened for now.
    Woke { acts: u64, waking_until: Option<Instant>, interest: Interest, interval: Option<Duration> },
    /// A poll of the activities.
    Polled(Polled),
    /// What the store has from the user's latest message on, the message first; nothing while it has yet to appear.
    Followed(Vec<Activity>),
    /// Where the activities in the store end.
    EndsAt(Position),
    /// The session was read, by a request that began then; and the end that was in the store.
    Read { info: Box<SessionInfo>, began: Instant, ending: Option<Position> },
    /// The fleet has nothing newer of its state; and when it last changed, where that was told.
    NothingNewer { update_time: Option<Timestamp> },
    /// Where its end stands in the store, and what else tells whether that is the end.
    Ending(Ending),
    /// Everything was compared with the server, which found so many late ones.
    Reconciled { late: usize },
    /// The store was told that everything is there.
    Settled,
    /// Late arrivals were looked for, and so many found.
    LookedBack { late: usize },
    /// The server said 404 to a comparison or a look back, of a session that is there.
    Passing,
    /// The server refused for good, as far as it goes; and whether this client has just created the session.
    Refused { error: Error, brand_new: bool },
}

/// What the store has of the session's end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::engine::watch) struct Ending {
    pub(in crate::engine::watch) position: Option<Position>,
    /// Whether a message of the user has yet to appear.
    pub(in crate::engine::watch) awaits_message: bool,
    /// How old the last activity is by the server's clock.
    pub(in crate::engine::watch) age: Option<Duration>,
    /// Whether all that is there was compared with the server after an end.
    pub(in crate::engine::watch) compared: bool,
}

/// What a poll of the activities brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::engine::watch) struct Polled {
    pub(in crate::engine::watch) added: usize,
    /// The kind of the last new one.
    pub(in crate::engine::watch) newest: Option<&'static str>,
    /// The kind of the last new one that always goes with another state.
    pub(in crate::engine::watch) decisive: Option<&'static str>,
    /// Whether this client sent a message just now.
    pub(in crate::engine::watch) sent_lately: bool,
    /// Whether the listeners know where the activities end.
    pub(in crate::engine::watch) end_is_told: bool,
}
