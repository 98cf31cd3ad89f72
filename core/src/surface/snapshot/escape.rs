//! Other people's text in a Markdown page: as it was meant, and unable to leave its place.

use crate::ground::model::one_line;
use crate::ground::printable::printable;

/// Text within a line, as it is: nothing in it is Markdown.
pub(super) fn inline(text: &str, longest: usize) -> String {
    let line = one_line(text, longest);
    let mut escaped = String::with_capacity(line.len());
    let mut before = ' ';
    for (place, letter) in line.char_indices() {
        let after = line[place + letter.len_utf8()..].chars().next().unwrap_or(' ');
        let special = match letter {
            '\\' | '`' | '*' | '[' | ']' | '<' | '|' | '~' => true,
            // Within a word it is no emphasis, and names are full of it.
            '_' => !(before.is_alphanumeric() && after.is_alphanumeric()),
            '&' => after.is_alphanumeric() || after == '#',
            // What makes a heading, a quotation or a list, does so at the beginning.
            '#' | '>' | '+' | '-' | '=' => place == 0,
            '.' | ')' => place > 0 && line[..place].bytes().all(|byte| byte.is_ascii_digit()),
            _ => false,
        };
        if special {
            escaped.push('\\');
        }
        escaped.push(letter);
        before = letter;
    }
    escaped
}

/// Code within a line.
pub(super) fn code(text: &str, longest: usize) -> String {
    let line = one_line(text, longest);
    let ticks = "`".repeat(longest_run(&line, '`') + 1);
    let pad = if line.is_empty() || line.starts_with('`') || line.ends_with('`') { " " } else { "" };
    format!("{ticks}{pad}{line}{pad}{ticks}")
}

/// Code within a line of a table, where a bar ends the cell even inside of code.
pub(super) fn code_in_table(text: &str, longest: usize) -> String {
    code(text, longest).replace('|', "\\|")
}

/// A link; only to the web, else just its text.
pub(super) fn link(text: &str, url: &str) -> String {
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    let is_plain = !url.chars().any(|letter| letter.is_whitespace() || letter.is_control() || "<>\\".contains(letter));
    if is_web && is_plain { format!("[{text}](<{url}>)") } else { text.to_owned() }
}

/// A block of code, with a fence that is longer than any in it.
pub(super) fn block(language: &str, text: &str) -> String {
    let fence = "`".repeat((longest_run(text, '`') + 1).max(3));
    format!("{fence}{language}\n{}\n{fence}\n", printable(text.trim_end_matches('\n')))
}

fn longest_run(text: &str, letter: char) -> usize {
    text.split(|other| other != letter).map(str::len).max().unwrap_or(0)
}

/// Markdown of somebody else as a quotation, which whatever they left open ends with. Headings become text, for they
/// would stand in the page's outline, and HTML shows as it is written.
pub(super) fn quotation(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 64);
    let mut fence: Option<&str> = None;
    let mut after_text = false;
    for line in printable(text.trim()).lines() {
        let inner = line.trim_start();
        let ticks = fence_of(inner);
        let line = match (fence, ticks) {
            (Some(open), Some(close)) if close.starts_with(open) && close.len() == inner.trim_end().len() => {
                fence = None;
                line.to_owned()
            }
            (Some(_), _) => line.to_owned(),
            (None, Some(open)) => {
                fence = Some(open);
                line.to_owned()
            }
            (None, None) => without_html(&without_heading(line, after_text)),
        };
        after_text = fence.is_none() && ticks.is_none() && !inner.is_empty();
        quoted.push_str(format!("> {line}").trim_end());
        quoted.push('\n');
    }
    quoted
}

/// The backticks or tildes that this line begins or ends a block of code with.
fn fence_of(line: &str) -> Option<&str> {
    let first = line.chars().next().filter(|first| "`~".contains(*first))?;
    let length = line.chars().take_while(|letter| *letter == first).count();
    let rest = &line[length..];
    (length >= 3 && !(first == '`' && rest.contains('`'))).then(|| &line[..length])
}

