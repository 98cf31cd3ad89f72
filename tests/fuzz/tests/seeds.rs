//! Every seed, without a fuzzer: where it begins, and what once failed. Core's own test has those of `wire` and `query`.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

fn each(target: &str, run: impl Fn(&[u8])) {
    let mut seeds = 0;
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target)).unwrap() {
        run(&fs::read(entry.unwrap().path()).unwrap());
        seeds += 1;
    }
    assert!(seeds > 0);
}

#[test]
fn patches() {
    each("patch", jules_fuzz::patch);
}

#[test]
fn options() {
    each("options", jules_fuzz::options);
}

#[test]
fn scenarios() {
    each("scenario", jules_fuzz::scenario);
}
