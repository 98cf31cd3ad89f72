//! The server behind the transport's seam: takes a request its way, with all that goes wrong on it, to an answer.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use async_trait::async_trait;
use bytes::Bytes;
use rand::RngExt;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use serde_json::{Value, json};

use super::faults::Fault;
use super::listing::{self, Asked};
use super::world::{Course, World};
use crate::api::transport::http::{Exchange, Http, HttpFailure, HttpRequest, HttpResponse, Sent};
use crate::ground::model::Timestamp;

/// The server. What it knows is open to the test.
pub(super) struct Server {
    world: Mutex<World>,
    /// How sessions that a client creates go.
    course: Course,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Server")
    }
}

/// A status with its body.
type Said = (u16, Value);

impl Server {
    pub(super) fn new(world: World, course: Course) -> Self {
        Self { world: Mutex::new(world), course }
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.settle();
        world
    }

    /// How many requests came so far.
    pub(super) fn requests(&self) -> usize {
        self.world().requests.values().sum()
    }

    /// Does what is asked, and says what there is to say.
    fn act(
        &self,
        operation: &'static str,
        session: &str,
        rest: &str,
        request: &HttpRequest,
        fault: Option<Fault>,
    ) -> Said {
        let mut world = self.world();
        let now = world.now();
        let body: Value = request.body.as_deref().map_or(Value::Null, |body| serde_json::from_slice(body).unwrap());
        if operation == "activities.list" && world.lists_too_often() {
            return refused(429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'requests'.");
        }
        if operation == "sessions.create" && world.is_full() {
            let World { network: random, plan, .. } = &mut *world;
            let (taken, says_quota) = (random.random_bool(plan.taken), plan.says_quota);
            if taken {
                world.create(body, self.course.clone());
            }
            return match says_quota {
                true => refused(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
                false => refused(400, "FAILED_PRECONDITION", "Precondition check failed."),
            };
        }
        if operation == "sessions.create" {
            let id = world.create(body.clone(), self.course.clone());
            return (200, json!({"name": format!("sessions/{id}"), "id": id, "prompt": body["prompt"]}));
        }
        if operation == "sessions.list" {
            let World { sessions, traits, .. } = &*world;
            let known = sessions.iter().rev().filter(|one| one.created + traits.lag <= now && !one.archived);
            let shown: Vec<_> = known.map(|session| session_body(&world, session, now)).collect();
            return (200, json!({"sessions": shown}));
        }
        let World { sessions, traits, network: random, .. } = &mut *world;
        let Some(found) = sessions.iter().find(|one| one.id == session) else { return not_found() };
        match operation {
            "sessions.get" => {
                let found = sessions.iter().position(|one| one.id == session).unwrap();
                (200, session_body(&world, &world.sessions[found], now))
            }
            "activities.list" | "activities.get" if now < found.created + traits.not_found => not_found(),
            "activities.list" => match listing::page(found, &asked(request), traits, fault, now, random) {
                Ok(page) => (200, page),
                Err(why) => refused(400, "INVALID_ARGUMENT", why),
            },
            "activities.get" => match found.visible(now).into_iter().find(|activity| activity.id == rest) {
                Some(activity) => (200, listing::wire(found, activity, &Asked::default(), traits)),
                None => not_found(),
            },
            "sessions.sendMessage" => {
                world.message(session, body["prompt"].as_str().unwrap());
                (200, json!({}))
            }
            "sessions.archive" | "sessions.unarchive" => {
                world.session(session).unwrap().archived = operation == "sessions.archive";
                (200, json!({}))
            }
            "sessions.delete" => {
                world.sessions.retain(|one| one.id != session);
                (200, json!({}))
            }
            "sessions.approvePlan" if world.approve(session) => (200, json!({})),
            "sessions.approvePlan" => refused(400, "FAILED_PRECONDITION", "no plan waits"),
            other => panic!("{other} is not simulated"),
        }
    }
}

#[async_trait]
impl Http for Server {
    async fn exchange(&self, request: HttpRequest) -> Exchange {
        let path =
            request.url.path().strip_prefix("/v1alpha/sessions").expect("only sessions are simulated").to_owned();
        let (operation, session, rest) = route(request.method.as_str(), path.trim_start_matches('/'));
        let (fault, there, back) = {
            let mut world = self.world();
            *world.requests.entry(operation).or_default() += 1;
            let now = world.now();
            if operation == "activities.list" {
                world.listed.push(now);
            }
            let longest = u64::try_from(world.traits.latency.as_millis()).unwrap_or(1);
            let World { network: random, faults, .. } = &mut *world;
            let mut way = || Duration::from_millis(random.random_range(0..=longest));
            let (there, back) = (way(), way());
            (faults.next(random, now, operation), there, back)
        };
        let fault = fault.filter(|fault| *fault != Fault::Unreachable || self.requests() > 5);
        tracing::trace!(now = ?self.world().now(), operation, query = request.url.query(), ?fault, "asked");
        if fault == Some(Fault::Unreachable) {
            return Err(broken(Sent::Never, "unreachable"));
        }
        tokio::time::sleep(there).await;
        let done = fault.is_none_or(Fault::takes_effect).then(|| self.act(operation, session, rest, &request, fault));
        tokio::time::sleep(back).await;
        let (status, body) = match (fault, done) {
            (Some(Fault::Reset | Fault::ResetAfter | Fault::Truncated), _) => {
                return Err(broken(Sent::Perhaps, "the connection broke"));
            }
            (Some(Fault::Hang | Fault::HangAfter), _) => {
                tokio::time::sleep(request.silence).await;
                return Err(HttpFailure::silent(request.silence));
            }
            (Some(Fault::Proxy(status) | Fault::ProxyAfter(status)), _) => (status, "<h1>Oh no</h1>".to_owned()),
            (Some(Fault::Malformed), _) => (200, "<h1>Please log in".to_owned()),
            (Some(Fault::Throttled(..)), _) => (429, "{}".to_owned()),
            // An effect may have nothing to say; a read says at least `{}`.
            (_, Some((status, body))) if body == json!({}) && request.method != "GET" => (status, String::new()),
            (_, Some((status, body))) => (status, body.to_string()),
            (_, None) => (404, not_found().1.to_string()),
        };
        Ok(HttpResponse { status, headers: self.headers(fault), body: Bytes::from(body) })
    }
}

impl Server {
    fn headers(&self, fault: Option<Fault>) -> HeaderMap {
        let world = self.world();
        let mut headers = HeaderMap::new();
        let seconds = u64::try_from(world.clock(world.now()) / 1_000_000_000).unwrap();
        let date = |seconds| httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds)).parse().unwrap();
        if world.traits.dated {
            headers.insert(DATE, date(seconds));
        }
        match fault {
            Some(Fault::Throttled(Some(wait), true)) if world.traits.dated => {
                headers.insert(RETRY_AFTER, date(seconds + wait));
            }
            Some(Fault::Throttled(Some(wait), _)) => {
                headers.insert(RETRY_AFTER, wait.into());
            }
            _ => {}
        }
        headers
    }
}

