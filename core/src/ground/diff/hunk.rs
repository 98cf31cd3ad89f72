//! One hunk: its header, and its lines counted, so that content which looks like a header is not taken for one.

use super::fault::excerpt;
use super::read::Lines;

/// What a line of a hunk says about the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Context,
    Added,
    Removed,
}

/// A line of a file, with its line break if it has one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    pub(super) mark: Mark,
    pub(super) bytes: &'a [u8],
}

/// A place in a file and what becomes of it. Its lines stay where they are in the patch: a list of them would take ten
/// times their room.
#[derive(Clone, Debug)]
pub(super) struct Hunk<'a> {
    pub(super) old_start: u64,
    pub(super) old_count: u64,
    pub(super) new_start: u64,
    pub(super) new_count: u64,
    body: &'a str,
    /// It is read the other way round: what is added in the text is removed.
    turned: bool,
    has_context: bool,
    ends_in_context: bool,
}

impl<'a> Hunk<'a> {
    /// Reads `@@ -1,2 +3,4 @@` and the lines that it announces. What is wrong comes with the lines that could be read.
    pub(super) fn read(lines: &mut Lines<'a>) -> (Option<Self>, Option<String>) {
        let Some(header) = lines.next() else { return (None, Some("it ends here".to_owned())) };
        let Some(mut hunk) = Self::header(header) else {
            return (None, Some(format!("not a hunk header: {}", excerpt(header.trim_end()))));
        };
        let problem = hunk.read_lines(lines);
        (Some(hunk), problem)
    }

    fn header(line: &str) -> Option<Self> {
        let (old, rest) = line.strip_prefix("@@ -")?.split_once(" +")?;
        let (new, _) = rest.split_once(" @@")?;
        let ((old_start, old_count), (new_start, new_count)) = (range(old)?, range(new)?);
        let (turned, has_context, ends_in_context) = (false, false, false);
        Some(Self { old_start, old_count, new_start, new_count, body: "", turned, has_context, ends_in_context })
    }

    fn read_lines(&mut self, lines: &mut Lines<'a>) -> Option<String> {
        let start = *lines;
        let problem = self.count_lines(lines);
        self.body = start.until(lines);
        problem
    }

    fn count_lines(&mut self, lines: &mut Lines<'a>) -> Option<String> {
        let (mut old_left, mut new_left, mut changes) = (self.old_count, self.new_count, false);
        while old_left > 0 || new_left > 0 {
            let missing = || format!("{old_left} lines of the old file and {new_left} of the new are missing");
            let Some(line) = lines.peek() else { return Some(format!("the patch was cut off: {}", missing())) };
            let mark = match line.as_bytes().first() {
                Some(b' ' | b'\n') if old_left > 0 && new_left > 0 => Mark::Context,
                Some(b'-') if old_left > 0 => Mark::Removed,
                Some(b'+') if new_left > 0 => Mark::Added,
                Some(b'\\') => {
                    lines.next();
                    continue;
                }
                _ => {
                    return Some(format!(
                        "{} does not match the hunk's header: {}",
                        excerpt(line.trim_end()),
                        missing()
                    ));
                }
            };
            lines.next();
            self.ends_in_context = mark == Mark::Context;
            self.has_context |= self.ends_in_context;
            changes |= !self.ends_in_context;
            old_left -= u64::from(mark != Mark::Added);
            new_left -= u64::from(mark != Mark::Removed);
        }
        if lines.peek().is_some_and(|line| line.starts_with("\\ ")) {
            lines.next();
        }
        (!changes).then(|| "it changes nothing".to_owned())
    }

    /// Its lines, as they stand in the file.
    pub(super) fn lines(&self) -> impl Iterator<Item = Line<'a>> + Clone + use<'a> {
        let turned = self.turned;
        let mut rest = self.body;
        std::iter::from_fn(move || {
            loop {
                let line = rest.split_inclusive('\n').next()?;
                rest = &rest[line.len()..];
                let mark = match (line.as_bytes().first()?, turned) {
                    // Said of the line before, which has seen it.
                    (b'\\', _) => continue,
                    (b'+', false) | (b'-', true) => Mark::Added,
                    (b'-', false) | (b'+', true) => Mark::Removed,
                    _ => Mark::Context,
                };
                // Some mailers strip the blank of an empty context line.
                let bytes = if line == "\n" { line.as_bytes() } else { &line.as_bytes()[1..] };
                // `\ No newline at end of file`, in whatever language.
                let bytes = if rest.starts_with('\\') { bytes.strip_suffix(b"\n").unwrap_or(bytes) } else { bytes };
                return Some(Line { mark, bytes });
            }
        })
    }

    /// The lines that the old file has here.
    pub(super) fn old_lines(&self) -> impl Iterator<Item = &'a [u8]> + Clone + use<'a> {
        self.lines().filter(|line| line.mark != Mark::Added).map(|line| line.bytes)
    }

    /// The lines that the new file has here.
    pub(super) fn new_lines(&self) -> impl Iterator<Item = &'a [u8]> + Clone + use<'a> {
        self.lines().filter(|line| line.mark != Mark::Removed).map(|line| line.bytes)
    }

    pub(super) fn has_context(&self) -> bool {
        self.has_context
    }

    pub(super) fn ends_in_context(&self) -> bool {
        self.ends_in_context
    }

    /// The hunk that undoes this one.
    pub(super) fn reversed(&self) -> Self {
        Self {
            old_start: self.new_start,
            old_count: self.new_count,
            new_start: self.old_start,
            new_count: self.old_count,
            turned: !self.turned,
            ..self.clone()
        }
    }
}

/// `7,2` → (7, 2); a length that isn't there is 1.
fn range(text: &str) -> Option<(u64, u64)> {
    let (start, count) = text.split_once(',').unwrap_or((text, "1"));
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    Some((number(start)?, number(count)?))
}
