//! A session as the server describes it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Activity, ChangeSet, Outcome, Plan, SessionId, SessionState, Source, Timestamp, json};
use crate::ground::timestamp;

/// A session, with what is known of it. Serialized, it has the JSON shape that all languages share.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SessionInfo {
    /// Unique among the account's sessions.
    pub id: String,
    /// The resource name, `sessions/<id>`.
    pub name: String,
    /// The title, given by the user or the server.
    #[serde(default)]
    pub title: String,
    /// The prompt.
    #[serde(default)]
    pub prompt: String,
    /// The session's state.
    pub state: SessionState,
    /// What the server says its state is, where it differs from `state`: the activities say that the session ended long ago.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_state: Option<SessionState>,
    /// The session's page in the web app; may be empty.
    #[serde(default)]
    pub url: String,
    /// When it was created, by the server's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_time: Option<Timestamp>,
    /// When it last changed, by the server's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_time: Option<Timestamp>,
    /// Whether it is archived.
    #[serde(default)]
    pub archived: bool,
    /// What it works on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_context: Option<SourceContext>,
    /// The source itself, where the server sends it along.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Whether plans wait for approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_plan_approval: Option<bool>,
    /// The server's word for what happens at the end, such as `AUTO_CREATE_PR`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub automation_mode: Option<String>,
    /// Its outputs so far.
    #[serde(default)]
    pub outputs: Vec<SessionOutput>,
    /// The pull request among the outputs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pull_request: Option<PullRequest>,
    /// The latest plan among the activities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// The activities that are known; none in listings.
    #[serde(default)]
    pub activities: Vec<Activity>,
    /// How it ended, when it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Whether it was seen in this state without its outputs: those here are older.
    #[serde(skip)]
    pub(crate) outputs_unseen: bool,
    /// Whether only its state was seen lately: all else here is older.
    #[serde(skip)]
    pub(crate) only_state_seen: bool,
}

/// What a session works on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SourceContext {
    /// The source's name, `sources/github/owner/repo`.
    pub source: String,
    /// The branch that the work starts from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starting_branch: Option<String>,
    /// The branch that the agent works on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub working_branch: Option<String>,
    /// Whether the environment variables that are set up for the source are there for the agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment_variables_enabled: Option<bool>,
}

/// One thing that came out of a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum SessionOutput {
    /// A pull request.
    PullRequest {
        /// The pull request.
        pull_request: PullRequest,
    },
    /// Changes that are not in a pull request.
    ChangeSet {
        /// The changes.
        change_set: ChangeSet,
    },
    /// A kind that this version does not know.
    Unknown {
        /// The output as the server sent it.
        raw: Value,
    },
}

/// A pull request that a session made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct PullRequest {
    /// Its page.
    #[serde(deserialize_with = "json::or_default")]
    pub url: String,
    /// Its title.
    #[serde(deserialize_with = "json::or_default")]
    pub title: String,
    /// Its description.
    #[serde(deserialize_with = "json::or_default")]
    pub description: String,
    /// The branch it would be merged into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_ref: Option<String>,
    /// The branch it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head_ref: Option<String>,
    /// Its number, taken from the URL.
    #[serde(deserialize_with = "json::whole", skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Wire {
    #[serde(deserialize_with = "json::or_default")]
    id: String,
    #[serde(deserialize_with = "json::or_default")]
    name: String,
    #[serde(deserialize_with = "json::or_default")]
    title: String,
    #[serde(deserialize_with = "json::or_default")]
    prompt: String,
    #[serde(deserialize_with = "json::or_default")]
    state: String,
    #[serde(deserialize_with = "json::or_default")]
    url: String,
    #[serde(deserialize_with = "timestamp::lenient")]
    create_time: Option<Timestamp>,
    #[serde(deserialize_with = "timestamp::lenient")]
    update_time: Option<Timestamp>,
    #[serde(deserialize_with = "json::or_default")]
    archived: bool,
    /// Not the server's: the store has it where an end is believed.
    believed_end: Option<BelievedEnd>,
    /// Not the server's: the store has it where the outputs are older than the state.
    #[serde(deserialize_with = "json::or_default")]
    outputs_unseen: bool,
    /// Not the server's either: the store has it where a page told the state and no more.
    #[serde(deserialize_with = "json::or_default")]
    only_state_seen: bool,
    source_context: Option<Value>,
    source: Option<Value>,
    require_plan_approval: Option<bool>,
    automation_mode: Option<String>,
    #[serde(deserialize_with = "json::or_default")]
    outputs: Vec<Value>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct BelievedEnd {
    #[serde(deserialize_with = "json::or_default")]
    server_state: Option<String>,
}

