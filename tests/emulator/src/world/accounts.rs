//! Accounts beside the default one: each has its keys, its plan and its own sessions.

use serde::{Deserialize, Serialize};

/// An account with a plan. Requests with one of its keys see its sessions and use its plan; all other
/// valid keys belong to the default account, whose limits are in the configuration.
///
/// ```
/// use jules_emulator::{Account, Plan};
///
/// let team = Account::new("team").plan(Plan::Pro).key("first-key").key("second-key");
/// let tight = Account::new("tight").key("a-key").slots(1).per_day(2);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Account {
    name: String,
    keys: Vec<String>,
    plan: Option<Plan>,
    slots: Option<usize>,
    per_day: Option<usize>,
}

/// The plans that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Plan {
    /// 3 sessions at a time, 15 a day.
    Free,
    /// 15 at a time, 100 a day.
    Pro,
    /// 60 at a time, 300 a day.
    Ultra,
}

/// An account as the control API shows it, without its keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AccountView {
    /// Empty for the default account.
    pub name: String,
    /// How many keys it has.
    pub keys: usize,
    /// Most sessions at a time; `None` is without a limit.
    pub slots: Option<usize>,
    /// Most creations in a day; `None` is without a limit.
    pub per_day: Option<usize>,
    /// Sessions that hold a slot now.
    pub holding: usize,
    /// Creations within the rolling day that ends now.
    pub created: usize,
}

impl Plan {
    fn slots(self) -> usize {
        match self {
            Self::Free => 3,
            Self::Pro => 15,
            Self::Ultra => 60,
        }
    }

    fn per_day(self) -> usize {
        match self {
            Self::Free => 15,
            Self::Pro => 100,
            Self::Ultra => 300,
        }
    }
}

impl Account {
    /// An account without keys and limits.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Gives it a key; several are allowed.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.keys.push(key.into());
        self
    }

    /// Gives it a plan's limits.
    #[must_use]
    pub fn plan(mut self, plan: Plan) -> Self {
        self.plan = Some(plan);
        self
    }

    /// Most sessions at a time, whatever the plan says.
    #[must_use]
    pub fn slots(mut self, slots: usize) -> Self {
        self.slots = Some(slots);
        self
    }

    /// Most creations in a rolling day, whatever the plan says.
    #[must_use]
    pub fn per_day(mut self, per_day: usize) -> Self {
        self.per_day = Some(per_day);
        self
    }

    /// Says what is missing.
    pub(crate) fn check(&self) -> Result<(), String> {
        match (self.name.is_empty(), self.keys.is_empty()) {
            (true, _) => Err("an account needs a name".to_owned()),
            (_, true) => Err(format!("account '{}' needs a key", self.name)),
            _ => Ok(()),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn keys(&self) -> &[String] {
        &self.keys
    }

    pub(crate) fn most_slots(&self) -> Option<usize> {
        self.slots.or_else(|| self.plan.map(Plan::slots))
    }

    pub(crate) fn most_per_day(&self) -> Option<usize> {
        self.per_day.or_else(|| self.plan.map(Plan::per_day))
    }
}
