//! An account with a past: thousands of old sessions at once, each heavy only while it is written out.

use serde::Deserialize;
use serde_json::json;

use super::clock::{Nanos, format_time, parse_time};
use super::seed::SessionSeed;
use super::stored::Stored;

/// Many sessions alike, evenly spread over a stretch of time. Every field may be left out.
///
/// ```
/// use jules_emulator::BulkSeed;
///
/// let past = BulkSeed { count: 2500, weight: 300_000, ..BulkSeed::default() };
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct BulkSeed {
    /// How many. Default 0.
    pub count: usize,
    /// Bytes of outputs that each one shows in full form. Default 0.
    pub weight: usize,
    /// Wire word. Default `COMPLETED`.
    pub state: String,
    /// Default false.
    pub archived: bool,
    /// Default `sources/github/octocat/hello-world`.
    pub source: String,
    /// Whose they are. Default: the default account's.
    pub account: String,
    /// RFC 3339, when the first was created. Default: 400 days ago.
    pub oldest: Option<String>,
    /// RFC 3339, when the last was created. Default: 2 days ago.
    pub newest: Option<String>,
}

impl Default for BulkSeed {
    fn default() -> Self {
        Self {
            count: 0,
            weight: 0,
            state: "COMPLETED".to_owned(),
            archived: false,
            source: "sources/github/octocat/hello-world".to_owned(),
            account: String::new(),
            oldest: None,
            newest: None,
        }
    }
}

const DAY: Nanos = 86_400_000_000_000;

impl Stored {
    /// Puts the sessions there, oldest first; answers their ids.
    pub(crate) fn plant_many(&mut self, bulk: &BulkSeed, now: Nanos) -> Result<Vec<String>, String> {
        let time = |text: &Option<String>, default: Nanos| match text {
            None => Ok(default),
            Some(text) => parse_time(text).ok_or_else(|| format!("'{text}' isn't an RFC 3339 time")),
        };
        let oldest = time(&bulk.oldest, now - 400 * DAY)?;
        let newest = time(&bulk.newest, now - 2 * DAY)?;
        let gaps = Nanos::try_from(bulk.count.max(2) - 1).map_err(|error| error.to_string())?;
        let mut ids = Vec::with_capacity(bulk.count);
        for (number, index) in (1..=bulk.count).zip(0_i128..) {
            let created = oldest + (newest - oldest) * index / gaps;
            let seed = SessionSeed {
                prompt: format!("Old task {number}"),
                title: format!("Old task {number}"),
                state: Some(bulk.state.clone()),
                source: Some(bulk.source.clone()),
                archived: bulk.archived,
                account: bulk.account.clone(),
                weight: bulk.weight,
                create_time: Some(format_time(created)),
                update_time: Some(format_time(created + 1_800_000_000_000)),
                outputs: vec![json!({ "pullRequest": {
                    "url": format!("https://github.com/octocat/hello-world/pull/{number}"),
                    "title": format!("Old task {number}"),
                }})],
                ..SessionSeed::default()
            };
            ids.push(self.plant(seed, now)?);
        }
        Ok(ids)
    }
}
