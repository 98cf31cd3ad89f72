//! What those who listen to a session want to hear of.

/// What somebody listens for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interest {
    /// How the session's state changes.
    State,
    /// Its activities too.
    Activities,
    /// Its state, on behalf of other clients that share the store.
    OfOthers,
}
