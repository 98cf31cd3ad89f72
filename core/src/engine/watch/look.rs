//! Looks at one session beside its watcher, each once and at once.

use tokio::time::Instant;

use super::advance::Advance;
use super::watched::Watched;
use crate::engine::acts::BRAND_NEW;
use crate::ground::error::{ErrorKind, Result};
use crate::ground::model::SessionInfo;
use crate::ground::waits::{Wait, WaitReason};

/// So often a listing that goes round and round is begun.
const MOST_LISTINGS: u32 = 3;

impl Watched {
    /// A 404 of the activities says nothing while the session itself is there, or is so new that it need not be. Somebody
    /// else's 404, a proxy's say, tells nothing of whether there are any.
    pub(super) async fn unless_passing<T>(&self, result: Result<T>) -> Result<Option<T>> {
        match result {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if !self.is_brand_new() {
                    if !error.is_authoritative() {
                        return Err(error);
                    }
                    self.hub.service.session(&self.id).await?;
                }
                Ok(None)
            }
            result => result.map(Some),
        }
    }

    /// One incremental fetch of the activities, with or without a watcher. "Nothing yet" for a session that is so new that
    /// its activities aren't there.
    pub(crate) async fn advance(&self) -> Result<Advance> {
        let advance = self.persistent(|| self.cursor.advance(None)).await;
        Ok(self.unless_passing(advance).await?.unwrap_or_default())
    }

    /// Fetches what is new, and of a session that has ended all that is missing; gives back how many activities were new.
    pub(crate) async fn catch_up(&self, ended: bool) -> Result<usize> {
        let added = self.persistent(|| self.cursor.catch_up(ended)).await;
        Ok(self.unless_passing(added).await?.unwrap_or_default())
    }

    /// Fetches what is new, and what became visible behind the mark too. A 404 says nothing of what is there: it is asked
    /// again for as long as a new session may take to be known everywhere.
    pub(crate) async fn look_closely(&self) -> Result<Advance> {
        let until = Instant::now() + BRAND_NEW;
        let mut tries = 0;
        loop {
            tries += 1;
            let looked = self.persistent(|| async {
                let advance = self.cursor.advance(None).await?;
                self.cursor.look_back(None).await?;
                Ok(advance)
            });
            match looked.await {
                Err(error) if error.kind() == ErrorKind::NotFound && (tries < 5 || Instant::now() < until) => {
                    let settles = Wait::of(WaitReason::Effect).in_session(self.id.as_str());
                    settles.pause(self.hub.service.transport.settling_time()).await;
                }
                result => return result,
            }
        }
    }

    /// A listing that goes round and round is begun again, for what it had is in the store.
    async fn persistent<T, F: Future<Output = Result<T>>>(&self, list: impl Fn() -> F) -> Result<T> {
        for _ in 1..MOST_LISTINGS {
            match list().await {
                Err(error) if error.is_of_circling_listing() => {
                    let settles = Wait::of(WaitReason::Retry).in_session(self.id.as_str());
                    settles.pause(self.hub.service.transport.settling_time()).await;
                }
                listed => return listed,
            }
        }
        list().await
    }

    /// One fresh look at the session itself.
    pub(crate) async fn look_at_session(&self) -> Result<SessionInfo> {
        let seen = self.hub.service.session(&self.id).await?;
        // On the heap: what waits for the answer would have the room for this, too.
        Ok(Box::pin(self.hub.remember(&self.id, seen)).await?.info)
    }
}
