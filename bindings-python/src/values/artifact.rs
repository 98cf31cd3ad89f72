//! Artifacts: what an activity brings along.

use std::path::PathBuf;

use pyo3::PyClassInitializer;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::files::GeneratedFiles;
use super::patch::{GitPatch, ParsedPatch};
use super::restore::restorable;
use super::shared::{Shared, match_args, shown_in_notebooks, value_methods};
use crate::convert::Json;
use crate::error::to_py_err;

/// One piece of data that an activity produced: a `ChangeSet`, a `BashOutput`, a `Media` or an `UnknownArtifact`.
#[pyclass(frozen, subclass, module = "jules")]
pub(crate) struct Artifact(Shared<jules::Artifact>);

impl Artifact {
    pub(super) fn wrap<'py>(py: Python<'py>, data: Shared<jules::Artifact>) -> PyResult<Bound<'py, Self>> {
        let whole = data.clone();
        let base = PyClassInitializer::from(Self(data));
        Ok(match whole.get() {
            jules::Artifact::ChangeSet(_) => Bound::new(py, base.add_subclass(ChangeSet))?.into_super(),
            jules::Artifact::BashOutput(_) => Bound::new(py, base.add_subclass(BashOutput))?.into_super(),
            jules::Artifact::Media(_) => Bound::new(py, base.add_subclass(Media))?.into_super(),
            _ => Bound::new(py, base.add_subclass(UnknownArtifact))?.into_super(),
        })
    }

    fn data(&self) -> &jules::Artifact {
        self.0.get()
    }
}
value_methods!(Artifact, key = |data| key(data), repr = ["type"]);
restorable!(Artifact, jules::Artifact, |py, data| Artifact::wrap(py, data));
shown_in_notebooks!(Artifact);

fn key(artifact: &jules::Artifact) -> &str {
    match artifact {
        jules::Artifact::ChangeSet(changes) => &changes.git_patch.base_commit_id,
        jules::Artifact::BashOutput(bash) => &bash.command,
        jules::Artifact::Media(media) => &media.format,
        _ => "unknown",
    }
}

#[pymethods]
impl Artifact {
    /// The type's name: `"changeSet"`, `"bashOutput"`, `"media"` or `"unknown"`.
    #[getter]
    fn r#type(&self) -> &'static str {
        match self.data() {
            jules::Artifact::ChangeSet(_) => "changeSet",
            jules::Artifact::BashOutput(_) => "bashOutput",
            jules::Artifact::Media(_) => "media",
            _ => "unknown",
        }
    }
}

/// Changes to the source, as a patch.
#[pyclass(frozen, extends = Artifact, module = "jules")]
pub(crate) struct ChangeSet;
match_args!(ChangeSet, "source", "git_patch");

impl ChangeSet {
    /// A change set that stands outside an activity.
    pub(super) fn alone<'py>(py: Python<'py>, data: jules::ChangeSet) -> PyResult<Bound<'py, Self>> {
        let base = Artifact(Shared::new(jules::Artifact::ChangeSet(data)));
        Bound::new(py, PyClassInitializer::from(base).add_subclass(Self))
    }

    fn of<'a>(slf: &'a Bound<'_, Self>) -> Option<&'a jules::ChangeSet> {
        match slf.as_super().get().data() {
            jules::Artifact::ChangeSet(changes) => Some(changes),
            _ => None,
        }
    }
}

#[pymethods]
impl ChangeSet {
    /// The source's name, `sources/github/owner/repo`; empty for a session without a source.
    #[getter]
    fn source<'a>(slf: &'a Bound<'_, Self>) -> &'a str {
        Self::of(slf).map_or("", |changes| &changes.source)
    }

    /// The changes.
    #[getter]
    fn git_patch<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, GitPatch>> {
        GitPatch::wrap(
            slf.py(),
            Shared::new(Self::of(slf).map(|changes| changes.git_patch.clone()).unwrap_or_default()),
        )
    }

    /// The patch taken apart: which files it touches and how.
    ///
    /// ```python
    /// for file in change_set.parsed().files:
    ///     print(file.change_type, file.path, f"+{file.additions} -{file.deletions}")
    /// ```
    fn parsed<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, ParsedPatch>> {
        // A patch may have many megabytes: other threads go on meanwhile.
        let changes = Self::of(slf);
        let parsed = slf.py().detach(|| changes.map(jules::ChangeSet::parsed).unwrap_or_default());
        ParsedPatch::wrap(slf.py(), Shared::new(parsed))
    }

