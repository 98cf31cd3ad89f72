//! What comes with an activity: patches, command output, pictures.

use std::fmt;
use std::path::Path;

use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use base64::{DecodeError, Engine as _, alphabet};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::json;
use super::terminal::rendered;
use crate::ground::diff::{self, ParsedPatch};
use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::printable::printable;
use crate::ground::replace::write_whole;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

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
#[serde(rename_all = "camelCase", from = "WireChangeSet")]
#[non_exhaustive]
pub struct ChangeSet {
    /// The source's name, `sources/github/owner/repo`; empty for a session without a source.
    pub source: String,
    /// The changes.
    pub git_patch: GitPatch,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WireChangeSet {
    #[serde(deserialize_with = "json::or_default")]
    source: String,
    #[serde(deserialize_with = "json::or_default")]
    git_patch: GitPatch,
    /// Some answers have it beside the patch instead of in it.
    #[serde(deserialize_with = "json::or_default")]
    suggested_commit_message: String,
}

impl From<WireChangeSet> for ChangeSet {
    fn from(wire: WireChangeSet) -> Self {
        let WireChangeSet { source, mut git_patch, suggested_commit_message } = wire;
        if git_patch.suggested_commit_message.is_empty() {
            git_patch.suggested_commit_message = suggested_commit_message;
        }
        Self { source, git_patch }
    }
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
    /// assert_eq!(again.kind(), jules::ErrorKind::Patch);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Patch`], with [`file`](Error::file) and [`hunk`](Error::hunk) where they are known: when the files are
    /// not those that the changes were made for, when the patch is broken or has no data for a binary file, when the
    /// changes are already applied, when a path leads out of the directory (`..`, absolute, through a symbolic link) or
    /// into `.git`, when it asks for far more than its length explains (a few hundred bytes can say that they make
    /// gigabytes, or copy one file a thousand times), and when a file can't be read or written.
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

/// A command that ran in the agent's machine. Its `Display` is what a terminal would show in the end: the command behind
/// `$ `, its output with progress bars in their last state and without colours, and `[exit code 1]` when it failed.
///
/// ```
/// let mut bash = jules::BashOutput::default();
/// bash.command = "make".into();
/// bash.output = "10%\r100%\n\u{1b}[31merror\u{1b}[0m\n".into();
/// bash.exit_code = 2;
/// assert_eq!(bash.to_string(), "$ make\n100%\nerror\n[exit code 2]");
/// ```
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
        write!(f, "$ {}", printable(&self.command))?;
        let output = rendered(&self.output);
        let output = output.trim_end_matches('\n');
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
        self.decoded()
            .map_err(|cause| Error::new(ErrorKind::Decode, "the media's data is not valid base64").with_source(cause))
    }

    /// Either alphabet, with padding or without, as protobuf's JSON allows; also broken into lines.
    fn decoded(&self) -> std::result::Result<Vec<u8>, DecodeError> {
        let standard = |byte: u8| match byte {
            b'-' => b'+',
            b'_' => b'/',
            byte => byte,
        };
        let text: Vec<u8> = self.data.bytes().filter(|byte| !byte.is_ascii_whitespace()).map(standard).collect();
        LENIENT.decode(text)
    }

    /// Writes the content to a file, replacing what is there: at once, so that nobody sees a half-written one. The
    /// directory must exist.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] as for [`Media::bytes`]; [`ErrorKind::Store`] when the file can't be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let content = self.bytes()?;
        write_whole(path, &content).map_err(|cause| {
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            let missing = parent.filter(|parent| !parent.exists());
            let error =
                Error::store(format!("cannot save the media to {}: {cause}", path.display())).with_source(cause);
            match missing {
                Some(missing) => error.with_hint(format!("Create the directory {} first.", missing.display())),
                None => error,
            }
        })
    }

    /// A `data:` URL that a browser shows.
    ///
    /// ```
    /// let media: jules::Media = serde_json::from_str(r#"{"mimeType": "image/png", "data": "iVBORw=="}"#)?;
    /// assert_eq!(media.to_url(), "data:image/png;base64,iVBORw==");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn to_url(&self) -> String {
        let format = self.format.trim();
        let sound = !format.is_empty() && format.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
        let format = if sound { format } else { "application/octet-stream" };
        let data = self.decoded().map_or_else(|_| self.data.trim().to_owned(), |bytes| STANDARD.encode(bytes));
        format!("data:{format};base64,{data}")
    }
}

/// The kinds that are known; the first that is there counts.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    change_set: Option<ChangeSet>,
    bash_output: Option<BashOutput>,
    media: Option<Media>,
}

