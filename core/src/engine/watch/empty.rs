//! Activities that were listed without any content: what is in them comes a moment later. They are kept aside and asked for
//! a few times before they are stored as they are, for what was delivered once doesn't change. Where nobody watches, the next
//! look asks for them, in whatever process it is: the mark stays before them, and nothing is taken to be compared.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use super::advance::{Advance, FetchState, kinds};
use super::cursor::Cursor;
use crate::api::SeenActivity;
use crate::engine::presence::Held;
use crate::ground::error::{ErrorKind, Result};
use crate::ground::model::{Activity, Timestamp};
use crate::store::Mark;

/// So long after it was first seen, an empty activity is asked for again; the last time it is taken as it is.
const ASKED_AFTER: [Duration; 3] = [Duration::from_secs(2), Duration::from_secs(10), AS_IT_IS_AFTER];
/// After this time it is taken as it is: since it was first seen, or, where nobody watches, since it was created.
const AS_IT_IS_AFTER: Duration = Duration::from_secs(60);

/// The empty activities of one session, by their ids.
#[derive(Debug, Default)]
pub(super) struct EmptyActivities(HashMap<String, Waiting>);

#[derive(Clone, Copy, Debug)]
struct Waiting {
    since: Instant,
    created: Option<Timestamp>,
    asked: usize,
}

/// Whether it has no content, and was created so short a time before this, by the server's clock, that it may get some.
pub(super) fn may_become_whole(activity: &Activity, date: Timestamp) -> bool {
    activity.is_empty() && activity.create_time.is_some_and(|created| created.later(AS_IT_IS_AFTER) > date)
}

impl EmptyActivities {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }

    /// When the first of them was created, as far as that is known.
    fn earliest(&self) -> Option<Timestamp> {
        self.0.values().filter_map(|waiting| waiting.created).min()
    }

    /// Takes the empty ones that are to be kept out of a page; lets the others through.
    pub(super) fn sort_out(
        &mut self,
        items: Vec<SeenActivity>,
        now: Instant,
        is_kept: impl Fn(&Activity) -> bool,
    ) -> Vec<SeenActivity> {
        let mut through = Vec::with_capacity(items.len());
        for seen in items {
            if is_kept(&seen.activity) {
                let created = seen.activity.create_time;
                self.0.entry(seen.activity.id).or_insert(Waiting { since: now, created, asked: 0 });
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
    pub(super) fn asked(&mut self, id: &str, seen: Option<SeenActivity>, now: Instant) -> Option<SeenActivity> {
        let waiting = self.0.get_mut(id)?;
        waiting.asked += 1;
        // Who looks seldom asks less often.
        let is_over = waiting.asked == ASKED_AFTER.len() || now >= waiting.since + AS_IT_IS_AFTER;
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
            found.extend(turn.aside.asked(&id, seen, Instant::now()));
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

    /// Keeps aside what came without content at this time of the server: all of it while somebody watches and will ask for
    /// it again, else what is so new that it may become whole.
    pub(super) fn sort_out(
        &self,
        turn: &mut FetchState,
        items: Vec<SeenActivity>,
        date: Option<Timestamp>,
    ) -> Vec<SeenActivity> {
        let watches = self.is_attended();
        let is_kept = |activity: &Activity| match watches {
            true => activity.is_empty(),
            false => date.is_some_and(|date| may_become_whole(activity, date)),
        };
        turn.aside.sort_out(items, Instant::now(), is_kept)
    }

    /// Where the mark moves with the newest that was seen. Not past what is kept aside where nobody may be there to ask for it,
    /// so that the next look begins with that; and while something is, the session isn't taken to be compared.
    pub(super) fn mark_to(&self, turn: &FetchState, mark: &Mark, newest: Option<Timestamp>) -> Mark {
        let newest = match turn.aside.earliest().filter(|_| !self.is_attended()) {
            Some(first) => newest.min(Some(first)).max(mark.newest),
            None => newest,
        };
        Mark { newest, reconciled: mark.reconciled.filter(|_| turn.aside.is_empty()), ..mark.clone() }
    }

    fn is_attended(&self) -> bool {
        self.attended.load(Ordering::Relaxed) > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(id: &str, content: &str) -> SeenActivity {
        let body = format!(r#"{{"id": "{id}"{content}}}"#);
        SeenActivity { activity: Activity::from_wire(&body).unwrap(), body: body.into() }
    }

    #[tokio::test(start_paused = true)]
    async fn an_empty_one_is_asked_for_three_times_and_then_taken_as_it_is() {
        let (mut aside, begin) = (EmptyActivities::default(), Instant::now());
        let page = vec![seen("a", ""), seen("b", r#", "sessionCompleted": {}"#)];
        let through = aside.sort_out(page, begin, Activity::is_empty);
        assert_eq!(through.len(), 1);
        let mut stored = Vec::new();
        for second in 0..100 {
            let now = begin + Duration::from_secs(second);
            for id in aside.due(now) {
                stored.push((second, aside.asked(&id, Some(seen(&id, "")), now).is_some()));
            }
        }
        assert_eq!(stored, [(2, false), (10, false), (60, true)]);
        assert!(aside.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn what_becomes_whole_is_let_through_whoever_shows_it() {
        let (mut aside, now) = (EmptyActivities::default(), Instant::now());
        aside.sort_out(vec![seen("a", ""), seen("b", ""), seen("c", "")], now, Activity::is_empty);
        let whole = |id| seen(id, r#", "description": "here""#);
        assert_eq!(aside.sort_out(vec![whole("a")], now, Activity::is_empty).len(), 1);
        assert!(aside.asked("b", Some(whole("b")), now).is_some());
        assert!(aside.asked("c", None, now).is_none(), "gone since");
        assert!(aside.is_empty() && !aside.has("a"));
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_back_after_a_minute_takes_it_as_it_is() {
        let (mut aside, now) = (EmptyActivities::default(), Instant::now());
        aside.sort_out(vec![seen("a", "")], now, Activity::is_empty);
        let later = now + AS_IT_IS_AFTER;
        assert_eq!(aside.due(later), ["a"]);
        assert!(aside.asked("a", Some(seen("a", "")), later).is_some());
    }

    #[test]
    fn what_was_created_in_the_last_minute_may_become_whole() {
        let created = "2026-01-02T03:04:05Z".parse::<Timestamp>().unwrap();
        let may = |content, seconds| {
            may_become_whole(&seen("a", content).activity, created.later(Duration::from_secs(seconds)))
        };
        let time = r#", "createTime": "2026-01-02T03:04:05Z""#;
        assert_eq!([0, 59, 60].map(|seconds| may(time, seconds)), [true, true, false]);
        assert!(!may("", 0), "nobody knows when it was created");
        assert!(!may(r#", "createTime": "2026-01-02T03:04:05Z", "sessionCompleted": {}"#, 0));
    }
}
