//! Results by the name a step saved them under, and the `${name.path}` references to them.

use std::collections::BTreeMap;

use serde_json::Value;

/// What earlier steps gave, by their `as`.
#[derive(Debug, Clone, Default)]
pub struct Saved(BTreeMap<String, Value>);

impl Saved {
    /// Remembers a result, over an earlier one of that name.
    pub fn insert(&mut self, name: impl Into<String>, value: Value) {
        self.0.insert(name.into(), value);
    }

    /// Takes over everything that `other` knows.
    pub fn extend(&mut self, other: Saved) {
        self.0.extend(other.0);
    }

    /// Looks up `name` or `name.field.0.field`.
    ///
    /// # Errors
    /// What of the path isn't there.
    pub fn get(&self, reference: &str) -> Result<&Value, String> {
        let mut segments = reference.split('.');
        let name = segments.next().unwrap_or_default();
        let whole = self.0.get(name).ok_or_else(|| format!("no result is saved as {name:?}"))?;
        segments.try_fold(whole, |value, segment| {
            let inner = match value {
                Value::Array(items) => segment.parse::<usize>().ok().and_then(|index| items.get(index)),
                other => other.get(segment),
            };
            inner.ok_or_else(|| format!("${{{reference}}}: nothing at {segment:?}"))
        })
    }

    /// Resolves the references in a string: the value itself when the whole string is one, text otherwise.
    ///
    /// # Errors
    /// The reference that leads nowhere.
    pub fn text(&self, text: &str) -> Result<Value, String> {
        let whole = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
        if let Some(reference) = whole.filter(|reference| !reference.contains("${")) {
            return self.get(reference).cloned();
        }
        let mut resolved = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (reference, after) = after.split_once('}').ok_or_else(|| format!("{text:?} has no closing brace"))?;
            resolved.push_str(before);
            match self.get(reference)? {
                Value::String(inner) => resolved.push_str(inner),
                other => resolved.push_str(&other.to_string()),
            }
            rest = after;
        }
        resolved.push_str(rest);
        Ok(Value::String(resolved))
    }

    /// Resolves the references everywhere inside a value (not in its keys).
    ///
    /// # Errors
    /// The reference that leads nowhere.
    pub fn resolve(&self, value: &Value) -> Result<Value, String> {
        Ok(match value {
            Value::String(text) => self.text(text)?,
            Value::Array(items) => Value::Array(items.iter().map(|item| self.resolve(item)).collect::<Result<_, _>>()?),
            Value::Object(fields) => Value::Object(
                fields
                    .iter()
                    .map(|(key, item)| Ok((key.clone(), self.resolve(item)?)))
                    .collect::<Result<_, String>>()?,
            ),
            plain => plain.clone(),
        })
    }
}
