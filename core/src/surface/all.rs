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
use crate::surface::batch::{AllOptions, Batch, BatchResult, ItemEnd, OnProgress, Progress, Until};
use crate::surface::handle::Client;
use crate::surface::session::Session;

/// One item of [`Jules::all`](crate::Jules::all) that is done.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Finished<T, R = Outcome> {
    /// Its place among the items, from 0.
    pub index: usize,
    /// The item.
    pub item: T,
    /// The outcome of its session, or why it could not be run; with [`All::created`] the session itself.
    pub result: Result<R>,
}

/// Many sessions, a few at a time; nothing starts until it is polled. As a stream it gives items as they finish; after the
/// first error it ends, unless [`AllOptions::stop_on_error`] is off.
pub struct All<T, R = Outcome> {
    described: Option<Box<Feeding<T>>>,
    running: Option<Flow<Finished<T, ItemEnd>>>,
    read: fn(ItemEnd) -> Option<R>,
}

fn outcome(end: ItemEnd) -> Option<Outcome> {
    match end {
        ItemEnd::Outcome(outcome) => Some(*outcome),
        ItemEnd::Session(_) => None,
    }
}

fn session(end: ItemEnd) -> Option<Session> {
    match end {
        ItemEnd::Session(session) => Some(session),
        ItemEnd::Outcome(_) => None,
    }
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
        Ok(Self { described: Some(Box::new(feeding)), running: None, read: outcome })
    }

    /// Calls this for each step of an item, from whatever thread it happens on. Has no effect once it was polled.
    pub fn on_progress(mut self, call: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        if let Some(feeding) = &mut self.described {
            feeding.on_progress = Some(Box::new(call));
        }
        self
    }

    /// The same, but with each item's [`Session`] as soon as it is created, and still at most
    /// [`concurrency`](AllOptions::concurrency) of them at work.
    ///
    /// ```
    /// use futures::StreamExt;
    /// use jules::{AllOptions, Jules, RunConfig};
    /// # use jules_emulator::Emulator;
    /// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = Emulator::builder().speed(50.0).start().await?;
    /// # let jules = Jules::builder().api_key("k").base_url(emulator.url()).cache(jules::Cache::Memory).build()?;
    /// let map = |package: &str| {
    ///     let config = RunConfig::new(format!("Update {package} [scenario:quick]"));
    ///     async move { Ok(config) }
    /// };
    /// let mut created = jules.all(["serde", "tokio"], map, AllOptions::default())?.created();
    /// while let Some(one) = created.next().await {
    ///     println!("{}: {}", one.item, one.result?.id());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn created(mut self) -> All<T, Session> {
        if let Some(feeding) = &mut self.described {
            feeding.options.until = Until::Created;
        }
        All { described: self.described.take(), running: None, read: session }
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

impl<T: Clone + Send + 'static, R: 'static> futures::Stream for All<T, R> {
    type Item = Finished<T, R>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(feeding) = self.described.take() {
            self.running = Some(Flow::new(*feeding));
        }
        let read = self.read;
        let Some(flow) = &mut self.running else { return Poll::Ready(None) };
        flow.poll_next(context).map(|one| {
            let Finished { index, item, result } = one?.ok()?;
            let result = match result {
                Ok(end) => Ok(read(end)?),
                Err(error) => Err(error),
            };
            Some(Finished { index, item, result })
        })
    }
}

impl<T, R> fmt::Debug for All<T, R> {
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
impl<T: Clone + Send + 'static> Feed<Finished<T, ItemEnd>> for Feeding<T> {
    async fn next_batch(&mut self) -> Result<Option<Vec<Finished<T, ItemEnd>>>> {
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
