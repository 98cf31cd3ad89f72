//! The stream of a session's activities: a cursor over the cache, fed by the session's one watcher.

mod given;
mod reader;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use async_trait::async_trait;

use crate::engine::effects::check_stall;
use crate::engine::stall::Stall;
use crate::engine::watch::{Interest, Subscription, Watched};
use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::flow::{Feed, Flow};
use crate::ground::log_scope::Scope;
use crate::ground::model::{ACTIVITY_TYPES, Activity, EndReason, SessionId};
use crate::ground::outage::waited_out;
use crate::store::{Body, Position, Revisions, Topic};

use self::reader::{Reader, place_of};

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
    /// Stay open after the session's end, as a message can resume it. Default: no.
    pub follow: bool,
    /// The id of an activity: only what follows it.
    pub after: Option<String>,
    /// Only activities of these types, in camelCase; all when empty.
    pub types: Vec<String>,
    /// No activities of these originators; upper and lower case are the same.
    pub exclude_originator: Vec<String>,
    /// Ends with [`Timeout`](crate::ErrorKind::Timeout) when the session has shown nothing new for that long: no activity and no
    /// change of state. Time in the queue, after its end, or waiting for a person, doesn't count. Default: never.
    pub stall_timeout: Option<Duration>,
}

impl StreamOptions {
    /// Stays open after the session's end.
    pub fn follow(mut self) -> Self {
        self.follow = true;
        self
    }

    /// Only what follows this activity.
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

    /// Ends with an error when nothing new has come for this long.
    pub fn stall_timeout(mut self, limit: Duration) -> Self {
        self.stall_timeout = Some(limit);
        self
    }

    fn check(&self) -> Result<()> {
        check_stall(self.stall_timeout)?;
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

/// What [`Session::history`](crate::Session::history) gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HistoryOptions {
    /// Only what the cache has; the server is not asked. Default: no.
    pub offline: bool,
    /// The id of an activity: only what follows it.
    pub after: Option<String>,
    /// Only activities of these types, in camelCase; all when empty.
    pub types: Vec<String>,
    /// No activities of these originators.
    pub exclude_originator: Vec<String>,
}

/// A stream of activities: each exactly once, in order.
///
/// It reads from the local cache only, so a slow consumer costs no memory. After an error it has ended; a new stream with
/// [`StreamOptions::after`] continues where it stopped.
#[derive(Debug)]
pub struct ActivityStream {
    /// Activities become what they are where they are used: cheaper than handing them from thread to thread, and while they
    /// are, the next ones are read.
    bodies: Flow<Body>,
    options: StreamOptions,
}

impl futures::Stream for ActivityStream {
    type Item = Result<Activity>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        while let Some(body) = ready!(self.bodies.poll_next(context)) {
            match body.map(|body| self.wanted(&body)) {
                Ok(Some(activity)) => return Poll::Ready(Some(Ok(activity))),
                Ok(None) => {}
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
        Poll::Ready(None)
    }
}

/// What the log says of it.
pub(crate) const STREAMING: &str = "streaming the session's activities";

/// Where a stream gets its session from: it may not be created yet.
#[async_trait]
pub(crate) trait SessionSource: Send + Sync {
    async fn watched(&self) -> Result<Arc<Watched>>;

    /// Whose work the reading is.
    fn scope(&self) -> Scope;

    /// The session that was started in the place of this one, which is over; nothing when none is.
    async fn successor(&self, _of: &SessionId) -> Result<Option<Arc<Watched>>> {
        Ok(None)
    }

    /// The same as far as it is there now.
    fn next(&self, _of: &SessionId) -> Option<Arc<Watched>> {
        None
    }
}

#[async_trait]
impl SessionSource for Arc<Watched> {
    async fn watched(&self) -> Result<Arc<Watched>> {
        Ok(Arc::clone(self))
    }

