//! Do all languages give the same answer? Ids, times, ports and durations differ from run to run and are made
//! equal first; everything else, to the last field, must be the same.

use std::collections::BTreeMap;

use regex_lite::{Captures, Regex};
use serde_json::{Map, Value, json};

use crate::case::Step;
use crate::judge::Answer;
use crate::matcher::short;

/// Where two answers to the same steps differ, as lines for people. `us` and `them` are languages' names.
#[must_use]
pub fn differences(steps: &[Step], us: (&str, &Answer), them: (&str, &Answer)) -> Vec<String> {
    let normal = |answer: &Answer| {
        let kept = comparable(steps, &answer.results);
        Normaliser::new().value(&kept)
    };
    let mut found = Vec::new();
    compare("", &normal(us.1), &normal(them.1), &mut |path, ours, theirs| {
        found.push(format!("differs from {}: {path}: {} has {ours}, {} has {theirs}", them.0, us.0, them.0));
    });
    found
}

/// The results without those that a case leaves out of the comparison.
fn comparable(steps: &[Step], results: &[Value]) -> Value {
    let kept = steps.iter().zip(results).map(|(step, result)| match result.get("ok") {
        _ if !step.compare => Value::Null,
        Some(Value::Array(branches)) if step.op == "parallel" => {
            let branch = |(steps, results): (&Vec<Step>, &Value)| {
                comparable(steps, results.as_array().map(Vec::as_slice).unwrap_or_default())
            };
            Value::Array(step.steps.iter().zip(branches).map(branch).collect())
        }
        // How a language says that something was cancelled is its own affair.
        None if result["error"]["kind"] == "Cancelled" => json!({ "error": "Cancelled" }),
        _ => result.clone(),
    });
    Value::Array(kept.collect())
}

fn compare(path: &str, ours: &Value, theirs: &Value, report: &mut impl FnMut(&str, String, String)) {
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<_> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let inner = format!("{path}.{key}");
                match (a.get(key), b.get(key)) {
                    (Some(a), Some(b)) => compare(&inner, a, b, report),
                    (a, b) => report(&inner, there(a), there(b)),
                }
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                compare(&format!("{path}[{index}]"), a, b, report);
            }
        }
        (a, b) if a == b => {}
        (a, b) => report(path, short(a), short(b)),
    }
}

fn there(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), short)
}

/// Fields whose values depend on chance or pace.
const VARYING: &[&str] =
    &["attempts", "bytes", "durationMs", "location", "rate", "requestId", "retryAfterMs", "worker"];
/// A language's own name for an error; judged by the language's own tests.
const NATIVE: &[&str] = &["cause", "class"];
/// Fields that hold an id. The same id gets the same stand-in everywhere in an answer.
const IDS: &[&str] = &["id", "sessionId", "planId"];

/// Longer texts are content of the agent's, the same in every run.
const LONGEST_MESSAGE: usize = 2000;

/// Gives ids stand-ins in the order of their appearance, and takes times and ports away.
struct Normaliser {
    ids: BTreeMap<String, String>,
    time: Option<Regex>,
    port: Option<Regex>,
    span: Option<Regex>,
    word: Option<Regex>,
    hump: Option<Regex>,
    passed: Option<Regex>,
}

impl Normaliser {
    fn new() -> Self {
        Self {
            ids: BTreeMap::new(),
            time: Regex::new(r"\d{4}-\d\d-\d\dT\d\d(:|%3A)\d\d(:|%3A)\d\d(\.\d+)?Z").ok(),
            port: Regex::new(r"(127\.0\.0\.1|localhost):\d+").ok(),
            span: Regex::new(r"\b\d+(\.\d+)? ?(ms|s|attempts)\b|\bcolumn \d+").ok(),
            word: Regex::new(r"[A-Za-z0-9_-]+").ok(),
            hump: Regex::new(r"([a-z0-9])([A-Z])").ok(),
            passed: Regex::new(r"(\w)(?:=|: )(true|false|\.\.\.)").ok(),
        }
    }

    fn value(&mut self, value: &Value) -> Value {
        self.gather(value);
        self.stand_ins(value)
    }

    /// Learns the ids. Objects are walked in the order of their keys, so that every language gives the same stand-ins.
    fn gather(&mut self, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.gather(item)),
            Value::Object(fields) => {
                let mut keys: Vec<_> = fields.keys().collect();
                keys.sort();
                for key in keys {
                    match &fields[key] {
                        Value::String(id) if IDS.contains(&key.as_str()) && !id.is_empty() && !id.contains('/') => {
                            let next = format!("#{}", self.ids.len() + 1);
                            self.ids.entry(id.clone()).or_insert(next);
                        }
                        inner => self.gather(inner),
                    }
                }
            }
            _ => {}
        }
    }

    fn stand_ins(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Number(number) => whole(number),
            Value::Array(items) => items.iter().map(|item| self.stand_ins(item)).collect(),
            Value::Object(fields) => Value::Object(self.fields(fields)),
            other => other.clone(),
        }
    }

    fn fields(&self, fields: &Map<String, Value>) -> Map<String, Value> {
        let kept = fields.iter().filter(|(key, _)| !NATIVE.contains(&key.as_str()));
        let is_error = fields.contains_key("kind");
        kept.map(|(key, value)| match (key.as_str(), value) {
            (varying, _) if VARYING.contains(&varying) => (key.clone(), Value::from("…")),
            ("message", Value::String(text)) if is_error => (key.clone(), Value::String(self.spelt(&self.text(text)))),
            _ => (key.clone(), self.stand_ins(value)),
        })
        .collect()
    }

    /// An error's text with its options as Rust writes them: each language names them in its own way.
    fn spelt(&self, text: &str) -> String {
        let Some((hump, passed)) = self.hump.as_ref().zip(self.passed.as_ref()) else { return text.to_owned() };
        let text = hump.replace_all(text, "${1}_${2}").to_lowercase();
        let text = text.replace("_timeout_ms", "_timeout").replace("allows_insecure", "allow_insecure");
        passed.replace_all(&text, "${1}(${2})").into_owned()
    }

    fn text(&self, text: &str) -> String {
        if text.len() > LONGEST_MESSAGE {
            return text.to_owned();
        }
        let replace = |regex: &Option<Regex>, text: String, by: &dyn Fn(&Captures<'_>) -> String| match regex {
            Some(regex) => regex.replace_all(&text, |found: &Captures<'_>| by(found)).into_owned(),
            None => text,
        };
        let text = replace(&self.time, text.to_owned(), &|_| "(time)".to_owned());
        let text = replace(&self.port, text, &|_| "(here)".to_owned());
        let text = replace(&self.span, text, &|_| "(so long)".to_owned());
        // An error says how long it took only where that was long.
        let text = text.replace("after (so long), ", "");
        replace(&self.word, text, &|found| {
            let word = found.get(0).map_or("", |word| word.as_str());
            self.ids.get(word).cloned().unwrap_or_else(|| word.to_owned())
        })
    }
}

