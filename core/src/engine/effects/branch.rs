//! A create that is refused may be refused for its branch: the service doesn't say so, its list of branches does.

use super::config::RunConfig;
use crate::api::{Branches, Service, find_source};
use crate::ground::error::{Error, ErrorKind};
use crate::ground::suggestion;

/// The error, naming the branch when the source has none of that name.
pub(super) async fn named(service: &Service, config: &RunConfig, error: Error) -> Error {
    let is_refusal = matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidRequest | ErrorKind::Precondition);
    let Some(source) = config.source.as_ref().filter(|_| is_refusal && error.limit().is_none()) else { return error };
    let Some(branch) = &source.branch else { return error };
    let Ok(found) = find_source(service, &source.repo, Branches::Wanted).await else { return error };
    let Some(known) = found.github_repo() else { return error };
    if known.branches.is_empty() || known.branches.contains(branch) {
        return error;
    }
    let close = suggestion::closest(branch, known.branches.iter().map(String::as_str));
    let meant = close.or(known.default_branch.as_deref());
    let meant = meant.map(|name| format!(" Did you mean {name:?}?")).unwrap_or_default();
    error.with_hint(format!("{} has no branch {branch:?} on GitHub.{meant}", source.repo))
}
