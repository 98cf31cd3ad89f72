//! The way back to Python: one thread that attaches to the interpreter, so that the runtime's threads never wait for
//! the GIL. It takes all results that are ready at once and hands each to its event loop; log lines come before the results
//! of what logged them.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::{io, thread};

use pyo3::intern;
use pyo3::prelude::*;

use crate::gate::Gate;
use crate::logs::{self, Backlog};

/// Something that is to be called on the thread of an event loop.
#[derive(Debug)]
pub(crate) struct Parcel {
    pub(crate) event_loop: Py<PyAny>,
    pub(crate) callback: Py<PyAny>,
}

impl Parcel {
    fn deliver(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.event_loop.call_method1(py, intern!(py, "call_soon_threadsafe"), (self.callback,))
    }
}

/// Takes parcels from any thread; nothing stands for log lines.
#[derive(Debug)]
pub(crate) struct Courier(Sender<Option<Parcel>>);

impl Courier {
    pub(crate) fn start(gate: &'static Gate, backlog: Arc<Backlog>) -> io::Result<Self> {
        let (sender, parcels) = channel();
        thread::Builder::new().name("jules-delivery".into()).spawn(move || deliver(gate, &backlog, &parcels))?;
        Ok(Self(sender))
    }

    pub(crate) fn send(&self, parcel: Parcel) {
        // Refused only when the interpreter is gone, and with it whoever waits.
        let _ = self.0.send(Some(parcel));
    }

    /// There are log lines to hand on.
    pub(crate) fn wake(&self) {
        let _ = self.0.send(None);
    }
}

fn deliver(gate: &'static Gate, backlog: &Backlog, parcels: &Receiver<Option<Parcel>>) {
    while let Ok(first) = parcels.recv() {
        let Some(_pass) = gate.enter() else { return };
        Python::attach(|py| {
            for parcel in std::iter::once(first).chain(parcels.try_iter()) {
                match parcel {
                    // A loop that was closed in the meantime has nobody waiting.
                    Some(parcel) => drop(parcel.deliver(py)),
                    None => logs::hand_on(py, backlog),
                }
            }
        });
    }
}
