//! Long patches of every shape that once took, or might take, time by the square of their length. Most have 1.6 MB, each is
//! done in a fraction of a second; by the square it would be minutes to hours.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use jules::ParsedPatch;

use super::changes;

const LENGTH: usize = 1_600_000;
/// A hundred times what the slowest takes here without optimization.
const AGES: Duration = Duration::from_secs(60);

/// For what is bounded by work and not by its length.
const SHORTER: usize = LENGTH / 4;

fn many(text: &str) -> String {
    text.repeat(LENGTH / text.len() + 1)
}

#[test]
fn reading_takes_time_by_the_length_of_the_patch() {
    let lines = LENGTH / 2 + 1;
    let patches = [
        format!("diff --git {}\n", many("a ")),
        format!("diff --git x/{}\n", many("a ")),
        format!("diff --git {}\n", many("a/ ")),
        format!("diff --git {}\n", many("a/a ")),
        format!("diff --git x/{}/\n", many(" ")),
        format!("diff --git \"{}\n", many("\\\"")),
        format!("diff --git {}\n", many(" \"")),
        many("diff --git a a\n"),
        many("diff --git "),
        many("--- \n"),
        many("--- a\n+++ b\n"),
        format!("diff --git a a\n{}", many("@@ -1 +1 @@\n")),
        format!("diff --git a a\n{}", many("@@ -1 +1 @@\n-\n+\n")),
        format!("--- a\n+++ a\n@@ -0,0 +1,{lines} @@\n{}", many("+\n")),
        format!("--- a\n+++ a\n@@ -1 +1 @@\n-a\n{}+a\n", many("\\\n")),
        many("diff --git a a\nGIT binary patch\n"),
        many("diff --git a a\nGIT binary patch\nliteral 0\n\nliteral 0\n\n"),
        format!("diff --git a a\nGIT binary patch\nliteral {}\n", many("9")),
        format!("diff --git a a\n{}", many("rename from a\n")),
        format!("diff --git a a\n{}", many("a\n")),
    ];
    for patch in patches {
        let (start, beginning) = (Instant::now(), &patch[..60]);
        let parsed = ParsedPatch::parse(&patch);
        assert!(parsed.files.len() <= LENGTH / 14, "{beginning:?}");
        let directory = tempfile::tempdir().unwrap();
        let refused = changes(patch.as_str()).apply_to(directory.path()).unwrap_err().message();
        assert!(start.elapsed() < AGES, "{:?} for {beginning:?}", start.elapsed());
        assert!(refused.len() < 10_000, "{} bytes of error for {beginning:?}", refused.len());
    }
}

/// What it is, a file, a patch for it that asks for much, and what is said of it.
fn hostile() -> Vec<(&'static str, String, String, &'static str)> {
    let equal = SHORTER;
    let (mut far, mut scattered) = ("--- f\n+++ f\n".to_owned(), String::new());
    for number in 0..LENGTH / 40 {
        let line = 4 * if number % 2 == 0 { number / 2 } else { LENGTH / 40 - 1 - number / 2 };
        write!(far, "@@ -9,3 +9,3 @@\n {line}\n-{}\n+x\n {}\n", line + 1, line + 2).unwrap();
        writeln!(scattered, "{}\n{}\n{}\n{}", 4 * number, 4 * number + 1, 4 * number + 2, 4 * number + 3).unwrap();
    }
    let creates = |path: &str| format!("--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+x\n");
    let again = "--- f\n+++ f\n@@ -2,3 +2,3 @@\n line\n-line\n+line\n line\n";
    vec![
        (
            "equal lines",
            "a\n".repeat(2 * equal),
            format!("--- f\n+++ f\n@@ -5,{} +5,{} @@\n{} b\n-a\n a\n", equal + 3, equal + 2, " a\n".repeat(equal)),
            "expected",
        ),
        ("hunks far from their places", scattered, far, "takes too long"),
        ("one file changed over and over", "line\n".repeat(20_000), again.repeat(SHORTER / again.len()), "are left of"),
        ("a deep path", String::new(), creates(&(many("a/") + "x")), "256 levels"),
        ("a long name", String::new(), creates(&many("x")), "4,096 bytes"),
        ("deep paths", String::new(), creates(&("a/".repeat(250) + "x")).repeat(LENGTH / 540), "already exists"),
    ]
}

#[test]
fn applying_takes_time_by_the_length_of_the_patch_or_is_refused() {
    for (name, content, patch, expected) in hostile() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("f"), &content).unwrap();
        let start = Instant::now();
        let error = changes(patch).apply_to(directory.path()).unwrap_err();
        assert!(start.elapsed() < AGES, "{:?} for {name}", start.elapsed());
        println!("{name}: refused after {:?}", start.elapsed());
        assert!(error.message().contains(expected), "{name}: {:.2000}", error.message());
        assert!(error.message().len() < 10_000, "{} bytes of error for {name}", error.message().len());
        assert!(std::fs::read(directory.path().join("f")).unwrap() == content.as_bytes(), "{name}");
    }
}
