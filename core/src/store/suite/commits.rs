//! All or nothing, once, and what is read of what was committed.

use super::*;
use crate::store::ReadLimit;

pub(crate) async fn an_activity_is_never_there_twice(engine: &dyn Engine) {
    let store = open(engine).await;
    assert_eq!(commit(&*store, "s", of(vec![activity("b", "1"), activity("a", "2")])).await.new, [0, 1]);
    let again = vec![activity("a", "changed"), activity("c", "3"), activity("c", "4")];
    let committed = commit(&*store, "s", of(again)).await;
    assert_eq!((committed.new, committed.count), (vec![1], 3));
    assert_eq!(all_ids(&*store, "s").await, ["b", "a", "c"]);
    let found = store.read(&session("s"), Position::default()).await.unwrap();
    let texts: Vec<_> = found.iter().map(|(_, activity)| activity.message().unwrap()).collect();
    assert_eq!(texts, ["1", "2", "3"]);
    // An id is a session's own.
    assert_eq!(commit(&*store, "other", of(vec![activity("a", "5")])).await.count, 1);
}

pub(crate) async fn an_empty_activity_is_replaced_once_where_it_stands(engine: &dyn Engine) {
    let store = open(engine).await;
    commit(&*store, "s", of(vec![empty("e"), activity("b", "1")])).await;
    let at = store.find(&session("s"), "e").await.unwrap();
    assert_eq!(commit(&*store, "s", of(vec![empty("e")])).await.new, [0; 0]);
    let committed = commit(&*store, "s", of(vec![activity("e", "whole")])).await;
    assert_eq!((committed.new.len(), committed.count), (0, 2));
    for late in [activity("e", "late"), empty("e")] {
        commit(&*store, "s", of(vec![late])).await;
    }
    assert_eq!(store.find(&session("s"), "e").await.unwrap(), at);
    let found = store.read(&session("s"), Position::default()).await.unwrap();
    assert_eq!(found[0].1.message(), Some("whole"));
    let search = serde_json::json!({"from": "activities", "where": {"search": "whole"}});
    assert_eq!(select(&*store, search).await, ["e"]);
    let typed = serde_json::json!({"from": "activities", "where": {"type": "agentMessaged"}, "order": "asc"});
    assert_eq!(select(&*store, typed).await, ["b", "e"]);
}

pub(crate) async fn a_mark_moves_only_from_where_it_is(engine: &dyn Engine) {
    let store = open(engine).await;
    let full = Mark {
        newest: "2025-01-01T00:00:00.000000001Z".parse().ok(),
        page_token: Some("t".to_owned()),
        reconciled: Some(3),
    };
    commit(&*store, "s", marked(&Mark::default(), &full)).await;
    assert_eq!(store.beacon(&session("s")).await.unwrap().mark, full);
    for wrong in [Mark::default(), token("t"), Mark { newest: None, ..full.clone() }] {
        let refused = store.commit(&session("s"), marked(&wrong, &token("u"))).await.unwrap();
        assert_eq!(refused, Commit::MarkMoved(full.clone()));
    }
    commit(&*store, "s", marked(&full, &Mark::default())).await;
    assert_eq!(store.beacon(&session("s")).await.unwrap().mark, Mark::default());
}

pub(crate) async fn a_refused_commit_writes_nothing(engine: &dyn Engine) {
    let store = open(engine).await;
    commit(&*store, "s", of(vec![activity("a", "1")])).await;
    let before = store.beacon(&session("s")).await.unwrap();
    let whole = |batch: Batch| Batch {
        activities: vec![activity("b", "2")],
        session: Some(record("s", "title")),
        status: Some("status".to_owned()),
        ..batch
    };
    let refused = store.commit(&session("s"), whole(marked(&token("no"), &token("t")))).await.unwrap();
    assert_eq!(refused, Commit::MarkMoved(Mark::default()));
    let key = LeaseKey::Watch(session("s"));
    let grant = acquire(&*store, &key).await.unwrap();
    store.release(&grant).await.unwrap();
    let fenced = Batch { fence: Some(grant), ..Batch::default() };
    assert_eq!(store.commit(&session("s"), whole(fenced)).await.unwrap(), Commit::Fenced);
    assert_eq!(store.beacon(&session("s")).await.unwrap(), before);
    assert_eq!(all_ids(&*store, "s").await, ["a"]);
    assert_eq!(store.session(&session("s")).await.unwrap(), None);
}

