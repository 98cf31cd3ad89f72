//! What is refused and how that is said; that a refusal changes nothing.

use std::fs;
use std::path::Path;

use jules::{Error, ErrorKind};
use tempfile::TempDir;

use super::changes;
use super::tree::{Node, Tree};

fn checkout(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let nodes = files.iter().map(|(path, content)| (path.as_bytes().to_vec(), Node::text(content)));
    Tree(nodes.collect()).write(directory.path());
    directory
}

/// Applies what can't be applied: gives the error, having seen that nothing was changed.
fn refused(directory: &Path, patch: &str) -> Error {
    let before = Tree::read(directory);
    let error = changes(patch).apply_to(directory).unwrap_err();
    assert_eq!(Tree::read(directory), before, "{error}");
    assert_eq!(error.kind(), ErrorKind::Patch, "{error}");
    assert!(!error.retryable());
    error
}

fn creates(path: &str) -> String {
    format!("diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+x\n")
}

const TWO_HUNKS: &str = "diff --git a/list b/list\n--- a/list\n+++ b/list\n\
    @@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n@@ -5,3 +5,3 @@\n five\n-six\n+6\n seven\n";

#[test]
fn a_line_that_differs_is_named_with_file_hunk_and_what_to_do() {
    let directory = checkout(&[("list", "one\ntwo\nthree\nfour\nfive\nsixteen\nseven\n"), ("other", "a\n")]);
    let mut set = changes(creates("new") + TWO_HUNKS);
    set.git_patch.base_commit_id = "abc123".into();
    let before = Tree::read(directory.path());
    let error = set.apply_to(directory.path()).unwrap_err();
    assert_eq!(Tree::read(directory.path()), before);
    assert_eq!((error.file(), error.hunk()), (Some("list"), Some(2)));
    let text = error.message();
    for part in
        ["list, hunk 2", "line 6: expected \"six\\n\", found \"sixteen\\n\"", "Nothing was changed", "commit abc123"]
    {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(error.to_json()["file"], "list");
    assert_eq!(error.to_json()["hunk"], 2);
}

#[test]
fn what_is_applied_already_is_not_applied_twice_and_says_so() {
    let directory = checkout(&[("list", "one\ntwo\nthree\nfour\nfive\nsix\nseven\n")]);
    let patch = creates("new") + TWO_HUNKS;
    let applied = changes(patch.as_str()).apply_to(directory.path()).unwrap();
    assert_eq!((applied.summary.created, applied.summary.modified), (1, 1));
    assert_eq!(fs::read_to_string(directory.path().join("list")).unwrap(), "one\n2\nthree\nfour\nfive\n6\nseven\n");
    let text = refused(directory.path(), &patch).message();
    assert!(text.contains("already applied") && text.contains("Nothing was changed"), "{text}");
}

#[test]
fn the_full_new_content_is_made_from_a_directory_before_and_after_applying() {
    let directory = checkout(&[("list", "one\ntwo\nthree\nfour\nfive\nsix\nseven\n"), ("gone", "x\n")]);
    let set = changes(creates("new") + TWO_HUNKS + "--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n");
    let expected = [("new", "x\n"), ("list", "one\n2\nthree\nfour\nfive\n6\nseven\n"), ("gone", "")];
    let contents = || {
        let files = set.generated_files_in(directory.path()).unwrap();
        files.all().iter().map(|file| (file.path.clone(), file.content.clone())).collect::<Vec<_>>()
    };
    let expected: Vec<_> = expected.map(|(path, content)| (path.to_owned(), content.to_owned())).into();
    let before = Tree::read(directory.path());
    assert_eq!(contents(), expected);
    assert_eq!(Tree::read(directory.path()), before);
    set.apply_to(directory.path()).unwrap();
    assert_eq!(contents(), expected);
    fs::write(directory.path().join("list"), "else\n").unwrap();
    assert_eq!(set.generated_files_in(directory.path()).unwrap_err().kind(), ErrorKind::Patch);
}

#[test]
fn no_path_leads_out_of_the_directory() {
    let directory = checkout(&[("inside/file", "x\n")]);
    let inner = directory.path().join("inside");
    for path in ["../out", "/etc/out", "a/../../out", ".git/hooks/post-checkout", "x/.Git/config", "./y", "a//b"] {
        let error = refused(&inner, &creates(path));
        assert!(error.file().is_some() && error.message().contains("may not touch"), "{path}: {error}");
    }
    let rename = "diff --git a/file b/file\nsimilarity index 100%\nrename from file\nrename to ../out\n";
    assert_eq!(refused(&inner, rename).file(), Some("../out"));
    let copy = "diff --git a/file b/file\nsimilarity index 100%\ncopy from ../secret\ncopy to stolen\n";
    refused(&inner, copy);
}

#[test]
fn no_path_goes_through_a_link() {
    let directory = checkout(&[("inside/file", "x\n"), ("victim", "x\n")]);
    let inner = directory.path().join("inside");
    std::os::unix::fs::symlink("..", inner.join("up")).unwrap();
    let overwrite = "--- a/up/victim\n+++ b/up/victim\n@@ -1 +1 @@\n-x\n+y\n";
    for patch in [creates("up/new"), overwrite.to_owned()] {
        let error = refused(&inner, &patch);
        assert!(error.message().contains("through the link up"), "{error}");
    }
    // Also one that the patch itself makes.
    let link = "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+..\n\\ No newline at end of file\n";
    let error = refused(&inner, &(link.to_owned() + &creates("l/new")));
    assert!(error.message().contains("through the link l"), "{error}");
    // The link itself is no file that a patch for a file may change.
    let error = refused(
        &inner,
        "diff --git a/up b/up\nold mode 100644\nnew mode 100644\n--- a/up\n+++ b/up\n@@ -1 +1 @@\n-x\n+y\n",
    );
    assert_eq!(error.file(), Some("up"));
    assert!(error.message().contains("symbolic link"), "{error}");
}

#[test]
fn binary_without_data_is_refused_and_says_where_to_get_it() {
    let directory = checkout(&[("logo", "x\n")]);
    let patch = creates("new") + "diff --git a/logo b/logo\nindex 1..2 100644\nBinary files a/logo and b/logo differ\n";
    let error = refused(directory.path(), &patch);
    assert_eq!(error.file(), Some("logo"));
    assert!(error.message().contains("pull request"), "{error}");
}

#[test]
fn a_patch_that_was_cut_off_says_so() {
    let directory = checkout(&[("list", "one\ntwo\nthree\nfour\nfive\nsix\nseven\n")]);
    let cut = &TWO_HUNKS[..TWO_HUNKS.find("+6").unwrap()];
    let error = refused(directory.path(), cut);
    assert_eq!((error.file(), error.hunk()), (Some("list"), Some(2)));
    assert!(error.message().contains("cut off"), "{error}");
    assert!(refused(directory.path(), "no patch at all").message().contains("no changes"));
    assert_eq!(changes("").apply_to(directory.path()).unwrap().summary.total_files, 0);
}

#[test]
fn the_line_break_at_the_end_of_the_patch_may_be_missing() {
    let directory = checkout(&[("list", "one\n")]);
    changes("--- a/list\n+++ b/list\n@@ -1 +1 @@\n-one\n+two").apply_to(directory.path()).unwrap();
    assert_eq!(fs::read_to_string(directory.path().join("list")).unwrap(), "two\n");
}

#[test]
fn what_fails_in_the_midst_of_moving_files_is_taken_back() {
    // `held` can't become a file: it is a directory with something in it that the patch doesn't know.
    let directory = checkout(&[("a", "x\n"), ("b/c", "x\n"), ("held/inner", "x\n")]);
    let patch = "--- a/a\n+++ b/a\n@@ -1 +1 @@\n-x\n+y\n--- a/b/c\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n".to_owned()
        + &creates("deep/er/new")
        + &creates("held");
    let error = refused(directory.path(), &patch);
    assert_eq!(error.file(), Some("held"));
    assert!(error.message().contains("Nothing was changed"), "{error}");
}

#[test]
fn the_directory_must_be_there() {
    let directory = checkout(&[("file", "x\n")]);
    for path in ["missing", "file"] {
        let error = changes(creates("new")).apply_to(directory.path().join(path)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Patch);
        assert!(error.message().contains(path), "{error}");
    }
}

#[test]
fn permissions_beyond_the_executable_bit_are_kept() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = checkout(&[("secret", "x\n")]);
    let path = directory.path().join("secret");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    changes("--- a/secret\n+++ b/secret\n@@ -1 +1 @@\n-x\n+y\n").apply_to(directory.path()).unwrap();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}
