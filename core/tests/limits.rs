//! No wait without an end: what waits is a `Pending`, which takes a time limit, or stands here with the reason why it isn't.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const WITHOUT: [(&str, &str); 4] = [
    ("close", "it ends what is under way; no request is made"),
    (
        "finished",
        "an iteration to its end, which is dropped where it isn't wanted any more; tasks take a `stall_timeout`",
    ),
    ("next_chunk", "an iteration, which is dropped where it isn't wanted any more; streams take a `stall_timeout`"),
    ("settled", "it has no error of its own; an item's has its `stall_timeout`"),
];

#[test]
fn every_public_call_that_waits_takes_a_time_limit() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut endless, mut limited) = (BTreeSet::new(), 0);
    for directory in ["surface", "surface/batch", "surface/queue", "engine/stream", "ground"] {
        for entry in fs::read_dir(src.join(directory)).unwrap() {
            let path = entry.unwrap().path();
            // What only bindings are given: they set the limit by `within`.
            if path.is_dir() || path.ends_with("drive.rs") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            limited += text.lines().filter(|line| line.contains("pub fn ") && line.contains("-> Pending<")).count();
            let waiting = text.lines().filter_map(|line| line.trim().strip_prefix("pub async fn "));
            endless.extend(waiting.filter_map(|rest| rest.split(['(', '<']).next()).map(str::to_owned));
        }
    }
    assert!(limited > 30, "only {limited} calls were looked at");
    assert_eq!(endless, WITHOUT.map(|(name, _)| name.to_owned()).into());
}
