//! Queries written in Rust. A query *is* its JSON form, the one that all languages share; the builder writes it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::fields::Domain;
use super::parse;
use super::plan::{Order, Plan};
use crate::ground::error::about;
use crate::ground::error::{Error, ErrorKind, Result};

// not python, node: a query is plain data
/// A query of the local cache, for [`Jules::select`](crate::Jules::select) and
/// [`Activities::select`](crate::Activities::select). The table in `core/QUERY.md` says what each part means.
///
/// What is wrong with a built query shows when it runs, as an error of the kind
/// [`Query`](crate::ErrorKind::Query).
///
/// ```
/// use jules::{Include, Op, Order, Query};
/// let query = Query::sessions()
///     .filter("state", Op::is_in(["completed", "failed"]))
///     .filter("createTime", Op::gte("2025-10-01"))
///     .search("flaky \"unit test\"")
///     .select(["id", "title", "outputs.pullRequest.url"])
///     .include_activities(Include::new().filter("type", "planGenerated").limit(1))
///     .order(Order::Asc)
///     .limit(10);
/// let same = jules::Query::from_json(serde_json::json!({
///     "from": "sessions",
///     "where": {
///         "state": { "in": ["completed", "failed"] },
///         "createTime": { "gte": "2025-10-01" },
///         "search": "flaky \"unit test\"",
///     },
///     "select": ["id", "title", "outputs.pullRequest.url"],
///     "include": { "activities": { "where": { "type": { "eq": "planGenerated" } }, "limit": 1 } },
///     "order": "asc",
///     "limit": 10,
/// }))?;
/// assert_eq!(query.to_json(), same.to_json());
/// # Ok::<(), jules::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Query {
    json: Map<String, Value>,
    /// What the builder can't write down.
    problem: Option<Error>,
}

impl Query {
    /// A query of the sessions in the cache.
    pub fn sessions() -> Self {
        Self::from(Domain::Sessions)
    }

    /// A query of the activities in the cache.
    pub fn activities() -> Self {
        Self::from(Domain::Activities)
    }

    fn from(domain: Domain) -> Self {
        Self { json: Map::from_iter([("from".to_owned(), json!(domain.as_str()))]), problem: None }
    }

    // only rust: elsewhere a query is made of JSON
    /// Reads a query in its JSON form.
    ///
    /// # Errors
    /// [`Query`](crate::ErrorKind::Query): [`Error::field`], [`Error::operator`], [`Error::valid`] and
    /// [`Error::suggestion`] say what is wrong and what would be right.
    ///
    /// ```
    /// let error = jules::Query::from_json(serde_json::json!({ "from": "sessions", "where": { "titel": "x" } })).unwrap_err();
    /// assert_eq!((error.field(), error.suggestion()), (Some("titel"), Some("title")));
    /// ```
    pub fn from_json(query: Value) -> Result<Self> {
        Self::read(query, None)
    }

    // only rust: elsewhere a query is made of JSON
    /// [`Query::from_json`] for the activities of one session, where `from` may be left out.
    ///
    /// # Errors
    /// As for [`Query::from_json`].
    pub fn activities_from_json(query: Value) -> Result<Self> {
        Self::read(query, Some(Domain::Activities))
    }

    fn read(query: Value, fixed: Option<Domain>) -> Result<Self> {
        let Value::Object(mut json) = query else {
            let hint = "Pass an object: { from: \"sessions\", where: { … } }.";
            return Err(Error::new(ErrorKind::Query, format!("{query} is not a query")).with_hint(hint));
        };
        parse::plan(&json, fixed)?;
        if let Some(fixed) = fixed {
            json.insert("from".into(), json!(fixed.as_str()));
        }
        Ok(Self { json, problem: None })
    }

    /// The JSON form.
    pub fn to_json(&self) -> Value {
        Value::Object(self.json.clone())
    }

    /// Only rows whose field, or dotted path of fields, is this value or passes this [`Op`]. Several filters must all
    /// hold; on one field their operators come together.
    pub fn filter(mut self, field: impl Into<String>, condition: impl Into<Op>) -> Self {
        self.problem = self.problem.or(add_condition(&mut self.json, field.into(), condition.into()));
        self
    }

    /// Only rows in whose texts these words occur: each as a part of a word too, whatever its case; a `"quoted phrase"` counts
    /// as one word. A session's texts are its title and prompt; an activity's its message, titles, descriptions of progress and
    /// commands.
    pub fn search(mut self, words: impl Into<String>) -> Self {
        self.problem = self.problem.or(add_search(&mut self.json, words.into()));
        self
    }

