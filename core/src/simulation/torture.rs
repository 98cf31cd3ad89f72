//! Every await is left once: a call is dropped at its first poll, at its second, and so on until one comes to its end; then
//! it is made again. Nothing is lost, nothing comes twice, nothing hangs.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt};

use super::clock;
use super::program::{PROMPT, Schedule};
use super::server::Server;
use super::world::Course;
use crate::store::{Place, Sqlite};
use crate::{
    AllOptions, ErrorKind, HistoryOptions, Jules, Query, QueueOptions, RunConfig, Session, SessionState, StreamOptions,
    SyncDepth, SyncOptions, TaskConfig, WorkOptions,
};

/// What one call of a user meets: a server without surprises, and a client of it.
struct Stage {
    server: Arc<Server>,
    jules: Jules,
}

impl Stage {
    fn new(plan: bool) -> Self {
        let pause = Duration::from_secs(1);
        let course = Course { plan, before: 2, after: 2, pause, says_end: true, fails: false, steady: false };
        let schedule = Schedule::plain(1, course);
        let server = schedule.server();
        let store = Sqlite::new(Place::Memory, "account", u64::MAX, clock::surroundings());
        Self { jules: schedule.client(&server, &store), server }
    }

    async fn session(&self) -> Session {
        self.jules.create_session(RunConfig::new(PROMPT)).await.unwrap()
    }

    fn said(&self, session: &Session, text: &str) -> usize {
        let mut world = self.server.world();
        let said = world.session(session.id()).unwrap().said("userMessaged", "userMessage");
        said.iter().filter(|said| *said == text).count()
    }
}

/// When a call is dropped.
#[derive(Clone, Copy, Debug)]
enum Cut {
    Poll(usize),
    After(Duration),
}

impl Cut {
    /// The call, unless it is dropped before its end.
    async fn off<T>(self, call: impl Future<Output = T>) -> Option<T> {
        let wanted = match self {
            Self::Poll(wanted) => wanted,
            Self::After(time) => return tokio::time::timeout(time, call).await.ok(),
        };
        let (mut call, mut polls) = (pin!(call), 0);
        poll_fn(|context| {
            if polls == wanted {
                return Poll::Ready(None);
            }
            polls += 1;
            call.as_mut().poll(context).map(Some)
        })
        .await
    }
}

/// Plays a program, which says whether its call came to its end, with a cut that comes later each time: by a poll, and by a
/// millisecond, later by more (by much more, unless `JULES_LONG` is set).
fn torture<F: Future<Output = bool>>(program: impl Fn(Cut) -> F) {
    assert!((0..1_000).any(|polls| clock::run(1, program(Cut::Poll(polls)))));
    let part = if std::env::var_os("JULES_LONG").is_some() { 20 } else { 3 };
    let times = std::iter::successors(Some(0_u64), |time| Some(time + 1 + time / part)).take(500);
    assert!(times.map(Duration::from_millis).any(|time| clock::run(1, program(Cut::After(time)))));
}

#[test]
fn a_run_with_a_key_that_is_left_has_one_session() {
    torture(async |at| {
        let stage = Stage::new(false);
        let run = || async { stage.jules.run(RunConfig::new(PROMPT).key("k")).await };
        let ended = at.off(run()).await.is_some();
        assert_eq!(run().await.unwrap().state, SessionState::Completed);
        assert_eq!(stage.server.world().sessions.len(), 1, "{at:?}");
        ended
    });
}

#[test]
fn a_stream_whose_items_are_given_up_gives_them_all_the_same() {
    torture(async |at| {
        let stage = Stage::new(false);
        let session = stage.session().await;
        let (mut given, mut ended) = (Vec::new(), true);
        let mut stream = session.stream(StreamOptions::default());
        loop {
            let next = match at.off(stream.next()).await {
                Some(next) => next,
                None => {
                    ended = false;
                    stream.next().await
                }
            };
            let Some(activity) = next else { break };
            given.push(activity.unwrap().id);
        }
        assert_eq!(given, stage.server.world().session(session.id()).unwrap().ids(), "{at:?}");
        ended
    });
}

