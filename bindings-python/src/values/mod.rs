//! Values: frozen Python classes over core's data. An attribute is converted when it is read, so a megabyte of output
//! that nobody looks at costs nothing. One file a noun; what they share is in `shared` and `restore`.

mod activity;
mod artifact;
mod cache_info;
mod files;
mod metrics;
mod outcome;
mod output;
mod page;
mod patch;
mod plan;
mod progress;
mod queue_status;
mod quota;
mod restore;
mod rows;
mod session_info;
mod shared;
mod snapshot;
mod source;
mod sync_report;

pub(crate) use activity::{
    Activity, AgentMessaged, PlanApproved, PlanGenerated, ProgressUpdated, SessionCompleted, SessionFailed,
    UnknownActivity, UserMessaged,
};
pub(crate) use artifact::{Artifact, BashOutput, ChangeSet, Media, UnknownArtifact};
pub(crate) use cache_info::CacheInfo;
pub(crate) use files::{GeneratedFile, GeneratedFiles};
pub(crate) use metrics::{Metrics, RequestInfo};
pub(crate) use outcome::Outcome;
pub(crate) use output::{ChangeSetOutput, PullRequest, PullRequestOutput, SessionOutput, UnknownOutput};
pub(crate) use patch::{FileChange, GitPatch, ParsedPatch, PatchSummary};
pub(crate) use plan::{Plan, PlanStep};
pub(crate) use progress::{ItemReport, Progress};
pub(crate) use queue_status::{Added, Conflict, QueueStatus};
pub(crate) use quota::{Holding, Quota};
pub(crate) use restore::Plain;
pub(crate) use rows::Rows;
pub(crate) use session_info::{SessionInfo, SourceContext};
pub(crate) use shared::{Shared, match_args, value_methods};
pub(crate) use snapshot::{FailedCommand, Insights, Snapshot, TimelineEntry};
pub(crate) use source::{GitHubRepo, Source};
pub(crate) use sync_report::{SessionCacheInfo, SyncProgress, SyncReport};
