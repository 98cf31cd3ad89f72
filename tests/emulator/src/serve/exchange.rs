//! One request from its arrival to its answer: journal, faults, the API, rendering, delivery.

use std::future::pending;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri, header};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::answer::{Answer, accepts_gzip};
use super::connection::Connection;
use super::delivery::Delivery;
use crate::api::{self, Operation, Request};
use crate::faults::{Cut, Disturbance, Manner, Moment, Target, html_page};
use crate::journal::{Ending, JournalEntry};
use crate::world::{World, format_time};

/// The version that all paths start with.
pub(crate) const VERSION: &str = "/v1alpha/";

/// What came in.
pub(crate) struct Incoming {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) connection: Arc<Connection>,
}

/// Answers one request, or never does when a fault says so.
pub(crate) async fn exchange(world: Arc<World>, incoming: Incoming) -> Response<Body> {
    let started = Instant::now();
    let operation =
        incoming.uri.path().strip_prefix(VERSION).and_then(|path| Operation::parse(incoming.method.as_str(), path));
    let (seq, disturbance) = arrive(&world, &incoming, operation.as_ref());
    if !disturbance.delay.is_zero() {
        sleep(disturbance.delay).await;
    }
    let close = |status, response_bytes| {
        let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
        let ending = Ending { status, response_bytes, milliseconds };
        world.lock().journal.close(seq, ending);
    };
    if let Some(cut) = disturbance.cut_at(Moment::Before) {
        close(None, 0);
        return end(cut, &incoming.connection).await;
    }
    let mut answer = match &disturbance.instead {
        Some(answer) => answer.clone(),
        None => {
            let (answer, wait) = perform(&world, &incoming, operation, &disturbance);
            if !wait.is_zero() {
                sleep(wait).await;
            }
            disturbance.after_effect.clone().unwrap_or(answer)
        }
    };
    if let Some(cut) = disturbance.cut_at(Moment::AfterEffect) {
        close(None, 0);
        return end(cut, &incoming.connection).await;
    }
    finish(&world, &incoming, &disturbance, seq, &mut answer);
    let sent = match disturbance.cut.map(|cut| cut.moment) {
        Some(Moment::Headers) => 0,
        Some(Moment::Body) => answer.body.len() / 2,
        _ => answer.body.len(),
    };
    close(Some(answer.status), sent);
    deliver(answer, sent, &disturbance, incoming.connection)
}

/// Writes the request down and finds the faults that meet it.
fn arrive(world: &World, incoming: &Incoming, operation: Option<&Operation>) -> (u64, Disturbance) {
    let now = world.clock.now();
    let path = incoming.uri.path();
    let target = Target {
        operation: operation.map_or("", Operation::name),
        method: incoming.method.as_str(),
        path: path.strip_prefix(VERSION.trim_end_matches('/')).unwrap_or(path),
        session: operation.and_then(Operation::session),
    };
    let mut stored = world.lock();
    let stored = &mut *stored;
    let key = api::key_of(&incoming.headers, &incoming.uri);
    let account = stored.account_of(key.as_deref()).to_owned();
    if let Some(operation) = operation {
        let minute = Duration::from_millis(stored.config.minute_ms);
        stored.rates.came(&account, operation.name(), minute);
    }
    let faults = stored.faults.meet_request(target, &mut stored.random);
    let wall = UNIX_EPOCH + Duration::from_nanos(u64::try_from(now).unwrap_or(0));
    let disturbance = Disturbance::combine(faults, wall);
    let seq = stored.journal.open(JournalEntry {
        seq: 0,
        time: format_time(now),
        milliseconds: None,
        method: incoming.method.to_string(),
        path: path.to_owned(),
        query: api::without_keys(incoming.uri.query().unwrap_or_default()),
        operation: operation.map(Operation::name),
        key: key.is_some(),
        account,
        connection: incoming.connection.number,
        body: recorded_body(&incoming.body),
        status: None,
        request_bytes: incoming.body.len(),
        response_bytes: 0,
        faults: disturbance.names.clone(),
    });
    (seq, disturbance)
}

fn recorded_body(body: &Bytes) -> Option<Value> {
    if body.is_empty() {
        return None;
    }
    let text = || Value::String(String::from_utf8_lossy(body).into_owned());
    Some(serde_json::from_slice(body).unwrap_or_else(|_| text()))
}

/// Does the operation: its answer, and how long that takes the service.
fn perform(
    world: &Arc<World>,
    incoming: &Incoming,
    operation: Option<Operation>,
    disturbance: &Disturbance,
) -> (Answer, Duration) {
    // Google's front end answers paths that it doesn't know with a page, not with JSON.
    let Some(operation) = operation else {
        return (Answer::html(404, &html_page(404)), Duration::ZERO);
    };
    let request = Request {
        operation,
        key: api::key_of(&incoming.headers, &incoming.uri),
        query: incoming.uri.query().unwrap_or_default(),
        body: &incoming.body,
    };
    match api::answer(world, request, disturbance) {
        Ok(done) => (Answer::json(200, &done.value, done.compact), done.wait),
        Err(refusal) => (Answer::json(refusal.http, &refusal.to_value(), false), Duration::ZERO),
    }
}

/// Headers that every answer has, compression, and faults of the body.
fn finish(world: &World, incoming: &Incoming, disturbance: &Disturbance, seq: u64, answer: &mut Answer) {
    if let Some(text) = &disturbance.page.strange {
        answer.put_strange(text);
    }
    if disturbance.bom {
        answer.mark();
    }
    if disturbance.malformed {
        answer.malform();
    }
    if let Some((count, bytes)) = disturbance.many_headers {
        answer.add_headers(count, bytes);
    }
    if let Some(bytes) = disturbance.bomb {
        answer.become_bomb(bytes);
    } else if world.lock().config.gzip && accepts_gzip(&incoming.headers) {
        answer.compress();
    }
    answer.set(header::DATE, &world.clock.http_date());
    answer.set(header::SERVER, "ESF");
    answer.set(header::VARY, "Origin, X-Origin, Referer, Accept-Encoding");
    answer.set(header::CACHE_CONTROL, "private");
    answer.headers.insert("x-request-id", HeaderValue::from(seq));
}

fn deliver(answer: Answer, sent: usize, disturbance: &Disturbance, connection: Arc<Connection>) -> Response<Body> {
    let mut delivery = Delivery::new(answer.body);
    if let Some(rate) = disturbance.bytes_per_second {
        delivery = delivery.paced(rate);
    }
    let promised = delivery.promised();
    if let Some(cut) = disturbance.cut {
        delivery = delivery.cut_after(sent, cut.manner, connection);
    }
    let mut response = Response::new(Body::new(delivery));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *response.headers_mut() = answer.headers;
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(promised));
    response
}

/// Cuts the connection before any answer; the handler is dropped with it.
async fn end(cut: Cut, connection: &Connection) -> Response<Body> {
    match cut.manner {
        Manner::Reset => connection.reset(),
        Manner::Close => connection.close(),
        Manner::Hang => {}
    }
    pending().await
}
