//! What the runner asks for, and a client set up for it.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use jules::{Cache, Jules};
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Task {
    pub(crate) task: String,
    pub(crate) url: String,
    pub(crate) cache: PathBuf,
    /// Seconds between two looks; absent: the client's own pace.
    pub(crate) interval: Option<f64>,
    pub(crate) session: Option<String>,
    #[serde(default)]
    pub(crate) sessions: Vec<String>,
    pub(crate) prompt: Option<String>,
    #[serde(default)]
    pub(crate) query: serde_json::Value,
    #[serde(default)]
    pub(crate) count: usize,
    /// How many sessions may be at work.
    #[serde(default, rename = "atOnce")]
    pub(crate) at_once: usize,
    /// How long to listen.
    #[serde(default)]
    pub(crate) seconds: f64,
    /// Whether to keep to the project's quota of activities.list.
    #[serde(default)]
    pub(crate) budget: bool,
}

impl Task {
    pub(crate) fn client(&self) -> Result<Jules> {
        let mut builder = Jules::builder()
            .api_key("bench-key".to_owned())
            .base_url(self.url.clone())
            .cache(Cache::Directory(self.cache.clone()))
            // The peers keep to no quota, and the emulator has none but where the runner says so.
            .activity_budget(self.budget);
        // A queue takes a plan for no larger than the middle one until it is told or has learned better.
        if self.at_once > 0 {
            builder = builder.slots(self.at_once as u64);
        }
        if let Some(interval) = self.interval {
            builder = builder.polling_interval(Duration::from_secs_f64(interval));
        }
        Ok(builder.build()?)
    }

    pub(crate) fn session(&self) -> Result<&str> {
        self.session.as_deref().context("a session")
    }
}
