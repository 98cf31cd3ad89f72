//! From what the service answered to what the store keeps.

use crate::api::{SeenActivity, SeenSession};
use crate::ground::model::Activity;
use crate::store::{NewActivity, SessionRecord};

impl From<&SeenSession> for SessionRecord {
    fn from(seen: &SeenSession) -> Self {
        Self {
            body: seen.body.clone(),
            state: seen.info.state.as_str().to_owned(),
            create_time: seen.info.create_time,
            update_time: seen.info.update_time,
            partial: seen.is_partial,
        }
    }
}

impl From<SeenActivity> for NewActivity {
    fn from(SeenActivity { activity, body }: SeenActivity) -> Self {
        let (kind, texts, empty) = (activity.kind(), Self::texts_of(&activity), activity.is_empty());
        let Activity { id, create_time, originator, .. } = activity;
        Self { id, create_time, kind, originator, texts, empty, body }
    }
}
