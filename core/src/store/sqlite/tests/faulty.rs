//! What goes wrong with a file, and what is said of it.

use std::fs;
use std::time::Duration;

use super::*;
use crate::Error;

/// Makes every write fail as on a full disk.
pub(super) async fn fill(store: &Sqlite) {
    raw(store, |connection| {
        let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
    })
    .await;
}

/// Works with the connection that writes.
pub(super) async fn raw(store: &Sqlite, work: impl FnOnce(&mut Connection) -> rusqlite::Result<()> + Send + 'static) {
    store.here().database.write(Threads::Pool, true, work).await.unwrap();
}

/// More than the free pages of a file hold.
fn large() -> Batch {
    Batch { activities: vec![activity("large", &"x".repeat(400_000))], ..Batch::default() }
}

fn is(error: &Error, fault: StoreFault, word: &str, path: &Path) {
    let text = error.to_string();
    assert_eq!(error.attached(), Some(&fault), "{text}");
    assert_eq!(error.to_json()["fault"], fault.as_str());
    assert_eq!(error.kind(), crate::ErrorKind::Store);
    assert_eq!(error.retryable(), matches!(fault, StoreFault::Full | StoreFault::Busy), "{text}");
    assert!(text.contains(word) && text.contains(&path.display().to_string()), "{text}");
    assert_eq!(text.contains("delete"), fault == StoreFault::Damaged, "{text}");
}

#[tokio::test]
async fn a_full_disk_is_said_to_be_full() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite3");
    let store = at(path.clone(), true);
    append(&store, "s", vec![activity("1", "x")]).await;
    fill(&store).await;
    let error = store.commit(&session("s"), large()).await.unwrap_err();
    is(&error, StoreFault::Full, "no space left", &path);
    assert_eq!(ids(&store, "s").await, ["1"], "what is there can be read");
}

#[tokio::test]
async fn a_file_that_can_only_be_read_is_said_to_be_so() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite3");
    let store = at(path.clone(), true);
    append(&store, "s", vec![activity("1", "x")]).await;
    raw(&store, |connection| connection.pragma_update(None, "query_only", true)).await;
    let error = store.commit(&session("s"), large()).await.unwrap_err();
    is(&error, StoreFault::ReadOnly, "only be read", &path);
}

#[tokio::test]
async fn a_locked_file_is_said_to_be_locked_and_by_whom() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite3");
    for chosen in [true, false] {
        let store = at(path.clone(), chosen);
        append(&store, "s", vec![activity("1", "x")]).await;
        raw(&store, |connection| connection.busy_timeout(Duration::from_millis(20))).await;
        let other = Connection::open(&path).unwrap();
        other.execute("REPLACE INTO handles VALUES ('h', 1, 1, 0, 4711)", []).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let error = store.commit(&session("s"), large()).await.unwrap_err();
        is(&error, StoreFault::Busy, "process 4711", &path);
        assert_eq!(ids(&store, "s").await.len(), 1, "who writes keeps nobody from reading");
        other.execute_batch("ROLLBACK").unwrap();
        store.commit(&session("s"), large()).await.unwrap();
        store.forget(&session("s")).await.unwrap();
    }
}

#[tokio::test]
async fn a_path_through_a_file_is_said_to_be_so() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().join("deep").join("store.sqlite3");
    let error = at(path.clone(), true).info().await.unwrap_err();
    is(&error, StoreFault::NotADirectory, "not a directory", &path);
}

#[tokio::test]
async fn what_is_damaged_is_left_where_it_was_chosen() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite3");
    fs::write(&path, "this is no database ".repeat(100)).unwrap();
    let error = at(path.clone(), true).info().await.unwrap_err();
    is(&error, StoreFault::Damaged, "is damaged", &path);
    assert_eq!(fs::read(&path).unwrap().len(), 2_000);
}

#[cfg(unix)]
mod strangers {
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    use super::*;

    async fn refused(path: &Path, word: &str) {
        let error = at(path.to_owned(), true).info().await.unwrap_err();
        is(&error, StoreFault::Unsafe, word, path);
        // Where nobody chose the place, memory will do.
        let info = at(path.to_owned(), false).info().await.unwrap();
        assert!(info.location.is_none() && info.reason.unwrap().contains(word));
    }

