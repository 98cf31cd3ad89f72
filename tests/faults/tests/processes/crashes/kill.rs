//! When a program is killed: after it has printed some lines, while the server holds a request of its, while it waits for the store or
//! writes its first transaction, or at some moment that chance names.

use std::path::Path;
use std::time::Duration;

use jules_emulator::{Fault, Moment};
use rand::RngExt;
use rand::rngs::SmallRng;
use rusqlite::Connection;

use super::Work;
use super::program::{Language, Program};
use super::stage::Stage;

#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    Printed(usize),
    Held(&'static str, Moment, u32),
    /// While somebody else has the store's lock, which it needs to bring the tables up to date.
    Waiting,
    /// So long after it has taken the store's lock for the first time.
    Writing(Duration),
    After(Duration),
}

/// More often than anything lasts that is waited for here.
const EVERY: Duration = Duration::from_micros(200);

impl When {
    /// They take turns, so that each of them is met.
    pub(super) fn draw(stage: &Stage, turn: usize, random: &mut SmallRng) -> Self {
        if stage.work == Work::Migration {
            let after = Duration::from_micros(random.random_range(0..4_000));
            return if turn.is_multiple_of(2) { Self::Waiting } else { Self::Writing(after) };
        }
        let held = stage.held();
        match turn % 3 {
            0 => Self::Printed(random.random_range(1..=stage.most_lines())),
            1 => {
                let (operation, moment) = held[random.random_range(0..held.len())];
                Self::Held(operation, moment, random.random_range(0..3))
            }
            _ => Self::After(Duration::from_micros(random.random_range(0..400_000))),
        }
    }
}

impl Stage {
    /// Starts its program and kills it then, unless it has ended before. Says whether it did, with what was printed.
    pub(super) async fn kill(&self, language: Language, when: When) -> (bool, Vec<String>) {
        let lock = matches!(when, When::Waiting).then(|| Connection::open(self.store()).unwrap());
        lock.iter().for_each(|lock| lock.execute_batch("BEGIN IMMEDIATE").unwrap());
        self.start(language).killed(self, when).await
    }
}

impl Program {
    async fn killed(mut self, stage: &Stage, when: When) -> (bool, Vec<String>) {
        stage.emulator.clear_faults();
        if let When::Held(operation, moment, skip) = when {
            stage.emulator.fault(Fault::hang(moment).on(operation).skip(skip).times(1));
        }
        let holds = || stage.emulator.faults().iter().any(|fault| fault.applied > 0);
        while self.runs() {
            match when {
                When::Printed(count) if self.lines().len() >= count => break,
                When::Held(..) if holds() => break,
                When::Waiting if uses(self.id(), &stage.store()) => break,
                When::Writing(_) if writes(self.id()) => break,
                When::After(_) => break,
                _ => tokio::time::sleep(EVERY).await,
            }
        }
        if let When::After(time) | When::Writing(time) = when {
            tokio::time::sleep(time).await;
        }
        let result = self.kill();
        stage.emulator.clear_faults();
        result
    }
}

/// Whether a process has a file open.
fn uses(process: u32, file: &Path) -> bool {
    let Ok(open) = std::fs::read_dir(format!("/proc/{process}/fd")) else { return true };
    open.flatten().any(|one| std::fs::read_link(one.path()).is_ok_and(|path| path == file))
}

/// Whether a process holds SQLite's lock of whoever writes: byte 120 of the shared memory's file.
fn writes(process: u32) -> bool {
    let Ok(locks) = std::fs::read_to_string("/proc/locks") else { return true };
    let of_it = |line: &&str| {
        let words: Vec<_> = line.split_whitespace().collect();
        words.contains(&"WRITE") && words.contains(&&*process.to_string()) && words.ends_with(&["120", "120"])
    };
    locks.lines().any(|line| of_it(&line))
}
