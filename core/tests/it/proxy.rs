//! Proxies that the environment names: none of them is shown the key.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jules::{Cache, ErrorKind, Jules};
use serde_json::json;

use crate::support::emulator;

const KEY: &str = "AIzaSyA-key-for-this-test";
/// Where the other process is to ask, and for which session.
const ASK: &str = "JULES_TEST_ASK";

/// A proxy that refuses everything, and what it was told.
fn proxy() -> (String, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let heard = Arc::new(Mutex::new(String::new()));
    let all = Arc::clone(&heard);
    std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| refuse(stream, &all)));
    (url, heard)
}

fn refuse(mut stream: TcpStream, heard: &Mutex<String>) {
    let mut buffer = [0; 16_384];
    let length = stream.read(&mut buffer).unwrap_or(0);
    heard.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..length]));
    let _ = stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
}

#[tokio::test]
async fn no_proxy_sees_the_key() {
    let emulator = emulator().await;
    let id = emulator.plant(serde_json::from_value(json!({"state": "IN_PROGRESS"})).unwrap()).unwrap();
    // Names under `.invalid` have no address.
    for (base_url, reached, asks_proxy) in [
        (emulator.url(), true, false),
        (emulator.url().replace("127.0.0.1", "localhost"), true, false),
        ("http://jules.invalid:81".to_owned(), false, false),
        ("https://127.0.0.1:1".to_owned(), false, false),
        ("https://jules.invalid".to_owned(), false, true),
    ] {
        let (proxy, heard) = proxy();
        let mut client = Command::new(std::env::current_exe().unwrap());
        client.args(["--exact", "proxy::the_client_behind_a_proxy", "--ignored"]);
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
            client.env(name, &proxy).env(name.to_lowercase(), &proxy);
        }
        client.env_remove("NO_PROXY").env_remove("no_proxy").env_remove("REQUEST_METHOD");
        client.env(ASK, format!("{base_url} {id} {reached}"));
        let output = tokio::task::spawn_blocking(move || client.output().unwrap()).await.unwrap();
        assert!(output.status.success(), "{base_url}: {}", String::from_utf8_lossy(&output.stdout));
        let heard = heard.lock().unwrap();
        assert!(!heard.contains(KEY), "{base_url}: {heard}");
        assert_eq!(heard.starts_with("CONNECT jules.invalid:443"), asks_proxy, "{base_url}: {heard}");
        assert_eq!(heard.is_empty(), !asks_proxy, "{base_url}: {heard}");
    }
}

#[tokio::test]
#[ignore = "the other process of the case above, which starts it"]
async fn the_client_behind_a_proxy() {
    let Ok(ask) = std::env::var(ASK) else { return };
    let [base_url, id, reached] = ask.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let mut retry = crate::support::quick_retry();
    retry.max_elapsed = Some(Duration::ZERO);
    let jules = Jules::builder().api_key(KEY).base_url(base_url).cache(Cache::Memory).allow_insecure_http(true);
    let jules = jules.connect_timeout(Duration::from_millis(300)).retry(retry).build().unwrap();
    let info = jules.session(id).unwrap().info().await;
    match reached {
        "true" => assert_eq!(info.unwrap().id, id),
        _ => assert!(matches!(info.unwrap_err().kind(), ErrorKind::Network | ErrorKind::Timeout)),
    }
}
