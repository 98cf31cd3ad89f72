//! Tests that this machine can't run. libtest knows no such thing: they say so past what it keeps to itself, and the commands of
//! `.dev` read it (`tasks/tally.py`), count them as skipped and, under CI, as failed.

use std::io::Write;

/// Says why the test that calls this isn't run.
pub(crate) fn skipped(why: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    // In a line of its own, also behind dots.
    let _ = write!(std::io::stdout(), "\nskipped: {test}: {why}\n");
}
