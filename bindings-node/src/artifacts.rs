//! The methods of activities, artifacts and outcomes: core's own, on the fields that JavaScript holds.

use jules::{Activity, BashOutput, ChangeSet, Media};
use napi::Env;
use napi::bindgen_prelude::{PromiseRaw, ToNapiValue, Uint8Array};
use napi_derive::napi;
use serde::Serialize;

use crate::cancel::CancelToken;
use crate::error::{cancelled, to_json, to_napi};

/// What happened in the activity of this JSON, in one line; nothing when it is not the JSON of one.
#[napi]
pub fn activity_summary(text: String) -> Option<String> {
    serde_json::from_str::<Activity>(&text).ok().map(|activity| activity.summary())
}

/// The files that a unified diff touches, as the text of a parsed change set.
#[napi]
pub fn parse_patch(unidiff_patch: String) -> napi::Result<String> {
    to_json(&change_set(unidiff_patch).parsed())
}

/// The files that a unified diff creates or touches, with what it says of their content, as the text of an array.
#[napi]
pub fn generated_files(unidiff_patch: String) -> napi::Result<String> {
    to_json(&change_set(unidiff_patch).generated_files())
}

/// The same with the whole new content, made from the files of a directory.
#[napi]
pub fn generated_files_in<'env>(
    env: &'env Env,
    unidiff_patch: String,
    base_commit_id: String,
    directory: String,
    cancel: Option<&CancelToken>,
) -> napi::Result<PromiseRaw<'env, String>> {
    let changes = changes_to(unidiff_patch, base_commit_id);
    on_files(env, cancel, move || changes.generated_files_in(directory))
}

/// Applies a unified diff to a directory, all or nothing; gives the parsed change set as text.
#[napi]
pub fn apply_patch<'env>(
    env: &'env Env,
    unidiff_patch: String,
    base_commit_id: String,
    directory: String,
    cancel: Option<&CancelToken>,
) -> napi::Result<PromiseRaw<'env, String>> {
    let changes = changes_to(unidiff_patch, base_commit_id);
    on_files(env, cancel, move || changes.apply_to(directory))
}

/// A command and its output as a terminal shows them.
#[napi]
pub fn bash_output_text(command: String, output: String, exit_code: i32) -> String {
    let mut bash = BashOutput::default();
    bash.command = command;
    bash.output = output;
    bash.exit_code = exit_code;
    bash.to_string()
}

/// What the error says of an outcome that isn't completed.
#[napi]
pub fn failure_text(session_id: String, state: String, failure_reason: Option<String>) -> String {
    jules::ffi::failure_text(&session_id, &state, failure_reason.as_deref())
}

/// A `data:` URL of the media.
#[napi]
pub fn media_url(data: String, format: String) -> String {
    media(data, format).to_url()
}

/// What the media's base64 stands for.
#[napi]
pub fn media_bytes(data: String, format: String) -> napi::Result<Uint8Array> {
    media(data, format).bytes().map(Uint8Array::from).map_err(to_napi)
}

/// Writes the media to a file, replacing what is there.
#[napi]
pub fn save_media<'env>(
    env: &'env Env,
    data: String,
    format: String,
    path: String,
    cancel: Option<&CancelToken>,
) -> napi::Result<PromiseRaw<'env, String>> {
    let media = media(data, format);
    on_files(env, cancel, move || media.save(path))
}

/// Works on files, on a thread that may block, and gives the result as JSON text. Cancelling it counts until the work has begun:
/// files are not left half done.
fn on_files<'env, T: Serialize + Send + 'static>(
    env: &'env Env,
    cancel: Option<&CancelToken>,
    work: impl FnOnce() -> jules::Result<T> + Send + 'static,
) -> napi::Result<PromiseRaw<'env, String>> {
    in_background(env, cancel, move || to_json(&work().map_err(to_napi)?))
}

/// Works on a thread that may block. Cancelling it counts until the work has begun.
pub(crate) fn in_background<'env, T: ToNapiValue + Send + 'static>(
    env: &'env Env,
    cancel: Option<&CancelToken>,
    work: impl FnOnce() -> napi::Result<T> + Send + 'static,
) -> napi::Result<PromiseRaw<'env, T>> {
    let cancel = cancel.map(CancelToken::watch);
    env.spawn_future(async move {
        let unless_cancelled = move || match cancel {
            Some(cancel) if cancel.is_cancelled() => Err(cancelled()),
            _ => work(),
        };
        match tokio::task::spawn_blocking(unless_cancelled).await {
            Ok(result) => result,
            Err(stopped) => Err(napi::Error::from_reason(stopped.to_string())),
        }
    })
}

fn changes_to(unidiff_patch: String, base_commit_id: String) -> ChangeSet {
    let mut changes = change_set(unidiff_patch);
    changes.git_patch.base_commit_id = base_commit_id;
    changes
}

fn change_set(unidiff_patch: String) -> ChangeSet {
    let mut changes = ChangeSet::default();
    changes.git_patch.unidiff_patch = unidiff_patch;
    changes
}

fn media(data: String, format: String) -> Media {
    let mut media = Media::default();
    media.data = data;
    media.format = format;
    media
}
