//! Several users on several machines, with a plan that is full most of the time, a quota for activities, a server with odd ways, a
//! bad network, stores that fail now and then, and wall clocks that jump: what each of them asked for is done, once.

mod user;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::future::join_all;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use self::user::{Given, User};
use crate::ActivityBudget;
use crate::simulation::clock::{self, Jump};
use crate::simulation::faults::Faults;
use crate::simulation::program::{Schedule, random_jumps};
use crate::simulation::schedules::play_seeds;
use crate::simulation::server::Server;
use crate::simulation::shrink::{self, Shrink, plainer, smaller_courses, smaller_faults};
use crate::simulation::traits::Traits;
use crate::simulation::world::{Course, Plan};
use crate::store::{Place, PlaceLimits, Sqlite, Tasks, Terms, Trouble};

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
    /// The same, and waits for the answer.
    Ask,
    /// Gives items keys, which others on the same machine may have given too.
    AllKeyed(u8),
    /// Runs one, and reads it in several ways meanwhile.
    Read,
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
    /// How often a store fails, and how many times.
    troubles: Option<(f64, u32)>,
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
        let mut what = || match random.random_range(0..9) {
            0 => What::Run(None),
            1 => What::Run(Some(random.random_range(0..2))),
            2 => What::All(random.random_range(1..4)),
            3 => What::Work(random.random_range(1..5)),
            4 => What::Say,
            5 => What::Ask,
            6 => What::AllKeyed(random.random_range(1..3)),
            7 => What::Read,
            _ => What::Sync,
        };
        let what: Vec<_> = (0..8).map(|_| what()).collect();
        let steps = what[..random.random_range(1..=8)].iter().map(|what| Step {
            after: Duration::from_millis(random.random_range(0..60_000)),
            store: random.random_range(0..STORES),
            client: random.random_range(0..CLIENTS),
            what: *what,
        });
        let steps: Vec<_> = steps.collect();
        let fails = random.random_bool(0.5);
        let troubles = fails.then(|| (random.random_range(0.01..0.3), random.random_range(1..40)));
        Self { seed, steps, troubles, traits, faults, plan, course, jumps: random_jumps(seed) }
    }

    fn smaller(&self) -> Vec<Self> {
        let this = || self.clone();
        let mut all = vec![
            Self { faults: Faults::none(), ..this() },
            Self { traits: Traits::plain(), ..this() },
            Self { jumps: Vec::new(), ..this() },
            Self { troubles: None, ..this() },
            Self { troubles: self.troubles.map(|(often, left)| (often, left / 2)), ..this() },
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
                    What::AllKeyed(_) => What::AllKeyed(1),
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
        let store = || Sqlite::new(Place::Memory, "account", u64::MAX, clock::surroundings());
        // What fails is like a file: what a client has without knowing is given back when it renews.
        let store = || if self.troubles.is_some() { store().with_terms(Terms::default()) } else { store() };
        let stores: Vec<_> = (0..STORES).map(|_| store()).collect();
        stores.iter().enumerate().for_each(|(number, store)| self.trouble(number, store));
        let client = |store: &Sqlite| schedule.client_with(&server, store, ActivityBudget::Default);
        let clients: Vec<Vec<_>> = stores.iter().map(|store| (0..CLIENTS).map(|_| client(store)).collect()).collect();
        let users = self.steps.iter().enumerate().map(|(number, step)| {
            let user = User { number, step, jules: &clients[step.store][step.client], server: &server };
            user.does()
        });
        let given: Vec<Given> = join_all(users).await;
        stores.iter().for_each(|store| store.troubles.end());
        self.check(&server, given.concat());
    }

    /// A store fails now and then, for all its clients: before something is done, although it was done, or because it is locked.
    fn trouble(&self, number: usize, store: &Sqlite) {
        let Some((often, mut left)) = self.troubles else { return };
        let mut random = SmallRng::seed_from_u64(self.seed ^ (0x57_0e + u64::try_from(number).unwrap()));
        store.troubles.set(move |_| {
            let trouble = match random.random_range(0..4) {
                0 => Trouble::After,
                1..3 => Trouble::Before,
                _ => Trouble::Locked(Duration::from_millis(random.random_range(1..50_000))),
            };
            (left > 0 && random.random_bool(often)).then(|| {
                left -= 1;
                trouble
            })
        });
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
            // Of a session that ends first nothing is asked.
            let most = usize::from(name.starts_with("talk") || name.starts_with("question"));
            let least = usize::from(name.starts_with("talk"));
            assert!((least..=most).contains(&said.len()), "{name:?} was told {said:?}");
        }
    }
}

fn play(crowd: &Crowd) {
    let day = Duration::from_secs(24 * 3_600);
    clock::run(crowd.seed, async { tokio::time::timeout(day, crowd.play()).await.expect("it ends within a day") });
}

/// The create of a queue's task was refused without a word of why, had been taken all the same, and was seen only later.
#[test]
fn a_refused_create_of_a_task_that_is_seen_late_is_the_only_one() {
    for seed in [40, 303] {
        play(&Crowd::random(seed));
    }
}

/// Somebody else's session, which no listing shows yet, has filled the plan: that is neither a spent day nor something else.
#[test]
fn a_bare_refusal_while_the_server_shows_nothing_yet_is_explained_by_a_later_look() {
    for seed in [106, 217, 255] {
        play(&Crowd::random(seed));
    }
}

