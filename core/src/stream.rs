//! The stream of a session's activities: a cursor over the store, fed by the session's one watcher.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::watch;

use crate::error::{Error, ErrorKind, Result};
use crate::flow::{Feed, Flow, stream_of};
use crate::model::{ACTIVITY_TYPES, Activity};
use crate::session::Session;
use crate::store::{Position, Store};
use crate::watch::{Interest, Watch};

/// How many activities are read from the store at once.
const BATCH: usize = 256;

/// Which activities a stream gives, and whether it ends.
///
/// ```
/// use jules::StreamOptions;
/// let options = StreamOptions::default().types(["agentMessaged"]).exclude_originator("user");
/// assert!(!options.follow);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamOptions {
    /// Stay open after the session's end, for a message can wake it. Default: no.
    pub follow: bool,
    /// The id of an activity: only what comes behind it.
    pub after: Option<String>,
    /// Only activities of these types, in camelCase; all when empty.
    pub types: Vec<String>,
    /// No activities of these originators; upper and lower case are the same.
    pub exclude_originator: Vec<String>,
}

impl StreamOptions {
    /// Stays open after the session's end.
    pub fn follow(mut self) -> Self {
        self.follow = true;
        self
    }

    /// Only what comes behind this activity.
    pub fn after(mut self, activity: impl Into<String>) -> Self {
        self.after = Some(activity.into());
        self
    }

    /// Only activities of these types.
    pub fn types<T: Into<String>>(mut self, types: impl IntoIterator<Item = T>) -> Self {
        self.types.extend(types.into_iter().map(Into::into));
        self
    }

    /// No activities of this originator.
    pub fn exclude_originator(mut self, originator: impl Into<String>) -> Self {
        self.exclude_originator.push(originator.into());
        self
    }

    fn check(&self) -> Result<()> {
        match self.types.iter().find(|name| !ACTIVITY_TYPES.contains(&name.as_str())) {
            Some(name) => {
                Err(Error::config(format!("{name:?} is not an activity type; types are {}", ACTIVITY_TYPES.join(", "))))
            }
            None => Ok(()),
        }
    }

    fn lets_through(&self, activity: &Activity) -> bool {
        (self.types.is_empty() || self.types.iter().any(|name| name == activity.kind()))
            && !self.exclude_originator.iter().any(|name| name.eq_ignore_ascii_case(&activity.originator))
    }
}

/// What [`Session::history`] gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HistoryOptions {
    /// Only what the store has; the server is not asked. Default: no.
    pub offline: bool,
    /// The id of an activity: only what comes behind it.
    pub after: Option<String>,
    /// Only activities of these types, in camelCase; all when empty.
    pub types: Vec<String>,
    /// No activities of these originators.
    pub exclude_originator: Vec<String>,
}

/// A stream of activities: each exactly once, in order.
///
/// It reads from the local store only, so a slow consumer costs no memory. After an error it has ended; a new stream with
/// [`StreamOptions::after`] goes on where it stopped.
#[derive(Debug)]
pub struct ActivityStream(pub(crate) Flow<Activity>);

stream_of!(ActivityStream, Activity);

/// Where a stream gets its session from: it may not be created yet.
#[async_trait]
pub(crate) trait SessionSource: Send + Sync {
    async fn session(&self) -> Result<Session>;
}

#[async_trait]
impl SessionSource for Session {
    async fn session(&self) -> Result<Session> {
        Ok(self.clone())
    }
}

impl ActivityStream {
    pub(crate) fn live(source: impl SessionSource + 'static, options: StreamOptions) -> Self {
        Self(Flow::new(Live { source: Box::new(source), options, start: Start::Beginning, reading: None }))
    }

    /// Only what comes after now. Inside a Tokio runtime listening begins at once, elsewhere at the first poll.
    pub(crate) fn updates(session: &Session, options: StreamOptions) -> Self {
        let watch = session.watched().watch(Interest::Activities).ok();
        // With a watcher that was there before, its latest look tells what "now" is; with a new one its first look will.
        let start = Start::Now(watch.map(|mut watch| (watch.pulse().end, watch)));
        Self(Flow::new(Live { source: Box::new(session.clone()), options, start, reading: None }))
    }

    pub(crate) fn history(session: &Session, options: HistoryOptions) -> Self {
        let HistoryOptions { offline, after, types, exclude_originator } = options;
        let filter = StreamOptions { follow: false, after, types, exclude_originator };
        Self(Flow::new(History { session: session.clone(), filter, asked: offline, position: None }))
    }
}

