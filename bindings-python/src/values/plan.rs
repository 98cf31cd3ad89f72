//! The agent's plan and its steps.

use pyo3::prelude::*;

use super::restore::restorable;
use super::shared::{Shared, match_args, shown_in_notebooks, to_python, value_methods};
use crate::convert::{Time, Tuple};

/// What the agent intends to do.
#[pyclass(frozen, module = "jules")]
pub(crate) struct Plan(Shared<jules::Plan>);
to_python!(jules::Plan => Plan);
value_methods!(Plan, key = |data| data.id, repr = ["id", "steps"]);
restorable!(Plan, jules::Plan);
shown_in_notebooks!(Plan);
match_args!(Plan, "steps");

impl Plan {
    pub(crate) fn wrap<'py>(py: Python<'py>, data: Shared<jules::Plan>) -> PyResult<Bound<'py, Self>> {
        Bound::new(py, Self(data))
    }

    fn data(&self) -> &jules::Plan {
        self.0.get()
    }
}

#[pymethods]
impl Plan {
    /// Unique within its session.
    #[getter]
    fn id(&self) -> &str {
        &self.data().id
    }

    /// When it was made, in UTC by the server's clock.
    #[getter]
    fn create_time(&self) -> Option<Time> {
        self.data().create_time.map(Time)
    }

    /// When it was made, in nanoseconds since 1970.
    #[getter]
    fn create_time_ns(&self) -> Option<i128> {
        self.data().create_time.map(jules::Timestamp::as_nanosecond)
    }

    /// Its steps, in order.
    #[getter]
    fn steps<'py>(&self, py: Python<'py>) -> PyResult<Tuple<'py, PlanStep>> {
        self.0
            .each(|plan| plan.steps.as_slice())
            .map(|step| Bound::new(py, PlanStep(step)))
            .collect::<PyResult<_>>()
            .map(Tuple)
    }
}

/// One step of a `Plan`.
#[pyclass(frozen, module = "jules")]
pub(crate) struct PlanStep(Shared<jules::PlanStep>);
value_methods!(PlanStep, key = |data| data.id, repr = ["index", "title", "description"]);
restorable!(PlanStep, jules::PlanStep);
match_args!(PlanStep, "title", "description");

impl PlanStep {
    fn data(&self) -> &jules::PlanStep {
        self.0.get()
    }
}

#[pymethods]
impl PlanStep {
    /// Unique within its plan.
    #[getter]
    fn id(&self) -> &str {
        &self.data().id
    }

    /// What the step is about, in a few words.
    #[getter]
    fn title(&self) -> &str {
        &self.data().title
    }

    /// Details.
    #[getter]
    fn description(&self) -> Option<&str> {
        self.data().description.as_deref()
    }

    /// Its place in the plan, from 0.
    #[getter]
    fn index(&self) -> u32 {
        self.data().index
    }
}
