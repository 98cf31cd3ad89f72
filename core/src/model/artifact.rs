//! What an activity brings along: patches, command output, pictures.

use std::fmt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::json;
use crate::diff::{self, ParsedPatch};
use crate::error::{Error, ErrorKind, Result};

/// One piece of data that an activity produced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
#[non_exhaustive]
pub enum Artifact {
    /// Changes to the source, as a patch.
    ChangeSet(ChangeSet),
    /// A command and what it printed.
    BashOutput(BashOutput),
    /// A picture or other file.
    Media(Media),
    /// A kind that this version does not know.
    Unknown {
        /// The artifact as the server sent it.
        raw: Value,
    },
}

/// Changes to a source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ChangeSet {
    /// The source's name, `sources/github/owner/repo`; empty for a session without a source.
    #[serde(deserialize_with = "json::or_default")]
    pub source: String,
    /// The changes.
    #[serde(deserialize_with = "json::or_default")]
    pub git_patch: GitPatch,
}

impl ChangeSet {
    /// The patch taken apart: which files it touches and how.
    pub fn parsed(&self) -> ParsedPatch {
        ParsedPatch::parse(&self.git_patch.unidiff_patch)
    }

    /// Applies the changes to the files of a directory, such as a checkout of the source: all of them or, when one
    /// can't be applied, none. Gives what was changed.
    ///
    /// The result is that of `git apply`: hunks may have moved by lines, but their lines must be there exactly. Created
    /// files must not be there yet, modes and symbolic links are set, a directory goes with its last file. Only files
    /// are touched, no index and no commit; a submodule's commit is left to git. A patch made with `git diff -U0` is
    /// applied as by `git apply --unidiff-zero`. Blocks while it works on files.
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// let mut changes = jules::ChangeSet::default();
    /// changes.git_patch.unidiff_patch = "--- /dev/null\n+++ b/docs/new.txt\n@@ -0,0 +1 @@\n+hello\n".into();
    ///
    /// let applied = changes.apply_to(directory)?;
    /// assert_eq!(applied.summary.created, 1);
    /// assert_eq!(std::fs::read_to_string(directory.join("docs/new.txt"))?, "hello\n");
    ///
    /// let again = changes.apply_to(directory).unwrap_err();
    /// assert!(again.message().contains("there already"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Patch`], with [`file`](Error::file) and [`hunk`](Error::hunk) where they are known: when the files are
    /// not those that the changes were made for, when the patch is broken or has no data for a binary file, when the
    /// changes are there already, when a path leads out of the directory (`..`, absolute, through a symbolic link) or
    /// into `.git`, and when a file can't be read or written.
    pub fn apply_to(&self, directory: impl AsRef<Path>) -> Result<ParsedPatch> {
        diff::apply_to(&self.git_patch.unidiff_patch, &self.git_patch.base_commit_id, directory.as_ref())
    }
}

/// A patch as git writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct GitPatch {
    /// The unified diff; may be empty, may be huge.
    #[serde(deserialize_with = "json::or_default")]
    pub unidiff_patch: String,
    /// The commit that the patch applies to.
    #[serde(deserialize_with = "json::or_default")]
    pub base_commit_id: String,
    /// A commit message that the agent proposes.
    #[serde(deserialize_with = "json::or_default")]
    pub suggested_commit_message: String,
}

/// A command that ran in the agent's machine. Its `Display` is what a terminal would show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct BashOutput {
    /// The command line.
    #[serde(deserialize_with = "json::or_default")]
    pub command: String,
    /// What it wrote to stdout and stderr.
    #[serde(deserialize_with = "json::or_default")]
    pub output: String,
    /// How it exited; 0 is success.
    #[serde(deserialize_with = "json::number")]
    pub exit_code: i32,
}

impl fmt::Display for BashOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "$ {}", self.command)?;
        let output = self.output.trim_end_matches('\n');
        if !output.is_empty() {
            write!(f, "\n{output}")?;
        }
        if self.exit_code != 0 {
            write!(f, "\n[exit code {}]", self.exit_code)?;
        }
        Ok(())
    }
}

/// A picture or other file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Media {
    /// The content in base64.
    #[serde(deserialize_with = "json::or_default")]
    pub data: String,
    /// The MIME type, such as `image/png`.
    #[serde(alias = "mimeType", deserialize_with = "json::or_default")]
    pub format: String,
}

impl Media {
    /// The content itself.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] when the server's base64 is broken.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        STANDARD
            .decode(self.data.trim())
            .map_err(|cause| Error::new(ErrorKind::Decode, "the media's data is not base64").with_source(cause))
    }

    /// Writes the content to a file, replacing what is there.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] as for [`Media::bytes`]; [`ErrorKind::Store`] when the file can't be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        std::fs::write(path, self.bytes()?).map_err(|cause| {
            Error::store(format!("saving media to {} failed: {cause}", path.display())).with_source(cause)
        })
    }

    /// A `data:` URL that a browser shows.
    pub fn to_url(&self) -> String {
        let format = if self.format.is_empty() { "application/octet-stream" } else { &self.format };
        format!("data:{format};base64,{}", self.data.trim())
    }
}

impl Artifact {
    pub(super) fn read_all(values: Vec<Value>) -> Vec<Self> {
        json::each(values, Self::read, |raw| Self::Unknown { raw })
    }

    fn read(value: &Value) -> Option<Self> {
        let fields = value.as_object()?;
        if let Some(inner) = fields.get("changeSet") {
            Deserialize::deserialize(inner).ok().map(Self::ChangeSet)
        } else if let Some(inner) = fields.get("bashOutput") {
            Deserialize::deserialize(inner).ok().map(Self::BashOutput)
        } else if let Some(inner) = fields.get("media") {
            Deserialize::deserialize(inner).ok().map(Self::Media)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_proto3_leaves_out_has_its_default() {
        let artifacts = Artifact::read_all(vec![json!({"bashOutput": {"command": "ls"}})]);
        assert_eq!(
            serde_json::to_value(&artifacts[0]).unwrap(),
            json!({"type": "bashOutput", "command": "ls", "output": "", "exitCode": 0})
        );
    }

    #[test]
    fn an_unknown_artifact_does_not_take_its_neighbours_with_it() {
        let artifacts = Artifact::read_all(vec![json!({"hologram": {}}), json!({"media": {"mimeType": "image/png"}})]);
        assert_eq!(artifacts[0], Artifact::Unknown { raw: json!({"hologram": {}}) });
        assert!(matches!(&artifacts[1], Artifact::Media(media) if media.format == "image/png"));
    }

    #[test]
    fn bash_output_prints_as_a_terminal_shows_it() {
        let output = BashOutput { command: "false".into(), output: "no\n".into(), exit_code: 1 };
        assert_eq!(output.to_string(), "$ false\nno\n[exit code 1]");
    }
}
