//! From a patch's text to its files: headers, hunks and binary data, and what is wrong with them.

use std::borrow::Cow;

use super::binary::BinaryPatch;
use super::hunk::Hunk;
use super::names;

/// A patch, taken apart. It borrows from the text.
#[derive(Debug, Default)]
pub(super) struct Patch<'a> {
    pub(super) files: Vec<FilePatch<'a>>,
}

/// What a patch does with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Create,
    Modify,
    Delete,
    Rename,
    Copy,
}

/// One file of a patch.
#[derive(Clone, Debug)]
pub(super) struct FilePatch<'a> {
    pub(super) sort: Sort,
    /// The path before and the path after; the same but for a rename or copy.
    pub(super) old: Vec<u8>,
    pub(super) new: Vec<u8>,
    pub(super) old_mode: Option<Mode>,
    pub(super) new_mode: Option<Mode>,
    pub(super) content: Content<'a>,
    /// The first thing that can't be understood.
    pub(super) problem: Option<Problem>,
}

/// How a patch describes a file's content.
#[derive(Clone, Debug)]
pub(super) enum Content<'a> {
    Text(Vec<Hunk<'a>>),
    Binary(BinaryPatch<'a>),
    /// `Binary files a/x and b/x differ`, and no more.
    BinaryWithoutData,
}

/// Something that makes no sense.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    /// The line of the patch, from 1.
    pub(super) line: usize,
    /// The hunk, from 1.
    pub(super) hunk: Option<u64>,
    pub(super) what: String,
}

/// A file's mode as git counts: its kind, and whether it is a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mode(pub(super) u32);

impl Mode {
    pub(super) const FILE: Self = Self(0o100_644);
    pub(super) const PROGRAM: Self = Self(0o100_755);
    pub(super) const LINK: Self = Self(0o120_000);

    fn read(text: &str) -> Option<Self> {
        u32::from_str_radix(text.trim_end(), 8).ok().map(Self)
    }

    pub(super) fn text(self) -> String {
        format!("{:06o}", self.0)
    }

    pub(super) fn kind(self) -> u32 {
        self.0 & 0o170_000
    }

    pub(super) fn is_link(self) -> bool {
        self.kind() == Self::LINK.0
    }

    pub(super) fn is_submodule(self) -> bool {
        self.kind() == 0o160_000
    }

    pub(super) fn is_program(self) -> bool {
        self.0 & 0o100 != 0
    }
}

/// Lines with their line breaks; a copy of it looks ahead.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lines<'a> {
    rest: &'a str,
    /// The number of the line that was read last.
    pub(super) number: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn peek(&self) -> Option<&'a str> {
        self.rest.split_inclusive('\n').next()
    }

    pub(super) fn next(&mut self) -> Option<&'a str> {
        let line = self.peek()?;
        self.rest = &self.rest[line.len()..];
        self.number += 1;
        Some(line)
    }

    /// The text from here to where another copy has come.
    pub(super) fn until(&self, end: &Self) -> &'a str {
        &self.rest[..self.rest.len() - end.rest.len()]
    }
}

impl<'a> Patch<'a> {
    pub(super) fn read(text: &'a str) -> Self {
        let mut patch = Self::default();
        let mut lines = Lines { rest: text, number: 0 };
        while let Some(line) = lines.peek() {
            if let Some(names) = line.strip_prefix("diff --git ") {
                lines.next();
                patch.files.push(git_file(names, &mut lines));
            } else if plain_header_ahead(lines) {
                patch.files.push(plain_file(&mut lines));
            } else {
                lines.next();
                if line.starts_with("@@ -") {
                    patch.stray_hunk(lines.number);
                }
            }
        }
        patch
    }

