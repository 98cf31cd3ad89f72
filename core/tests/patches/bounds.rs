//! Small patches that ask for much: each is refused with a reason before it gets it. And large ones that are honest.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use jules::{Error, ErrorKind};
use tempfile::TempDir;

use super::changes;
use super::tree::Tree;

const MIB: usize = 1 << 20;
const LETTERS: &[u8; 85] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";

/// A block of a binary patch that says it has so many bytes.
fn block(form: &str, claimed: usize, data: &[u8]) -> String {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).unwrap();
    let mut text = format!("{form} {claimed}\n");
    for line in encoder.finish().unwrap().chunks(52) {
        let length = line.len() as u8;
        text.push(char::from(if length <= 26 { b'A' + length - 1 } else { b'a' + length - 27 }));
        for group in line.chunks(4) {
            let mut padded = [0; 4];
            padded[..group.len()].copy_from_slice(group);
            let value = u32::from_be_bytes(padded);
            (0..5).rev().for_each(|place| text.push(char::from(LETTERS[(value / 85_u32.pow(place) % 85) as usize])));
        }
        text.push('\n');
    }
    text + "\n"
}

fn size(mut size: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while size >= 0x80 {
        bytes.push(size as u8 | 0x80);
        size >>= 7;
    }
    bytes.push(size as u8);
    bytes
}

/// A delta that puts the first 64 KiB of its base one behind the other.
fn repeating(base: usize, claimed: usize, times: usize) -> String {
    let delta = [size(base), size(claimed), vec![0x80; times]].concat();
    block("delta", delta.len(), &delta)
}

const CHUNK: usize = 0x10000;

/// From 64 KiB to so many times as much, and back.
fn grows(times: usize) -> String {
    format!("GIT binary patch\n{}{}", repeating(CHUNK, times * CHUNK, times), repeating(times * CHUNK, CHUNK, 1))
}

fn checkout(content: &[u8]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("f"), content).unwrap();
    directory
}

/// Applies what asks for too much: gives the error, having seen that nothing was changed.
fn refused(directory: &Path, patch: &str) -> Error {
    let before = Tree::read(directory);
    let error = changes(patch).apply_to(directory).unwrap_err();
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::Patch, false), "{error}");
    assert!(error.message().len() < 2000, "{} bytes of error", error.message().len());
    assert!(Tree::read(directory) == before, "{error}");
    error
}

#[test]
fn a_delta_of_800_bytes_that_makes_32_gigabytes_is_refused_by_what_it_says() {
    let directory = checkout(&[7; CHUNK]);
    let gigabytes = 32 << 30;
    let patch = format!("diff --git a/f b/f\n{}", grows(gigabytes / CHUNK));
    assert!(patch.len() < 1200, "{} bytes", patch.len());
    let error = refused(directory.path(), &patch);
    assert_eq!(error.file(), Some("f"));
    let text = error.message();
    assert!(
        text.contains("the result of its binary delta has 34359738368 bytes") && text.contains("git apply"),
        "{text}"
    );
    // With the delta's own length as much of a lie, and larger than memory has addresses.
    for claimed in [1 << 40, usize::MAX] {
        let delta = format!("diff --git a/f b/f\nGIT binary patch\n{}", block("delta", claimed, &[0]));
        let error = refused(directory.path(), &(delta + &block("literal", 0, &[])));
        assert!(error.message().contains("are left of"), "{error}");
    }
}

#[test]
fn a_delta_that_makes_more_than_it_says_is_stopped_at_what_it_said() {
    let directory = checkout(&[7; CHUNK]);
    let more = repeating(CHUNK, 10, 1 << 19);
    let error = refused(directory.path(), &format!("diff --git a/f b/f\nGIT binary patch\n{more}{more}"));
    assert!(error.message().contains("delta is broken"), "{error}");
}

