//! Does a value look as a case expects? Objects match as subsets, lists element by element, and a string or
//! object that begins with `$` is a matcher. Every mismatch is reported with its path, not only the first.

mod list;
mod names;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

pub use names::Saved;

/// The matchers a case may use, also for the loader: a typo in a case is an error, not a value to compare with.
pub const MATCHERS: &[&str] = &[
    "$absent",
    "$any",
    "$between",
    "$boolean",
    "$column",
    "$contains",
    "$count",
    "$each",
    "$exactly",
    "$len",
    "$matches",
    "$not",
    "$number",
    "$object",
    "$same",
    "$sameColumn",
    "$string",
    "$text",
    "$time",
    "$unique",
];

/// One place where a value is not what the case expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Where, as in `activities[2].message`; empty for the value itself.
    pub path: String,
    /// What was expected and what was there.
    pub message: String,
}

/// Everything in `actual` (None: nothing is there) that is not as `expected`; empty when it matches.
#[must_use]
pub fn mismatches(expected: &Value, actual: Option<&Value>, saved: &Saved) -> Vec<Mismatch> {
    let mut check = Check { saved, path: String::new(), found: Vec::new() };
    check.value(expected, actual);
    check.found
}

/// Finds what can't be a pattern: an unknown `$matcher` or one whose argument makes no sense.
///
/// # Errors
/// What is wrong, in words.
pub fn validate(pattern: &Value) -> Result<(), String> {
    match pattern {
        Value::String(text) if text.starts_with('$') && !text.starts_with("${") => known(text),
        Value::Array(items) => items.iter().try_for_each(validate),
        Value::Object(fields) => fields.iter().try_for_each(|(key, value)| {
            if !key.starts_with('$') {
                return validate(value);
            }
            known(key)?;
            match (key.as_str(), value) {
                ("$matches", Value::String(text)) => {
                    regex_lite::Regex::new(text).map(drop).map_err(|e| format!("$matches {text:?}: {e}"))
                }
                ("$between", Value::Array(limits)) if limits.len() == 2 => Ok(()),
                ("$column" | "$count" | "$sameColumn", Value::Object(inner)) => inner.values().try_for_each(validate),
                ("$matches" | "$between" | "$column" | "$count" | "$sameColumn", other) => {
                    Err(format!("{key} can't take {other}"))
                }
                _ => validate(value),
            }
        }),
        _ => Ok(()),
    }
}

fn known(name: &str) -> Result<(), String> {
    if MATCHERS.contains(&name) {
        return Ok(());
    }
    Err(format!("no matcher is called {name}; there are {}", MATCHERS.join(", ")))
}

/// A walk over expected and actual side by side.
struct Check<'a> {
    saved: &'a Saved,
    path: String,
    found: Vec<Mismatch>,
}

