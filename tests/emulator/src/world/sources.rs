//! The repositories that the emulated account has connected.

use serde::Deserialize;
use serde_json::{Value, json};

use super::heavy;

/// A source as stored; made-up branches come into being only in answers.
#[derive(Debug, Clone)]
pub(crate) struct SourceRecord {
    pub(crate) value: Value,
    pub(crate) made_branches: usize,
}

/// Repositories to add. Every field but `owner` and `repo` (or `raw`) may be left out.
///
/// ```
/// use jules_emulator::SourceSeed;
///
/// let many: SourceSeed = serde_json::from_value(serde_json::json!({
///     "owner": "acme", "repo": "service", "count": 500, "madeBranches": 200,
/// }))?;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SourceSeed {
    /// GitHub owner.
    pub owner: String,
    /// Repository; with `count` the name that numbers are put behind, from `-0001` on.
    pub repo: String,
    /// Default false.
    pub is_private: bool,
    /// The first one is the default branch. Default `main`.
    pub branches: Vec<String>,
    /// So many branches more, with made-up names that take no memory. Default 0.
    pub made_branches: usize,
    /// So many repositories. Default: one, named as it is.
    pub count: Option<usize>,
    /// The wire JSON as it is, in place of all the above.
    pub raw: Option<Value>,
}

impl SourceRecord {
    /// As the API shows it, with or without its branches made up.
    pub(crate) fn shown(&self, heavy: bool, more_branches: usize) -> Value {
        let mut value = self.value.clone();
        if heavy {
            heavy::add_branches(&mut value, self.made_branches + more_branches);
        }
        value
    }

    /// The resource name, empty when it has none.
    pub(crate) fn name(&self) -> &str {
        self.value["name"].as_str().unwrap_or_default()
    }
}

impl SourceSeed {
    /// The sources that it describes.
    pub(crate) fn records(&self) -> Result<Vec<SourceRecord>, String> {
        if let Some(raw) = &self.raw {
            return Ok(vec![SourceRecord { value: raw.clone(), made_branches: 0 }]);
        }
        if self.owner.is_empty() || self.repo.is_empty() {
            return Err("a source needs an owner and a repo".to_owned());
        }
        let mut branches: Vec<&str> = self.branches.iter().map(String::as_str).collect();
        if branches.is_empty() {
            branches.push("main");
        }
        let record = |repo: &str| SourceRecord {
            value: github_source(&self.owner, repo, self.is_private, &branches),
            made_branches: self.made_branches,
        };
        Ok(match self.count {
            None => vec![record(&self.repo)],
            Some(count) => (1..=count).map(|number| record(&format!("{}-{number:04}", self.repo))).collect(),
        })
    }
}

/// The sources present from the start: a public one, a private one, one with several branches.
pub(crate) fn default_sources() -> Vec<SourceRecord> {
    [
        github_source("octocat", "hello-world", false, &["main"]),
        github_source("octocat", "secret-garden", true, &["main", "develop"]),
        github_source("octocat", "spoon-knife", false, &["trunk", "feature/forks", "release-1.x", "release-2.x"]),
    ]
    .map(|value| SourceRecord { value, made_branches: 0 })
    .into()
}

/// One GitHub repository as the service shows it; the first branch is the default one.
fn github_source(owner: &str, repo: &str, private: bool, branches: &[&str]) -> Value {
    let names: Vec<Value> = branches.iter().map(|branch| json!({ "displayName": branch })).collect();
    let mut repository = json!({ "owner": owner, "repo": repo, "branches": names });
    if let Some(default) = names.first() {
        repository["defaultBranch"] = default.clone();
    }
    if private {
        repository["isPrivate"] = Value::Bool(true);
    }
    json!({
        "name": format!("sources/github/{owner}/{repo}"),
        "id": format!("github/{owner}/{repo}"),
        "githubRepo": repository,
    })
}
