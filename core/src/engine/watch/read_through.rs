//! What a user reads beside the watcher is kept too, as far as it can't get ahead of it: what is stored first is delivered
//! first.

use super::cursor::Cursor;
use super::empty::may_become_whole;
use super::watched::Watched;
use crate::api::SeenActivity;
use crate::ground::error::Result;
use crate::ground::model::Timestamp;
use crate::store::Mark;

/// What a page that a user asked for comes behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PageOrigin {
    /// Nothing: it is the first page of all.
    First,
    /// The page that named this token.
    Page(String),
    /// Nobody knows: between it and what is stored something may be missing.
    Nothing,
}

impl PageOrigin {
    pub(crate) fn of(page_token: Option<&str>, is_filtered: bool) -> Self {
        match page_token {
            _ if is_filtered => Self::Nothing,
            Some(token) => Self::Page(token.to_owned()),
            None => Self::First,
        }
    }
}

impl Watched {
    /// Keeps a page whole where nothing can be missing before it, and else what is older than the newest that is stored;
    /// whoever read it has it anyway. The date is the server's, where that is known.
    pub(crate) async fn keep_what_was_seen(
        &self,
        seen: &[SeenActivity],
        origin: &PageOrigin,
        next: Option<String>,
        date: Option<Timestamp>,
    ) {
        let is_whole = match origin {
            PageOrigin::First => true,
            PageOrigin::Page(token) => self.hub.recent().has_listed_before(&self.id, token),
            PageOrigin::Nothing => false,
        };
        match self.cursor.keep(seen, is_whole, date).await {
            Ok(true) if is_whole => self.hub.recent().listed(&self.id, next),
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(target: "jules::store", session = %self.id, %error, "cannot cache what was read");
            }
        }
    }
}

impl Cursor {
    /// Tells whether all of it was kept.
    async fn keep(&self, seen: &[SeenActivity], is_whole: bool, date: Option<Timestamp>) -> Result<bool> {
        let turn = self.turn.lock().await;
        let mut mark = self.mark().await?;
        let date = date.or(turn.date);
        // What came without its content, and all behind it, is left to whoever looks for news: the mark stays before it.
        let is_ready = |seen: &&SeenActivity| {
            !seen.activity.is_empty() || date.is_some_and(|date| !may_become_whole(&seen.activity, date))
        };
        let is_behind = |seen: &&SeenActivity| {
            let time = seen.activity.create_time;
            is_whole || (time.is_some() && time <= mark.newest)
        };
        let kept: Vec<_> = seen.iter().take_while(is_ready).filter(is_behind).cloned().collect();
        let is_all = kept.len() == seen.len();
        if kept.is_empty() {
            return Ok(is_all);
        }
        let newest = kept.iter().filter_map(|seen| seen.activity.create_time).chain(mark.newest).max();
        let to = Mark { newest, ..mark.clone() };
        self.write(kept, &mut mark, to, None).await.map(|_| is_all)
    }
}
