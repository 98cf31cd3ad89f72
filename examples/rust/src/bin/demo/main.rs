//! One session as a person would lead it: prompt, plan, approval, live activities, a question, the pull request.
//!
//! Needs `JULES_API_KEY`; `JULES_BASE_URL` may point to an emulator.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is what a demo is for")]

mod lines;

use std::process::ExitCode;

use futures::StreamExt;
use jules::{Artifact, Event, Jules, RunConfig, SessionState, StreamOptions};

const TITLE: &str = "Greet people by name";

#[tokio::main]
async fn main() -> ExitCode {
    jules::log_from_env();
    match lead().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("✘ {error}");
            ExitCode::FAILURE
        }
    }
}

/// Leads the session to its end.
async fn lead() -> jules::Result<()> {
    let jules = Jules::from_env()?;
    let config = RunConfig::new("[scenario:demo] Let the greeting use the person's name.")
        .source("octocat/hello-world@main")
        .title(TITLE)
        .require_approval(true)
        .auto_pr(true);
    let session = jules.create_session(config).await?;
    println!("▶ Rust · {TITLE}");

    let mut picture_seen = false;
    let mut activities = session.stream(StreamOptions::default());
    while let Some(activity) = activities.next().await {
        let activity = activity?;
        for line in lines::lines(&activity) {
            println!("{line}");
        }
        match &activity.event {
            Event::PlanGenerated { .. } => session.approve().await?,
            Event::AgentMessaged { .. } if picture_seen => {
                picture_seen = false;
                // The stream shows the question and the reply.
                session.ask("Which files did you change?").await?;
            }
            _ => picture_seen |= activity.artifacts.iter().any(|artifact| matches!(artifact, Artifact::Media(_))),
        }
    }

    let outcome = session.result().await?;
    let pull_request = outcome.pull_request.map(|pull_request| pull_request.url);
    let end = pull_request.or(outcome.failure_reason).unwrap_or_else(|| "no pull request".to_owned());
    let mark = if outcome.state == SessionState::Completed { "✔" } else { "✘" };
    println!("{mark} {} · {}", outcome.state, lines::plain(&end));
    Ok(())
}
