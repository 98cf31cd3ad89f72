//! Whatever comes as a patch: nothing panics, nothing hangs, nothing is half done. And long patches are quick.

use std::fmt::Write as _;

use jules::ParsedPatch;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use super::changes;
use super::tree::{Node, Tree};

const SEED: &str = "\
diff --git a/list b/list\nindex 1..2 100644\n--- a/list\n+++ b/list\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n\
diff --git a/new b/new\nnew file mode 100755\n--- /dev/null\n+++ b/new\n@@ -0,0 +1,2 @@\n+a\n+b\n\\ No newline at end of file\n\
diff --git \"a/h\\303\\251\" \"b/h\\303\\251\"\nold mode 100644\nnew mode 100755\n\
diff --git a/gone b/gone\ndeleted file mode 100644\n--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n\
diff --git a/from b/to\nsimilarity index 90%\nrename from from\nrename to to\n--- a/from\n+++ b/to\n@@ -1 +1 @@\n-x\n+y\n\
diff --git a/bin b/bin\nindex 1..2 100644\nGIT binary patch\nliteral 10\nUcmV+l0QLU>0RjUA1qKHQ2>`DEE&u=k\n\nliteral 0\nHcmV?d00001\n\n\
diff --git a/pic b/pic\nBinary files a/pic and b/pic differ\n\
--- a/plain\t2026-01-01\n+++ b/plain\t2026-01-01\n@@ -1,2 +1 @@\n a\r\n-b\n";

const PIECES: &[&str] = &[
    "diff --git ",
    "--- ",
    "+++ ",
    "@@ -1 +1 @@\n",
    "@@ -0,0 +18446744073709551615,18446744073709551615 @@\n",
    "@@ -99999999999999999999999 +1 @@\n",
    "\\ No newline at end of file\n",
    "GIT binary patch\n",
    "literal 18446744073709551615\n",
    "delta 3\n",
    "zcmV",
    "\"",
    "\"\\",
    "\\777",
    "/dev/null",
    "../",
    ".git/",
    "\t",
    "\r\n",
    "\n",
    "\n\n",
    " ",
    "\u{1f980}",
    "rename from ",
    "new file mode 120000\n",
    "old mode 160000\n",
];

fn mutated(random: &mut SmallRng) -> String {
    let mut letters: Vec<char> = SEED.chars().collect();
    for _ in 0..random.random_range(1..8) {
        let at = random.random_range(0..=letters.len());
        let end = (at + random.random_range(0..40)).min(letters.len());
        match random.random_range(0..5) {
            0 => letters.truncate(at),
            1 => drop(letters.drain(at..end)),
            2 => drop(letters.splice(at..at, PIECES.choose(random).unwrap().chars())),
            3 => {
                let piece = letters[at..end].to_vec();
                let to = random.random_range(0..=letters.len());
                letters.splice(to..to, piece);
            }
            _ if at < letters.len() => letters[at] = char::from(random.random_range(0..128_u8)),
            _ => {}
        }
    }
    letters.into_iter().collect()
}

fn start() -> Tree {
    let file = |path: &str, content: &str| (path.as_bytes().to_vec(), Node::text(content));
    let files = [("list", "one\ntwo\nthree\n"), ("gone", "x\n"), ("from", "x\n"), ("bin", ""), ("plain", "a\r\nb\n")];
    Tree(files.into_iter().chain([("h\u{e9}", "")]).map(|(path, content)| file(path, content)).collect())
}

#[test]
fn no_patch_makes_it_panic_or_leaves_half_of_its_work() {
    let outer = tempfile::tempdir().unwrap();
    let directory = outer.path().join("checkout");
    let (mut applied, mut refused) = (0, 0);
    start().write(&directory);
    let untouched = Tree::read(&directory);
    for seed in 0..3000 {
        let patch = mutated(&mut SmallRng::seed_from_u64(seed));
        let parsed = ParsedPatch::parse(&patch);
        assert_eq!(parsed.files.len(), parsed.summary.total_files);
        match changes(patch.as_str()).apply_to(&directory) {
            Ok(_) => {
                applied += 1;
                std::fs::remove_dir_all(&directory).unwrap();
                start().write(&directory);
            }
            Err(error) => {
                refused += 1;
                // Reading the tree for each would take most of the time.
                if seed % 10 == 0 {
                    assert_eq!(Tree::read(&directory), untouched, "seed {seed}: {error}\n{patch}");
                }
            }
        }
        let outside: Vec<_> =
            std::fs::read_dir(outer.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(outside, ["checkout"], "seed {seed}\n{patch}");
    }
    println!("3000 broken patches: {applied} still applied, {refused} refused");
    assert!(applied > 50 && refused > 1000, "{applied} applied, {refused} refused");
}

#[test]
fn a_patch_cut_off_anywhere_shows_its_files_so_far() {
    let mut most = 0;
    for (end, _) in SEED.char_indices() {
        let files = ParsedPatch::parse(&SEED[..end]).files.len();
        assert!(files >= most, "{} files after {most}, cut at {end}", files);
        most = files;
    }
    assert_eq!(most, 8);
}

#[test]
fn a_patch_of_a_hundred_thousand_lines_is_read_and_applied() {
    let (mut old, mut patch) = (String::new(), "diff --git a/long b/long\n--- a/long\n+++ b/long\n".to_owned());
    for hunk in 0..12_500 {
        let line = hunk * 10 + 1;
        writeln!(patch, "@@ -{line},7 +{line},7 @@").unwrap();
        for offset in 0..10 {
            writeln!(old, "line {}", line + offset).unwrap();
            match offset {
                3 => writeln!(patch, "-line {0}\n+LINE {0}", line + offset).unwrap(),
                0..7 => writeln!(patch, " line {}", line + offset).unwrap(),
                _ => {}
            }
        }
    }
    assert!(patch.lines().count() > 100_000);
    let parsed = ParsedPatch::parse(&patch);
    assert_eq!((parsed.files[0].additions, parsed.files[0].deletions), (12_500, 12_500));
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("long"), &old).unwrap();
    changes(patch).apply_to(directory.path()).unwrap();
    let new = std::fs::read_to_string(directory.path().join("long")).unwrap();
    assert_eq!(new.lines().filter(|line| line.starts_with("LINE")).count(), 12_500);
    assert_eq!(new.to_lowercase(), old);
}
