//! One server as one handle has it: a few connections to work with, made when they are needed and kept.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::config::SslMode;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{AsyncMessage, Client, Connection, Notification, Row, Socket, Statement};

use super::faults::{self, Failure};
use super::tls::{Stream, Tls};
use super::url::Target;
use crate::ground::error::{Error, Result};
use crate::ground::{outage, runtime};
use crate::store::{StoreFault, gate};

/// So many connections work at the same time.
const WORKERS: usize = 4;
/// A statement that is silent for longer is taken for lost.
const SILENCE: Duration = Duration::from_secs(60);
/// A connection whose work was dropped is kept when that work ends within this time: a new one costs the server a process.
const SETTLING: Duration = Duration::from_secs(1);

/// A connection, and what keeps it going.
type Connected = (Client, Connection<Socket, Stream<Socket>>);

/// A value for a statement, and its type there.
pub(super) type Param<'p> = (&'p (dyn ToSql + Sync), Type);

pub(super) struct Server {
    pub(super) target: Target,
    tls: OnceLock<Result<Tls>>,
    turns: Arc<Semaphore>,
    idle: Mutex<Vec<Arc<Worker>>>,
    /// Whether it ever answered: then it is waited for longer,
    reached: AtomicBool,
    /// so long where nobody waits it out.
    reach: Duration,
    /// Why it can't be reached, since that was found and until it answers again.
    outage: Mutex<Option<Error>>,
    is_out: AtomicBool,
    /// How many connections were lost: behind each, another server may answer, with an older copy of what this one had.
    era: AtomicU64,
    /// Whether a connection is the server's own, and stays so: then statements can be prepared on it.
    pub(super) direct: AtomicBool,
    /// Whether it was said that nothing is told here.
    pub(super) warned: AtomicBool,
}

/// A connection to work with, and what is prepared on it.
struct Worker {
    client: Client,
    prepared: Mutex<HashMap<&'static str, Statement>>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Server").field(&self.target.location()).finish()
    }
}

impl Server {
    pub(super) fn new(target: Target, reach: Duration) -> Self {
        let turns = Arc::new(Semaphore::new(WORKERS));
        Self {
            target,
            tls: OnceLock::new(),
            turns,
            idle: Mutex::default(),
            reached: AtomicBool::new(false),
            reach,
            outage: Mutex::default(),
            is_out: AtomicBool::new(false),
            era: AtomicU64::new(0),
            direct: AtomicBool::new(false),
            warned: AtomicBool::new(false),
        }
    }

    pub(super) fn failure(&self, cause: tokio_postgres::Error) -> Failure {
        faults::failure(&self.target, cause)
    }