pub(crate) async fn what_a_commit_did_is_told(engine: &dyn Engine) {
    let store = open(engine).await;
    let first = commit(&*store, "s", of(vec![activity("a", "1"), activity("b", "2")])).await;
    assert_eq!((first.new.as_slice(), first.count), ([0, 1].as_slice(), 2));
    let second = commit(&*store, "s", of(vec![activity("b", "2"), activity("c", "3")])).await;
    assert_eq!((second.new.as_slice(), second.count), ([1].as_slice(), 3));
    assert!(second.end > first.end);
    assert_eq!(store.find(&session("s"), "c").await.unwrap(), Some(second.end));
    let nothing = commit(&*store, "s", Batch::default()).await;
    assert_eq!(nothing, Committed { new: vec![], ..second.clone() });
    let beacon = store.beacon(&session("s")).await.unwrap();
    assert_eq!((beacon.end, beacon.count), (second.end, 3));
    assert_eq!(commit(&*store, "new", Batch::default()).await, Committed::default());
}

pub(crate) async fn activities_are_read_from_any_place(engine: &dyn Engine) {
    let store = open(engine).await;
    let names: Vec<String> = (0..20).map(|number| format!("a{number}")).collect();
    for name in &names {
        commit(&*store, "s", of(vec![activity(name, "x")])).await;
        commit(&*store, "other", of(vec![activity(name, "x")])).await;
    }
    for (place, name) in names.iter().enumerate() {
        let at = store.find(&session("s"), name).await.unwrap().unwrap();
        assert_eq!(ids(&*store, "s", at).await, names[place + 1..]);
    }
    assert_eq!(store.find(&session("s"), "no").await.unwrap(), None);
}

pub(crate) async fn chunks_come_to_the_same_as_all_at_once(engine: &dyn Engine) {
    let store = open(engine).await;
    let texts = ["short", &"long ".repeat(100), "", &"x".repeat(200_000), "after", "last"];
    let activities = texts.iter().enumerate().map(|(number, text)| activity(&number.to_string(), text)).collect();
    commit(&*store, "s", of(activities)).await;
    let all = store.read(&session("s"), Position::default()).await.unwrap();
    for (activities, bytes) in [(1, 0), (4, usize::MAX), (usize::MAX, 400), (0, 0)] {
        let limit = ReadLimit { activities, bytes };
        let (mut end, mut read) = (Position::default(), Vec::new());
        loop {
            let chunk = store.read_some(&session("s"), end, limit).await.unwrap();
            assert!(chunk.bodies.len() <= activities.max(1), "{limit:?}");
            end = chunk.end;
            read.extend(chunk.bodies.iter().map(|body| body.activity().unwrap()));
            if !chunk.more {
                break;
            }
        }
        assert!(read.iter().eq(all.iter().map(|(_, activity)| activity)), "{limit:?}");
        assert_eq!(end, all.last().unwrap().0);
        let behind = store.read_some(&session("s"), end, limit).await.unwrap();
        assert!(behind.bodies.is_empty() && !behind.more && behind.end == end);
    }
}

pub(crate) async fn a_chunk_is_as_large_as_its_limit_allows(engine: &dyn Engine) {
    let store = open(engine).await;
    let texts = [300, 300, 300, 5, 5, 5, 2_000, 5].map(|length| "x".repeat(length));
    let activities = texts.iter().enumerate().map(|(number, text)| activity(&number.to_string(), text)).collect();
    commit(&*store, "s", of(activities)).await;
    for (activities, bytes) in [(usize::MAX, 700), (2, usize::MAX), (3, 500), (usize::MAX, 0)] {
        let mut end = Position::default();
        loop {
            let chunk = store.read_some(&session("s"), end, ReadLimit { activities, bytes }).await.unwrap();
            let sizes: Vec<_> = chunk.bodies.iter().map(|body| body.0.len()).collect();
            // The last one is what reaches the limit, or may be all there is.
            let but_the_last: usize = sizes.iter().rev().skip(1).sum();
            assert!(
                sizes.len() <= activities && (sizes.len() == 1 || but_the_last < bytes),
                "{sizes:?} of {bytes} bytes"
            );
            end = chunk.end;
            if !chunk.more {
                break;
            }
            assert!(sizes.len() == activities || sizes.iter().sum::<usize>() >= bytes, "{sizes:?} could be more");
        }
    }
}

