//! `/_emulator/…`: control over HTTP, for drivers in any language. No key is needed.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::append::{Append, append};
use crate::faults::Fault;
use crate::script::{self, Scenario};
use crate::serve::Traffic;
use crate::world::{Account, BulkSeed, Config, SessionSeed, SessionView, SourceSeed, World};

/// What control handlers share.
#[derive(Debug, Clone)]
pub(crate) struct Control {
    pub(crate) world: Arc<World>,
    pub(crate) traffic: Arc<Traffic>,
}

/// A refusal: 400 with one line of text, or 404.
type Answered = Result<Json<Value>, Refusal>;

struct Refusal(StatusCode, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

/// All control endpoints.
pub(crate) fn router(control: Control) -> Router {
    Router::new()
        .route("/_emulator/", get(overview))
        .route("/_emulator/sessions", get(sessions).post(plant))
        .route("/_emulator/sessions/bulk", post(plant_bulk))
        .route("/_emulator/sessions/{id}", get(session))
        .route("/_emulator/append", post(append_to))
        .route("/_emulator/faults", get(faults).post(add_faults).delete(clear_faults))
        .route("/_emulator/faults/{id}", delete(remove_fault))
        .route("/_emulator/journal", get(journal).delete(clear_journal))
        .route("/_emulator/traffic", get(traffic))
        .route("/_emulator/scenarios", get(scenarios).post(add_scenario))
        .route("/_emulator/sources", get(sources).post(add_source))
        .route("/_emulator/accounts", get(accounts).post(add_account).delete(clear_accounts))
        .route("/_emulator/rates", get(rates).delete(clear_rates))
        .route("/_emulator/config", get(config).patch(configure).post(configure))
        .route("/_emulator/reset", post(reset))
        .fallback(|| async { Refusal(StatusCode::NOT_FOUND, "no such control endpoint".to_owned()) })
        .with_state(control)
}

async fn overview(State(control): State<Control>) -> Json<Value> {
    let stored = control.world.lock();
    Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "sessions": stored.sessions.len(),
        "scenarios": stored.library.names(),
    }))
}

/// Newest first, like the API's list, but all of them and in full.
async fn sessions(State(control): State<Control>) -> Json<Vec<SessionView>> {
    Json(control.world.lock().views())
}

async fn session(State(control): State<Control>, Path(id): Path<String>) -> Answered {
    let stored = control.world.lock();
    let record = stored.sessions.get(&id).ok_or_else(|| missing("session", &id))?;
    Ok(Json(json!(record.view())))
}

async fn plant(State(control): State<Control>, body: Bytes) -> Answered {
    let seed: SessionSeed = read(&body)?;
    let id = plant_session(&control.world, seed).map_err(bad)?;
    Ok(Json(json!({ "id": id })))
}

/// Puts a session there and lets its scenario play, if it names one.
pub(crate) fn plant_session(world: &Arc<World>, seed: SessionSeed) -> Result<String, String> {
    let now = world.clock.now();
    let (id, scenario) = {
        let mut stored = world.lock();
        let scenario = match &seed.scenario {
            Some(name) => {
                let found = stored.library.get(name);
                Some(found.ok_or_else(|| format!("there is no scenario '{name}'"))?)
            }
            None => None,
        };
        (stored.plant(seed, now)?, scenario)
    };
    if let Some(scenario) = scenario {
        script::play(world, &id, scenario);
    }
    Ok(id)
}

/// Many old sessions at once.
async fn plant_bulk(State(control): State<Control>, body: Bytes) -> Answered {
    let bulk: BulkSeed = read(&body)?;
    let now = control.world.clock.now();
    let ids = control.world.lock().plant_many(&bulk, now).map_err(bad)?;
    Ok(Json(json!({ "ids": ids })))
}

async fn append_to(State(control): State<Control>, body: Bytes) -> Answered {
    let addition: Append = read(&body)?;
    let now = control.world.clock.now();
    let ids = append(&mut control.world.lock(), addition, now).map_err(bad)?;
    Ok(Json(json!({ "ids": ids })))
}

async fn faults(State(control): State<Control>) -> Json<Value> {
    Json(json!(control.world.lock().faults.list()))
}

