//! What a client and its sessions share: one core client a process, made from the same options.

use jules::{ClientOptions, Jules};
use pyo3::prelude::*;

use crate::error::to_py_err;
use crate::local::PerProcess;
use crate::logs;
use crate::process::Process;
use crate::subscriber;

/// What a client and its sessions share.
pub(crate) struct Connection {
    options: ClientOptions,
    here: PerProcess<Jules>,
}

impl Connection {
    pub(crate) fn open(py: Python<'_>, options: ClientOptions) -> PyResult<Self> {
        let here = PerProcess::with(connect(py, &options)?);
        Ok(Self { options, here })
    }

    /// What was given; the rest is the environment's or a default.
    pub(crate) fn options(&self) -> &ClientOptions {
        &self.options
    }

    /// This process's core client, if it was ever needed.
    pub(crate) fn peek(&self) -> Option<&Jules> {
        self.here.peek()
    }

    /// This process's core client.
    pub(crate) fn jules(&self, py: Python<'_>) -> PyResult<&Jules> {
        self.here.get_or_try_make(|| connect(py, &self.options))
    }
}

/// A core client; opening its store may take a moment.
fn connect(py: Python<'_>, options: &ClientOptions) -> PyResult<Jules> {
    let wanted = jules::ffi::environment(options, "JULES_LOG").and_then(|wanted| wanted.into_string().ok());
    subscriber::install(&wanted.unwrap_or_default()).map_err(|error| to_py_err(py, &error))?;
    logs::refresh(py);
    let process = Process::current()?;
    let options = options.clone();
    py.detach(|| {
        let _runtime = process.runtime.enter();
        Jules::new(options)
    })
    .map_err(|error| to_py_err(py, &error))
}
