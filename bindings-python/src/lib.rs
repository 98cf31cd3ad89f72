//! The Python binding: the native module `jules._native`. It converts names, values, errors, cancellation and
//! iteration; everything else is core's. The package around it, in `python/jules`, is what users import.

mod batch;
mod call;
mod client;
mod connection;
mod convert;
mod delivery;
mod environment;
mod error;
mod gate;
#[cfg(feature = "stubs")]
mod hints;
mod keywords;
mod local;
mod logs;
mod options;
mod process;
mod queue;
mod run;
mod session;
mod stream;
mod subscriber;
mod sync;
mod task;
mod values;
mod work;

/// The native half of the package `jules`.
#[pyo3::pymodule(name = "_native")]
mod native {
    use pyo3::prelude::*;
    use pyo3::types::PyDict;

    #[pymodule_export]
    use crate::batch::{Batch, Describe};
    #[pymodule_export]
    use crate::call::Call;
    #[pymodule_export]
    use crate::client::Client;
    #[pymodule_export]
    use crate::options::{GitHub, Retry};
    #[pymodule_export]
    use crate::process::{after_fork, before_fork, close_gate};
    #[pymodule_export]
    use crate::queue::Queue;
    #[pymodule_export]
    use crate::run::Run;
    #[pymodule_export]
    use crate::session::Session;
    #[pymodule_export]
    use crate::stream::Stream;
    #[pymodule_export]
    use crate::sync::Sync;
    #[pymodule_export]
    use crate::values::{
        Activity, Added, AgentMessaged, Artifact, BashOutput, CacheInfo, ChangeSet, ChangeSetOutput, Conflict,
        FailedCommand, FileChange, GeneratedFile, GeneratedFiles, GitHubRepo, GitPatch, Holding, Insights, ItemReport,
        Media, Metrics, Outcome, ParsedPatch, PatchSummary, Plan, PlanApproved, PlanGenerated, PlanStep, Progress,
        ProgressUpdated, PullRequest, PullRequestOutput, QueueStatus, Quota, RequestInfo, SessionCacheInfo,
        SessionCompleted, SessionFailed, SessionInfo, SessionOutput, Snapshot, Source, SourceContext, SyncProgress,
        SyncReport, TimelineEntry, UnknownActivity, UnknownArtifact, UnknownOutput, UserMessaged,
    };

    #[pymodule_export]
    use crate::task::BaseTask;
    #[pymodule_export]
    use crate::work::{Pose, Work};

    /// This version of the package.
    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "its name in Python")]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_init]
    fn init(py: Python<'_>) -> PyResult<()> {
        crate::process::refuse_other_interpreters(py)?;
        jules::ffi::speak(jules::ffi::Language::Python);
        // Handlers run last in, first out: registered at import, this one runs after those of the user's program.
        let close = pyo3::wrap_pyfunction!(close_gate, py)?;
        py.import("atexit")?.call_method1("register", (close,))?;
        let os = py.import("os")?;
        if os.hasattr("register_at_fork")? {
            let hooks = PyDict::new(py);
            let after = pyo3::wrap_pyfunction!(after_fork, py)?;
            hooks.set_item("before", pyo3::wrap_pyfunction!(before_fork, py)?)?;
            hooks.set_item("after_in_parent", &after)?;
            hooks.set_item("after_in_child", &after)?;
            os.call_method("register_at_fork", (), Some(&hooks))?;
        }
        Ok(())
    }
}
