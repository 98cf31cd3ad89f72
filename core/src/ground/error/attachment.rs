//! Values that an error carries: they belong to floors that the error knows nothing of.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::Error;

/// A value that an error carries for programs to read.
pub(crate) trait Attachment: Any + Send + Sync + fmt::Debug {
    /// The field that it is in the error's JSON.
    fn name(&self) -> &'static str;

    /// Its public JSON; null for what only programs in this process can read.
    fn to_json(&self) -> Value;

    /// Its JSON with all that it knows, for another language.
    fn to_envelope(&self) -> Value {
        self.to_json()
    }
}

impl Error {
    /// Carries this value too; it replaces one of the same type.
    pub(crate) fn with<T: Attachment>(mut self, value: T) -> Self {
        self.0.attachments.retain(|attachment| attachment.name() != value.name());
        self.0.attachments.push(Arc::new(value));
        self
    }

    /// The value of this type, if the error carries one.
    pub(crate) fn attached<T: Attachment>(&self) -> Option<&T> {
        self.0.attachments.iter().find_map(|attachment| {
            let any: &dyn Any = attachment.as_ref();
            any.downcast_ref()
        })
    }
}
