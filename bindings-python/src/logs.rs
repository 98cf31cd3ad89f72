//! Core's log lines as records of Python's `logging`. The thread that logs only notes the line (`subscriber`); whoever holds
//! the GIL next hands it on: a call that ends, else the courier. What no logger wants is not even noted, and costs no
//! GIL: the levels are looked up when a call begins, and remembered.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use tracing::{Level, Metadata};

/// Core's targets; Python's loggers have dots in their names. The last one takes what is none of the others.
pub(crate) const TARGETS: [&str; 7] =
    ["jules::http", "jules::retry", "jules::once", "jules::wait", "jules::watch", "jules::store", "jules"];

/// The lowest level that each target's logger wants, as Python counts; `OFF` until `logging` is in use.
static WANTED: [AtomicU8; TARGETS.len()] = [const { AtomicU8::new(OFF) }; TARGETS.len()];
const OFF: u8 = u8::MAX;

/// Lines beyond this many wait for nobody: an interpreter that is busy for long loses some, and is told how many.
const ROOM: usize = 4096;

/// Lines that Python has not seen yet.
#[derive(Debug, Default)]
pub(crate) struct Backlog(Mutex<Lines>);

#[derive(Debug, Default)]
struct Lines {
    kept: Vec<Line>,
    lost: usize,
}

/// When, by which logger, at which level, and what: as `jules._logs.emit` takes it.
pub(crate) type Line = (f64, &'static str, u8, String);

/// Looks up which levels Python's loggers want.
pub(crate) fn refresh(py: Python<'_>) {
    static LEVELS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let levels = LEVELS.import(py, "jules._logs", "levels").and_then(|levels| levels.call1((TARGETS,)));
    let Ok(Some(levels)) = levels.and_then(|levels| levels.extract::<Option<[u8; TARGETS.len()]>>()) else { return };
    for (wanted, level) in WANTED.iter().zip(levels) {
        wanted.store(level, Ordering::Relaxed);
    }
}

/// Hands on what was logged so far.
pub(crate) fn hand_on(py: Python<'_>, backlog: &Backlog) {
    static EMIT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let lines = std::mem::take(&mut *backlog.lock());
    if lines.kept.is_empty() {
        return;
    }
    if let Err(error) =
        EMIT.import(py, "jules._logs", "emit").and_then(|emit| emit.call1((TARGETS, lines.kept, lines.lost)))
    {
        error.write_unraisable(py, None);
    }
}

impl Backlog {
    /// Whether it is the first since they were last handed on.
    pub(crate) fn note(&self, line: Line) -> bool {
        let mut lines = self.lock();
        if lines.kept.len() < ROOM {
            lines.kept.push(line);
        } else {
            lines.lost += 1;
        }
        lines.kept.len() == 1
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which of [`TARGETS`] an event belongs to; none where it is not core's.
pub(crate) fn target(metadata: &Metadata<'_>) -> Option<usize> {
    let name = metadata.target();
    TARGETS.iter().position(|target| name == *target || (*target == "jules" && name.starts_with("jules::")))
}

/// Whether a logger wants it.
pub(crate) fn wanted(metadata: &Metadata<'_>) -> bool {
    target(metadata).is_some_and(|target| level(metadata) >= WANTED[target].load(Ordering::Relaxed))
}

/// As Python counts; `TRACE` is below its `DEBUG`.
pub(crate) fn level(metadata: &Metadata<'_>) -> u8 {
    match *metadata.level() {
        Level::ERROR => 40,
        Level::WARN => 30,
        Level::INFO => 20,
        Level::DEBUG => 10,
        Level::TRACE => 5,
    }
}
