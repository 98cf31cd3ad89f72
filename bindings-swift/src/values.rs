//! Values that need a little more than the shared JSON shape.

use serde::Serialize;

/// One page of a listing.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PageValue<T> {
    items: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

impl<T> From<jules::Page<T>> for PageValue<T> {
    fn from(page: jules::Page<T>) -> Self {
        Self { items: page.items, next_page_token: page.next_page_token }
    }
}
