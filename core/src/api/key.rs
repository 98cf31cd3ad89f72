//! The API key: a text that can't print itself, and that is found in other texts in whatever spelling it stands there.

use std::fmt;

use serde_json::Value;

/// Of a longer key so much gives it away too.
const TELLING: usize = 12;
/// A shorter one isn't a real key, but a word like others: it is taken out where it stands alone.
const SHORT: usize = 8;
const INSTEAD: &str = "[key]";

/// An API key. It can't print itself.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// The key's text, for the one header that carries it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// The text without the key, wherever it or its beginning stands in it: as it is, or with characters of it written as
    /// JSON, a URL or HTML may write them.
    pub(crate) fn redact(&self, text: &str) -> String {
        let mut clean = String::new();
        let (mut done, mut at) = (0, 0);
        while at < text.len() {
            match self.length_at(text, at).filter(|length| self.counts(text, at, *length)) {
                Some(length) => {
                    clean.push_str(&text[done..at]);
                    clean.push_str(INSTEAD);
                    at += length;
                    done = at;
                }
                None => at += text[at..].chars().next().map_or(1, char::len_utf8),
            }
        }
        clean.push_str(&text[done..]);
        clean
    }

    /// The same for all texts in a value, names too.
    pub(crate) fn redact_value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => self.redact(&text).into(),
            Value::Array(items) => items.into_iter().map(|item| self.redact_value(item)).collect(),
            Value::Object(fields) => {
                fields.into_iter().map(|(name, value)| (self.redact(&name), self.redact_value(value))).collect()
            }
            other => other,
        }
    }

    /// How many bytes of the text, from here on, spell the key or so much of its beginning that it tells.
    fn length_at(&self, text: &str, at: usize) -> Option<usize> {
        let (bytes, key) = (text.as_bytes(), self.0.as_bytes());
        let (mut length, mut spelled) = (0, 0);
        while let Some(byte) = key.get(spelled) {
            let Some(step) = spelling(&bytes[at + length..], *byte) else { break };
            length += step;
            spelled += 1;
        }
        (spelled > 0 && spelled >= key.len().min(TELLING)).then_some(length)
    }

    fn counts(&self, text: &str, at: usize, length: usize) -> bool {
        let is_word = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
        let (before, after) = (text[..at].chars().next_back(), text[at + length..].chars().next());
        self.0.len() >= SHORT || !(before.is_some_and(is_word) || after.is_some_and(is_word))
    }
}

/// How many bytes this byte of a key, which is ASCII, takes at the beginning of the text, if it stands there.
fn spelling(text: &[u8], byte: u8) -> Option<usize> {
    if *text.first()? == byte {
        return Some(1);
    }
    let is = |digits: Option<&[u8]>, radix| {
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        digits.and_then(|digits| u32::from_str_radix(digits, radix).ok()) == Some(byte.into())
    };
    match text {
        [b'\\', b'u', ..] => is(text.get(2..6), 16).then_some(6),
        [b'\\', b'x', ..] => is(text.get(2..4), 16).then_some(4),
        [b'\\', other, ..] => (*other == byte).then_some(2),
        [b'%', ..] => is(text.get(1..3), 16).then_some(3),
        [b'&', b'#', rest @ ..] => {
            let end = rest.iter().take(8).position(|byte| *byte == b';')?;
            let (digits, radix) = match rest {
                [b'x' | b'X', ..] => (rest.get(1..end), 16),
                _ => (rest.get(..end), 10),
            };
            is(digits, radix).then_some(end + 3)
        }
        _ => None,
    }
}

impl From<String> for ApiKey {
    fn from(key: String) -> Self {
        Self(key.trim().to_owned())
    }
}

impl From<&str> for ApiKey {
    fn from(key: &str) -> Self {
        Self::from(key.to_owned())
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const KEY: &str = "AQ.Ab8/RN6-abcdefghijklmnop";

    #[test]
    fn it_is_found_in_every_spelling_and_when_its_end_is_cut_off() {
        let escaped: String = KEY.bytes().map(|byte| format!("\\u{byte:04X}")).collect();
        let percent: String = KEY.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let html: String = KEY.bytes().map(|byte| format!("&#{byte};")).collect();
        let hex: String = KEY.bytes().map(|byte| format!("&#x{byte:X};")).collect();
        let slash = KEY.replace('/', "\\/");
        let mixed = KEY.replacen('A', "\\u0041", 1).replacen('.', "%2E", 1);
        let cut = &KEY[..20];
        for spelled in [KEY, &escaped, &percent, &html, &hex, &slash, &mixed, cut] {
            assert_eq!(ApiKey::from(KEY).redact(&format!("é {spelled}… {spelled}")), "é [key]… [key]", "{spelled}");
        }
        assert_eq!(ApiKey::from(KEY).redact("AQ.Ab8 \\u00 %4 &#65 &#"), "AQ.Ab8 \\u00 %4 &#65 &#");
    }

    #[test]
    fn a_short_one_is_a_word() {
        for (key, text, clean) in [
            ("k", "k is no key: k_k, ok, \"k\"", "[key] is no key: k_k, ok, \"[key]\""),
            ("test", "INVALID: latest test-key test", "INVALID: latest test-key [key]"),
            ("longer-key", "xlonger-keyx", "x[key]x"),
        ] {
            assert_eq!(ApiKey::from(key).redact(text), clean);
        }
    }

    #[test]
    fn names_and_texts_of_a_value_are_looked_through() {
        let value = json!({"a longer-key": ["longer-key", {"b": 1}]});
        assert_eq!(ApiKey::from("longer-key").redact_value(value), json!({"a [key]": ["[key]", {"b": 1}]}));
    }

    #[test]
    fn much_text_is_looked_through_at_once() {
        let text = "AQ.Ab8/RN6".repeat(100_000);
        assert_eq!(ApiKey::from(KEY).redact(&text), text);
    }
}
