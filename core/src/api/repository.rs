//! From a repository's name to the source that Jules knows it as.

use super::operations::{LARGEST_PAGE, Listing, Service};
use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::model::Source;
use crate::ground::paging::PageTokens;

/// Whether the names of a source's branches are wanted: they can be most of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Branches {
    Wanted,
    LeftOut,
}

/// `owner/repo`, alone, with `@branch`, or as GitHub writes it for a browser or for git. What is none of these is given back
/// as it is.
pub(crate) fn repository_and_branch(text: &str) -> (&str, Option<&str>) {
    let text = text.trim();
    let Some(path) = below_github(text) else {
        return match text.split_once('@') {
            Some((repo, branch)) => (repo, Some(branch)),
            None => (text, None),
        };
    };
    let (path, at) = match path.split_once('@') {
        Some((path, branch)) => (path, Some(branch)),
        None => (path, None),
    };
    let path = path.trim_end_matches('/');
    let (repo, branch) = match path.split_once("/tree/") {
        Some((repo, branch)) => (repo, Some(branch)),
        None => (path, at),
    };
    (repo.strip_suffix(".git").unwrap_or(repo), branch)
}

/// What stands behind `github.com`, in a URL of any kind.
fn below_github(text: &str) -> Option<&str> {
    let schemes = ["https://", "http://", "ssh://", "git://", "git+https://", "git+ssh://"];
    let text = schemes.iter().find_map(|scheme| text.strip_prefix(scheme)).unwrap_or(text);
    let text = text.strip_prefix("git@").unwrap_or(text);
    let text = text.strip_prefix("www.").unwrap_or(text);
    text.strip_prefix("github.com")?.strip_prefix(['/', ':'])
}

/// `owner/repo` → `sources/github/owner/repo`. A branch in it is not for here.
pub(crate) fn source_name(github: &str) -> Result<String> {
    let repo = match repository_and_branch(github) {
        (repo, None) => repo.strip_prefix("sources/github/").unwrap_or(repo),
        (_, Some(_)) => github,
    };
    let is_part = |part: &str| {
        let characters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        !matches!(part, "" | "." | "..") && part.len() <= 100 && part.bytes().all(characters)
    };
    match repo.split_once('/') {
        Some((owner, name)) if is_part(owner) && is_part(name) => Ok(format!("sources/github/{owner}/{name}")),
        _ => Err(Error::config(format!("{github:?} is not a GitHub repository"))
            .with_hint("Write owner/repo, owner/repo@branch, or the repository's GitHub URL.")),
    }
}

/// The source of a repository. It counts as not found only when Google says so and the list agrees.
pub(crate) async fn find_source(service: &Service, github: &str, branches: Branches) -> Result<Source> {
    let name = source_name(github)?;
    let found = match branches {
        Branches::Wanted => service.source(&name).await,
        Branches::LeftOut => service.source_without_branches(&name).await,
    };
    let error = match found {
        Err(error) if error.kind() == ErrorKind::NotFound && error.is_authoritative() => error,
        result => return result,
    };
    let repo = name.trim_start_matches("sources/github/");
    if let Some(listed) = listed(service, &name, repo).await? {
        return match branches {
            // A passing 404, or another name.
            Branches::Wanted => Ok(service.source(&listed.name).await.unwrap_or(listed)),
            Branches::LeftOut => Ok(listed),
        };
    }
    Err(Error::new(ErrorKind::SourceNotFound, format!("Jules has no access to the repository {repo}"))
        .with_hint("Check the spelling, and that the Jules app is installed for it on GitHub.")
        .with_source(error))
}

/// The source as the list has it, filtered where the server can do that, and else read to its last page.
async fn listed(service: &Service, name: &str, repo: &str) -> Result<Option<Source>> {
    let is_it = |source: &Source| {
        let named = source.github_repo().map(|known| format!("{}/{}", known.owner, known.repo));
        source.name.eq_ignore_ascii_case(name) || named.is_some_and(|named| named.eq_ignore_ascii_case(repo))
    };
    let filtered = Listing { filter: Some(format!("name={name}")), ..Listing::default() };
    match service.sources_without_branches(&filtered).await {
        Ok(page) => {
            // Nothing else came: the filter was understood.
            let understood = page.items.iter().all(is_it) && page.next_page_token.is_none();
            if let Some(found) = page.items.into_iter().find(is_it) {
                return Ok(Some(found));
            }
            if understood {
                return Ok(None);
            }
        }
        Err(error) if error.status() == Some(400) => {}
        Err(error) => return Err(error),
    }
    let mut listing = Listing { page_size: Some(LARGEST_PAGE), ..Listing::default() };
    let mut page_tokens = PageTokens::default();
    loop {
        let page = service.sources_without_branches(&listing).await?;
        let names: Vec<_> = page.items.iter().map(|source| source.name.clone()).collect();
        if let Some(found) = page.items.into_iter().find(is_it) {
            return Ok(Some(found));
        }
        match page_tokens.next(page.next_page_token, names.iter().map(String::as_str)).await? {
            Some(next) => listing.page_token = Some(next),
            None => return Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_owner_and_name_and_nothing_else() {
        assert_eq!(source_name("octocat/hello-world").unwrap(), "sources/github/octocat/hello-world");
        assert_eq!(source_name("sources/github/octocat/a.b").unwrap(), "sources/github/octocat/a.b");
        assert_eq!(source_name("https://github.com/a/b").unwrap(), "sources/github/a/b");
        for bad in ["", "octocat", "a/b/c", "../x", "a/..", "a b/c", "a/b?x", "https://gitlab.com/a/b", "a/b@main"] {
            assert_eq!(source_name(bad).unwrap_err().kind(), ErrorKind::Config, "{bad:?}");
        }
    }

    #[test]
    fn what_github_shows_is_taken_as_it_is() {
        for (text, repo, branch) in [
            ("o/r", "o/r", None),
            (" o/r@feature/x ", "o/r", Some("feature/x")),
            ("https://github.com/o/r", "o/r", None),
            ("http://www.github.com/o/r/", "o/r", None),
            ("https://github.com/o/r.git", "o/r", None),
            ("https://github.com/o/r/tree/feature/x", "o/r", Some("feature/x")),
            ("https://github.com/o/r@main", "o/r", Some("main")),
            ("github.com/o/r", "o/r", None),
            ("git@github.com:o/r.git", "o/r", None),
            ("git@github.com:o/r", "o/r", None),
            ("ssh://git@github.com/o/r.git", "o/r", None),
            ("sources/github/o/r", "sources/github/o/r", None),
            ("https://gitlab.com/o/r", "https://gitlab.com/o/r", None),
            ("nonsense", "nonsense", None),
        ] {
            assert_eq!(repository_and_branch(text), (repo, branch), "{text:?}");
        }
    }
}
