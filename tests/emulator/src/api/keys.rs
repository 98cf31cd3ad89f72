//! API keys: where they stand in a request, and which are valid.

use axum::http::{HeaderMap, Uri, header};

use super::error::ApiError;

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
pub(crate) fn check(valid: &[String], key: Option<&str>) -> Result<(), ApiError> {
    let key = key.ok_or_else(ApiError::missing_key)?;
    let refused = key == "wrong-key" || key.starts_with("invalid");
    let unknown = !valid.is_empty() && !valid.iter().any(|one| one == key);
    if refused || unknown {
        return Err(ApiError::wrong_key());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_key_is_valid_unless_some_are_named() {
        assert!(check(&[], Some("anything")).is_ok());
        assert!(check(&["mine".to_owned()], Some("mine")).is_ok());
        assert_eq!(check(&["mine".to_owned()], Some("other")), Err(ApiError::wrong_key()));
    }

    #[test]
    fn keys_made_to_be_refused_are_refused() {
        for key in ["wrong-key", "invalid", "invalid-key"] {
            assert_eq!(check(&[], Some(key)), Err(ApiError::wrong_key()));
        }
        assert_eq!(check(&[], None), Err(ApiError::missing_key()));
    }

    #[test]
    fn keys_leave_the_query() {
        assert_eq!(without_keys("pageSize=3&key=secret&fields=a"), "pageSize=3&fields=a");
    }
}
