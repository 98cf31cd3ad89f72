//! Thousands of schedules, each drawn from its seed.

use std::panic::RefUnwindSafe;
use std::time::Duration;

use super::clock;
use super::program::Schedule;
use super::shrink;

/// How many schedules there are in all, when nobody says otherwise; `make test-faults` plays 10,000.
const SCHEDULES: u64 = 300;
/// They are spread over so many tests, which run side by side.
const TESTS: u64 = 8;
/// A test says now and then how far it is.
const TOLD: u64 = 250;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a number"))
}

fn play_schedule(schedule: &Schedule) {
    clock::run(schedule.seed, async {
        let day = Duration::from_secs(24 * 3_600);
        let played = tokio::time::timeout(day, schedule.play()).await.expect("it ends within a day");
        played.check(schedule);
    });
}

fn play(seed: u64) {
    shrink::play(seed, play_schedule);
}

fn play_part(part: u64) {
    match shrink::named() {
        Some(schedule) => play_schedule(&schedule),
        None => play_seeds(SCHEDULES, TESTS, part, play),
    }
}

/// Plays one of so many parts of the seeds, and says which of them fail. There are so many seeds unless somebody says otherwise.
pub(super) fn play_seeds(usual: u64, parts: u64, part: u64, play: impl Fn(u64) + RefUnwindSafe) {
    if let Some(seed) = number("JULES_SIMULATION_SEED") {
        return play(seed);
    }
    let first = number("JULES_SIMULATION_FIRST").unwrap_or(0);
    let count = number("JULES_SIMULATIONS").unwrap_or(usual);
    let fails = |seed: &u64| std::panic::catch_unwind(|| play(*seed)).is_err();
    let (mut played, mut failed) = (0, Vec::new());
    for seed in (first..first + count).filter(|seed| seed % parts == part) {
        failed.extend(fails(&seed).then_some(seed));
        played += 1;
        if played % TOLD == 0 {
            println!("{played} schedules, up to that of the seed {seed}: {} fail", failed.len());
        }
    }
    assert!(failed.is_empty(), "{} of {played} schedules fail, those of the seeds {failed:?}", failed.len());
}

macro_rules! parts {
    ($($name:ident: $part:literal,)*) => { $(
        #[test]
        fn $name() {
            play_part($part);
        }
    )* };
}

mod nothing_is_lost_and_nothing_comes_twice {
    use super::play_part;

    parts! {
        in_schedules_0_8_16: 0,
        in_schedules_1_9_17: 1,
        in_schedules_2_10_18: 2,
        in_schedules_3_11_19: 3,
        in_schedules_4_12_20: 4,
        in_schedules_5_13_21: 5,
        in_schedules_6_14_22: 6,
        in_schedules_7_15_23: 7,
    }
}

/// The network is so bad that the store learns of a message only after an equal one was sent: it is not taken for that one,
/// which the session has yet to wake from.
#[test]
fn an_equal_message_that_the_store_learns_of_late_wakes_nobody() {
    play(3_163);
}

/// An equal message that was sent before the question becomes visible behind its answer: the question is answered all the same.
#[test]
fn a_message_that_becomes_visible_behind_an_answer_hides_it_from_nobody() {
    play(317_745);
}

/// A listing of the activities goes round and round for a while: what was said arrives, and the outcome comes, all the same.
#[test]
fn a_listing_that_goes_round_and_round_for_a_while_ends_no_call() {
    for seed in [394_555, 396_652, 312_957] {
        play(seed);
    }
}

/// The activities of a session that is there are not found for so long that a look for a lost message ends: the message is
/// not sent again for that.
#[test]
fn a_look_that_finds_no_activities_is_no_word_on_the_message() {
    [3_464, 5_249].into_iter().for_each(play);
}

/// All was read while the session was at work, and it was never seen at work: what came without a time since then is found
/// by comparing all.
#[test]
fn what_came_without_a_time_behind_a_first_reading_is_found() {
    [3_018, 5_131].into_iter().for_each(play);
}
