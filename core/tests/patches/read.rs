//! What is read from a patch, form by form. That it is what git reads is shown by the corpus.

use jules::{ChangeType, FileChange, ParsedPatch};

fn only(patch: &str) -> FileChange {
    let mut files = ParsedPatch::parse(patch).files;
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}

#[test]
fn content_that_looks_like_a_header_is_content() {
    let file = only("diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n--- old\n+++ new\n same\n");
    assert_eq!((file.path.as_str(), file.additions, file.deletions), ("x", 1, 1));
}

#[test]
fn every_sort_of_change_is_told_apart() {
    let patch = "diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+a\n\\ No newline at end of file\n\
        diff --git a/d b/d\ndeleted file mode 100755\n--- a/d\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n\
        diff --git a/o b/p\nsimilarity index 100%\nrename from o\nrename to p\n\
        diff --git a/o b/c\nsimilarity index 100%\ncopy from o\ncopy to c\n\
        diff --git a/m b/m\nold mode 100644\nnew mode 100755\n\
        diff --git a/i.png b/i.png\nindex 1..2 100644\nBinary files a/i.png and b/i.png differ\n";
    let parsed = ParsedPatch::parse(patch);
    let seen: Vec<_> = parsed.files.iter().map(|file| (file.path.as_str(), file.change_type, file.binary)).collect();
    let expected = [
        ("n", ChangeType::Created, false),
        ("d", ChangeType::Deleted, false),
        ("p", ChangeType::Renamed, false),
        ("c", ChangeType::Created, false),
        ("m", ChangeType::Modified, false),
        ("i.png", ChangeType::Modified, true),
    ];
    assert_eq!(seen, expected);
    let old: Vec<_> = parsed.files.iter().map(|file| file.old_path.as_deref()).collect();
    assert_eq!(old, [None, None, Some("o"), Some("o"), None, None]);
    let modes: Vec<_> = parsed.files.iter().map(|file| (file.old_mode.as_deref(), file.new_mode.as_deref())).collect();
    assert_eq!(modes[0], (None, Some("100644")));
    assert_eq!(modes[1], (Some("100755"), None));
    assert_eq!(modes[4], (Some("100644"), Some("100755")));
    assert_eq!(super::changes(patch).generated_files().get("n").unwrap().content, "a");
}

#[test]
fn paths_are_found_with_any_prefix_and_quoting() {
    let quoted = "diff --git \"a/h\\303\\251 llo\" \"b/h\\303\\251 llo\"\n--- \"a/h\\303\\251 llo\"\n+++ \"b/h\\303\\251 llo\"\n@@ -1 +1 @@\n-a\n+b\n";
    assert_eq!(only(quoted).path, "h\u{e9} llo");
    for (old, new, path) in [("a/x", "b/x", "x"), ("x", "x", "x"), ("i/x y", "w/x y", "x y"), ("a/x", "a/x", "a/x")] {
        let patch = format!("diff --git {old} {new}\n--- {old}\t\n+++ {new}\t\n@@ -1 +1 @@\n-a\n+b\n");
        assert_eq!(only(&patch).path, path);
        assert_eq!(only(&format!("diff --git {old} {new}\nold mode 100644\nnew mode 100755\n")).path, path);
    }
    assert_eq!(only("--- x\t2026-01-01\n+++ x\t2026-01-02\n@@ -1 +1 @@\n-a\n+b\n").path, "x");
}

#[test]
fn headers_may_end_with_cr_lf_and_content_keeps_them() {
    let patch = "diff --git a/x b/x\r\nnew file mode 100644\r\n--- /dev/null\r\n+++ b/x\r\n@@ -0,0 +1 @@\r\n+a\r\n";
    let file = only(patch);
    assert_eq!((file.path.as_str(), file.new_mode.as_deref()), ("x", Some("100644")));
    assert_eq!(super::changes(patch).generated_files().all()[0].content, "a\r\n");
}
