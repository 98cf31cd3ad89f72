//! What queries give, over a small store whose rows differ in everything that a query can ask for.

use serde_json::{Value, json};

use super::*;
use crate::Query;
use crate::ground::error::{Error, ErrorKind};
use crate::ground::model::{Activity, SessionInfo};

/// A store with rows of the server's JSON.
pub(super) struct Planted(Arc<dyn Store>);

impl Planted {
    pub(super) async fn nothing(engine: &dyn Engine, account: &str) -> Self {
        Self(engine.open(account, LONG).await)
    }

    pub(super) async fn session(&self, wire: Value) {
        let body = wire.to_string();
        let info = SessionInfo::from_wire(&body).unwrap();
        let record = SessionRecord {
            state: info.state.as_str().to_owned(),
            create_time: info.create_time,
            update_time: info.update_time,
            partial: false,
            body: body.into(),
        };
        self.0.put_sessions(vec![(SessionId::parse(&info.id).unwrap(), record)]).await.unwrap();
    }

    pub(super) async fn activities(&self, session: &str, wires: impl IntoIterator<Item = Value>) {
        let new = wires.into_iter().map(|wire| {
            let body = wire.to_string();
            NewActivity::of(&Activity::from_wire(&body).unwrap(), body.as_str())
        });
        let batch = Batch { activities: new.collect(), ..Batch::default() };
        self.0.commit(&SessionId::parse(session).unwrap(), batch).await.unwrap();
    }

    pub(super) async fn select(&self, query: Value) -> Result<Vec<Value>, Error> {
        self.0.select(Query::from_json(query)?.plan()?).await
    }

    /// The ids of the rows.
    async fn ids(&self, query: Value) -> Vec<String> {
        let rows = self.select(query.clone()).await.unwrap_or_else(|error| panic!("{query}: {error}"));
        rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    }

    async fn check<const N: usize>(&self, query: Value, expected: [&str; N]) {
        assert_eq!(self.ids(query.clone()).await, expected, "{query}");
    }

    async fn error(&self, query: Value) -> Error {
        let error = self.select(query.clone()).await.expect_err(&query.to_string());
        assert_eq!(error.kind(), ErrorKind::Query, "{query}");
        error
    }
}

async fn planted(engine: &dyn Engine) -> Planted {
    let store = Planted::nothing(engine, ACCOUNT).await;
    store
        .session(
            json!({"id": "s1", "title": "Fix the Flaky test", "prompt": "It fails on Mondays", "state": "COMPLETED",
            "createTime": "2025-10-01T00:00:00Z", "updateTime": "2025-10-01T00:00:02.5Z",
            "sourceContext": {"source": "sources/github/o/r", "githubRepoContext": {"startingBranch": "main"}},
            "outputs": [{"pullRequest": {"url": "https://github.com/o/r/pull/42", "title": "Fix"}}, {"poem": {}}]}),
        )
        .await;
    store
        .session(json!({"id": "s2", "title": "Straße", "state": "IN_PROGRESS", "createTime": "2025-10-02T00:00:00.000000001Z"}))
        .await;
    store.session(json!({"id": "s3", "title": "100% \"quoted\"", "state": "DREAMING", "archived": true})).await;
    store
        .activities(
            "s1",
            [
                json!({"id": "a1", "createTime": "2025-10-01T00:00:01Z", "originator": "agent",
                    "planGenerated": {"plan": {"id": "p", "steps": [{"title": "Read"}, {"title": "Write", "index": 1}]}}}),
                json!({"id": "a2", "createTime": "2025-10-01T00:00:01Z", "originator": "agent",
                    "progressUpdated": {"title": "Run", "description": "the tests"},
                    "artifacts": [{"bashOutput": {"command": "cargo test", "output": "no", "exitCode": 101}}, {"bashOutput": {"command": "ls"}}]}),
                json!({"id": "a3", "createTime": "2025-10-01T00:00:02Z", "originator": "user",
                    "userMessaged": {"userMessage": "Use the\n  HELPER"}}),
            ],
        )
        .await;
    store
        .activities(
            "s2",
            [
                json!({"id": "b1", "createTime": "2025-10-02T00:00:00Z", "agentMessaged": {"agentMessage": "a helper is"}}),
                json!({"id": "b2", "dreamt": {"of": {"sheep": 3}}}),
                json!({"id": "a3", "createTime": "2025-10-02T00:00:00Z", "planApproved": {"planId": "p"}}),
            ],
        )
        .await;
    store
}

