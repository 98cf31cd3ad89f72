//! What somebody may have meant who wrote a name that doesn't exist.

/// The one of these names that is spelt most like this word, if any is close enough to be meant.
pub(crate) fn closest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |name: &str| name.replace('_', "").to_lowercase();
    let word = plain(word);
    let distance = |name: &str| strsim::damerau_levenshtein(&word, &plain(name));
    let (distance, name) =
        names.into_iter().map(|name| (distance(name), name)).min_by_key(|(distance, _)| *distance)?;
    (distance <= 1.max(word.len() / 3)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_nonsense_is_not() {
        let names = ["title", "timeline", "activityCounts"];
        assert_eq!(closest("titel", names), Some("title"));
        assert_eq!(closest("timelines", names), Some("timeline"));
        assert_eq!(closest("activity_count", names), Some("activityCounts"));
        assert_eq!(closest("weather", names), None);
    }
}
