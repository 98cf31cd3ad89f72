//! The files that a session made or changed.

use pyo3::prelude::*;

use super::restore::{Plain, restorable};
use super::shared::{Shared, match_args, shown_in_notebooks, value_methods};
use crate::convert::{Change, Dict, Each, Tuple};
use crate::error::{config, to_py_err};

/// The files of an `Outcome`.
#[pyclass(frozen, module = "jules")]
pub(crate) struct GeneratedFiles(Shared<jules::GeneratedFiles>);

shown_in_notebooks!(GeneratedFiles);

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
