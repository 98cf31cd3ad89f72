//! What was asked with a key, as the store keeps it: the same key must ask for the same when it comes again, and whoever takes
//! a task over knows from it what to start.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::config::{Defaults, GitHubSource, RunConfig};
use crate::api::source_name;
use crate::ground::error::{Error, Mistake, Result};
use crate::store::TaskRecord;

/// The longest key.
const LONGEST: usize = 256;

/// All that decides what is made for a key, after defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Asked {
    pub(crate) prompt: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    require_approval: bool,
    auto_pr: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment_variables: Option<bool>,
    /// Only of tasks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) task: Option<AskedTask>,
}

/// How a task is gone about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct AskedTask {
    pub(crate) max_attempts: u32,
    /// Whether it is started again after any failure, or only after those that are the service's.
    pub(crate) retry_any: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stall_timeout_ms: Option<u64>,
}

impl Asked {
    pub(crate) fn of(config: &RunConfig, defaults: Defaults) -> Result<Self> {
        let source = config.source.as_ref();
        Ok(Self {
            prompt: config.prompt.clone(),
            source: source.map(|source| source_name(&source.repo)).transpose()?,
            branch: source.and_then(|source| source.branch.clone()),
            title: config.title.clone(),
            require_approval: config.require_approval.unwrap_or(defaults.require_approval),
            auto_pr: config.auto_pr.unwrap_or(defaults.auto_pr),
            environment_variables: config.environment_variables,
            task: None,
        })
    }

    pub(crate) fn read(text: &str) -> Result<Self> {
        serde_json::from_str(text)
            .map_err(|cause| Error::store("cannot read a task's options from the cache").with_source(cause))
    }

    pub(crate) fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What to start.
    pub(crate) fn config(&self) -> RunConfig {
        let source = self.source.as_ref().map(|repo| GitHubSource { repo: repo.clone(), branch: self.branch.clone() });
        let stall = self.task.as_ref().and_then(|task| task.stall_timeout_ms);
        RunConfig {
            prompt: self.prompt.clone(),
            source,
            title: self.title.clone(),
            require_approval: Some(self.require_approval),
            auto_pr: Some(self.auto_pr),
            environment_variables: self.environment_variables,
            stall_timeout: stall.map(Duration::from_millis),
            ..RunConfig::default()
        }
    }

    /// The first option in which the two differ.
    pub(crate) fn difference(&self, other: &Self) -> Option<&'static str> {
        let (own_task, other_task) = (self.task.clone().unwrap_or_default(), other.task.clone().unwrap_or_default());
        [
            ("prompt", self.prompt == other.prompt),
            ("source", self.source == other.source),
            ("branch", self.branch == other.branch),
            ("title", self.title == other.title),
            ("requireApproval", self.require_approval == other.require_approval),
            ("autoPr", self.auto_pr == other.auto_pr),
            ("environmentVariables", self.environment_variables == other.environment_variables),
            ("maxAttempts", own_task.max_attempts == other_task.max_attempts),
            ("retryOn", own_task.retry_any == other_task.retry_any),
            ("stallTimeout", own_task.stall_timeout_ms == other_task.stall_timeout_ms),
        ]
        .into_iter()
        .find_map(|(name, same)| (!same).then_some(name))
    }
}

/// Finds what is wrong with a key before anything is sent.
pub(crate) fn check_key(key: &str) -> Result<()> {
    let length = key.chars().count();
    if !(1..=LONGEST).contains(&length) {
        return Err(Error::config(format!("a key must have 1 to {LONGEST} characters, got {length}")));
    }
    if key.chars().any(char::is_control) {
        return Err(Error::config("a key must not contain control characters"));
    }
    Ok(())
}

/// In which option what is known of a key differs from what is asked.
pub(crate) fn conflict(known: &TaskRecord, queue: Option<&str>, asked: &Asked) -> Result<Option<&'static str>> {
    if known.queue.as_deref() != queue {
        return Ok(Some("queue"));
    }
    Ok(Asked::read(&known.asked)?.difference(asked))
}

/// The error of a key that is known for something else.
pub(crate) fn known_otherwise(key: &str, field: &'static str) -> Error {
    Error::config(format!("the key {key:?} was already used with a different {field}"))
        .with_hint("Use the same options again, or another key: a key stands for one session, wherever it is used.")
        .with_mistake(Mistake { field: Some(field.to_owned()), ..Mistake::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(change: impl FnOnce(RunConfig) -> RunConfig) -> Asked {
        let config = RunConfig::new("p").source("o/r@b").title("t").environment_variables(true);
        Asked::of(&change(config), Defaults::RUN).unwrap()
    }

    #[test]
    fn each_option_that_decides_is_compared_and_defaults_are_none_of_its_business() {
        let base = asked(|config| config);
        assert_eq!(base.difference(&asked(|config| config.auto_pr(true).require_approval(false))), None);
        assert_eq!(base.difference(&asked(|config| config.source("sources/github/o/r").branch("b"))), None);
        assert_eq!(base.difference(&asked(|config| config.key("k").retry_failed(3))), None);
        type Change = fn(RunConfig) -> RunConfig;
        let changes: [(&str, Change); 7] = [
            ("prompt", |config| RunConfig { prompt: "q".to_owned(), ..config }),
            ("source", |config| config.source("o/other@b")),
            ("branch", |config| config.branch("c")),
            ("title", |config| RunConfig { title: None, ..config }),
            ("requireApproval", |config| config.require_approval(true)),
            ("autoPr", |config| config.auto_pr(false)),
            ("environmentVariables", |config| config.environment_variables(false)),
        ];
        for (name, change) in changes {
            assert_eq!(base.difference(&asked(change)), Some(name));
        }
    }

    #[test]
    fn what_was_asked_comes_back_from_its_text_as_a_configuration() {
        let mut base = asked(|config| config);
        base.task = Some(AskedTask { max_attempts: 3, retry_any: true, stall_timeout_ms: Some(5_000) });
        let read = Asked::read(&base.to_text()).unwrap();
        assert_eq!(read, base);
        let again = Asked::of(&read.config(), Defaults::SESSION).unwrap();
        assert_eq!(Asked { task: base.task.clone(), ..again }, base);
        assert_eq!(read.config().stall_timeout, Some(Duration::from_secs(5)));
    }

    #[test]
    fn keys_are_short_and_can_be_printed() {
        for bad in ["", "a\nb", "\0", &"x".repeat(257)] {
            assert!(check_key(bad).is_err(), "{bad:?}");
        }
        for good in ["a", "order/42: Größe", &"é".repeat(256)] {
            assert!(check_key(good).is_ok(), "{good:?}");
        }
    }
}
