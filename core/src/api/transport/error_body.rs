//! What an error answer says, as far as it can be read, and no more of it than a person reads or a program needs: whatever
//! the server sends, an error stays small and has no key in it.

use serde_json::Value;

use super::json_text::readable;
use super::request::Operation;
use crate::api::ApiKey;
use crate::ground::error::Limit;
use crate::ground::printable::cut;

/// In characters: of a page, of a message, and of a page that is looked at for something readable.
pub(super) const LONGEST_QUOTE: usize = 300;
const LONGEST_MESSAGE: usize = 2_000;
const LONGEST_PAGE: usize = 16_000;
/// No error of Google's has more bytes or values; what has is a page like others.
const LARGEST: usize = 256 * 1024;
const MOST_VALUES: usize = 20_000;
/// So many bytes of details are kept.
const MOST_DETAILS: usize = 16 * 1024;

/// What an error answer says, as far as it can be read: Google's JSON, or a proxy's HTML or plain text.
pub(super) struct ErrorBody {
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
    pub(super) details: Vec<Value>,
    /// Whether it is Google's error JSON.
    pub(super) is_googles: bool,
    text: String,
}

impl ErrorBody {
    pub(super) fn read(body: &[u8], key: &ApiKey) -> Self {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let known = body.len() <= LARGEST && readable(body, MOST_VALUES).is_ok();
        let body = &body[..body.len().min(LARGEST)];
        let text = String::from_utf8_lossy(body);
        let json = if known { serde_json::from_str::<Value>(&text).ok() } else { None };
        let error = json.and_then(|json| match json {
            Value::Array(list) => list.into_iter().next(),
            other => Some(other),
        });
        // The server may echo the key; nothing of what it says is kept with it.
        let error = error.and_then(|mut json| json.get_mut("error").map(Value::take));
        let field = |name: &str| error.as_ref().and_then(|error| error.get(name));
        let text_of = |name| field(name).and_then(Value::as_str);
        let details = field("details").and_then(Value::as_array).cloned().unwrap_or_default();
        Self {
            code: text_of("status").filter(|code| is_code(code)).map(|code| key.redact(code)),
            message: text_of("message").map(|message| cut(&key.redact(message), LONGEST_MESSAGE).into_owned()),
            is_googles: field("code").is_some_and(Value::is_number) && text_of("status").is_some_and(is_code),
            details: within(details).into_iter().map(|detail| key.redact_value(detail)).collect(),
            text: key.redact(&cut(&text, LONGEST_PAGE)),
        }
    }

    pub(super) fn has_reason(&self, reason: &str) -> bool {
        self.details.iter().any(|detail| detail.get("reason").and_then(Value::as_str) == Some(reason))
            || self.message.as_deref().is_some_and(|message| message.contains("API key not valid"))
    }

    /// Which limit of the plan a create has met. The service has no field for it, only words.
    pub(super) fn limit(&self, operation: Operation) -> Option<Limit> {
        let refused = matches!(self.code.as_deref(), Some("RESOURCE_EXHAUSTED" | "FAILED_PRECONDITION"));
        if operation != Operation::SessionsCreate || !refused {
            return None;
        }
        let message = self.message.as_deref().unwrap_or_default().to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
        if says(&["daily", "per day", "24 hours", "today"]) {
            Some(Limit::Day)
        } else if says(&["concurrent", "active", "running", "at a time", "simultaneous"]) {
            Some(Limit::Slots)
        } else if self.says_nothing(&message) {
            Some(Limit::Unknown)
        } else {
            None
        }
    }

    /// Whether a refusal gives no reason: the service answers so where the plan is full, among other things.
    fn says_nothing(&self, message: &str) -> bool {
        let message = message.trim_end_matches('.');
        match self.code.as_deref() {
            Some("FAILED_PRECONDITION") => matches!(message, "" | "precondition check failed"),
            _ => self.details.is_empty() && (message.is_empty() || message.contains("quota")),
        }
    }

