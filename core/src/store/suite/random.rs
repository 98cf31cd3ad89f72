//! Random rows and random queries: what the store gives is what a naive reading of the query gives, row by row in memory.

use std::cmp::Ordering;

use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Map, Value, json};

use super::Engine;
use super::select::Planted;
use crate::Timestamp;

const WORDS: [&str; 8] = ["Fix", "the", "FLAKY", "test", "Über", "über", "100%", "a"];
const TIMES: [&str; 6] = [
    "2025-10-01T00:00:00Z",
    "2025-10-01T00:00:00.1Z",
    "2025-10-01T00:00:00.100Z",
    "2025-10-01T00:00:00.100000001Z",
    "2025-10-02T00:00:00Z",
    "1969-12-31T23:59:59.9Z",
];
/// Fields with values that rows may have in them.
const FIELDS: &[(&str, &str, &[&str])] = &[
    ("both", "id", &["\"1\"", "\"2\"", "\"3\"", "null"]),
    (
        "both",
        "createTime",
        &["\"2025-10-01T00:00:00.1Z\"", "\"2025-10-01\"", "\"2025-10-01T00:00:00.100000001Z\"", "null"],
    ),
    ("sessions", "state", &["\"completed\"", "\"inProgress\"", "\"DREAMING\"", "null"]),
    ("sessions", "updateTime", &["\"2025-10-02T00:00:00Z\"", "null"]),
    ("sessions", "title", &["\"Fix the\"", "\"\"", "\"über\"", "null"]),
    ("sessions", "durationMs", &["0", "100", "86400000.0", "null"]),
    ("sessions", "outputs.pullRequest.number", &["1", "2", "null"]),
    ("sessions", "outputs.type", &["\"pullRequest\"", "\"unknown\"", "null"]),
    ("activities", "type", &["\"agentMessaged\"", "\"progressUpdated\"", "\"unknown\"", "null"]),
    ("activities", "sessionId", &["\"1\"", "\"2\"", "\"9\"", "null"]),
    ("activities", "originator", &["\"agent\"", "\"\"", "null"]),
    ("activities", "message", &["\"a\"", "\"über 100%\"", "null"]),
    ("activities", "artifacts.type", &["\"bashOutput\"", "\"media\"", "null"]),
    ("activities", "artifacts.exitCode", &["0", "1", "2", "null"]),
    ("activities", "artifactCount", &["0", "1", "null"]),
];

struct Chance(SmallRng);

