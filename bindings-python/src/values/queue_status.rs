//! How a queue stands, and what came of adding to it.

use pyo3::prelude::*;

use super::restore::restorable;
use super::shared::{Shared, match_args, to_python, value_methods};
use crate::convert::{Time, Tuple};

/// The status of a queue, from the cache.
#[pyclass(frozen, module = "jules")]
pub(crate) struct QueueStatus(Shared<jules::QueueStatus>);
to_python!(jules::QueueStatus => QueueStatus);
value_methods!(
    QueueStatus,
    key = |data| (data.waiting, data.done),
    repr = [
        "waiting",
        "starting",
        "working",
        "needs_person",
        "done",
        "failed",
        "cancelled",
        "paused",
        "slots_used",
        "slots_limit",
        "day_used",
        "day_limit",
        "workers",
        "rate"
    ]
);
restorable!(QueueStatus, jules::QueueStatus);

impl QueueStatus {
    fn wrap<'py>(py: Python<'py>, data: Shared<jules::QueueStatus>) -> PyResult<Bound<'py, Self>> {
        Bound::new(py, Self(data))
    }

    fn data(&self) -> &jules::QueueStatus {
        self.0.get()
    }
}

#[pymethods]
impl QueueStatus {
    // surface: getters QueueStatus
    /// Tasks that no worker has started.
    #[getter]
    fn waiting(&self) -> u64 {
        self.data().waiting
    }

    /// Tasks whose session is being created.
    #[getter]
    fn starting(&self) -> u64 {
        self.data().starting
    }

    /// Tasks whose session is at work.
    #[getter]
    fn working(&self) -> u64 {
        self.data().working
    }

    /// Tasks that wait for a person.
    #[getter]
    fn needs_person(&self) -> u64 {
        self.data().needs_person
    }

    /// Tasks whose session completed.
    #[getter]
    fn done(&self) -> u64 {
        self.data().done
    }

    /// Tasks whose session failed or could not be made.
    #[getter]
    fn failed(&self) -> u64 {
        self.data().failed
    }

    /// Tasks that were cancelled, or whose session was stopped or deleted.
    #[getter]
    fn cancelled(&self) -> u64 {
        self.data().cancelled
    }

    /// Whether nothing more is started.
    #[getter]
    fn paused(&self) -> bool {
        self.data().paused
    }

    /// How many sessions of the account are counted as holding a slot.
    #[getter]
    fn slots_used(&self) -> u64 {
        self.data().slots_used
    }

    /// How many may, where that was said (the client's `slots=`) or learned.
    #[getter]
    fn slots_limit(&self) -> Option<u64> {
        self.data().slots_limit
    }

    /// How many sessions of the account are counted as created within 24 hours.
    #[getter]
    fn day_used(&self) -> u64 {
        self.data().day_used
    }

    /// How many may be, where that was said (the client's `per_day=`) or learned.
    #[getter]
    fn day_limit(&self) -> Option<u64> {
        self.data().day_limit
    }

    /// How many workers are there, in all processes.
    #[getter]
    fn workers(&self) -> u64 {
        self.data().workers
    }

    /// When the oldest task that waits was added, in UTC.
    #[getter]
    fn oldest_waiting(&self) -> Option<Time> {
        self.data().oldest_waiting.map(Time)
    }

    /// Finished tasks per hour, lately; `None` while that can't be told.
    #[getter]
    fn rate(&self) -> Option<f64> {
        self.data().rate
    }

    /// When all will be finished at this rate, in UTC.
    #[getter]
    fn estimated_end(&self) -> Option<Time> {
        self.data().estimated_end.map(Time)
    }
    // surface: end
}

/// What came of adding tasks.
#[pyclass(frozen, module = "jules")]
pub(crate) struct Added(Shared<jules::Added>);
to_python!(jules::Added => Added);
value_methods!(Added, key = |data| (data.added, data.known), repr = ["added", "known", "conflicts"]);
restorable!(Added, jules::Added);

impl Added {
    fn wrap<'py>(py: Python<'py>, data: Shared<jules::Added>) -> PyResult<Bound<'py, Self>> {
        Bound::new(py, Self(data))
    }

    fn data(&self) -> &jules::Added {
        self.0.get()
    }
}

#[pymethods]
impl Added {
    /// How many were added.
    #[getter]
    fn added(&self) -> u64 {
        self.data().added
    }

    /// How many were known, for the same.
    #[getter]
    fn known(&self) -> u64 {
        self.data().known
    }

    /// Those whose key is known for something else; they stay as they are.
    #[getter]
    fn conflicts<'py>(&self, py: Python<'py>) -> PyResult<Tuple<'py, Conflict>> {
        let conflicts = self.0.each(|added| added.conflicts.as_slice());
        conflicts.map(|one| Bound::new(py, Conflict(one))).collect::<PyResult<_>>().map(Tuple)
    }
}

/// A key that is known for something else.
#[pyclass(frozen, module = "jules")]
pub(crate) struct Conflict(Shared<jules::Conflict>);
value_methods!(Conflict, key = |data| data.key, repr = ["key", "field"]);
restorable!(Conflict, jules::Conflict);
match_args!(Conflict, "key", "field");

impl Conflict {
    fn data(&self) -> &jules::Conflict {
        self.0.get()
    }
}

#[pymethods]
impl Conflict {
    /// The key.
    #[getter]
    fn key(&self) -> &str {
        &self.data().key
    }

    /// The first option that differs, by its name in all languages, such as `"requireApproval"`.
    #[getter]
    fn field(&self) -> &str {
        &self.data().field
    }
}
