//! What the types in the stubs are written with.

pub(crate) use pyo3::inspect::{PyStaticConstant, PyStaticExpr};
pub(crate) use pyo3::types::{PyDict, PyList, PyString};
pub(crate) use pyo3::{PyTypeInfo, type_hint_identifier, type_hint_subscript, type_hint_union};
