//! The agent's plan and its steps.

use serde::{Deserialize, Serialize};

use super::{Timestamp, json};
use crate::ground::timestamp;

/// What the agent intends to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Plan {
    /// Unique within its session.
    #[serde(deserialize_with = "json::or_default")]
    pub id: String,
    /// When it was made.
    #[serde(deserialize_with = "timestamp::lenient", skip_serializing_if = "Option::is_none")]
    pub create_time: Option<Timestamp>,
    /// Its steps, in order.
    #[serde(deserialize_with = "json::or_default")]
    pub steps: Vec<PlanStep>,
}

/// One step of a [`Plan`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct PlanStep {
    /// Unique within its plan.
    #[serde(deserialize_with = "json::or_default")]
    pub id: String,
    /// What the step is about, in a few words.
    #[serde(deserialize_with = "json::or_default")]
    pub title: String,
    /// Details.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its place in the plan, from 0.
    #[serde(deserialize_with = "json::number")]
    pub index: u32,
}
