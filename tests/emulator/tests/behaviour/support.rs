//! A client as thin as possible, so that tests read as requests and answers.

use std::io;
use std::time::Duration;

use jules_emulator::{Emulator, SessionView};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const SOURCE: &str = "sources/github/octocat/hello-world";

/// An emulator and a client for it.
pub(crate) struct Service {
    pub(crate) emulator: Emulator,
    client: reqwest::Client,
}

/// Reqwest wants a provider of cryptography, also where nothing is encrypted.
pub(crate) fn web() -> reqwest::ClientBuilder {
    // It fails where it was done before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
    pub(crate) json: Value,
}

impl Service {
    /// Fast and with a fixed seed.
    pub(crate) async fn start() -> Self {
        Self::with(Emulator::builder().speed(100.0).seed(1).start().await.unwrap())
    }

    pub(crate) fn with(emulator: Emulator) -> Self {
        let client = web().redirect(reqwest::redirect::Policy::none()).gzip(false).no_proxy().build().unwrap();
        Self { emulator, client }
    }

    pub(crate) async fn get(&self, path: &str) -> Answered {
        self.send(Method::GET, path, None).await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answered {
        self.send(Method::POST, path, Some(body)).await.unwrap()
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<Value>) -> reqwest::Result<Answered> {
        self.send_as("any", method, path, body).await
    }

    pub(crate) async fn send_as(
        &self,
        key: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> reqwest::Result<Answered> {
        let url = format!("{}/{path}", self.emulator.url());
        let request = self.client.request(method, url).header("X-Goog-Api-Key", key);
        answered(request, body).await
    }

    pub(crate) async fn control(&self, method: Method, path: &str, body: Option<Value>) -> Answered {
        let url = format!("{}/_emulator/{path}", self.emulator.origin());
        answered(self.client.request(method, url), body).await.unwrap()
    }

    /// Creates a session and answers its id.
    pub(crate) async fn create(&self, prompt: &str, require_plan_approval: bool) -> String {
        let body = json!({
            "prompt": prompt,
            "requirePlanApproval": require_plan_approval,
            "sourceContext": { "source": SOURCE, "githubRepoContext": { "startingBranch": "main" } },
        });
        let answer = self.post("sessions", body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json["id"].as_str().unwrap().to_owned()
    }

    /// Waits until the session is in a state; fails after five seconds.
    pub(crate) async fn until(&self, session: &str, state: &str) -> SessionView {
        for _ in 0..2500 {
            let view = self.emulator.session(session).unwrap();
            if view.state == state {
                return view;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let view = self.emulator.session(session).unwrap();
        panic!("{session} is {} and not {state} after five seconds", view.state);
    }

    /// All activities, page by page as a client would.
    pub(crate) async fn activities(&self, session: &str, parameters: &str) -> Vec<Value> {
        let mut activities = Vec::new();
        let mut token = String::new();
        loop {
            let path = format!("sessions/{session}/activities?{parameters}&pageToken={token}");
            let page = self.get(&path).await;
            assert_eq!(page.status, 200, "{}", page.text);
            activities.extend(page.json["activities"].as_array().cloned().unwrap_or_default());
            match page.json["nextPageToken"].as_str() {
                Some(next) => next.clone_into(&mut token),
                None => return activities,
            }
        }
    }

    /// A GET byte by byte over a connection of its own: what was read, and how it ended.
    pub(crate) async fn raw_get(&self, path: &str) -> (String, io::Result<()>) {
        let address = self.emulator.origin().replace("http://", "");
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request =
            format!("GET /v1alpha/{path} HTTP/1.1\r\nHost: x\r\nX-Goog-Api-Key: any\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut read = Vec::new();
        let ended = stream.read_to_end(&mut read).await.map(|_| ());
        (String::from_utf8_lossy(&read).into_owned(), ended)
    }
}

async fn answered(request: reqwest::RequestBuilder, body: Option<Value>) -> reqwest::Result<Answered> {
    let request = match body {
        Some(Value::String(text)) => request.body(text),
        Some(json) => request.json(&json),
        None => request,
    };
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await?;
    let json = serde_json::from_str(&text).unwrap_or(Value::Null);
    Ok(Answered { status, headers, text, json })
}

/// A session without an agent, as JSON describes it; answers its id.
pub(crate) fn planted(emulator: &Emulator, seed: Value) -> String {
    emulator.plant(serde_json::from_value(seed).unwrap()).unwrap()
}

/// The kinds of activities, by the name of their event.
pub(crate) fn events(activities: &[Value]) -> Vec<String> {
    let plain = ["name", "id", "createTime", "originator", "description", "artifacts"];
    activities
        .iter()
        .map(|activity| {
            let fields = activity.as_object().unwrap();
            let event = fields.keys().find(|key| !plain.contains(&key.as_str()));
            event.cloned().unwrap_or_default()
        })
        .collect()
}
