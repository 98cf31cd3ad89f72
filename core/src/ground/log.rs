//! Log lines for people who have no subscriber of their own.

use std::str::FromStr;

use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

const VARIABLE: &str = "JULES_LOG";

/// Writes what `JULES_LOG` asks for to stderr: `JULES_LOG=debug`, or by target, `JULES_LOG=jules::http=debug,jules=info`.
/// Does nothing when the variable is not set, or when the program has a `tracing` subscriber already; gives back whether
/// it writes. Targets are `jules::http`, `jules::retry`, `jules::once`, `jules::watch` and `jules::store`.
///
/// Never a key, a prompt or a message.
pub fn log_from_env() -> bool {
    log_layer_from_env().is_some_and(|lines| tracing_subscriber::registry().with(lines).try_init().is_ok())
}

/// The layer of [`log_from_env`], for a program whose subscriber has other layers too; nothing when `JULES_LOG` is not set.
pub fn log_layer_from_env<S>() -> Option<impl Layer<S> + Send + Sync + use<S>>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let filter = std::env::var(VARIABLE).ok().filter(|filter| !filter.trim().is_empty())?;
    let targets = match tracing::level_filters::LevelFilter::from_str(filter.trim()) {
        // A level alone is about this library, not about all that it is built on.
        Ok(level) => Targets::new().with_target("jules", level),
        Err(_) => match Targets::from_str(&filter) {
            Ok(targets) => targets,
            Err(_) => Targets::new().with_target("jules", tracing::Level::INFO),
        },
    };
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    Some(lines.with_filter(targets))
}
