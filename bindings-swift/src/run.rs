//! The handle of work that was started and is awaited later.

use std::future::IntoFuture;
use std::sync::Arc;

use crate::cancel::CancelToken;
use crate::failure::Failure;
use crate::living::Counted;
use crate::options::{StreamOptions, duration};
use crate::runtime::{call, call_json};
use crate::session::Session;
use crate::stream::ActivityStream;

#[derive(uniffi::Object)]
pub(crate) struct Run {
    run: jules::Run,
    _counted: Counted,
}

impl Run {
    pub(crate) fn new(run: jules::Run) -> Arc<Self> {
        Arc::new(Self { run, _counted: Counted::new() })
    }
}

#[uniffi::export]
impl Run {
    pub(crate) async fn session(
        &self,
        timeout: Option<u64>,
        cancel: Arc<CancelToken>,
    ) -> Result<Arc<Session>, Failure> {
        call(cancel, self.run.session().timeout_opt(duration(timeout))).await.map(Session::new)
    }

    pub(crate) fn stream(&self, options: StreamOptions) -> Arc<ActivityStream> {
        ActivityStream::new(self.run.stream(options.into()))
    }

    pub(crate) async fn outcome(&self, timeout: Option<u64>, cancel: Arc<CancelToken>) -> Result<String, Failure> {
        let outcome = self.run.outcome().timeout_opt(duration(timeout)).into_future();
        call_json(cancel, outcome).await
    }
}
