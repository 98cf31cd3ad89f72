//! Walks through the listing of sessions and finds what is to be fetched: lightly where most of it is known, with all but the
//! outputs where most is new. No page of whole sessions is ever asked for: those weigh too much.

use std::collections::{HashMap, HashSet};

use super::SyncDepth;
use super::options::{SyncOptions, SyncPhase, SyncProgress, SyncReport};
use super::rule::Rule;
use crate::api::{LARGEST_PAGE, LightSession, Listing, SeenSession};
use crate::engine::Hub;
use crate::engine::watch::kept;
use crate::ground::error::{ErrorKind, Result};
use crate::ground::model::{Page, SessionId};
use crate::ground::paging::PageTokens;
use crate::store::{Known, SessionRecord, SyncRun};
use std::sync::Arc;

/// With more sessions of a page to be fetched than this, the whole page takes fewer requests.
const MOST_SINGLE: usize = 3;
/// The filter under which the server shows the sessions that were put aside.
const ARCHIVED: &str = "archived = true";

/// A session that is to be fetched.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) id: SessionId,
    /// Whether the store has it to this depth.
    pub(super) known: bool,
    /// Whether it was begun before an interruption: then it comes last.
    pub(super) tried: bool,
}

/// What the listing has shown.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) tasks: Vec<Task>,
    pub(super) seen: HashSet<SessionId>,
    /// Whether the listings came to their end, so that what they don't show isn't there.
    pub(super) complete: bool,
    /// Whether sessions that were put aside were listed too.
    pub(super) archived: bool,
}

pub(super) struct Lister<'a> {
    pub(super) hub: &'a Arc<Hub>,
    pub(super) options: &'a SyncOptions,
    pub(super) run: SyncRun,
    pub(super) report: &'a mut SyncReport,
    pub(super) listed: Listed,
    /// Whether the server says of everything that it has just changed, once that was asked.
    pub(super) always_now: Option<bool>,
}

/// How a page was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Lightly,
    /// With all but the outputs.
    WithRecords,
}