impl SessionInfo {
    /// Reads the server's JSON; nothing when it isn't a session, or its id can't be used safely.
    pub(crate) fn from_wire(text: &str) -> Option<Self> {
        let wire: Wire =
            json::forgiving(text).inspect_err(|cause| tracing::warn!(%cause, "a session could not be read")).ok()?;
        let given = if wire.id.is_empty() { wire.name.as_str() } else { wire.id.as_str() };
        let Ok(id) = SessionId::parse(given) else {
            tracing::warn!(id = ?given, "a session was skipped: its id is not usable");
            return None;
        };
        let outputs = SessionOutput::read_all(wire.outputs);
        Some(Self {
            name: format!("sessions/{id}"),
            id: id.as_str().to_owned(),
            title: wire.title,
            prompt: wire.prompt,
            state: SessionState::from_wire(&wire.state),
            server_state: wire.believed_end.and_then(|end| end.server_state.as_deref().map(SessionState::from_wire)),
            url: wire.url,
            create_time: wire.create_time,
            update_time: wire.update_time,
            archived: wire.archived,
            source_context: wire.source_context.as_ref().map(SourceContext::read),
            source: wire.source.as_ref().and_then(Source::from_wire),
            require_plan_approval: wire.require_plan_approval,
            automation_mode: wire.automation_mode,
            pull_request: outputs.iter().find_map(SessionOutput::pull_request).cloned(),
            outputs,
            plan: None,
            activities: Vec::new(),
            outcome: None,
            outputs_unseen: wire.outputs_unseen,
            only_state_seen: wire.only_state_seen,
        })
    }
}

impl SourceContext {
    fn read(raw: &Value) -> Self {
        let text = |pointer: &str| raw.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        Self {
            source: text("/source").unwrap_or_default(),
            starting_branch: text("/githubRepoContext/startingBranch"),
            working_branch: text("/workingBranch").or_else(|| text("/githubRepoContext/workingBranch")),
            environment_variables_enabled: raw.get("environmentVariablesEnabled").and_then(Value::as_bool),
        }
    }
}

impl SessionOutput {
    fn read_all(values: Vec<Value>) -> Vec<Self> {
        json::each(values, Self::read, |raw| Self::Unknown { raw })
    }

    fn read(value: &Value) -> Option<Self> {
        let fields = value.as_object()?;
        if let Some(inner) = fields.get("pullRequest") {
            let mut pull_request = PullRequest::deserialize(inner).ok()?;
            pull_request.number = number_in(&pull_request.url);
            Some(Self::PullRequest { pull_request })
        } else {
            let change_set = ChangeSet::deserialize(fields.get("changeSet")?).ok()?;
            Some(Self::ChangeSet { change_set })
        }
    }

    /// The pull request, when this is one.
    pub fn pull_request(&self) -> Option<&PullRequest> {
        match self {
            Self::PullRequest { pull_request } => Some(pull_request),
            _ => None,
        }
    }

    /// The changes, when this is a change set.
    pub fn change_set(&self) -> Option<&ChangeSet> {
        match self {
            Self::ChangeSet { change_set } => Some(change_set),
            _ => None,
        }
    }
}

