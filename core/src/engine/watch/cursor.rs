//! Fetches what is new of one session into the store, and only that.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::advance::{AHEAD, Advance, FetchState, kinds};
use super::commit::commit;
use crate::api::transport::{Operation, Toll};
use crate::api::{LARGEST_PAGE, Listing, SeenActivity, Service};
use crate::engine::presence::Held;
use crate::engine::quota::{Budget, Rank};
use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::metrics::Counter;
use crate::ground::model::{SessionId, Timestamp};
use crate::ground::paging::PageTokens;
use crate::store::{Batch, Beacon, Mark, MarkChange, NewActivity, Store};

/// How far back late arrivals are looked for.
const LOOK_BACK: Duration = Duration::from_secs(120);
/// With more missing than this, reading everything again takes fewer requests than asking one by one.
const MOST_SINGLE: usize = 20;
/// Reads one session's activities into the store. Calls take turns, so that two callers don't fetch the same.
#[derive(Debug)]
pub(super) struct Cursor {
    pub(super) session: SessionId,
    pub(super) service: Service,
    store: Arc<dyn Store>,
    budget: Arc<Budget>,
    pub(super) turn: tokio::sync::Mutex<FetchState>,
    /// How many watch the activities here: a stopped task may have the last word after the next has begun.
    pub(super) attended: AtomicUsize,
}

impl Cursor {
    pub(super) fn new(session: SessionId, service: Service, store: Arc<dyn Store>, budget: Arc<Budget>) -> Self {
        let (turn, attended) = (tokio::sync::Mutex::default(), AtomicUsize::new(0));
        Self { session, service, store, budget, turn, attended }
    }

    /// Somebody watches the activities from now on.
    pub(super) fn attend(&self) {
        self.attended.fetch_add(1, Ordering::Relaxed);
    }

    /// And no longer: what was kept aside is found again by whoever looks for what is missing.
    pub(super) fn leave(&self) {
        self.attended.fetch_sub(1, Ordering::Relaxed);
    }

    /// The server's clock at the latest answer.
    pub(super) async fn date(&self) -> Option<Timestamp> {
        self.turn.lock().await.date
    }

    /// Fetches what came since the last time.
    pub(super) async fn advance(&self, held: Option<&Held>) -> Result<Advance> {
        self.advance_as(if held.is_some() { Rank::Watch } else { Rank::User }, held).await
    }

    async fn advance_as(&self, rank: Rank, held: Option<&Held>) -> Result<Advance> {
        // Before the turn here: who waits for the budget must not be in the way of who goes before.
        self.budget.turn(&self.session, rank).await?;
        let mut turn = self.turn.lock().await;
        let refilled = self.ask_for_empty_ones(&mut turn, held).await?;
        let mark = self.mark().await?;
        let newest = turn.horizon(mark.newest);
        let leaves_out = turn.leaves_out(newest);
        let filter = self.filter_from(newest, Duration::from_nanos(u64::from(!leaves_out)));
        let from_start = mark == Mark::default();
        let token = mark.page_token.clone();
        let mut advance = match self.read_from(&mut turn, mark.clone(), token, filter.clone(), held).await {
            Err(error)
                if error.kind() == ErrorKind::InvalidRequest && (filter.is_some() || mark.page_token.is_some()) =>
            {
                self.without_what_was_refused(&mut turn, mark, filter.is_some().then_some(&error), held).await
            }
            result => result,
        }?;
        turn.learn(&advance, newest, leaves_out);
        if from_start && self.store.ending(&self.session).await?.is_some() {
            turn.whole_at = advance.began;
        }
        advance.added += refilled.added;
        advance.newest = advance.newest.or(refilled.newest);
        advance.decisive = advance.decisive.or(refilled.decisive);
        Ok(advance)
    }

