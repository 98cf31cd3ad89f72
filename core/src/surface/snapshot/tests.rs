//! What is derived from a session's activities, without a server.

use serde_json::{Value, json};

use super::*;

const PATCH: &str =
    "diff --git a/a|b.txt b/a|b.txt\nnew file mode 100644\n--- /dev/null\n+++ b/a|b.txt\n@@ -0,0 +1 @@\n+hello\n";

fn at(second: u32, mut activity: Value) -> Value {
    activity["id"] = format!("{second}").into();
    activity["createTime"] = format!("2025-01-02T03:04:{second:02}.5Z").into();
    activity
}

fn snapshot(state: &str, activities: impl IntoIterator<Item = Value>) -> Snapshot {
    let session = json!({"id": "7", "title": "Fix *it*", "prompt": "# Please\nfix it", "state": state,
        "url": "https://example.com/7", "createTime": "2025-01-02T03:04:00Z", "updateTime": "2025-01-02T03:04:01Z",
        "outputs": [{"pullRequest": {"url": "https://github.com/o/r/pull/42", "title": "Fix [it]"}}]});
    let mut info = SessionInfo::from_wire(&session.to_string()).unwrap();
    let read = |wire: Value| Activity::from_wire(&wire.to_string()).unwrap();
    info.activities = activities.into_iter().map(read).collect();
    Snapshot::of(info)
}

fn eventful() -> Snapshot {
    let bash = |command: &str, exit: i32, output: &str| json!({"bashOutput": {"command": command, "exitCode": exit, "output": output}});
    snapshot(
        "COMPLETED",
        [
            at(1, json!({"planGenerated": {"plan": {"steps": [{"title": "Look"}]}}})),
            at(2, json!({"userMessaged": {"userMessage": "Not so."}})),
            at(
                3,
                json!({"planGenerated": {"plan": {"steps": [{"title": "Read"}, {"title": "Write", "description": "a\nb"}]}}}),
            ),
            at(
                4,
                json!({"progressUpdated": {"title": "Tests"}, "artifacts": [bash("make", 2, "```\nno\n"), bash("true", 0, "")]}),
            ),
            at(5, json!({"agentMessaged": {"agentMessage": "# Done\n```\nunclosed"}})),
            at(6, json!({"progressUpdated": {}, "artifacts": [{"changeSet": {"gitPatch": {"unidiffPatch": PATCH}}}]})),
            at(7, json!({"sessionCompleted": {}})),
        ],
    )
}

#[test]
fn figures_are_derived_from_the_activities() {
    let snapshot = eventful();
    assert_eq!(snapshot.duration_ms, 7_500);
    assert_eq!(
        json!(snapshot.activity_counts),
        json!({"planGenerated": 2, "userMessaged": 1, "progressUpdated": 2, "agentMessaged": 1, "sessionCompleted": 1})
    );
    assert_eq!(
        json!(snapshot.insights),
        json!({"completionAttempts": 1, "planRegenerations": 1, "userInterventions": 1, "failedCommands": [
            {"activityId": "4", "time": "2025-01-02T03:04:04.5Z", "command": "make", "output": "```\nno\n", "exitCode": 2}]})
    );
    assert_eq!(
        json!(snapshot.timeline[2]),
        json!({"time": "2025-01-02T03:04:03.5Z", "type": "planGenerated", "summary": "Plan generated with 2 steps"})
    );
    assert_eq!(snapshot.generated_files.all()[0].content, "hello\n");
    assert_eq!(snapshot.change_set().unwrap().git_patch.unidiff_patch, PATCH);
}

#[test]
fn a_session_that_goes_on_has_lasted_until_its_latest_activity() {
    let snapshot = snapshot("IN_PROGRESS", [at(9, json!({"progressUpdated": {"title": "Tests"}}))]);
    assert_eq!(snapshot.duration_ms, 9_500);
    assert_eq!(snapshot.insights, Insights::default());
    assert!(snapshot.change_set().is_none());
}

