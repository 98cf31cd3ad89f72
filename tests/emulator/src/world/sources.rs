//! The repositories that the emulated account has connected.

use serde_json::{Value, json};

/// The sources present from the start: a public one, a private one, one with several branches.
pub(crate) fn default_sources() -> Vec<Value> {
    vec![
        github_source("octocat", "hello-world", false, &["main"]),
        github_source("octocat", "secret-garden", true, &["main", "develop"]),
        github_source("octocat", "spoon-knife", false, &["trunk", "feature/forks", "release-1.x", "release-2.x"]),
    ]
}

/// One GitHub repository as the service shows it; the first branch is the default one.
pub(crate) fn github_source(owner: &str, repo: &str, private: bool, branches: &[&str]) -> Value {
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

/// A source's resource name, empty when it has none.
pub(crate) fn source_name(source: &Value) -> &str {
    source["name"].as_str().unwrap_or_default()
}
