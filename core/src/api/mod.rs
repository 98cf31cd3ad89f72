//! The service: one HTTP call made safe, its twelve operations, and the shapes that they answer. It knows no store.

mod key;
mod operations;
mod proxy;
mod repository;
mod settings;
pub(crate) mod transport;
mod trust;

pub use key::ApiKey;
pub(crate) use operations::{LARGEST_PAGE, LightSession, Listing, SeenActivity, SeenSession, Service};
pub use proxy::Proxy;
pub(crate) use proxy::{ProxyUrl, is_loopback, proxy_for};
pub(crate) use repository::{Branches, find_source, repository_and_branch, source_name};
pub(crate) use settings::{ApiSettings, Header, RetryPolicy};
pub(crate) use trust::{Trust, certificates};
