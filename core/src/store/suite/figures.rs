//! Figures of an engine, printed, for comparing one with another: commits, waking, tasks, and reading where much is stored.
//! `JULES_FIGURES` is the number of activities for that, or several, rising; with `JULES_FIGURES_FILE` there is nothing else, and
//! the figures are in that file too.

use std::io::Write;
use std::ops::Range;
use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::{Value, json};

use super::tasks::{claim, new};
use super::*;
use crate::store::{PlaceLimits, ReadLimit, Started, Topic};

/// Activities of each session where much is stored.
const EACH: usize = 1_000;

fn print(engine: &str, line: String) {
    writeln!(std::io::stderr(), "{engine}: {line}").unwrap();
}

pub(crate) async fn print_all(engine: &dyn Engine, name: &str) {
    if std::env::var_os("JULES_FIGURES_FILE").is_some() {
        return much(engine, name).await;
    }
    for (writers, own) in [(1, true), (8, true), (8, false)] {
        let rate = commits(engine, writers, own).await;
        let sessions = if own { "a session each" } else { "one session" };
        print(name, format!("{rate:.0} commits a second by {writers} writers, {sessions}"));
        assert!(rate > 20.0, "{rate}");
    }
    wakes(engine, name).await;
    leases(engine, name).await;
    tasks(engine, name).await;
    much(engine, name).await;
}

/// Commits by so many handles at once, for two seconds; a second's worth of them.
async fn commits(engine: &dyn Engine, writers: usize, own_sessions: bool) -> f64 {
    let stores = join_all((0..writers).map(|_| open(engine))).await;
    join_all(stores.iter().map(|store| store.info())).await;
    let began = Instant::now();
    let counts = join_all(stores.into_iter().enumerate().map(|(writer, store)| {
        tokio::spawn(async move {
            let id = if own_sessions { format!("own-{writers}-{writer}") } else { format!("one-{writers}") };
            let mut count = 0;
            while began.elapsed() < Duration::from_secs(2) {
                commit(&*store, &id, of(vec![activity(&format!("{writer}-{count}"), "some words")])).await;
                count += 1;
            }
            count
        })
    }))
    .await;
    let count: u32 = counts.into_iter().map(|count| count.unwrap()).sum();
    f64::from(count) / began.elapsed().as_secs_f64()
}

async fn wakes(engine: &dyn Engine, name: &str) {
    let (one, other) = (open(engine).await, open(engine).await);
    commit(&*one, "s", of(vec![activity("first", "x")])).await;
    let mut revisions = other.watch(&Topic::Session(session("s")));
    other.info().await.unwrap();
    let mut delays = Vec::new();
    for number in 0..200_u64 {
        tokio::time::sleep(Duration::from_millis(3 + number % 7)).await;
        revisions.seen();
        commit(&*one, "s", of(vec![activity(&number.to_string(), "x")])).await;
        let began = Instant::now();
        revisions.changed().await;
        delays.push(began.elapsed());
    }
    delays.sort_unstable();
    let mean = delays.iter().sum::<Duration>() / 200;
    print(name, format!("woken behind the commit: mean {mean:?}, p95 {:?}, worst {:?}", delays[189], delays[199]));
}

async fn leases(engine: &dyn Engine, name: &str) {
    let store = open(engine).await;
    let began = Instant::now();
    for _ in 0..300 {
        let grant = acquire(&*store, &LeaseKey::Fleet).await.unwrap();
        store.release(&grant).await.unwrap();
    }
    print(name, format!("{:.0} leases taken and given back a second", 300.0 / began.elapsed().as_secs_f64()));
}

/// Ten thousand tasks added in one go.
async fn tasks(engine: &dyn Engine, name: &str) {
    let store = open(engine).await;
    let began = Instant::now();
    store.add_tasks((0..10_000).map(|number| new(&format!("{number:05}"))).collect()).await.unwrap();
    print(name, format!("10,000 tasks added in {:?}", began.elapsed()));
    for most in [1, 15] {
        claims(engine, name, most).await;
    }
}

/// Eight handles claim at once, so many tasks at a time.
async fn claims(engine: &dyn Engine, name: &str, most: u32) {
    let stores = join_all((0..8).map(|_| open(engine))).await;
    join_all(stores.iter().map(|store| store.info())).await;
    let began = Instant::now();
    let claims = join_all(stores.into_iter().map(|store| {
        tokio::spawn(async move {
            let mut claimed = 0;
            while began.elapsed() < Duration::from_secs(2) {
                match store.start_tasks(claim(most, PlaceLimits::default())).await.unwrap() {
                    Started::Tasks(tasks) => claimed += tasks.len(),
                    Started::Full(_) | Started::Nothing { .. } => break,
                }
            }
            claimed
        })
    }))
    .await;
    let claimed: usize = claims.into_iter().map(|claimed| claimed.unwrap()).sum();
    let rate = claimed as f64 / began.elapsed().as_secs_f64();
    print(name, format!("{rate:.0} tasks claimed a second by 8 workers, {most} at a time"));
}

