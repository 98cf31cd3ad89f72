//! Telling other handles what was committed, and hearing it from them: by NOTIFY behind the commit, some commits at a time,
//! for inside of it all commits of the server would wait for each other. A poll now and then finds what was not told.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Notification, Row};

use super::faults::Failure;
use super::server::{Param, Server, within};
use super::topics::Topics;
use super::work::column;
use crate::ground::model::SessionId;
use crate::store::{Topic, gate};

/// How long commits are gathered behind one that was told at once.
const FOLD: Duration = Duration::from_millis(3);
/// How often the store is asked, in case that somebody was killed between a commit and its notice.
const POLL: Duration = Duration::from_secs(2);
/// How often where nothing is told, as behind a pooler that has a connection for one transaction only.
const QUICK_POLL: Duration = Duration::from_millis(150);
/// A notice to oneself takes no longer.
const PROBE: Duration = Duration::from_secs(2);
/// PostgreSQL takes less than 8,000 bytes.
const PAYLOAD: usize = 7_900;
/// More than that is not kept while nobody can be told: the others ask when they are back.
const MOST: usize = 10_000;

/// What a commit changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Changed {
    Session(SessionId, i64),
    Forgotten(SessionId),
    Listeners(i64),
    Tasks(i64),
}

impl Changed {
    /// As it is told: a line of a notice.
    fn line(&self) -> String {
        match self {
            Self::Session(id, change) => format!("{change} {id}"),
            Self::Forgotten(id) => format!("- {id}"),
            Self::Listeners(change) => format!("{change}"),
            // No session's id has such a sign.
            Self::Tasks(change) => format!("{change} +"),
        }
    }

    fn read(line: &str) -> Option<Self> {
        let (change, id) = line.split_once(' ').unwrap_or((line, ""));
        Some(match (change, id) {
            (change, "") => Self::Listeners(change.parse().ok()?),
            (change, "+") => Self::Tasks(change.parse().ok()?),
            ("-", id) => Self::Forgotten(SessionId::parse(id).ok()?),
            (change, id) => Self::Session(SessionId::parse(id).ok()?, change.parse().ok()?),
        })
    }
}

/// What one handle tells and hears.
#[derive(Debug)]
pub(super) struct Notices {
    /// The handle: its own notices are known to it.
    handle: String,
    pub(super) topics: Arc<Topics>,
    pending: Mutex<Vec<Changed>>,
    more: Notify,
}

impl Notices {
    pub(super) fn new(handle: String) -> Self {
        Self { handle, topics: Arc::default(), pending: Mutex::default(), more: Notify::new() }
    }

    /// Wakes those who listen here, and has the others told.
    pub(super) fn announce(&self, changed: Vec<Changed>) {
        if changed.is_empty() {
            return;
        }
        changed.iter().for_each(|changed| self.wake(changed));
        let inside = gate::enter();
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        if pending.len() < MOST {
            pending.extend(changed);
        }
        drop(pending);
        drop(inside);
        self.more.notify_one();
    }

    fn wake(&self, changed: &Changed) {
        match changed {
            Changed::Session(id, change) => self.topics.changed(&Topic::Session(id.clone()), *change),
            Changed::Forgotten(id) => self.topics.forgotten(&Topic::Session(id.clone())),
            Changed::Listeners(change) => self.topics.changed(&Topic::Listeners, *change),
            Changed::Tasks(change) => self.topics.changed(&Topic::Tasks, *change),
        }
    }

    fn heard(&self, payload: &str) {
        let mut lines = payload.lines();
        if lines.next() != Some(&self.handle) {
            lines.filter_map(Changed::read).for_each(|changed| self.wake(&changed));
        }
    }

    /// Waits until there is something to tell, and no longer too early for it.
    async fn something_pending(&self, not_before: Instant) {
        while self.is_quiet() {
            self.more.notified().await;
        }
        sleep_until(not_before).await;
    }

