//! One piece of work on a connection, for one account: reading, or writing in one transaction whose outcome is known in the
//! end, whatever becomes of the connection.

use std::sync::Arc;

use futures::future::join_all;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::faults::{self, Failure};
use super::notices::{Changed, Notices};
use super::server::{Borrowed, Param};
use crate::ground::error::{Error, Result};
use crate::ground::model::SessionId;

/// What a transaction begins with: whoever is stopped in the middle of it must not keep the others waiting for long.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE; SET LOCAL statement_timeout = 30000; \
                     SET LOCAL lock_timeout = 10000; SET LOCAL idle_in_transaction_session_timeout = 5000";
/// Its number, by which its outcome can be asked.
const NUMBER: &str = "SELECT txid_current()";
/// All statements see one state of the store.
const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; \
                        SET LOCAL idle_in_transaction_session_timeout = 60000";

/// Reading does it again, on another connection, until it succeeds or is given up.
macro_rules! reading {
    ($store:expr, $reading:ident => $work:expr) => {{
        let here = $store.here();
        let mut patience = $crate::store::postgres::server::Patience::new(&here.server);
        let work = async {
            loop {
                let read = async {
                    let $reading = here.reading().await?;
                    let found = $work.await?;
                    $reading.give_back();
                    Ok::<_, $crate::store::postgres::faults::Failure>(found)
                };
                match read.await {
                    Ok(found) => break Ok::<_, $crate::ground::error::Error>(found),
                    Err(failure) => patience.after(failure).await?,
                }
            }
        };
        $crate::ground::waits::Wait::of($crate::ground::waits::WaitReason::Cache).during(work).await
    }};
}

/// Writing does it again only when it is known that it isn't in.
macro_rules! writing {
    ($store:expr, $writing:ident => $work:expr) => {{
        let here = $store.here();
        let mut patience = $crate::store::postgres::server::Patience::new(&here.server);
        let work = async {
            loop {
                let written = async {
                    let mut writing = here.writing($store.now()).await?;
                    let done = {
                        let $writing = &mut writing;
                        $work.await?
                    };
                    writing.finish().await?;
                    Ok::<_, $crate::store::postgres::faults::Failure>(done)
                };
                match written.await {
                    Ok(done) => break Ok::<_, $crate::ground::error::Error>(done),
                    Err(failure) => patience.after(failure).await?,
                }
            }
        };
        $crate::ground::waits::Wait::of($crate::ground::waits::WaitReason::Cache).during(work).await
    }};
}
pub(super) use {reading, writing};

/// Statements that only read.
pub(super) struct Reading {
    borrowed: Borrowed,
    pub(super) account: i64,
}

impl Reading {
    pub(super) fn new(borrowed: Borrowed, account: i64) -> Self {
        borrowed.set_reusable(true);
        Self { borrowed, account }
    }

    pub(super) async fn rows(&self, sql: &'static str, params: &[Param<'_>]) -> Result<Vec<Row>, Failure> {
        self.borrowed.rows(sql, params).await
    }

    /// A statement that doesn't come again.
    pub(super) async fn rows_once(&self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, Failure> {
        self.borrowed.rows_once(sql, params).await
    }

    /// From now on all statements see one state of the store.
    pub(super) async fn hold(&self) -> Result<(), Failure> {
        self.borrowed.set_reusable(false);
        self.borrowed.batch(SNAPSHOT).await
    }

    /// Ends what `hold` began.
    pub(super) async fn let_go(&self) -> Result<(), Failure> {
        self.borrowed.batch("COMMIT").await?;
        self.borrowed.set_reusable(true);
        Ok(())
    }

    pub(super) fn give_back(self) {
        if self.borrowed.is_reusable() {
            self.borrowed.give_back();
        }
    }
}

/// A transaction that writes. One that is dropped is undone, for its connection is closed.
pub(super) struct Writing {
    borrowed: Borrowed,
    notices: Arc<Notices>,
    pub(super) account: i64,
    /// By the client's clock, in nanoseconds.
    pub(super) now: i64,
    number: Option<i64>,
    undone: bool,
    changed: Vec<Changed>,
}

impl Writing {
    pub(super) fn new(borrowed: Borrowed, notices: Arc<Notices>, account: i64, now: i64) -> Self {
        Self { borrowed, notices, account, now, number: None, undone: false, changed: Vec::new() }
    }

    pub(super) async fn rows(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<Vec<Row>, Failure> {
        let mut all = self.pipeline(&[(sql, params)]).await?;
        Ok(all.pop().unwrap_or_default())
    }

    /// Several statements, one after the other, that are sent without waiting in between. The first of a transaction take
    /// its beginning along.
    pub(super) async fn pipeline(
        &mut self,
        statements: &[(&'static str, &[Param<'_>])],
    ) -> Result<Vec<Vec<Row>>, Failure> {
        let borrowed = &self.borrowed;
        for (sql, params) in statements {
            borrowed.prepare(sql, params).await?;
        }
        let asked = join_all(statements.iter().map(|(sql, params)| borrowed.prepared_rows(sql, params)));
        let answers = if self.number.is_some() {
            asked.await
        } else {
            borrowed.prepare(NUMBER, &[]).await?;
            let begin = async { tokio::join!(biased; borrowed.batch(BEGIN), borrowed.prepared_rows(NUMBER, &[])) };
            let ((begun, number), answers) = tokio::join!(biased; begin, asked);
            begun?;
            self.number = Some(column(number?.first(), 0)?);
            answers
        };
        answers.into_iter().collect()
    }

