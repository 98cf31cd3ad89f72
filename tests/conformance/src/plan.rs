//! What a driver is told: the plan, a JSON file with the cases, without any expectation.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::case::{Case, Step};

/// Options that every case starts from: a quick pace, and retries that don't wait for whole seconds.
fn quick_options() -> Map<String, Value> {
    let options = json!({
        "pollingIntervalMs": 10,
        "requestTimeoutMs": 5000,
        "retry": { "baseDelayMs": 5, "maxDelayMs": 50, "maxElapsedMs": 3000 },
    });
    options.as_object().cloned().unwrap_or_default()
}

/// Where clients remember what they saw.
#[derive(Debug, Clone, Copy)]
pub enum Store<'a> {
    /// In this directory, where the case has one; else in memory.
    Directory(&'a Path),
    /// In this database, as an account of its own for each case.
    Database {
        /// The database's URL.
        url: &'a str,
        /// What the names of the accounts begin with.
        accounts: &'a str,
    },
}

impl Store<'_> {
    /// What a driver takes for a directory; a case that says where its cache is keeps that.
    fn place(self, case: &Case) -> Option<String> {
        match self {
            Self::Directory(directory) => case.cache.then(|| directory.display().to_string()),
            Self::Database { url, .. } => Some(url.to_owned()),
        }
    }

    /// Ports come again, and with them the rows of an earlier case; so its account is the case's own. Where it is about keys
    /// that are accounts it has none, and the port has to do.
    fn account(self, case: &Case) -> Option<String> {
        let Self::Database { accounts, .. } = self else { return None };
        let given = case.options.get("account").and_then(Value::as_str);
        let changes_key = case.steps.iter().any(|step| step.with.contains_key("apiKey"));
        let needed = given.is_some() || !changes_key;
        needed.then(|| format!("{accounts}/{}/{}", case.name, given.unwrap_or_default()))
    }
}

/// One case as a driver sees it. `base_url` is its emulator's.
#[must_use]
pub fn entry(case: &Case, base_url: &str, store: Store<'_>) -> Value {
    let mut options = quick_options();
    options.extend(case.options.clone());
    // An environment of its own says where the cache is, and nothing else does.
    let usual_cache = !case.environment.is_empty();
    if let Some(account) = store.account(case) {
        options.insert("account".to_owned(), json!(account));
    }
    if let Some(given) = &case.base_url {
        options.insert("baseUrl".to_owned(), json!(given));
    }
    json!({
        "name": case.name,
        "baseUrl": base_url,
        "apiKey": case.api_key,
        "usualCache": usual_cache,
        "cacheDir": store.place(case),
        "options": options,
        "steps": case.steps.iter().map(step).collect::<Value>(),
    })
}

fn step(step: &Step) -> Value {
    let mut plain = Map::new();
    plain.insert("op".to_owned(), json!(step.op));
    let mut with = step.with.clone();
    if !step.steps.is_empty() {
        let branches = step.steps.iter().map(|branch| branch.iter().map(self::step).collect::<Value>());
        with.insert("steps".to_owned(), branches.collect());
    }
    let optional = [
        ("on", step.on.as_ref().map(|name| json!(name))),
        ("as", step.name.as_ref().map(|name| json!(name))),
        ("with", (!with.is_empty()).then_some(Value::Object(with))),
        ("take", step.take.map(Value::from)),
    ];
    plain.extend(optional.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
    Value::Object(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_is_not_told_what_to_expect() {
        let yaml = "
            - name: x
              about: y
              cache: true
              options: { pollingIntervalMs: 7 }
              steps:
                - { op: info, as: i, compare: false, expect: { a: 1 } }
                - { op: parallel, steps: [[{ op: close, error: { kind: Config } }]] }
        ";
        let case = crate::case::parse(yaml).unwrap().remove(0);
        let plan = entry(&case, "http://127.0.0.1:1/v1alpha", Store::Directory(Path::new("/cache")));
        assert_eq!(
            plan["steps"],
            json!([
                { "op": "info", "as": "i" },
                { "op": "parallel", "with": { "steps": [[{ "op": "close" }]] } },
            ])
        );
        assert_eq!(plan["options"]["pollingIntervalMs"], 7);
        assert_eq!(plan["options"]["requestTimeoutMs"], 5000);
        assert_eq!(plan["cacheDir"], "/cache");
        assert_eq!(plan["usualCache"], false);
        assert_eq!(plan["apiKey"], "test-key");
    }

    #[test]
    fn in_a_database_every_case_has_its_account() {
        let yaml = "
            - { name: x, about: y, steps: [{ op: close }] }
            - { name: z, about: y, options: { account: team }, steps: [{ op: client, with: { apiKey: k } }] }
            - { name: w, about: y, steps: [{ op: client, with: { apiKey: k } }] }
        ";
        let cases = crate::case::parse(yaml).unwrap();
        let database = Store::Database { url: "postgresql://host/db", accounts: "rust" };
        let entries: Vec<_> = cases.iter().map(|case| entry(case, "http://127.0.0.1:1/v1alpha", database)).collect();
        assert!(entries.iter().all(|entry| entry["cacheDir"] == "postgresql://host/db"));
        let accounts: Vec<_> = entries.iter().map(|entry| &entry["options"]["account"]).collect();
        assert_eq!(accounts, [&json!("rust/x/"), &json!("rust/z/team"), &Value::Null]);
    }
}
