//! Which paths a patch may name: those inside of the directory, and not git's own.

use std::path::PathBuf;

/// Why a patch may not touch a path; nothing when it may.
pub(super) fn objection(path: &[u8]) -> Option<&'static str> {
    if path.is_empty() {
        return Some("it has no name");
    }
    if path.contains(&0) {
        return Some("its name has a zero byte");
    }
    if path.starts_with(b"/") || (cfg!(windows) && (path.contains(&b'\\') || path.contains(&b':'))) {
        return Some("its path is not relative to the directory");
    }
    path.split(|byte| *byte == b'/').find_map(|component| match component {
        b"" | b"." => Some("its path is not in its plain form"),
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
    }
}
