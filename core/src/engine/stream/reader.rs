//! Reading the store from one place on: little at first, so that there is something to begin with, then more at a time, and
//! the next ones while the user has those before them.

use std::sync::Arc;

use futures::future::BoxFuture;

use super::given::Given;
use crate::engine::watch::Watched;
use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::runtime;
use crate::store::{Body, Chunk, Position, ReadLimit};

const FIRST: ReadLimit = ReadLimit { activities: 64, bytes: 64 * 1024 };
const MOST: ReadLimit = ReadLimit { activities: 512, bytes: 512 * 1024 };

/// A place among a session's activities, and the way on from there.
pub(super) struct Reader {
    watched: Arc<Watched>,
    /// Whether the server may be asked.
    online: bool,
    position: Position,
    limit: ReadLimit,
    more: bool,
    /// What is read already, behind this position.
    ahead: Option<(Position, BoxFuture<'static, Result<Result<Chunk>>>)>,
    given: Option<Given>,
}

impl Reader {
    /// Reads what is behind this position.
    pub(super) fn new(watched: &Arc<Watched>, position: Position, online: bool) -> Self {
        let given = Given::new(watched, position).filter(|_| online);
        Self { watched: Arc::clone(watched), online, position, limit: FIRST, more: false, ahead: None, given }
    }

    /// The next activities; nothing when the store has no more of them at present.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Body>>> {
        loop {
            if let Some(given) = &mut self.given
                && given.is_gone(&self.watched, self.position).await?
            {
                self.position = Position::default();
            }
            let Some(bodies) = self.next_of_store().await? else { return Ok(None) };
            let fresh = match &mut self.given {
                Some(given) => given.note(bodies),
                None => return Ok(Some(bodies)),
            };
            if !fresh.is_empty() {
                return Ok(Some(fresh));
            }
        }
    }

    async fn next_of_store(&mut self) -> Result<Option<Vec<Body>>> {
        let mut chunk = self.read().await?;
        let damaged: Vec<_> = chunk.bodies.iter().filter_map(Body::damaged).collect();
        if self.online && !damaged.is_empty() && Box::pin(self.watched.repair(damaged)).await? > 0 {
            chunk = self.read().await?;
        }
        let Chunk { bodies, end, more } = chunk;
        self.more = more;
        if end == self.position {
            return Ok(None);
        }
        self.position = end;
        self.limit.activities = MOST.activities.min(self.limit.activities * 2);
        self.limit.bytes = MOST.bytes.min(self.limit.bytes * 2);
        if more {
            let (watched, limit) = (Arc::clone(&self.watched), self.limit);
            let reading = async move { watched.hub.store.read_some(&watched.id, end, limit).await };
            self.ahead = runtime::start(reading).ok().map(|reading| (end, reading));
        }
        Ok(Some(bodies))
    }

    async fn read(&mut self) -> Result<Chunk> {
        match self.ahead.take() {
            Some((position, reading)) if position == self.position => reading.await?,
            _ => self.watched.hub.store.read_some(&self.watched.id, self.position, self.limit).await,
        }
    }

    /// Whether the store had more behind what was read last.
    pub(super) fn has_more(&self) -> bool {
        self.more
    }
}

/// Where an activity stands that must be there.
pub(super) async fn place_of(watched: &Watched, activity: &str) -> Result<Position> {
    let found = watched.hub.store.find(&watched.id, activity).await?;
    found.ok_or_else(|| {
        Error::new(ErrorKind::NotFound, format!("session {} has no activity {activity:?}", watched.id))
            .while_doing("finding the activity to continue after")
    })
}
