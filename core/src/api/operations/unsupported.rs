//! What this server seems not to understand. It is left out for a while and then tried again, each time later: a refusal may
//! have been a proxy's, or of a server that was replaced since.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::api::transport::Operation;

const FIRST_WAIT: Duration = Duration::from_secs(600);
const LONGEST_WAIT: Duration = Duration::from_secs(86_400);

/// A parameter that a server may not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Parameter {
    Filter,
    Fields,
}

/// What was refused, by operation.
#[derive(Debug, Default)]
pub(super) struct UnsupportedParameters(Mutex<HashMap<(Operation, Parameter), Refusal>>);

#[derive(Clone, Copy, Debug)]
struct Refusal {
    at: Instant,
    wait: Duration,
}

impl UnsupportedParameters {
    /// Whether to use it now.
    pub(super) fn allows(&self, operation: Operation, parameter: Parameter) -> bool {
        self.with(|all| all.get(&(operation, parameter)).is_none_or(|refusal| refusal.at.elapsed() >= refusal.wait))
    }

    /// The same request went well without it: it was that. Unless nobody knows who refused: then it was that when it comes
    /// again at the next use.
    pub(super) fn refused(&self, operation: Operation, parameter: Parameter, by_google: bool) {
        let wait = self.with(|all| {
            let first = if by_google { FIRST_WAIT } else { Duration::ZERO };
            let wait = all.get(&(operation, parameter)).map_or(first, |earlier| {
                // Those that were under way together count once.
                match earlier.at.elapsed() < earlier.wait {
                    true => earlier.wait,
                    false => (earlier.wait * 2).clamp(FIRST_WAIT, LONGEST_WAIT),
                }
            });
            all.insert((operation, parameter), Refusal { at: Instant::now(), wait });
            wait
        });
        let (operation, seconds) = (operation.name(), wait.as_secs());
        tracing::info!(target: "jules::http", operation, ?parameter, seconds, "the server refuses a parameter; sending requests without it");
    }

    /// It was understood.
    pub(super) fn worked(&self, operation: Operation, parameter: Parameter) {
        self.with(|all| all.remove(&(operation, parameter)));
    }

    fn with<T>(&self, act: impl FnOnce(&mut HashMap<(Operation, Parameter), Refusal>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::Parameter::{Fields, Filter};
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_a_proxy_may_have_refused_is_tried_once_more_at_once() {
        let (refused, list) = (UnsupportedParameters::default(), Operation::ActivitiesList);
        refused.refused(list, Filter, false);
        assert!(refused.allows(list, Filter));
        refused.worked(list, Filter);
        refused.refused(list, Filter, false);
        assert!(refused.allows(list, Filter));
        refused.refused(list, Filter, false);
        assert!(!refused.allows(list, Filter), "twice in a row");
        tokio::time::advance(FIRST_WAIT).await;
        assert!(refused.allows(list, Filter));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_forgotten_after_a_while_and_later_each_time() {
        let refused = UnsupportedParameters::default();
        let (list, other) = (Operation::ActivitiesList, Operation::SessionsList);
        for minutes in [10, 20, 40] {
            refused.refused(list, Filter, true);
            refused.refused(list, Filter, true);
            assert!(!refused.allows(list, Filter));
            assert!(refused.allows(list, Fields) && refused.allows(other, Filter));
            tokio::time::advance(Duration::from_secs(minutes * 60 - 1)).await;
            assert!(!refused.allows(list, Filter), "{minutes}");
            tokio::time::advance(Duration::from_secs(1)).await;
            assert!(refused.allows(list, Filter), "{minutes}");
        }
        refused.worked(list, Filter);
        refused.refused(list, Filter, true);
        tokio::time::advance(FIRST_WAIT).await;
        assert!(refused.allows(list, Filter));
    }
}
