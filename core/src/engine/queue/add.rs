//! Adding tasks: tasks whose key is known stay as they are, and must have been the same.

use crate::engine::Hub;
use crate::engine::effects::{Asked, check_key, conflict};
use crate::ground::error::Result;
use crate::store::NewTask;

/// So many are added in one transaction.
const AT_ONCE: usize = 10_000;

/// What came of adding tasks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Added {
    pub(crate) added: u64,
    pub(crate) known: u64,
    /// Keys that are known for something else, each with the first option that differs.
    pub(crate) conflicts: Vec<(String, &'static str)>,
}

/// Adds tasks to a queue, ten thousand in one go.
pub(crate) async fn add(hub: &Hub, mut tasks: Vec<(NewTask, Asked)>) -> Result<Added> {
    for (task, _) in &tasks {
        check_key(&task.key)?;
    }
    let mut all = Added::default();
    while !tasks.is_empty() {
        let rest = tasks.split_off(AT_ONCE.min(tasks.len()));
        let batch = std::mem::replace(&mut tasks, rest);
        let known = hub.store.add_tasks(batch.iter().map(|(task, _)| task.clone()).collect()).await?;
        for ((task, asked), known) in batch.iter().zip(known) {
            let Some(known) = known else {
                all.added += 1;
                continue;
            };
            let field = match conflict(&known, task.queue.as_deref(), asked)? {
                None if known.priority != task.priority => Some("priority"),
                other => other,
            };
            match field {
                Some(field) => all.conflicts.push((task.key.clone(), field)),
                None => all.known += 1,
            }
        }
    }
    Ok(all)
}
