//! How an error is shown: in a sentence, with its causes, and in a debugger.

use std::fmt::{self, Write};

use super::Error;
use crate::ground::printable::{beginning, cut, printable};

/// No message is longer, in characters.
const LONGEST: usize = 8_000;

impl Error {
    /// The text of the underlying cause, when there is one.
    pub fn cause_message(&self) -> Option<String> {
        let mut source: &dyn std::error::Error = self.0.source.as_deref()?;
        let mut text = source.to_string();
        while let Some(next) = source.source() {
            let more = next.to_string();
            if !text.contains(&more) {
                text.push_str(": ");
                text.push_str(&more);
            }
            source = next;
        }
        Some(printable(beginning(&text, LONGEST)).into_owned())
    }
}

/// What a server or a file said stands in it as text, and never as a command to the terminal.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write(&mut text)?;
        f.write_str(&printable(&text))
    }
}

impl Error {
    fn write(&self, f: &mut String) -> fmt::Result {
        let inner = &self.0;
        if let Some(operation) = &inner.operation {
            write!(f, "{operation}: ")?;
        }
        match (&inner.file, inner.hunk) {
            (Some(file), Some(hunk)) => write!(f, "{file}, hunk {hunk}: ")?,
            (Some(file), None) => write!(f, "{file}: ")?,
            _ => {}
        }
        f.write_str(&cut(&inner.message, LONGEST))?;
        let mut notes = Vec::new();
        match (inner.answer.status, &inner.answer.code) {
            (Some(status), Some(code)) => notes.push(format!("{status} {code}")),
            (Some(status), None) => notes.push(format!("HTTP {status}")),
            // Nobody answered: then it matters who was asked.
            (None, _) => notes.extend(inner.answer.origin()),
        }
        if let Some(attempts) = inner.attempts.filter(|attempts| *attempts > 1) {
            notes.push(format!("after {attempts} attempts"));
        }
        // Not twice where the message names it already.
        let session = inner.session_id.as_ref().map(|id| format!("session {id}"));
        notes.extend(session.filter(|session| !inner.message.contains(session)));
        // Of many items: which one.
        let item = inner.attachments.iter().find(|attachment| attachment.name() == "index");
        notes.extend(item.map(|index| format!("item {}", index.to_json())));
        if !notes.is_empty() {
            write!(f, " ({})", notes.join(", "))?;
        }
        if let Some(hint) = &inner.hint {
            write!(f, ". {hint}")?;
        }
        Ok(())
    }
}

/// Kind and text, for that is what a `main` prints that returns an error; all fields with `{:#?}`.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return write!(f, "{}: {self}", self.0.kind);
        }
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.to_string())
            .field("answer", &self.0.answer)
            .field("cause", &self.cause_message())
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Answer, ErrorKind};
    use super::*;

    #[test]
    fn the_text_says_what_was_tried_what_happened_and_what_to_do() {
        let error = Error::new(ErrorKind::RateLimit, "too many requests")
            .with_answer(Answer { status: Some(429), code: Some("RESOURCE_EXHAUSTED".into()), ..Answer::default() })
            .spent(4)
            .while_doing("creating a session")
            .with_hint("Try again in a minute.");
        assert_eq!(
            error.to_string(),
            "creating a session: too many requests (429 RESOURCE_EXHAUSTED, after 4 attempts). Try again in a minute."
        );
    }

    #[test]
    fn when_nobody_answered_the_text_says_who_was_asked() {
        let url = Some("https://example.com:8443/v1alpha/sessions?pageSize=1".to_owned());
        let error =
            Error::new(ErrorKind::Network, "the connection broke").with_answer(Answer { url, ..Answer::default() });
        assert_eq!(error.to_string(), "the connection broke (https://example.com:8443)");
    }

    #[test]
    fn the_session_stands_in_text_and_json_once_and_the_innermost_wins() {
        let error = Error::new(ErrorKind::Server, "no reason").in_session("31").in_session("32");
        assert_eq!(error.to_string(), "no reason (session 31)");
        assert_eq!((error.session_id(), &error.to_json()["sessionId"]), (Some("31"), &json!("31")));
        assert_eq!(
            Error::config("the answer is not session 31").in_session("31").to_string(),
            "the answer is not session 31"
        );
    }

    #[test]
    fn spent_retries_are_not_worth_another_call_unless_the_server_said_when() {
        let after = |kind, seconds: Option<u64>| {
            let retry_after = seconds.map(std::time::Duration::from_secs);
            Error::new(kind, "x").with_answer(Answer { retry_after, ..Answer::default() }).spent(3)
        };
        assert!(!after(ErrorKind::Network, None).retryable());
        assert!(!after(ErrorKind::Server, Some(5)).retryable());
        assert!(!after(ErrorKind::RateLimit, None).retryable());
        assert!(after(ErrorKind::RateLimit, Some(5)).retryable());
        let full = Error::new(ErrorKind::Precondition, "x").with_limit(Some(super::super::Limit::Slots));
        assert!(full.spent(1).retryable());
    }

    #[test]
    fn a_main_that_returns_it_prints_a_sentence() {
        let error = Error::config("bad id");
        assert_eq!(format!("{error:?}"), "Config: bad id");
        assert!(format!("{error:#?}").contains("answer: Answer"));
    }

    #[test]
    fn json_leaves_out_what_is_absent() {
        let fields = Error::config("bad id").to_json();
        assert_eq!(fields, json!({"kind": "Config", "message": "bad id", "retryable": false}));
    }

    #[test]
    fn what_others_said_is_text_and_has_an_end() {
        let error = Error::config(format!("\u{1b}[2J\u{9b}1m{}", "x".repeat(1_000_000))).while_doing("a\u{7}");
        let error = error.with_source(std::io::Error::other(format!("\u{1b}c{}", "y".repeat(1_000_000))));
        for text in [error.to_string(), error.message(), error.cause_message().unwrap(), format!("{error:?}")] {
            assert!(!text.contains(['\u{1b}', '\u{9b}', '\u{7}']) && text.len() < 10_000, "{text:.40}");
        }
        assert!(error.to_json().to_string().len() < 20_000);
        assert!(error.to_string().starts_with("a\u{2407}: \u{241b}[2J"), "{error:.40}");
    }

    #[test]
    fn the_innermost_operation_wins() {
        let error = Error::config("x").while_doing("inner").while_doing("outer");
        assert_eq!(error.to_string(), "inner: x");
    }
}
