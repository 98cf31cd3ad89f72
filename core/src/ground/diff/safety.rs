//! Which paths a patch may name: those inside of the directory, and not git's own.

use std::path::PathBuf;

/// Longer paths than this no system opens.
const MOST_BYTES: usize = 4096;
/// Each directory of a path is looked at by itself.
const MOST_LEVELS: usize = 256;

/// Why a patch may not touch a path; nothing when it may.
pub(super) fn objection(path: &[u8]) -> Option<&'static str> {
    if path.is_empty() {
        return Some("it has no name");
    }
    if path.contains(&0) {
        return Some("its name has a zero byte");
    }
    if path.len() > MOST_BYTES || path.split(|byte| *byte == b'/').count() > MOST_LEVELS {
        return Some("its path has more than 4,096 bytes or 256 levels");
    }
    if path.starts_with(b"/") || (cfg!(windows) && (path.contains(&b'\\') || path.contains(&b':'))) {
        return Some("its path is not relative to the directory");
    }
    path.split(|byte| *byte == b'/').find_map(|component| match component {
        b"" | b"." => Some("its path is not normalized"),
        b".." => Some("its path leads out of the directory"),
        _ if is_git(component) => Some("it is in git's own directory"),
        _ => None,
    })
}

/// `.git`, also as file systems that ignore case, trailing dots or invisible characters would take it.
fn is_git(component: &[u8]) -> bool {
    let name = String::from_utf8_lossy(component);
    let visible: String = name.chars().filter(|letter| !is_invisible(*letter)).collect();
    let stem = visible.split(':').next().unwrap_or_default().trim_end_matches(['.', ' ']);
    stem.eq_ignore_ascii_case(".git") || stem.eq_ignore_ascii_case("git~1")
}

/// What macOS leaves out when it compares names.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
}

/// A path for people, cut when it is too long to be one.
pub(super) fn shown(path: &[u8]) -> String {
    let (path, more) = if path.len() > MOST_BYTES { (&path[..80], "…") } else { (path, "") };
    format!("{}{more}", String::from_utf8_lossy(path))
}

/// The directories that a path is in, the innermost first.
pub(super) fn parents(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.iter().enumerate().rev().filter(|(_, byte)| **byte == b'/').map(|(slash, _)| &path[..slash])
}

/// The path for the file system, relative to the directory.
#[cfg(unix)]
pub(super) fn to_path(path: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    std::ffi::OsStr::from_bytes(path).into()
}

/// The path for the file system, relative to the directory.
#[cfg(not(unix))]
pub(super) fn to_path(path: &[u8]) -> PathBuf {
    String::from_utf8_lossy(path).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_paths_inside_are_allowed() {
        for path in ["a", "a/b", ".gitignore", ".github/x", "a..b", "...", "é", "git", "x/git~2"] {
            assert_eq!(objection(path.as_bytes()), None, "{path}");
        }
        let refused = [
            "",
            "/etc/x",
            "..",
            "a/../b",
            "../b",
            "./a",
            "a//b",
            "a/",
            ".git",
            "x/.GIT/config",
            ".git./x",
            ".git::$I/x",
        ];
        for path in refused {
            assert!(objection(path.as_bytes()).is_some(), "{path}");
        }
        assert!(objection("x/.g\u{200c}it/hooks".as_bytes()).is_some());
        assert!(objection(b"a\0b").is_some());
        assert_eq!(objection("a/".repeat(255).as_bytes()), Some("its path is not normalized"));
        for path in ["a/".repeat(256) + "x", "a".repeat(4097)] {
            assert!(objection(path.as_bytes()).is_some_and(|why| why.contains("4,096")), "{path}");
        }
    }

    #[test]
    fn the_parents_of_a_path_go_outwards() {
        assert_eq!(parents(b"a/b/c").collect::<Vec<_>>(), [&b"a/b"[..], b"a"]);
        assert_eq!(parents(b"a").count(), 0);
    }
}