    pub(super) fn is_quiet(&self) -> bool {
        let _inside = gate::enter();
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    pub(super) fn take_pending(&self) -> Vec<Changed> {
        let _inside = gate::enter();
        std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What is to be told, each change once, in payloads that PostgreSQL takes.
    pub(super) fn payloads(&self, pending: Vec<Changed>) -> Vec<String> {
        let mut payloads = Vec::new();
        let mut payload = self.handle.clone();
        let mut last: Option<String> = None;
        for line in pending.iter().map(Changed::line) {
            if last.as_ref() == Some(&line) {
                continue;
            }
            if payload.len() + 1 + line.len() > PAYLOAD {
                payloads.push(std::mem::replace(&mut payload, self.handle.clone()));
            }
            payload.push('\n');
            payload.push_str(&line);
            last = Some(line);
        }
        payloads.push(payload);
        payloads
    }
}

/// The channel of an account. Its number is all that stands in it.
pub(super) fn channel(account: i64) -> String {
    format!("jules_{account}")
}

/// Tells others: the channel and the payloads are its values.
pub(super) const TELL: &str = "SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload";

async fn tell(client: &Client, server: &Server, account: i64, payloads: &Vec<String>) -> Result<(), Failure> {
    let channel = channel(account);
    let params: [Param<'_>; 2] = [(&channel, Type::TEXT), (payloads, Type::TEXT_ARRAY)];
    within(server, client.query_typed(TELL, &params)).await.map(drop)
}

/// Listens on a connection of its own for as long as the handle lives. `ready` is told when it listens, or can't at first.
pub(super) async fn listen(server: Arc<Server>, notices: Arc<Notices>, account: i64, ready: oneshot::Sender<()>) {
    let mut ready = Some(ready);
    let mut rest = Duration::from_millis(50);
    loop {
        let ended = attend(&server, &notices, account, &mut ready).await;
        drop(ready.take());
        let (Ok(began) | Err((began, _))) = &ended;
        if let Err((_, failure)) = &ended {
            tracing::debug!(target: "jules::store", ?failure, "lost the connection that listens for notices");
        }
        // One that stood for a while was a good one.
        rest = if began.elapsed() > Duration::from_secs(10) { Duration::from_millis(50) } else { rest * 2 };
        rest = rest.min(Duration::from_secs(2));
        sleep(rest.mul_f64(0.5 + rand::random::<f64>() / 2.0)).await;
    }
}

/// Listens until the connection is lost.
async fn attend(
    server: &Arc<Server>,
    notices: &Notices,
    account: i64,
    ready: &mut Option<oneshot::Sender<()>>,
) -> Result<Instant, (Instant, Failure)> {
    let began = Instant::now();
    let (sender, mut heard) = mpsc::unbounded_channel();
    let work = async {
        let client = server.connect(Some(sender)).await?;
        within(server, client.batch_execute(&format!("LISTEN {}", channel(account)))).await?;
        let told = is_told(&client, server, notices, account, &mut heard).await?;
        server.direct.store(told, Ordering::Relaxed);
        if !told && !server.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(target: "jules::store", server = %server.target.location(),
                "the connection to PostgreSQL delivers no notices, as behind a pooler in transaction mode: it is polled");
        }
        // First listening, then reading: who listened before may have missed something.
        notices.topics.wake_all();
        drop(ready.take());
        exchange(&client, server, notices, account, &mut heard, if told { POLL } else { QUICK_POLL }).await
    };
    work.await.map(|()| began).map_err(|failure| (began, failure))
}

/// Whether a notice to oneself arrives that is sent on another connection. Behind a pooler one would that is sent on this
/// connection, or while something is asked on it: then it has a connection of the server that listens.
async fn is_told(
    client: &Client,
    server: &Arc<Server>,
    notices: &Notices,
    account: i64,
    heard: &mut mpsc::UnboundedReceiver<Notification>,
) -> Result<bool, Failure> {
    const WHO: &str = "SELECT pg_backend_pid()";
    let who = async || within(server, client.query_typed(WHO, &[])).await;
    let before = process(&who().await?)?;
    let beside = process(&server.beside(WHO, &[]).await?)?;
    let behind = process(&who().await?)?;
    // Two connections with one process of the server, or one with two: there is no need to wait for what won't come.
    if before != behind || before == beside {
        return Ok(false);
    }
    let (channel, payloads) = (channel(account), vec![notices.handle.clone()]);
    server.beside(TELL, &[(&channel, Type::TEXT), (&payloads, Type::TEXT_ARRAY)]).await?;
    let own = async {
        while let Some(notice) = heard.recv().await {
            if notice.payload() == notices.handle {
                return true;
            }
        }
        false
    };
    Ok(timeout(PROBE, own).await.unwrap_or(false))
}

fn process(rows: &[Row]) -> Result<i32, Failure> {
    Ok(column(rows.first(), 0)?)
}

/// Tells and hears until the connection is lost.
async fn exchange(
    client: &Client,
    server: &Server,
    notices: &Notices,
    account: i64,
    heard: &mut mpsc::UnboundedReceiver<Notification>,
    every: Duration,
) -> Result<(), Failure> {
    let mut next_poll = Instant::now() + every;
    let mut next_telling = Instant::now();
    loop {
        tokio::select! {
            notice = heard.recv() => match notice {
                Some(notice) => notices.heard(notice.payload()),
                None => return Ok(()),
            },
            () = notices.something_pending(next_telling) => {
                let payloads = notices.payloads(notices.take_pending());
                tell(client, server, account, &payloads).await?;
                next_telling = Instant::now() + FOLD;
            }
            () = notices.topics.fresh.notified() => ask(client, server, notices, account, true).await?,
            () = sleep_until(next_poll) => {
                ask(client, server, notices, account, false).await?;
                next_poll = Instant::now() + every;
            }
        }
    }
}

/// Asks the store for the last changes of what is listened to.
async fn ask(
    client: &Client,
    server: &Server,
    notices: &Notices,
    account: i64,
    only_fresh: bool,
) -> Result<(), Failure> {
    const CHANGES: &str = "SELECT id, change FROM jules.sessions WHERE account = $1 AND id = ANY($2)
        UNION ALL SELECT '', listeners FROM jules.accounts WHERE account = $1
        UNION ALL SELECT '+', tasks FROM jules.accounts WHERE account = $1";
    let listened = notices.topics.all(only_fresh);
    if listened.is_empty() {
        return Ok(());
    }
    let name = |topic: &Topic| match topic {
        Topic::Session(id) => id.as_str().to_owned(),
        Topic::Listeners => String::new(),
        Topic::Tasks => "+".to_owned(),
    };
    let names: Vec<String> = listened.iter().map(name).collect();
    let params: [Param<'_>; 2] = [(&account, Type::INT8), (&names, Type::TEXT_ARRAY)];
    let rows = within(server, client.query_typed(CHANGES, &params)).await?;
    let changes: HashMap<&str, i64> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    for (topic, name) in listened.iter().zip(&names) {
        notices.topics.asked(topic, changes.get(name.as_str()).copied().unwrap_or_default());
    }
    Ok(())
}
