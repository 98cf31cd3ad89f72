//! `sources.list` and `sources.get`.

use super::Call;
use super::error::{ApiError, ApiResult};
use super::filter::{Filter, Kind, Operand};
use super::list::{Item, page};
use super::paging::PageRequest;
use crate::world::source_name;

const DEFAULT_PAGE: usize = 30;

pub(crate) fn list(call: &mut Call<'_>) -> ApiResult {
    let query = call.query;
    let request = PageRequest::parse(query.page_size.as_deref(), query.page_token.as_deref(), DEFAULT_PAGE, "sources")?;
    let filter = match &query.filter {
        Some(text) if !text.trim().is_empty() && !call.disturbance.ignore_filter => {
            Some(Filter::parse(text, &[("name", Kind::Text)])?)
        }
        _ => None,
    };
    let items = call
        .stored
        .sources
        .iter()
        .zip(1_u64..)
        .filter(|(source, _)| {
            let name = |_: &str| Operand::Text(source_name(source).to_owned());
            filter.as_ref().is_none_or(|filter| filter.matches(&name))
        })
        .map(|(source, order)| Item { position: (0, order), value: source.clone() })
        .filter(|item| request.after.is_none_or(|after| item.position > after))
        .take(request.size + 1)
        .collect();
    page(call, "sources", "sources", request, items)
}

pub(crate) fn get(call: &Call<'_>, name: &str) -> ApiResult {
    call.stored.sources.iter().find(|source| source_name(source) == name).cloned().ok_or_else(ApiError::not_found)
}
