//! `{{message}}`, `{{index}}`, `{{filler:4000}}` and the like in scenario texts.

use std::collections::HashMap;

use serde_json::Value;

use crate::serve::CUT_SURROGATE;

/// Names and what they stand for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Variables {
    values: HashMap<&'static str, String>,
}

impl Variables {
    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.values.insert(name, value.into());
    }

    /// Replaces every template in every text of a JSON value.
    pub(crate) fn render(&self, value: &mut Value) {
        match value {
            Value::String(text) if text.contains("{{") => *text = self.render_text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.render(item)),
            Value::Object(object) => object.values_mut().for_each(|inner| self.render(inner)),
            _ => {}
        }
    }

    /// Replaces templates; a name that isn't known stays as it is written.
    pub(crate) fn render_text(&self, text: &str) -> String {
        let mut rendered = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            rendered.push_str(before);
            let found = after.split_once("}}").and_then(|(name, tail)| Some((self.look_up(name.trim())?, tail)));
            match found {
                Some((value, tail)) => {
                    rendered.push_str(&value);
                    rest = tail;
                }
                None => {
                    rendered.push_str("{{");
                    rest = after;
                }
            }
        }
        rendered.push_str(rest);
        rendered
    }

    fn look_up(&self, name: &str) -> Option<String> {
        match name.strip_prefix("filler:") {
            Some(length) => Some(filler(length.trim().parse().ok()?)),
            None if name == "cutSurrogate" => Some(CUT_SURROGATE.to_string()),
            None => self.values.get(name).cloned(),
        }
    }
}

const WORDS: &[&str] = &[
    "compiling",
    "branch",
    "resolved",
    "fixture",
    "cache",
    "module",
    "warning",
    "handler",
    "passed",
    "retry",
    "schema",
    "index",
    "worker",
    "latency",
    "commit",
    "buffer",
    "socket",
    "checksum",
    "planner",
    "token",
];

/// So many characters of plausible log text, always the same.
pub(crate) fn filler(length: usize) -> String {
    let mut text = String::with_capacity(length + 16);
    let mut state: u32 = 0x9E37_79B9;
    while text.len() < length {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let word = WORDS[(state >> 16) as usize % WORDS.len()];
        text.push_str(word);
        text.push_str(&format!(" {:04x}", state >> 8 & 0xffff));
        text.push(if state >> 28 == 0 { '\n' } else { ' ' });
    }
    text.truncate(length);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_replaced_and_unknown_ones_stay() {
        let mut variables = Variables::default();
        variables.set("message", "hi");
        assert_eq!(variables.render_text("{{message}}, {{ message }} {{nope}} {{"), "hi, hi {{nope}} {{");
        assert_eq!(variables.render_text("{{filler:1000}}").len(), 1000);
    }
}
