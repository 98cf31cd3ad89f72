//! What this client did lately, bounded: so that its own messages aren't taken for somebody else's, a session that it woke
//! isn't taken for ended, and one that it created isn't taken for missing.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::ground::model::SessionId;
use crate::store::Position;

/// A session that is so new may not be known everywhere at the server.
pub(crate) const BRAND_NEW: Duration = Duration::from_secs(30);
/// So long a message among the activities isn't news to the client that sent it.
const EXPECTED: Duration = Duration::from_secs(5);
/// So long a message of this client is looked for among the activities.
const LATE: Duration = Duration::from_secs(120);
/// So long a page may follow the one before it.
const LISTING: Duration = Duration::from_secs(600);
/// So long a server that doesn't know the session says nothing new to the client that deleted it.
const DELETED: Duration = Duration::from_secs(3_600);
/// So long after a message a session that had ended may take to go on.
const WAKING: Duration = Duration::from_secs(10);

/// What this client did lately, whether or not anybody still holds the session that it did it to.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    created: HashMap<SessionId, Instant>,
    deleted: HashMap<SessionId, Instant>,
    sent: Vec<SentMessage>,
    /// The page behind those of a session that were listed one by one from the first on, and when that was.
    listed: HashMap<SessionId, (String, Instant)>,
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
    at: Instant,
}

impl Recent {
    pub(crate) fn forget_the_old(&mut self) {
        self.created.retain(|_, at| at.elapsed() < BRAND_NEW);
        self.deleted.retain(|_, at| at.elapsed() < DELETED);
        self.waking.retain(|_, waking| waking.sent.elapsed() < LATE);
        self.sent.retain(|sent| sent.at.elapsed() < EXPECTED);
        self.listed.retain(|_, (_, at)| at.elapsed() < LISTING);
    }

    /// This client has just created it: for a while the server may not know it everywhere.
    pub(crate) fn created(&mut self, id: &SessionId) {
        self.created.insert(id.clone(), Instant::now());
    }

    pub(crate) fn is_brand_new(&self, id: &SessionId) -> bool {
        self.created.contains_key(id)
    }

    /// This client has deleted it at the server.
    pub(crate) fn deleted(&mut self, id: &SessionId) {
        self.deleted.insert(id.clone(), Instant::now());
    }

    /// The store has followed: from now on another delete is refused as anybody's.
    pub(crate) fn forgot(&mut self, id: &SessionId) {
        self.deleted.remove(id);
    }

    pub(crate) fn has_deleted(&self, id: &SessionId) -> bool {
        self.deleted.contains_key(id)
    }

    /// A message was sent that the session may have to wake for; gives back until when it may.
    pub(crate) fn wakes(&mut self, id: &SessionId, Sent { text, known, own }: Sent<'_>) -> Instant {
        let is_known = |waking: &&Waking| waking.text == text && waking.known == known && waking.own == own;
        if let Some(waking) = self.waking.get(id).filter(is_known) {
            return waking.until;
        }
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

    /// All activities of a session up to this page were listed and kept; nothing: all of them.
    pub(crate) fn listed(&mut self, id: &SessionId, next: Option<String>) {
        match next {
            Some(next) => drop(self.listed.insert(id.clone(), (next, Instant::now()))),
            None => drop(self.listed.remove(id)),
        }
    }

    /// Whether all that comes before this page was.
    pub(crate) fn has_listed_before(&self, id: &SessionId, page_token: &str) -> bool {
        self.listed.get(id).is_some_and(|(next, _)| next == page_token)
    }

    /// Remembers a message of this client, sent at this time.
    pub(crate) fn sent(&mut self, id: &SessionId, at: Instant) {
        self.sent.push(SentMessage { session: id.clone(), at });
    }

    /// Whether this client sent a message just now.
    pub(crate) fn has_sent(&self, id: &SessionId) -> bool {
        self.sent.iter().any(|sent| sent.session == *id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_message_counts_as_sent_just_now_for_seconds_only() {
        let (mut recent, id) = (Recent::default(), SessionId::parse("1").unwrap());
        recent.sent(&id, Instant::now());
        assert!(recent.has_sent(&id));
        tokio::time::advance(Duration::from_secs(60)).await;
        recent.forget_the_old();
        assert!(!recent.has_sent(&id));
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_that_is_heard_of_again_wakes_no_longer_than_before() {
        let (mut recent, id) = (Recent::default(), SessionId::parse("1").unwrap());
        let sent = Sent { text: "go on", known: Position(3), own: 0 };
        let until = recent.wakes(&id, sent);
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!(recent.wakes(&id, sent), until);
        assert!(recent.wakes(&id, Sent { own: 1, ..sent }) > until, "an equal one after it");
    }
}
