//! What goes wrong with a store in a test: a write or a read that fails, or a write that fails though it was done.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::ffi;

type Draw = Box<dyn FnMut() -> Option<Trouble> + Send>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    Before,
    /// A read has no after: it fails before.
    After,
}

/// When something goes wrong, for all handles of a store.
#[derive(Clone, Default)]
pub(crate) struct Troubles(Arc<Mutex<Option<Draw>>>);

impl Troubles {
    pub(crate) fn set(&self, draw: impl FnMut() -> Option<Trouble> + Send + 'static) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(draw));
    }

    pub(crate) fn end(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(super) fn next(&self) -> Option<Trouble> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).as_mut()?()
    }

    pub(super) fn error() -> rusqlite::Error {
        rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_FULL), None)
    }
}

impl fmt::Debug for Troubles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Troubles")
    }
}
