//! Leases: the right to be the only one who does something, for as long as it is renewed.

use std::fmt;

use super::revisions::Topic;
use crate::ground::model::SessionId;

/// What a lease is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum LeaseKey {
    /// Watching a session's activities.
    Watch(SessionId),
    /// Asking a session something and waiting for the answer.
    Ask(SessionId),
    /// Sending a session a message.
    Send(SessionId),
    /// Creating a session that is told this; a digest of it.
    Create(String),
    /// Looking at the states of all sessions that only their state is wanted of.
    Fleet,
    /// Bringing the store up to date.
    Sync,
    /// Being at the task with this key.
    Task(String),
    /// Working for a queue: a number of the worker's own, and the queue.
    Worker(u64, String),
}

impl LeaseKey {
    /// The session that it is about.
    pub(crate) fn session(&self) -> Option<&SessionId> {
        match self {
            Self::Watch(session) | Self::Ask(session) | Self::Send(session) => Some(session),
            Self::Create(_) | Self::Fleet | Self::Sync | Self::Task(_) | Self::Worker(..) => None,
        }
    }

    /// What wakes when it is given back.
    pub(crate) fn topic(&self) -> Topic {
        match self {
            Self::Task(_) | Self::Worker(..) => Topic::Tasks,
            other => other.session().map_or(Topic::Listeners, |session| Topic::Session(session.clone())),
        }
    }

    /// The session that a key as engines store it is about.
    pub(super) fn session_in(stored: &str) -> Option<SessionId> {
        let (kind, id) = stored.split_once('/')?;
        if matches!(kind, "watch" | "ask" | "send") { SessionId::parse(id).ok() } else { None }
    }
}

/// The key as engines store it.
impl fmt::Display for LeaseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Watch(session) => write!(f, "watch/{session}"),
            Self::Ask(session) => write!(f, "ask/{session}"),
            Self::Send(session) => write!(f, "send/{session}"),
            Self::Create(digest) => write!(f, "create/{digest}"),
            Self::Fleet => f.write_str("fleet"),
            Self::Sync => f.write_str("sync"),
            Self::Task(key) => write!(f, "task/{key}"),
            // The number has a fixed length, so that the queue's name is found behind it.
            Self::Worker(number, queue) => write!(f, "worker/{number:016x}/{queue}"),
        }
    }
}

/// What came of asking for a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Acquired {
    /// It was given.
    Granted(Grant),
    /// Another handle has it and lives.
    Held {
        /// The generation under which it has it.
        generation: i64,
    },
}

/// A lease that was given: valid until it is lost or given back.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Grant {
    pub(crate) key: LeaseKey,
    /// Rises whenever the lease changes hands: the fencing number of commits made under it.
    pub(crate) generation: i64,
}
