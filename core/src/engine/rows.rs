//! From what the service answered to what the store keeps.

use crate::api::{SeenActivity, SeenSession};
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
        Self::of(&activity, body)
    }
}
