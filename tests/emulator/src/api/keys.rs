//! API keys: where they stand in a request, and which are valid.

use axum::http::{HeaderMap, Uri, header};

use super::error::ApiError;
use super::operation::Operation;
use crate::world::Stored;

/// The key of a request: header, query parameter, or an OAuth token in its place.
pub(crate) fn key_of(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer =
        || text(header::AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer ")).map(str::to_owned);
    let query = || {
        url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
            .find(|(name, _)| is_key(name))
            .map(|(_, value)| value.into_owned())
    };
    text("x-goog-api-key").map(str::to_owned).or_else(query).or_else(bearer).filter(|key| !key.trim().is_empty())
}

/// A query string without what is secret in it.
pub(crate) fn without_keys(query: &str) -> String {
    query.split('&').filter(|pair| !is_key(pair.split('=').next().unwrap_or_default())).collect::<Vec<_>>().join("&")
}

fn is_key(name: &str) -> bool {
    matches!(name, "key" | "$key" | "access_token" | "oauth_token")
}

/// Any key will do unless some are named, but for those that are there to be refused.
pub(crate) fn check(stored: &Stored, key: Option<&str>, operation: &Operation) -> Result<(), ApiError> {
    let Some(key) = key.filter(|key| !is_malformed(key)) else {
        return Err(ApiError::missing_key(operation.rpc()));
    };
    let refused = key == "wrong-key" || key.starts_with("invalid");
    let of_account = || stored.accounts.iter().any(|account| account.keys().iter().any(|one| one == key));
    let named = stored.keys.is_empty() || stored.keys.iter().any(|one| one == key);
    if refused || !(named || of_account()) {
        return Err(ApiError::wrong_key());
    }
    Ok(())
}

/// What can't be a key at all: it is answered as if there were none.
fn is_malformed(key: &str) -> bool {
    key.starts_with("malformed") || !key.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Library;
    use crate::world::{Account, Config};

    fn stored(keys: &[&str]) -> Stored {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        let mut stored = Stored::new(Config::default(), keys, Library::shipped().unwrap(), 1);
        stored.add_account(Account::new("team").key("theirs")).unwrap();
        stored
    }

    fn checked(keys: &[&str], key: Option<&str>) -> Result<(), ApiError> {
        check(&stored(keys), key, &Operation::ListSessions)
    }

    #[test]
    fn any_key_is_valid_unless_some_are_named() {
        assert!(checked(&[], Some("anything")).is_ok());
        assert!(checked(&["mine"], Some("mine")).is_ok());
        assert!(checked(&["mine"], Some("theirs")).is_ok(), "an account's keys are named too");
        assert_eq!(checked(&["mine"], Some("other")), Err(ApiError::wrong_key()));
    }

    #[test]
    fn keys_made_to_be_refused_are_refused() {
        for key in ["wrong-key", "invalid", "invalid-key"] {
            assert_eq!(checked(&[], Some(key)), Err(ApiError::wrong_key()));
        }
        for key in [None, Some("malformed-key"), Some("with space")] {
            assert_eq!(checked(&[], key), Err(ApiError::missing_key("ListSessions")));
        }
    }

    #[test]
    fn keys_leave_the_query() {
        assert_eq!(without_keys("pageSize=3&key=secret&fields=a"), "pageSize=3&fields=a");
    }
}
