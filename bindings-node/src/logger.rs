//! Core's log lines on their way to the logger of a client: as JSON texts, on JavaScript's thread. They don't keep the process
//! alive, and nobody waits for them.

use jules::ClientOptions;
use jules::ffi::{LogLine, Logger, LoggerHandle, set_logger};
use napi::Status;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use serde_json::json;

/// Takes lines, as `{ level, target, message, fields }`.
pub(crate) type Lines = ThreadsafeFunction<String, (), String, Status, false, true>;

struct ToJavaScript(Lines);

impl Logger for ToJavaScript {
    fn log(&self, line: &LogLine) {
        let LogLine { level, target, message, fields } = line;
        let text = json!({ "level": level, "target": target, "message": message, "fields": fields }).to_string();
        // An environment that has gone hears nothing more.
        self.0.call(text, ThreadsafeFunctionCallMode::NonBlocking);
    }
}

/// Passes the lines of clients with these options on, where somebody wants them.
pub(crate) fn hear(options: &mut ClientOptions, logger: Option<Lines>) {
    if let Some(logger) = logger {
        set_logger(options, LoggerHandle::new(ToJavaScript(logger)));
    }
}

/// The variables of the environment that core reads.
#[napi_derive::napi]
pub fn environment_variables() -> Vec<String> {
    jules::ffi::VARIABLES.iter().map(|&name| name.to_owned()).collect()
}
