//! What the local cache holds.

use std::path::PathBuf;

use pyo3::prelude::*;

use super::restore::restorable;
use super::shared::{Shared, to_python, value_methods};
use crate::convert::Time;

/// What the local cache holds, and where.
#[pyclass(frozen, module = "jules")]
pub(crate) struct CacheInfo(Shared<jules::CacheInfo>);
to_python!(jules::CacheInfo => CacheInfo);
value_methods!(CacheInfo, key = |data| data.location, repr = ["location", "reason", "bytes", "sessions", "activities"]);
restorable!(CacheInfo, jules::CacheInfo);

impl CacheInfo {
    pub(super) fn wrap<'py>(py: Python<'py>, data: Shared<jules::CacheInfo>) -> PyResult<Bound<'py, Self>> {
        Bound::new(py, Self(data))
    }

    fn data(&self) -> &jules::CacheInfo {
        self.0.get()
    }
}

#[pymethods]
impl CacheInfo {
    /// The file, or nothing when the cache is in memory.
    #[getter]
    fn location(&self) -> Option<PathBuf> {
        self.data().location.clone()
    }

    /// Why the cache is in memory instead of on disk: that the disk is full, say. Nothing where all is as it was
    /// asked for.
    #[getter]
    fn reason(&self) -> Option<&str> {
        self.data().reason.as_deref()
    }

    /// Its size in bytes.
    #[getter]
    fn bytes(&self) -> u64 {
        self.data().bytes
    }

    /// How many sessions it knows.
    #[getter]
    fn sessions(&self) -> u64 {
        self.data().sessions
    }

    /// How many activities it holds.
    #[getter]
    fn activities(&self) -> u64 {
        self.data().activities
    }

    /// When a `sync()` was last complete, in UTC by the local clock.
    #[getter]
    fn last_synced(&self) -> Option<Time> {
        self.data().last_synced.map(Time)
    }
}
