//! How a session ended, and what it left.

use std::path::PathBuf;

use pyo3::prelude::*;

use super::artifact::ChangeSet;
use super::convert::{Change, Dict, Each, Plain, State, Tuple, to_python};
use super::output::{PullRequest, SessionOutput};
use super::shared::{Shared, match_args, restorable, shown_in_notebooks, value_methods};
use crate::error::{config, failed, to_py_err};

/// How a session ended. A failed session is an outcome too, not an error.
#[pyclass(frozen, module = "jules")]
pub(crate) struct Outcome(Shared<jules::Outcome>);
to_python!(jules::Outcome => Outcome);
value_methods!(
    Outcome,
    key = |data| data.session_id,
    repr = ["session_id", "state", "title", "pull_request", "failure_reason"]
);
restorable!(Outcome, jules::Outcome, |py, data| Outcome::wrap(py, data), |data| data.envelope());
shown_in_notebooks!(Outcome, GeneratedFiles);
match_args!(Outcome, "state");

impl Outcome {
    pub(super) fn wrap<'py>(py: Python<'py>, data: Shared<jules::Outcome>) -> PyResult<Bound<'py, Self>> {
        Bound::new(py, Self(data))
    }

    fn data(&self) -> &jules::Outcome {
        self.0.get()
    }
}

#[pymethods]
impl Outcome {
    /// Which session.
    #[getter]
    fn session_id(&self) -> &str {
        &self.data().session_id
    }

    /// Its title.
    #[getter]
    fn title(&self) -> &str {
        &self.data().title
    }

    /// `SessionState.COMPLETED` or `SessionState.FAILED`.
    #[getter]
    fn state(&self) -> State<'_> {
        State(&self.data().state)
    }

    /// The pull request, when it made one.
    #[getter]
    fn pull_request<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PullRequest>>> {
        self.data().pull_request.clone().map(|made| PullRequest::wrap(py, made)).transpose()
    }

    /// All that came out of it.
    #[getter]
    fn outputs<'py>(&self, py: Python<'py>) -> PyResult<Tuple<'py, SessionOutput>> {
        self.0
            .each(|outcome| outcome.outputs.as_slice())
            .map(|output| SessionOutput::wrap(py, output))
            .collect::<PyResult<_>>()
            .map(Tuple)
    }

    /// Why it failed, when the agent said so.
    #[getter]
    fn failure_reason(&self) -> Option<&str> {
        self.data().failure_reason.as_deref()
    }

    /// The session's page in the web app; may be empty.
    #[getter]
    fn url(&self) -> &str {
        &self.data().url
    }

    /// Milliseconds from its creation to its end, by the server's clock.
    #[getter]
    fn duration_ms(&self) -> u64 {
        self.data().duration_ms
    }

    /// This outcome, if the session has completed; else an exception, for programs that want one.
    ///
    /// ```python
    /// outcome = (await client.run(prompt="Fix the flaky test", source="octocat/hello-world")).raise_for_state()
    /// ```
    ///
    /// Raises `SessionFailedError`, which carries this outcome.
    fn raise_for_state(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        match slf.get().data().state {
            jules::SessionState::Completed => Ok(slf),
            _ => Err(failed(&slf)),
        }
    }

    /// The changes: those among the outputs, else the latest among the activities.
    fn change_set<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, ChangeSet>>> {
        self.data().change_set().map(|changes| ChangeSet::alone(py, changes.clone())).transpose()
    }

    /// The files that the changes create or touch: of a created file the whole content, of any other the added lines.
    ///
    /// ```python
    /// for file in outcome.generated_files():
    ///     print(file.path, file.change_type)
    /// ```
    ///
    /// Args:
    ///     directory: A checkout: each file comes with its full new content, made from what is there; nothing is written.
    ///
    /// Raises:
    ///     PatchError: The directory's files are not those that the changes were made for.
    #[pyo3(signature = (*, directory = None))]
    fn generated_files(&self, py: Python<'_>, directory: Option<PathBuf>) -> PyResult<GeneratedFiles> {
        GeneratedFiles::made(py, || match directory {
            Some(directory) => self.data().generated_files_in(directory),
            None => Ok(self.data().generated_files()),
        })
    }
}

/// The files of an `Outcome`.
#[pyclass(frozen, module = "jules")]
pub(crate) struct GeneratedFiles(Shared<jules::GeneratedFiles>);

impl GeneratedFiles {
    pub(super) fn new(files: jules::GeneratedFiles) -> Self {
        Self(Shared::new(files))
    }