    fn scope(&self) -> Scope {
        self.hub.service.transport.log.at(STREAMING, Some(self.id.as_str()))
    }
}

impl ActivityStream {
    // only rust: elsewhere a stream is iterated
    /// Waits for the first item, then takes what is ready, at most `most`. `None` is the end.
    ///
    /// Dropping the wait loses nothing. An error comes after all items that came before it, and ends the stream.
    pub async fn next_chunk(&mut self, most: usize) -> Option<Result<Vec<Activity>>> {
        loop {
            let chunk = match self.bodies.next_chunk(most).await? {
                Ok(bodies) => bodies.iter().filter_map(|body| self.wanted(body)).collect::<Vec<_>>(),
                Err(error) => return Some(Err(error)),
            };
            if !chunk.is_empty() {
                return Some(Ok(chunk));
            }
        }
    }

    fn wanted(&self, body: &Body) -> Option<Activity> {
        body.activity().filter(|activity| self.options.lets_through(activity))
    }

    fn new(scope: Scope, feed: impl Feed<Body> + 'static, options: StreamOptions) -> Self {
        Self { bodies: Flow::new(scope, feed), options }
    }

    pub(crate) fn live(source: impl SessionSource + 'static, options: StreamOptions) -> Self {
        Self::starting(Box::new(source), options, Start::Beginning)
    }

    /// Only what comes after now. Inside a Tokio runtime listening begins at once, elsewhere at the first poll.
    pub(crate) fn updates(watched: Arc<Watched>, options: StreamOptions) -> Self {
        let watch = watched.watch(Interest::Activities).ok();
        // With a watcher that was there before, its latest look tells what "now" is; with a new one its first look will.
        let start = Start::Now(watch.map(|mut watch| (watch.snapshot().end, watch)));
        Self::starting(Box::new(watched), options, start)
    }

    pub(crate) fn history(watched: Arc<Watched>, options: HistoryOptions) -> Self {
        let HistoryOptions { offline, after, types, exclude_originator } = options;
        let options = StreamOptions { after, types, exclude_originator, ..StreamOptions::default() };
        let scope = watched.scope();
        let feed = History { watched, options: options.clone(), offline, asked: offline, failed: None, reader: None };
        Self::new(scope, feed, options)
    }

    fn starting(source: Box<dyn SessionSource>, options: StreamOptions, start: Start) -> Self {
        Self::new(source.scope(), Live { source, options: options.clone(), start, reading: None }, options)
    }
}

/// Where a live stream begins.
enum Start {
    Beginning,
    Now(Option<(Option<Position>, Subscription)>),
}

struct Live {
    source: Box<dyn SessionSource>,
    options: StreamOptions,
    start: Start,
    reading: Option<Reading>,
}

/// A stream that has found its place.
struct Reading {
    reader: Reader,
    watch: Subscription,
    added: Revisions,
    stall: Option<Stall>,
    /// Whether another session may have been started in the place of this one.
    may_go_on: bool,
}

impl Reading {
    fn new(watched: &Arc<Watched>, position: Position, watch: Subscription, options: &StreamOptions) -> Self {
        let added = watched.hub.store.watch(&Topic::Session(watched.id.clone()));
        let stall = options.stall_timeout.map(|limit| Stall::new(watched, limit));
        Self { reader: Reader::new(watched, position, true), watch, added, stall, may_go_on: true }
    }
}

/// Never, where there is no limit.
async fn stalled(stall: &mut Option<Stall>) -> Error {
    match stall {
        Some(stall) => stall.stalled().await,
        None => std::future::pending().await,
    }
}

impl Live {
    async fn begin(&mut self) -> Result<Reading> {
        self.options.check()?;
        let watched = self.source.watched().await?;
        let id = watched.id.clone();
        self.begin_at(watched).await.map_err(|error| error.in_session(id.as_str()))
    }

