//! Selecting: the rows of a plan in their order. First a statement that reads nothing but indexes says which rows come in
//! question, in order; then their bodies are read some at a time, and the plan judges what no index can. Reading stops
//! as soon as there are enough, and all of it sees one state of the store.

mod include;
mod narrow;

use rusqlite::{Connection, OptionalExtension, Transaction, params, params_from_iter};
use serde_json::Value;

use self::narrow::Narrowed;
use super::checksum::{ACTIVITY_BODY, LOOK_BODY, activity_columns, intact_text, look_columns};
use super::damage::{self, Spot};
use crate::ground::error::Result;
use crate::ground::query::{Condition, Domain, Plan, Rows, Start};
use crate::store::narrow::{Cursor, Row, direction, lost};

/// At most so many bodies are read at a time.
const CHUNK: usize = 128;
/// And at least so many.
const FEWEST: usize = 8;

pub(super) fn select(connection: &mut Connection, account: i64, plan: &Plan) -> rusqlite::Result<Result<Vec<Value>>> {
    let transaction = connection.transaction()?;
    let start = match &plan.start {
        None => None,
        Some(start) => match cursor(&transaction, account, &plan.rows, start)? {
            Some(cursor) => Some((cursor, start.inclusive)),
            None => return Ok(Err(lost(plan.rows.domain, start))),
        },
    };
    let mut rows = rows(&transaction, account, plan, start.as_ref())?;
    if let Some(included) = &plan.include {
        include::attach(&transaction, account, included, &mut rows)?;
    }
    Ok(Ok(rows.into_iter().map(|row| row.fields).collect()))
}

/// Where the row stands that a query begins with. Of activities that share an id, the first one in the query's order counts.
fn cursor(transaction: &Transaction<'_>, account: i64, rows: &Rows, start: &Start) -> rusqlite::Result<Option<Cursor>> {
    let read = |row: &rusqlite::Row<'_>| Ok(Cursor { time: row.get(0)?, id: row.get(1)?, session: row.get(2)? });
    if rows.domain == Domain::Sessions {
        let sql = "SELECT sort_time, id, session FROM looks WHERE account = ?1 AND id = ?2";
        return transaction.prepare_cached(sql)?.query_row(params![account, start.id], read).optional();
    }
    let session = rows.session.as_ref().or(start.session.as_ref());
    let direction = direction(rows.order);
    // Ids are indexed within their session.
    let sql = format!(
        "SELECT sort_time, activities.id, activities.session FROM sessions CROSS JOIN activities
         ON activities.session = sessions.session AND activities.id = ?2
         WHERE sessions.account = ?1 AND (?3 IS NULL OR sessions.id = ?3)
         ORDER BY sort_time {direction}, activities.session {direction} LIMIT 1"
    );
    transaction.prepare_cached(&sql)?.query_row(params![account, start.id, session], read).optional()
}

fn rows(
    transaction: &Transaction<'_>,
    account: i64,
    plan: &Plan,
    start: Option<&(Cursor, bool)>,
) -> rusqlite::Result<Vec<Row>> {
    if plan.rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut narrowed = Narrowed::new(account, &plan.rows);
    let among = narrowed.search(transaction, &plan.rows)?;
    if let Some((cursor, inclusive)) = start {
        narrowed.begin_with(cursor, *inclusive, plan.rows.order);
    }
    let limit = plan.rows.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let mut offset = usize::try_from(plan.offset).unwrap_or(usize::MAX);
    if narrowed.is_exact() {
        narrowed.within(plan.rows.limit, plan.offset);
        offset = 0;
    }
    // Every query has a statement of its own: kept, they would only drive out those that come again.
    let mut statement = transaction.prepare(&narrowed.sql(&plan.rows))?;
    let mut keys = Keys { rows: statement.query(params_from_iter(&narrowed.values))?, among };
    let mut bodies = Bodies::new(transaction, plan.rows.domain)?;
    let mut found = Vec::new();
    // At first no more than must be read; when little of it is admitted, more and more.
    let mut size = limit.saturating_add(offset).clamp(FEWEST, CHUNK);
    loop {
        let chunk = keys.next(size)?;
        if chunk.is_empty() {
            return Ok(found);
        }
        for (session, document) in bodies.admitted(&plan.rows, &narrowed.remaining, &chunk)? {
            if offset > 0 {
                offset -= 1;
                continue;
            }
            found.push(Row { session, fields: plan.rows.shape(document) });
            if found.len() == limit {
                return Ok(found);
            }
        }
        size = (size * 2).min(CHUNK);
    }
}

