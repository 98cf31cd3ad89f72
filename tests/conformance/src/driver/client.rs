//! The operations of the client, of runs and of outcomes.

use std::sync::{Arc, Mutex, PoisonError};

use futures::{Stream, StreamExt};
use jules::{Outcome, Query, SessionsOptions, SourcesOptions, SyncProgress};
use reqwest::Method;
use serde::Serialize;
use serde_json::{Value, json};

use super::failure::Failure;
use super::options;
use super::stage::{Call, Handle, Stage};

impl Stage {
    pub(super) async fn operate(&mut self, call: &Call<'_>) -> Result<Value, Failure> {
        let with = &call.with;
        match call.operation {
            "session.create" => {
                let session = self.client_of(call)?.create_session(options::run(with)).await?;
                let id = json!({ "id": session.id() });
                self.keep(call, Handle::Session(session));
                Ok(id)
            }
            "session.open" => {
                let session = self.client_of(call)?.session(&options::string(with, "id"))?;
                let id = json!({ "id": session.id() });
                self.keep(call, Handle::Session(session));
                Ok(id)
            }
            "run" => {
                let outcome = self.client_of(call)?.run(options::run(with)).await?;
                self.ended(call, outcome)
            }
            "run.start" => {
                let run = self.client_of(call)?.run(options::run(with));
                self.keep(call, Handle::Run(run));
                Ok(Value::Null)
            }
            "run.outcome" => {
                let outcome = self.run(call)?.await?;
                self.ended(call, outcome)
            }
            "run.session" => {
                let session = self.run(call)?.session().await?;
                let id = json!({ "id": session.id() });
                self.keep(call, Handle::Session(session));
                Ok(id)
            }
            "run.stream" => items(self.run(call)?.stream(options::stream(with)), call.take).await,
            "completed" | "generatedFiles" | "changeSet.parsed" | "changeSet.applyTo" | "readAgain" | "summary"
            | "bashText" | "mediaText" => self.operate_on_outcome(call),
            "snapshot.json" => Ok(self.snapshot(call)?.to_json(&options::snapshot_fields(with))?),
            "snapshot.markdown" => Ok(json!(self.snapshot(call)?.to_markdown())),
            "sync" => self.sync(call).await,
            "source" => plain(&self.client()?.source(&options::string(with, "github")).await?),
            "sources" => items(self.client()?.sources(sources(call)), call.take).await,
            "sources.page" => {
                let page = self.client()?.sources(sources(call)).page().await?;
                named_page("sources", &page.items, page.next_page_token.as_deref())
            }
            "sessions" => items(self.client()?.sessions(sessions(call)), call.take).await,
            "sessions.page" => {
                let page = self.client()?.sessions(sessions(call)).page().await?;
                named_page("sessions", &page.items, page.next_page_token.as_deref())
            }
            "select" if call.on.is_none() => {
                let query = Query::from_json(options::value(with, "query"))?;
                Ok(Value::Array(self.client()?.select(query).await?))
            }
            "cacheInfo" => plain(&self.client()?.cache_info().await?),
            "all" => self.all(call).await,
            "all.created" => self.all_created(call).await,
            "all.iterate" => self.iterate_all(call).await,
            "quota" => plain(&self.client_of(call)?.quota().await?),
            "metrics" => plain(&self.client()?.metrics()),
            "recentRequests" => plain(&self.client()?.recent_requests()),
            "client.other" => self.another_client(call),
            "queue" => self.queue(call),
            operation if operation.starts_with("queue.") => self.operate_on_queue(call).await,
            "close" => {
                self.client()?.close().await;
                Ok(Value::Null)
            }
            "control" => self.control(call).await,
            _ => self.operate_on_session(call).await,
        }
    }

    pub(super) fn ended(&mut self, call: &Call<'_>, outcome: Outcome) -> Result<Value, Failure> {
        let value = plain(&outcome)?;
        self.keep(call, Handle::Outcome(Box::new(outcome)));
        Ok(value)
    }

    async fn sync(&mut self, call: &Call<'_>) -> Result<Value, Failure> {
        let told: Arc<Mutex<Vec<SyncProgress>>> = Arc::default();
        let listener = Arc::clone(&told);
        let options = options::sync(&call.with)?.on_progress(move |progress| {
            listener.lock().unwrap_or_else(PoisonError::into_inner).push(progress.clone())
        });
        let report = plain(&self.client()?.sync(options).await?)?;
        if !options::flag(&call.with, "progress") {
            return Ok(report);
        }
        let told = told.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(json!({ "report": report, "progress": plain(&*told)? }))
    }

    /// Not the client's: a request to the emulator itself.
    async fn control(&self, call: &Call<'_>) -> Result<Value, Failure> {
        let method = options::string(&call.with, "method");
        let method = if method.is_empty() { Method::GET } else { method.parse().unwrap_or(Method::GET) };
        let path = options::string(&call.with, "path");
        let url = self.origin.join(&path).map_err(|error| Failure::unsupported(format!("{path:?}: {error}")))?;
        let mut request = self.web.request(method, url);
        if let Some(body) = call.with.get("body") {
            request = request.json(body);
        }
        let answer = request.send().await?.error_for_status()?.text().await?;
        Ok(if answer.is_empty() { Value::Null } else { serde_json::from_str(&answer)? })
    }
}

fn sources(call: &Call<'_>) -> SourcesOptions {
    let mut options = SourcesOptions::default();
    options.filter = call.with.get("filter").and_then(options::text);
    options.page_size = page_size(call);
    options.limit = call.with.get("limit").and_then(options::size);
    options
}

fn sessions(call: &Call<'_>) -> SessionsOptions {
    let mut options = SessionsOptions::default();
    options.filter = call.with.get("filter").and_then(options::text);
    options.page_size = page_size(call);
    options.limit = call.with.get("limit").and_then(options::size);
    options.page_token = call.with.get("pageToken").and_then(options::text);
    options
}

pub(super) fn page_size(call: &Call<'_>) -> Option<u32> {
    call.with.get("pageSize").and_then(Value::as_u64).and_then(|size| u32::try_from(size).ok())
}

pub(super) fn plain<T: Serialize + ?Sized>(value: &T) -> Result<Value, Failure> {
    Ok(serde_json::to_value(value)?)
}

pub(super) fn named_page<T: Serialize>(name: &str, items: &[T], token: Option<&str>) -> Result<Value, Failure> {
    let mut page = json!({ name: plain(items)? });
    if let Some(token) = token {
        page["nextPageToken"] = json!(token);
    }
    Ok(page)
}

/// Iterates to the end, or leaves after `take` items. What came before an error goes with it.
pub(super) async fn items<T: Serialize>(
    mut stream: impl Stream<Item = jules::Result<T>> + Unpin,
    take: Option<usize>,
) -> Result<Value, Failure> {
    let mut items = Vec::new();
    while take.is_none_or(|take| items.len() < take) {
        match stream.next().await {
            Some(Ok(item)) => items.push(plain(&item)?),
            Some(Err(error)) => return Err(Failure::Jules(Box::new(error), Some(items))),
            None => break,
        }
    }
    Ok(Value::Array(items))
}
