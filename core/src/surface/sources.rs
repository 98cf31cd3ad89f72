//! What sessions can work on.

use async_trait::async_trait;

use crate::api::{Listing, Service};
use crate::ground::error::Result;
use crate::ground::flow::{Flow, stream_of};
use crate::ground::model::{Page, Source};
use crate::ground::paging::{Pages, Paging, each_once};
use crate::surface::handle::Client;
use crate::surface::pending::Pending;

/// Which sources to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourcesOptions {
    /// The server's filter, such as `name=sources/github/octocat/hello-world`; several with `OR`.
    pub filter: Option<String>,
    /// How many on a page, 1 to 100. The server's default is 30.
    pub page_size: Option<u32>,
    /// The most sources in all. Default: no limit.
    pub limit: Option<usize>,
}

const LISTING: &str = "listing the sources";

/// A stream of sources; pages are fetched as they are needed.
#[derive(Debug)]
pub struct SourceList(Flow<Source>, Client, SourcesOptions);

stream_of!(SourceList, Source);

impl SourceList {
    pub(crate) fn new(client: Client, options: SourcesOptions) -> Self {
        let pages = SourcePages { service: client.hub.service.clone(), options: options.clone() };
        Self(Flow::new(client.scope(LISTING), Paging::new(pages, None, options.limit)), client, options)
    }

    /// The first page only.
    pub fn page(&self) -> Pending<Page<Source>> {
        let (service, options) = (self.1.hub.service.clone(), self.2.clone());
        self.1.call(LISTING, async move {
            let mut page = service.sources(&options.listing(None)).await?;
            each_once(&mut page.items, options.limit, SourcePages::id);
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

    fn id(item: &Source) -> &str {
        &item.name
    }
}
