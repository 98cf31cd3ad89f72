//! What is PostgreSQL's own besides the contract. These tests need a server: `.dev/postgres test` runs them with one, and so
//! does `cargo test -p jules -- --ignored`; elsewhere they count as ignored.

mod database;
pub(super) mod suite;
