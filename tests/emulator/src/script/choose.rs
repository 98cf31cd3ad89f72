//! Which scenario a new session plays.

use std::sync::Arc;

use super::scenario::Scenario;
use super::shipped::Library;

/// The name in a `[scenario:NAME]` marker.
pub(crate) fn marker(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("[scenario:")?;
    rest.split_once(']').map(|(name, _)| name.trim())
}

/// A text without its marker, for titles.
pub(crate) fn without_marker(text: &str) -> String {
    match text.split_once("[scenario:") {
        Some((before, rest)) => {
            let after = rest.split_once(']').map_or("", |(_, after)| after);
            format!("{} {}", before.trim(), after.trim()).trim().to_owned()
        }
        None => text.trim().to_owned(),
    }
}

/// By the prompt's marker, else the title's, else the configured default, else by what the session asks for.
/// The error says which names there are.
pub(crate) fn choose(
    library: &Library,
    default: Option<&str>,
    prompt: &str,
    title: &str,
    requires_approval: bool,
    has_source: bool,
) -> Result<Arc<Scenario>, String> {
    let name = marker(prompt).or_else(|| marker(title)).or(default).unwrap_or(match (requires_approval, has_source) {
        (true, _) => "approval",
        (false, false) => "repoless",
        (false, true) => "happy",
    });
    library
        .get(name)
        .ok_or_else(|| format!("The emulator has no scenario '{name}'; it has {}.", library.names().join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(prompt: &str, title: &str, default: Option<&str>, approval: bool, source: bool) -> String {
        let library = Library::shipped().unwrap();
        choose(&library, default, prompt, title, approval, source)
            .map_or_else(|why| why, |scenario| scenario.name.clone())
    }

    #[test]
    fn markers_come_before_the_default_and_the_default_before_the_request() {
        assert_eq!(chosen("fix [scenario:long]", "[scenario:demo]", Some("happy"), true, true), "long");
        assert_eq!(chosen("fix", "[scenario:demo]", Some("happy"), true, true), "demo");
        assert_eq!(chosen("fix", "", Some("failure"), true, true), "failure");
        assert_eq!(chosen("fix", "", None, true, true), "approval");
        assert_eq!(chosen("fix", "", None, false, false), "repoless");
        assert_eq!(chosen("fix", "", None, false, true), "happy");
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_known_ones() {
        assert!(chosen("[scenario:nope]", "", None, false, true).contains("approval, demo"));
    }

    #[test]
    fn titles_lose_the_marker() {
        assert_eq!(without_marker("Fix it [scenario:long] now"), "Fix it now");
    }
}
