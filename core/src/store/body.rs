//! Activities as they are stored: the server's JSON, which becomes an activity where one is needed.

use bytes::Bytes;
use serde::Deserialize;

use crate::ground::error::Error;
use crate::ground::model::Activity;

/// How the JSON begins that stands for an activity that was damaged in the store, until it is fetched again.
pub(crate) const DAMAGED: &str = r#"{"damaged":{},"id":"#;

/// What stands for a damaged activity: one of an unknown kind.
pub(crate) fn damaged(id: &str) -> String {
    format!("{DAMAGED}{}}}", serde_json::Value::from(id))
}

/// One activity, a piece of what was read at once.
#[derive(Clone, Debug)]
pub(crate) struct Body(pub(super) Bytes);

impl Body {
    #[cfg(test)]
    pub(crate) fn of(text: &str) -> Self {
        Self(text.to_owned().into())
    }

    /// The activity; nothing when it can't be read.
    pub(crate) fn activity(&self) -> Option<Activity> {
        readable(&self.0)
    }

    /// Its id, without the rest of it; nothing when it can't be read.
    pub(crate) fn id(&self) -> Option<String> {
        let text = std::str::from_utf8(&self.0).ok()?;
        Activity::id_of(text).or_else(|| self.activity().map(|activity| activity.id))
    }

    /// The id of an activity that was damaged in the store, and is to be fetched again.
    pub(crate) fn damaged(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Known {
            id: String,
        }
        let is_damaged = self.0.starts_with(DAMAGED.as_bytes());
        is_damaged.then(|| serde_json::from_slice::<Known>(&self.0).ok().map(|known| known.id)).flatten()
    }
}

pub(super) fn readable(body: &[u8]) -> Option<Activity> {
    let text = std::str::from_utf8(body).map_err(|cause| Error::store("its text is not UTF-8").with_source(cause));
    text.and_then(Activity::from_wire)
        .inspect_err(|error| tracing::warn!(target: "jules::store", %error, "an activity in the store can't be read"))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_known_without_the_rest_and_where_it_stands_in_the_name() {
        for text in [
            r#"{"id":"a\u0062","name":"sessions/1/activities/9","agentMessaged":{"agentMessage":"id"}}"#,
            r#"{"name":"sessions/1/activities/9","sessionCompleted":{}}"#,
            r#"{"id":"","name":"1/activities/9","sessionCompleted":{}}"#,
            r#"{"id":7,"name":"1/activities/9","sessionCompleted":{}}"#,
            r#"{"id":"a","id":"b"}"#,
            r#"{"description":"no id"}"#,
            "{",
        ] {
            let body = Body::of(text);
            assert_eq!(body.id(), body.activity().map(|activity| activity.id), "{text}");
        }
    }

    #[test]
    fn what_is_damaged_is_an_activity_of_an_unknown_kind() {
        let body = Body(damaged("a\"b").into());
        assert_eq!(body.damaged().as_deref(), Some("a\"b"));
        let activity = serde_json::to_value(body.activity().unwrap()).unwrap();
        assert_eq!((&activity["type"], &activity["kind"]), (&"unknown".into(), &"damaged".into()));
        assert_eq!(Body(r#"{"id":"a","damaged":{}}"#.into()).damaged(), None, "the server's own word");
    }
}
