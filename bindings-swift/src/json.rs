//! JSON, the shape in which values cross the boundary, with what can go wrong as a [`Failure`].

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::Failure;

/// A value as Swift reads it.
pub(crate) fn to_json(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(Failure::internal)
}

/// What Swift wrote.
pub(crate) fn json<T: DeserializeOwned>(text: &str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(Failure::internal)
}
