//! The core's log lines on their way to the logger of a client.

use std::collections::HashMap;

use jules::ffi::{LogLine, Logger, LoggerHandle, set_logger};

/// Hears of each log line, on whatever thread it happens.
#[uniffi::export(callback_interface)]
pub(crate) trait LogListener: Send + Sync {
    /// A line; what belongs to it as texts.
    fn log(&self, level: String, target: String, message: String, fields: HashMap<String, String>);
}

struct ToSwift(Box<dyn LogListener>);

impl Logger for ToSwift {
    fn log(&self, line: &LogLine) {
        let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let fields = line.fields.iter().map(|(name, value)| (name.clone(), text(value))).collect();
        self.0.log(line.level.to_owned(), line.target.to_owned(), line.message.clone(), fields);
    }
}

/// Passes the lines of clients with these options on, where somebody wants them.
pub(crate) fn hear(options: &mut jules::ClientOptions, logger: Option<Box<dyn LogListener>>) {
    if let Some(logger) = logger {
        set_logger(options, LoggerHandle::new(ToSwift(logger)));
    }
}
