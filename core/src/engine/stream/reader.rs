//! Reading the store from one place on: little at first, so that there is something to begin with, then more at a time.

use std::sync::Arc;

use crate::engine::watch::Watched;
use crate::ground::error::Result;
use crate::ground::model::SessionId;
use crate::store::{Body, Portion, Position, Room, Store};

const FIRST: Room = Room { activities: 64, bytes: 64 * 1024 };
const MOST: Room = Room { activities: 256, bytes: 256 * 1024 };

/// A place among a session's activities, and the way on from there.
pub(super) struct Reader {
    store: Arc<dyn Store>,
    session: SessionId,
    position: Position,
    room: Room,
    more: bool,
}

impl Reader {
    /// Reads what is behind this position.
    pub(super) fn new(watched: &Watched, position: Position) -> Self {
        let (store, session) = (Arc::clone(&watched.hub.store), watched.id.clone());
        Self { store, session, position, room: FIRST, more: false }
    }

    /// The next activities; nothing when the store has no more of them at present.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Body>>> {
        let Portion { bodies, end, more } = self.store.read_some(&self.session, self.position, self.room).await?;
        self.more = more;
        if end == self.position {
            return Ok(None);
        }
        self.position = end;
        self.room.activities = MOST.activities.min(self.room.activities * 2);
        self.room.bytes = MOST.bytes.min(self.room.bytes * 2);
        Ok(Some(bodies))
    }

    /// Whether the store had more behind what was read last.
    pub(super) fn has_more(&self) -> bool {
        self.more
    }
}
