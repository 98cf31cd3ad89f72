//! The sessions by id, in the order in which lists show them, and which of them are active: what is asked of a few costs
//! the same however many there are.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Bound;

use super::clock::Nanos;
use super::session::SessionRecord;

/// When a session was created, and which one of that time it was.
type Position = (Nanos, u64);

#[derive(Debug, Default)]
pub(crate) struct Sessions {
    records: HashMap<String, SessionRecord>,
    ids: BTreeMap<Position, String>,
    /// All that are active, and some that were.
    active: HashSet<String>,
}

impl Sessions {
    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    pub(crate) fn contains_key(&self, id: &str) -> bool {
        self.records.contains_key(id)
    }

    pub(crate) fn get(&self, id: &str) -> Option<&SessionRecord> {
        self.records.get(id)
    }

    /// Its id and its creation stay as they are.
    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut SessionRecord> {
        let record = self.records.get_mut(id)?;
        // It may go on.
        self.active.insert(id.to_owned());
        Some(record)
    }

    /// Puts a session there, in place of one with the same id.
    pub(crate) fn insert(&mut self, record: SessionRecord) -> &mut SessionRecord {
        let id = record.id.clone();
        drop(self.remove(&id));
        self.ids.insert((record.created, record.order), id.clone());
        self.active.retain(|id| self.records.get(id).is_some_and(SessionRecord::is_active));
        self.active.insert(id.clone());
        self.records.entry(id).insert_entry(record).into_mut()
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<SessionRecord> {
        let record = self.records.remove(id)?;
        self.ids.remove(&(record.created, record.order));
        Some(record)
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Those that have not ended.
    pub(crate) fn active(&self) -> impl Iterator<Item = &SessionRecord> {
        self.active.iter().filter_map(|id| self.records.get(id)).filter(|record| record.is_active())
    }

    /// Those created before this position, or all; the newest first.
    pub(crate) fn newest_first(&self, before: Option<Position>) -> impl Iterator<Item = &SessionRecord> {
        let end = before.map_or(Bound::Unbounded, Bound::Excluded);
        self.ids.range((Bound::Unbounded, end)).rev().filter_map(|(_, id)| self.records.get(id))
    }
}