    /// The server refused the filter, or a page token that is too old: do without.
    async fn without_what_was_refused(
        &self,
        turn: &mut FetchState,
        mark: Mark,
        filter: Option<&Error>,
        held: Option<&Held>,
    ) -> Result<Advance> {
        let result = match (filter.is_some(), mark.page_token.clone()) {
            (true, Some(token)) => match self.read_again(turn, mark.clone(), Some(token), held).await {
                Err(error) if error.kind() == ErrorKind::InvalidRequest => {
                    self.read_again(turn, mark, None, held).await
                }
                result => result,
            },
            _ => self.read_again(turn, mark, None, held).await,
        };
        if let Some(error) = filter.filter(|_| result.is_ok()) {
            self.service.stop_filtering(error);
        }
        result
    }

    /// The same once more without a filter, in the turn that was waited for: another one is taken for it.
    async fn read_again(
        &self,
        turn: &mut FetchState,
        mark: Mark,
        page_token: Option<String>,
        held: Option<&Held>,
    ) -> Result<Advance> {
        self.budget.pay(Operation::ActivitiesList).await;
        self.read_from(turn, mark, page_token, None, held).await
    }

    /// Reads page by page to the end, each page into the store at once. With a filter only what it lets through; without
    /// one from the page of this token on. `mark` is the one in the store.
    async fn read_from(
        &self,
        turn: &mut FetchState,
        mut mark: Mark,
        page_token: Option<String>,
        filter: Option<String>,
        held: Option<&Held>,
    ) -> Result<Advance> {
        let (mut advance, mut page_tokens) = (Advance::default(), PageTokens::default());
        let mut token = page_token.filter(|_| filter.is_none());
        loop {
            let page = self.service.activities(&self.session, &self.listing(filter.clone(), token.clone())).await?;
            advance.date = page.date.map(|date| (date, Instant::now()));
            advance.began = advance.began.or(page.date);
            advance.newest_size = page.items.last().map_or(advance.newest_size, |newest| newest.body.len());
            let newest = page.items.iter().filter_map(|seen| seen.activity.create_time).chain(mark.newest).max();
            let page_token = if filter.is_none() { token.clone() } else { mark.page_token.clone() };
            let ids: Vec<_> = page.items.iter().map(|seen| seen.activity.id.clone()).collect();
            let items = self.sort_out(turn, page.items, page.date);
            let to = Mark { page_token, ..self.mark_to(turn, &mark, newest) };
            let kinds = kinds(&items);
            advance.count(&kinds, self.write(items, &mut mark, to, held).await?);
            match page_tokens.next(page.next_page_token.clone(), ids.iter().map(String::as_str)).await? {
                Some(next) => token = Some(next),
                None => return Ok(advance),
            }
            self.budget.turn(&self.session, Rank::Watch).await?;
        }
    }

    /// Fetches what came since the last time, and of a session that has ended whatever is missing before that.
    pub(super) async fn catch_up(&self, ended: bool) -> Result<usize> {
        let from_start = self.mark().await? == Mark::default();
        let added = self.advance_as(Rank::Watch, None).await?.added;
        match (ended, from_start) {
            (false, _) => Ok(added),
            (true, false) => Ok(added + self.reconcile(true, None).await?.unwrap_or_default()),
            (true, true) => {
                // All of it was read just now: there is nothing to compare, but for what came without its content.
                let turn = self.turn.lock().await;
                let mark = self.mark().await?;
                self.note_reconciled(&turn, mark, None).await.map(|()| added)
            }
        }
    }

