//! Pages with opaque tokens. A token remembers the sort key of the last item it gave, so what appears
//! later neither shifts a page nor repeats an item.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::error::ApiError;
use crate::world::Nanos;

/// Where an item stands in a list: by time, then by order of appearance.
pub(crate) type Position = (Nanos, u64);

/// A request for one page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PageRequest {
    pub(crate) size: usize,
    /// Items after this position.
    pub(crate) after: Option<Position>,
}

const LARGEST_PAGE: usize = 100;

impl PageRequest {
    /// Reads `pageSize` and `pageToken`; `collection` ties a token to the list it came from.
    pub(crate) fn parse(
        size: Option<&str>,
        token: Option<&str>,
        default_size: usize,
        collection: &str,
    ) -> Result<Self, ApiError> {
        Ok(Self {
            size: parse_size(size, default_size)?,
            after: match token {
                None | Some("") => None,
                Some(token) => decode_token(token, collection)?,
            },
        })
    }
}

fn parse_size(size: Option<&str>, default_size: usize) -> Result<usize, ApiError> {
    let Some(text) = size else {
        return Ok(default_size);
    };
    let size: i32 = text
        .parse()
        .map_err(|_| ApiError::field("page_size", format!("Invalid value at 'page_size' (TYPE_INT32), \"{text}\"")))?;
    match usize::try_from(size) {
        Ok(0) => Ok(default_size),
        Ok(size) => Ok(size.min(LARGEST_PAGE)),
        Err(_) => Err(ApiError::field("page_size", "page_size must be between 1 and 100, inclusive")),
    }
}

/// The token that continues a collection after a position, or at its start.
pub(crate) fn encode_token(after: Option<Position>, collection: &str) -> String {
    let text = match after {
        Some((time, order)) => format!("{time}:{order}:{collection}"),
        None => format!("start:0:{collection}"),
    };
    URL_SAFE_NO_PAD.encode(text)
}

fn decode_token(token: &str, collection: &str) -> Result<Option<Position>, ApiError> {
    // The service's own activity tokens have been nanosecond numbers, and clients build them.
    if let Ok(time) = token.parse::<Nanos>() {
        return Ok(Some((time, u64::MAX)));
    }
    let read = || {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        let mut parts = text.splitn(3, ':');
        let time = parts.next()?;
        let order = parts.next()?.parse().ok()?;
        if parts.next()? != collection {
            return None;
        }
        match time {
            "start" => Some(None),
            time => Some(Some((time.parse().ok()?, order))),
        }
    };
    read().ok_or_else(|| ApiError::field("page_token", "The page token is invalid."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_back_as_the_position_it_was_made_from() {
        let token = encode_token(Some((17, 4)), "sessions/1/activities");
        let page = PageRequest::parse(None, Some(&token), 50, "sessions/1/activities").unwrap();
        assert_eq!(page.after, Some((17, 4)));
    }

    #[test]
    fn a_token_of_another_list_is_refused() {
        let token = encode_token(Some((17, 4)), "sessions/1/activities");
        assert!(PageRequest::parse(None, Some(&token), 50, "sessions/2/activities").is_err());
        assert!(PageRequest::parse(None, Some("nonsense!"), 50, "sessions").is_err());
    }

    #[test]
    fn page_sizes_are_cut_to_a_hundred_and_never_negative() {
        let size = |text| PageRequest::parse(Some(text), None, 30, "sessions").map(|page| page.size);
        assert_eq!(size("0"), Ok(30));
        assert_eq!(size("7"), Ok(7));
        assert_eq!(size("5000"), Ok(100));
        assert!(size("-1").is_err());
        assert!(size("many").is_err());
    }
}
