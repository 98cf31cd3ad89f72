//! The latest requests of a client, for whoever reports a problem: with the server's ids, also of those that went well.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// So many are kept.
const KEPT: usize = 100;

/// A request that this client has made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RequestInfo {
    /// The operation of the API, such as `sessions.create`.
    pub operation: String,
    /// The session that it was about; absent where it was about several, or one that was not created yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// The HTTP status; absent when there was no response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The server's id of the request, to quote in a report; absent when it sent none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Which attempt of its call it was, from 1.
    pub attempt: u32,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
}

#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<VecDeque<RequestInfo>>);

impl Recent {
    pub(super) fn add(&self, request: RequestInfo) {
        let mut requests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if requests.len() == KEPT {
            requests.pop_front();
        }
        requests.push_back(request);
    }

    pub(super) fn list(&self) -> Vec<RequestInfo> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_are_kept_in_their_order() {
        let recent = Recent::default();
        for attempt in 0..250 {
            recent.add(RequestInfo { attempt, ..RequestInfo::default() });
        }
        let attempts: Vec<_> = recent.list().iter().map(|request| request.attempt).collect();
        assert_eq!(attempts, (150..250).collect::<Vec<_>>());
    }
}