/// An activity of about a kilobyte: most are output, some are messages, one in ten thousand says something of its own.
fn usual(session: usize, number: usize) -> NewActivity {
    let text = match (session * EACH + number) % 10_000 {
        7 => "the rare heisenbug was found in the scheduler".to_owned(),
        number => format!("step {number} of the work goes on as usual, and something is said about the tests of it. ")
            .repeat(8),
    };
    let (kind, event) = match number % 10 {
        0 => ("agentMessaged", format!(r#""agentMessaged":{{"agentMessage":"{text}"}}"#)),
        _ => ("progressUpdated", format!(r#""progressUpdated":{{"title":"Working","description":"{text}"}}"#)),
    };
    let time = format!(
        "2026-01-{:02}T{:02}:{:02}:{:02}Z",
        1 + session % 28,
        number / 3600 % 24,
        number / 60 % 60,
        number % 60
    );
    let mut activity = of_kind(&format!("{session}-{number}"), kind, &event);
    activity.texts = text.to_lowercase();
    activity.body =
        format!(r#"{{"id":"{session}-{number}","createTime":"{time}","originator":"agent",{event}}}"#).into();
    activity.create_time = time.parse().ok();
    activity
}

/// Reading where much is stored: as much as `JULES_FIGURES` says, or one after the other where it says several numbers.
async fn much(engine: &dyn Engine, name: &str) {
    let sizes = std::env::var("JULES_FIGURES").unwrap_or_else(|_| "20000".to_owned());
    let stores = join_all((0..4).map(|_| open(engine))).await;
    let mut there = 0;
    for size in sizes.split(',').filter_map(|size| size.parse::<usize>().ok()) {
        let began = Instant::now();
        let sessions = usize::max(1, size / EACH);
        fill(&stores, there..sessions).await;
        there = sessions;
        print(name, format!("{} activities, after {:?}", sessions * EACH, began.elapsed()));
        reads(&*stores[0], Noting { name, activities: sessions * EACH }).await;
    }
}

/// Fills these sessions, four at once.
async fn fill(stores: &[Arc<dyn Store>], sessions: Range<usize>) {
    join_all(stores.iter().enumerate().map(|(writer, store)| {
        let (store, sessions) = (Arc::clone(store), sessions.clone());
        tokio::spawn(async move {
            for session in sessions.skip(writer).step_by(4) {
                for from in (0..EACH).step_by(100) {
                    let batch = (from..from + 100).map(|number| usual(session, number)).collect();
                    commit(&*store, &format!("much-{session}"), of(batch)).await;
                }
            }
        })
    }))
    .await;
}

/// Where figures are noted: printed, and for `.dev/run bench` as lines of JSON in a file.
#[derive(Clone, Copy)]
struct Noting<'n> {
    name: &'n str,
    activities: usize,
}

impl Noting<'_> {
    fn note(self, what: &str, rows: usize, time: Duration) {
        print(self.name, format!("{what} ({rows}) in {time:?}"));
        let Ok(file) = std::env::var("JULES_FIGURES_FILE") else { return };
        let line = json!({"engine": self.name, "activities": self.activities, "what": what, "rows": rows,
            "milliseconds": time.as_secs_f64() * 1e3});
        let mut file = std::fs::OpenOptions::new().append(true).create(true).open(file).unwrap();
        writeln!(file, "{line}").unwrap();
    }
}

async fn reads(store: &dyn Store, noting: Noting<'_>) {
    let id = session("much-0");
    let first = ReadLimit { activities: 64, bytes: 64 * 1024 };
    let (page, time) =
        best(async || store.read_some(&id, Position::default(), first).await.unwrap().bodies.len()).await;
    noting.note("the first page", page, time);
    let most = ReadLimit { activities: 256, bytes: 256 * 1024 };
    let (whole, time) = best(async || {
        let (mut at, mut count) = (Position::default(), 0);
        loop {
            let chunk = store.read_some(&id, at, most).await.unwrap();
            count += chunk.bodies.len();
            at = chunk.end;
            if !chunk.more {
                return count;
            }
        }
    })
    .await;
    noting.note("a whole session", whole, time);
    let queries = [
        ("the newest", json!({"from": "activities", "limit": 50})),
        ("the newest messages", json!({"from": "activities", "where": {"type": "agentMessaged"}, "limit": 50})),
        (
            "a session's messages",
            json!({"from": "activities", "where": {"sessionId": "much-0", "type": "agentMessaged"}, "limit": 1000}),
        ),
        ("a search for a rare word", json!({"from": "activities", "where": {"search": "heisenbug"}, "limit": 50})),
        (
            "a search for common words",
            json!({"from": "activities", "where": {"search": "goes on as usual"}, "limit": 50}),
        ),
    ];
    for (what, query) in queries {
        let (rows, time) = best(async || select(store, Value::clone(&query)).await.len()).await;
        noting.note(what, rows, time);
    }
    print(noting.name, format!("{:?} bytes", store.info().await.unwrap().bytes));
}

/// The best of three, and what it gave.
async fn best<T>(work: impl AsyncFn() -> T) -> (T, Duration) {
    let mut best = None;
    for _ in 0..3 {
        let began = Instant::now();
        let done = work().await;
        let time = began.elapsed();
        if best.as_ref().is_none_or(|(_, known)| time < *known) {
            best = Some((done, time));
        }
    }
    best.unwrap()
}
