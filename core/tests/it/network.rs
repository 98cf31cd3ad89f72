//! What is around a connection: whose certificates are believed, what goes along with a request, where the environment is
//! looked up.

use std::process::Command;
use std::time::Duration;

use jules::ffi::{Environment, set_environment};
use jules::{Cache, ClientOptions, ErrorKind, Jules};

use crate::authority::{Authority, serve};
use crate::support::{builder, emulator};

/// Where the other process is to ask.
const ASK: &str = "JULES_TEST_SECURE";

/// A server that answers every request with an empty object, and the PEM of the authority that has signed its certificate.
async fn secure() -> (String, String) {
    let authority = Authority::new();
    (serve(authority.server(["localhost"], |_| {})).await, authority.pem())
}

/// A client of that server, with this environment and no other.
async fn ask(url: &str, ca: Option<String>, environment: &[(&str, &str)]) -> jules::Result<()> {
    let mut options = ClientOptions::default();
    (options.api_key, options.base_url) = (Some("k".into()), Some(url.to_owned()));
    (options.cache, options.ca) = (Some(Cache::Memory), ca);
    options.retry.max_elapsed = Some(Duration::ZERO);
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), value.into()));
    set_environment(&mut options, Environment::new(environment));
    Jules::new(options)?.sessions(jules::SessionsOptions::default()).page().await.map(drop)
}

#[tokio::test]
async fn a_server_is_trusted_by_the_option_and_by_the_environment_and_else_the_error_says_how() {
    let (url, pem) = secure().await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("ca.pem");
    std::fs::write(&file, &pem).unwrap();
    let path = file.to_str().unwrap();
    let error = ask(&url, None, &[]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    let text = error.to_string();
    assert!(
        text.contains("the ca option") && text.contains("SSL_CERT_FILE") && !text.contains("Check the network"),
        "{text}"
    );
    for (ca, environment) in [
        (Some(pem), vec![]),
        (Some(path.to_owned()), vec![]),
        (None, vec![("SSL_CERT_FILE", path)]),
        (None, vec![("NODE_EXTRA_CA_CERTS", path)]),
        (None, vec![("REQUESTS_CA_BUNDLE", path)]),
    ] {
        ask(&url, ca, &environment).await.unwrap();
    }
    let empty = directory.path().join("empty.pem");
    std::fs::write(&empty, "nothing").unwrap();
    for environment in ["/not/there", empty.to_str().unwrap()].map(|value| [("SSL_CERT_FILE", value)]) {
        let error = ask(&url, None, &environment).await.unwrap_err();
        assert!(error.kind() == ErrorKind::Config && error.to_string().contains("SSL_CERT_FILE"), "{error}");
        // Without TLS nobody has to be trusted.
        assert_eq!(ask("http://127.0.0.1:9", None, &environment).await.unwrap_err().kind(), ErrorKind::Network);
    }
}

#[tokio::test]
async fn where_the_system_has_no_authorities_the_built_in_ones_count() {
    let (url, pem) = secure().await;
    let mut bare = Command::new(std::env::current_exe().unwrap());
    bare.args(["--exact", "network::the_client_of_a_bare_system", "--ignored"]);
    bare.env("SSL_CERT_FILE", "/not/there").env("SSL_CERT_DIR", "/not/there").env(ASK, format!("{url}|{pem}"));
    let output = tokio::task::spawn_blocking(move || bare.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[tokio::test]
#[ignore = "the other process of the case above, which starts it"]
async fn the_client_of_a_bare_system() {
    let Ok(given) = std::env::var(ASK) else { return };
    let (url, pem) = given.split_once('|').unwrap();
    // It speaks TLS, and trusts somebody, but not this server.
    let error = ask(url, None, &[]).await.unwrap_err();
    assert!(error.to_string().contains("UnknownIssuer"), "{error}");
    ask(url, Some(pem.to_owned()), &[]).await.unwrap();
}

#[tokio::test]
async fn nothing_is_looked_up_but_in_the_environment_that_was_given() {
    let mut options = ClientOptions::default();
    set_environment(&mut options, Environment::new([]));
    assert_eq!(Jules::new(options.clone()).unwrap_err().kind(), ErrorKind::MissingApiKey);
    let url = ("JULES_BASE_URL".to_owned(), "http://127.0.0.1:9".into());
    set_environment(&mut options, Environment::new([("JULES_API_KEY".to_owned(), "k".into()), url]));
    let jules = Jules::new(options).unwrap();
    assert_eq!(jules.base_url(), "http://127.0.0.1:9/v1alpha");
    assert!(!format!("{:?}", jules.options()).contains("127"), "values may be keys");
}

#[tokio::test]
async fn a_time_limit_says_what_stood_in_the_way() {
    let emulator = emulator().await;
    let id = emulator.plant(serde_json::from_value(serde_json::json!({"state": "IN_PROGRESS"})).unwrap()).unwrap();
    emulator.fault(jules_emulator::Fault::status(503).on("sessions.get"));
    let jules = builder(&emulator).build().unwrap();
    let error = jules.session(&id).unwrap().info().timeout(Duration::from_secs(2)).await.unwrap_err();
    assert_eq!((error.kind(), error.status(), error.retryable()), (ErrorKind::Timeout, Some(503), true));
    assert!(error.attempts().is_some_and(|attempts| attempts > 1) && error.cause_message().is_some(), "{error:#?}");
    assert!(error.to_string().contains("the latest attempt failed"), "{error}");
}
