//! What of a row is given: chosen fields, through lists too, without those that are left out.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::fields::Path;

/// Which fields of a row are given.
#[derive(Clone, Debug)]
pub(crate) struct Projection {
    /// Nothing means all.
    chosen: Option<Tree>,
    left_out: Tree,
}

/// Paths as a tree; a tree without branches stands for all that is below.
#[derive(Clone, Debug, Default)]
struct Tree(BTreeMap<String, Tree>);

impl Tree {
    fn of(paths: Vec<Path>) -> Self {
        let mut tree = Self::default();
        for path in paths {
            tree.add(&path);
        }
        tree
    }

    /// Adds a path. A shorter path takes in the longer ones that begin with it.
    fn add(&mut self, path: &[String]) {
        let Some((first, rest)) = path.split_first() else { return self.0.clear() };
        match self.0.get_mut(first) {
            Some(below) if below.0.is_empty() => {}
            Some(below) => below.add(rest),
            None => {
                let mut below = Self::default();
                if !rest.is_empty() {
                    below.add(rest);
                }
                self.0.insert(first.clone(), below);
            }
        }
    }

    fn choose(&self, value: Value) -> Option<Value> {
        if self.0.is_empty() {
            return Some(value);
        }
        match value {
            Value::Array(values) => Some(values.into_iter().filter_map(|value| self.choose(value)).collect()),
            Value::Object(mut fields) => {
                let chosen = self.0.iter().filter_map(|(name, below)| {
                    let value = below.choose(fields.remove(name)?)?;
                    Some((name.clone(), value))
                });
                Some(Value::Object(chosen.collect::<Map<_, _>>()))
            }
            _ => None,
        }
    }

    fn leave_out(&self, value: &mut Value) {
        match value {
            Value::Array(values) => values.iter_mut().for_each(|value| self.leave_out(value)),
            Value::Object(fields) => {
                for (name, below) in &self.0 {
                    if below.0.is_empty() {
                        fields.remove(name);
                    } else if let Some(value) = fields.get_mut(name) {
                        below.leave_out(value);
                    }
                }
            }
            _ => {}
        }
    }
}

impl Projection {
    pub(super) fn everything() -> Self {
        Self { chosen: None, left_out: Tree::default() }
    }

    /// These fields (nothing: all), without those.
    pub(super) fn new(chosen: Option<Vec<Path>>, left_out: Vec<Path>) -> Self {
        Self { chosen: chosen.map(Tree::of), left_out: Tree::of(left_out) }
    }

    pub(super) fn apply(&self, document: Value) -> Value {
        let mut row = match &self.chosen {
            None => document,
            Some(tree) => tree.choose(document).unwrap_or_default(),
        };
        self.left_out.leave_out(&mut row);
        row
    }
}
