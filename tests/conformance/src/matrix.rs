//! The fault matrix: every fault on the way to the server against every operation, each cell a case like those in
//! `cases/`. What is in it stands in `matrix.yaml`; what must hold in a cell follows from its row and its column.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use jules_emulator::SessionSeed;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::case::{Case, Check, Seen, Step, check};

/// Most requests of one operation in a cell: a retry each 10 ms for as long as retries go on, and a few.
const MOST_REQUESTS: u64 = 200;

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
    /// Only for what is read page by page.
    #[serde(default)]
    lists: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Operation {
    name: String,
    /// Which requests the fault meets.
    on: String,
    /// Whether it changes something at the server.
    #[serde(default)]
    effect: bool,
    #[serde(default)]
    lists: bool,
    #[serde(default)]
    sessions: Vec<SessionSeed>,
    #[serde(default)]
    before: Vec<Step>,
    step: Step,
    /// What is looked at where it worked.
    #[serde(default)]
    once: Vec<Check>,
    /// What is looked at where it did not.
    #[serde(default)]
    never: Vec<Check>,
}

/// Reads the matrix and makes its cells.
///
/// # Errors
/// A file that can't be read, or a row or column that makes no sense.
pub fn load(file: &Path, part: Part) -> Result<Vec<Case>> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let matrix: Matrix =
        serde_saphyr::from_str(&text).map_err(|error| anyhow::anyhow!("{}: {error}", file.display()))?;
    let cells = matrix.cells(part);
    ensure!(!cells.is_empty(), "{} has no cells", file.display());
    for cell in &cells {
        check(cell).with_context(|| format!("case {}", cell.name))?;
    }
    Ok(cells)
}

impl Matrix {
    fn cells(&self, part: Part) -> Vec<Case> {
        let mut cells = Vec::new();
        for (row, fault) in self.faults.iter().enumerate() {
            let operations: Vec<_> =
                self.operations.iter().filter(|operation| operation.lists || !fault.lists).collect();
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
        let mut step = operation.step.clone();
        let mut looked_at = operation.once.clone();
        if let Some(kind) = &fault.error {
            step.expect = None;
            step.error = Some(json!({ "kind": kind }));
            looked_at = operation.never.clone();
        }
        looked_at.push(bounded(&operation.on));
        let effect = if operation.effect { "done once or not at all" } else { "read whole or not at all" };
        Case {
            name: format!("matrix-{}-{}", operation.name, fault.name),
            about: format!("{} under {}: {effect}.", operation.name, fault.name),
            options: self.options.clone(),
            steps: operation.before.iter().cloned().chain([step]).collect(),
            afterwards: looked_at,
            ..Case::in_world(operation.sessions.clone(), vec![Value::Object(met)])
        }
    }
}

/// One cell of so many is in the spread; no divisor of the number of operations, so that the diagonals meet all.
const SPREAD: usize = 7;

/// Requests end.
fn bounded(operation: &str) -> Check {
    let only = [("operation".to_owned(), Value::from(operation))].into_iter().collect();
    let expect = json!({ "$len": { "$between": [1, MOST_REQUESTS] } });
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
        let on = |cells: &[Case]| -> BTreeSet<String> {
            cells.iter().map(|cell| cell.emulator.faults[0]["on"].to_string()).collect()
        };
        let faults = |cells: &[Case]| -> BTreeSet<String> {
            let name = |cell: &Case| {
                cell.about.split(": ").next().and_then(|head| head.split(" under ").nth(1)).unwrap().to_owned()
            };
            cells.iter().map(name).collect()
        };
        assert_eq!(on(&spread), on(&whole));
        assert_eq!(faults(&spread), faults(&whole));
        assert!(spread.len() * 5 < whole.len());
    }

    const CELLS: usize = 669;
}
