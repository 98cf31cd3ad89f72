//! Several users on several machines, with a plan that is full most of the time, a quota for activities, a server with odd ways, a
//! bad network and wall clocks that jump: what each of them asked for is done, once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::StreamExt;
use futures::future::{join, join_all};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::clock::{self, Jump};
use super::faults::Faults;
use super::program::{Schedule, random_jumps};
use super::schedules::play_seeds;
use super::server::Server;
use super::shrink::{self, Shrink, plainer, smaller_courses, smaller_faults};
use super::traits::Traits;
use super::world::{Course, Plan};
use crate::store::{Place, Sqlite};
use crate::{
    ActivityBudget, AllOptions, Jules, QueueOptions, RunConfig, SlotWait, StreamOptions, SyncDepth, SyncOptions,
    TaskConfig, WorkOptions,
};

/// What one user does.
#[derive(Clone, Copy, Debug, PartialEq)]
enum What {
    /// Runs a session, which is the same for all who have the same key on the same machine's store.
    Run(Option<u8>),
    All(u8),
    /// Adds so many tasks, which may be there, and works for their queue until nothing is left.
    Work(u8),
    /// Runs one, and says something while it works.
    Say,
    Sync,
}

#[derive(Clone, Debug, PartialEq)]
struct Step {
    after: Duration,
    /// Whose store it is, and which of its clients.
    store: usize,
    client: usize,
    what: What,
}

/// All that a seed decides.
#[derive(Clone, Debug, PartialEq)]
struct Crowd {
    seed: u64,
    traits: Traits,
    faults: Faults,
    plan: Plan,
    course: Course,
    jumps: Vec<Jump>,
    steps: Vec<Step>,
}

/// How many machines there may be, each with a store, and how many clients of each.
const STORES: usize = 2;
const CLIENTS: usize = 3;

impl Shrink for Crowd {
    fn random(seed: u64) -> Self {
        let mut random = SmallRng::seed_from_u64(seed ^ 0xc20d);
        let traits = Traits { timeless: 0.0, wild: 0.0, dated: true, ..Traits::random(&mut random) };
        let faults = Faults { unreachable: false, ..Faults::random(&mut random) };
        let plan = Plan {
            slots: Some([1, 2, 3, 15][random.random_range(0..4)]),
            day: None,
            listings: [None, Some(60), Some(120)][random.random_range(0..3)],
            says_quota: random.random_bool(0.3),
            taken: if random.random_bool(0.3) { 0.3 } else { 0.0 },
        };
        let pause = Duration::from_millis([100, 1_000, 4_000][random.random_range(0..3)]);
        let course = Course {
            plan: false,
            before: random.random_range(0..6),
            after: 0,
            pause,
            says_end: random.random_bool(0.85),
            fails: random.random_bool(0.2),
            steady: false,
        };
        let mut what = || match random.random_range(0..6) {
            0 => What::Run(None),
            1 => What::Run(Some(random.random_range(0..2))),
            2 => What::All(random.random_range(1..4)),
            3 => What::Work(random.random_range(1..5)),
            4 => What::Say,
            _ => What::Sync,
        };
        let what: Vec<_> = (0..8).map(|_| what()).collect();
        let steps = what[..random.random_range(1..=8)].iter().map(|what| Step {
            after: Duration::from_millis(random.random_range(0..60_000)),
            store: random.random_range(0..STORES),
            client: random.random_range(0..CLIENTS),
            what: *what,
        });
        Self { seed, steps: steps.collect(), traits, faults, plan, course, jumps: random_jumps(seed) }
    }

    fn smaller(&self) -> Vec<Self> {
        let this = || self.clone();
        let mut all = vec![
            Self { faults: Faults::none(), ..this() },
            Self { traits: Traits::plain(), ..this() },
            Self { jumps: Vec::new(), ..this() },
            Self { plan: Plan { listings: None, ..this().plan }, ..this() },
            Self { plan: Plan { taken: 0.0, ..this().plan }, ..this() },
            Self { plan: Plan { says_quota: false, ..this().plan }, ..this() },
            Self { plan: Plan { slots: None, ..this().plan }, ..this() },
        ];
        for place in 0..self.steps.len() {
            let with = |change: &dyn Fn(&mut Vec<Step>)| {
                let mut other = self.clone();
                change(&mut other.steps);
                other
            };
            all.push(with(&|steps| {
                steps.remove(place);
            }));
            all.push(with(&|steps| steps[place].client = 0));
            all.push(with(&|steps| steps[place].store = 0));
            all.push(with(&|steps| steps[place].after = Duration::ZERO));
            all.push(with(&|steps| {
                steps[place].what = match steps[place].what {
                    What::All(_) => What::All(1),
                    What::Work(_) => What::Work(1),
                    other => other,
                }
            }));
        }
        all.extend(smaller_courses(&self.course).into_iter().map(|course| Self { course, ..this() }));
        all.extend(smaller_faults(&self.faults).into_iter().map(|faults| Self { faults, ..this() }));
        all.extend(plainer(&self.traits).into_iter().map(|traits| Self { traits, ..this() }));
        all
    }
}

/// What a user was given: for each thing that was asked for, the session that it became.
type Given = Vec<(String, String)>;

