//! The fault matrix: every fault on the way to the server against every operation, each cell a case like those in
//! `cases/`. What is in it stands in `matrix.yaml`; what must hold in a cell follows from its row and its column.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use jules_emulator::SessionSeed;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::case::{Case, Cell, Check, Seen, Step, check};

/// Which cells to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of them.
    Whole,
    /// So many that every fault and every operation is met.
    Spread,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Matrix {
    options: Map<String, Value>,
    /// How long a cell may take.
    within_ms: u64,
    /// Beside the emulator's own.
    scenarios: Vec<Value>,
    faults: Vec<Fault>,
    operations: Vec<Operation>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Fault {
    name: String,
    /// In the emulator's format, without the operation.
    fault: Map<String, Value>,
    /// The kind of the error that it leads to; nothing where the operation works all the same.
    error: Option<String>,
    /// Whether the error says the same in each language: not where it quotes an answer that is never the same.
    #[serde(default = "yes")]
    compare: bool,
    /// Only for operations of these classes; without it for those of all.
    #[serde(default)]
    only: Vec<Class>,
    /// Not for operations of these.
    #[serde(default)]
    not: Vec<Class>,
}

/// What an operation is, as far as faults care.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Class {
    /// It changes something at the server, and the fault meets that request.
    Effect,
    /// The fault meets the request that makes a session.
    Create,
    /// The fault meets what is read page by page.
    List,
    /// The fault meets a list that is believed to be whole: an empty one is an empty account.
    Page,
    /// The fault meets what reads one thing.
    Get,
    /// An agent is at work while it goes on, so that faults of its activities can be met.
    Live,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Operation {
    name: String,
    /// Which requests the fault meets.
    on: String,
    is: Vec<Class>,
    #[serde(default)]
    sessions: Vec<SessionSeed>,
    /// Whether the client has a store on disk.
    #[serde(default)]
    cache: bool,
    #[serde(default)]
    before: Vec<Step>,
    step: Step,
    /// Steps behind it, where it gives what it gives without the fault.
    #[serde(default)]
    then: Vec<Step>,
    /// What the step gives where it fails with a value, `KIND` being the error's kind.
    fails: Option<Value>,
    /// What is looked at where it worked.
    #[serde(default)]
    once: Vec<Check>,
    /// What is looked at where it did not.
    #[serde(default)]
    never: Vec<Check>,
    /// Most requests that the fault may meet where it passes.
    #[serde(default = "few")]
    requests: u64,
    /// Faults that have an error aren't for it: it goes on for as long as they last.
    #[serde(default)]
    passing_only: bool,
    /// By fault: what is otherwise than the fault's row says.
    #[serde(default)]
    but: BTreeMap<String, But>,
}

/// How a cell differs from its row and column.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
enum But {
    /// There is no such cell.
    Skip,
    /// It works, though the row has an error.
    Works,
    /// It works and gives this.
    Gives(Value),
    /// It works and gives this; the rest depends on how long the session has been over by then, and isn't compared.
    Varies(Value),
    /// It fails with this kind.
    Error(String),
    /// It fails as a whole with this kind, though it mostly has a value for that.
    Throws(String),
    /// It fails with this kind, though it was done.
    AlreadyDone(String),
}

impl But {
    fn error(&self) -> Option<&String> {
        match self {
            Self::Error(kind) | Self::Throws(kind) | Self::AlreadyDone(kind) => Some(kind),
            Self::Skip | Self::Works | Self::Gives(_) | Self::Varies(_) => None,
        }
    }

    /// What it gives instead.
    fn gives(&self) -> Option<&Value> {
        match self {
            Self::Gives(pattern) | Self::Varies(pattern) => Some(pattern),
            Self::Skip | Self::Works | Self::Error(_) | Self::Throws(_) | Self::AlreadyDone(_) => None,
        }
    }
}

/// So many more where the fault lasts: a retry each 15 ms for as long as retries go on, of three calls.
const MOST_REQUESTS: u64 = 300;

/// What an operation needs at most where the fault passes: itself, its retries, and what it looks at.
fn few() -> u64 {
    8
}

fn yes() -> bool {
    true
}

/// Reads the matrix and makes its cells.
///
/// # Errors
/// A file that can't be read, or a row or column that makes no sense.
pub fn load(file: &Path, part: Part) -> Result<Vec<Case>> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    // The repeated answers are anchors, and the file is our own.
    let options = serde_saphyr::options! { budget: serde_saphyr::budget! { enforce_alias_anchor_ratio: false } };
    let matrix: Matrix = serde_saphyr::from_str_with_options(&text, options)
        .map_err(|error| anyhow::anyhow!("{}: {error}", file.display()))?;
    matrix.check_exceptions()?;
    let cells = matrix.cells(part);
    ensure!(!cells.is_empty(), "{} has no cells", file.display());
    for cell in &cells {
        check(cell).with_context(|| format!("case {}", cell.name))?;
    }
    Ok(cells)
}

impl Matrix {
    /// An exception from nothing is a typo.
    fn check_exceptions(&self) -> Result<()> {
        for operation in &self.operations {
            for name in operation.but.keys() {
                let fault = self.faults.iter().find(|fault| fault.name == *name);
                let fault = fault.with_context(|| format!("{}: there is no fault {name:?}", operation.name))?;
                ensure!(fault.is_for(operation), "{}: {name} doesn't meet it at all", operation.name);
            }
        }
        Ok(())
    }

