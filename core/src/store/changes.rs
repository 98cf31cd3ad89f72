//! Tells those who read a session that there is more.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

use crate::ground::model::SessionId;

/// One revision counter for each session that somebody listens to.
#[derive(Debug, Default)]
pub(super) struct Changes(Mutex<HashMap<SessionId, watch::Sender<u64>>>);

impl Changes {
    pub(super) fn subscribe(&self, session: &SessionId) -> watch::Receiver<u64> {
        let mut senders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        senders.entry(session.clone()).or_insert_with(|| watch::Sender::new(0)).subscribe()
    }

    pub(super) fn announce(&self, session: &SessionId) {
        let mut senders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(sender) = senders.get(session) else { return };
        if sender.receiver_count() == 0 {
            senders.remove(session);
        } else {
            sender.send_modify(|revision| *revision += 1);
        }
    }
}
