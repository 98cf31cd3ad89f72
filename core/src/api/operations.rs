//! The twelve operations of the service as functions: their paths and parameters, and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::transport::{Operation, Reply, Request, Transport};
use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::model::{Activity, Page, SessionId, SessionInfo, SessionState, Source, Timestamp};

/// The most that the server puts on one page.
pub(crate) const LARGEST_PAGE: u32 = 100;
const ACTIVITY_FIELDS: &str = "activities(id,createTime),nextPageToken";
const SESSION_FIELDS: &str = "sessions(id,state,updateTime),nextPageToken";
const RECENT_FIELDS: &str = "sessions(id,prompt,title,state,createTime,sourceContext),nextPageToken";
const USE_FIELDS: &str = "sessions(id,state,createTime,archived),nextPageToken";

/// The service behind one client.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) transport: Arc<Transport>,
    refused: Arc<Refused>,
}

/// What this server has turned out not to understand. Found once, remembered for the client's life.
#[derive(Debug, Default)]
struct Refused {
    filter: AtomicBool,
    fields: AtomicBool,
}

/// A session as the server sent it, read and raw.
#[derive(Clone, Debug)]
pub(crate) struct SeenSession {
    pub(crate) info: SessionInfo,
    pub(crate) body: Box<str>,
}

/// An activity as the server sent it, read and raw.
#[derive(Clone, Debug)]
pub(crate) struct SeenActivity {
    pub(crate) activity: Activity,
    pub(crate) body: Box<str>,
}

/// One page of activities.
#[derive(Debug)]
pub(crate) struct ActivityPage {
    pub(crate) items: Vec<SeenActivity>,
    pub(crate) next_page_token: Option<String>,
    pub(crate) date: Option<Timestamp>,
}

/// What to ask a listing of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listing {
    pub(crate) page_size: Option<u32>,
    pub(crate) page_token: Option<String>,
    pub(crate) filter: Option<String>,
}

/// What a light listing tells of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LightSession {
    pub(crate) id: SessionId,
    pub(crate) state: SessionState,
    /// A hint: it may stand still.
    pub(crate) update_time: Option<Timestamp>,
}

impl LightSession {
    fn read(raw: &RawValue) -> Option<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire {
            id: String,
            #[serde(default)]
            state: String,
            #[serde(default)]
            update_time: Value,
        }
        let wire: Wire = serde_json::from_str(raw.get()).ok()?;
        Some(Self {
            id: SessionId::parse(&wire.id).ok()?,
            state: SessionState::from_wire(&wire.state),
            update_time: wire.update_time.as_str().and_then(|time| time.parse().ok()),
        })
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WirePage {
    activities: Option<Vec<Box<RawValue>>>,
    sessions: Option<Vec<Box<RawValue>>>,
    sources: Option<Vec<Value>>,
    next_page_token: Option<String>,
}

impl Service {
    pub(crate) fn new(transport: Arc<Transport>) -> Self {
        Self { transport, refused: Arc::default() }
    }

    /// `sources.get`
    pub(crate) async fn source(&self, name: &str) -> Result<Source> {
        let request = Request::new(Operation::SourcesGet, name.split('/'));
        let reply: Reply<Value> = self.transport.call(&request).await?;
        Source::from_wire(&reply.value).ok_or_else(|| {
            Error::new(ErrorKind::Decode, "the source in the answer has no name").while_doing("reading the source")
        })
    }

    /// `sources.list`
    pub(crate) async fn sources(&self, listing: &Listing) -> Result<Page<Source>> {
        let page = self.page(list(Operation::SourcesList, ["sources"], listing)).await?.value;
        let sources = page.sources.unwrap_or_default();
        Ok(Page::new(sources.iter().filter_map(Source::from_wire).collect(), page.next_page_token))
    }

