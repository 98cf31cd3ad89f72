//! The query language: what is asked of the store, checked, and free of any engine.
//!
//! A [`Query`] is its JSON form. [`parse`] turns it into a [`Plan`], or into an error that names the field, the operator
//! and what would be valid. The store narrows down and orders what its engine can, and lets the plan judge and shape what
//! is left. `core/QUERY.md` says what each part means; the conformance cases hold all languages to it.

mod builder;
mod condition;
mod document;
mod fields;
mod fold;
mod operand;
mod parse;
mod plan;
mod project;

pub use builder::{Include, Op, Query};
pub(crate) use condition::{Condition, Operand, Test};
pub(crate) use document::{activity_texts, session_texts};
pub(crate) use fields::Domain;
pub use plan::Order;
pub(crate) use plan::{Plan, Rows, Start};
