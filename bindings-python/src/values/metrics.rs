//! What a client has counted, and its latest requests.

use std::collections::BTreeMap;

use pyo3::prelude::*;

use super::restore::restorable;
use super::shared::{Shared, match_args, value_methods};
use crate::convert::Tuple;

/// What a client has counted since it was made.
#[pyclass(frozen, module = "jules")]
pub(crate) struct Metrics(Shared<jules::Metrics>);
value_methods!(
    Metrics,
    key = |data| data.requests,
    repr = ["requests", "bytes", "retries", "throttles", "activities", "waits"]
);
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

    /// Waits of the client's own that lasted over a second, by what was waited for. Each is a line of the log, too.
    ///
    /// ```python
    /// print(client.metrics().waits.get("slot", 0))
    /// ```
    #[getter]
    fn waits(&self) -> BTreeMap<&'static str, u64> {
        self.data().waits.iter().map(|(reason, count)| (reason.as_str(), *count)).collect()
    }
}

/// A request that a client has made, as `recent_requests()` tells it.
#[pyclass(frozen, module = "jules")]
pub(crate) struct RequestInfo(Shared<jules::RequestInfo>);
value_methods!(
    RequestInfo,
    key = |data| (&data.operation, &data.request_id),
    repr = ["operation", "session_id", "status", "request_id", "attempt", "duration_ms"]
);
restorable!(RequestInfo, jules::RequestInfo);
match_args!(RequestInfo, "operation", "status", "request_id");

impl RequestInfo {
    pub(crate) fn all(py: Python<'_>, requests: Vec<jules::RequestInfo>) -> PyResult<Tuple<'_, Self>> {
        let requests = requests.into_iter().map(|request| Bound::new(py, Self(Shared::new(request))));
        requests.collect::<PyResult<_>>().map(Tuple)
    }

    fn data(&self) -> &jules::RequestInfo {
        self.0.get()
    }
}

#[pymethods]
impl RequestInfo {
    /// The operation of the API, such as `sessions.create`.
    #[getter]
    fn operation(&self) -> &str {
        &self.data().operation
    }

    /// The session that it was about; absent where it was about several, or one that was not created yet.
    #[getter]
    fn session_id(&self) -> Option<&str> {
        self.data().session_id.as_deref()
    }

    /// The HTTP status; absent when there was no response.
    #[getter]
    fn status(&self) -> Option<u16> {
        self.data().status
    }

    /// The server's id of the request, to quote in a report; absent when it sent none.
    #[getter]
    fn request_id(&self) -> Option<&str> {
        self.data().request_id.as_deref()
    }

    /// Which attempt of its call it was, from 1.
    #[getter]
    fn attempt(&self) -> u32 {
        self.data().attempt
    }

    /// How long it took, in milliseconds.
    #[getter]
    fn duration_ms(&self) -> u64 {
        self.data().duration_ms
    }
}