    /// Which fields were wrong, from `google.rpc.BadRequest`.
    pub(super) fn violations(&self) -> String {
        let violations: Vec<_> = self
            .details
            .iter()
            .filter_map(|detail| detail.get("fieldViolations").and_then(Value::as_array))
            .flatten()
            .map(|violation| {
                let text = |name: &str| violation.get(name).and_then(Value::as_str).unwrap_or_default();
                format!("{}: {}", text("field"), text("description"))
            })
            .collect();
        let all = violations.join("; ");
        if violations.is_empty() { String::new() } else { format!(" [{}]", cut(&all, LONGEST_MESSAGE)) }
    }

    /// The readable beginning of an answer that isn't Google's JSON.
    pub(super) fn quote(&self) -> String {
        let mut plain = String::new();
        let mut in_tag = false;
        for character in self.text.chars() {
            match character {
                '<' => in_tag = true,
                '>' => {
                    in_tag = false;
                    plain.push(' ');
                }
                _ if !in_tag => plain.push(character),
                _ => {}
            }
            if plain.len() > LONGEST_QUOTE {
                break;
            }
        }
        let words: Vec<_> = plain.split_whitespace().collect();
        words.join(" ")
    }
}

/// A name of Google's for a kind of error.
fn is_code(text: &str) -> bool {
    text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The first details, as many as are kept.
fn within(details: Vec<Value>) -> Vec<Value> {
    let mut left = MOST_DETAILS;
    let fits = |detail: &Value| {
        let size = detail.to_string().len();
        left = left.saturating_sub(size);
        left > 0
    };
    details.into_iter().take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const KEY: &str = "AIzaSyA-not-a-key-0123456789";

    fn read(body: &str) -> ErrorBody {
        ErrorBody::read(body.as_bytes(), &ApiKey::from(KEY))
    }

    #[test]
    fn an_error_stays_small_whatever_is_sent() {
        let long = "m".repeat(100_000);
        for body in [
            json!({"error": {"code": 400, "status": "X", "message": long}}).to_string(),
            json!({"error": {"code": 400, "status": "X", "details": [long]}}).to_string(),
            json!({"error": {"code": 400, "status": long}}).to_string(),
            json!({"error": {"details": [{"fieldViolations": [{"field": "f", "description": "d".repeat(16_000)}]}]}})
                .to_string(),
            format!("<p>{long}"),
            format!("[{}1]", "{},".repeat(200_000)),
            format!("{}{long}", "<p>".repeat(10_000)),
        ] {
            let said = read(&body);
            let all = [said.code.clone().unwrap_or_default(), said.message.clone().unwrap_or_default(), said.quote()];
            assert!(all.concat().len() + said.violations().len() < 5_000, "{:.60}", body);
            assert!(json!(said.details).to_string().len() < MOST_DETAILS, "{:.60}", body);
        }
    }

    #[test]
    fn no_spelling_of_the_key_is_kept() {
        let escaped: String = KEY.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
        for key in [KEY, &escaped] {
            let body = format!(
                r#"{{"error": {{"code": 400, "status": "X", "message": "bad {key}", "details": [{{"{key}": "{key}"}}]}}}}"#
            );
            let said = read(&body);
            assert_eq!(said.message.as_deref(), Some("bad [key]"));
            assert_eq!(said.details, [json!({"[key]": "[key]"})]);
            assert!(said.is_googles);
            assert_eq!(read(&format!("<b>{key}</b>")).quote(), "[key]");
        }
        let cut_off = format!("{}{KEY}", "x".repeat(LONGEST_PAGE - 20));
        assert!(!read(&cut_off).text.contains("AIzaSy"));
    }

    #[test]
    fn a_word_that_is_the_key_too_garbles_no_code() {
        let said =
            ErrorBody::read(br#"{"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": "e"}}"#, &"e".into());
        assert_eq!((said.code.as_deref(), said.message.as_deref()), (Some("INVALID_ARGUMENT"), Some("[key]")));
    }
}
