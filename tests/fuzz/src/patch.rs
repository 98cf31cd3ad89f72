use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use jules::{ChangeSet, ErrorKind, ParsedPatch};
use serde_json::json;
use tempfile::TempDir;

/// A patch: read, and applied to a directory that has a link out of it. What lies outside stays, and where the patch is
/// refused, what lies inside too.
pub fn patch(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let parsed = serde_json::to_value(ParsedPatch::parse(&text)).unwrap();
    let again: ParsedPatch = serde_json::from_value(parsed.clone()).unwrap();
    assert_eq!(serde_json::to_value(again).unwrap(), parsed);

    let place = TempDir::new().unwrap();
    plant(place.path());
    let inside = place.path().join("in");
    let before = read(&inside);
    let changes: ChangeSet = serde_json::from_value(json!({ "gitPatch": { "unidiffPatch": text } })).unwrap();
    if let Ok(files) = changes.generated_files_in(&inside) {
        assert!(!format!("{files:?}").contains("secret"), "what lies outside was read");
    }
    assert_eq!(read(&inside), before, "looking changed something");
    if let Err(error) = changes.apply_to(&inside) {
        assert_eq!(error.kind(), ErrorKind::Patch, "{error}");
        assert_eq!(read(&inside), before, "it was refused half done");
    }
    assert_eq!(fs::read(place.path().join("out/file")).unwrap(), b"secret\n");
    assert_eq!(names(place.path()), ["in", "out"]);
    assert_eq!(names(&place.path().join("out")), ["file"]);
    assert!(!read(&inside).concat().contains("secret"), "what lies outside was read");
}

fn plant(place: &Path) {
    fs::create_dir_all(place.join("in/d")).unwrap();
    fs::create_dir(place.join("out")).unwrap();
    fs::write(place.join("out/file"), "secret\n").unwrap();
    fs::write(place.join("in/list"), "one\ntwo\nthree\n").unwrap();
    fs::write(place.join("in/d/x"), "x\n").unwrap();
    symlink("../out", place.join("in/l")).unwrap();
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Every file and link in a directory, one line each.
fn read(directory: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    for name in names(directory) {
        let path = directory.join(&name);
        let kind = fs::symlink_metadata(&path).unwrap().file_type();
        if kind.is_dir() {
            lines.extend(read(&path).into_iter().map(|line| format!("{name}/{line}")));
        } else if kind.is_symlink() {
            lines.push(format!("{name} -> {:?}\n", fs::read_link(&path).unwrap()));
        } else {
            lines.push(format!("{name} {:?}\n", String::from_utf8_lossy(&fs::read(&path).unwrap())));
        }
    }
    lines
}
