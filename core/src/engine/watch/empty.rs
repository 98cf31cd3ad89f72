//! Activities that were listed without any content: what is in them comes a moment later. They are kept aside and asked for
//! a few times before they are stored as they are, for what was delivered once doesn't change.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use super::advance::{Advance, FetchState, kinds};
use super::cursor::Cursor;
use crate::api::SeenActivity;
use crate::engine::presence::Held;
use crate::ground::error::{ErrorKind, Result};

/// So long after it was first seen, an empty activity is asked for again; the last time it is taken as it is.
const ASKED_AFTER: [Duration; 3] = [Duration::from_secs(2), Duration::from_secs(10), Duration::from_secs(60)];

/// The empty activities of one session, by their ids.
#[derive(Debug, Default)]
pub(super) struct EmptyActivities(HashMap<String, Waiting>);

#[derive(Clone, Copy, Debug)]
struct Waiting {
    since: Instant,
    asked: usize,
}

impl EmptyActivities {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }

    /// Takes the empty ones out of a page; lets through what is whole.
    pub(super) fn sort_out(&mut self, items: Vec<SeenActivity>, now: Instant) -> Vec<SeenActivity> {
        let mut through = Vec::with_capacity(items.len());
        for seen in items {
            if seen.activity.is_empty() {
                self.0.entry(seen.activity.id).or_insert(Waiting { since: now, asked: 0 });
            } else {
                self.0.remove(&seen.activity.id);
                through.push(seen);
            }
        }
        through
    }

    /// Which are to be asked for now.
    pub(super) fn due(&self, now: Instant) -> Vec<String> {
        let is_due = |waiting: &Waiting| now >= waiting.since + ASKED_AFTER[waiting.asked];
        let mut due: Vec<_> = self.0.iter().filter(|(_, waiting)| is_due(waiting)).collect();
        due.sort_by_key(|(id, waiting)| (waiting.since, *id));
        due.into_iter().map(|(id, _)| id.clone()).collect()
    }

    /// One was asked for; gives it back when it is to be stored: it is whole, or was asked for often enough.
    pub(super) fn asked(&mut self, id: &str, seen: Option<SeenActivity>) -> Option<SeenActivity> {
        let waiting = self.0.get_mut(id)?;
        waiting.asked += 1;
        let is_over = waiting.asked == ASKED_AFTER.len();
        if is_over || seen.as_ref().is_none_or(|seen| !seen.activity.is_empty()) {
            self.0.remove(id);
            return seen;
        }
        None
    }
}

impl Cursor {
    /// Asks again for what was listed without content, where that is due.
    pub(super) async fn ask_for_empty_ones(&self, turn: &mut FetchState, held: Option<&Held>) -> Result<Advance> {
        let mut found = Vec::new();
        for id in turn.aside.due(Instant::now()) {
            let seen = match self.service.activity(&self.session, &id).await {
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                result => Some(result?),
            };
            found.extend(turn.aside.asked(&id, seen));
        }
        if found.is_empty() {
            return Ok(Advance::default());
        }
        let mut mark = self.mark().await?;
        let to = mark.clone();
        let mut advance = Advance::default();
        let kinds = kinds(&found);
        advance.count(&kinds, self.write(found, &mut mark, to, held).await?);
        Ok(advance)
    }

    /// Keeps aside what came without content, while somebody watches and will ask for it again.
    pub(super) fn sort_out(&self, turn: &mut FetchState, items: Vec<SeenActivity>) -> Vec<SeenActivity> {
        let watches = self.attended.load(Ordering::Relaxed) > 0;
        if watches { turn.aside.sort_out(items, Instant::now()) } else { items }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::model::Activity;

    fn seen(id: &str, content: &str) -> SeenActivity {
        let body = format!(r#"{{"id": "{id}"{content}}}"#);
        SeenActivity { activity: Activity::from_wire(&body).unwrap(), body: body.into() }
    }

    #[tokio::test(start_paused = true)]
    async fn an_empty_one_is_asked_for_three_times_and_then_taken_as_it_is() {
        let (mut aside, begin) = (EmptyActivities::default(), Instant::now());
        let through = aside.sort_out(vec![seen("a", ""), seen("b", r#", "sessionCompleted": {}"#)], begin);
        assert_eq!(through.len(), 1);
        let mut stored = Vec::new();
        for second in 0..100 {
            for id in aside.due(begin + Duration::from_secs(second)) {
                stored.push((second, aside.asked(&id, Some(seen(&id, ""))).is_some()));
            }
        }
        assert_eq!(stored, [(2, false), (10, false), (60, true)]);
        assert!(aside.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn what_becomes_whole_is_let_through_whoever_shows_it() {
        let (mut aside, now) = (EmptyActivities::default(), Instant::now());
        aside.sort_out(vec![seen("a", ""), seen("b", ""), seen("c", "")], now);
        let whole = |id| seen(id, r#", "description": "here""#);
        assert_eq!(aside.sort_out(vec![whole("a")], now).len(), 1);
        assert!(aside.asked("b", Some(whole("b"))).is_some());
        assert!(aside.asked("c", None).is_none(), "gone since");
        assert!(aside.is_empty() && !aside.has("a"));
    }
}
