//! Single bits of the store that turn over: what is delivered is what the server said, whatever happened to the rows and
//! their tables, or an error says which file to delete. An index that is damaged shows only when it contradicts its table;
//! how often it doesn't is counted.

use std::path::Path;
use std::time::Duration;

use futures::StreamExt;
use jules::{Activity, Cache, ErrorKind, Jules, SyncDepth, SyncOptions};
use jules_emulator::Emulator;
use serde_json::{Value, json};

use crate::support::{builder, emulator};

/// So many in `make test`; `JULES_FLIPS` asks for more.
const FLIPS: u64 = 60;
const SESSIONS: usize = 3;
const ACTIVITIES: usize = 40;

fn plant(emulator: &Emulator, session: usize) -> String {
    let message = |number| format!("message {number} of {session} {}", "and so on ".repeat(number % 7));
    let mut activities: Vec<_> =
        (0..ACTIVITIES).map(|number| json!({"agentMessaged": {"agentMessage": message(number)}})).collect();
    activities.push(json!({"sessionCompleted": {}}));
    let id = (1_000 + session).to_string();
    let seed = json!({"id": id, "state": "COMPLETED", "title": format!("session {session}"), "activities": activities});
    emulator.plant(serde_json::from_value(seed).unwrap()).unwrap()
}

fn in_directory(emulator: &Emulator, directory: &Path) -> Jules {
    builder(emulator).cache(Cache::Directory(directory.to_owned())).build().unwrap()
}

async fn sync(jules: &Jules) -> jules::Result<()> {
    let mut options = SyncOptions::default();
    options.depth = SyncDepth::Activities;
    jules.sync(options).await.map(drop)
}

/// Whether a byte belongs to an index: pages begin with their kind, the first one behind the file's header.
fn is_in_index(file: &[u8], at: usize) -> bool {
    let size = usize::from(u16::from_be_bytes([file[16], file[17]]));
    let page = at / size * size;
    matches!(file[if page == 0 { 100 } else { page }], 2 | 10)
}

/// All that a client tells: the sessions, their activities, and both again from the store alone.
async fn told(jules: &Jules, ids: &[String]) -> jules::Result<Vec<Value>> {
    sync(jules).await?;
    let mut all = Vec::new();
    for id in ids {
        let session = jules.session(id)?;
        let info = session.info().await?;
        all.push(json!([info.id, info.title, info.state]));
        let read: Vec<jules::Result<Activity>> = session.history(jules::HistoryOptions::default()).collect().await;
        for activity in read {
            all.push(serde_json::to_value(activity?).unwrap());
        }
    }
    all.extend(jules.select(jules::Query::sessions()).await?);
    all.extend(jules.select(jules::Query::activities().order(jules::Order::Asc)).await?);
    Ok(all)
}

/// The same, and once more where a query met a row that was lost: it says so, and the next sync fetches it again.
async fn told_at_last(jules: &Jules, ids: &[String]) -> jules::Result<Vec<Value>> {
    let said = told(jules, ids).await?;
    if said.iter().any(|row| row["type"] == "unknown" && row["summary"] == "damaged") {
        return told(jules, ids).await;
    }
    Ok(said)
}

#[derive(Debug, Default)]
struct Count {
    same: usize,
    refused: usize,
    /// Indexes that made something be told otherwise, or not at all.
    unseen: usize,
    /// What was neither told as it was, nor refused with the right words.
    wrong: Vec<String>,
}

#[tokio::test]
async fn a_bit_that_turns_over_is_healed_or_said() {
    let flips = std::env::var("JULES_FLIPS").map_or(FLIPS, |flips| flips.parse().unwrap());
    let emulator = emulator().await;
    let ids: Vec<_> = (0..SESSIONS).map(|session| plant(&emulator, session)).collect();
    let directory = tempfile::tempdir().unwrap();
    let whole = {
        let jules = in_directory(&emulator, directory.path());
        told(&jules, &ids).await.unwrap()
    };
    let file = directory.path().join("store.sqlite3");
    let bytes = std::fs::read(&file).unwrap();
    let used: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
    let mut count = Count::default();
    for number in 0..flips {
        // Spread over all bytes that say something, the same in every run.
        let place = usize::try_from(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % used.len() as u64).unwrap();
        let (at, bit) = (used[place], number % 8);
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << bit;
        let other = tempfile::tempdir().unwrap();
        std::fs::write(other.path().join("store.sqlite3"), &flipped).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(
            other.path().join("store.sqlite3"),
            std::os::unix::fs::PermissionsExt::from_mode(0o600),
        )
        .unwrap();
        let jules = in_directory(&emulator, other.path());
        let told = tokio::time::timeout(Duration::from_secs(60), told_at_last(&jules, &ids)).await;
        let flip = format!("flip {number}, bit {bit} of byte {at}");
        match told.unwrap_or_else(|_| panic!("{flip}: it hangs")) {
            Ok(told) => {
                count.same += 1;
                let altered = told.iter().zip(&whole).find(|(told, expected)| told != expected);
                let is_altered = told.len() != whole.len() || altered.is_some();
                if is_altered && is_in_index(&bytes, at) {
                    count.unseen += 1;
                    println!("{flip}: {} of {}, in an index", told.len(), whole.len());
                } else if is_altered {
                    count.wrong.push(format!("{flip}: {} of {}, {altered:?}", told.len(), whole.len()));
                }
            }
            Err(error) => {
                let text = error.to_string();
                let says =
                    text.contains("store.sqlite3") && (text.contains("delete it") || text.contains("newer version"));
                count.refused += 1;
                if error.kind() != ErrorKind::Store || !says {
                    count.wrong.push(format!("{flip}: {text}"));
                }
            }
        }
    }
    println!("{flips} flips: {} told, {} refused, {} indexes", count.same, count.refused, count.unseen);
    assert!(count.unseen <= 3 + usize::try_from(flips / 20).unwrap(), "{count:?}");
    assert!(count.wrong.is_empty(), "{} are neither: {:#?}", count.wrong.len(), count.wrong);
    assert!(count.same > count.refused, "{count:?}");
}
