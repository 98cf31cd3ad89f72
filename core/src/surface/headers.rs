//! Headers that a user adds to every request: a gateway's token, a trace. None of them may be the key's or the framing's.

use std::fmt;

use reqwest::header::{HeaderName, HeaderValue};

use crate::api::Header;
use crate::ground::error::{Error, Result};
use crate::ground::spelling::option;

// only rust: elsewhere a dictionary
/// Headers by name, among the options. Their values are not shown: a token may be among them.
///
/// ```
/// let jules = jules::Jules::builder().api_key("k").headers([("x-team", "blue")]).build()?;
/// # Ok::<(), jules::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(headers: I) -> Self {
        Self(headers.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl<N: Into<String>, V: Into<String>, const COUNT: usize> From<[(N, V); COUNT]> for Headers {
    fn from(headers: [(N, V); COUNT]) -> Self {
        headers.into_iter().collect()
    }
}

impl Headers {
    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

/// What to do in the place of a header.
enum Instead {
    /// This option is for it.
    Option(&'static str),
    Nothing,
}

/// What the client sends itself, with what to do instead.
const OURS: [(&str, Instead); 8] = [
    ("x-goog-api-key", Instead::Option("api_key")),
    ("user-agent", Instead::Option("user_agent")),
    ("host", Instead::Option("base_url")),
    ("accept", Instead::Nothing),
    ("content-type", Instead::Nothing),
    ("content-length", Instead::Nothing),
    ("transfer-encoding", Instead::Nothing),
    ("connection", Instead::Nothing),
];

/// The headers as they are sent.
///
/// # Errors
/// [`Config`](crate::ErrorKind::Config) for a name or value that HTTP doesn't allow, or that the client sends itself.
pub(super) fn checked(headers: &Headers) -> Result<Vec<Header>> {
    let one = |(name, value): &(String, String)| {
        let refuse = |why: &str| Error::config(format!("header {name:?} {why}"));
        let known = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refuse("is not a valid HTTP header name"))?;
        if let Some((_, instead)) = OURS.iter().find(|(ours, _)| known == *ours) {
            return Err(refuse("is set by the client").with_hint(match instead {
                Instead::Option(name) => format!("Use {} instead.", option(name)),
                Instead::Nothing => "Leave it out.".to_owned(),
            }));
        }
        let mut value = HeaderValue::from_str(value).map_err(|_| {
            refuse("has a value with line breaks or other characters that are not allowed in HTTP headers")
        })?;
        value.set_sensitive(true);
        Ok((known, value))
    };
    headers.0.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clients_own_headers_and_what_is_no_header_are_refused_without_their_values() {
        for (name, value) in [("X-Goog-Api-Key", "secret"), ("Host", "secret"), ("a b", "secret"), ("x", "secret\r\n")]
        {
            let error = checked(&[(name, value)].into()).unwrap_err().to_string();
            assert!(error.contains(name) && !error.contains("secret"), "{error}");
        }
        let fine = Headers::from([("Authorization", "Bearer secret")]);
        assert_eq!(checked(&fine).unwrap()[0].1, "Bearer secret");
        assert_eq!(format!("{fine:?}"), "{\"Authorization\"}");
    }
}