impl Check<'_> {
    fn value(&mut self, expected: &Value, actual: Option<&Value>) {
        match expected {
            Value::String(text) if text.starts_with('$') && !text.starts_with("${") => {
                self.matcher(text, &Value::Null, actual);
            }
            Value::Object(fields) if fields.keys().any(|key| key.starts_with('$')) => {
                for (key, argument) in fields {
                    if key.starts_with('$') {
                        self.matcher(key, argument, actual);
                    } else {
                        self.fields(&Map::from_iter([(key.clone(), argument.clone())]), actual);
                    }
                }
            }
            Value::Object(fields) => self.fields(fields, actual),
            Value::Array(items) => self.items(items, actual),
            Value::String(text) => match self.saved.text(text) {
                Ok(resolved) => self.equal(&resolved, actual),
                Err(problem) => self.miss(problem),
            },
            plain => self.equal(plain, actual),
        }
    }

    fn fields(&mut self, fields: &Map<String, Value>, actual: Option<&Value>) {
        let Some(Value::Object(there)) = actual else {
            return self.wrong("an object", actual);
        };
        for (key, expected) in fields {
            self.within(&format!(".{key}"), |check| check.value(expected, there.get(key)));
        }
    }

    fn items(&mut self, items: &[Value], actual: Option<&Value>) {
        let Some(Value::Array(there)) = actual else {
            return self.wrong("a list", actual);
        };
        if items.len() != there.len() {
            self.wrong(&format!("a list of {}, but it has {}", items.len(), there.len()), actual);
        }
        for (index, (expected, actual)) in items.iter().zip(there).enumerate() {
            self.within(&format!("[{index}]"), |check| check.value(expected, Some(actual)));
        }
    }

    fn matcher(&mut self, name: &str, argument: &Value, actual: Option<&Value>) {
        match name {
            "$absent" => self.hold(actual.is_none(), "nothing here", actual),
            "$any" => self.hold(actual.is_some(), "anything", actual),
            "$string" => self.hold(text(actual).is_some_and(|t| !t.is_empty()), "a string with text in it", actual),
            "$number" => self.hold(actual.is_some_and(Value::is_number), "a number", actual),
            "$boolean" => self.hold(actual.is_some_and(Value::is_boolean), "true or false", actual),
            "$object" => self.hold(actual.is_some_and(Value::is_object), "an object", actual),
            "$time" => self.hold(text(actual).is_some_and(is_time), "an RFC 3339 time in UTC", actual),
            "$text" => self.equal(argument, actual),
            "$matches" => self.regex(argument, actual),
            "$contains" => self.contains(argument, actual),
            "$between" => self.between(argument, actual),
            "$not" => {
                let unlike = !mismatches(argument, actual, self.saved).is_empty();
                self.hold(unlike, &format!("something else than {argument}"), actual);
            }
            "$exactly" => self.exactly(argument, actual),
            "$same" => match argument.as_str().map(|name| self.saved.get(name)) {
                Some(Ok(earlier)) => {
                    let earlier = earlier.clone();
                    self.equal(&earlier, actual);
                }
                Some(Err(problem)) => self.miss(problem),
                None => self.miss(format!("$same takes the name of an earlier result, not {argument}")),
            },
            "$len" | "$each" | "$column" | "$sameColumn" | "$unique" | "$count" => self.list(name, argument, actual),
            other => self.miss(format!("no matcher is called {other}")),
        }
    }

    fn regex(&mut self, argument: &Value, actual: Option<&Value>) {
        match regex_lite::Regex::new(argument.as_str().unwrap_or_default()) {
            Ok(regex) => {
                let holds = text(actual).is_some_and(|t| regex.is_match(t));
                self.hold(holds, &format!("text that matches /{}/", regex.as_str()), actual);
            }
            Err(e) => self.miss(format!("$matches {argument}: {e}")),
        }
    }

    fn contains(&mut self, argument: &Value, actual: Option<&Value>) {
        let holds = match (argument, actual) {
            (Value::String(part), Some(Value::String(whole))) => match self.saved.text(part) {
                Ok(Value::String(part)) => whole.contains(&part),
                _ => false,
            },
            (_, Some(Value::Array(items))) => {
                items.iter().any(|item| mismatches(argument, Some(item), self.saved).is_empty())
            }
            _ => false,
        };
        self.hold(holds, &format!("something that contains {argument}"), actual);
    }

    fn between(&mut self, argument: &Value, actual: Option<&Value>) {
        let limit = |index: usize| argument.get(index).and_then(Value::as_f64);
        let holds = match (limit(0), limit(1), actual.and_then(Value::as_f64)) {
            (Some(low), Some(high), Some(number)) => (low..=high).contains(&number),
            _ => false,
        };
        self.hold(holds, &format!("a number in {argument}"), actual);
    }

    /// No fields but these, at the top of this object.
    fn exactly(&mut self, argument: &Value, actual: Option<&Value>) {
        self.value(argument, actual);
        if let (Value::Object(wanted), Some(Value::Object(there))) = (argument, actual) {
            for key in there.keys().filter(|key| !wanted.contains_key(*key)) {
                self.within(&format!(".{key}"), |check| check.wrong("nothing here", there.get(key)));
            }
        }
    }

    fn equal(&mut self, expected: &Value, actual: Option<&Value>) {
        let same = match (expected.as_f64(), actual.and_then(Value::as_f64)) {
            (Some(a), Some(b)) => a.to_bits() == b.to_bits(),
            _ => actual == Some(expected),
        };
        self.hold(same, &short(expected), actual);
    }

    fn hold(&mut self, holds: bool, expected: &str, actual: Option<&Value>) {
        if !holds {
            self.wrong(expected, actual);
        }
    }

    fn wrong(&mut self, expected: &str, actual: Option<&Value>) {
        let there = actual.map_or_else(|| "nothing".to_owned(), short);
        self.miss(format!("expected {expected}, got {there}"));
    }

    fn miss(&mut self, message: String) {
        let path = self.path.trim_start_matches('.').to_owned();
        self.found.push(Mismatch { path, message });
    }

    fn within(&mut self, segment: &str, inner: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        self.path.push_str(segment);
        inner(self);
        self.path.truncate(length);
    }
}

fn text(actual: Option<&Value>) -> Option<&str> {
    actual.and_then(Value::as_str)
}

fn is_time(text: &str) -> bool {
    regex_lite::Regex::new(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$").is_ok_and(|time| time.is_match(text))
}

/// A value as one line that a failure message can hold.
pub(crate) fn short(value: &Value) -> String {
    const MOST: usize = 300;
    let text = value.to_string();
    match text.char_indices().nth(MOST) {
        None => text,
        Some((cut, _)) => format!("{}… ({} bytes)", &text[..cut], text.len()),
    }
}
