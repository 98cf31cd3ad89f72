//! What a session can work on.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::json;

/// Something a session can work on, as a rule a GitHub repository.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Source {
    /// The resource name, `sources/github/owner/repo`.
    pub name: String,
    /// The name without `sources/`.
    pub id: String,
    /// What it is.
    #[serde(flatten)]
    pub kind: SourceKind,
}

/// What a [`Source`] is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum SourceKind {
    /// A GitHub repository.
    #[serde(rename = "githubRepo")]
    GitHubRepo {
        /// The repository.
        #[serde(rename = "githubRepo")]
        repo: GitHubRepo,
    },
    /// A kind that this version does not know.
    Unknown {
        /// The source as the server sent it.
        raw: Value,
    },
}

/// A repository on GitHub.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct GitHubRepo {
    /// The owner.
    pub owner: String,
    /// Its name.
    pub repo: String,
    /// Whether it is private.
    pub is_private: bool,
    /// The default branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_branch: Option<String>,
    /// The names of its branches.
    #[serde(default)]
    pub branches: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WireRepo {
    #[serde(deserialize_with = "json::or_default")]
    owner: String,
    #[serde(deserialize_with = "json::or_default")]
    repo: String,
    #[serde(deserialize_with = "json::or_default")]
    is_private: bool,
    default_branch: Option<WireBranch>,
    #[serde(deserialize_with = "json::or_default")]
    branches: Vec<WireBranch>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WireBranch {
    #[serde(deserialize_with = "json::or_default")]
    display_name: String,
}

impl Source {
    /// Reads the server's JSON; nothing when it has no name.
    pub(crate) fn from_wire(raw: &Value) -> Option<Self> {
        let name = raw.get("name").and_then(Value::as_str).filter(|name| !name.is_empty())?;
        let id = name.strip_prefix("sources/").unwrap_or(name);
        let repo = raw.get("githubRepo").and_then(|repo| WireRepo::deserialize(repo).ok());
        Some(Self {
            name: name.to_owned(),
            id: id.to_owned(),
            kind: match repo {
                Some(repo) => SourceKind::GitHubRepo { repo: repo.into() },
                None => SourceKind::Unknown { raw: raw.clone() },
            },
        })
    }

    /// The repository, when it is one.
    pub fn github_repo(&self) -> Option<&GitHubRepo> {
        match &self.kind {
            SourceKind::GitHubRepo { repo } => Some(repo),
            SourceKind::Unknown { .. } => None,
        }
    }
}

impl From<WireRepo> for GitHubRepo {
    fn from(wire: WireRepo) -> Self {
        let name = |branch: WireBranch| branch.display_name;
        Self {
            owner: wire.owner,
            repo: wire.repo,
            is_private: wire.is_private,
            default_branch: wire.default_branch.map(name).filter(|name| !name.is_empty()),
            branches: wire.branches.into_iter().map(name).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_repository_has_the_public_shape() {
        let source = Source::from_wire(&json!({
            "name": "sources/github/octocat/hello-world",
            "githubRepo": {"owner": "octocat", "repo": "hello-world", "defaultBranch": {"displayName": "main"}}
        }))
        .unwrap();
        assert_eq!(
            serde_json::to_value(&source).unwrap(),
            json!({"name": "sources/github/octocat/hello-world", "id": "github/octocat/hello-world", "type": "githubRepo",
                "githubRepo": {"owner": "octocat", "repo": "hello-world", "isPrivate": false, "defaultBranch": "main", "branches": []}})
        );
    }

    #[test]
    fn a_source_of_an_unknown_kind_is_passed_on() {
        let raw = json!({"name": "sources/svn/x", "svnRepo": {}});
        assert_eq!(Source::from_wire(&raw).unwrap().kind, SourceKind::Unknown { raw });
    }
}
