//! The files that a change set creates or touches, with what they hold.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::ChangeSet;
use crate::ground::diff::{self, ChangeType, FileChange};
use crate::ground::error::Result;

impl ChangeSet {
    /// The files that the changes create or touch: of a created file the whole content, of any other the added lines.
    pub fn generated_files(&self) -> GeneratedFiles {
        GeneratedFiles(self.parsed().files.into_iter().map(GeneratedFile::from).collect())
    }

    /// The files that the changes create or touch, with their full new content, made from the files that the directory
    /// has now; nothing is written. A directory that has the changes already does as well. The content of a deleted file, and
    /// of one that is not UTF-8 text, is empty. Blocks while it reads files.
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// std::fs::write(directory.join("list"), "one\ntwo\n")?;
    /// let mut changes = jules::ChangeSet::default();
    /// changes.git_patch.unidiff_patch = "--- a/list\n+++ b/list\n@@ -1,2 +1,3 @@\n one\n two\n+three\n".into();
    ///
    /// assert_eq!(changes.generated_files().all()[0].content, "three\n");
    /// assert_eq!(changes.generated_files_in(directory)?.all()[0].content, "one\ntwo\nthree\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Patch`](crate::ErrorKind::Patch), as for [`ChangeSet::apply_to`], when the directory's files are not those that the
    /// changes were made for.
    pub fn generated_files_in(&self, directory: impl AsRef<Path>) -> Result<GeneratedFiles> {
        let (patch, base) = (&self.git_patch.unidiff_patch, &self.git_patch.base_commit_id);
        let contents = diff::contents_in(patch, base, directory.as_ref())?;
        let files = self.generated_files().0.into_iter().zip(contents);
        let with_content = |(file, content)| GeneratedFile { content, ..file };
        Ok(GeneratedFiles(files.map(with_content).collect()))
    }
}

/// The files of an [`Outcome`](crate::Outcome) or a [`ChangeSet`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GeneratedFiles(Vec<GeneratedFile>);

impl GeneratedFiles {
    /// All of them, in the order of the patch.
    pub fn all(&self) -> &[GeneratedFile] {
        &self.0
    }

    /// The one at this path.
    pub fn get(&self, path: &str) -> Option<&GeneratedFile> {
        self.0.iter().find(|file| file.path == path)
    }

    /// Those that were changed in this way.
    pub fn filter(&self, change_type: ChangeType) -> Vec<&GeneratedFile> {
        self.0.iter().filter(|file| file.change_type == change_type).collect()
    }
}

/// One file that a session made or changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct GeneratedFile {
    /// Its path in the source; of a renamed file the new one.
    pub path: String,
    /// What happened to it.
    pub change_type: ChangeType,
    /// The whole content of a created file; of any other the lines that were added, or, made with a directory, the whole
    /// new content. Empty for a binary file.
    pub content: String,
    /// How many lines were added.
    pub additions: u64,
    /// How many lines were removed.
    pub deletions: u64,
}

impl From<FileChange> for GeneratedFile {
    fn from(change: FileChange) -> Self {
        Self {
            path: change.path.clone(),
            change_type: change.change_type,
            additions: change.additions,
            deletions: change.deletions,
            content: change.into_added_text(),
        }
    }
}
