//! What a page of heavy items costs: time, and bytes that are made up only for items shown in full.

use std::time::Duration;

use super::Call;
use crate::world::ItemWeight;

/// Whether the answer shows this field, given by its path from the answer on.
pub(crate) fn shows(call: &Call<'_>, path: &[&str]) -> bool {
    call.query.fields.as_ref().is_none_or(|mask| mask.selects(path))
}

/// The time that a page of so many items takes, by the configuration.
pub(crate) fn time(call: &Call<'_>, weight: ItemWeight, heavy: bool, items: usize) -> Duration {
    let each = if heavy { weight.ms } else { weight.light_ms };
    let milliseconds = each * items as f64 / call.stored.config.speed;
    Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or_default()
}
