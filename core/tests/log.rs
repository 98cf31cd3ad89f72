//! `JULES_LOG` on stderr, and the loggers of clients: what was asked for, and never the key or the prompt. Runs itself as another program, for the
//! subscriber and stderr are the whole process's.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::process::Command;
use std::sync::{Arc, Mutex};

use jules::ffi::{Environment, LogLine, Logger, LoggerHandle, set_environment, set_logger, start_logging};
use jules::{Cache, ClientOptions, Jules, RunConfig, WaitReason};
use jules_emulator::{Emulator, Fault};

const KEY: &str = "key-that-nobody-may-see";
const PROMPT: &str = "prompt-that-is-private";

#[tokio::test]
async fn another_program() {
    if std::env::var_os("JULES_LOG_TEST").is_none() {
        return;
    }
    assert!(jules::log_from_env());
    assert!(!jules::log_from_env(), "a second subscriber");
    let emulator = Emulator::builder().speed(50.0).start().await.unwrap();
    let jules = Jules::builder().api_key(KEY).base_url(emulator.url()).cache(Cache::Memory).build().unwrap();
    jules.run(RunConfig::new(format!("{PROMPT} [scenario:quick]"))).await.unwrap();
    let metrics = jules.metrics();
    assert!(metrics.requests >= 3 && metrics.bytes > 100 && metrics.activities > 0, "{metrics:?}");
}

