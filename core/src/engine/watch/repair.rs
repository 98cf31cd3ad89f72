//! What was damaged in the store: it stands there as a sign, and is fetched again for whoever reads it.

use super::cursor::Cursor;
use super::watched::Watched;
use crate::ground::error::{ErrorKind, Result};

impl Cursor {
    /// Fetches these activities into their places; gives back how many there were. What the server has no more stays a
    /// sign.
    async fn repair(&self, ids: Vec<String>) -> Result<usize> {
        let _turn = self.turn.lock().await;
        let mut found = Vec::new();
        for id in ids {
            match self.service.activity(&self.session, &id).await {
                Ok(seen) => found.push(seen),
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    tracing::warn!(target: "jules::store", session = %self.session, id, "cannot fetch a damaged activity again");
                }
                Err(error) => return Err(error),
            }
        }
        let count = found.len();
        if count > 0 {
            let mut mark = self.mark().await?;
            let to = mark.clone();
            self.write(found, &mut mark, to, None).await?;
        }
        Ok(count)
    }
}

impl Watched {
    /// Fetches again what was damaged in the store; gives back how much of it there was.
    pub(crate) async fn repair(&self, ids: Vec<String>) -> Result<usize> {
        self.cursor.repair(ids).await
    }
}
