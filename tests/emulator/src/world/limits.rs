//! What a plan allows: slots held by everything that hasn't ended, and creations in a rolling day.

use serde_json::json;

use super::accounts::{Account, AccountView};
use super::choices::LimitAnswer;
use super::clock::Nanos;
use super::session::SessionRecord;
use super::stored::Stored;
use crate::api::ApiError;

const DAY_MILLISECONDS: f64 = 86_400_000.0;

/// A creation that counts for the day, also when its session failed or is deleted.
#[derive(Debug, Clone)]
pub(crate) struct Creation {
    pub(crate) account: String,
    pub(crate) time: Nanos,
}

impl Stored {
    /// The account that a key belongs to; the default one has no name.
    pub(crate) fn account_of(&self, key: Option<&str>) -> &str {
        let holds = |account: &&Account| key.is_some_and(|key| account.keys().iter().any(|one| one == key));
        self.accounts.iter().find(holds).map_or("", Account::name)
    }

    /// Adds an account, in place of one with the same name.
    pub(crate) fn add_account(&mut self, account: Account) -> Result<(), String> {
        account.check()?;
        self.accounts.retain(|other| other.name() != account.name());
        self.accounts.push(account);
        Ok(())
    }

    /// All accounts with what they use, the default one first.
    pub(crate) fn account_views(&self, now: Nanos) -> Vec<AccountView> {
        let names = self.accounts.iter().map(|account| (account.name(), account.keys().len()));
        std::iter::once(("", self.keys.len()))
            .chain(names)
            .map(|(name, keys)| self.account_view(name, keys, now))
            .collect()
    }

    fn account_view(&self, name: &str, keys: usize, now: Nanos) -> AccountView {
        let (slots, per_day) = match self.accounts.iter().find(|account| account.name() == name) {
            Some(account) => (account.most_slots(), account.most_per_day()),
            None => (self.config.concurrent_sessions, self.config.daily_sessions),
        };
        let mine = |record: &&SessionRecord| record.account == name && self.holds_slot(record);
        let day = self.day();
        let today = |one: &&Creation| one.account == name && now - one.time < day;
        AccountView {
            name: name.to_owned(),
            keys,
            slots,
            per_day,
            holding: self.sessions.active().filter(mine).count(),
            created: self.creations.iter().filter(today).count(),
        }
    }

    /// Everything that hasn't ended holds a slot, whether it works, waits for a person or is paused.
    fn holds_slot(&self, record: &SessionRecord) -> bool {
        record.is_active() && (!record.archived || self.config.archived_holds_slot)
    }

    /// The rolling day: 24 hours of scripted time, unless the configuration fixes it.
    fn day(&self) -> Nanos {
        let scaled = DAY_MILLISECONDS / self.config.speed * 1e6;
        self.config.day_ms.map_or(scaled as Nanos, |ms| Nanos::from(ms) * 1_000_000)
    }

    /// Refuses a create when the account has no slot or no session left.
    pub(crate) fn check_limits(&self, account: &str, now: Nanos) -> Result<(), ApiError> {
        let used = self.account_view(account, 0, now);
        if used.slots.is_some_and(|limit| used.holding >= limit) {
            return Err(self.no_slot(used.holding));
        }
        if used.per_day.is_some_and(|limit| used.created >= limit) {
            return Err(self.no_day(used.created));
        }
        Ok(())
    }

    fn no_slot(&self, active: usize) -> ApiError {
        let message = || format!("Too many active sessions: {active} are running. Wait for one to finish.");
        match self.config.limit_answer {
            LimitAnswer::Bare => ApiError::bare_precondition(),
            LimitAnswer::GenericQuota => ApiError::generic_quota(),
            LimitAnswer::ResourceExhausted => ApiError::new(429, "RESOURCE_EXHAUSTED", message()),
            LimitAnswer::FailedPrecondition => ApiError::precondition(message()),
        }
    }

    fn no_day(&self, today: usize) -> ApiError {
        match self.config.limit_answer {
            LimitAnswer::Bare => ApiError::bare_precondition(),
            LimitAnswer::GenericQuota => ApiError::generic_quota(),
            LimitAnswer::ResourceExhausted | LimitAnswer::FailedPrecondition => {
                let message = format!("Daily session limit reached: {today} sessions in 24 hours.");
                ApiError::new(429, "RESOURCE_EXHAUSTED", message).with_detail(json!({
                    "@type": "type.googleapis.com/google.rpc.QuotaFailure",
                    "violations": [{ "subject": "sessions_per_day", "description": "Daily session limit" }],
                }))
            }
        }
    }
}
