//! How a database's URL is told from a directory.

/// Whether a text is meant as a PostgreSQL URL.
pub(crate) fn is_postgres(text: &str) -> bool {
    text.starts_with("postgres://") || text.starts_with("postgresql://")
}
