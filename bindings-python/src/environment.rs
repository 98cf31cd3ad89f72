//! The environment as Python has it: `os.environ`, which a `.env` file or a test may have changed. Core looks nowhere else.

use std::ffi::OsString;

use jules::ffi::{Environment, VARIABLES};
use pyo3::prelude::*;

/// Besides what all languages look up: the certificates that Python's own clients take.
const OWN: [&str; 2] = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];

/// The variables that core asks for, those that are set.
pub(crate) fn of_python(py: Python<'_>) -> PyResult<Environment> {
    let environ = py.import("os")?.getattr("environ")?;
    let mut found = Vec::new();
    for name in VARIABLES.into_iter().chain(OWN) {
        // What is no UTF-8 has its bytes back by this.
        if let Some(value) = environ.call_method1("get", (name,))?.extract::<Option<OsString>>()? {
            found.push((name.to_owned(), value));
        }
    }
    Ok(Environment::new(found))
}
