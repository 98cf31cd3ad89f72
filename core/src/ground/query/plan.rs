//! What a query asks of a store, checked and free of any engine: a store narrows down what its engine can, in the order
//! that is asked for, and lets the plan judge and shape each row that is left.

use serde_json::Value;

use super::condition::{Condition, Test};
use super::document;
use super::fields::Domain;
use super::project::Projection;
use crate::ground::model::{Activity, SessionInfo};

/// A query, ready to be run.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) rows: Rows,
    pub(crate) offset: u64,
    pub(crate) start: Option<Start>,
    /// What else comes with each row: a session's activities, or an activity's session.
    pub(crate) include: Option<Rows>,
}

/// Which rows, in which order, and what of them.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    pub(crate) domain: Domain,
    /// The one session whose activities are meant.
    pub(crate) session: Option<String>,
    /// All of them must hold.
    pub(crate) conditions: Vec<Condition>,
    /// All of them must occur, folded, each in one of the row's texts.
    pub(crate) terms: Vec<String>,
    pub(crate) order: Order,
    /// At most so many; of included activities in each session.
    pub(crate) limit: Option<u64>,
    pub(crate) projection: Projection,
}

/// Where to begin: with the row of this id, or behind it.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    pub(crate) session: Option<String>,
    pub(crate) id: String,
    pub(crate) inclusive: bool,
    /// The key of the query that says so.
    pub(crate) key: &'static str,
}

/// The order of rows, by `createTime`; rows of one moment by id. Rows without a time count as the oldest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Oldest first.
    Asc,
    /// Newest first, the default.
    #[default]
    Desc,
}

impl Plan {
    /// The same within one session.
    pub(super) fn within(mut self, session: &str) -> Self {
        self.rows.session = Some(session.to_owned());
        self
    }
}

impl Rows {
    /// Takes a stored row (the server's JSON) as the public one when it satisfies the conditions that are named by
    /// `remaining` and the search.
    pub(crate) fn admit(&self, session: &str, body: &str, remaining: &[Condition]) -> Option<Value> {
        let document = match self.domain {
            Domain::Sessions => {
                let info = SessionInfo::from_wire(body)?;
                self.finds(|| document::session_texts(&info)).then(|| document::of_session(&info))?
            }
            Domain::Activities => {
                let activity = Activity::from_wire(body).ok()?;
                self.finds(|| document::activity_texts(&activity)).then(|| document::of_activity(session, &activity))?
            }
        };
        remaining.iter().all(|condition| condition.holds(&document)).then_some(document)
    }

    fn finds(&self, texts: impl FnOnce() -> Vec<String>) -> bool {
        if self.terms.is_empty() {
            return true;
        }
        let texts = texts();
        self.terms.iter().all(|term| texts.iter().any(|text| text.contains(term)))
    }

    /// What is given of a row.
    pub(crate) fn shape(&self, document: Value) -> Value {
        self.projection.apply(document)
    }

    /// Whether no row can satisfy the conditions.
    pub(crate) fn is_empty(&self) -> bool {
        let never = |test: &Test| matches!(test, Test::In(operands) if operands.is_empty());
        self.limit == Some(0) || self.conditions.iter().any(|condition| condition.tests.iter().any(never))
    }
}
