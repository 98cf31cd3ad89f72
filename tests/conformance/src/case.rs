//! What a case file may say, and what is checked before anything runs: a typo in a case is found here, not by
//! four drivers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use jules_emulator::{Config, SessionSeed};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::breakage::CacheBreaks;
use crate::matcher::validate;
use crate::world::usual;

const RUN: &[&str] = &[
    "prompt",
    "source",
    "title",
    "requireApproval",
    "autoPr",
    "waitForSlot",
    "stallTimeoutMs",
    "retryFailed",
    "environmentVariables",
    "key",
];
const CREATE: &[&str] =
    &["prompt", "source", "title", "requireApproval", "autoPr", "waitForSlot", "environmentVariables", "key"];
const TASK: &[&str] = &[
    "prompt",
    "source",
    "title",
    "requireApproval",
    "autoPr",
    "stallTimeoutMs",
    "environmentVariables",
    "key",
    "priority",
    "notBefore",
    "maxAttempts",
    "retryOn",
];
const WORK: &[&str] = &["concurrency", "follow", "approve"];
const STREAM: &[&str] = &["follow", "after", "types", "exclude", "stallTimeoutMs"];
const ALL: &[&str] = &["items", "concurrency", "stopOnError", "delayMs", "progress", "timeoutMs"];
const LIMITS: &[&str] = &["timeoutMs", "stallTimeoutMs"];
const SYNC: &[&str] = &["sessionId", "limit", "depth", "incremental", "concurrency", "checkpoint", "progress"];

/// Every operation of the driver protocol, with the arguments that it takes.
pub const OPERATIONS: &[(&str, &[&str])] = &[
    ("activities.get", &["id"]),
    ("activities.hydrate", &[]),
    ("activities.list", &["pageSize", "pageToken"]),
    ("all", ALL),
    ("all.created", &["items", "concurrency"]),
    ("all.iterate", ALL),
    ("ask", &["text", "timeoutMs"]),
    ("bashText", &["activity"]),
    ("cacheInfo", &[]),
    ("changeSet.applyTo", &["files"]),
    ("changeSet.parsed", &[]),
    ("client", CLIENT),
    ("client.other", CLIENT),
    ("close", &[]),
    ("completed", &[]),
    ("control", &["method", "path", "body"]),
    ("generatedFiles", &["files"]),
    ("history", &["offline", "after", "types", "exclude"]),
    ("info", &["cached"]),
    ("mediaText", &["activity"]),
    ("metrics", &[]),
    ("parallel", &[]),
    ("queue", &["name", "slots", "perDay"]),
    ("queue.add", TASK),
    ("queue.addAll", &["items"]),
    ("queue.cancel", &["key"]),
    ("queue.finished", WORK),
    ("queue.pause", &[]),
    ("queue.results", &[]),
    ("queue.resume", &[]),
    ("queue.status", &[]),
    ("queue.task", &["key"]),
    ("queue.tasks", &["state"]),
    ("queue.until", &["key", "state"]),
    ("queue.waitingForPerson", &[]),
    ("queue.work", WORK),
    ("quota", &[]),
    ("readAgain", &["type", "json"]),
    ("recentRequests", &[]),
    ("result", LIMITS),
    ("run", RUN),
    ("run.outcome", &[]),
    ("run.session", &[]),
    ("run.start", RUN),
    ("run.stream", STREAM),
    ("select", &["query"]),
    ("session.cacheInfo", &[]),
    ("session.create", CREATE),
    ("session.open", &["id"]),
    ("sessions", &["limit", "pageSize", "pageToken", "filter"]),
    ("sessions.page", &["limit", "pageSize", "pageToken", "filter"]),
    ("snapshot", &["cached"]),
    ("snapshot.json", &["include", "exclude"]),
    ("snapshot.markdown", &[]),
    ("source", &["github"]),
    ("sources", &["filter", "limit", "pageSize"]),
    ("sources.page", &["filter", "limit", "pageSize"]),
    ("stream", STREAM),
    ("stream.cancel", &["afterItems", "after", "types", "exclude"]),
    ("summary", &["activity"]),
    ("sync", SYNC),
    ("updates", STREAM),
    ("waitFor", &["state", "states", "timeoutMs", "stallTimeoutMs"]),
    // surface: acts Session
    ("approve", &[]),
    ("send", &["text"]),
    ("archive", &[]),
    ("stop", &[]),
    ("unarchive", &[]),
    ("delete", &[]),
    // surface: end
];

