//! The floors of the house hold: an import goes down or stays on its floor, never up. And on a floor no two rooms import
//! each other, not even in a ring. Read from the sources.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Each floor with those that it may import from, besides itself. From the roof to the ground.
const ARROWS: &[(&str, &[&str])] = &[
    ("surface", &["engine", "api", "store", "ground"]),
    ("engine", &["api", "store", "ground"]),
    ("api", &["ground"]),
    ("store", &["ground"]),
    ("ground", &[]),
];

/// Rooms that belong together so closely that each needs the other: a session has activities, which are a session's; what
/// is no time is an error, and an error may have a time.
const PAIRS: [[&str; 2]; 2] = [["ground::error", "ground::timestamp"], ["surface::activities", "surface::session"]];

/// What a whole floor shares: it holds the parts of one client's engine, which reach each other through it. Whom it holds counts,
/// who reaches for it doesn't.
const SHARED: &str = "engine::hub";

/// The code of all modules by their paths, such as `engine::watch::step`; tests may import what they like.
type Sources = BTreeMap<String, String>;

fn sources() -> Sources {
    let (root, mut found) = (Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), Sources::new());
    for (floor, _) in ARROWS {
        read(&root.join(floor), &root, &mut found);
    }
    assert!(found.len() > 90, "only {} files were looked at", found.len());
    found
}

fn read(directory: &Path, root: &Path, found: &mut Sources) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let inside = path.strip_prefix(root).unwrap().with_extension("");
        let mut segments: Vec<_> = inside.iter().map(|segment| segment.to_str().unwrap()).collect();
        if path.is_dir() {
            read(&path, root, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            segments.pop_if(|last| *last == "mod");
            found.insert(segments.join("::"), code(&fs::read_to_string(&path).unwrap()));
        }
    }
}

/// The text without comments.
fn code(text: &str) -> String {
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// The paths behind `crate::`, `super::` and `self::` in a module's code, from the root of the crate.
fn paths(module: &str, code: &str) -> BTreeSet<String> {
    let own: Vec<_> = module.split("::").collect();
    let mut found = BTreeSet::new();
    for (start, word) in ["crate::", "super::", "self::"].iter().flat_map(|word| code.match_indices(word)) {
        // `pub(super)` has no colons, `a::super::` no meaning; what is in the middle of a word is no keyword.
        if code[..start].ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == ':') {
            continue;
        }
        let (mut base, mut rest) = match word {
            "crate::" => (Vec::new(), &code[start..]),
            "super::" => (own[..own.len() - 1].to_vec(), &code[start..]),
            _ => (own.clone(), &code[start..]),
        };
        rest = &rest[word.len()..];
        while let Some(further) = rest.strip_prefix("super::") {
            base.pop();
            rest = further;
        }
        found.extend(
            expanded(rest)
                .into_iter()
                .map(|path| base.iter().copied().chain([path.as_str()]).collect::<Vec<_>>().join("::")),
        );
    }
    found
}

