//! Matchers for lists: their length, a column of their elements, how many are of a kind.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Check, mismatches};

impl Check<'_> {
    pub(super) fn list(&mut self, name: &str, argument: &Value, actual: Option<&Value>) {
        if let ("$len", Some(Value::String(text))) = (name, actual) {
            let length = Value::from(text.chars().count());
            return self.within(" (its length)", |check| check.value(argument, Some(&length)));
        }
        let Some(Value::Array(items)) = actual else {
            return self.wrong("a list", actual);
        };
        match name {
            "$len" => {
                let length = Value::from(items.len());
                self.within(" (its length)", |check| check.value(argument, Some(&length)));
            }
            "$each" => {
                for (index, item) in items.iter().enumerate() {
                    self.within(&format!("[{index}]"), |check| check.value(argument, Some(item)));
                }
            }
            "$column" => self.column(argument, items),
            "$sameColumn" => self.same_column(argument, items),
            "$unique" => self.unique(argument, items),
            _ => self.count(argument, items),
        }
    }

    /// `$column: { type: [a, b] }`: what the elements have in that field, in order, as one list.
    fn column(&mut self, argument: &Value, items: &[Value]) {
        for (field, expected) in argument.as_object().into_iter().flatten() {
            let column = items.iter().map(|item| item.get(field).cloned().unwrap_or_default()).collect();
            self.within(&format!("[*].{field}"), |check| check.value(expected, Some(&Value::Array(column))));
        }
    }

    /// `$sameColumn: { id: name.path }`: the elements have the same there as those of an earlier list, one by one.
    fn same_column(&mut self, argument: &Value, items: &[Value]) {
        for (field, name) in argument.as_object().into_iter().flatten() {
            let column = |items: &[Value]| -> Value { items.iter().map(|item| item.get(field).cloned()).collect() };
            match self.saved.get(name.as_str().unwrap_or_default()) {
                Ok(Value::Array(earlier)) => {
                    let expected = column(earlier);
                    self.within(&format!("[*].{field}"), |check| check.equal(&expected, Some(&column(items))));
                }
                Ok(other) => self.miss(format!("{name} is no list but {}", super::short(other))),
                Err(problem) => self.miss(problem),
            }
        }
    }

    /// `$unique: id`: no two elements have the same there.
    fn unique(&mut self, argument: &Value, items: &[Value]) {
        let field = argument.as_str().unwrap_or_default();
        let mut seen = BTreeSet::new();
        for (index, item) in items.iter().enumerate() {
            let there = item.get(field);
            if !seen.insert(there.map(Value::to_string)) {
                self.within(&format!("[{index}].{field}"), |check| check.wrong("one not seen before", there));
            }
        }
    }

    /// `$count: { of: PATTERN, is: PATTERN }`: how many elements match.
    fn count(&mut self, argument: &Value, items: &[Value]) {
        let of = &argument["of"];
        let matching = items.iter().filter(|item| mismatches(of, Some(item), self.saved).is_empty()).count();
        self.within(&format!(" (how many are {of})"), |check| {
            check.value(&argument["is"], Some(&Value::from(matching)));
        });
    }
}
