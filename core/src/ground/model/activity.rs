//! One thing that happened in a session.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{Artifact, Plan, Timestamp, json, last_segment};
use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::timestamp;

mod shape;

/// The names of all activity types, as they stand in JSON and in filters.
pub const ACTIVITY_TYPES: [&str; 8] = [
    "agentMessaged",
    "userMessaged",
    "planGenerated",
    "planApproved",
    "progressUpdated",
    "sessionCompleted",
    "sessionFailed",
    "unknown",
];

/// One thing that happened in a session. Serialized, it has the JSON shape that all languages share.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Activity {
    /// The resource name, usually `sessions/1/activities/2`.
    pub name: String,
    /// Unique within the session.
    pub id: String,
    /// When it happened, by the server's clock.
    pub create_time: Option<Timestamp>,
    /// Who did it, as the server says: usually `user`, `agent` or `system`; empty when it doesn't say.
    pub originator: String,
    /// A description, when there is one.
    pub description: Option<String>,
    /// Its artifacts.
    pub artifacts: Vec<Artifact>,
    // not python, node: each kind of activity is a type of its own there
    /// What happened.
    pub event: Event,
}

impl Activity {
    /// The session that it belongs to, as its name tells.
    pub fn session_id(&self) -> Option<&str> {
        self.name.strip_prefix("sessions/")?.split('/').next().filter(|id| !id.is_empty())
    }
}

/// What an [`Activity`] is about.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The agent wrote a message.
    AgentMessaged {
        /// The message.
        message: String,
    },
    /// The user wrote a message.
    UserMessaged {
        /// The message.
        message: String,
    },
    /// The agent made a plan.
    PlanGenerated {
        /// The plan.
        plan: Plan,
    },
    /// A plan was approved.
    PlanApproved {
        /// The id of the plan.
        plan_id: String,
    },
    /// The work progressed.
    ProgressUpdated {
        /// What is being done, in a few words.
        title: String,
        /// More about it: its own description, or else that of the activity; may be empty.
        description: String,
    },
    /// The session ended with success.
    SessionCompleted,
    /// The session ended without success.
    SessionFailed {
        /// Why.
        reason: String,
    },
    /// Something that this version does not know, or nothing but a description.
    Unknown {
        /// The server's word for it; empty when there is none.
        kind: String,
        /// The whole activity as the server sent it.
        raw: Value,
    },
}

impl Event {
    /// The name of the type, one of [`ACTIVITY_TYPES`].
    pub fn kind(&self) -> &'static str {
        match self {
            Self::AgentMessaged { .. } => "agentMessaged",
            Self::UserMessaged { .. } => "userMessaged",
            Self::PlanGenerated { .. } => "planGenerated",
            Self::PlanApproved { .. } => "planApproved",
            Self::ProgressUpdated { .. } => "progressUpdated",
            Self::SessionCompleted => "sessionCompleted",
            Self::SessionFailed { .. } => "sessionFailed",
            Self::Unknown { .. } => "unknown",
        }
    }
}

