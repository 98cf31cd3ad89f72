//! Whose signature on a server's certificate is believed: the system's authorities, those of the user, and where a system
//! has none (a slim container) the ones that are built in.

use std::path::Path;
use std::sync::Arc;

use rustls::client::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{Error as TlsError, RootCertStore};
use rustls_native_certs::load_certs_from_paths;
use rustls_platform_verifier::Verifier as Platform;

use crate::ground::crypto;
use crate::ground::error::{Error, Result};

/// Where certificates are looked for, in words for an error.
pub(crate) const HOW_TO_TRUST: &str =
    "Pass a PEM file with the authority's certificates: the ca option, or the variable SSL_CERT_FILE.";

type Certificate = CertificateDer<'static>;

/// The authorities that are believed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trust {
    /// Besides those of the system.
    pub(crate) extra: Vec<Certificate>,
    /// In place of those of the system. Mozilla's, as they were when this was built, where the system has none.
    pub(crate) instead: Option<Vec<Certificate>>,
}

impl Trust {
    /// TLS for HTTP that believes nobody else.
    pub(crate) fn tls(&self) -> Result<ClientConfig, TlsError> {
        let provider = crypto::provider();
        let config =
            ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
        let platform = match &self.instead {
            None if self.extra.is_empty() || !system_has_none() => {
                Some(Platform::new_with_extra_roots(self.extra.iter().cloned(), provider))
            }
            _ => None,
        };
        let config = match platform {
            // "Dangerous" is what rustls calls any verifier that is not its own.
            Some(Ok(platform)) => config.dangerous().with_custom_certificate_verifier(Arc::new(platform)),
            Some(Err(cause)) if !self.extra.is_empty() => return Err(cause),
            _ => config.with_root_certificates(self.roots()?),
        };
        let mut config = config.with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }

    /// Those that are believed where the system's aren't.
    fn roots(&self) -> Result<RootCertStore, TlsError> {
        let mut roots = RootCertStore::empty();
        if self.instead.is_none() {
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        for root in self.instead.iter().flatten().chain(&self.extra) {
            roots.add(root.clone())?;
        }
        Ok(roots)
    }
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
    match Certificate::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>() {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(none_in(what, place)),
        Err(cause) => Err(none_in(what, place).with_source(cause)),
    }
}

fn in_directory(what: &str, path: &Path) -> Result<Vec<Certificate>> {
    let found = load_certs_from_paths(None, Some(path)).certs;
    if found.is_empty() { Err(none_in(what, &format!("{path:?}"))) } else { Ok(found) }
}

fn none_in(what: &str, place: &str) -> Error {
    Error::config(format!("{what}: {place} contains no readable certificate"))
        .with_hint("A PEM certificate begins with -----BEGIN CERTIFICATE-----.")
}