impl Chance {
    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        *choices.choose(&mut self.0).unwrap()
    }

    fn once_in(&mut self, times: u32) -> bool {
        self.0.random_ratio(1, times)
    }

    fn words(&mut self) -> String {
        let count = self.0.random_range(0..4);
        (0..count).map(|_| self.of(&WORDS)).collect::<Vec<_>>().join(" ")
    }

    fn time(&mut self) -> Value {
        if self.once_in(5) { Value::Null } else { self.of(&TIMES).into() }
    }

    fn session(&mut self, id: &str) -> Value {
        let output = |number: u32| match number {
            0 => json!({"poem": {}}),
            number => json!({"pullRequest": {"url": format!("https://github.com/o/r/pull/{number}")}}),
        };
        let outputs: Vec<Value> = (0..self.0.random_range(0..3)).map(|_| output(self.0.random_range(0..3))).collect();
        json!({"id": id, "title": self.words(), "prompt": self.words(), "createTime": self.time(), "updateTime": self.time(),
            "state": self.of(&["COMPLETED", "IN_PROGRESS", "DREAMING"]), "outputs": outputs})
    }

    fn activity(&mut self, id: u32) -> Value {
        let artifact = |code: u32| match code {
            3 => json!({"media": {"mimeType": "image/png"}}),
            code => json!({"bashOutput": {"command": WORDS[code as usize], "exitCode": code}}),
        };
        let artifacts: Vec<Value> =
            (0..self.0.random_range(0..3)).map(|_| artifact(self.0.random_range(0..4))).collect();
        let mut wire = json!({"id": id.to_string(), "createTime": self.time(), "artifacts": artifacts, "originator": self.of(&["agent", "user", ""])});
        let (event, what) = match self.0.random_range(0..4) {
            0 => ("agentMessaged", json!({"agentMessage": self.words()})),
            1 => ("progressUpdated", json!({"title": self.words(), "description": self.words()})),
            2 => ("planGenerated", json!({"plan": {"steps": [{"title": self.words()}, {"title": self.words()}]}})),
            _ => ("dreamt", json!({})),
        };
        wire[event] = what;
        wire
    }

    fn operand(&mut self, values: &[&str], nullable: bool) -> Value {
        let allowed: Vec<&str> = values.iter().copied().filter(|value| nullable || *value != "null").collect();
        serde_json::from_str(self.of(&allowed)).unwrap()
    }

    fn condition(&mut self, field: &str, values: &[&str]) -> Value {
        let text = values[0].starts_with('"');
        let operator = self.of(&["eq", "neq", "gt", "gte", "lt", "lte", "in", "exists", "contains"]);
        let operand = match operator {
            "eq" | "neq" => self.operand(values, true),
            "in" => (0..self.0.random_range(0..3)).map(|_| self.operand(values, true)).collect(),
            "exists" => self.once_in(2).into(),
            "contains" if text && !field.ends_with("Time") => self.of(&["f", "BER", "", "o", "1"]).into(),
            "contains" => return json!({"exists": true}),
            _ => self.operand(values, false),
        };
        json!({ operator: operand })
    }

    fn query(&mut self, from: &str, ids: &[String]) -> Value {
        let fields: Vec<_> = FIELDS.iter().filter(|(domain, ..)| *domain == "both" || *domain == from).collect();
        let mut conditions = Map::new();
        for _ in 0..self.0.random_range(0..3) {
            let (_, field, values) = fields.choose(&mut self.0).unwrap();
            conditions.insert((*field).to_owned(), self.condition(field, values));
        }
        if self.once_in(3) {
            let words = ["fix", "LAK", "the f", "\"the f\"", "a", "über", "100%", "st fi"];
            conditions.insert("search".to_owned(), self.of(&words).into());
        }
        let mut query = json!({"from": from, "where": conditions, "select": ["*"], "order": self.of(&["asc", "desc"])});
        if self.once_in(2) {
            query["limit"] = self.0.random_range(0..6).into();
        }
        if self.once_in(3) {
            query["offset"] = self.0.random_range(0..3).into();
        }
        if self.once_in(3) {
            query[self.of(&["startAt", "startAfter"])] = ids.choose(&mut self.0).unwrap().clone().into();
        }
        query
    }
}

fn values<'v>(value: &'v Value, path: &[&str], found: &mut Vec<&'v Value>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| values(item, path, found)),
        _ if path.is_empty() => found.push(value),
        _ => value.get(path[0]).into_iter().for_each(|inner| values(inner, &path[1..], found)),
    }
}

fn moment(text: &Value) -> Option<Timestamp> {
    let text = text.as_str()?;
    text.parse().or_else(|_| format!("{text}T00:00:00Z").parse()).ok()
}

fn compare(field: &str, one: &Value, other: &Value) -> Option<Ordering> {
    match (one, other) {
        (Value::Null, Value::Null) => Some(Ordering::Equal),
        (Value::String(_), Value::String(_)) if field.ends_with("Time") => Some(moment(one)?.cmp(&moment(other)?)),
        (Value::String(one), Value::String(other)) => Some(one.cmp(other)),
        (Value::Number(one), Value::Number(other)) => one.as_f64()?.partial_cmp(&other.as_f64()?),
        _ => None,
    }
}

fn passes(field: &str, value: &Value, operator: &str, operand: &Value) -> bool {
    let ordering = compare(field, value, operand);
    match operator {
        "eq" => ordering == Some(Ordering::Equal),
        "neq" => ordering != Some(Ordering::Equal),
        "gt" => ordering == Some(Ordering::Greater),
        "gte" => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
        "lt" => ordering == Some(Ordering::Less),
        "lte" => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
        "in" => operand.as_array().unwrap().iter().any(|one| compare(field, value, one) == Some(Ordering::Equal)),
        "exists" => value.is_null() != operand.as_bool().unwrap(),
        _ => value.as_str().is_some_and(|text| text.to_lowercase().contains(&operand.as_str().unwrap().to_lowercase())),
    }
}

