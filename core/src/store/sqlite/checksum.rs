//! What a row was written as, in one number: a row that says something else was damaged, and is not believed.

use flate2::Crc;
use rusqlite::Row;
use rusqlite::types::ValueRef;

/// Texts up to this length are gathered with what is beside them.
const SHORT: usize = 64;

/// The number of these values.
pub(super) fn checksum(values: &[ValueRef<'_>]) -> i64 {
    let mut crc = Crc::new();
    // Many small pieces would cost more than the bytes in them.
    let mut gathered = Vec::with_capacity(256);
    for value in values {
        let (kind, number): (u8, i64) = match value {
            ValueRef::Null => (0, 0),
            ValueRef::Integer(number) => (1, *number),
            ValueRef::Real(number) => (2, i64::from_ne_bytes(number.to_ne_bytes())),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => (3, i64::try_from(bytes.len()).unwrap_or(i64::MAX)),
        };
        gathered.push(kind);
        gathered.extend_from_slice(&number.to_le_bytes());
        match value {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) if bytes.len() <= SHORT => gathered.extend_from_slice(bytes),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
                crc.update(&gathered);
                crc.update(bytes);
                gathered.clear();
            }
            _ => {}
        }
    }
    crc.update(&gathered);
    crc.sum().into()
}

/// What an activity's row has, but for its position.
#[derive(Clone, Copy, Debug)]
pub(super) struct ActivityRow<'r> {
    pub(super) session: i64,
    pub(super) id: &'r str,
    pub(super) kind: &'r str,
    pub(super) originator: &'r str,
    pub(super) create_time: Option<i64>,
    pub(super) empty: bool,
    pub(super) body: &'r str,
}

impl ActivityRow<'_> {
    pub(super) fn checksum(&self) -> i64 {
        checksum(&[
            ValueRef::Integer(self.session),
            self.id.into(),
            self.kind.into(),
            self.originator.into(),
            self.create_time.map_or(ValueRef::Null, ValueRef::Integer),
            ValueRef::Integer(self.empty.into()),
            self.body.into(),
        ])
    }
}

/// What the row of a look at a session has, but for when it was seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct LookRow<'r> {
    pub(super) session: i64,
    pub(super) id: &'r str,
    pub(super) state: &'r str,
    pub(super) create_time: Option<i64>,
    pub(super) update_time: Option<i64>,
    pub(super) body: &'r str,
}

impl LookRow<'_> {
    pub(super) fn checksum(&self) -> i64 {
        checksum(&[
            ValueRef::Integer(self.session),
            self.id.into(),
            self.state.into(),
            self.create_time.map_or(ValueRef::Null, ValueRef::Integer),
            self.update_time.map_or(ValueRef::Null, ValueRef::Integer),
            self.body.into(),
        ])
    }
}

/// The columns of an activity in their order, with the body in whichever table it stands.
macro_rules! activity_columns {
    () => {
        "activities.session, activities.id, activities.type, activities.originator, activities.create_time,
         activities.is_empty,
         ifnull(activities.body, (SELECT body FROM large_bodies WHERE large_bodies.position = activities.position)),
         activities.checksum"
    };
}
pub(super) use activity_columns;

/// The columns of a look in their order, the body before the checksum.
macro_rules! look_columns {
    () => {
        "looks.session, looks.id, looks.state, looks.create_time, looks.update_time, looks.body, looks.checksum"
    };
}
pub(super) use look_columns;

/// Where the body stands among them.
pub(super) const ACTIVITY_BODY: usize = 6;
pub(super) const LOOK_BODY: usize = 5;

/// The body in a row whose columns begin at `first` and end, behind the body, with the checksum; nothing where the row is
/// not what was written. What was written is UTF-8.
pub(super) fn intact<'r>(row: &'r Row<'_>, first: usize, body: usize) -> rusqlite::Result<Option<&'r [u8]>> {
    let mut values = [ValueRef::Null; ACTIVITY_BODY + 1];
    let values = &mut values[..=body];
    for (place, value) in values.iter_mut().enumerate() {
        *value = row.get_ref(first + place)?;
    }
    let text = values.last().and_then(|body| body.as_bytes().ok());
    let is_intact = match row.get_ref(first + body + 1)? {
        // Written before there were checksums.
        ValueRef::Null => text.is_some_and(|text| std::str::from_utf8(text).is_ok()),
        ValueRef::Integer(written) => written == checksum(values),
        _ => false,
    };
    Ok(text.filter(|_| is_intact))
}

/// The same as a text.
pub(super) fn intact_text<'r>(row: &'r Row<'_>, first: usize, body: usize) -> rusqlite::Result<Option<&'r str>> {
    Ok(intact(row, first, body)?.and_then(|body| std::str::from_utf8(body).ok()))
}
