//! What the environment says, the process's own or a language's: variables as text, and the directories that some name.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use etcetera::base_strategy::BaseStrategy;

use crate::ground::error::{Error, Result};

/// The variables that a client reads.
pub const VARIABLES: [&str; 23] = [
    "JULES_API_KEY",
    "JULES_BASE_URL",
    "JULES_CACHE_DIR",
    "JULES_LOG",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HOME",
    "XDG_CACHE_HOME",
    "PGHOST",
    "PGPORT",
    "PGUSER",
    "PGPASSWORD",
    "PGDATABASE",
    "PGSSLMODE",
    "PGSSLROOTCERT",
    "PGCONNECT_TIMEOUT",
    "PGPASSFILE",
];

/// The environment as a language has it, which may be another than the process's: in it alone everything is looked up.
/// Besides [`VARIABLES`], `NODE_EXTRA_CA_CERTS` (more certificates), `REQUESTS_CA_BUNDLE` and `CURL_CA_BUNDLE` (others)
/// count where they are in it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment(Arc<BTreeMap<String, OsString>>);

impl Environment {
    /// With these variables.
    pub fn new(variables: impl IntoIterator<Item = (String, OsString)>) -> Self {
        Self(Arc::new(variables.into_iter().collect()))
    }

    /// The value of a variable.
    pub fn read(&self, name: &str) -> Option<OsString> {
        self.0.get(name).cloned()
    }
}

/// Without values: the key may be among them.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The environment of a program without a language of its own.
pub(super) fn of_this_process(name: &str) -> Option<OsString> {
    VARIABLES.contains(&name).then(|| std::env::var_os(name)).flatten()
}

/// The home directory.
pub(super) fn home(read: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    absolute("HOME", read).or_else(|| etcetera::home_dir().ok())
}

/// Where the platform keeps caches.
pub(super) fn caches(read: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    if cfg!(any(windows, target_vendor = "apple")) {
        return etcetera::base_strategy::choose_native_strategy().ok().map(|strategy| strategy.cache_dir());
    }
    absolute("XDG_CACHE_HOME", &read).or_else(|| Some(home(&read)?.join(".cache")))
}

/// Below which directory libpq looks for its files.
pub(super) fn of_libpq(read: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    if cfg!(windows) {
        return etcetera::base_strategy::choose_native_strategy().ok().map(|strategy| strategy.config_dir());
    }
    home(read)
}

fn absolute(name: &str, read: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    read(name).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// The value of a variable; nothing when it is not set or blank. `read` gives what the environment has.
///
/// # Errors
/// [`Config`](crate::ErrorKind::Config) when the value is not UTF-8: it was meant, so it is not passed over.
pub(super) fn variable(name: &str, read: impl Fn(&str) -> Option<OsString>) -> Result<Option<String>> {
    let Some(value) = read(name) else { return Ok(None) };
    // Node has this character in its place.
    let text =
        value.into_string().ok().filter(|text| !text.contains(char::REPLACEMENT_CHARACTER)).ok_or_else(|| {
            Error::config(format!("the environment variable {name} is not valid UTF-8"))
                .with_hint("Set it to a text in UTF-8, or unset it.")
        })?;
    Ok(Some(text).filter(|text| !text.trim().is_empty()))
}

/// The directory that a variable names. `~` stands for the home directory, as it does in a shell, which doesn't expand it
/// inside quotes or in files of settings.
pub(super) fn directory(name: &str, text: &str, home: impl Fn() -> Option<PathBuf>) -> Result<PathBuf> {
    if text.contains("://") {
        return Err(Error::config(format!("{name} must be a directory, got a URL"))
            .with_hint("Pass a URL with the cache option instead."));
    }
    let Some(rest) = text.strip_prefix('~') else { return Ok(text.into()) };
    let below = match rest.strip_prefix(['/', std::path::MAIN_SEPARATOR]) {
        Some(below) => below.trim_start_matches('/'),
        None if rest.is_empty() => "",
        None => {
            return Err(Error::config(format!("{name} is {text:?}, another user's home directory"))
                .with_hint("Write the whole path."));
        }
    };
    let home = home().ok_or_else(|| {
        Error::config(format!("{name} is {text:?}, and there is no home directory")).with_hint("Write the whole path.")
    })?;
    Ok(if below.is_empty() { home } else { home.join(below) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<PathBuf> {
        directory("JULES_CACHE_DIR", text, || Some("/home/me".into()))
    }

    #[test]
    fn a_tilde_is_the_home_directory_and_nothing_else() {
        for (text, path) in [
            ("~", "/home/me"),
            ("~/", "/home/me"),
            ("~/x/y", "/home/me/x/y"),
            ("~//etc", "/home/me/etc"),
            ("/x/~", "/x/~"),
            ("x", "x"),
        ] {
            assert_eq!(read(text).unwrap(), PathBuf::from(path), "{text}");
        }
        assert!(read("~root/x").unwrap_err().to_string().contains("another user's"));
        assert!(directory("X", "~/x", || None).unwrap_err().to_string().contains("no home directory"));
        assert!(read("postgres://localhost/x").unwrap_err().to_string().contains("a URL"));
    }

    #[test]
    #[cfg(unix)]
    fn a_value_that_is_no_text_is_an_error_and_not_absent() {
        use std::os::unix::ffi::OsStringExt;
        let bad = |_: &str| Some(OsString::from_vec(b"/x/\xff".to_vec()));
        let as_node_has_it = |_: &str| Some("/x/\u{fffd}".into());
        for read in [&bad as &dyn Fn(&str) -> Option<OsString>, &as_node_has_it] {
            assert!(variable("JULES_BASE_URL", read).unwrap_err().to_string().contains("JULES_BASE_URL"));
        }
        assert_eq!(variable("JULES_BASE_URL", |_| Some("  ".into())).unwrap(), None);
        assert_eq!(variable("JULES_BASE_URL", |_| None).unwrap(), None);
    }
}
