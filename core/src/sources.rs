//! What sessions can work on.

use async_trait::async_trait;

use crate::error::{Error, ErrorKind, Result};
use crate::flow::{Flow, stream_of};
use crate::model::{Page, Source};
use crate::paging::{Pages, Paging};
use crate::pending::Pending;
use crate::service::{Listing, Service};

/// Which sources to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourcesOptions {
    /// The server's filter: `name=sources/github/o/r OR name=…`.
    pub filter: Option<String>,
    /// How many on a page, 1 to 100. The server's default is 30.
    pub page_size: Option<u32>,
    /// The most sources in all. Default: no limit.
    pub limit: Option<usize>,
}

/// A stream of sources; pages are fetched as they are needed.
#[derive(Debug)]
pub struct SourceList(Flow<Source>, Service, SourcesOptions);

stream_of!(SourceList, Source);

impl SourceList {
    pub(crate) fn new(service: Service, options: SourcesOptions) -> Self {
        let pages = SourcePages { service: service.clone(), options: options.clone() };
        Self(Flow::new(Paging::new(pages, None, options.limit)), service, options)
    }

    /// The first page only.
    pub fn page(&self) -> Pending<Page<Source>> {
        let (service, options) = (self.1.clone(), self.2.clone());
        Pending::new("listing the sources", async move {
            let mut page = service.sources(&options.listing(None)).await?;
            page.items.truncate(options.limit.unwrap_or(usize::MAX));
            Ok(page)
        })
    }
}

impl SourcesOptions {
    fn listing(&self, page_token: Option<String>) -> Listing {
        Listing { page_size: self.page_size, page_token, filter: self.filter.clone() }
    }
}

struct SourcePages {
    service: Service,
    options: SourcesOptions,
}

#[async_trait]
impl Pages<Source> for SourcePages {
    async fn page(&self, token: Option<String>) -> Result<Page<Source>> {
        self.service.sources(&self.options.listing(token)).await
    }
}

/// `owner/repo` → `sources/github/owner/repo`.
pub(crate) fn name_of(github: &str) -> Result<String> {
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
pub(crate) async fn find(service: &Service, github: &str) -> Result<Source> {
    let name = name_of(github)?;
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
        assert_eq!(name_of("octocat/hello-world").unwrap(), "sources/github/octocat/hello-world");
        assert_eq!(name_of("sources/github/octocat/a.b").unwrap(), "sources/github/octocat/a.b");
        for bad in ["", "octocat", "a/b/c", "../x", "a/..", "a b/c", "a/b?x", "https://github.com/a/b"] {
            assert_eq!(name_of(bad).unwrap_err().kind(), ErrorKind::Config, "{bad:?}");
        }
    }
}