    /// A connection for one piece of work. One that is not given back is closed.
    pub(super) async fn borrow(self: &Arc<Self>) -> Result<Borrowed, Failure> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| Error::closed())?;
        self.lend(turn).await
    }

    async fn lend(self: &Arc<Self>, turn: OwnedSemaphorePermit) -> Result<Borrowed, Failure> {
        let worker = match self.idle_one() {
            Some(worker) => worker,
            None => Arc::new(Worker { client: self.connect(None).await?, prepared: Mutex::default() }),
        };
        Ok(Borrowed { worker, server: Arc::clone(self), turn: Arc::new(turn), reusable: AtomicBool::new(false) })
    }

    /// One statement on any connection but those in use, without waiting for a turn.
    pub(super) async fn beside(self: &Arc<Self>, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, Failure> {
        if let Ok(turn) = Arc::clone(&self.turns).try_acquire_owned() {
            let borrowed = self.lend(turn).await?;
            let rows = borrowed.rows_once(sql, params).await?;
            borrowed.give_back();
            return Ok(rows);
        }
        let client = self.connect(None).await?;
        within(self, client.query_typed(sql, params)).await
    }

    fn idle_one(&self) -> Option<Arc<Worker>> {
        let _inside = gate::enter();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let before = idle.len();
        idle.retain(|worker| !worker.client.is_closed());
        if idle.len() < before {
            self.lost_one();
        }
        idle.pop()
    }

    fn lost_one(&self) {
        self.era.fetch_add(1, Ordering::Relaxed);
    }

    /// As many as there were losses: who has read before the last one looks whether that is still there.
    pub(super) fn era(&self) -> u64 {
        self.era.load(Ordering::Relaxed)
    }

    /// Why it can't be reached, as far as is known.
    pub(super) fn outage(&self) -> Option<Error> {
        let _inside = gate::enter();
        self.outage.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn is_gone(&self, error: &Error) {
        let _inside = gate::enter();
        *self.outage.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
        self.is_out.store(true, Ordering::Relaxed);
    }

    /// It has answered.
    pub(super) fn is_there(&self) {
        if self.is_out.swap(false, Ordering::Relaxed) {
            let _inside = gate::enter();
            *self.outage.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    fn keep(&self, worker: Arc<Worker>) {
        let _inside = gate::enter();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
    }

    /// A new connection; what the server tells of its own accord goes to `notices`.
    pub(super) async fn connect(
        &self,
        notices: Option<mpsc::UnboundedSender<Notification>>,
    ) -> Result<Client, Failure> {
        let tls = self.tls.get_or_init(|| Tls::new(&self.target)).clone()?;
        // It is large, and rare: on the heap, for each call may need one.
        let connected = timeout(self.target.connect_timeout() * 2, Box::pin(self.log_in(tls))).await;
        let connected = connected.map_err(|_| faults::lost(&self.target, "connecting took too long"))?;
        let (client, mut connection) = connected.map_err(|cause| self.failure(cause))?;
        self.reached.store(true, Ordering::Relaxed);
        self.is_there();
        runtime::detach(async move {
            while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
                // Whoever works with it is told of the end.
                let Ok(message) = message else { break };
                if let (AsyncMessage::Notification(notice), Some(notices)) = (message, &notices)
                    && notices.send(notice).is_err()
                {
                    break;
                }
            }
        });
        Ok(client)
    }

    /// Connects, with TLS as it is asked for.
    async fn log_in(&self, tls: Tls) -> Result<Connected, tokio_postgres::Error> {
        let login = self.target.login();
        let with_tls = login.connect(tls.clone()).await;
        match with_tls {
            // Who only prefers TLS goes without, as libpq does, where it fails or the server wants none of it.
            Err(cause) if login.get_ssl_mode() == SslMode::Prefer && faults::is_of_tls(&cause) => {
                let mut plain = login.into_owned();
                plain.ssl_mode(SslMode::Disable).connect(tls).await.map_err(|_| cause)
            }
            connected => connected,
        }
    }

    /// Whether a transaction whose commit was not answered is in: asked until it is known.
    pub(super) async fn is_committed(self: &Arc<Self>, transaction: i64) -> Result<bool, Failure> {
        let mut patience = Patience::new(self);
        loop {
            match self.status(transaction).await {
                Ok(Some(status)) if status == "committed" => return Ok(true),
                // The server that was asked still ends it.
                Ok(Some(status)) if status == "in progress" => {
                    patience.after(Failure::Conflict(self.unknown())).await?;
                }
                Ok(_) => return Ok(false),
                Err(failure) => patience.after(failure).await?,
            }
        }
    }

    /// Nothing where the server has never had such a transaction: an older copy of it answers.
    async fn status(self: &Arc<Self>, transaction: i64) -> Result<Option<String>, Failure> {
        const STATUS: &str =
            "SELECT CASE WHEN $1 < txid_snapshot_xmax(txid_current_snapshot()) THEN txid_status($1) END";
        let borrowed = self.borrow().await?;
        let rows = borrowed.rows(STATUS, &[(&transaction, Type::INT8)]).await?;
        let status = rows.first().and_then(|row| row.get(0));
        borrowed.give_back();
        Ok(status)
    }

    fn unknown(&self) -> Error {
        faults::error(&self.target, StoreFault::Busy, "whether a transaction was committed is not known yet")
    }
}

/// A connection for the time of one piece of work.
pub(super) struct Borrowed {
    worker: Arc<Worker>,
    pub(super) server: Arc<Server>,
    turn: Arc<OwnedSemaphorePermit>,
    /// Whether the next one may have it though it is dropped in the middle. Else it is closed then, which undoes what it did.
    reusable: AtomicBool,
}

impl Borrowed {
    /// It is as it was: the next one may have it.
    pub(super) fn give_back(self) {
        self.reusable.store(false, Ordering::Relaxed);
        if !self.worker.client.is_closed() {
            self.server.keep(Arc::clone(&self.worker));
        }
    }

    /// From now on it is, or isn't, in the middle of something that must not be left as it is.
    pub(super) fn set_reusable(&self, reusable: bool) {
        self.reusable.store(reusable, Ordering::Relaxed);
    }

    pub(super) fn is_reusable(&self) -> bool {
        self.reusable.load(Ordering::Relaxed)
    }

    /// One statement that comes again and again.
    pub(super) async fn rows(&self, sql: &'static str, params: &[Param<'_>]) -> Result<Vec<Row>, Failure> {
        self.prepare(sql, params).await?;
        self.prepared_rows(sql, params).await
    }

    /// Prepares a statement that comes again and again. Behind a pooler it would be there for one transaction only.
    pub(super) async fn prepare(&self, sql: &'static str, params: &[Param<'_>]) -> Result<(), Failure> {
        if !self.server.direct.load(Ordering::Relaxed) || self.prepared().contains_key(sql) {
            return Ok(());
        }
        let types: Vec<Type> = params.iter().map(|(_, kind)| kind.clone()).collect();
        let statement = within(&self.server, self.worker.client.prepare_typed(sql, &types)).await?;
        self.prepared().insert(sql, statement);
        Ok(())
    }

    /// One statement that is prepared, if any is: it is sent as soon as it is waited for.
    pub(super) async fn prepared_rows(&self, sql: &'static str, params: &[Param<'_>]) -> Result<Vec<Row>, Failure> {
        let Some(statement) = self.prepared().get(sql).cloned() else { return self.rows_once(sql, params).await };
        let values: Vec<&(dyn ToSql + Sync)> = params.iter().map(|(value, _)| *value).collect();
        within(&self.server, self.worker.client.query(&statement, &values)).await
    }

    /// One statement that doesn't come again.
    pub(super) async fn rows_once(&self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, Failure> {
        within(&self.server, self.worker.client.query_typed(sql, params)).await
    }

    /// Statements without values.
    pub(super) async fn batch(&self, sql: &str) -> Result<(), Failure> {
        within(&self.server, self.worker.client.batch_execute(sql)).await
    }

    fn prepared(&self) -> MutexGuard<'_, HashMap<&'static str, Statement>> {
        self.worker.prepared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        if !self.is_reusable() || self.worker.client.is_closed() {
            return;
        }
        let (worker, server, turn) = (Arc::clone(&self.worker), Arc::clone(&self.server), Arc::clone(&self.turn));
        runtime::detach(async move {
            // Answered behind all that was asked of it before.
            if let Ok(Ok(_)) = timeout(SETTLING, worker.client.simple_query("")).await {
                server.keep(worker);
            }
            drop(turn);
        });
    }
}

