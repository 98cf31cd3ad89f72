//! The names of files in a patch's headers: quoted or not, with a prefix or not.

use std::cmp::Ordering;

/// The names in `--- ` and `+++ ` lines: nothing for `/dev/null`.
pub(super) fn label(text: &str) -> Option<Vec<u8>> {
    // Git ends a name that has blanks with a tab, diff puts a time behind one.
    let name = match quoted(text) {
        Some((name, _)) => name,
        None => text.split('\t').next().unwrap_or(text).as_bytes().to_vec(),
    };
    (name != b"/dev/null").then_some(name)
}

/// The name in a `rename from ` line and its like.
pub(super) fn whole(text: &str) -> Vec<u8> {
    quoted(text).map_or_else(|| text.as_bytes().to_vec(), |(name, _)| name)
}

/// The one name that a `diff --git` line has twice. Names with blanks are split where both halves agree.
pub(super) fn in_git_header(text: &str) -> Option<Vec<u8>> {
    if let Some((old, rest)) = quoted(text) {
        return common(&old, &whole(rest.strip_prefix(' ')?));
    }
    if let Some((old, new)) = text.split_once(" \"").and_then(|(old, _)| Some((old, quoted(&text[old.len() + 1..])?.0)))
    {
        return common(old.as_bytes(), &new);
    }
    halves(text.as_bytes())
}

/// Splits at the one blank behind which the name comes again, as it is or behind another first component.
fn halves(text: &[u8]) -> Option<Vec<u8>> {
    let middle = text.len() / 2;
    if text.len() % 2 == 1 && text[middle] == b' ' && text[..middle] == text[middle + 1..] {
        return (middle > 0).then(|| text[..middle].to_vec());
    }
    let first = text.iter().position(|byte| *byte == b'/')?;
    let mut slash = first;
    // The names begin behind the first slash and behind the first slash after the blank. As the blank moves on, so does that
    // slash, while two names of one length want it nearer: there is one blank at most where it is right.
    for blank in (first..text.len()).filter(|at| text[*at] == b' ') {
        if slash < blank {
            slash = blank + text[blank..].iter().position(|byte| *byte == b'/')?;
        }
        match (slash + blank).cmp(&(text.len() + first)) {
            Ordering::Less => {}
            Ordering::Equal => {
                let (old, new) = (&text[first + 1..blank], &text[slash + 1..]);
                return (old == new && !old.is_empty()).then(|| old.to_vec());
            }
            Ordering::Greater => return None,
        }
    }
    None
}

/// The name behind two that agree as they are, or without a first component that differs (`a/x` and `b/x`).
pub(super) fn common(old: &[u8], new: &[u8]) -> Option<Vec<u8>> {
    if old == new {
        return (!old.is_empty()).then(|| old.to_vec());
    }
    let (old, new) = (without_first(old)?, without_first(new)?);
    (old == new && !old.is_empty()).then(|| old.to_vec())
}

/// A name that stands alone, without git's usual prefix.
pub(super) fn alone(name: &[u8]) -> Vec<u8> {
    let stripped = name.strip_prefix(b"a/").or_else(|| name.strip_prefix(b"b/"));
    stripped.filter(|rest| !rest.is_empty()).unwrap_or(name).to_vec()
}

fn without_first(name: &[u8]) -> Option<&[u8]> {
    let slash = name.iter().position(|byte| *byte == b'/')?;
    Some(&name[slash + 1..])
}

/// Git quotes names that have unusual bytes, as C does. Gives the name and what follows it.
fn quoted(text: &str) -> Option<(Vec<u8>, &str)> {
    let inner = text.strip_prefix('"')?;
    let mut name = Vec::with_capacity(inner.len());
    let mut bytes = inner.bytes().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Some((name, &inner[at + 1..])),
            b'\\' => name.push(match bytes.next()?.1 {
                b'a' => 7,
                b'b' => 8,
                b't' => b'\t',
                b'n' => b'\n',
                b'v' => 11,
                b'f' => 12,
                b'r' => b'\r',
                first @ b'0'..=b'3' => {
                    let mut digit = || Some(bytes.next_if(|(_, next)| (b'0'..=b'7').contains(next))?.1 - b'0');
                    ((first - b'0') << 6) | (digit()? << 3) | digit()?
                }
                other => other,
            }),
            _ => name.push(byte),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> Option<String> {
        in_git_header(text).map(|name| String::from_utf8_lossy(&name).into_owned())
    }

    #[test]
    fn a_header_gives_the_name_that_it_has_twice() {
        assert_eq!(header("a/x b/x").as_deref(), Some("x"));
        assert_eq!(header("x x").as_deref(), Some("x"));
        assert_eq!(header("a/x a/x").as_deref(), Some("a/x"));
        assert_eq!(header("a/x b/x b/x b/x").as_deref(), Some("x b/x"));
        assert_eq!(header("before/x y after/x y").as_deref(), Some("x y"));
        assert_eq!(header(r#""a/h\303\251\t\"\\" "b/h\303\251\t\"\\""#).as_deref(), Some("hé\t\"\\"));
        assert_eq!(header("a/x b/y"), None);
        assert_eq!(header(""), None);
        assert_eq!(header("\"a/x"), None);
    }

    /// The name found by trying every blank, the middle first.
    fn at_any_blank(text: &[u8]) -> Option<Vec<u8>> {
        let at = |blank: usize| common(&text[..blank], &text[blank + 1..]);
        let middle = text.len() / 2;
        let in_the_middle = (text.get(middle) == Some(&b' ')).then(|| at(middle)).flatten();
        in_the_middle.or_else(|| (0..text.len()).filter(|blank| text[*blank] == b' ').find_map(at))
    }

    #[test]
    fn one_pass_finds_what_trying_every_blank_finds() {
        let (mut named, mut all) = (0, 0);
        for length in 0..11_u32 {
            for number in 0..4_usize.pow(length) {
                let text: Vec<u8> = (0..length).map(|place| b"a/ b"[number >> (2 * place) & 3]).collect();
                let expected = at_any_blank(&text);
                assert_eq!(halves(&text), expected, "{:?}", String::from_utf8_lossy(&text));
                named += usize::from(expected.is_some());
                all += 1;
            }
        }
        assert!(named > 5000 && named < all, "{named} of {all}");
    }

    #[test]
    fn a_label_ends_at_a_tab() {
        assert_eq!(label("a/x y\t"), Some(b"a/x y".to_vec()));
        assert_eq!(label("x\t2026-01-01 00:00:00"), Some(b"x".to_vec()));
        assert_eq!(label("/dev/null"), None);
        assert_eq!(label("\"a/\\377\""), Some(b"a/\xff".to_vec()));
    }
}
