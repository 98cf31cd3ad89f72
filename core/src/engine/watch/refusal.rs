//! A session that the server refuses to the client that watches it for all: each of those who follow asks for itself.

use tokio::time::Instant;

use super::fleet::REFUSED_FOR;
use super::watched::Watched;
use crate::engine::deleted::is_deleted;
use crate::ground::error::{ErrorKind, Result};

/// What this client knows of it.
#[derive(Default)]
pub(super) struct Refusal {
    asked: Option<Instant>,
    /// Whether the server itself refused it when it was asked last.
    firm: bool,
}

impl Refusal {
    /// The one who watches tells that it was refused. Fails when it is refused here too; of a session that was seen that is
    /// believed of the server's own word, given twice, for then it was said to the other as well.
    pub(super) async fn heard(&mut self, watched: &Watched) -> Result<()> {
        if self.asked.is_some_and(|at| at.elapsed() < REFUSED_FOR) {
            return Ok(());
        }
        self.asked = Some(Instant::now());
        let was_firm = std::mem::take(&mut self.firm);
        let Err(error) = watched.look_at_session().await else { return Ok(()) };
        let not_there = error.kind() == ErrorKind::NotFound;
        if not_there && watched.is_brand_new() {
            return Ok(());
        }
        if watched.snapshot.borrow().info.is_none() {
            return Err(error);
        }
        self.firm = error.is_authoritative() && (not_there || error.kind() == ErrorKind::Authentication);
        if !was_firm || !self.firm {
            return Ok(());
        }
        // One that is deleted is marked in the store, where all who follow see it.
        if not_there { is_deleted(&watched.hub, &watched.id, &error).await.map(drop) } else { Err(error) }
    }
}
