//! Trees and changes of them, drawn by lot: every sort of name, content and change that git has a special form for.

use rand::rngs::SmallRng;
use rand::seq::{IndexedRandom as _, IteratorRandom as _};
use rand::{Rng as _, RngExt as _};

use super::tree::{Node, Tree};

const NAMES: &[&[u8]] = &[
    b"plain.txt",
    b"a",
    b"a/x",
    b"a/y/z.rs",
    b"b/x",
    b"b",
    b"src/main.rs",
    b"src/lib.rs",
    b"src/deep/er/mod.rs",
    b"sp ace.txt",
    b"dir with blanks/x y z",
    b"x b/y",
    b"x b/x",
    b" leading",
    b"trailing ",
    b"tab\tname",
    b"quo\"te",
    b"back\\slash",
    b"control\x01",
    b"new\nline",
    "n\u{e9}.txt".as_bytes(),
    "\u{6587}\u{4ef6}/\u{fc}.md".as_bytes(),
    b"latin\xe9",
    b"-dash",
    b"--- a",
    b"dev/null",
    b"i/w",
    b"bin/tool",
    b"bin/data.bin",
];

const LINES: &[&str] = &[
    "",
    "",
    " ",
    "\t",
    "}",
    "}",
    "{",
    "    return x;",
    "fn main() {",
    "-- dashes",
    "++ plusses",
    "--- a/x",
    "+++ b/x",
    "@@ -1,3 +1,3 @@",
    "diff --git a/x b/x",
    "rename from x",
    "\\ No newline at end of file",
    "GIT binary patch",
    "h\u{e9}llo \u{1f980}",
    "Binary files a/x and b/x differ",
    "trailing blanks  ",
    "carriage \r return",
];

pub(super) fn tree(random: &mut SmallRng) -> Tree {
    let mut tree = Tree::default();
    for _ in 0..random.random_range(1..7) {
        if let Some(name) = free_name(random, &tree) {
            let node = node(random);
            tree.0.insert(name, node);
        }
    }
    tree
}

/// Another tree, some changes away from the first.
pub(super) fn changed(random: &mut SmallRng, old: &Tree) -> Tree {
    let mut tree = old.clone();
    for _ in 0..random.random_range(1..6) {
        change(random, &mut tree);
    }
    tree
}

/// The tree with lines put in at some places: hunks made for the first find theirs further on, or not at all.
pub(super) fn moved(random: &mut SmallRng, old: &Tree) -> Tree {
    let mut tree = old.clone();
    for node in tree.0.values_mut() {
        if let Node::File { content, .. } = node
            && random.random_bool(0.7)
        {
            let mut lines: Vec<&[u8]> = content.split_inclusive(|byte| *byte == b'\n').collect();
            let at = random.random_range(0..=lines.len());
            let added = format!("moved {}\n", random.random_range(0..9)).repeat(random.random_range(1..5));
            lines.insert(at, added.as_bytes());
            *content = lines.concat();
        }
    }
    tree
}

fn change(random: &mut SmallRng, tree: &mut Tree) {
    let existing = tree.0.keys().choose(random).cloned();
    let (Some(path), Some(fresh)) = (existing, free_name(random, tree)) else { return };
    match random.random_range(0..10) {
        0 => drop(tree.0.insert(fresh, node(random))),
        1 => drop(tree.0.remove(&path)),
        2 | 3 => rename(random, tree, &path, fresh),
        4 => {
            let mut copy = tree.0[&path].clone();
            if random.random_bool(0.5) {
                edit(random, &mut copy);
            }
            tree.0.insert(fresh, copy);
            edit(random, tree.0.get_mut(&path).unwrap());
        }
        5 => {
            if let Some(Node::File { program, .. }) = tree.0.get_mut(&path) {
                *program = !*program;
            }
        }
        6 => drop(tree.0.insert(path, node(random))),
        7 => link_for_directory(tree, &path),
        _ => edit(random, tree.0.get_mut(&path).unwrap()),
    }
}