#[test]
fn a_message_that_is_left_is_there_once_or_not_at_all() {
    torture(async |at| {
        let stage = Stage::new(false);
        let session = stage.session().await;
        let sent = at.off(session.send("go on")).await;
        session.send("and then?").await.unwrap();
        assert!(stage.said(&session, "go on") <= 1, "{at:?}");
        assert_eq!(stage.said(&session, "and then?"), 1, "{at:?}");
        sent.is_some()
    });
}

#[test]
fn a_question_that_is_left_does_not_take_the_next_ones_answer() {
    torture(async |at| {
        let stage = Stage::new(false);
        let session = stage.session().await;
        let asked = at.off(session.ask("why?")).await;
        let answer = session.ask("and then?").await.unwrap();
        assert_eq!(stage.server.world().session(session.id()).unwrap().answers_to("and then?"), [answer.id], "{at:?}");
        assert!(stage.said(&session, "why?") <= 1, "{at:?}");
        asked.is_some()
    });
}

#[test]
fn an_approval_that_is_left_approves_once() {
    torture(async |at| {
        let stage = Stage::new(true);
        let session = stage.session().await;
        session.wait_for(SessionState::AwaitingPlanApproval).await.unwrap();
        let approved = at.off(session.approve()).await;
        let again = session.approve().await;
        assert!(again.is_ok() || again.is_err_and(|error| error.kind() == ErrorKind::Precondition), "{at:?}");
        session.result().await.unwrap();
        assert_eq!(stage.server.world().session(session.id()).unwrap().approvals, 1, "{at:?}");
        approved.is_some()
    });
}

fn whole() -> SyncOptions {
    SyncOptions { depth: SyncDepth::Activities, ..SyncOptions::default() }
}

/// A call that only waits or reads is made again, and its answer is the one of who never left.
fn waits_or_reads<T: 'static>(
    plan: bool,
    call: impl AsyncFn(&Stage, &Session) -> crate::Result<T>,
    is_right: impl Fn(&Stage, &Session, T) -> bool,
) {
    torture(async |at| {
        let stage = Stage::new(plan);
        let session = stage.session().await;
        let made = at.off(call(&stage, &session)).await;
        let again = call(&stage, &session).await.unwrap();
        assert!(is_right(&stage, &session, again), "{at:?}");
        if !plan {
            session.result().await.unwrap();
            let streamed: Vec<_> = session.stream(StreamOptions::default()).map(|one| one.unwrap().id).collect().await;
            assert_eq!(streamed, stage.server.world().session(session.id()).unwrap().ids(), "{at:?}");
        }
        assert_eq!(stage.server.world().sessions.len(), 1, "{at:?}");
        made.is_some()
    });
}

#[test]
fn a_wait_for_a_state_that_is_left_is_waited_for_again() {
    let wanted = SessionState::AwaitingPlanApproval;
    waits_or_reads(true, async |_, session| session.wait_for(wanted.clone()).await, |_, _, info| info.state == wanted);
    let wanted = SessionState::Completed;
    waits_or_reads(false, async |_, session| session.wait_for(wanted.clone()).await, |_, _, info| info.state == wanted);
}

#[test]
fn a_result_that_is_left_is_there_for_who_asks_again() {
    let is_right = |_: &Stage, _: &Session, outcome: crate::Outcome| outcome.state == SessionState::Completed;
    waits_or_reads(false, async |_, session| session.result().await, is_right);
}

#[test]
fn a_reading_that_is_left_is_read_again() {
    let is_whole = |_: &Stage, session: &Session, info: crate::SessionInfo| info.id == session.id();
    waits_or_reads(false, async |_, session| session.info().await, is_whole);
    waits_or_reads(false, async |_, session| session.activities().hydrate().await, |_, _, _| true);
    let listed =
        async |stage: &Stage, _: &Session| stage.jules.sessions(Default::default()).try_collect::<Vec<_>>().await;
    waits_or_reads(false, listed, |_, _, sessions| sessions.len() == 1);
    let history = async |_: &Stage, session: &Session| {
        let all: Vec<_> = session.history(HistoryOptions::default()).try_collect().await?;
        Ok(all.len())
    };
    waits_or_reads(false, history, |stage, session, count| {
        let mut world = stage.server.world();
        let now = world.now();
        count <= world.session(session.id()).unwrap().visible(now).len()
    });
    let select = async |stage: &Stage, _: &Session| stage.jules.select(Query::sessions()).await;
    waits_or_reads(false, select, |_, _, rows| rows.len() == 1);
    waits_or_reads(false, async |stage, _| stage.jules.quota().await, |_, _, quota| quota.day_used == 1);
}

