//! The time that these programs have. One that hangs ends with a message, so that the test that waits for it fails.

use std::process::exit;
use std::thread;
use std::time::Duration;

/// Far more than any of them needs, also where the machine is busy: seconds. A campaign says how long it takes.
const LIMIT: u64 = 120;
const VARIABLE: &str = "JULES_PROGRAM_LIMIT";

/// Ends this process when it still runs after that time, whatever its threads wait for.
pub(crate) fn start() {
    let given = std::env::var(VARIABLE).ok().and_then(|seconds| seconds.parse().ok());
    let limit = Duration::from_secs(given.unwrap_or(LIMIT));
    thread::spawn(move || {
        thread::sleep(limit);
        #[expect(clippy::print_stderr, reason = "who started it shows this")]
        {
            eprintln!("not done within {limit:?}");
        }
        exit(1);
    });
}