pub(crate) async fn bodies_of_any_size_come_back(engine: &dyn Engine) {
    let store = open(engine).await;
    for (number, size) in [0, 1, 65_000, 66_000, 3_000_000].into_iter().enumerate() {
        let text = "ü\\u0000".repeat(size / 8);
        commit(&*store, "s", of(vec![activity(&number.to_string(), &text)])).await;
        let found = store.read(&session("s"), Position::default()).await.unwrap();
        assert_eq!(found[number].1.message(), Some("ü\0".repeat(size / 8).as_str()), "{size}");
    }
}

pub(crate) async fn what_is_missing_is_told_in_order(engine: &dyn Engine) {
    let store = open(engine).await;
    commit(&*store, "s", of(vec![activity("a", "1"), empty("e"), activity("b", "2")])).await;
    let asked = ["z", "b", "e", "y", "a"].map(str::to_owned).to_vec();
    assert_eq!(store.missing(&session("s"), asked.clone()).await.unwrap(), ["z", "e", "y"]);
    assert_eq!(store.missing(&session("never"), asked.clone()).await.unwrap(), asked);
}

pub(crate) async fn an_end_counts_until_something_goes_on(engine: &dyn Engine) {
    let store = open(engine).await;
    let ending = async || store.ending(&session("s")).await.unwrap();
    assert_eq!(ending().await, None);
    commit(&*store, "s", of(vec![activity("a", "1")])).await;
    assert_eq!(ending().await, None);
    let end = commit(&*store, "s", of(vec![of_kind("e", "sessionCompleted", r#""sessionCompleted":{}"#)])).await.end;
    assert_eq!(ending().await, Some(end));
    commit(&*store, "s", of(vec![of_kind("p", "progressUpdated", r#""progressUpdated":{}"#), empty("u")])).await;
    assert_eq!(ending().await, Some(end));
    commit(&*store, "s", of(vec![of_kind("m", "userMessaged", r#""userMessaged":{"userMessage":"go on"}"#)])).await;
    assert_eq!(ending().await, None);
    let failed = commit(&*store, "s", of(vec![of_kind("f", "sessionFailed", r#""sessionFailed":{}"#)])).await.end;
    assert_eq!(ending().await, Some(failed));
    // What arrives behind an end and is older than it doesn't go on with it.
    let said = |id: &str, second: u8| {
        let mut activity = of_kind(id, "agentMessaged", r#""agentMessaged":{"agentMessage":"x"}"#);
        activity.create_time = Some(format!("2026-01-01T00:00:{second:02}Z").parse().unwrap());
        activity
    };
    let mut last = of_kind("c", "sessionCompleted", r#""sessionCompleted":{}"#);
    last.create_time = said("", 10).create_time;
    let last = commit(&*store, "s", of(vec![last])).await.end;
    commit(&*store, "s", of(vec![said("late", 9)])).await;
    assert_eq!(ending().await, Some(last));
    commit(&*store, "s", of(vec![said("later", 11)])).await;
    assert_eq!(ending().await, None);
}

pub(crate) async fn all_is_there_when_opened_again(engine: &dyn Engine) {
    if engine.address().is_none() {
        return;
    }
    let store = open(engine).await;
    let batch = Batch {
        activities: vec![activity("a", "1"), activity("b", "2")],
        session: Some(record("s", "title")),
        status: Some("status".to_owned()),
        ..marked(&Mark::default(), &token("t"))
    };
    commit(&*store, "s", batch).await;
    store.act(&session("s"), Some("note".to_owned())).await.unwrap();
    store.set_deleted(&session("s"), true).await.unwrap();
    let (beacon, body) = (store.beacon(&session("s")).await.unwrap(), store.session(&session("s")).await.unwrap());
    drop(store);
    let store = open(engine).await;
    assert_eq!(store.beacon(&session("s")).await.unwrap(), beacon);
    assert_eq!(store.session(&session("s")).await.unwrap(), body);
    assert_eq!(all_ids(&*store, "s").await, ["a", "b"]);
    assert_eq!((beacon.acts, beacon.looks, beacon.deleted), (1, 1, true));
}
