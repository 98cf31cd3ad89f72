//! Account: a handle never shows or changes another account's rows.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::*;
use crate::store::{Pace, Want};

/// Two accounts, of which the first has everything that one can have.
async fn two(engine: &dyn Engine) -> (Arc<dyn Store>, Arc<dyn Store>) {
    let (one, other) = (engine.open("one", LONG).await, engine.open("other", LONG).await);
    let batch = Batch {
        session: Some(record("s", "mine")),
        status: Some("status".to_owned()),
        ..marked(&Mark::default(), &token("t"))
    };
    commit(&*one, "s", Batch { activities: vec![activity("a", "mine")], ..batch }).await;
    one.act(&session("s"), Some("note".to_owned())).await.unwrap();
    one.listen(&session("s"), Some(Want::default())).await.unwrap();
    assert!(one.claim(&session("s")).await.unwrap());
    one.begin_sync("all".to_owned(), None).await.unwrap();
    (one, other)
}

pub(crate) async fn no_account_sees_anothers_rows(engine: &dyn Engine) {
    let (one, other) = two(engine).await;
    let s = session("s");
    assert!(acquire(&*one, &LeaseKey::Sync).await.is_some());
    assert!(all_ids(&*other, "s").await.is_empty());
    assert_eq!(other.beacon(&s).await.unwrap(), Default::default());
    assert_eq!(other.session(&s).await.unwrap(), None);
    assert_eq!(other.find(&s, "a").await.unwrap(), None);
    assert_eq!(other.missing(&s, vec!["a".to_owned()]).await.unwrap(), ["a"]);
    assert!(other.known(vec![s.clone()]).await.unwrap().is_empty());
    assert!(other.session_ids().await.unwrap().is_empty());
    assert!(other.all_wanted().await.unwrap().is_empty());
    for from in ["sessions", "activities"] {
        assert!(select(&*other, json!({"from": from})).await.is_empty());
        assert!(select(&*other, json!({"from": from, "where": {"search": "mine"}})).await.is_empty());
    }
    assert!(select(&*other, json!({"from": "activities", "where": {"sessionId": "s"}})).await.is_empty());
    assert!(select(&*other, json!({"from": "activities", "where": {"sessionId": {"in": ["s"]}}})).await.is_empty());
    let info = other.info().await.unwrap();
    assert_eq!((info.sessions, info.activities), (0, 0));
    let earliest = crate::Timestamp::EPOCH;
    assert!(!other.begin_sync("all".to_owned(), Some(earliest)).await.unwrap().goes_on);
    assert!(one.begin_sync("all".to_owned(), Some(earliest)).await.unwrap().goes_on);
}

pub(crate) async fn no_account_changes_anothers_rows(engine: &dyn Engine) {
    let (one, other) = two(engine).await;
    let s = session("s");
    let held = acquire(&*one, &LeaseKey::Watch(s.clone())).await.unwrap();
    let before = one.beacon(&s).await.unwrap();
    assert!(acquire(&*other, &LeaseKey::Watch(s.clone())).await.is_some());
    assert!(other.claim(&s).await.unwrap());
    commit(&*other, "s", Batch { session: Some(record("s", "theirs")), ..of(vec![activity("a", "theirs")]) }).await;
    other.set_deleted(&s, true).await.unwrap();
    other.forget(&s).await.unwrap();
    other.finish_sync().await.unwrap();
    let pace = Pace { burst: 1, interval: Duration::from_secs(100) };
    assert_eq!(other.take_turn("b", pace, Duration::ZERO).await.unwrap(), Duration::ZERO);
    assert_eq!(one.take_turn("b", pace, Duration::ZERO).await.unwrap(), Duration::ZERO);
    assert_eq!(one.beacon(&s).await.unwrap(), before);
    assert_eq!(all_ids(&*one, "s").await, ["a"]);
    assert_eq!(select(&*one, json!({"from": "activities", "where": {"search": "mine"}})).await, ["a"]);
    assert_eq!(one.session(&s).await.unwrap().unwrap(), &*record("s", "mine").body);
    assert!(!one.claim(&s).await.unwrap());
    assert_eq!(acquire(&*one, &LeaseKey::Watch(s)).await, Some(held));
    assert_eq!(one.info().await.unwrap().last_synced, None);
}
