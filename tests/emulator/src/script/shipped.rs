//! The scenarios by name: those shipped inside the emulator and those given by the user.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use super::scenario::Scenario;

const SHIPPED: &[&str] = &[
    include_str!("../../scenarios/approval.yaml"),
    include_str!("../../scenarios/demo.yaml"),
    include_str!("../../scenarios/equal-times.yaml"),
    include_str!("../../scenarios/failure.yaml"),
    include_str!("../../scenarios/happy.yaml"),
    include_str!("../../scenarios/late.yaml"),
    include_str!("../../scenarios/long.yaml"),
    include_str!("../../scenarios/paused.yaml"),
    include_str!("../../scenarios/question.yaml"),
    include_str!("../../scenarios/queued.yaml"),
    include_str!("../../scenarios/quick.yaml"),
    include_str!("../../scenarios/recorded.yaml"),
    include_str!("../../scenarios/repoless.yaml"),
    include_str!("../../scenarios/silent.yaml"),
    include_str!("../../scenarios/stuck.yaml"),
    include_str!("../../scenarios/unknown.yaml"),
    include_str!("../../scenarios/wakes.yaml"),
];

/// All scenarios that sessions can play.
#[derive(Debug, Clone)]
pub(crate) struct Library {
    scenarios: BTreeMap<String, Arc<Scenario>>,
}

impl Library {
    /// The shipped scenarios, which are read once: a test program has an emulator for each of thousands of cases.
    pub(crate) fn shipped() -> Result<Self, String> {
        static READ: LazyLock<Result<Library, String>> = LazyLock::new(|| {
            let mut library = Library { scenarios: BTreeMap::new() };
            for yaml in SHIPPED {
                library.add(Scenario::parse(yaml)?);
            }
            Ok(library)
        });
        READ.clone()
    }

    /// Adds a scenario, in place of one with the same name.
    pub(crate) fn add(&mut self, scenario: Scenario) {
        self.scenarios.insert(scenario.name.clone(), Arc::new(scenario));
    }

    pub(crate) fn get(&self, name: &str) -> Option<Arc<Scenario>> {
        self.scenarios.get(name).cloned()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Scenario>> {
        self.scenarios.values()
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.scenarios.keys().map(String::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_shipped_scenarios_can_be_read() {
        let library = Library::shipped().unwrap();
        assert_eq!(library.names().len(), SHIPPED.len());
    }
}
