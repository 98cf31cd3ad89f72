//! How an activity looks in a terminal.

use jules::{Activity, Artifact, Event};

/// A bullet, and below it what came along.
pub(crate) fn lines(activity: &Activity) -> Vec<String> {
    let details = details(activity).into_iter().map(|detail| format!("      {detail}"));
    std::iter::once(format!("  • {}", headline(activity))).chain(details).map(|line| plain(&line)).collect()
}

/// What others have written, as text that moves no cursor and changes no title.
pub(crate) fn plain(text: &str) -> String {
    text.replace(|letter: char| letter.is_control() && !matches!(letter, '\n' | '\t'), "\u{fffd}")
}

/// What happened, on one line.
fn headline(activity: &Activity) -> String {
    match &activity.event {
        Event::AgentMessaged { message } => format!("Jules: {message}"),
        Event::UserMessaged { message } => format!("You: {message}"),
        Event::PlanGenerated { plan } => format!("Plan with {} steps", plan.steps.len()),
        Event::PlanApproved { .. } => "Plan approved".to_owned(),
        Event::ProgressUpdated { title, description } if description.is_empty() => title.clone(),
        Event::ProgressUpdated { title, description } => format!("{title}: {description}"),
        Event::SessionCompleted => "Session completed".to_owned(),
        Event::SessionFailed { reason } => format!("Session failed: {reason}"),
        // Jules learns new words; what this client doesn't know is shown as the server describes it.
        _ => activity.description.clone().unwrap_or_else(|| activity.kind().to_owned()),
    }
}

/// What came along, line by line.
fn details(activity: &Activity) -> Vec<String> {
    let mut lines = Vec::new();
    if let Event::PlanGenerated { plan } = &activity.event {
        lines.extend(plan.steps.iter().map(|step| format!("{}. {}", step.index + 1, step.title)));
    }
    for artifact in &activity.artifacts {
        match artifact {
            Artifact::BashOutput(output) => lines.extend(output.to_string().lines().map(str::to_owned)),
            Artifact::ChangeSet(changes) => lines.extend(changes.parsed().files.iter().map(|file| {
                let word = file.change_type.as_str();
                format!("{word} {} (+{} −{})", file.path, file.additions, file.deletions)
            })),
            Artifact::Media(media) => {
                let size = media.bytes().map_or(0, |bytes| bytes.len());
                lines.push(format!("{}, {size} bytes", media.format));
            }
            _ => {}
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_agent_writes_is_no_command_to_the_terminal() {
        let evil = r"\u001b]0;mine\u0007\u009b2J";
        let patch =
            format!(r"diff --git a/x b/x\nnew file mode 100644\n--- /dev/null\n+++ b/x{evil}\n@@ -0,0 +1 @@\n+x\n");
        let artifacts = format!(
            r#"[{{"type": "bashOutput", "command": "{evil}", "output": "{evil}", "exitCode": 1}},
                {{"type": "media", "data": "", "format": "{evil}"}},
                {{"type": "changeSet", "gitPatch": {{"unidiffPatch": "{patch}"}}}}]"#
        );
        for event in [
            format!(r#""type": "agentMessaged", "message": "{evil}""#),
            format!(r#""type": "progressUpdated", "title": "{evil}", "description": "{evil}""#),
            format!(r#""type": "planGenerated", "plan": {{"steps": [{{"title": "{evil}"}}]}}"#),
            format!(r#""type": "sessionFailed", "reason": "{evil}""#),
        ] {
            let json = format!(
                r#"{{"id": "1", "name": "sessions/1/activities/1", "originator": "agent", "artifacts": {artifacts}, {event}}}"#
            );
            let shown = lines(&serde_json::from_str(&json).unwrap());
            assert!(shown.len() > 4, "{shown:?}");
            assert!(!shown.concat().contains(char::is_control), "{shown:?}");
        }
    }
}