    /// The patch's text with the line break at its end that JSON may have lost on the way.
    pub(super) fn complete(text: &str) -> Cow<'_, str> {
        if text.is_empty() || text.ends_with('\n') { text.into() } else { format!("{text}\n").into() }
    }

    fn stray_hunk(&mut self, line: usize) {
        if let Some(file) = self.files.last_mut() {
            let hunk = Some(file.hunks().len() as u64 + 1);
            let problem = Problem { line, hunk, what: "a hunk has no file header".to_owned() };
            file.problem.get_or_insert(problem);
        }
    }

    /// Whether the patch was made without context (`-U0`): then no hunk has any, and one of them shows that there would
    /// have been some.
    pub(super) fn is_without_context(&self) -> bool {
        let mut hunks = self.files.iter().flat_map(FilePatch::hunks).peekable();
        let inside = |file: &FilePatch<'_>| {
            let hunks = file.hunks();
            hunks.len() > 1
                || hunks.iter().any(|hunk| hunk.old_start > 1 || (hunk.old_start == 1 && hunk.old_count == 0))
        };
        hunks.all(|hunk| !hunk.has_context()) && self.files.iter().any(inside)
    }

    /// The patch that undoes this one.
    pub(super) fn reversed(&self) -> Self {
        Self { files: self.files.iter().rev().map(FilePatch::reversed).collect() }
    }
}

impl<'a> FilePatch<'a> {
    /// The path as users read it.
    pub(super) fn path(&self) -> String {
        String::from_utf8_lossy(&self.new).into_owned()
    }

    pub(super) fn hunks(&self) -> &[Hunk<'a>] {
        if let Content::Text(hunks) = &self.content { hunks } else { &[] }
    }

    pub(super) fn is_submodule(&self) -> bool {
        [self.old_mode, self.new_mode].into_iter().flatten().any(Mode::is_submodule)
            || matches!(self.hunks(), [hunk] if hunk.lines().all(|line| line.bytes.starts_with(b"Subproject commit ")))
    }

    fn reversed(&self) -> Self {
        Self {
            sort: match self.sort {
                Sort::Create => Sort::Delete,
                Sort::Delete => Sort::Create,
                // What it was copied from is still there; the copy is as if it had been edited.
                Sort::Modify | Sort::Copy => Sort::Modify,
                Sort::Rename => Sort::Rename,
            },
            old: self.new.clone(),
            new: if self.sort == Sort::Copy { self.new.clone() } else { self.old.clone() },
            old_mode: self.new_mode,
            new_mode: self.old_mode,
            content: match &self.content {
                Content::Text(hunks) => Content::Text(hunks.iter().map(Hunk::reversed).collect()),
                Content::Binary(binary) => Content::Binary(binary.reversed()),
                Content::BinaryWithoutData => Content::BinaryWithoutData,
            },
            problem: self.problem.clone(),
        }
    }
}

/// What stands between `diff --git` and the content.
#[derive(Default)]
struct Header<'a> {
    sort: Option<Sort>,
    old_label: Option<&'a str>,
    new_label: Option<&'a str>,
    from: Option<&'a str>,
    to: Option<&'a str>,
    old_mode: Option<Mode>,
    new_mode: Option<Mode>,
}

impl<'a> Header<'a> {
    /// Reads a line; says whether it belongs here.
    fn line(&mut self, line: &'a str) -> bool {
        let line = without_break(line);
        let rest = |start: &str| line.strip_prefix(start);
        if let Some(label) = rest("--- ") {
            self.old_label = Some(label);
        } else if let Some(label) = rest("+++ ") {
            self.new_label = Some(label);
        } else if let Some(mode) = rest("old mode ") {
            self.old_mode = Mode::read(mode);
        } else if let Some(mode) = rest("new mode ") {
            self.new_mode = Mode::read(mode);
        } else if let Some(mode) = rest("new file mode ") {
            (self.sort, self.new_mode) = (Some(Sort::Create), Mode::read(mode));
        } else if let Some(mode) = rest("deleted file mode ") {
            (self.sort, self.old_mode) = (Some(Sort::Delete), Mode::read(mode));
        } else if let Some(path) = rest("rename from ").or(rest("rename old ")) {
            (self.sort, self.from) = (Some(Sort::Rename), Some(path));
        } else if let Some(path) = rest("copy from ") {
            (self.sort, self.from) = (Some(Sort::Copy), Some(path));
        } else if let Some(path) = rest("rename to ").or(rest("rename new ")).or(rest("copy to ")) {
            self.to = Some(path);
        } else {
            return ["index ", "similarity index ", "dissimilarity index "].iter().any(|word| line.starts_with(word));
        }
        true
    }

