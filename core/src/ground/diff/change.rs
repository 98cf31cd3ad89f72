//! What users see of a patch: which files it changes, and how.

use serde::{Deserialize, Serialize};

use super::hunk::{Hunk, Mark};
use super::read::{Content, FilePatch, Mode, Patch, Sort};

/// What happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ChangeType {
    /// It is new.
    Created,
    /// It was modified.
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ParsedPatch {
    /// The files, in the patch's order.
    pub files: Vec<FileChange>,
    /// How many there are of each sort.
    pub summary: PatchSummary,
}

/// One file of a [`ParsedPatch`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FileChange {
    /// The path, without git's `a/` and `b/`; of a renamed or copied file the new one. Bytes that are not UTF-8 are
    /// shown as `�`.
    pub path: String,
    /// The path before a rename, or what a copy (which is `created`) was made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_path: Option<String>,
    /// What happened to it.
    pub change_type: ChangeType,
    /// Whether its content is not text.
    pub binary: bool,
    /// Lines added; 0 for a binary file.
    pub additions: u64,
    /// Lines removed; 0 for a binary file.
    pub deletions: u64,
    /// The mode before, as git prints it (`"100644"`), where the patch names one: for a changed mode and a deleted file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_mode: Option<String>,
    /// The mode after (`"100755"` for a program, `"120000"` for a symbolic link), where the patch names one: for a changed
    /// mode and a created file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_mode: Option<String>,
    #[serde(skip)]
    added: String,
}

/// How many files of each sort a patch touches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PatchSummary {
    /// All of them.
    pub total_files: usize,
    /// New ones, copies among them.
    pub created: usize,
    /// Changed ones.
    pub modified: usize,
    /// Removed ones.
    pub deleted: usize,
    /// Moved ones.
    pub renamed: usize,
}

impl ParsedPatch {
    // only rust: elsewhere a change set is taken apart
    /// Takes a unified diff apart, as `git diff` writes it with any of its options, or as plain `diff -u` does.
    ///
    /// What is not understood is passed over: a patch that was cut off in the middle still shows its files.
    /// [`ChangeSet::apply_to`](crate::ChangeSet::apply_to) is strict instead.
    ///
    /// ```
    /// let patch = jules::ParsedPatch::parse("--- /dev/null\n+++ b/new.txt\n@@ -0,0 +1 @@\n+hello\n");
    /// assert_eq!(patch.files[0].path, "new.txt");
    /// assert_eq!(patch.summary.created, 1);
    /// ```
    pub fn parse(patch: &str) -> Self {
        Self::of(&Patch::read(&Patch::complete(patch)))
    }

    pub(super) fn of(patch: &Patch<'_>) -> Self {
        let files: Vec<FileChange> = patch.files.iter().map(FileChange::of).collect();
        let count = |change_type| files.iter().filter(|file| file.change_type == change_type).count();
        let summary = PatchSummary {
            total_files: files.len(),
            created: count(ChangeType::Created),
            modified: count(ChangeType::Modified),
            deleted: count(ChangeType::Deleted),
            renamed: count(ChangeType::Renamed),
        };
        Self { files, summary }
    }
}

impl FileChange {
    fn of(file: &FilePatch<'_>) -> Self {
        let moved = matches!(file.sort, Sort::Rename | Sort::Copy);
        let (mut additions, mut deletions, mut added) = (0, 0, Vec::new());
        for line in file.hunks().iter().flat_map(Hunk::lines) {
            match line.mark {
                Mark::Added => {
                    additions += 1;
                    added.extend_from_slice(line.bytes);
                }
                Mark::Removed => deletions += 1,
                Mark::Context => {}
            }
        }
        Self {
            path: file.path(),
            old_path: moved.then(|| String::from_utf8_lossy(&file.old).into_owned()),
            change_type: match file.sort {
                Sort::Create | Sort::Copy => ChangeType::Created,
                Sort::Modify => ChangeType::Modified,
                Sort::Delete => ChangeType::Deleted,
                Sort::Rename => ChangeType::Renamed,
            },
            binary: !matches!(file.content, Content::Text(_)),
            additions,
            deletions,
            old_mode: file.old_mode.map(Mode::text),
            new_mode: file.new_mode.map(Mode::text),
            added: String::from_utf8_lossy(&added).into_owned(),
        }
    }

    /// The added lines: for a created file its whole content.
    pub(crate) fn into_added_text(self) -> String {
        self.added
    }
}
