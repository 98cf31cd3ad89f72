//! `jules-conformance [--languages rust,python,node,swift] [--case NAME]… [--report FILE] [--json FILE] [--allow-missing]`
//! and, for itself, `jules-conformance drive PLAN`: the Rust driver.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use jules_conformance::case::{Case, load};
use jules_conformance::driver;
use jules_conformance::language::Language;
use jules_conformance::matrix::{self, Part};
use jules_conformance::process::Limits;
use jules_conformance::runner::{Settings, run};
use lexopt::prelude::*;

const HELP: &str = "\
Runs the conformance cases through every language's public API.

  --languages LIST   rust,python,node,swift (default: all)
  --case TEXT        only cases whose name contains this; may be repeated
  --matrix PART      cells of the fault matrix too: none (default), spread or whole, or only the whole matrix: alone
  --cases DIR        where the cases are (default: this crate's)
  --report FILE      also write the result as Markdown
  --json FILE        also write the counts as JSON: passed, failed, and skipped with the reasons
  --work DIR         plans and caches go here (default: conformance/ in the target directory)
  --store URL        a PostgreSQL database for every client's cache (.dev/run postgres conformance starts one)
  --allow-missing    a language without a driver doesn't fail the run
  --jobs N           languages at the same time (default 2)
  --lanes N          drivers of a language at the same time (default 3)
  --case-limit S     seconds from one answer to the next (default 60)
  --time-limit S     seconds for one language (default 180)

Drivers: JULES_DRIVER_PYTHON, JULES_DRIVER_NODE, JULES_DRIVER_SWIFT are shell commands; the plan's path is appended.
";

struct Arguments {
    languages: Vec<Language>,
    only: Vec<String>,
    cases: PathBuf,
    matrix: Cells,
    report: Option<PathBuf>,
    json: Option<PathBuf>,
    work: Option<PathBuf>,
    store: Option<String>,
    allow_missing: bool,
    jobs: usize,
    lanes: usize,
    limits: Limits,
    /// `drive PLAN`
    drive: Option<PathBuf>,
}

fn arguments() -> Result<Option<Arguments>> {
    let mut given = Arguments {
        languages: Language::ALL.to_vec(),
        only: Vec::new(),
        cases: PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/cases")),
        matrix: Cells::None,
        report: None,
        json: None,
        work: None,
        store: None,
        allow_missing: false,
        jobs: 2,
        lanes: 3,
        limits: Limits { case: Duration::from_secs(60), language: Duration::from_secs(180) },
        drive: None,
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("languages") => given.languages = languages(&parser.value()?.string()?)?,
            Long("case") => given.only.push(parser.value()?.string()?),
            Long("cases") => given.cases = parser.value()?.into(),
            Long("matrix") => given.matrix = cells(&parser.value()?.string()?)?,
            Long("report") => given.report = Some(parser.value()?.into()),
            Long("json") => given.json = Some(parser.value()?.into()),
            Long("work") => given.work = Some(parser.value()?.into()),
            Long("store") => given.store = Some(parser.value()?.string()?),
            Long("allow-missing") => given.allow_missing = true,
            Long("jobs") => given.jobs = parser.value()?.parse()?,
            Long("lanes") => given.lanes = parser.value()?.parse()?,
            Long("case-limit") => given.limits.case = Duration::from_secs(parser.value()?.parse()?),
            Long("time-limit") => given.limits.language = Duration::from_secs(parser.value()?.parse()?),
            Long("help") | Short('h') => return Ok(None),
            Value(word) if word == "drive" => given.drive = Some(parser.value()?.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Some(given))
}

/// How much of the fault matrix, and whether with the other cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cells {
    None,
    Spread,
    Whole,
    Alone,
}

fn cells(word: &str) -> Result<Cells> {
    Ok(match word {
        "none" => Cells::None,
        "spread" => Cells::Spread,
        "whole" => Cells::Whole,
        "alone" => Cells::Alone,
        _ => bail!("--matrix is none, spread, whole or alone, not {word:?}"),
    })
}

/// The cases of the directory and of the matrix beside it.
fn all_cases(arguments: &Arguments) -> Result<Vec<Case>> {
    let matrix = |part| matrix::load(&arguments.cases.with_file_name("matrix.yaml"), part);
    Ok(match arguments.matrix {
        Cells::None => load(&arguments.cases)?,
        Cells::Alone => matrix(Part::Whole)?,
        Cells::Spread | Cells::Whole => {
            let part = if arguments.matrix == Cells::Whole { Part::Whole } else { Part::Spread };
            let mut cases = load(&arguments.cases)?;
            cases.extend(matrix(part)?);
            cases
        }
    })
}

fn languages(list: &str) -> Result<Vec<Language>> {
    let named = |name: &str| Language::named(name.trim()).with_context(|| format!("no language is called {name:?}"));
    list.split(',').map(named).collect()
}

fn main() -> ExitCode {
    match start() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("conformance: {error:#}\n"));
            ExitCode::from(2)
        }
    }
}

fn start() -> Result<bool> {
    let Some(arguments) = arguments()? else {
        say(HELP);
        return Ok(true);
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    match &arguments.drive {
        Some(plan) => runtime.block_on(driver::drive(plan)).map(|()| true),
        None => runtime.block_on(conformance(&arguments)),
    }
}

async fn conformance(arguments: &Arguments) -> Result<bool> {
    let mut cases = all_cases(arguments)?;
    // Only a file can be broken from outside.
    cases.retain(|case| arguments.store.is_none() || case.cache_breaks.is_none());
    let cases = chosen(cases, &arguments.only)?;
    let own_program = std::env::current_exe()?;
    let settings = Settings {
        languages: arguments.languages.clone(),
        work: arguments.work.clone().map_or_else(|| work_directory(&own_program), Ok)?,
        own_program,
        store: arguments.store.clone(),
        limits: arguments.limits,
        jobs: arguments.jobs,
        lanes: arguments.lanes,
    };
    let report = run(&cases, &settings).await?;
    say(&report.text());
    if let Some(file) = &arguments.report {
        std::fs::write(file, report.markdown()).with_context(|| file.display().to_string())?;
    }
    if let Some(file) = &arguments.json {
        std::fs::write(file, report.json()).with_context(|| file.display().to_string())?;
    }
    Ok(report.is_good(arguments.allow_missing))
}

fn chosen(mut cases: Vec<Case>, only: &[String]) -> Result<Vec<Case>> {
    if let Some(unknown) = only.iter().find(|text| !cases.iter().any(|case| case.name.contains(*text))) {
        bail!("no case's name contains {unknown:?}");
    }
    cases.retain(|case| only.is_empty() || only.iter().any(|text| case.name.contains(text)));
    ensure!(!cases.is_empty(), "there are no cases");
    Ok(cases)
}

/// `conformance/` in the target directory that this program is in: also seen from inside a chroot with the checkout.
fn work_directory(own_program: &Path) -> Result<PathBuf> {
    let target = own_program.ancestors().nth(2).context("this program is in no target directory")?;
    Ok(target.join("conformance"))
}

fn say(text: &str) {
    // There is nobody left to tell when standard output is closed.
    let _ = std::io::stdout().write_all(text.as_bytes());
}
