//! What a user does with one session: starts it, watches it from several places, approves, talks, waits for the result.
//! All of it at once, and each part may be left and taken up again.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::StreamExt;
use futures::future::{join, join_all};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::clock::{self, Jump};
use super::faults::Faults;
use super::server::Server;
use super::traits::Traits;
use super::world::{Course, World};
use crate::api::transport::Transport;
use crate::api::transport::http::Http;
use crate::store::{Place, Sqlite};
use crate::{
    Activity, ActivityBudget, ClientOptions, HistoryOptions, Jules, Outcome, RunConfig, Session, SessionState,
    StreamOptions,
};

pub(super) const PROMPT: &str = "Do it";

/// All that a seed decides.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Schedule {
    pub(super) seed: u64,
    pub(super) traits: Traits,
    pub(super) faults: Faults,
    pub(super) course: Course,
    /// A fixed time between two looks.
    pub(super) interval: Option<Duration>,
    /// How often each stream is left and opened again.
    pub(super) streams: Vec<u32>,
    /// What the user says, and whether an answer is awaited.
    pub(super) messages: Vec<(&'static str, bool)>,
    /// Whether an equal session is there from before.
    pub(super) decoy: bool,
    /// When the wall clock is set, and by how much.
    pub(super) jumps: Vec<Jump>,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Played {
    pub(super) server: Arc<Server>,
    pub(super) session: String,
    /// What each stream gave.
    pub(super) streams: Vec<Vec<String>>,
    /// Question and answer.
    pub(super) answers: Vec<(&'static str, Activity)>,
    pub(super) outcome: Outcome,
    /// The whole sequence: read again at the end, from the store alone, and on another machine.
    pub(super) again: Vec<String>,
    pub(super) offline: Vec<String>,
    pub(super) elsewhere: Vec<String>,
    /// Requests until the result was there.
    pub(super) requests: usize,
    pub(super) took: Duration,
}

impl Schedule {
    pub(super) fn random(seed: u64) -> Self {
        let mut random = SmallRng::seed_from_u64(seed);
        let traits = Traits::random(&mut random);
        let most = [1, 3, 3, 8, 25][random.random_range(0..5)];
        let pause = [0, 100, 1_000, 4_000, 20_000][random.random_range(0..5)];
        let words = ["go on", "go on", "faster", "and then?", "why?"];
        let messages = [0, 0, 1, 1, 2, 3][random.random_range(0..6)];
        Self {
            seed,
            faults: Faults::random(&mut random),
            course: Course {
                plan: random.random_bool(0.5),
                before: random.random_range(0..=most),
                after: random.random_range(0..=most),
                pause: Duration::from_millis(pause),
                says_end: random.random_bool(0.85),
                fails: random.random_bool(0.2),
                steady: false,
            },
            interval: random.random_bool(0.2).then(|| Duration::from_millis(random.random_range(500..5_000))),
            streams: (0..random.random_range(1..3)).map(|_| [0, 0, 1, 1, 3][random.random_range(0..5)]).collect(),
            messages: (0..messages).map(|_| (words[random.random_range(0..5)], random.random_bool(0.5))).collect(),
            decoy: traits.dated && random.random_bool(0.3),
            traits,
            jumps: random_jumps(seed),
        }
    }

    /// A server without surprises, and one stream of a session that goes this way.
    pub(super) fn plain(seed: u64, course: Course) -> Self {
        Self {
            seed,
            traits: Traits::plain(),
            faults: Faults::none(),
            course,
            interval: None,
            streams: vec![0],
            messages: Vec::new(),
            decoy: false,
            jumps: Vec::new(),
        }
    }

    /// The server that it plays against.
    pub(super) fn server(&self) -> Arc<Server> {
        let world = World::new(self.seed, self.traits.clone(), self.faults.clone());
        Arc::new(Server::new(world, self.course.clone()))
    }

    pub(super) fn client(&self, server: &Arc<Server>, store: &Sqlite) -> Jules {
        self.client_with(server, store, false.into())
    }

    pub(super) fn client_with(&self, server: &Arc<Server>, store: &Sqlite, budget: ActivityBudget) -> Jules {
        self.client_that_retries(server, store, budget, Duration::from_secs(3_600))
    }

    /// A client that goes on retrying for so long.
    pub(super) fn client_that_retries(
        &self,
        server: &Arc<Server>,
        store: &Sqlite,
        budget: ActivityBudget,
        retries: Duration,
    ) -> Jules {
        self.client_over(Arc::clone(server) as _, store, budget, retries)
    }

    /// A client that reaches its server this way.
    pub(super) fn client_over(
        &self,
        way: Arc<dyn Http>,
        store: &Sqlite,
        budget: ActivityBudget,
        retries: Duration,
    ) -> Jules {
        let mut options = ClientOptions { api_key: Some("key".into()), ..ClientOptions::default() };
        // Where TLS isn't wanted, no client reads the system's certificates.
        options.base_url = Some("http://127.0.0.1/v1alpha".to_owned());
        options.polling_interval = self.interval;
        options.activity_budget = Some(budget);
        options.retry.max_elapsed = Some(retries);
        let config = options.resolve().unwrap();
        let surroundings = clock::surroundings();
        let transport = Transport::over(way, &config.api, surroundings.chance.clone());
        Jules::assemble(options, &config, transport, Arc::new(store.beside("account")), surroundings)
    }

    /// Plays it through on the paused clock.
    pub(super) async fn play(&self) -> Played {
        clock::jump(&self.jumps);
        let server = self.server();
        let store = Arc::new(Sqlite::new(Place::Memory, "account", u64::MAX, clock::surroundings()));
        if self.decoy {
            let body = serde_json::json!({"prompt": PROMPT});
            server.world().create(body, self.course.clone());
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        let jules = self.client(&server, &store);
        let session = jules.create_session(RunConfig::new(PROMPT)).await.unwrap();
        let (id, mut random) = (session.id().to_owned(), SmallRng::seed_from_u64(self.seed ^ 0xc0ffee));
        server.world().faults.unreachable &= self.streams.iter().all(|restarts| *restarts == 0);
        let consumers = self.streams.iter().map(|restarts| {
            let random = SmallRng::seed_from_u64(random.random());
            self.consume(&jules, &server, &store, &id, *restarts, random)
        });
        let consumers = join_all(consumers.collect::<Vec<_>>());
        let (streams, (answers, outcome)) = join(consumers, self.talk(&session, random)).await;
        let (requests, took) = (server.requests(), server.world().now());
        let again = ids(collect(&session).await);
        let offline = session.history(HistoryOptions { offline: true, ..HistoryOptions::default() });
        let offline = ids(offline.map(|item| item.unwrap()).collect().await);
        server.world().faults.unreachable = false;
        let fresh = Arc::new(Sqlite::new(Place::Memory, "account", u64::MAX, clock::surroundings()));
        let elsewhere = ids(collect(&self.client(&server, &fresh).session(&id).unwrap()).await);
        Played { server, session: id, streams, answers, outcome, again, offline, elsewhere, requests, took }
    }

    /// Reads a stream to its end, leaving it now and then: for another stream of the same client, or for another client
    /// on the same store, as after a restart of the program.
    async fn consume(
        &self,
        jules: &Jules,
        server: &Arc<Server>,
        store: &Sqlite,
        id: &str,
        restarts: u32,
        mut random: SmallRng,
    ) -> Vec<String> {
        let mut seen: Vec<String> = Vec::new();
        let mut client = jules.clone();
        for restart in 0..=restarts {
            let mut options = StreamOptions::default();
            let from = match seen.last() {
                Some(last) if random.random_bool(0.5) => {
                    options = options.after(last);
                    seen.len()
                }
                _ => 0,
            };
            let mut given = from;
            let mut stream = client.session(id).unwrap().stream(options);
            let leave = tokio::time::sleep(match restart == restarts {
                true => Duration::from_secs(1_000_000),
                false => Duration::from_millis(random.random_range(1..40_000)),
            });
            tokio::pin!(leave);
            loop {
                let item = tokio::select! {
                    biased;
                    () = &mut leave => break,
                    item = stream.next() => item,
                };
                let Some(item) = item else { return seen };
                let one = item.unwrap().id;
                match seen.get(given) {
                    Some(before) => assert_eq!(*before, one, "the order after a restart, at place {given}"),
                    None => seen.push(one),
                }
                given += 1;
            }
            assert!(restart < restarts, "a stream never ended");
            drop(stream);
            if random.random_bool(0.5) {
                client = self.client(server, store);
            }
        }
        seen
    }

    /// The user's part: approves the plan, says what there is to say, awaits the result.
    async fn talk(&self, session: &Session, mut random: SmallRng) -> (Vec<(&'static str, Activity)>, Outcome) {
        let mut pause = |most: u64| tokio::time::sleep(Duration::from_millis(random.random_range(0..most)));
        let answers = Mutex::new(Vec::new());
        if self.course.plan {
            session.wait_for(SessionState::AwaitingPlanApproval).await.unwrap();
            pause(5_000).await;
            session.approve().await.unwrap();
        }
        for (text, asks) in &self.messages {
            pause([500, 30_000][text.len() % 2]).await;
            if *asks {
                let answer = session.ask(*text).await.unwrap();
                answers.lock().unwrap().push((*text, answer));
            } else {
                session.send(*text).await.unwrap();
            }
        }
        let outcome = session.result().await.unwrap();
        (answers.into_inner().unwrap(), outcome)
    }
}

/// By a second, an hour, or a day, forward or back. Chance of their own, so that the rest of a seed stays what it is.
pub(super) fn random_jumps(seed: u64) -> Vec<Jump> {
    let mut random = SmallRng::seed_from_u64(seed ^ 0xc10c);
    let count = [0, 0, 0, 1, 2][random.random_range(0..5)];
    let mut jump = || {
        let at = Duration::from_millis(random.random_range(1..60_000));
        (at, [1, -1, 3_600, -3_600, 86_400, -86_400][random.random_range(0..6)])
    };
    (0..count).map(|_| jump()).collect()
}

async fn collect(session: &Session) -> Vec<Activity> {
    session.stream(StreamOptions::default()).map(|item| item.unwrap()).collect().await
}

fn ids(activities: Vec<Activity>) -> Vec<String> {
    activities.into_iter().map(|activity| activity.id).collect()
}
