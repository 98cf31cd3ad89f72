//! Answers that bend HTTP: endless headers, floods of interim answers, lengths that lie, connections that end between two
//! requests. None is taken for something else, none holds the client up.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jules::{Cache, ErrorKind, Jules, SessionsOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::quick_retry;

const GOOD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 25\r\n\r\n{\"sessions\":[{\"id\":\"1\"}]}";

/// Answers the requests with these bytes, one after the other, then with what is good; each on its own connection unless the
/// client uses one again. Counts the requests.
async fn server(answers: Vec<Vec<u8>>, closes: bool) -> (Jules, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        let answers = Arc::new(answers);
        while let Ok((mut stream, _)) = listener.accept().await {
            let (answers, count) = (Arc::clone(&answers), Arc::clone(&count));
            tokio::spawn(async move {
                while stream.read(&mut [0; 8192]).await.is_ok_and(|read| read > 0) {
                    let answer = answers.get(count.fetch_add(1, Ordering::SeqCst));
                    if stream.write_all(answer.map_or(GOOD, |answer| answer)).await.is_err() {
                        return;
                    }
                    if closes && answer.is_some() {
                        let _ = stream.shutdown().await;
                        return;
                    }
                }
            });
        }
    });
    let jules = Jules::builder().api_key("k").base_url(url).cache(Cache::Memory).retry(quick_retry());
    (jules.request_timeout(Duration::from_secs(2)).build().unwrap(), asked)
}

async fn ask(jules: &Jules) -> jules::Result<String> {
    let page = jules.sessions(SessionsOptions::default()).page().await?;
    Ok(page.items.into_iter().map(|info| info.id).collect())
}

fn with_headers(lines: usize, length: usize) -> Vec<u8> {
    let mut answer = b"HTTP/1.1 200 OK\r\n".to_vec();
    for line in 0..lines {
        answer.extend(format!("x-{line}: {}\r\n", "y".repeat(length)).bytes());
    }
    answer.extend(b"content-length: 25\r\n\r\n{\"sessions\":[{\"id\":\"1\"}]}");
    answer
}

#[tokio::test]
async fn one_answer_that_is_no_http_is_asked_for_again() {
    let interim = b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n".repeat(100_000);
    for (what, answer) in [
        ("many headers", with_headers(100_000, 10)),
        ("a long header", with_headers(1, 10_000_000)),
        ("interim answers without an end", interim),
        ("nothing", Vec::new()),
        ("no HTTP", b"SSH-2.0-x\r\n".to_vec()),
        ("a line that never ends", vec![b'x'; 5_000_000]),
        ("too short", b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"sessions\":[{\"id\":\"1\"}]}".to_vec()),
        ("no number", b"HTTP/1.1 200 OK\r\ncontent-length: ten\r\n\r\n{\"sessions\":[{\"id\":\"1\"}]}".to_vec()),
        (
            "two lengths",
            b"HTTP/1.1 200 OK\r\ncontent-length: 25\r\ncontent-length: 2\r\n\r\n{\"sessions\":[{\"id\":\"1\"}]}"
                .to_vec(),
        ),
        (
            "bad chunks",
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{\"sessions\":[{\"id\":\"1\"}]}\r\n0\r\n\r\n"
                .to_vec(),
        ),
        (
            "chunks without an end",
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n19\r\n{\"sessions\":[{\"id\":\"1\"}]}\r\n".to_vec(),
        ),
        ("half a status", b"HTTP/1.1 2".to_vec()),
    ] {
        let (jules, asked) = server(vec![answer], true).await;
        let began = Instant::now();
        assert_eq!(ask(&jules).await.map_err(|error| error.to_string()), Ok("1".into()), "{what}");
        assert_eq!(asked.load(Ordering::SeqCst), 2, "{what}");
        assert!(began.elapsed() < Duration::from_secs(8), "{what}: {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn what_http_allows_is_taken_at_once() {
    for (what, answer) in [
        ("some interim answers", [b"HTTP/1.1 100 Continue\r\n\r\n".repeat(10).as_slice(), GOOD].concat()),
        ("until the end", b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"sessions\":[{\"id\":\"1\"}]}".to_vec()),
        ("HTTP 1.0", b"HTTP/1.0 200 OK\r\n\r\n{\"sessions\":[{\"id\":\"1\"}]}".to_vec()),
        ("no reason", b"HTTP/1.1 200\r\ncontent-length: 25\r\n\r\n{\"sessions\":[{\"id\":\"1\"}]}".to_vec()),
    ] {
        let (jules, asked) = server(vec![answer], true).await;
        assert_eq!(ask(&jules).await.unwrap(), "1", "{what}");
        assert_eq!(asked.load(Ordering::SeqCst), 1, "{what}");
    }
}

/// What comes behind an answer on the same connection is nobody's: the next request has another connection.
#[tokio::test]
async fn bytes_behind_an_answer_are_not_the_next_ones() {
    let forged = b"HTTP/1.1 200 OK\r\ncontent-length: 25\r\n\r\n{\"sessions\":[{\"id\":\"2\"}]}";
    let (jules, _) = server(vec![[GOOD, forged].concat()], false).await;
    for _ in 0..3 {
        assert_eq!(ask(&jules).await.unwrap(), "1");
    }
}

#[tokio::test]
async fn a_connection_that_ends_between_two_requests_is_no_trouble() {
    let (jules, asked) = server(vec![GOOD.to_vec(); 5], true).await;
    for _ in 0..6 {
        ask(&jules).await.unwrap();
    }
    assert!((6..=11).contains(&asked.load(Ordering::SeqCst)));
}

#[tokio::test]
async fn what_is_never_http_is_an_error_in_time() {
    let (jules, _) = server(vec![b"SSH-2.0-x\r\n".to_vec(); 10_000], true).await;
    let error = jules.sessions(SessionsOptions::default()).page().timeout(Duration::from_secs(1)).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Network | ErrorKind::Timeout), "{error}");
    assert!(error.retryable());
}
