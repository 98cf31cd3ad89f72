//! The ids that are safe to use in a path.

use std::fmt;
use std::sync::Arc;

use crate::ground::error::{Error, Result};

const LONGEST: usize = 128;

/// A session's id: 1 to 128 of `A-Z a-z 0-9 _ -`, so that it can stand in a URL as it is.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SessionId(Arc<str>);

impl SessionId {
    /// Accepts `123` and `sessions/123`.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let id = text.strip_prefix("sessions/").unwrap_or(text);
        if is_safe(id) {
            Ok(Self(id.into()))
        } else {
            Err(Error::config(format!("{text:?} is not a session id"))
                .with_hint("A session id is 1 to 128 characters of A-Z a-z 0-9 _ -, alone, after \"sessions/\", or as the URL of its page."))
        }
    }

    /// What a user writes: besides that, the URL of the session's page, as the service gives it.
    pub(crate) fn read(text: &str) -> Result<Self> {
        let text = text.trim();
        let page = text.strip_prefix("https://").filter(|_| !text.contains(['?', '#']));
        let page = page.map(|page| page.trim_end_matches('/')).and_then(|page| page.rsplit_once('/'));
        match page {
            Some((before, id)) if before.ends_with("/session") || before.ends_with("/sessions") => Self::parse(id),
            _ => Self::parse(text),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub(crate) fn is_safe(id: &str) -> bool {
    (1..=LONGEST).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// `sessions/1/activities/2` → `2`.
pub(crate) fn last_segment(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_would_leave_their_place_in_a_path_are_refused() {
        for bad in ["", "../../etc", "sessions/", "a/b", "a b", "a?b", "%2e%2e", "é", &"x".repeat(129)] {
            assert!(SessionId::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_page_of_a_session_names_it() {
        for url in ["https://jules.google.com/session/123", "https://jules.google.com/sessions/123/", " sessions/123 "]
        {
            assert_eq!(SessionId::read(url).unwrap().as_str(), "123", "{url}");
        }
        for bad in ["https://jules.google.com/123", "https://jules.google.com/session/../x", "https://x/session/1?a=b"]
        {
            assert!(SessionId::read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn both_spellings_name_the_same_session() {
        assert_eq!(SessionId::parse("sessions/123").unwrap(), SessionId::parse("123").unwrap());
    }
}
