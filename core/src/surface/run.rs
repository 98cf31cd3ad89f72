//! A run: a session that is started at once and awaited for its outcome. Where failed ones are started again it is several
//! sessions, one after the other.

use std::future::{self, IntoFuture};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;

use crate::engine::effects::{self, Defaults, RunConfig};
use crate::engine::stream::{ActivityStream, STREAMING, SessionSource, StreamOptions};
use crate::engine::watch::Watched;
use crate::ground::error::{Error, Result};
use crate::ground::log_scope::Scope;
use crate::ground::model::{Outcome, SessionId};
use crate::ground::outage::waited_out;
use crate::ground::runtime;
use crate::surface::handle::{Client, PERHAPS_CREATED};
use crate::surface::pending::Pending;
use crate::surface::retried;
use crate::surface::session::Session;

/// A session on its way. Awaited, it gives the [`Outcome`]; its session and its activities can be had before.
///
/// The session is created at once. Dropping the last clone (and the streams and futures made from it) before that is done
/// stops it, unless the request has left; a session that exists keeps running on the server. With [`RunConfig::retry_failed`] it
/// is watched until then, and a failed one is started again.
#[derive(Clone, Debug)]
pub struct Run(Arc<Started>);

#[derive(Debug)]
struct Started {
    client: Client,
    progress: watch::Receiver<Progress>,
    stall: Option<Duration>,
    key: Option<String>,
    /// Whether failed sessions are started again here.
    retries: bool,
    _task: Option<runtime::Task>,
}

/// How far a run has come.
#[derive(Clone, Debug, Default)]
struct Progress {
    sessions: Vec<Session>,
    /// How it ended, where it is known here; why it could not begin.
    over: Option<Result<Outcome>>,
}

impl Run {
    pub(crate) fn start(client: &Client, config: RunConfig) -> Self {
        let (sender, progress) = watch::channel(Progress::default());
        let sender = Arc::new(sender);
        let (stall, key, retries) = (config.stall_timeout, config.key.clone(), config.retry_failed > 0);
        let work = go(client.clone(), config, Arc::clone(&sender));
        let fail = |error| sender.send_modify(|progress| progress.over = Some(Err(error)));
        let task = runtime::spawn(work).map_err(fail).ok();
        Self(Arc::new(Started { client: Arc::clone(client), progress, stall, key, retries, _task: task }))
    }

    /// The session, as soon as it is created; the latest one where a failed one was started again.
    pub fn session(&self) -> Pending<Session> {
        let run = self.clone();
        self.pending("creating a session", async move {
            run.when(|progress| progress.sessions.last().cloned().map(Ok)).await
        })
    }

    // not swift: `session` gives it
    /// The id of its session, once that is created; of the latest where a failed one was started again. No request is made.
    pub fn session_id(&self) -> Option<String> {
        self.0.progress.borrow().sessions.last().map(|session| session.id().to_owned())
    }

    /// The session's activities, as [`Session::stream`] gives them. Where a failed session was started again the new one's
    /// follow.
    pub fn stream(&self, options: StreamOptions) -> ActivityStream {
        ActivityStream::live(self.clone(), options)
    }

    /// How the session ended, `completed` or `failed`, as soon as it has.
    ///
    /// # Errors
    /// [`SessionEnded`](crate::ErrorKind::SessionEnded) when it was stopped or deleted.
    pub fn outcome(&self) -> Pending<Outcome> {
        let run = self.clone();
        self.pending("waiting for the session's result", async move {
            if run.0.retries {
                return run.when(|progress| progress.over.clone()).await;
            }
            let session = run.when(|progress| progress.sessions.last().cloned().map(Ok)).await?;
            let config = RunConfig { key: run.0.key.clone(), stall_timeout: run.0.stall, ..RunConfig::default() };
            let hub = Arc::clone(&session.client.hub);
            retried::to_outcome(&hub, &config, |_| future::ready(Ok(session.clone()))).await
        })
    }

    /// A call whose errors say which session there is, and those of a time limit that there may be one.
    fn pending<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Pending<T> {
        let (run, of_work) = (self.clone(), self.clone());
        let work = async move { work.await.map_err(|error| of_work.in_latest(error)) };
        let pending = Pending::new(doing, waited_out(work)).over(&self.0.client.hub.store);
        pending.about(move |error| match run.in_latest(error) {
            error if error.session_id().is_none() => error.with_hint(PERHAPS_CREATED),
            error => error,
        })
    }

    fn in_latest(&self, error: Error) -> Error {
        match self.0.progress.borrow().sessions.last() {
            Some(session) => error.in_session(session.id()),
            None => error,
        }
    }

    /// Waits until the run has come so far.
    async fn when<T>(&self, found: impl Fn(&Progress) -> Option<Result<T>>) -> Result<T> {
        let mut progress = self.0.progress.clone();
        let failed = |progress: &Progress| progress.over.as_ref().and_then(|over| over.as_ref().err()).cloned();
        loop {
            let now = progress.borrow_and_update().clone();
            if let Some(found) = found(&now) {
                return found;
            }
            if let Some(error) = failed(&now) {
                return Err(error);
            }
            progress.changed().await.map_err(|_| Error::closed())?;
        }
    }
}

/// Creates the session; where failed ones are to be started again, waits for its outcome.
async fn go(client: Client, config: RunConfig, progress: Arc<watch::Sender<Progress>>) {
    let log = client.scope("creating a session");
    let (client, config, progress) = (&client, &config, &progress);
    let start = |failed| {
        log.around(async move {
            let create = effects::create(&client.hub, config.clone(), Defaults::RUN, failed);
            let created = waited_out(Box::pin(create)).await;
            let watched = created.map_err(|error| client.clean(error))?;
            let session = Session::new(Arc::clone(client), watched.id.clone());
            progress.send_modify(|progress| progress.sessions.push(session.clone()));
            Ok(session)
        })
    };
    let over = match config.retry_failed {
        0 => start(None).await.err().map(Err),
        _ => Some(retried::to_outcome(&client.hub, config, start).await),
    };
    progress.send_modify(|progress| progress.over = over);
}

impl IntoFuture for Run {
    type Output = Result<Outcome>;
    type IntoFuture = Pending<Outcome>;

    fn into_future(self) -> Self::IntoFuture {
        self.outcome()
    }
}

#[async_trait]
impl SessionSource for Run {
    async fn watched(&self) -> Result<Arc<Watched>> {
        Ok(self.when(|progress| progress.sessions.first().cloned().map(Ok)).await?.watched())
    }

    fn scope(&self) -> Scope {
        self.0.client.scope(STREAMING)
    }

    async fn successor(&self, of: &SessionId) -> Result<Option<Arc<Watched>>> {
        if !self.0.retries {
            return Ok(None);
        }
        let after = |progress: &Progress| {
            let place = progress.sessions.iter().position(|session| session.session_id() == of)?;
            match progress.sessions.get(place + 1) {
                Some(next) => Some(Ok(Some(next.watched()))),
                // Why it is over the outcome says.
                None => progress.over.as_ref().map(|_| Ok(None)),
            }
        };
        self.when(after).await
    }

    fn next(&self, of: &SessionId) -> Option<Arc<Watched>> {
        let progress = self.0.progress.borrow();
        let place = progress.sessions.iter().position(|session| session.session_id() == of)?;
        progress.sessions.get(place + 1).map(Session::watched)
    }
}
