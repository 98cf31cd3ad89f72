//! Many sessions, a few at a time: `ts/all.ts` feeds core's pool from the user's items and takes what comes.

use std::sync::{Arc, Mutex, PoisonError};

use jules::ffi::{Batch, BatchReport, BatchResult, Envelope, ItemEnd, OnProgress, error_envelope, outcome_envelope};
use jules::{Error, Jules, Outcome, Progress};
use napi::Env;
use napi::bindgen_prelude::PromiseRaw;
use napi_derive::napi;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::sync::CancellationToken;

use crate::error::{to_json, to_napi};
use crate::options::{NativeBatchOptions, NativeRunConfig};
use crate::runtime::enter;

/// The pool, until it is stopped.
#[napi]
#[derive(Debug)]
pub struct NativeBatch {
    batch: Mutex<Option<Batch>>,
    progress: Arc<tokio::sync::Mutex<UnboundedReceiver<Progress>>>,
    stopped: CancellationToken,
    report: BatchReport,
}

/// What has happened: steps of items, and an item that is done.
#[derive(Serialize)]
struct News<'a> {
    progress: Vec<Progress>,
    #[serde(skip_serializing_if = "Option::is_none")]
    done: Option<Done<'a>>,
}

#[derive(Serialize)]
struct Done<'a> {
    index: usize,
    #[serde(flatten)]
    end: End<'a>,
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
    /// Waits until another item may start. False: no more are wanted.
    #[napi]
    pub fn ready<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, bool>> {
        let batch = self.get();
        let stopped = self.stopped.clone();
        env.spawn_future(async move {
            let Some(batch) = batch else { return Ok(false) };
            Ok(stopped.run_until_cancelled_owned(async move { batch.ready().await }).await.unwrap_or(false))
        })
    }

    /// All results are wanted together.
    #[napi]
    pub fn awaited(&self) {
        if let Some(batch) = self.get() {
            batch.awaited();
        }
    }

    /// Starts the next item and gives its index; null after `stop`.
    #[napi]
    pub fn start(&self, config: NativeRunConfig) -> Option<u32> {
        let batch = self.get()?;
        u32::try_from(enter(|| batch.start(config.into()))).ok()
    }

    /// Counts the next item as one that can't be run and gives its index; null after `stop`.
    #[napi]
    pub fn fail(&self) -> Option<u32> {
        // Only a stand-in: whoever reads the result puts what was thrown in its place.
        u32::try_from(self.get()?.fail(Error::custom("the item could not be described"))).ok()
    }

    /// There are no more items.
    #[napi]
    pub fn finish(&self) {
        if let Some(batch) = self.get() {
            batch.finish();
        }
    }

    /// Waits for what happens next and gives it as the text of
    /// `{ progress: [], done?: { index, outcome | session | error } }`; null when all items are done, and after `stop`.
    #[napi]
    pub fn next<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, Option<String>>> {
        let batch = self.get();
        let progress = Arc::clone(&self.progress);
        let stopped = self.stopped.clone();
        env.spawn_future(async move {
            let Some(batch) = batch else { return Ok(None) };
            let news = async move {
                let mut steps = progress.lock().await;
                tokio::select! {
                    biased;
                    Some(step) = steps.recv() => to_json(&News { progress: drained(&mut steps, vec![step]), done: None }).map(Some),
                    one = batch.next() => match one {
                        // Its last step was told before: it stands before it here too.
                        Some(one) => written(drained(&mut steps, Vec::new()), &one).map(Some),
                        None => Ok(None),
                    },
                }
            };
            stopped.run_until_cancelled_owned(news).await.unwrap_or(Ok(None))
        })
    }

    /// Where every item stands that was started, as the text of a JSON array.
    #[napi]
    pub fn report(&self) -> napi::Result<String> {
        to_json(&self.report.report_envelope())
    }

    /// Stops watching; nothing starts any more. Sessions go on at the server.
    #[napi]
    pub fn stop(&self) {
        self.stopped.cancel();
        let batch = self.batch.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(batch);
    }

    pub(crate) fn new(jules: &Jules, options: NativeBatchOptions) -> napi::Result<Self> {
        let (steps, progress) = unbounded_channel();
        let tell: Option<OnProgress> = options.progress.unwrap_or_default().then(|| {
            let tell = move |step: &Progress| {
                // Nobody listens any more once the batch was stopped.
                steps.send(step.clone()).ok();
            };
            Box::new(tell) as OnProgress
        });
        let batch = jules::ffi::batch(jules, &options.into(), tell).map_err(to_napi)?;
        Ok(Self {
            report: batch.reports(),
            batch: Mutex::new(Some(batch)),
            progress: Arc::new(tokio::sync::Mutex::new(progress)),
            stopped: CancellationToken::new(),
        })
    }

    fn get(&self) -> Option<Batch> {
        self.batch.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn drained(steps: &mut UnboundedReceiver<Progress>, mut before: Vec<Progress>) -> Vec<Progress> {
    while let Ok(step) = steps.try_recv() {
        before.push(step);
    }
    before
}

fn written(progress: Vec<Progress>, one: &BatchResult) -> napi::Result<String> {
    let end = match &one.result {
        Ok(ItemEnd::Outcome(outcome)) => End::Outcome(outcome_envelope(outcome)),
        Ok(ItemEnd::Session(session)) => End::Session(session.id()),
        Ok(_) => End::Error(Value::Null),
        Err(error) => End::Error(error_envelope(error)),
    };
    to_json(&News { progress, done: Some(Done { index: one.index, end }) })
}
