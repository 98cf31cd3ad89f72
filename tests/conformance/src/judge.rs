//! The verdict on one case in one language: each step's result against what the case expects.

use serde_json::Value;

use crate::case::{Case, Step};
use crate::language::Language;
use crate::matcher::{Saved, mismatches};

/// What a driver printed for one case.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// One result per step, in the steps' order.
    pub results: Vec<Value>,
}

/// Everything that is wrong with an answer, as lines for people; empty: the case passed. The second part is what
/// the answer saved, for later checks.
#[must_use]
pub fn judge(case: &Case, language: Language, answer: &Answer) -> (Vec<String>, Saved) {
    let mut court = Court { language, failures: Vec::new(), saved: Saved::default() };
    court.steps("step", &case.steps, &answer.results);
    (court.failures, court.saved)
}

struct Court {
    language: Language,
    failures: Vec<String>,
    saved: Saved,
}

impl Court {
    fn steps(&mut self, prefix: &str, steps: &[Step], results: &[Value]) {
        if steps.len() != results.len() {
            self.failures.push(format!("{prefix}s: {} were asked for, {} answered", steps.len(), results.len()));
        }
        for (index, (step, result)) in steps.iter().zip(results).enumerate() {
            let place = format!("{prefix} {} ({})", index + 1, step.op);
            self.step(&place, step, result);
        }
    }

    fn step(&mut self, place: &str, step: &Step, result: &Value) {
        match (result.get("ok"), result.get("error"), &step.error) {
            (Some(value), None, None) => self.value(place, step, value),
            (None, Some(error), Some(expected)) => {
                if let Some(name) = &step.name {
                    self.saved.insert(name, error.clone());
                }
                self.pattern(&format!("{place}: error"), expected, error);
                self.class(place, error);
            }
            (Some(value), None, Some(expected)) => self
                .failures
                .push(format!("{place}: expected the error {expected}, got {}", crate::matcher::short(value))),
            (None, Some(error), None) => self.failures.push(format!("{place}: failed: {}", failure(error))),
            _ => {
                self.failures.push(format!("{place}: neither a value nor an error: {}", crate::matcher::short(result)))
            }
        }
    }

    fn value(&mut self, place: &str, step: &Step, value: &Value) {
        if step.op == "parallel" {
            return self.branches(place, step, value);
        }
        if let Some(name) = &step.name {
            self.saved.insert(name, value.clone());
        }
        if let Some(expected) = &step.expect {
            self.pattern(place, expected, value);
        }
    }

    /// The kind must be a type of the language too, not only a word.
    fn class(&mut self, place: &str, error: &Value) {
        let kind = error.get("kind").and_then(Value::as_str).unwrap_or_default();
        let class = error.get("class").and_then(Value::as_str).unwrap_or("nothing");
        if let Some(expected) = self.language.error_class(kind).filter(|expected| expected != class) {
            self.failures.push(format!("{place}: the error's class is {class}, not {expected}"));
        }
    }

    fn branches(&mut self, place: &str, step: &Step, value: &Value) {
        let branches = value.as_array().map(Vec::as_slice).unwrap_or_default();
        if branches.len() != step.steps.len() {
            self.failures.push(format!("{place}: {} branches answered of {}", branches.len(), step.steps.len()));
        }
        for (index, (steps, results)) in step.steps.iter().zip(branches).enumerate() {
            let results = results.as_array().map(Vec::as_slice).unwrap_or_default();
            self.steps(&format!("{place} branch {} step", index + 1), steps, results);
        }
    }

    fn pattern(&mut self, place: &str, expected: &Value, actual: &Value) {
        for mismatch in mismatches(expected, Some(actual), &self.saved) {
            let path = if mismatch.path.is_empty() { String::new() } else { format!("{}: ", mismatch.path) };
            self.failures.push(format!("{place}: {path}{}", mismatch.message));
        }
    }
}

