//! What this client did lately, bounded: so that its own messages aren't taken for somebody else's, a session that it woke
//! isn't taken for ended, and one that it created isn't taken for missing.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::ground::model::SessionId;
use crate::store::Position;

/// A session that is so new may not be known everywhere at the server.
pub(crate) const BRAND_NEW: Duration = Duration::from_secs(30);
/// Two equal messages within this time may be taken for one another, for the server's dates have whole seconds.
const CONFUSABLE: Duration = Duration::from_secs(5);
/// So long a message of this client is kept in mind, for on a bad network it may reach the store much later than an equal
/// one is sent after it; and no more than so many of them.
const REMEMBERED: Duration = Duration::from_secs(3_600);
const MOST_REMEMBERED: usize = 256;
/// So long a message of this client is looked for among the activities.
const LATE: Duration = Duration::from_secs(120);
/// So long after a message a session that had ended may take to go on.
const WAKING: Duration = Duration::from_secs(10);

/// What this client did lately, whether or not anybody still holds the session that it did it to.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    created: HashMap<SessionId, Instant>,
    sent: Vec<SentMessage>,
    /// The latest message that was sent to each session.
    waking: HashMap<SessionId, Waking>,
}

/// A message was sent to a session that may have ended.
#[derive(Clone, Debug)]
pub(crate) struct Waking {
    pub(crate) sent: Instant,
    /// So long the end of the session isn't believed.
    pub(crate) until: Instant,
    /// Where the store ended when it was sent.
    pub(crate) known: Position,
    pub(crate) text: String,
    /// How many messages with the same text may come before it.
    pub(crate) own: usize,
}

/// A message on its way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent<'a> {
    pub(crate) text: &'a str,
    /// Where the store ended when it was sent.
    pub(crate) known: Position,
    /// How many messages with the same text may come before it.
    pub(crate) own: usize,
}

#[derive(Debug)]
pub(crate) struct SentMessage {
    session: SessionId,
    text: String,
    at: Instant,
    known: Position,
}

impl Recent {
    pub(crate) fn forget_the_old(&mut self) {
        self.created.retain(|_, at| at.elapsed() < BRAND_NEW);
        self.waking.retain(|_, waking| waking.sent.elapsed() < LATE);
        self.sent.retain(|sent| sent.at.elapsed() < REMEMBERED);
        self.sent.drain(..self.sent.len().saturating_sub(MOST_REMEMBERED));
    }

    /// This client has just created it: for a while the server may not know it everywhere.
    pub(crate) fn created(&mut self, id: &SessionId) {
        self.created.insert(id.clone(), Instant::now());
    }

    pub(crate) fn is_brand_new(&self, id: &SessionId) -> bool {
        self.created.contains_key(id)
    }

    /// A message was sent that the session may have to wake for; gives back until when it may.
    pub(crate) fn wakes(&mut self, id: &SessionId, Sent { text, known, own }: Sent<'_>) -> Instant {
        let (sent, until) = (Instant::now(), Instant::now() + WAKING);
        self.waking.insert(id.clone(), Waking { sent, until, known, text: text.to_owned(), own });
        until
    }

    /// The latest message that was sent to the session.
    pub(crate) fn latest_message(&self, id: &SessionId) -> Option<Waking> {
        self.waking.get(id).cloned()
    }

    /// Until when the session's end isn't believed.
    pub(crate) fn waking_until(&self, id: &SessionId) -> Option<Instant> {
        self.waking.get(id).map(|waking| waking.until)
    }

    /// The session was seen at work: when it ends now, that is to be believed.
    pub(crate) fn works(&mut self, id: &SessionId) {
        if let Some(waking) = self.waking.get_mut(id) {
            waking.until = Instant::now();
        }
    }

    /// Remembers a message of this client, sent at this time, when the store ended here.
    pub(crate) fn sent(&mut self, id: &SessionId, text: &str, at: Instant, known: Position) {
        self.sent.push(SentMessage { session: id.clone(), text: text.to_owned(), at, known });
    }

    /// Whether this client sent a message just now.
    pub(crate) fn has_sent(&self, id: &SessionId) -> bool {
        self.sent.iter().any(|sent| sent.session == *id && sent.at.elapsed() < CONFUSABLE)
    }

    /// The messages with this text that this client has sent, of which one could be taken for another: where the store
    /// ended when each was sent.
    pub(crate) fn sent_with(&self, id: &SessionId, text: &str) -> Vec<Position> {
        self.sent.iter().filter(|sent| sent.session == *id && sent.text == text).map(|sent| sent.known).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> SessionId {
        SessionId::parse("1").unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn an_equal_message_of_before_is_kept_in_mind_for_longer_than_it_counts_as_sent_just_now() {
        let mut recent = Recent::default();
        recent.sent(&id(), "go on", Instant::now(), Position(3));
        assert!(recent.has_sent(&id()));
        tokio::time::advance(Duration::from_secs(60)).await;
        recent.forget_the_old();
        assert!(!recent.has_sent(&id()));
        assert_eq!(recent.sent_with(&id(), "go on"), [Position(3)]);
        assert_eq!(recent.sent_with(&id(), "faster"), []);
        tokio::time::advance(REMEMBERED).await;
        recent.forget_the_old();
        assert_eq!(recent.sent_with(&id(), "go on"), []);
    }

    #[test]
    fn of_many_messages_the_latest_are_kept_in_mind() {
        let mut recent = Recent::default();
        for place in 0..1_000 {
            recent.sent(&id(), "go on", Instant::now(), Position(place));
        }
        recent.forget_the_old();
        let kept = recent.sent_with(&id(), "go on");
        assert_eq!((kept.len(), kept.last()), (MOST_REMEMBERED, Some(&Position(999))));
    }
}
