//! The way back from plain data: what `from_dict()` takes, and pickle and copy, which are made of it.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyMapping};
use serde::de::DeserializeOwned;

use crate::convert::dict;
use crate::error::config;
#[cfg(feature = "stubs")]
use crate::hints::*;

/// A mapping of plain data, as `to_dict()` gives it.
pub(crate) struct Plain<'py>(Bound<'py, PyDict>);

impl<'py> Plain<'py> {
    pub(crate) fn py(&self) -> Python<'py> {
        self.0.py()
    }

    /// What its JSON stands for; `ConfigError` when it has another shape.
    pub(crate) fn read<T: DeserializeOwned>(&self, class: &str) -> PyResult<T> {
        static DUMPS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let text = DUMPS.import(self.py(), "json", "dumps")?.call1((&self.0,))?;
        serde_json::from_str(&text.extract::<std::borrow::Cow<'_, str>>()?)
            .map_err(|cause| config(self.py(), &format!("not a valid {class} dict: {cause}")))
    }
}

impl<'py> FromPyObject<'_, 'py> for Plain<'py> {
    type Error = PyErr;

    #[cfg(feature = "stubs")]
    const INPUT_TYPE: PyStaticExpr = type_hint_subscript!(
        type_hint_identifier!("collections.abc", "Mapping"),
        PyString::TYPE_HINT,
        type_hint_identifier!("builtins", "object")
    );

    fn extract(mapping: pyo3::Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        dict(&*mapping.cast::<PyMapping>()?).map(Self)
    }
}

/// `from_dict()`, pickle and copy, for a value class over core's type.
macro_rules! restorable {
    ($class:ident, $data:ty) => {
        crate::values::restore::restorable!($class, $data, |py, data| pyo3::Bound::new(py, Self(data)));
    };
    ($class:ident, $data:ty, |$py:ident, $shared:ident| $wrap:expr) => {
        crate::values::restore::restorable!($class, $data, |$py, $shared| $wrap, |data| crate::convert::shape(data));
    };
    ($class:ident, $data:ty, |$py:ident, $shared:ident| $wrap:expr, |$whole:ident| $state:expr) => {
        #[pyo3::pymethods]
        impl $class {
            /// The value that `to_dict()` made this of.
            ///
            /// Raises `ConfigError` when the dict has another shape.
            #[staticmethod]
            fn from_dict(data: crate::values::restore::Plain<'_>) -> pyo3::PyResult<pyo3::Bound<'_, Self>> {
                let $py = data.py();
                let value: $data = data.read(stringify!($class))?;
                let $shared = crate::values::shared::Shared::new(value);
                $wrap
            }

            #[pyo3(signature = () -> "tuple[object, ...]")]
            fn __reduce__<'py>(
                slf: &pyo3::Bound<'py, Self>,
            ) -> pyo3::PyResult<(pyo3::Bound<'py, pyo3::PyAny>, (crate::convert::Dict<'py>,))> {
                let restore = slf.py().get_type::<Self>().getattr(pyo3::intern!(slf.py(), "from_dict"))?;
                let this = slf.get();
                let $whole = this.data();
                Ok((restore, (crate::convert::Dict::of(slf.py(), &$state)?,)))
            }

            /// For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
            #[classmethod]
            #[pyo3(signature = (source: "object", handler: "object", /) -> "object")]
            fn __get_pydantic_core_schema__<'py>(
                class: &pyo3::Bound<'py, pyo3::types::PyType>,
                source: &pyo3::Bound<'py, pyo3::PyAny>,
                handler: &pyo3::Bound<'py, pyo3::PyAny>,
            ) -> pyo3::PyResult<pyo3::Bound<'py, pyo3::PyAny>> {
                let _ = (source, handler);
                let module = class.py().import(pyo3::intern!(class.py(), "jules._pydantic"))?;
                module.call_method1(pyo3::intern!(class.py(), "schema"), (class,))
            }

            // What can't change needs no second copy.
            fn __copy__(slf: pyo3::Py<Self>) -> pyo3::Py<Self> {
                slf
            }

            #[pyo3(signature = (memo: "object", /))]
            fn __deepcopy__(slf: pyo3::Py<Self>, memo: &pyo3::Bound<'_, pyo3::PyAny>) -> pyo3::Py<Self> {
                let _ = memo;
                slf
            }
        }
    };
}

pub(super) use restorable;
