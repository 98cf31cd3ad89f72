//! Jules client.
