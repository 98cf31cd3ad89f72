//! A `fork` copies one thread and the locks of all: one that is inside an engine at that moment leaves the engine's
//! process-wide locks shut in the child for ever. Who forks pauses the stores meanwhile; every engine enters here first.

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

static INSIDE: RwLock<()> = RwLock::new(());

thread_local! {
    /// How often this thread has entered: a second lock for the same thread could wait for a fork that waits for the first.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// A thread is inside an engine while it has this.
#[derive(Debug)]
pub(super) struct Inside {
    _lock: Option<RwLockReadGuard<'static, ()>>,
    /// It belongs to the thread that entered.
    _thread: PhantomData<*const ()>,
}

/// Lets a thread be inside an engine.
pub(super) fn enter() -> Inside {
    let depth = DEPTH.get();
    let lock = (depth == 0).then(|| INSIDE.read().unwrap_or_else(PoisonError::into_inner));
    DEPTH.set(depth + 1);
    Inside { _lock: lock, _thread: PhantomData }
}

impl Drop for Inside {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get().saturating_sub(1));
    }
}

/// No thread is inside a store until this is dropped. See [`pause_for_fork`].
#[derive(Debug)]
#[must_use = "the stores go on as soon as it is dropped"]
pub struct Paused(#[expect(dead_code, reason = "held, not read")] RwLockWriteGuard<'static, ()>);

/// Waits until no thread of this process is inside a store, and keeps it so until the result is dropped: what a language
/// whose programs `fork` does before it, and undoes after it in the parent and in the child.
pub fn pause_for_fork() -> Paused {
    Paused(INSIDE.write().unwrap_or_else(PoisonError::into_inner))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn nobody_is_inside_while_the_stores_are_paused() {
        let (sender, entered) = mpsc::channel();
        let paused = pause_for_fork();
        let other = thread::spawn(move || {
            let _inside = enter();
            sender.send(()).unwrap();
        });
        assert!(entered.recv_timeout(Duration::from_millis(50)).is_err());
        drop(paused);
        entered.recv().unwrap();
        other.join().unwrap();
    }

    #[test]
    fn who_is_inside_may_enter_again_while_somebody_waits_to_pause() {
        let (sender, inside) = mpsc::channel();
        let first = enter();
        let waiting = thread::spawn(move || {
            sender.send(()).unwrap();
            drop(pause_for_fork());
        });
        inside.recv().unwrap();
        drop(enter());
        assert!(!waiting.is_finished());
        drop(first);
        waiting.join().unwrap();
    }
}
