//! Sessions, sources, settings, faults and the journal, and the ways in which activities come about.

use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::accounts::Account;
use super::choices::ActivityIds;
use super::clock::{Nanos, format_decimals, nanos, parse_time, truncate_time};
use super::config::Config;
use super::limits::Creation;
use super::rates::Rates;
use super::session::{ActivityRecord, SessionRecord, SessionView};
use super::sessions::Sessions;
use super::sources::{SourceRecord, default_sources};
use crate::faults::{FaultKind, Registry, disturb_activity};
use crate::journal::Journal;
use crate::script::Library;

/// All state that a reset throws away or keeps.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) config: Config,
    /// If not empty, only these API keys are valid.
    pub(crate) keys: Vec<String>,
    /// Accounts beside the default one.
    pub(crate) accounts: Vec<Account>,
    /// Requests by account and operation.
    pub(crate) rates: Rates,
    pub(crate) library: Library,
    pub(crate) sources: Vec<SourceRecord>,
    pub(crate) sessions: Sessions,
    /// All creations, deleted sessions too, for the daily limit.
    pub(crate) creations: Vec<Creation>,
    pub(crate) faults: Registry,
    pub(crate) journal: Journal,
    pub(crate) random: SmallRng,
    seed: u64,
    last_order: u64,
}

/// An activity about to be stored.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    /// Wire JSON; name, id and times are filled in where they are missing, `null` leaves a field out.
    pub(crate) activity: Value,
    pub(crate) when: When,
    /// Visible only so much later.
    pub(crate) late: Duration,
    /// Without its content for so long.
    pub(crate) empty: Duration,
}

/// The time that an activity gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// Now, after the one before.
    Now,
    /// The same as the one before.
    AsBefore,
    At(Nanos),
}

/// Numbers of decimals that times are cut to, unless the configuration fixes one.
const DECIMALS: &[u32] = &[9, 6, 6, 9, 3, 6, 0, 9, 8, 6, 2, 7, 5, 9, 4, 1];

impl Stored {
    pub(crate) fn new(config: Config, keys: Vec<String>, library: Library, seed: u64) -> Self {
        Self {
            config,
            keys,
            accounts: Vec::new(),
            rates: Rates::default(),
            library,
            sources: default_sources(),
            sessions: Sessions::default(),
            creations: Vec::new(),
            faults: Registry::default(),
            journal: Journal::default(),
            random: SmallRng::seed_from_u64(seed),
            seed,
            last_order: 0,
        }
    }

    /// Sessions, faults, rates and journal go; settings, accounts and scenarios stay. Random numbers start anew.
    pub(crate) fn reset(&mut self) {
        self.sessions.clear();
        self.creations.clear();
        self.sources = default_sources();
        self.faults.clear();
        self.journal.clear();
        self.rates.clear();
        self.random = SmallRng::seed_from_u64(self.seed);
    }

    /// All sessions in full, newest first.
    pub(crate) fn views(&self) -> Vec<SessionView> {
        self.sessions.newest_first(None).map(SessionRecord::view).collect()
    }

    pub(crate) fn next_order(&mut self) -> u64 {
        self.last_order += 1;
        self.last_order
    }

    /// A hexadecimal id, as activities and plans have.
    pub(crate) fn new_id(&mut self) -> String {
        format!("{:032x}", self.random.random::<u128>())
    }

    /// An id in the service's other form, as approvals have.
    pub(crate) fn new_task_id(&mut self, session: &str) -> String {
        format!("task-{session}-activity-step-{}", self.random.random_range(10_u64.pow(18)..10_u64.pow(19)))
    }

    fn new_activity_id(&mut self, session: &str) -> String {
        match self.config.activity_ids {
            ActivityIds::Mixed if self.last_order % 2 == 1 => self.new_task_id(session),
            _ => self.new_id(),
        }
    }

    /// A decimal session id beyond 64 bits.
    pub(crate) fn new_session_id(&mut self) -> String {
        let first = self.random.random_range(2..=9_u8);
        let rest = self.random.random_range(0..10_u128.pow(19));
        format!("{first}{rest:019}")
    }

    /// A plausible time after `floor`: about `now`, with a varying number of decimals. A fixed number of
    /// decimals is a coarse clock: times may be equal then, but don't go back either.
    fn stamp(&mut self, floor: Nanos, now: Nanos) -> Nanos {
        if let Some(decimals) = self.config.decimals {
            return truncate_time(now, decimals).max(floor);
        }
        let now = now.max(floor + 1);
        let decimals = DECIMALS[self.random.random_range(0..DECIMALS.len())];
        (decimals..=9).map(|decimals| truncate_time(now, decimals)).find(|time| *time > floor).unwrap_or(now)
    }

    /// Stores an activity and touches its session. `None` if there is no such session.
    pub(crate) fn add_activity(&mut self, session: &str, draft: Draft, now: Nanos) -> Option<String> {
        let record = self.sessions.get(session)?;
        let name = record.name();
        let is_first = record.activities.is_empty();
        // By a coarse clock the first activity may seem older than its session.
        let coarse = self.config.decimals.is_some();
        let newest = if is_first && coarse { Nanos::MIN } else { record.newest_time() };
        let Draft { mut activity, mut when, mut late, mut empty } = draft;
        for fault in self.faults.meet_activity(session, &mut self.random) {
            match fault {
                FaultKind::Late { ms } => late += Duration::from_millis(ms),
                FaultKind::EmptyFirst { ms } => empty += Duration::from_millis(ms),
                FaultKind::EqualTime {} => when = When::AsBefore,
                other => disturb_activity(&mut activity, &other),
            }
        }
        let given = activity["createTime"].as_str().and_then(parse_time);
        let time = match (given, when) {
            (Some(time), _) | (None, When::At(time)) => time,
            (None, When::AsBefore) if !is_first => newest,
            (None, _) => self.stamp(newest, now),
        };
        let id = self.identify(&mut activity, session, &name, time);
        let record = self.sessions.get_mut(session)?;
        record.touches.add(now);
        self.last_order += 1;
        record.insert(ActivityRecord {
            time,
            order: self.last_order,
            id: id.clone(),
            value: activity,
            visible_at: Instant::now() + late,
            visible_time: now + nanos(late),
            whole_at: Instant::now() + late + empty,
        });
        Some(id)
    }

    /// Fills in name, id and createTime where they are missing; drops what is `null`.
    fn identify(&mut self, activity: &mut Value, session: &str, name: &str, time: Nanos) -> String {
        let id = match activity["id"].as_str() {
            Some(id) => id.to_owned(),
            None => self.new_activity_id(session),
        };
        if let Some(fields) = activity.as_object_mut() {
            let defaults = [
                ("id", json!(id)),
                ("name", json!(format!("{name}/activities/{id}"))),
                ("createTime", json!(format_decimals(time, self.config.decimals))),
            ];
            for (field, default) in defaults {
                // `Value::index` above leaves the object as it is, so absent and null can be told apart.
                fields.entry(field).or_insert(default);
            }
            fields.retain(|_, value| !value.is_null());
        }
        id
    }
}

impl SessionRecord {
    /// Keeps the list sorted by time, then by order of appearance.
    fn insert(&mut self, activity: ActivityRecord) {
        let at = self.activities.partition_point(|other| (other.time, other.order) < (activity.time, activity.order));
        self.activities.insert(at, activity);
    }
}
