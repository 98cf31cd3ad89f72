//! Requests that come when a case is over: its client is closed then, and one that goes on has leaked a watcher. Behind its
//! last case a driver is kept alive for a while, so that what that one left behind shows too.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::case::{Case, parse};
use crate::language::Language;
use crate::plan::{self, Store};
use crate::process::Driven;
use crate::world::World;

/// This long after its answer a case may still send requests that were under way.
const LAST_REQUESTS: Duration = Duration::from_millis(500);

/// What keeps a driver alive, with operations that every driver has: it waits in vain, twice as long as
/// [`LAST_REQUESTS`].
const LINGER: &str = "
- name: linger
  about: Waits for a session that doesn't end.
  emulator: { sessions: [{ id: '1', state: IN_PROGRESS }] }
  steps:
    - { op: session.open, as: s, with: { id: '1' } }
    - { op: result, on: s, with: { timeoutMs: 1000 }, error: { kind: Timeout } }
";

/// What every plan ends with.
pub(crate) struct Linger {
    pub(crate) case: Case,
    world: World,
}

impl Linger {
    pub(crate) async fn start() -> Result<Self> {
        let mut case = parse(LINGER)?.pop().context("there is one case")?;
        // No case of a file can be called so.
        case.name = "(linger)".to_owned();
        let world = World::start(&case).await?;
        Ok(Self { case, world })
    }

    pub(crate) fn entry(&self, folder: &Path) -> Value {
        plan::entry(&self.case, &self.world.url(), Store::Directory(folder))
    }

    /// A driver that didn't wait has hidden what its last case left behind.
    pub(crate) fn complaint(&self, language: Language, driven: &Driven) -> Option<String> {
        let why = match driven.answers.get(&self.case.name) {
            Some(Ok(answer)) => crate::judge::judge(&self.case, language, answer).0.join("; "),
            Some(Err(why)) => why.clone(),
            None => "no answer".to_owned(),
        };
        (!why.is_empty()).then(|| format!("it was to wait behind its last case, but: {why}"))
    }
}

/// How many requests each case had sent when its last ones had had their time.
#[derive(Clone, Default)]
pub(crate) struct Counts(Arc<Mutex<BTreeMap<String, usize>>>);

impl Counts {
    /// To be called as a case is answered.
    pub(crate) fn count_soon(&self, name: &str, world: &Arc<World>) {
        let (counts, name, world) = (self.clone(), name.to_owned(), Arc::clone(world));
        tokio::spawn(async move {
            tokio::time::sleep(LAST_REQUESTS).await;
            counts.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name, world.requests());
        });
    }

    /// What is wrong when the drivers have ended. A case without a count has no answer, or its driver died right behind it.
    pub(crate) fn failure(&self, name: &str, world: &World) -> Option<String> {
        let count = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied();
        let surplus = world.requests().saturating_sub(count?);
        (surplus > 0).then(|| format!("the client was closed, yet {surplus} more requests came"))
    }
}
