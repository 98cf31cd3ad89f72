//! From a program that fails to a smaller one that still does: whatever can be left out is left out. The way there is a few
//! numbers, by which it is found again.

use std::fmt::{self, Debug};
use std::panic::{RefUnwindSafe, catch_unwind, resume_unwind};
use std::str::FromStr;
use std::time::Duration;

use super::faults::Faults;
use super::program::Schedule;
use super::traits::Traits;
use super::world::Course;

/// Something that can be made smaller.
pub(super) trait Shrink: Clone + Debug + PartialEq + RefUnwindSafe {
    fn random(seed: u64) -> Self;

    /// All that are a bit smaller, the smallest first; those that are equal are left out by whoever asks.
    fn smaller(&self) -> Vec<Self>;
}

/// A program: a seed, and at each step from there which of the smaller ones is taken. Written as `7:0,3,3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Case {
    seed: u64,
    way: Vec<usize>,
}

pub(super) fn without<T: Clone>(all: &[T], place: usize) -> Vec<T> {
    all.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, one)| one.clone()).collect()
}

fn smaller<S: Shrink>(program: &S) -> Vec<S> {
    program.smaller().into_iter().filter(|other| other != program).collect()
}

impl Case {
    pub(super) fn program<S: Shrink>(&self) -> S {
        self.way.iter().fold(S::random(self.seed), |program, place| smaller(&program).swap_remove(*place))
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way: Vec<_> = self.way.iter().map(usize::to_string).collect();
        write!(f, "{}:{}", self.seed, way.join(","))
    }
}

impl FromStr for Case {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (seed, way) = text.split_once(':').unwrap_or((text, ""));
        let way = way.split(',').filter(|place| !place.is_empty()).map(str::parse).collect::<Result<_, _>>()?;
        Ok(Self { seed: seed.parse()?, way })
    }
}

/// The smallest that still fails.
fn smallest<S: Shrink>(seed: u64, fails: impl Fn(&S) -> bool) -> (Case, S) {
    let (mut case, mut program) = (Case { seed, way: Vec::new() }, S::random(seed));
    while let Some((place, next)) = smaller(&program).into_iter().enumerate().find(|(_, next)| fails(next)) {
        case.way.push(place);
        program = next;
    }
    (case, program)
}

/// The program that `JULES_SIMULATION_CASE` names.
pub(super) fn named<S: Shrink>() -> Option<S> {
    let case = std::env::var("JULES_SIMULATION_CASE").ok()?;
    Some(case.parse::<Case>().expect("a case is written as 7:0,3,3").program())
}

/// Plays the program of a seed; of one that fails the smallest is told.
pub(super) fn play<S: Shrink>(seed: u64, play: impl Fn(&S) + RefUnwindSafe) {
    let first = S::random(seed);
    if let Err(panic) = catch_unwind(|| play(&first)) {
        let (case, program) = smallest(seed, |other| catch_unwind(|| play(other)).is_err());
        eprintln!("JULES_SIMULATION_CASE={case} fails: {program:#?}");
        resume_unwind(panic);
    }
}

impl Shrink for Schedule {
    fn random(seed: u64) -> Self {
        Self::random(seed)
    }

    fn smaller(&self) -> Vec<Self> {
        let mut all = Vec::new();
        let mut with = |change: &dyn Fn(&mut Self)| {
            let mut other = self.clone();
            change(&mut other);
            all.push(other);
        };
        with(&|other| other.faults = Faults::none());
        with(&|other| other.traits = Traits::plain());
        with(&|other| other.jumps.clear());
        for place in 0..self.jumps.len() {
            with(&|other| other.jumps = without(&other.jumps, place));
        }
        with(&|other| other.decoy = false);
        with(&|other| other.interval = None);
        for place in 0..self.messages.len() {
            with(&|other| other.messages = without(&other.messages, place));
        }
        for place in 0..self.streams.len() {
            with(&|other| other.streams[place] = 0);
            if self.streams.len() > 1 {
                with(&|other| other.streams = without(&other.streams, place));
            }
        }
        let mut course = |course: Course| with(&|other| other.course = course.clone());
        smaller_courses(&self.course).into_iter().for_each(&mut course);
        smaller_faults(&self.faults).into_iter().for_each(|faults| with(&|other| other.faults = faults.clone()));
        plainer(&self.traits).into_iter().for_each(|traits| with(&|other| other.traits = traits.clone()));
        all
    }
}

pub(super) fn smaller_courses(course: &Course) -> Vec<Course> {
    let course = || course.clone();
    vec![
        Course { plan: false, ..course() },
        Course { before: 0, ..course() },
        Course { after: 0, ..course() },
        Course { before: course().before / 2, ..course() },
        Course { after: course().after / 2, ..course() },
        Course { fails: false, ..course() },
        Course { says_end: true, ..course() },
        Course { pause: Duration::ZERO, ..course() },
    ]
}

pub(super) fn smaller_faults(faults: &Faults) -> Vec<Faults> {
    let faults = || faults.clone();
    vec![
        Faults { outage: None, ..faults() },
        Faults { unreachable: false, ..faults() },
        Faults { left: faults().left / 2, ..faults() },
        Faults { left: faults().left.saturating_sub(1), ..faults() },
    ]
}

/// Each with one of its peculiarities less.
pub(super) fn plainer(traits: &Traits) -> Vec<Traits> {
    let (plain, traits) = (Traits::plain(), || traits.clone());
    vec![
        Traits { skew: 0, ..traits() },
        Traits { page: plain.page, ..traits() },
        Traits { token: plain.token, ..traits() },
        Traits { token_life: plain.token_life, ..traits() },
        Traits { filter: plain.filter, ..traits() },
        Traits { fields: plain.fields, ..traits() },
        Traits { lag: plain.lag, ..traits() },
        Traits { not_found: plain.not_found, ..traits() },
        Traits { latency: plain.latency, ..traits() },
        Traits { shuffled: 0.0, ..traits() },
        Traits { doubled: 0.0, ..traits() },
        Traits { late: 0.0, ..traits() },
        Traits { timeless: 0.0, ..traits() },
        Traits { equal: 0.0, ..traits() },
        Traits { wild: 0.0, ..traits() },
    ]
}

#[test]
fn a_program_that_fails_becomes_as_small_as_it_can_be_and_is_found_again() {
    // It fails wherever a message is sent in a session of two activities or more.
    let fails = |schedule: &Schedule| !schedule.messages.is_empty() && schedule.course.before > 1;
    let seed = (0..).find(|seed| fails(&Schedule::random(*seed))).unwrap();
    let (case, program) = smallest(seed, fails);
    assert_eq!((program.messages.len(), program.course.after, &program.faults), (1, 0, &Faults::none()));
    assert!((2..4).contains(&program.course.before), "{program:?}");
    assert_eq!(case.to_string().parse::<Case>().unwrap().program::<Schedule>(), program);
}