/// `https://github.com/o/r/pull/42` → 42.
fn number_in(url: &str) -> Option<u64> {
    let after = url.split("/pull/").nth(1)?;
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// The new look at a session, with the outputs that only the earlier look had: once seen they stay. A pull request is known
/// by its URL; of other kinds the newer ones replace the earlier. Nothing when the new look lacks nothing.
pub(crate) fn merged(earlier: &str, new: &str) -> Option<String> {
    let read = |text: &str| serde_json::from_str::<Map<String, Value>>(text).ok();
    let (earlier, mut new) = (read(earlier)?, read(new)?);
    let mut outputs = new.get("outputs").and_then(Value::as_array).cloned().unwrap_or_default();
    let here: Vec<_> = outputs.iter().map(identity).collect();
    let kept = earlier.get("outputs").and_then(Value::as_array).into_iter().flatten();
    let kept: Vec<_> = kept.filter(|output| !here.contains(&identity(output))).cloned().collect();
    if kept.is_empty() {
        return None;
    }
    outputs.extend(kept);
    new.insert("outputs".to_owned(), outputs.into());
    Some(Value::Object(new).to_string())
}

/// What makes two outputs the same one: the kind, and the pull request's page.
fn identity(output: &Value) -> (Option<&str>, Option<&str>) {
    let kind = output.as_object().and_then(|fields| fields.keys().next());
    (kind.map(String::as_str), output.pointer("/pullRequest/url").and_then(Value::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> Option<SessionInfo> {
        SessionInfo::from_wire(&value.to_string())
    }

    #[test]
    fn the_bare_answer_to_a_create_is_enough() {
        let info = read(json!({"name": "sessions/31415926535897932384"})).unwrap();
        assert_eq!(info.id, "31415926535897932384");
        assert_eq!(info.state, SessionState::Unspecified);
        assert!(info.outputs.is_empty());
    }

    #[test]
    fn an_id_that_could_leave_its_path_is_skipped() {
        assert_eq!(read(json!({"id": "../../victim", "name": "sessions/../../victim"})), None);
    }

    #[test]
    fn outputs_are_read_one_by_one() {
        let info = read(json!({"id": "1", "outputs": [
            {"poem": {}},
            {"pullRequest": {"url": "https://github.com/o/r/pull/42", "title": "t"}},
            {"changeSet": {"gitPatch": {"unidiffPatch": "p"}}},
        ]}))
        .unwrap();
        assert_eq!(info.pull_request.as_ref().unwrap().number, Some(42));
        assert_eq!(serde_json::from_value::<SessionInfo>(serde_json::to_value(&info).unwrap()).unwrap(), info);
        let kinds: Vec<_> = serde_json::to_value(&info.outputs)
            .unwrap()
            .as_array()
            .unwrap()
            .iter()
            .map(|output| output["type"].clone())
            .collect();
        assert_eq!(kinds, ["unknown", "pullRequest", "changeSet"]);
    }

    #[test]
    fn a_field_of_another_type_has_its_default_and_the_session_stays() {
        for (field, odd) in [
            ("archived", json!("yes")),
            ("url", json!(5)),
            ("title", json!({})),
            ("state", json!([])),
            ("createTime", json!(7)),
            ("requirePlanApproval", json!("no")),
            ("automationMode", json!(1)),
            ("outputs", json!("none")),
            ("sourceContext", json!(3)),
            ("source", json!([])),
        ] {
            let mut wire = json!({"id": "1", "name": "sessions/1", "prompt": "p"});
            wire[field] = odd;
            let info = read(wire.clone()).unwrap();
            assert_eq!((info.id.as_str(), info.prompt.as_str()), ("1", "p"), "{wire}");
        }
        let odd_id = read(json!({"id": 1, "name": "sessions/1"})).unwrap();
        assert_eq!(odd_id.id, "1");
    }

    #[test]
    fn where_it_works_and_with_what_can_be_read() {
        let context = json!({"source": "sources/github/o/r", "workingBranch": "w", "environmentVariablesEnabled": true,
            "githubRepoContext": {"startingBranch": "main"}});
        let info = read(json!({"id": "1", "archived": true, "sourceContext": context})).unwrap();
        assert!(info.archived);
        assert_eq!(
            serde_json::to_value(info.source_context).unwrap(),
            json!({"source": "sources/github/o/r", "startingBranch": "main", "workingBranch": "w",
                "environmentVariablesEnabled": true})
        );
    }

    #[test]
    fn outputs_that_were_seen_stay() {
        let (one, two) = (json!({"pullRequest": {"url": "u/1"}}), json!({"pullRequest": {"url": "u/2"}}));
        let (old, new) = (json!({"changeSet": {"source": "old"}}), json!({"changeSet": {"source": "new"}}));
        let body = |outputs: Option<Value>| {
            let mut body = json!({"id": "1", "title": "t"});
            if let Some(outputs) = outputs {
                body["outputs"] = outputs;
            }
            body.to_string()
        };
        let outputs = |earlier, new| {
            let merged = merged(&body(earlier), &body(new))?;
            let merged: Value = serde_json::from_str(&merged).unwrap();
            assert_eq!(merged["title"], "t");
            Some(merged["outputs"].clone())
        };
        assert_eq!(outputs(Some(json!([one, old])), None), Some(json!([one, old])));
        assert_eq!(outputs(Some(json!([one, old])), Some(json!([new]))), Some(json!([new, one])));
        assert_eq!(outputs(Some(json!([one])), Some(json!([two]))), Some(json!([two, one])));
        assert_eq!(outputs(Some(json!([old])), Some(json!([new, one]))), None);
        assert_eq!(outputs(None, Some(json!([one]))), None);
        assert_eq!(merged("no json", "{}"), None);
    }
}
