//! Every error that Python sees: a core error's fields go to `jules._errors.build`, which picks the class.

use jules::Error;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::convert::{Json, Time, ToPython};

/// Why a call gave no result.
pub(crate) enum Failure {
    /// Core's error.
    Core(Error),
    /// A bug of ours, caught at the boundary.
    Panic(String),
}

impl Failure {
    pub(crate) fn into_py_err(self, py: Python<'_>) -> PyErr {
        match self {
            Self::Core(error) => to_py_err(py, &error),
            Self::Panic(text) => raise(py, |fields| {
                fields.set_item("kind", "Internal")?;
                fields.set_item("message", format!("a bug in jules: {text}; please report it"))
            }),
        }
    }
}

/// Core's error as the Python exception for it; what code of the user's has raised, as it was.
pub(crate) fn to_py_err(py: Python<'_>, error: &Error) -> PyErr {
    if let Some(raised) = jules::ffi::foreign::<Py<PyAny>>(error) {
        return PyErr::from_value(raised.bind(py).clone());
    }
    raise(py, |fields| describe(py, error, fields))
}

/// What code of the user's has raised, on its way through core.
pub(crate) fn raised(py: Python<'_>, error: PyErr) -> Error {
    jules::ffi::foreign_error(error.to_string(), error.into_value(py).into_any())
}

/// A refused argument as `jules.ConfigError`.
pub(crate) fn config(py: Python<'_>, message: &str) -> PyErr {
    raise(py, |fields| {
        fields.set_item("kind", "Config")?;
        fields.set_item("message", message)
    })
}

/// The exception of an error that was kept as the fields of its JSON. What isn't a field of an exception is left out.
pub(crate) fn restored<'py>(py: Python<'py>, kept: &Value) -> PyResult<Bound<'py, PyAny>> {
    let built = raise(py, |fields| {
        for (name, value) in kept.as_object().into_iter().flatten() {
            match name.as_str() {
                "nextAt" | "since" => {
                    fields.set_item(snake(name), value.as_str().and_then(|text| text.parse().ok()).map(Time))?;
                }
                "retryAfterMs" => fields.set_item("retry_after", value.as_f64().map(|wait| wait / 1000.0))?,
                "lastActivity" => fields.set_item("last_activity", read::<jules::Activity>(py, value)?)?,
                "info" => fields.set_item("info", read::<jules::SessionInfo>(py, value)?)?,
                "outcome" => fields.set_item("outcome", read::<jules::Outcome>(py, value)?)?,
                "index" | "item" | "results" => {}
                _ => fields.set_item(snake(name), Json(value))?,
            }
        }
        Ok(())
    });
    Ok(built.into_value(py).into_bound(py).into_any())
}

fn read<T: DeserializeOwned + ToPython>(py: Python<'_>, kept: &Value) -> PyResult<Option<Py<PyAny>>> {
    T::deserialize(kept).ok().map(|value| value.to_python(py)).transpose()
}

fn snake(name: &str) -> String {
    let mut word = String::with_capacity(name.len() + 2);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            word.push('_');
        }
        word.push(letter.to_ascii_lowercase());
    }
    word
}

fn raise<'py>(py: Python<'py>, fill: impl FnOnce(&Bound<'py, PyDict>) -> PyResult<()>) -> PyErr {
    static BUILD: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let built = || {
        let fields = PyDict::new(py);
        fill(&fields)?;
        BUILD.import(py, "jules._errors", "build")?.call((), Some(&fields))
    };
    match built() {
        Ok(exception) => PyErr::from_value(exception),
        Err(failed) => failed,
    }
}

fn describe<'py>(py: Python<'py>, error: &Error, fields: &Bound<'py, PyDict>) -> PyResult<()> {
    fields.set_item("kind", error.kind().as_str())?;
    fields.set_item("message", error.to_string())?;
    // surface: errors
    fields.set_item("limit", error.limit().map(jules::Limit::as_str))?;
    fields.set_item("used", error.used())?;
    fields.set_item("allowed", error.allowed())?;
    fields.set_item("next_at", error.next_at().map(Time))?;
    fields.set_item("retryable", error.retryable())?;
    fields.set_item("status", error.status())?;
    fields.set_item("code", error.code())?;
    fields.set_item("details", Json(&serde_json::Value::Array(error.details().to_vec())))?;
    fields.set_item("method", error.method())?;
    fields.set_item("url", error.url())?;
    fields.set_item("attempts", error.attempts())?;
    fields.set_item("retry_after", error.retry_after().map(|wait| wait.as_secs_f64()))?;
    fields.set_item("request_id", error.request_id())?;
    fields.set_item("session_id", error.session_id())?;
    fields.set_item("field", error.field())?;
    fields.set_item("operator", error.operator())?;
    fields.set_item("valid", error.valid())?;
    fields.set_item("suggestion", error.suggestion())?;
    fields.set_item("file", error.file())?;
    fields.set_item("hunk", error.hunk())?;
    fields.set_item("reason", error.reason().map(jules::EndReason::as_str))?;
    fields.set_item("since", error.since().map(Time))?;
    fields.set_item("last_activity", error.last_activity().map(|value| value.clone().to_python(py)).transpose()?)?;
    fields.set_item("info", error.info().map(|value| value.clone().to_python(py)).transpose()?)?;
    fields.set_item("outcome", error.outcome().map(|value| value.clone().to_python(py)).transpose()?)?;
    fields.set_item("fault", error.fault())?;
    // surface: end
    fields.set_item("cause", error.cause_message())
}
