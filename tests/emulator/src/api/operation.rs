//! Which of the twelve operations a request means, by method and path.

/// One of the API's operations, with the ids taken from its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Operation {
    ListSources,
    GetSource { name: String },
    CreateSession,
    ListSessions,
    GetSession { session: String },
    DeleteSession { session: String },
    SendMessage { session: String },
    ApprovePlan { session: String },
    Archive { session: String },
    Unarchive { session: String },
    ListActivities { session: String },
    GetActivity { session: String, activity: String },
}

/// The names by which faults and the journal speak of operations.
pub(crate) const OPERATION_NAMES: &[&str] = &[
    "sources.list",
    "sources.get",
    "sessions.create",
    "sessions.list",
    "sessions.get",
    "sessions.delete",
    "sessions.sendMessage",
    "sessions.approvePlan",
    "sessions.archive",
    "sessions.unarchive",
    "activities.list",
    "activities.get",
];

impl Operation {
    /// Reads the path below the version, without its leading slash; `None` when nothing lives there.
    pub(crate) fn parse(method: &str, path: &str) -> Option<Self> {
        let segments: Vec<String> = path.split('/').map(decode).collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        if segments.iter().any(|segment| segment.is_empty()) {
            return None;
        }
        match (method, segments.as_slice()) {
            ("GET", ["sources"]) => Some(Self::ListSources),
            ("GET", ["sources", ..]) => Some(Self::GetSource { name: segments.join("/") }),
            ("POST", ["sessions"]) => Some(Self::CreateSession),
            ("GET", ["sessions"]) => Some(Self::ListSessions),
            ("GET", ["sessions", id]) => Some(Self::GetSession { session: owned(id) }),
            ("DELETE", ["sessions", id]) => Some(Self::DeleteSession { session: owned(id) }),
            ("POST", ["sessions", last]) => Self::custom_method(last),
            ("GET", ["sessions", id, "activities"]) => Some(Self::ListActivities { session: owned(id) }),
            ("GET", ["sessions", id, "activities", activity]) => {
                Some(Self::GetActivity { session: owned(id), activity: owned(activity) })
            }
            _ => None,
        }
    }

    fn custom_method(segment: &str) -> Option<Self> {
        let (id, verb) = segment.rsplit_once(':')?;
        let session = owned(id);
        match verb {
            "sendMessage" => Some(Self::SendMessage { session }),
            "approvePlan" => Some(Self::ApprovePlan { session }),
            "archive" => Some(Self::Archive { session }),
            "unarchive" => Some(Self::Unarchive { session }),
            _ => None,
        }
    }

    /// One of [`OPERATION_NAMES`].
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::ListSources => "sources.list",
            Self::GetSource { .. } => "sources.get",
            Self::CreateSession => "sessions.create",
            Self::ListSessions => "sessions.list",
            Self::GetSession { .. } => "sessions.get",
            Self::DeleteSession { .. } => "sessions.delete",
            Self::SendMessage { .. } => "sessions.sendMessage",
            Self::ApprovePlan { .. } => "sessions.approvePlan",
            Self::Archive { .. } => "sessions.archive",
            Self::Unarchive { .. } => "sessions.unarchive",
            Self::ListActivities { .. } => "activities.list",
            Self::GetActivity { .. } => "activities.get",
        }
    }

    /// The method's name in Google's own errors.
    pub(crate) fn rpc(&self) -> &'static str {
        match self {
            Self::ListSources => "ListSources",
            Self::GetSource { .. } => "GetSource",
            Self::CreateSession => "CreateSession",
            Self::ListSessions => "ListSessions",
            Self::GetSession { .. } => "GetSession",
            Self::DeleteSession { .. } => "DeleteSession",
            Self::SendMessage { .. } => "SendMessage",
            Self::ApprovePlan { .. } => "ApprovePlan",
            Self::Archive { .. } => "ArchiveSession",
            Self::Unarchive { .. } => "UnarchiveSession",
            Self::ListActivities { .. } => "ListActivities",
            Self::GetActivity { .. } => "GetActivity",
        }
    }

    /// The message that it answers with, for checking `fields`.
    pub(crate) fn answer_type(&self) -> &'static str {
        match self {
            Self::ListSources => "ListSourcesResponse",
            Self::GetSource { .. } => "Source",
            Self::ListSessions => "ListSessionsResponse",
            Self::CreateSession | Self::GetSession { .. } => "Session",
            Self::ListActivities { .. } => "ListActivitiesResponse",
            Self::GetActivity { .. } => "Activity",
            Self::DeleteSession { .. }
            | Self::SendMessage { .. }
            | Self::ApprovePlan { .. }
            | Self::Archive { .. }
            | Self::Unarchive { .. } => "Empty",
        }
    }

    /// The session it is about, if it is about one.
    pub(crate) fn session(&self) -> Option<&str> {
        match self {
            Self::GetSession { session }
            | Self::DeleteSession { session }
            | Self::SendMessage { session }
            | Self::ApprovePlan { session }
            | Self::Archive { session }
            | Self::Unarchive { session }
            | Self::ListActivities { session }
            | Self::GetActivity { session, .. } => Some(session),
            _ => None,
        }
    }

    /// Query parameters it knows besides the system's own.
    pub(crate) fn parameters(&self) -> &'static [&'static str] {
        match self {
            Self::ListSources | Self::ListSessions | Self::ListActivities { .. } => {
                &["pageSize", "pageToken", "filter"]
            }
            _ => &[],
        }
    }
}

fn owned(text: &str) -> String {
    text.to_owned()
}

/// Undoes percent-encoding; what isn't valid stays as it is.
pub(crate) fn decode(segment: &str) -> String {
    let bytes = segment.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let escaped = (bytes[index] == b'%')
            .then(|| segment.get(index + 1..index + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match escaped {
            Some(byte) => {
                decoded.push(byte);
                index += 3;
            }
            None => {
                decoded.push(bytes[index]);
                index += 1;
            }
        }
    }
    String::from_utf8(decoded).unwrap_or_else(|_| segment.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_name_keeps_its_slashes() {
        let operation = Operation::parse("GET", "sources/github/octocat/hello-world").unwrap();
        assert_eq!(operation.name(), "sources.get");
        assert_eq!(operation, Operation::GetSource { name: "sources/github/octocat/hello-world".to_owned() });
    }

    #[test]
    fn a_custom_method_is_split_from_its_id_also_when_escaped() {
        for path in ["sessions/12:sendMessage", "sessions/12%3AsendMessage"] {
            assert_eq!(Operation::parse("POST", path), Some(Operation::SendMessage { session: "12".to_owned() }));
        }
    }

    #[test]
    fn nothing_lives_on_other_paths() {
        assert_eq!(Operation::parse("GET", "nothing"), None);
        assert_eq!(Operation::parse("POST", "sessions/1:dance"), None);
        assert_eq!(Operation::parse("GET", "sessions//activities"), None);
    }
}