/// The operation, the session's id, and what stands behind it.
fn route<'a>(method: &str, path: &'a str) -> (&'static str, &'a str, &'a str) {
    let (session, rest) = path.split_once('/').unwrap_or((path, ""));
    match (method, session.split_once(':'), rest) {
        ("POST", None, "") => ("sessions.create", "", ""),
        ("POST", Some((session, "sendMessage")), _) => ("sessions.sendMessage", session, ""),
        ("POST", Some((session, "approvePlan")), _) => ("sessions.approvePlan", session, ""),
        ("POST", Some((session, "archive")), _) => ("sessions.archive", session, ""),
        ("POST", Some((session, "unarchive")), _) => ("sessions.unarchive", session, ""),
        ("DELETE", None, "") => ("sessions.delete", session, ""),
        ("GET", None, "") if session.is_empty() => ("sessions.list", "", ""),
        ("GET", None, "") => ("sessions.get", session, ""),
        ("GET", None, "activities") => ("activities.list", session, ""),
        ("GET", None, rest) => ("activities.get", session, rest.trim_start_matches("activities/")),
        other => panic!("{other:?} is not simulated"),
    }
}

fn asked(request: &HttpRequest) -> Asked {
    let mut asked = Asked::default();
    for (name, value) in request.url.query_pairs() {
        let value = value.into_owned();
        match &*name {
            "pageSize" => asked.size = value.parse().ok(),
            "pageToken" => asked.token = Some(value),
            "filter" => asked.filter = Some(value),
            "fields" => asked.fields = Some(value),
            _ => {}
        }
    }
    asked
}

fn session_body(world: &World, session: &super::world::SimSession, now: Duration) -> Value {
    let time = |at| Timestamp::from_nanosecond(world.clock(at)).map(|time| time.to_string());
    let mut body = session.body.clone();
    body["id"] = session.id.clone().into();
    body["name"] = format!("sessions/{}", session.id).into();
    body["state"] = session.state(now).into();
    if session.archived {
        body["archived"] = true.into();
    }
    body["createTime"] = json!(time(session.created));
    body["updateTime"] = json!(time(now));
    body
}

fn refused(code: u16, status: &str, message: &str) -> Said {
    (code, json!({"error": {"code": code, "status": status, "message": message}}))
}

fn not_found() -> Said {
    refused(404, "NOT_FOUND", "there is no such thing")
}

fn broken(sent: Sent, message: &str) -> HttpFailure {
    HttpFailure { sent, timeout: false, too_large: None, message: message.to_owned(), proxied: false, cause: None }
}
