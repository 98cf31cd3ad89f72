//! One hunk: its header, and its lines counted, so that content which looks like a header is not taken for one.

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

/// A place in a file and what becomes of it.
#[derive(Clone, Debug)]
pub(super) struct Hunk<'a> {
    pub(super) old_start: u64,
    pub(super) old_count: u64,
    pub(super) new_start: u64,
    pub(super) new_count: u64,
    pub(super) lines: Vec<Line<'a>>,
}

impl<'a> Hunk<'a> {
    /// Reads `@@ -1,2 +3,4 @@` and the lines that it announces. What is wrong comes with the lines that could be read.
    pub(super) fn read(lines: &mut Lines<'a>) -> (Option<Self>, Option<String>) {
        let Some(header) = lines.next() else { return (None, Some("it ends here".to_owned())) };
        let Some(mut hunk) = Self::header(header) else {
            return (None, Some(format!("{:?} is no hunk header", header.trim_end())));
        };
        let problem = hunk.read_lines(lines);
        (Some(hunk), problem)
    }

    fn header(line: &str) -> Option<Self> {
        let (old, rest) = line.strip_prefix("@@ -")?.split_once(" +")?;
        let (new, _) = rest.split_once(" @@")?;
        let ((old_start, old_count), (new_start, new_count)) = (range(old)?, range(new)?);
        Some(Self { old_start, old_count, new_start, new_count, lines: Vec::new() })
    }

    fn read_lines(&mut self, lines: &mut Lines<'a>) -> Option<String> {
        let (mut old_left, mut new_left) = (self.old_count, self.new_count);
        while old_left > 0 || new_left > 0 {
            let missing = || format!("{old_left} lines of the old file and {new_left} of the new are missing");
            let Some(line) = lines.peek() else { return Some(format!("the patch was cut off: {}", missing())) };
            let mark = match line.as_bytes().first() {
                Some(b' ' | b'\n') if old_left > 0 && new_left > 0 => Mark::Context,
                Some(b'-') if old_left > 0 => Mark::Removed,
                Some(b'+') if new_left > 0 => Mark::Added,
                Some(b'\\') => {
                    self.end_without_newline();
                    lines.next();
                    continue;
                }
                _ => return Some(format!("{:?} is not what its header announces: {}", line.trim_end(), missing())),
            };
            lines.next();
            // Some mailers strip the blank of an empty context line.
            let bytes = if line == "\n" { line.as_bytes() } else { &line.as_bytes()[1..] };
            self.lines.push(Line { mark, bytes });
            old_left -= u64::from(mark != Mark::Added);
            new_left -= u64::from(mark != Mark::Removed);
        }
        if lines.peek().is_some_and(|line| line.starts_with("\\ ")) {
            self.end_without_newline();
            lines.next();
        }
        let changes = self.lines.iter().any(|line| line.mark != Mark::Context);
        (!changes).then(|| "it changes nothing".to_owned())
    }

    /// `\ No newline at end of file`, in whatever language.
    fn end_without_newline(&mut self) {
        if let Some(line) = self.lines.last_mut() {
            line.bytes = line.bytes.strip_suffix(b"\n").unwrap_or(line.bytes);
        }
    }

    /// The lines that the old file has here.
    pub(super) fn old_lines(&self) -> impl Iterator<Item = &'a [u8]> + Clone {
        self.lines.iter().filter(|line| line.mark != Mark::Added).map(|line| line.bytes)
    }

    /// The lines that the new file has here.
    pub(super) fn new_lines(&self) -> impl Iterator<Item = &'a [u8]> {
        self.lines.iter().filter(|line| line.mark != Mark::Removed).map(|line| line.bytes)
    }

    pub(super) fn has_context(&self) -> bool {
        self.lines.iter().any(|line| line.mark == Mark::Context)
    }

    pub(super) fn ends_in_context(&self) -> bool {
        self.lines.last().is_some_and(|line| line.mark == Mark::Context)
    }

    /// The hunk that undoes this one.
    pub(super) fn reversed(&self) -> Self {
        let turn = |line: &Line<'a>| Line {
            mark: match line.mark {
                Mark::Context => Mark::Context,
                Mark::Added => Mark::Removed,
                Mark::Removed => Mark::Added,
            },
            bytes: line.bytes,
        };
        Self {
            old_start: self.new_start,
            old_count: self.new_count,
            new_start: self.old_start,
            new_count: self.old_count,
            lines: self.lines.iter().map(turn).collect(),
        }
    }
}

/// `7,2` → (7, 2); a length that isn't there is 1.
fn range(text: &str) -> Option<(u64, u64)> {
    let (start, count) = text.split_once(',').unwrap_or((text, "1"));
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    Some((number(start)?, number(count)?))
}
