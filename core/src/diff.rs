//! Unified diffs as git writes them, taken apart.

use serde::Serialize;

/// What happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ChangeType {
    /// It is new.
    Created,
    /// It was there and has changed.
    Modified,
    /// It is gone.
    Deleted,
    /// It has another path.
    Renamed,
}

impl ChangeType {
    /// The public name: `"created"`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Modified => "modified",
            Self::Deleted => "deleted",
            Self::Renamed => "renamed",
        }
    }
}

/// A patch, file by file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ParsedPatch {
    /// The files, in the patch's order.
    pub files: Vec<FileChange>,
    /// How many there are of each sort.
    pub summary: PatchSummary,
}

/// One file of a [`ParsedPatch`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FileChange {
    /// The path; of a renamed file the new one.
    pub path: String,
    /// The path before a rename.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_path: Option<String>,
    /// What happened to it.
    pub change_type: ChangeType,
    /// Whether its content is not text.
    pub binary: bool,
    /// Lines added.
    pub additions: u64,
    /// Lines removed.
    pub deletions: u64,
    #[serde(skip)]
    added: String,
    #[serde(skip)]
    no_final_newline: bool,
}

/// How many files of each sort a patch touches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PatchSummary {
    /// All of them.
    pub total_files: usize,
    /// New ones.
    pub created: usize,
    /// Changed ones.
    pub modified: usize,
    /// Removed ones.
    pub deleted: usize,
    /// Moved ones.
    pub renamed: usize,
}

impl FileChange {
    fn new(path: String) -> Self {
        Self {
            path,
            old_path: None,
            change_type: ChangeType::Modified,
            binary: false,
            additions: 0,
            deletions: 0,
            added: String::new(),
            no_final_newline: false,
        }
    }

    /// The added lines: for a created file its whole content.
    pub(crate) fn added_text(&self) -> String {
        if self.no_final_newline {
            self.added.strip_suffix('\n').unwrap_or(&self.added).to_owned()
        } else {
            self.added.clone()
        }
    }
}

impl ParsedPatch {
    /// Takes a patch apart. What is not understood is passed over.
    ///
    /// ```
    /// let patch = jules::ParsedPatch::parse("--- /dev/null\n+++ b/new.txt\n@@ -0,0 +1 @@\n+hello\n");
    /// assert_eq!(patch.files[0].path, "new.txt");
    /// assert_eq!(patch.summary.created, 1);
    /// ```
    pub fn parse(patch: &str) -> Self {
        let mut reader = Reader::default();
        for line in patch.split_inclusive('\n') {
            reader.line(line);
        }
        reader.finish()
    }
}

/// Reads line by line; counts the lines of a hunk, so that content which looks like a header is not taken for one.
#[derive(Default)]
struct Reader {
    files: Vec<FileChange>,
    current: Option<FileChange>,
    old_left: u64,
    new_left: u64,
    last_was_added: bool,
}

impl Reader {
    fn line(&mut self, full: &str) {
        let line = full.strip_suffix('\n').unwrap_or(full);
        if self.old_left > 0 || self.new_left > 0 {
            self.content(line);
        } else if line.starts_with('\\') {
            self.no_newline();
        } else {
            self.header(line.strip_suffix('\r').unwrap_or(line));
        }
    }

    fn content(&mut self, line: &str) {
        match line.as_bytes().first() {
            Some(b'\\') => return self.no_newline(),
            Some(b'+') => {
                self.new_left = self.new_left.saturating_sub(1);
                if let Some(file) = &mut self.current {
                    file.additions += 1;
                    file.added.push_str(&line[1..]);
                    file.added.push('\n');
                }
            }
            Some(b'-') => {
                self.old_left = self.old_left.saturating_sub(1);
                if let Some(file) = &mut self.current {
                    file.deletions += 1;
                }
            }
            _ => {
                self.old_left = self.old_left.saturating_sub(1);
                self.new_left = self.new_left.saturating_sub(1);
            }
        }
        self.last_was_added = line.starts_with('+');
    }

    fn no_newline(&mut self) {
        if let (true, Some(file)) = (self.last_was_added, &mut self.current) {
            file.no_final_newline = true;
        }
    }

    fn header(&mut self, line: &str) {
        if let Some(paths) = line.strip_prefix("diff --git ") {
            self.begin(git_header_path(paths));
        } else if let Some(path) = line.strip_prefix("--- ") {
            self.old_side(path);
        } else if let Some(path) = line.strip_prefix("+++ ") {
            self.new_side(path);
        } else if let Some((old, new)) = hunk_lengths(line) {
            (self.old_left, self.new_left) = (old, new);
        } else if let Some(file) = &mut self.current {
            extended_header(file, line);
        }
    }

    fn begin(&mut self, path: String) {
        self.files.extend(self.current.take());
        self.current = Some(FileChange::new(path));
    }

    /// A patch without `diff --git` lines begins its files here.
    fn old_side(&mut self, path: &str) {
        let fresh = self.current.as_ref().is_none_or(|file| file.additions + file.deletions > 0);
        let path = file_path(path, "a/");
        if fresh {
            self.begin(path.clone().unwrap_or_default());
        }
        if let (None, Some(file)) = (&path, &mut self.current) {
            file.change_type = ChangeType::Created;
        }
    }

    fn new_side(&mut self, path: &str) {
        let Some(file) = &mut self.current else { return };
        match file_path(path, "b/") {
            None => file.change_type = ChangeType::Deleted,
            Some(path) => file.path = path,
        }
    }