/// A client's options by their TypeScript names.
const CLIENT: &[&str] = &[
    "account",
    "activityBudget",
    "allowInsecureHttp",
    "apiKey",
    "baseUrl",
    "cache",
    "cacheLimit",
    "connectTimeoutMs",
    "maxConcurrentRequests",
    "perDay",
    "pollingIntervalMs",
    "requestTimeoutMs",
    "retry",
    "slots",
    "userAgent",
];

/// One case: a situation, steps, and what must come of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Case {
    /// Unique among all cases; words joined by `-`.
    pub name: String,
    /// Why the case exists, one sentence.
    pub about: String,
    /// How its emulator is set up.
    #[serde(default)]
    pub emulator: EmulatorSetup,
    /// The client's key; `null` for none. Default: `test-key`.
    #[serde(default = "test_key")]
    pub api_key: Option<String>,
    /// Instead of the emulator's URL.
    #[serde(default)]
    pub base_url: Option<String>,
    /// Whether the client gets a cache directory. Default: in memory.
    #[serde(default)]
    pub cache: bool,
    /// What happens to that directory meanwhile.
    #[serde(default)]
    pub cache_breaks: Option<CacheBreaks>,
    /// Variables of the driver's process, which is one of its own then; `${folder}` is a directory that is the case's. The
    /// client is told nothing of a cache but what they say.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Client options by their TypeScript names, over the runner's (`pollingIntervalMs: 10`).
    #[serde(default)]
    pub options: Map<String, Value>,
    /// What the driver does.
    pub steps: Vec<Step>,
    /// What the runner looks at when the driver is done with the case.
    #[serde(default)]
    pub afterwards: Vec<Check>,
    /// How long it may take at most. Default: the runner's limit.
    #[serde(default)]
    pub within_ms: Option<u64>,
    /// Where in the matrix it is.
    #[serde(skip)]
    pub cell: Option<Cell>,
}

/// A place in the fault matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Its column.
    pub operation: String,
    /// Its row.
    pub fault: String,
}

impl Case {
    /// How long it may take at most, where it says so.
    #[must_use]
    pub fn within(&self) -> Option<Duration> {
        self.within_ms.map(Duration::from_millis)
    }

    /// A case without a name or steps, with these sessions and faults.
    pub(crate) fn in_world(sessions: Vec<SessionSeed>, faults: Vec<Value>) -> Self {
        Self {
            name: String::new(),
            about: String::new(),
            emulator: EmulatorSetup { sessions, faults, ..EmulatorSetup::default() },
            api_key: test_key(),
            base_url: None,
            cache: false,
            cache_breaks: None,
            environment: BTreeMap::new(),
            options: Map::new(),
            steps: Vec::new(),
            afterwards: Vec::new(),
            within_ms: None,
            cell: None,
        }
    }
}

/// How the emulator of a case is set up.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct EmulatorSetup {
    /// The emulator's settings; `speed` is 20 unless it is said here.
    #[serde(deserialize_with = "changes")]
    pub config: Option<Config>,
    /// Scenarios beside the shipped ones, in the emulator's format.
    pub scenarios: Vec<Value>,
    /// Sessions that are there from the start.
    pub sessions: Vec<SessionSeed>,
    /// Faults in force from the start. `${other.origin}` is the second emulator's address.
    pub faults: Vec<Value>,
    /// A second, empty emulator, to see what reaches another origin.
    pub other: bool,
}

