//! `sessions.create`: checks the request as the service does, then lets an agent play.

use std::sync::Arc;

use serde_json::{Value, json};

use super::error::{ApiError, ApiResult};
use super::{check_names, field, read_body, text_field};
use crate::script;
use crate::world::{NewSession, World, source_name};

const AUTOMATION_MODES: &[&str] = &["AUTOMATION_MODE_UNSPECIFIED", "AUTO_CREATE_PR"];

/// A title made from a prompt isn't longer.
const LONGEST_TITLE: usize = 60;

pub(crate) fn create(world: &Arc<World>, body: &[u8]) -> ApiResult {
    let body = read_body(body)?;
    check_names(&body, "Session", "session")?;
    let mut new = read_session(&body)?;
    let now = world.clock.now();
    let (id, scenario, answer) = {
        let mut stored = world.lock();
        check_source(&stored.sources, new.source_context.as_ref())?;
        stored.check_limits(now)?;
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
        let full = stored.config.full_create_answer;
        let record = stored.create_session(new, now);
        let answer = if full { record.resource() } else { record.created_answer() };
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
        require_plan_approval: read_approval(body)?,
        automation_mode: read_automation_mode(body)?,
        scenario: None,
    })
}

fn read_approval(body: &Value) -> Result<bool, ApiError> {
    match field(body, "requirePlanApproval") {
        None => Ok(false),
        Some(Value::Bool(required)) => Ok(*required),
        Some(other) => Err(ApiError::field(
            "session.require_plan_approval",
            format!("Invalid value at 'session.require_plan_approval' (TYPE_BOOL), {other}"),
        )),
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
                 (type.googleapis.com/google.labs.jules.v1alpha.Session.AutomationMode), {mode}"
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
    for name in ["workingBranch", "environmentVariablesEnabled"] {
        if let Some(value) = field(context, name) {
            kept[name] = value.clone();
        }
    }
    Ok(Some(kept))
}

fn check_source(sources: &[Value], context: Option<&Value>) -> Result<(), ApiError> {
    let Some(name) = context.and_then(|context| context["source"].as_str()) else {
        return Ok(());
    };
    if !name.starts_with("sources/") {
        return Err(ApiError::field(
            "session.source_context.source",
            format!("Invalid source name '{name}'. Format: sources/{{source}}"),
        ));
    }
    let known = sources.iter().any(|source| source_name(source) == name);
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