    fn finish(mut self) -> ParsedPatch {
        self.files.extend(self.current.take());
        let count = |change_type| self.files.iter().filter(|file| file.change_type == change_type).count();
        let summary = PatchSummary {
            total_files: self.files.len(),
            created: count(ChangeType::Created),
            modified: count(ChangeType::Modified),
            deleted: count(ChangeType::Deleted),
            renamed: count(ChangeType::Renamed),
        };
        ParsedPatch { files: self.files, summary }
    }
}

fn extended_header(file: &mut FileChange, line: &str) {
    if line.starts_with("new file mode") {
        file.change_type = ChangeType::Created;
    } else if line.starts_with("deleted file mode") {
        file.change_type = ChangeType::Deleted;
    } else if let Some(path) = line.strip_prefix("rename from ") {
        file.change_type = ChangeType::Renamed;
        file.old_path = Some(unquote(path));
    } else if let Some(path) = line.strip_prefix("rename to ").or_else(|| line.strip_prefix("copy to ")) {
        file.path = unquote(path);
    } else if line.starts_with("copy from ") {
        file.change_type = ChangeType::Created;
    } else if line.starts_with("Binary files ") || line == "GIT binary patch" {
        file.binary = true;
    }
}

/// `@@ -1,2 +3,4 @@` → (2, 4); a length that isn't there is 1.
fn hunk_lengths(line: &str) -> Option<(u64, u64)> {
    let ranges = line.strip_prefix("@@ -")?;
    let (old, rest) = ranges.split_once(" +")?;
    let new = rest.split(" @@").next()?;
    let length = |range: &str| match range.split_once(',') {
        Some((_, length)) => length.parse().ok(),
        None => Some(1),
    };
    Some((length(old)?, length(new)?))
}

/// The new path of `a/x b/x`. Unquoted paths with blanks are split where both halves agree.
fn git_header_path(paths: &str) -> String {
    if let Some(start) = paths.find(" \"b/") {
        return unquote(&paths[start + 1..]).trim_start_matches("b/").to_owned();
    }
    let halves = paths.match_indices(' ').find_map(|(middle, _)| {
        let (old, new) = (&paths[..middle], &paths[middle + 1..]);
        let (old, new) = (old.strip_prefix("a/").unwrap_or(old), new.strip_prefix("b/").unwrap_or(new));
        (old == new).then(|| new.to_owned())
    });
    halves.unwrap_or_else(|| match paths.split_once(" b/") {
        Some((_, new)) => new.to_owned(),
        None => paths.rsplit(' ').next().unwrap_or(paths).to_owned(),
    })
}

/// The path of a `---` or `+++` line; nothing for `/dev/null`.
fn file_path(text: &str, prefix: &str) -> Option<String> {
    let text = text.split('\t').next().unwrap_or(text);
    let path = unquote(text);
    if path == "/dev/null" {
        return None;
    }
    Some(path.strip_prefix(prefix).map_or(path.clone(), str::to_owned))
}

/// Git quotes paths that have unusual bytes, as C does.
fn unquote(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) else {
        return text.to_owned();
    };
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner.bytes().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next() {
            Some(b'n') => bytes.push(b'\n'),
            Some(b't') => bytes.push(b'\t'),
            Some(b'r') => bytes.push(b'\r'),
            Some(b'a') => bytes.push(7),
            Some(b'b') => bytes.push(8),
            Some(b'v') => bytes.push(11),
            Some(b'f') => bytes.push(12),
            Some(digit @ b'0'..=b'7') => {
                let mut value = u32::from(digit - b'0');
                for _ in 0..2 {
                    let Some(next) = rest.next_if(|next| (b'0'..=b'7').contains(next)) else { break };
                    value = value * 8 + u32::from(next - b'0');
                }
                bytes.push(u8::try_from(value & 0xff).unwrap_or_default());
            }
            Some(other) => bytes.push(other),
            None => bytes.push(b'\\'),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_that_looks_like_a_header_is_content() {
        let patch = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n--- old\n+++ new\n same\n";
        let parsed = ParsedPatch::parse(patch);
        assert_eq!(parsed.files.len(), 1);
        assert_eq!((parsed.files[0].additions, parsed.files[0].deletions), (1, 1));
        assert_eq!(parsed.files[0].path, "x");
    }

    #[test]
    fn every_sort_of_change_is_told_apart() {
        let patch = "diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+a\n\\ No newline at end of file\n\
            diff --git a/d b/d\ndeleted file mode 100644\n--- a/d\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n\
            diff --git a/o b/p\nsimilarity index 100%\nrename from o\nrename to p\n\
            diff --git a/i.png b/i.png\nindex 1..2 100644\nBinary files a/i.png and b/i.png differ\n";
        let parsed = ParsedPatch::parse(patch);
        let seen: Vec<_> =
            parsed.files.iter().map(|file| (file.path.as_str(), file.change_type, file.binary)).collect();
        assert_eq!(
            seen,
            [
                ("n", ChangeType::Created, false),
                ("d", ChangeType::Deleted, false),
                ("p", ChangeType::Renamed, false),
                ("i.png", ChangeType::Modified, true),
            ]
        );
        assert_eq!(parsed.files[0].added_text(), "a");
        assert_eq!(parsed.files[2].old_path.as_deref(), Some("o"));
    }

    #[test]
    fn quoted_paths_are_read_as_git_wrote_them() {
        let patch = "diff --git \"a/h\\303\\251 llo\" \"b/h\\303\\251 llo\"\n--- \"a/h\\303\\251 llo\"\n+++ \"b/h\\303\\251 llo\"\n@@ -1 +1 @@\n-a\n+b\n";
        assert_eq!(ParsedPatch::parse(patch).files[0].path, "hé llo");
    }
}