    /// Finds the place to begin at.
    async fn begin_at(&mut self, mut watched: Arc<Watched>) -> Result<Reading> {
        let live_only = matches!(self.start, Start::Now(_));
        let (now, mut watch) = match std::mem::replace(&mut self.start, Start::Beginning) {
            Start::Now(Some((now, watch))) => (now, watch),
            _ => (None, watched.watch(Interest::Activities)?),
        };
        let position = match (&self.options.after, now) {
            (Some(after), _) => loop {
                if let Some(position) = watched.hub.store.find(&watched.id, after).await? {
                    break position;
                }
                watch.caught_up().await?;
                match (place_of(&watched, after).await, self.source.next(&watched.id)) {
                    (Err(error), Some(next)) if error.kind() == ErrorKind::NotFound => {
                        watch = next.watch(Interest::Activities)?;
                        watched = next;
                    }
                    (found, _) => break found?,
                }
            },
            (None, Some(now)) => now,
            (None, None) if live_only => watch.caught_up().await?,
            (None, None) => Position::default(),
        };
        Ok(Reading::new(&watched, position, watch, &self.options))
    }
}

impl Live {
    async fn read_on(&mut self) -> Result<Option<Vec<Body>>> {
        let Some(reading) = &mut self.reading else { return Ok(None) };
        loop {
            // What is known is noted before the store is read: what is drained then is wholly in what is read now.
            let snapshot = reading.watch.snapshot();
            reading.added.seen();
            // On the heap while they last: a stream waits most of its time.
            if let Some(bodies) = Box::pin(reading.reader.next()).await? {
                return Ok(Some(bodies));
            }
            if let Some(error) = snapshot.failure {
                // All that there ever was of it was given.
                return if error.reason() == Some(EndReason::Deleted) { Ok(None) } else { Err(error) };
            }
            if snapshot.drained && std::mem::replace(&mut reading.may_go_on, false) {
                if let Some(next) = self.source.successor(reading.watch.session()).await? {
                    let watch = next.watch(Interest::Activities)?;
                    *reading = Reading::new(&next, Position::default(), watch, &self.options);
                }
                continue;
            }
            if snapshot.drained && !self.options.follow {
                return Ok(None);
            }
            tokio::select! {
                biased;
                changed = reading.watch.changed() => changed?,
                () = reading.added.changed() => {}
                error = Box::pin(stalled(&mut reading.stall)) => return Err(error),
            }
        }
    }
}

#[async_trait]
impl Feed<Body> for Live {
    async fn next_batch(&mut self) -> Result<Option<Vec<Body>>> {
        if self.reading.is_none() {
            self.reading = Some(waited_out(Box::pin(self.begin())).await?);
        }
        let result = waited_out(self.read_on()).await;
        let session = self.reading.as_ref().map(|reading| reading.watch.session().as_str());
        result.map_err(|error| session.into_iter().fold(error, Error::in_session))
    }

    fn is_ahead(&self) -> bool {
        self.reading.as_ref().is_some_and(|reading| reading.reader.has_more())
    }
}

struct History {
    watched: Arc<Watched>,
    options: StreamOptions,
    offline: bool,
    /// Whether the server was asked, or is not to be.
    asked: bool,
    /// How that failed: it is told behind what is in the store by then.
    failed: Option<Error>,
    reader: Option<Reader>,
}

impl History {
    async fn read_on(&mut self) -> Result<Option<Vec<Body>>> {
        if self.reader.is_none() {
            let position = self.begin().await?;
            self.reader = Some(Reader::new(&self.watched, position, !self.offline));
        }
        let Some(reader) = &mut self.reader else { return Ok(None) };
        loop {
            if let Some(bodies) = reader.next().await? {
                return Ok(Some(bodies));
            }
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
            if std::mem::replace(&mut self.asked, true) {
                return Ok(None);
            }
            self.failed = self.watched.advance().await.err();
        }
    }

    async fn begin(&mut self) -> Result<Position> {
        self.options.check()?;
        let Some(after) = self.options.after.clone() else { return Ok(Position::default()) };
        if let Some(position) = self.watched.hub.store.find(&self.watched.id, &after).await? {
            return Ok(position);
        }
        if !std::mem::replace(&mut self.asked, true) {
            self.failed = self.watched.advance().await.err();
        }
        // That it isn't there can't be said where not all could be read.
        place_of(&self.watched, &after).await.map_err(|error| self.failed.take().unwrap_or(error))
    }
}

#[async_trait]
impl Feed<Body> for History {
    async fn next_batch(&mut self) -> Result<Option<Vec<Body>>> {
        self.watched.hub.service.transport.check_open()?;
        self.read_on().await.map_err(|error| error.in_session(self.watched.id.as_str()))
    }

    fn is_ahead(&self) -> bool {
        self.reader.as_ref().is_some_and(Reader::has_more)
    }
}