fn log_of(filter: &str) -> String {
    let mut program = Command::new(std::env::current_exe().unwrap());
    program.args(["--exact", "another_program", "--nocapture"]);
    let output = program.env("JULES_LOG_TEST", "1").env("JULES_LOG", filter).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_level_or_targets_choose_the_lines() {
    let all = log_of("trace");
    assert!(all.contains("operation=\"sessions.create\"") && all.contains("state=completed"), "{all}");
    assert!(!all.contains("hyper") && !all.contains("reqwest"), "{all}");
    let watch = log_of("jules::watch=info");
    assert!(watch.contains("state=completed") && !watch.contains("operation="), "{watch}");
    for log in [all, watch] {
        assert!(!log.contains(KEY) && !log.contains(PROMPT), "{log}");
    }
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<LogLine>>>);

impl Logger for Lines {
    fn log(&self, line: &LogLine) {
        self.0.lock().unwrap().push(line.clone());
    }
}

impl Lines {
    /// A client of the emulator that tells these.
    fn client(&self, emulator: &Emulator) -> Jules {
        let jules = Jules::builder().api_key(KEY).base_url(emulator.url()).cache(Cache::Memory).build().unwrap();
        let mut options = jules.options().clone();
        set_logger(&mut options, LoggerHandle::new(self.clone()));
        Jules::new(options).unwrap()
    }
}

#[tokio::test]
async fn a_clients_logger_hears_its_lines_and_no_others() {
    start_logging("").unwrap();
    let emulator = Emulator::builder().speed(50.0).start().await.unwrap();
    let (lines, others) = (Lines::default(), Lines::default());
    let (jules, other) = (lines.client(&emulator), others.client(&emulator));
    other.sources(jules::SourcesOptions::default()).page().await.unwrap();
    jules.run(RunConfig::new(format!("{PROMPT} [scenario:quick]"))).await.unwrap();
    let lines = lines.0.lock().unwrap();
    let create = lines.iter().find(|line| line.fields.get("operation").is_some_and(|it| it == "sessions.create"));
    let create = create.expect("each request is a line");
    assert_eq!((create.level, create.target, create.fields["attempt"].as_u64()), ("debug", "jules::http", Some(1)));
    assert!(lines.iter().any(|line| line.message == "state changed"), "the watcher's lines are the client's too");
    assert!(!lines.iter().any(|line| line.fields.get("operation").is_some_and(|it| it == "sources.list")));
    assert!(!format!("{lines:?}").contains(PROMPT) && !format!("{lines:?}").contains(KEY));
    let others = others.0.lock().unwrap();
    assert!(others.iter().all(|line| line.fields.get("operation").is_none_or(|it| it == "sources.list")), "{others:?}");
}

#[tokio::test]
async fn a_wait_of_over_a_second_is_a_line_that_says_for_what() {
    start_logging("").unwrap();
    let emulator = Emulator::start().await.unwrap();
    let id = emulator.plant(serde_json::from_value(serde_json::json!({"state": "IN_PROGRESS"})).unwrap()).unwrap();
    let lines = Lines::default();
    let jules = lines.client(&emulator);
    emulator.fault(Fault::status(429).retry_after(2).on("sessions.get").times(1));
    let session = jules.session(&id).unwrap();
    let refused = || lines.0.lock().unwrap().iter().any(|line| line.message == "trying again");
    let behind = async {
        while !refused() {
            tokio::task::yield_now().await;
        }
        session.info().await.unwrap();
    };
    let (first, ()) = futures::join!(session.info(), behind);
    first.unwrap();
    let waits = jules.metrics().waits;
    assert_eq!((waits.get(&WaitReason::Retry), waits.get(&WaitReason::Throttle)), (Some(&1), Some(&1)), "{waits:?}");
    let lines = lines.0.lock().unwrap();
    let is_ours = |line: &&LogLine| line.target == "jules::wait" && line.fields["reason"] == "throttle";
    let told: Vec<_> = lines.iter().filter(is_ours).collect();
    let [line] = told[..] else { panic!("one line for the wait: {told:?}") };
    assert_eq!((line.level, line.message.as_str()), ("info", "waiting for the pace that the server asked for"));
    let fields = ["operation", "session", "call"].map(|name| line.fields[name].as_str().unwrap());
    assert_eq!(fields, ["sessions.get", &id, "reading the session"]);
    assert!((1_000..=2_000).contains(&line.fields["milliseconds"].as_u64().unwrap()), "{line:?}");
}

#[tokio::test]
async fn a_key_that_an_answer_quotes_is_in_no_line() {
    start_logging("").unwrap();
    let emulator = Emulator::start().await.unwrap();
    let lines = Lines::default();
    let jules = lines.client(&emulator);
    let spelt: String = KEY.chars().map(|each| format!("\\u{:04x}", u32::from(each))).collect();
    let bodies = [format!(r#"{{"id": "{spelt}"}}"#), format!("{spelt} is no key"), format!(r#"{{"id": "1", "{KEY}"#)];
    for (status, body) in bodies.into_iter().flat_map(|body| [(200, body.clone()), (400, body)]) {
        emulator.fault(Fault::status(status).body(body).on("sessions.get").times(1));
        jules.session("1").unwrap().info().await.unwrap_err();
    }
    let told = format!("{:?}", lines.0.lock().unwrap());
    assert!(told.contains("sessions.get"), "{told}");
    let parts = [KEY, "nobody-may", "u006b", "u0079"];
    assert!(!parts.iter().any(|part| told.contains(part)), "{told}");
}

#[tokio::test]
async fn a_cache_that_cannot_be_used_is_told_of_once_a_client() {
    start_logging("").unwrap();
    let emulator = Emulator::builder().speed(50.0).start().await.unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut options = Jules::builder().api_key(KEY).base_url(emulator.url()).build().unwrap().options().clone();
    // Nobody chose a directory, and no home can be in a file.
    let home = ("HOME".to_owned(), file.path().as_os_str().to_owned());
    set_environment(&mut options, Environment::new([home]));
    let told = async |options: &ClientOptions| {
        let (lines, mut options) = (Lines::default(), options.clone());
        set_logger(&mut options, LoggerHandle::new(lines.clone()));
        let jules = Jules::new(options).unwrap();
        for _ in 0..2 {
            jules.run(RunConfig::new("x [scenario:quick]")).await.unwrap();
        }
        let info = jules.cache_info().await.unwrap();
        assert!(info.location.is_none() && info.reason.is_some(), "{info:?}");
        lines.0.lock().unwrap().iter().filter(|line| line.message.contains("in memory only")).count()
    };
    assert_eq!([told(&options).await, told(&options).await], [1, 1]);
}
