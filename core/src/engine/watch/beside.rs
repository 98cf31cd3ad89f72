//! What a user reads beside the watcher is kept too, as far as it can't get ahead of it: what is stored first is delivered
//! first.

use super::cursor::Cursor;
use crate::api::SeenActivity;
use crate::ground::error::Result;
use crate::store::Mark;

/// What a page that a user asked for comes behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Follows {
    /// Nothing: it is the first page of all.
    First,
    /// The page that named this token.
    Page(String),
    /// Nobody knows: between it and what is stored something may be missing.
    Nothing,
}

impl Follows {
    pub(crate) fn of(page_token: Option<&str>, is_filtered: bool) -> Self {
        match page_token {
            _ if is_filtered => Self::Nothing,
            Some(token) => Self::Page(token.to_owned()),
            None => Self::First,
        }
    }
}

impl Cursor {
    /// Keeps a page whole where nothing can be missing before it, and else what is older than the newest that is stored.
    pub(super) async fn keep(&self, seen: &[SeenActivity], follows: &Follows, next: Option<String>) -> Result<()> {
        let mut turn = self.turn.lock().await;
        let is_whole = match follows {
            Follows::First => true,
            Follows::Page(token) => turn.listed.as_ref() == Some(token),
            Follows::Nothing => false,
        };
        if is_whole {
            turn.listed = next;
        }
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
