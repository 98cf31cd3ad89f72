//! How a body travels: whole, slowly, or not to its end.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

use super::connection::Connection;
use crate::faults::Manner;

/// A body that drips, stops, or takes its connection with it.
pub(crate) struct Delivery {
    rest: Bytes,
    /// What its headers promise.
    promised: u64,
    /// Bytes still to send before it stops; all of them when it doesn't.
    until_cut: usize,
    cut: Option<(Manner, Arc<Connection>)>,
    pace: Option<Pace>,
    sleep: Option<Pin<Box<Sleep>>>,
    flushed: bool,
}

struct Pace {
    chunk: usize,
    pause: Duration,
}

/// Time for what was written to leave before the connection is cut.
const FLUSH: Duration = Duration::from_millis(25);

impl Delivery {
    pub(crate) fn new(body: Bytes) -> Self {
        Self {
            promised: body.len() as u64,
            until_cut: body.len(),
            rest: body,
            cut: None,
            pace: None,
            sleep: None,
            flushed: false,
        }
    }

    /// Ends the connection after so many bytes.
    pub(crate) fn cut_after(mut self, bytes: usize, manner: Manner, connection: Arc<Connection>) -> Self {
        self.until_cut = bytes.min(self.rest.len());
        self.cut = Some((manner, connection));
        self
    }

    /// Sends about so many bytes a second.
    pub(crate) fn paced(mut self, bytes_per_second: u64) -> Self {
        let rate = bytes_per_second.max(1);
        // Twenty pieces a second, or one byte at a time if that is too much.
        let chunk = (rate / 20).max(1);
        self.pace = Some(Pace {
            chunk: usize::try_from(chunk).unwrap_or(usize::MAX),
            pause: Duration::from_secs_f64(chunk as f64 / rate as f64),
        });
        self
    }

    /// Waits for the sleep in progress, if there is one.
    fn poll_sleep(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let Some(sleep) = &mut self.sleep {
            if sleep.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            self.sleep = None;
        }
        Poll::Ready(())
    }

    /// The end of a body that was cut: whatever happens, no more of it comes.
    fn poll_cut(&mut self, context: &mut Context<'_>, manner: Manner) -> Poll<()> {
        if !self.flushed {
            self.flushed = true;
            self.sleep = Some(Box::pin(sleep(FLUSH)));
            if self.poll_sleep(context).is_pending() {
                return Poll::Pending;
            }
        }
        if let Some((_, connection)) = &self.cut {
            match manner {
                Manner::Reset => connection.reset(),
                Manner::Close => connection.close(),
                Manner::Hang => {}
            }
        }
        Poll::Pending
    }
}

impl Body for Delivery {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.poll_sleep(context).is_pending() {
            return Poll::Pending;
        }
        if self.until_cut == 0 {
            return match self.cut.as_ref().map(|(manner, _)| *manner) {
                Some(manner) => self.poll_cut(context, manner).map(|()| None),
                None => Poll::Ready(None),
            };
        }
        let size = match &self.pace {
            Some(pace) => pace.chunk.min(self.until_cut),
            None => self.until_cut,
        };
        let chunk = self.rest.split_to(size);
        self.until_cut -= size;
        if let Some(pause) = self.pace.as_ref().map(|pace| pace.pause) {
            let until = Instant::now() + pause;
            self.sleep = Some(Box::pin(tokio::time::sleep_until(until)));
        }
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.cut.is_none() && self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        match self.cut {
            Some(_) => SizeHint::default(),
            None => SizeHint::with_exact(self.rest.len() as u64),
        }
    }
}

impl Delivery {
    /// The length for the `Content-Length` header, also when less will come.
    pub(crate) fn promised(&self) -> u64 {
        self.promised
    }
}
