//! What narrows a selection down is the same in every engine: which fields have a column, how rows are compared and ordered,
//! and where a row stands among them. Each engine writes its own statements with it.

use std::cmp::Ordering;

use serde_json::Value;

use crate::ground::error::{Error, about};
use crate::ground::query::{Domain, Order, Start};

/// A row of the result, and which session it is about, by its number.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) session: i64,
    pub(super) fields: Value,
}

/// Where a row stands in the order.
#[derive(Clone, Debug)]
pub(super) struct Cursor {
    pub(super) time: i64,
    pub(super) id: String,
    pub(super) session: i64,
}

/// A column that holds a field's value as it is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Column {
    Text(&'static str),
    Time(&'static str),
    /// The id of the session, which rows have the number of.
    Session,
}

impl Column {
    /// The column of a field, if it has one.
    pub(super) fn of(domain: Domain, path: &[String]) -> Option<Self> {
        let [field] = path else { return None };
        Some(match (domain, field.as_str()) {
            (_, "id") => Self::Text("id"),
            (_, "createTime") => Self::Time("create_time"),
            (Domain::Sessions, "state") => Self::Text("state"),
            (Domain::Sessions, "updateTime") => Self::Time("update_time"),
            (Domain::Activities, "type") => Self::Text("type"),
            (Domain::Activities, "sessionId") => Self::Session,
            (Domain::Activities, "originator") => Self::Text("originator"),
            _ => return None,
        })
    }
}

/// The order in SQL.
pub(super) fn direction(order: Order) -> &'static str {
    match order {
        Order::Asc => "ASC",
        Order::Desc => "DESC",
    }
}

/// How what stands behind a place is compared with it.
pub(super) fn behind(order: Order, inclusive: bool) -> &'static str {
    match (order, inclusive) {
        (Order::Asc, false) => ">",
        (Order::Asc, true) => ">=",
        (Order::Desc, false) => "<",
        (Order::Desc, true) => "<=",
    }
}

/// A comparison that allows these orderings.
pub(super) fn operator(allowed: &[Ordering]) -> &'static str {
    match *allowed {
        [Ordering::Greater] => ">",
        [Ordering::Greater, _] => ">=",
        [Ordering::Less] => "<",
        _ => "<=",
    }
}

/// The error where a selection is to begin at what the store doesn't have.
pub(super) fn lost(domain: Domain, start: &Start) -> Error {
    let what = if domain == Domain::Sessions { "session" } else { "activity" };
    about(start.key).error_with(
        format!("{} names {what} {:?}, which is not in the local cache", start.key, start.id),
        "Leave it out to start at the beginning.",
    )
}
