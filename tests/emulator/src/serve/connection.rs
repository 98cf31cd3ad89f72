//! One TCP connection that handlers can cut, counted while it works.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};

use serde::Serialize;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// What a handler sees of its connection.
#[derive(Debug)]
pub(crate) struct Connection {
    /// Counted from 1.
    pub(crate) number: u64,
    reset: AtomicBool,
    cut: Notify,
}

impl Connection {
    pub(crate) fn new(number: u64) -> Arc<Self> {
        Arc::new(Self { number, reset: AtomicBool::new(false), cut: Notify::new() })
    }

    /// Ends the connection with RST, losing what isn't sent yet.
    pub(crate) fn reset(&self) {
        self.reset.store(true, Ordering::SeqCst);
        self.cut.notify_one();
    }

    /// Ends the connection with FIN.
    pub(crate) fn close(&self) {
        self.cut.notify_one();
    }

    /// Returns when somebody has cut it.
    pub(crate) async fn was_cut(&self) {
        self.cut.notified().await;
    }
}

/// Bytes and connections since the start.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    pub(crate) connections: AtomicU64,
    received: AtomicU64,
    sent: AtomicU64,
}

/// A reading of the traffic counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TrafficView {
    /// Connections accepted.
    pub connections: u64,
    /// Bytes read from all connections, headers and control requests included.
    pub bytes_received: u64,
    /// Bytes written to all connections, headers and control requests included.
    pub bytes_sent: u64,
}

impl Traffic {
    pub(crate) fn view(&self) -> TrafficView {
        TrafficView {
            connections: self.connections.load(Ordering::Relaxed),
            bytes_received: self.received.load(Ordering::Relaxed),
            bytes_sent: self.sent.load(Ordering::Relaxed),
        }
    }
}

/// The stream under hyper: counts bytes, and on its end sends RST if that is wanted.
pub(crate) struct Wire {
    stream: TcpStream,
    connection: Arc<Connection>,
    traffic: Arc<Traffic>,
}

impl Wire {
    pub(crate) fn new(stream: TcpStream, connection: Arc<Connection>, traffic: Arc<Traffic>) -> Self {
        Self { stream, connection, traffic }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.connection.reset.load(Ordering::SeqCst) {
            // If it fails the client sees FIN instead: still a cut connection.
            let _: io::Result<()> = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        count(&self.traffic.received, buffer.filled().len() - before);
        polled
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        if let Poll::Ready(Ok(written)) = &polled {
            count(&self.traffic.sent, *written);
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

fn count(counter: &AtomicU64, bytes: usize) {
    counter.fetch_add(u64::try_from(bytes).unwrap_or(0), Ordering::Relaxed);
}