/// One fault, or a list of them.
async fn add_faults(State(control): State<Control>, body: Bytes) -> Answered {
    let given = match read(&body)? {
        Value::Array(faults) => faults,
        one => vec![one],
    };
    let faults: Result<Vec<Fault>, String> = given.into_iter().map(Fault::from_json).collect();
    let mut stored = control.world.lock();
    let ids: Vec<u64> = faults.map_err(bad)?.into_iter().map(|fault| stored.faults.add(fault)).collect();
    Ok(Json(json!({ "ids": ids })))
}

async fn clear_faults(State(control): State<Control>) -> Json<Value> {
    control.world.lock().faults.clear();
    Json(json!({}))
}

async fn remove_fault(State(control): State<Control>, Path(id): Path<u64>) -> Answered {
    match control.world.lock().faults.remove(id) {
        true => Ok(Json(json!({}))),
        false => Err(missing("fault", &id.to_string())),
    }
}

async fn journal(State(control): State<Control>) -> Json<Value> {
    Json(json!(control.world.lock().journal.entries()))
}

async fn clear_journal(State(control): State<Control>) -> Json<Value> {
    control.world.lock().journal.clear();
    Json(json!({}))
}

async fn traffic(State(control): State<Control>) -> Json<Value> {
    Json(json!(control.traffic.view()))
}

async fn scenarios(State(control): State<Control>) -> Json<Value> {
    let stored = control.world.lock();
    let list: Vec<Value> =
        stored.library.all().map(|one| json!({ "name": one.name, "description": one.description })).collect();
    Json(json!(list))
}

/// The body is the YAML itself.
async fn add_scenario(State(control): State<Control>, yaml: String) -> Answered {
    let scenario = Scenario::parse(&yaml).map_err(bad)?;
    let name = scenario.name.clone();
    control.world.lock().library.add(scenario);
    Ok(Json(json!({ "name": name })))
}

async fn sources(State(control): State<Control>) -> Json<Value> {
    let stored = control.world.lock();
    Json(stored.sources.iter().map(|source| source.value.clone()).collect())
}

async fn add_source(State(control): State<Control>, body: Bytes) -> Answered {
    let seed: SourceSeed = read(&body)?;
    let names = plant_sources(&control.world, &seed).map_err(bad)?;
    Ok(Json(json!({ "name": names.first(), "names": names })))
}

/// Adds repositories; answers their names.
pub(crate) fn plant_sources(world: &World, seed: &SourceSeed) -> Result<Vec<String>, String> {
    let records = seed.records()?;
    let names = records.iter().map(|record| record.name().to_owned()).collect();
    world.lock().sources.extend(records);
    Ok(names)
}

async fn accounts(State(control): State<Control>) -> Json<Value> {
    Json(json!(control.world.lock().account_views(control.world.clock.now())))
}

async fn add_account(State(control): State<Control>, body: Bytes) -> Answered {
    let account: Account = read(&body)?;
    control.world.lock().add_account(account).map_err(bad)?;
    Ok(Json(json!({})))
}

async fn clear_accounts(State(control): State<Control>) -> Json<Value> {
    control.world.lock().accounts.clear();
    Json(json!({}))
}

async fn rates(State(control): State<Control>) -> Json<Value> {
    Json(json!(control.world.lock().rates.views()))
}

async fn clear_rates(State(control): State<Control>) -> Json<Value> {
    control.world.lock().rates.clear();
    Json(json!({}))
}

async fn config(State(control): State<Control>) -> Json<Config> {
    Json(control.world.lock().config.clone())
}

/// Changes the fields that are given and keeps the others. `keys` can be set here, but not read back.
async fn configure(State(control): State<Control>, body: Bytes) -> Answered {
    let mut changes: Value = read(&body)?;
    let keys = changes.as_object_mut().and_then(|object| object.remove("keys"));
    let config = control.world.lock().config.with(changes).map_err(bad)?;
    control.world.configure(config.clone()).map_err(bad)?;
    if let Some(keys) = keys {
        let keys = serde_json::from_value(keys).map_err(|error| bad(error.to_string()))?;
        control.world.lock().keys = keys;
    }
    Ok(Json(json!(config)))
}

async fn reset(State(control): State<Control>) -> Json<Value> {
    control.world.lock().reset();
    Json(json!({}))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| bad(error.to_string()))
}

fn bad(why: String) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, why)
}

fn missing(what: &str, id: &str) -> Refusal {
    Refusal(StatusCode::NOT_FOUND, format!("there is no {what} '{id}'"))
}
