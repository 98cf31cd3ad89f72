//! The Rust halves of the bindings have floors: a module imports from its own floor or from below, and no two modules
//! import each other, not even in a ring. Read from the sources; `bindings-node/test/layers.test.mjs` and
//! `bindings-python/tests/test_layers.py` do the same for the other halves.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use regex_lite::Regex;

/// Each binding's floors, from the ground up.
const FLOORS: [(&str, &[&[&str]]); 3] = [
    (
        "bindings-python",
        &[
            &["hints"],
            &["convert", "environment", "gate", "local"],
            &["error", "logs", "delivery"],
            &["values", "options", "keywords", "process", "subscriber", "call"],
            &["connection", "batch", "stream", "sync", "session", "run", "task", "work", "queue", "client"],
        ],
    ),
    (
        "bindings-node",
        &[
            &["cancel", "error", "logger", "long", "options", "runtime", "text"],
            &["artifacts", "call", "chunk", "patch", "query", "snapshot", "values"],
            &["batch", "stream", "sync", "session", "run", "queue", "client"],
        ],
    ),
    (
        "bindings-swift",
        &[
            &["failure", "json", "living", "logger", "options", "values"],
            &["artifacts", "cancel", "packed", "runtime", "snapshot"],
            &["batch", "stream", "sync", "session", "run", "queue", "client"],
        ],
    ),
];

/// What each module imports, by their paths in the crate, such as `values::outcome`.
type Imports = BTreeMap<String, BTreeSet<String>>;

