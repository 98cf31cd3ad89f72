//! The accept loop. The emulator owns its connections, so that it can reset them.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::{Extension, Router};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Duration, sleep};

use super::connection::{Connection, Traffic, Wire};

/// Serves until it is aborted; its connections end with it.
pub(crate) async fn accept(listener: TcpListener, router: Router, traffic: Arc<Traffic>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let number = traffic.connections.fetch_add(1, Ordering::Relaxed) + 1;
                    connections.spawn(serve(stream, number, router.clone(), Arc::clone(&traffic)));
                }
                // Out of file handles, most likely: some connection will end.
                Err(_) => sleep(Duration::from_millis(20)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, number: u64, router: Router, traffic: Arc<Traffic>) {
    // Without it small answers wait for the client's acknowledgement.
    let _: std::io::Result<()> = stream.set_nodelay(true);
    let connection = Connection::new(number);
    let io = TokioIo::new(Wire::new(stream, Arc::clone(&connection), traffic));
    let service = TowerToHyperService::new(router.layer(Extension(Arc::clone(&connection))));
    let builder = Builder::new(TokioExecutor::new());
    let served = builder.serve_connection(io, service);
    tokio::select! {
        // A client that goes away in the middle is nothing to speak of.
        _ = served => {}
        () = connection.was_cut() => {}
    }
}
