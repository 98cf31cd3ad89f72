//! Reading the store from one place on: little at first, so that there is something to begin with, then more at a time.

use std::sync::Arc;

use crate::engine::watch::Watched;
use crate::ground::error::Result;
use crate::ground::model::SessionId;
use crate::store::{Body, Chunk, Position, ReadLimit, Store};

const FIRST: ReadLimit = ReadLimit { activities: 64, bytes: 64 * 1024 };
const MOST: ReadLimit = ReadLimit { activities: 256, bytes: 256 * 1024 };

/// A place among a session's activities, and the way on from there.
pub(super) struct Reader {
    store: Arc<dyn Store>,
    session: SessionId,
    position: Position,
    limit: ReadLimit,
    more: bool,
}

impl Reader {
    /// Reads what is behind this position.
    pub(super) fn new(watched: &Watched, position: Position) -> Self {
        let (store, session) = (Arc::clone(&watched.hub.store), watched.id.clone());
        Self { store, session, position, limit: FIRST, more: false }
    }

    /// The next activities; nothing when the store has no more of them at present.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Body>>> {
        let Chunk { bodies, end, more } = self.store.read_some(&self.session, self.position, self.limit).await?;
        self.more = more;
        if end == self.position {
            return Ok(None);
        }
        self.position = end;
        self.limit.activities = MOST.activities.min(self.limit.activities * 2);
        self.limit.bytes = MOST.bytes.min(self.limit.bytes * 2);
        Ok(Some(bodies))
    }

    /// Whether the store had more behind what was read last.
    pub(super) fn has_more(&self) -> bool {
        self.more
    }
}
