//! What an answer's body must be: each kind of answer reads itself, and what can't be read was not an answer.

use serde_json::Value;
use serde_json::value::RawValue;

use super::request::Request;

/// An answer that can be read from the text of a body.
pub(crate) trait FromBody: Sized {
    /// Reads it; else says what is wrong with it.
    fn read(text: &str, request: &Request) -> Result<Self, String>;
}

/// An object, whatever is in it. An empty body is one too: proto3's way to say nothing.
impl FromBody for Value {
    fn read(text: &str, _: &Request) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Self::Object(serde_json::Map::new()));
        }
        match serde_json::from_str(text) {
            Ok(value @ Self::Object(_)) => Ok(value),
            Ok(_) => Err("it is not a JSON object".to_owned()),
            Err(cause) => Err(cause.to_string()),
        }
    }
}

/// The same, unparsed.
pub(crate) fn raw(text: &str) -> Result<&RawValue, String> {
    let raw: &RawValue = serde_json::from_str(text).map_err(|cause| match text.trim() {
        "" => "it is empty".to_owned(),
        _ => cause.to_string(),
    })?;
    if raw.get().starts_with('{') { Ok(raw) } else { Err("it is not a JSON object".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::super::request::Operation;
    use super::*;

    #[test]
    fn an_effect_may_answer_nothing_or_any_object_but_nothing_else() {
        let request = Request::new(Operation::SessionsArchive, ["sessions", "1"]);
        for (text, fine) in [
            ("", true),
            (" \n", true),
            ("{}", true),
            (r#"{"id": "1"}"#, true),
            ("null", false),
            ("[]", false),
            ("<p>", false),
        ] {
            assert_eq!(Value::read(text, &request).is_ok(), fine, "{text:?}");
        }
    }

    #[test]
    fn a_read_needs_an_object() {
        for (text, fine) in [("", false), (" {}", true), ("null", false), ("[{}]", false), ("{", false)] {
            assert_eq!(raw(text).is_ok(), fine, "{text:?}");
        }
    }
}
