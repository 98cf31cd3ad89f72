//! Each matcher is shown to pass and, above all, to fail: a judge that can't say no is no judge.

use serde_json::{Value, json};

use super::{Saved, mismatches, validate};

fn saved() -> Saved {
    let mut saved = Saved::default();
    saved.insert("s", json!({ "id": "42", "list": [{ "n": 7 }] }));
    saved
}

/// `expected` matches `good` and doesn't match `bad`.
#[track_caller]
fn tells(expected: Value, good: Value, bad: Value) {
    assert_eq!(mismatches(&expected, Some(&good), &saved()), [], "{expected} should match {good}");
    assert_ne!(mismatches(&expected, Some(&bad), &saved()), [], "{expected} should not match {bad}");
    assert_eq!(validate(&expected), Ok(()), "{expected} is a pattern");
}

#[test]
fn plain_values_must_be_equal() {
    tells(json!("a"), json!("a"), json!("b"));
    tells(json!(1), json!(1.0), json!(2));
    tells(json!(true), json!(true), json!(1));
    tells(Value::Null, Value::Null, json!({}));
    tells(json!("1"), json!("1"), json!(1));
}

#[test]
fn objects_are_subsets_and_lists_are_whole() {
    tells(json!({ "a": 1 }), json!({ "a": 1, "b": 2 }), json!({ "b": 2 }));
    tells(json!({ "a": { "b": 1 } }), json!({ "a": { "b": 1 } }), json!({ "a": 1 }));
    tells(json!([1, { "a": 1 }]), json!([1, { "a": 1, "b": 1 }]), json!([1]));
    tells(json!([1]), json!([1]), json!([1, 2]));
    tells(json!([]), json!([]), json!({}));
}

#[test]
fn kinds_of_values() {
    tells(json!("$string"), json!("x"), json!(""));
    tells(json!("$number"), json!(1.5), json!("1"));
    tells(json!("$boolean"), json!(false), Value::Null);
    tells(json!("$object"), json!({}), json!([]));
    tells(json!("$time"), json!("2025-10-03T05:43:42.801654Z"), json!("2025-10-03T05:43:42"));
    tells(json!({ "$text": "$any" }), json!("$any"), json!("x"));
}

#[test]
fn absence() {
    tells(json!({ "a": "$absent" }), json!({}), json!({ "a": null }));
    assert_ne!(mismatches(&json!({ "a": "$any" }), Some(&json!({})), &saved()), []);
}

#[test]
fn parts_of_texts_and_lists() {
    tells(json!({ "$contains": "ell" }), json!("hello"), json!("hallo"));
    tells(json!({ "$contains": "x/${s.id}" }), json!("/x/42/"), json!("/x/43/"));
    tells(json!({ "$contains": { "a": 1 } }), json!([{ "a": 2 }, { "a": 1, "b": 1 }]), json!([{ "a": 2 }]));
    tells(json!({ "$matches": "^a+$" }), json!("aaa"), json!("aab"));
    tells(json!({ "$between": [1, 3] }), json!(3), json!(3.1));
    tells(json!({ "$between": [1, 3] }), json!(1), json!("1"));
    tells(json!({ "$not": { "a": 1 } }), json!({ "a": 2 }), json!({ "a": 1 }));
    tells(json!({ "$exactly": { "a": 1 } }), json!({ "a": 1 }), json!({ "a": 1, "b": 1 }));
}

#[test]
fn several_matchers_must_all_hold() {
    tells(json!({ "$contains": "a", "$not": { "$contains": "b" } }), json!("a"), json!("ab"));
    tells(json!({ "$exactly": { "a": 1 }, "a": "$number" }), json!({ "a": 1 }), json!({ "a": "1" }));
}

#[test]
fn lists() {
    tells(json!({ "$len": 2 }), json!([1, 2]), json!([1]));
    tells(json!({ "$len": { "$between": [1, 2] } }), json!("ab"), json!("abc"));
    tells(json!({ "$each": { "a": "$number" } }), json!([{ "a": 1 }]), json!([{ "a": 1 }, { "a": "1" }]));
    tells(json!({ "$column": { "a": [1, 2] } }), json!([{ "a": 1 }, { "a": 2 }]), json!([{ "a": 2 }, { "a": 1 }]));
    tells(json!({ "$unique": "a" }), json!([{ "a": 1 }, { "a": 2 }]), json!([{ "a": 1 }, { "a": 1 }]));
    tells(json!({ "$count": { "of": { "a": 1 }, "is": 1 } }), json!([{ "a": 1 }, { "a": 2 }]), json!([{ "a": 2 }]));
    for name in ["$each", "$column", "$unique", "$count"] {
        assert_ne!(mismatches(&json!({ name: {} }), Some(&json!("text")), &saved()), [], "{name} wants a list");
    }
}

#[test]
fn earlier_results() {
    tells(json!({ "$same": "s.id" }), json!("42"), json!("43"));
    tells(json!({ "$sameColumn": { "n": "s.list" } }), json!([{ "n": 7, "m": 1 }]), json!([{ "n": 8 }]));
    tells(json!({ "$sameColumn": { "n": "s.list" } }), json!([{ "n": 7 }]), json!([{ "n": 7 }, { "n": 7 }]));
    assert_ne!(mismatches(&json!({ "$sameColumn": { "n": "s.id" } }), Some(&json!([])), &saved()), []);
    tells(json!("sessions/${s.id}"), json!("sessions/42"), json!("sessions/43"));
    tells(json!("${s.list.0.n}"), json!(7), json!("7"));
    assert_ne!(mismatches(&json!({ "$same": "nobody" }), Some(&json!(1)), &saved()), []);
    assert_ne!(mismatches(&json!("${s.nothing}"), Some(&Value::Null), &saved()), []);
}

#[test]
fn every_mismatch_says_where() {
    let found = mismatches(&json!({ "a": [{ "b": 1 }], "c": 2 }), Some(&json!({ "a": [{ "b": 9 }] })), &saved());
    let lines: Vec<String> = found.iter().map(|m| format!("{}: {}", m.path, m.message)).collect();
    assert_eq!(lines, ["a[0].b: expected 1, got 9", "c: expected 2, got nothing"]);
}

#[test]
fn a_typo_in_a_matcher_is_no_value_to_compare_with() {
    assert!(validate(&json!({ "a": "$strnig" })).is_err_and(|e| e.contains("$strnig")));
    assert!(validate(&json!([{ "$lenght": 1 }])).is_err());
    assert!(validate(&json!({ "$matches": "(" })).is_err());
    assert!(validate(&json!({ "$between": 1 })).is_err());
    assert!(validate(&json!({ "$count": { "of": { "$x": 1 } } })).is_err());
    assert_ne!(mismatches(&json!("$strnig"), Some(&json!("$strnig")), &saved()), []);
}