    /// `sessions.get`
    pub(crate) async fn session(&self, id: &SessionId) -> Result<SeenSession> {
        let request = Request::new(Operation::SessionsGet, ["sessions", id.as_str()]);
        let reply: Reply<Box<RawValue>> = self.transport.call(&request).await?;
        let seen = SeenSession::read(&reply.value);
        seen.filter(|seen| seen.info.id == id.as_str()).ok_or_else(|| {
            Error::new(ErrorKind::Decode, format!("the answer is not session {id}")).while_doing("reading the session")
        })
    }

    /// `sessions.list`
    pub(crate) async fn sessions(&self, listing: &Listing) -> Result<Reply<Page<SeenSession>>> {
        let reply = self.page(list(Operation::SessionsList, ["sessions"], listing)).await?;
        let sessions = reply.value.sessions.unwrap_or_default();
        let items = sessions.iter().filter_map(|raw| SeenSession::read(raw)).collect();
        Ok(Reply { value: Page::new(items, reply.value.next_page_token), date: reply.date })
    }

    /// `sessions.list`, with what tells which session a create made, where the server can do that.
    pub(crate) async fn recent_sessions(&self, listing: &Listing) -> Result<Reply<Page<SeenSession>>> {
        self.some_of_sessions(listing, RECENT_FIELDS).await
    }

    /// `sessions.list`, with what tells what a plan is used for, where the server can do that.
    pub(crate) async fn sessions_in_use(&self, listing: &Listing) -> Result<Reply<Page<SeenSession>>> {
        self.some_of_sessions(listing, USE_FIELDS).await
    }

    async fn some_of_sessions(&self, listing: &Listing, fields: &'static str) -> Result<Reply<Page<SeenSession>>> {
        let reply = self.lightly(list(Operation::SessionsList, ["sessions"], listing), fields).await?;
        let sessions = reply.value.sessions.unwrap_or_default();
        let items = sessions.iter().filter_map(|raw| SeenSession::read(raw)).collect();
        Ok(Reply { value: Page::new(items, reply.value.next_page_token), date: reply.date })
    }

    /// `sessions.list`, only ids and states where the server can do that.
    pub(crate) async fn session_states(&self, listing: &Listing) -> Result<Page<(SessionId, SessionState)>> {
        let Page { items, next_page_token } = self.light_sessions(listing).await?;
        Ok(Page::new(items.into_iter().map(|light| (light.id, light.state)).collect(), next_page_token))
    }

    /// `sessions.list`, only what tells whether a session has changed, where the server can do that.
    pub(crate) async fn light_sessions(&self, listing: &Listing) -> Result<Page<LightSession>> {
        let request = list(Operation::SessionsList, ["sessions"], listing);
        let page = self.lightly(request, SESSION_FIELDS).await?.value;
        let sessions = page.sessions.unwrap_or_default();
        Ok(Page::new(sessions.iter().filter_map(|raw| LightSession::read(raw)).collect(), page.next_page_token))
    }

    /// `sessions.create`
    pub(crate) fn create_request(body: Value) -> Request {
        Request::new(Operation::SessionsCreate, ["sessions"]).body(body)
    }

    /// `sessions.sendMessage`
    pub(crate) fn message_request(id: &SessionId, text: &str) -> Request {
        Request::new(Operation::SessionsSendMessage, ["sessions", id.as_str()])
            .verb(":sendMessage")
            .body(json!({ "prompt": text }))
    }

    /// `sessions.approvePlan`
    pub(crate) fn approval_request(id: &SessionId) -> Request {
        Request::new(Operation::SessionsApprovePlan, ["sessions", id.as_str()]).verb(":approvePlan").body(json!({}))
    }

    /// `sessions.archive` or `sessions.unarchive`
    pub(crate) async fn archive(&self, id: &SessionId, archived: bool) -> Result<()> {
        let (operation, verb) = match archived {
            true => (Operation::SessionsArchive, ":archive"),
            false => (Operation::SessionsUnarchive, ":unarchive"),
        };
        let request = Request::new(operation, ["sessions", id.as_str()]).verb(verb).body(json!({}));
        self.transport.call::<Value>(&request).await.map(drop)
    }

