//! Which fields sessions and activities have in queries, and what kind of value is in each.

use crate::ground::error::about;
use crate::ground::error::{Error, Result};
use crate::ground::model::ACTIVITY_TYPES;

/// What a query is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Domain {
    Sessions,
    Activities,
}

impl Domain {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Sessions => "sessions",
            Self::Activities => "activities",
        }
    }

    fn fields(self) -> &'static [Field] {
        match self {
            Self::Sessions => SESSION,
            Self::Activities => ACTIVITY,
        }
    }
}

/// What is in a field. Lists don't show: a path goes through them.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Text,
    Number,
    Flag,
    Time,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A state of a session.
    State,
    /// An object with these fields, or a list of such.
    Group(&'static [Field]),
    /// What the server sent and nobody here knows.
    Any,
}

#[derive(Debug)]
pub(super) struct Field(&'static str, Kind);

impl Field {
    pub(super) fn name(&self) -> &'static str {
        self.0
    }
}

const PULL_REQUEST: &[Field] = &[
    Field("url", Kind::Text),
    Field("title", Kind::Text),
    Field("description", Kind::Text),
    Field("baseRef", Kind::Text),
    Field("headRef", Kind::Text),
    Field("number", Kind::Number),
];
const GIT_PATCH: &[Field] = &[
    Field("unidiffPatch", Kind::Text),
    Field("baseCommitId", Kind::Text),
    Field("suggestedCommitMessage", Kind::Text),
];
const CHANGE_SET: &[Field] = &[Field("source", Kind::Text), Field("gitPatch", Kind::Group(GIT_PATCH))];
const SESSION: &[Field] = &[
    Field("id", Kind::Text),
    Field("name", Kind::Text),
    Field("title", Kind::Text),
    Field("prompt", Kind::Text),
    Field("state", Kind::State),
    Field("url", Kind::Text),
    Field("createTime", Kind::Time),
    Field("updateTime", Kind::Time),
    Field("durationMs", Kind::Number),
    Field("archived", Kind::Flag),
    Field(
        "sourceContext",
        Kind::Group(&[
            Field("source", Kind::Text),
            Field("startingBranch", Kind::Text),
            Field("workingBranch", Kind::Text),
        ]),
    ),
    Field(
        "source",
        Kind::Group(&[
            Field("name", Kind::Text),
            Field("id", Kind::Text),
            Field("type", Kind::Word(&["githubRepo", "unknown"])),
            Field(
                "githubRepo",
                Kind::Group(&[
                    Field("owner", Kind::Text),
                    Field("repo", Kind::Text),
                    Field("isPrivate", Kind::Flag),
                    Field("defaultBranch", Kind::Text),
                    Field("branches", Kind::Text),
                ]),
            ),
            Field("raw", Kind::Any),
        ]),
    ),
    Field("requirePlanApproval", Kind::Flag),
    Field("automationMode", Kind::Text),
    Field(
        "outputs",
        Kind::Group(&[
            Field("type", Kind::Word(&["pullRequest", "changeSet", "unknown"])),
            Field("pullRequest", Kind::Group(PULL_REQUEST)),
            Field("changeSet", Kind::Group(CHANGE_SET)),
            Field("raw", Kind::Any),
        ]),
    ),
    Field("pullRequest", Kind::Group(PULL_REQUEST)),
];
const ACTIVITY: &[Field] = &[
    Field("id", Kind::Text),
    Field("name", Kind::Text),
    Field("type", Kind::Word(&ACTIVITY_TYPES)),
    Field("createTime", Kind::Time),
    Field("originator", Kind::Text),
    Field("sessionId", Kind::Text),
    Field("artifactCount", Kind::Number),
    Field("summary", Kind::Text),
    Field("message", Kind::Text),
    Field(
        "plan",
        Kind::Group(&[
            Field("id", Kind::Text),
            Field("createTime", Kind::Time),
            Field(
                "steps",
                Kind::Group(&[
                    Field("id", Kind::Text),
                    Field("title", Kind::Text),
                    Field("description", Kind::Text),
                    Field("index", Kind::Number),
                ]),
            ),
        ]),
    ),
    Field("planId", Kind::Text),
    Field("title", Kind::Text),
    Field("description", Kind::Text),
    Field("reason", Kind::Text),
    Field("kind", Kind::Text),
    Field("raw", Kind::Any),
    Field(
        "artifacts",
        Kind::Group(&[
            Field("type", Kind::Word(&["changeSet", "bashOutput", "media", "unknown"])),
            Field("source", Kind::Text),
            Field("gitPatch", Kind::Group(GIT_PATCH)),
            Field("command", Kind::Text),
            Field("output", Kind::Text),
            Field("exitCode", Kind::Number),
            Field("data", Kind::Text),
            Field("format", Kind::Text),
            Field("raw", Kind::Any),
        ]),
    ),
];