#[test]
fn compressed_zeros_are_read_as_far_as_they_say_and_no_more_than_allowed() {
    let directory = checkout(b"");
    let zeros = vec![0; 16 * MIB];
    let creates = |claimed| {
        format!(
            "diff --git a/z b/z\nnew file mode 100644\nGIT binary patch\n{}literal 0\nHcmV?d00001\n\n",
            block("literal", claimed, &zeros)
        )
    };
    let error = refused(directory.path(), &creates(10));
    assert!(error.message().contains("does not have the 10 bytes"), "{error}");
    let error = refused(directory.path(), &creates(1 << 30));
    assert!(error.message().contains("has 1073741824 bytes, and"), "{error}");
    changes(creates(zeros.len())).apply_to(directory.path()).unwrap();
    assert_eq!(fs::metadata(directory.path().join("z")).unwrap().len(), zeros.len() as u64);
}

#[test]
fn many_that_are_each_small_enough_are_too_much_together() {
    let directory = checkout(&[7; CHUNK]);
    let copy = |number| format!("diff --git a/f b/c{number}\ncopy from f\ncopy to c{number}\n{}", grows(512));
    let error = refused(directory.path(), &(0..8).map(copy).collect::<String>());
    assert!(error.file().is_some_and(|file| file > "c2") && error.message().contains("are left of"), "{error}");
    assert_eq!(changes((0..2).map(copy).collect::<String>()).apply_to(directory.path()).unwrap().summary.created, 2);
}

#[test]
fn copies_and_changes_of_one_large_file_over_and_over_are_too_much() {
    let line = "x".repeat(1 << 16) + "\n";
    let directory = checkout(line.repeat(64).as_bytes());
    let copy = |number| format!("diff --git a/f b/c{number}\ncopy from f\ncopy to c{number}\n");
    let error = refused(directory.path(), &(0..200).map(copy).collect::<String>());
    assert!(error.message().contains("are left of"), "{error}");
    let twice = ["100644 100755", "100755 100644"].map(|modes| {
        let (old, new) = modes.split_once(' ').unwrap();
        format!("diff --git a/f b/f\nold mode {old}\nnew mode {new}\n")
    });
    let error = refused(directory.path(), &twice.concat().repeat(100));
    assert!(error.message().contains("are left of"), "{error}");
    assert_eq!(changes((0..9).map(copy).collect::<String>()).apply_to(directory.path()).unwrap().summary.created, 9);
}

#[test]
fn the_contents_that_are_given_back_count_too() {
    let directory = checkout(&[7; CHUNK]);
    let mode = "diff --git a/f b/f\nold mode 100644\nnew mode 100644\n";
    let patch = format!("{}diff --git a/f b/f\n{}", mode.repeat(40), grows(512));
    let error = changes(patch.as_str()).generated_files_in(directory.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Patch);
    assert!(error.message().contains("contents in all"), "{error}");
    changes(patch).apply_to(directory.path()).unwrap();
}

#[test]
fn a_file_that_is_larger_than_allowed_is_not_read() {
    let directory = checkout(b"");
    // It has holes only, and takes no room on the disk.
    fs::File::create(directory.path().join("huge")).unwrap().set_len(8 << 30).unwrap();
    let patch = "--- a/huge\n+++ b/huge\n@@ -1 +1 @@\n-x\n+y\n";
    let error = changes(patch).apply_to(directory.path()).unwrap_err();
    assert!(error.message().contains("its content has 8589934592 bytes"), "{error}");
    assert_eq!(error.file(), Some("huge"));
}

#[test]
fn a_large_file_is_changed_by_a_small_patch() {
    let mut content = String::new();
    (0..200_000).for_each(|line| writeln!(content, "{line:79}").unwrap());
    let directory = checkout(content.as_bytes());
    let line = |line: usize| format!("{line:79}");
    let patch = format!(
        "--- a/f\n+++ b/f\n@@ -100001,3 +100001,3 @@\n {}\n-{}\n+new\n {}\n",
        line(100_000),
        line(100_001),
        line(100_002)
    );
    changes(patch).apply_to(directory.path()).unwrap();
    let new = fs::read_to_string(directory.path().join("f")).unwrap();
    assert_eq!(new, content.replacen(&line(100_001), "new", 1));
}