    fn cells(&self, part: Part) -> Vec<Case> {
        let mut cells = Vec::new();
        for (row, fault) in self.faults.iter().enumerate() {
            let operations: Vec<_> = self.operations.iter().filter(|operation| fault.meets(operation)).collect();
            for (column, operation) in operations.iter().enumerate() {
                // Diagonals: each row and each column has its share.
                if part == Part::Whole || (row + column) % SPREAD.min(operations.len()) == 0 {
                    cells.push(self.cell(fault, operation));
                }
            }
        }
        cells
    }

    fn cell(&self, fault: &Fault, operation: &Operation) -> Case {
        let mut met = fault.fault.clone();
        met.insert("on".to_owned(), operation.on.clone().into());
        let but = operation.but.get(&fault.name);
        let error = but.map_or(fault.error.as_ref(), But::error);
        let gives = but.and_then(But::gives);
        let is_done = error.is_none() || matches!(but, Some(But::AlreadyDone(_)));
        let mut step = operation.step.clone();
        step.compare &= fault.compare && !matches!(but, Some(But::Varies(_)));
        let mut steps = operation.before.clone();
        let mut looked_at = if is_done { &operation.once } else { &operation.never }.clone();
        match (error, &operation.fails) {
            (Some(kind), Some(pattern)) if !matches!(but, Some(But::Throws(_))) => {
                step.expect = Some(with_kind(pattern, kind))
            }
            (Some(kind), _) => (step.expect, step.error) = (None, Some(json!({ "kind": kind }))),
            (None, _) => {
                if let Some(pattern) = gives {
                    step.expect = Some(pattern.clone());
                }
            }
        }
        steps.push(step);
        if error.is_none() && gives.is_none() {
            steps.extend(operation.then.iter().cloned());
        }
        let passes = met.get("times").and_then(Value::as_u64);
        looked_at.push(bounded(&operation.on, operation.requests + passes.unwrap_or(MOST_REQUESTS)));
        let effect =
            if operation.is.contains(&Class::Effect) { "done once or not at all" } else { "read whole or not at all" };
        let mut case = Case {
            name: format!("matrix-{}-{}", operation.name, fault.name),
            about: format!("{} under {}: {effect}.", operation.name, fault.name),
            options: self.options.clone(),
            cache: operation.cache,
            within_ms: Some(self.within_ms),
            cell: Some(Cell { operation: operation.name.clone(), fault: fault.name.clone() }),
            steps,
            afterwards: looked_at,
            ..Case::in_world(operation.sessions.clone(), vec![Value::Object(met)])
        };
        case.emulator.scenarios.clone_from(&self.scenarios);
        case
    }
}

impl Fault {
    fn meets(&self, operation: &Operation) -> bool {
        let skipped = matches!(operation.but.get(&self.name), Some(But::Skip));
        !skipped && self.is_for(operation)
    }

    fn is_for(&self, operation: &Operation) -> bool {
        let any = |classes: &[Class]| classes.iter().any(|class| operation.is.contains(class));
        let lasts = self.error.is_some() && operation.passing_only;
        !lasts && (self.only.is_empty() || any(&self.only)) && !any(&self.not)
    }
}

/// The pattern with the error's kind in it.
fn with_kind(pattern: &Value, kind: &str) -> Value {
    match pattern {
        Value::String(word) if word == "KIND" => json!(kind),
        Value::Array(items) => items.iter().map(|item| with_kind(item, kind)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), with_kind(value, kind))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

/// One cell of so many is in the spread; no divisor of the number of operations, so that the diagonals meet all.
const SPREAD: usize = 31;

/// Requests end.
fn bounded(operation: &str, most: u64) -> Check {
    let only = [("operation".to_owned(), Value::from(operation))].into_iter().collect();
    let expect = json!({ "$len": { "$between": [1, most] } });
    Check { see: Seen::Journal, of: crate::case::Whose::Main, only, expect }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn cells(part: Part) -> Vec<Case> {
        load(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/matrix.yaml")), part).unwrap()
    }

    #[test]
    fn every_cell_is_a_case_of_its_own() {
        let cells = cells(Part::Whole);
        let names: BTreeSet<_> = cells.iter().map(|cell| cell.name.as_str()).collect();
        assert_eq!((names.len(), cells.len()), (CELLS, CELLS), "who adds a fault or an operation changes CELLS");
    }

    #[test]
    fn the_spread_meets_every_fault_and_every_operation() {
        let (spread, whole) = (cells(Part::Spread), cells(Part::Whole));
        let met = |cells: &[Case], name: fn(&Cell) -> &String| -> BTreeSet<String> {
            cells.iter().filter_map(|cell| cell.cell.as_ref()).map(|cell| name(cell).clone()).collect()
        };
        assert_eq!(met(&spread, |cell| &cell.operation), met(&whole, |cell| &cell.operation));
        assert_eq!(met(&spread, |cell| &cell.fault), met(&whole, |cell| &cell.fault));
        assert!(spread.len() < 130, "`make test` has time for about a hundred, not {}", spread.len());
    }

    const CELLS: usize = 3171;
}
