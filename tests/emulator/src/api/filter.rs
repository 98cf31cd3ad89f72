//! The part of AIP-160 that list filters use: comparisons joined by AND, OR, NOT and parentheses.

use super::error::ApiError;
use super::schema::snake_case;
use crate::world::{Nanos, parse_time};

/// How a filterable field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Time,
    Flag,
}

/// A field's value, on either side of a comparison.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub(crate) enum Operand {
    Text(String),
    Time(Nanos),
    Flag(bool),
}

/// A parsed filter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Compare { field: String, operator: Operator, operand: Operand },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Longest first, so that `>=` isn't read as `>`.
const OPERATORS: &[(&str, Operator)] = &[
    (">=", Operator::GreaterOrEqual),
    ("<=", Operator::LessOrEqual),
    ("!=", Operator::NotEqual),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("=", Operator::Equal),
    (":", Operator::Equal),
];

impl Filter {
    /// Reads a filter over the given fields (in snake case).
    pub(crate) fn parse(text: &str, fields: &[(&str, Kind)]) -> Result<Self, ApiError> {
        let mut reader = Reader { rest: text, fields };
        let filter = reader.any()?;
        if !reader.skip_space().is_empty() {
            return Err(invalid(&format!("unexpected '{}'", reader.rest)));
        }
        Ok(filter)
    }

    /// Whether an item, seen through its fields, passes.
    pub(crate) fn matches(&self, look_up: &dyn Fn(&str) -> Operand) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.matches(look_up)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(look_up)),
            Self::Not(part) => !part.matches(look_up),
            Self::Compare { field, operator, operand } => {
                let value = look_up(field);
                match operator {
                    Operator::Equal => value == *operand,
                    Operator::NotEqual => value != *operand,
                    Operator::Less => value < *operand,
                    Operator::LessOrEqual => value <= *operand,
                    Operator::Greater => value > *operand,
                    Operator::GreaterOrEqual => value >= *operand,
                }
            }
        }
    }

    /// Whether a field is spoken of anywhere in it.
    pub(crate) fn mentions(&self, name: &str) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|part| part.mentions(name)),
            Self::Not(part) => part.mentions(name),
            Self::Compare { field, .. } => field == name,
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
    fields: &'a [(&'a str, Kind)],
}

impl<'a> Reader<'a> {
    fn any(&mut self) -> Result<Filter, ApiError> {
        let mut parts = vec![self.all()?];
        while self.keyword("OR") {
            parts.push(self.all()?);
        }
        Ok(single(parts, Filter::Any))
    }

    fn all(&mut self) -> Result<Filter, ApiError> {
        let mut parts = vec![self.term()?];
        loop {
            let joined = self.keyword("AND");
            let rest = self.skip_space();
            let another = !rest.is_empty() && !rest.starts_with(')') && !starts_with_word(rest, "OR");
            if !joined && !another {
                return Ok(single(parts, Filter::All));
            }
            parts.push(self.term()?);
        }
    }

