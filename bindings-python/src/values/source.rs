//! What a session can work on.

use jules::SourceKind;
use pyo3::prelude::*;

use super::restore::restorable;
use super::shared::{Shared, match_args, to_python, value_methods};
use crate::convert::{Json, Words};

/// Something a session can work on, as a rule a GitHub repository.
#[pyclass(frozen, module = "jules")]
pub(crate) struct Source(Shared<jules::Source>);
to_python!(jules::Source => Source);
value_methods!(Source, key = |data| data.name, repr = ["name", "github_repo"]);
restorable!(Source, jules::Source);
match_args!(Source, "name");

impl Source {
    pub(super) fn wrap<'py>(py: Python<'py>, data: Shared<jules::Source>) -> PyResult<Bound<'py, Self>> {
        Bound::new(py, Self(data))
    }

    fn data(&self) -> &jules::Source {
        self.0.get()
    }
}

#[pymethods]
impl Source {
    /// The resource name, `sources/github/owner/repo`.
    #[getter]
    fn name(&self) -> &str {
        &self.data().name
    }

    /// The name without `sources/`.
    #[getter]
    fn id(&self) -> &str {
        &self.data().id
    }

    /// `"githubRepo"`, or `"unknown"`.
    #[getter]
    fn r#type(&self) -> &'static str {
        match self.data().kind {
            SourceKind::GitHubRepo { .. } => "githubRepo",
            _ => "unknown",
        }
    }

    /// The repository, when it is one.
    #[getter]
    fn github_repo<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, GitHubRepo>>> {
        let repo = self.data().github_repo().cloned();
        repo.map(|repo| Bound::new(py, GitHubRepo(Shared::new(repo)))).transpose()
    }

    /// The source as the server sent it, when its kind is not known.
    #[getter]
    fn raw(&self) -> Option<Json<'_, serde_json::Value>> {
        match &self.data().kind {
            SourceKind::Unknown { raw } => Some(Json(raw)),
            _ => None,
        }
    }
}

/// A repository on GitHub.
#[pyclass(frozen, module = "jules")]
pub(crate) struct GitHubRepo(Shared<jules::GitHubRepo>);
value_methods!(
    GitHubRepo,
    key = |data| (&data.owner, &data.repo),
    repr = ["owner", "repo", "default_branch", "is_private"]
);
restorable!(GitHubRepo, jules::GitHubRepo);
match_args!(GitHubRepo, "owner", "repo");

impl GitHubRepo {
    fn data(&self) -> &jules::GitHubRepo {
        self.0.get()
    }
}

#[pymethods]
impl GitHubRepo {
    /// The owner.
    #[getter]
    fn owner(&self) -> &str {
        &self.data().owner
    }

    /// Its name.
    #[getter]
    fn repo(&self) -> &str {
        &self.data().repo
    }

    /// Whether it is private.
    #[getter]
    fn is_private(&self) -> bool {
        self.data().is_private
    }

    /// The default branch.
    #[getter]
    fn default_branch(&self) -> Option<&str> {
        self.data().default_branch.as_deref()
    }

    /// The names of its branches.
    #[getter]
    fn branches(&self) -> Words<'_> {
        Words(&self.data().branches)
    }
}
