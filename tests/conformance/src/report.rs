//! What came of a run: a table of case × language, the failures in words, and one closing line.

use std::fmt::Write;
use std::time::Duration;

use crate::case::Cell;
use crate::judge::Answer;
use crate::language::Language;
use crate::table;

/// One language's part of a run.
#[derive(Debug, Clone)]
pub struct Column {
    /// Whose.
    pub language: Language,
    /// Why it wasn't run at all.
    pub skipped: Option<String>,
    /// What is wrong in each case, in the cases' order; empty where a case passed.
    pub verdicts: Vec<Vec<String>>,
    /// What the driver answered.
    pub answers: Vec<Option<Answer>>,
    /// What the driver did against the protocol.
    pub complaints: Vec<String>,
    /// How long its drivers ran.
    pub took: Duration,
}

impl Column {
    /// A column without verdicts.
    #[must_use]
    pub fn new(language: Language) -> Self {
        Self {
            language,
            skipped: None,
            verdicts: Vec::new(),
            answers: Vec::new(),
            complaints: Vec::new(),
            took: Duration::ZERO,
        }
    }

    /// Adds the next case.
    pub fn add(&mut self, failures: Vec<String>, answer: Option<Answer>) {
        self.verdicts.push(failures);
        self.answers.push(answer);
    }

    /// Whether a case was run and something is wrong with it.
    #[must_use]
    pub fn failed(&self, case: usize) -> bool {
        self.verdicts.get(case).is_some_and(|failures| !failures.is_empty())
    }

    fn mark(&self, case: usize) -> &'static str {
        match self.verdicts.get(case) {
            Some(failures) if failures.is_empty() => "✓",
            Some(_) => "✗",
            None => "–",
        }
    }
}

/// The whole run.
#[derive(Debug, Clone)]
pub struct Report {
    /// The cases' names.
    pub cases: Vec<String>,
    /// Where in the fault matrix each is.
    pub cells: Vec<Option<Cell>>,
    /// The languages.
    pub columns: Vec<Column>,
    /// How long it took.
    pub took: Duration,
}

