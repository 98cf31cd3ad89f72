//! `sessions.create`: checks the request as the service does, then lets an agent play.

use std::sync::Arc;

use serde_json::{Value, json};

use super::error::{ApiError, ApiResult};
use super::{check_names, field, read_body, text_field};
use crate::script;
use crate::world::{CreateAnswer, NewSession, SourceRecord, World};

const AUTOMATION_MODES: &[&str] = &["AUTOMATION_MODE_UNSPECIFIED", "AUTO_CREATE_PR"];

/// A title made from a prompt isn't longer.
const LONGEST_TITLE: usize = 60;

pub(crate) fn create(world: &Arc<World>, account: &str, body: &[u8]) -> ApiResult {
    let body = read_body(body)?;
    check_names(&body, "Session", "session")?;
    let mut new = read_session(&body)?;
    account.clone_into(&mut new.account);
    let now = world.clock.now();
    let (id, scenario, answer) = {
        let mut stored = world.lock();
        check_source(&stored.sources, new.source_context.as_ref())?;
        stored.check_limits(account, now)?;
        let scenario = script::choose(
            &stored.library,
            stored.config.default_scenario.as_deref(),
            &new.prompt,
            &new.title,
            new.require_plan_approval,
            new.source_context.is_some(),
        )
        .map_err(|why| ApiError::field("session.prompt", why))?;
        if new.title.is_empty() {
            let made = || title_from(&new.prompt);
            new.title = scenario.title.clone().unwrap_or_else(made);
        }
        new.scenario = Some(scenario.name.clone());
        let how = stored.config.create_answer;
        let number = stored.creations.len() + 1;
        let record = stored.create_session(new, now);
        let minimal = match how {
            CreateAnswer::Minimal => true,
            CreateAnswer::Queued => false,
            CreateAnswer::MostlyQueued => number.is_multiple_of(4),
        };
        let answer = if minimal { record.created_answer() } else { record.resource() };
        (record.id.clone(), scenario, answer)
    };
    script::play(world, &id, scenario);
    Ok(answer)
}

fn read_session(body: &Value) -> Result<NewSession, ApiError> {
    let prompt = text_field(body, "prompt", "session.prompt")?;
    if prompt.trim().is_empty() {
        return Err(ApiError::field("session.prompt", "prompt is required."));
    }
    Ok(NewSession {
        prompt,
        title: text_field(body, "title", "session.title")?,
        source_context: read_source_context(body)?,
        require_plan_approval: flag_field(body, "requirePlanApproval", "session.require_plan_approval")?,
        automation_mode: read_automation_mode(body)?,
        ..NewSession::default()
    })
}

/// A boolean field; missing means false, another type is refused.
fn flag_field(value: &Value, name: &str, path: &str) -> Result<bool, ApiError> {
    match field(value, name) {
        None => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(other) => Err(ApiError::field(path, format!("Invalid value at '{path}' (TYPE_BOOL), {other}"))),
    }
}

fn read_automation_mode(body: &Value) -> Result<Option<String>, ApiError> {
    let Some(mode) = field(body, "automationMode") else {
        return Ok(None);
    };
    let known = match mode {
        Value::String(word) => AUTOMATION_MODES.iter().find(|known| *known == word),
        Value::Number(number) => number.as_u64().and_then(|index| AUTOMATION_MODES.get(usize::try_from(index).ok()?)),
        _ => None,
    };
    known.map(|word| Some((*word).to_owned())).ok_or_else(|| {
        ApiError::field(
            "session.automation_mode",
            format!(
                "Invalid value at 'session.automation_mode' \
                 (type.googleapis.com/google.labs.jules.v1alpha.AutomationMode), {mode}"
            ),
        )
    })
}

/// `None` for a repoless session.
fn read_source_context(body: &Value) -> Result<Option<Value>, ApiError> {
    let Some(context) = field(body, "sourceContext") else {
        return Ok(None);
    };
    let source = text_field(context, "source", "session.source_context.source")?;
    if source.is_empty() {
        return Err(ApiError::field("session.source_context.source", "source is required in a source_context."));
    }
    let mut kept = json!({ "source": source });
    if let Some(repository) = field(context, "githubRepoContext") {
        let path = "session.source_context.github_repo_context.starting_branch";
        let branch = text_field(repository, "startingBranch", path)?;
        kept["githubRepoContext"] = match branch.as_str() {
            "" => json!({}),
            branch => json!({ "startingBranch": branch }),
        };
    }
    let branch = text_field(context, "workingBranch", "session.source_context.working_branch")?;
    if !branch.is_empty() {
        kept["workingBranch"] = json!(branch);
    }
    let path = "session.source_context.environment_variables_enabled";
    if flag_field(context, "environmentVariablesEnabled", path)? {
        kept["environmentVariablesEnabled"] = json!(true);
    }
    Ok(Some(kept))
}

fn check_source(sources: &[SourceRecord], context: Option<&Value>) -> Result<(), ApiError> {
    let Some(name) = context.and_then(|context| context["source"].as_str()) else {
        return Ok(());
    };
    if !name.starts_with("sources/") {
        return Err(ApiError::field(
            "session.source_context.source",
            format!("Invalid source name '{name}'. Format: sources/{{source}}"),
        ));
    }
    let known = sources.iter().any(|source| source.name() == name);
    known.then_some(()).ok_or_else(ApiError::not_found)
}

/// The prompt's first line, without a scenario marker, cut at a word.
fn title_from(prompt: &str) -> String {
    let line = prompt.lines().find(|line| !line.trim().is_empty());
    let line = script::without_marker(line.unwrap_or_default());
    let line = if line.is_empty() { script::without_marker(prompt) } else { line };
    if line.chars().count() <= LONGEST_TITLE {
        return line;
    }
    let cut: String = line.chars().take(LONGEST_TITLE).collect();
    let words = cut.rsplit_once(' ').map_or(cut.as_str(), |(words, _)| words);
    words.to_owned()
}
