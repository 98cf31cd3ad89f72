//! Selecting: the rows of a plan in their order. Statements narrow down by columns and runs of letters and give bodies, some at
//! a time, each going on behind the last; the plan judges what no column can. Reading stops as soon as there are enough,
//! and all of it sees one state of the store.

mod include;
mod narrow;

use serde_json::Value;
use tokio_postgres::types::Type;

use self::narrow::Narrowed;
use super::faults::Failure;
use super::server::Param;
use super::work::{Reading, column};
use crate::ground::error::Result;
use crate::ground::query::{Domain, Plan, Rows, Start};
use crate::store::narrow::{Cursor, Row, direction, lost};

/// At most so many bodies are read at a time.
const CHUNK: usize = 512;
/// And at least so many.
const FEWEST: usize = 8;

pub(super) async fn select(reading: &Reading, plan: &Plan) -> Result<Vec<Value>, Failure> {
    reading.hold().await?;
    let selected = selected(reading, plan).await;
    // A query that asks for the wrong thing leaves the connection as it was.
    if !matches!(selected, Err(Failure::Lost(_) | Failure::Conflict(_))) {
        reading.let_go().await?;
    }
    selected
}

async fn selected(reading: &Reading, plan: &Plan) -> Result<Vec<Value>, Failure> {
    let start = match &plan.start {
        None => None,
        Some(start) => match cursor(reading, &plan.rows, start).await? {
            Some(cursor) => Some((cursor, start.inclusive)),
            None => return Err(lost(plan.rows.domain, start).into()),
        },
    };
    let mut rows = rows(reading, plan, start).await?;
    if let Some(included) = &plan.include {
        include::attach(reading, included, &mut rows).await?;
    }
    Ok(rows.into_iter().map(|row| row.fields).collect())
}

/// Where the row stands that a query begins with. Of activities that share an id, the first one in the query's order counts.
async fn cursor(reading: &Reading, rows: &Rows, start: &Start) -> Result<Option<Cursor>, Failure> {
    let account = reading.account;
    let session = rows.session.as_ref().or(start.session.as_ref());
    let direction = direction(rows.order);
    let of_activities = format!(
        "SELECT sort_time, activities.id, activities.session FROM jules.sessions JOIN jules.activities USING (session)
         WHERE sessions.account = $1 AND activities.id = $2 AND ($3::text IS NULL OR sessions.id = $3)
         ORDER BY sort_time {direction}, activities.session {direction} LIMIT 1"
    );
    let params: [Param<'_>; 3] = [(&account, Type::INT8), (&start.id, Type::TEXT), (&session, Type::TEXT)];
    let found = match rows.domain {
        // No id has it, and PostgreSQL no text.
        _ if start.id.contains('\0') || session.is_some_and(|session| session.contains('\0')) => Vec::new(),
        Domain::Sessions => {
            let sql = "SELECT sort_time, id, session FROM jules.looks WHERE account = $1 AND id = $2";
            reading.rows(sql, &params[..2]).await?
        }
        Domain::Activities => reading.rows_once(&of_activities, &params).await?,
    };
    let Some(row) = found.first() else { return Ok(None) };
    let row = Some(row);
    Ok(Some(Cursor { time: column(row, 0)?, id: column(row, 1)?, session: column(row, 2)? }))
}

async fn rows(reading: &Reading, plan: &Plan, start: Option<(Cursor, bool)>) -> Result<Vec<Row>, Failure> {
    let mut found = Vec::new();
    if plan.rows.is_empty() {
        return Ok(found);
    }
    let narrowed = Narrowed::new(reading.account, &plan.rows);
    let limit = plan.rows.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let mut offset = usize::try_from(plan.offset).unwrap_or(usize::MAX);
    let mut behind = start;
    // At first no more than must be read; when little of it is admitted, more and more.
    let mut size = limit.saturating_add(offset).clamp(FEWEST, CHUNK);
    loop {
        let chunk = narrowed.chunk(reading, &plan.rows, behind.as_ref(), size).await?;
        for candidate in &chunk {
            let Some(document) = plan.rows.admit(&candidate.id, &candidate.body, &narrowed.remaining) else { continue };
            if offset > 0 {
                offset -= 1;
                continue;
            }
            found.push(Row { session: candidate.cursor.session, fields: plan.rows.shape(document) });
            if found.len() == limit {
                return Ok(found);
            }
        }
        match chunk.last() {
            Some(last) if chunk.len() == size => behind = Some((last.cursor.clone(), false)),
            _ => return Ok(found),
        }
        size = (size * 2).min(CHUNK);
    }
}
