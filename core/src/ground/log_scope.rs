//! Whose work it is. A client may bring a logger of its own, and counts; lines reach the process's `tracing` subscriber without
//! saying which client they are about, so whoever works for a client says so while it does, and for which of its calls.

use std::cell::RefCell;
use std::fmt;
use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use serde_json::{Map, Value};

use super::metrics::Meter;
use super::wait_reason::WaitReason;

/// A line of the log. Never a key, a prompt or a message is in it.
#[derive(Clone, Debug, PartialEq)]
pub struct LogLine {
    /// `error`, `warn`, `info` or `debug`.
    pub level: &'static str,
    /// Which part of the client says it, such as `jules::http`.
    pub target: &'static str,
    /// What happened.
    pub message: String,
    /// What belongs to it: `operation`, `session`, `method`, `path`, `status`, `milliseconds`, `attempt`, `requestId` …
    pub fields: Map<String, Value>,
}

/// Takes a client's log lines as they come, on any thread: should be quick, and must not block.
pub trait Logger: Send + Sync {
    /// A line.
    fn log(&self, line: &LogLine);
}

/// A [`Logger`] among the options.
#[derive(Clone)]
pub struct LoggerHandle(Arc<dyn Logger>);

impl LoggerHandle {
    /// Receives, from now on, the lines that belong to no client.
    pub fn new(logger: impl Logger + 'static) -> Self {
        let logger: Arc<dyn Logger> = Arc::new(logger);
        let mut known = known();
        known.retain(|other| other.strong_count() > 0);
        known.push(Arc::downgrade(&logger));
        Self(logger)
    }
}

impl fmt::Debug for LoggerHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoggerHandle")
    }
}

impl PartialEq for LoggerHandle {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// All loggers that were ever given and are still in use.
static KNOWN: Mutex<Vec<Weak<dyn Logger>>> = Mutex::new(Vec::new());

fn known() -> std::sync::MutexGuard<'static, Vec<Weak<dyn Logger>>> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

thread_local! {
    static HERE: RefCell<Option<Scope>> = const { RefCell::new(None) };
}

/// One client's: its lines go to its logger, and to nobody else's; its waits are counted by its meter.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    #[cfg_attr(not(feature = "log"), expect(dead_code, reason = "without logging nobody asks for it"))]
    logger: Option<LoggerHandle>,
    pub(crate) meter: Arc<Meter>,
    call: Option<Call>,
}

/// What is being done, and the session that it is about.
type Call = (&'static str, Option<Arc<str>>);

impl Scope {
    pub(crate) fn new(logger: Option<LoggerHandle>, meter: Meter) -> Self {
        Self { logger, meter: Arc::new(meter), call: None }
    }

    /// The same while one of its calls is made.
    pub(crate) fn at(&self, doing: &'static str, session: Option<&str>) -> Self {
        Self { call: Some((doing, session.map(Arc::from))), ..self.clone() }
    }

    /// The one that this thread is at.
    pub(crate) fn here() -> Option<Self> {
        HERE.with_borrow(Clone::clone)
    }

    /// Until what is given back is dropped, what this thread does is this client's.
    pub(crate) fn enter(&self) -> Entered {
        let outer = Self::here();
        let call = self.call.clone().or_else(|| outer.as_ref().filter(|outer| self.is_of(outer))?.call.clone());
        Entered(HERE.replace(Some(Self { call, ..self.clone() })))
    }

    /// Whether both are the same client's.
    fn is_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.meter, &other.meter)
    }

    /// Does the work as this client's.
    pub(crate) fn around<F: Future>(&self, work: F) -> impl Future<Output = F::Output> {
        // On the heap, see `Wait::during`, and at once: a function that is asynchronous itself would be as large as the work.
        let mut work = Box::pin(work);
        poll_fn(move |context| {
            let _entered = self.enter();
            work.as_mut().poll(context)
        })
    }
}

/// The call that this is done for.
pub(super) fn call() -> Option<Call> {
    Scope::here()?.call
}

/// A wait of the client's that lasts long.
pub(super) fn count_wait(reason: WaitReason) {
    if let Some(scope) = Scope::here() {
        scope.meter.waited(reason);
    }
}

/// See [`Scope::enter`].
pub(crate) struct Entered(Option<Scope>);

impl Drop for Entered {
    fn drop(&mut self) {
        HERE.set(self.0.take());
    }
}

/// Whether anybody listens.
#[cfg(feature = "log")]
pub(super) fn is_heard() -> bool {
    match HERE.with_borrow(|here| here.as_ref().map(|scope| scope.logger.is_some())) {
        Some(heard) => heard,
        None => known().iter().any(|logger| logger.strong_count() > 0),
    }
}

/// Gives a line to the logger of the client that it is about; to all of them where it is about none.
#[cfg(feature = "log")]
pub(super) fn deliver(line: &LogLine) {
    let loggers: Vec<Arc<dyn Logger>> = match HERE.with_borrow(Clone::clone) {
        Some(Scope { logger, .. }) => logger.map(|logger| logger.0).into_iter().collect(),
        None => known().iter().filter_map(Weak::upgrade).collect(),
    };
    for logger in loggers {
        logger.log(line);
    }
}
