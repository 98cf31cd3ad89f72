//! The note that is left in the store when a user sends a message: who watches the session elsewhere has to know that it may
//! wake, and who sends an equal message has to tell the two apart.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::recent::Sent;
use crate::ground::moment::Moment;
use crate::store::Position;

/// So long a message is kept in mind: on a bad network it may reach the store much later than an equal one is sent.
const REMEMBERED: Duration = Duration::from_secs(3_600);
/// No more than so many.
const MOST: usize = 64;
/// An act that is older than this isn't news to whoever begins to watch.
const LATELY: Duration = Duration::from_secs(10);

/// The latest act on a session, and the messages that may still be on their way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ActNote {
    /// When, by the clocks of whoever did it.
    #[serde(flatten)]
    at: Moment,
    /// The message, if it was one.
    message: Option<MessageNote>,
    sent: Vec<SentNote>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct MessageNote {
    text: String,
    known: i64,
    own: usize,
}

/// A message that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SentNote {
    text: String,
    #[serde(flatten)]
    at: Moment,
    /// Where the store ended when it was sent.
    known: i64,
}

impl ActNote {
    /// The note of what was just done, behind what was done before.
    pub(crate) fn of(message: Option<Sent<'_>>, before: Option<Self>, now: Moment) -> Self {
        let mut sent = before.map(|before| before.lately(now)).unwrap_or_default();
        sent.extend(message.map(|message| SentNote { text: message.text.to_owned(), at: now, known: message.known.0 }));
        let surplus = sent.len().saturating_sub(MOST);
        sent.drain(..surplus);
        let message =
            message.map(|Sent { text, known, own }| MessageNote { text: text.to_owned(), known: known.0, own });
        Self { at: now, message, sent }
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    pub(crate) fn to_text(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    /// The message, if it was one.
    pub(crate) fn message(&self) -> Option<Sent<'_>> {
        let MessageNote { text, known, own } = self.message.as_ref()?;
        Some(Sent { text, known: Position(*known), own: *own })
    }

    /// Whether it was done so lately that something is to come of it.
    pub(crate) fn is_news(&self, now: Moment) -> bool {
        self.at.age(now).is_none_or(|age| age < LATELY)
    }

    /// The messages that may still be on their way.
    pub(crate) fn lately(self, now: Moment) -> Vec<SentNote> {
        let mut sent = self.sent;
        sent.retain(|note| note.at.age(now).is_none_or(|age| age < REMEMBERED));
        sent
    }
}

impl SentNote {
    /// Where the store ended when this message was sent, if it has this text.
    pub(crate) fn known_with(&self, text: &str) -> Option<Position> {
        (self.text == text).then_some(Position(self.known))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::surroundings::Clock;

    #[tokio::test(start_paused = true)]
    async fn only_what_was_sent_lately_is_remembered_and_not_too_much() {
        let clock = Clock::default();
        let sent = |text| Some(Sent { text, known: Position(7), own: 1 });
        let mut note = ActNote::of(sent("old"), None, Moment::now(&clock));
        tokio::time::advance(REMEMBERED).await;
        let now = Moment::now(&clock);
        assert!(!note.is_news(now));
        for _ in 0..2 * MOST {
            note = ActNote::of(sent("new"), Some(note), now);
        }
        let note = ActNote::read(&note.to_text().unwrap()).unwrap();
        let message = note.message().unwrap();
        assert_eq!((message.text, message.known, message.own, note.is_news(now)), ("new", Position(7), 1, true));
        let approval = ActNote::of(None, Some(note), now);
        assert!(approval.message().is_none());
        let lately = approval.lately(now);
        assert_eq!(lately.len(), MOST);
        assert!(
            lately.iter().all(|note| note.known_with("new") == Some(Position(7)) && note.known_with("old").is_none())
        );
    }
}
