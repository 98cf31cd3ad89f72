//! Text without its case, and the words of a search.

/// The text as it is compared when case doesn't count. Every letter goes up and down again, so that letters which share
/// an upper case (σ and ς, ß and ss) become the same.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

/// [`fold`], with every run of blanks and line ends as one blank: what a search looks through and for.
pub(crate) fn fold_blanks(text: &str) -> String {
    if !text.is_ascii() {
        return joined(&fold(text), |text| text.split_whitespace());
    }
    let is_blank = |c: char| matches!(c, ' ' | '\t'..='\r');
    let mut plain = joined(text, |text| text.split(is_blank).filter(|word| !word.is_empty()));
    plain.make_ascii_lowercase();
    plain
}

fn joined<'t, W: Iterator<Item = &'t str>>(text: &'t str, split: impl Fn(&'t str) -> W) -> String {
    let (mut words, mut plain) = (split(text), String::with_capacity(text.len()));
    plain.extend(words.next());
    for word in words {
        plain.push(' ');
        plain.push_str(word);
    }
    plain
}

/// The terms of a search, folded: words between blanks, and "quoted phrases" whole. A quote that isn't closed reaches to
/// the end.
pub(super) fn terms(search: &str) -> Vec<String> {
    let mut terms = Vec::new();
    for (number, part) in search.split('"').enumerate() {
        if number % 2 == 1 {
            terms.push(fold_blanks(part));
        } else {
            terms.extend(part.split_whitespace().map(fold));
        }
    }
    terms.retain(|term| !term.is_empty());
    terms.sort_unstable();
    terms.dedup();
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_differ_in_case_only_are_the_same() {
        for (one, other) in [("ÄRGER", "ärger"), ("ΟΔΟΣ", "οδος"), ("Straße", "STRASSE"), ("ЖУК", "жук"), ("K", "k")]
        {
            assert_eq!(fold(one), fold(other));
        }
        assert_ne!(fold("a"), fold("ä"));
    }

    #[test]
    fn blanks_and_line_ends_are_one_blank_whatever_letters_are_beside_them() {
        for blanks in [" ", "  ", "\t", "\n", "\r\n", "\u{b}", "\u{c}", " \n\u{b} "] {
            for (word, folded) in [("Word", "word"), ("Wört", "wört")] {
                let text = format!("{blanks}{word}{blanks}{word}{blanks}");
                assert_eq!(fold_blanks(&text), format!("{folded} {folded}"), "{text:?}");
            }
        }
        assert_eq!(fold_blanks("a\u{1c}b"), "a\u{1c}b", "a control character is no blank");
        assert_eq!((fold_blanks(""), fold_blanks(" \n")), (String::new(), String::new()));
    }

    #[test]
    fn quotes_hold_a_phrase_together() {
        assert_eq!(terms(r#"Fix "the  Flaky test" now"#), ["fix", "now", "the flaky test"]);
        assert_eq!(terms(r#"a "b c"#), ["a", "b c"]);
        assert_eq!(terms(r#"  "" "#), [""; 0]);
    }
}
