//! The twelve operations of the service as functions: their paths and parameters, what is asked of them lightly, and how a
//! page that is too heavy gets lighter.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use super::transport::{Delivery, Failure, FromBody, Operation, Reply, Request, Transport};
use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::model::{Page, SessionId, Source};

mod bare;
mod page_size;
mod shapes;
mod unsupported;

use page_size::PageSize;
use shapes::WirePage;
pub(crate) use shapes::{ActivityPage, LightSession, SeenActivity, SeenSession};
use unsupported::{Parameter, UnsupportedParameters};

/// The most that the server puts on one page.
pub(crate) const LARGEST_PAGE: u32 = 100;
const ACTIVITY_FIELDS: &str = "activities(id,createTime),nextPageToken";
const SESSION_FIELDS: &str = "sessions(id,state,updateTime,archived),nextPageToken";
const RECENT_FIELDS: &str = "sessions(id,prompt,title,state,createTime,sourceContext),nextPageToken";
const USE_FIELDS: &str = "sessions(id,state,createTime,archived),nextPageToken";
const SOURCES_FIELDS: &str = "sources(name,id,githubRepo(owner,repo,isPrivate,defaultBranch)),nextPageToken";
const SOURCE_FIELDS: &str = "name,id,githubRepo(owner,repo,isPrivate,defaultBranch)";

/// The service behind one client.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) transport: Arc<Transport>,
    refused: Arc<UnsupportedParameters>,
    sizes: Arc<Sizes>,
}

/// The page sizes that do, of each operation in its light and its whole form.
#[derive(Debug, Default)]
struct Sizes(Mutex<HashMap<(Operation, bool), PageSize>>);

impl Sizes {
    fn with<T>(&self, key: (Operation, bool), act: impl FnOnce(&mut PageSize) -> T) -> T {
        act(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default())
    }
}

/// What to ask a listing of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listing {
    pub(crate) page_size: Option<u32>,
    pub(crate) page_token: Option<String>,
    pub(crate) filter: Option<String>,
}

/// How much of each item to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Whole,
    /// These fields only, where the server can do that.
    Only(&'static str),
}

impl Service {
    pub(crate) fn new(transport: Arc<Transport>) -> Self {
        Self { transport, refused: Arc::default(), sizes: Arc::default() }
    }

    /// `sources.get`
    pub(crate) async fn source(&self, name: &str) -> Result<Source> {
        self.transport.call(&source_request(name)).await.map(|reply: Reply<Source>| reply.value)
    }

    /// `sources.get`, without the names of its branches where the server can do that.
    pub(crate) async fn source_without_branches(&self, name: &str) -> Result<Source> {
        let (source, _) = self.get_lightly(source_request(name), SOURCE_FIELDS).await?;
        Ok(source)
    }

    /// `sources.list`
    pub(crate) async fn sources(&self, listing: &Listing) -> Result<Page<Source>> {
        self.listed_sources(listing, Form::Whole).await
    }

    /// `sources.list`, without the names of the branches where the server can do that: they are most of the answer.
    pub(crate) async fn sources_without_branches(&self, listing: &Listing) -> Result<Page<Source>> {
        self.listed_sources(listing, Form::Only(SOURCES_FIELDS)).await
    }

    async fn listed_sources(&self, listing: &Listing, form: Form) -> Result<Page<Source>> {
        let (mut reply, _) = self.list(Operation::SourcesList, &["sources"], listing, form).await?;
        let items = reply.value.sources();
        Ok(reply.page(items).value)
    }

    /// `sessions.get`
    pub(crate) async fn session(&self, id: &SessionId) -> Result<SeenSession> {
        self.get(Request::new(Operation::SessionsGet, ["sessions", id.as_str()])).await
    }

    /// `sessions.list`
    pub(crate) async fn sessions(&self, listing: &Listing) -> Result<Reply<Page<SeenSession>>> {
        self.listed_sessions(listing, Form::Whole).await
    }

