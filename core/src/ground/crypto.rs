//! The cryptography behind TLS, over HTTP and to PostgreSQL alike.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};

/// What the program has chosen for its process, else ring: a release is 2 MB smaller with it than with aws-lc.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    CryptoProvider::get_default().cloned().unwrap_or_else(|| Arc::new(ring::default_provider()))
}
