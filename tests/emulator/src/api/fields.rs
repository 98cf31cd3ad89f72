//! Google's partial response: `fields=activities(id,createTime),nextPageToken`, `a/b`, `*`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::error::ApiError;
use super::schema::{camel_case, field_type, fields_of};

/// What an answer is cut down to. An empty mask keeps everything below it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Mask {
    children: BTreeMap<String, Mask>,
}

impl Mask {
    /// Reads a mask and checks that the answer's message has such fields.
    pub(crate) fn parse(text: &str, message: &str) -> Result<Self, ApiError> {
        let mut reader = Reader { rest: text.trim() };
        let mask = reader.list()?;
        if !reader.rest.is_empty() {
            return Err(invalid(text, "the parentheses don't match"));
        }
        mask.check(message, "")?;
        Ok(mask)
    }

    fn check(&self, message: &str, path: &str) -> Result<(), ApiError> {
        for (name, child) in &self.children {
            let path = match path {
                "" => name.clone(),
                parent => format!("{parent}.{name}"),
            };
            if name == "*" {
                let inner: Vec<&str> = fields_of(message).iter().map(|(_, m)| *m).collect();
                let known =
                    child.children.keys().all(|key| key == "*" || inner.iter().any(|m| field_type(m, key).is_some()));
                if !known {
                    return Err(no_such_field(&path));
                }
                continue;
            }
            let inner = field_type(message, name).ok_or_else(|| no_such_field(&path))?;
            child.check(inner, &path)?;
        }
        Ok(())
    }

    /// The part of an answer that the mask selects. Lists are looked through.
    pub(crate) fn apply(&self, value: Value) -> Value {
        if self.children.is_empty() {
            return value;
        }
        match value {
            Value::Array(items) => items.into_iter().map(|item| self.apply(item)).collect(),
            Value::Object(object) => {
                let mut kept = Map::new();
                for (name, inner) in object {
                    let child = self.children.get(&name).or_else(|| self.children.get("*"));
                    if let Some(mask) = child {
                        kept.insert(name, mask.apply(inner));
                    }
                }
                Value::Object(kept)
            }
            plain => plain,
        }
    }

    /// Whether the field at this path gets into the answer, or a part of it.
    pub(crate) fn selects(&self, path: &[&str]) -> bool {
        let Some((name, rest)) = path.split_first() else {
            return true;
        };
        let below = |name: &str| self.children.get(name).is_some_and(|child| child.selects(rest));
        self.children.is_empty() || below(name) || below("*")
    }

    fn merge(&mut self, other: Mask) {
        for (name, mask) in other.children {
            match self.children.get_mut(&name) {
                // A field named without sub-fields is wanted whole.
                Some(present) if present.children.is_empty() || mask.children.is_empty() => {
                    present.children.clear();
                }
                Some(present) => present.merge(mask),
                None => {
                    self.children.insert(name, mask);
                }
            }
        }
    }
}

/// Recursive descent over `item(,item)*` where `item` is `name(/item | (list))?`.
struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn list(&mut self) -> Result<Mask, ApiError> {
        let mut mask = self.item()?;
        while self.take(',') {
            let next = self.item()?;
            mask.merge(next);
        }
        Ok(mask)
    }

    fn item(&mut self) -> Result<Mask, ApiError> {
        self.rest = self.rest.trim_start();
        let end = self
            .rest
            .find(|letter: char| !(letter.is_alphanumeric() || "_*-".contains(letter)))
            .unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        if name.is_empty() {
            return Err(invalid(rest, "a field name is missing"));
        }
        self.rest = rest.trim_start();
        let child = if self.take('/') || self.take('.') {
            self.item()?
        } else if self.take('(') {
            let inner = self.list()?;
            if !self.take(')') {
                return Err(invalid(self.rest, "a closing parenthesis is missing"));
            }
            inner
        } else {
            Mask::default()
        };
        Ok(Mask { children: BTreeMap::from([(camel_case(name), child)]) })
    }

    fn take(&mut self, letter: char) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(letter) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }
}

fn invalid(near: &str, why: &str) -> ApiError {
    ApiError::field("fields", format!("Invalid field selection near '{near}': {why}."))
}

fn no_such_field(path: &str) -> ApiError {
    ApiError::field(path, format!("Error expanding 'fields' parameter. Cannot find matching fields for path '{path}'."))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn select(mask: &str) -> Value {
        let page = json!({
            "activities": [
                { "id": "1", "createTime": "t", "progressUpdated": { "title": "a", "description": "b" } },
                { "id": "2", "createTime": "t", "agentMessaged": { "agentMessage": "hi" } },
            ],
            "nextPageToken": "n",
        });
        Mask::parse(mask, "ListActivitiesResponse").unwrap().apply(page)
    }

    #[test]
    fn sub_selectors_slashes_and_stars_select() {
        assert_eq!(
            select("activities(id,createTime),nextPageToken"),
            json!({ "activities": [{ "id": "1", "createTime": "t" }, { "id": "2", "createTime": "t" }], "nextPageToken": "n" })
        );
        assert_eq!(
            select("activities/progressUpdated/title"),
            json!({ "activities": [{ "progressUpdated": { "title": "a" } }, {}] })
        );
        assert_eq!(select("*"), select("activities,nextPageToken"));
        assert_eq!(select("activities/id,activities(createTime)"), select("activities(id,createTime)"));
    }

    #[test]
    fn a_field_wanted_whole_stays_whole() {
        assert_eq!(select("activities,activities/id"), select("activities"));
    }

    #[test]
    fn masks_that_select_nothing_known_are_refused() {
        for bad in ["nope", "activities(id", "activities(nope)", "", "activities)", "a,,b", "nextPageToken/id"] {
            let error = Mask::parse(bad, "ListActivitiesResponse").unwrap_err();
            assert_eq!((error.http, error.code), (400, "INVALID_ARGUMENT"), "{bad}");
        }
    }
}
