//! What a client has counted.

use pyo3::prelude::*;

use super::restore::restorable;
use super::shared::{Shared, value_methods};

/// What a client has counted since it was made.
#[pyclass(frozen, module = "jules")]
pub(crate) struct Metrics(Shared<jules::Metrics>);
value_methods!(Metrics, key = |data| data.requests, repr = ["requests", "bytes", "retries", "throttles", "activities"]);
restorable!(Metrics, jules::Metrics);

impl Metrics {
    pub(crate) fn new(metrics: jules::Metrics) -> Self {
        Self(Shared::new(metrics))
    }

    fn data(&self) -> &jules::Metrics {
        self.0.get()
    }
}

#[pymethods]
impl Metrics {
    /// Requests that were sent, retries included.
    #[getter]
    fn requests(&self) -> u64 {
        self.data().requests
    }

    /// Bytes of answers' bodies, after decompression.
    #[getter]
    fn bytes(&self) -> u64 {
        self.data().bytes
    }

    /// Requests that were sent again.
    #[getter]
    fn retries(&self) -> u64 {
        self.data().retries
    }

    /// Answers that asked to slow down (429).
    #[getter]
    fn throttles(&self) -> u64 {
        self.data().throttles
    }

    /// New activities that were written to the cache.
    #[getter]
    fn activities(&self) -> u64 {
        self.data().activities
    }
}
