//! The twelve operations and the requests that they make.

use reqwest::Method;
use serde_json::Value;
use url::Url;

/// An operation of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Operation {
    SourcesList,
    SourcesGet,
    SessionsCreate,
    SessionsList,
    SessionsGet,
    SessionsDelete,
    SessionsSendMessage,
    SessionsApprovePlan,
    SessionsArchive,
    SessionsUnarchive,
    ActivitiesList,
    ActivitiesGet,
}

impl Operation {
    /// The operation's name in the service's documentation.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SourcesList => "sources.list",
            Self::SourcesGet => "sources.get",
            Self::SessionsCreate => "sessions.create",
            Self::SessionsList => "sessions.list",
            Self::SessionsGet => "sessions.get",
            Self::SessionsDelete => "sessions.delete",
            Self::SessionsSendMessage => "sessions.sendMessage",
            Self::SessionsApprovePlan => "sessions.approvePlan",
            Self::SessionsArchive => "sessions.archive",
            Self::SessionsUnarchive => "sessions.unarchive",
            Self::ActivitiesList => "activities.list",
            Self::ActivitiesGet => "activities.get",
        }
    }

    /// What the operation does, as the beginning of an error message.
    pub(crate) fn doing(self) -> &'static str {
        match self {
            Self::SourcesList => "listing the sources",
            Self::SourcesGet => "reading the source",
            Self::SessionsCreate => "creating a session",
            Self::SessionsList => "listing the sessions",
            Self::SessionsGet => "reading the session",
            Self::SessionsDelete => "deleting the session",
            Self::SessionsSendMessage => "sending the message",
            Self::SessionsApprovePlan => "approving the plan",
            Self::SessionsArchive => "archiving the session",
            Self::SessionsUnarchive => "unarchiving the session",
            Self::ActivitiesList => "listing the activities",
            Self::ActivitiesGet => "reading the activity",
        }
    }

    fn method(self) -> Method {
        match self {
            Self::SessionsCreate
            | Self::SessionsSendMessage
            | Self::SessionsApprovePlan
            | Self::SessionsArchive
            | Self::SessionsUnarchive => Method::POST,
            Self::SessionsDelete => Method::DELETE,
            _ => Method::GET,
        }
    }

    /// Whether it only reads.
    pub(crate) fn reads(self) -> bool {
        self.method() == Method::GET
    }

    /// Whether doing it twice is the same as doing it once.
    pub(crate) fn is_idempotent(self) -> bool {
        !matches!(self, Self::SessionsCreate | Self::SessionsSendMessage | Self::SessionsApprovePlan)
    }
}

/// A request before it is tied to a server.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) operation: Operation,
    /// Segments below the base URL; encoded when the URL is made, so nothing in them can leave its place.
    path: Vec<String>,
    /// `:approvePlan` and the like.
    verb: &'static str,
    query: Vec<(&'static str, String)>,
    pub(crate) body: Option<Value>,
    /// Whether the caller finds out itself what a refusal in the general words of a quota means; else it is about requests.
    pub(crate) reports_full: bool,
}

impl Request {
    pub(crate) fn new<'a>(operation: Operation, path: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            operation,
            path: path.into_iter().map(str::to_owned).collect(),
            verb: "",
            query: vec![("prettyPrint", "false".to_owned())],
            body: None,
            reports_full: false,
        }
    }

    /// The session that it is about, if it is about one.
    pub(crate) fn session(&self) -> Option<&str> {
        match self.path.as_slice() {
            [first, id, ..] if first == "sessions" => Some(id),
            _ => None,
        }
    }

    /// The activity that it is about, if it is about one.
    pub(crate) fn activity(&self) -> Option<&str> {
        match self.path.as_slice() {
            [_, _, third, id] if third == "activities" => Some(id),
            _ => None,
        }
    }

    /// Sets a parameter, also one that is set already.
    pub(crate) fn set_query(&mut self, name: &'static str, value: impl Into<String>) {
        self.query.retain(|(known, _)| *known != name);
        self.query.push((name, value.into()));
    }

    pub(crate) fn verb(mut self, verb: &'static str) -> Self {
        self.verb = verb;
        self
    }

    pub(crate) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    pub(crate) fn query_opt(self, name: &'static str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    pub(crate) fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    pub(crate) fn reports_full(mut self, reports: bool) -> Self {
        self.reports_full = reports;
        self
    }

    pub(crate) fn method(&self) -> Method {
        self.operation.method()
    }

    pub(crate) fn url(&self, base: &Url) -> Url {
        let mut url = base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            let last = self.path.len().saturating_sub(1);
            for (place, segment) in self.path.iter().enumerate() {
                if place == last && !self.verb.is_empty() {
                    segments.push(&format!("{segment}{}", self.verb));
                } else {
                    segments.push(segment);
                }
            }
        }
        url.query_pairs_mut().extend_pairs(&self.query);
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_cannot_leave_its_place() {
        let base = Url::parse("https://example.com/v1alpha").unwrap();
        let url = Request::new(Operation::SessionsGet, ["sessions", "../x?y#z"]).url(&base);
        assert_eq!(url.path(), "/v1alpha/sessions/..%2Fx%3Fy%23z");
    }

    #[test]
    fn a_verb_stands_behind_the_last_segment() {
        let base = Url::parse("https://example.com/v1alpha").unwrap();
        let url = Request::new(Operation::SessionsApprovePlan, ["sessions", "1"]).verb(":approvePlan").url(&base);
        assert_eq!(url.path(), "/v1alpha/sessions/1:approvePlan");
    }
}