/// The answer to a create is lost, another one is refused meanwhile, and then the first one's session is found: it has not
/// passed behind the refusal.
#[test]
fn a_session_that_is_found_late_teaches_nothing_of_the_day() {
    let crowd = Crowd::random(255);
    play(&Crowd {
        traits: Traits::plain(),
        faults: Faults { left: 4, ..crowd.faults },
        plan: Plan { slots: Some(1), ..Plan::unlimited() },
        course: Course { before: 0, fails: false, says_end: true, pause: Duration::ZERO, ..crowd.course },
        jumps: Vec::new(),
        troubles: None,
        steps: vec![Step { after: Duration::ZERO, store: 0, client: 0, what: What::All(3) }],
        seed: crowd.seed,
    });
}

/// A create is refused without a word of why and taken all the same, and the store fails when its session is to be looked for.
#[test]
fn a_store_that_fails_when_a_refused_create_is_looked_for_makes_no_second_one() {
    let minutes = Course { before: 50, pause: Duration::from_secs(4), steady: true, ..Crowd::random(0).course };
    // Listings show it only then.
    let traits = Traits { lag: Duration::from_millis(1_500), ..Traits::plain() };
    let schedule = Schedule { traits, ..Schedule::plain(0, minutes) };
    clock::run(0, async {
        let server = schedule.server();
        server.world().plan = Plan { slots: Some(1), taken: 1.0, ..Plan::unlimited() };
        let store = Sqlite::new(Place::Memory, "account", u64::MAX, clock::surroundings()).with_terms(Terms::default());
        // Half a minute behind the refusal the next attempt is made.
        let began = tokio::time::Instant::now();
        let fails = Duration::from_secs(25)..Duration::from_secs(40);
        store.troubles.set(move |_| fails.contains(&began.elapsed()).then_some(Trouble::Before));
        let jules = schedule.client_with(&server, &store, ActivityBudget::Default);
        let step = |seconds| Step { after: Duration::from_secs(seconds), store: 0, client: 0, what: What::Run(None) };
        let users = [step(0), step(1)];
        let users =
            users.iter().enumerate().map(|(number, step)| User { number, step, jules: &jules, server: &server });
        join_all(users.map(User::does)).await;
        let mut made: Vec<_> = server.world().sessions.iter().map(|session| session.body["prompt"].clone()).collect();
        made.sort_by_key(ToString::to_string);
        assert_eq!(made, ["alone 0", "alone 1"]);
    });
}

/// A create is refused without a word of why and taken all the same, which no listing shows before it is tried again.
#[test]
fn what_a_refused_create_has_made_is_waited_for_before_it_is_made_again() {
    play(&Crowd::random(958));
}

/// The store fails while one client watches what another one waits for.
#[test]
fn what_could_not_be_watched_for_another_client_is_watched_anew() {
    play(&Crowd::random(1286));
}

/// A session that fills the plan ends while what is behind a refusal can't be looked at, and it was too new to be seen when that
/// was looked at last.
#[test]
fn a_session_that_was_too_new_to_be_seen_makes_no_limit_of_the_day() {
    play(&Crowd::random(14992));
}

/// The wall clock is put back by a day when all calls of `activities.list` are used up, or when a create has left its place.
#[test]
fn a_clock_that_is_put_back_holds_nobody_up() {
    for seed in [261, 806] {
        play(&Crowd::random(seed));
    }
}

/// A thread of Tokio's has two megabytes, and a build without optimizations needs the most of a stack.
#[test]
fn a_client_needs_less_than_half_of_a_threads_stack() {
    let thread = std::thread::Builder::new().stack_size(1 << 20);
    let played = thread.spawn(|| [1, 37].map(|seed| play(&Crowd::random(seed)))).unwrap();
    played.join().unwrap();
}

/// Its place is taken, and never becomes a session's nor is given back.
#[test]
fn a_create_that_nobody_finishes_holds_no_queue_up() {
    let crowd = Crowd { plan: Plan::unlimited(), troubles: None, ..Crowd::random(0) };
    let schedule = Schedule::plain(0, crowd.course);
    let given = clock::run(0, async {
        let server = schedule.server();
        let store = Sqlite::new(Place::Memory, "account", u64::MAX, clock::surroundings());
        store.take_place("create/gone", PlaceLimits::default()).await.unwrap();
        let jules = schedule.client_with(&server, &store, ActivityBudget::Default);
        let step = Step { after: Duration::ZERO, store: 0, client: 0, what: What::Work(2) };
        let user = User { number: 0, step: &step, jules: &jules, server: &server };
        let long = Duration::from_secs(20 * 60);
        tokio::time::timeout(long, user.does()).await.expect("the queue goes on when no create takes that long")
    });
    assert_eq!(given.len(), 2);
}

/// How many there are, when nobody says otherwise.
const CROWDS: u64 = 40;

/// They are spread over so many tests, which run side by side.
const PARTS: u64 = 4;

fn play_part(part: u64) {
    match shrink::named() {
        Some(crowd) => play(&crowd),
        None => play_seeds(CROWDS, PARTS, part, |seed| shrink::play(seed, play)),
    }
}

mod what_many_users_ask_for_is_done_once {
    use super::play_part;

    #[test]
    fn in_crowds_0_4_8() {
        play_part(0);
    }

    #[test]
    fn in_crowds_1_5_9() {
        play_part(1);
    }

    #[test]
    fn in_crowds_2_6_10() {
        play_part(2);
    }

    #[test]
    fn in_crowds_3_7_11() {
        play_part(3);
    }
}
