//! `all`: many items, one session each, a few at a time.

use std::fmt;
use std::future::{self, Future};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::{FutureExt, StreamExt};

use crate::engine::effects::RunConfig;
use crate::ground::error::Result;
use crate::ground::model::Outcome;
use crate::surface::batch::{AllOptions, Finished, ItemEnd, Plan, Progress, Results, Running, Until, in_order};
use crate::surface::handle::Client;
use crate::surface::pending::{Pending, RUNNING_ALL};
use crate::surface::session::Session;

/// Many sessions, a few at a time; nothing starts until it is polled. As a stream it gives items as they finish; after the
/// first error it ends, unless [`AllOptions::stop_on_error`] is off.
pub struct All<T, R = Outcome> {
    plan: Option<Box<Plan<T>>>,
    running: Option<Running<T>>,
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
        mut items: impl Iterator<Item = T> + Send + 'static,
        mut map: M,
        options: AllOptions,
    ) -> Result<Self>
    where
        M: FnMut(T) -> F + Send + 'static,
        F: Future<Output = Result<RunConfig>> + Send + 'static,
    {
        let describe = move || match items.next() {
            Some(item) => map(item.clone()).map(|config| Some((item, config))).boxed(),
            None => future::ready(None).boxed(),
        };
        let plan = Plan::new(client, options, Box::new(describe))?;
        Ok(Self { plan: Some(Box::new(plan)), running: None, read: outcome })
    }

    // only rust: elsewhere an option of `all`
    /// Calls this for each step of an item, on any thread. Has no effect once it was polled.
    pub fn on_progress(mut self, call: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        if let Some(plan) = &mut self.plan {
            plan.on_progress = Some(Box::new(call));
        }
        self
    }

    // only rust: elsewhere an option of `all`, `until`
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
        if let Some(plan) = &mut self.plan {
            plan.options.until = Until::Created;
        }
        All { plan: self.plan.take(), running: None, read: session }
    }

    /// All outcomes, in the order of the items.
    ///
    /// # Errors
    /// That of the first item that can't be run. It stops new starts and carries [`Error::results`](crate::Error::results).
    pub fn outcomes(self) -> Pending<Vec<Outcome>> {
        self.stopping(true).together()
    }

    // not python, node: awaiting it gives them, with the option not to stop on an error
    /// A result for each item, in the order of the items: nothing that succeeded is lost. As if
    /// [`AllOptions::stop_on_error`] were off.
    pub async fn settled(self) -> Vec<Result<Outcome>> {
        in_order(self.stopping(false).collect::<Vec<_>>().await).collect()
    }

    fn stopping(mut self, stop_on_error: bool) -> Self {
        if let Some(plan) = &mut self.plan {
            plan.options.stop_on_error = Some(stop_on_error);
        }
        self
    }
}

impl<T: Send + 'static> All<T, Session> {
    // not python, node: awaiting it gives them, with `until`
    /// All sessions, in the order of the items.
    ///
    /// # Errors
    /// That of the first item that can't be run, as for [`All::outcomes`]; [`Config`](crate::ErrorKind::Config) for an item
    /// that would wait forever, since all places are held by sessions that wait for an approval and nobody has them yet.
    pub fn sessions(mut self) -> Pending<Vec<Session>> {
        if let Some(plan) = &mut self.plan {
            plan.options.stop_on_error = Some(true);
            plan.awaited = true;
        }
        self.together()
    }
}

impl<T: Send + 'static, R: Send + 'static> All<T, R> {
    /// All that finish, in the order of the items, or the error that ended it; also a time limit's tells where they stand.
    fn together(self) -> Pending<Vec<R>> {
        let (reports, client) = self.plan.as_ref().map(|plan| (plan.reports.clone(), plan.client.clone())).unzip();
        let all = Pending::new(RUNNING_ALL, async move {
            let mut results = self.collect::<Vec<_>>().await;
            match results.pop() {
                // An error is the last that comes.
                Some(Finished { result: Err(error), .. }) => Err(error),
                last => in_order(results.into_iter().chain(last)).collect(),
            }
        });
        let all = match &client {
            Some(client) => all.over(&client.hub.store),
            None => all,
        };
        all.about(move |error| reports.iter().fold(error, |error, reports| error.with(Results(reports.report()))))
    }
}

impl<T: Send + 'static, R> futures::Stream for All<T, R> {
    type Item = Finished<T, R>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(plan) = self.plan.take() {
            self.running = plan.begin().ok();
        }
        let read = self.read;
        let Some(running) = &mut self.running else { return Poll::Ready(None) };
        running.results.poll_recv(context).map(|one| {
            let Finished { index, item, result } = one?;
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
        f.debug_struct("All").field("begun", &self.running.is_some()).finish_non_exhaustive()
    }
}
