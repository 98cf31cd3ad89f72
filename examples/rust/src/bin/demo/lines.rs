//! How an activity looks in a terminal.

use jules::{Activity, Artifact, Event};

/// What happened, on one line.
pub(crate) fn headline(activity: &Activity) -> String {
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
pub(crate) fn details(activity: &Activity) -> Vec<String> {
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
