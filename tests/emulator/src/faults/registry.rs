//! The faults in force, and which of them meet a request.

use rand::RngExt;
use rand::rngs::SmallRng;
use serde::Serialize;

use super::fault::{Fault, FaultKind, Selector};

/// What a fault's selector is held against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) operation: &'a str,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) session: Option<&'a str>,
}

/// A fault in force, with how often it was matched and applied.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FaultInForce {
    /// Its number, for removing it.
    pub id: u64,
    /// Requests that its selector matched.
    pub matched: u32,
    /// Requests that it disturbed.
    pub applied: u32,
    /// The fault.
    #[serde(flatten)]
    pub fault: Fault,
}

/// All faults in force, in the order in which they were added.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    last_id: u64,
    rules: Vec<FaultInForce>,
}

impl Registry {
    pub(crate) fn add(&mut self, fault: Fault) -> u64 {
        self.last_id += 1;
        self.rules.push(FaultInForce { id: self.last_id, matched: 0, applied: 0, fault });
        self.last_id
    }

    pub(crate) fn list(&self) -> Vec<FaultInForce> {
        self.rules.clone()
    }

    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    /// Whether there was a fault of that number.
    pub(crate) fn remove(&mut self, id: u64) -> bool {
        let before = self.rules.len();
        self.rules.retain(|rule| rule.id != id);
        self.rules.len() < before
    }

    /// The faults that meet this request, counted as applied.
    pub(crate) fn meet_request(&mut self, target: Target<'_>, random: &mut SmallRng) -> Vec<FaultKind> {
        self.meet(target, false, random)
    }

    /// The faults that meet an activity as it is created.
    pub(crate) fn meet_activity(&mut self, session: &str, random: &mut SmallRng) -> Vec<FaultKind> {
        let target = Target { operation: "activity", method: "", path: "", session: Some(session) };
        self.meet(target, true, random)
    }

    fn meet(&mut self, target: Target<'_>, about_activities: bool, random: &mut SmallRng) -> Vec<FaultKind> {
        let mut met = Vec::new();
        for rule in &mut self.rules {
            let right_side = rule.fault.kind.is_about_activities() == about_activities;
            if right_side
                && (about_activities || rule.fault.selector.names(target))
                && rule.fault.selector.is_for(target.session)
                && rule.is_due(random)
            {
                met.push(rule.fault.kind.clone());
            }
        }
        met
    }
}

impl FaultInForce {
    /// Counts a match and decides whether it is this one's turn.
    fn is_due(&mut self, random: &mut SmallRng) -> bool {
        let selector = &self.fault.selector;
        self.matched += 1;
        let Some(turn) = self.matched.checked_sub(selector.skip.unwrap_or(0)) else {
            return false;
        };
        let due = turn > 0
            && turn.is_multiple_of(selector.nth.unwrap_or(1).max(1))
            && selector.times.is_none_or(|times| self.applied < times)
            && selector.probability.is_none_or(|probability| random.random_bool(probability.clamp(0.0, 1.0)));
        if due {
            self.applied += 1;
        }
        due
    }
}

impl Selector {
    fn names(&self, target: Target<'_>) -> bool {
        let matches = |glob: &Option<String>, text: &str| glob.as_deref().is_none_or(|glob| glob_matches(glob, text));
        matches(&self.on, target.operation)
            && matches(&self.path, target.path)
            && self.method.as_deref().is_none_or(|method| method.eq_ignore_ascii_case(target.method))
    }

    fn is_for(&self, session: Option<&str>) -> bool {
        self.session.is_none() || self.session.as_deref() == session
    }
}

/// `*` stands for any text, also an empty one.
fn glob_matches(glob: &str, text: &str) -> bool {
    match glob.split_once('*') {
        None => glob == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            (0..=text.len()).filter(|at| text.is_char_boundary(*at)).any(|at| glob_matches(rest, &text[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use serde_json::json;

    use super::*;

    const LIST: Target<'_> =
        Target { operation: "activities.list", method: "GET", path: "/sessions/1/activities", session: Some("1") };

    fn applications(fault: Fault, requests: u32) -> Vec<u32> {
        let mut registry = Registry::default();
        registry.add(fault);
        let mut random = SmallRng::seed_from_u64(1);
        (1..=requests).filter(|_| !registry.meet_request(LIST, &mut random).is_empty()).collect()
    }

    #[test]
    fn a_fault_comes_at_each_nth_request_and_so_many_times() {
        assert_eq!(applications(Fault::truncate(), 3), [1, 2, 3]);
        assert_eq!(applications(Fault::truncate().nth(3).times(2), 12), [3, 6]);
        assert_eq!(applications(Fault::truncate().skip(2).times(1), 9), [3]);
    }

    #[test]
    fn a_fault_meets_only_what_its_selector_names() {
        assert_eq!(applications(Fault::truncate().on("activities.*"), 1), [1]);
        assert_eq!(applications(Fault::truncate().path("/sessions/*/activities"), 1), [1]);
        assert!(applications(Fault::truncate().on("sessions.*"), 1).is_empty());
        assert!(applications(Fault::truncate().method("POST"), 1).is_empty());
        assert!(applications(Fault::truncate().session("2"), 1).is_empty());
        assert!(applications(Fault::late(5), 1).is_empty());
    }

    #[test]
    fn a_probability_is_about_right_and_the_same_for_a_seed() {
        let first = applications(Fault::truncate().probability(0.3), 1000);
        assert_eq!(first, applications(Fault::truncate().probability(0.3), 1000));
        assert!((200..400).contains(&first.len()), "{}", first.len());
    }

    #[test]
    fn the_json_form_refuses_words_it_does_not_know() {
        let fault = Fault::from_json(
            json!({ "kind": "status", "status": 503, "retryAfter": 2, "on": "sessions.get", "times": 1 }),
        );
        assert_eq!(fault, Ok(Fault::status(503).retry_after(2).on("sessions.get").times(1)));
        assert!(Fault::from_json(json!({ "kind": "status", "status": 503, "tiems": 1 })).is_err());
        assert!(Fault::from_json(json!({ "kind": "earthquake" })).is_err());
        assert!(Fault::from_json(json!({ "kind": "truncate", "on": "activity.list" })).is_err());
    }
}
