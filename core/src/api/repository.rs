//! From a repository's name to the source that Jules knows it as.

use super::operations::{Listing, Service};
use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::model::Source;

/// `owner/repo` → `sources/github/owner/repo`.
pub(crate) fn source_name(github: &str) -> Result<String> {
    let repo = github.strip_prefix("sources/github/").unwrap_or(github);
    let is_part = |part: &str| {
        let characters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        !matches!(part, "" | "." | "..") && part.len() <= 100 && part.bytes().all(characters)
    };
    match repo.split_once('/') {
        Some((owner, name)) if is_part(owner) && is_part(name) => Ok(format!("sources/github/{owner}/{name}")),
        _ => Err(Error::config(format!("{github:?} is not a repository"))
            .with_hint("A repository is written owner/repo, and in one text with its branch owner/repo@branch.")),
    }
}

/// The source of a repository. It counts as not found only when the list agrees with the 404.
pub(crate) async fn find_source(service: &Service, github: &str) -> Result<Source> {
    let name = source_name(github)?;
    let error = match service.source(&name).await {
        Err(error) if error.kind() == ErrorKind::NotFound => error,
        result => return result,
    };
    let listing = Listing { filter: Some(format!("name={name}")), ..Listing::default() };
    let page = service.sources(&listing).await?;
    // Whether the server understood the filter or not: a source that it lists is there.
    page.items.into_iter().find(|source| source.name == name).ok_or_else(|| {
        let repo = name.trim_start_matches("sources/github/");
        Error::new(ErrorKind::SourceNotFound, format!("Jules has no access to the repository {repo}"))
            .with_hint("Check the spelling, and that the Jules app is installed for it on GitHub.")
            .with_source(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_owner_and_name_and_nothing_else() {
        assert_eq!(source_name("octocat/hello-world").unwrap(), "sources/github/octocat/hello-world");
        assert_eq!(source_name("sources/github/octocat/a.b").unwrap(), "sources/github/octocat/a.b");
        for bad in ["", "octocat", "a/b/c", "../x", "a/..", "a b/c", "a/b?x", "https://github.com/a/b"] {
            assert_eq!(source_name(bad).unwrap_err().kind(), ErrorKind::Config, "{bad:?}");
        }
    }
}
