//! The note that is left in the store when a user sends a message: who watches the session elsewhere has to know that it may
//! wake, and who sends an equal message has to tell the two apart.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::recent::Sent;
use crate::ground::model::Timestamp;
use crate::store::Position;

/// So long a message may be taken for an equal one that is sent now.
const CONFUSABLE: Duration = Duration::from_secs(60);
/// More than this many are not remembered.
const MOST: usize = 32;

/// The latest message that was sent to a session, and those before it that may still be on their way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ActNote {
    text: String,
    known: i64,
    own: usize,
    sent: Vec<SentNote>,
}

/// A message that was sent lately.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SentNote {
    text: String,
    /// When, by the clock of whoever sent it.
    at: Timestamp,
    /// Where the store ended when it was sent.
    known: i64,
}

impl ActNote {
    /// The note of a message that was just sent, after these.
    pub(crate) fn of(message: Sent<'_>, mut sent: Vec<SentNote>, now: Timestamp) -> Self {
        let Sent { text, known, own } = message;
        sent.push(SentNote { text: text.to_owned(), at: now, known: known.0 });
        let surplus = sent.len().saturating_sub(MOST);
        sent.drain(..surplus);
        Self { text: text.to_owned(), known: known.0, own, sent }
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    pub(crate) fn to_text(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    /// The latest message.
    pub(crate) fn sent(&self) -> Sent<'_> {
        Sent { text: &self.text, known: Position(self.known), own: self.own }
    }

    /// Those that may still be on their way.
    pub(crate) fn lately(self, now: Timestamp) -> Vec<SentNote> {
        let mut sent = self.sent;
        sent.retain(|note| note.at.later(CONFUSABLE) > now);
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

    #[test]
    fn only_what_was_sent_lately_is_remembered_and_not_too_much() {
        let now = Timestamp::EPOCH.later(Duration::from_secs(1_000));
        let sent = |text| Sent { text, known: Position(7), own: 1 };
        let mut note = ActNote::of(sent("old"), Vec::new(), now.earlier(CONFUSABLE));
        for _ in 0..2 * MOST {
            note = ActNote::of(sent("new"), note.lately(now), now);
        }
        let note = ActNote::read(&note.to_text().unwrap()).unwrap();
        assert_eq!((note.sent().text, note.sent().known, note.sent().own), ("new", Position(7), 1));
        let lately = note.lately(now);
        assert_eq!(lately.len(), MOST);
        assert!(
            lately.iter().all(|note| note.known_with("new") == Some(Position(7)) && note.known_with("old").is_none())
        );
    }
}