    #[tokio::test]
    async fn what_others_may_have_put_there_is_not_used() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        fs::write(path("elsewhere"), "").unwrap();
        symlink(path("elsewhere"), path("link.sqlite3")).unwrap();
        refused(&path("link.sqlite3"), "symbolic link").await;
        let made = std::process::Command::new("mkfifo").arg(path("pipe.sqlite3")).status().unwrap();
        assert!(made.success());
        refused(&path("pipe.sqlite3"), "not a file").await;
        fs::create_dir(path("directory.sqlite3")).unwrap();
        refused(&path("directory.sqlite3"), "not a file").await;
        fs::write(path("open.sqlite3"), "").unwrap();
        fs::set_permissions(path("open.sqlite3"), fs::Permissions::from_mode(0o666)).unwrap();
        refused(&path("open.sqlite3"), "written by other users").await;
        for suffix in ["-wal", "-shm", "-journal"] {
            let (file, beside) = (path("log.sqlite3"), path(&format!("log.sqlite3{suffix}")));
            symlink(path("elsewhere"), &beside).unwrap();
            let error = at(file.clone(), true).info().await.unwrap_err();
            is(&error, StoreFault::Unsafe, "symbolic link", &beside);
            fs::remove_file(&beside).unwrap();
        }
        fs::write(path("foreign.sqlite3"), "").unwrap();
        // Only an administrator can give files away.
        if chown(path("foreign.sqlite3"), Some(54_321), None).is_ok() {
            refused(&path("foreign.sqlite3"), "another user").await;
        }
    }

    /// The beginning of the file as it was before a change that was never finished: SQLite would write it back.
    fn journal_over(file: &Path) -> Vec<u8> {
        let before = fs::read(file).unwrap();
        let size = usize::from(u16::from_be_bytes([before[16], before[17]]));
        let pages = u32::try_from(before.len() / size).unwrap();
        let mut journal = vec![0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
        for number in [1, 0, pages, 512, u32::try_from(size).unwrap()] {
            journal.extend(number.to_be_bytes());
        }
        journal.resize(512, 0);
        // A first page with another's mark in it, then its check: each two hundredth byte from the end, added up.
        let mut page = before[..size].to_vec();
        page[68..72].copy_from_slice(b"evil");
        let check: u32 = (1..=(size - 1) / 200).map(|n| u32::from(page[size - 200 * n])).sum();
        journal.extend(1_u32.to_be_bytes());
        journal.extend(&page);
        journal.extend(check.to_be_bytes());
        journal
    }

    #[tokio::test]
    async fn a_journal_that_others_put_there_is_not_played_back() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.sqlite3");
        append(&at(path.clone(), true), "s", vec![activity("1", "x")]).await;
        let journal = directory.path().join("store.sqlite3-journal");
        fs::write(&journal, journal_over(&path)).unwrap();
        fs::set_permissions(&journal, fs::Permissions::from_mode(0o666)).unwrap();
        let answer = at(path.clone(), true).info().await;
        assert_ne!(&fs::read(&path).unwrap()[68..72], b"evil", "a stranger's page stands in the file");
        is(&answer.unwrap_err(), StoreFault::Unsafe, "written by other users", &journal);
        fs::remove_file(&journal).unwrap();
        assert_eq!(ids(&at(path, true), "s").await, ["1"]);
    }

    #[tokio::test]
    async fn a_directory_of_somebody_else_is_not_used() {
        let directory = tempfile::tempdir().unwrap();
        let theirs = directory.path().join("theirs");
        fs::create_dir(&theirs).unwrap();
        // Only an administrator can give directories away.
        if chown(&theirs, Some(54_321), None).is_ok() {
            fs::set_permissions(&theirs, fs::Permissions::from_mode(0o777)).unwrap();
            let error = at(theirs.join("store.sqlite3"), true).info().await.unwrap_err();
            is(&error, StoreFault::Unsafe, "another user", &theirs);
            assert!(!theirs.join("store.sqlite3").exists());
        }
    }

    #[tokio::test]
    async fn links_and_pipes_beside_the_file_lead_nowhere_and_hold_up_nobody() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        fs::create_dir(path("elsewhere")).unwrap();
        symlink(path("elsewhere"), path("store.sqlite3-clients")).unwrap();
        let store = at(path("store.sqlite3"), true);
        let key = crate::store::LeaseKey::Send(session("s"));
        store.acquire(&key).await.unwrap();
        assert_eq!(fs::read_dir(path("elsewhere")).unwrap().count(), 0, "no lock is put there");
        // Where a damaged file is put aside, its lock is a file of its own.
        fs::write(path("damaged.sqlite3"), "this is no database ".repeat(100)).unwrap();
        let made = std::process::Command::new("mkfifo").arg(path("damaged.sqlite3-repair")).status().unwrap();
        assert!(made.success());
        let store = at(path("damaged.sqlite3"), false);
        let info = tokio::time::timeout(Duration::from_secs(20), store.info()).await.expect("it doesn't hang").unwrap();
        assert!(info.location.is_none() && info.reason.is_some());
        fs::write(path("other.sqlite3"), "this is no database ".repeat(100)).unwrap();
        symlink(path("made"), path("other.sqlite3-repair")).unwrap();
        assert!(at(path("other.sqlite3"), false).info().await.unwrap().location.is_none());
        assert!(!path("made").exists(), "nothing is made behind a link");
    }

    #[tokio::test]
    async fn what_others_may_read_is_taken_from_them() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.sqlite3");
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let before = directory.path().metadata().unwrap().permissions();
        append(&at(path.clone(), true), "s", vec![activity("1", "x")]).await;
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(directory.path().metadata().unwrap().permissions(), before, "the directory is left as it is");
    }
}
