//! What both contestants have in common: how they talk with the runner.
#![allow(clippy::print_stdout, reason = "the runner reads it")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use serde_json::{Value, json};

/// Says that everything is loaded; gives the task.
pub fn ready() -> Result<Value> {
    println!("{}", json!({ "ready": true }));
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(serde_json::from_str(&line)?)
}

/// Prints what came of the task.
pub fn answer(answer: &Value) {
    println!("{answer}");
}

/// A field of the task that is a text.
pub fn text<'t>(task: &'t Value, field: &str) -> Result<&'t str> {
    task[field].as_str().with_context(|| format!("no {field}"))
}

/// The sessions of the task.
pub fn sessions(task: &Value) -> Vec<String> {
    task["sessions"].as_array().into_iter().flatten().filter_map(|id| id.as_str().map(str::to_owned)).collect()
}

/// Rests until the next look.
pub async fn rest(task: &Value) {
    tokio::time::sleep(Duration::from_secs_f64(task["interval"].as_f64().unwrap_or(1.0))).await;
}

/// The time of day.
pub fn now() -> Result<u64> {
    Ok(u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos())?)
}
