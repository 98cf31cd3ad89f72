//! The statement that gives the rows which come in question, a part at a time: conditions on columns, runs of letters, the
//! order and the place to go on behind. Every value is bound; what is spliced are names and operators written here.

use tokio_postgres::types::{ToSql, Type};

use crate::ground::error::Result;
use crate::ground::model::Timestamp;
use crate::ground::query::{Condition, Domain, Operand, Rows, Test};
use crate::store::narrow::{self, Column, Cursor, direction, operator};
use crate::store::postgres::faults::Failure;
use crate::store::postgres::server::Param;
use crate::store::postgres::work::{Reading, column as read};
use crate::store::postgres::write::number;
use crate::store::search::runs;

/// A value that is compared with a column.
#[derive(Clone, Debug)]
enum Bound {
    Text(Option<String>),
    Number(Option<i64>),
    Texts(Vec<String>),
    Numbers(Vec<i64>),
    Runs(Vec<i32>),
}

impl Bound {
    fn param(&self) -> Param<'_> {
        match self {
            Self::Text(text) => (text as &(dyn ToSql + Sync), Type::TEXT),
            Self::Number(number) => (number, Type::INT8),
            Self::Texts(texts) => (texts, Type::TEXT_ARRAY),
            Self::Numbers(numbers) => (numbers, Type::INT8_ARRAY),
            Self::Runs(runs) => (runs, Type::INT4_ARRAY),
        }
    }
}

/// What of a plan the engine does, and what is left.
#[derive(Clone, Debug)]
pub(super) struct Narrowed {
    clauses: Vec<String>,
    values: Vec<Bound>,
    /// What no column tells.
    pub(super) remaining: Vec<Condition>,
}

/// A row that comes in question.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) cursor: Cursor,
    /// Of the session.
    pub(super) id: String,
    pub(super) body: String,
}

/// Whether a column can tell: it has no NUL, and something else in its place.
fn is_told(test: &Test) -> bool {
    let plain = |operand: &Operand| !matches!(operand, Operand::Text(text) if text.contains(['\0', '\u{fffd}']));
    match test {
        Test::Contains(_) => false,
        Test::Equal(operand) | Test::Unequal(operand) | Test::Compares(_, operand) => plain(operand),
        Test::In(operands) => operands.iter().all(plain),
        Test::Exists(_) => true,
    }
}

impl Narrowed {
    pub(super) fn new(account: i64, rows: &Rows) -> Self {
        let mut narrowed =
            Self { clauses: Vec::new(), values: vec![Bound::Number(Some(account))], remaining: Vec::new() };
        narrowed.clauses.push("rows.account = $1".to_owned());
        if let Some(session) = rows.session.as_ref().filter(|session| !session.contains('\0')) {
            narrowed.one_session(session);
        }
        for condition in &rows.conditions {
            let column = Column::of(rows.domain, &condition.path);
            let on_column = |test: &&Test| column.is_some() && is_told(test);
            let (done, left): (Vec<&Test>, Vec<&Test>) = condition.tests.iter().partition(on_column);
            if let Some(column) = column {
                done.into_iter().for_each(|test| narrowed.test(column, test));
            }
            if !left.is_empty() {
                let tests = left.into_iter().cloned().collect();
                narrowed.remaining.push(Condition { path: condition.path.clone(), tests });
            }
        }
        let runs = runs(&rows.terms);
        if !runs.is_empty() {
            let numbers = runs.iter().map(|run| number(&run.chars().collect::<Vec<_>>())).collect();
            let place = narrowed.bind(Bound::Runs(numbers));
            narrowed.clauses.push(format!("rows.runs @> {place}"));
        }
        narrowed
    }

    /// Binds a value; gives back how it is named in the statement.
    fn bind(&mut self, value: Bound) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    fn one_session(&mut self, id: &str) {
        let id = self.bind(Bound::Text(Some(id.to_owned())));
        self.clauses
            .push(format!("rows.session = (SELECT session FROM jules.sessions WHERE account = $1 AND id = {id})"));
    }

    fn test(&mut self, column: Column, test: &Test) {
        let clause = match (column, test) {
            (Column::Session, Test::Equal(Operand::Text(id))) => return self.one_session(id),
            (Column::Session, _) => {
                let clause = self.tested("id", false, test);
                format!("rows.session IN (SELECT session FROM jules.sessions WHERE account = $1 AND {clause})")
            }
            (Column::Text(name), _) => self.tested(&format!("rows.{name}"), false, test),
            (Column::Time(name), _) => self.tested(&format!("rows.{name}"), true, test),
        };
        self.clauses.push(clause);
    }

    /// A test of a column that holds texts or times.
    fn tested(&mut self, name: &str, times: bool, test: &Test) -> String {
        match test {
            Test::Equal(Operand::Nothing) | Test::Exists(false) => format!("{name} IS NULL"),
            Test::Equal(operand) => format!("{name} = {}", self.bind(bound(times, operand))),
            Test::Unequal(operand) => format!("{name} IS DISTINCT FROM {}", self.bind(bound(times, operand))),
            Test::Compares(allowed, operand) => {
                let operator = operator(allowed);
                let value = self.bind(bound(times, operand));
                // The indexes have the time that rows are ordered by, in which a missing one is the least.
                match name {
                    "rows.create_time" => format!("rows.sort_time {operator} {value} AND {name} IS NOT NULL"),
                    _ => format!("{name} {operator} {value}"),
                }
            }
            Test::In(operands) => {
                let missing = operands.contains(&Operand::Nothing);
                let list = self.bind(list(times, operands));
                let or_missing = if missing { format!(" OR {name} IS NULL") } else { String::new() };
                format!("({name} = ANY({list}){or_missing})")
            }
            Test::Exists(true) => format!("{name} IS NOT NULL"),
            // Left to the plan.
            Test::Contains(_) => "true".to_owned(),
        }
    }