/// `2.0` is `2`: JSON has one kind of number, not every language does.
fn whole(number: &serde_json::Number) -> Value {
    match number.as_f64() {
        #[allow(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 9e15 => Value::from(float as i64),
        _ => Value::Number(number.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(yaml: &str) -> Vec<Step> {
        crate::case::parse(&format!("- {{ name: x, about: y, steps: [{yaml}] }}")).unwrap().remove(0).steps
    }

    #[track_caller]
    fn differ(ours: Value, theirs: Value) -> Vec<String> {
        let answer = |value: Value| Answer { results: vec![json!({ "ok": value })] };
        differences(&steps("{ op: info }"), ("node", &answer(ours)), ("rust", &answer(theirs)))
    }

    #[test]
    fn ids_times_ports_and_durations_may_differ() {
        let run = |id: &str, second: u8, port: u16| {
            json!({
                "id": id,
                "name": format!("sessions/{id}"),
                "createTime": format!("2025-10-03T05:43:{second:02}.5Z"),
                "durationMs": second,
                "message": format!("GET http://127.0.0.1:{port}/v1alpha/sessions/{id} failed after {second} ms"),
            })
        };
        assert_eq!(differ(run("314", 10, 4000), run("aff", 59, 50_000)), Vec::<String>::new());
    }

    #[test]
    fn only_what_took_long_says_so() {
        let said = |long: &str| json!({ "kind": "Api", "message": format!("reading the session: it failed (http 302, {long}session 7)") });
        assert_eq!(differ(said("after 1.5 s, "), said("")), Vec::<String>::new());
    }

    #[test]
    fn relations_between_ids_must_be_the_same() {
        let found = differ(json!([{ "id": "1" }, { "id": "1" }]), json!([{ "id": "7" }, { "id": "8" }]));
        assert_eq!(found, ["differs from rust: [0].ok[1].id: node has \"#1\", rust has \"#2\""]);
    }

    #[test]
    fn a_null_is_not_an_absence() {
        let found = differ(json!({ "title": null }), json!({}));
        assert_eq!(found, ["differs from rust: [0].ok.title: node has null, rust has nothing"]);
    }

    #[test]
    fn texts_numbers_and_lengths_must_be_equal() {
        assert_eq!(differ(json!("a"), json!("b")).len(), 1);
        assert_eq!(differ(json!(1), json!(2)).len(), 1);
        assert_eq!(differ(json!(1.0), json!(1)), Vec::<String>::new());
        assert_eq!(differ(json!([1]), json!([1, 2])).len(), 1);
        assert_eq!(differ(json!("1"), json!(1)).len(), 1);
    }

    #[test]
    fn an_option_is_named_as_each_language_writes_it() {
        let error = |text: &str| json!({ "kind": "Config", "message": text });
        for (ours, theirs) in [
            ("maxAttempts must be at least 1", "max_attempts must be at least 1"),
            ("set allowInsecureHttp: true.", "set allow_insecure_http(true)."),
            ("set allow_insecure_http=True.", "set allowsInsecureHTTP: true."),
            ("stallTimeoutMs must be longer than zero", "stall_timeout must be longer than zero"),
        ] {
            assert_eq!(differ(error(ours), error(theirs)), Vec::<String>::new());
        }
        assert_eq!(differ(error("maxAttempts is 1"), error("max_attempt is 1")).len(), 1);
        assert_eq!(differ(json!({ "message": "maxAttempts" }), json!({ "message": "max_attempts" })).len(), 1);
    }

    #[test]
    fn a_native_class_name_is_each_language_s_own_affair() {
        assert_eq!(differ(json!({ "class": "A" }), json!({ "class": "B" })), Vec::<String>::new());
        assert_eq!(differ(json!({ "kind": "A" }), json!({ "kind": "B" })).len(), 1);
    }

    #[test]
    fn a_step_can_be_left_out_also_inside_parallel() {
        let steps = steps("{ op: parallel, steps: [[{ op: info, compare: false }, { op: info }]] }");
        let answer = |a: u8, b: u8| Answer { results: vec![json!({ "ok": [[{ "ok": a }, { "ok": b }]] })] };
        assert_eq!(differences(&steps, ("a", &answer(1, 5)), ("b", &answer(2, 5))), Vec::<String>::new());
        assert_eq!(differences(&steps, ("a", &answer(1, 5)), ("b", &answer(1, 6))).len(), 1);
    }
}
