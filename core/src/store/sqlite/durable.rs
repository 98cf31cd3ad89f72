//! Tasks as the contract has them, kept by SQLite: on disk or not at all. No memory ever takes the file's place here.

use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::Connection;
use tokio::time::Instant;

use super::database::Database;
use super::work::{self, Writing};
use super::{Place, Sqlite, faults, places, tasks};
use crate::ground::error::Result;
use crate::ground::model::{SessionId, Timestamp};
use crate::store::{
    Claim, Claimed, Full, Grant, NewTask, PlaceLimits, Shown, Started, TaskChange, TaskChanged, TaskCounts, TaskPage,
    TaskRecord, Tasks, Used,
};

impl Sqlite {
    /// The file, or the memory that was asked for.
    fn durable(&self) -> Result<Arc<Database>> {
        match (self.aside.get(), &self.place) {
            (Some(aside), _) => Err(faults::not_on_disk(aside.reason())),
            (None, Place::Nowhere { reason }) => Err(faults::not_on_disk(reason)),
            (None, Place::File { .. } | Place::Memory) => Ok(Arc::clone(&self.here().database)),
        }
    }

    async fn keep<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Writing<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let database = self.durable()?;
        #[cfg(test)]
        let in_vain = self.troubles.before_write(&database).await?;
        let (account, now) = (Arc::clone(&self.account), self.now());
        let write = move |connection: &mut Connection| work::write(connection, &account, now, |writing| work(writing));
        // As if it were chosen: a damaged file is not begun afresh, for what was started would be forgotten.
        let (done, changed) = database.write(self.surroundings.threads, true, write).await?;
        database.topics.announce(&self.account, changed.topics, changed.change);
        #[cfg(test)]
        if in_vain {
            return Err(super::Troubles::failed(&database));
        }
        Ok(done)
    }

    async fn kept<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Connection, i64) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let (database, account) = (self.durable()?, Arc::clone(&self.account));
        #[cfg(test)]
        self.troubles.before_read(&database)?;
        let read = move |connection: &mut Connection| {
            let account = work::number(connection, &account)?;
            work(connection, account)
        };
        database.read(self.surroundings.threads, true, read).await
    }
}

#[async_trait]
impl Tasks for Sqlite {
    async fn add_tasks(&self, new: Vec<NewTask>) -> Result<Vec<Option<TaskRecord>>> {
        self.keep(move |writing| tasks::add(writing, &new)).await
    }

    async fn task(&self, key: &str) -> Result<Option<TaskRecord>> {
        let key = key.to_owned();
        self.kept(move |connection, account| tasks::task(connection, account, &key)).await
    }

    async fn tasks(&self, page: TaskPage) -> Result<Vec<TaskRecord>> {
        self.kept(move |connection, account| tasks::page(connection, account, &page)).await
    }

    async fn count_tasks(&self, queue: &str) -> Result<TaskCounts> {
        let (queue, now) = (queue.to_owned(), self.now());
        self.kept(move |connection, account| tasks::count(connection, account, &queue, now)).await
    }

    async fn start_tasks(&self, claim: Claim) -> Result<Started> {
        let (name, limits, time) = (claim.queue.clone(), claim.limits, self.now());
        let vain = self
            .kept(move |connection, account| tasks::seems_in_vain(connection, account, &name, limits, time))
            .await?;
        if let Some(vain) = vain {
            return Ok(vain);
        }
        let (presence, now) = (Arc::clone(&self.here().presence), Instant::now());
        let start = move |writing: &mut Writing<'_>| {
            let silence = presence.look(writing, writing.account, now)?;
            tasks::start(writing, &claim, presence.me(), &silence)
        };
        let started = self.keep(start).await?;
        if let Started::Tasks(tasks) = &started {
            tasks.iter().for_each(|Claimed { grant, .. }| self.here().presence.has.took(grant));
        }
        Ok(started)
    }

    async fn take_over(&self, queue: &str, worker: &str) -> Result<Option<(TaskRecord, Grant)>> {
        let (names, now) = ((queue.to_owned(), worker.to_owned()), Instant::now());
        let (queue, presence) = (queue.to_owned(), Arc::clone(&self.here().presence));
        // Who only finds that somebody is at everything keeps no writer waiting.
        let alone = move |connection: &mut Connection, account| {
            let silence = presence.look(connection, account, now)?;
            Ok(tasks::left_alone(connection, account, &queue, &presence.handle, &silence)?.is_empty())
        };
        if self.kept(alone).await? {
            return Ok(None);
        }
        let presence = Arc::clone(&self.here().presence);
        let take = move |writing: &mut Writing<'_>| {
            let silence = presence.look(writing, writing.account, now)?;
            tasks::take_over(writing, (&names.0, &names.1), presence.me(), &silence)
        };
        let taken = self.keep(take).await?;
        if let Some((_, grant)) = &taken {
            self.here().presence.has.took(grant);
        }
        Ok(taken)
    }

    async fn change_task(&self, grant: &Grant, change: TaskChange) -> Result<TaskChanged> {
        let grant = grant.clone();
        self.keep(move |writing| tasks::change(writing, &grant, &change)).await
    }

    async fn cancel_task(&self, key: &str) -> Result<Option<TaskRecord>> {
        let key = key.to_owned();
        self.keep(move |writing| tasks::cancel(writing, &key)).await
    }

    async fn forget_task(&self, grant: &Grant) -> Result<bool> {
        let grant = grant.clone();
        self.keep(move |writing| tasks::forget(writing, &grant)).await
    }

    async fn take_place(&self, place: &str, limits: PlaceLimits) -> Result<Option<Full>> {
        let place = place.to_owned();
        self.keep(move |writing| places::take(writing, &place, limits)).await
    }

    async fn fill_place(&self, place: Option<&str>, session: &SessionId, at: Timestamp) -> Result<()> {
        let (place, session) = (place.map(str::to_owned), session.clone());
        self.keep(move |writing| places::fill(writing, place.as_deref(), &session, at)).await
    }

    async fn drop_place(&self, place: &str) -> Result<()> {
        let place = place.to_owned();
        self.keep(move |writing| places::remove(writing, &place)).await
    }

    async fn free_place(&self, session: &SessionId) -> Result<()> {
        let session = session.clone();
        self.keep(move |writing| places::free(writing, &session)).await
    }

    async fn places(&self, queue: Option<&str>) -> Result<Used> {
        let (queue, now) = (queue.map(str::to_owned), self.now());
        self.kept(move |connection, account| places::used(connection, account, queue.as_deref(), now)).await
    }

    async fn creations(&self, since: Timestamp) -> Result<Vec<(SessionId, Timestamp)>> {
        if self.durable().is_err() {
            // In a memory that nobody asked for none are kept.
            return Ok(Vec::new());
        }
        let found = self.kept(move |connection, account| places::creations(connection, account, since)).await?;
        found.into_iter().map(|(session, at)| Ok((SessionId::parse(&session)?, at))).collect()
    }

    async fn open_places(&self) -> Result<Vec<SessionId>> {
        if self.durable().is_err() {
            return Ok(Vec::new());
        }
        let found = self.kept(|connection, account| places::open_sessions(connection, account)).await?;
        found.iter().map(|session| SessionId::parse(session)).collect()
    }

    async fn settle_places(&self, shown: Shown) -> Result<()> {
        self.keep(move |writing| places::settle(writing, &shown)).await
    }
}
