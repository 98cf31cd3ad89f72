//! Bringing the store up to date with the server: options in, steps out.

use crate::batch::ProgressListener;
use crate::failure::Failure;
use crate::json::to_json;
use crate::options::size;

/// What is absent has the core's default.
#[derive(uniffi::Record)]
pub(crate) struct SyncOptions {
    // surface: record SyncOptions
    session_id: Option<String>,
    limit: Option<u64>,
    depth: Option<String>,
    incremental: Option<bool>,
    concurrency: Option<u64>,
    checkpoint: Option<bool>,
    // surface: end
}

impl SyncOptions {
    pub(crate) fn into_core(self, listener: Option<Box<dyn ProgressListener>>) -> Result<jules::SyncOptions, Failure> {
        let mut core = jules::SyncOptions::default();
        core.depth = self.depth.map_or(Ok(core.depth), |depth| depth.parse())?;
        // surface: take SyncOptions self core -depth
        core.session_id = self.session_id;
        core.limit = size(self.limit);
        core.incremental = self.incremental.unwrap_or(core.incremental);
        core.concurrency = size(self.concurrency).unwrap_or(core.concurrency);
        core.checkpoint = self.checkpoint.unwrap_or(core.checkpoint);
        // surface: end
        core.on_progress = listener.map(|listener| {
            jules::OnSyncProgress::new(move |progress| {
                if let Ok(json) = to_json(progress) {
                    listener.stepped(json);
                }
            })
        });
        Ok(core)
    }
}
