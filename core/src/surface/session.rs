//! A session: watching it, talking to it, and what came out of it.

use std::sync::Arc;

use super::activities::Activities;
use super::handle::Client;
use super::pending::Pending;
use super::snapshot::Snapshot;
use crate::engine::freshness::{self, SessionCacheInfo};
use crate::engine::stall::or_stalled;
use crate::engine::stream::{ActivityStream, HistoryOptions, StreamOptions};
use crate::engine::watch::Watched;
use crate::engine::{effects, outcome};
use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::log_scope::Scope;
use crate::ground::model::{Activity, Outcome, SessionId, SessionInfo, States};
use crate::ground::outage::waited_out;
use crate::store::Store;

/// A session of the agent. Cheap to clone; making one from an id makes no request.
#[derive(Clone, Debug)]
pub struct Session {
    pub(crate) client: Client,
    id: SessionId,
}

impl Session {
    pub(crate) fn new(client: Client, id: SessionId) -> Self {
        Self { client, id }
    }

    /// The session's id.
    pub fn id(&self) -> &str {
        self.id.as_str()
    }

    // not python, node: `info` has it, and the id is taken everywhere
    /// The resource name, `sessions/<id>`.
    pub fn name(&self) -> String {
        format!("sessions/{}", self.id)
    }

    pub(crate) fn session_id(&self) -> &SessionId {
        &self.id
    }

    /// A call about this session: so say its errors.
    pub(crate) fn call<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Pending<T> {
        let work = self.client.around(self.scope(doing), work);
        Pending::new(doing, work).over(&self.client.hub.store).about_session(self.id())
    }

    fn scope(&self, doing: &'static str) -> Scope {
        self.client.hub.service.transport.log.at(doing, Some(self.id()))
    }

    pub(crate) fn watched(&self) -> Arc<Watched> {
        self.client.hub.watched(&self.id)
    }

