//! The statement that says which rows come in question: conditions on columns, the order, the beginning and the number.
//! Every value is bound; what is spliced are names and operators written here.

use std::cmp::Ordering;

use rusqlite::Transaction;
use rusqlite::types::Value as Sql;
use serde_json::Value;

use super::Cursor;
use crate::ground::model::Timestamp;
use crate::ground::query::{Condition, Domain, Operand, Order, Rows, Test};
use crate::store::sqlite::index;

/// A search that may be in so few rows looks at those rows; one that may be in more goes through all in order, for it
/// soon has enough.
const FEW: usize = 4_000;

/// What of a plan the engine does, and what is left.
#[derive(Debug, Default)]
pub(super) struct Narrowed {
    clauses: Vec<String>,
    pub(super) values: Vec<Sql>,
    /// What no column tells.
    pub(super) remaining: Vec<Condition>,
    searching: bool,
    index: Option<&'static str>,
    limited: bool,
}

/// A column that holds a field's value as it is.
#[derive(Clone, Copy)]
enum Column {
    Text(&'static str),
    Time(&'static str),
}

fn column(domain: Domain, path: &[String]) -> Option<Column> {
    let [field] = path else { return None };
    Some(match (domain, field.as_str()) {
        (_, "id") => Column::Text("id"),
        (_, "createTime") => Column::Time("create_time"),
        (Domain::Sessions, "state") => Column::Text("state"),
        (Domain::Sessions, "updateTime") => Column::Time("update_time"),
        (Domain::Activities, "type") => Column::Text("type"),
        (Domain::Activities, "sessionId") => Column::Text("session"),
        (Domain::Activities, "originator") => Column::Text("originator"),
        _ => return None,
    })
}

pub(super) fn direction(order: Order) -> &'static str {
    match order {
        Order::Asc => "ASC",
        Order::Desc => "DESC",
    }
}

impl Narrowed {
    pub(super) fn new(rows: &Rows) -> Self {
        let mut narrowed = Self { searching: !rows.terms.is_empty(), ..Self::default() };
        if let Some(session) = &rows.session {
            narrowed.add("session = ?", [Sql::Text(session.clone())]);
        }
        let mut left = Vec::new();
        for condition in &rows.conditions {
            let column = column(rows.domain, &condition.path);
            let on_column = |test: &&Test| column.is_some() && !matches!(test, Test::Contains(_));
            let (done, tests): (Vec<&Test>, Vec<&Test>) = condition.tests.iter().partition(on_column);
            if let Some(column) = column {
                done.into_iter().for_each(|test| narrowed.test(column, test));
            }
            if !tests.is_empty() {
                left.push(Condition { path: condition.path.clone(), tests: tests.into_iter().cloned().collect() });
            }
        }
        narrowed.remaining = left;
        narrowed.index = index_for(rows);
        narrowed
    }

    /// Whether the engine does all there is to do.
    pub(super) fn is_exact(&self) -> bool {
        self.remaining.is_empty() && !self.searching
    }

    fn add(&mut self, clause: impl Into<String>, values: impl IntoIterator<Item = Sql>) {
        self.clauses.push(clause.into());
        self.values.extend(values);
    }

    fn test(&mut self, column: Column, test: &Test) {
        let (Column::Text(name) | Column::Time(name)) = column;
        match test {
            Test::Equal(Operand::Nothing) | Test::Exists(false) => self.add(format!("{name} IS NULL"), []),
            Test::Equal(operand) => self.add(format!("{name} = ?"), [bound(operand)]),
            Test::Unequal(operand) => self.add(format!("{name} IS NOT ?"), [bound(operand)]),
            Test::Compares(allowed, operand) => {
                let operator = match *allowed {
                    [Ordering::Greater] => ">",
                    [Ordering::Greater, _] => ">=",
                    [Ordering::Less] => "<",
                    _ => "<=",
                };
                // The indexes have the time that rows are ordered by, in which a missing one is the least.
                let ordered = if name == "create_time" { "sort_time" } else { name };
                self.add(format!("{ordered} {operator} ?"), [bound(operand)]);
                if operator.starts_with('<') && ordered != name {
                    self.add("sort_time > ?", [Sql::Integer(i64::MIN)]);
                }
            }
            Test::In(operands) => {
                let list = Value::from_iter(operands.iter().map(|operand| match bound(operand) {
                    Sql::Integer(number) => Value::from(number),
                    Sql::Text(text) => Value::from(text),
                    _ => Value::Null,
                }));
                let or_missing =
                    if operands.contains(&Operand::Nothing) { format!(" OR {name} IS NULL") } else { String::new() };
                self.add(
                    format!("({name} IN (SELECT value FROM json_each(?)){or_missing})"),
                    [Sql::Text(list.to_string())],
                );
            }
            Test::Exists(true) => self.add(format!("{name} IS NOT NULL"), []),
            Test::Contains(_) => {}
        }
    }