    /// The next rows in order, at most so many, at or behind a place.
    pub(super) async fn chunk(
        &self,
        reading: &Reading,
        rows: &Rows,
        behind: Option<&(Cursor, bool)>,
        size: usize,
    ) -> Result<Vec<Candidate>, Failure> {
        let mut this = self.clone();
        if let Some((cursor, inclusive)) = behind {
            let (time, id, session) = this.bind_cursor(cursor);
            let operator = narrow::behind(rows.order, *inclusive);
            this.clauses.push(format!("(rows.sort_time, rows.id, rows.session) {operator} ({time}, {id}, {session})"));
        }
        // What the server has no more is not shown.
        this.clauses
            .push("rows.session NOT IN (SELECT session FROM jules.sessions WHERE account = $1 AND deleted)".to_owned());
        let direction = direction(rows.order);
        let order = format!("rows.sort_time {direction}, rows.id {direction}, rows.session {direction}");
        this.ask(reading, rows.domain, &order, size).await
    }

    /// The next activities of these sessions, session by session and in order, behind a place.
    pub(super) async fn chunk_within_sessions(
        &self,
        reading: &Reading,
        rows: &Rows,
        sessions: &[i64],
        behind: Option<&Cursor>,
        size: usize,
    ) -> Result<Vec<Candidate>, Failure> {
        let mut this = self.clone();
        let list = this.bind(Bound::Numbers(sessions.to_vec()));
        this.clauses.push(format!("rows.session = ANY({list})"));
        if let Some(cursor) = behind {
            let (time, id, session) = this.bind_cursor(cursor);
            let operator = narrow::behind(rows.order, false);
            this.clauses.push(format!("(rows.session, rows.sort_time, rows.id) {operator} ({session}, {time}, {id})"));
        }
        let direction = direction(rows.order);
        let order = format!("rows.session {direction}, rows.sort_time {direction}, rows.id {direction}");
        this.ask(reading, Domain::Activities, &order, size).await
    }

    fn bind_cursor(&mut self, cursor: &Cursor) -> (String, String, String) {
        let time = self.bind(Bound::Number(Some(cursor.time)));
        let id = self.bind(Bound::Text(Some(cursor.id.clone())));
        (time, id, self.bind(Bound::Number(Some(cursor.session))))
    }

    async fn ask(
        &self,
        reading: &Reading,
        domain: Domain,
        order: &str,
        size: usize,
    ) -> Result<Vec<Candidate>, Failure> {
        let clauses = self.clauses.join(" AND ");
        // The rows first, in order; then the names of their sessions.
        let sql = match domain {
            Domain::Sessions => format!(
                "SELECT sort_time, id, session, id, body FROM jules.looks AS rows WHERE {clauses} ORDER BY {order} LIMIT {size}"
            ),
            Domain::Activities => format!(
                "SELECT rows.sort_time, rows.id, rows.session, sessions.id, rows.body FROM (
                     SELECT sort_time, id, session, body FROM jules.activities AS rows WHERE {clauses} ORDER BY {order} LIMIT {size}
                 ) AS rows JOIN jules.sessions USING (session) ORDER BY {order}"
            ),
        };
        let params: Vec<Param<'_>> = self.values.iter().map(Bound::param).collect();
        let found = reading.rows_once(&sql, &params).await?;
        let candidate = |row| {
            let row = Some(row);
            let cursor = Cursor { time: read(row, 0)?, id: read(row, 1)?, session: read(row, 2)? };
            Ok(Candidate { cursor, id: read(row, 3)?, body: read(row, 4)? })
        };
        found.iter().map(candidate).collect()
    }
}

/// What a column is compared with.
fn bound(times: bool, operand: &Operand) -> Bound {
    match operand {
        Operand::Text(text) if !times => Bound::Text(Some(text.clone())),
        Operand::Time(time) if times => Bound::Number(Some(nanoseconds(*time))),
        // No column holds these.
        _ if times => Bound::Number(None),
        _ => Bound::Text(None),
    }
}

fn list(times: bool, operands: &[Operand]) -> Bound {
    let bounds = operands.iter().map(|operand| bound(times, operand));
    if times {
        Bound::Numbers(
            bounds.filter_map(|bound| if let Bound::Number(number) = bound { number } else { None }).collect(),
        )
    } else {
        Bound::Texts(bounds.filter_map(|bound| if let Bound::Text(text) = bound { text } else { None }).collect())
    }
}

/// The time as columns hold it; what is too far off is put at the end of what they can hold.
fn nanoseconds(time: Timestamp) -> i64 {
    let most = i128::from(i64::MAX);
    i64::try_from(time.as_nanosecond().clamp(-most, most)).unwrap_or(i64::MAX)
}
