//! What a user reads beside the watcher is kept too, as far as it can't get ahead of it: what is stored first is delivered
//! first.

use super::cursor::Cursor;
use super::watched::Watched;
use crate::api::SeenActivity;
use crate::ground::error::Result;
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
    /// whoever read it has it anyway.
    pub(crate) async fn keep_what_was_seen(&self, seen: &[SeenActivity], origin: &PageOrigin, next: Option<String>) {
        let is_whole = match origin {
            PageOrigin::First => true,
            PageOrigin::Page(token) => self.hub.recent().has_listed_before(&self.id, token),
            PageOrigin::Nothing => false,
        };
        match self.cursor.keep(seen, is_whole).await {
            Ok(()) if is_whole => self.hub.recent().listed(&self.id, next),
            Ok(()) => {}
            Err(error) => {
                tracing::warn!(target: "jules::store", session = %self.id, %error, "cannot cache what was read");
            }
        }
    }
}

impl Cursor {
    async fn keep(&self, seen: &[SeenActivity], is_whole: bool) -> Result<()> {
        let _turn = self.turn.lock().await;
        let mut mark = self.mark().await?;
        let is_behind = |seen: &&SeenActivity| {
            let time = seen.activity.create_time;
            is_whole || (time.is_some() && time <= mark.newest)
        };
        let kept: Vec<_> = seen.iter().filter(is_behind).cloned().collect();
        if kept.is_empty() {
            return Ok(());
        }
        let newest = kept.iter().filter_map(|seen| seen.activity.create_time).chain(mark.newest).max();
        let to = Mark { newest, ..mark.clone() };
        self.write(kept, &mut mark, to, None).await.map(drop)
    }
}