#[test]
fn all_that_is_left_goes_on_with_what_is_begun_and_starts_nothing_twice() {
    const ITEMS: usize = 3;
    torture(async |at| {
        let stage = Stage::new(false);
        let map = |item: usize| async move { Ok(RunConfig::new(format!("do {item}")).key(format!("item-{item}"))) };
        let all = || stage.jules.all(0..ITEMS, map, AllOptions::default()).unwrap().outcomes();
        let ended = at.off(all()).await.is_some();
        let outcomes = all().await.unwrap();
        assert!(outcomes.iter().all(|outcome| outcome.state == SessionState::Completed), "{at:?}");
        assert_eq!(stage.server.world().sessions.len(), ITEMS, "{at:?}");
        ended
    });
}

#[test]
fn archiving_stopping_and_deleting_that_is_left_is_done_by_who_does_it_again() {
    let archived = |stage: &Stage, session: &Session| stage.server.world().session(session.id()).unwrap().archived;
    torture(async |at| {
        let stage = Stage::new(true);
        let session = stage.session().await;
        let done = at.off(session.archive()).await;
        session.archive().await.unwrap();
        assert!(archived(&stage, &session), "{at:?}");
        done.is_some()
    });
    torture(async |at| {
        let stage = Stage::new(true);
        let session = stage.session().await;
        let done = at.off(session.stop()).await;
        session.stop().await.unwrap();
        assert!(archived(&stage, &session), "{at:?}");
        done.is_some()
    });
    torture(async |at| {
        let stage = Stage::new(true);
        let session = stage.session().await;
        let done = at.off(session.delete()).await;
        let again = session.delete().await;
        assert!(again.is_ok() || again.is_err_and(|error| error.kind() == ErrorKind::NotFound), "{at:?}");
        assert_eq!(stage.server.world().sessions.len(), 0, "{at:?}");
        done.is_some()
    });
}

#[test]
fn a_sync_that_is_left_is_gone_on_with() {
    torture(async |at| {
        let stage = Stage::new(false);
        let session = stage.session().await;
        tokio::time::sleep(Duration::from_secs(60)).await;
        let synced = at.off(stage.jules.sync(whole())).await;
        stage.jules.sync(whole()).await.unwrap();
        let stored = stage.jules.select(Query::activities()).await.unwrap();
        assert_eq!(stored.len(), stage.server.world().session(session.id()).unwrap().ids().len(), "{at:?}");
        synced.is_some()
    });
}

#[test]
fn a_queue_that_is_left_at_work_starts_each_task_once() {
    const TASKS: usize = 3;
    let tasks = || (0..TASKS).map(|task| TaskConfig::new(format!("task-{task}"), RunConfig::new(format!("do {task}"))));
    torture(async |at| {
        let stage = Stage::new(false);
        let queue = stage.jules.queue("q", QueueOptions::default()).unwrap();
        let added = at.off(queue.add_all(tasks())).await;
        queue.add_all(tasks()).await.unwrap();
        let mut ended = added.is_some();
        // Whoever works is gone in the middle, and somebody else goes on.
        let mut work = queue.work(WorkOptions::default()).unwrap();
        ended &= at.off(work.next()).await.is_some();
        drop(work);
        let work = queue.work(WorkOptions::default()).unwrap();
        work.for_each(async |done| drop(done.unwrap())).await;
        assert_eq!(stage.server.world().sessions.len(), TASKS, "{at:?}");
        let results: Vec<_> = queue.results().map(|task| task.unwrap().state.to_string()).collect().await;
        assert_eq!(results, ["done"; TASKS], "{at:?}");
        ended
    });
}
