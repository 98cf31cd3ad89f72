//! Taking tasks that wait: as many as there is room for, in one statement under the account's lock. That is held for the time
//! of one answer and the commit, however many are taken, for all who start something wait for it.

use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::faults::Failure;
use super::places;
use super::server::Param;
use super::tasks::{columns, read};
use super::work::{Writing, column};
use super::{Here, leases, notices};
use crate::ground::error::Result;
use crate::store::turn::whole;
use crate::store::{Claim, Claimed, DAY, Grant, LeaseKey, Started, TaskRecord, Used};

/// Behind the lock, in a statement of its own: what others have done is seen then. The leases are locked before the tasks,
/// as who changes a task does it, and the account's row behind all places. Each row has what was used before. The second
/// limit tells PostgreSQL that there are few, so that it doesn't read all tasks to find them.
const CLAIM: &str = concat!(
    "WITH clock AS MATERIALIZED (
        SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint * 1000 AS now
    ), open AS MATERIALIZED (
        SELECT count(*) AS slots, count(*) FILTER (WHERE queue = $2) AS of_queue,
            count(*) FILTER (WHERE session IS NULL) AS pending
        FROM jules.places WHERE account = $1 AND open
    ), of_day AS MATERIALIZED (
        SELECT count(*) AS day, count(*) FILTER (WHERE queue = $2) AS day_of_queue
        FROM jules.places, clock WHERE $14 AND account = $1 AND at > now - $13
    ), found AS MATERIALIZED (
        SELECT * FROM (
            SELECT tasks.key AS found_key, not_before AS was_not_before, data AS was_data
            FROM jules.tasks CROSS JOIN clock
                LEFT JOIN jules.leases ON leases.account = $1 AND leases.key = 'task/' || tasks.key
            WHERE tasks.account = $1 AND queue = $2 AND state = 'waiting' AND (not_before IS NULL OR not_before <= now)
                AND (leases.handle IS NULL OR leases.expires <= clock_timestamp())
            ORDER BY priority DESC, place
            LIMIT (SELECT greatest(0, least($6, $7 - slots, $8 - of_queue, $9 - day, $10 - day_of_queue, $11 - pending))
                FROM open, of_day)
        ) AS room LIMIT 50
    ), leased AS (
        INSERT INTO jules.leases AS lease (account, key, handle, generation, expires)
        SELECT $1, 'task/' || found_key, $3, nextval('jules.generations'), clock_timestamp() + make_interval(secs => $5)
        FROM found
        ON CONFLICT (account, key) DO UPDATE SET handle = $3,
            generation = CASE WHEN lease.handle = $3 THEN lease.generation ELSE nextval('jules.generations') END,
            expires = excluded.expires
        WHERE lease.handle IS NULL OR lease.expires <= clock_timestamp()
        RETURNING key AS lease_key, generation
    ), begun AS (
        UPDATE jules.tasks SET state = 'starting', worker = $4, started = coalesce(started, now),
            data = CASE WHEN data = $12 THEN $15 ELSE data END
        FROM found JOIN leased ON lease_key = 'task/' || found_key CROSS JOIN clock
        WHERE account = $1 AND key = found_key AND state = 'waiting'
            AND not_before IS NOT DISTINCT FROM was_not_before AND data = was_data
        RETURNING tasks.*, generation, was_data = $12 AS noted
    ), placed AS (
        INSERT INTO jules.places (account, id, task, queue, at, open)
        SELECT $1, 'task/' || (attempts + 1) || '/' || key, key, $2, now, true FROM begun CROSS JOIN clock
        ON CONFLICT (account, id) DO UPDATE SET at = excluded.at, open = true, session = NULL
        RETURNING 1
    ), told AS (
        UPDATE jules.accounts SET tasks = tasks + 1 WHERE account = $1 AND (SELECT count(*) FROM placed) > 0
        RETURNING tasks AS change
    )
    SELECT ",
    columns!(),
    ", slots, of_queue, pending, day, day_of_queue, now, (SELECT count(*) FROM leased), (SELECT change FROM told),
        generation, noted
    FROM open CROSS JOIN of_day CROSS JOIN clock LEFT JOIN begun AS tasks ON true
    ORDER BY priority DESC, tasks.place"
);

pub(super) async fn start(writing: &mut Writing, here: &Here, claim: &Claim) -> Result<Started, Failure> {
    let account = writing.account;
    let limit = |limit: Option<u64>| limit.map(|limit| i64::try_from(limit).unwrap_or(i64::MAX));
    let limits = claim.limits;
    let [slots, of_queue, day, day_of_queue, pending] =
        [limits.slots, limits.queue_slots, limits.day, limits.queue_day, limits.pending].map(limit);
    let (term, want) = (leases::seconds(here.terms.lease), leases::seconds(here.terms.want));
    let (most, length, counts_day) = (i64::from(claim.most), whole(DAY), limits != limits.but_for_the_day());
    let (from, to) = claim.data.as_ref().map(|(from, to)| (from, to)).unzip();
    let params: [Param<'_>; 15] = [
        (&account, Type::INT8),
        (&claim.queue, Type::TEXT),
        (&here.handle, Type::TEXT),
        (&claim.worker, Type::TEXT),
        (&term, Type::FLOAT8),
        (&most, Type::INT8),
        (&slots, Type::INT8),
        (&of_queue, Type::INT8),
        (&day, Type::INT8),
        (&day_of_queue, Type::INT8),
        (&pending, Type::INT8),
        (&from, Type::TEXT),
        (&length, Type::INT8),
        (&counts_day, Type::BOOL),
        (&to, Type::TEXT),
    ];
    let alive: [Param<'_>; 3] = [(&here.handle, Type::TEXT), (&account, Type::INT8), (&want, Type::FLOAT8)];
    let answers = writing.pipeline(&[(places::LOCK, &params[..1]), (leases::BEAT, &alive), (CLAIM, &params)]).await?;
    let rows = answers.last().map(Vec::as_slice).unwrap_or_default();
    let [slots, queue_slots, pending, day, queue_day] = places::numbers(rows.first(), 15)?;
    let used = Used { slots, day, queue_slots, queue_day, pending };
    let (now, leased): (i64, i64) = (column(rows.first(), 20)?, column(rows.first(), 21)?);
    let claimed = rows.iter().filter_map(|row| claimed(row).transpose()).collect::<Result<Vec<_>>>()?;
    if usize::try_from(leased) != Ok(claimed.len()) {
        // Somebody changed a task meanwhile, which is told.
        writing.undo();
        return Ok(Started::Nothing { next: None });
    }
    if claimed.is_empty() {
        let full = places::met(writing, Some(&claim.queue), (limits, used), now).await?;
        return Ok(full.map_or(Started::Nothing { next: None }, Started::Full));
    }
    let change = column(rows.first(), 22)?;
    writing.changed(notices::Changed::Tasks(change));
    Ok(Started::Tasks(claimed))
}

/// The task in a row; one without is there when none was taken.
fn claimed(row: &Row) -> Result<Option<Claimed>> {
    let at = Some(row);
    let Some(generation) = column(at, 23)? else { return Ok(None) };
    let record: TaskRecord = read(row)?;
    let grant = Grant { key: LeaseKey::Task(record.key.clone()), generation };
    Ok(Some(Claimed { record, grant, noted: column::<Option<bool>>(at, 24)?.unwrap_or(false) }))
}
