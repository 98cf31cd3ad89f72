//! Sessions put there directly, without an agent: for tests that need an exact situation.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::clock::{Nanos, format_time, parse_time};
use super::effects::NewSession;
use super::stored::{Draft, Stored};
use super::touches::Touches;

/// A session as a test wants it. Every field may be left out.
///
/// ```
/// use jules_emulator::SessionSeed;
///
/// let seed: SessionSeed = serde_json::from_value(serde_json::json!({
///     "state": "COMPLETED",
///     "activities": [{ "sessionCompleted": {}, "originator": "system" }],
/// }))?;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SessionSeed {
    /// Any text, also one the service would never use. Default: a new id.
    pub id: Option<String>,
    /// Default: empty.
    pub prompt: String,
    /// Default: empty.
    pub title: String,
    /// Wire word. Default `IN_PROGRESS`.
    pub state: Option<String>,
    /// A source's name, for instance `sources/github/octocat/hello-world`.
    pub source: Option<String>,
    /// Default `main` when there is a source.
    pub branch: Option<String>,
    /// Whose it is. Default: the default account's.
    pub account: String,
    /// Bytes of outputs that it shows in full form; they take no memory. Default 0.
    pub weight: usize,
    /// Default false.
    pub archived: bool,
    /// Default false.
    pub require_plan_approval: bool,
    /// RFC 3339. Default: now.
    pub create_time: Option<String>,
    /// RFC 3339. Default: the newest activity, else now.
    pub update_time: Option<String>,
    /// Wire activities; name, id and createTime are filled in where missing, `null` leaves them out.
    pub activities: Vec<Value>,
    /// So many progress updates before those, one a second since its creation. Default 0.
    pub made_activities: usize,
    /// Wire outputs, as they are.
    pub outputs: Vec<Value>,
    /// Laid over the session's JSON as it is; `null` leaves a field out.
    pub extra: Map<String, Value>,
    /// Lets this scenario play in it.
    pub scenario: Option<String>,
}

impl Stored {
    /// Puts the session there; answers its id.
    pub(crate) fn plant(&mut self, seed: SessionSeed, now: Nanos) -> Result<String, String> {
        let created = time_or(seed.create_time.as_deref(), now)?;
        let updated = time_or(seed.update_time.as_deref(), now)?;
        let new = NewSession {
            prompt: seed.prompt,
            title: seed.title,
            source_context: source_context(seed.source, seed.branch),
            require_plan_approval: seed.require_plan_approval,
            automation_mode: None,
            scenario: seed.scenario,
            account: seed.account,
        };
        let generated = self.create_session(new, now).id.clone();
        let mut record = self.sessions.remove(&generated).ok_or("the session is gone")?;
        let id = seed.id.unwrap_or(generated);
        record.id = id.clone();
        record.created = created;
        record.state = seed.state.unwrap_or_else(|| "IN_PROGRESS".to_owned());
        record.archived = seed.archived;
        record.weight = seed.weight;
        record.outputs = seed.outputs;
        record.extra = seed.extra;
        self.sessions.insert(record);
        if let Some(creation) = self.creations.last_mut() {
            creation.time = created;
        }
        let made = (0..seed.made_activities).map(|number| {
            let time = format_time(created + Nanos::try_from(number).unwrap_or_default() * 1_000_000_000);
            json!({ "originator": "agent", "createTime": time, "progressUpdated": { "title": "work" } })
        });
        for activity in made.chain(seed.activities) {
            self.add_activity(&id, Draft::now(activity), now);
        }
        if let Some(record) = self.sessions.get_mut(&id) {
            record.touches = Touches::starting(updated);
        }
        Ok(id)
    }
}

fn time_or(text: Option<&str>, default: Nanos) -> Result<Nanos, String> {
    text.map_or(Ok(default), |text| parse_time(text).ok_or_else(|| format!("'{text}' isn't an RFC 3339 time")))
}

fn source_context(source: Option<String>, branch: Option<String>) -> Option<Value> {
    source.map(|source| {
        serde_json::json!({
            "source": source,
            "githubRepoContext": { "startingBranch": branch.unwrap_or_else(|| "main".to_owned()) },
        })
    })
}
