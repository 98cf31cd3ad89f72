//! From pages to a stream: asks for the next page when the last one is used up, until there is none or the limit is met.

use std::collections::HashMap;

use async_trait::async_trait;

use crate::ground::error::Result;
use crate::ground::flow::Feed;
use crate::ground::model::Page;

/// What can be listed page by page.
#[async_trait]
pub(crate) trait Pages<T>: Send + Sync {
    /// The page that this token stands for; without one the first.
    async fn page(&self, token: Option<String>) -> Result<Page<T>>;
}

/// A feed over pages.
pub(crate) struct Paging<P> {
    pages: P,
    token: Option<String>,
    left: Option<usize>,
    ended: bool,
}

impl<P> Paging<P> {
    /// Begins at the page of `token` and gives at most `limit` items.
    pub(crate) fn new(pages: P, token: Option<String>, limit: Option<usize>) -> Self {
        Self { pages, token, left: limit, ended: false }
    }
}

#[async_trait]
impl<T: Send + 'static, P: Pages<T>> Feed<T> for Paging<P> {
    async fn next_batch(&mut self) -> Result<Option<Vec<T>>> {
        while !self.ended && self.left != Some(0) {
            let page = self.pages.page(self.token.clone()).await?;
            self.ended = page.next_page_token.is_none() || page.next_page_token == self.token;
            self.token = page.next_page_token;
            let mut items = page.items;
            if let Some(left) = &mut self.left {
                items.truncate(*left);
                *left -= items.len();
            }
            if !items.is_empty() {
                return Ok(Some(items));
            }
        }
        Ok(None)
    }
}

/// The tokens that a listing was led along. The end is a missing token, not an empty page. A token may lead to a page
/// that was there before, once or twice; a listing that goes round and round is left.
#[derive(Debug, Default)]
pub(crate) struct Trail(HashMap<String, u32>);

/// So often one token is followed.
const MOST_TIMES: u32 = 3;

impl Trail {
    /// The token to go on with.
    pub(crate) fn next(&mut self, token: Option<String>) -> Option<String> {
        let next = token?;
        let times = self.0.entry(next.clone()).or_default();
        *times += 1;
        (*times <= MOST_TIMES).then_some(next)
    }
}
