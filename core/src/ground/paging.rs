//! From pages to a stream: asks for the next page when the last one has been given, until there is none or the limit is met. A
//! listing that doesn't end is left.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use crate::ground::error::{Attachment, Error, ErrorKind, Result};
use crate::ground::flow::Feed;
use crate::ground::model::Page;

/// What can be listed page by page.
#[async_trait]
pub(crate) trait Pages<T>: Send + Sync {
    /// The page that this token stands for; without one the first.
    async fn page(&self, token: Option<String>) -> Result<Page<T>>;

    /// What tells an item from all others.
    fn id(item: &T) -> &str;
}

/// A feed over pages: each item once.
pub(crate) struct Paging<P> {
    pages: P,
    token: Option<String>,
    left: Option<usize>,
    ended: bool,
    given: HashSet<String>,
    page_tokens: PageTokens,
}

impl<P> Paging<P> {
    /// Begins at the page of `token` and gives at most `limit` items.
    pub(crate) fn new(pages: P, token: Option<String>, limit: Option<usize>) -> Self {
        Self { pages, token, left: limit, ended: false, given: HashSet::new(), page_tokens: PageTokens::default() }
    }

    async fn turn_over<T>(&mut self, page: &Page<T>) -> Result<()>
    where
        P: Pages<T>,
    {
        self.token = self.page_tokens.next(page.next_page_token.clone(), page.items.iter().map(P::id)).await?;
        self.ended = self.token.is_none();
        Ok(())
    }
}

/// A page on its own: an item that the server gave twice is there once.
pub(crate) fn each_once<T>(items: &mut Vec<T>, limit: Option<usize>, id: fn(&T) -> &str) {
    let mut given = HashSet::new();
    items.retain(|item| given.insert(id(item).to_owned()));
    items.truncate(limit.unwrap_or(usize::MAX));
}

#[async_trait]
impl<T: Send + Sync + 'static, P: Pages<T>> Feed<T> for Paging<P> {
    async fn next_batch(&mut self) -> Result<Option<Vec<T>>> {
        while !self.ended && self.left != Some(0) {
            let mut page = self.pages.page(self.token.clone()).await?;
            self.turn_over(&page).await?;
            let mut items = std::mem::take(&mut page.items);
            items.retain(|item| self.given.insert(P::id(item).to_owned()));
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

/// The way through a listing, page by page. The end is a missing token, not an empty page. A token may lead to a page that
/// was there before, once or twice; a listing that goes round and round is left, and so is one that has nothing new for
/// long.
#[derive(Debug, Default)]
pub(crate) struct PageTokens {
    tokens: HashMap<String, u32>,
    /// Of the items that came.
    seen: HashSet<u64>,
    /// How many pages in a row had nothing new.
    barren: u32,
}

/// So often one token is followed.
const MOST_TIMES: u32 = 3;
/// So many pages in a row may have nothing new: a filter can let nothing through for long.
const MOST_BARREN: u32 = 200;
/// From so many on the next page is waited for.
const HASTY: u32 = 20;
const PAUSE: Duration = Duration::from_millis(250);

impl PageTokens {
    /// The token to go on with behind a page with these items.
    ///
    /// # Errors
    /// [`Decode`](ErrorKind::Decode) when the listing goes round and round, or has had nothing new for too long: what it has is
    /// not known to be all.
    pub(crate) async fn next<'i>(
        &mut self,
        token: Option<String>,
        items: impl IntoIterator<Item = &'i str>,
    ) -> Result<Option<String>> {
        let Some(next) = token else { return Ok(None) };
        let known = self.seen.len();
        self.seen.extend(items.into_iter().map(hash));
        let news = self.seen.len() > known;
        self.barren = if news { 0 } else { self.barren + 1 };
        if self.barren >= MOST_BARREN {
            return Err(Endless::Barren.error(format!("{MOST_BARREN} pages in a row had nothing new")));
        }
        let times = self.tokens.entry(next.clone()).or_default();
        *times += 1;
        if *times > MOST_TIMES {
            let how = format!("the server gave the same page token {MOST_TIMES} times and more");
            return Err(Endless::Circling.error(how));
        }
        if self.barren > HASTY {
            tokio::time::sleep(PAUSE).await;
        }
        Ok(Some(next))
    }
}

fn hash(item: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    item.hash(&mut hasher);
    hasher.finish()
}

/// Why a listing was left before its end. Its pages were read all the same.
#[derive(Debug, PartialEq, Eq)]
enum Endless {
    /// It had nothing new for too long.
    Barren,
    /// It came back to where it was, so it was left soon.
    Circling,
}

impl Endless {
    fn error(self, how: String) -> Error {
        Error::new(ErrorKind::Decode, format!("the listing doesn't end: {how}"))
            .with_hint("Try again later; the items so far are all that the server gives.")
            .with(self)
    }
}

impl Attachment for Endless {
    fn name(&self) -> &'static str {
        "endless"
    }

    fn to_json(&self) -> Value {
        Value::Null
    }
}

impl Error {
    /// Whether a listing was left before its end: the server answered, and what it has is not known to be all.
    pub(crate) fn is_of_endless_listing(&self) -> bool {
        self.attached::<Endless>().is_some()
    }

    /// Whether it was left soon, for it went round and round: begun anew it may end.
    pub(crate) fn is_of_circling_listing(&self) -> bool {
        self.attached::<Endless>() == Some(&Endless::Circling)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn pages(mut page: impl FnMut(u32) -> (Option<String>, Vec<String>)) -> (u32, Result<()>) {
        let mut page_tokens = PageTokens::default();
        for number in 1.. {
            let (token, items) = page(number);
            match page_tokens.next(token, items.iter().map(String::as_str)).await {
                Ok(Some(_)) => {}
                other => return (number, other.map(drop)),
            }
        }
        unreachable!("it goes on until the listing is left")
    }

    #[tokio::test(start_paused = true)]
    async fn a_listing_that_does_not_end_is_left_and_asked_slowly() {
        let began = tokio::time::Instant::now();
        let (count, left) = pages(|number| (Some(number.to_string()), Vec::new())).await;
        assert_eq!((count, left.unwrap_err().kind()), (MOST_BARREN, ErrorKind::Decode));
        assert!(began.elapsed() >= Duration::from_secs(40), "{:?}", began.elapsed());
        let (count, left) = pages(|number| (Some(number.to_string()), vec!["the same".to_owned()])).await;
        assert_eq!((count, left.unwrap_err().kind()), (MOST_BARREN + 1, ErrorKind::Decode));
        let (count, left) = pages(|number| (Some((number % 2).to_string()), Vec::new())).await;
        assert_eq!(count, 2 * MOST_TIMES + 1, "round and round");
        assert!(left.is_err_and(|error| error.kind() == ErrorKind::Decode && error.is_of_endless_listing()));
    }

    #[tokio::test(start_paused = true)]
    async fn what_goes_on_and_ends_is_read_to_its_end() {
        let last = 3 * MOST_BARREN;
        let page = |number: u32| {
            let items = if number.is_multiple_of(100) { vec![number.to_string()] } else { Vec::new() };
            ((number < last).then(|| number.to_string()), items)
        };
        let (count, end) = pages(page).await;
        assert_eq!((count, end.is_ok()), (last, true));
    }
}