    /// `sessions.list`, with what tells which session a create made, where the server can do that. Partial records.
    pub(crate) async fn recent_sessions(&self, listing: &Listing) -> Result<Reply<Page<SeenSession>>> {
        self.listed_sessions(listing, Form::Only(RECENT_FIELDS)).await
    }

    /// `sessions.list`, with what tells what a plan is used for, where the server can do that. Partial records.
    pub(crate) async fn sessions_in_use(&self, listing: &Listing) -> Result<Reply<Page<SeenSession>>> {
        self.listed_sessions(listing, Form::Only(USE_FIELDS)).await
    }

    /// `sessions.list`, all but the outputs where the server can do that. Partial records.
    pub(crate) async fn sessions_without_outputs(&self, listing: &Listing) -> Result<Reply<Page<SeenSession>>> {
        self.listed_sessions(listing, Form::Only(bare::SESSIONS)).await
    }

    async fn listed_sessions(&self, listing: &Listing, form: Form) -> Result<Reply<Page<SeenSession>>> {
        let (mut reply, light) = self.list(Operation::SessionsList, &["sessions"], listing, form).await?;
        let mut items = reply.value.sessions(SeenSession::parse);
        items.iter_mut().for_each(|seen| seen.is_partial = light);
        Ok(reply.page(items))
    }

    /// `sessions.list`, only what tells whether a session has changed, where the server can do that.
    pub(crate) async fn light_sessions(&self, listing: &Listing) -> Result<Page<LightSession>> {
        let form = Form::Only(SESSION_FIELDS);
        let (mut reply, _) = self.list(Operation::SessionsList, &["sessions"], listing, form).await?;
        let items = reply.value.sessions(LightSession::parse);
        Ok(reply.page(items).value)
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
        self.get(Request::new(Operation::ActivitiesGet, path)).await
    }

    /// `activities.list`
    pub(crate) async fn activities(&self, id: &SessionId, listing: &Listing) -> Result<ActivityPage> {
        self.listed_activities(id, listing, Form::Whole).await
    }

    /// `activities.list`, only ids and times where the server can do that; else whole activities.
    pub(crate) async fn activity_ids(&self, id: &SessionId, listing: &Listing) -> Result<ActivityPage> {
        self.listed_activities(id, listing, Form::Only(ACTIVITY_FIELDS)).await
    }

    async fn listed_activities(&self, id: &SessionId, listing: &Listing, form: Form) -> Result<ActivityPage> {
        let path = ["sessions", id.as_str(), "activities"];
        let (reply, _) = self.list(Operation::ActivitiesList, &path, listing, form).await?;
        if listing.filter.is_some() {
            self.refused.worked(Operation::ActivitiesList, Parameter::Filter);
        }
        Ok(reply.into())
    }

    /// Whether to use filters of activities: not for a while after the server has refused one.
    pub(crate) fn filters(&self) -> bool {
        self.refused.allows(Operation::ActivitiesList, Parameter::Filter)
    }

    /// A filter was refused with this error, and the same was answered without one.
    pub(crate) fn stop_filtering(&self, error: &Error) {
        self.refused.refused(Operation::ActivitiesList, Parameter::Filter, error.is_authoritative());
    }

    /// A page, and whether it has the asked-for fields only. Where the server refuses `fields`, it has everything.
    async fn list(
        &self,
        operation: Operation,
        path: &[&str],
        listing: &Listing,
        form: Form,
    ) -> Result<(Reply<WirePage>, bool)> {
        let request = Request::new(operation, path.iter().copied())
            .query_opt("pageSize", listing.page_size.map(|size| size.to_string()))
            .query_opt("pageToken", listing.page_token.clone())
            .query_opt("filter", listing.filter.clone());
        let page = |request, light| Box::pin(self.page(request, listing.page_size, light));
        let Form::Only(fields) = form else {
            return page(request, false).await.map(|reply| (reply, false));
        };
        self.lightly(operation, page(request.clone().query("fields", fields), true), page(request, false)).await
    }

