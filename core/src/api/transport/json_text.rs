//! The text of an answer before it is parsed: its values are counted, so that a small body can't make endless work, and what
//! a parser would refuse although it is only odd is mended, so that nothing of the answer is lost for it.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr2;

/// No answer of the service has more values.
pub(super) const MOST_VALUES: usize = 4_000_000;
/// What is nested deeper becomes text. Parsers stop at 128.
const DEEPEST: usize = 100;
/// Numbers of fewer characters, without an exponent, fit.
const LONG_NUMBER: usize = 300;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Has more values than are parsed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooMany;

/// The text, ready to be parsed. A byte order mark is skipped, bytes that are not UTF-8 and halves of surrogate pairs become
/// U+FFFD, numbers beyond all measure and what is nested too deeply become text.
pub(super) fn readable(body: &[u8], most_values: usize) -> Result<Cow<'_, str>, TooMany> {
    let text = String::from_utf8_lossy(body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body));
    let edits = Scan::of(text.as_bytes(), most_values)?;
    if edits.is_empty() {
        return Ok(text);
    }
    tracing::warn!(target: "jules::http", count = edits.len(), "repaired parts of a response that are not valid JSON");
    let mut mended = String::with_capacity(text.len());
    let mut done = 0;
    for Edit { range, text: instead } in edits {
        mended.push_str(&text[done..range.start]);
        mended.push_str(&instead);
        done = range.end;
    }
    mended.push_str(&text[done..]);
    Ok(Cow::Owned(mended))
}

/// What stands instead of a part of the text. Its ends are ASCII, so they lie between characters.
struct Edit {
    range: Range<usize>,
    text: Cow<'static, str>,
}

/// One pass over the text. It doesn't check that this is JSON; the parser does that.
struct Scan<'a> {
    text: &'a [u8],
    at: usize,
    values: usize,
    depth: usize,
    /// Where what is nested too deeply began.
    deep: Option<usize>,
    edits: Vec<Edit>,
}

impl<'a> Scan<'a> {
    fn of(text: &'a [u8], most_values: usize) -> Result<Vec<Edit>, TooMany> {
        let mut scan = Self { text, at: 0, values: 1, depth: 0, deep: None, edits: Vec::new() };
        while let Some(byte) = scan.text.get(scan.at) {
            match byte {
                b'"' => scan.string(),
                b'-' | b'0'..=b'9' => scan.number(),
                b'{' | b'[' => scan.open(),
                b'}' | b']' => scan.close(),
                b',' => scan.values += 1,
                _ => {}
            }
            if scan.values > most_values {
                return Err(TooMany);
            }
            scan.at += 1;
        }
        Ok(scan.edits)
    }

    fn open(&mut self) {
        self.values += 1;
        self.depth += 1;
        if self.depth > DEEPEST {
            self.deep.get_or_insert(self.at);
        }
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        if let Some(start) = self.deep.filter(|_| self.depth <= DEEPEST) {
            self.deep = None;
            self.edits.retain(|edit| edit.range.start < start);
            let range = start..self.at + 1;
            let inner = String::from_utf8_lossy(&self.text[range.clone()]);
            self.edits.push(Edit { range, text: serde_json::Value::from(inner).to_string().into() });
        }
    }

    /// From one quotation mark to the other.
    fn string(&mut self) {
        self.at += 1;
        while let Some(length) = self.text.get(self.at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
            self.at += length;
            if self.text[self.at] == b'"' {
                return;
            }
            self.at += self.escape();
        }
        self.at = self.at.max(self.text.len());
    }

    /// How long the escape here is.
    fn escape(&mut self) -> usize {
        match (self.unit(self.at), self.unit(self.at + 6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                self.edits.push(Edit { range: self.at..self.at + 6, text: r"\ufffd".into() });
                6
            }
            _ => 2,
        }
    }

    /// The UTF-16 unit of the escape `\uXXXX` there, if there is one.
    fn unit(&self, at: usize) -> Option<u16> {
        let digits = self.text.get(at..at + 6)?.strip_prefix(br"\u")?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    }

    fn number(&mut self) {
        let rest = &self.text[self.at..];
        let belongs = |byte: &u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
        let length = rest.iter().take_while(|byte| belongs(byte)).count();
        let number = &rest[..length];
        if (length > LONG_NUMBER || number.iter().any(|byte| matches!(byte, b'e' | b'E')))
            && let Ok(text) = std::str::from_utf8(number)
            && text.parse().is_ok_and(f64::is_infinite)
        {
            self.edits.push(Edit { range: self.at..self.at + length, text: format!("\"{text}\"").into() });
        }
        self.at += length - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn parsed(body: &[u8]) -> Value {
        serde_json::from_str(&readable(body, MOST_VALUES).unwrap()).unwrap()
    }

    #[test]
    fn what_a_parser_would_refuse_is_mended_and_the_rest_stays() {
        for (body, value) in [
            (&b"\xef\xbb\xbf{\"a\":1}"[..], json!({"a": 1})),
            (br#"["\ud83d","\ude00x","\ud83d\ud83d\ude00"]"#, json!(["\u{fffd}", "\u{fffd}x", "\u{fffd}\u{1f600}"])),
            (br#"["\ud83d\ude00","\\ud83d","\"\ud83d"]"#, json!(["\u{1f600}", "\\ud83d", "\"\u{fffd}"])),
            (br#"[1e999,-1e999,1e9,"1e999"]"#, json!(["1e999", "-1e999", 1e9, "1e999"])),
            (b"[\"a\xffb\"]", json!(["a\u{fffd}b"])),
        ] {
            assert_eq!(parsed(body), value, "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn what_is_nested_too_deeply_becomes_text_and_its_neighbours_stay() {
        let deep = format!("{{\"a\":{}\"\\ud83d\",1e999{},\"b\":2}}", "[".repeat(500), "]".repeat(500));
        let value = parsed(deep.as_bytes());
        assert_eq!(value["b"], 2);
        let mut inner = &value["a"];
        while let Some(next) = inner.get(0) {
            inner = next;
        }
        assert_eq!(inner.as_str().map(|text| text.contains("1e999")), Some(true), "{inner}");
        let fine = format!("{}{}", "[".repeat(100), "]".repeat(100));
        assert!(matches!(readable(fine.as_bytes(), 1_000).unwrap(), Cow::Borrowed(text) if text == fine));
    }

    #[test]
    fn values_are_counted_outside_strings() {
        let body = br#"[{},{},",,,[[["]"#;
        assert!(readable(body, 6).is_ok());
        assert_eq!(readable(body, 5).unwrap_err(), TooMany);
    }

    #[test]
    fn broken_text_is_left_to_the_parser() {
        for body in [&b""[..], b"\"\\", b"\"\\u12", b"]]]", b"[[[", b"-", b"1e", b"\"\\ud83d"] {
            let text = readable(body, MOST_VALUES).unwrap();
            assert!(serde_json::from_str::<Value>(&text).is_err(), "{text:?}");
        }
        let endless = "[".repeat(100_000);
        assert!(readable(endless.as_bytes(), MOST_VALUES).is_ok());
    }
}
