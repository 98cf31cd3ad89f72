//! Why a store failed, for programs: an error of the kind [`Store`](crate::ErrorKind::Store) carries it.

use serde_json::Value;

use crate::ground::error::{Attachment, Error};

/// What happened to a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoreFault {
    /// No space is left for it.
    Full,
    /// Another process keeps it locked.
    Busy,
    /// It is read-only.
    ReadOnly,
    /// Its content is not what was written.
    Damaged,
    /// A newer version of this library wrote it.
    Newer,
    /// The system doesn't allow it.
    NoPermission,
    /// A directory is needed where there is something else.
    NotADirectory,
    /// It is a link, a pipe, or others may write to it.
    Unsafe,
    /// The device failed.
    Device,
    /// The server can't be reached, or the connection to it is lost.
    Unreachable,
    /// Anything else.
    Other,
}

impl StoreFault {
    /// Its public name.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Busy => "busy",
            Self::ReadOnly => "readOnly",
            Self::Damaged => "damaged",
            Self::Newer => "newer",
            Self::NoPermission => "noPermission",
            Self::NotADirectory => "notADirectory",
            Self::Unsafe => "unsafe",
            Self::Device => "device",
            Self::Unreachable => "unreachable",
            Self::Other => "other",
        }
    }

    /// Whether the same may succeed later without any change.
    pub(crate) fn may_pass(self) -> bool {
        matches!(self, Self::Full | Self::Busy | Self::Unreachable)
    }
}

impl Error {
    /// What happened to the cache, with [`Store`](crate::ErrorKind::Store): `"full"`, `"busy"`, `"readOnly"`, `"damaged"`,
    /// `"newer"`, `"noPermission"`, `"notADirectory"`, `"unsafe"`, `"device"`, `"unreachable"` or `"other"`.
    pub fn fault(&self) -> Option<&'static str> {
        self.attached().copied().map(StoreFault::as_str)
    }

    /// Whether the store couldn't be reached: it may be back later.
    pub(crate) fn is_of_outage(&self) -> bool {
        self.attached() == Some(&StoreFault::Unreachable)
    }
}

impl Attachment for StoreFault {
    fn name(&self) -> &'static str {
        "fault"
    }

    fn to_json(&self) -> Value {
        self.as_str().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::error::ErrorKind;

    #[test]
    fn an_error_tells_what_happened_to_the_store_in_a_word() {
        let full = Error::new(ErrorKind::Store, "x").with(StoreFault::Full);
        assert_eq!((full.fault(), &full.to_json()["fault"]), (Some("full"), &Value::from("full")));
        assert_eq!(Error::new(ErrorKind::Network, "x").fault(), None);
    }
}
