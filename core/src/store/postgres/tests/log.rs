//! What is logged meanwhile, as text.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use tracing::dispatcher::{DefaultGuard, set_default};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Event, Metadata, Subscriber};

/// Everything that this thread logs, on all levels.
#[derive(Clone, Default)]
pub(super) struct Log(Arc<Mutex<String>>);

/// It is heard for as long as this lives.
pub(super) struct Hearing {
    _here: DefaultGuard,
    // Of a single one it would be remembered, where a test without any logs first, that nobody listens.
    _second: Dispatch,
}

impl Log {
    pub(super) fn listen() -> (Self, Hearing) {
        let log = Self::default();
        let (first, second) = (Dispatch::new(log.clone()), Dispatch::new(log.clone()));
        (log, Hearing { _here: set_default(&first), _second: second })
    }

    pub(super) fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }
}

impl Visit for Log {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0.lock().unwrap(), "{field}={value:?} ").unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut self.clone());
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }
    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}
