//! The base URL: what may be one, so that the key goes to no other place and not in the clear.

use url::Url;

use crate::api::is_loopback;
use crate::ground::error::{Error, Result};
use crate::ground::spelling::passed;

/// The version of the API, for a URL without a path.
const VERSION: &str = "v1alpha";

pub(super) fn base_url(text: &str, allow_insecure: bool) -> Result<Url> {
    let refuse = |why: &str| Error::config(format!("the base URL {text:?} {why}"));
    let mut url = Url::parse(text.trim()).map_err(|cause| refuse(&format!("is not a URL: {cause}")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::config("the base URL must not contain a user name or password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refuse("must not have a query or fragment"));
    }
    match url.scheme() {
        "https" => {}
        "http" if allow_insecure || is_loopback(&url) => {}
        "http" => {
            return Err(refuse("would send the key unencrypted to another machine")
                .with_hint(format!("Use https, or set {}.", passed("allow_insecure_http", "true"))));
        }
        _ => return Err(refuse("must begin with https://")),
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(refuse("has no host"));
    }
    if url.path() == "/" {
        url.set_path(VERSION);
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}