    fn term(&mut self) -> Result<Filter, ApiError> {
        if self.keyword("NOT") {
            return Ok(Filter::Not(Box::new(self.term()?)));
        }
        if let Some(inner) = self.skip_space().strip_prefix('(') {
            self.rest = inner;
            let filter = self.any()?;
            self.rest =
                self.skip_space().strip_prefix(')').ok_or_else(|| invalid("a closing parenthesis is missing"))?;
            return Ok(filter);
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Filter, ApiError> {
        let rest = self.skip_space();
        let end = rest.find(|letter: char| !(letter.is_alphanumeric() || "_.".contains(letter))).unwrap_or(rest.len());
        let (name, rest) = rest.split_at(end);
        let field = snake_case(name);
        let kind = self
            .fields
            .iter()
            .find(|(known, _)| *known == field)
            .map(|(_, kind)| *kind)
            .ok_or_else(|| invalid(&format!("'{name}' can't be filtered by")))?;
        let rest = rest.trim_start();
        let (sign, operator) = OPERATORS
            .iter()
            .find(|(sign, _)| rest.starts_with(sign))
            .ok_or_else(|| invalid(&format!("an operator is missing after '{name}'")))?;
        self.rest = rest[sign.len()..].trim_start();
        let text = self.value()?;
        Ok(Filter::Compare { field, operator: *operator, operand: operand(kind, name, text)? })
    }

    fn value(&mut self) -> Result<&'a str, ApiError> {
        let quote = self.rest.chars().next().filter(|c| *c == '"' || *c == '\'');
        let (value, rest) = match quote {
            Some(quote) => self.rest[1..].split_once(quote).ok_or_else(|| invalid("a closing quote is missing"))?,
            None => {
                let end = self
                    .rest
                    .find(|letter: char| letter.is_whitespace() || "()".contains(letter))
                    .unwrap_or(self.rest.len());
                self.rest.split_at(end)
            }
        };
        if value.is_empty() {
            return Err(invalid("a value is missing"));
        }
        self.rest = rest;
        Ok(value)
    }

    fn keyword(&mut self, word: &str) -> bool {
        let found = starts_with_word(self.skip_space(), word);
        if found {
            self.rest = &self.rest[word.len()..];
        }
        found
    }

    fn skip_space(&mut self) -> &'a str {
        self.rest = self.rest.trim_start();
        self.rest
    }
}

fn operand(kind: Kind, name: &str, text: &str) -> Result<Operand, ApiError> {
    match (kind, text) {
        (Kind::Text, _) => Ok(Operand::Text(text.to_owned())),
        (Kind::Flag, "true") => Ok(Operand::Flag(true)),
        (Kind::Flag, "false") => Ok(Operand::Flag(false)),
        (Kind::Flag, _) => Err(invalid(&format!("'{name}' is true or false, not '{text}'"))),
        (Kind::Time, _) => {
            parse_time(text).map(Operand::Time).ok_or_else(|| invalid(&format!("'{text}' isn't an RFC 3339 time")))
        }
    }
}

fn starts_with_word(text: &str, word: &str) -> bool {
    text.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '(', '\t', '\n']))
}

fn single(mut parts: Vec<Filter>, join: fn(Vec<Filter>) -> Filter) -> Filter {
    match parts.len() {
        1 => parts.remove(0),
        _ => join(parts),
    }
}

fn invalid(why: &str) -> ApiError {
    ApiError::field("filter", format!("Invalid filter: {why}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &[(&str, Kind)] = &[("name", Kind::Text), ("archived", Kind::Flag), ("create_time", Kind::Time)];

    fn passes(filter: &str) -> bool {
        let filter = Filter::parse(filter, FIELDS).unwrap();
        filter.matches(&|field| match field {
            "name" => Operand::Text("sources/github/a/b".to_owned()),
            "archived" => Operand::Flag(true),
            _ => Operand::Time(parse_time("2025-10-03T05:43:42.801654Z").unwrap()),
        })
    }

    #[test]
    fn names_may_be_joined_by_or() {
        assert!(passes("name=sources/github/x/y OR name=sources/github/a/b"));
        assert!(passes("name = \"sources/github/a/b\""));
        assert!(!passes("name=sources/github/x/y"));
    }

    #[test]
    fn times_compare_to_the_nanosecond() {
        assert!(passes("create_time>=\"2025-10-03T05:43:42.801654Z\""));
        assert!(!passes("create_time>\"2025-10-03T05:43:42.801654Z\""));
        assert!(passes("createTime > \"2025-10-03T05:43:42.801653999Z\""));
        assert!(passes("archived = true AND NOT (create_time < \"2025-01-01T00:00:00Z\")"));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for bad in ["nope=1", "name", "name=", "create_time>yesterday", "archived=maybe", "(name=a", "name=a)"] {
            assert_eq!(Filter::parse(bad, FIELDS).unwrap_err().http, 400, "{bad}");
        }
    }
}
