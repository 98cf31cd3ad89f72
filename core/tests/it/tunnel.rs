//! Proxies that let a request through, or don't: CONNECT with and without credentials, SOCKS, and what hangs.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jules::{Cache, ErrorKind, Jules, SessionsOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::authority::{Authority, serve};
use crate::support::quick_retry;

const USER: &str = "me";
const PASSWORD: &str = "a-password-for-this-test";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Takes every request.
    Open,
    /// Takes those with the right name and password.
    Closed,
    /// Takes a connection and says nothing.
    Hanging,
    Forbidding,
    Broken,
    Socks,
}

/// A proxy in front of a server of this machine, whatever host it is asked for.
async fn proxy(kind: Kind, server: u16) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(pass(kind, stream, server));
        }
    });
    format!("127.0.0.1:{port}")
}

async fn pass(kind: Kind, mut client: TcpStream, server: u16) -> std::io::Result<()> {
    let answer: &[u8] = match kind {
        Kind::Socks => {
            let mut greeting = [0; 2];
            client.read_exact(&mut greeting).await?;
            client.read_exact(&mut vec![0; greeting[1].into()]).await?;
            client.write_all(&[5, 0]).await?;
            let mut head = [0; 5];
            client.read_exact(&mut head).await?;
            let mut host = vec![0; usize::from(head[4]) + 2];
            client.read_exact(&mut host).await?;
            assert_eq!((head[3], &host[..host.len() - 2]), (3, b"jules.invalid".as_slice()));
            &[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]
        }
        _ => {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(client.read_u8().await?);
            }
            let head = String::from_utf8(head).unwrap();
            let credentials = BASE64_STANDARD.encode(format!("{USER}:{PASSWORD}"));
            assert!(head.starts_with("CONNECT jules.invalid:443 ") && !head.contains("goog-api-key"), "{head}");
            match kind {
                Kind::Hanging => std::future::pending().await,
                Kind::Forbidding => b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n",
                Kind::Broken => b"",
                Kind::Closed if !head.contains(&format!("Basic {credentials}")) => {
                    b"HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\n\r\n"
                }
                _ => b"HTTP/1.1 200 Connection established\r\n\r\n",
            }
        }
    };
    client.write_all(answer).await?;
    if answer.starts_with(b"HTTP/1.1 200") || answer.starts_with(&[5]) {
        copy_bidirectional(&mut client, &mut TcpStream::connect(("127.0.0.1", server)).await?).await?;
    }
    client.shutdown().await
}

async fn ask(scheme: &str, credentials: &str, kind: Kind) -> jules::Result<()> {
    let authority = Authority::new();
    let url = serve(authority.server(["jules.invalid"], |_| {})).await;
    let server = url.rsplit(':').next().unwrap().parse().unwrap();
    let proxy = format!("{scheme}://{credentials}{}", proxy(kind, server).await);
    let mut retry = quick_retry();
    retry.max_elapsed = Some(Duration::ZERO);
    let jules = Jules::builder().api_key("k").base_url("https://jules.invalid").cache(Cache::Memory);
    let jules = jules.ca(authority.pem()).proxy(proxy).retry(retry).connect_timeout(Duration::from_millis(500));
    jules.build()?.sessions(SessionsOptions::default()).page().await.map(drop)
}

#[tokio::test]
async fn a_proxy_lets_through_who_has_the_right_to() {
    let credentials = format!("{USER}:{PASSWORD}@");
    ask("http", "", Kind::Open).await.unwrap();
    ask("http", &credentials, Kind::Closed).await.unwrap();
    ask("socks5h", "", Kind::Socks).await.unwrap();
}

#[tokio::test]
async fn a_proxy_that_lets_nothing_through_is_named_and_no_password_is() {
    for (credentials, kind, wanted, why) in [
        ("", Kind::Closed, ErrorKind::Network, "user:password@host"),
        ("me:wrong-password@", Kind::Closed, ErrorKind::Network, "user:password@host"),
        ("me:wrong-password@", Kind::Forbidding, ErrorKind::Network, "proxy"),
        ("me:wrong-password@", Kind::Broken, ErrorKind::Network, "proxy"),
        ("me:wrong-password@", Kind::Hanging, ErrorKind::Timeout, "proxy"),
    ] {
        let error = ask("http", credentials, kind).await.unwrap_err();
        assert_eq!(error.kind(), wanted, "{kind:?}: {error}");
        assert!(error.to_string().contains(why) && error.to_string().contains("127.0.0.1"), "{kind:?}: {error}");
        assert!(!format!("{error} {error:?}").contains("wrong-password"), "{error:?}");
    }
    // Whoever writes socks5 and not socks5h looks the name up here, and there is none.
    assert_eq!(ask("socks5", "", Kind::Socks).await.unwrap_err().kind(), ErrorKind::Network);
}