pub(crate) async fn rows_come_newest_first_and_those_without_a_time_last(engine: &dyn Engine) {
    let store = planted(engine).await;
    store.check(json!({"from": "sessions"}), ["s2", "s1", "s3"]).await;
    store.check(json!({"from": "sessions", "order": "asc"}), ["s3", "s1", "s2"]).await;
    store.check(json!({"from": "activities"}), ["b1", "a3", "a3", "a2", "a1", "b2"]).await;
    store.check(json!({"from": "activities", "order": "asc"}), ["b2", "a1", "a2", "a3", "a3", "b1"]).await;
}

pub(crate) async fn conditions_on_columns_and_in_documents_mean_the_same(engine: &dyn Engine) {
    let store = planted(engine).await;
    let sessions = |condition: Value| json!({"from": "sessions", "where": condition});
    store.check(sessions(json!({"state": "completed"})), ["s1"]).await;
    store.check(sessions(json!({"state": {"in": ["IN_PROGRESS", "DREAMING"]}})), ["s2", "s3"]).await;
    store.check(sessions(json!({"state": {"neq": "completed"}})), ["s2", "s3"]).await;
    store.check(sessions(json!({"state": {"in": []}})), []).await;
    store.check(sessions(json!({"createTime": {"gt": "2025-10-02"}})), ["s2"]).await;
    store.check(sessions(json!({"createTime": {"lte": "2025-10-02"}})), ["s1"]).await;
    store.check(sessions(json!({"createTime": {"exists": false}})), ["s3"]).await;
    store.check(sessions(json!({"createTime": null})), ["s3"]).await;
    store.check(sessions(json!({"createTime": {"neq": "2025-10-01T02:00:00+02:00"}})), ["s2", "s3"]).await;
    store.check(sessions(json!({"createTime": {"contains": "-02T"}})), ["s2"]).await;
    store.check(sessions(json!({"updateTime": {"lt": "2030-01-01"}})), ["s1"]).await;
    store.check(sessions(json!({"title": {"contains": "STRASSE"}})), ["s2"]).await;
    store.check(sessions(json!({"title": {"contains": "%"}})), ["s3"]).await;
    store.check(sessions(json!({"archived": true})), ["s3"]).await;
    store.check(sessions(json!({"durationMs": {"gte": 2500}})), ["s1"]).await;
    store.check(sessions(json!({"outputs.type": "pullRequest"})), ["s1"]).await;
    store.check(sessions(json!({"outputs.type": {"neq": "pullRequest"}})), ["s2", "s1", "s3"]).await;
    store.check(sessions(json!({"pullRequest.number": 42.0})), ["s1"]).await;
    store.check(sessions(json!({"outputs": {"exists": false}})), ["s2", "s3"]).await;
    store.check(sessions(json!({"outputs.raw.poem": {"exists": true}})), ["s1"]).await;
    let activities = |condition: Value| json!({"from": "activities", "where": condition});
    store.check(activities(json!({"type": "plan_generated"})), ["a1"]).await;
    store.check(activities(json!({"sessionId": "sessions/s2", "id": {"gt": "a3"}})), ["b1", "b2"]).await;
    store.check(activities(json!({"artifacts.exitCode": {"neq": 0}})), ["b1", "a3", "a3", "a2", "a1", "b2"]).await;
    store.check(activities(json!({"artifacts.exitCode": {"neq": 0, "exists": true}})), ["a2"]).await;
    store.check(activities(json!({"artifacts.exitCode": {"gt": 0, "lt": 100}})), []).await;
    store.check(activities(json!({"plan.steps.title": "Write"})), ["a1"]).await;
    store.check(activities(json!({"raw.dreamt.of.sheep": {"gte": 3}})), ["b2"]).await;
    store.check(activities(json!({"originator": ""})), ["b1", "a3", "b2"]).await;
    store.check(activities(json!({"sessionId": {"in": ["s1"]}, "type": {"neq": "userMessaged"}})), ["a2", "a1"]).await;
}

