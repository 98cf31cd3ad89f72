//! Lenient reading: null counts as absent, numbers may come as text.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// `null` and absent both give the default.
pub(super) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// A whole number, also as text (`"7"`), as proto3 writes 64-bit ones.
pub(super) fn number<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<i64> + Default,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number {
        Integer(i64),
        Text(String),
        Real(f64),
        Nothing(()),
    }
    let number = match Number::deserialize(deserializer)? {
        Number::Integer(number) => number,
        Number::Text(text) => text.trim().parse().map_err(D::Error::custom)?,
        #[expect(clippy::cast_possible_truncation, reason = "a number that isn't whole is rounded towards zero")]
        Number::Real(number) => number as i64,
        Number::Nothing(()) => return Ok(T::default()),
    };
    T::try_from(number).map_err(|_| D::Error::custom("number out of range"))
}

/// A whole number, if that is what is there.
pub(super) fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(Value::deserialize(deserializer)?.as_u64())
}

/// Reads an object whose fields all have defaults. A field of another type than expected counts as absent, for it must not
/// take the others with it.
pub(super) fn forgiving<T: DeserializeOwned>(text: &str) -> serde_json::Result<T> {
    serde_json::from_str(text).or_else(|_| {
        let mut fields: Map<String, Value> = serde_json::from_str(text)?;
        fields.retain(|name, value| {
            let alone = Map::from_iter([(name.clone(), value.clone())]);
            T::deserialize(Value::Object(alone)).is_ok()
        });
        T::deserialize(Value::Object(fields))
    })
}

/// Reads one value of a list that must not take its neighbours with it: what can't be read is handed to `unknown`.
pub(super) fn each<T>(values: Vec<Value>, read: impl Fn(&Value) -> Option<T>, unknown: impl Fn(Value) -> T) -> Vec<T> {
    values.into_iter().map(|value| read(&value).unwrap_or_else(|| unknown(value))).collect()
}
