//! The listing of sessions.

use async_trait::async_trait;

use crate::api::Listing;
use crate::ground::error::Result;
use crate::ground::flow::{Flow, stream_of};
use crate::ground::model::{Page, SessionId, SessionInfo};
use crate::ground::paging::{Pages, Paging, each_once};
use crate::surface::handle::Client;
use crate::surface::pending::Pending;

/// Which sessions to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionsOptions {
    /// How many on a page, 1 to 100. The server's default is 30.
    pub page_size: Option<u32>,
    /// The most sessions in all. Default: no limit.
    pub limit: Option<usize>,
    /// The server's filter, such as `archived = true`.
    pub filter: Option<String>,
    /// Where to begin: the `next_page_token` of an earlier page.
    pub page_token: Option<String>,
}

const LISTING: &str = "listing the sessions";

/// A stream of sessions, newest first; pages are fetched as they are needed.
#[derive(Debug)]
pub struct SessionList(Flow<SessionInfo>, Client, SessionsOptions);

stream_of!(SessionList, SessionInfo);

impl SessionList {
    pub(crate) fn new(client: Client, options: SessionsOptions) -> Self {
        let pages = SessionPages { client: client.clone(), options: options.clone() };
        let pages = Paging::new(pages, options.page_token.clone(), options.limit);
        Self(Flow::new(client.scope(LISTING), pages), client, options)
    }

    /// The first page only.
    pub fn page(&self) -> Pending<Page<SessionInfo>> {
        let (client, options) = (self.1.clone(), self.2.clone());
        self.1.call(LISTING, async move {
            let mut page = read_page(&client, &options, options.page_token.clone()).await?;
            each_once(&mut page.items, options.limit, SessionPages::id);
            Ok(page)
        })
    }
}

/// One page, remembered in the cache.
async fn read_page(
    client: &Client,
    options: &SessionsOptions,
    page_token: Option<String>,
) -> Result<Page<SessionInfo>> {
    let listing = Listing { page_size: options.page_size, page_token, filter: options.filter.clone() };
    let page = client.hub.service.sessions(&listing).await?.value;
    let mut items = Vec::with_capacity(page.items.len());
    for seen in page.items {
        let id = SessionId::parse(&seen.info.id)?;
        items.push(client.hub.remember(&id, seen).await?.info);
    }
    Ok(Page::new(items, page.next_page_token))
}

struct SessionPages {
    client: Client,
    options: SessionsOptions,
}

#[async_trait]
impl Pages<SessionInfo> for SessionPages {
    async fn page(&self, token: Option<String>) -> Result<Page<SessionInfo>> {
        read_page(&self.client, &self.options, token).await
    }

    fn id(item: &SessionInfo) -> &str {
        &item.id
    }
}