pub(crate) async fn a_search_finds_all_terms_as_substrings(engine: &dyn Engine) {
    let store = planted(engine).await;
    let search = |from: &str, words: &str| json!({"from": from, "where": {"search": words}});
    store.check(search("sessions", "MONDAY flak"), ["s1"]).await;
    store.check(search("sessions", "strasse"), ["s2"]).await;
    store.check(search("sessions", "\"quoted\""), ["s3"]).await;
    store.check(search("sessions", "0% \"100%"), ["s3"]).await;
    store.check(search("sessions", "it"), ["s1"]).await;
    store.check(search("sessions", ""), ["s2", "s1", "s3"]).await;
    store.check(search("activities", "helper"), ["b1", "a3"]).await;
    store.check(search("activities", "\"the helper\""), ["a3"]).await;
    store.check(search("activities", "argo tes"), ["a2"]).await;
    store.check(search("activities", "rea rit"), ["a1"]).await;
    store.check(search("activities", "readwrite"), []).await;
    for odd in ["AND", "\"", "'); DROP TABLE sessions; --", "texts:x", "a* OR b", "NEAR(", "\u{0}abc", "-x"] {
        store.ids(search("activities", odd)).await;
        store.ids(search("sessions", odd)).await;
    }
}

pub(crate) async fn pages_follow_one_another(engine: &dyn Engine) {
    let store = planted(engine).await;
    let page = |more: Value| {
        let mut query = json!({"from": "activities"});
        query.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        query
    };
    store.check(page(json!({"limit": 2})), ["b1", "a3"]).await;
    store.check(page(json!({"limit": 2, "offset": 2})), ["a3", "a2"]).await;
    store.check(page(json!({"startAfter": "a2"})), ["a1", "b2"]).await;
    store.check(page(json!({"startAt": "a2", "limit": 1})), ["a2"]).await;
    store.check(page(json!({"startAfter": "b2"})), []).await;
    store.check(page(json!({"startAfter": "b2", "order": "asc", "limit": 1})), ["a1"]).await;
    store.check(page(json!({"startAfter": "sessions/s1/activities/a3"})), ["a2", "a1", "b2"]).await;
    store.check(page(json!({"startAfter": "a3", "where": {"originator": "agent"}})), ["a2", "a1"]).await;
    store.check(page(json!({"startAfter": "a2", "where": {"search": "read"}})), ["a1"]).await;
    store.check(page(json!({"limit": 0})), []).await;
    store.check(page(json!({"where": {"artifactCount": 0}, "limit": 2, "offset": 1})), ["a3", "a3"]).await;
    assert_eq!(store.error(page(json!({"startAfter": "zz"}))).await.field(), Some("startAfter"));
}

pub(crate) async fn a_projection_follows_paths_through_lists(engine: &dyn Engine) {
    let store = planted(engine).await;
    let select = |id: &str, fields: Value| json!({"from": "activities", "where": {"id": id}, "select": fields});
    let one = async |query: Value| store.select(query).await.unwrap().remove(0);
    assert_eq!(
        one(select("a2", json!(["artifacts.command", "artifactCount"]))).await,
        json!({"artifactCount": 2, "artifacts": [{"command": "cargo test"}, {"command": "ls"}]})
    );
    assert_eq!(
        one(select("a1", json!(["plan", "-plan.steps.index", "plan.steps[].title"]))).await,
        json!({"plan": {"id": "p", "steps": [{"id": "", "title": "Read"}, {"id": "", "title": "Write"}]}})
    );
    assert_eq!(
        one(select("b2", json!(["-raw", "-name"]))).await,
        json!({"id": "b2", "type": "unknown", "kind": "dreamt", "originator": "", "artifacts": [], "sessionId": "s2",
            "artifactCount": 0, "summary": "dreamt"})
    );
    assert_eq!(one(select("b1", json!(["message", "reason"]))).await, json!({"message": "a helper is"}));
    let usual = json!({"from": "sessions", "limit": 1});
    assert_eq!(
        one(usual).await,
        json!({"id": "s2", "state": "inProgress", "title": "Straße", "createTime": "2025-10-02T00:00:00.000000001Z"})
    );
}

