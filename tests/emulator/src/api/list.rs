//! What the three lists share: cut a page, name the token that leads on, apply page faults.

use serde_json::{Value, json};

use super::Call;
use super::error::ApiResult;
use super::paging::{PageRequest, Position, encode_token};
use crate::faults::Endless;

/// An item on its way into a page.
pub(crate) struct Item {
    pub(crate) position: Position,
    pub(crate) value: Value,
}

/// The page of `items`, which are those after `page.after`, at least one more than fits if there are more.
pub(crate) fn page(
    call: &mut Call<'_>,
    field: &str,
    collection: &str,
    page: PageRequest,
    mut items: Vec<Item>,
) -> ApiResult {
    let faults = &call.disturbance.page;
    let more = items.len() > page.size;
    items.truncate(page.size);
    let last = items.last().map(|item| item.position);
    let token = if let Some(endless) = faults.endless {
        Some(encode_token(Some(endless.next(page.after)), collection))
    } else if faults.empty || faults.repeat {
        Some(encode_token(page.after, collection))
    } else {
        more.then(|| encode_token(last, collection))
    };
    let mut values: Vec<Value> = items.into_iter().map(|item| item.value).collect();
    if faults.empty || faults.endless == Some(Endless::New) {
        values.clear();
    }
    faults.disturb_items(&mut values, &mut call.stored.random);
    let mut answer = json!({});
    if !values.is_empty() {
        answer[field] = Value::Array(values);
    }
    if let Some(token) = token {
        answer["nextPageToken"] = json!(token);
    }
    Ok(answer)
}