#[test]
fn modules_of_the_bindings_import_from_their_floor_or_below() {
    let mut wrong = Vec::new();
    for (binding, floors) in FLOORS {
        let floor = |module: &str| {
            let room = module.split("::").next().unwrap_or(module);
            floors.iter().position(|rooms| rooms.contains(&room))
        };
        for (module, imported) in imports_of(binding) {
            let Some(own) = floor(&module) else {
                wrong.push(format!("{binding}: {module} has no floor"));
                continue;
            };
            for other in imported.iter().filter(|other| floor(other).is_some_and(|theirs| theirs > own)) {
                wrong.push(format!("{binding}: {module} imports {other}, which is above it"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_modules_of_the_bindings_import_each_other() {
    let rings: Vec<_> =
        FLOORS.iter().filter_map(|(binding, _)| Some(format!("{binding}: {}", ring(&imports_of(binding))?))).collect();
    assert!(rings.is_empty(), "{}", rings.join("\n"));
}

#[test]
fn a_ring_is_found_however_it_is_written() {
    let sources = [
        ("values", "mod outcome;\npub(crate) use outcome::Outcome;"),
        ("values::outcome", "use super::shared::{Shared, restorable};\nuse crate::error::{config, deep::{a, b}};"),
        ("values::shared", "// use crate::client::Client;\nfn f() { crate::values::outcome::g() }"),
        ("error", "use crate::{process::Process, gate};"),
        ("process", "use std::process;\nuse tokio::process as other;"),
        ("gate", "mod tests { use super::*; }"),
        ("client", "use crate::{values::Outcome, error};"),
    ];
    let sources = sources.map(|(module, text)| (module.to_owned(), text.to_owned()));
    let imports = imports(&BTreeMap::from(sources));
    let seen = |module: &str| imports[module].iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(seen("values"), ["values::outcome"]);
    assert_eq!(seen("values::outcome"), ["error", "values::shared"]);
    assert_eq!(seen("error"), ["gate", "process"]);
    assert!(seen("process").is_empty() && seen("gate").is_empty());
    assert_eq!(seen("client"), ["error", "values"]);
    assert_eq!(ring(&imports).as_deref(), Some("values::outcome → values::shared → values::outcome"));
}

fn imports_of(binding: &str) -> Imports {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(binding).join("src");
    let mut sources = BTreeMap::new();
    read(&source, &source, &mut sources);
    assert!(sources.len() > 10, "{} has only {} modules", source.display(), sources.len());
    imports(&sources)
}

/// The modules below a folder. The root of the crate declares all of them and the programs in `bin` stand outside.
fn read(folder: &Path, root: &Path, sources: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let inside = path.strip_prefix(root).unwrap().with_extension("");
        let parts: Vec<_> = inside.iter().map(|part| part.to_str().unwrap()).collect();
        match parts.as_slice() {
            ["lib" | "bin", ..] => {}
            _ if path.is_dir() => read(&path, root, sources),
            [folder @ .., "mod"] => drop(sources.insert(folder.join("::"), fs::read_to_string(&path).unwrap())),
            module => drop(sources.insert(module.join("::"), fs::read_to_string(&path).unwrap())),
        }
    }
}

fn imports(sources: &BTreeMap<String, String>) -> Imports {
    let comment = Regex::new(r"//[^\n]*").unwrap();
    let start = Regex::new(r"\b(crate|super|self)::|\bpub\([a-z]+\) use ").unwrap();
    let found = sources.iter().map(|(module, text)| {
        let text = comment.replace_all(text, "");
        let mut imported = BTreeSet::new();
        for at in start.captures_iter(&text) {
            let parent = module.rsplit_once("::").map_or("", |(parent, _)| parent);
            let base = match at.get(1).map(|word| word.as_str()) {
                Some("crate") => "",
                Some("super") => parent,
                // A module that passes on its children's names depends on them.
                _ => module,
            };
            let rest = &text[at.get(0).unwrap().end()..];
            for path in expanded(rest).iter().map(|path| format!("{base}::{path}")) {
                imported.extend(known(path.trim_start_matches("::"), sources).filter(|other| other != module));
            }
        }
        (module.clone(), imported)
    });
    found.collect()
}

/// The paths that begin here: `a::{b, c::{d}}` is `a::b` and `a::c::d`. None for `*`, which tests have of their own file.
fn expanded(text: &str) -> Vec<String> {
    let name = text.trim_start();
    let end = name.find(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == ':'));
    let (path, rest) = name.split_at(end.unwrap_or(name.len()));
    match rest.strip_prefix('{') {
        Some(group) => members(group).iter().flat_map(|one| expanded(one)).map(|one| format!("{path}{one}")).collect(),
        None if path.is_empty() => Vec::new(),
        None => vec![path.to_owned()],
    }
}

/// What stands between commas up to the brace that closes the group.
fn members(group: &str) -> Vec<&str> {
    let (mut depth, mut begin, mut found) = (0, 0, Vec::new());
    for (place, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                found.push(&group[begin..place]);
                begin = place + 1;
                if letter == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    found
}

/// The innermost module on this path.
fn known(path: &str, sources: &BTreeMap<String, String>) -> impl Iterator<Item = String> + use<> {
    let parts: Vec<_> = path.split("::").collect();
    let longest = (1..=parts.len()).rev().map(|length| parts[..length].join("::"));
    longest.into_iter().find(|one| sources.contains_key(one)).into_iter()
}

/// A ring of imports, as its modules in order.
fn ring(imports: &Imports) -> Option<String> {
    fn walk<'a>(module: &'a str, imports: &'a Imports, way: &mut Vec<&'a str>, done: &mut BTreeSet<&'a str>) -> bool {
        if way.contains(&module) {
            way.push(module);
            return true;
        }
        if !done.insert(module) {
            return false;
        }
        way.push(module);
        if imports[module].iter().any(|other| walk(other, imports, way, done)) {
            return true;
        }
        way.pop();
        false
    }
    let (mut way, mut done) = (Vec::new(), BTreeSet::new());
    let last = *imports.keys().find(|module| walk(module, imports, &mut way, &mut done)).and(way.last())?;
    let begin = way.iter().position(|module| *module == last)?;
    Some(way[begin..].join(" → "))
}
