//! The floors of the house hold: an import goes down or stays on its floor, never up. `super::` stays on its floor as long
//! as it doesn't leave it, so only `crate::` paths are looked at.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

/// Each floor with those that it may import from, besides itself. From the roof to the ground.
const ARROWS: &[(&str, &[&str])] = &[
    ("surface", &["engine", "api", "store", "ground"]),
    ("engine", &["api", "store", "ground"]),
    ("api", &["ground"]),
    ("store", &["ground"]),
    ("ground", &[]),
];

fn sources(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(sources(&path)),
            false if path.extension().is_some_and(|extension| extension == "rs") => files.push(path),
            false => {}
        }
    }
    files
}

/// The first segments of all `crate::` paths in code; comments and the documentation's links are no imports.
fn imports(text: &str) -> Vec<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let mut found = Vec::new();
    for line in code {
        for rest in line.split("crate::").skip(1) {
            let segments = match rest.strip_prefix('{') {
                Some(group) => group.split(',').map(str::trim).collect(),
                None => vec![rest],
            };
            let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
            found.extend(segments.into_iter().map(name));
        }
    }
    found
}

/// What a text imports that its floor may not.
fn wrong_arrows(floor: &str, text: &str) -> Vec<String> {
    let (_, allowed) = ARROWS.iter().find(|(name, _)| *name == floor).unwrap();
    let is_floor = |name: &String| ARROWS.iter().any(|(floor, _)| floor == name);
    let is_test = |name: &String| name == "simulation";
    let mut wrong = imports(text);
    wrong.retain(|name| (is_floor(name) && name != floor && !allowed.contains(&name.as_str())) || is_test(name));
    wrong
}

#[test]
fn arrows_go_down_or_stay_on_their_floor() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (floor, _) in ARROWS {
        for file in sources(&root.join(floor)) {
            seen += 1;
            for target in wrong_arrows(floor, &fs::read_to_string(&file).unwrap()) {
                wrong.push(format!("{} imports from {target}", file.strip_prefix(&root).unwrap().display()));
            }
        }
    }
    assert!(seen > 90, "only {seen} files were looked at");
    assert!(wrong.is_empty(), "arrows that go up:\n{}", wrong.join("\n"));
}

#[test]
fn everything_stands_on_a_floor() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let beside: Vec<_> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let known = |name: &std::ffi::OsString| {
        ["lib.rs", "ffi.rs", "simulation"].iter().any(|other| name == other)
            || ARROWS.iter().any(|(floor, _)| name == floor)
    };
    let strangers: Vec<_> = beside.iter().filter(|name| !known(name)).collect();
    assert!(strangers.is_empty(), "these stand beside the floors: {strangers:?}");
}

#[test]
fn an_arrow_that_goes_up_is_seen() {
    assert_eq!(wrong_arrows("store", "use crate::engine::Hub;"), ["engine"]);
    assert_eq!(wrong_arrows("ground", "    let x = crate::store::Position(1);"), ["store"]);
    assert_eq!(wrong_arrows("api", "use crate::{ground::error::Error, store::Mark};"), ["store"]);
    assert_eq!(wrong_arrows("ground", "fn f() { crate::simulation::is_on() }"), ["simulation"]);
    assert!(wrong_arrows("engine", "use crate::api::Service; // crate::surface").contains(&"surface".to_owned()));
    assert!(wrong_arrows("engine", "//! [`crate::surface`]\nuse crate::store::Store;").is_empty());
}
