//! A server of HTTP/2 that takes its leave properly: it says that it goes, finishes what is open, and closes.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::future::join3;
use h2::RecvStream;
use h2::server::SendResponse;
use http::{Request, Response};
use jules::{Cache, Jules, RunConfig, SessionsOptions};

use crate::authority::{Authority, serve_with};
use crate::support::quick_retry;

/// So many requests a connection answers before it says that it goes, and so many are open then.
const ANSWERED: usize = 1;
const OPEN: usize = 3;

/// What was asked for on each connection.
type Asked = Arc<Mutex<Vec<Vec<String>>>>;

async fn server(authority: &Authority) -> (String, Asked) {
    let mut config = authority.server(["localhost"], |_| {});
    config.alpn_protocols = vec![b"h2".to_vec()];
    let asked = Asked::default();
    let noted = Arc::clone(&asked);
    let url = serve_with(config, move |stream| {
        let noted = Arc::clone(&noted);
        async move {
            let number = {
                let mut noted = noted.lock().unwrap();
                noted.push(Vec::new());
                noted.len() - 1
            };
            let mut connection = h2::server::handshake(stream).await.unwrap();
            let mut open = Vec::new();
            // Ends when all that was open is answered and the client has closed its side.
            while let Some(Ok((request, respond))) = connection.accept().await {
                let so_far = {
                    let asked = &mut noted.lock().unwrap()[number];
                    asked.push(request.method().to_string());
                    asked.len()
                };
                open.push((request, respond));
                if so_far <= ANSWERED {
                    open.drain(..).for_each(answer);
                } else if so_far == ANSWERED + OPEN {
                    connection.graceful_shutdown();
                    open.drain(..).for_each(answer);
                }
            }
        }
    })
    .await;
    (url, asked)
}

fn answer((request, mut respond): (Request<RecvStream>, SendResponse<Bytes>)) {
    tokio::spawn(async move {
        let mut body = request.into_body();
        while let Some(Ok(piece)) = body.data().await {
            body.flow_control().release_capacity(piece.len()).unwrap();
        }
        let mut answer = respond.send_response(Response::new(()), false).unwrap();
        answer.send_data(Bytes::from_static(br#"{"id": "1"}"#), true).unwrap();
    });
}

#[tokio::test]
async fn who_says_that_it_goes_is_left_for_a_new_connection_without_an_error_and_without_a_second_create() {
    let authority = Authority::new();
    let (url, asked) = server(&authority).await;
    // What fails fails at once.
    let mut retry = quick_retry();
    retry.max_elapsed = Some(Duration::ZERO);
    let jules = Jules::builder().api_key("k").base_url(url).cache(Cache::Memory).ca(authority.pem()).retry(retry);
    let jules = jules.build().unwrap();
    let list = || jules.sessions(SessionsOptions::default()).page();
    list().await.unwrap();
    let create = async { jules.create_session(RunConfig::new("x")).await };
    let (session, one, other) = join3(create, list(), list()).await;
    assert_eq!(session.unwrap().id(), "1");
    one.and(other).unwrap();
    list().await.unwrap();
    let asked = asked.lock().unwrap().clone();
    assert_eq!(asked.iter().map(Vec::len).collect::<Vec<_>>(), [ANSWERED + OPEN, 1], "{asked:?}");
    assert_eq!(asked.concat().iter().filter(|method| *method == "POST").count(), 1, "{asked:?}");
}