impl Report {
    /// How many cases passed, over all languages.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.columns.iter().flat_map(|column| &column.verdicts).filter(|failures| failures.is_empty()).count()
    }

    /// How many failed; a driver that breaks the protocol is one more.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.failures().len()
    }

    /// What failed: which, and what is wrong with it in lines of its own.
    fn failures(&self) -> Vec<String> {
        let cases = self.cases.iter().enumerate().flat_map(|(index, name)| {
            self.columns.iter().filter_map(move |column| {
                let wrong = column.verdicts.get(index).filter(|wrong| !wrong.is_empty())?;
                Some((format!("{name} · {}", column.language), wrong.clone()))
            })
        });
        let drivers = self.columns.iter().filter(|column| !column.complaints.is_empty());
        cases
            .chain(drivers.map(|column| (format!("{} driver", column.language), column.complaints.clone())))
            .map(|(which, wrong)| format!("{which}\n    {}", wrong.join("\n    ")))
            .collect()
    }

    /// The languages that weren't run.
    pub fn skipped(&self) -> impl Iterator<Item = (Language, &str)> {
        self.columns.iter().filter_map(|column| Some((column.language, column.skipped.as_deref()?)))
    }

    /// Whether the run as a whole is good.
    #[must_use]
    pub fn is_good(&self, allow_missing: bool) -> bool {
        self.failed() == 0 && self.passed() > 0 && (allow_missing || self.skipped().next().is_none())
    }

    /// Everything as text for a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        let width = self.cases.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        text += &format!("{:width$}", "case");
        for column in &self.columns {
            text += &format!("  {:^6}", column.language);
        }
        text.push('\n');
        for (index, name) in self.listed() {
            text += &format!("{name:width$}");
            for column in &self.columns {
                text += &format!("  {:^6}", column.mark(index));
            }
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
        text + "\n" + &table::text(self) + &self.details() + &self.closing() + "\n"
    }

    /// The cases with a line of their own: of the matrix's cells, which are many, those that failed.
    fn listed(&self) -> impl Iterator<Item = (usize, &str)> {
        let whole = |index: &usize| self.cells[*index].is_none() || self.columns.iter().any(|one| one.failed(*index));
        (0..self.cases.len()).filter(whole).map(|index| (index, self.cases[index].as_str()))
    }

    /// The table as Markdown, with the closing line.
    #[must_use]
    pub fn markdown(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|column| column.language.name()).collect();
        let mut text = format!("| case | {} |\n|---|{}\n", names.join(" | "), ":-:|".repeat(names.len()));
        for (index, name) in self.listed() {
            let marks: Vec<&str> = self.columns.iter().map(|column| column.mark(index)).collect();
            text += &format!("| {name} | {} |\n", marks.join(" | "));
        }
        text + "\n" + &table::text(self) + &self.details() + &self.closing() + "\n"
    }

    /// How many passed, what failed and what was skipped, for programs.
    #[must_use]
    pub fn json(&self) -> String {
        let skipped: Vec<String> = self.skipped().map(|(language, why)| format!("{language}: {why}")).collect();
        serde_json::json!({ "passed": self.passed(), "failed": self.failures(), "skipped": skipped }).to_string()
    }

    fn details(&self) -> String {
        let mut lines: Vec<String> = self.failures().iter().map(|failure| format!("✗ {failure}\n")).collect();
        lines.extend(self.skipped().map(|(language, why)| format!("– {language} skipped: {why}\n")));
        if !lines.is_empty() {
            lines.push("\n".to_owned());
        }
        lines.concat()
    }

    fn closing(&self) -> String {
        let mut times = String::new();
        for column in self.columns.iter().filter(|column| column.skipped.is_none()) {
            // Writing to a String can't fail.
            let _ = write!(times, "{} {:.1} s · ", column.language, column.took.as_secs_f64());
        }
        format!(
            "{times}in all {:.1} s\nconformance: {} passed, {} failed",
            self.took.as_secs_f64(),
            self.passed(),
            self.failed()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let mut rust = Column::new(Language::Rust);
        rust.add(Vec::new(), None);
        rust.add(vec!["step 1 (info): failed".to_owned()], None);
        let mut swift = Column::new(Language::Swift);
        swift.skipped = Some("JULES_DRIVER_SWIFT is not set".to_owned());
        Report {
            cases: vec!["one".to_owned(), "other".to_owned()],
            cells: vec![None, None],
            columns: vec![rust, swift],
            took: Duration::ZERO,
        }
    }

    #[test]
    fn the_table_shows_what_passed_failed_and_was_skipped() {
        let text = report().text();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0].split_whitespace().collect::<Vec<_>>(), ["case", "rust", "swift"]);
        assert_eq!(lines[1].split_whitespace().collect::<Vec<_>>(), ["one", "✓", "–"]);
        assert_eq!(lines[2].split_whitespace().collect::<Vec<_>>(), ["other", "✗", "–"]);
        assert!(text.contains("✗ other · rust\n    step 1 (info): failed\n"));
        assert!(text.contains("– swift skipped: JULES_DRIVER_SWIFT is not set"));
        assert!(text.ends_with("conformance: 1 passed, 1 failed\n"), "{text}");
    }

    #[test]
    fn the_counts_are_there_for_programs_too() {
        let counts: serde_json::Value = serde_json::from_str(&report().json()).unwrap();
        let skipped = ["swift: JULES_DRIVER_SWIFT is not set"];
        let failed = ["other · rust\n    step 1 (info): failed"];
        assert_eq!(counts, serde_json::json!({ "passed": 1, "failed": failed, "skipped": skipped }));
    }

    #[test]
    fn a_missing_language_a_failure_or_a_complaint_makes_the_run_bad() {
        let mut report = report();
        assert!(!report.is_good(true));
        report.columns[0].verdicts[1].clear();
        assert!(report.is_good(true));
        assert!(!report.is_good(false));
        report.columns[0].complaints.push("noise".to_owned());
        assert!(!report.is_good(true));
    }

    #[test]
    fn a_run_of_nothing_is_not_good() {
        assert!(
            !Report { cases: Vec::new(), cells: Vec::new(), columns: Vec::new(), took: Duration::ZERO }.is_good(true)
        );
    }
}
