//! The README says what is so: defaults, faults, scenarios, flags.

use jules_emulator::{Config, Emulator, Fault, Moment};
use reqwest::Method;
use serde_json::json;

use crate::support::Service;

const README: &str = include_str!("../../README.md");

/// The default of a setting as the README's table has it: JSON, or a word.
fn documented(setting: &str) -> serde_json::Value {
    let start = format!("| `{setting}` | ");
    let row = README.lines().find_map(|line| line.strip_prefix(start.as_str())).unwrap();
    let default = row.split(" | ").next().unwrap().trim_matches('`');
    serde_json::from_str(default).unwrap_or_else(|_| json!(default))
}

#[test]
fn documented_defaults_are_the_defaults() {
    let weightless = json!({ "ms": 0.0, "bytes": 0, "lightMs": 0.0 });
    let expected = json!({
        "speed": 1.0, "clockSkewMs": 0, "notFoundWindowMs": 0, "concurrentSessions": null, "dailySessions": null,
        "limitAnswer": documented("limitAnswer"), "dayMs": null, "archivedHoldsSlot": false,
        "perMinute": {}, "minuteMs": 60_000, "quotaDetails": "quotaFailure",
        "defaultScenario": null, "decimals": null, "createAnswer": "mostlyQueued", "effectsAnswerSession": false,
        "refuseQueuedMessages": documented("refuseQueuedMessages"), "doubleApproval": true, "activityIds": "mixed", "updateTime": "prompt",
        "listWeight": { "sessions": weightless, "sources": weightless }, "gzip": true,
    });
    assert_eq!(serde_json::to_value(Config::default()).unwrap(), expected);
    for name in expected.as_object().unwrap().keys() {
        assert!(README.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn documented_settings_can_be_set_in_the_forms_that_are_documented() {
    for (name, value) in [
        ("limitAnswer", json!("bare")),
        ("limitAnswer", json!("genericQuota")),
        ("limitAnswer", json!("failedPrecondition")),
        ("quotaDetails", json!("errorInfo")),
        ("quotaDetails", json!("none")),
        ("createAnswer", json!("queued")),
        ("createAnswer", json!("minimal")),
        ("updateTime", json!("now")),
        ("updateTime", json!({ "lagsMs": 1200 })),
        ("activityIds", json!("mixed")),
        ("listWeight", json!({ "sessions": { "ms": 300, "bytes": 300_000 } })),
        ("perMinute", json!({ "activities.list": 120 })),
    ] {
        let changed = Config::default().with(json!({ name: value }));
        assert!(changed.is_ok(), "{name}: {value}");
        let word = value.as_str().map_or_else(|| format!("\"{}\"", first_name(&value)), |word| format!("`{word}`"));
        assert!(README.contains(&word), "{name}: {word}");
    }
    assert!(Config::default().with(json!({ "limitAnswer": "rude" })).is_err());
}

fn first_name(value: &serde_json::Value) -> String {
    value.as_object().unwrap().keys().next().unwrap().clone()
}

#[test]
fn every_kind_of_fault_is_documented() {
    let all = [
        Fault::status(500),
        Fault::html(502),
        Fault::redirect("/"),
        Fault::refused_but_created(),
        Fault::over_quota_but_created(),
        Fault::bare_precondition(),
        Fault::generic_quota(),
        Fault::bom(),
        Fault::vanish_outputs(),
        Fault::empty_first(1),
        Fault::cut_surrogate(),
        Fault::delay(1),
        Fault::reset(Moment::Before),
        Fault::close(Moment::Before),
        Fault::hang(Moment::Before),
        Fault::truncate(),
        Fault::malformed(),
        Fault::slow(1),
        Fault::not_found_window(1),
        Fault::refuse_filter(),
        Fault::ignore_filter(),
        Fault::refuse_fields(),
        Fault::ignore_fields(),
        Fault::duplicate_items(),
        Fault::shuffle_items(),
        Fault::repeat_page(),
        Fault::empty_page(),
        Fault::endless_pages(),
        Fault::circular_pages(),
        Fault::freeze_update_time(),
        Fault::unknown_state("X"),
        Fault::unknown_fields(),
        Fault::late(1),
        Fault::equal_time(),
        Fault::unknown_event(),
        Fault::unknown_artifact(),
        Fault::huge(1),
    ];
    for fault in all {
        let form = serde_json::to_value(&fault).unwrap();
        let kind = form["kind"].as_str().unwrap();
        assert!(README.contains(&format!("`{kind}`")), "{kind}");
        assert_eq!(Fault::from_json(form), Ok(fault), "what is listed can be sent back");
    }
}

#[tokio::test]
async fn every_scenario_is_documented() {
    let service = Service::with(Emulator::start().await.unwrap());
    let scenarios = service.control(Method::GET, "scenarios", None).await.json;
    for scenario in scenarios.as_array().unwrap() {
        let name = scenario["name"].as_str().unwrap();
        assert!(README.contains(&format!("`{name}`")), "{name}");
        assert!(!scenario["description"].as_str().unwrap().is_empty(), "{name}");
    }
}
