//! The calls of a user, each with what is there before it and what it is to leave.

use futures::future::LocalBoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt};

use super::scene::{Scene, TASKS, tasks};
use crate::simulation::program::PROMPT;
use crate::{
    ActivitiesOptions, AllOptions, ErrorKind, HistoryOptions, Query, Result, RunConfig, SessionState, StreamOptions,
    SyncDepth, SyncOptions, WorkOptions,
};

/// What is there before the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    Nothing,
    /// A session at work, one that waits for the approval of its plan, and one that has ended.
    Session,
    Plan,
    Ended,
    Tasks,
}

/// What is there once, when the call was made until it succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Once {
    /// The session that the call makes.
    Session,
    /// As many sessions as items.
    Sessions(usize),
    /// A session for each task.
    Tasks,
    Message,
    Approval,
    Archived,
    /// The session that was there before: the call is about it, or about all there is.
    Read,
    Account,
    /// No session, or no more.
    Nothing,
}

impl Once {
    pub(super) fn sessions(self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Sessions(count) => count,
            Self::Tasks => TASKS,
            _ => 1,
        }
    }
}

pub(super) struct Call {
    pub(super) name: &'static str,
    pub(super) before: Before,
    pub(super) once: Once,
    /// Whether the effect is once also where the process is killed that makes the call.
    pub(super) is_kept: bool,
    pub(super) make: for<'s> fn(&'s Scene) -> LocalBoxFuture<'s, Result<()>>,
}

macro_rules! call {
    ($name:literal, $before:ident, $once:expr, $is_kept:literal, $scene:ident => $make:expr) => {
        Call {
            name: $name,
            before: Before::$before,
            once: $once,
            is_kept: $is_kept,
            make: |$scene| async move { $make }.boxed_local(),
        }
    };
}

fn run() -> RunConfig {
    RunConfig::new(PROMPT).require_approval(false)
}

/// A run without a key: of one that has failed behind its create, the session is gone on with.
async fn runs(scene: &Scene) -> Result<()> {
    let outcome = match scene.known(0) {
        Some(id) => scene.jules().session(&id).unwrap().result().await?,
        None => scene.jules().run(run()).await?,
    };
    assert_eq!(outcome.state, SessionState::Completed);
    Ok(())
}

async fn runs_keyed(scene: &Scene) -> Result<()> {
    let outcome = scene.jules().run(run().key("k")).await?;
    assert_eq!(outcome.state, SessionState::Completed);
    Ok(())
}

async fn creates(scene: &Scene, config: RunConfig) -> Result<()> {
    if scene.known(0).is_none() {
        let session = scene.jules().create_session(config).await?;
        scene.knows(0, session.id());
    }
    Ok(())
}

/// Each item whose error names a session has that one; the others are given once more.
async fn runs_all(scene: &Scene) -> Result<()> {
    let items: Vec<_> = (0..TASKS).filter(|item| scene.known(*item).is_none()).collect();
    let map = |item: usize| async move { Ok(RunConfig::new(format!("{PROMPT} {item}"))) };
    let options = AllOptions { stop_on_error: Some(false), ..AllOptions::default() };
    let mut all = scene.jules().all(items, map, options).unwrap();
    let mut failed = None;
    while let Some(one) = all.next().await {
        let id = match one.result {
            Ok(outcome) => Some(outcome.session_id),
            Err(error) => {
                let id = error.session_id().map(str::to_owned);
                failed = Some(error);
                id
            }
        };
        id.into_iter().for_each(|id| scene.knows(one.item, &id));
    }
    failed.map_or(Ok(()), Err)
}

async fn streams(scene: &Scene) -> Result<()> {
    let options = |last| StreamOptions { after: last, ..StreamOptions::default() };
    scene.take_in(|last| scene.session().stream(options(last))).await?;
    assert_eq!(*scene.given.lock().unwrap(), scene.there());
    Ok(())
}

async fn reads_history(scene: &Scene, offline: bool) -> Result<()> {
    let options = |last| HistoryOptions { after: last, offline, ..HistoryOptions::default() };
    scene.take_in(|last| scene.session().history(options(last))).await?;
    assert_eq!(*scene.given.lock().unwrap(), scene.there());
    Ok(())
}

/// One that is said to be incomplete is made again.
async fn syncs(scene: &Scene, options: SyncOptions) -> Result<()> {
    for _ in 0..10 {
        if scene.jules().sync(options.clone()).await?.is_complete {
            return Ok(());
        }
    }
    panic!("a sync was never complete");
}

fn whole() -> SyncOptions {
    SyncOptions { depth: SyncDepth::Activities, ..SyncOptions::default() }
}

async fn selects(scene: &Scene, query: Query, rows: usize) -> Result<()> {
    assert_eq!(scene.jules().select(query).await?.len(), rows);
    Ok(())
}

/// Where the process was killed behind the approval, the next one is told that no plan waits.
async fn approves(scene: &Scene) -> Result<()> {
    match scene.session().approve().await {
        Err(error) if error.kind() == ErrorKind::Precondition && scene.was_restarted() => Ok(()),
        approved => approved,
    }
}

/// The same of a deletion.
async fn deletes(scene: &Scene) -> Result<()> {
    match scene.session().delete().await {
        Err(error) if error.kind() == ErrorKind::NotFound && scene.was_restarted() => Ok(()),
        deleted => deleted,
    }
}

