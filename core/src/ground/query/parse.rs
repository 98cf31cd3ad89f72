//! From a query's JSON to its plan, with every mistake found and named.

use serde_json::{Map, Value};

use super::condition::{Condition, GREATER, GREATER_OR_EQUAL, LESS, LESS_OR_EQUAL, Operand, Test};
use super::fields::{self, Domain, Kind};
use super::fold::{fold, terms};
use super::plan::{Order, Plan, Rows, Start};
use super::project::Projection;
use crate::ground::error::about;
use crate::ground::error::{Error, Result};
use crate::ground::model::{SessionId, is_safe};

const KEYS: [&str; 9] = ["from", "where", "select", "include", "order", "limit", "offset", "startAt", "startAfter"];
const OPERATORS: [&str; 9] = ["eq", "neq", "contains", "gt", "gte", "lt", "lte", "in", "exists"];

/// Keys of other clients and query languages, and what to write instead.
const OTHER_KEYS: &[(&str, &str)] = &[
    ("search", "It goes into where: { search: \"…\" }."),
    ("type", "It goes into where: { type: \"…\" }."),
    ("filter", "Filters go into where."),
    ("fields", "Fields go into select."),
    ("after", "Use startAfter with the id."),
    ("before", "Use where: { createTime: { lt: \"…\" } }."),
    ("orderBy", "Rows are ordered by createTime; order is \"asc\" or \"desc\"."),
    ("tokenBudget", "Use limit and select to keep a result small."),
];

/// Reads a query. `fixed` is what it is about when that is known already.
pub(super) fn plan(query: &Map<String, Value>, fixed: Option<Domain>) -> Result<Plan> {
    let domain = domain(query, fixed)?;
    known_keys(query, &KEYS, "a query")?;
    let rows = rows(query, domain)?;
    let start = match (start(query, "startAt", true)?, start(query, "startAfter", false)?) {
        (Some(_), Some(_)) => {
            return Err(about("startAt").error_with("startAt and startAfter cannot be combined", "Use one of them."));
        }
        (at, after) => at.or(after),
    };
    Ok(Plan { rows, offset: count(query, "offset")?.unwrap_or(0), start, include: include(query, domain)? })
}

fn domain(query: &Map<String, Value>, fixed: Option<Domain>) -> Result<Domain> {
    const VALID: [&str; 2] = ["sessions", "activities"];
    let found = match (given(query, "from"), fixed) {
        (None, Some(fixed)) => return Ok(fixed),
        (None, None) => return Err(about("from").valid("", VALID).error("the query has no \"from\"")),
        (Some(Value::String(word)), _) if word == VALID[0] => Domain::Sessions,
        (Some(Value::String(word)), _) if word == VALID[1] => Domain::Activities,
        (Some(other), _) => {
            let written = other.as_str().unwrap_or_default();
            return Err(about("from")
                .valid(written, VALID)
                .error(format!("from must be \"sessions\" or \"activities\", got {other}")));
        }
    };
    match fixed {
        Some(fixed) if fixed != found => {
            let message = format!("this selects from {}, not from {}", fixed.as_str(), found.as_str());
            Err(about("from").valid("", [fixed.as_str()]).error(message))
        }
        _ => Ok(found),
    }
}

/// What a query and an include have in common.
fn rows(query: &Map<String, Value>, domain: Domain) -> Result<Rows> {
    let (conditions, terms) = conditions(query, domain)?;
    Ok(Rows {
        domain,
        session: None,
        conditions,
        terms,
        order: order(query)?,
        limit: count(query, "limit")?,
        projection: projection(query, domain)?,
    })
}

/// The value of a key; null counts as absent.
fn given<'a>(query: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    query.get(key).filter(|value| !value.is_null())
}

