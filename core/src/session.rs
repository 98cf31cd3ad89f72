//! A session: watching it, talking to it, and what came out of it.

use std::sync::Arc;

use crate::activities::Activities;
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::freshness;
use crate::model::{Activity, Event, Outcome, SessionId, SessionInfo, SessionState, States};
use crate::pending::Pending;
use crate::snapshot::Snapshot;
use crate::store::{Look, Position, Store};
use crate::stream::{ActivityStream, HistoryOptions, StreamOptions};
use crate::watch::{Interest, Watched};

mod ask;
mod effects;

/// A session of the agent. Cheap to clone; making one from an id asks nobody.
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

    /// The resource name, `sessions/<id>`.
    pub fn name(&self) -> String {
        format!("sessions/{}", self.id)
    }

    pub(crate) fn session_id(&self) -> &SessionId {
        &self.id
    }

    pub(crate) fn watched(&self) -> Arc<Watched> {
        self.client.hub.watched(&self.id)
    }

    pub(crate) fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.client.store)
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
        ActivityStream::live(self.clone(), options)
    }

    /// What the store has, then one incremental fetch, then the end. When the server can't be reached: the store's
    /// activities, then the error. With `offline` the server is not asked.
    pub fn history(&self, options: HistoryOptions) -> ActivityStream {
        ActivityStream::history(self, options)
    }

    /// Only what comes after this call. Ends as [`Session::stream`] does.
    pub fn updates(&self, options: StreamOptions) -> ActivityStream {
        ActivityStream::updates(self, options)
    }

    /// Waits until the session is seen in one of these states (`sessions.get`).
    ///
    /// # Errors
    /// [`ErrorKind::UnexpectedState`], with [`Error::info`], when it ends in another state.
    pub fn wait_for(&self, states: impl Into<States>) -> Pending<SessionInfo> {
        let (session, States(states)) = (self.clone(), states.into());
        Pending::new("waiting for the session's state", async move {
            if states.is_empty() {
                return Err(Error::config("no state was named to wait for"));
            }
            let mut watch = session.watched().watch(Interest::State)?;
            let info = watch
                .until(|pulse| {
                    let info = pulse.info.as_ref()?;
                    let seen = states.contains(&info.state) && !(info.state.is_terminal() && pulse.ended().is_none());
                    (seen || pulse.ended().is_some()).then(|| SessionInfo::clone(info))
                })
                .await?;
            let info = session.with_activities(info).await?;
            if states.contains(&info.state) {
                return Ok(info);
            }
            let wanted: Vec<_> = states.iter().map(SessionState::as_str).collect();
            Err(Error::new(
                ErrorKind::UnexpectedState,
                format!("session {} ended as {}, not as {}", info.id, info.state, wanted.join(" or ")),
            )
            .with_info(info))
        })
    }

    /// Approves the pending plan (`sessions.approvePlan`), at most once.
    ///
    /// # Errors
    /// [`ErrorKind::Precondition`] when no plan is pending.
    pub fn approve(&self) -> Pending<()> {
        let session = self.clone();
        Pending::new("approving the plan", async move { effects::approve(&session).await })
    }

    /// Sends a message (`sessions.sendMessage`). It arrives once, also when the connection dies after the server took it.
    pub fn send(&self, text: impl Into<String>) -> Pending<()> {
        let (session, text) = (self.clone(), text.into());
        Pending::new("sending the message", async move { effects::send(&session, &text).await })
    }

    /// Sends a message and waits for the agent's answer to it: its first message that follows. Asks on one session wait
    /// for one another.
    ///
    /// # Errors
    /// [`ErrorKind::SessionEnded`], with [`Error::outcome`], when the session ends first.
    pub fn ask(&self, text: impl Into<String>) -> Pending<Activity> {
        let (session, text) = (self.clone(), text.into());
        Pending::new("waiting for the agent's answer", async move { ask::ask(&session, &text).await })
    }

    /// A fresh look: the session, its latest plan and its activities (`sessions.get`, `activities.list`).
    pub fn info(&self) -> Pending<SessionInfo> {
        let session = self.clone();
        Pending::new("reading the session", async move {
            let info = session.watched().look_at_session().await?;
            session.watched().advance().await?;
            session.complete(info).await
        })
    }

    /// What the store knows of the session. The server is not asked.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when this client has never seen it.
    pub fn cached_info(&self) -> Pending<SessionInfo> {
        let session = self.clone();
        Pending::new("reading the session from the store", async move {
            let body = session.store().session(&session.id).await?;
            let info = body.as_deref().and_then(SessionInfo::from_wire).ok_or_else(|| {
                Error::new(ErrorKind::NotFound, format!("session {} is not in the local store", session.id))
                    .with_hint("Ask the server for it first.")
            })?;
            session.complete(info).await
        })
    }

    /// A fresh look at the whole of it, with what can be derived: counts, a timeline, insights, files (`sessions.get`,
    /// `activities.list`).
    pub fn snapshot(&self) -> Pending<Snapshot> {
        let info = self.info();
        Pending::new("taking a snapshot of the session", async move { Ok(Snapshot::of(info.await?)) })
    }

    /// The same of what the store knows. The server is not asked.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when this client has never seen it.
    pub fn cached_snapshot(&self) -> Pending<Snapshot> {
        let info = self.cached_info();
        Pending::new("taking a snapshot of the session", async move { Ok(Snapshot::of(info.await?)) })
    }

    /// Waits for the end and gives the outcome. A failed session is an outcome too, not an error.
    pub fn result(&self) -> Pending<Outcome> {
        let session = self.clone();
        Pending::new("waiting for the session's result", async move {
            let mut watch = session.watched().watch(Interest::State)?;
            let info = watch.until(|pulse| pulse.ended().cloned()).await?;
            let info = SessionInfo::clone(&info);
            // With the changes among the outputs, the activities have nothing to add to a success.
            let complete =
                info.state == SessionState::Completed && info.outputs.iter().any(|one| one.change_set().is_some());
            let info = if complete {
                session.complete(info).await?
            } else if session.watched().is_up_to_date() && !session.tells_of(&info.state).await? {
                // Whoever listens to the activities is about to get the last of them: there is no need to ask too.
                return session.drained_outcome().await;
            } else {
                session.with_activities(info).await?
            };
            let reason_missing =
                |outcome: &Outcome| outcome.state == SessionState::Failed && outcome.failure_reason.is_none();
            match info.outcome {
                Some(outcome) if !reason_missing(&outcome) => Ok(outcome),
                _ => session.drained_outcome().await,
            }
        })
    }

    /// Puts the session aside (`sessions.archive`).
    pub fn archive(&self) -> Pending<()> {
        self.set_archived(true)
    }

    /// Takes it out again (`sessions.unarchive`).
    pub fn unarchive(&self) -> Pending<()> {
        self.set_archived(false)
    }

    fn set_archived(&self, archived: bool) -> Pending<()> {
        let session = self.clone();
        let doing = if archived { "archiving the session" } else { "unarchiving the session" };
        Pending::new(doing, async move { effects::archive(&session, archived).await })
    }

    /// Deletes the session (`sessions.delete`), at the server and in the store.
    pub fn delete(&self) -> Pending<()> {
        let session = self.clone();
        Pending::new("deleting the session", async move { effects::delete(&session).await })
    }

    /// The session's activities one by one or page by page.
    pub fn activities(&self) -> Activities {
        Activities::new(self.clone())
    }

    /// Fills in what the activities tell. What is new is fetched, unless the watcher has just done so.
    async fn with_activities(&self, info: SessionInfo) -> Result<SessionInfo> {
        let look = Look::of(&info, freshness::now()?);
        if !(self.watched().is_up_to_date() && self.tells_of(&info.state).await?) {
            self.watched().advance().await?;
        }
        freshness::note(&self.client.store, &self.id, look).await?;
        self.complete(info).await
    }

    /// Whether the activities that led to this state are in the store.
    async fn tells_of(&self, state: &SessionState) -> Result<bool> {
        if state.is_terminal() {
            return Ok(self.store().ending(&self.id).await?.is_some());
        }
        if *state != SessionState::AwaitingPlanApproval {
            return Ok(true);
        }
        let activities = self.store().read(&self.id, Position::default()).await?;
        let mut of_plans = activities.iter().rev().map(|(_, activity)| &activity.event);
        let latest = of_plans.find(|event| matches!(event, Event::PlanGenerated { .. } | Event::PlanApproved { .. }));
        Ok(matches!(latest, Some(Event::PlanGenerated { .. })))
    }

    /// Fills in what the stored activities tell: themselves, the plan, the outcome.
    async fn complete(&self, mut info: SessionInfo) -> Result<SessionInfo> {
        let activities = self.store().read(&self.id, Position::default()).await?;
        info.activities = activities.into_iter().map(|(_, activity)| activity).collect();
        info.plan = info.activities.iter().rev().find_map(|activity| match &activity.event {
            Event::PlanGenerated { plan } => Some(plan.clone()),
            _ => None,
        });
        info.outcome = Outcome::of(&info, &info.activities);
        Ok(info)
    }

    /// The outcome when everything of the ended session is known.
    async fn drained_outcome(&self) -> Result<Outcome> {
        let mut watch = self.watched().watch(Interest::Activities)?;
        let info = watch.until(|pulse| pulse.info.clone().filter(|_| pulse.drained)).await?;
        let info = self.complete(SessionInfo::clone(&info)).await?;
        info.outcome.clone().ok_or_else(|| {
            Error::new(ErrorKind::UnexpectedState, format!("session {} goes on", info.id)).with_info(info)
        })
    }
}