/// The server's shape. `None` everywhere means an event that is not known.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Wire<'a> {
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(deserialize_with = "timestamp::lenient")]
    create_time: Option<Timestamp>,
    originator: Option<String>,
    description: Option<String>,
    #[serde(borrow)]
    artifacts: Option<Vec<&'a RawValue>>,
    agent_messaged: Option<AgentMessaged>,
    user_messaged: Option<UserMessaged>,
    plan_generated: Option<PlanGenerated>,
    plan_approved: Option<PlanApproved>,
    progress_updated: Option<ProgressUpdated>,
    session_completed: Option<SessionCompleted>,
    session_failed: Option<SessionFailed>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct AgentMessaged {
    #[serde(deserialize_with = "json::or_default")]
    agent_message: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct UserMessaged {
    #[serde(deserialize_with = "json::or_default")]
    user_message: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct PlanGenerated {
    #[serde(deserialize_with = "json::or_default")]
    plan: Plan,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct PlanApproved {
    #[serde(deserialize_with = "json::or_default")]
    plan_id: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ProgressUpdated {
    #[serde(deserialize_with = "json::or_default")]
    title: String,
    #[serde(deserialize_with = "json::or_default")]
    description: String,
}

#[derive(Deserialize, Default)]
struct SessionCompleted {}

#[derive(Deserialize, Default)]
#[serde(default)]
struct SessionFailed {
    #[serde(deserialize_with = "json::or_default")]
    reason: String,
}

impl Activity {
    /// The name of the type, one of [`ACTIVITY_TYPES`].
    pub fn kind(&self) -> &'static str {
        self.event.kind()
    }

    /// The message, when this is one, of the agent or the user.
    pub fn message(&self) -> Option<&str> {
        match &self.event {
            Event::AgentMessaged { message } | Event::UserMessaged { message } => Some(message),
            _ => None,
        }
    }

    /// Whether this is the user's message with this text. The server may have trimmed it.
    pub(crate) fn is_message_of_user(&self, text: &str) -> bool {
        matches!(&self.event, Event::UserMessaged { message } if message.trim() == text.trim())
    }

    /// Whether it says that the session has ended.
    pub(crate) fn is_end(&self) -> bool {
        matches!(self.event, Event::SessionCompleted | Event::SessionFailed { .. })
    }

    /// Whether it came without any content: no event, no description, no artifact. The server may show the whole of it later.
    pub(crate) fn is_empty(&self) -> bool {
        let nothing = matches!(&self.event, Event::Unknown { kind, .. } if kind.is_empty());
        nothing && self.description.as_deref().is_none_or(str::is_empty) && self.artifacts.is_empty()
    }

    /// The id in the server's JSON, where it stands there as a text.
    pub(crate) fn id_of(text: &str) -> Option<String> {
        #[derive(Deserialize)]
        struct Known<'a> {
            #[serde(borrow)]
            id: Cow<'a, str>,
        }
        let Known { id } = serde_json::from_str(text).ok()?;
        (!id.is_empty()).then(|| id.into_owned())
    }

    /// Reads the server's JSON. Whatever has an id is an activity, if need be an unknown one.
    pub(crate) fn from_wire(text: &str) -> Result<Self> {
        let known = serde_json::from_str::<Wire<'_>>(text).ok().and_then(Wire::into_known);
        known.or_else(|| Self::odd_from_wire(text)).map_or_else(|| Self::unknown_from_wire(text), Ok)
    }

    /// A known event beside a common field of another type than expected: that counts as absent.
    fn odd_from_wire(text: &str) -> Option<Self> {
        let mut fields: Map<String, Value> = serde_json::from_str(text).ok()?;
        fields.retain(|name, value| match name.as_str() {
            "artifacts" => value.is_array() || value.is_null(),
            name if COMMON.contains(&name) => value.is_string() || value.is_null(),
            _ => true,
        });
        let text = Value::Object(fields).to_string();
        serde_json::from_str::<Wire<'_>>(&text).ok().and_then(Wire::into_known)
    }

    fn unknown_from_wire(text: &str) -> Result<Self> {
        let raw: Value = serde_json::from_str(text)
            .map_err(|cause| Error::new(ErrorKind::Decode, "the activity is not valid JSON").with_source(cause))?;
        let text_of = |field: &str| raw.get(field).and_then(Value::as_str);
        let name = text_of("name").unwrap_or_default();
        let id = text_of("id").filter(|id| !id.is_empty()).unwrap_or_else(|| last_segment(name));
        if id.is_empty() {
            return Err(Error::new(ErrorKind::Decode, "the activity has neither id nor name"));
        }
        Ok(Self {
            name: name.to_owned(),
            id: id.to_owned(),
            create_time: text_of("createTime").and_then(|time| time.parse().ok()),
            originator: text_of("originator").unwrap_or_default().to_owned(),
            description: text_of("description").map(str::to_owned),
            artifacts: raw
                .get("artifacts")
                .and_then(Value::as_array)
                .map(|values| Artifact::read_all(values.clone()))
                .unwrap_or_default(),
            event: Event::Unknown { kind: event_word(&raw), raw },
        })
    }
}

impl Wire<'_> {
    fn into_known(self) -> Option<Activity> {
        let event = self
            .agent_messaged
            .map(|event| Event::AgentMessaged { message: event.agent_message })
            .or_else(|| self.user_messaged.map(|event| Event::UserMessaged { message: event.user_message }))
            .or_else(|| self.plan_generated.map(|event| Event::PlanGenerated { plan: event.plan }))
            .or_else(|| self.plan_approved.map(|event| Event::PlanApproved { plan_id: event.plan_id }))
            .or_else(|| {
                self.progress_updated.map(|ProgressUpdated { title, description }| {
                    let own = Some(description).filter(|own| !own.is_empty());
                    let description = own.or_else(|| self.description.clone()).unwrap_or_default();
                    Event::ProgressUpdated { title, description }
                })
            })
            .or_else(|| self.session_completed.map(|_| Event::SessionCompleted))
            .or_else(|| self.session_failed.map(|event| Event::SessionFailed { reason: event.reason }))?;
        let name = self.name.unwrap_or_default();
        let id = match self.id {
            Some(id) if !id.is_empty() => id.into_owned(),
            _ => last_segment(&name).to_owned(),
        };
        (!id.is_empty()).then(|| Activity {
            name: name.into_owned(),
            id,
            create_time: self.create_time,
            originator: self.originator.unwrap_or_default(),
            description: self.description,
            artifacts: self.artifacts.unwrap_or_default().into_iter().map(Artifact::from_wire).collect(),
            event,
        })
    }
}

/// What every activity may have, whatever its event.
const COMMON: [&str; 6] = ["name", "id", "description", "createTime", "originator", "artifacts"];

/// The one field that is an object and none of the common ones.
fn event_word(raw: &Value) -> String {
    raw.as_object()
        .and_then(|fields| fields.iter().find(|(name, value)| value.is_object() && !COMMON.contains(&name.as_str())))
        .map(|(name, _)| name.clone())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> Activity {
        Activity::from_wire(&value.to_string()).unwrap()
    }

    #[test]
    fn the_public_shape_is_flat() {
        let activity = read(json!({
            "name": "sessions/1/activities/2", "createTime": "2025-01-02T03:04:05Z", "originator": "agent",
            "agentMessaged": {"agentMessage": "hello"}
        }));
        assert_eq!(
            serde_json::to_value(&activity).unwrap(),
            json!({"name": "sessions/1/activities/2", "id": "2", "sessionId": "1", "type": "agentMessaged",
                "createTime": "2025-01-02T03:04:05Z", "originator": "agent", "message": "hello", "artifacts": []})
        );
    }

    #[test]
    fn an_unknown_event_is_kept_whole() {
        let raw = json!({"id": "7", "name": "1/activities/7", "dreamt": {"of": "sheep"}});
        let activity = read(raw.clone());
        assert_eq!(activity.event, Event::Unknown { kind: "dreamt".into(), raw });
        assert_eq!(activity.kind(), "unknown");
    }

    #[test]
    fn an_activity_may_have_no_event_at_all() {
        let activity = read(json!({"id": "7", "description": "thinking"}));
        assert!(matches!(&activity.event, Event::Unknown { kind, .. } if kind.is_empty()));
        assert_eq!(activity.description.as_deref(), Some("thinking"));
    }

    #[test]
    fn a_known_event_of_another_shape_is_unknown_and_not_lost() {
        let activity = read(json!({"id": "7", "planGenerated": {"plan": 3}}));
        assert!(matches!(&activity.event, Event::Unknown { kind, .. } if kind == "planGenerated"));
    }

    #[test]
    fn a_common_field_of_another_type_does_not_hide_the_event() {
        for (field, odd) in [
            ("originator", json!(5)),
            ("description", json!({})),
            ("createTime", json!(7)),
            ("artifacts", json!("none")),
            ("name", json!([])),
        ] {
            let mut wire = json!({"id": "7", "sessionCompleted": {}});
            wire[field] = odd;
            assert_eq!(read(wire.clone()).kind(), "sessionCompleted", "{wire}");
        }
        assert_eq!(read(json!({"id": 7, "name": "1/activities/7", "sessionCompleted": {}})).id, "7");
    }

    #[test]
    fn progress_has_its_own_description_and_else_the_common_one() {
        let own =
            read(json!({"id": "1", "description": "outer", "progressUpdated": {"title": "t", "description": "inner"}}));
        assert_eq!(serde_json::to_value(own).unwrap()["description"], "inner");
        let outer = read(json!({"id": "1", "description": "outer", "progressUpdated": {"title": "t"}}));
        assert_eq!(serde_json::to_value(outer).unwrap()["description"], "outer");
        let none = read(json!({"id": "1", "progressUpdated": {}}));
        assert_eq!(serde_json::to_value(none).unwrap()["description"], "");
    }

    #[test]
    fn what_was_written_is_read_back() {
        for event in [
            json!({"agentMessaged": {"agentMessage": "m"}, "createTime": "2025-01-02T03:04:05.123456789Z"}),
            json!({"userMessaged": {"userMessage": "m"}, "description": "d"}),
            json!({"planGenerated": {"plan": {"id": "p", "steps": [{"id": "s", "title": "t", "index": 3}]}}}),
            json!({"planApproved": {"planId": "p"}}),
            json!({"progressUpdated": {"title": "t", "description": "d"}, "artifacts": [
                {"bashOutput": {"command": "ls", "exitCode": 2}}, {"media": {"mimeType": "image/png", "data": "AA=="}},
                {"changeSet": {"gitPatch": {"unidiffPatch": "p"}}}, {"hologram": {}}]}),
            json!({"sessionCompleted": {}, "originator": "system"}),
            json!({"sessionFailed": {"reason": "r"}}),
            json!({"dreamt": {"of": "sheep"}}),
        ] {
            let mut wire = event;
            wire["id"] = "7".into();
            let activity = read(wire);
            let written = serde_json::to_value(&activity).unwrap();
            assert_eq!(serde_json::from_value::<Activity>(written).unwrap(), activity);
        }
        let lacking = json!({"name": "n", "id": "7", "type": "agentMessaged"});
        assert!(serde_json::from_value::<Activity>(lacking).unwrap_err().to_string().contains("message"));
    }

    #[test]
    fn what_has_no_id_is_no_activity() {
        assert_eq!(Activity::from_wire("{}").unwrap_err().kind(), ErrorKind::Decode);
    }
}
