//! Many sessions, a few at a time: what core's `all` asks of `ts/work.ts`, and what it tells.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jules::ffi::{BatchReport, Drive, Envelope, Event, ItemEnd, error_envelope, outcome_envelope};
use jules::{Error, Finished, Jules, Outcome, Progress, RunConfig};
use napi::bindgen_prelude::{Promise, PromiseRaw};
use napi::threadsafe_function::ThreadsafeFunction;
use napi::{Env, Status};
use napi_derive::napi;
use serde::Serialize;
use serde_json::Value;

use crate::error::{to_json, to_napi};
use crate::options::{NativeBatchOptions, NativeRunConfig, millis};
use crate::runtime::enter;

/// Is asked what the next item's session is to do; gives null when there are no more, and rejects for one that can't be run.
type Describe = ThreadsafeFunction<(), Promise<Option<NativeRunConfig>>, (), Status, false, true>;

/// Core's work. JavaScript keeps the items: here they are only counted.
#[napi]
#[expect(missing_debug_implementations, reason = "a function of JavaScript's has none")]
pub struct NativeBatch {
    drive: Arc<Drive<()>>,
    describe: Slot,
    report: BatchReport,
}

/// Who describes the items, from the beginning to the end: it holds what holds this.
type Slot = Arc<Mutex<Option<Arc<Describe>>>>;

/// What has happened: a step of an item, or its end.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum News<'a> {
    Step(Progress),
    Done {
        index: usize,
        #[serde(flatten)]
        end: End<'a>,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum End<'a> {
    Outcome(Envelope<'a, Outcome>),
    /// Its id.
    Session(&'a str),
    Error(Value),
}

#[napi]
impl NativeBatch {
    pub(crate) fn new(jules: &Jules, options: NativeBatchOptions) -> napi::Result<Self> {
        let describe = Slot::default();
        let asked = Arc::clone(&describe);
        let ask = move || {
            let describe = lock(&asked).clone();
            Box::pin(async move { described(describe?).await.map(|config| ((), config)) }) as _
        };
        let with_steps = options.progress.unwrap_or_default();
        let options = options.try_into().map_err(to_napi)?;
        let drive = Drive::new(jules, options, Box::new(ask), with_steps).map_err(to_napi)?;
        Ok(Self { report: drive.reports(), drive: Arc::new(drive), describe })
    }

    /// Has the items described by this. `awaited`: all results are wanted together.
    #[napi(
        ts_args_type = "describe: () => Promise<NativeRunConfig | null>, awaited: boolean, timeoutMs: number | undefined"
    )]
    pub fn begin(&self, describe: Describe, awaited: bool, timeout_ms: Option<f64>) {
        *lock(&self.describe) = Some(Arc::new(describe));
        if awaited {
            self.drive.awaited();
        }
        if let Some(limit) = millis(timeout_ms) {
            self.drive.within(limit);
        }
    }

    /// Waits for what happens next and gives it as the text of `{ step } | { done: { index, outcome | session | error } }`; null
    /// at the end, and after `stop`.
    #[napi]
    pub fn next<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, Option<String>>> {
        let drive = Arc::clone(&self.drive);
        env.spawn_future(async move {
            match drive.event().await.map_err(to_napi)? {
                Some(Event::Step(step)) => to_json(&News::Step(step)).map(Some),
                Some(Event::Done(done)) => written(&done).map(Some),
                None => Ok(None),
            }
        })
    }

    /// Where every item stands that was started, as the text of a JSON array.
    #[napi]
    pub fn report(&self) -> napi::Result<String> {
        to_json(&self.report.report_envelope())
    }

    /// Stops watching; nothing starts any more. Sessions keep running on the server.
    #[napi]
    pub fn stop(&self) {
        lock(&self.describe).take();
        enter(|| self.drive.close());
    }
}

async fn described(describe: Arc<Describe>) -> Option<Result<RunConfig, Error>> {
    // Where JavaScript has gone meanwhile, there are no more.
    let answer = describe.call_async_catch(()).await.ok()?;
    match answer.await {
        Ok(config) => config.map(|config| Ok(config.into())),
        // Only a stand-in: whoever reads the result puts what was thrown in its place.
        Err(_) => Some(Err(Error::custom("map gave no options for the item"))),
    }
}

fn written(done: &Finished<(), ItemEnd>) -> napi::Result<String> {
    let end = match &done.result {
        Ok(ItemEnd::Outcome(outcome)) => End::Outcome(outcome_envelope(outcome)),
        Ok(ItemEnd::Session(session)) => End::Session(session.id()),
        Ok(_) => End::Error(Value::Null),
        Err(error) => End::Error(error_envelope(error)),
    };
    to_json(&News::Done { index: done.index, end })
}

fn lock(slot: &Slot) -> MutexGuard<'_, Option<Arc<Describe>>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}