    /// Looks for what became visible late, behind what is known already: ids only.
    pub(super) async fn look_back(&self, held: Option<&Held>) -> Result<usize> {
        let goes_on = self.turn.lock().await.back.is_some();
        if !self.may_look_back(goes_on, held).await? {
            return Ok(0);
        }
        let mut turn = self.turn.lock().await;
        let mark = self.mark().await?;
        let (filter, from) = match turn.back.take() {
            Some((filter, token)) => (filter, Some(token)),
            None => (self.filter_from(turn.horizon(mark.newest), LOOK_BACK), None),
        };
        // News must not wait for many pages of what is probably known: then the next look goes on.
        let most = if held.is_some() && self.budget.is_kept() { 1 } else { usize::MAX };
        let begins = from.is_none();
        match self.fetch_missing(&mut turn, mark.clone(), filter.clone(), from, most, held).await {
            Ok((added, next)) => {
                turn.back = next.map(|token| (filter, token));
                Ok(added)
            }
            Err(error) if error.kind() == ErrorKind::InvalidRequest && !begins => Ok(0),
            Err(error) if error.kind() == ErrorKind::InvalidRequest && filter.is_some() => {
                self.budget.pay(Operation::ActivitiesList).await;
                let (added, next) = self.fetch_missing(&mut turn, mark, None, None, most, held).await?;
                turn.back = next.map(|token| (None, token));
                self.service.stop_filtering(&error);
                Ok(added)
            }
            Err(error) => Err(error),
        }
    }

    /// Compares everything with the server, id by id. Needless when the session was not at work since the last time: then
    /// nothing came, and what had come would have been seen. That can't be said while the mark is ahead of the server's
    /// clock, because one activity was: then what comes stands behind the mark. Of a session that had ended when all of it
    /// was read, only what may have been late then is compared. Nothing while something is kept aside.
    pub(super) async fn reconcile(&self, worked: bool, held: Option<&Held>) -> Result<Option<usize>> {
        if !self.turn.lock().await.aside.is_empty() {
            return Ok(None);
        }
        let Beacon { mark, count, .. } = self.store.beacon(&self.session).await?;
        if !worked && mark.reconciled == Some(count) {
            return Ok(Some(0));
        }
        self.budget.turn(&self.session, Rank::Late).await?;
        let mut turn = self.turn.lock().await;
        let mark = self.mark().await?;
        let read_at = turn.whole_at.filter(|_| !worked);
        let added = match read_at.map(|at| at.earlier(LOOK_BACK)) {
            Some(since) if mark.newest < Some(since) => 0,
            since => {
                let filter = self.filter_from(since, Duration::ZERO);
                self.fetch_filtered(&mut turn, mark.clone(), filter, held).await?
            }
        };
        if added == 0 && turn.aside.is_empty() {
            self.note_reconciled(&turn, mark, held).await?;
        }
        Ok((added > 0 || turn.aside.is_empty()).then_some(added))
    }

    async fn note_reconciled(&self, turn: &FetchState, mut mark: Mark, held: Option<&Held>) -> Result<()> {
        let is_ahead = turn.date.is_some_and(|date| mark.newest > Some(date.shifted(AHEAD)));
        if is_ahead || !turn.aside.is_empty() {
            return Ok(());
        }
        let reconciled = Some(self.store.beacon(&self.session).await?.count);
        let to = Mark { reconciled, ..mark.clone() };
        self.write(Vec::new(), &mut mark, to, held).await.map(drop)
    }

    /// What is missing of all pages under this filter; without it where the server refuses it.
    async fn fetch_filtered(
        &self,
        turn: &mut FetchState,
        mark: Mark,
        filter: Option<String>,
        held: Option<&Held>,
    ) -> Result<usize> {
        match self.fetch_missing(turn, mark.clone(), filter.clone(), None, usize::MAX, held).await {
            Err(error) if error.kind() == ErrorKind::InvalidRequest && filter.is_some() => {
                self.budget.pay(Operation::ActivitiesList).await;
                let (added, _) = self.fetch_missing(turn, mark, None, None, usize::MAX, held).await?;
                self.service.stop_filtering(&error);
                Ok(added)
            }
            result => result.map(|(added, _)| added),
        }
    }

