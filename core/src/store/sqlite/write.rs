//! Writing: a page of activities with its mark in one transaction, and the latest look at a session.

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::{LARGE_BODY, index, nanoseconds, now, read};
use crate::ground::model::SessionId;
use crate::store::{Mark, NewActivity, SessionRecord};

const INSERT: &str = "
    INSERT INTO activities (session, id, type, originator, create_time, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (session, id) DO NOTHING";
const PUT_MARK: &str = "
    INSERT INTO marks (session, newest, page_token, reconciled) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (session) DO UPDATE SET
        newest = max(ifnull(newest, excluded.newest), ifnull(excluded.newest, newest)),
        page_token = excluded.page_token, reconciled = excluded.reconciled";
const PUT_SESSION: &str = "
    INSERT INTO sessions (id, state, create_time, update_time, seen_time, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (id) DO UPDATE SET state = excluded.state, create_time = excluded.create_time,
        update_time = excluded.update_time, seen_time = excluded.seen_time, body = excluded.body";

pub(super) fn append(
    connection: &mut Connection,
    session: &SessionId,
    activities: &[NewActivity],
    mark: &Mark,
) -> rusqlite::Result<usize> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut added = Vec::with_capacity(activities.len());
    {
        let mut insert = transaction.prepare_cached(INSERT)?;
        let mut insert_large =
            transaction.prepare_cached("INSERT INTO large_bodies (position, body) VALUES (?1, ?2)")?;
        for activity in activities {
            let small = (activity.body.len() <= LARGE_BODY).then_some(&*activity.body);
            let time = nanoseconds(activity.create_time);
            let row = params![session.as_str(), activity.id, activity.kind, activity.originator, time, small];
            if insert.execute(row)? == 1 {
                let position = transaction.last_insert_rowid();
                added.push((position, activity.texts.as_str()));
                if small.is_none() {
                    insert_large.execute(params![position, &*activity.body])?;
                }
            }
        }
        let reconciled = mark.reconciled.and_then(|count| i64::try_from(count).ok());
        transaction.prepare_cached(PUT_MARK)?.execute(params![
            session.as_str(),
            nanoseconds(mark.newest),
            mark.page_token,
            reconciled
        ])?;
    }
    index::put_activities(&transaction, &added)?;
    transaction.commit()?;
    Ok(added.len())
}

/// Remembers looks at sessions, all or none.
pub(super) fn put_sessions(
    connection: &mut Connection,
    records: &[(SessionId, SessionRecord)],
) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for (session, record) in records {
        put_session(&transaction, session, record)?;
    }
    transaction.commit()
}

fn put_session(transaction: &Transaction<'_>, session: &SessionId, record: &SessionRecord) -> rusqlite::Result<()> {
    let before = read::session(transaction, session)?;
    if before.as_deref() != Some(&*record.body) {
        let texts = index::texts_of_session(&record.body);
        if before.is_none_or(|before| index::texts_of_session(&before) != texts) {
            index::put_session(transaction, session.as_str(), &texts)?;
        }
    }
    let times = (nanoseconds(record.create_time), nanoseconds(record.update_time));
    let row = params![session.as_str(), record.state, times.0, times.1, now(), &*record.body];
    transaction.prepare_cached(PUT_SESSION)?.execute(row).map(drop)
}
