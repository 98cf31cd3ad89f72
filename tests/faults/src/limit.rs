//! The time that these programs have. One that hangs ends with a message, so that the test that waits for it fails.

use std::process::exit;
use std::thread;
use std::time::Duration;

/// Far more than any of them needs, also where the machine is busy.
const LIMIT: Duration = Duration::from_secs(120);

/// Ends this process when it still runs after [`LIMIT`], whatever its threads wait for.
pub(crate) fn start() {
    thread::spawn(|| {
        thread::sleep(LIMIT);
        #[expect(clippy::print_stderr, reason = "who started it shows this")]
        {
            eprintln!("not done within {LIMIT:?}");
        }
        exit(1);
    });
}
