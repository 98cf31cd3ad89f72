//! Patches as git writes them, and taken apart.

use pyo3::prelude::*;

use super::restore::restorable;
use super::shared::{Shared, match_args, shown_in_notebooks, value_methods};
use crate::convert::{Change, Tuple};

/// A patch as git writes it.
#[pyclass(frozen, module = "jules")]
pub(crate) struct GitPatch(Shared<jules::GitPatch>);
value_methods!(
    GitPatch,
    key = |data| data.base_commit_id,
    repr = ["base_commit_id", "suggested_commit_message", "unidiff_patch"]
);
restorable!(GitPatch, jules::GitPatch);
match_args!(GitPatch, "unidiff_patch");

impl GitPatch {
    pub(super) fn wrap<'py>(py: Python<'py>, data: Shared<jules::GitPatch>) -> PyResult<Bound<'py, Self>> {
        Bound::new(py, Self(data))
    }

    fn data(&self) -> &jules::GitPatch {
        self.0.get()
    }
}

#[pymethods]
impl GitPatch {
    /// The unified diff; may be empty, may be huge.
    #[getter]
    fn unidiff_patch(&self) -> &str {
        &self.data().unidiff_patch
    }

    /// The commit that the patch applies to.
    #[getter]
    fn base_commit_id(&self) -> &str {
        &self.data().base_commit_id
    }

    /// A commit message that the agent proposes.
    #[getter]
    fn suggested_commit_message(&self) -> &str {
        &self.data().suggested_commit_message
    }
}

/// A patch, file by file.
#[pyclass(frozen, module = "jules")]
pub(crate) struct ParsedPatch(Shared<jules::ParsedPatch>);
value_methods!(ParsedPatch, key = |data| data.summary.total_files, repr = ["files", "summary"]);
shown_in_notebooks!(ParsedPatch);
restorable!(ParsedPatch, jules::ParsedPatch);
match_args!(ParsedPatch, "files", "summary");

impl ParsedPatch {
    pub(super) fn wrap<'py>(py: Python<'py>, data: Shared<jules::ParsedPatch>) -> PyResult<Bound<'py, Self>> {
        Bound::new(py, Self(data))
    }

    fn data(&self) -> &jules::ParsedPatch {
        self.0.get()
    }
}

#[pymethods]
impl ParsedPatch {
    /// The files, in the patch's order.
    #[getter]
    fn files<'py>(&self, py: Python<'py>) -> PyResult<Tuple<'py, FileChange>> {
        self.0
            .each(|patch| patch.files.as_slice())
            .map(|file| Bound::new(py, FileChange(file)))
            .collect::<PyResult<_>>()
            .map(Tuple)
    }

    /// How many files there are of each sort.
    #[getter]
    fn summary<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PatchSummary>> {
        Bound::new(py, PatchSummary(Shared::new(self.data().summary)))
    }
}

/// One file of a `ParsedPatch`.
#[pyclass(frozen, module = "jules")]
pub(crate) struct FileChange(Shared<jules::FileChange>);
value_methods!(
    FileChange,
    key = |data| data.path,
    repr = ["path", "change_type", "old_path", "binary", "additions", "deletions"]
);
restorable!(FileChange, jules::FileChange);
match_args!(FileChange, "path", "change_type");

impl FileChange {
    fn data(&self) -> &jules::FileChange {
        self.0.get()
    }
}

#[pymethods]
impl FileChange {
    /// The path; of a renamed file the new one.
    #[getter]
    fn path(&self) -> &str {
        &self.data().path
    }

    /// The path before a rename.
    #[getter]
    fn old_path(&self) -> Option<&str> {
        self.data().old_path.as_deref()
    }

    /// What happened to it.
    #[getter]
    fn change_type(&self) -> Change<'_> {
        Change(&self.data().change_type)
    }

    /// Whether its content is not text.
    #[getter]
    fn binary(&self) -> bool {
        self.data().binary
    }

    /// The mode before, as git prints it (`"100644"`), where the patch names one.
    #[getter]
    fn old_mode(&self) -> Option<&str> {
        self.data().old_mode.as_deref()
    }

    /// The mode after (`"100755"` for a program, `"120000"` for a symbolic link), where the patch names one.
    #[getter]
    fn new_mode(&self) -> Option<&str> {
        self.data().new_mode.as_deref()
    }

    /// Lines added.
    #[getter]
    fn additions(&self) -> u64 {
        self.data().additions
    }

    /// Lines removed.
    #[getter]
    fn deletions(&self) -> u64 {
        self.data().deletions
    }
}

/// How many files of each sort a patch touches.
#[pyclass(frozen, module = "jules")]
pub(crate) struct PatchSummary(Shared<jules::PatchSummary>);
value_methods!(
    PatchSummary,
    key = |data| data.total_files,
    repr = ["total_files", "created", "modified", "deleted", "renamed"]
);

restorable!(PatchSummary, jules::PatchSummary);

impl PatchSummary {
    fn data(&self) -> &jules::PatchSummary {
        self.0.get()
    }
}

#[pymethods]
impl PatchSummary {
    /// All of them.
    #[getter]
    fn total_files(&self) -> usize {
        self.data().total_files
    }

    /// New ones.
    #[getter]
    fn created(&self) -> usize {
        self.data().created
    }

    /// Changed ones.
    #[getter]
    fn modified(&self) -> usize {
        self.data().modified
    }

    /// Removed ones.
    #[getter]
    fn deleted(&self) -> usize {
        self.data().deleted
    }

    /// Moved ones.
    #[getter]
    fn renamed(&self) -> usize {
        self.data().renamed
    }
}
