//! What is kept of a session besides its activities, of syncs, and of budgets.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::store::{Look, Pace};

pub(crate) async fn the_latest_look_is_kept_and_counted(engine: &dyn Engine) {
    let store = open(engine).await;
    let s = session("s");
    assert_eq!(store.session(&s).await.unwrap(), None);
    for (number, title) in ["one", "two", "two"].into_iter().enumerate() {
        commit(&*store, "s", Batch { session: Some(record("s", title)), ..Batch::default() }).await;
        assert_eq!(store.session(&s).await.unwrap().unwrap(), &*record("s", title).body);
        assert_eq!(store.beacon(&s).await.unwrap().looks, number as u64 + 1);
    }
    store.put_sessions(vec![(s.clone(), record("s", "three")), (session("t"), record("t", "t"))]).await.unwrap();
    assert_eq!(store.beacon(&s).await.unwrap().looks, 4);
    assert_eq!(store.beacon(&session("t")).await.unwrap().looks, 1);
    let search = |word: &str| json!({"from": "sessions", "where": {"search": word}});
    assert_eq!(select(&*store, search("three")).await, ["s"]);
    assert!(select(&*store, search("two")).await.is_empty());
}

pub(crate) async fn a_partial_record_takes_nothing_away(engine: &dyn Engine) {
    let store = open(engine).await;
    let s = session("s");
    let with = |body: &str, partial| SessionRecord { body: body.into(), partial, ..record("s", "") };
    let put = async |record| store.put_sessions(vec![(session("s"), record)]).await.unwrap();
    let body = async || {
        let body = store.session(&s).await.unwrap().unwrap();
        serde_json::from_str::<serde_json::Value>(&body).unwrap()
    };
    put(with(r#"{"id":"s","title":"t"}"#, true)).await;
    assert_eq!(body().await, json!({"id": "s", "title": "t"}));
    put(with(r#"{"id":"s","title":"u","prompt":"p","outputs":[{"poem":1}]}"#, false)).await;
    let newer = SessionRecord {
        state: "completed".to_owned(),
        create_time: None,
        ..with(r#"{"id":"s","state":"COMPLETED","outputs":[]}"#, true)
    };
    put(newer).await;
    let merged = json!({"id": "s", "title": "u", "prompt": "p", "state": "COMPLETED", "outputs": [{"poem": 1}]});
    assert_eq!(body().await, merged);
    let known = store.known(vec![s.clone()]).await.unwrap();
    assert_eq!((known[&s].seen.state.as_str(), known[&s].create_time), ("completed", record("s", "").create_time));
    put(with(r#"{"id":"s","title":"v"}"#, false)).await;
    assert_eq!(body().await, json!({"id": "s", "title": "v"}));
}

pub(crate) async fn a_status_stays_until_another_one_comes(engine: &dyn Engine) {
    let store = open(engine).await;
    let status = async || store.beacon(&session("s")).await.unwrap().status;
    assert_eq!(status().await, None);
    for (told, kept) in [(Some("one"), "one"), (None, "one"), (Some(""), "")] {
        commit(&*store, "s", Batch { status: told.map(str::to_owned), ..of(vec![activity("a", "1")]) }).await;
        assert_eq!(status().await.as_deref(), Some(kept));
    }
}

pub(crate) async fn acts_are_counted_and_leave_a_note(engine: &dyn Engine) {
    let (one, two) = (open(engine).await, open(engine).await);
    assert_eq!(one.act(&session("s"), Some("first".to_owned())).await.unwrap(), 1);
    assert_eq!(two.act(&session("s"), Some("second".to_owned())).await.unwrap(), 2);
    let beacon = one.beacon(&session("s")).await.unwrap();
    assert_eq!((beacon.acts, beacon.act.as_deref()), (2, Some("second")));
    assert_eq!(one.act(&session("t"), None).await.unwrap(), 1);
}

pub(crate) async fn what_the_server_lost_is_hidden_but_readable(engine: &dyn Engine) {
    let store = open(engine).await;
    for id in ["s", "t"] {
        commit(&*store, id, Batch { session: Some(record(id, "title")), ..of(vec![activity(id, "x")]) }).await;
    }
    store.set_deleted(&session("s"), true).await.unwrap();
    assert!(store.beacon(&session("s")).await.unwrap().deleted);
    for query in [json!({"from": "sessions"}), json!({"from": "activities"})] {
        assert_eq!(select(&*store, query).await, ["t"]);
    }
    assert_eq!(select(&*store, json!({"from": "sessions", "where": {"search": "title"}})).await, ["t"]);
    assert_eq!(store.session_ids().await.unwrap(), [session("t")]);
    assert_eq!(all_ids(&*store, "s").await, ["s"]);
    assert!(store.session(&session("s")).await.unwrap().is_some());
    store.set_deleted(&session("s"), false).await.unwrap();
    assert_eq!(select(&*store, json!({"from": "sessions"})).await.len(), 2);
    assert!(!store.beacon(&session("s")).await.unwrap().deleted);
    // Who is seen is there.
    for committed in [false, true] {
        store.set_deleted(&session("s"), true).await.unwrap();
        assert!(store.known(vec![session("s")]).await.unwrap().is_empty(), "what is not there is to be fetched");
        match committed {
            true => {
                commit(&*store, "s", Batch { session: Some(record("s", "title")), ..Batch::default() }).await;
            }
            false => store.put_sessions(vec![(session("s"), record("s", "title"))]).await.unwrap(),
        }
        assert!(!store.beacon(&session("s")).await.unwrap().deleted);
        assert_eq!(store.session_ids().await.unwrap().len(), 2);
    }
}

pub(crate) async fn a_forgotten_session_is_gone_with_all_it_had(engine: &dyn Engine) {
    let store = open(engine).await;
    let batch = Batch { session: Some(record("s", "title")), ..marked(&Mark::default(), &token("t")) };
    let activities = vec![activity("a", "word"), activity("b", &"x".repeat(100_000))];
    let end = commit(&*store, "s", Batch { activities, ..batch }).await.end;
    store.forget(&session("s")).await.unwrap();
    store.forget(&session("never")).await.unwrap();
    assert_eq!(store.beacon(&session("s")).await.unwrap(), Default::default());
    assert_eq!(store.session(&session("s")).await.unwrap(), None);
    assert!(all_ids(&*store, "s").await.is_empty());
    let info = store.info().await.unwrap();
    assert_eq!((info.sessions, info.activities), (0, 0));
    let again = commit(&*store, "s", of(vec![activity("c", "other")])).await;
    assert!(again.end > end, "positions are not used again");
    assert!(select(&*store, json!({"from": "activities", "where": {"search": "word"}})).await.is_empty());
}

pub(crate) async fn a_session_is_claimed_once(engine: &dyn Engine) {
    let (one, two) = (open(engine).await, open(engine).await);
    assert!(one.claim(&session("s")).await.unwrap());
    assert!(!one.claim(&session("s")).await.unwrap());
    assert!(!two.claim(&session("s")).await.unwrap());
    assert!(two.claim(&session("t")).await.unwrap());
}

pub(crate) async fn a_sync_goes_on_where_it_was_interrupted(engine: &dyn Engine) {
    let store = open(engine).await;
    let first = store.begin_sync("all".to_owned(), None).await.unwrap();
    assert!(!first.goes_on);
    let again = store.begin_sync("all".to_owned(), Some(first.started)).await.unwrap();
    assert_eq!((again.goes_on, again.started), (true, first.started));
    assert!(!store.begin_sync("all".to_owned(), None).await.unwrap().goes_on, "not asked to go on");
    assert!(!store.begin_sync("other".to_owned(), Some(first.started)).await.unwrap().goes_on);
    assert_eq!(store.info().await.unwrap().last_synced, None);
    store.finish_sync().await.unwrap();
    assert!(store.info().await.unwrap().last_synced >= Some(first.started));
    assert!(!store.begin_sync("other".to_owned(), Some(first.started)).await.unwrap().goes_on);
}

pub(crate) async fn freshness_is_remembered(engine: &dyn Engine) {
    let store = open(engine).await;
    let s = session("s");
    store.put_sessions(vec![(s.clone(), record("s", "title"))]).await.unwrap();
    let known = async || store.known(vec![session("s"), session("no")]).await.unwrap()[&session("s")].clone();
    let fresh = known().await;
    assert_eq!((fresh.hydrated, fresh.settled, fresh.tried), (None, false, None));
    assert_eq!((fresh.seen.state.as_str(), fresh.seen.update_time), ("inProgress", record("s", "").update_time));
    store.note_tried(&s).await.unwrap();
    let look = Look { at: fresh.seen.at, state: "completed".to_owned(), update_time: fresh.seen.update_time };
    store.note_hydrated(&s, look.clone(), true).await.unwrap();
    let later = known().await;
    assert_eq!((later.hydrated, later.settled), (Some(look), true));
    assert!(later.tried >= Some(fresh.seen.at));
}

pub(crate) async fn a_budget_is_shared(engine: &dyn Engine) {
    let (one, two) = (open(engine).await, open(engine).await);
    let pace = Pace { burst: 3, interval: Duration::from_secs(100) };
    let patience = Duration::from_secs(250);
    let mut waits = Vec::new();
    for store in [&one, &two, &one, &two, &one, &two] {
        waits.push(store.take_turn("b", pace, patience).await.unwrap().as_secs_f64());
    }
    assert_eq!(waits[..3], [0.0; 3]);
    let about = |wait: f64, hundreds: f64| wait <= hundreds * 100.0 && wait > hundreds * 100.0 - 60.0;
    assert!(about(waits[3], 1.0) && about(waits[4], 2.0), "{waits:?}");
    // The last one had no patience, so it took nothing: the next waits no longer.
    assert!(about(waits[5], 3.0), "{waits:?}");
    assert!(about(one.take_turn("b", pace, patience).await.unwrap().as_secs_f64(), 3.0));
    assert_eq!(one.take_turn("other", pace, patience).await.unwrap(), Duration::ZERO);
}

pub(crate) async fn a_budget_refills(engine: &dyn Engine) {
    let (one, two) = (open(engine).await, open(engine).await);
    let pace = Pace { burst: 2, interval: Duration::from_millis(300) };
    let turn = |store: &Arc<dyn Store>| {
        let store = Arc::clone(store);
        async move { store.take_turn("b", pace, Duration::from_secs(10)).await.unwrap() }
    };
    while turn(&one).await < pace.interval {}
    // Both of the burst are there again once nobody has asked for as long as they take.
    tokio::time::sleep(pace.interval * 5).await;
    assert_eq!((turn(&one).await, turn(&two).await), (Duration::ZERO, Duration::ZERO));
}

pub(crate) async fn what_is_in_it_is_told(engine: &dyn Engine) {
    let store = open(engine).await;
    for id in ["s", "t"] {
        commit(&*store, id, Batch { session: Some(record(id, "title")), ..of(vec![activity("a", "x")]) }).await;
    }
    commit(&*store, "u", of(vec![activity("a", "x"), activity("b", "x")])).await;
    let info = store.info().await.unwrap();
    assert_eq!((info.sessions, info.activities, info.last_synced), (2, 4, None));
    assert!(info.bytes > 0);
    assert_eq!((info.location.is_some(), info.reason), (engine.address().is_some(), None));
}
