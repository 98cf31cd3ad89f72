//! `jules-rs`, which has the calls and no more: a stream is its list of all activities again and again, waiting is getting each
//! session again and again. It can't read an empty page (there are no `activities` in it then), which counts as nothing new.

use std::collections::HashSet;

use anyhow::Result;
use futures::future::try_join_all;
use jules_bench_bare::{answer, now, ready, rest, sessions, text};
use jules_rs::{JulesClient, SessionState};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<()> {
    let task = ready()?;
    let mut client = JulesClient::new("bench-key")?;
    client.base_url = format!("{}/", text(&task, "url")?).parse()?;
    answer(&match text(&task, "task")? {
        "stream" => stream(&client, &task).await?,
        "watch" => watch(&client, &task).await?,
        _ => json!({ "unsupported": "it has nothing of the kind" }),
    });
    Ok(())
}

async fn stream(client: &JulesClient, task: &Value) -> Result<Value> {
    let (mut known, mut seen) = (HashSet::new(), Vec::new());
    let name = format!("sessions/{}", text(task, "session")?);
    let began = std::time::Instant::now();
    while began.elapsed().as_secs_f64() < task["limit"].as_f64().unwrap_or(90.0) {
        let mut token = None;
        loop {
            let Ok(page) = client.list_activities(&name, Some(100), token).await else { break };
            for activity in page.activities {
                let ended = activity.session_completed.is_some();
                if known.insert(activity.id.clone()) {
                    seen.push((activity.id, now()?));
                }
                if ended {
                    return Ok(json!({ "seen": seen }));
                }
            }
            token = page.next_page_token;
            if token.is_none() {
                break;
            }
        }
        rest(task).await;
    }
    Ok(json!({ "seen": seen }))
}

async fn watch(client: &JulesClient, task: &Value) -> Result<Value> {
    let ended = try_join_all(sessions(task).into_iter().map(|id| async move {
        loop {
            let session = client.get_session(&format!("sessions/{id}")).await?;
            if matches!(session.state, Some(SessionState::Completed | SessionState::Failed)) {
                return anyhow::Ok(());
            }
            rest(task).await;
        }
    }))
    .await?;
    Ok(json!({ "finished": ended.len() }))
}