impl Crowd {
    async fn play(&self) {
        clock::jump(&self.jumps);
        let schedule = Schedule {
            traits: self.traits.clone(),
            faults: self.faults.clone(),
            ..Schedule::plain(self.seed, self.course.clone())
        };
        let server = schedule.server();
        server.world().plan = self.plan.clone();
        let stores: Vec<_> =
            (0..STORES).map(|_| Sqlite::new(Place::Memory, "account", u64::MAX, clock::surroundings())).collect();
        let client = |store: &Sqlite| schedule.client_with(&server, store, ActivityBudget::Default);
        let clients: Vec<Vec<_>> = stores.iter().map(|store| (0..CLIENTS).map(|_| client(store)).collect()).collect();
        let users = self.steps.iter().enumerate().map(|(number, step)| {
            let user = User { number, step, jules: &clients[step.store][step.client], server: &server };
            user.does()
        });
        let given: Vec<Given> = join_all(users).await;
        self.check(&server, given.concat());
    }

    /// One session for each thing that was asked for, the same for all who asked, and each message once.
    fn check(&self, server: &Server, given: Given) {
        let mut by_name: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (name, session) in given {
            by_name.entry(name).or_default().insert(session);
        }
        for (name, sessions) in &by_name {
            assert_eq!(sessions.len(), 1, "{name:?} became {sessions:?}");
        }
        let mut world = server.world();
        let mut made: Vec<_> =
            world.sessions.iter().map(|session| session.body["prompt"].as_str().unwrap().to_owned()).collect();
        made.sort();
        let wanted: Vec<_> = by_name.keys().cloned().collect();
        assert_eq!(made, wanted, "each session once, and no other");
        for (name, sessions) in &by_name {
            let session = world.session(sessions.first().unwrap()).unwrap();
            assert_eq!(session.body["prompt"], **name);
            let said = session.said("userMessaged", "userMessage");
            assert_eq!(said.len(), usize::from(name.starts_with("talk")), "{name:?} was told {said:?}");
        }
    }
}

struct User<'c> {
    number: usize,
    step: &'c Step,
    jules: &'c Jules,
    server: &'c Server,
}

fn run(prompt: &str) -> RunConfig {
    RunConfig::new(prompt).require_approval(false).wait_for_slot(SlotWait::Forever)
}

impl User<'_> {
    async fn does(self) -> Given {
        tokio::time::sleep(self.step.after).await;
        let (number, store) = (self.number, self.step.store);
        match self.step.what {
            What::Run(None) => self.runs(run(&format!("alone {number}"))).await,
            What::Run(Some(key)) => {
                let name = format!("key {key} of {store}");
                self.runs(run(&name).key(&name)).await
            }
            What::All(items) => self.runs_all(items).await,
            What::Work(tasks) => self.works(tasks).await,
            What::Say => self.says().await,
            What::Sync => {
                let options = SyncOptions { depth: SyncDepth::Activities, ..SyncOptions::default() };
                let report = self.jules.sync(options).await.unwrap();
                assert!(report.is_complete, "{report:?}");
                Vec::new()
            }
        }
    }

    /// The outcome, and meanwhile everything that the session does.
    async fn runs(&self, config: RunConfig) -> Given {
        let prompt = config.prompt.clone();
        let run = self.jules.run(config);
        let streamed = run.stream(StreamOptions::default()).map(|item| item.unwrap().id).collect::<Vec<_>>();
        let (mut streamed, outcome) = join(streamed, async { run.await.unwrap() }).await;
        assert!(outcome.state.is_terminal(), "{prompt:?}: {outcome:?}");
        let mut there = self.server.world().session(&outcome.session_id).unwrap().ids();
        streamed.sort();
        there.sort();
        assert_eq!(streamed, there, "{prompt:?}");
        vec![(prompt, outcome.session_id)]
    }

    async fn runs_all(&self, items: u8) -> Given {
        let name = |item: u8| format!("item {item} of {}", self.number);
        let names: Vec<_> = (0..items).map(name).collect();
        let map = |name: String| async move { Ok(RunConfig::new(name).require_approval(false)) };
        let outcomes = self.jules.all(names.clone(), map, AllOptions::default()).unwrap().outcomes().await.unwrap();
        names.into_iter().zip(outcomes).map(|(name, outcome)| (name, outcome.session_id)).collect()
    }

    async fn works(&self, tasks: u8) -> Given {
        let queue = self.jules.queue("q", QueueOptions::default()).unwrap();
        let key = |task: u8| format!("task {task} of {}", self.step.store);
        let config = |task: u8| TaskConfig::new(key(task), RunConfig::new(key(task)));
        queue.add_all((0..tasks).map(config)).await.unwrap();
        queue.work(WorkOptions::default()).unwrap().for_each(async |one| drop(one.unwrap())).await;
        // Another one may be at the last of them, or have added more.
        let done = queue.results().map(|task| task.unwrap());
        done.map(|task| (task.key, task.session_id.unwrap())).collect().await
    }

    /// The message may come so late that it wakes the session.
    async fn says(&self) -> Given {
        let name = format!("talk {}", self.number);
        let session = self.jules.create_session(run(&name)).await.unwrap();
        session.send("Hurry up").await.unwrap();
        assert!(session.result().await.unwrap().state.is_terminal());
        session.info().await.unwrap();
        vec![(name, session.id().to_owned())]
    }
}

fn play(crowd: &Crowd) {
    let day = Duration::from_secs(24 * 3_600);
    clock::run(crowd.seed, async { tokio::time::timeout(day, crowd.play()).await.expect("it ends within a day") });
}

/// How many there are, when nobody says otherwise.
const CROWDS: u64 = 40;

#[test]
fn what_many_users_ask_for_is_done_once() {
    match shrink::named() {
        Some(crowd) => play(&crowd),
        None => play_seeds(CROWDS, 1, 0, |seed| shrink::play(seed, play)),
    }
}