    /// `sessions.delete`
    pub(crate) async fn delete(&self, id: &SessionId) -> Result<()> {
        let request = Request::new(Operation::SessionsDelete, ["sessions", id.as_str()]);
        self.transport.call::<Value>(&request).await.map(drop)
    }

    /// `activities.get`
    pub(crate) async fn activity(&self, id: &SessionId, activity: &str) -> Result<SeenActivity> {
        let path = ["sessions", id.as_str(), "activities", activity];
        let reply: Reply<Box<RawValue>> = self.transport.call(&Request::new(Operation::ActivitiesGet, path)).await?;
        let activity = Activity::from_wire(reply.value.get())?;
        Ok(SeenActivity { activity, body: reply.value.get().into() })
    }

    /// `activities.list`
    pub(crate) async fn activities(&self, id: &SessionId, listing: &Listing) -> Result<ActivityPage> {
        let request = list(Operation::ActivitiesList, ["sessions", id.as_str(), "activities"], listing);
        self.page(request).await.map(ActivityPage::from)
    }

    /// `activities.list`, only ids and times where the server can do that; else whole activities.
    pub(crate) async fn activity_ids(&self, id: &SessionId, listing: &Listing) -> Result<ActivityPage> {
        let request = list(Operation::ActivitiesList, ["sessions", id.as_str(), "activities"], listing);
        self.lightly(request, ACTIVITY_FIELDS).await.map(ActivityPage::from)
    }

    /// Asks for some fields only, and for everything where the server refuses that.
    async fn lightly(&self, request: Request, fields: &'static str) -> Result<Reply<WirePage>> {
        if !self.refused.fields.load(Ordering::Relaxed) {
            match self.page(request.clone().query("fields", fields)).await {
                Err(error) if error.kind() == ErrorKind::InvalidRequest => {}
                result => return result,
            }
        }
        let reply = self.page(request).await?;
        // The same without `fields` went well: it was that.
        self.refused.fields.store(true, Ordering::Relaxed);
        Ok(reply)
    }

    /// Whether the server understands filters of activities, as far as is known.
    pub(crate) fn filters(&self) -> bool {
        !self.refused.filter.load(Ordering::Relaxed)
    }

    pub(crate) fn stop_filtering(&self) {
        tracing::info!(target: "jules::watch", "the server refuses filters; reading from the last page on instead");
        self.refused.filter.store(true, Ordering::Relaxed);
    }

    async fn page(&self, request: Request) -> Result<Reply<WirePage>> {
        self.transport.call(&request).await
    }
}

impl From<Reply<WirePage>> for ActivityPage {
    fn from(Reply { value: page, date }: Reply<WirePage>) -> Self {
        let items = page.activities.unwrap_or_default();
        Self {
            items: items.iter().filter_map(|raw| SeenActivity::read(raw)).collect(),
            next_page_token: page.next_page_token.filter(|token| !token.is_empty()),
            date,
        }
    }
}

fn list<'a>(operation: Operation, path: impl IntoIterator<Item = &'a str>, listing: &Listing) -> Request {
    Request::new(operation, path)
        .query_opt("pageSize", listing.page_size.map(|size| size.to_string()))
        .query_opt("pageToken", listing.page_token.clone())
        .query_opt("filter", listing.filter.clone())
}

impl SeenSession {
    pub(crate) fn read(raw: &RawValue) -> Option<Self> {
        SessionInfo::from_wire(raw.get()).map(|info| Self { info, body: raw.get().into() })
    }
}

impl SeenActivity {
    /// Reads an activity; nothing when it has no id.
    fn read(raw: &RawValue) -> Option<Self> {
        match Activity::from_wire(raw.get()) {
            Ok(activity) => Some(Self { activity, body: raw.get().into() }),
            Err(error) => {
                tracing::warn!(target: "jules::watch", %error, "an activity was skipped");
                None
            }
        }
    }
}
