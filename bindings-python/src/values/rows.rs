//! What a query gives: plain data.

use pyo3::prelude::*;
use serde_json::Value;

use crate::convert::{Json, ToPython};
#[cfg(feature = "stubs")]
use crate::hints::*;

/// Rows as a list of dicts.
pub(crate) struct Rows(pub(crate) Vec<Value>);

impl ToPython for Rows {
    #[cfg(feature = "stubs")]
    const HINT: PyStaticExpr = type_hint_subscript!(
        PyList::TYPE_HINT,
        type_hint_subscript!(PyDict::TYPE_HINT, PyString::TYPE_HINT, type_hint_identifier!("typing", "Any"))
    );

    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(Json(&self.0).into_pyobject(py)?.unbind())
    }
}
