//! What the account uses of its plan.

use pyo3::prelude::*;

use super::restore::restorable;
use super::shared::{Shared, match_args, to_python, value_methods};
use crate::convert::{State, Time, Tuple};

/// What the account uses of its plan, as `quota()` tells it.
#[pyclass(frozen, module = "jules")]
pub(crate) struct Quota(Shared<jules::Quota>);
to_python!(jules::Quota => Quota);
value_methods!(
    Quota,
    key = |data| (data.slots_used, data.day_used),
    repr = ["slots_used", "slots_limit", "day_used", "day_limit", "holding", "next_at"]
);
restorable!(Quota, jules::Quota);

impl Quota {
    pub(super) fn wrap<'py>(py: Python<'py>, data: Shared<jules::Quota>) -> PyResult<Bound<'py, Self>> {
        Bound::new(py, Self(data))
    }

    fn data(&self) -> &jules::Quota {
        self.0.get()
    }
}

#[pymethods]
impl Quota {
    /// How many sessions hold a slot.
    #[getter]
    fn slots_used(&self) -> u64 {
        self.data().slots_used
    }

    /// How many may, where that was said (`slots=`) or learned from refusals.
    #[getter]
    fn slots_limit(&self) -> Option<u64> {
        self.data().slots_limit
    }

    /// How many sessions were created within the last 24 hours, failed and deleted ones too as far as they are known.
    #[getter]
    fn day_used(&self) -> u64 {
        self.data().day_used
    }

    /// How many may be, where that was said (`per_day=`) or learned from refusals.
    #[getter]
    fn day_limit(&self) -> Option<u64> {
        self.data().day_limit
    }

    /// The sessions that hold a slot, the oldest first. `delete()` frees a slot for certain.
    #[getter]
    fn holding<'py>(&self, py: Python<'py>) -> PyResult<Tuple<'py, Holding>> {
        let holding = self.0.each(|quota| quota.holding.as_slice());
        holding.map(|one| Bound::new(py, Holding(one))).collect::<PyResult<_>>().map(Tuple)
    }

    /// When the next session can likely be created, in UTC, where the day's limit is in its way. A slot is free when a
    /// session ends, which has no time.
    #[getter]
    fn next_at(&self) -> Option<Time> {
        self.data().next_at.map(Time)
    }
}

/// A session that holds a slot.
#[pyclass(frozen, module = "jules")]
pub(crate) struct Holding(Shared<jules::Holding>);
value_methods!(Holding, key = |data| data.session_id, repr = ["session_id", "state", "since"]);
restorable!(Holding, jules::Holding);
match_args!(Holding, "session_id", "state");

impl Holding {
    fn data(&self) -> &jules::Holding {
        self.0.get()
    }
}

#[pymethods]
impl Holding {
    /// Which session.
    #[getter]
    fn session_id(&self) -> &str {
        &self.data().session_id
    }

    /// Why it holds one: it is at work, waits for a person, or is paused.
    #[getter]
    fn state(&self) -> State<'_> {
        State(&self.data().state)
    }

    /// Since when: its creation, in UTC by the server's clock.
    #[getter]
    fn since(&self) -> Option<Time> {
        self.data().since.map(Time)
    }
}
