//! Text that a terminal shows and does not obey, and that has an end.

use std::borrow::Cow;

/// The text with each control character but line ends and tabs as a sign for it: what others have written moves no cursor
/// and changes no title.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    let obeyed = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\t');
    if !text.contains(obeyed) {
        return text.into();
    }
    let text = text.replace("\r\n", "\n");
    text.chars().map(|letter| if obeyed(letter) { sign(letter) } else { letter }).collect::<String>().into()
}

/// So many characters of the text, or all.
pub(crate) fn beginning(text: &str, longest: usize) -> &str {
    text.char_indices().nth(longest).map_or(text, |(end, _)| &text[..end])
}

/// The text, cut where it is longer.
pub(crate) fn cut(text: &str, longest: usize) -> Cow<'_, str> {
    match beginning(text, longest) {
        all if all.len() == text.len() => text.into(),
        beginning => format!("{beginning}…").into(),
    }
}

fn sign(control: char) -> char {
    match control {
        '\u{7f}' => '\u{2421}',
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(control)).unwrap_or(char::REPLACEMENT_CHARACTER),
        _ => char::REPLACEMENT_CHARACTER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_are_shown_and_lines_stay() {
        for (text, shown) in [
            ("a\tb\nc \u{1f980}", "a\tb\nc \u{1f980}"),
            ("\u{1b}]0;title\u{7}", "\u{241b}]0;title\u{2407}"),
            ("a\r\nb\rc", "a\nb\u{240d}c"),
            ("\u{9b}2J\u{7f}\0", "\u{fffd}2J\u{2421}\u{2400}"),
        ] {
            assert_eq!(printable(text), shown);
            assert_eq!(printable(&printable(text)), shown);
        }
    }
}
