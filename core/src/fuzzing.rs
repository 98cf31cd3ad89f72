//! The ways in for a fuzzer (`tests/fuzz`) that need the inside of a client: a whole one, over a server that answers with
//! whatever bytes there are, on a clock that jumps. Here only where cargo-fuzz builds, and for the test of its seeds.
#![allow(clippy::expect_used, reason = "a fuzzer sees panics")]

use std::collections::HashSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::{Stream, StreamExt, pin_mut};
use reqwest::header::HeaderMap;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::api::transport::Transport;
use crate::api::transport::http::{Exchange, Http, HttpRequest, HttpResponse};
use crate::ground::surroundings::{Random, Surroundings, Threads};
use crate::store::{Place, Sqlite};
use crate::{
    Activity, ClientOptions, ErrorKind, HistoryOptions, Jules, Outcome, Query, SessionInfo, SessionsOptions,
    SnapshotFields, SourcesOptions, StreamOptions,
};

/// So long, of the clock that jumps, each call may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Listings go on as long as the server says; that is tested elsewhere.
const ENOUGH: usize = 500;

/// What the server says: `%% activities 404` begins the answer to a listing of activities, with its status; so do `session`,
/// `sessions`, `activity`, `sources` and `effect`. What has no such line is answered with nothing, by `{}`.
#[derive(Debug)]
struct Server {
    answers: Vec<(String, u16, Bytes)>,
}

impl Server {
    fn new(data: &[u8]) -> Self {
        let mut answers = Vec::new();
        for line in data.split_inclusive(|byte| *byte == b'\n') {
            match line.strip_prefix(b"%% ").and_then(|header| str::from_utf8(header).ok()) {
                Some(header) => {
                    let mut words = header.split_ascii_whitespace();
                    let name = words.next().unwrap_or_default().to_owned();
                    let status = words.next().and_then(|status| status.parse().ok()).unwrap_or(200);
                    answers.push((name, status, Vec::new()));
                }
                None => answers.iter_mut().rev().take(1).for_each(|(_, _, body)| body.extend_from_slice(line)),
            }
        }
        Self { answers: answers.into_iter().map(|(name, status, body)| (name, status, body.into())).collect() }
    }
}

fn asked(request: &HttpRequest) -> &'static str {
    let parts: Vec<_> = request.url.path_segments().map(|parts| parts.skip(1).collect()).unwrap_or_default();
    match (request.method.as_str(), parts.as_slice()) {
        ("GET", ["sources", ..]) => "sources",
        ("GET", ["sessions"]) => "sessions",
        ("GET", ["sessions", _]) => "session",
        ("GET", ["sessions", _, "activities"]) => "activities",
        ("GET", _) => "activity",
        _ => "effect",
    }
}

#[async_trait]
impl Http for Server {
    async fn exchange(&self, request: HttpRequest) -> Exchange {
        let found = self.answers.iter().find(|(name, ..)| name == asked(&request));
        let (status, body) = found.map_or((200, Bytes::from("{}")), |(_, status, body)| (*status, body.clone()));
        Ok(HttpResponse { status, headers: HeaderMap::new(), body })
    }
}

fn client(data: &[u8]) -> Jules {
    let options = ClientOptions { api_key: Some("key".into()), ..ClientOptions::default() };
    let config = options.resolve().expect("these options are valid");
    let surroundings =
        Surroundings { chance: Random::from_fn(|| 0.5), threads: Threads::Inline, ..Surroundings::default() };
    let transport = Transport::over(Arc::new(Server::new(data)), &config.api, surroundings.chance.clone());
    let store = Sqlite::new(Place::Memory, "account", u64::MAX, surroundings.clone());
    Jules::assemble(options, &config, transport, Arc::new(store), surroundings)
}

fn run(program: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime can be made").block_on(program);
}

/// Whatever a server answers: what can be read comes once, is the same after a way through JSON, and nothing panics.
pub fn wire(data: &[u8]) {
    run(async {
        let jules = client(data);
        let session = jules.session("1").expect("it is an id");
        for info in collect(jules.sessions(SessionsOptions::default())).await {
            stays::<SessionInfo>(&info);
        }
        for source in collect(jules.sources(SourcesOptions::default())).await {
            stays(&source);
        }
        let streamed = collect(session.stream(StreamOptions::default())).await;
        let ids: HashSet<_> = streamed.iter().map(|activity| activity.id.clone()).collect();
        assert_eq!(ids.len(), streamed.len(), "an activity came twice");
        for activity in &streamed {
            stays::<Activity>(activity);
            activity.summary();
        }
        let offline = HistoryOptions { offline: true, ..HistoryOptions::default() };
        let again = collect(session.history(offline)).await;
        assert_eq!(again, streamed, "what was given is not what is stored");
        for query in [json!({ "from": "activities", "where": { "search": "a" } }), json!({ "from": "sessions" })] {
            let query = Query::from_json(query).expect("it is a query");
            let _ = within(jules.select(query)).await;
        }
        if let Some(Ok(snapshot)) = within(session.snapshot()).await {
            let _ = (snapshot.to_markdown(), snapshot.to_json(&SnapshotFields::default()));
        }
        if let Some(Ok(outcome)) = within(session.result()).await {
            let text = serde_json::to_string(&outcome.envelope()).expect("an outcome has a JSON form");
            assert_eq!(serde_json::from_str::<Outcome>(&text).expect("that form is read"), outcome);
            outcome.generated_files();
        }
        let _ = within(session.approve()).await;
        let _ = within(session.send("x")).await;
        jules.close().await;
    });
}

/// A query: taken and answered, and then it says the same again; or refused as the caller's mistake.
pub fn query(data: &[u8]) {
    const KNOWN: &[u8] = include_bytes!("../../tests/fuzz/seeds/wire/everything");
    let Ok(query) = serde_json::from_slice::<Value>(data) else { return };
    run(async {
        let jules = client(KNOWN);
        let session = jules.session("1").expect("it is an id");
        collect(session.stream(StreamOptions::default())).await;
        for read in [Query::from_json, Query::activities_from_json] {
            match read(query.clone()) {
                Ok(query) => {
                    assert_eq!(read(query.to_json()).expect("it was taken").to_json(), query.to_json());
                    let limit = query.to_json()["limit"].as_u64().unwrap_or(u64::MAX);
                    let rows = jules.select(query).await.expect("a query that was taken is answered");
                    assert!(rows.len() as u64 <= limit);
                }
                Err(error) => assert_eq!(error.kind(), ErrorKind::Query, "{error}"),
            }
        }
    });
}

async fn within<T>(call: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(PATIENCE, call).await.ok()
}

/// What comes in time, until something fails.
async fn collect<T>(items: impl Stream<Item = crate::Result<T>>) -> Vec<T> {
    let mut found = Vec::new();
    pin_mut!(items);
    while found.len() < ENOUGH
        && let Some(Some(Ok(item))) = within(items.next()).await
    {
        found.push(item);
    }
    found
}

fn stays<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) {
    let text = serde_json::to_string(value).expect("a value has a JSON form");
    assert_eq!(&serde_json::from_str::<T>(&text).expect("that form is read"), value);
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    fn each(target: &str, run: impl Fn(&[u8])) {
        let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz/seeds").join(target);
        let mut ran = 0;
        for entry in fs::read_dir(seeds).unwrap() {
            run(&fs::read(entry.unwrap().path()).unwrap());
            ran += 1;
        }
        assert!(ran > 0);
    }

    #[test]
    fn answers() {
        each("wire", super::wire);
    }

    #[test]
    fn queries() {
        each("query", super::query);
    }
}
