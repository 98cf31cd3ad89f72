//! TLS as it goes wrong: certificates of others, versions, protocols, and what HTTP/2 can do to a request.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use jules::{Cache, Error, ErrorKind, Jules, JulesBuilder, RunConfig, SessionsOptions};
use rcgen::{CertificateParams, date_time_ymd};
use rustls::ServerConfig;
use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::authority::{Authority, self_signed, serve, serve_with};
use crate::support::quick_retry;

fn builder(url: &str, authority: &Authority) -> JulesBuilder {
    let mut retry = quick_retry();
    retry.max_elapsed = Some(Duration::ZERO);
    Jules::builder().api_key("k").base_url(url).cache(Cache::Memory).ca(authority.pem()).retry(retry)
}

async fn ask(jules: Jules) -> jules::Result<()> {
    jules.sessions(SessionsOptions::default()).page().await.map(drop)
}

async fn refused(config: ServerConfig, authority: &Authority) -> Error {
    let error = ask(builder(&serve(config).await, authority).build().unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network, "{error}");
    error
}

#[tokio::test]
async fn a_certificate_that_is_not_the_servers_is_refused_and_the_error_says_why() {
    type Change = fn(&mut CertificateParams);
    let authority = Authority::new();
    let cases: [(_, Change, _, _); 4] = [
        (&authority, |_| {}, "not valid for name", "the base URL"),
        (&authority, |certificate| certificate.not_after = date_time_ymd(2001, 1, 1), "expired", "clock"),
        (&authority, |certificate| certificate.not_before = date_time_ymd(4000, 1, 1), "not valid yet", "clock"),
        (&Authority::new(), |_| {}, "BadSignature", "the ca option"),
    ];
    for (signer, change, why, hint) in cases {
        let name = if hint == "the base URL" { "example.com" } else { "localhost" };
        let text = refused(signer.server([name], change), &authority).await.to_string();
        assert!(text.contains(why) && text.contains(hint), "{text}");
    }
}

#[tokio::test]
async fn a_certificate_that_only_itself_has_signed_is_trusted_by_who_was_given_it() {
    let (config, pem) = self_signed("localhost");
    let text = refused(config.clone(), &Authority::new()).await.to_string();
    assert!(text.contains("UnknownIssuer") && text.contains("the ca option"), "{text}");
    let jules = Jules::builder().api_key("k").base_url(serve(config).await).cache(Cache::Memory).ca(pem);
    ask(jules.build().unwrap()).await.unwrap();
}

#[tokio::test]
async fn both_versions_of_tls_and_each_protocol_of_http_will_do() {
    let authority = Authority::new();
    for version in [&TLS12, &TLS13] {
        for protocols in [vec![], vec!["http/1.1"], vec!["x", "http/1.1"]] {
            let mut config = authority.server_of(&[version], ["localhost"], |_| {});
            config.alpn_protocols = protocols.into_iter().map(|name| name.as_bytes().to_vec()).collect();
            ask(builder(&serve(config).await, &authority).build().unwrap()).await.unwrap();
        }
    }
    let mut config = authority.server(["localhost"], |_| {});
    config.alpn_protocols = vec![b"x".to_vec()];
    refused(config, &authority).await;
}

/// Answers whatever comes first with these bytes.
async fn raw(answer: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 8192]).await;
            let _ = stream.write_all(answer).await;
            let _ = stream.shutdown().await;
        }
    });
    port
}

#[tokio::test]
async fn what_speaks_no_tls_or_an_old_one_is_an_error_at_once() {
    // An alert: the version of the protocol is not supported. TLS 1.0 and 1.1 know no other answer to this client.
    const OLD: &[u8] = &[21, 3, 1, 0, 2, 2, 70];
    let authority = Authority::new();
    for answer in [OLD, b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n", b"", b"SSH-2.0-x\r\n"] {
        let url = format!("https://localhost:{}", raw(answer).await);
        let error = ask(builder(&url, &authority).build().unwrap()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Network, "{error}");
    }
    // And the other way round.
    let url = serve(authority.server(["localhost"], |_| {})).await.replace("https", "http");
    let error = ask(builder(&url, &authority).build().unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network, "{error}");
}

/// What a server does to the first request, over HTTP/2; all others it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum First {
    Refused,
    Cancelled,
    ResetInBody,
    GoneAway,
    Answered,
}

/// A server of HTTP/2, and how many requests it had.
async fn two(authority: &Authority, first: First, window: u32) -> (String, Arc<AtomicUsize>) {
    let mut config = authority.server(["localhost"], |_| {});
    config.alpn_protocols = vec![b"h2".to_vec()];
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let url = serve_with(config, move |stream| {
        let count = Arc::clone(&count);
        async move {
            let mut builder = h2::server::Builder::new();
            builder.initial_window_size(window).initial_connection_window_size(window.max(65_535));
            let Ok(mut connection) = builder.handshake::<_, Bytes>(stream).await else { return };
            while let Some(Ok((request, mut respond))) = connection.accept().await {
                let first = if count.fetch_add(1, Ordering::SeqCst) == 0 { first } else { First::Answered };
                match first {
                    First::Refused => respond.send_reset(h2::Reason::REFUSED_STREAM),
                    First::Cancelled => respond.send_reset(h2::Reason::INTERNAL_ERROR),
                    First::GoneAway => {
                        connection.abrupt_shutdown(h2::Reason::NO_ERROR);
                    }
                    First::ResetInBody => {
                        let mut body = respond.send_response(Response::new(()), false).unwrap();
                        body.send_data(Bytes::from_static(b"{\"sess"), false).unwrap();
                        body.send_reset(h2::Reason::INTERNAL_ERROR);
                    }
                    First::Answered => {
                        tokio::spawn(async move {
                            let mut body = request.into_body();
                            while let Some(Ok(piece)) = body.data().await {
                                let _ = body.flow_control().release_capacity(piece.len());
                            }
                            let mut answer = respond.send_response(Response::new(()), false).unwrap();
                            let _ = answer.send_data(Bytes::from_static(br#"{"id": "1"}"#), true);
                        });
                    }
                }
            }
        }
    })
    .await;
    (url, asked)
}

#[tokio::test]
async fn a_request_that_http2_gives_up_is_made_again() {
    let authority = Authority::new();
    for first in [First::Refused, First::Cancelled, First::ResetInBody, First::GoneAway] {
        let (url, asked) = two(&authority, first, 65_535).await;
        let jules = builder(&url, &authority).retry(quick_retry()).build().unwrap();
        ask(jules).await.unwrap();
        assert_eq!(asked.load(Ordering::SeqCst), 2, "{first:?}");
    }
}

#[tokio::test]
async fn a_window_of_one_byte_lets_everything_through() {
    let authority = Authority::new();
    let (url, asked) = two(&authority, First::Answered, 1).await;
    let jules = builder(&url, &authority).build().unwrap();
    jules.create_session(RunConfig::new("x".repeat(2_000))).await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}
