//! Whose signature on a server's certificate is believed: the system's authorities, those of the user, and where a system
//! has none (a slim container) the ones that are built in.

use std::path::Path;

use reqwest::{Certificate, ClientBuilder};
use rustls_native_certs::load_certs_from_paths;

use crate::ground::error::{Error, Result};

/// Where certificates are looked for, in words for an error.
pub(crate) const HOW_TO_TRUST: &str =
    "Pass a PEM file with the authority's certificates: the ca option, or the variable SSL_CERT_FILE.";

/// The authorities that are believed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trust {
    /// Besides those of the system.
    pub(crate) extra: Vec<Certificate>,
    /// In place of those of the system.
    pub(crate) instead: Option<Vec<Certificate>>,
}

impl Trust {
    /// Makes a client that believes them.
    pub(crate) fn build(&self, builder: impl Fn() -> ClientBuilder) -> reqwest::Result<reqwest::Client> {
        let only = |roots: Vec<Certificate>| {
            let roots = roots.into_iter().chain(self.extra.iter().cloned());
            builder().tls_certs_only(roots).build()
        };
        match &self.instead {
            Some(roots) => only(roots.clone()),
            None if self.extra.is_empty() => builder().build().or_else(|_| only(built_in())),
            None if system_has_none() => only(built_in()),
            None => builder().tls_certs_merge(self.extra.iter().cloned()).build(),
        }
    }
}

/// Mozilla's list, as it was when this was built.
fn built_in() -> Vec<Certificate> {
    let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter();
    roots.filter_map(|root| Certificate::from_der(root).ok()).collect()
}

/// Whether the system brings no authorities of its own. Only where they are files; elsewhere it always does.
fn system_has_none() -> bool {
    cfg!(all(unix, not(target_vendor = "apple"), not(target_os = "android")))
        && rustls_native_certs::load_native_certs().certs.is_empty()
}

/// The certificates in a PEM text, or in the file or directory that is named. `what` names the option or variable.
pub(crate) fn certificates(what: &str, given: &str) -> Result<Vec<Certificate>> {
    if given.contains("-----BEGIN") {
        return in_pem(what, "the given text", given.as_bytes());
    }
    let path = Path::new(given);
    if path.is_dir() {
        return in_directory(what, path);
    }
    let pem = std::fs::read(path).map_err(|cause| {
        Error::config(format!("cannot read the certificates of {what}, {given:?}: {cause}"))
            .with_hint("Pass the path of an existing PEM file, or the PEM text itself, with the ca option.")
    })?;
    in_pem(what, &format!("{given:?}"), &pem)
}

fn in_pem(what: &str, place: &str, pem: &[u8]) -> Result<Vec<Certificate>> {
    match Certificate::from_pem_bundle(pem) {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(none_in(what, place)),
        Err(cause) => Err(none_in(what, place).with_source(cause)),
    }
}

fn in_directory(what: &str, path: &Path) -> Result<Vec<Certificate>> {
    let found = load_certs_from_paths(None, Some(path)).certs;
    let found: Vec<_> = found.iter().filter_map(|one| Certificate::from_der(one).ok()).collect();
    if found.is_empty() { Err(none_in(what, &format!("{path:?}"))) } else { Ok(found) }
}

fn none_in(what: &str, place: &str) -> Error {
    Error::config(format!("{what}: {place} contains no readable certificate"))
        .with_hint("A PEM certificate begins with -----BEGIN CERTIFICATE-----.")
}
