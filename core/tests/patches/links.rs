//! Nothing beyond a symbolic link is read or written, whatever the patch does to the link. As git, and compared with it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use jules::ErrorKind;
use tempfile::TempDir;

use super::against_git::applied_alike;
use super::changes;
use super::tree::{Node, Tree};

const DELETES: &str = "diff --git a/d b/d\ndeleted file mode 120000\n--- a/d\n+++ /dev/null\n@@ -1 +0,0 @@\n-../outside\n\\ No newline at end of file\n";
const RENAMES: &str = "diff --git a/d b/e\nsimilarity index 100%\nrename from d\nrename to e\n";
const RETYPES: &str = "diff --git a/d b/d\nold mode 120000\nnew mode 100644\n";
const POINTS_ELSEWHERE: &str = "diff --git a/d b/d\nindex 1..2 120000\n--- a/d\n+++ b/d\n@@ -1 +1 @@\n-../outside\n\\ No newline at end of file\n+inside\n\\ No newline at end of file\n";
const MAKES_DIRECTORY: &str =
    "diff --git a/d/new b/d/new\nnew file mode 100644\n--- /dev/null\n+++ b/d/new\n@@ -0,0 +1 @@\n+new\n";

const BEYOND: &[&str] = &[
    "diff --git a/d/secret b/stolen\nsimilarity index 100%\ncopy from d/secret\ncopy to stolen\n",
    "diff --git a/d/secret b/stolen\nsimilarity index 100%\nrename from d/secret\nrename to stolen\n",
    "diff --git a/d/secret b/d/secret\n--- a/d/secret\n+++ b/d/secret\n@@ -1 +1 @@\n-secret\n+known\n",
    "diff --git a/d/secret b/d/secret\nold mode 100644\nnew mode 100755\n",
    "diff --git a/d/secret b/d/secret\ndeleted file mode 100644\n--- a/d/secret\n+++ /dev/null\n@@ -1 +0,0 @@\n-secret\n",
    "diff --git a/d/in/secret b/stolen\nsimilarity index 100%\ncopy from d/in/secret\ncopy to stolen\n",
    "diff --git a/plain b/d/plain\nsimilarity index 100%\ncopy from plain\ncopy to d/plain\n",
    "diff --git a/plain b/d/plain\nsimilarity index 100%\nrename from plain\nrename to d/plain\n",
];

fn tree(files: &[(&str, Node)]) -> Tree {
    Tree(files.iter().map(|(path, node)| (path.as_bytes().to_vec(), node.clone())).collect())
}

fn start() -> Tree {
    let link = Node::Link(b"../outside".to_vec());
    tree(&[("d", link), ("plain", Node::text("plain\n")), ("inside/secret", Node::text("not this\n"))])
}

/// A checkout with the link `d` that leads out of it, to a directory with secrets.
fn checkout() -> (TempDir, PathBuf) {
    let outer = tempfile::tempdir().unwrap();
    outside().write(&outer.path().join("outside"));
    start().write(&outer.path().join("checkout"));
    let path = outer.path().join("checkout");
    (outer, path)
}

fn outside() -> Tree {
    let secret = || Node::text("secret\n");
    tree(&[("secret", secret()), ("in", Node::Directory), ("in/secret", secret())])
}

fn refused(patch: &str) {
    let (outer, directory) = checkout();
    let error = changes(patch).apply_to(&directory).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Patch, "{error}");
    let unread = changes(patch).generated_files_in(&directory);
    assert!(unread.is_err(), "{patch}\n{unread:?}");
    assert_eq!(Tree::read(&directory), tree_with_directories(&start()), "{error}\n{patch}");
    assert_eq!(Tree::read(&outer.path().join("outside")), outside(), "{error}\n{patch}");
}

fn tree_with_directories(tree: &Tree) -> Tree {
    let mut tree = tree.clone();
    tree.0.insert(b"inside".to_vec(), Node::Directory);
    tree
}