    /// Narrows down to the rows that may have the terms. Gives back their positions when it is better to go through all
    /// rows in order and look at those among them only.
    pub(super) fn search(&mut self, transaction: &Transaction<'_>, rows: &Rows) -> rusqlite::Result<Option<Vec<i64>>> {
        match rows.domain {
            Domain::Sessions => {
                if let Some(ids) = index::sessions(transaction, &rows.terms)? {
                    self.add("id IN (SELECT value FROM json_each(?))", [Sql::Text(Value::from(ids).to_string())]);
                    self.index = None;
                }
            }
            Domain::Activities => {
                let positions = index::activities(transaction, &rows.terms)?;
                let Some(positions) = positions else { return Ok(None) };
                if positions.len() > FEW {
                    return Ok(Some(positions));
                }
                self.add(
                    "position IN (SELECT value FROM json_each(?))",
                    [Sql::Text(Value::from(positions).to_string())],
                );
                self.index = None;
            }
        }
        Ok(None)
    }

    /// Leaves out what stands before this place.
    pub(super) fn begin_with(&mut self, cursor: &Cursor, inclusive: bool, order: Order) {
        let operator = match (order, inclusive) {
            (Order::Asc, false) => ">",
            (Order::Asc, true) => ">=",
            (Order::Desc, false) => "<",
            (Order::Desc, true) => "<=",
        };
        let Cursor { time, id, session } = cursor;
        let place = [Sql::Integer(*time), Sql::Text(id.clone()), Sql::Text(session.clone())];
        self.add(format!("(sort_time, id, session) {operator} (?, ?, ?)"), place);
    }

    pub(super) fn within(&mut self, limit: Option<u64>, offset: u64) {
        let number = |count: u64| Sql::Integer(i64::try_from(count).unwrap_or(i64::MAX));
        self.limited = true;
        self.values.extend([limit.map_or(Sql::Integer(-1), number), number(offset)]);
    }

    pub(super) fn sql(&self, rows: &Rows) -> String {
        let (key, table) = match rows.domain {
            Domain::Sessions => ("id", "(SELECT *, id AS session FROM sessions)"),
            Domain::Activities => ("position", "activities"),
        };
        let index = self.index.map(|index| format!(" INDEXED BY {index}")).unwrap_or_default();
        let clauses = if self.clauses.is_empty() { "1".to_owned() } else { self.clauses.join(" AND ") };
        let direction = direction(rows.order);
        let limit = if self.limited { " LIMIT ? OFFSET ?" } else { "" };
        format!(
            "SELECT {key} FROM {table}{index} WHERE {clauses}
             ORDER BY sort_time {direction}, id {direction}, session {direction}{limit}"
        )
    }
}

impl Narrowed {
    /// The statement for activities of several sessions, session by session; the last value is the list of their ids.
    pub(super) fn sql_within_sessions(&self, rows: &Rows) -> String {
        let direction = direction(rows.order);
        let clauses: String = self.clauses.iter().map(|clause| format!("{clause} AND ")).collect();
        format!(
            "SELECT position, session FROM activities
             WHERE {clauses} session IN (SELECT value FROM json_each(?))
             ORDER BY session, sort_time {direction}, id {direction}"
        )
    }
}

/// The index that gives activities in order, narrowed by what stands first in it. The engine knows no statistics, and would
/// rather sort.
fn index_for(rows: &Rows) -> Option<&'static str> {
    let one = |field: &str| {
        let is_equal = |test: &Test| matches!(test, Test::Equal(Operand::Text(_)));
        rows.conditions.iter().any(|condition| condition.path == [field] && condition.tests.iter().any(is_equal))
    };
    let some_sessions = rows.conditions.iter().any(|condition| {
        condition.path == ["sessionId"] && condition.tests.iter().any(|test| matches!(test, Test::In(_)))
    });
    match rows.domain {
        Domain::Sessions => None,
        Domain::Activities if rows.session.is_some() || one("sessionId") => Some("activities_by_session"),
        Domain::Activities if some_sessions => None,
        Domain::Activities if one("type") => Some("activities_by_type"),
        Domain::Activities => Some("activities_by_time"),
    }
}

/// What a column is compared with.
fn bound(operand: &Operand) -> Sql {
    match operand {
        Operand::Text(text) => Sql::Text(text.clone()),
        Operand::Time(time) => Sql::Integer(nanoseconds(*time)),
        // No column holds these.
        Operand::Nothing | Operand::Number(_) | Operand::Flag(_) => Sql::Null,
    }
}

/// The time as columns hold it; what is too far off is put at the end of what they can hold.
fn nanoseconds(time: Timestamp) -> i64 {
    let most = i128::from(i64::MAX);
    i64::try_from(time.as_nanosecond().clamp(-most, most)).unwrap_or(i64::MAX)
}
