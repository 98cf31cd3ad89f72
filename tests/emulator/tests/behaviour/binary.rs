//! The binary, as a driver in another language starts it.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::support::web;

fn command(flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jules-emulator"));
    command.args(flags).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

async fn ready(child: &mut Child) -> Value {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap()
}

async fn exit_code(child: &mut Child) -> Option<i32> {
    tokio::time::timeout(Duration::from_secs(5), child.wait()).await.unwrap().unwrap().code()
}

#[tokio::test]
async fn it_says_where_it_is_and_ends_with_standard_input() {
    let mut child = command(&["--exit-with-stdin", "--speed", "50"]).spawn().unwrap();
    let ready = ready(&mut child).await;
    let url = ready["url"].as_str().unwrap();
    let status = web()
        .build()
        .unwrap()
        .get(format!("{url}/sources"))
        .header("X-Goog-Api-Key", "k")
        .send()
        .await
        .unwrap()
        .status();
    assert_eq!(status, 200);
    drop(child.stdin.take());
    assert_eq!(exit_code(&mut child).await, Some(0));
}

#[tokio::test]
async fn settings_are_taken_from_the_command_line() {
    let flags =
        ["--limit-answer", "bare", "--set", "archivedHoldsSlot=true", "--set", "updateTime=now", "--speed", "9"];
    let mut child = command(&flags).spawn().unwrap();
    let ready = ready(&mut child).await;
    let control = ready["control"].as_str().unwrap();
    let config = web().build().unwrap().get(format!("{control}config")).send().await.unwrap().text().await.unwrap();
    let config: Value = serde_json::from_str(&config).unwrap();
    let seen = ["limitAnswer", "archivedHoldsSlot", "updateTime", "speed"].map(|name| config[name].clone());
    assert_eq!(Value::from(seen.to_vec()), serde_json::json!(["bare", true, "now", 9.0]));
}

#[tokio::test]
async fn accounts_are_taken_from_the_command_line_and_their_keys_share_a_plan() {
    let flags = ["--account", "team:2/3:one,two", "--account", "big:ultra:three", "--limit-answer", "bare"];
    let mut child = command(&flags).spawn().unwrap();
    let ready = ready(&mut child).await;
    let (url, control) = (ready["url"].as_str().unwrap(), ready["control"].as_str().unwrap());
    let create = |key: &'static str| {
        let body = r#"{"prompt": "x [scenario:silent]"}"#;
        let request = web().build().unwrap().post(format!("{url}/sessions")).header("X-Goog-Api-Key", key).body(body);
        async move { request.send().await.unwrap().status().as_u16() }
    };
    assert_eq!([create("one").await, create("two").await, create("one").await], [200, 200, 400]);
    assert_eq!(create("three").await, 200);
    let accounts = web().build().unwrap().get(format!("{control}accounts")).send().await.unwrap().text().await.unwrap();
    let accounts: Value = serde_json::from_str(&accounts).unwrap();
    let figures = |name: &str| {
        let account = accounts.as_array().unwrap().iter().find(|account| account["name"] == name).unwrap();
        ["keys", "slots", "perDay", "holding", "created"].map(|field| account[field].as_u64().unwrap())
    };
    assert_eq!(figures("team"), [2, 2, 3, 2, 2]);
    assert_eq!(figures("big"), [1, 60, 300, 1, 1]);
}

#[tokio::test]
async fn it_ends_on_sigterm() {
    let mut child = command(&[]).spawn().unwrap();
    let ready = ready(&mut child).await;
    let killed = Command::new("kill").args(["-TERM", &ready["pid"].to_string()]).status().await.unwrap();
    assert!(killed.success());
    assert_eq!(exit_code(&mut child).await, Some(0));
}

#[tokio::test]
async fn a_bad_flag_or_scenario_is_refused_in_one_line() {
    for (flags, word) in [
        (["--set", "limitAnswer=rude"], "rude"),
        (["--set", "sped=3"], "sped"),
        (["--sped", "3"], "--sped"),
        (["--scenario", "nope"], "nope"),
        (["--speed", "0"], "speed"),
    ] {
        let output = command(&flags).output().await.unwrap();
        assert_eq!(output.status.code(), Some(2), "{flags:?}");
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(complaint.contains(word) && complaint.lines().count() <= 2, "{complaint}");
    }
}

#[tokio::test]
async fn help_and_version_are_printed() {
    let help = command(&["--help"]).output().await.unwrap();
    assert!(String::from_utf8(help.stdout).unwrap().contains("Usage: jules-emulator"));
    let version = command(&["--version"]).output().await.unwrap();
    assert!(String::from_utf8(version.stdout).unwrap().starts_with("jules-emulator "));
}
