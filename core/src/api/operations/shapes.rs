//! What the operations answer: read, and raw beside it. An item that can't be read doesn't take its neighbours with it, and
//! none is passed over without a word.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::api::transport::{FromBody, Reply, Request, raw};
use crate::ground::model::{Activity, Page, SessionId, SessionInfo, SessionState, Source, Timestamp};
use crate::ground::printable::cut;

const LONGEST_QUOTE: usize = 200;

/// A session as the server sent it, read and raw.
#[derive(Clone, Debug)]
pub(crate) struct SeenSession {
    pub(crate) info: SessionInfo,
    pub(crate) body: Box<str>,
    /// Whether it was asked for without its outputs: then it must not replace what is known of those.
    pub(crate) is_partial: bool,
}

/// An activity as the server sent it, read and raw.
#[derive(Clone, Debug)]
pub(crate) struct SeenActivity {
    pub(crate) activity: Activity,
    pub(crate) body: Box<str>,
}

/// One page of activities, in order of their time.
#[derive(Debug)]
pub(crate) struct ActivityPage {
    pub(crate) items: Vec<SeenActivity>,
    pub(crate) next_page_token: Option<String>,
    pub(crate) date: Option<Timestamp>,
}

/// What a light listing tells of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LightSession {
    pub(crate) id: SessionId,
    pub(crate) state: SessionState,
    /// A hint: it may stand still.
    pub(crate) update_time: Option<Timestamp>,
    pub(crate) archived: bool,
}

/// A page of any listing.
#[derive(Debug, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct WirePage {
    pub(super) activities: Option<Vec<Box<RawValue>>>,
    pub(super) sessions: Option<Vec<Box<RawValue>>>,
    sources: Option<Vec<Box<RawValue>>>,
    pub(super) next_page_token: Option<String>,
    /// No page has this: something else answered.
    error: Option<Value>,
}

impl FromBody for WirePage {
    fn read(text: &str, _: &Request) -> Result<Self, String> {
        // What isn't an object says so in words of its own.
        let page = match text.trim_ascii_start().starts_with('{') {
            true => serde_json::from_str::<Self>(text).map_err(|cause| cause.to_string())?,
            false => return Err(raw(text).err().unwrap_or_default()),
        };
        match &page.error {
            Some(error) => Err(format!("it has no items, but \"error\": {}", cut(&error.to_string(), LONGEST_QUOTE))),
            None => Ok(page),
        }
    }
}

impl FromBody for SeenSession {
    fn read(text: &str, request: &Request) -> Result<Self, String> {
        let seen = Self::parse(raw(text)?.get()).ok_or("it is not a session")?;
        match request.session() {
            Some(id) if id != seen.info.id => Err(format!("it is not the session {id}")),
            _ => Ok(seen),
        }
    }
}

impl FromBody for SeenActivity {
    fn read(text: &str, request: &Request) -> Result<Self, String> {
        let seen = Self::parse(raw(text)?.get()).ok_or("it is not an activity")?;
        match request.activity() {
            Some(id) if id != seen.activity.id => Err(format!("it is not the activity {id}")),
            _ => Ok(seen),
        }
    }
}

impl FromBody for Source {
    fn read(text: &str, _: &Request) -> Result<Self, String> {
        let value = serde_json::from_str(raw(text)?.get()).map_err(|cause| cause.to_string())?;
        let source = Self::from_wire(&value).ok_or("it is not a source")?;
        // Sources have gone by other names than they were asked for by; another thing's name isn't one of them.
        if source.name.starts_with("sessions/") { Err("it is not a source".to_owned()) } else { Ok(source) }
    }
}

impl LightSession {
    /// Whether it has neither ended nor been put aside.
    pub(crate) fn goes_on(&self) -> bool {
        !self.archived && !self.state.is_terminal()
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let info = SessionInfo::from_wire(text)?;
        Some(Self {
            id: SessionId::parse(&info.id).ok()?,
            state: info.state,
            update_time: info.update_time,
            archived: info.archived,
        })
    }
}

impl SeenSession {
    pub(super) fn parse(text: &str) -> Option<Self> {
        SessionInfo::from_wire(text).map(|info| Self { info, body: text.into(), is_partial: false })
    }
}

impl SeenActivity {
    fn parse(text: &str) -> Option<Self> {
        Activity::from_wire(text).ok().map(|activity| Self { activity, body: text.into() })
    }
}

impl WirePage {
    pub(super) fn sessions<T>(&mut self, read: impl Fn(&str) -> Option<T>) -> Vec<T> {
        each(self.sessions.take(), "session", read, |item, _| item)
    }

    pub(super) fn sources(&mut self) -> Vec<Source> {
        let read = |text: &str| Source::from_wire(&serde_json::from_str(text).ok()?);
        each(self.sources.take(), "source", read, |item, _| item)
    }
}

impl From<Reply<WirePage>> for ActivityPage {
    fn from(Reply { value: page, date }: Reply<WirePage>) -> Self {
        let read = |text: &str| Activity::from_wire(text).ok();
        let mut items = each(page.activities, "activity", read, |activity, body| SeenActivity { activity, body });
        in_order(&mut items, |seen| seen.activity.create_time);
        Self { items, next_page_token: page.next_page_token.filter(|token| !token.is_empty()), date }
    }
}