/// An error in one line.
fn failure(error: &Value) -> String {
    let word = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or("?");
    format!("{}: {}", word("kind"), word("message"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::case::parse;

    fn verdict(steps: &str, results: Value) -> Vec<String> {
        let cases = parse(&format!("- {{ name: x, about: y, steps: [{steps}] }}")).unwrap();
        let Value::Array(results) = results else { panic!("results are a list") };
        judge(&cases[0], Language::Node, &Answer { results }).0
    }

    #[test]
    fn a_value_as_expected_passes_and_another_does_not() {
        let steps = "{ op: info, expect: { state: completed } }";
        assert_eq!(verdict(steps, json!([{ "ok": { "state": "completed", "id": "1" } }])), Vec::<String>::new());
        assert_eq!(
            verdict(steps, json!([{ "ok": { "state": "failed" } }])),
            ["step 1 (info): state: expected \"completed\", got \"failed\""]
        );
    }

    #[test]
    fn a_step_without_expectation_still_must_not_fail() {
        assert_eq!(verdict("{ op: close }", json!([{ "ok": null }])), Vec::<String>::new());
        let failures = verdict("{ op: close }", json!([{ "error": { "kind": "Store", "message": "disk full" } }]));
        assert_eq!(failures, ["step 1 (close): failed: Store: disk full"]);
    }

    #[test]
    fn an_expected_error_must_come_and_must_be_the_right_one() {
        let steps = "{ op: info, error: { kind: NotFound, status: 404 } }";
        let error = |status: u16| json!([{ "error": { "kind": "NotFound", "class": "NotFoundError", "status": status, "message": "no" } }]);
        assert_eq!(verdict(steps, error(404)), Vec::<String>::new());
        assert_eq!(verdict(steps, error(403)).len(), 1);
        assert_eq!(verdict(steps, json!([{ "ok": {} }])).len(), 1);
    }

    #[test]
    fn the_kind_must_be_a_class_of_the_language() {
        let failures = |class: &str| {
            verdict("{ op: info, error: {} }", json!([{ "error": { "kind": "NotFound", "class": class } }]))
        };
        assert_eq!(failures("NotFoundError"), Vec::<String>::new());
        assert_eq!(failures("Error"), ["step 1 (info): the error's class is Error, not NotFoundError"]);
    }

    #[test]
    fn missing_and_surplus_results_fail() {
        assert_eq!(verdict("{ op: close }, { op: close }", json!([{ "ok": null }])).len(), 1);
        assert_eq!(verdict("{ op: close }", json!([{ "ok": null }, { "ok": null }])).len(), 1);
        assert_eq!(verdict("{ op: close }", json!([{}])).len(), 1);
        assert_eq!(verdict("{ op: close }", json!([{ "ok": null, "error": {} }])).len(), 1);
    }

    #[test]
    fn results_are_compared_with_earlier_ones() {
        let steps = "{ op: info, as: a }, { op: info, expect: { $same: a } }";
        assert_eq!(verdict(steps, json!([{ "ok": 1 }, { "ok": 1 }])), Vec::<String>::new());
        assert_eq!(verdict(steps, json!([{ "ok": 1 }, { "ok": 2 }])).len(), 1);
    }

    #[test]
    fn parallel_branches_are_judged_step_by_step() {
        let steps = "{ op: parallel, steps: [[{ op: info, expect: 1 }], [{ op: close }]] }";
        let answer = |first: u8| json!([{ "ok": [[{ "ok": first }], [{ "ok": null }]] }]);
        assert_eq!(verdict(steps, answer(1)), Vec::<String>::new());
        assert_eq!(verdict(steps, answer(2)), ["step 1 (parallel) branch 1 step 1 (info): expected 1, got 2"]);
        assert_eq!(verdict(steps, json!([{ "ok": [[{ "ok": 1 }]] }])).len(), 1);
        assert_eq!(verdict(steps, json!([{ "ok": [[], [{ "ok": null }]] }])).len(), 1);
    }
}