/// One step and what it must give: `expect` (a value), `error`, or neither (any value but no error).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// One of [`OPERATIONS`].
    pub op: String,
    /// The saved value to work on.
    pub on: Option<String>,
    /// The name to save the result under.
    #[serde(rename = "as")]
    pub name: Option<String>,
    /// The operation's arguments.
    #[serde(default)]
    pub with: Map<String, Value>,
    /// Stop iterating after so many.
    pub take: Option<u64>,
    /// Of `parallel`: what is done at the same time.
    #[serde(default)]
    pub steps: Vec<Vec<Step>>,
    /// The pattern of the result.
    #[serde(default, deserialize_with = "present")]
    pub expect: Option<Value>,
    /// The pattern of the error.
    pub error: Option<Value>,
    /// Whether the languages must agree on the result. Default: yes.
    #[serde(default = "yes")]
    pub compare: bool,
}

/// Something to see at an emulator after the case.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// `journal` or `sessions`.
    pub see: Seen,
    /// Whose.
    #[serde(default)]
    pub of: Whose,
    /// Only the elements of this pattern.
    #[serde(rename = "where", default)]
    pub only: Map<String, Value>,
    /// The pattern of the list.
    pub expect: Value,
}

/// What can be seen at an emulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Seen {
    /// Every request to the API.
    Journal,
    /// Every session, in full.
    Sessions,
}

/// Which emulator of a case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Whose {
    /// The one that the client talks to.
    #[default]
    Main,
    /// The second one.
    Other,
}

fn test_key() -> Option<String> {
    Some("test-key".to_owned())
}

/// The settings that a case names, over the usual ones.
fn changes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Config>, D::Error> {
    let changes = Option::<Value>::deserialize(deserializer)?;
    changes.map(|changes| usual().with(changes).map_err(serde::de::Error::custom)).transpose()
}

fn yes() -> bool {
    true
}

/// A `null` that is written is a value to expect, not the absence of one.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// Reads every `*.yaml` in a directory, in the order of their names.
///
/// # Errors
/// A file that can't be read, or a case that makes no sense, with its name.
pub fn load(directory: &Path) -> Result<Vec<Case>> {
    let listing = std::fs::read_dir(directory).with_context(|| format!("no cases at {}", directory.display()))?;
    let mut files: Vec<_> = listing.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file)?;
        cases.extend(parse(&text).with_context(|| file.display().to_string())?);
    }
    ensure!(!cases.is_empty(), "no cases at {}", directory.display());
    let mut names = BTreeSet::new();
    for case in &cases {
        ensure!(names.insert(&case.name), "two cases are called {}", case.name);
    }
    Ok(cases)
}

/// Reads the cases of one file.
///
/// # Errors
/// What is wrong, and where.
pub fn parse(yaml: &str) -> Result<Vec<Case>> {
    // Many cases may share one anchor's data; the files are our own.
    let options = serde_saphyr::options! { budget: serde_saphyr::budget! { enforce_alias_anchor_ratio: false } };
    let cases: Vec<Case> =
        serde_saphyr::from_str_with_options(yaml, options).map_err(|error| anyhow::anyhow!("{error}"))?;
    for case in &cases {
        check(case).with_context(|| format!("case {}", case.name))?;
    }
    Ok(cases)
}

pub(crate) fn check(case: &Case) -> Result<()> {
    ensure!(
        !case.name.is_empty() && case.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
        "a name has a-z, 0-9 and -"
    );
    ensure!(!case.steps.is_empty(), "it has no steps");
    known_words(&case.options, CLIENT)?;
    ensure!(case.environment.is_empty() || !case.cache, "a cache directory is named, or else the environment's");
    ensure!(case.cache_breaks.is_none() || case.cache, "there is no cache to break");
    check_steps(&case.steps, &mut BTreeSet::new())?;
    for check in &case.afterwards {
        ensure!(check.of == Whose::Main || case.emulator.other, "it looks at another emulator without having one");
        validate(&check.expect).map_err(anyhow::Error::msg)?;
        check.only.values().try_for_each(validate).map_err(anyhow::Error::msg)?;
    }
    Ok(())
}

/// Every `${name…}` in a step's arguments names something that was saved before.
fn check_references(value: &Value, names: &BTreeSet<&str>) -> Result<()> {
    match value {
        Value::String(text) => text.split("${").skip(1).try_for_each(|rest| {
            let name = rest.split(['.', '}']).next().unwrap_or_default();
            ensure!(rest.contains('}') && names.contains(name), "nothing was saved as {name:?} before");
            Ok(())
        }),
        Value::Array(items) => items.iter().try_for_each(|item| check_references(item, names)),
        Value::Object(fields) => fields.values().try_for_each(|inner| check_references(inner, names)),
        _ => Ok(()),
    }
}

