//! A run: a session that is started at once and awaited for its outcome.

use std::future::IntoFuture;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::watch;

use crate::engine::effects::{self, Defaults, RunConfig};
use crate::engine::stream::{ActivityStream, SessionSource, StreamOptions};
use crate::engine::watch::Watched;
use crate::ground::error::{Error, Result};
use crate::ground::model::Outcome;
use crate::ground::runtime;
use crate::surface::client::Client;
use crate::surface::pending::Pending;
use crate::surface::session::Session;

/// A session on its way. Awaited, it gives the [`Outcome`]; its session and its activities can be had before.
///
/// The session is created at once. Dropping the last clone (and the streams and futures made from it) before that is done
/// stops it; a session that exists goes on at the server.
#[derive(Clone, Debug)]
pub struct Run(Arc<Started>);

#[derive(Debug)]
struct Started {
    created: watch::Receiver<Option<Result<Session>>>,
    _task: Option<runtime::Task>,
}

impl Run {
    pub(crate) fn start(client: &Client, config: RunConfig) -> Self {
        let (sender, created) = watch::channel(None);
        let sender = Arc::new(sender);
        let work = {
            let (client, sender) = (client.clone(), Arc::clone(&sender));
            async move {
                let created = effects::create(&client.hub, config, Defaults::RUN).await;
                sender.send_replace(Some(created.map(|watched| Session::new(client, watched.id.clone()))));
            }
        };
        let task = runtime::spawn(work).map_err(|error| sender.send_replace(Some(Err(error)))).ok();
        Self(Arc::new(Started { created, _task: task }))
    }

    /// The session, as soon as it is created.
    pub fn session(&self) -> Pending<Session> {
        let run = self.clone();
        Pending::new("creating a session", async move { run.created().await })
    }

    /// The session's activities, as [`Session::stream`] gives them.
    pub fn stream(&self, options: StreamOptions) -> ActivityStream {
        ActivityStream::live(self.clone(), options)
    }

    /// How the session ended, `completed` or `failed`, as soon as it has.
    pub fn outcome(&self) -> Pending<Outcome> {
        let run = self.clone();
        Pending::new("waiting for the session's result", async move { run.created().await?.result().await })
    }

    async fn created(&self) -> Result<Session> {
        let mut created = self.0.created.clone();
        let session = created.wait_for(Option::is_some).await.map_err(|_| Error::closed())?;
        session.clone().unwrap_or_else(|| Err(Error::closed()))
    }
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
        Ok(self.created().await?.watched())
    }
}
