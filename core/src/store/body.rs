//! Activities as they are stored: the server's JSON, which becomes an activity where one is needed.

use bytes::Bytes;

use crate::ground::error::Error;
use crate::ground::model::Activity;

/// One activity, a piece of what was read at once.
#[derive(Debug)]
pub(crate) struct Body(pub(super) Bytes);

impl Body {
    /// The activity; nothing when it can't be read.
    pub(crate) fn activity(&self) -> Option<Activity> {
        readable(&self.0)
    }
}

pub(super) fn readable(body: &[u8]) -> Option<Activity> {
    let text = std::str::from_utf8(body).map_err(|cause| Error::store("its text is not UTF-8").with_source(cause));
    text.and_then(Activity::from_wire)
        .inspect_err(|error| tracing::warn!(target: "jules::store", %error, "an activity in the store can't be read"))
        .ok()
}