    /// Fetches what the store lacks of so many pages; tells how many activities that were, and the page behind.
    async fn fetch_missing(
        &self,
        turn: &mut FetchState,
        mark: Mark,
        filter: Option<String>,
        mut token: Option<String>,
        most: usize,
        held: Option<&Held>,
    ) -> Result<(usize, Option<String>)> {
        let (mut ids, mut page_tokens, mut left) = (Vec::new(), PageTokens::default(), None);
        for place in 0..most {
            if place > 0 {
                self.budget.turn(&self.session, Rank::Late).await?;
            }
            let page = self.service.activity_ids(&self.session, &self.listing(filter.clone(), token.clone())).await?;
            let shown = page.items.iter().map(|item| item.activity.id.as_str());
            // What was shown before a listing without an end was left is fetched all the same.
            token = page_tokens.next(page.next_page_token.clone(), shown).await.unwrap_or_else(|error| {
                left = Some(error);
                None
            });
            ids.extend(page.items.into_iter().map(|item| item.activity.id));
            if token.is_none() {
                break;
            }
        }
        let mut missing = self.store.missing(&self.session, ids).await?;
        missing.retain(|id| !turn.aside.has(id));
        let added = if missing.is_empty() { 0 } else { self.fetch(turn, mark, missing, held).await? };
        left.map_or(Ok((added, token)), Err)
    }

    async fn fetch(
        &self,
        turn: &mut FetchState,
        mut mark: Mark,
        missing: Vec<String>,
        held: Option<&Held>,
    ) -> Result<usize> {
        tracing::debug!(target: "jules::watch", session = %self.session, count = missing.len(), "late activities");
        if missing.len() > MOST_SINGLE {
            return Ok(self.read_again(turn, mark, None, held).await?.added);
        }
        let mut found = Vec::new();
        for id in missing {
            match self.service.activity(&self.session, &id).await {
                Ok(seen) => found.push(seen),
                // Shown in the list and gone since: there is nothing to deliver.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        let newest = found.iter().filter_map(|seen| seen.activity.create_time).chain(mark.newest).max();
        let found = self.sort_out(turn, found, turn.date);
        let to = self.mark_to(turn, &mark, newest);
        self.write(found, &mut mark, to, held).await
    }

    /// Stores activities and moves the mark, from the one in the store to the new one.
    pub(super) async fn write(
        &self,
        activities: Vec<SeenActivity>,
        mark: &mut Mark,
        to: Mark,
        held: Option<&Held>,
    ) -> Result<usize> {
        let activities = activities.into_iter().map(NewActivity::from).collect();
        let change = MarkChange { from: mark.clone(), to };
        let batch = Batch { activities, mark: Some(change), ..Batch::default() };
        let (committed, now) = commit(&self.store, &self.session, batch, held).await?;
        *mark = now.unwrap_or_default();
        let added = committed.new.len();
        self.service.transport.meter.add(Counter::Activities, added);
        self.budget.brought(&self.session, added);
        Ok(added)
    }

    /// Whether there is a turn for a look back; what a user asked for always has one.
    async fn may_look_back(&self, goes_on: bool, held: Option<&Held>) -> Result<bool> {
        match held {
            Some(_) => self.budget.may_look_back(&self.session, goes_on).await,
            None => self.budget.turn(&self.session, Rank::User).await.map(|()| true),
        }
    }

    pub(super) async fn mark(&self) -> Result<Mark> {
        Ok(self.store.beacon(&self.session).await?.mark)
    }

    fn listing(&self, filter: Option<String>, page_token: Option<String>) -> Listing {
        Listing { page_size: Some(LARGEST_PAGE), page_token, filter }
    }

    /// Everything created up to `back` before `newest`, and what came later. The operator is the documented one, which
    /// leaves its own time out: so one nanosecond earlier.
    fn filter_from(&self, newest: Option<Timestamp>, back: Duration) -> Option<String> {
        let newest = newest.filter(|_| self.service.filters())?;
        let from = newest.shifted(-i128::try_from(back.as_nanos()).unwrap_or_default());
        Some(format!("create_time>\"{from}\""))
    }
}
