//! The public shape of an activity, which all languages share: written, and read back.

use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{Activity, Event};
use crate::ground::model::{Artifact, Plan, Timestamp};

impl Serialize for Activity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("id", &self.id)?;
        if let Some(session) = self.session_id() {
            map.serialize_entry("sessionId", session)?;
        }
        map.serialize_entry("type", self.kind())?;
        if let Some(time) = &self.create_time {
            map.serialize_entry("createTime", time)?;
        }
        map.serialize_entry("originator", &self.originator)?;
        let mut description = self.description.as_deref();
        match &self.event {
            Event::AgentMessaged { message } | Event::UserMessaged { message } => {
                map.serialize_entry("message", message)?;
            }
            Event::PlanGenerated { plan } => map.serialize_entry("plan", plan)?,
            Event::PlanApproved { plan_id } => map.serialize_entry("planId", plan_id)?,
            Event::ProgressUpdated { title, description: own } => {
                map.serialize_entry("title", title)?;
                description = Some(own);
            }
            Event::SessionCompleted => {}
            Event::SessionFailed { reason } => map.serialize_entry("reason", reason)?,
            Event::Unknown { kind, raw } => {
                map.serialize_entry("kind", kind)?;
                map.serialize_entry("raw", raw)?;
            }
        }
        if let Some(description) = description {
            map.serialize_entry("description", description)?;
        }
        map.serialize_entry("artifacts", &self.artifacts)?;
        map.end()
    }
}

/// The public shape, read back.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shape {
    name: String,
    id: String,
    r#type: String,
    create_time: Option<Timestamp>,
    #[serde(default)]
    originator: String,
    description: Option<String>,
    #[serde(default)]
    artifacts: Vec<Artifact>,
    message: Option<String>,
    plan: Option<Plan>,
    plan_id: Option<String>,
    title: Option<String>,
    reason: Option<String>,
    #[serde(default)]
    kind: String,
    raw: Option<Value>,
}

impl Shape {
    /// The event, or the name of the field that it lacks.
    fn event(&mut self) -> Result<Event, &'static str> {
        Ok(match self.r#type.as_str() {
            "agentMessaged" => Event::AgentMessaged { message: self.message.take().ok_or("message")? },
            "userMessaged" => Event::UserMessaged { message: self.message.take().ok_or("message")? },
            "planGenerated" => Event::PlanGenerated { plan: self.plan.take().ok_or("plan")? },
            "planApproved" => Event::PlanApproved { plan_id: self.plan_id.take().ok_or("planId")? },
            "progressUpdated" => Event::ProgressUpdated {
                title: self.title.take().ok_or("title")?,
                description: self.description.take().unwrap_or_default(),
            },
            "sessionCompleted" => Event::SessionCompleted,
            "sessionFailed" => Event::SessionFailed { reason: self.reason.take().ok_or("reason")? },
            "unknown" => Event::Unknown { kind: std::mem::take(&mut self.kind), raw: self.raw.take().ok_or("raw")? },
            _ => return Err("type"),
        })
    }
}

/// Reads what [`Serialize`] writes.
impl<'de> Deserialize<'de> for Activity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut shape = Shape::deserialize(deserializer)?;
        let event = shape.event().map_err(D::Error::missing_field)?;
        Ok(Self {
            name: shape.name,
            id: shape.id,
            create_time: shape.create_time,
            originator: shape.originator,
            description: shape.description,
            artifacts: shape.artifacts,
            event,
        })
    }
}
