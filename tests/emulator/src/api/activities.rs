//! `activities.list` and `activities.get`.

use std::time::Duration;

use super::Call;
use super::error::{ApiError, ApiResult};
use super::filter::{Filter, Kind, Operand};
use super::list::{Item, page};
use super::paging::PageRequest;
use crate::world::{ActivityRecord, SessionRecord};

const DEFAULT_PAGE: usize = 50;

pub(crate) fn list(call: &mut Call<'_>, session: &str) -> ApiResult {
    let collection = format!("sessions/{session}/activities");
    let record = seen_session(call, session)?;
    let query = call.query;
    let request =
        PageRequest::parse(query.page_size.as_deref(), query.page_token.as_deref(), DEFAULT_PAGE, &collection)?;
    let filter = match &query.filter {
        Some(text) if !text.trim().is_empty() && !call.disturbance.ignore_filter => {
            Some(Filter::parse(text, &[("create_time", Kind::Time)])?)
        }
        _ => None,
    };
    let items = record
        .visible()
        .filter(|activity| request.after.is_none_or(|after| (activity.time, activity.order) > after))
        .filter(|activity| {
            let time = |_: &str| Operand::Time(activity.time);
            filter.as_ref().is_none_or(|filter| filter.matches(&time))
        })
        .take(request.size + 1)
        .map(|activity| Item { position: (activity.time, activity.order), value: activity.shown() })
        .collect();
    page(call, "activities", &collection, request, items)
}

pub(crate) fn get(call: &Call<'_>, session: &str, activity: &str) -> ApiResult {
    seen_session(call, session)?
        .visible()
        .find(|one| one.id == activity)
        .map(ActivityRecord::shown)
        .ok_or_else(ApiError::not_found)
}

/// The session, unless its activities still answer 404 as they do for a while after a create.
fn seen_session<'a>(call: &'a Call<'_>, session: &str) -> Result<&'a SessionRecord, ApiError> {
    let configured = Duration::from_millis(call.stored.config.not_found_window_ms);
    let window = call.disturbance.not_found_window.unwrap_or(configured);
    call.stored.sessions.get(session).filter(|record| record.born.elapsed() >= window).ok_or_else(ApiError::not_found)
}
