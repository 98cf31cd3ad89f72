//! What is wrong with a query: where, which operator, what would be valid, and what was probably meant.

use super::{Error, ErrorKind};
use crate::ground::suggestion;

/// The particulars of an error of the kind [`ErrorKind::Query`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// The field or key that is wrong, as it stands in the query.
    pub(crate) field: Option<String>,
    pub(crate) operator: Option<String>,
    /// What could stand in its place.
    pub(crate) valid: Vec<String>,
    pub(crate) suggestion: Option<String>,
}

/// Begins an error about this field or key.
pub(crate) fn about(field: impl Into<String>) -> Mistake {
    Mistake { field: Some(field.into()), ..Mistake::default() }
}

impl Mistake {
    pub(crate) fn operator(mut self, operator: &str) -> Self {
        self.operator = Some(operator.to_owned());
        self
    }

    /// What would be valid, and which of it is closest to what was written.
    pub(crate) fn valid<'a>(mut self, written: &str, valid: impl IntoIterator<Item = &'a str>) -> Self {
        self.valid = valid.into_iter().map(str::to_owned).collect();
        self.suggestion = suggestion::closest(written, self.valid.iter().map(String::as_str)).map(str::to_owned);
        self
    }

    pub(crate) fn suggestion(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }

    /// The same with other texts in what was written.
    pub(super) fn with_texts(mut self, change: impl Fn(&str) -> String) -> Self {
        for text in [&mut self.field, &mut self.operator] {
            *text = text.take().map(|text| change(&text));
        }
        self
    }

    /// The error, with a sentence about what is wrong and one about what would be right.
    pub(crate) fn error(self, message: impl Into<String>) -> Error {
        let meant = self.suggestion.as_ref().map(|word| format!("Did you mean {word:?}?"));
        let valid = (!self.valid.is_empty()).then(|| format!("Valid here: {}.", self.valid.join(", ")));
        let hint: Vec<_> = meant.into_iter().chain(valid).collect();
        self.error_with(message, hint.join(" "))
    }

    /// The error with a hint of its own.
    pub(crate) fn error_with(self, message: impl Into<String>, hint: impl Into<String>) -> Error {
        let error = Error::new(ErrorKind::Query, message);
        let hint = hint.into();
        let error = if hint.is_empty() { error } else { error.with_hint(hint) };
        error.with_mistake(self)
    }
}
