//! What all these programs have: a time to be done in, so that the test that waits for one that hangs fails; and lines that are
//! there as soon as they are printed, for the program may be killed.

use std::fmt::Display;
use std::io::Write;
use std::process::exit;
use std::thread;
use std::time::Duration;

/// Far more than any of them needs, also where the machine is busy: seconds. A campaign says how long it takes.
const LIMIT: u64 = 120;
const VARIABLE: &str = "JULES_PROGRAM_LIMIT";

/// The arguments that it must have, and those behind them. From here on its time runs.
pub(crate) fn start<const N: usize>(usage: &str) -> Result<([String; N], impl Iterator<Item = String>), String> {
    limit();
    let mut given = std::env::args().skip(1);
    let needed: Vec<String> = given.by_ref().take(N).collect();
    Ok((needed.try_into().map_err(|_| format!("usage: {usage}"))?, given))
}

/// Ends this process when it still runs after that time, whatever its threads wait for.
fn limit() {
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

/// Prints a line in one write: a killed process leaves no half lines but the last.
pub(crate) fn say(line: impl Display) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
