//! Going on in memory where the file can't be used and nobody chose it: sessions keep their place, for what the file still
//! gives is copied at the same positions before a session is touched.

use std::collections::HashSet;
use std::sync::Arc;

use rusqlite::Connection;
use tokio::sync::Mutex;

use super::database::Database;
use super::transfer::{self, Session};
use super::work::Writing;
use super::{Here, Place, Sqlite, work};
use crate::ground::error::{Error, Result};
use crate::ground::model::SessionId;
use crate::store::StoreFault;

/// At most so many bytes of bodies are copied for a question about all sessions.
const MOST: usize = 64 * 1024 * 1024;

/// What a piece of work is about.
#[derive(Clone, Debug)]
pub(super) enum About<'s> {
    /// No session.
    Nothing,
    Session(&'s SessionId),
    Sessions(Vec<SessionId>),
    /// All sessions.
    All,
}

/// The memory that took the file's place.
#[derive(Debug)]
pub(super) struct Aside {
    memory: Arc<Database>,
    reason: String,
    /// What was copied, or was not in the file.
    brought: Mutex<Brought>,
}

#[derive(Debug, Default)]
struct Brought {
    sessions: HashSet<SessionId>,
    all: bool,
}

impl Aside {
    pub(super) fn memory(&self) -> Arc<Database> {
        Arc::clone(&self.memory)
    }

    pub(super) fn reason(&self) -> &str {
        &self.reason
    }
}

fn say(reason: &str) {
    tracing::warn!(target: "jules::store", error = reason, "cannot use the cache; keeping everything in memory only");
}

impl Sqlite {
    /// With the first work, so that it is a line of the client's own log.
    pub(super) fn say_where_there_is_no_place(&self) {
        if let Place::Nowhere { reason } = &self.place {
            self.said.call_once(|| say(reason));
        }
    }

    /// Whether to go on in memory after this failure.
    pub(super) fn goes_aside(&self, error: &Error) -> bool {
        let unchosen = matches!(self.place, Place::File { chosen: false, .. });
        let fault = error.attached::<StoreFault>();
        unchosen && fault.is_some_and(|fault| !matches!(fault, StoreFault::Busy | StoreFault::Newer))
    }

    /// Goes on in memory from now on.
    pub(super) async fn go_aside(&self, here: &Here, error: &Error) -> Result<()> {
        let begin = || async {
            let memory = Arc::new(Database::memory(Arc::clone(&here.database.topics)));
            let (held, wants) = here.presence.has.all();
            let (handle, account, now) = (here.presence.handle.clone(), Arc::clone(&self.account), self.now());
            let begin = move |connection: &mut Connection| {
                let begin = |writing: &mut Writing<'_>| transfer::begin(writing, &handle, &held, &wants);
                work::write(connection, &account, now, begin).map(drop)
            };
            memory.write(self.surroundings.threads, false, begin).await?;
            let reason = error.to_string();
            say(&reason);
            Ok::<_, Error>(Aside { memory, reason, brought: Mutex::default() })
        };
        self.aside.get_or_try_init(begin).await.map(drop)
    }

    /// The memory, with all in it that the work is about.
    pub(super) async fn aside(&self, about: About<'_>) -> Result<Arc<Database>> {
        let aside = self.aside.get().ok_or_else(Error::closed)?;
        let sessions = match about {
            About::Nothing => return Ok(aside.memory()),
            About::Session(session) => vec![session.clone()],
            About::Sessions(sessions) => sessions,
            About::All => {
                let mut brought = aside.brought.lock().await;
                match std::mem::replace(&mut brought.all, true) {
                    true => Vec::new(),
                    false => self.on_disk().await,
                }
            }
        };
        let mut brought = aside.brought.lock().await;
        for session in sessions {
            if brought.sessions.insert(session.clone()) {
                self.bring(aside, &session).await?;
            }
        }
        Ok(aside.memory())
    }

    /// The sessions in the file, those that were looked at last, as many as fit into memory.
    async fn on_disk(&self) -> Vec<SessionId> {
        let list = |connection: &mut Connection, account| transfer::list(connection, account, MOST);
        self.look_up_on(&self.here().database, Arc::new(list)).await.unwrap_or_default()
    }

    async fn bring(&self, aside: &Aside, session: &SessionId) -> Result<()> {
        let id = session.clone();
        let take = move |connection: &mut Connection, account| Ok(transfer::take(connection, account, &id));
        let taken: Option<Session> = self.look_up_on(&self.here().database, Arc::new(take)).await.unwrap_or_default();
        let (Some(taken), id) = (taken, session.clone()) else { return Ok(()) };
        let put = move |writing: &mut Writing<'_>| transfer::put(writing, &id, &taken);
        self.write_on(&aside.memory, Arc::new(put)).await
    }
}
