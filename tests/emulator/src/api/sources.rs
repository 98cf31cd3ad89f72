//! `sources.list` and `sources.get`.

use super::error::{ApiError, ApiResult};
use super::filter::{Filter, Kind, Operand};
use super::list::{Item, page};
use super::paging::PageRequest;
use super::{Call, weight};
use crate::world::branches_of;

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
    let cost = call.stored.config.list_weight.sources;
    let heavy = weight::shows(call, &["sources", "githubRepo", "branches"]);
    let items: Vec<Item> = call
        .stored
        .sources
        .iter()
        .zip(1_u64..)
        .filter(|(_, order)| request.after.is_none_or(|after| (0, *order) > after))
        .filter(|(source, _)| {
            let name = |_: &str| Operand::Text(source.name().to_owned());
            filter.as_ref().is_none_or(|filter| filter.matches(&name))
        })
        .take(request.size + 1)
        .map(|(source, order)| Item { position: (0, order), value: source.shown(heavy, branches_of(cost.bytes)) })
        .collect();
    call.wait = weight::time(call, cost, heavy, items.len().min(request.size));
    page(call, "sources", "sources", request, items)
}

pub(crate) fn get(call: &Call<'_>, name: &str) -> ApiResult {
    let heavy = weight::shows(call, &["githubRepo", "branches"]);
    let source = call.stored.sources.iter().find(|source| source.name() == name);
    source.map(|source| source.shown(heavy, 0)).ok_or_else(ApiError::not_found)
}
