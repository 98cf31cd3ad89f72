//! What can be asked of an artifact: Swift holds plain structs and asks the core here, so that a patch is read in one place
//! for all languages.

use std::sync::Arc;

use crate::cancel::CancelToken;
use crate::failure::Failure;
use crate::json::to_json;
use crate::runtime::aside;

/// What happened in the activity of this JSON, in one line; nothing when it is not the JSON of one.
#[uniffi::export]
fn activity_summary(text: &str) -> Option<String> {
    serde_json::from_str::<jules::Activity>(text).ok().map(|activity| activity.summary())
}

/// The files of a patch and how they change, as JSON.
#[uniffi::export]
fn parsed_patch(unidiff: &str) -> Result<String, Failure> {
    to_json(&jules::ParsedPatch::parse(unidiff))
}

/// Applies a patch to a directory; gives what it did, as JSON.
#[uniffi::export]
fn apply_patch(unidiff: String, base: String, directory: &str) -> Result<String, Failure> {
    to_json(&changes(unidiff, base).apply_to(directory)?)
}

/// The files that a patch creates or touches, with their content, as JSON; with a directory, their whole new content.
#[uniffi::export]
fn generated_files(unidiff: String, base: String, directory: Option<String>) -> Result<String, Failure> {
    let changes = changes(unidiff, base);
    match directory {
        Some(directory) => to_json(&changes.generated_files_in(directory)?),
        None => to_json(&changes.generated_files()),
    }
}

/// [`apply_patch`] on a thread that may block. Cancelled, it is finished all the same: never is half of it there.
#[uniffi::export]
async fn apply_patch_aside(
    unidiff: String,
    base: String,
    directory: String,
    cancel: Arc<CancelToken>,
) -> Result<String, Failure> {
    aside(cancel, move || apply_patch(unidiff, base, &directory)).await
}

/// [`generated_files`] on a thread that may block.
#[uniffi::export]
async fn generated_files_aside(
    unidiff: String,
    base: String,
    directory: String,
    cancel: Arc<CancelToken>,
) -> Result<String, Failure> {
    aside(cancel, move || generated_files(unidiff, base, Some(directory))).await
}

/// [`save_media`] on a thread that may block.
#[uniffi::export]
async fn save_media_aside(base64: String, path: String, cancel: Arc<CancelToken>) -> Result<(), Failure> {
    aside(cancel, move || save_media(base64, path)).await
}

fn changes(unidiff: String, base: String) -> jules::ChangeSet {
    let mut changes = jules::ChangeSet::default();
    changes.git_patch.unidiff_patch = unidiff;
    changes.git_patch.base_commit_id = base;
    changes
}

/// A command and its output, as a terminal would show them.
#[uniffi::export]
fn terminal_text(command: String, output: String, exit_code: i32) -> String {
    let mut bash = jules::BashOutput::default();
    bash.command = command;
    bash.output = output;
    bash.exit_code = exit_code;
    bash.to_string()
}

/// What the error says of an outcome that isn't completed.
#[uniffi::export]
fn failure_text(session_id: &str, state: &str, failure_reason: Option<String>) -> String {
    jules::ffi::failure_text(session_id, state, failure_reason.as_deref())
}

/// The text as a terminal shows it and doesn't obey it.
#[uniffi::export]
fn printable(text: &str) -> String {
    jules::ffi::printable(text).into_owned()
}

/// What a medium's base64 stands for.
#[uniffi::export]
fn media_bytes(base64: String) -> Result<Vec<u8>, Failure> {
    Ok(media(base64, String::new()).bytes()?)
}

/// Writes a medium's content to a file.
#[uniffi::export]
fn save_media(base64: String, path: String) -> Result<(), Failure> {
    Ok(media(base64, String::new()).save(path)?)
}

/// A `data:` URL of a medium.
#[uniffi::export]
fn media_url(base64: String, format: String) -> String {
    media(base64, format).to_url()
}

fn media(base64: String, format: String) -> jules::Media {
    let mut media = jules::Media::default();
    media.data = base64;
    media.format = format;
    media
}
