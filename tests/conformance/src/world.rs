//! The emulator (or two) of one case in one language, and what can be seen there afterwards.

use anyhow::{Context, Result};
use jules_emulator::{Config, Emulator, Fault};
use serde_json::{Value, json};

use crate::case::{Case, Check, EmulatorSetup, Seen, Whose};
use crate::matcher::{Saved, mismatches};

/// Every emulator of a case draws the same ids and decimals, so that runs resemble one another.
const SEED: u64 = 7;

/// What a case happens in.
#[derive(Debug)]
pub struct World {
    main: Emulator,
    other: Option<Emulator>,
}

impl World {
    /// Starts the emulators of a case, each on a free port.
    ///
    /// # Errors
    /// When a scenario, a session or a fault of the case isn't understood, or there is no port.
    pub async fn start(case: &Case) -> Result<Self> {
        let setup = &case.emulator;
        let mut builder = Emulator::builder().seed(SEED).configure(|config| *config = settings(setup));
        for scenario in &setup.scenarios {
            builder = builder.scenario(scenario.to_string());
        }
        let main = builder.start().await.with_context(|| format!("case {}", case.name))?;
        let other = match setup.other {
            true => Some(Emulator::start().await?),
            false => None,
        };
        let world = Self { main, other };
        world.furnish(setup).map_err(|why| anyhow::anyhow!("case {}: {why}", case.name))?;
        Ok(world)
    }

    fn furnish(&self, setup: &EmulatorSetup) -> Result<(), String> {
        let mut known = Saved::default();
        if let Some(other) = &self.other {
            known.insert("other", json!({ "origin": other.origin() }));
        }
        for session in &setup.sessions {
            self.main.plant(session.clone())?;
        }
        for fault in &setup.faults {
            self.main.fault(Fault::from_json(known.resolve(fault)?)?);
        }
        Ok(())
    }

    /// The base URL of the emulator that the client talks to.
    #[must_use]
    pub fn url(&self) -> String {
        self.main.url()
    }

    /// The second emulator's address, for a case that has one.
    #[must_use]
    pub fn other_origin(&self) -> Option<String> {
        self.other.as_ref().map(Emulator::origin)
    }

    /// How many requests have come.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.main.journal().len()
    }

    /// Whether a request of this operation has come, answered or not.
    #[must_use]
    pub fn has_seen(&self, operation: &str) -> bool {
        self.main.journal().iter().any(|entry| entry.operation == Some(operation))
    }

    /// What of a check doesn't hold, as lines for people.
    #[must_use]
    pub fn failures(&self, check: &Check, saved: &Saved) -> Vec<String> {
        let only = Value::Object(check.only.clone());
        let seen: Vec<Value> =
            self.look(check).into_iter().filter(|one| mismatches(&only, Some(one), saved).is_empty()).collect();
        let whose = match check.of {
            Whose::Main => "",
            Whose::Other => " of the other emulator",
        };
        let name = match check.see {
            Seen::Journal => "journal",
            Seen::Sessions => "sessions",
        };
        let found = mismatches(&check.expect, Some(&Value::Array(seen)), saved);
        found.iter().map(|one| format!("afterwards, the {name}{whose}{}: {}", one.path, one.message)).collect()
    }

    fn look(&self, check: &Check) -> Vec<Value> {
        let emulator = match (check.of, &self.other) {
            (Whose::Other, Some(other)) => other,
            _ => &self.main,
        };
        match check.see {
            Seen::Journal => emulator.journal().iter().map(|entry| json!(entry)).collect(),
            Seen::Sessions => emulator.sessions().iter().map(|session| json!(session)).collect(),
        }
    }
}

/// What a case's emulator is like where it doesn't say: scripted time runs 20 times as fast.
pub(crate) fn usual() -> Config {
    Config { speed: 20.0, ..Config::default() }
}

fn settings(setup: &EmulatorSetup) -> Config {
    setup.config.clone().unwrap_or_else(usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_check_sees_only_what_it_asks_for_and_can_fail() {
        let yaml = "
            - name: x
              about: y
              emulator: { sessions: [{ id: '1' }, { id: '2', state: FAILED }] }
              steps: [{ op: close }]
              afterwards:
                - { see: sessions, where: { state: FAILED }, expect: [{ id: '2' }] }
                - { see: sessions, expect: { $len: 1 } }
                - { see: journal, expect: [] }
        ";
        let case = crate::case::parse(yaml).unwrap().remove(0);
        let world = World::start(&case).await.unwrap();
        let failures: Vec<_> = case.afterwards.iter().map(|check| world.failures(check, &Saved::default())).collect();
        assert_eq!(failures[0], Vec::<String>::new());
        assert_eq!(failures[1].len(), 1, "{failures:?}");
        assert_eq!(failures[2], Vec::<String>::new());
    }

    #[tokio::test]
    async fn a_fault_nobody_knows_is_an_error_of_the_case() {
        let yaml = "- { name: x, about: y, emulator: { faults: [{ kind: gremlin }] }, steps: [{ op: close }] }";
        let case = crate::case::parse(yaml).unwrap().remove(0);
        assert!(format!("{:#}", World::start(&case).await.unwrap_err()).contains("gremlin"));
    }
}