impl Lister<'_> {
    /// Lists everything, or the newest sessions up to the limit.
    pub(super) async fn list(mut self) -> Result<Listed> {
        let is_first = self.hub.store.info().await?.sessions == 0;
        let way = if is_first { self.for_many() } else { Way::Lightly };
        self.listed.complete = self.walk(None, way).await?;
        if self.options.limit.is_none() {
            match self.walk(Some(ARCHIVED.to_owned()), way).await {
                Ok(complete) => {
                    self.listed.archived = true;
                    self.listed.complete &= complete;
                }
                Err(error) if error.kind() == ErrorKind::InvalidRequest => {}
                Err(error) => return Err(error),
            }
        }
        self.listed.tasks.sort_by_key(|task| task.tried);
        Ok(self.listed)
    }

    /// How to ask for a page of which much is to be fetched. With activities, each session is asked for by itself anyway.
    fn for_many(&self) -> Way {
        match self.options.depth {
            SyncDepth::Metadata => Way::WithRecords,
            SyncDepth::Activities => Way::Lightly,
        }
    }

    /// Walks through one listing; says whether it came to its end.
    async fn walk(&mut self, filter: Option<String>, mut way: Way) -> Result<bool> {
        let mut page_tokens = PageTokens::default();
        let mut listing = Listing { page_size: Some(LARGEST_PAGE), page_token: None, filter };
        loop {
            let (page, records) = self.page(&listing, way).await?;
            let size = page.items.len();
            let ids: Vec<_> = page.items.iter().map(|light| light.id.clone()).collect();
            let (fresh, known) = self.unseen(page.items).await?;
            let mut rule = self.rule()?;
            if fresh.iter().any(|light| rule.is_doubtful(light, known.get(&light.id))) {
                rule.always_now = self.says_always_now(&listing, &fresh).await?;
            }
            let needed = fresh.iter().filter(|light| rule.needs(light, known.get(&light.id))).count();
            if way == Way::Lightly && needed > MOST_SINGLE && self.for_many() != way {
                way = self.for_many();
                continue;
            }
            let news = !fresh.is_empty();
            self.take(rule, fresh, &known, records).await?;
            // Under the filter nothing comes that came without it, unless the server doesn't know the filter.
            let pointless = listing.filter.is_some() && size > 0 && !news;
            if pointless || self.is_full() {
                return Ok(true);
            }
            way = if needed * 3 > size { self.for_many() } else { Way::Lightly };
            match page_tokens.next(page.next_page_token, ids.iter().map(SessionId::as_str)).await {
                Ok(Some(next)) => listing.page_token = Some(next),
                Ok(None) => return Ok(true),
                Err(error) if error.is_of_endless_listing() => {
                    tracing::warn!(target: "jules::sync", %error, "the list of sessions may lack some");
                    return Ok(false);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether the same page, asked for once more, says of what has ended that it has changed again. Asked once in a sync.
    async fn says_always_now(&mut self, listing: &Listing, before: &[LightSession]) -> Result<bool> {
        if let Some(known) = self.always_now {
            return Ok(known);
        }
        let again = self.hub.service.light_sessions(listing).await?.items;
        let moved = |light: &LightSession| {
            let is_same = |other: &&LightSession| other.id == light.id && other.state == light.state;
            light.state.is_terminal()
                && again.iter().find(is_same).is_some_and(|other| other.update_time != light.update_time)
        };
        let always_now = before.iter().any(moved);
        self.always_now = Some(always_now);
        Ok(always_now)
    }

    /// One page, with the records of its sessions where it was asked for that way.
    async fn page(&self, listing: &Listing, way: Way) -> Result<(Page<LightSession>, HashMap<SessionId, SeenSession>)> {
        if way == Way::Lightly {
            return Ok((self.hub.service.light_sessions(listing).await?, HashMap::new()));
        }
        let page = self.hub.service.sessions_without_outputs(listing).await?.value;
        let mut records = HashMap::with_capacity(page.items.len());
        let mut items = Vec::with_capacity(page.items.len());
        for seen in page.items {
            let id = SessionId::parse(&seen.info.id)?;
            let (state, update_time) = (seen.info.state.clone(), seen.info.update_time);
            items.push(LightSession { id: id.clone(), state, update_time, archived: seen.info.archived });
            records.insert(id, seen);
        }
        Ok((Page::new(items, page.next_page_token), records))
    }

    /// Those of a page that were on none before, up to the limit, and what the store knows of them.
    async fn unseen(&self, mut items: Vec<LightSession>) -> Result<(Vec<LightSession>, HashMap<SessionId, Known>)> {
        let mut here = HashSet::new();
        items.retain(|light| !self.listed.seen.contains(&light.id) && here.insert(light.id.clone()));
        items.truncate(self.options.limit.map_or(usize::MAX, |limit| limit.saturating_sub(self.listed.seen.len())));
        let known = self.hub.store.known(items.iter().map(|light| light.id.clone()).collect()).await?;
        Ok((items, known))
    }

    /// Takes in a page: stores the records it showed, and notes what is to be fetched.
    async fn take(
        &mut self,
        rule: Rule,
        page: Vec<LightSession>,
        known: &HashMap<SessionId, Known>,
        mut shown: HashMap<SessionId, SeenSession>,
    ) -> Result<()> {
        let mut records = Vec::with_capacity(shown.len());
        let mut taken = Vec::new();
        for light in page {
            let before = known.get(&light.id);
            let seen = shown.remove(&light.id);
            if rule.needs(&light, before) {
                let known = rule.has(before);
                match seen {
                    Some(_) => taken.push(known),
                    None => {
                        let (id, tried) = (light.id.clone(), rule.was_tried(before));
                        self.listed.tasks.push(Task { id, known, tried });
                    }
                }
            } else {
                self.report.sessions_skipped += 1;
            }
            if let Some(seen) = seen {
                let seen = kept(&self.hub.store, &light.id, seen).await?;
                records.push((light.id.clone(), SessionRecord::from(&seen)));
            }
            self.listed.seen.insert(light.id);
        }
        if !records.is_empty() {
            self.hub.store.put_sessions(records).await?;
        }
        // Their records are all that was wanted of these.
        taken.into_iter().for_each(|known| self.report.count(known));
        self.options.tell(&SyncProgress::new(SyncPhase::FetchingList, self.listed.seen.len(), None));
        Ok(())
    }

    fn rule(&self) -> Result<Rule> {
        let SyncOptions { depth, incremental, .. } = *self.options;
        let (started, now) = (self.run.started, self.hub.surroundings.clock.now());
        Ok(Rule { depth, incremental, started, now, always_now: self.always_now.unwrap_or(false) })
    }

    fn is_full(&self) -> bool {
        self.options.limit.is_some_and(|limit| self.listed.seen.len() >= limit)
    }
}
