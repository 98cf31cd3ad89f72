//! One page of a listing.

use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::convert::ToPython;
#[cfg(feature = "stubs")]
use crate::hints::*;

impl<T: ToPython> ToPython for jules::Page<T> {
    #[cfg(feature = "stubs")]
    const HINT: PyStaticExpr = type_hint_subscript!(type_hint_identifier!("jules._page", "Page"), T::HINT);

    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let items: Vec<_> = self.items.into_iter().map(|item| item.to_python(py)).collect::<PyResult<_>>()?;
        let page = py.import("jules._page")?.getattr("Page")?;
        Ok(page.call1((PyTuple::new(py, items)?, self.next_page_token))?.unbind())
    }
}
