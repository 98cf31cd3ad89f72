//! Faults of an activity's content, applied as it is created: it stays so for every reader.

use serde_json::{Map, Value, json};

use super::fault::FaultKind;
use crate::script::filler;
use crate::serve::CUT_SURROGATE;

/// Changes an activity before it is stored.
pub(crate) fn disturb_activity(activity: &mut Value, fault: &FaultKind) {
    let Some(fields) = activity.as_object_mut() else {
        return;
    };
    let artifact = match fault {
        FaultKind::UnknownEvent {} => {
            let events: Vec<String> = fields
                .iter()
                .filter(|(name, value)| value.is_object() && name.as_str() != "artifacts")
                .map(|(name, _)| name.clone())
                .collect();
            for event in events {
                fields.remove(&event);
            }
            fields.insert("dreamRecorded".to_owned(), json!({ "dream": "electric sheep" }));
            return;
        }
        FaultKind::CutSurrogate {} => {
            cut_first_text(fields);
            return;
        }
        FaultKind::UnknownArtifact {} => json!({ "hologram": { "depth": 3, "data": "AAEC" } }),
        FaultKind::Huge { bytes } => {
            json!({ "bashOutput": { "command": "yes", "output": filler(*bytes) } })
        }
        _ => return,
    };
    let artifacts = fields.entry("artifacts").or_insert_with(|| json!([]));
    if let Some(artifacts) = artifacts.as_array_mut() {
        artifacts.push(artifact);
    }
}

/// Half of a character at the end of the event's first text, or of a description that it gets.
fn cut_first_text(fields: &mut Map<String, Value>) {
    let text = fields.values_mut().filter_map(Value::as_object_mut).find_map(|event| {
        event.values_mut().find_map(|value| match value {
            Value::String(text) => Some(text),
            _ => None,
        })
    });
    match text {
        Some(text) => text.push(CUT_SURROGATE),
        None => {
            fields.insert("description".to_owned(), json!(format!("cut here {CUT_SURROGATE}")));
        }
    }
}