    /// The fields to give, as dotted paths; `"*"` for all, `"-path"` to leave one out. Sessions give `id`, `state`, `title`,
    /// `createTime` by default, activities `id`, `type`, `createTime`, `originator`, `artifactCount`, `summary`.
    pub fn select(mut self, fields: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.json.insert("select".into(), strings(fields));
        self
    }

    /// Each session with its activities, in the field `activities`.
    pub fn include_activities(self, include: Include) -> Self {
        self.include("activities", include)
    }

    /// Each activity with its session, in the field `session`. Only [`Include::select`] applies.
    pub fn include_session(self, include: Include) -> Self {
        self.include("session", include)
    }

    fn include(mut self, name: &str, include: Include) -> Self {
        self.problem = self.problem.or(include.problem);
        self.json.insert("include".into(), json!({ name: include.json }));
        self
    }

    /// The order by `createTime`; newest first by default.
    pub fn order(mut self, order: Order) -> Self {
        self.json.insert("order".into(), order.as_json());
        self
    }

    /// At most this many rows; all by default.
    pub fn limit(mut self, rows: u64) -> Self {
        self.json.insert("limit".into(), rows.into());
        self
    }

    /// This many rows are skipped first; none by default.
    pub fn offset(mut self, rows: u64) -> Self {
        self.json.insert("offset".into(), rows.into());
        self
    }

    /// Begins with the row of this id.
    pub fn start_at(mut self, id: impl Into<String>) -> Self {
        self.json.insert("startAt".into(), Value::String(id.into()));
        self
    }

    /// Begins after the row of this id: the next page, when it was the last one of a page.
    pub fn start_after(mut self, id: impl Into<String>) -> Self {
        self.json.insert("startAfter".into(), Value::String(id.into()));
        self
    }

    pub(crate) fn plan(&self) -> Result<Plan> {
        match &self.problem {
            Some(problem) => Err(problem.clone()),
            None => parse::plan(&self.json, None),
        }
    }

    /// The plan of a query of one session's activities.
    pub(crate) fn plan_in(&self, session: &str) -> Result<Plan> {
        match &self.problem {
            Some(problem) => Err(problem.clone()),
            None => parse::plan(&self.json, Some(Domain::Activities)).map(|plan| plan.within(session)),
        }
    }
}