/// What is asked of a server, as long as it isn't silent for too long.
pub(super) async fn within<T>(
    server: &Server,
    asked: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, Failure> {
    let answered = timeout(SILENCE, asked).await;
    let answered = answered.map_err(|_| faults::lost(&server.target, "it didn't answer a statement for a minute"))?;
    answered.inspect(|_| server.is_there()).map_err(|cause| server.failure(cause))
}

/// How long a server is waited for that was never there.
const FIRST: Duration = Duration::from_secs(2);
/// How often others may be in the way.
const CONFLICTS: u32 = 50;

/// How long one call goes on trying. Who waits less drops it.
#[derive(Debug)]
pub(super) struct Patience<'s> {
    server: &'s Server,
    began: Instant,
    tries: u32,
}

impl<'s> Patience<'s> {
    pub(super) fn new(server: &'s Server) -> Self {
        Self { server, began: Instant::now(), tries: 0 }
    }

    /// Waits before the next try; gives the error back where there is to be none.
    pub(super) async fn after(&mut self, failure: Failure) -> Result<()> {
        self.tries += 1;
        let rest = match failure {
            Failure::Final(error) => return Err(error),
            Failure::Conflict(error) if self.tries > CONFLICTS => return Err(error),
            Failure::Conflict(_) => Duration::from_millis(u64::from(self.tries.min(20)) * 5),
            Failure::Lost(error) => {
                self.server.lost_one();
                self.server.is_gone(&error);
                if self.most().is_some_and(|most| self.began.elapsed() >= most) {
                    return Err(error);
                }
                Duration::from_millis(25 << self.tries.min(5))
            }
        };
        // Many that wait for one server don't come back in step.
        sleep(rest.mul_f64(0.5 + rand::random::<f64>() / 2.0)).await;
        Ok(())
    }

    /// How long it goes on; nothing: until the server is back.
    fn most(&self) -> Option<Duration> {
        match self.server.reached.load(Ordering::Relaxed) {
            true => (!outage::is_waited_out()).then_some(self.server.reach),
            false => Some(FIRST.min(self.server.reach)),
        }
    }
}
