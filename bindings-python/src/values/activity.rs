//! Activities: the base class with what all have in common, and one class a type.

use jules::Event;
use pyo3::PyClassInitializer;
use pyo3::prelude::*;

use super::artifact::Artifact;
use super::plan::Plan;
use super::restore::restorable;
use super::shared::{Shared, match_args, shown_in_notebooks, to_python, value_methods};
use crate::convert::{ActivityType, Json, Time, Tuple};

/// One thing that happened in a session.
///
/// Each type has its own class, so `match` tells them apart:
///
/// ```python
/// match activity:
///     case jules.AgentMessaged(message):
///         print(message)
///     case jules.ProgressUpdated(title, description):
///         print(title)
/// ```
#[pyclass(frozen, subclass, module = "jules")]
pub(crate) struct Activity(Shared<jules::Activity>);

impl Activity {
    pub(super) fn wrap<'py>(py: Python<'py>, data: Shared<jules::Activity>) -> PyResult<Bound<'py, Self>> {
        let kind = discriminant(&data.get().event);
        let base = PyClassInitializer::from(Self(data));
        Ok(match kind {
            // surface: activities wrapped
            Kind::AgentMessaged => Bound::new(py, base.add_subclass(AgentMessaged))?.into_super(),
            Kind::UserMessaged => Bound::new(py, base.add_subclass(UserMessaged))?.into_super(),
            Kind::PlanGenerated => Bound::new(py, base.add_subclass(PlanGenerated))?.into_super(),
            Kind::PlanApproved => Bound::new(py, base.add_subclass(PlanApproved))?.into_super(),
            Kind::ProgressUpdated => Bound::new(py, base.add_subclass(ProgressUpdated))?.into_super(),
            Kind::SessionCompleted => Bound::new(py, base.add_subclass(SessionCompleted))?.into_super(),
            Kind::SessionFailed => Bound::new(py, base.add_subclass(SessionFailed))?.into_super(),
            Kind::Unknown => Bound::new(py, base.add_subclass(UnknownActivity))?.into_super(),
            // surface: end
        })
    }

    fn data(&self) -> &jules::Activity {
        self.0.get()
    }

    fn event(&self) -> &Event {
        &self.data().event
    }
}
to_python!(jules::Activity => Activity);
value_methods!(
    Activity,
    key = |data| data.name,
    repr = ["id", "create_time", "originator", "description", "artifacts"]
);
restorable!(Activity, jules::Activity, |py, data| Activity::wrap(py, data));
shown_in_notebooks!(Activity);

enum Kind {
    // surface: activities names
    AgentMessaged,
    UserMessaged,
    PlanGenerated,
    PlanApproved,
    ProgressUpdated,
    SessionCompleted,
    SessionFailed,
    Unknown,
    // surface: end
}

fn discriminant(event: &Event) -> Kind {
    match event {
        // surface: activities told
        Event::AgentMessaged { .. } => Kind::AgentMessaged,
        Event::UserMessaged { .. } => Kind::UserMessaged,
        Event::PlanGenerated { .. } => Kind::PlanGenerated,
        Event::PlanApproved { .. } => Kind::PlanApproved,
        Event::ProgressUpdated { .. } => Kind::ProgressUpdated,
        Event::SessionCompleted => Kind::SessionCompleted,
        Event::SessionFailed { .. } => Kind::SessionFailed,
        _ => Kind::Unknown,
        // surface: end
    }
}

#[pymethods]
impl Activity {
    /// The resource name, usually `sessions/1/activities/2`.
    #[getter]
    fn name(&self) -> &str {
        &self.data().name
    }

    /// Unique within the session.
    #[getter]
    fn id(&self) -> &str {
        &self.data().id
    }

    /// The session that it belongs to.
    #[getter]
    fn session_id(&self) -> Option<&str> {
        self.data().session_id()
    }

    /// The type's name, such as `"agentMessaged"`.
    #[getter]
    fn r#type(&self) -> ActivityType {
        ActivityType(self.data().kind())
    }

    /// When it happened, in UTC by the server's clock.
    #[getter]
    fn create_time(&self) -> Option<Time> {
        self.data().create_time.map(Time)
    }

    /// When it happened, in nanoseconds since 1970.
    #[getter]
    fn create_time_ns(&self) -> Option<i128> {
        self.data().create_time.map(jules::Timestamp::as_nanosecond)
    }

    /// Who did it, as the server says: usually `"user"`, `"agent"` or `"system"`; empty when it doesn't say.
    #[getter]
    fn originator(&self) -> &str {
        &self.data().originator
    }

    /// A description, when there is one.
    #[getter]
    fn description(&self) -> Option<&str> {
        self.data().description.as_deref()
    }

    /// What happened, in one line, cut after 200 characters, such as `Plan generated with 3 steps`.
    #[getter]
    fn summary(&self) -> String {
        self.data().summary()
    }

    /// What came with it: patches, command output, pictures.
    #[getter]
    fn artifacts<'py>(&self, py: Python<'py>) -> PyResult<Tuple<'py, Artifact>> {
        self.0
            .each(|activity| activity.artifacts.as_slice())
            .map(|artifact| Artifact::wrap(py, artifact))
            .collect::<PyResult<_>>()
            .map(Tuple)
    }
}