    /// Applies the changes to a checkout: all of them, or none. The result is that of `git apply`.
    ///
    /// ```python
    /// applied = change_set.apply_to("path/to/checkout")
    /// ```
    ///
    /// Gives what was changed. Raises `PatchError`, with `file` and `hunk` where they are known: when the files are not those
    /// that the changes were made for, or a path leads out of the directory. Releases the GIL.
    fn apply_to<'py>(slf: &Bound<'py, Self>, directory: PathBuf) -> PyResult<Bound<'py, ParsedPatch>> {
        let changes = Self::of(slf).cloned().unwrap_or_default();
        let applied = slf.py().detach(|| changes.apply_to(directory)).map_err(|error| to_py_err(slf.py(), &error))?;
        ParsedPatch::wrap(slf.py(), Shared::new(applied))
    }

    /// The files that the changes create or touch. See `Outcome.generated_files`.
    #[pyo3(signature = (*, directory = None))]
    fn generated_files(slf: &Bound<'_, Self>, directory: Option<PathBuf>) -> PyResult<GeneratedFiles> {
        let changes = Self::of(slf).cloned().unwrap_or_default();
        GeneratedFiles::made(slf.py(), || match directory {
            Some(directory) => changes.generated_files_in(directory),
            None => Ok(changes.generated_files()),
        })
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        crate::convert::repr(slf.as_any(), &["source", "git_patch"])
    }
}

/// A command that ran in the agent's machine. `str()` of it is what a terminal would show.
#[pyclass(frozen, extends = Artifact, module = "jules")]
pub(crate) struct BashOutput;
match_args!(BashOutput, "command", "output", "exit_code");

impl BashOutput {
    fn of<'a>(slf: &'a Bound<'_, Self>) -> Option<&'a jules::BashOutput> {
        match slf.as_super().get().data() {
            jules::Artifact::BashOutput(bash) => Some(bash),
            _ => None,
        }
    }
}

#[pymethods]
impl BashOutput {
    /// The command line.
    #[getter]
    fn command<'a>(slf: &'a Bound<'_, Self>) -> &'a str {
        Self::of(slf).map_or("", |bash| &bash.command)
    }

    /// What it wrote to stdout and stderr.
    #[getter]
    fn output<'a>(slf: &'a Bound<'_, Self>) -> &'a str {
        Self::of(slf).map_or("", |bash| &bash.output)
    }

    /// How it exited; 0 is success.
    #[getter]
    fn exit_code(slf: &Bound<'_, Self>) -> i32 {
        Self::of(slf).map_or(0, |bash| bash.exit_code)
    }

    fn __str__(slf: &Bound<'_, Self>) -> String {
        Self::of(slf).map(ToString::to_string).unwrap_or_default()
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        crate::convert::repr(slf.as_any(), &["command", "output", "exit_code"])
    }
}

/// A picture or other file.
#[pyclass(frozen, extends = Artifact, module = "jules")]
pub(crate) struct Media;
match_args!(Media, "data", "format");

impl Media {
    fn of<'a>(slf: &'a Bound<'_, Self>) -> Option<&'a jules::Media> {
        match slf.as_super().get().data() {
            jules::Artifact::Media(media) => Some(media),
            _ => None,
        }
    }
}

#[pymethods]
impl Media {
    /// The content in base64.
    #[getter]
    fn data<'a>(slf: &'a Bound<'_, Self>) -> &'a str {
        Self::of(slf).map_or("", |media| &media.data)
    }

    /// The MIME type, such as `image/png`.
    #[getter]
    fn format<'a>(slf: &'a Bound<'_, Self>) -> &'a str {
        Self::of(slf).map_or("", |media| &media.format)
    }

    /// The content itself. Raises `DecodeError` when the server's base64 is broken.
    fn to_bytes<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyBytes>> {
        let media = Self::of(slf).cloned().unwrap_or_default();
        let bytes = media.bytes().map_err(|error| to_py_err(slf.py(), &error))?;
        Ok(PyBytes::new(slf.py(), &bytes))
    }

    /// Writes the content to a file, replacing what is there.
    ///
    /// Raises `DecodeError` when the server's base64 is broken, `StoreError` when the file can't be written.
    fn save(slf: &Bound<'_, Self>, path: PathBuf) -> PyResult<()> {
        let media = Self::of(slf).cloned().unwrap_or_default();
        slf.py().detach(|| media.save(path)).map_err(|error| to_py_err(slf.py(), &error))
    }

    /// A `data:` URL that a browser shows.
    fn to_url(slf: &Bound<'_, Self>) -> String {
        Self::of(slf).map(jules::Media::to_url).unwrap_or_default()
    }

    /// The picture itself, for notebooks.
    #[pyo3(signature = (include = None, exclude = None) -> "dict[str, str]")]
    fn _repr_mimebundle_<'py>(
        slf: &Bound<'py, Self>,
        include: Option<&Bound<'_, PyAny>>,
        exclude: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        // What the frontend would like is a hint, and all of it is cheap.
        let _ = (include, exclude);
        crate::convert::pictures(slf.as_any())
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        crate::convert::repr(slf.as_any(), &["format", "data"])
    }
}

/// An artifact of a kind that this version does not know.
#[pyclass(frozen, extends = Artifact, module = "jules")]
pub(crate) struct UnknownArtifact;
match_args!(UnknownArtifact, "raw");

#[pymethods]
impl UnknownArtifact {
    /// The artifact as the server sent it.
    #[getter]
    fn raw<'a>(slf: &'a Bound<'_, Self>) -> Json<'a, serde_json::Value> {
        match slf.as_super().get().data() {
            jules::Artifact::Unknown { raw } => Json(raw),
            _ => Json(&serde_json::Value::Null),
        }
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        crate::convert::repr(slf.as_any(), &["raw"])
    }
}