impl Reply<WirePage> {
    /// The whole page with what was read of it.
    pub(super) fn page<T>(self, items: Vec<T>) -> Reply<Page<T>> {
        Reply { value: Page::new(items, self.value.next_page_token), date: self.date }
    }
}

/// Reads one item after the other, and makes what is wanted of it and of its JSON. What has no usable id can't be kept by
/// anybody: it is counted, and shown in the log.
fn each<R, T>(
    items: Option<Vec<Box<RawValue>>>,
    what: &str,
    read: impl Fn(&str) -> Option<R>,
    make: impl Fn(R, Box<str>) -> T,
) -> Vec<T> {
    let items = items.unwrap_or_default();
    let mut found = Vec::with_capacity(items.len());
    let mut skipped = 0_usize;
    for item in items {
        match read(item.get()) {
            Some(known) => found.push(make(known, item.into())),
            None => {
                skipped += 1;
                tracing::warn!(target: "jules::http", what, skipped, json = &*cut(item.get(), LONGEST_QUOTE), "an item without a usable id");
            }
        }
    }
    found
}

/// Puts what has a time in its order; what has none keeps its place, and so do equals among each other.
fn in_order<T, K: Ord + Copy>(items: &mut Vec<T>, time: impl Fn(&T) -> Option<K>) {
    let mut places: Vec<_> = (0..items.len()).filter_map(|place| Some((time(&items[place])?, place))).collect();
    if places.is_sorted_by_key(|(time, _)| *time) {
        return;
    }
    let free: Vec<_> = places.iter().map(|(_, place)| *place).collect();
    places.sort_by_key(|(time, _)| *time);
    let mut from: Vec<_> = (0..items.len()).collect();
    for (place, (_, source)) in free.into_iter().zip(places) {
        from[place] = source;
    }
    let mut taken: Vec<_> = items.drain(..).map(Some).collect();
    items.extend(from.into_iter().filter_map(|source| taken[source].take()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::transport::Operation;

    #[test]
    fn an_answer_is_in_order_of_time_and_what_has_none_keeps_its_place() {
        for (given, wanted) in [
            (vec![(Some(3), 'a'), (None, 'b'), (Some(1), 'c'), (Some(3), 'd'), (Some(2), 'e')], "cbead"),
            (vec![(None, 'a'), (None, 'b')], "ab"),
            (vec![(Some(1), 'a'), (None, 'b'), (Some(1), 'c')], "abc"),
            (vec![(Some(2), 'a'), (Some(1), 'b'), (None, 'c')], "bac"),
            (vec![], ""),
        ] {
            let mut items = given;
            in_order(&mut items, |(time, _)| *time);
            assert_eq!(items.into_iter().map(|(_, name)| name).collect::<String>(), wanted);
        }
    }

    #[test]
    fn what_is_not_the_answer_is_told_from_what_is() {
        let list = Request::new(Operation::ActivitiesList, ["sessions", "1", "activities"]);
        for (text, fine) in [
            ("{}", true),
            (r#"{"activities": null}"#, true),
            (r#"{"newer": 1}"#, true),
            ("", false),
            ("null", false),
            ("[]", false),
            (r#"{"error": "login"}"#, false),
            (r#"{"activities": "none"}"#, false),
        ] {
            assert_eq!(WirePage::read(text, &list).is_ok(), fine, "{text}");
        }
        let get = Request::new(Operation::SessionsGet, ["sessions", "1"]);
        for (text, fine) in [
            (r#"{"id": "1", "archived": "yes", "url": 5}"#, true),
            (r#"{"name": "sessions/1"}"#, true),
            (r#"{"id": "2"}"#, false),
            ("{}", false),
            ("", false),
            (r#"{"error": "login"}"#, false),
        ] {
            assert_eq!(SeenSession::read(text, &get).is_ok(), fine, "{text}");
        }
        let get = Request::new(Operation::ActivitiesGet, ["sessions", "1", "activities", "a"]);
        for (text, fine) in
            [(r#"{"id": "a"}"#, true), (r#"{"name": "sessions/1/activities/a"}"#, true), (r#"{"id": "b"}"#, false)]
        {
            assert_eq!(SeenActivity::read(text, &get).is_ok(), fine, "{text}");
        }
        let get = Request::new(Operation::SourcesGet, ["sources", "github", "o", "r"]);
        for (text, fine) in [(r#"{"name": "sources/github-o-r"}"#, true), (r#"{"name": "sessions/1"}"#, false)] {
            assert_eq!(Source::read(text, &get).is_ok(), fine, "{text}");
        }
    }

    #[test]
    fn an_item_without_an_id_takes_nothing_with_it() {
        let list = Request::new(Operation::ActivitiesList, ["sessions", "1", "activities"]);
        let text = r#"{"activities": [{"id": "a"}, {"progressUpdated": {}}, 7, {"id": "b"}]}"#;
        let page = ActivityPage::from(Reply { value: WirePage::read(text, &list).unwrap(), date: None });
        let ids: Vec<_> = page.items.iter().map(|seen| seen.activity.id.as_str()).collect();
        assert_eq!(ids, ["a", "b"]);
    }
}