pub(crate) async fn includes_come_both_ways(engine: &dyn Engine) {
    let store = planted(engine).await;
    let include = json!({"activities": {"where": {"type": {"neq": "planApproved"}}, "limit": 2, "select": ["id"]}});
    let rows = store.select(json!({"from": "sessions", "select": ["id"], "include": include})).await.unwrap();
    assert_eq!(
        rows,
        [
            json!({"id": "s2", "activities": [{"id": "b2"}, {"id": "b1"}]}),
            json!({"id": "s1", "activities": [{"id": "a1"}, {"id": "a2"}]}),
            json!({"id": "s3", "activities": []}),
        ]
    );
    let include = json!({"activities": {"where": {"search": "helper", "artifactCount": 0}, "order": "desc"}});
    let rows = store.select(json!({"from": "sessions", "where": {"id": "s1"}, "include": include})).await.unwrap();
    assert_eq!(rows[0]["activities"][0]["message"], "Use the\n  HELPER");
    let query = json!({"from": "activities", "where": {"id": "a3"}, "select": ["id"], "include": {"session": {"select": ["title"]}}});
    assert_eq!(
        store.select(query).await.unwrap(),
        [
            json!({"id": "a3", "session": {"title": "Straße"}}),
            json!({"id": "a3", "session": {"title": "Fix the Flaky test"}})
        ]
    );
}

pub(crate) async fn an_activity_of_a_session_that_was_never_seen_comes_without_it(engine: &dyn Engine) {
    let store = Planted::nothing(engine, ACCOUNT).await;
    store.activities("s", [json!({"id": "1", "sessionCompleted": {}})]).await;
    let query = json!({"from": "activities", "select": ["id"], "include": {"session": true}});
    assert_eq!(store.select(query).await.unwrap(), [json!({"id": "1"})]);
}

pub(crate) async fn a_term_in_thousands_of_rows_is_found_in_order_all_the_same(engine: &dyn Engine) {
    let store = Planted::nothing(engine, ACCOUNT).await;
    let wire = |number: u32| {
        let time = format!("2025-10-01T00:00:00.{:06}Z", number * 7_919 % 6_000);
        let message = if number % 3_000 == 7 { "a common and rare word" } else { "a common word" };
        json!({"id": number.to_string(), "createTime": time, "agentMessaged": {"agentMessage": message}})
    };
    store.activities("s", (0..6_000).map(wire)).await;
    let all = store.ids(json!({"from": "activities", "where": {"search": "common"}, "order": "asc"})).await;
    assert_eq!(all, store.ids(json!({"from": "activities", "order": "asc"})).await);
    assert_eq!(all.len(), 6_000);
    let page =
        json!({"from": "activities", "where": {"search": "common word"}, "order": "asc", "limit": 300, "offset": 200});
    assert_eq!(store.ids(page).await, all[200..500]);
    let rare = store.ids(json!({"from": "activities", "where": {"search": "common rare"}})).await;
    assert_eq!(rare.len(), 2);
}

pub(crate) async fn a_session_is_searched_as_it_is_now_and_not_once_it_is_forgotten(engine: &dyn Engine) {
    let store = Planted::nothing(engine, ACCOUNT).await;
    let search = |words: &str| json!({"from": "sessions", "where": {"search": words}});
    store.session(json!({"id": "s", "title": "before"})).await;
    store.session(json!({"id": "s", "title": "afterwards", "state": "FAILED"})).await;
    store.check(search("before"), []).await;
    store.check(search("after"), ["s"]).await;
    store.activities("s", [json!({"id": "1", "agentMessaged": {"agentMessage": "hello"}})]).await;
    store.check(json!({"from": "activities", "where": {"search": "hello"}}), ["1"]).await;
    store.0.forget(&SessionId::parse("s").unwrap()).await.unwrap();
    store.check(search("after"), []).await;
    store.session(json!({"id": "t", "title": "t"})).await;
    store.activities("t", [json!({"id": "2", "agentMessaged": {"agentMessage": "other"}})]).await;
    store.check(json!({"from": "activities", "where": {"search": "hello"}}), []).await;
}

pub(crate) async fn what_the_server_has_no_more_is_not_shown(engine: &dyn Engine) {
    let store = planted(engine).await;
    let s1 = SessionId::parse("s1").unwrap();
    store.0.set_deleted(&s1, true).await.unwrap();
    store.check(json!({"from": "sessions"}), ["s2", "s3"]).await;
    store.check(json!({"from": "activities"}), ["b1", "a3", "b2"]).await;
    store.check(json!({"from": "activities", "where": {"sessionId": "s1"}}), []).await;
    store.check(json!({"from": "activities", "where": {"search": "helper"}}), ["b1"]).await;
    store.0.set_deleted(&s1, false).await.unwrap();
    store.check(json!({"from": "sessions"}), ["s2", "s1", "s3"]).await;
}