fn known_words(given: &Map<String, Value>, known: &[&str]) -> Result<()> {
    match given.keys().find(|name| !known.contains(&name.as_str())) {
        Some(unknown) => bail!("{unknown:?} is none of: {}", known.join(", ")),
        None => Ok(()),
    }
}

fn check_steps<'a>(steps: &'a [Step], names: &mut BTreeSet<&'a str>) -> Result<()> {
    for (index, step) in steps.iter().enumerate() {
        check_step(step, names).with_context(|| format!("step {} ({})", index + 1, step.op))?;
        names.extend(step.name.as_deref());
    }
    Ok(())
}

fn check_step<'a>(step: &'a Step, names: &mut BTreeSet<&'a str>) -> Result<()> {
    let operation = OPERATIONS.iter().find(|(name, _)| *name == step.op);
    let (_, arguments) = operation.context("there is no such operation")?;
    known_words(&step.with, arguments)?;
    ensure!(step.expect.is_none() || step.error.is_none(), "it can't give both a value and an error");
    for pattern in step.expect.iter().chain(&step.error) {
        validate(pattern).map_err(anyhow::Error::msg)?;
    }
    if let Some(on) = &step.on {
        ensure!(names.contains(on.as_str()), "nothing was saved as {on:?} before");
    }
    check_references(&Value::Object(step.with.clone()), names)?;
    match (step.op.as_str(), step.steps.is_empty()) {
        ("parallel", true) => bail!("it has no steps of its own"),
        ("parallel", false) => {
            for branch in &step.steps {
                check_steps(branch, names)?;
            }
        }
        (_, false) => bail!("only parallel has steps of its own"),
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many cases there are, exactly, so that none is lost unseen: a file that isn't read, a case that a merge dropped.
    const CASES: usize = 296;

    fn refused(yaml: &str) -> String {
        format!("{:#}", parse(yaml).unwrap_err())
    }

    #[test]
    fn every_case_of_the_project_can_be_read() {
        let cases = load(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/cases"))).unwrap();
        assert_eq!(cases.len(), CASES, "who adds or removes a case changes CASES above by as many");
    }

    #[test]
    fn a_typo_is_refused_with_its_place() {
        let case = |step: &str| format!("- name: x\n  about: y\n  steps:\n    - {step}\n");
        assert!(refused(&case("{ op: sesion.create }")).contains("case x: step 1 (sesion.create)"));
        assert!(refused(&case("{ op: stream, on: s }")).contains("nothing was saved as \"s\""));
        assert!(refused(&case("{ op: close, expct: 1 }")).contains("expct"));
        assert!(refused(&case("{ op: run, with: { title: ['${t.id}'] } }")).contains("saved as \"t\""));
        assert!(refused(&case("{ op: run, with: { promt: x } }")).contains("promt"));
        assert!(refused(&case("{ op: close, expect: $strin }")).contains("$strin"));
        assert!(refused(&case("{ op: close, expect: 1, error: {} }")).contains("both"));
        assert!(refused(&case("{ op: close, steps: [[]] }")).contains("parallel"));
        assert!(refused("- { name: X y, about: z, steps: [{ op: close }] }").contains("a name has"));
        assert!(refused("- { name: x, about: z, steps: [] }").contains("no steps"));
    }

    #[test]
    fn an_absent_key_is_the_test_key_and_null_is_none() {
        let read = |key: &str| {
            parse(&format!("- {{ name: x, about: y, {key} steps: [{{ op: close }}] }}")).unwrap().remove(0).api_key
        };
        assert_eq!(read("").as_deref(), Some("test-key"));
        assert_eq!(read("apiKey: null,"), None);
    }

    #[test]
    fn expecting_null_is_not_expecting_nothing() {
        let cases = parse("- { name: x, about: y, steps: [{ op: close, expect: null }] }").unwrap();
        assert_eq!(cases[0].steps[0].expect, Some(Value::Null));
    }
}