async fn works(scene: &Scene) -> Result<()> {
    let mut work = scene.queue().work(WorkOptions::default()).unwrap();
    while let Some(one) = work.next().await {
        let one = one?;
        assert_eq!(one.result?.state, SessionState::Completed, "{:?}", one.task);
    }
    let results: Vec<_> = scene.queue().results().try_collect().await?;
    let states: Vec<_> = results.iter().map(|task| task.state.to_string()).collect();
    assert_eq!(states, ["done"; TASKS]);
    Ok(())
}

pub(super) static CALLS: &[Call] = &[
    call!("session", Nothing, Once::Session, false, scene => creates(scene, run()).await),
    call!("session with a key", Nothing, Once::Session, true, scene => creates(scene, run().key("k")).await),
    call!("run", Nothing, Once::Session, false, scene => runs(scene).await),
    call!("run with a key", Nothing, Once::Session, true, scene => runs_keyed(scene).await),
    call!("all", Nothing, Once::Sessions(TASKS), false, scene => runs_all(scene).await),
    call!("stream", Session, Once::Read, true, scene => streams(scene).await),
    call!("stream of an ended one", Ended, Once::Read, true, scene => streams(scene).await),
    call!("history", Ended, Once::Read, true, scene => reads_history(scene, false).await),
    call!("history offline", Ended, Once::Read, true, scene => reads_history(scene, true).await),
    call!("wait for a plan", Plan, Once::Read, true, scene =>
        scene.session().wait_for(SessionState::AwaitingPlanApproval).await.map(drop)),
    call!("wait for the end", Session, Once::Read, true, scene =>
        scene.session().wait_for(SessionState::Completed).await.map(drop)),
    call!("result", Session, Once::Read, true, scene => scene.session().result().await.map(drop)),
    call!("info", Session, Once::Read, true, scene => scene.session().info().await.map(drop)),
    call!("info from the cache", Ended, Once::Read, true, scene => {
        assert_eq!(scene.session().cached_info().await?.activities.len(), scene.there().len());
        Ok(())
    }),
    call!("snapshot", Ended, Once::Read, true, scene => {
        assert_eq!(scene.session().snapshot().await?.activities.len(), scene.there().len());
        Ok(())
    }),
    call!("cache info of a session", Ended, Once::Read, true, scene => {
        let info = scene.session().cache_info().await?;
        assert_eq!(info.activities, u64::try_from(scene.there().len()).unwrap());
        Ok(())
    }),
    call!("cache info", Ended, Once::Account, true, scene => {
        assert_eq!(scene.jules().cache_info().await?.sessions, 1);
        Ok(())
    }),
    call!("list of activities", Ended, Once::Read, true, scene => {
        let page = scene.session().activities().list(ActivitiesOptions::default()).await?;
        assert_eq!(page.items.len(), scene.there().len());
        Ok(())
    }),
    call!("one activity", Ended, Once::Read, true, scene => {
        let last = scene.there().pop().unwrap();
        assert_eq!(scene.session().activities().get(&last).await?.id, last);
        Ok(())
    }),
    call!("hydrate", Session, Once::Read, true, scene => scene.session().activities().hydrate().await.map(drop)),
    call!("select", Ended, Once::Account, true, scene => selects(scene, Query::activities(), scene.there().len()).await),
    call!("search", Ended, Once::Account, true, scene => selects(scene, Query::sessions().search(PROMPT), 1).await),
    call!("list of sessions", Session, Once::Account, true, scene => {
        let sessions: Vec<_> = scene.jules().sessions(Default::default()).try_collect().await?;
        assert_eq!(sessions.len(), 1);
        Ok(())
    }),
    call!("sync of metadata", Session, Once::Account, true, scene => syncs(scene, SyncOptions::default()).await),
    call!("sync of all", Ended, Once::Account, true, scene => syncs(scene, whole()).await),
    call!("sync of a session", Session, Once::Account, true, scene =>
        syncs(scene, whole().session_id(scene.known(0).unwrap())).await),
    call!("quota", Session, Once::Account, true, scene => {
        assert_eq!(scene.jules().quota().await?.slots_used, 1);
        Ok(())
    }),
    call!("send", Session, Once::Message, false, scene => scene.session().send("go on").await),
    call!("ask", Session, Once::Message, false, scene => scene.session().ask("why?").await.map(drop)),
    call!("approve", Plan, Once::Approval, true, scene => approves(scene).await),
    call!("archive", Ended, Once::Archived, true, scene => scene.session().archive().await),
    call!("unarchive", Ended, Once::Read, true, scene => scene.session().unarchive().await),
    call!("stop", Plan, Once::Archived, true, scene => scene.session().stop().await),
    call!("delete", Session, Once::Nothing, true, scene => deletes(scene).await),
    call!("add to a queue", Nothing, Once::Nothing, true, scene => {
        let added = tasks().collect::<Vec<_>>();
        for task in added {
            scene.queue().add(task).await?;
        }
        assert_eq!(scene.queue().tasks([]).try_collect::<Vec<_>>().await?.len(), TASKS);
        Ok(())
    }),
    call!("add all to a queue", Nothing, Once::Nothing, true, scene => {
        scene.queue().add_all(tasks()).await?;
        assert_eq!(scene.queue().status().await?.waiting, u64::try_from(TASKS).unwrap());
        Ok(())
    }),
    call!("work for a queue", Tasks, Once::Tasks, true, scene => works(scene).await),
    call!("cancel a task", Tasks, Once::Nothing, true, scene => {
        assert_eq!(scene.queue().cancel("task-0").await?.state.to_string(), "cancelled");
        Ok(())
    }),
    call!("pause and resume", Tasks, Once::Nothing, true, scene => {
        scene.queue().pause().await?;
        scene.queue().resume().await
    }),
];
