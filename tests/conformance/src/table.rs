//! The fault matrix as tables: how many cells each operation and each fault has, and how many hold in each language.

use crate::case::Cell;
use crate::report::Report;

/// Operations by the faults that meet them, then faults by operations; empty where no cell was run.
#[must_use]
pub(crate) fn text(report: &Report) -> String {
    let operations = table(report, "operation", "faults", |cell| &cell.operation);
    let faults = table(report, "fault", "operations", |cell| &cell.fault);
    operations + &faults
}

fn table(report: &Report, title: &str, others: &str, name: fn(&Cell) -> &String) -> String {
    let mut names: Vec<&String> = Vec::new();
    for cell in report.cells.iter().flatten() {
        if !names.contains(&name(cell)) {
            names.push(name(cell));
        }
    }
    if names.is_empty() {
        return String::new();
    }
    let columns: Vec<_> = report.columns.iter().filter(|column| column.skipped.is_none()).collect();
    let heads: Vec<&str> = columns.iter().map(|column| column.language.name()).collect();
    let mut text = format!("| {title} | {others} | {} |\n|---|--:|{}\n", heads.join(" | "), "--:|".repeat(heads.len()));
    let mut row = |title: &str, cells: &[usize]| {
        let held = columns.iter().map(|column| {
            let held = cells.iter().filter(|&&cell| column.verdicts.get(cell).is_some_and(Vec::is_empty)).count();
            if held == cells.len() { held.to_string() } else { format!("{held} of {}", cells.len()) }
        });
        text += &format!("| {title} | {} | {} |\n", cells.len(), held.collect::<Vec<_>>().join(" | "));
    };
    let of = |which: Option<&String>| -> Vec<usize> {
        let is = |cell: &Cell| which.is_none_or(|which| name(cell) == which);
        (0..report.cells.len()).filter(|&index| report.cells[index].as_ref().is_some_and(is)).collect()
    };
    for name in names {
        row(name, &of(Some(name)));
    }
    row("all", &of(None));
    text + "\n"
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::language::Language;
    use crate::report::Column;

    #[test]
    fn cells_are_counted_by_operation_and_by_fault() {
        let cell = |operation: &str, fault: &str| Some(Cell { operation: operation.into(), fault: fault.into() });
        let mut rust = Column::new(Language::Rust);
        for failures in [vec![], vec!["wrong".to_owned()], vec![], vec![]] {
            rust.add(failures, None);
        }
        let mut swift = Column::new(Language::Swift);
        swift.skipped = Some("not here".to_owned());
        let report = Report {
            cases: ["a-reset", "a-hang", "b-reset", "another"].map(str::to_owned).into(),
            cells: vec![cell("a", "reset"), cell("a", "hang"), cell("b", "reset"), None],
            columns: vec![rust, swift],
            took: Duration::ZERO,
        };
        let expected = "| operation | faults | rust |\n|---|--:|--:|\n| a | 2 | 1 of 2 |\n| b | 1 | 1 |\n| all | 3 | 2 of 3 |\n\n\
                        | fault | operations | rust |\n|---|--:|--:|\n| reset | 2 | 2 |\n| hang | 1 | 0 of 1 |\n| all | 3 | 2 of 3 |\n\n";
        assert_eq!(text(&report), expected);
        assert!(report.text().contains(expected));
    }
}
