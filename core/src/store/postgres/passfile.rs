//! Passwords from libpq's password file: `host:port:database:user:password`, a line each.

use std::fs;
use std::path::Path;

/// What one line is found by: host, port, database and user.
pub(super) type Wanted<'w> = [&'w str; 4];

/// The file's text; nothing where there is none, or where others may read it, as libpq does.
pub(super) fn read(path: &Path) -> Option<String> {
    let there = fs::metadata(path).ok()?;
    if !there.is_file() {
        return None;
    }
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&there.permissions()) & 0o077 != 0 {
        tracing::warn!(target: "jules::store", path = %path.display(),
            "the password file is not used: others may read it. Do: chmod 0600");
        return None;
    }
    fs::read_to_string(path).ok()
}

/// The password of the first line that fits.
pub(super) fn find(text: &str, wanted: Wanted<'_>) -> Option<String> {
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| password_in(line, wanted))
}

fn password_in(line: &str, wanted: Wanted<'_>) -> Option<String> {
    let mut rest = line;
    for expected in wanted {
        let (field, behind) = rest.split_at_checked(end_of_field(rest)?)?;
        if field != "*" && plain(field) != expected {
            return None;
        }
        rest = behind.strip_prefix(':')?;
    }
    Some(plain(rest)).filter(|password| !password.is_empty())
}

/// Where the first colon stands that has no backslash in front.
fn end_of_field(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(place, sign)| {
        let ends = sign == ':' && !escaped;
        escaped = sign == '\\' && !escaped;
        ends.then_some(place)
    })
}

/// A field without the backslashes that make a sign stand for itself.
fn plain(field: &str) -> String {
    let mut signs = field.chars();
    let mut plain = String::with_capacity(field.len());
    while let Some(sign) = signs.next() {
        plain.extend(if sign == '\\' { signs.next() } else { Some(sign) });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# a comment\n\
        db.example:5432:fleet:me:first\n\
        db.example:*:fleet:me:any\\:port\\\\\n\
        half a line\n\
        ::*:*:not\n\
        \\:\\:1:5432:*:*:six:teen\r\n\
        *:*:*:other:\n\
        *:*:*:other:last\n";

    #[test]
    fn the_first_line_that_fits_has_the_password() {
        for (wanted, expected) in [
            (["db.example", "5432", "fleet", "me"], Some("first")),
            (["db.example", "6432", "fleet", "me"], Some("any:port\\")),
            (["::1", "5432", "x", "you"], Some("six:teen")),
            (["host", "1", "x", "other"], Some("last")),
            (["host", "1", "x", "me"], None),
            (["", "", "x", "me"], Some("not")),
        ] {
            assert_eq!(find(FILE, wanted).as_deref(), expected, "{wanted:?}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_file_that_others_may_read_is_not_used() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pgpass");
        assert_eq!(read(&path), None);
        fs::write(&path, FILE).unwrap();
        for (mode, used) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(read(&path).is_some(), used, "{mode:o}");
        }
        assert_eq!(read(directory.path()), None);
    }
}
