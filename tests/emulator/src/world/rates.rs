//! Requests by account and operation in a sliding minute: what the quota a minute is held against, and the
//! worst minute there was, for tests that say how much a client may ask.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

/// How often an account asked for an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Rate {
    /// Empty for the default account.
    pub account: String,
    /// `activities.list` and so on.
    pub operation: &'static str,
    /// All requests that came, refused ones and those that a fault met too.
    pub requests: u64,
    /// Those that the quota a minute refused.
    pub refused: u64,
    /// The most requests that came within any minute.
    pub worst_minute: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Rates {
    books: BTreeMap<(String, &'static str), Book>,
}

#[derive(Debug, Default)]
struct Book {
    came: VecDeque<Instant>,
    /// Only these use up the quota.
    admitted: VecDeque<Instant>,
    requests: u64,
    refused: u64,
    worst_minute: usize,
}

impl Rates {
    fn book(&mut self, account: &str, operation: &'static str) -> &mut Book {
        self.books.entry((account.to_owned(), operation)).or_default()
    }

    /// Counts a request as it comes.
    pub(crate) fn came(&mut self, account: &str, operation: &'static str, minute: Duration) {
        let now = Instant::now();
        let book = self.book(account, operation);
        forget(&mut book.came, now, minute);
        book.came.push_back(now);
        book.requests += 1;
        book.worst_minute = book.worst_minute.max(book.came.len());
    }

    /// Whether the quota lets a request pass.
    pub(crate) fn admit(&mut self, account: &str, operation: &'static str, minute: Duration, limit: u32) -> bool {
        let now = Instant::now();
        let book = self.book(account, operation);
        forget(&mut book.admitted, now, minute);
        let passes = book.admitted.len() < usize::try_from(limit).unwrap_or(usize::MAX);
        if passes {
            book.admitted.push_back(now);
        } else {
            book.refused += 1;
        }
        passes
    }

    pub(crate) fn views(&self) -> Vec<Rate> {
        let view = |((account, operation), book): (&(String, &'static str), &Book)| Rate {
            account: account.clone(),
            operation,
            requests: book.requests,
            refused: book.refused,
            worst_minute: book.worst_minute,
        };
        self.books.iter().map(view).collect()
    }

    pub(crate) fn clear(&mut self) {
        self.books.clear();
    }
}

/// Drops what lies a minute or more back.
fn forget(times: &mut VecDeque<Instant>, now: Instant, minute: Duration) {
    while times.front().is_some_and(|time| now.duration_since(*time) >= minute) {
        times.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn the_minute_slides() {
        let mut rates = Rates::default();
        for _ in 0..2 {
            assert!(rates.admit("", "activities.list", MINUTE, 2));
            rates.came("", "activities.list", MINUTE);
            tokio::time::advance(Duration::from_secs(25)).await;
        }
        assert!(!rates.admit("", "activities.list", MINUTE, 2), "two within the last 50 s");
        assert!(rates.admit("other", "activities.list", MINUTE, 2), "another account has its own");
        tokio::time::advance(Duration::from_secs(10)).await;
        assert!(rates.admit("", "activities.list", MINUTE, 2), "the first is a minute old");
        rates.came("", "activities.list", MINUTE);
        let view = rates.views().into_iter().next().unwrap();
        assert_eq!((view.requests, view.refused, view.worst_minute), (3, 1, 2));
    }
}
