//! The statement that says which rows come in question: conditions on columns, the order, the beginning and the number.
//! Every value is bound; what is spliced are names and operators written here, and the number of the account.

use std::cmp::Ordering;

use rusqlite::Transaction;
use rusqlite::types::Value as Sql;
use serde_json::Value;

use crate::ground::model::Timestamp;
use crate::ground::query::{Condition, Domain, Operand, Order, Rows, Test};
use crate::store::narrow::{Column, Cursor, behind, direction, operator};
use crate::store::sqlite::index;

/// A search that may be in so few rows looks at those rows; one that may be in more goes through all in order, for it
/// soon has enough.
const FEW: usize = 4_000;

const BY_SESSION: &str = "activities_by_session";

/// What of a plan the engine does, and what is left.
#[derive(Debug, Default)]
pub(super) struct Narrowed {
    account: i64,
    clauses: Vec<String>,
    pub(super) values: Vec<Sql>,
    /// What no column tells.
    pub(super) remaining: Vec<Condition>,
    searching: bool,
    /// Whether it knows the rows' own numbers, so that no index is to be used.
    listed: bool,
    index: Option<&'static str>,
    limited: bool,
}

impl Narrowed {
    pub(super) fn new(account: i64, rows: &Rows) -> Self {
        let mut narrowed = Self { account, searching: !rows.terms.is_empty(), ..Self::default() };
        if let Some(session) = &rows.session {
            narrowed.add(narrowed.one_session(), [Sql::Text(session.clone())]);
        }
        let mut left = Vec::new();
        for condition in &rows.conditions {
            let column = Column::of(rows.domain, &condition.path);
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

    /// The session of an id.
    fn one_session(&self) -> String {
        format!("session = (SELECT session FROM sessions WHERE account = {} AND id = ?)", self.account)
    }

    fn test(&mut self, column: Column, test: &Test) {
        let name = match column {
            Column::Text(name) | Column::Time(name) => name,
            Column::Session => match test {
                Test::Equal(Operand::Text(id)) => return self.add(self.one_session(), [Sql::Text(id.clone())]),
                _ => {
                    let (clause, values) = tested("id", test);
                    let among =
                        format!("session IN (SELECT session FROM sessions WHERE account = {} AND ", self.account);
                    return self.add(format!("{among}{clause})"), values);
                }
            },
        };
        let (clause, values) = tested(name, test);
        self.add(clause, values);
    }

    /// Narrows down to the rows that may have the terms. Gives back their positions when it is better to go through all
    /// rows in order and look at those among them only.
    pub(super) fn search(&mut self, transaction: &Transaction<'_>, rows: &Rows) -> rusqlite::Result<Option<Vec<i64>>> {
        let (name, found) = match rows.domain {
            Domain::Sessions => ("session", index::sessions(transaction, &rows.terms)?),
            Domain::Activities => ("position", index::activities(transaction, &rows.terms)?),
        };
        let Some(found) = found else { return Ok(None) };
        if found.len() > FEW && rows.domain == Domain::Activities {
            return Ok(Some(found));
        }
        let list = Sql::Text(Value::from(found).to_string());
        self.add(format!("{name} IN (SELECT value FROM json_each(?))"), [list]);
        (self.index, self.listed) = (None, true);
        Ok(None)
    }

    /// Leaves out what stands before this place.
    pub(super) fn begin_with(&mut self, cursor: &Cursor, inclusive: bool, order: Order) {
        let operator = behind(order, inclusive);
        let Cursor { time, id, session } = cursor;
        let place = [Sql::Integer(*time), Sql::Text(id.clone()), Sql::Integer(*session)];
        self.add(format!("(sort_time, id, session) {operator} (?, ?, ?)"), place);
    }

    pub(super) fn within(&mut self, limit: Option<u64>, offset: u64) {
        let number = |count: u64| Sql::Integer(i64::try_from(count).unwrap_or(i64::MAX));
        self.limited = true;
        self.values.extend([limit.map_or(Sql::Integer(-1), number), number(offset)]);
    }

    pub(super) fn sql(&self, rows: &Rows) -> String {
        let (key, table) = match rows.domain {
            Domain::Sessions => ("session", "looks"),
            Domain::Activities => ("position", "activities"),
        };
        let index = self.index.map(|index| format!(" INDEXED BY {index}")).unwrap_or_default();
        let mut clauses: Vec<&str> = self.clauses.iter().map(String::as_str).collect();
        let (own, shown) = (self.own(rows), self.shown());
        clauses.extend([own.as_str(), shown.as_str()]);
        let clauses = clauses.join(" AND ");
        let direction = direction(rows.order);
        let limit = if self.limited { " LIMIT ? OFFSET ?" } else { "" };
        format!(
            "SELECT {key} FROM {table}{index} WHERE {clauses}
             ORDER BY sort_time {direction}, id {direction}, session {direction}{limit}"
        )
    }

    /// The account's rows. Where rows are listed or a session says it already, no index is to be taken for it.
    fn own(&self, rows: &Rows) -> String {
        let listed = self.listed || rows.domain == Domain::Activities && self.index.is_none();
        let plus = if listed { "+" } else { "" };
        match self.index {
            Some(BY_SESSION) => "1".to_owned(),
            _ => format!("{plus}account = {}", self.account),
        }
    }

    /// What the server has no more is not shown.
    fn shown(&self) -> String {
        format!("session NOT IN (SELECT session FROM sessions WHERE account = {} AND deleted = 1)", self.account)
    }

    /// The statement for activities of several sessions, session by session; the last value is the list of their numbers.
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

/// A test of a column, and the values in it.
fn tested(name: &str, test: &Test) -> (String, Vec<Sql>) {
    match test {
        Test::Equal(Operand::Nothing) | Test::Exists(false) => (format!("{name} IS NULL"), vec![]),
        Test::Equal(operand) => (format!("{name} = ?"), vec![bound(operand)]),
        Test::Unequal(operand) => (format!("{name} IS NOT ?"), vec![bound(operand)]),
        Test::Compares(allowed, operand) => compared(name, allowed, operand),
        Test::In(operands) => {
            let list = Value::from_iter(operands.iter().map(|operand| match bound(operand) {
                Sql::Integer(number) => Value::from(number),
                Sql::Text(text) => Value::from(text),
                _ => Value::Null,
            }));
            let missing = operands.contains(&Operand::Nothing);
            let or_missing = if missing { format!(" OR {name} IS NULL") } else { String::new() };
            (format!("({name} IN (SELECT value FROM json_each(?)){or_missing})"), vec![Sql::Text(list.to_string())])
        }
        Test::Exists(true) => (format!("{name} IS NOT NULL"), vec![]),
        // Left to the plan.
        Test::Contains(_) => ("1".to_owned(), vec![]),
    }
}

fn compared(name: &str, allowed: &[Ordering], operand: &Operand) -> (String, Vec<Sql>) {
    let operator = operator(allowed);
    // The indexes have the time that rows are ordered by, in which a missing one is the least.
    let ordered = if name == "create_time" { "sort_time" } else { name };
    let mut clause = format!("{ordered} {operator} ?");
    if operator.starts_with('<') && ordered != name {
        clause.push_str(" AND sort_time > -9223372036854775808");
    }
    (clause, vec![bound(operand)])
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
        Domain::Activities if rows.session.is_some() || one("sessionId") => Some(BY_SESSION),
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
