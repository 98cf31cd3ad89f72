//! The activities of one session, one by one or page by page.

use serde_json::Value;

use crate::api::Listing;
use crate::engine::quota::Rank;
use crate::engine::sync::{SyncDepth, bring_up};
use crate::engine::watch::PageOrigin;
use crate::ground::error::Error;
use crate::ground::model::{Activity, Page, is_safe};
use crate::ground::paging::each_once;
use crate::ground::query::Query;
use crate::surface::pending::Pending;
use crate::surface::session::Session;

/// The activities of a [`Session`].
#[derive(Clone, Debug)]
pub struct Activities {
    session: Session,
}

/// Which page of activities to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ActivitiesOptions {
    /// How many on a page, 1 to 100. The server's default is 50.
    pub page_size: Option<u32>,
    /// The `next_page_token` of the page before.
    pub page_token: Option<String>,
    /// The server's filter, such as `create_time>"2025-10-03T05:43:42Z"`.
    pub filter: Option<String>,
}

impl Activities {
    pub(crate) fn new(session: Session) -> Self {
        Self { session }
    }

    /// One page, fetched from the server (`activities.list`). It is kept in the local cache too: the first page, the pages that
    /// follow it one by one, and of any other page what is older than the cache's newest.
    pub fn list(&self, options: ActivitiesOptions) -> Pending<Page<Activity>> {
        let watched = self.session.watched();
        self.session.call("listing the activities", async move {
            let ActivitiesOptions { page_size, page_token, filter } = options;
            let origin = PageOrigin::of(page_token.as_deref(), filter.is_some());
            let listing = Listing { page_size, page_token, filter };
            watched.hub.budget.turn(&watched.id, Rank::User).await?;
            let page = watched.hub.service.activities(&watched.id, &listing).await?;
            watched.keep_what_was_seen(&page.items, &origin, page.next_page_token.clone(), page.date).await;
            let mut items: Vec<_> = page.items.into_iter().map(|seen| seen.activity).collect();
            each_once(&mut items, None, |activity| &activity.id);
            Ok(Page::new(items, page.next_page_token))
        })
    }

    /// One activity, fetched from the server (`activities.get`). One that came before the local cache's newest is kept there.
    pub fn get(&self, id: &str) -> Pending<Activity> {
        let (watched, id) = (self.session.watched(), id.to_owned());
        self.session.call("reading the activity", async move {
            if !is_safe(&id) {
                return Err(Error::config(format!("{id:?} is not an activity id"))
                    .with_hint("An id is 1 to 128 of A-Z a-z 0-9 _ -."));
            }
            let seen = watched.hub.service.activity(&watched.id, &id).await?;
            watched.keep_what_was_seen(std::slice::from_ref(&seen), &PageOrigin::Nothing, None, None).await;
            Ok(seen.activity)
        })
    }

    /// This session's activities in the local cache that match a query. See
    /// [`Jules::select`](crate::Jules::select).
    ///
    /// # Errors
    /// [`Query`](crate::ErrorKind::Query) when the query is not valid, is not from activities, or begins at an activity that
    /// the cache doesn't have.
    ///
    /// ```no_run
    /// # async fn example(session: jules::Session) -> jules::Result<()> {
    /// use jules::{Op, Order, Query};
    /// let failed = Query::activities().filter("artifacts.exitCode", Op::gt(0)).order(Order::Asc);
    /// for row in session.activities().select(failed).await? {
    ///     println!("{} {}", row["createTime"], row["summary"]);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn select(&self, query: Query) -> Pending<Vec<Value>> {
        let session = self.session.clone();
        self.session
            .call("selecting from the cache", async move { session.store().select(query.plan_in(session.id())?).await })
    }

    /// Brings the cache up to date: the session (`sessions.get`) and its new activities (`activities.list`);
    /// returns how many were new.
    pub fn hydrate(&self) -> Pending<u64> {
        let session = self.session.clone();
        self.session.call("fetching the activities", async move {
            let added = bring_up(&session.client.hub, session.session_id(), SyncDepth::Activities).await?;
            Ok(u64::try_from(added).unwrap_or(u64::MAX))
        })
    }
}
