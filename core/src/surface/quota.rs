//! What the account uses of its plan, asked for by its user.

use std::sync::Arc;

use crate::engine::quota::{self, Quota};
use crate::surface::client::Jules;
use crate::surface::pending::Pending;

impl Jules {
    /// What the account uses of its plan: the sessions that hold a slot, how many were created within 24 hours, and the
    /// limits as far as they are known.
    ///
    /// The service has no such call: it is told from light pages of `sessions.list`, back to a day ago, and from the local
    /// cache, whose open sessions are read (`sessions.get`, at most 20). A session holds its slot until it has ended,
    /// also while it waits for a person or is paused; archived ones are taken to hold none. Limits are known when they were
    /// given as options, or when creates were refused.
    ///
    /// ```
    /// use jules::{Jules, RunConfig};
    /// # use jules_emulator::Emulator;
    /// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = Emulator::start().await?;
    /// let jules = Jules::builder().api_key("my-key").slots(3)
    /// #   .base_url(emulator.url()).cache(jules::Cache::Memory)
    ///     .build()?;
    /// let session = jules.create_session(RunConfig::new("Think it over [scenario:silent]")).await?;
    /// let quota = jules.quota().await?;
    /// assert_eq!((quota.slots_used, quota.slots_limit, quota.day_used), (1, Some(3), 1));
    /// assert_eq!(quota.holding[0].session_id, session.id());
    /// # Ok(()) }
    /// ```
    pub fn quota(&self) -> Pending<Quota> {
        let hub = Arc::clone(&self.client.hub);
        self.client.call("reading the account's usage", async move { quota::quota(&hub).await })
    }
}
