//! The stage of one case: its client, what was saved, and the way from a step to its operation.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use futures::future::{BoxFuture, FutureExt, join_all};
use jules::{ChangeSet, Jules, Outcome, Queue, Run, Session, Snapshot, Task};
use serde_json::{Map, Value, json};
use url::Url;

use super::failure::Failure;
use super::options;
use crate::matcher::Saved;

/// A saved value that is more than its JSON.
#[derive(Debug, Clone)]
pub(super) enum Handle {
    Session(Session),
    Run(Run),
    Outcome(Box<Outcome>),
    Snapshot(Box<Snapshot>),
    Client(Jules),
    Queue(Queue),
    Task(Box<Task>),
}

/// One step, its references resolved.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) operation: &'a str,
    pub(super) on: Option<&'a str>,
    pub(super) name: Option<&'a str>,
    pub(super) with: Map<String, Value>,
    pub(super) take: Option<usize>,
}

/// What a case has so far.
#[derive(Debug, Clone)]
pub(super) struct Stage {
    pub(super) origin: Url,
    pub(super) web: reqwest::Client,
    given: Map<String, Value>,
    client: Option<Jules>,
    pub(super) handles: BTreeMap<String, Handle>,
    saved: Saved,
}

/// Reqwest wants a provider of cryptography, also where nothing is encrypted.
pub(crate) fn web() -> reqwest::Result<reqwest::Client> {
    // It fails where it was done before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().build()
}

impl Stage {
    pub(super) fn new(case: &Value) -> Result<Self> {
        let origin = case["baseUrl"].as_str().context("a case has a baseUrl")?;
        let mut given = Map::new();
        given.insert("baseUrl".to_owned(), case["baseUrl"].clone());
        given.insert("apiKey".to_owned(), case["apiKey"].clone());
        if case["usualCache"] != true {
            let memory = case["cacheDir"].is_null();
            given.insert("cache".to_owned(), if memory { json!(false) } else { case["cacheDir"].clone() });
        }
        given.extend(case["options"].as_object().cloned().unwrap_or_default());
        Ok(Self {
            origin: origin.parse()?,
            web: web()?,
            given,
            client: None,
            handles: BTreeMap::new(),
            saved: Saved::default(),
        })
    }

    /// The client, made when it is first needed.
    pub(super) fn client(&mut self) -> Result<Jules, Failure> {
        if self.client.is_none() {
            self.client = Some(Jules::new(options::client(&self.given)?)?);
        }
        self.client.clone().ok_or_else(|| Failure::unsupported("there is no client"))
    }

    /// The client that a step names, by default the case's own.
    pub(super) fn client_of(&mut self, call: &Call<'_>) -> Result<Jules, Failure> {
        match call.on {
            None => self.client(),
            Some(_) => match self.handle(call)? {
                Handle::Client(client) => Ok(client),
                _ => Err(Failure::unsupported("it is not a client")),
            },
        }
    }

    /// A second client beside the case's own, with these options over its.
    pub(super) fn another_client(&mut self, call: &Call<'_>) -> Result<Value, Failure> {
        let mut given = self.given.clone();
        given.extend(call.with.clone());
        let client = Jules::new(options::client(&given)?)?;
        self.keep(call, Handle::Client(client));
        Ok(Value::Null)
    }

    /// Closes the client and makes another, with changed options, which stay; saved sessions move over to it.
    pub(super) async fn renew_client(&mut self, changes: &Map<String, Value>) -> Result<Value, Failure> {
        self.close().await;
        self.client = None;
        self.given.extend(changes.clone());
        let client = self.client()?;
        for handle in self.handles.values_mut() {
            if let Handle::Session(session) = handle {
                *session = client.session(session.id())?;
            }
        }
        Ok(Value::Null)
    }

    pub(super) async fn close(&mut self) {
        if let Some(client) = &self.client {
            client.close().await;
        }
    }

