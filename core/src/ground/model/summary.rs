//! An activity in one line, for timelines and tables.

use super::{Activity, Artifact, Event};

/// What is longer is cut, in characters.
const LONGEST: usize = 200;

impl Activity {
    /// What happened, in one line, cut after 200 characters, such as `Plan generated with 3
    /// steps` or `Which one?`: in the words of the official SDK.
    ///
    /// ```no_run
    /// # fn example(activity: jules::Activity) {
    /// println!("{:?} {}", activity.create_time, activity.summary());
    /// # }
    /// ```
    pub fn summary(&self) -> String {
        let text = match &self.event {
            Event::AgentMessaged { message } | Event::UserMessaged { message } => {
                first_said([message]).unwrap_or(self.kind()).to_owned()
            }
            Event::PlanGenerated { plan } => format!("Plan generated with {} steps", plan.steps.len()),
            Event::PlanApproved { .. } => "Plan approved".to_owned(),
            Event::ProgressUpdated { title, description }
                if !title.trim().is_empty() && !description.trim().is_empty() =>
            {
                format!("{title}: {description}")
            }
            Event::ProgressUpdated { title, description } => {
                first_said([title, description]).map_or_else(|| self.artifacts_in_words("Progress"), str::to_owned)
            }
            Event::SessionCompleted => "Session completed".to_owned(),
            Event::SessionFailed { reason } if reason.trim().is_empty() => "Session failed".to_owned(),
            Event::SessionFailed { reason } => format!("Session failed: {reason}"),
            Event::Unknown { kind, .. } => first_said([self.description.as_deref().unwrap_or_default(), kind])
                .map_or_else(|| self.artifacts_in_words("Unknown activity"), str::to_owned),
        };
        let (mut line, is_cut) = beginning(&text, LONGEST);
        if is_cut {
            line.push_str("...");
        }
        line
    }

    /// What an activity without words brought along.
    fn artifacts_in_words(&self, otherwise: &str) -> String {
        match self.artifacts.first() {
            Some(Artifact::BashOutput(bash)) if bash.exit_code != 0 => {
                format!("Ran {} (exit code {})", bash.command, bash.exit_code)
            }
            Some(Artifact::BashOutput(bash)) => format!("Ran {}", bash.command),
            Some(Artifact::ChangeSet(_)) => "Changed files".to_owned(),
            Some(Artifact::Media(media)) if media.format.starts_with("image/") => "Made a picture".to_owned(),
            Some(Artifact::Media(_)) => "Made a file".to_owned(),
            _ => otherwise.to_owned(),
        }
    }
}

fn first_said<const N: usize>(texts: [&str; N]) -> Option<&str> {
    texts.into_iter().find(|text| !text.trim().is_empty())
}

/// The text in one line of at most so many characters.
pub(crate) fn one_line(text: &str, longest: usize) -> String {
    let (mut line, is_cut) = beginning(text, longest);
    if is_cut {
        line.pop();
        line.truncate(line.trim_end().len());
        line.push('…');
    }
    line
}

/// So many characters of the text in one line, and whether there are more. What comes behind them isn't read: this is done for
/// each activity on its way to the user.
fn beginning(text: &str, longest: usize) -> (String, bool) {
    let (mut line, mut room, mut is_apart) = (String::new(), longest, false);
    for letter in text.chars() {
        if letter.is_whitespace() || letter.is_control() {
            is_apart = !line.is_empty();
            continue;
        }
        for letter in is_apart.then_some(' ').into_iter().chain([letter]) {
            if room == 0 {
                return (line, true);
            }
            line.push(letter);
            room -= 1;
        }
        is_apart = false;
    }
    (line, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(wire: serde_json::Value) -> String {
        let mut wire = wire;
        wire["id"] = "1".into();
        Activity::from_wire(&wire.to_string()).unwrap().summary()
    }

    #[test]
    fn every_type_says_what_happened() {
        use serde_json::json;
        let steps = json!([{"title": "a"}, {"title": "b"}]);
        for (wire, expected) in [
            (json!({"agentMessaged": {"agentMessage": "Which\n one?"}}), "Which one?"),
            (json!({"agentMessaged": {"agentMessage": " "}}), "agentMessaged"),
            (json!({"userMessaged": {"userMessage": "This."}}), "This."),
            (json!({"planGenerated": {"plan": {"steps": steps}}}), "Plan generated with 2 steps"),
            (json!({"planGenerated": {"plan": {"steps": [{}]}}}), "Plan generated with 1 steps"),
            (json!({"planApproved": {}}), "Plan approved"),
            (json!({"progressUpdated": {"title": "Tests", "description": "all"}}), "Tests: all"),
            (json!({"progressUpdated": {"description": "only this"}}), "only this"),
            (json!({"progressUpdated": {}}), "Progress"),
            (
                json!({"progressUpdated": {}, "artifacts": [{"bashOutput": {"command": "make", "exitCode": 2}}]}),
                "Ran make (exit code 2)",
            ),
            (json!({"sessionCompleted": {}}), "Session completed"),
            (json!({"sessionFailed": {"reason": "no"}}), "Session failed: no"),
            (json!({"sessionFailed": {}}), "Session failed"),
            (json!({"dreamt": {}}), "dreamt"),
            (json!({"description": "thinking"}), "thinking"),
            (json!({}), "Unknown activity"),
        ] {
            assert_eq!(summary(wire.clone()), expected, "{wire}");
        }
    }

    #[test]
    fn a_long_message_ends_in_three_dots() {
        let text = summary(serde_json::json!({"agentMessaged": {"agentMessage": "é".repeat(300)}}));
        assert_eq!(text, format!("{}...", "é".repeat(200)));
    }

    #[test]
    fn a_long_text_is_cut_at_a_letter() {
        let line = one_line(&"ä b ".repeat(100), 20);
        assert_eq!(line, "ä b ä b ä b ä b ä b…");
        assert_eq!(one_line(" short \u{7} text\n", 20), "short text");
    }
}