/// To a new name, or in exchange for another file's.
/// Puts a link where a directory was, or a directory where a link was.
fn link_for_directory(tree: &mut Tree, path: &[u8]) {
    if let Node::Link(_) = tree.0[path] {
        tree.0.remove(path);
        tree.0.insert([path, b"/x"].concat(), Node::text("once a link\n"));
    } else if let Some(slash) = path.iter().position(|byte| *byte == b'/') {
        tree.0.retain(|other, _| !other.starts_with(&path[..=slash]));
        tree.0.insert(path[..slash].to_vec(), Node::Link(b"elsewhere".to_vec()));
    }
}

fn rename(random: &mut SmallRng, tree: &mut Tree, path: &[u8], fresh: Vec<u8>) {
    let Some(mut node) = tree.0.remove(path) else { return };
    if random.random_bool(0.5) {
        edit(random, &mut node);
    }
    let other = tree.0.keys().choose(random).cloned();
    match other {
        Some(other) if random.random_bool(0.3) => {
            let there = tree.0.insert(other, node).unwrap();
            tree.0.insert(path.to_vec(), there);
        }
        _ => drop(tree.0.insert(fresh, node)),
    }
}

fn node(random: &mut SmallRng) -> Node {
    match random.random_range(0..12) {
        0 => Node::Link([&b"a/x"[..], b"../outside", b"plain.txt", b"sp ace"].choose(random).unwrap().to_vec()),
        1 | 2 => Node::File { content: binary(random), program: random.random_bool(0.2) },
        _ => Node::File { content: text(random), program: random.random_bool(0.2) },
    }
}

fn binary(random: &mut SmallRng) -> Vec<u8> {
    let mut content = vec![0; random.random_range(1..3000)];
    random.fill_bytes(&mut content);
    content[0] = 0;
    content
}

fn text(random: &mut SmallRng) -> Vec<u8> {
    let end = *["\n", "\n", "\n", "\r\n"].choose(random).unwrap();
    let mut content = String::new();
    for _ in 0..[0, 1, 2, 5, 20, 60].choose(random).copied().unwrap() {
        content.push_str(&line(random));
        content.push_str(if random.random_bool(0.02) { "\r\n" } else { end });
    }
    if random.random_bool(0.25) {
        content.truncate(content.trim_end_matches(['\r', '\n']).len());
    }
    content.into_bytes()
}

fn line(random: &mut SmallRng) -> String {
    if random.random_bool(0.6) {
        format!("line {}", random.random_range(0..30))
    } else {
        (*LINES.choose(random).unwrap()).to_owned()
    }
}

fn edit(random: &mut SmallRng, node: &mut Node) {
    let Node::File { content, .. } = node else { return };
    if content.contains(&0) {
        let at = random.random_range(1..=content.len());
        content.splice(at..at, *b"spliced");
        return;
    }
    for _ in 0..random.random_range(1..4) {
        let mut lines: Vec<Vec<u8>> = content.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        let at = random.random_range(0..=lines.len());
        let new = line(random) + if at == lines.len() && random.random_bool(0.4) { "" } else { "\n" };
        match random.random_range(0..3) {
            0 if at < lines.len() => drop(lines.remove(at)),
            1 if at < lines.len() => lines[at] = new.into_bytes(),
            _ => lines.insert(at, new.into_bytes()),
        }
        *content = lines.concat();
    }
}

/// A name that is neither taken nor in the way of one.
fn free_name(random: &mut SmallRng, tree: &Tree) -> Option<Vec<u8>> {
    let under = |path: &[u8], directory: &[u8]| path.strip_prefix(directory).is_some_and(|rest| rest.starts_with(b"/"));
    let free = |name: &&&[u8]| tree.0.keys().all(|path| path != **name && !under(path, name) && !under(name, path));
    NAMES.iter().filter(free).choose(random).map(|name| name.to_vec())
}
