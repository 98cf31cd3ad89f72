//! The cryptography behind TLS, over HTTP and to PostgreSQL alike.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};

/// What the program has chosen for its process, else ring: it takes a tenth of the room that aws-lc takes.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    CryptoProvider::get_default().cloned().unwrap_or_else(|| Arc::new(ring::default_provider()))
}