    /// Closes every client.
    pub(super) async fn close_all(&mut self) {
        self.close().await;
        for handle in self.handles.values() {
            if let Handle::Client(client) = handle {
                client.close().await;
            }
        }
    }

    /// Takes every step; one that fails doesn't stop those behind it.
    pub(super) fn perform<'a>(&'a mut self, steps: &'a Value) -> BoxFuture<'a, Vec<Value>> {
        async move {
            let mut results = Vec::new();
            for step in steps.as_array().into_iter().flatten() {
                results.push(match self.step(step).await {
                    Ok(value) => json!({ "ok": value }),
                    Err(failure) => json!({ "error": failure.to_json() }),
                });
            }
            results
        }
        .boxed()
    }

    async fn step(&mut self, step: &Value) -> Result<Value, Failure> {
        let operation = step["op"].as_str().unwrap_or_default();
        if operation == "parallel" {
            return self.parallel(&step["with"]["steps"]).await;
        }
        let with = self.saved.resolve(&step["with"]).map_err(Failure::Unsupported)?;
        let call = Call {
            operation,
            on: step["on"].as_str(),
            name: step["as"].as_str(),
            with: with.as_object().cloned().unwrap_or_default(),
            take: options::size(&step["take"]),
        };
        let value = match operation {
            "client" => self.renew_client(&call.with).await?,
            _ => self.operate(&call).await?,
        };
        if let Some(name) = call.name {
            self.saved.insert(name, value.clone());
        }
        Ok(value)
    }

    /// Takes the branches' steps at the same time; what they save is known afterwards.
    async fn parallel(&mut self, branches: &Value) -> Result<Value, Failure> {
        // A client that can't be made is an error of the branches' own steps.
        let _ = self.client();
        let branches = branches.as_array().into_iter().flatten().map(|steps| {
            let mut stage = self.clone();
            async move { (stage.perform(steps).await, stage) }
        });
        let mut results = Vec::new();
        for (result, stage) in join_all(branches).await {
            self.handles.extend(stage.handles);
            self.saved.extend(stage.saved);
            results.push(Value::Array(result));
        }
        Ok(Value::Array(results))
    }

    /// Remembers a handle under the step's name.
    pub(super) fn keep(&mut self, call: &Call<'_>, handle: Handle) {
        if let Some(name) = call.name {
            self.handles.insert(name.to_owned(), handle);
        }
    }

    pub(super) fn handle(&self, call: &Call<'_>) -> Result<Handle, Failure> {
        let name = call.on.ok_or_else(|| Failure::unsupported(format!("{} needs an `on`", call.operation)))?;
        self.handles.get(name).cloned().ok_or_else(|| Failure::unsupported(format!("nothing is saved as {name:?}")))
    }

    pub(super) async fn session(&self, call: &Call<'_>) -> Result<Session, Failure> {
        match self.handle(call)? {
            Handle::Session(session) => Ok(session),
            Handle::Run(run) => Ok(run.session().await?),
            Handle::Task(task) => Ok(task.session()?),
            _ => Err(Failure::unsupported("it is not a session")),
        }
    }

    pub(super) fn run(&self, call: &Call<'_>) -> Result<Run, Failure> {
        match self.handle(call)? {
            Handle::Run(run) => Ok(run),
            _ => Err(Failure::unsupported("it is not a run")),
        }
    }

    pub(super) fn snapshot(&self, call: &Call<'_>) -> Result<Snapshot, Failure> {
        match self.handle(call)? {
            Handle::Snapshot(snapshot) => Ok(*snapshot),
            _ => Err(Failure::unsupported("it is not a snapshot")),
        }
    }

    pub(super) fn change_set(&self, call: &Call<'_>) -> Result<Option<ChangeSet>, Failure> {
        match self.handle(call)? {
            Handle::Outcome(outcome) => Ok(outcome.change_set().cloned()),
            Handle::Snapshot(snapshot) => Ok(snapshot.change_set().cloned()),
            _ => Err(Failure::unsupported("it is neither an outcome nor a snapshot")),
        }
    }
}
