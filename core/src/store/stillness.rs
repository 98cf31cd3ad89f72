//! A `fork` copies one thread and the locks of all: one that is inside SQLite at that moment leaves SQLite's process-wide
//! locks shut in the child for ever. Who forks holds the stores still meanwhile.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

static INSIDE: RwLock<()> = RwLock::new(());

/// Lets a thread be inside SQLite while it lives.
pub(super) fn enter() -> RwLockReadGuard<'static, ()> {
    INSIDE.read().unwrap_or_else(PoisonError::into_inner)
}

/// No thread is inside a store until this is dropped. See [`hold_stores`].
#[derive(Debug)]
#[must_use = "the stores go on as soon as it is dropped"]
pub struct StoresHeld(#[expect(dead_code, reason = "held, not read")] RwLockWriteGuard<'static, ()>);

/// Waits until no thread of this process is inside a store, and keeps it so until the result is dropped: what a language
/// whose programs `fork` does before it, and undoes after it in the parent and in the child.
pub fn hold_stores() -> StoresHeld {
    StoresHeld(INSIDE.write().unwrap_or_else(PoisonError::into_inner))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn nobody_is_inside_while_the_stores_are_held() {
        let (sender, entered) = mpsc::channel();
        let held = hold_stores();
        let other = thread::spawn(move || {
            let _inside = enter();
            sender.send(()).unwrap();
        });
        assert!(entered.recv_timeout(Duration::from_millis(50)).is_err());
        drop(held);
        entered.recv().unwrap();
        other.join().unwrap();
    }
}
