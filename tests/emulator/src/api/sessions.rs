//! All operations on sessions but `sessions.create`.

use std::cmp::Reverse;

use serde_json::json;

use super::error::{ApiError, ApiResult};
use super::filter::{Filter, Kind, Operand};
use super::list::{Item, page};
use super::paging::PageRequest;
use super::{Call, check_names, read_body, text_field};
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
    let mut records: Vec<&SessionRecord> = call
        .stored
        .sessions
        .values()
        .filter(|record| with_archived || !record.archived)
        .filter(|record| filter.as_ref().is_none_or(|filter| filter.matches(&|field| operand(record, field))))
        .filter(|record| request.after.is_none_or(|after| (record.created, record.order) < after))
        .collect();
    records.sort_unstable_by_key(|record| Reverse((record.created, record.order)));
    let items = records
        .into_iter()
        .take(request.size + 1)
        .map(|record| Item { position: (record.created, record.order), value: record.resource() })
        .collect();
    page(call, "sessions", "sessions", request, items)
}

fn operand(record: &SessionRecord, field: &str) -> Operand {
    match field {
        "archived" => Operand::Flag(record.archived),
        "state" => Operand::Text(record.state.clone()),
        "update_time" => Operand::Time(record.updated),
        _ => Operand::Time(record.created),
    }
}

pub(crate) fn get(call: &Call<'_>, session: &str) -> ApiResult {
    call.stored.sessions.get(session).map(SessionRecord::resource).ok_or_else(ApiError::not_found)
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

pub(crate) fn approve_plan(call: &mut Call<'_>, session: &str, body: &[u8]) -> ApiResult {
    check_names(&read_body(body)?, "Empty", "")?;
    call.stored.approve_plan(session, call.now)?;
    Ok(json!({}))
}

pub(crate) fn archive(call: &mut Call<'_>, session: &str, archived: bool) -> ApiResult {
    let record = call.stored.sessions.get_mut(session).ok_or_else(ApiError::not_found)?;
    record.archived = archived;
    record.updated = record.updated.max(call.now);
    Ok(json!({}))
}
