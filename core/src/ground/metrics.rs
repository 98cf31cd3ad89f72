//! What a client has done so far, in numbers: for a dashboard, or to see what a program costs.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::wait_reason::{WaitReason, Waits};

// only rust: elsewhere the fields of what a client has counted
/// Something that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Counter {
    /// Requests that were sent, retries included.
    Requests,
    /// Bytes of answers' bodies, after decompression.
    Bytes,
    /// Requests that were retried, including creates that waited for a slot.
    Retries,
    /// Responses that asked to slow down (429), including those to creates.
    Throttles,
    /// New activities that were written to the cache.
    Activities,
    /// Waits of the client's own that lasted over a second.
    Waits,
}

/// Takes every count as it happens, on any thread: should be quick, and must not block.
///
/// ```
/// use jules::{Counter, Jules, Recorder};
///
/// #[derive(Debug)]
/// struct Print;
/// impl Recorder for Print {
///     fn add(&self, counter: Counter, amount: u64) {
///         println!("{counter:?} +{amount}");
///     }
/// }
/// let jules = Jules::builder().api_key("my-key").recorder(Print).build()?;
/// # Ok::<(), jules::Error>(())
/// ```
pub trait Recorder: Send + Sync + fmt::Debug {
    /// Something was counted.
    fn add(&self, counter: Counter, amount: u64);
}

/// A [`Recorder`] among the options.
#[derive(Clone, Debug)]
pub struct RecorderHandle(pub(crate) Arc<dyn Recorder>);

impl PartialEq for RecorderHandle {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<R: Recorder + 'static> From<R> for RecorderHandle {
    fn from(recorder: R) -> Self {
        Self(Arc::new(recorder))
    }
}

/// What a client has counted since it was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Metrics {
    // bindings: Requests that were sent, repeated ones too.
    /// See [`Counter::Requests`].
    pub requests: u64,
    // bindings: Bytes of answers' bodies, after decompression.
    /// See [`Counter::Bytes`].
    pub bytes: u64,
    // bindings: Requests that were sent again, creates that waited for a slot too.
    /// See [`Counter::Retries`].
    pub retries: u64,
    // bindings: Answers that asked to slow down (429), also those to creates.
    /// See [`Counter::Throttles`].
    pub throttles: u64,
    // bindings: New activities that were written to the cache.
    /// See [`Counter::Activities`].
    pub activities: u64,
    /// Waits of the client's own that lasted over a second, by what was waited for. Each is a line of the log, too.
    pub waits: Waits,
}

/// Counts, and passes on to the user's recorder.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    counts: [AtomicU64; 6],
    waits: Mutex<Waits>,
    recorder: Option<RecorderHandle>,
}

impl Meter {
    pub(crate) fn new(recorder: Option<RecorderHandle>) -> Self {
        Self { recorder, ..Self::default() }
    }

    pub(crate) fn add(&self, counter: Counter, amount: usize) {
        let amount = u64::try_from(amount).unwrap_or(u64::MAX);
        self.count(counter).fetch_add(amount, Ordering::Relaxed);
        if let Some(RecorderHandle(recorder)) = &self.recorder {
            recorder.add(counter, amount);
        }
    }

    /// A wait has lasted long.
    pub(crate) fn waited(&self, reason: WaitReason) {
        *self.waits().entry(reason).or_default() += 1;
        self.add(Counter::Waits, 1);
    }

    pub(crate) fn snapshot(&self) -> Metrics {
        let read = |counter| self.count(counter).load(Ordering::Relaxed);
        Metrics {
            requests: read(Counter::Requests),
            bytes: read(Counter::Bytes),
            retries: read(Counter::Retries),
            throttles: read(Counter::Throttles),
            activities: read(Counter::Activities),
            waits: self.waits().clone(),
        }
    }

    fn waits(&self) -> MutexGuard<'_, Waits> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, counter: Counter) -> &AtomicU64 {
        let [requests, bytes, retries, throttles, activities, waits] = &self.counts;
        match counter {
            Counter::Requests => requests,
            Counter::Bytes => bytes,
            Counter::Retries => retries,
            Counter::Throttles => throttles,
            Counter::Activities => activities,
            Counter::Waits => waits,
        }
    }
}
