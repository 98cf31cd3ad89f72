//! A database that can't be reached for longer than calls wait for it: they say so, within their users' limits; whoever waits for
//! something goes on when it is back.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::join_all;
use jules_emulator::Emulator;
use serde_json::json;
use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::config::Host;

use super::database::Database;
use crate::api::transport::Transport;
use crate::ground::surroundings::Surroundings;
use crate::store::Terms;
use crate::store::postgres::{Defaults, Postgres, Target};
use crate::{
    ClientOptions, Error, ErrorKind, Jules, QueueOptions, RunConfig, SessionState, StreamOptions, TaskConfig,
    WorkOptions,
};

/// So long calls wait that nobody waits out: an outage here is several times as long.
const REACH: Duration = Duration::from_millis(300);
const OUTAGE: Duration = Duration::from_millis(1_500);
/// Longer nothing takes here.
const LIMIT: Duration = Duration::from_secs(30);

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// The way to the server, which can be shut.
struct Relay {
    port: u16,
    open: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

impl Relay {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, open) = (listener.local_addr().unwrap().port(), watch::Sender::new(true));
        let is_open = open.subscribe();
        let serving = tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let mut is_open = is_open.clone();
                if !*is_open.borrow() {
                    continue;
                }
                tokio::spawn(async move {
                    let mut server = Self::connect().await;
                    tokio::select! {
                        _ = copy_bidirectional(&mut client, &mut server) => {}
                        _ = is_open.wait_for(|open| !open) => {}
                    }
                });
            }
        });
        Self { port, open, serving }
    }

    async fn connect() -> Box<dyn Stream> {
        match Database::address() {
            (Host::Unix(place), port) => {
                Box::new(UnixStream::connect(place.join(format!(".s.PGSQL.{port}"))).await.unwrap())
            }
            (Host::Tcp(name), port) => Box::new(TcpStream::connect((name, port)).await.unwrap()),
        }
    }

    fn set_open(&self, open: bool) {
        self.open.send_replace(open);
    }

    fn client(&self, database: &Database, emulator: &Emulator) -> Jules {
        let mut options = ClientOptions { api_key: Some("key".into()), ..ClientOptions::default() };
        options.base_url = Some(emulator.url());
        options.polling_interval = Some(Duration::from_millis(20));
        options.activity_budget = Some(false.into());
        let config = options.resolve().unwrap();
        let url = format!("postgresql://jules@127.0.0.1:{}/{}?sslmode=disable", self.port, database.name());
        let target = Target::parse(&url, &Defaults::default()).unwrap();
        let terms = Terms {
            lease: Duration::from_millis(800),
            renew: Duration::from_millis(200),
            reach: REACH,
            ..Terms::default()
        };
        let store = Postgres::new(target, config.account(), Surroundings::default()).with_terms(terms);
        let transport = Transport::new(&config.api).unwrap();
        Jules::assemble(options, &config, transport, Arc::new(store), Surroundings::default())
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn is_unreachable(error: &Error) {
    let seen = (error.kind(), error.fault(), error.retryable());
    assert_eq!(seen, (ErrorKind::Store, Some("unreachable"), true), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: .dev/run postgres test"]
async fn a_call_waits_within_its_limit_and_then_says_that_the_database_is_away() {
    let (database, relay) = (Database::new().await, Relay::start().await);
    let emulator = Emulator::start().await.unwrap();
    let jules = relay.client(&database, &emulator);
    let session = jules.create_session(RunConfig::new("[scenario:silent]")).await.unwrap();
    session.cache_info().await.unwrap();
    relay.set_open(false);

    let began = Instant::now();
    is_unreachable(&session.cache_info().await.unwrap_err());
    assert!(began.elapsed() >= REACH && began.elapsed() < REACH * 10, "{:?}", began.elapsed());
    // Shorter than a call waits that has no limit, and longer.
    for limit in [REACH / 3, REACH * 4] {
        let waits = [
            session.cache_info().timeout(limit).await.map(drop),
            session.result().timeout(limit).await.map(drop),
            session.wait_for(SessionState::Completed).timeout(limit).await.map(drop),
            session.result().stall_timeout(limit).await.map(drop),
        ];
        for (place, done) in waits.into_iter().enumerate() {
            let error = done.unwrap_err();
            is_unreachable(&error);
            assert_eq!(error.session_id(), Some(session.id()), "{place}: {error:?}");
        }
        let began = Instant::now();
        is_unreachable(&session.result().timeout(limit).await.unwrap_err());
        assert!(began.elapsed() >= limit && began.elapsed() < limit + REACH * 10, "{:?}", began.elapsed());
    }
    // It is back within the call's limit.
    let (info, ()) = tokio::join!(session.cache_info().timeout(LIMIT), async {
        sleep(OUTAGE).await;
        relay.set_open(true);
    });
    info.unwrap();
    let error = session.result().timeout(REACH).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "what is over is no reason: {error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: .dev/run postgres test"]
async fn who_waits_goes_on_when_the_database_is_back() {
    let (database, relay) = (Database::new().await, Relay::start().await);
    let work = "name: work\nsteps:\n- state: IN_PROGRESS\n- after: 1s\n  completed: true\n";
    let emulator = Emulator::builder().scenario(work).start().await.unwrap();
    let [jules, other] = [relay.client(&database, &emulator), relay.client(&database, &emulator)];
    let session = jules.create_session(RunConfig::new("[scenario:silent]")).await.unwrap();
    let streams: Vec<_> = [&jules, &other]
        .into_iter()
        .map(|jules| jules.session(session.id()).unwrap().stream(StreamOptions::default()))
        .map(|stream| tokio::spawn(stream.map(|item| item.unwrap().id).collect::<Vec<_>>()))
        .collect();
    let result = tokio::spawn(session.result());
    let all = {
        let map = |number: usize| async move { Ok(RunConfig::new(format!("item {number} [scenario:work]"))) };
        let all = other.all(0..6, map, crate::AllOptions::default()).unwrap().outcomes();
        tokio::spawn(all)
    };
    let queue = jules.queue("q", QueueOptions::default()).unwrap();
    let task = |number: usize| {
        let key = format!("task {number}");
        TaskConfig::new(&key, RunConfig::new(format!("{key} [scenario:work]")))
    };
    queue.add_all((0..6).map(task)).await.unwrap();
    let workers: Vec<_> = [&jules, &other]
        .into_iter()
        .map(|jules| {
            jules.queue("q", QueueOptions::default()).unwrap().work(WorkOptions::default().concurrency(2)).unwrap()
        })
        .map(|work| tokio::spawn(work.map(|one| one.unwrap().result.unwrap().session_id).collect::<Vec<_>>()))
        .collect();
    let say = |number: usize| {
        let step = json!({"originator": "agent", "progressUpdated": {"title": format!("step {number}")}});
        emulator.append(session.id(), step).unwrap()
    };
    let mut said = Vec::new();
    for round in 0..2 {
        said.extend([say(3 * round), say(3 * round + 1)]);
        sleep(Duration::from_millis(300)).await;
        relay.set_open(false);
        sleep(OUTAGE).await;
        said.push(say(3 * round + 2));
        relay.set_open(true);
    }
    let end = json!({"session": session.id(), "state": "COMPLETED"});
    emulator.append_all(serde_json::from_value(end).unwrap()).unwrap();

    let given = timeout(LIMIT, join_all(streams)).await.expect("the streams end");
    for given in given {
        let given = given.unwrap();
        let of_steps: Vec<_> = given.iter().filter(|id| said.contains(id)).collect();
        assert_eq!(of_steps, said.iter().collect::<Vec<_>>(), "{given:?}");
    }
    let outcome = timeout(LIMIT, result).await.expect("the result comes").unwrap().unwrap();
    assert_eq!(outcome.state, SessionState::Completed);
    assert_eq!(timeout(LIMIT, all).await.expect("`all` ends").unwrap().unwrap().len(), 6);
    let done = timeout(LIMIT, join_all(workers)).await.expect("the workers end");
    let done: Vec<_> = done.into_iter().flat_map(Result::unwrap).collect();
    assert_eq!(queue.results().count().await, 6);
    assert!(done.len() <= 6, "given once at most: {done:?}");
    assert_eq!(emulator.sessions().len(), 1 + 6 + 6, "nothing was doubled");
}
