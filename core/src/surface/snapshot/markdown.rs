//! A snapshot as a page of Markdown: for people, for reports, and for models that read them.

use std::fmt::Write;

use super::Snapshot;
use super::escape::{block, code, code_in_table, inline, link, quotation};
use crate::ground::model::{Artifact, Event, Plan, PullRequest, Timestamp};
use crate::ground::printable::cut;

/// No more lines of an output are shown: the first and the last ones tell most.
const FIRST_LINES: usize = 20;
const LAST_LINES: usize = 40;
/// No line of an output, and nothing that stands in one line, is longer.
const WIDEST: usize = 400;

pub(super) fn page(snapshot: &Snapshot) -> String {
    let title = match inline(&snapshot.title, WIDEST) {
        title if title.is_empty() => format!("Session {}", snapshot.id),
        title => title,
    };
    let mut page = format!("# {title}\n\n{}", overview(snapshot));
    let mut section = |heading: &str, body: String| {
        if !body.is_empty() {
            let _ = write!(page, "\n## {heading}\n\n{}\n", body.trim_end());
        }
    };
    section("Prompt", quotation(&snapshot.prompt));
    section("Plan", plan(snapshot));
    section("Messages", messages(snapshot));
    section("Commands", commands(snapshot));
    section("Files", files(snapshot));
    section("Timeline", timeline(snapshot));
    page
}

fn overview(snapshot: &Snapshot) -> String {
    let insights = &snapshot.insights;
    let failed_commands = u64::try_from(insights.failed_commands.len()).unwrap_or(u64::MAX);
    let items = [
        ("State", Some(inline(snapshot.state.as_str(), WIDEST))),
        ("Failure", snapshot.failure_reason().map(|reason| inline(&reason, WIDEST))),
        ("Session", Some(link(&code(&snapshot.id, WIDEST), &snapshot.url))),
        ("Pull request", snapshot.pr.as_ref().map(pull_request)),
        ("Created", snapshot.created_at.map(moment)),
        ("Duration", (snapshot.duration_ms > 0).then(|| duration(snapshot.duration_ms))),
        (
            "Insights",
            Some(
                [
                    number(insights.completion_attempts, "completion attempt"),
                    number(insights.plan_regenerations, "plan regeneration"),
                    number(insights.user_interventions, "user intervention"),
                    number(failed_commands, "failed command"),
                ]
                .join(", "),
            ),
        ),
    ];
    let line = |(name, value): (&str, Option<String>)| value.map(|value| format!("- **{name}:** {value}\n"));
    items.into_iter().filter_map(line).collect()
}

fn pull_request(pull: &PullRequest) -> String {
    let number = pull.number.map(|number| format!("#{number}"));
    let title = Some(inline(&pull.title, WIDEST)).filter(|title| !title.is_empty());
    let words: Vec<_> = [number, title].into_iter().flatten().collect();
    let text = if words.is_empty() { inline(&pull.url, WIDEST) } else { words.join(" ") };
    link(&text, &pull.url)
}

fn plan(snapshot: &Snapshot) -> String {
    let mut plans = snapshot.activities.iter().filter_map(|activity| match &activity.event {
        Event::PlanGenerated { plan } => Some(plan),
        _ => None,
    });
    let Some(Plan { steps, .. }) = plans.next_back() else { return String::new() };
    let mut text = match plans.count() {
        0 => String::new(),
        earlier => format!("The last of {} plans.\n\n", earlier + 1),
    };
    for (place, step) in steps.iter().enumerate() {
        let _ = writeln!(text, "{}. **{}**", place + 1, inline(&step.title, WIDEST));
        if let Some(description) = step.description.as_deref().filter(|description| !description.trim().is_empty()) {
            let _ = writeln!(text, "   {}", inline(description, WIDEST));
        }
    }
    text
}

fn messages(snapshot: &Snapshot) -> String {
    let mut text = String::new();
    for activity in &snapshot.activities {
        let who = match activity.event {
            Event::AgentMessaged { .. } => "Agent",
            Event::UserMessaged { .. } => "User",
            _ => continue,
        };
        let when = activity.create_time.map(|time| format!(", {}", moment(time))).unwrap_or_default();
        let _ = writeln!(text, "**{who}**{when}\n\n{}", quotation(activity.message().unwrap_or_default()));
    }
    text
}

fn commands(snapshot: &Snapshot) -> String {
    let artifacts = snapshot.activities.iter().flat_map(|activity| &activity.artifacts);
    let shown = artifacts.filter_map(|artifact| match artifact {
        Artifact::BashOutput(bash) => Some(block("console", &shortened(&bash.to_string()))),
        _ => None,
    });
    shown.collect::<Vec<_>>().join("\n")
}

/// The beginning and the end of a long text.
fn shortened(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(|line| cut(line, WIDEST)).collect();
    if lines.len() <= FIRST_LINES + LAST_LINES + 1 {
        return lines.join("\n");
    }
    let (first, rest) = lines.split_at(FIRST_LINES);
    let (left_out, last) = rest.split_at(rest.len() - LAST_LINES);
    format!("{}\n[{} lines left out]\n{}", first.join("\n"), left_out.len(), last.join("\n"))
}

fn files(snapshot: &Snapshot) -> String {
    let files = snapshot.generated_files.all();
    if files.is_empty() {
        return String::new();
    }
    let mut text = "| File | Change | Lines added | Lines removed |\n| --- | --- | ---: | ---: |\n".to_owned();
    for file in files {
        let path = code_in_table(&file.path, WIDEST);
        let _ = writeln!(text, "| {path} | {} | {} | {} |", file.change_type.as_str(), file.additions, file.deletions);
    }
    text
}

fn timeline(snapshot: &Snapshot) -> String {
    let mut text = String::new();
    for entry in &snapshot.timeline {
        let when = entry.time.map(|time| format!("{} · ", moment(time))).unwrap_or_default();
        let _ = writeln!(text, "- {when}{}", inline(&entry.summary, WIDEST));
    }
    text
}

/// `2025-01-02 03:04:05 UTC`
fn moment(time: Timestamp) -> String {
    let text = time.to_string();
    let whole = text.split(['.', 'Z']).next().unwrap_or_default();
    format!("{} UTC", whole.replace('T', " "))
}

fn duration(milliseconds: u64) -> String {
    let seconds = milliseconds / 1_000;
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0) => format!("{milliseconds} ms"),
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

fn number(count: u64, of: &str) -> String {
    if count == 1 { format!("1 {of}") } else { format!("{count} {of}s") }
}
