//! What a query compares with: checked against the kind of the field, and made comparable.

use serde_json::Value;

use super::condition::Operand;
use super::fields::Kind;
use crate::ground::error::about;
use crate::ground::error::{Error, Result};
use crate::ground::model::{SessionState, Timestamp};

impl Kind {
    /// The value as this kind of field compares it. `null` stands for a field that is missing.
    pub(super) fn operand(self, field: &str, operator: &str, value: &Value) -> Result<Operand> {
        match (self, value) {
            (Self::Group(_), Value::Null) | (_, Value::Null) => Ok(Operand::Nothing),
            (Self::Group(fields), _) => {
                let first = fields.first().map_or("…", |field| field.name());
                let message = format!("{field:?} has fields of its own and can't be compared as a whole");
                let hint = format!("Name one of them, such as {:?}, or use exists.", format!("{field}.{first}"));
                Err(about(field).operator(operator).error_with(message, hint))
            }
            (Self::Text | Self::Any, Value::String(text)) => Ok(Operand::Text(text.clone())),
            (Self::Number | Self::Any, Value::Number(number)) => Ok(Operand::Number(number.clone())),
            (Self::Flag | Self::Any, Value::Bool(flag)) => Ok(Operand::Flag(*flag)),
            (Self::Time, Value::String(text)) => time(field, operator, text),
            (Self::Word(words), Value::String(text)) => word(field, operator, text, words),
            (Self::State, Value::String(text)) => state(field, operator, text),
            _ => Err(mismatch(self, field, operator, value)),
        }
    }

    /// What is in such a field, in words.
    fn in_words(self) -> &'static str {
        match self {
            Self::Text | Self::Word(_) | Self::State => "text",
            Self::Number => "a number",
            Self::Flag => "true or false",
            Self::Time => "a time such as \"2025-10-03T05:43:42Z\"",
            Self::Group(_) => "fields",
            Self::Any => "text, a number, or true or false",
        }
    }
}

fn mismatch(kind: Kind, field: &str, operator: &str, value: &Value) -> Error {
    let message = format!("{field:?} holds {}; {operator} can't compare it with {value}", kind.in_words());
    let hint = match value {
        Value::Array(_) => format!("For one of several values: {{ \"in\": {value} }}."),
        Value::Number(number) if matches!(kind, Kind::Text) => format!("Write it as text: \"{number}\"."),
        _ => String::new(),
    };
    about(field).operator(operator).error_with(message, hint)
}

/// A moment: RFC 3339, or without an offset (UTC), or a day (its beginning in UTC).
fn time(field: &str, operator: &str, text: &str) -> Result<Operand> {
    let candidates = [text.to_owned(), format!("{text}Z"), format!("{text}T00:00:00Z")];
    let time = candidates.iter().find_map(|text| text.parse::<Timestamp>().ok());
    time.map(Operand::Time).ok_or_else(|| {
        let message = format!("{field:?} holds a time; {operator} can't compare it with {text:?}");
        about(field)
            .operator(operator)
            .error_with(message, "Write it as \"2025-10-03T05:43:42.801Z\", or as a day: \"2025-10-03\".")
    })
}

/// One of the field's words, also in snake_case.
fn word(field: &str, operator: &str, text: &str, words: &[&'static str]) -> Result<Operand> {
    let plain = |word: &str| word.replace('_', "").to_lowercase();
    match words.iter().find(|word| plain(word) == plain(text)) {
        Some(word) => Ok(Operand::Text((*word).to_owned())),
        None => Err(no_such_word(field, operator, text, words)),
    }
}

/// A state by any of its names; a word in capitals may be a state that this version doesn't know.
fn state(field: &str, operator: &str, text: &str) -> Result<Operand> {
    if let Ok(state) = text.parse::<SessionState>() {
        return Ok(Operand::Text(state.as_str().to_owned()));
    }
    if !text.is_empty() && text.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_') {
        return Ok(Operand::Text(text.to_owned()));
    }
    Err(no_such_word(field, operator, text, &SessionState::names()))
}

fn no_such_word(field: &str, operator: &str, text: &str, words: &[&str]) -> Error {
    about(field).operator(operator).valid(text, words.iter().copied()).error(format!("{field:?} is never {text:?}"))
}