fn searched(row: &Value, words: &str) -> bool {
    let mut texts = Vec::new();
    let paths: &[&[&str]] = match row.get("type") {
        None => &[&["title"], &["prompt"]],
        Some(kind) if kind == "progressUpdated" => &[&["title"], &["description"], &["artifacts", "command"]],
        Some(_) => &[&["message"], &["plan", "steps", "title"], &["artifacts", "command"]],
    };
    paths.iter().for_each(|path| values(row, path, &mut texts));
    let terms: Vec<String> = match words.strip_prefix('"') {
        Some(phrase) => vec![phrase.trim_matches('"').to_lowercase()],
        None => words.split(' ').map(str::to_lowercase).collect(),
    };
    terms.iter().all(|term| texts.iter().any(|text| text.as_str().unwrap().to_lowercase().contains(term)))
}

fn place(row: &Value) -> (Option<Timestamp>, String, String) {
    let text = |field: &str| row[field].as_str().unwrap_or_default().to_owned();
    (moment(&row["createTime"]), text("id"), text("sessionId"))
}

/// The rows that a query means, read off all rows one by one.
fn naive(rows: &[Value], query: &Value) -> Vec<Value> {
    let holds = |row: &&Value| {
        query["where"].as_object().unwrap().iter().all(|(field, condition)| {
            if field == "search" {
                return searched(row, condition.as_str().unwrap());
            }
            let mut found = Vec::new();
            values(row, &field.split('.').collect::<Vec<_>>(), &mut found);
            if found.is_empty() {
                found.push(&Value::Null);
            }
            let operators = condition.as_object().unwrap();
            found
                .iter()
                .any(|value| operators.iter().all(|(operator, operand)| passes(field, value, operator, operand)))
        })
    };
    let mut sorted: Vec<Value> = rows.to_vec();
    sorted.sort_by_key(place);
    if query["order"] == "desc" {
        sorted.reverse();
    }
    let name = |row: &Value| match row.get("sessionId") {
        Some(session) => format!("sessions/{}/activities/{}", session.as_str().unwrap(), row["id"].as_str().unwrap()),
        None => row["id"].as_str().unwrap().to_owned(),
    };
    let index = |id: &Value| sorted.iter().position(|row| name(row) == id.as_str().unwrap()).unwrap();
    let begin = match (query.get("startAt"), query.get("startAfter")) {
        (Some(id), _) => index(id),
        (_, Some(id)) => index(id) + 1,
        _ => 0,
    };
    let offset = query["offset"].as_u64().unwrap_or(0) as usize;
    let limit = query["limit"].as_u64().map_or(usize::MAX, |limit| limit as usize);
    sorted[begin..].iter().filter(holds).skip(offset).take(limit).cloned().collect()
}

pub(crate) async fn random_queries_give_what_a_naive_reading_gives(engine: &dyn Engine) {
    let mut matched = 0;
    for seed in 0..8 {
        let mut chance = Chance(SmallRng::seed_from_u64(seed));
        let store = Planted::nothing(engine, &format!("seed {seed}")).await;
        for id in ["1", "2", "3", "4"] {
            store.session(chance.session(id)).await;
            let numbers: Vec<u32> = (0..12).filter(|_| chance.once_in(2)).collect();
            let wires: Vec<Value> = numbers.into_iter().map(|number| chance.activity(number)).collect();
            store.activities(id, wires).await;
        }
        for from in ["sessions", "activities"] {
            let rows = store.select(json!({"from": from, "select": ["*"]})).await.unwrap();
            let ids: Vec<String> = rows
                .iter()
                .map(|row| match row.get("sessionId") {
                    Some(session) => {
                        format!("sessions/{}/activities/{}", session.as_str().unwrap(), row["id"].as_str().unwrap())
                    }
                    None => row["id"].as_str().unwrap().to_owned(),
                })
                .collect();
            for _ in 0..150 {
                let query = chance.query(from, &ids);
                let expected = naive(&rows, &query);
                let given = store.select(query.clone()).await.unwrap_or_else(|error| panic!("{query}: {error}"));
                assert_eq!(given, expected, "seed {seed}: {query}");
                matched += given.len();
            }
        }
    }
    assert!(matched > 2_000, "the queries find too little to say much: {matched} rows");
}