    /// Nothing of it is to be there in the end.
    pub(super) fn undo(&mut self) {
        self.undone = true;
    }

    /// Wakes whom it concerns, when this is committed.
    pub(super) fn changed(&mut self, changed: Changed) {
        self.changed.push(changed);
    }

    /// Commits. That goes on when nobody waits for it any more, so that what is in is told in any case.
    pub(super) async fn finish(self) -> Result<(), Failure> {
        if self.number.is_none() {
            self.borrowed.give_back();
            return Ok(());
        }
        if self.undone {
            self.borrowed.batch("ROLLBACK").await?;
            self.borrowed.give_back();
            return Ok(());
        }
        let ended = tokio::spawn(self.commit()).await;
        ended.map_err(|cause| {
            if cause.is_cancelled() {
                Error::closed()
            } else {
                Error::store("the cache's work was interrupted by a panic")
            }
        })?
    }

    async fn commit(self) -> Result<(), Failure> {
        let Self { borrowed, notices, number, changed, .. } = self;
        match (borrowed.batch("COMMIT").await, number) {
            (Ok(()), _) => borrowed.give_back(),
            (Err(Failure::Lost(cause)), Some(number)) => {
                // It may be in. What was asked for is repeated only when it is not.
                let server = Arc::clone(&borrowed.server);
                drop(borrowed);
                if !server.is_committed(number).await? {
                    return Err(Failure::Lost(cause));
                }
            }
            (Err(failure), _) => return Err(failure),
        }
        notices.announce(changed);
        Ok(())
    }

    /// The number of a session, which is there from now on and locked for this transaction.
    pub(super) async fn session(&mut self, id: &SessionId) -> Result<i64, Failure> {
        const LOCK: &str = "SELECT session FROM jules.sessions WHERE account = $1 AND id = $2 FOR UPDATE";
        loop {
            let (account, id) = (self.account, id.as_str());
            let key: [Param<'_>; 2] = [(&account, Type::INT8), (&id, Type::TEXT)];
            if let Some(row) = self.rows(LOCK, &key).await?.first() {
                return Ok(column(Some(row), 0)?);
            }
            if let Some(session) = self.insert_session(id).await? {
                return Ok(session);
            }
        }
    }

    /// Adds a session, unless another transaction does so.
    pub(super) async fn insert_session(&mut self, id: &str) -> Result<Option<i64>, Failure> {
        let account = self.account;
        let key: [Param<'_>; 2] = [(&account, Type::INT8), (&id, Type::TEXT)];
        let rows = self
            .rows(
                "INSERT INTO jules.sessions (account, id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING session",
                &key,
            )
            .await?;
        Ok(rows.first().map(|row| column(Some(row), 0)).transpose()?)
    }

    /// Wakes those who listen to a session, when this is committed.
    pub(super) async fn touch(&mut self, id: &SessionId) -> Result<(), Failure> {
        let session = self.session(id).await?;
        let rows = self
            .rows(
                "UPDATE jules.sessions SET change = greatest(change, session << 32) + 1 WHERE session = $1 RETURNING change",
                &[(&session, Type::INT8)],
            )
            .await?;
        let change = column(rows.first(), 0)?;
        self.changed(Changed::Session(id.clone(), change));
        Ok(())
    }

    /// Wakes those who listen to tasks and places, when this is committed.
    pub(super) async fn touch_tasks(&mut self) -> Result<(), Failure> {
        self.touch_tasks_after(&[]).await
    }

    /// The same behind these statements, which are sent with it.
    pub(super) async fn touch_tasks_after(
        &mut self,
        statements: &[(&'static str, &[Param<'_>])],
    ) -> Result<(), Failure> {
        const TOUCH: &str = "UPDATE jules.accounts SET tasks = tasks + 1 WHERE account = $1 RETURNING tasks";
        let account = self.account;
        let touch: [Param<'_>; 1] = [(&account, Type::INT8)];
        let answers = self.pipeline(&[statements, &[(TOUCH, &touch)]].concat()).await?;
        let change = column(answers.last().and_then(|rows| rows.first()), 0)?;
        self.changed(Changed::Tasks(change));
        Ok(())
    }

    /// Wakes those who listen to what is wanted, when this is committed.
    pub(super) async fn touch_listeners(&mut self) -> Result<(), Failure> {
        let account = self.account;
        let rows = self
            .rows(
                "UPDATE jules.accounts SET listeners = listeners + 1 WHERE account = $1 RETURNING listeners",
                &[(&account, Type::INT8)],
            )
            .await?;
        let change = column(rows.first(), 0)?;
        self.changed(Changed::Listeners(change));
        Ok(())
    }
}

/// A column of a row that must be there.
pub(super) fn column<'r, T: tokio_postgres::types::FromSql<'r>>(row: Option<&'r Row>, place: usize) -> Result<T> {
    let row = row.ok_or_else(|| Error::store("PostgreSQL returned no row where one was expected"))?;
    row.try_get(place).map_err(|cause| {
        let text = faults::text(&cause);
        Error::store(format!("PostgreSQL returned a value that can't be read ({text})")).with_source(cause)
    })
}