#[test]
fn no_patch_reaches_beyond_a_link_that_it_takes_away_itself() {
    for beyond in BEYOND {
        for link in ["", DELETES, RENAMES, RETYPES, POINTS_ELSEWHERE] {
            // Putting a file where the link was is what deleting it is good for.
            let allowed = link == DELETES && beyond.contains(" to d/plain");
            for patch in [format!("{link}{beyond}"), format!("{beyond}{link}")] {
                if allowed {
                    let (outer, directory) = checkout();
                    changes(patch.as_str()).apply_to(&directory).unwrap();
                    assert!(!directory.join("d").is_symlink());
                    assert_eq!(Tree::read(&outer.path().join("outside")), outside(), "{patch}");
                } else {
                    refused(&patch);
                }
            }
        }
    }
}

#[test]
fn patches_around_links_come_to_the_same_as_with_git() {
    let (mut applied, mut all) = (0, 0);
    let links = ["", DELETES, RETYPES, POINTS_ELSEWHERE];
    let link = "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+d\n\\ No newline at end of file\n";
    let below = MAKES_DIRECTORY.replace("d/new", "l/new");
    let retyped = DELETES.to_owned() + &MAKES_DIRECTORY.replace("d/new", "d");
    let mut cases = vec![format!("{link}{below}"), format!("{below}{link}"), link.to_owned(), retyped];
    for other in BEYOND.iter().copied().chain([MAKES_DIRECTORY]) {
        for link in links {
            cases.extend([format!("{link}{other}"), format!("{other}{link}")]);
        }
    }
    for patch in cases {
        applied += usize::from(applied_alike(&patch, &start(), &[], "links"));
        all += 1;
    }
    assert!(applied >= 6 && applied < all, "{applied} of {all} applied");
}

#[test]
fn a_directory_takes_the_place_of_a_link_and_a_link_that_of_a_directory() {
    let (outer, directory) = checkout();
    changes(DELETES.to_owned() + MAKES_DIRECTORY).apply_to(&directory).unwrap();
    assert_eq!(fs::read_to_string(directory.join("d/new")).unwrap(), "new\n");
    assert!(!directory.join("d").is_symlink());
    // In git's order: the link comes before what was below.
    let back = "diff --git a/d b/d\nnew file mode 120000\n--- /dev/null\n+++ b/d\n@@ -0,0 +1 @@\n+../outside\n\\ No newline at end of file\n\
        diff --git a/d/new b/d/new\ndeleted file mode 100644\n--- a/d/new\n+++ /dev/null\n@@ -1 +0,0 @@\n-new\n";
    changes(back).apply_to(&directory).unwrap();
    assert_eq!(Tree::read(&directory), tree_with_directories(&start()));
    assert_eq!(Tree::read(&outer.path().join("outside")), outside());
}

#[test]
fn a_link_that_a_rename_makes_is_seen_too() {
    // Nothing in the patch says that `e` becomes a link; git's check before applying doesn't see it either.
    refused(&(RENAMES.to_owned() + &MAKES_DIRECTORY.replace("d/new", "e/new")));
}

#[test]
fn the_directory_itself_may_be_a_link() {
    let (outer, directory) = checkout();
    let link = outer.path().join("link");
    symlink(&directory, &link).unwrap();
    changes("--- a/plain\n+++ b/plain\n@@ -1 +1 @@\n-plain\n+new\n").apply_to(&link).unwrap();
    assert_eq!(fs::read_to_string(directory.join("plain")).unwrap(), "new\n");
}

#[test]
fn a_pipe_is_no_file_and_nobody_waits_for_its_writer() {
    let (_outer, directory) = checkout();
    let made = std::process::Command::new("mkfifo").arg(directory.join("pipe")).status().unwrap();
    assert!(made.success());
    let edit = |path: &str| format!("--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-plain\n+new\n");
    let error = changes(edit("pipe")).apply_to(Path::new(&directory)).unwrap_err();
    assert!(error.message().contains("not a regular file"), "{error}");
}