impl Artifact {
    /// Reads the server's JSON.
    pub(super) fn from_wire(raw: &RawValue) -> Self {
        let known = serde_json::from_str(raw.get()).ok().and_then(|Wire { change_set, bash_output, media }| {
            let change_set = change_set.map(Self::ChangeSet);
            change_set.or_else(|| bash_output.map(Self::BashOutput)).or_else(|| media.map(Self::Media))
        });
        known.unwrap_or_else(|| {
            let raw: Value = serde_json::from_str(raw.get()).unwrap_or_default();
            Self::read(&raw).unwrap_or(Self::Unknown { raw })
        })
    }

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
    fn a_commit_message_is_read_in_the_patch_and_beside_it() {
        let message = |change_set| match &Artifact::read_all(vec![json!({ "changeSet": change_set })])[..] {
            [Artifact::ChangeSet(changes)] => changes.git_patch.suggested_commit_message.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(message(json!({"gitPatch": {}, "suggestedCommitMessage": "beside"})), "beside");
        assert_eq!(message(json!({"gitPatch": {"suggestedCommitMessage": "in"}, "suggestedCommitMessage": "b"})), "in");
        assert_eq!(message(json!({"gitPatch": null, "suggestedCommitMessage": null})), "");
    }

    #[test]
    fn an_artifact_is_read_the_same_from_text_and_from_values() {
        for value in [
            json!({"bashOutput": {"command": "ls\n\"x\"", "exitCode": "3"}}),
            json!({"changeSet": {"source": "s", "gitPatch": {"unidiffPatch": "p"}}, "more": [1, {}]}),
            json!({"changeSet": {}, "media": {}}),
            json!({"changeSet": 3, "media": {}}),
            json!({"media": {"data": 7}}),
            json!({"hologram": {}}),
            json!({}),
            json!(7),
            json!(null),
        ] {
            let raw = serde_json::value::to_raw_value(&value).unwrap();
            assert_eq!([Artifact::from_wire(&raw)], *Artifact::read_all(vec![value]));
        }
        let twice: &RawValue = serde_json::from_str(r#"{"media": {"data": "a"}, "media": {"data": "b"}}"#).unwrap();
        assert!(matches!(Artifact::from_wire(twice), Artifact::Media(media) if media.data == "b"));
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

    #[test]
    fn a_command_that_would_change_the_terminal_is_shown_and_not_obeyed() {
        let command = "printf '\u{1b}]0;mine\u{7}\u{9b}2J\u{8}'\nls".into();
        let output = BashOutput { command, output: "\u{1b}]0;mine\u{7}a.txt\n".into(), exit_code: 0 };
        let shown = "$ printf '\u{241b}]0;mine\u{2407}\u{fffd}2J\u{2408}'\nls\na.txt";
        assert_eq!(output.to_string(), shown);
    }

    fn media(data: &str, format: &str) -> Media {
        Media { data: data.into(), format: format.into() }
    }

    #[test]
    fn media_is_read_in_every_form_of_base64() {
        for data in ["+/8BAg==", "-_8BAg==", "-_8BAg", "+/8B\nAg==\n"] {
            assert_eq!(media(data, "").bytes().unwrap(), [0xfb, 0xff, 1, 2], "{data:?}");
            assert_eq!(media(data, "").to_url(), "data:application/octet-stream;base64,+/8BAg==");
        }
        assert_eq!(media("?", "").bytes().unwrap_err().kind(), ErrorKind::Decode);
        assert_eq!(media("AA==", "image/png,x").to_url(), "data:application/octet-stream;base64,AA==");
    }

    #[test]
    fn saving_replaces_the_whole_file_and_leaves_nothing_beside_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("shot.png");
        std::fs::write(&path, "something much longer").unwrap();
        media("AQID", "").save(&path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), [1, 2, 3]);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_saved_file_has_the_usual_permissions_or_those_it_had() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        let (usual, new, old) = (directory.path().join("u"), directory.path().join("n"), directory.path().join("o"));
        std::fs::write(&usual, "").unwrap();
        media("AQID", "").save(&new).unwrap();
        assert_eq!(mode(&new), mode(&usual));
        std::fs::write(&old, "").unwrap();
        std::fs::set_permissions(&old, std::fs::Permissions::from_mode(0o640)).unwrap();
        media("AQID", "").save(&old).unwrap();
        assert_eq!(mode(&old), 0o640);
    }

    #[test]
    fn saving_to_a_directory_that_is_not_there_says_so() {
        let directory = tempfile::tempdir().unwrap();
        let error = media("AQID", "").save(directory.path().join("missing/shot.png")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Store);
        assert!(error.message().contains("Create the directory"), "{error}");
        assert!(error.message().contains("missing"), "{error}");
    }
}
