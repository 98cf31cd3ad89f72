//! `all`: many items, one session each, a few at a time.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use async_trait::async_trait;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};

use crate::engine::effects::RunConfig;
use crate::ground::error::Result;
use crate::ground::flow::{Feed, Flow};
use crate::ground::model::Outcome;
use crate::surface::batch::{AllOptions, Batch, BatchResult, OnProgress, Progress};
use crate::surface::handle::Client;

/// One item of [`Jules::all`] that is done.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Finished<T> {
    /// Its place among the items, from 0.
    pub index: usize,
    /// The item.
    pub item: T,
    /// The outcome of its session, or why it could not be run.
    pub result: Result<Outcome>,
}

/// Many sessions, a few at a time; nothing starts until it is polled. As a stream it gives items as they finish; after the
/// first error it ends, unless [`AllOptions::stop_on_error`] is off.
pub struct All<T> {
    described: Option<Box<Feeding<T>>>,
    running: Option<Flow<Finished<T>>>,
}

impl<T: Clone + Send + 'static> All<T> {
    pub(crate) fn new<M, F>(
        client: &Client,
        items: impl Iterator<Item = T> + Send + 'static,
        mut map: M,
        options: AllOptions,
    ) -> Result<Self>
    where
        M: FnMut(T) -> F + Send + 'static,
        F: Future<Output = Result<RunConfig>> + Send + 'static,
    {
        options.check()?;
        let feeding = Feeding {
            client: Client::clone(client),
            options,
            on_progress: None,
            items: Box::new(items),
            map: Box::new(move |item| map(item).boxed()),
            mapping: None,
            exhausted: false,
            stopped: false,
            batch: None,
            under_way: HashMap::new(),
        };
        Ok(Self { described: Some(Box::new(feeding)), running: None })
    }

    /// Calls this for each step of an item, from whatever thread it happens on. Has no effect once it was polled.
    pub fn on_progress(mut self, call: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        if let Some(feeding) = &mut self.described {
            feeding.on_progress = Some(Box::new(call));
        }
        self
    }

    /// All outcomes, in the order of the items.
    ///
    /// # Errors
    /// That of the first item that can't be run. It stops new starts and carries [`Error::results`](crate::Error::results).
    pub async fn outcomes(mut self) -> Result<Vec<Outcome>> {
        let mut outcomes = BTreeMap::new();
        while let Some(one) = self.next().await {
            outcomes.insert(one.index, one.result?);
        }
        Ok(outcomes.into_values().collect())
    }

    /// A result for each item, in the order of the items: nothing that succeeded is lost. As if
    /// [`AllOptions::stop_on_error`] were off.
    pub async fn settled(mut self) -> Vec<Result<Outcome>> {
        if let Some(feeding) = &mut self.described {
            feeding.options.stop_on_error = Some(false);
        }
        let results: BTreeMap<_, _> = self.map(|one| (one.index, one.result)).collect().await;
        results.into_values().collect()
    }
}

impl<T: Clone + Send + 'static> futures::Stream for All<T> {
    type Item = Finished<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(feeding) = self.described.take() {
            self.running = Some(Flow::new(*feeding));
        }
        match &mut self.running {
            Some(flow) => flow.poll_next(context).map(|one| one.and_then(Result::ok)),
            None => Poll::Ready(None),
        }
    }
}

impl<T> fmt::Debug for All<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("All").field("running", &self.running).finish_non_exhaustive()
    }
}

type Map<T> = Box<dyn FnMut(T) -> BoxFuture<'static, Result<RunConfig>> + Send>;

/// Feeds a batch from an iterator and takes its results.
struct Feeding<T> {
    client: Client,
    options: AllOptions,
    on_progress: Option<OnProgress>,
    items: Box<dyn Iterator<Item = T> + Send>,
    map: Map<T>,
    /// The item whose session is being described.
    mapping: Option<(T, BoxFuture<'static, Result<RunConfig>>)>,
    exhausted: bool,
    stopped: bool,
    batch: Option<Batch>,
    under_way: HashMap<usize, T>,
}

#[async_trait]
impl<T: Clone + Send + 'static> Feed<Finished<T>> for Feeding<T> {
    async fn next_batch(&mut self) -> Result<Option<Vec<Finished<T>>>> {
        if self.stopped {
            return Ok(None);
        }
        let batch = match &self.batch {
            Some(batch) => batch.clone(),
            None => self.batch.insert(Batch::new(&self.client, &self.options, self.on_progress.take())?).clone(),
        };
        loop {
            let one = tokio::select! {
                biased;
                one = batch.next() => one,
                () = self.feed(&batch), if !self.exhausted => continue,
            };
            let Some(BatchResult { index, result }) = one else { return Ok(None) };
            let Some(item) = self.under_way.remove(&index) else { continue };
            self.stopped = result.is_err() && self.options.stop_on_error.unwrap_or(true);
            return Ok(Some(vec![Finished { index, item, result }]));
        }
    }
}

impl<T: Clone + Send + 'static> Feeding<T> {
    /// Starts the next item when there is room for it. Cancel-safe: an item that was taken stays in `mapping`.
    async fn feed(&mut self, batch: &Batch) {
        let next = match batch.ready().await {
            true => self.mapping.take().or_else(|| self.items.next().map(|item| (item.clone(), (self.map)(item)))),
            false => None,
        };
        let Some((item, config)) = next else {
            self.exhausted = true;
            return batch.finish();
        };
        let (_, config) = self.mapping.insert((item, config));
        let config = config.await;
        let Some((item, _)) = self.mapping.take() else { return };
        let index = match config {
            Ok(config) => batch.start(config),
            Err(error) => batch.fail(error),
        };
        self.under_way.insert(index, item);
    }
}
