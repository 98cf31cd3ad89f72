//! One driver process after another until every case has its answer: a driver that hangs or dies costs the case it
//! was at, not those behind it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use crate::judge::Answer;

/// How long drivers may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// From one answer to the next.
    pub case: Duration,
    /// For all cases of one language.
    pub language: Duration,
}

/// What came of a language's drivers.
#[derive(Debug, Default)]
pub struct Driven {
    /// By case name: the answer, or why there is none.
    pub answers: BTreeMap<String, Result<Answer, String>>,
    /// By case name: how long an answer took.
    pub took: BTreeMap<String, Duration>,
    /// What the drivers did against the protocol.
    pub complaints: Vec<String>,
}

/// Why a process gave no more answers.
enum Stop {
    Ended,
    CaseLimit,
    LanguageLimit,
}

/// Runs the plan's `entries` with as many processes of `command` as it takes. `answered` is called with each case's
/// name as its answer comes.
///
/// # Errors
/// When a process can't be started or the plan can't be written.
pub async fn drive(
    command: &str,
    environment: &BTreeMap<String, String>,
    folder: &Path,
    entries: &[Value],
    limits: Limits,
    mut answered: impl FnMut(&str),
) -> Result<Driven> {
    let deadline = Instant::now() + limits.language;
    let mut driven = Driven::default();
    let mut fruitless = 0;
    for attempt in 1.. {
        let remaining: Vec<&Value> = entries.iter().filter(|entry| !driven.answers.contains_key(name(entry))).collect();
        let Some(next) = remaining.first().map(|entry| name(entry).to_owned()) else { break };
        let before = driven.answers.len();
        let plan = folder.join(format!("plan-{attempt}.json"));
        std::fs::write(&plan, serde_json::to_vec_pretty(&json!({ "cases": remaining }))?)?;
        let mut process = Process::start(command, environment, &plan)?;
        let stop = process.read(remaining.len(), limits.case, deadline, &mut driven, &mut answered).await;
        let ending = process.end().await;
        let complete = driven.answers.len() == entries.len();
        match stop {
            Stop::Ended if complete => driven.complaints.extend(ending.complaint()),
            Stop::Ended => driven.fail(&first_open(entries, &driven, &next), &ending.to_string()),
            Stop::CaseLimit => {
                let limit = limits.case.as_secs();
                driven.fail(&first_open(entries, &driven, &next), &format!("no answer within {limit} s; {ending}"));
            }
            Stop::LanguageLimit => {
                let limit = limits.language.as_secs();
                driven.fail_rest(entries, &format!("the language's time limit of {limit} s ran out; {ending}"));
            }
        }
        fruitless = if driven.answers.len() > before + 1 || complete { 0 } else { fruitless + 1 };
        if fruitless >= 3 {
            driven.fail_rest(entries, &format!("not tried: the driver failed {fruitless} times in a row; {ending}"));
        }
    }
    Ok(driven)
}

fn name(entry: &Value) -> &str {
    entry["name"].as_str().unwrap_or_default()
}

fn first_open(entries: &[Value], driven: &Driven, otherwise: &str) -> String {
    let open = entries.iter().map(name).find(|name| !driven.answers.contains_key(*name));
    open.unwrap_or(otherwise).to_owned()
}

impl Driven {
    /// What several drivers of one language gave, each its own cases.
    pub(crate) fn merged(parts: Vec<Result<Self>>) -> Result<Self> {
        let mut whole = Self::default();
        for part in parts {
            let part = part?;
            whole.answers.extend(part.answers);
            whole.took.extend(part.took);
            whole.complaints.extend(part.complaints);
        }
        Ok(whole)
    }

    fn fail(&mut self, name: &str, why: &str) {
        self.answers.insert(name.to_owned(), Err(why.to_owned()));
    }

    fn fail_rest(&mut self, entries: &[Value], why: &str) {
        for entry in entries {
            self.answers.entry(name(entry).to_owned()).or_insert_with(|| Err(why.to_owned()));
        }
    }