fn known_keys(query: &Map<String, Value>, known: &[&'static str], owner: &str) -> Result<()> {
    let Some(key) = query.keys().find(|key| !known.contains(&key.as_str())) else { return Ok(()) };
    let message = format!("{owner} has no key {key:?}");
    let mistake = about(key).valid(key, known.iter().copied());
    match OTHER_KEYS.iter().find(|(other, _)| other == key) {
        Some((_, hint)) => Err(mistake.error_with(message, *hint)),
        None => Err(mistake.error(message)),
    }
}

fn order(query: &Map<String, Value>) -> Result<Order> {
    match given(query, "order") {
        None => Ok(Order::default()),
        Some(Value::String(word)) if word == "asc" => Ok(Order::Asc),
        Some(Value::String(word)) if word == "desc" => Ok(Order::Desc),
        Some(other) => {
            let written = other.as_str().unwrap_or_default();
            Err(about("order")
                .valid(written, ["asc", "desc"])
                .error(format!("order must be \"asc\" or \"desc\", got {other}")))
        }
    }
}

/// A whole number from 0 on.
fn count(query: &Map<String, Value>, key: &str) -> Result<Option<u64>> {
    let Some(value) = given(query, key) else { return Ok(None) };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is whole and in range")]
    let whole = |number: f64| (number.fract() == 0.0 && (0.0..=9e15).contains(&number)).then_some(number as u64);
    match value.as_u64().or_else(|| value.as_f64().and_then(whole)) {
        Some(count) => Ok(Some(count)),
        None => Err(about(key).error(format!("{key} must be a whole number ≥ 0, got {value}"))),
    }
}

fn start(query: &Map<String, Value>, key: &'static str, inclusive: bool) -> Result<Option<Start>> {
    let Some(value) = given(query, key) else { return Ok(None) };
    let mistake = || about(key).error(format!("{key} must be the id of a session or an activity, got {value}"));
    let parts: Vec<&str> = value.as_str().ok_or_else(mistake)?.split('/').collect();
    let (session, id) = match parts[..] {
        [id] | ["sessions", id] => (None, id),
        ["sessions", session, "activities", id] => (Some(session.to_owned()), id),
        _ => return Err(mistake()),
    };
    if !is_safe(id) {
        return Err(mistake());
    }
    Ok(Some(Start { session, id: id.to_owned(), inclusive, key }))
}

fn conditions(query: &Map<String, Value>, domain: Domain) -> Result<(Vec<Condition>, Vec<String>)> {
    let fields = match given(query, "where") {
        None => return Ok(Default::default()),
        Some(Value::Object(fields)) => fields,
        Some(other) => {
            let hint = "Write { field: value } or { field: { operator: value } }.";
            return Err(about("where").error_with(format!("where must be an object, got {other}"), hint));
        }
    };
    let mut conditions = Vec::new();
    let mut words = Vec::new();
    for (field, value) in fields {
        if field == "search" {
            words = search(value)?;
        } else {
            conditions.push(condition(domain, field, value)?);
        }
    }
    Ok((conditions, words))
}

fn search(value: &Value) -> Result<Vec<String>> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::String(text) => Ok(terms(text)),
        other => {
            Err(about("search").error_with(format!("search must be text, got {other}"), "Write words and \"phrases\"."))
        }
    }
}

fn condition(domain: Domain, field: &str, value: &Value) -> Result<Condition> {
    let (path, kind) = fields::resolve(domain, field)?;
    let tests = match value {
        Value::Object(operators) if operators.is_empty() => {
            return Err(about(field).valid("", OPERATORS).error(format!("{field:?} has an empty condition")));
        }
        Value::Object(operators) => {
            let tests = operators.iter().map(|(operator, value)| test(field, kind, operator, value));
            tests.collect::<Result<Vec<_>>>()?
        }
        value => vec![Test::Equal(id(field, kind.operand(field, "eq", value)?))],
    };
    Ok(Condition { path, tests })
}

fn test(field: &str, kind: Kind, operator: &str, value: &Value) -> Result<Test> {
    let operand = || Ok(id(field, kind.operand(field, operator, value)?));
    let ordered = || match (kind, value) {
        (_, Value::Null | Value::Bool(_)) | (Kind::Flag, _) => {
            let message = format!("{operator} cannot compare {field:?} with {value}: they have no order");
            Err(about(field).operator(operator).error(message))
        }
        // Words are ordered as text, whatever the text.
        (Kind::Word(_) | Kind::State, _) => Kind::Text.operand(field, operator, value),
        _ => operand(),
    };
    match operator {
        "eq" => Ok(Test::Equal(operand()?)),
        "neq" => Ok(Test::Unequal(operand()?)),
        "gt" => Ok(Test::Compares(GREATER, ordered()?)),
        "gte" => Ok(Test::Compares(GREATER_OR_EQUAL, ordered()?)),
        "lt" => Ok(Test::Compares(LESS, ordered()?)),
        "lte" => Ok(Test::Compares(LESS_OR_EQUAL, ordered()?)),
        "contains" => contains(field, kind, value),
        "in" => {
            let wanted = || format!("\"in\" needs a list, got {value}");
            let values = value.as_array().ok_or_else(|| about(field).operator("in").error(wanted()))?;
            let operands = values.iter().map(|value| Ok(id(field, kind.operand(field, "in", value)?)));
            Ok(Test::In(operands.collect::<Result<_>>()?))
        }
        "exists" => match value {
            Value::Bool(wanted) => Ok(Test::Exists(*wanted)),
            other => {
                Err(about(field).operator("exists").error(format!("\"exists\" must be true or false, got {other}")))
            }
        },
        other => {
            let message = format!("unknown operator {other:?} on {field:?}");
            Err(about(field).operator(other).valid(other, OPERATORS).error(message))
        }
    }
}

