//! What must not be carried over a `fork`: threads, sockets and database handles exist only in the process that made
//! them. Each process gets its own, made when first needed; what a child inherits is forgotten, never dropped.

use std::sync::OnceLock;
use std::{mem, process};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

/// A value that only exists in the process that made it.
#[derive(Debug)]
pub(crate) struct Local<T> {
    pid: u32,
    value: Option<T>,
}

impl<T> Local<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { pid: process::id(), value: Some(value) }
    }

    /// The value; nothing in another process.
    pub(crate) fn get(&self) -> Option<&T> {
        self.value.as_ref().filter(|_| self.pid == process::id())
    }

    /// The value, or the error that tells what went wrong.
    pub(crate) fn here(&self) -> PyResult<&T> {
        self.get().ok_or_else(|| {
            PyRuntimeError::new_err("this object belongs to the process that created it; create a new one after a fork")
        })
    }

    /// Takes the value out; nothing in another process.
    pub(crate) fn take(mut self) -> Option<T> {
        if self.pid == process::id() { self.value.take() } else { None }
    }
}

impl<T> Drop for Local<T> {
    fn drop(&mut self) {
        if self.pid != process::id() {
            mem::forget(self.value.take());
        }
    }
}

/// A value that each process makes for itself: a list with one entry a process, without locks that a fork could
/// leave locked.
#[derive(Debug)]
pub(crate) struct PerProcess<T>(OnceLock<Box<Entry<T>>>);

#[derive(Debug)]
struct Entry<T> {
    value: Local<T>,
    next: PerProcess<T>,
}

impl<T> PerProcess<T> {
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }

    pub(crate) fn with(value: T) -> Self {
        let this = Self::new();
        let _ = this.0.set(Box::new(Entry { value: Local::new(value), next: Self::new() }));
        this
    }

    /// This process's value, if it has been made.
    pub(crate) fn peek(&self) -> Option<&T> {
        let entry = self.0.get()?;
        entry.value.get().or_else(|| entry.next.peek())
    }

    /// This process's value.
    pub(crate) fn get_or_try_make<E>(&self, make: impl Fn() -> Result<T, E>) -> Result<&T, E> {
        let mut list = self;
        loop {
            match list.0.get() {
                Some(entry) => match entry.value.get() {
                    Some(value) => return Ok(value),
                    None => list = &entry.next,
                },
                // Made before it is set, so that a fork finds the cell either empty or full. Whoever comes second
                // uses what the first one made.
                None => {
                    let _ = list.0.set(Box::new(Entry { value: Local::new(make()?), next: Self::new() }));
                }
            }
        }
    }
}
