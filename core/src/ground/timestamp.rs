//! A moment to the nanosecond, as the server writes it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ground::error::Error;

// only rust: elsewhere the language has its own
/// A moment in UTC to the nanosecond; written as RFC 3339 text with as many decimals as it needs.
///
/// ```
/// let time: jules::Timestamp = "2025-10-03T05:43:42.801654Z".parse()?;
/// assert_eq!(time.to_string(), "2025-10-03T05:43:42.801654Z");
/// assert_eq!(time.as_millisecond(), 1_759_470_222_801);
/// # Ok::<(), jules::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(jiff::Timestamp);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub(crate) const EPOCH: Self = Self(jiff::Timestamp::UNIX_EPOCH);

    /// Nanoseconds since 1970-01-01T00:00:00Z.
    pub fn as_nanosecond(self) -> i128 {
        self.0.as_nanosecond()
    }

    /// Milliseconds since 1970-01-01T00:00:00Z, rounded down.
    pub fn as_millisecond(self) -> i64 {
        self.0.as_millisecond()
    }

    /// The moment that is this many nanoseconds after 1970-01-01T00:00:00Z; nothing outside the years -9999 to 9999.
    pub fn from_nanosecond(nanosecond: i128) -> Option<Self> {
        jiff::Timestamp::from_nanosecond(nanosecond).ok().map(Self)
    }

    pub(crate) fn shifted(self, nanoseconds: i128) -> Self {
        Self::from_nanosecond(self.as_nanosecond().saturating_add(nanoseconds)).unwrap_or(self)
    }

    pub(crate) fn later(self, time: Duration) -> Self {
        self.shifted(i128::try_from(time.as_nanos()).unwrap_or(i128::MAX))
    }

    pub(crate) fn earlier(self, time: Duration) -> Self {
        self.shifted(-i128::try_from(time.as_nanos()).unwrap_or(i128::MAX))
    }

    /// How many milliseconds passed from `earlier` to this; zero when it isn't earlier.
    pub(crate) fn millis_since(self, earlier: Self) -> u64 {
        u64::try_from(self.as_millisecond().saturating_sub(earlier.as_millisecond())).unwrap_or(0)
    }

    pub(crate) fn from_system(time: std::time::SystemTime) -> Option<Self> {
        jiff::Timestamp::try_from(time).ok().map(Self)
    }
}

impl FromStr for Timestamp {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        text.parse()
            .map(Self)
            .map_err(|cause: jiff::Error| Error::config(format!("{text:?} is not an RFC 3339 time")).with_source(cause))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// Reads a time that may be absent, null or not a time at all: the latter two are "absent" too.
pub(crate) fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
    Ok(text.and_then(|text| text.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_to_nine_decimals_survive() {
        for text in ["2025-01-02T03:04:05Z", "2025-01-02T03:04:05.1Z", "2025-01-02T03:04:05.123456789Z"] {
            assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_time_that_is_none_is_refused() {
        assert!("yesterday".parse::<Timestamp>().is_err());
    }
}