/// Where a live stream begins.
enum Start {
    Beginning,
    Now(Option<(Option<Position>, Watch)>),
}

struct Live {
    source: Box<dyn SessionSource>,
    options: StreamOptions,
    start: Start,
    reading: Option<Reading>,
}

/// A stream that has found its place.
struct Reading {
    session: Session,
    store: Arc<dyn Store>,
    watch: Watch,
    added: watch::Receiver<u64>,
    position: Position,
}

impl Live {
    /// Finds the place to begin at.
    async fn begin(&mut self) -> Result<Reading> {
        self.options.check()?;
        let session = self.source.session().await?;
        let store = session.store();
        let live_only = matches!(self.start, Start::Now(_));
        let (now, mut watch) = match std::mem::replace(&mut self.start, Start::Beginning) {
            Start::Now(Some((now, watch))) => (now, watch),
            _ => (None, session.watched().watch(Interest::Activities)?),
        };
        let added = store.subscribe(session.session_id());
        let position = match (&self.options.after, now) {
            (Some(after), _) => match store.find(session.session_id(), after).await? {
                Some(position) => position,
                None => {
                    watch.caught_up().await?;
                    place_of(&session, after).await?
                }
            },
            (None, Some(now)) => now,
            (None, None) if live_only => watch.caught_up().await?,
            (None, None) => Position::default(),
        };
        Ok(Reading { session, store, watch, added, position })
    }
}

async fn place_of(session: &Session, activity: &str) -> Result<Position> {
    let found = session.store().find(session.session_id(), activity).await?;
    found.ok_or_else(|| {
        Error::new(ErrorKind::NotFound, format!("session {} has no activity {activity:?}", session.id()))
            .while_doing("finding the activity to go on after")
    })
}

#[async_trait]
impl Feed<Activity> for Live {
    async fn next_batch(&mut self) -> Result<Option<Vec<Activity>>> {
        if self.reading.is_none() {
            self.reading = Some(self.begin().await?);
        }
        let Some(reading) = &mut self.reading else { return Ok(None) };
        loop {
            // What is known is noted before the store is read: what is drained then is wholly in what is read now.
            let pulse = reading.watch.pulse();
            reading.added.borrow_and_update();
            let found = reading.store.read(reading.session.session_id(), reading.position, BATCH).await?;
            if let Some((last, _)) = found.last() {
                reading.position = *last;
                let batch: Vec<_> = found
                    .into_iter()
                    .map(|(_, activity)| activity)
                    .filter(|one| self.options.lets_through(one))
                    .collect();
                if !batch.is_empty() {
                    return Ok(Some(batch));
                }
                continue;
            }
            if let Some(error) = pulse.failure {
                return Err(error);
            }
            if pulse.drained && !self.options.follow {
                return Ok(None);
            }
            tokio::select! {
                changed = reading.watch.changed() => changed?,
                _ = reading.added.changed() => {}
            }
        }
    }
}

struct History {
    session: Session,
    filter: StreamOptions,
    /// Whether the server was asked, or is not to be.
    asked: bool,
    position: Option<Position>,
}

#[async_trait]
impl Feed<Activity> for History {
    async fn next_batch(&mut self) -> Result<Option<Vec<Activity>>> {
        let store = self.session.store();
        let mut position = match self.position {
            Some(position) => position,
            None => self.begin().await?,
        };
        loop {
            let found = store.read(self.session.session_id(), position, BATCH).await?;
            let Some((last, _)) = found.last() else {
                if std::mem::replace(&mut self.asked, true) {
                    return Ok(None);
                }
                self.session.watched().advance().await?;
                continue;
            };
            position = *last;
            self.position = Some(position);
            let batch: Vec<_> =
                found.into_iter().map(|(_, activity)| activity).filter(|one| self.filter.lets_through(one)).collect();
            if !batch.is_empty() {
                return Ok(Some(batch));
            }
        }
    }
}

impl History {
    async fn begin(&mut self) -> Result<Position> {
        self.filter.check()?;
        let Some(after) = self.filter.after.clone() else { return Ok(Position::default()) };
        if let Some(position) = self.session.store().find(self.session.session_id(), &after).await? {
            return Ok(position);
        }
        if !std::mem::replace(&mut self.asked, true) {
            self.session.watched().advance().await?;
        }
        place_of(&self.session, &after).await
    }
}