    async fn get_lightly<T: FromBody>(&self, request: Request, fields: &'static str) -> Result<(T, bool)> {
        let light = request.clone().query("fields", fields);
        let lightly = self.transport.call(&light);
        let (reply, light) = self.lightly(request.operation, lightly, self.transport.call(&request)).await?;
        Ok((reply.value, light))
    }

    /// Asks lightly, and else as a whole. Only when that went well was it the fields that the server refused.
    async fn lightly<T>(
        &self,
        operation: Operation,
        lightly: impl Future<Output = Result<T>>,
        whole: impl Future<Output = Result<T>>,
    ) -> Result<(T, bool)> {
        let allowed = self.refused.allows(operation, Parameter::Fields);
        let mut by_google = false;
        if allowed {
            match lightly.await {
                Err(error) if error.status() == Some(400) && error.kind() == ErrorKind::InvalidRequest => {
                    by_google = error.is_authoritative();
                }
                result => {
                    if result.is_ok() {
                        self.refused.worked(operation, Parameter::Fields);
                    }
                    return result.map(|reply| (reply, true));
                }
            }
        }
        if allowed {
            self.transport.again(operation).await;
        }
        let reply = whole.await?;
        if allowed {
            self.refused.refused(operation, Parameter::Fields, by_google);
        }
        Ok((reply, false))
    }

    /// A page, in halves where it is too much at once; an item that is too large by itself without what makes it so.
    async fn page(&self, mut request: Request, wanted: Option<u32>, light: bool) -> Result<Reply<WirePage>> {
        let key = (request.operation, light);
        let mut asked = self.sizes.with(key, |size| size.ask(wanted));
        if let Some(size) = asked {
            request.set_query("pageSize", size.to_string());
        }
        let lighter = |request: &mut Request, failure: &Failure| {
            let next = if is_heavy(failure) { self.sizes.with(key, |size| size.heavy(asked)) } else { None };
            asked = next.or(asked);
            if let Some(next) = next {
                tracing::info!(target: "jules::http", operation = request.operation.name(), next, "a page was too heavy");
                request.set_query("pageSize", next.to_string());
            }
            next.is_some()
        };
        match self.transport.call_lighter(request.clone(), lighter).await {
            Err(error) if !light && asked == Some(1) => {
                request.set_query("pageSize", "1");
                Box::pin(self.bare(request, error)).await
            }
            result => {
                if result.is_ok() {
                    self.sizes.with(key, PageSize::fine);
                }
                result
            }
        }
    }

    /// One item; without what makes it too large, where it is that.
    async fn get<T: FromBody>(&self, request: Request) -> Result<T> {
        match self.transport.call(&request).await {
            Err(error) => Box::pin(self.bare(request, error)).await.map(|reply| reply.value),
            Ok(reply) => Ok(reply.value),
        }
    }

    async fn bare<T: FromBody>(&self, request: Request, error: Error) -> Result<Reply<T>> {
        let (Some(bytes), Some((fields, _))) = (error.too_large(), bare::of(request.operation)) else {
            return Err(error);
        };
        tracing::warn!(target: "jules::http", operation = request.operation.name(), bytes, "an item is too large; reading it without the large fields");
        self.transport.again(request.operation).await;
        let reply: Reply<bare::Text> = self.transport.call(&request.clone().query("fields", fields)).await?;
        let text = bare::with_mark(&reply.value.0, request.operation, bytes);
        let read = text.and_then(|text| T::read(&text, &request).ok());
        read.map(|value| Reply { value, date: reply.date }).ok_or(error)
    }
}

/// Whether asking for less may help.
fn is_heavy(Failure { error, effect }: &Failure) -> bool {
    let slow = error.kind() == ErrorKind::Timeout || error.status() == Some(504);
    error.too_large().is_some() || (slow && *effect == Delivery::Perhaps)
}

fn source_request(name: &str) -> Request {
    Request::new(Operation::SourcesGet, name.split('/'))
}