/// Each path of an import, with the groups in it taken apart.
fn expanded(text: &str) -> Vec<String> {
    let text = text.trim_start();
    if let Some(group) = text.strip_prefix('{') {
        return members(group).iter().flat_map(|member| expanded(member)).collect();
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    match rest.trim_start().strip_prefix("::") {
        Some(inner) if !name.is_empty() => expanded(inner)
            .into_iter()
            .map(|inner| format!("{name}::{inner}").trim_end_matches(':').to_owned())
            .collect(),
        _ => vec![name.to_owned()],
    }
}

/// What stands between the commas of a group, which ends with its brace.
fn members(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (place, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            ',' if depth == 0 => {
                found.push(&group[start..place]);
                start = place + 1;
            }
            '}' if depth == 0 => {
                found.push(&group[start..place]);
                break;
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    found
}

/// What a module imports that its floor may not: of a floor above, of the simulation, of the front door or of `ffi`.
fn wrong_arrows(module: &str, code: &str) -> Vec<String> {
    let floor = module.split("::").next().unwrap();
    let (_, allowed) = ARROWS.iter().find(|(name, _)| *name == floor).unwrap();
    let mut wrong: Vec<_> =
        paths(module, code).iter().map(|path| path.split("::").next().unwrap().to_owned()).collect();
    wrong.dedup();
    wrong.retain(|name| name != floor && !allowed.contains(&name.as_str()) && !name.is_empty());
    wrong
}

/// Where the names really are that a floor's own file passes on: `engine::Hub` in `engine::hub`.
fn passed_on(sources: &Sources) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (floor, code) in sources.iter().filter(|(module, _)| !module.contains("::")) {
        for text in code.split("use ").skip(1) {
            for path in expanded(text.split(';').next().unwrap()) {
                let (room, name) = (path.split("::").next().unwrap(), path.rsplit("::").next().unwrap());
                found.insert(format!("{floor}::{name}"), format!("{floor}::{room}"));
            }
        }
    }
    found
}

/// Those that a module imports, as far as they are modules.
fn imported(module: &str, code: &str, sources: &Sources, passed_on: &BTreeMap<String, String>) -> BTreeSet<String> {
    let known = |path: &String| {
        let ends = path.match_indices("::").map(|(end, _)| end).chain([path.len()]).collect::<Vec<_>>();
        let mut parts = ends.into_iter().rev().map(|end| path[..end].to_owned());
        parts.find_map(|path| passed_on.get(&path).cloned().or_else(|| sources.contains_key(&path).then_some(path)))
    };
    paths(module, code).iter().filter_map(known).collect()
}

/// The rooms of a floor (its modules with all that is in them) with those that each imports.
fn rooms(sources: &Sources) -> BTreeMap<String, BTreeSet<String>> {
    let room = |module: &str| module.splitn(3, "::").take(2).collect::<Vec<_>>().join("::");
    let (mut rooms, passed_on): (BTreeMap<String, BTreeSet<String>>, _) = (BTreeMap::new(), passed_on(sources));
    for (module, code) in sources.iter().filter(|(module, _)| module.contains("::")) {
        let own = room(module);
        let others = imported(module, code, sources, &passed_on)
            .iter()
            .filter(|other| other.contains("::"))
            .map(|other| room(other))
            .collect::<Vec<_>>();
        let others = others.into_iter().filter(|other| *other != own && other != SHARED);
        rooms.entry(own.clone()).or_default().extend(others);
    }
    rooms
}

/// All that can be reached from a room.
fn reached<'r>(from: &'r str, rooms: &'r BTreeMap<String, BTreeSet<String>>) -> BTreeSet<&'r str> {
    let (mut found, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(room) = open.pop() {
        open.extend(rooms.get(room).into_iter().flatten().map(String::as_str).filter(|next| found.insert(*next)));
    }
    found
}

/// Pairs of rooms that can be reached from each other, but for those that belong together.
fn rings(sources: &Sources) -> Vec<[String; 2]> {
    let rooms = rooms(sources);
    let reached: BTreeMap<_, _> = rooms.keys().map(|room| (room.as_str(), reached(room, &rooms))).collect();
    let pairs =
        rooms.keys().flat_map(|one| rooms.keys().filter(move |other| one < *other).map(move |other| [one, other]));
    let in_ring = pairs.filter(|[one, other]| {
        reached[one.as_str()].contains(other.as_str()) && reached[other.as_str()].contains(one.as_str())
    });
    in_ring.filter(|pair| !PAIRS.contains(&pair.map(String::as_str))).map(|pair| pair.map(String::clone)).collect()
}

/// Without what only tests import.
fn without_tests(sources: Sources) -> Sources {
    let is_test = |module: &String| {
        ["tests", "suite", "properties"].iter().any(|name| module.split("::").any(|one| one == *name))
    };
    let kept = sources.into_iter().filter(|(module, _)| !is_test(module));
    kept.map(|(module, code)| (module, without_test_modules(&code))).collect()
}

/// Without the modules for tests, those that are declared and those in the file itself.
fn without_test_modules(code: &str) -> String {
    let mut parts = code.split("#[cfg(test)]\nmod ");
    let first = parts.next().unwrap().to_owned();
    // A module that stands in the file ends with it; behind one that is only declared the code goes on.
    let goes_on = |part: &&str| part.split(['{', ';']).next().unwrap().len() == part.find(';').unwrap_or(part.len());
    parts.take_while(goes_on).fold(first, |kept, part| kept + part.split_once(';').map_or("", |(_, rest)| rest))
}

#[test]
fn arrows_go_down_or_stay_on_their_floor() {
    let mut wrong = Vec::new();
    for (module, code) in without_tests(sources()) {
        wrong.extend(wrong_arrows(&module, &code).into_iter().map(|target| format!("{module} imports from {target}")));
    }
    assert!(wrong.is_empty(), "arrows that go up:\n{}", wrong.join("\n"));
}

#[test]
fn no_rooms_of_a_floor_import_each_other() {
    let rings = rings(&without_tests(sources()));
    assert!(rings.is_empty(), "rooms in a ring: {rings:?}");
}

#[test]
fn everything_stands_on_a_floor() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let beside: Vec<_> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let known = |name: &std::ffi::OsString| {
        ["lib.rs", "ffi.rs", "fuzzing.rs", "guards", "simulation"].iter().any(|other| name == other)
            || ARROWS.iter().any(|(floor, _)| name == floor)
    };
    let strangers: Vec<_> = beside.iter().filter(|name| !known(name)).collect();
    assert!(strangers.is_empty(), "these stand beside the floors: {strangers:?}");
}

/// How a module's code would execute something.
fn executed(code: &str) -> Vec<&str> {
    let starts = ["process::Command", "Command::new(", "execv", "posix_spawn", "libc::system", "popen(", "dlopen("];
    starts.into_iter().filter(|start| code.contains(start)).collect()
}

#[test]
fn nothing_is_executed() {
    assert_eq!(executed("std::process::Command::new(name)"), ["process::Command", "Command::new("]);
    for (module, code) in without_tests(sources()) {
        assert!(executed(&code).is_empty(), "{module}: {:?}", executed(&code));
    }
}

#[test]
fn an_arrow_that_goes_up_is_seen() {
    let wrong = |module: &str, text: &str| wrong_arrows(module, &code(text));
    assert_eq!(wrong("store::x", "use crate::engine::Hub;"), ["engine"]);
    assert_eq!(wrong("ground::x", "    let x = crate::store::Position(1);"), ["store"]);
    assert_eq!(wrong("api::x", "use crate::{ground::error::Error, store::Mark};"), ["store"]);
    assert_eq!(wrong("api::x", "use crate::{\n    ground::{error::Error, model},\n    store::Mark,\n};"), ["store"]);
    assert_eq!(wrong("ground::a::b", "use super::super::super::store::Mark;"), ["store"]);
    assert_eq!(wrong("ground::x", "fn f() { crate::simulation::is_on() }"), ["simulation"]);
    assert_eq!(wrong("engine::x", "use crate::Jules;\nuse crate::ffi::Batch;"), ["Jules", "ffi"]);
    assert!(wrong("engine::x", "//! [`crate::surface`]\nuse crate::store::Store; // crate::surface").is_empty());
    assert!(wrong("engine::x", "pub(super) use self::y::Z; pub(crate) fn f() {}").is_empty());
}

#[test]
fn a_ring_is_seen() {
    let sources =
        |texts: &[(&str, &str)]| texts.iter().map(|(module, text)| ((*module).to_owned(), code(text))).collect();
    let ring: Sources = sources(&[
        ("engine::a", "mod b;"),
        ("engine::a::b", "use crate::engine::{\n    c::C,\n};"),
        ("engine::c", "use super::d::f;"),
        ("engine::d", "fn g() { crate::engine::a::b::h() }"),
        ("engine::e", "use super::{a, d};"),
    ]);
    let ends: Vec<_> = rings(&ring).iter().map(|pair| pair.join(" ")).collect();
    assert_eq!(ends, ["engine::a engine::c", "engine::a engine::d", "engine::c engine::d"]);
    let line: Sources = sources(&[("engine::a", "use super::c::C;"), ("engine::c", "// use super::a::A;")]);
    assert!(rings(&line).is_empty());
}