    /// Takes one line of a driver's output; says whose answer it is.
    fn take(&mut self, line: &str) -> Option<String> {
        let parsed: Option<Value> = serde_json::from_str(line).ok();
        let answer = parsed.as_ref().and_then(|line| Some((line["name"].as_str()?, line["results"].as_array()?)));
        match answer {
            Some((name, results)) if !self.answers.contains_key(name) => {
                self.answers.insert(name.to_owned(), Ok(Answer { results: results.clone() }));
                Some(name.to_owned())
            }
            Some((name, _)) => {
                self.complaints.push(format!("a second answer to {name}"));
                None
            }
            None => {
                let shown: String = line.chars().take(200).collect();
                self.complaints.push(format!("not an answer: {shown}"));
                None
            }
        }
    }
}

/// A running driver, the leader of its own process group: it is ended with its children.
struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    stderr: JoinHandle<String>,
    group: Option<u32>,
}

impl Process {
    fn start(command: &str, environment: &BTreeMap<String, String>, plan: &Path) -> Result<Self> {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(format!("{command} \"$1\"")).arg("driver").arg(plan);
        for (variable, _) in std::env::vars_os() {
            if variable.to_string_lossy().starts_with("JULES_") {
                shell.env_remove(variable);
            }
        }
        shell.envs(environment);
        shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0).kill_on_drop(true);
        let mut child = shell.spawn().with_context(|| format!("can't start: {command}"))?;
        let stdout = child.stdout.take().context("no standard output")?;
        let mut errors = child.stderr.take().context("no standard error")?;
        let stderr = tokio::spawn(async move {
            let mut text = Vec::new();
            // What can't be read is only missing from a failure's details.
            let _ = errors.read_to_end(&mut text).await;
            String::from_utf8_lossy(&text).into_owned()
        });
        let group = child.id();
        Ok(Self { child, lines: BufReader::new(stdout).lines(), stderr, group })
    }

    async fn read(
        &mut self,
        expected: usize,
        case_limit: Duration,
        deadline: Instant,
        driven: &mut Driven,
        answered: &mut impl FnMut(&str),
    ) -> Stop {
        let mut open = expected;
        let mut since = Instant::now();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match timeout(case_limit.min(left), self.lines.next_line()).await {
                Ok(Ok(Some(line))) => {
                    if let Some(name) = driven.take(&line) {
                        open = open.saturating_sub(1);
                        driven.took.insert(name.clone(), since.elapsed());
                        since = Instant::now();
                        answered(&name);
                    }
                }
                Ok(_) => return Stop::Ended,
                // All is answered and yet it lives on: its ending says so.
                Err(_) if open == 0 => return Stop::Ended,
                Err(_) if left < case_limit => return Stop::LanguageLimit,
                Err(_) => return Stop::CaseLimit,
            }
        }
    }

    /// Gives the process a moment to leave by itself, then ends its group.
    async fn end(mut self) -> Ending {
        let left = timeout(Duration::from_millis(500), self.child.wait()).await;
        if let Some(group) = self.group {
            // Children that a driver left behind would keep its pipes open.
            // So spelled that every shell takes the group's number for one.
            let kill = Command::new("sh").arg("-c").arg(format!("kill -s KILL -- -{group} 2>/dev/null")).status();
            let _ = kill.await;
        }
        let status = match left {
            Ok(Ok(status)) if status.success() => "ended".to_owned(),
            Ok(Ok(status)) => format!("ended with {status}"),
            Ok(Err(error)) => format!("was lost: {error}"),
            Err(_) => "had to be killed".to_owned(),
        };
        let orderly = status == "ended";
        let stderr = timeout(Duration::from_secs(2), self.stderr).await;
        Ending { status, orderly, stderr: stderr.ok().and_then(Result::ok).unwrap_or_default() }
    }
}

/// How a process ended.
struct Ending {
    status: String,
    orderly: bool,
    stderr: String,
}

impl Ending {
    fn complaint(&self) -> Option<String> {
        (!self.orderly).then(|| self.to_string())
    }
}

