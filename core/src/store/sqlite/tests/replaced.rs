//! A file that is deleted while it is in use, and made anew by somebody else: what stands in the two is never mixed.

use super::super::open;
use super::*;
use crate::ground::error::ErrorKind;

#[tokio::test]
async fn a_file_that_took_the_place_of_the_one_in_use_is_not_read() {
    let directory = tempfile::tempdir().unwrap();
    let store = in_directory(directory.path());
    append(&store, "1", vec![activity("a", "one")]).await;
    let path = directory.path().join("deep/store.sqlite3");
    for suffix in ["", "-wal", "-shm"] {
        std::fs::remove_file(directory.path().join(format!("deep/store.sqlite3{suffix}"))).unwrap();
    }
    drop(open::writer(&path, true).unwrap());
    let error = store.read(&session("1"), Position::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store, "{error}");
    assert!(error.to_string().contains("was deleted or replaced while it was in use"), "{error}");
    assert!(error.to_string().contains(&*path.to_string_lossy()), "{error}");
}
