//! What users did to sessions lately: kept in mind here, and noted in the store for all who share it, so that it isn't taken
//! for somebody else's doing.

mod note;
mod recent;

pub(crate) use note::{ActNote, SentNote};
pub(crate) use recent::{BRAND_NEW, Recent, Sent, Waking};