/// A class for one type of activity: its own attributes are read from the event.
macro_rules! activity_class {
    ($(#[$doc:meta])* $class:ident, repr = [$($name:literal),*]) => {
        $(#[$doc])*
        #[pyclass(frozen, extends = Activity, module = "jules")]
        pub(crate) struct $class;

        #[pymethods]
        impl $class {
            fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
                crate::convert::repr(slf.as_any(), &["id", $($name),*])
            }
        }
    };
}

// surface: activities classes
activity_class!(
    /// The agent wrote a message.
    AgentMessaged,
    repr = ["message", "artifacts"]
);
activity_class!(
    /// The user wrote a message.
    UserMessaged,
    repr = ["message", "artifacts"]
);
activity_class!(
    /// The agent made a plan.
    PlanGenerated,
    repr = ["plan", "artifacts"]
);
activity_class!(
    /// A plan was approved.
    PlanApproved,
    repr = ["plan_id", "artifacts"]
);
activity_class!(
    /// The work progressed.
    ProgressUpdated,
    repr = ["title", "description", "artifacts"]
);
activity_class!(
    /// The session ended with success.
    SessionCompleted,
    repr = ["artifacts"]
);
activity_class!(
    /// The session ended without success.
    SessionFailed,
    repr = ["reason", "artifacts"]
);
activity_class!(
    /// Something that this version does not know, or nothing but a description.
    UnknownActivity,
    repr = ["kind", "description", "artifacts"]
);
match_args!(AgentMessaged, "message");
match_args!(UserMessaged, "message");
match_args!(PlanGenerated, "plan");
match_args!(PlanApproved, "plan_id");
match_args!(ProgressUpdated, "title", "description");
match_args!(SessionFailed, "reason");
match_args!(UnknownActivity, "kind", "raw");

#[pymethods]
impl AgentMessaged {
    /// The message.
    #[getter]
    fn message<'a>(slf: &'a Bound<'_, Self>) -> &'a str {
        match slf.as_super().get().event() {
            Event::AgentMessaged { message } => message,
            _ => "",
        }
    }
}

#[pymethods]
impl UserMessaged {
    /// The message.
    #[getter]
    fn message<'a>(slf: &'a Bound<'_, Self>) -> &'a str {
        match slf.as_super().get().event() {
            Event::UserMessaged { message } => message,
            _ => "",
        }
    }
}

#[pymethods]
impl PlanGenerated {
    /// The plan.
    #[getter]
    fn plan<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Plan>> {
        let plan = match slf.as_super().get().event() {
            Event::PlanGenerated { plan } => plan.clone(),
            _ => jules::Plan::default(),
        };
        Plan::wrap(slf.py(), Shared::new(plan))
    }
}

#[pymethods]
impl PlanApproved {
    /// The id of the plan.
    #[getter]
    fn plan_id<'a>(slf: &'a Bound<'_, Self>) -> &'a str {
        match slf.as_super().get().event() {
            Event::PlanApproved { plan_id } => plan_id,
            _ => "",
        }
    }
}

#[pymethods]
impl ProgressUpdated {
    /// What is being done, in a few words.
    #[getter]
    fn title<'a>(slf: &'a Bound<'_, Self>) -> &'a str {
        match slf.as_super().get().event() {
            Event::ProgressUpdated { title, .. } => title,
            _ => "",
        }
    }

    /// More about it: its own description, or else that of the activity; may be empty.
    #[getter]
    fn description<'a>(slf: &'a Bound<'_, Self>) -> &'a str {
        match slf.as_super().get().event() {
            Event::ProgressUpdated { description, .. } => description,
            _ => "",
        }
    }
}

#[pymethods]
impl SessionFailed {
    /// Why.
    #[getter]
    fn reason<'a>(slf: &'a Bound<'_, Self>) -> &'a str {
        match slf.as_super().get().event() {
            Event::SessionFailed { reason } => reason,
            _ => "",
        }
    }
}

#[pymethods]
impl UnknownActivity {
    /// The server's word for it; empty when there is none.
    #[getter]
    fn kind<'a>(slf: &'a Bound<'_, Self>) -> &'a str {
        match slf.as_super().get().event() {
            Event::Unknown { kind, .. } => kind,
            _ => "",
        }
    }

    /// The whole activity as the server sent it.
    #[getter]
    fn raw<'a>(slf: &'a Bound<'_, Self>) -> Json<'a, serde_json::Value> {
        match slf.as_super().get().event() {
            Event::Unknown { raw, .. } => Json(raw),
            _ => Json(&serde_json::Value::Null),
        }
    }
}
// surface: end