impl Serialize for Query {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Query {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_json(Value::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

// not python, node: it is plain data in a query
/// What is included with each row. `Include::new()` takes all; without [`Include::select`] everything of it is given.
#[derive(Clone, Debug, Default)]
pub struct Include {
    json: Map<String, Value>,
    problem: Option<Error>,
}

impl Include {
    // only rust: elsewhere `all`
    /// All of it.
    pub fn new() -> Self {
        Self::default()
    }

    /// As [`Query::filter`].
    pub fn filter(mut self, field: impl Into<String>, condition: impl Into<Op>) -> Self {
        self.problem = self.problem.or(add_condition(&mut self.json, field.into(), condition.into()));
        self
    }

    /// As [`Query::search`].
    pub fn search(mut self, words: impl Into<String>) -> Self {
        self.problem = self.problem.or(add_search(&mut self.json, words.into()));
        self
    }

    /// As [`Query::select`]; all fields by default.
    pub fn select(mut self, fields: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.json.insert("select".into(), strings(fields));
        self
    }

    /// The order within each session; oldest first by default.
    pub fn order(mut self, order: Order) -> Self {
        self.json.insert("order".into(), order.as_json());
        self
    }

    /// At most this many of each session; all by default.
    pub fn limit(mut self, rows: u64) -> Self {
        self.json.insert("limit".into(), rows.into());
        self
    }
}

// not python, node: it is plain data in a query
/// A condition on a field. A plain value converts into [`Op::eq`].
///
/// ```
/// use jules::{Op, Query};
/// let query = Query::activities()
///     .filter("type", "progressUpdated")
///     .filter("artifacts.exitCode", Op::gt(0).and(Op::lt(128)))
///     .filter("title", Op::contains("test"));
/// # let _ = query;
/// ```
#[derive(Clone, Debug)]
pub struct Op(Vec<(&'static str, Value)>);

impl Op {
    fn new(name: &'static str, value: impl Into<Value>) -> Self {
        Self(vec![(name, value.into())])
    }

    /// The field is this value; `()` (JSON's null) stands for a field that is missing.
    pub fn eq(value: impl Into<Value>) -> Self {
        Self::new("eq", value)
    }

    /// The field is not this value; a missing field isn't.
    pub fn neq(value: impl Into<Value>) -> Self {
        Self::new("neq", value)
    }

    /// The field is text that contains this, ignoring case.
    pub fn contains(part: impl Into<String>) -> Self {
        Self::new("contains", part.into())
    }

    /// The field is greater than this: later, higher, later in alphabetical order.
    pub fn gt(value: impl Into<Value>) -> Self {
        Self::new("gt", value)
    }

    /// The field is this or greater.
    pub fn gte(value: impl Into<Value>) -> Self {
        Self::new("gte", value)
    }

    /// The field is less than this.
    pub fn lt(value: impl Into<Value>) -> Self {
        Self::new("lt", value)
    }

    /// The field is this or less.
    pub fn lte(value: impl Into<Value>) -> Self {
        Self::new("lte", value)
    }

    /// The field is one of these.
    pub fn is_in(values: impl IntoIterator<Item = impl Into<Value>>) -> Self {
        Self::new("in", values.into_iter().map(Into::into).collect::<Vec<Value>>())
    }

    /// The field exists, or doesn't.
    pub fn exists(wanted: bool) -> Self {
        Self::new("exists", wanted)
    }

    /// Both conditions; where the field has several values, one of them must meet both.
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
}

impl<V: Into<Value>> From<V> for Op {
    fn from(value: V) -> Self {
        Self::eq(value)
    }
}

impl Order {
    fn as_json(self) -> Value {
        match self {
            Self::Asc => "asc".into(),
            Self::Desc => "desc".into(),
        }
    }
}

fn strings(fields: impl IntoIterator<Item = impl Into<String>>) -> Value {
    fields.into_iter().map(|field| Value::String(field.into())).collect()
}

fn add_condition(query: &mut Map<String, Value>, field: String, Op(operators): Op) -> Option<Error> {
    if field == "search" {
        return Some(about(field).error_with("search is not a field", "Use the method search."));
    }
    let conditions = query.entry("where").or_insert_with(|| json!({})).as_object_mut()?;
    let condition = conditions.entry(field.clone()).or_insert_with(|| json!({})).as_object_mut()?;
    for (operator, value) in operators {
        if condition.insert(operator.to_owned(), value).is_some() {
            let message = format!("{field:?} has the operator {operator} twice");
            return Some(about(field).operator(operator).error(message));
        }
    }
    None
}

fn add_search(query: &mut Map<String, Value>, words: String) -> Option<Error> {
    let conditions = query.entry("where").or_insert_with(|| json!({})).as_object_mut()?;
    let twice = conditions.insert("search".to_owned(), Value::String(words)).is_some();
    twice.then(|| about("search").error("search is given twice; put all the words into one"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_builder_cannot_write_down_is_an_error_when_it_runs() {
        let twice = Query::sessions().filter("title", "a").filter("title", "b");
        let error = twice.plan().unwrap_err();
        assert_eq!((error.field(), error.operator()), (Some("title"), Some("eq")));
        assert_eq!(Query::sessions().search("a").search("b").plan().unwrap_err().field(), Some("search"));
        assert_eq!(Query::sessions().filter("search", "a").plan().unwrap_err().field(), Some("search"));
        let include = Include::new().filter("id", "1").filter("id", "2");
        assert_eq!(Query::sessions().include_activities(include).plan().unwrap_err().field(), Some("id"));
        assert_eq!(
            Query::activities().include_session(Include::new().limit(1)).plan().unwrap_err().field(),
            Some("limit")
        );
    }

    #[test]
    fn operators_on_one_field_come_together() {
        let query =
            Query::activities().filter("createTime", Op::gte("2025-10-01")).filter("createTime", Op::lt("2025-11-01"));
        let expected =
            json!({"from": "activities", "where": {"createTime": {"gte": "2025-10-01", "lt": "2025-11-01"}}});
        assert_eq!(query.to_json(), expected);
        assert!(query.plan().is_ok());
    }

    #[test]
    fn a_query_survives_its_json_form_and_a_bad_one_is_not_read() {
        let query = Query::sessions().filter("state", Op::neq(())).limit(3);
        let text = serde_json::to_string(&query).unwrap();
        assert_eq!(serde_json::from_str::<Query>(&text).unwrap().to_json(), query.to_json());
        let error = serde_json::from_str::<Query>(r#"{"from": "sessions", "limit": -1}"#).unwrap_err();
        assert!(error.to_string().contains("limit must be a whole number ≥ 0, got -1"), "{error}");
    }
}
