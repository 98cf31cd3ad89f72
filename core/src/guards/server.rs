//! The server of the guards: one session that has ended, and its activities, which are like real ones in kinds and sizes.

use std::collections::HashMap;

use async_trait::async_trait;
use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::api::transport::http::{Exchange, Http, HttpRequest, HttpResponse};

/// Answers from memory, at once.
#[derive(Debug)]
pub(super) struct Server {
    session: Value,
    activities: Vec<Value>,
    /// Pages of a hundred, written beforehand, so that they cost the client nothing.
    pages: Vec<Bytes>,
    fleet: Bytes,
}

const PAGE: usize = 100;

impl Server {
    pub(super) fn new(count: usize) -> Self {
        let activities: Vec<_> = (0..count).map(|number| activity(number, count)).collect();
        let pages = activities.chunks(PAGE).enumerate().map(|(place, items)| {
            let token = (place + 1) * PAGE;
            page("activities", items, (token < count).then(|| token.to_string()))
        });
        let state =
            |number: usize| json!({"id": format!("{number:020}"), "state": "IN_PROGRESS", "updateTime": time(number)});
        let fleet: Vec<_> = (0..PAGE).map(state).collect();
        Self {
            session: json!({"name": "sessions/1", "id": "1", "prompt": "Work", "state": "COMPLETED", "createTime": time(0)}),
            pages: pages.collect(),
            activities,
            fleet: page("sessions", &fleet, None),
        }
    }

    fn activities(&self, query: &HashMap<String, String>) -> Bytes {
        let light = query.contains_key("fields");
        match query.get("filter").and_then(|filter| filter.split('"').nth(1)) {
            None if !light => {
                let from: usize = query.get("pageToken").map_or(0, |token| token.parse().unwrap());
                self.pages[from / PAGE].clone()
            }
            since => {
                let later = |item: &&Value| since.is_none_or(|since| item["createTime"].as_str() > Some(since));
                let items: Vec<_> = self.activities.iter().filter(later).map(|item| short(item, light)).collect();
                page("activities", &items, None)
            }
        }
    }
}

#[async_trait]
impl Http for Server {
    async fn exchange(&self, request: HttpRequest) -> Exchange {
        let query: HashMap<_, _> = request.url.query_pairs().into_owned().collect();
        let parts: Vec<_> = request.url.path_segments().unwrap().skip(1).collect();
        let body = match parts.as_slice() {
            ["sessions"] => self.fleet.clone(),
            ["sessions", _] => self.session.to_string().into(),
            ["sessions", _, "activities"] => self.activities(&query),
            other => panic!("no guard asks for {other:?}"),
        };
        Ok(HttpResponse { status: 200, headers: HeaderMap::new(), body })
    }
}

fn page(name: &str, items: &[Value], token: Option<String>) -> Bytes {
    let mut page = json!({ name: items });
    if let Some(token) = token {
        page["nextPageToken"] = token.into();
    }
    page.to_string().into()
}

fn short(item: &Value, light: bool) -> Value {
    if light { json!({"id": item["id"], "createTime": item["createTime"]}) } else { item.clone() }
}

fn time(number: usize) -> String {
    format!("2026-01-02T{:02}:{:02}:{:02}.123456Z", number / 3600, number / 60 % 60, number % 60)
}

/// Of ten: two messages, a plan, two with a command's output, one with a patch, the rest progress in words. A kilobyte in the mean.
fn activity(number: usize, count: usize) -> Value {
    let id = format!("{number:032x}");
    let mut item = json!({
        "name": format!("sessions/1/activities/{id}"), "id": id, "createTime": time(number), "originator": "agent",
    });
    let words = "The work goes on, and something is said about \"it\". ";
    match number % 10 {
        _ if number + 1 == count => item["sessionCompleted"] = json!({}),
        0 | 5 => item["agentMessaged"] = json!({"agentMessage": words.repeat(12)}),
        1 => {
            let step = |index: usize| json!({"id": format!("step-{index}"), "title": "Mend the test", "description": words, "index": index});
            item["planGenerated"] = json!({"plan": {"id": "plan", "createTime": time(number), "steps": (0..6).map(step).collect::<Vec<_>>()}});
        }
        2 | 7 => {
            item["progressUpdated"] = json!({"title": "Ran bash command", "description": "Command: cargo test"});
            let output = "test tests::it_works ... ok\n".repeat(40);
            item["artifacts"] = json!([{"bashOutput": {"command": "cargo test", "output": output, "exitCode": 1}}]);
        }
        4 => {
            item["progressUpdated"] = json!({"title": "Changed files"});
            let patch = json!({"unidiffPatch": patch(2), "baseCommitId": "0123456789abcdef", "suggestedCommitMessage": "Mend it"});
            item["artifacts"] =
                json!([{"changeSet": {"source": "sources/github/octocat/hello-world", "gitPatch": patch}}]);
        }
        _ => item["progressUpdated"] = json!({"title": "Reading", "description": words.repeat(8)}),
    }
    item
}

/// A patch of so many files, each with three hunks.
pub(super) fn patch(files: usize) -> String {
    let mut text = String::new();
    for file in 0..files {
        let path = format!("src/module_{file}/lib.rs");
        text += &format!("diff --git a/{path} b/{path}\nindex 1234567..89abcde 100644\n--- a/{path}\n+++ b/{path}\n");
        for hunk in 0..3 {
            let at = hunk * 40 + 1;
            text += &format!(
                "@@ -{at},4 +{at},4 @@ fn work()\n     let one = 1;\n-    let two = {hunk};\n+    let two = 3;\n     one\n }}\n"
            );
        }
    }
    text
}
