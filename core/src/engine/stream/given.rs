//! What a stream has given, where the store may be put back behind it: a database that fails over to a replica that lags, or is
//! restored from a copy, has lost what came since then. It is fetched again, perhaps into other places, and nothing of it may be
//! given twice or passed over.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::engine::watch::Watched;
use crate::ground::error::{Error, Result};
use crate::store::{Body, Position, StoreFault};

#[derive(Debug)]
pub(super) struct Given {
    era: u64,
    /// Of each activity since the session's beginning, in order: eight bytes that stand for its id. None where the stream began
    /// further on.
    all: Option<Vec<u64>>,
    /// The last of them, where it could be read.
    last: Option<String>,
    /// The same as a set, once the store was put back.
    again: HashSet<u64>,
}

fn sign(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

impl Given {
    /// Nothing where the store can't be put back.
    pub(super) fn new(watched: &Watched, position: Position) -> Option<Self> {
        let era = watched.hub.store.era()?;
        let all = (position == Position::default()).then(Vec::new);
        Some(Self { era, all, last: None, again: HashSet::new() })
    }

    /// Whether the store was put back behind what was read to this position: then all is to be read again from the beginning,
    /// and what is missing was fetched.
    pub(super) async fn is_gone(&mut self, watched: &Watched, position: Position) -> Result<bool> {
        let Some(era) = watched.hub.store.era().filter(|era| *era != self.era) else { return Ok(false) };
        let Some(last) = &self.last else {
            self.era = era;
            return Ok(false);
        };
        let count = self.all.as_ref().map(Vec::len);
        if watched.hub.store.still_has(&watched.id, last, position, count).await? {
            self.era = era;
            return Ok(false);
        }
        let Some(all) = &self.all else {
            return Err(Error::store(
                "the cache was put back to an older copy, which lacks what this stream has given",
            )
            .with_hint("Stream again with `after` set to the last activity that was given.")
            .with(StoreFault::Damaged));
        };
        tracing::warn!(target: "jules::store", session = %watched.id, given = all.len(),
            "the cache was put back to an older copy: what it lacks is fetched again");
        watched.look_closely().await?;
        self.again = all.iter().copied().collect();
        self.era = era;
        Ok(true)
    }

    /// Notes what is given now; leaves out what was given before the store was put back.
    pub(super) fn note(&mut self, bodies: Vec<Body>) -> Vec<Body> {
        let mut fresh = Vec::with_capacity(bodies.len());
        for body in bodies {
            self.last = body.id();
            let sign = self.last.as_deref().map_or(0, sign);
            if self.again.contains(&sign) {
                continue;
            }
            if let Some(all) = &mut self.all {
                all.push(sign);
            }
            fresh.push(body);
        }
        fresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guards::{COUNT, guarded};

    /// What it costs to note what is given, counted by `.dev/run bench check`.
    #[test]
    fn given_guard() {
        let body = |number: usize| {
            let id = format!("{number:032x}");
            let words = "The work goes on. ".repeat(40);
            let activity = serde_json::json!({"name": format!("sessions/1/activities/{id}"), "id": id,
                "createTime": "2026-01-02T03:04:05Z", "originator": "agent", "progressUpdated": {"description": words}});
            Body::of(&activity.to_string())
        };
        let bodies: Vec<_> = (0..COUNT).map(body).collect();
        let mut given = Given { era: 0, all: Some(Vec::new()), last: None, again: HashSet::new() };
        assert_eq!(guarded(|| given.note(bodies)).len(), COUNT);
        assert_eq!((given.all.unwrap().len(), given.last), (COUNT, Some(format!("{:032x}", COUNT - 1))));
    }
}
