//! All operations on sessions but `sessions.create`.

use serde_json::{Value, json};

use super::error::{ApiError, ApiResult};
use super::filter::{Filter, Kind, Operand};
use super::list::{Item, page};
use super::paging::PageRequest;
use super::{Call, check_names, read_body, text_field, weight};
use crate::world::SessionRecord;

const DEFAULT_PAGE: usize = 30;

const FILTERABLE: &[(&str, Kind)] =
    &[("archived", Kind::Flag), ("state", Kind::Text), ("create_time", Kind::Time), ("update_time", Kind::Time)];

/// Newest first; archived sessions only when the filter speaks of them.
pub(crate) fn list(call: &mut Call<'_>) -> ApiResult {
    let query = call.query;
    let request =
        PageRequest::parse(query.page_size.as_deref(), query.page_token.as_deref(), DEFAULT_PAGE, "sessions")?;
    let filter = match &query.filter {
        Some(text) if !text.trim().is_empty() && !call.disturbance.ignore_filter => {
            Some(Filter::parse(text, FILTERABLE)?)
        }
        _ => None,
    };
    let with_archived = filter.as_ref().is_some_and(|filter| filter.mentions("archived"));
    let records: Vec<&SessionRecord> = call
        .stored
        .sessions
        .newest_first(request.after)
        .filter(|record| record.account == call.account && (with_archived || !record.archived))
        .filter(|record| filter.as_ref().is_none_or(|filter| filter.matches(&|field| operand(call, record, field))))
        .take(request.size + 1)
        .collect();
    let config = &call.stored.config;
    let cost = config.list_weight.sessions;
    let heavy = weight::shows(call, &["sessions", "outputs"]);
    let shown = |record: &SessionRecord| record.shown(config, call.now, heavy, cost.bytes);
    let items: Vec<Item> = records
        .into_iter()
        .map(|record| Item { position: (record.created, record.order), value: shown(record) })
        .collect();
    call.wait = weight::time(call, cost, heavy, items.len().min(request.size));
    page(call, "sessions", "sessions", request, items)
}

fn operand(call: &Call<'_>, record: &SessionRecord, field: &str) -> Operand {
    match field {
        "archived" => Operand::Flag(record.archived),
        "state" => Operand::Text(record.state.clone()),
        "update_time" => Operand::Time(record.touches.shown(call.stored.config.update_time, call.now)),
        _ => Operand::Time(record.created),
    }
}

pub(crate) fn get(call: &Call<'_>, session: &str) -> ApiResult {
    let heavy = weight::shows(call, &["outputs"]);
    let record = call.stored.sessions.get(session).ok_or_else(ApiError::not_found)?;
    Ok(record.shown(&call.stored.config, call.now, heavy, 0))
}

pub(crate) fn delete(call: &mut Call<'_>, session: &str) -> ApiResult {
    call.stored.sessions.remove(session).map(|_| json!({})).ok_or_else(ApiError::not_found)
}

pub(crate) fn send_message(call: &mut Call<'_>, session: &str, body: &[u8]) -> ApiResult {
    let body = read_body(body)?;
    check_names(&body, "SendMessageRequest", "")?;
    let prompt = text_field(&body, "prompt", "prompt")?;
    if !call.stored.sessions.contains_key(session) {
        return Err(ApiError::not_found());
    }
    if prompt.is_empty() {
        return Err(ApiError::field("prompt", "prompt is required."));
    }
    call.stored.send_message(session, &prompt, call.now)?;
    Ok(json!({}))
}

/// Wants `{}`: neither nothing nor `null` is a message.
pub(crate) fn approve_plan(call: &mut Call<'_>, session: &str, body: &[u8]) -> ApiResult {
    let body = body.trim_ascii();
    if body.is_empty() || body == b"null" {
        return Err(ApiError::invalid());
    }
    check_names(&read_body(body)?, "Empty", "")?;
    call.stored.approve_plan(session, call.now)?;
    let mut answer = effect_answer(call, session);
    if let Some(fields) = answer.as_object_mut() {
        fields.remove("sourceContext");
    }
    Ok(answer)
}

pub(crate) fn archive(call: &mut Call<'_>, session: &str, archived: bool) -> ApiResult {
    call.stored.archive(session, archived, call.now)?;
    Ok(effect_answer(call, session))
}

/// Nothing, or the session as it is after the effect.
fn effect_answer(call: &Call<'_>, session: &str) -> Value {
    match call.stored.sessions.get(session) {
        Some(record) if call.stored.config.effects_answer_session => {
            record.shown(&call.stored.config, call.now, true, 0)
        }
        _ => json!({}),
    }
}
