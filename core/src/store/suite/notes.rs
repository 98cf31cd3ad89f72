//! Notes: text that all handles of an account share, changed by compare-and-set.

use std::sync::Arc;

use super::*;

pub(crate) async fn a_note_changes_only_from_what_it_is_believed_to_be(engine: &dyn Engine) {
    let (store, same) = (open(engine).await, open(engine).await);
    let other = engine.open("other", LONG).await;
    assert_eq!(store.note("limits").await.unwrap(), None);
    assert!(!store.set_note("limits", Some("x".to_owned()), "a".to_owned()).await.unwrap());
    assert_eq!(store.note("limits").await.unwrap(), None, "a refused change writes nothing");
    assert!(store.set_note("limits", None, "a".to_owned()).await.unwrap());
    assert!(!same.set_note("limits", None, "b".to_owned()).await.unwrap());
    assert!(same.set_note("limits", Some("a".to_owned()), "b".to_owned()).await.unwrap());
    assert_eq!(store.note("limits").await.unwrap().as_deref(), Some("b"));
    assert_eq!((store.note("budget").await.unwrap(), other.note("limits").await.unwrap()), (None, None));
}

pub(crate) async fn no_change_of_a_note_is_lost(engine: &dyn Engine) {
    const EACH: u64 = 10;
    let count = |note: &Option<String>| note.as_ref().map_or(0, |text| text.parse::<u64>().unwrap());
    let add = |store: Arc<dyn Store>| async move {
        for _ in 0..EACH {
            loop {
                let note = store.note("count").await.unwrap();
                let next = (count(&note) + 1).to_string();
                if store.set_note("count", note, next).await.unwrap() {
                    break;
                }
            }
        }
    };
    let stores = [open(engine).await, open(engine).await, open(engine).await];
    futures::future::join_all(stores.iter().map(|store| tokio::spawn(add(Arc::clone(store))))).await;
    assert_eq!(count(&stores[0].note("count").await.unwrap()), 3 * EACH);
}
