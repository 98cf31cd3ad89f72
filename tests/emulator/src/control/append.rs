//! Adding to a session from outside: activities, a state, outputs.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::world::{Draft, Nanos, Stored, When, parse_time};

/// What to add to a session; all of it is seen at once.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Append {
    /// The session's id.
    pub session: String,
    /// One wire activity; name, id and createTime are filled in where missing, `null` leaves them out.
    pub activity: Option<Value>,
    /// More of them.
    pub activities: Vec<Value>,
    /// The session's new state.
    pub state: Option<String>,
    /// Added to the session's outputs.
    pub outputs: Vec<Value>,
    /// RFC 3339: the activities' createTime, also one that lies before others'. Default: now.
    pub at: Option<String>,
    /// Milliseconds after which the activities become visible. Default 0.
    pub late_ms: u64,
    /// Milliseconds for which the activities are listed without their content. Default 0.
    pub empty_ms: u64,
}

/// Adds; answers the new activities' ids.
pub(crate) fn append(stored: &mut Stored, append: Append, now: Nanos) -> Result<Vec<String>, String> {
    let session = append.session.trim_start_matches("sessions/").to_owned();
    if !stored.sessions.contains_key(&session) {
        return Err(format!("there is no session '{session}'"));
    }
    let when = match &append.at {
        None => When::Now,
        Some(text) => When::At(parse_time(text).ok_or_else(|| format!("'{text}' isn't an RFC 3339 time"))?),
    };
    if let Some(state) = &append.state {
        stored.set_state(&session, state, now);
    }
    for output in append.outputs {
        stored.add_output(&session, output, now);
    }
    let mut ids = Vec::new();
    for activity in append.activity.into_iter().chain(append.activities) {
        if !activity.is_object() {
            return Err("an activity is a JSON object".to_owned());
        }
        let (late, empty) = (Duration::from_millis(append.late_ms), Duration::from_millis(append.empty_ms));
        let draft = Draft { activity, when, late, empty };
        ids.extend(stored.add_activity(&session, draft, now));
    }
    Ok(ids)
}
