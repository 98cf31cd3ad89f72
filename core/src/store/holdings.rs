//! What one handle holds and wants of its store, as it knows itself: what it renews, and gives back at its end.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Grant, LeaseKey, Want};
use crate::ground::model::SessionId;

#[derive(Debug, Default)]
pub(super) struct Holdings(Mutex<Has>);

#[derive(Debug, Default)]
struct Has {
    held: HashMap<LeaseKey, i64>,
    wants: BTreeMap<SessionId, Want>,
}

impl Holdings {
    fn lock(&self) -> MutexGuard<'_, Has> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn took(&self, grant: &Grant) {
        self.lock().held.insert(grant.key.clone(), grant.generation);
    }

    pub(super) fn gave_back(&self, grant: &Grant) {
        let mut has = self.lock();
        if has.held.get(&grant.key) == Some(&grant.generation) {
            has.held.remove(&grant.key);
        }
    }

    pub(super) fn wants(&self, session: &SessionId, want: Option<Want>) {
        let mut has = self.lock();
        match want {
            Some(want) => has.wants.insert(session.clone(), want),
            None => has.wants.remove(session),
        };
    }

    /// What it holds, and what it wants.
    pub(super) fn all(&self) -> (Vec<Grant>, Vec<(SessionId, Want)>) {
        let has = self.lock();
        let held = has.held.iter().map(|(key, generation)| Grant { key: key.clone(), generation: *generation });
        (held.collect(), has.wants.iter().map(|(session, want)| (session.clone(), *want)).collect())
    }
}

/// What has to be noted so that a store has all that a handle wants and nothing else, when it has wants of these sessions: in the
/// order of their ids. Others may have taken the handle for gone and cleared it away, and what it wants no more may not have
/// reached the store.
pub(super) fn unsettled(wants: Vec<(SessionId, Want)>, noted: Vec<String>) -> BTreeMap<SessionId, Option<Want>> {
    let mut unsettled: BTreeMap<_, _> = wants.into_iter().map(|(session, want)| (session, Some(want))).collect();
    for session in noted.iter().filter_map(|id| SessionId::parse(id).ok()) {
        if unsettled.remove(&session).is_none() {
            unsettled.insert(session, None);
        }
    }
    unsettled
}
