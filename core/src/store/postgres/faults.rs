//! What went wrong with a server, said by its cause and with the right advice, and whether trying again may help.

use std::error::Error as _;
use std::io;

use tokio_postgres::error::SqlState;

use super::url::Target;
use crate::ground::error::Error;
use crate::store::StoreFault;

/// Why a piece of work failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The connection is lost, or there is none to be had: nothing was committed.
    Lost(Error),
    /// Somebody else's transaction was in the way: nothing was committed.
    Conflict(Error),
    /// Nothing that is tried again helps.
    Final(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Final(error)
    }
}

/// A failure of the driver or the server.
pub(super) fn failure(target: &Target, cause: tokio_postgres::Error) -> Failure {
    let fault = fault_of(&cause);
    let conflict = is_conflict(&cause);
    let mut error = error(target, fault, &text(&cause));
    if cause.code().is_none() && is_of_tls(&cause) && fault != StoreFault::Unreachable {
        error = error.with_hint(OF_TLS);
    }
    let error = error.with_source(cause);
    match fault {
        StoreFault::Unreachable => Failure::Lost(error),
        _ if conflict => Failure::Conflict(error),
        _ => Failure::Final(error),
    }
}

const OF_TLS: &str = "Set sslrootcert to the certificate authority's file, and use the host name in the server's certificate; \
                      sslmode says how much of that is verified.";

/// Whether TLS failed, or the server has no entry for who comes with it.
pub(super) fn is_of_tls(cause: &tokio_postgres::Error) -> bool {
    // The driver has no public kinds; this is the text that it has for it.
    cause.code().map_or_else(
        || cause.to_string() == "error performing TLS handshake",
        |state| *state == SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
    )
}

/// A connection that is not usable for a reason of ours.
pub(super) fn lost(target: &Target, cause: &str) -> Failure {
    Failure::Lost(error(target, StoreFault::Unreachable, cause))
}

/// An error about this server.
pub(super) fn error(target: &Target, fault: StoreFault, cause: &str) -> Error {
    let what = match fault {
        StoreFault::Unreachable => "can't be reached",
        StoreFault::Full => "has no space left",
        StoreFault::Busy => "is too busy",
        StoreFault::ReadOnly => "can only be read",
        StoreFault::Damaged => "is damaged",
        StoreFault::Newer => "has the tables of a newer version of this library",
        StoreFault::NoPermission => "doesn't allow it",
        _ => "can't be used",
    };
    let name = target.name();
    Error::store(format!("{name} {what} ({cause})"))
        .with_hint(advice(fault))
        .with_retryable(fault.may_pass())
        .with(fault)
}

fn advice(fault: StoreFault) -> &'static str {
    match fault {
        StoreFault::Unreachable => "Start it, or check the URL and the network; then try again.",
        StoreFault::Full => "Free some space and try again.",
        StoreFault::Busy => "Try again; check for long transactions in pg_stat_activity if it persists.",
        StoreFault::ReadOnly => "Use the URL of a server that may be written to.",
        StoreFault::Damaged | StoreFault::Device => "Check the server's log.",
        StoreFault::Newer => "Update this library, or use another database.",
        StoreFault::NoPermission => {
            "Check the user and password, and allow the user to create a schema in the database: GRANT CREATE ON DATABASE."
        }
        _ => "Check the URL and the server's log.",
    }
}

/// What a failure means.
pub(super) fn fault_of(cause: &tokio_postgres::Error) -> StoreFault {
    if let Some(state) = cause.code() {
        return fault_of_state(state);
    }
    let source = cause.source();
    let tls = source.and_then(|source| source.downcast_ref::<io::Error>()).is_some_and(|source| {
        source.get_ref().is_some_and(|inner| inner.is::<rustls::Error>())
            || source.kind() == io::ErrorKind::InvalidInput
    });
    let by_network = cause.is_closed() || source.is_some_and(|source| source.is::<io::Error>());
    // The driver has no public kinds; these are the texts that it has for them.
    let waited = matches!(cause.to_string().as_str(), "timeout waiting for server" | "error connecting to server");
    if (by_network || waited) && !tls { StoreFault::Unreachable } else { StoreFault::Other }
}

fn fault_of_state(state: &SqlState) -> StoreFault {
    let class = state.code().get(..2).unwrap_or_default();
    match *state {
        // A server that starts, stops, or has no connection left for us.
        SqlState::ADMIN_SHUTDOWN
        | SqlState::CRASH_SHUTDOWN
        | SqlState::CANNOT_CONNECT_NOW
        | SqlState::TOO_MANY_CONNECTIONS
        | SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT => StoreFault::Unreachable,
        SqlState::DISK_FULL => StoreFault::Full,
        SqlState::READ_ONLY_SQL_TRANSACTION => StoreFault::ReadOnly,
        SqlState::INSUFFICIENT_PRIVILEGE => StoreFault::NoPermission,
        SqlState::IO_ERROR => StoreFault::Device,
        _ if is_conflict_state(state) => StoreFault::Busy,
        _ => match class {
            "08" => StoreFault::Unreachable,
            "28" => StoreFault::NoPermission,
            "53" => StoreFault::Busy,
            "XX" => StoreFault::Damaged,
            // idle_session_timeout, which is not named in the driver.
            "57" if state.code() == "57P05" => StoreFault::Unreachable,
            _ => StoreFault::Other,
        },
    }
}

fn is_conflict(cause: &tokio_postgres::Error) -> bool {
    cause.code().is_some_and(is_conflict_state)
}

fn is_conflict_state(state: &SqlState) -> bool {
    [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::QUERY_CANCELED,
        SqlState::UNIQUE_VIOLATION,
    ]
    .contains(state)
}

/// The driver's own text says little: the server's, or that of what is behind it.
pub(super) fn text(cause: &tokio_postgres::Error) -> String {
    match (cause.as_db_error(), cause.source()) {
        (Some(server), _) => format!("{}, {}", server.message(), server.code().code()),
        (None, Some(source)) => format!("{cause}: {source}"),
        (None, None) => cause.to_string(),
    }
}
