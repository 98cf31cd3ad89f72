//! Calls against a network that answers as a test says, on a paused clock.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::http::{Exchange, Http, HttpFailure, HttpRequest, HttpResponse, Sent};
use super::{Delivery, Operation, Request, Toll, Transport};
use crate::api::operations::{Listing, SeenSession, Service};
use crate::api::{ApiKey, ApiSettings, Branches, RetryPolicy, Trust, find_source};
use crate::ground::error::ErrorKind;
use crate::ground::log_scope::Scope;
use crate::ground::model::{Artifact, SessionId};
use crate::ground::surroundings::Random;

/// What comes back, once. The last one stays.
#[derive(Clone, Debug)]
enum Back {
    Says(u16, &'static str, &'static str),
    Throttled(u64),
    Silence,
    TooLarge(u64),
    Unreachable,
    /// The process is stopped for so long before nothing comes.
    Stopped(Duration),
    /// Nothing for pages of more than so many items.
    Slow(u32),
    TooLargeUnlessFields,
    RefusesFields,
}

#[derive(Debug)]
struct Script {
    backs: Mutex<VecDeque<Back>>,
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl Http for Script {
    async fn exchange(&self, request: HttpRequest) -> Exchange {
        self.asked.lock().unwrap().push(format!("{} {}", request.method, request.url));
        let back = {
            let mut backs = self.backs.lock().unwrap();
            if backs.len() > 1 { backs.pop_front().unwrap() } else { backs[0].clone() }
        };
        let parameter = |name: &str| {
            request.url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
        };
        let page = r#"{"activities": [{"id": "a", "progressUpdated": {}}], "nextPageToken": "n"}"#;
        match back {
            Back::Says(status, id, body) => Ok(said(status, id, body)),
            Back::Throttled(seconds) => {
                let mut response = said(429, "", "");
                response.headers.insert("retry-after", seconds.into());
                Ok(response)
            }
            Back::Slow(most) if parameter("pageSize").is_none_or(|size| size.parse::<u32>().unwrap() > most) => {
                tokio::time::sleep(request.silence).await;
                Err(HttpFailure::silent(request.silence))
            }
            Back::Slow(_) => Ok(said(200, "", page)),
            Back::Silence => {
                tokio::time::sleep(request.silence).await;
                Err(HttpFailure::silent(request.silence))
            }
            Back::TooLarge(bytes) => Err(too_large(bytes)),
            Back::TooLargeUnlessFields if parameter("fields").is_none() => Err(too_large(300)),
            Back::TooLargeUnlessFields => Ok(said(200, "", page)),
            Back::RefusesFields if parameter("fields").is_some() => Ok(said(400, "", GOOGLE_400)),
            Back::RefusesFields => Ok(said(200, "", "{}")),
            Back::Unreachable => {
                Err(HttpFailure { sent: Sent::Never, timeout: false, ..HttpFailure::silent(request.silence) })
            }
            Back::Stopped(time) => {
                tokio::time::advance(time).await;
                Err(HttpFailure::silent(request.silence))
            }
        }
    }
}

const GOOGLE_400: &str = r#"{"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": "m"}}"#;
const GOOGLE_401: &str = r#"{"error": {"code": 401, "status": "UNAUTHENTICATED", "message": "m"}}"#;
const GOOGLE_404: &str = r#"{"error": {"code": 404, "status": "NOT_FOUND", "message": "m"}}"#;
const FINE: Back = Back::Says(200, "", r#"{"id": "1"}"#);

fn said(status: u16, id: &'static str, body: &'static str) -> HttpResponse {
    let mut headers = HeaderMap::new();
    if !id.is_empty() {
        headers.insert("x-request-id", id.parse().unwrap());
    }
    HttpResponse { status, headers, body: Bytes::from_static(body.as_bytes()) }
}

fn too_large(bytes: u64) -> HttpFailure {
    HttpFailure { too_large: Some(bytes), timeout: false, ..HttpFailure::silent(Duration::ZERO) }
}

fn transport(backs: &[Back]) -> (Transport, Arc<Script>) {
    let backs = Mutex::new(backs.iter().cloned().collect());
    let script = Arc::new(Script { backs, asked: Mutex::default() });
    let settings = ApiSettings {
        key: ApiKey::from("secret"),
        base_url: "https://example.com/v1alpha".parse().unwrap(),
        request_timeout: Duration::from_secs(30),
        connect_timeout: Duration::from_secs(10),
        retry: RetryPolicy {
            max_elapsed: Duration::from_secs(300),
            base_delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(30),
        },
        max_concurrent_requests: 4,
        user_agent: "test".to_owned(),
        headers: Vec::new(),
        trust: Trust::default(),
        proxy: None,
        log: Scope::default(),
    };
    (Transport::over(Arc::clone(&script) as _, &settings, Random::from_fn(|| 0.5)), script)
}

fn service(backs: &[Back]) -> (Service, Arc<Script>) {
    let (transport, script) = transport(backs);
    (Service::new(Arc::new(transport)), script)
}

impl Script {
    fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

fn id() -> SessionId {
    SessionId::parse("1").unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_process_that_was_stopped_for_an_hour_asks_again() {
    let (service, script) = service(&[FINE, Back::Stopped(Duration::from_secs(3_600)), Back::Silence, FINE]);
    service.session(&id()).await.unwrap();
    service.session(&id()).await.unwrap();
    assert_eq!(script.count(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_longer_wait_than_is_left_ends_the_call_at_once_and_says_when_to_come_back() {
    let (service, script) = service(&[FINE, Back::Throttled(301)]);
    service.session(&id()).await.unwrap();
    let began = Instant::now();
    let error = service.session(&id()).await.unwrap_err();
    assert_eq!((error.kind(), error.retryable(), error.attempts()), (ErrorKind::RateLimit, true, Some(1)));
    assert_eq!((script.count(), began.elapsed()), (2, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_the_answer_is_asked_for_again() {
    let odd = ["", "null", "{}", "[]", r#"{"error": "login"}"#, r#"{"id": "2"}"#, "<p>log in</p>"];
    let mut backs: Vec<_> = odd.iter().map(|body| Back::Says(200, "", body)).collect();
    backs.push(FINE);
    let (service, script) = service(&backs);
    assert_eq!(service.session(&id()).await.unwrap().info.id, "1");
    assert_eq!(script.count(), odd.len() + 1);
}

/// The key is `secret`.
#[tokio::test(start_paused = true)]
async fn a_key_that_an_unreadable_answer_quotes_is_in_no_text_of_the_error() {
    for body in [r#"{"sessions": "\u0073\u0065cret"}"#, r#"{"sessions": {"secr\u0065t": "#, r"\u0073ecret"] {
        let (service, _) = service(&[Back::Says(200, "", body)]);
        let error = service.sessions(&Listing::default()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
        let causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
        let causes: String = causes.map(|cause| format!("{cause} {cause:?}")).collect();
        let told = format!("{error} {error:?} {} {causes}", error.to_json());
        assert!(!told.contains("secret") && !told.contains("u0073") && !told.contains("u0065"), "{told}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_effect_with_an_unreadable_answer_may_have_happened() {
    for body in ["", "null", "{}", "<p>"] {
        let (transport, _) = transport(&[Back::Says(200, "", body)]);
        let request = Service::create_request(json!({"prompt": "p"}));
        let failure = transport.retrier().attempt::<SeenSession>(&request).await.unwrap_err();
        assert_eq!((failure.error.kind(), failure.effect), (ErrorKind::Decode, Delivery::Perhaps), "{body}");
    }
    let (transport, _) = transport(&[Back::TooLarge(7)]);
    let request = Service::message_request(&id(), "hello");
    let failure = transport.retrier().attempt::<Value>(&request).await.unwrap_err();
    assert_eq!((failure.error.too_large(), failure.effect), (Some(7), Delivery::Perhaps));
}

#[tokio::test(start_paused = true)]
async fn a_proxy_between_is_passing_trouble_but_google_is_believed() {
    let proxy = [Back::Says(302, "", ""), Back::Says(401, "", "<html>"), Back::Says(403, "", r#"{"error":"login"}"#)];
    let backs: Vec<_> = [FINE].into_iter().chain(proxy).chain([FINE]).collect();
    let (service, script) = service(&backs);
    service.session(&id()).await.unwrap();
    service.session(&id()).await.unwrap();
    assert_eq!(script.count(), 5);
    let (service, script) = super::tests::service(&[FINE, Back::Says(401, "", GOOGLE_401)]);
    service.session(&id()).await.unwrap();
    let error = service.session(&id()).await.unwrap_err();
    assert_eq!((error.kind(), error.is_authoritative(), script.count()), (ErrorKind::Authentication, true, 2));
}

#[tokio::test(start_paused = true)]
async fn the_request_id_lives_through_all_attempts() {
    let (service, _) = service(&[Back::Says(503, "first", ""), Back::Says(503, "second", ""), Back::Silence]);
    let error = service.session(&id()).await.unwrap_err();
    assert_eq!((error.kind(), error.request_id()), (ErrorKind::Timeout, Some("second")));
    assert!(!error.retryable() && error.attempts() > Some(2), "{error:?}");
    assert_eq!(error.session_id(), Some("1"));
    assert!(error.to_string().contains("session 1"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn one_throttled_operation_leaves_the_others_alone() {
    let (service, _) = service(&[FINE, Back::Throttled(60), FINE]);
    service.session(&id()).await.unwrap();
    let began = Instant::now();
    let one = id();
    let throttled = service.session(&one);
    let others = async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        service.archive(&id(), true).await.unwrap();
        began.elapsed()
    };
    let (throttled, others) = futures::join!(throttled, others);
    assert!(throttled.is_ok() && others < Duration::from_secs(1), "{others:?}");
    assert!(began.elapsed() >= Duration::from_secs(60));
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_too_slow_is_asked_for_in_halves_and_then_stays_small_for_a_while() {
    let (service, script) = service(&[Back::Slow(20)]);
    let listing = Listing { page_size: Some(100), ..Listing::default() };
    service.activities(&id(), &listing).await.unwrap();
    assert_eq!(script.count(), 4, "100, 50, 25, 12");
    service.activities(&id(), &listing).await.unwrap();
    assert_eq!(script.count(), 5);
    assert!(script.asked.lock().unwrap()[4].contains("pageSize=12"));
}

#[tokio::test(start_paused = true)]
async fn an_item_that_is_too_large_comes_without_what_makes_it_so() {
    let (service, script) = service(&[Back::TooLargeUnlessFields]);
    let listing = Listing { page_size: Some(4), ..Listing::default() };
    let page = service.activities(&id(), &listing).await.unwrap();
    let large = Artifact::Unknown { raw: json!({"tooLarge": 300}) };
    assert_eq!((page.items[0].activity.kind(), &page.items[0].activity.artifacts), ("progressUpdated", &vec![large]));
    assert!(page.items[0].body.contains("tooLarge"), "the store has it too");
    assert_eq!((page.next_page_token.as_deref(), script.count()), (Some("n"), 4), "4, 2, 1, without artifacts");
    let (service, script) = super::tests::service(&[Back::TooLarge(300)]);
    let error = service.session(&id()).await.unwrap_err();
    assert_eq!((error.kind(), error.too_large(), script.count()), (ErrorKind::Decode, Some(300), 2));
}

#[tokio::test(start_paused = true)]
async fn fields_are_left_out_for_a_while_where_only_they_were_refused() {
    let (service, script) = service(&[Back::RefusesFields]);
    for requests in [2, 3] {
        service.light_sessions(&Listing::default()).await.unwrap();
        assert_eq!(script.count(), requests);
    }
    tokio::time::advance(Duration::from_secs(601)).await;
    service.light_sessions(&Listing::default()).await.unwrap();
    assert_eq!(script.count(), 5, "tried again");
    // A passing 400 of everything switches nothing off.
    let refused = Back::Says(400, "", GOOGLE_400);
    let (service, script) = super::tests::service(&[refused.clone(), refused, Back::Says(200, "", "{}")]);
    service.light_sessions(&Listing::default()).await.unwrap_err();
    service.light_sessions(&Listing::default()).await.unwrap();
    assert_eq!(script.count(), 3);
    assert!(script.asked.lock().unwrap()[2].contains("fields="));
}

#[tokio::test(start_paused = true)]
async fn a_source_is_missing_only_when_google_says_so_and_the_whole_list_agrees() {
    let gone = Back::Says(404, "", GOOGLE_404);
    let others = Back::Says(200, "", r#"{"sources": [{"name": "sources/github/o/other"}], "nextPageToken": "n"}"#);
    let last = Back::Says(
        200,
        "",
        r#"{"sources": [{"name": "sources/github-o-r", "githubRepo": {"owner": "o", "repo": "R"}}]}"#,
    );
    let empty = Back::Says(200, "", "{}");
    for (backs, found, requests) in [
        (vec![gone.clone(), empty.clone()], Err(ErrorKind::SourceNotFound), 2),
        // The filter is ignored, or refused: the list is read to its end.
        (vec![gone.clone(), others.clone(), others.clone(), empty.clone()], Err(ErrorKind::SourceNotFound), 4),
        (vec![gone.clone(), others.clone(), others.clone(), last.clone()], Ok("sources/github-o-r"), 4),
        (vec![Back::Says(404, "", "<html>")], Err(ErrorKind::NotFound), 1),
    ] {
        let (service, script) = service(&backs);
        let result = find_source(&service, "o/r", Branches::LeftOut).await;
        let result = result.as_ref().map(|source| source.name.as_str()).map_err(|error| error.kind());
        assert_eq!((result, script.count()), (found, requests), "{backs:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_was_never_reached_is_given_up_soon() {
    let (transport, _) = transport(&[Back::Unreachable]);
    let began = Instant::now();
    let request = Request::new(Operation::SessionsGet, ["sessions", "1"]);
    let error = transport.call::<Value>(&request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert!(began.elapsed() <= Duration::from_secs(2));
}

/// Counts the further requests of calls.
#[derive(Debug, Default)]
struct Counter(Mutex<Vec<Operation>>);

#[async_trait]
impl Toll for Counter {
    async fn pay(&self, operation: Operation) {
        self.0.lock().unwrap().push(operation);
    }
}

#[tokio::test(start_paused = true)]
async fn each_further_request_of_a_call_is_counted() {
    let unavailable = || Back::Says(503, "", "");
    let listing = Listing { page_size: Some(100), ..Listing::default() };
    for (what, backs, requests) in [
        ("once", vec![Back::Slow(100)], 1),
        ("again", vec![unavailable(), unavailable(), Back::Slow(100)], 3),
        ("in halves", vec![Back::Slow(20)], 4),
        ("whole, for fields were refused", vec![Back::RefusesFields], 2),
        ("without what is too large", vec![Back::TooLargeUnlessFields], 8),
    ] {
        let ((service, script), counter) = (service(&backs), Arc::new(Counter::default()));
        service.transport.counted_by(&counter);
        match backs[0] {
            Back::RefusesFields => drop(service.activity_ids(&id(), &listing).await.unwrap()),
            _ => drop(service.activities(&id(), &listing).await.unwrap()),
        }
        assert_eq!(script.count(), requests, "{what}");
        assert_eq!(*counter.0.lock().unwrap(), vec![Operation::ActivitiesList; requests - 1], "{what}");
    }
}
