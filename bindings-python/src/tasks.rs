//! What Python gives a queue, a task or a worker, as core's options.

use jules::{QueueOptions, RetryOn, TaskConfig, Timestamp, WorkOptions};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyDict};

use crate::error::to_py_err;
use crate::options::{config_of, count};

/// A task to add, from `add`'s keywords.
pub(crate) fn task(given: &Bound<'_, PyDict>) -> PyResult<TaskConfig> {
    let run = PyDict::new(given.py());
    let mut task = TaskConfig::default();
    for (name, value) in given {
        if value.is_none() {
            continue;
        }
        let word = name.extract::<String>()?;
        match word.as_str() {
            "priority" => task.priority = value.extract()?,
            "not_before" => task.not_before = Some(moment(&value, &word)?),
            "max_attempts" => task.max_attempts = Some(count(&value, &word)?),
            "retry_on" => {
                let retry_on = value.extract::<String>()?.parse::<RetryOn>();
                task.retry_on = retry_on.map_err(|error| to_py_err(given.py(), &error))?;
            }
            _ => run.set_item(name, value)?,
        }
    }
    task.run = config_of("a task", &run)?;
    Ok(task)
}

/// A `datetime` with a time zone.
fn moment(given: &Bound<'_, PyAny>, name: &str) -> PyResult<Timestamp> {
    let time = given
        .cast::<PyDateTime>()
        .map_err(|_| PyTypeError::new_err(format!("{name} must be a datetime with a time zone, and is {given:?}")))?;
    if time.getattr("tzinfo")?.is_none() {
        let how = "write value.replace(tzinfo=timezone.utc), or astimezone()";
        return Err(PyTypeError::new_err(format!("{name} has no time zone: {how}")));
    }
    let text = time.call_method0("isoformat")?.extract::<String>()?;
    text.parse().map_err(|error| to_py_err(given.py(), &error))
}

/// What bounds a queue.
pub(crate) fn queue(slots: Option<&Bound<'_, PyAny>>, per_day: Option<&Bound<'_, PyAny>>) -> PyResult<QueueOptions> {
    let mut options = QueueOptions::default();
    options.slots = slots.map(|number| count(number, "slots")).transpose()?;
    options.per_day = per_day.map(|number| count(number, "per_day")).transpose()?;
    Ok(options)
}

/// How a worker works.
pub(crate) fn work(concurrency: Option<&Bound<'_, PyAny>>, follow: bool) -> PyResult<WorkOptions> {
    let mut options = WorkOptions::default();
    options.concurrency = concurrency.map(|number| count(number, "concurrency")).transpose()?;
    options.follow = follow;
    Ok(options)
}