    /// Files that are made, perhaps from others on the disk, with the GIL released.
    pub(super) fn made(
        py: Python<'_>,
        make: impl FnOnce() -> jules::Result<jules::GeneratedFiles> + Send,
    ) -> PyResult<Self> {
        py.detach(make).map(Self::new).map_err(|error| to_py_err(py, &error))
    }

    fn data(&self) -> &jules::GeneratedFiles {
        self.0.get()
    }
}

#[pymethods]
impl GeneratedFiles {
    /// All of them, in the order of the patch.
    fn all<'py>(&self, py: Python<'py>) -> PyResult<Tuple<'py, GeneratedFile>> {
        self.0
            .each(jules::GeneratedFiles::all)
            .map(|file| Bound::new(py, GeneratedFile(file)))
            .collect::<PyResult<_>>()
            .map(Tuple)
    }

    /// The one at this path.
    fn get<'py>(&self, py: Python<'py>, path: &str) -> PyResult<Option<Bound<'py, GeneratedFile>>> {
        let found = self.0.get().get(path).cloned();
        found.map(|file| Bound::new(py, GeneratedFile(Shared::new(file)))).transpose()
    }

    /// Those that were changed in this way: `"created"`, `"modified"`, `"deleted"` or `"renamed"`.
    ///
    /// Raises `ConfigError` for any other word.
    fn filter<'py>(&self, py: Python<'py>, change_type: &str) -> PyResult<Tuple<'py, GeneratedFile>> {
        use jules::ChangeType::{Created, Deleted, Modified, Renamed};
        let wanted = [Created, Modified, Deleted, Renamed].into_iter().find(|kind| kind.as_str() == change_type);
        let Some(wanted) = wanted else {
            return Err(config(
                py,
                &format!("{change_type:?} is not a change type; they are created, modified, deleted, renamed"),
            ));
        };
        let files = self.0.get().filter(wanted).into_iter();
        files.map(|file| Bound::new(py, GeneratedFile(Shared::new(file.clone())))).collect::<PyResult<_>>().map(Tuple)
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Each<'py, GeneratedFile>> {
        self.all(py).map(Each)
    }

    fn __len__(&self) -> usize {
        self.0.get().all().len()
    }

    /// The files as plain data.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Dict<'py>> {
        Dict::of(py, &serde_json::json!({ "files": self.data() }))
    }

    /// The files that `to_dict()` made this of.
    ///
    /// Raises `ConfigError` when the dict has another shape.
    #[staticmethod]
    fn from_dict(data: Plain<'_>) -> PyResult<Self> {
        #[derive(serde::Deserialize)]
        struct Files {
            files: jules::GeneratedFiles,
        }
        data.read::<Files>("GeneratedFiles").map(|read| Self::new(read.files))
    }

    #[pyo3(signature = () -> "tuple[object, ...]")]
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Dict<'py>,))> {
        Ok((py.get_type::<Self>().getattr("from_dict")?, (self.to_dict(py)?,)))
    }

    fn __eq__(&self, other: PyRef<'_, Self>) -> bool {
        self.0.get() == other.0.get()
    }

    fn __hash__(&self) -> usize {
        self.__len__()
    }

    fn __repr__(&self) -> String {
        let paths: Vec<_> = self.0.get().all().iter().map(|file| file.path.as_str()).collect();
        format!("GeneratedFiles({paths:?})")
    }
}

/// One file that a session made or changed.
#[pyclass(frozen, module = "jules")]
pub(crate) struct GeneratedFile(Shared<jules::GeneratedFile>);
value_methods!(
    GeneratedFile,
    key = |data| data.path,
    repr = ["path", "change_type", "additions", "deletions", "content"]
);
restorable!(GeneratedFile, jules::GeneratedFile);
match_args!(GeneratedFile, "path", "change_type");

impl GeneratedFile {
    fn data(&self) -> &jules::GeneratedFile {
        self.0.get()
    }
}

#[pymethods]
impl GeneratedFile {
    /// Its path in the source; of a renamed file the new one.
    #[getter]
    fn path(&self) -> &str {
        &self.data().path
    }

    /// What happened to it.
    #[getter]
    fn change_type(&self) -> Change<'_> {
        Change(&self.data().change_type)
    }

    /// The whole content of a created file; of any other the lines that were added.
    #[getter]
    fn content(&self) -> &str {
        &self.data().content
    }

    /// How many lines were added.
    #[getter]
    fn additions(&self) -> u64 {
        self.data().additions
    }

    /// How many lines were removed.
    #[getter]
    fn deletions(&self) -> u64 {
        self.data().deletions
    }
}
