//! What travels: the server's JSON comes in, the public shape goes out.
//!
//! Reading is lenient, for the service is alpha: what is missing gets its proto3 default, what is unknown is kept and
//! passed on. Writing gives the one public shape that all languages share.

mod activity;
mod artifact;
mod end;
mod envelope;
mod generated;
mod id;
mod json;
mod outcome;
mod plan;
mod session;
mod source;
mod state;
mod summary;
mod task;
mod terminal;

pub use activity::{ACTIVITY_TYPES, Activity, Event};
pub use artifact::{Artifact, BashOutput, ChangeSet, GitPatch, Media};
pub use end::EndReason;
pub(crate) use end::{LastActivity, Since};
pub use envelope::Envelope;
pub use generated::{GeneratedFile, GeneratedFiles};
pub(crate) use id::{SessionId, is_safe, last_segment};
pub use outcome::Outcome;
pub(crate) use outcome::{failure_reason, not_completed};
pub use plan::{Plan, PlanStep};
pub(crate) use session::merged;
pub use session::{PullRequest, SessionInfo, SessionOutput, SourceContext};
pub use source::{GitHubRepo, Source, SourceKind};
pub use state::{SessionState, States};
pub(crate) use summary::one_line;
pub use task::TaskState;

pub use crate::ground::timestamp::Timestamp;

/// One page of a listing.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Page<T> {
    /// The page's items, in the server's order.
    pub items: Vec<T>,
    /// What to ask the next page with; absent on the last page.
    pub next_page_token: Option<String>,
}

impl<T> Page<T> {
    pub(crate) fn new(items: Vec<T>, next_page_token: Option<String>) -> Self {
        Self { items, next_page_token: next_page_token.filter(|token| !token.is_empty()) }
    }
}