#[test]
fn json_has_the_fields_that_are_asked_for() {
    let snapshot = eventful();
    let names = |fields: SnapshotFields| {
        let json = snapshot.to_json(&fields).unwrap();
        let mut names: Vec<_> = json.as_object().unwrap().keys().cloned().collect();
        names.sort();
        names
    };
    let mut all: Vec<_> = FIELDS.map(str::to_owned).to_vec();
    all.sort();
    assert_eq!(names(SnapshotFields::default()), all);
    assert_eq!(names(SnapshotFields::default().include(["id", "generated_files"])), ["generatedFiles", "id"]);
    assert_eq!(names(SnapshotFields::default().include(["id", "url"]).exclude(["url"])), ["id"]);
    assert_eq!(names(SnapshotFields::default().exclude(["activities"])).len(), FIELDS.len() - 1);
}

#[test]
fn a_field_that_does_not_exist_is_named_with_what_may_have_been_meant() {
    for fields in [SnapshotFields::default().include(["titel"]), SnapshotFields::default().exclude(["titel"])] {
        let error = eventful().to_json(&fields).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Query);
        let text = error.to_string();
        assert!(
            text.starts_with("a snapshot has no field \"titel\". Did you mean \"title\"? Its fields are id, "),
            "{text}"
        );
    }
}

#[test]
fn the_page_reads_well() {
    let expected = include_str!("page.md");
    let page = eventful().to_markdown();
    assert_eq!(page, expected, "\n{page}");
}

#[test]
fn an_empty_session_has_a_page_too() {
    let mut info = SessionInfo::from_wire(r#"{"id": "7"}"#).unwrap();
    info.url = "javascript:alert(1)".into();
    let page = Snapshot::of(info).to_markdown();
    assert!(page.starts_with("# Session 7\n\n- **State:** unspecified\n- **Session:** `7`\n"), "{page}");
    assert!(!page.contains("##"), "{page}");
}

#[test]
fn a_long_output_is_shortened_in_the_middle() {
    let output: String = (0..1_000).map(|line| format!("line {line}\n")).collect();
    let bash = json!([{"bashOutput": {"command": "yes", "output": output + &"x".repeat(10_000)}}]);
    let page = snapshot("IN_PROGRESS", [at(1, json!({"progressUpdated": {}, "artifacts": bash}))]).to_markdown();
    assert!(page.contains("line 18\n[942 lines left out]\nline 961\n"), "{page}");
    assert!(page.len() < 3_000, "{}", page.len());
}

#[test]
fn nothing_in_the_page_moves_a_cursor_or_changes_a_title() {
    let evil = |word: &str| format!("{word} \u{1b}]0;mine\u{7}\u{9b}2J\u{8}\r");
    let step = json!({"title": evil("step"), "description": evil("why")});
    let bash = json!({"bashOutput": {"command": evil("make"), "exitCode": 2, "output": evil("no")}});
    let patch = PATCH.replace("a|b", &format!("a{}b", evil("|").trim_end()));
    let page = snapshot(
        "FAILED",
        [
            at(1, json!({"planGenerated": {"plan": {"steps": [step]}}})),
            at(2, json!({"agentMessaged": {"agentMessage": evil("```\nsaid")}})),
            at(
                3,
                json!({"progressUpdated": {"title": evil("work"), "description": evil("more")}, "artifacts": [bash]}),
            ),
            at(4, json!({"progressUpdated": {}, "artifacts": [{"changeSet": {"gitPatch": {"unidiffPatch": patch}}}]})),
            at(5, json!({"dreamt": {}, "description": evil("unknown")})),
            at(6, json!({"sessionFailed": {"reason": evil("reason")}})),
        ],
    )
    .to_markdown();
    let obeyed = |letter: char| letter.is_control() && letter != '\n';
    assert!(!page.contains(obeyed), "{page:?}");
    for word in ["step", "said", "work", "make", "no", "reason"] {
        assert!(page.contains(word), "{word} is not shown: {page}");
    }
}