/// The keys of the rows that come in question, in order.
struct Keys<'s> {
    rows: rusqlite::Rows<'s>,
    /// The only positions that count, in ascending order; nothing when all do.
    among: Option<Vec<i64>>,
}

impl Keys<'_> {
    /// The next ones, so many or what is left.
    fn next(&mut self, count: usize) -> rusqlite::Result<Vec<i64>> {
        let mut keys = Vec::with_capacity(count);
        while keys.len() < count {
            let Some(row) = self.rows.next()? else { break };
            let key: i64 = row.get(0)?;
            if self.among.as_ref().is_none_or(|among| among.binary_search(&key).is_ok()) {
                keys.push(key);
            }
        }
        Ok(keys)
    }
}

/// Reads the bodies of rows, several with one statement.
struct Bodies<'c> {
    domain: Domain,
    /// Whether a key may be one of no row: an activity's session was perhaps never seen itself.
    may_lack: bool,
    statement: rusqlite::CachedStatement<'c>,
}

impl<'c> Bodies<'c> {
    fn new(connection: &'c Connection, domain: Domain) -> rusqlite::Result<Self> {
        let sql = match domain {
            Domain::Sessions => concat!(
                "SELECT wanted.key, wanted.value, looks.id, ",
                look_columns!(),
                " FROM json_each(?1) AS wanted CROSS JOIN looks ON looks.session = wanted.value"
            ),
            Domain::Activities => concat!(
                "SELECT wanted.key, wanted.value, sessions.id, ",
                activity_columns!(),
                " FROM json_each(?1) AS wanted CROSS JOIN activities ON activities.position = wanted.value
                 CROSS JOIN sessions ON sessions.session = activities.session"
            ),
        };
        Ok(Self { domain, may_lack: false, statement: connection.prepare_cached(sql)? })
    }

    /// The same for keys of which some may be those of no row.
    fn that_may_lack(self) -> Self {
        Self { may_lack: true, ..self }
    }

    /// The rows with these keys that the plan admits, in the order of the keys, each with the session it belongs to.
    fn admitted(&mut self, rows: &Rows, remaining: &[Condition], keys: &[i64]) -> rusqlite::Result<Vec<(i64, Value)>> {
        let mut admitted: Vec<Option<(i64, Value)>> = Vec::new();
        admitted.resize_with(keys.len(), || None);
        let (length, spot): (_, fn(i64) -> Spot) = match self.domain {
            Domain::Sessions => (LOOK_BODY, Spot::Look),
            Domain::Activities => (ACTIVITY_BODY, Spot::Activity),
        };
        let mut damaged = Vec::new();
        let mut lacking = vec![true; keys.len()];
        let mut bodies = self.statement.query([json(keys)])?;
        while let Some(row) = bodies.next()? {
            let place = usize::try_from(row.get::<_, i64>(0)?).unwrap_or(usize::MAX);
            if let Some(lacking) = lacking.get_mut(place) {
                *lacking = false;
            }
            let Some(body) = intact_text(row, 3, length)? else {
                damaged.push(spot(row.get(1)?));
                continue;
            };
            let document = rows.admit(row.get_ref(2)?.as_str()?, body, remaining);
            if let (Some(document), Some(place)) = (document, admitted.get_mut(place)) {
                *place = Some((row.get(3)?, document));
            }
        }
        // An index that knows of rows which its table lacks: one of the two is damaged.
        let is_damaged = |lacking: bool| lacking && !self.may_lack;
        damaged.extend(keys.iter().zip(lacking).filter(|(_, lacking)| is_damaged(*lacking)).map(|(key, _)| spot(*key)));
        damage::none(damaged)?;
        Ok(admitted.into_iter().flatten().collect())
    }
}

/// A list of keys as one bound value.
fn json(keys: &[i64]) -> String {
    Value::from(keys).to_string()
}
