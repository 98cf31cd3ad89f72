//! A loop on reqwest and nothing else: what polling costs at least. It asks for what is new, and survives nothing.

use std::collections::HashSet;

use anyhow::Result;
use jules_bench_bare::{answer, now, ready, rest, sessions, text};
use reqwest::Client;
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<()> {
    let task = ready()?;
    answer(&match text(&task, "task")? {
        "stream" => stream(&task).await?,
        "watch" => watch(&task).await?,
        _ => json!({ "unsupported": "it is a loop that polls" }),
    });
    Ok(())
}

async fn get(client: &Client, url: &str, query: &[(&str, String)], token: Option<&str>) -> Result<Value> {
    let request = client.get(url).header("X-Goog-Api-Key", "bench-key").query(query);
    let request = request.query(&[("pageSize", "100"), ("prettyPrint", "false")]);
    let request = if let Some(token) = token { request.query(&[("pageToken", token)]) } else { request };
    Ok(request.send().await?.error_for_status()?.json().await?)
}

async fn stream(task: &Value) -> Result<Value> {
    let (client, mut seen, mut newest) = (Client::new(), Vec::new(), None::<String>);
    let url = format!("{}/sessions/{}/activities", text(task, "url")?, text(task, "session")?);
    loop {
        let filter = newest.iter().map(|time| ("filter", format!("create_time>\"{time}\""))).collect::<Vec<_>>();
        let mut token: Option<String> = None;
        loop {
            let page = get(&client, &url, &filter, token.as_deref()).await?;
            for activity in page["activities"].as_array().into_iter().flatten() {
                seen.push((activity["id"].clone(), now()?));
                newest = activity["createTime"].as_str().map(str::to_owned);
                if activity.get("sessionCompleted").is_some() {
                    return Ok(json!({ "seen": seen }));
                }
            }
            token = page["nextPageToken"].as_str().map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
        rest(task).await;
    }
}

/// By light listings of all.
async fn watch(task: &Value) -> Result<Value> {
    let (client, url) = (Client::new(), format!("{}/sessions", text(task, "url")?));
    let all = sessions(task);
    let mut waited: HashSet<_> = all.iter().map(String::as_str).collect();
    let fields = [("fields", "sessions(id,state),nextPageToken".to_owned())];
    loop {
        let mut token: Option<String> = None;
        loop {
            let page = get(&client, &url, &fields, token.as_deref()).await?;
            for session in page["sessions"].as_array().into_iter().flatten() {
                if matches!(session["state"].as_str(), Some("COMPLETED" | "FAILED")) {
                    waited.remove(session["id"].as_str().unwrap_or_default());
                }
            }
            token = page["nextPageToken"].as_str().map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
        if waited.is_empty() {
            return Ok(json!({ "finished": all.len() }));
        }
        rest(task).await;
    }
}
