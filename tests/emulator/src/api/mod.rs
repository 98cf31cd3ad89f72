//! The twelve operations, as the service answers them.

mod activities;
mod create;
mod error;
mod fields;
mod filter;
mod keys;
mod list;
mod operation;
mod paging;
mod query;
mod schema;
mod sessions;
mod sources;
mod weight;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

pub(crate) use error::{ApiError, code_for, error_body};
pub(crate) use keys::{key_of, without_keys};
pub(crate) use operation::{OPERATION_NAMES, Operation};
pub(crate) use paging::Position;

use crate::faults::Disturbance;
use crate::world::{Nanos, Stored, World};
use error::ApiResult;
use query::Query;

/// A request that names one of the operations.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) operation: Operation,
    pub(crate) key: Option<String>,
    pub(crate) query: &'a str,
    pub(crate) body: &'a [u8],
}

/// What an operation's handler works with.
struct Call<'a> {
    stored: &'a mut Stored,
    account: &'a str,
    /// How long the answer takes, beyond doing it.
    wait: Duration,
    query: &'a Query,
    disturbance: &'a Disturbance,
    now: Nanos,
}

/// An operation that was done.
pub(crate) struct Done {
    pub(crate) value: Value,
    /// The client doesn't want it indented.
    pub(crate) compact: bool,
    /// How long the service takes before it answers.
    pub(crate) wait: Duration,
}

/// Does the operation.
pub(crate) fn answer(world: &Arc<World>, request: Request<'_>, disturbance: &Disturbance) -> Result<Done, ApiError> {
    let account = admit(world, &request)?;
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(request.query.as_bytes()).into_owned().collect();
    refuse_parameters(&pairs, disturbance)?;
    let query = Query::parse(&pairs, &request.operation, disturbance.ignore_fields)?;
    let (mut value, wait) = perform(world, &request, &account, &query, disturbance)?;
    disturbance.page.disturb_answer(&mut value);
    if let Some(mask) = &query.fields {
        value = mask.apply(value);
    }
    Ok(Done { value, compact: query.compact, wait })
}

/// Checks the key and the quota a minute; answers whose key it is.
fn admit(world: &World, request: &Request<'_>) -> Result<String, ApiError> {
    let mut stored = world.lock();
    keys::check(&stored, request.key.as_deref(), &request.operation)?;
    let account = stored.account_of(request.key.as_deref()).to_owned();
    let name = request.operation.name();
    if let Some(limit) = stored.config.per_minute.get(name).copied() {
        let minute = Duration::from_millis(stored.config.minute_ms);
        if !stored.rates.admit(&account, name, minute, limit) {
            return Err(ApiError::over_quota(request.operation.rpc(), limit, stored.config.quota_details));
        }
    }
    Ok(account)
}

/// The faults by which a server doesn't know a parameter.
fn refuse_parameters(pairs: &[(String, String)], disturbance: &Disturbance) -> Result<(), ApiError> {
    let refused = [("filter", disturbance.refuse_filter), ("fields", disturbance.refuse_fields)];
    for (name, refuse) in refused {
        if refuse && pairs.iter().any(|(given, _)| given == name) {
            return Err(query::unknown_parameter(name));
        }
    }
    Ok(())
}

fn perform(
    world: &Arc<World>,
    request: &Request<'_>,
    account: &str,
    query: &Query,
    disturbance: &Disturbance,
) -> Result<(Value, Duration), ApiError> {
    if request.operation == Operation::CreateSession {
        return create::create(world, account, request.body).map(|value| (value, Duration::ZERO));
    }
    let now = world.clock.now();
    let mut stored = world.lock();
    let session = request.operation.session().and_then(|session| stored.sessions.get(session));
    if session.is_some_and(|record| record.account != account) {
        return Err(ApiError::not_found());
    }
    let mut call = Call { stored: &mut stored, account, wait: Duration::ZERO, query, disturbance, now };
    let value = dispatch(&mut call, request)?;
    Ok((value, call.wait))
}

fn dispatch(call: &mut Call<'_>, request: &Request<'_>) -> ApiResult {
    match &request.operation {
        Operation::ListSources => sources::list(call),
        Operation::GetSource { name } => sources::get(call, name),
        Operation::ListSessions => sessions::list(call),
        Operation::GetSession { session } => sessions::get(call, session),
        Operation::DeleteSession { session } => sessions::delete(call, session),
        Operation::SendMessage { session } => sessions::send_message(call, session, request.body),
        Operation::ApprovePlan { session } => sessions::approve_plan(call, session, request.body),
        Operation::Archive { session } => sessions::archive(call, session, true),
        Operation::Unarchive { session } => sessions::archive(call, session, false),
        Operation::ListActivities { session } => activities::list(call, session),
        Operation::GetActivity { session, activity } => activities::get(call, session, activity),
        Operation::CreateSession => Ok(json!({})),
    }
}

/// Reads a JSON body; an empty one counts as `{}`.
fn read_body(body: &[u8]) -> ApiResult {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(json!({}));
    }
    match serde_json::from_slice(body) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err(ApiError::field("", "Invalid JSON payload received. Expected an object.")),
        Err(error) => Err(ApiError::field("", format!("Invalid JSON payload received. {error}"))),
    }
}

/// Refuses fields that a message doesn't have, as the service does; proto JSON takes snake case too.
fn check_names(value: &Value, message: &str, path: &str) -> Result<(), ApiError> {
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| check_names(item, message, path)),
        Value::Object(object) => object.iter().try_for_each(|(name, inner)| {
            let camel = schema::camel_case(name);
            let Some(inner_message) = schema::field_type(message, &camel) else {
                let at = if path.is_empty() { String::new() } else { format!(" at '{path}'") };
                return Err(ApiError::field(
                    path,
                    format!("Invalid JSON payload received. Unknown name \"{name}\"{at}: Cannot find field."),
                ));
            };
            let inner_path = match path {
                "" => schema::snake_case(name),
                parent => format!("{parent}.{}", schema::snake_case(name)),
            };
            check_names(inner, inner_message, &inner_path)
        }),
        _ => Ok(()),
    }
}

/// A field under its camel case or snake case name.
fn field<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.get(name).or_else(|| value.get(schema::snake_case(name))).filter(|inner| !inner.is_null())
}

/// A text field; missing means empty, another type is refused.
fn text_field(value: &Value, name: &str, path: &str) -> Result<String, ApiError> {
    match field(value, name) {
        None => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(other) => Err(ApiError::field(path, format!("Invalid value at '{path}' (TYPE_STRING), {other}"))),
    }
}
