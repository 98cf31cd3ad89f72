//! Where core's log lines come from: the `tracing` subscriber that notes them in this process's backlog and wakes the
//! courier.

use std::fmt::{self, Write as _};
use std::sync::Once;
use std::time::{SystemTime, UNIX_EPOCH};

use tracing::field::{Field, Visit};
use tracing::subscriber::Interest;
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::logs::{TARGETS, level, target, wanted};
use crate::process::Process;

/// Once a process of the operating system; a forked child inherits it. `asked` is the value of `JULES_LOG`.
pub(crate) fn install(asked: &str) -> jules::Result<()> {
    static INSTALLED: Once = Once::new();
    let lines = jules::ffi::stderr_layer(asked)?;
    INSTALLED.call_once(|| {
        let ours = dynamic_filter_fn(|metadata, _| wanted(metadata)).with_callsite_filter(|metadata| {
            if metadata.is_event() && target(metadata).is_some() { Interest::sometimes() } else { Interest::never() }
        });
        // Another subscriber can only be there when a program embeds this module beside its own Rust.
        let _ = tracing_subscriber::registry().with(ToPython.with_filter(ours)).with(lines).try_init();
    });
    Ok(())
}

struct ToPython;

impl<S: Subscriber> Layer<S> for ToPython {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let Some(target) = target(event.metadata()) else { return };
        let Some(process) = Process::peek() else { return };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let mut text = Text::default();
        event.record(&mut text);
        if process.backlog.note((now, TARGETS[target], level(event.metadata()), text.0)) {
            process.courier.wake();
        }
    }
}

/// `message name=value …`
#[derive(Default)]
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a string can't fail.
        let _ = match field.name() {
            "message" => write!(self.0, "{value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
    }
}