impl std::fmt::Display for Ending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the driver {}", self.status)?;
        let lines: Vec<&str> = self.stderr.lines().filter(|line| !line.trim().is_empty()).collect();
        for line in &lines[lines.len().saturating_sub(12)..] {
            write!(f, "\n      | {line}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { case: Duration::from_millis(700), language: Duration::from_secs(20) };

    /// Runs three cases with a shell script as the driver; `$1` is the plan.
    async fn driven(test: &str, script: &str) -> Driven {
        let folder = std::env::temp_dir().join(format!("jules-conformance-{}-{test}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("driver.sh");
        std::fs::write(&path, script).unwrap();
        let entries = [json!({ "name": "a" }), json!({ "name": "b" }), json!({ "name": "c" })];
        let command = format!("sh '{}'", path.display());
        let driven = drive(&command, &BTreeMap::new(), &folder, &entries, LIMITS, |_| ()).await.unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        driven
    }

    fn answer(name: &str) -> String {
        format!("grep -q '\"{name}\"' \"$1\" && echo '{{\"name\":\"{name}\",\"results\":[]}}'\n")
    }

    fn failed(driven: &Driven) -> Vec<&str> {
        driven.answers.iter().filter(|(_, answer)| answer.is_err()).map(|(name, _)| name.as_str()).collect()
    }

    #[tokio::test]
    async fn every_case_is_answered() {
        let driven = driven("all", &(answer("a") + &answer("b") + &answer("c"))).await;
        assert_eq!(failed(&driven), [""; 0]);
        assert_eq!(driven.answers.len(), 3);
        assert_eq!(driven.complaints, [""; 0]);
    }

    #[tokio::test]
    async fn a_crash_costs_one_case() {
        let crash = "grep -q '\"b\"' \"$1\" && { echo broken >&2; exit 3; }\n";
        let driven = driven("crash", &(answer("a") + crash + &answer("c"))).await;
        assert_eq!(failed(&driven), ["b"]);
        let why = driven.answers["b"].as_ref().unwrap_err();
        assert!(why.contains('3') && why.contains("broken"), "{why}");
    }

    #[tokio::test]
    async fn a_hang_costs_one_case() {
        let hang = "grep -q '\"b\"' \"$1\" && sleep 60\n";
        let driven = driven("hang", &(answer("a") + hang + &answer("c"))).await;
        assert_eq!(failed(&driven), ["b"]);
    }

    #[tokio::test]
    async fn what_a_hanging_driver_started_ends_with_it() {
        let hang = "grep -q '\"b\"' \"$1\" && { sleep 60 & echo \"child $! \" >&2; wait; }\n";
        let driven = driven("child", &(answer("a") + hang + &answer("c"))).await;
        let why = driven.answers["b"].as_ref().unwrap_err();
        let child = why.split("child ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
        let seen = std::process::Command::new("ps").args(["-o", "stat=", "-p", child]).output().unwrap();
        let state = String::from_utf8_lossy(&seen.stdout).trim().to_owned();
        // Where nobody asks how it ended, something of a process is left, and no more than that.
        assert!(state.is_empty() || state.starts_with('Z'), "process {child} is {state}");
    }

    #[tokio::test]
    async fn a_driver_that_never_works_is_given_up() {
        let driven = driven("never", "echo no such module >&2; exit 1").await;
        assert_eq!(failed(&driven), ["a", "b", "c"]);
        assert!(driven.answers["c"].as_ref().unwrap_err().contains("no such module"));
    }

    #[tokio::test]
    async fn noise_second_answers_and_a_bad_exit_are_complaints() {
        let script = "echo hello\n".to_owned() + &answer("a") + &answer("a") + &answer("b") + &answer("c") + "exit 4\n";
        let driven = driven("noise", &script).await;
        assert_eq!(failed(&driven), [""; 0]);
        assert_eq!(driven.complaints.len(), 3, "{:?}", driven.complaints);
    }
}
