//! The run: for each language an emulator per case and a driver, then the verdicts, then the comparison between
//! the languages.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use futures::future::join_all;
use futures::{StreamExt, TryStreamExt, stream};

use crate::agreement::differences;
use crate::case::Case;
use crate::judge::{Answer, judge};
use crate::lane::lanes;
use crate::language::Language;
use crate::leftover::Counts;
use crate::process::{Driven, Limits};
use crate::report::{Column, Report};
use crate::world::World;

/// What to run, and how.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which languages, in the report's order.
    pub languages: Vec<Language>,
    /// This program, which is the Rust driver too.
    pub own_program: PathBuf,
    /// Plans and cache directories go here.
    pub work: PathBuf,
    /// The database that stands in for directories and memory.
    pub store: Option<String>,
    /// How long drivers may take.
    pub limits: Limits,
    /// How many languages run at the same time.
    pub jobs: usize,
    /// How many drivers of a language do.
    pub lanes: usize,
}

/// Runs all cases in all languages.
///
/// # Errors
/// When an emulator or a driver can't be started, or a file can't be written: not when a case fails.
pub async fn run(cases: &[Case], settings: &Settings) -> Result<Report> {
    let started = Instant::now();
    let languages = stream::iter(settings.languages.iter().copied());
    let mut columns: Vec<Column> = languages
        .map(|language| run_language(cases, language, settings))
        .buffered(settings.jobs.max(1))
        .try_collect()
        .await?;
    compare(cases, &mut columns);
    let names = cases.iter().map(|case| case.name.clone()).collect();
    let cells = cases.iter().map(|case| case.cell.clone()).collect();
    Ok(Report { cases: names, cells, columns, took: started.elapsed() })
}

async fn run_language(cases: &[Case], language: Language, settings: &Settings) -> Result<Column> {
    let mut column = Column::new(language);
    let command = match language.command(&settings.own_program) {
        Ok(command) => command,
        Err(why) => {
            column.skipped = Some(why);
            return Ok(column);
        }
    };
    let folder = settings.work.join(language.name());
    clear(&folder)?;
    let mut worlds = BTreeMap::new();
    for case in cases {
        worlds.insert(case.name.clone(), Arc::new(World::start(case).await?));
        // Another language's drivers are listened to meanwhile.
        tokio::task::yield_now().await;
    }
    let counts = Counts::default();
    let started = Instant::now();
    let lanes = lanes(cases, settings.lanes).into_iter().enumerate();
    let lanes = lanes.map(|(number, lane)| {
        let folder = folder.join(number.to_string());
        let (command, worlds, counts) = (&command, &worlds, &counts);
        async move { lane.run(command, &folder, language, settings, worlds, counts).await }
    });
    let driven = Driven::merged(join_all(lanes).await)?;
    column.took = started.elapsed();
    column.complaints.clone_from(&driven.complaints);
    for case in cases {
        let world = worlds.get(&case.name).context("every case has its world")?;
        let mut failures = verdict(case, language, world, &driven);
        failures.extend(counts.failure(&case.name, world));
        let answer = driven.answers.get(&case.name).and_then(|answer| answer.as_ref().ok());
        column.add(failures, answer.cloned());
    }
    Ok(column)
}

fn verdict(case: &Case, language: Language, world: &World, driven: &Driven) -> Vec<String> {
    match driven.answers.get(&case.name) {
        Some(Ok(answer)) => {
            let (mut failures, saved) = judge(case, language, answer);
            failures.extend(case.afterwards.iter().flat_map(|check| world.failures(check, &saved)));
            failures.extend(too_long(case, driven.took.get(&case.name).copied().unwrap_or_default()));
            failures
        }
        Some(Err(why)) => vec![why.clone()],
        None => vec!["no answer".to_owned()],
    }
}

fn too_long(case: &Case, took: Duration) -> Option<String> {
    let most = case.within()?;
    (took > most).then(|| format!("it took {:.1} s, not {:.1} s at most", took.as_secs_f64(), most.as_secs_f64()))
}

/// Holds each language's answer against that of the first language that passed.
fn compare(cases: &[Case], columns: &mut [Column]) {
    for (index, case) in cases.iter().enumerate() {
        let passed = |column: &&Column| column.verdicts.get(index).is_some_and(Vec::is_empty);
        let reference: Option<(Language, Answer)> =
            columns.iter().find(passed).and_then(|column| Some((column.language, column.answers.get(index)?.clone()?)));
        let Some((theirs, answer)) = reference else { continue };
        for column in columns.iter_mut().filter(|column| column.language != theirs) {
            let ours = column.language.name();
            let (Some(verdict), Some(Some(own))) = (column.verdicts.get_mut(index), column.answers.get(index)) else {
                continue;
            };
            if verdict.is_empty() {
                verdict.extend(differences(&case.steps, (ours, own), (theirs.name(), &answer)));
            }
        }
    }
}

fn clear(folder: &Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())
}
