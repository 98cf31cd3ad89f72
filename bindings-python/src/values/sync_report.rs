//! What a sync says while it goes on, what it has done, and how fresh a session is.

use jules::SyncPhase;
use pyo3::prelude::*;

use super::restore::restorable;
use super::shared::{Shared, match_args, to_python, value_methods};
use crate::convert::Time;

/// The progress of a sync, as `on_progress` gets it.
#[pyclass(frozen, module = "jules")]
pub(crate) struct SyncProgress(Shared<jules::SyncProgress>);
to_python!(jules::SyncProgress => SyncProgress);
value_methods!(
    SyncProgress,
    key = |data| data.current,
    repr = ["phase", "current", "total", "last_ingested_id", "activity_count"]
);
match_args!(SyncProgress, "phase", "current", "total");
restorable!(SyncProgress, jules::SyncProgress);

impl SyncProgress {
    pub(super) fn wrap<'py>(py: Python<'py>, data: Shared<jules::SyncProgress>) -> PyResult<Bound<'py, Self>> {
        Bound::new(py, Self(data))
    }

    fn data(&self) -> &jules::SyncProgress {
        self.0.get()
    }
}

#[pymethods]
impl SyncProgress {
    /// What it is doing: `"waiting"` (for another sync of the same cache), `"checkpoint"` (continues one that was
    /// interrupted), `"fetchingList"`, `"hydratingRecords"`, `"hydratingActivities"` or `"checkingDeleted"`.
    #[getter]
    fn phase(&self) -> &'static str {
        match self.data().phase {
            SyncPhase::Waiting => "waiting",
            SyncPhase::Checkpoint => "checkpoint",
            SyncPhase::FetchingList => "fetchingList",
            SyncPhase::HydratingRecords => "hydratingRecords",
            SyncPhase::HydratingActivities => "hydratingActivities",
            _ => "checkingDeleted",
        }
    }

    /// How many sessions it has done that with.
    #[getter]
    fn current(&self) -> usize {
        self.data().current
    }

    /// Out of how many, where that is known.
    #[getter]
    fn total(&self) -> Option<usize> {
        self.data().total
    }

    /// The session that is done.
    #[getter]
    fn last_ingested_id(&self) -> Option<&str> {
        self.data().last_ingested_id.as_deref()
    }

    /// How many activities of it were new.
    #[getter]
    fn activity_count(&self) -> Option<usize> {
        self.data().activity_count
    }
}

/// What a sync has done.
#[pyclass(frozen, module = "jules")]
pub(crate) struct SyncReport(Shared<jules::SyncReport>);
to_python!(jules::SyncReport => SyncReport);
value_methods!(
    SyncReport,
    key = |data| data.sessions_ingested,
    repr = ["sessions_ingested", "sessions_refreshed", "sessions_deleted", "activities_ingested", "is_complete"]
);
restorable!(SyncReport, jules::SyncReport);

impl SyncReport {
    pub(super) fn wrap<'py>(py: Python<'py>, data: Shared<jules::SyncReport>) -> PyResult<Bound<'py, Self>> {
        Bound::new(py, Self(data))
    }

    fn data(&self) -> &jules::SyncReport {
        self.0.get()
    }
}

#[pymethods]
impl SyncReport {
    /// Sessions that the cache did not have, to this depth, before.
    #[getter]
    fn sessions_ingested(&self) -> usize {
        self.data().sessions_ingested
    }

    /// Sessions that it had, fetched again.
    #[getter]
    fn sessions_refreshed(&self) -> usize {
        self.data().sessions_refreshed
    }

    /// Sessions that were skipped.
    #[getter]
    fn sessions_skipped(&self) -> usize {
        self.data().sessions_skipped
    }

    /// Sessions that no longer exist on the server: hidden, but kept in the cache.
    #[getter]
    fn sessions_deleted(&self) -> usize {
        self.data().sessions_deleted
    }

    /// Sessions that could not be fetched, although others could; the next sync tries again.
    #[getter]
    fn sessions_failed(&self) -> usize {
        self.data().sessions_failed
    }

    /// Activities that are new in the cache.
    #[getter]
    fn activities_ingested(&self) -> usize {
        self.data().activities_ingested
    }

    /// Whether everything that was asked for is in the cache now.
    #[getter]
    fn is_complete(&self) -> bool {
        self.data().is_complete
    }

    /// How long it took, in milliseconds.
    #[getter]
    fn duration_ms(&self) -> u64 {
        self.data().duration_ms
    }
}

/// What the local cache has of one session, and whether the server may have more.
#[pyclass(frozen, module = "jules")]
pub(crate) struct SessionCacheInfo(Shared<jules::SessionCacheInfo>);
to_python!(jules::SessionCacheInfo => SessionCacheInfo);
value_methods!(
    SessionCacheInfo,
    key = |data| data.session_id,
    repr = ["session_id", "activities", "last_synced", "may_be_stale", "reason"]
);
restorable!(SessionCacheInfo, jules::SessionCacheInfo);

impl SessionCacheInfo {
    pub(super) fn wrap<'py>(py: Python<'py>, data: Shared<jules::SessionCacheInfo>) -> PyResult<Bound<'py, Self>> {
        Bound::new(py, Self(data))
    }

    fn data(&self) -> &jules::SessionCacheInfo {
        self.0.get()
    }
}

#[pymethods]
impl SessionCacheInfo {
    /// The session.
    #[getter]
    fn session_id(&self) -> &str {
        &self.data().session_id
    }

    /// How many of its activities are in the cache.
    #[getter]
    fn activities(&self) -> u64 {
        self.data().activities
    }

    /// When it was last fetched with all its activities, in UTC by the local clock.
    #[getter]
    fn last_synced(&self) -> Option<Time> {
        self.data().last_synced.map(Time)
    }

    /// Whether the server may have more than the cache.
    #[getter]
    fn may_be_stale(&self) -> bool {
        self.data().may_be_stale
    }

    /// Why: `"notCached"`, `"neverSynced"`, `"changed"`, `"running"`, `"incomplete"` or `"outdated"`.
    #[getter]
    fn reason(&self) -> Option<&'static str> {
        self.data().reason.map(jules::StaleReason::as_str)
    }
}