/// A line that isn't a heading, and makes none of the line before it.
fn without_heading(line: &str, after_text: bool) -> String {
    let inner = line.trim();
    let underlines = after_text
        && !inner.is_empty()
        && (inner.chars().all(|letter| letter == '=') || inner.chars().all(|letter| letter == '-'));
    let marks = inner.chars().take_while(|letter| *letter == '#').count();
    let is_heading = (1..=6).contains(&marks) && inner[marks..].chars().next().is_none_or(char::is_whitespace);
    if underlines || is_heading { format!("\\{inner}") } else { line.to_owned() }
}

/// What could be HTML shows as it is written; inside of code it does so anyway.
fn without_html(line: &str) -> String {
    let mut rest = line;
    let mut safe = String::with_capacity(line.len());
    while let Some(place) = rest.find(['`', '<', '\\']) {
        let (before, from) = rest.split_at(place);
        safe.push_str(before);
        let ticks = from.chars().take_while(|letter| *letter == '`').count();
        let length = match from.as_bytes() {
            [b'`', ..] => code_length(from, ticks).unwrap_or(ticks),
            [b'<', ..] => {
                safe.push('\\');
                1
            }
            // The letter behind is escaped already.
            [_, b'`' | b'<' | b'\\', ..] => 2,
            _ => 1,
        };
        safe.push_str(&from[..length]);
        rest = &from[length..];
    }
    safe + rest
}

/// The bytes of the code within a line that begins here with so many backticks.
fn code_length(text: &str, ticks: usize) -> Option<usize> {
    let mut place = ticks;
    while let Some(found) = text[place..].find('`') {
        let from = place + found;
        let run = text[from..].bytes().take_while(|byte| *byte == b'`').count();
        place = from + run;
        if run == ticks {
            return Some(place);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_a_line_is_no_markdown() {
        for (text, expected) in [
            ("Fix *this* [now](x)", r"Fix \*this\* \[now\](x)"),
            ("snake_case and _emphasis_", r"snake_case and \_emphasis\_"),
            ("# not\na heading", r"\# not a heading"),
            ("1. not a list", r"1\. not a list"),
            ("<b> & AT&T a|b", r"\<b> & AT\&T a\|b"),
        ] {
            assert_eq!(inline(text, 80), expected);
        }
    }

    #[test]
    fn a_fence_is_longer_than_any_inside() {
        assert_eq!(block("text", "a\n````\nb\n"), "`````text\na\n````\nb\n`````\n");
        assert_eq!(block("", ""), "```\n\n```\n");
        assert_eq!(code("a `b` c", 80), "``a `b` c``");
        assert_eq!(code("`x`", 80), "`` `x` ``");
        assert_eq!(code_in_table("a|b", 80), r"`a\|b`");
    }

    #[test]
    fn a_terminal_obeys_nothing_of_it() {
        let text = "a\u{1b}]0;mine\u{7}\u{9b}2J\nb";
        assert_eq!(block("", text), "```\na\u{241b}]0;mine\u{2407}\u{fffd}2J\nb\n```\n");
        assert_eq!(quotation(text), "> a\u{241b}]0;mine\u{2407}\u{fffd}2J\n> b\n");
        for line in [inline(text, 80), code(text, 80), code_in_table(text, 80), link("x", &format!("https://{text}"))] {
            assert!(!line.contains(char::is_control), "{line:?}");
        }
    }

    #[test]
    fn a_link_leads_to_the_web_or_nowhere() {
        assert_eq!(link("x", "https://example.com/a(b)"), "[x](<https://example.com/a(b)>)");
        for bad in ["javascript:alert(1)", "", "https://a b", "https://a>b"] {
            assert_eq!(link("x", bad), "x");
        }
    }

    #[test]
    fn a_quotation_keeps_its_markdown_and_has_no_headings() {
        let text = "# Title\nIt *works*:\n```sh\n# a comment <b>\n```\nDone\n---\n#hashtag\n";
        assert_eq!(
            quotation(text),
            "> \\# Title\n> It *works*:\n> ```sh\n> # a comment <b>\n> ```\n> Done\n> \\---\n> #hashtag\n"
        );
    }

    #[test]
    fn html_shows_as_it_is_written_but_in_code() {
        assert_eq!(quotation("a <b> `Vec<T>` ``<`` \\<i> `open <u>"), "> a \\<b> `Vec<T>` ``<`` \\<i> `open \\<u>\n");
    }
}
