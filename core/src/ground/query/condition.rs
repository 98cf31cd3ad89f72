//! A condition on a field, and whether it is.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::fields::Path;
use super::fold::fold;
use crate::ground::model::Timestamp;

/// A field and all that must hold of it, of one and the same of its values where it has several.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub(crate) path: Path,
    pub(crate) tests: Vec<Test>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Test {
    Equal(Operand),
    Unequal(Operand),
    /// Folded.
    Contains(String),
    /// Compares as one of these.
    Compares(&'static [Ordering], Operand),
    In(Vec<Operand>),
    Exists(bool),
}

/// The orderings that `gt` and its kin allow.
pub(super) const GREATER: &[Ordering] = &[Ordering::Greater];
pub(super) const GREATER_OR_EQUAL: &[Ordering] = &[Ordering::Greater, Ordering::Equal];
pub(super) const LESS: &[Ordering] = &[Ordering::Less];
pub(super) const LESS_OR_EQUAL: &[Ordering] = &[Ordering::Less, Ordering::Equal];

/// What a query compares with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand {
    /// A field that is missing or null.
    Nothing,
    Text(String),
    Number(Number),
    Flag(bool),
    Time(Timestamp),
}

impl Condition {
    /// Whether any value at the path passes all tests.
    pub(super) fn holds(&self, document: &Value) -> bool {
        let mut found = false;
        any(document, &self.path, &mut |value| {
            found = true;
            self.tests.iter().all(|test| test.passes(value))
        }) || !found && self.tests.iter().all(|test| test.passes(&Value::Null))
    }
}

/// Whether `passes` says so of any value at the path: through lists, and of a list's elements.
fn any(value: &Value, path: &[String], passes: &mut impl FnMut(&Value) -> bool) -> bool {
    match (value, path) {
        (Value::Array(values), _) => values.iter().any(|value| any(value, path, passes)),
        (_, []) => passes(value),
        (Value::Object(fields), [first, rest @ ..]) => fields.get(first).is_some_and(|value| any(value, rest, passes)),
        _ => false,
    }
}

impl Test {
    fn passes(&self, value: &Value) -> bool {
        match self {
            Self::Equal(operand) => operand.equals(value),
            Self::Unequal(operand) => !operand.equals(value),
            Self::Contains(part) => value.as_str().is_some_and(|text| fold(text).contains(part)),
            Self::Compares(allowed, operand) => {
                operand.compared_with(value).is_some_and(|ordering| allowed.contains(&ordering))
            }
            Self::In(operands) => operands.iter().any(|operand| operand.equals(value)),
            Self::Exists(wanted) => value.is_null() != *wanted,
        }
    }
}

impl Operand {
    fn equals(&self, value: &Value) -> bool {
        match self {
            Self::Nothing => value.is_null(),
            Self::Flag(flag) => value.as_bool() == Some(*flag),
            _ => self.compared_with(value) == Some(Ordering::Equal),
        }
    }

    /// How the value compares with this; nothing when they are of different kinds.
    fn compared_with(&self, value: &Value) -> Option<Ordering> {
        match (self, value) {
            (Self::Text(text), Value::String(value)) => Some(value.as_str().cmp(text)),
            (Self::Time(time), Value::String(value)) => Some(value.parse::<Timestamp>().ok()?.cmp(time)),
            (Self::Number(number), Value::Number(value)) => compare_numbers(value, number),
            _ => None,
        }
    }
}

/// Whole numbers exactly, others as the floating-point numbers they are.
fn compare_numbers(one: &Number, other: &Number) -> Option<Ordering> {
    match (one.as_i128(), other.as_i128()) {
        (Some(one), Some(other)) => Some(one.cmp(&other)),
        _ => one.as_f64()?.partial_cmp(&other.as_f64()?),
    }
}
