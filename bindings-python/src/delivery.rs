//! The way back to Python: one thread that attaches to the interpreter, so that the runtime's threads never wait for
//! the GIL. It takes all results that are ready at once and hands each to its event loop.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::{io, thread};

use pyo3::intern;
use pyo3::prelude::*;

use crate::gate::Gate;

/// Something that is to be called on the thread of an event loop.
#[derive(Debug)]
pub(crate) struct Parcel {
    pub(crate) event_loop: Py<PyAny>,
    pub(crate) callback: Py<PyAny>,
}

/// Takes parcels from any thread.
#[derive(Debug)]
pub(crate) struct Courier(Sender<Parcel>);

impl Courier {
    pub(crate) fn start(gate: &'static Gate) -> io::Result<Self> {
        let (sender, parcels) = channel();
        thread::Builder::new().name("jules-delivery".into()).spawn(move || deliver(gate, &parcels))?;
        Ok(Self(sender))
    }

    pub(crate) fn send(&self, parcel: Parcel) {
        // Refused only when the interpreter is gone, and with it whoever waits.
        let _ = self.0.send(parcel);
    }
}

fn deliver(gate: &'static Gate, parcels: &Receiver<Parcel>) {
    while let Ok(first) = parcels.recv() {
        let Some(_pass) = gate.enter() else { return };
        Python::attach(|py| {
            for parcel in std::iter::once(first).chain(parcels.try_iter()) {
                // A loop that was closed in the meantime has nobody waiting.
                let _ = parcel.event_loop.call_method1(py, intern!(py, "call_soon_threadsafe"), (parcel.callback,));
            }
        });
    }
}
