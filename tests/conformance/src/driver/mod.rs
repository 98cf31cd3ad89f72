//! The Rust driver: runs a plan's steps through the core's public API and prints what came. It holds no
//! expectation and no logic of its own.

mod all;
mod artifacts;
mod client;
mod failure;
mod options;
mod queue;
mod session;
mod stage;

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use stage::Stage;
#[cfg(test)]
pub(crate) use stage::web;

/// Runs every case of a plan, one JSON line each.
///
/// # Errors
/// When the plan can't be read or standard output is gone.
pub async fn drive(plan: &Path) -> Result<()> {
    let text = std::fs::read(plan).with_context(|| plan.display().to_string())?;
    let plan: Value = serde_json::from_slice(&text)?;
    let cases = plan["cases"].as_array().context("a plan has cases")?;
    for case in cases {
        let mut stage = Stage::new(case)?;
        let results = stage.perform(&case["steps"]).await;
        stage.close_all().await;
        let mut output = std::io::stdout().lock();
        writeln!(output, "{}", json!({ "name": case["name"], "results": results }))?;
        output.flush()?;
    }
    Ok(())
}
