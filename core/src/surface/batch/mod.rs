//! Many sessions, a few at a time: what drives [`Jules::all`](crate::Jules::all), in every language. Who has the items
//! describes the next one when it is asked to; when that is, and what becomes of the items, is decided here.

mod options;
mod pool;
mod report;

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::BoxFuture;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;

pub use self::options::{AllOptions, Until};
use self::pool::{Permit, Pool};
pub use self::report::{BatchReport, Finished, ItemEnd, ItemReport, ItemStatus, Progress, Stage};
pub(crate) use self::report::{OnProgress, Results};
use crate::engine::effects::RunConfig;
use crate::ground::error::Result;
use crate::ground::outage::waited_out;
use crate::ground::runtime;
use crate::surface::handle::Client;

/// Describes the next item: gives it with what its session is to do, or with why it can't be run. Nothing: there are no more.
pub type Describe<T> = Box<dyn FnMut() -> BoxFuture<'static, Option<(T, Result<RunConfig>)>> + Send>;

/// Work that is described and not yet begun.
pub(crate) struct Plan<T> {
    pub(crate) client: Client,
    pub(crate) options: AllOptions,
    pub(crate) on_progress: Option<OnProgress>,
    pub(crate) describe: Describe<T>,
    pub(crate) reports: BatchReport,
    /// All results are wanted together, and nobody has one in hand before.
    pub(crate) awaited: bool,
}

/// Work that is under way. Dropping it stops the watching, and nothing starts any more; sessions keep running on the server.
pub(crate) struct Running<T> {
    /// The items as they finish. It ends when all have, and behind an error that stops the work.
    pub(crate) results: UnboundedReceiver<Finished<T, ItemEnd>>,
    _work: runtime::Task,
}

impl<T: Send + 'static> Plan<T> {
    pub(crate) fn new(client: &Client, options: AllOptions, describe: Describe<T>) -> Result<Self> {
        options.check()?;
        let reports = BatchReport::default();
        Ok(Self { client: Arc::clone(client), options, on_progress: None, describe, reports, awaited: false })
    }

    pub(crate) fn begin(self) -> Result<Running<T>> {
        let (sender, results) = unbounded_channel();
        let describe = self.describe;
        let pool =
            Arc::new(Pool::new(self.client, &self.options, self.awaited, self.on_progress, self.reports, sender));
        Ok(Running { results, _work: runtime::spawn(work(pool, describe))? })
    }
}

/// Starts one item after the other as there is room, until there are no more or one can't be run; then waits for the rest.
async fn work<T: Send + 'static>(pool: Arc<Pool<T>>, mut describe: Describe<T>) {
    let mut sessions = JoinSet::new();
    let feeding = async {
        loop {
            // Whoever wants sessions is done when no more come, not when one of them has ended and there is room again.
            let ahead = if pool.hands_sessions() { Some(describe().await) } else { None };
            if matches!(ahead, Some(None)) {
                break;
            }
            let Some(permit) = pool.permit().await else { break };
            let Some((item, config)) = (match ahead {
                Some(described) => described,
                None => describe().await,
            }) else {
                break;
            };
            while sessions.try_join_next().is_some() {}
            let index = pool.admit(item);
            match config.and_then(|config| pool.may_start(config)) {
                Ok(config) => drop(sessions.spawn(run(Arc::clone(&pool), index, config, permit))),
                Err(error) => pool.settle(index, Err(error)),
            }
        }
    };
    tokio::select! {
        biased;
        () = feeding => pool.all_handed().await,
        // The next item may be long in being described; it isn't wanted any more.
        () = pool.stopped() => {}
    }
}

async fn run<T: Send + 'static>(pool: Arc<Pool<T>>, index: usize, config: RunConfig, permit: Permit) {
    let log = pool.client.hub.service.transport.log.clone();
    let result = log.around(waited_out(pool.run(index, config))).await;
    pool.settle(index, result);
    drop(permit);
}

/// Results as they finished, in the order of the items.
pub(crate) fn in_order<T, R>(results: impl IntoIterator<Item = Finished<T, R>>) -> impl Iterator<Item = Result<R>> {
    let results: BTreeMap<_, _> = results.into_iter().map(|one| (one.index, one.result)).collect();
    results.into_values()
}