    pub(crate) fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.client.hub.store)
    }

    /// Everything so far, then live: each activity exactly once, in order (`activities.list`). Ends when the session has
    /// ended and everything is delivered, or never with [`StreamOptions::follow`].
    ///
    /// ```no_run
    /// # async fn example(session: jules::Session) -> jules::Result<()> {
    /// use futures::StreamExt;
    /// let mut activities = session.stream(jules::StreamOptions::default());
    /// while let Some(activity) = activities.next().await {
    ///     println!("{}", activity?.kind());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn stream(&self, options: StreamOptions) -> ActivityStream {
        ActivityStream::live(self.watched(), options)
    }

    /// What the cache has, then one incremental fetch, then the end. When the server can't be reached: the cache's
    /// activities, then the error. With `offline` the server is not asked.
    pub fn history(&self, options: HistoryOptions) -> ActivityStream {
        ActivityStream::history(self.watched(), options)
    }

    /// Only what comes after this call. Ends as [`Session::stream`] does.
    pub fn updates(&self, options: StreamOptions) -> ActivityStream {
        ActivityStream::updates(self.watched(), options)
    }

    /// Waits until the session is seen in one of these states (`sessions.get`).
    ///
    /// # Errors
    /// [`ErrorKind::UnexpectedState`], with [`Error::info`], when it completes or fails instead;
    /// [`ErrorKind::SessionEnded`] when it is stopped or deleted.
    pub fn wait_for(&self, states: impl Into<States>) -> Pending<SessionInfo> {
        let (session, States(states)) = (self.clone(), states.into());
        let doing = "waiting for the session's state";
        let scope = self.scope(doing);
        let waiting = Pending::waiting(doing, |stall| async move {
            if states.is_empty() {
                return Err(Error::config("no state to wait for was given"));
            }
            let watched = session.watched();
            scope.around(or_stalled(&watched, stall.limit(), outcome::wait_for(&watched, &states))).await
        });
        waiting.over(&self.client.hub.store).about_session(self.id())
    }

    /// Approves the pending plan (`sessions.approvePlan`), at most once.
    ///
    /// # Errors
    /// [`ErrorKind::Precondition`] when no plan is pending.
    pub fn approve(&self) -> Pending<()> {
        let session = self.clone();
        self.call("approving the plan", async move { effects::approve(&session.watched()).await })
    }

    /// Sends a message (`sessions.sendMessage`). It arrives once, also when the connection dies after the server took it.
    pub fn send(&self, text: impl Into<String>) -> Pending<()> {
        let (session, text) = (self.clone(), text.into());
        self.call("sending the message", async move { effects::send(&session.watched(), &text).await })
    }

    /// Sends a message and waits for the agent's answer to it: its first message that follows. Asks on one session wait
    /// for one another.
    ///
    /// # Errors
    /// [`ErrorKind::SessionEnded`], with [`Error::outcome`], when the session ends first.
    pub fn ask(&self, text: impl Into<String>) -> Pending<Activity> {
        let (session, text) = (self.clone(), text.into());
        self.call(
            "waiting for the agent's answer",
            waited_out(async move { effects::ask(&session.watched(), &text).await }),
        )
    }

    /// Read from the server: the session, its latest plan and its activities (`sessions.get`, `activities.list`).
    pub fn info(&self) -> Pending<SessionInfo> {
        let session = self.clone();
        self.call("reading the session", async move {
            let watched = session.watched();
            // Two questions that don't need one another's answers.
            let (info, news) = futures::join!(watched.look_at_session(), watched.advance());
            let info = info?;
            news?;
            let info = watched.or_believed(info).await?;
            let whole = outcome::complete(&watched, info.clone()).await?;
            if !whole.state.is_terminal() || whole.activities.iter().any(Activity::is_end) {
                return Ok(whole);
            }
            // It may have ended between the two answers.
            watched.advance().await?;
            outcome::complete(&watched, info).await
        })
    }

    // only rust: elsewhere it is the option `cached` of `info`
    /// What the cache knows of the session. The server is not asked.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when this client has never seen it.
    pub fn cached_info(&self) -> Pending<SessionInfo> {
        let session = self.clone();
        self.call("reading the session from the cache", async move {
            let body = session.store().session(&session.id).await?;
            let info = body.as_deref().and_then(SessionInfo::from_wire).ok_or_else(|| {
                Error::new(ErrorKind::NotFound, format!("session {} is not in the local cache", session.id))
                    .with_hint("Read it from the server first.")
            })?;
            outcome::complete(&session.watched(), info).await
        })
    }

    /// What the cache has of the session, and whether the server may have more. The server is not asked.
    ///
    /// ```
    /// use jules::{Jules, StaleReason};
    /// # #[tokio::main] async fn main() -> jules::Result<()> {
    /// let jules = Jules::builder().api_key("my-key").cache(jules::Cache::Memory).build()?;
    /// let info = jules.session("123")?.cache_info().await?;
    /// assert_eq!((info.activities, info.reason), (0, Some(StaleReason::NotCached)));
    /// # Ok(()) }
    /// ```
    pub fn cache_info(&self) -> Pending<SessionCacheInfo> {
        let (hub, id) = (Arc::clone(&self.client.hub), self.id.clone());
        self.call("reading the cache", async move { freshness::cache_info(&hub, &id).await })
    }

    /// All of it, read from the server, with what can be derived: counts, a timeline, insights, files (`sessions.get`,
    /// `activities.list`).
    pub fn snapshot(&self) -> Pending<Snapshot> {
        let info = self.info();
        self.call("taking a snapshot of the session", async move { Ok(Snapshot::of(info.await?)) })
    }

    // only rust: elsewhere it is the option `cached` of `snapshot`
    /// The same of what the cache knows. The server is not asked.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when this client has never seen it.
    pub fn cached_snapshot(&self) -> Pending<Snapshot> {
        let info = self.cached_info();
        self.call("taking a snapshot of the session", async move { Ok(Snapshot::of(info.await?)) })
    }

    /// Waits for the end and gives the outcome. A failed session is an outcome too, not an error.
    ///
    /// # Errors
    /// [`ErrorKind::SessionEnded`] when it is stopped or deleted.
    pub fn result(&self) -> Pending<Outcome> {
        let session = self.clone();
        let doing = "waiting for the session's result";
        let scope = self.scope(doing);
        let waiting = Pending::waiting(doing, |stall| async move {
            let watched = session.watched();
            scope.around(or_stalled(&watched, stall.limit(), outcome::result(&watched))).await
        });
        waiting.over(&self.client.hub.store).about_session(self.id())
    }

    /// Archives the session (`sessions.archive`); one that is at work is paused for good.
    pub fn archive(&self) -> Pending<()> {
        self.set_archived(true)
    }

    // bindings: Ends the session's work by archiving it (`sessions.archive`), which pauses one at work for good. The
    // service has no other way. Waits for it, here or elsewhere, fail with [`ErrorKind::SessionEnded`] and the reason
    // `stopped`; streams give what is there and end. A session that has ended, or was stopped before, stays as it is.
    /// Ends the session's work by archiving it (`sessions.archive`), which pauses one at work for good. The service has no
    /// other way. Waits for it, here or elsewhere, fail with [`ErrorKind::SessionEnded`] and the reason
    /// [`Stopped`](crate::EndReason::Stopped); streams give what is there and end. A session that has ended, or was stopped
    /// before, stays as it is: no request is made.
    pub fn stop(&self) -> Pending<()> {
        let session = self.clone();
        self.call("stopping the session", async move { effects::stop(&session.watched()).await })
    }

    /// Unarchives the session (`sessions.unarchive`).
    pub fn unarchive(&self) -> Pending<()> {
        self.set_archived(false)
    }

    fn set_archived(&self, archived: bool) -> Pending<()> {
        let session = self.clone();
        let doing = if archived { "archiving the session" } else { "unarchiving the session" };
        self.call(doing, async move { effects::archive(&session.watched(), archived).await })
    }

    /// Deletes the session (`sessions.delete`), at the server and in the cache.
    pub fn delete(&self) -> Pending<()> {
        let session = self.clone();
        self.call("deleting the session", async move { effects::delete(&session.watched()).await })
    }

    /// The session's activities one by one or page by page.
    pub fn activities(&self) -> Activities {
        Activities::new(self.clone())
    }
}