    /// The paths before and after, as far as the header tells.
    fn paths(&self, git: Option<&str>) -> Option<(Vec<u8>, Vec<u8>)> {
        if let (Some(from), Some(to)) = (self.from, self.to) {
            return Some((names::whole(from), names::whole(to)));
        }
        let (old, new) = (self.old_label.and_then(names::label), self.new_label.and_then(names::label));
        let in_git_header = || git.and_then(names::in_git_header);
        let path = match (old, new) {
            (Some(old), Some(new)) => names::common(&old, &new).unwrap_or_else(|| names::alone(&new)),
            (Some(one), None) | (None, Some(one)) => in_git_header().unwrap_or_else(|| names::alone(&one)),
            (None, None) => in_git_header()?,
        };
        Some((path.clone(), path))
    }

    fn sort(&self) -> Sort {
        let gone = |label: Option<&str>| label.is_some_and(|label| names::label(label).is_none());
        match self.sort {
            Some(Sort::Rename | Sort::Copy) if self.from.is_none() || self.to.is_none() => Sort::Modify,
            Some(sort) => sort,
            None if gone(self.old_label) => Sort::Create,
            None if gone(self.new_label) => Sort::Delete,
            None => Sort::Modify,
        }
    }

    fn into_file(self, git: Option<&str>, lines: &mut Lines<'a>) -> FilePatch<'a> {
        let unnamed = Problem { line: lines.number, hunk: None, what: "its header names no file".to_owned() };
        let paths = self.paths(git);
        let mut problem = paths.is_none().then_some(unnamed);
        let content = content(lines, &mut problem);
        let (old, new) = paths.unwrap_or_default();
        FilePatch { sort: self.sort(), old, new, old_mode: self.old_mode, new_mode: self.new_mode, content, problem }
    }
}

fn git_file<'a>(git: &'a str, lines: &mut Lines<'a>) -> FilePatch<'a> {
    let mut header = Header::default();
    while lines.peek().is_some_and(|line| header.line(line)) {
        lines.next();
    }
    header.into_file(Some(without_break(git)), lines)
}

/// The files of a patch that git did not write begin with three lines of this form.
fn plain_header_ahead(mut lines: Lines<'_>) -> bool {
    ["--- ", "+++ ", "@@ -"].into_iter().all(|start| lines.next().is_some_and(|line| line.starts_with(start)))
}

fn plain_file<'a>(lines: &mut Lines<'a>) -> FilePatch<'a> {
    let mut header = Header::default();
    for _ in 0..2 {
        lines.next().map(|line| header.line(line));
    }
    header.into_file(None, lines)
}

fn content<'a>(lines: &mut Lines<'a>, problem: &mut Option<Problem>) -> Content<'a> {
    let mut hunks = Vec::new();
    match lines.peek().map(without_break) {
        Some("GIT binary patch") => {
            lines.next();
            return BinaryPatch::read(lines).map_or_else(
                |what| {
                    problem.get_or_insert(Problem { line: lines.number, hunk: None, what });
                    Content::BinaryWithoutData
                },
                Content::Binary,
            );
        }
        Some(line)
            if line.ends_with(" differ") && (line.starts_with("Binary files ") || line.starts_with("Files ")) =>
        {
            lines.next();
            return Content::BinaryWithoutData;
        }
        _ => {}
    }
    while problem.is_none() && lines.peek().is_some_and(|line| line.starts_with("@@ -")) {
        let (hunk, wrong) = Hunk::read(lines);
        let number = hunks.len() as u64 + 1;
        *problem = wrong.map(|what| Problem { line: lines.number, hunk: Some(number), what });
        hunks.extend(hunk);
    }
    Content::Text(hunks)
}

/// Headers may have come through something that ends lines with CR LF; names that end so are quoted.
fn without_break(line: &str) -> &str {
    let line = line.strip_suffix('\n').unwrap_or(line);
    line.strip_suffix('\r').unwrap_or(line)
}