fn contains(field: &str, kind: Kind, value: &Value) -> Result<Test> {
    let mistake = about(field).operator("contains");
    if matches!(kind, Kind::Number | Kind::Flag | Kind::Group(_)) {
        return Err(mistake.error(format!("\"contains\" needs a text field, and {field:?} is not one")));
    }
    match value {
        Value::String(part) => Ok(Test::Contains(fold(part))),
        other => Err(mistake.error(format!("\"contains\" needs text, got {other}"))),
    }
}

/// Ids may be written as resource names where only an id can be meant.
fn id(field: &str, operand: Operand) -> Operand {
    match operand {
        Operand::Text(text) if field == "sessionId" => {
            Operand::Text(SessionId::parse(&text).map_or(text, |id| id.as_str().to_owned()))
        }
        other => other,
    }
}

fn projection(query: &Map<String, Value>, domain: Domain) -> Result<Projection> {
    let list = match given(query, "select") {
        None => return Ok(usual(domain)),
        Some(Value::Array(list)) => list,
        Some(other) => {
            let hint = "Write a list of fields, such as [\"id\", \"createTime\"].";
            return Err(about("select").error_with(format!("select must be a list of field names, got {other}"), hint));
        }
    };
    let (mut chosen, mut left_out, mut all) = (Vec::new(), Vec::new(), list.is_empty());
    for entry in list {
        let written = entry
            .as_str()
            .ok_or_else(|| about("select").error(format!("select must contain only field names, got {entry}")))?;
        match written.strip_prefix('-') {
            _ if written == "*" => all = true,
            Some(path) => left_out.push(fields::resolve(domain, path)?.0),
            None => chosen.push(fields::resolve(domain, written)?.0),
        }
    }
    // Leaving out from nothing would leave nothing.
    let all = all || chosen.is_empty();
    Ok(Projection::new((!all).then_some(chosen), left_out))
}

/// What is given when nothing is chosen.
fn usual(domain: Domain) -> Projection {
    let fields: &[&str] = match domain {
        Domain::Sessions => &["id", "state", "title", "createTime"],
        Domain::Activities => &["id", "type", "createTime", "originator", "artifactCount", "summary"],
    };
    Projection::new(Some(fields.iter().map(|field| vec![(*field).to_owned()]).collect()), Vec::new())
}

/// An include: `{ activities: true | { where, select, order, limit } }` or `{ session: true | { select } }`.
fn include(query: &Map<String, Value>, domain: Domain) -> Result<Option<Rows>> {
    let (name, other, keys): (_, _, &[&str]) = match domain {
        Domain::Sessions => ("activities", Domain::Activities, &["where", "select", "order", "limit"]),
        Domain::Activities => ("session", Domain::Sessions, &["select"]),
    };
    let parts = match given(query, "include") {
        None => return Ok(None),
        Some(Value::Object(parts)) => parts,
        Some(value) => {
            let hint = format!("Write {{ {name}: true }}.");
            return Err(about("include").error_with(format!("include must be an object, got {value}"), hint));
        }
    };
    if let Some(key) = parts.keys().find(|key| *key != name) {
        let message = format!("{} can't include {key:?}", domain.as_str());
        return Err(about(format!("include.{key}")).valid(key, [name]).error(message));
    }
    let defaults;
    let options = match given(parts, name) {
        None | Some(Value::Bool(false)) => return Ok(None),
        Some(Value::Bool(true)) => {
            defaults = Map::new();
            &defaults
        }
        Some(Value::Object(options)) => options,
        Some(value) => return Err(bad_include(name, value, keys)),
    };
    known_keys(options, keys, &format!("include.{name}"))?;
    let mut rows = rows(options, other)?;
    if given(options, "select").is_none() {
        rows.projection = Projection::everything();
    }
    if given(options, "order").is_none() {
        rows.order = Order::Asc;
    }
    Ok(Some(rows))
}

fn bad_include(name: &str, value: &Value, keys: &[&str]) -> Error {
    let hint = format!("An object may have {}.", keys.join(", "));
    about(format!("include.{name}")).error_with(format!("include.{name} must be true or an object, got {value}"), hint)
}