/// Names that other clients use, and what stands for them here.
const ELSEWHERE: &[(Domain, &str, &str)] = &[
    (Domain::Sessions, "sourceContext.githubRepoContext", "sourceContext"),
    (Domain::Activities, "artifacts.changeSet", "artifacts"),
    (Domain::Activities, "artifacts.bashOutput", "artifacts"),
    (Domain::Activities, "artifacts.media", "artifacts"),
    (Domain::Activities, "artifacts.stdout", "artifacts.output"),
    (Domain::Activities, "artifacts.stderr", "artifacts.output"),
    (Domain::Activities, "artifacts.mimeType", "artifacts.format"),
];

/// What isn't a field of the stored rows, and how to get at it.
const NOT_HERE: &[(Domain, &str, &str)] = &[
    (Domain::Sessions, "activities", "Ask for them with include: { activities: true }, or select from activities."),
    (Domain::Sessions, "plan", "Plans are activities: select from activities where type is planGenerated."),
    (Domain::Sessions, "outcome", "See state, outputs and durationMs; result() gives the outcome of one session."),
    (Domain::Activities, "session", "Ask for it with include: { session: true }, or filter by sessionId."),
];

/// A field's place: its names from the outside in.
pub(crate) type Path = Vec<String>;

/// Finds a dotted path among the fields. `a[].b` is another way to write `a.b`.
pub(super) fn resolve(domain: Domain, written: &str) -> Result<(Path, Kind)> {
    let plain = written.replace("[]", "");
    let mut path = Path::new();
    let mut kind = Kind::Group(domain.fields());
    for name in plain.split('.') {
        match kind {
            Kind::Any => {}
            Kind::Group(fields) => match fields.iter().find(|field| field.0 == name) {
                Some(found) => kind = found.1,
                None => return Err(unknown(domain, &plain, written, &path, name, fields)),
            },
            _ => {
                let message = format!("{:?} is a plain value and has no fields", path.join("."));
                return Err(about(written).suggestion(path.join(".")).error(message));
            }
        }
        path.push(name.to_owned());
    }
    Ok((path, kind))
}

fn unknown(domain: Domain, plain: &str, written: &str, path: &[String], name: &str, fields: &'static [Field]) -> Error {
    let owner = if path.is_empty() { domain.as_str().to_owned() } else { format!("{:?}", path.join(".")) };
    let message =
        if written.is_empty() { "a field name is empty".to_owned() } else { format!("{owner} have no field {name:?}") };
    let mut mistake = about(written).valid(name, fields.iter().map(|field| field.0));
    let hidden = NOT_HERE.iter().find(|(of, hidden, _)| *of == domain && path.is_empty() && *hidden == name);
    if let Some((.., hint)) = hidden {
        mistake.suggestion = None;
        return mistake.error_with(message, *hint);
    }
    let ours = ELSEWHERE.iter().find_map(|(of, theirs, ours)| {
        let rest = plain.strip_prefix(theirs).filter(|rest| rest.is_empty() || rest.starts_with('.'))?;
        (*of == domain).then(|| format!("{ours}{rest}"))
    });
    let prefixed = |word: String| if path.is_empty() { word } else { format!("{}.{word}", path.join(".")) };
    mistake.suggestion = ours.or(mistake.suggestion.take().map(prefixed));
    mistake.error(message)
}
