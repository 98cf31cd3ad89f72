//! Log lines for people who have no subscriber of their own: on stderr as `JULES_LOG` asks, and to the loggers of clients.

use std::fmt::Debug;
use std::str::FromStr;

use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{Targets, dynamic_filter_fn};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use super::error::{Error, Result};
use super::log_scope::{self, LogLine};

/// The variable that says what is written to stderr.
pub(crate) const VARIABLE: &str = "JULES_LOG";
const LEVELS: &str = "error, warn, info, debug or trace";

/// Writes what `JULES_LOG` asks for to stderr: `JULES_LOG=debug`, or by target, `JULES_LOG=jules::http=debug,jules=info`.
/// Does nothing when the variable is not set or can't be understood, or when the program has a `tracing` subscriber
/// already; gives back whether it writes. Targets are `jules::http`, `jules::retry`, `jules::once`, `jules::watch`,
/// `jules::wait`, `jules::quota`, `jules::sync`, `jules::run` and `jules::store`.
///
/// Never a key, a prompt or a message.
pub fn log_from_env() -> bool {
    let wanted = std::env::var(VARIABLE).unwrap_or_default();
    match stderr_layer(&wanted) {
        Ok(lines) => lines.is_some_and(|lines| tracing_subscriber::registry().with(lines).try_init().is_ok()),
        Err(_) => false,
    }
}

/// Begins to log as `wanted`, the value of `JULES_LOG`, asks for it, and to pass lines to the loggers of clients. A program
/// with a subscriber of its own keeps that.
///
/// # Errors
/// [`Config`](crate::ErrorKind::Config) when it is neither a level nor levels by target.
pub fn start_logging(wanted: &str) -> Result<()> {
    let lines = stderr_layer(wanted)?;
    // Another subscriber is there the second time, or is the program's own.
    let _ = tracing_subscriber::registry().with(to_loggers()).with(lines).try_init();
    Ok(())
}

/// The layer that writes to stderr, for a program whose subscriber has other layers too; nothing when nothing is wanted.
///
/// # Errors
/// As for [`start_logging`].
pub fn stderr_layer<S>(wanted: &str) -> Result<Option<impl Layer<S> + Send + Sync + use<S>>>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    if wanted.trim().is_empty() {
        return Ok(None);
    }
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    Ok(Some(lines.with_filter(targets(wanted)?)))
}

/// What a value of `JULES_LOG` means.
fn targets(wanted: &str) -> Result<Targets> {
    let mut targets = Targets::new();
    for part in wanted.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        // A level alone is about this library, not about all that it is built on.
        let (target, level) = part.split_once('=').unwrap_or(("jules", part));
        let level = LevelFilter::from_str(level.trim()).map_err(|_| {
            Error::config(format!("{VARIABLE} has {part:?}, which is not a level"))
                .with_hint(format!("Set it to {LEVELS}, or to levels by target: jules::http=debug,jules=info."))
        })?;
        targets = targets.with_target(target.trim(), level);
    }
    Ok(targets)
}

/// The layer that passes lines to the loggers of clients; it costs next to nothing while there are none.
fn to_loggers<S: Subscriber + for<'span> LookupSpan<'span>>() -> impl Layer<S> + Send + Sync {
    let heard = dynamic_filter_fn(|metadata, _| is_ours(metadata) && log_scope::is_heard());
    ToLoggers.with_filter(heard.with_callsite_filter(|metadata| match is_ours(metadata) {
        true => Interest::sometimes(),
        false => Interest::never(),
    }))
}

/// `trace` is for us, not for those who use it.
fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.is_event() && metadata.target().starts_with("jules") && *metadata.level() <= Level::DEBUG
}

struct ToLoggers;

impl<S: Subscriber> Layer<S> for ToLoggers {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let metadata = event.metadata();
        let level = match *metadata.level() {
            Level::ERROR => "error",
            Level::WARN => "warn",
            Level::INFO => "info",
            _ => "debug",
        };
        let (message, fields) = Default::default();
        let mut line = LogLine { level, target: metadata.target(), message, fields };
        event.record(&mut line);
        log_scope::deliver(&line);
    }
}

impl LogLine {
    fn put(&mut self, field: &Field, value: Value) {
        match field.name() {
            "message" => self.message = value.as_str().unwrap_or_default().to_owned(),
            name => drop(self.fields.insert(camel(name), value)),
        }
    }
}

impl Visit for LogLine {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, json!(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, json!(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, json!(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, json!(value));
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.put(field, json!(u64::try_from(value).unwrap_or(u64::MAX)));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, json!(value));
    }
}

/// `request_id` is `requestId` to users of all languages.
fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut all, word| {
        let mut letters = word.chars();
        all.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        all.push_str(letters.as_str());
        all
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_level_is_an_error_that_says_what_would_be() {
        for bad in ["verbose", "jules::http=loud", "jules=info,chatty", "jules::http"] {
            let error = targets(bad).unwrap_err().to_string();
            assert!(error.contains(VARIABLE) && error.contains(LEVELS), "{error}");
        }
        for fine in ["debug", "WARN", "jules::http=debug,jules=info", "off", " info "] {
            assert!(targets(fine).is_ok(), "{fine}");
        }
        assert!(start_logging(" ").is_ok());
    }

    #[test]
    fn names_are_as_in_the_languages() {
        assert_eq!(["operation", "request_id", "per_minute"].map(camel), ["operation", "requestId", "perMinute"]);
    }
}
