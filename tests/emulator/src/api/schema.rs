//! The messages of the API and their fields, as far as documents name them: what `fields` may select
//! and what a request body may contain.

/// A field and the message it holds; an empty message means a plain value.
type Field = (&'static str, &'static str);

/// Messages by name.
const MESSAGES: &[(&str, &[Field])] = &[
    ("Empty", &[]),
    (
        "Session",
        &[
            ("name", ""),
            ("id", ""),
            ("prompt", ""),
            ("sourceContext", "SourceContext"),
            ("title", ""),
            ("requirePlanApproval", ""),
            ("automationMode", ""),
            ("createTime", ""),
            ("updateTime", ""),
            ("state", ""),
            ("url", ""),
            ("outputs", "SessionOutput"),
            ("archived", ""),
        ],
    ),
    (
        "SourceContext",
        &[
            ("source", ""),
            ("githubRepoContext", "GitHubRepoContext"),
            ("workingBranch", ""),
            ("environmentVariablesEnabled", ""),
        ],
    ),
    ("GitHubRepoContext", &[("startingBranch", "")]),
    ("SessionOutput", &[("pullRequest", "PullRequest"), ("changeSet", "ChangeSet")]),
    (
        "PullRequest",
        &[("url", ""), ("title", ""), ("description", ""), ("baseRef", ""), ("headRef", ""), ("number", "")],
    ),
    ("ListSessionsResponse", &[("sessions", "Session"), ("nextPageToken", "")]),
    ("ListActivitiesResponse", &[("activities", "Activity"), ("nextPageToken", "")]),
    ("ListSourcesResponse", &[("sources", "Source"), ("nextPageToken", "")]),
    (
        "Activity",
        &[
            ("name", ""),
            ("id", ""),
            ("description", ""),
            ("createTime", ""),
            ("originator", ""),
            ("artifacts", "Artifact"),
            ("agentMessaged", "AgentMessaged"),
            ("userMessaged", "UserMessaged"),
            ("planGenerated", "PlanGenerated"),
            ("planApproved", "PlanApproved"),
            ("progressUpdated", "ProgressUpdated"),
            ("sessionCompleted", "Empty"),
            ("sessionFailed", "SessionFailed"),
        ],
    ),
    ("AgentMessaged", &[("agentMessage", "")]),
    ("UserMessaged", &[("userMessage", "")]),
    ("PlanGenerated", &[("plan", "Plan")]),
    ("Plan", &[("id", ""), ("steps", "PlanStep"), ("createTime", "")]),
    ("PlanStep", &[("id", ""), ("title", ""), ("description", ""), ("index", "")]),
    ("PlanApproved", &[("planId", "")]),
    ("ProgressUpdated", &[("title", ""), ("description", "")]),
    ("SessionFailed", &[("reason", "")]),
    ("Artifact", &[("changeSet", "ChangeSet"), ("media", "Media"), ("bashOutput", "BashOutput")]),
    ("ChangeSet", &[("gitPatch", "GitPatch"), ("source", ""), ("suggestedCommitMessage", "")]),
    ("GitPatch", &[("unidiffPatch", ""), ("baseCommitId", ""), ("suggestedCommitMessage", "")]),
    ("Media", &[("data", ""), ("mimeType", "")]),
    ("BashOutput", &[("command", ""), ("output", ""), ("exitCode", "")]),
    ("SendMessageRequest", &[("prompt", "")]),
    ("Source", &[("name", ""), ("id", ""), ("githubRepo", "GitHubRepo")]),
    (
        "GitHubRepo",
        &[
            ("owner", ""),
            ("repo", ""),
            ("isPrivate", ""),
            ("defaultBranch", "GitHubBranch"),
            ("branches", "GitHubBranch"),
        ],
    ),
    ("GitHubBranch", &[("displayName", "")]),
];

/// All fields of a message; none for a plain value.
pub(crate) fn fields_of(message: &str) -> &'static [Field] {
    MESSAGES.iter().find(|(name, _)| *name == message).map_or(&[], |(_, fields)| fields)
}

/// What a field of a message holds: a message's name, an empty text for a plain value, `None` if there is no such field.
pub(crate) fn field_type(message: &str, field: &str) -> Option<&'static str> {
    fields_of(message).iter().find(|(name, _)| *name == field).map(|(_, holds)| *holds)
}

/// `page_size` → `pageSize`: proto JSON takes both.
pub(crate) fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}

/// `sourceContext` → `source_context`, as field violations name fields.
pub(crate) fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}
