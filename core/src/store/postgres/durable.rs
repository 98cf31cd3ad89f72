//! Tasks as the contract has them, kept by PostgreSQL: each promise is one piece of work on the server.

use async_trait::async_trait;

use super::work::{reading, writing};
use super::{Postgres, claims, places, tasks};
use crate::ground::error::Result;
use crate::ground::model::{SessionId, Timestamp};
use crate::store::{
    Claim, Claimed, Full, Grant, NewTask, PlaceLimits, Shown, Started, TaskChange, TaskChanged, TaskCounts, TaskPage,
    TaskRecord, Tasks, Used,
};

#[async_trait]
impl Tasks for Postgres {
    async fn add_tasks(&self, new: Vec<NewTask>) -> Result<Vec<Option<TaskRecord>>> {
        writing!(self, writing => tasks::add(writing, &new))
    }

    async fn task(&self, key: &str) -> Result<Option<TaskRecord>> {
        reading!(self, reading => tasks::task(&reading, key))
    }

    async fn tasks(&self, wanted: TaskPage) -> Result<Vec<TaskRecord>> {
        reading!(self, reading => tasks::page(&reading, &wanted))
    }

    async fn count_tasks(&self, queue: &str) -> Result<TaskCounts> {
        reading!(self, reading => tasks::count(&reading, queue))
    }

    async fn start_tasks(&self, claim: Claim) -> Result<Started> {
        let here = self.here();
        let vain: Result<Option<Started>> = reading!(self, reading => tasks::seems_in_vain(&reading, &claim));
        if let Some(vain) = vain? {
            return Ok(vain);
        }
        let started: Result<Started> = writing!(self, writing => claims::start(writing, &here, &claim));
        if let Ok(Started::Tasks(tasks)) = &started {
            tasks.iter().for_each(|Claimed { grant, .. }| here.has.took(grant));
        }
        started
    }

    async fn take_over(&self, queue: &str, worker: &str) -> Result<Option<(TaskRecord, Grant)>> {
        let here = self.here();
        let taken: Result<Option<(TaskRecord, Grant)>> =
            writing!(self, writing => tasks::take_over(writing, &here, (queue, worker)));
        if let Ok(Some((_, grant))) = &taken {
            here.has.took(grant);
        }
        taken
    }

    async fn change_task(&self, grant: &Grant, wanted: TaskChange) -> Result<TaskChanged> {
        writing!(self, writing => tasks::change(writing, grant, &wanted))
    }

    async fn cancel_task(&self, key: &str) -> Result<Option<TaskRecord>> {
        writing!(self, writing => tasks::cancel(writing, key))
    }

    async fn forget_task(&self, grant: &Grant) -> Result<bool> {
        writing!(self, writing => tasks::forget(writing, grant))
    }

    async fn take_place(&self, place: &str, limits: PlaceLimits) -> Result<Option<Full>> {
        writing!(self, writing => places::take(writing, place, limits))
    }

    async fn fill_place(&self, place: Option<&str>, session: &SessionId, at: Timestamp) -> Result<()> {
        writing!(self, writing => places::fill(writing, place, session, at))
    }

    async fn drop_place(&self, place: &str) -> Result<()> {
        writing!(self, writing => places::remove(writing, place))
    }

    async fn free_place(&self, session: &SessionId) -> Result<()> {
        writing!(self, writing => places::free(writing, session))
    }

    async fn places(&self, queue: Option<&str>) -> Result<Used> {
        reading!(self, reading => places::used(&reading, queue))
    }

    async fn creations(&self, since: Timestamp) -> Result<Vec<(SessionId, Timestamp)>> {
        reading!(self, reading => places::creations(&reading, since))
    }

    async fn open_places(&self) -> Result<Vec<SessionId>> {
        reading!(self, reading => places::open_sessions(&reading))
    }

    async fn settle_places(&self, shown: Shown) -> Result<()> {
        writing!(self, writing => places::settle(writing, &shown))
    }
}
