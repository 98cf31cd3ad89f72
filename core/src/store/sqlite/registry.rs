//! One `Database` for each file that this process has open, shared by all its clients.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::database::Database;
use crate::store::gate;

/// A file, in the process that opened it: a forked child must never use its parent's connections.
struct Entry {
    process: u32,
    path: PathBuf,
    database: Weak<Database>,
}

static OPEN: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

/// What this process has of the file, by its canonical path. Nothing is opened yet.
pub(super) fn database(path: PathBuf) -> Arc<Database> {
    let _inside = gate::enter();
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    let process = std::process::id();
    // Looked for without an upgrade of the others: the last of an upgrade closes files.
    open.retain(|entry| entry.database.strong_count() > 0);
    let found = open.iter().find(|entry| entry.process == process && entry.path == path);
    if let Some(database) = found.and_then(|entry| entry.database.upgrade()) {
        return database;
    }
    let database = Arc::new(Database::file(path.clone()));
    open.push(Entry { process, path, database: Arc::downgrade(&database) });
    database
}
