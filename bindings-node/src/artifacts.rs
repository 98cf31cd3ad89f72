//! The methods of artifacts and outcomes: core's own, on the fields that JavaScript holds.

use jules::{BashOutput, ChangeSet, GeneratedFile, Media};
use napi::Env;
use napi::bindgen_prelude::PromiseRaw;
use napi_derive::napi;

use crate::error::{to_json, to_napi};

/// The files that a unified diff touches, as the text of a parsed change set.
#[napi]
pub fn parse_patch(unidiff_patch: String) -> napi::Result<String> {
    to_json(&change_set(unidiff_patch).parsed())
}

/// The files that a unified diff creates or touches, with content, as the text of an array.
#[napi]
pub fn generated_files(unidiff_patch: String) -> napi::Result<String> {
    let files = change_set(unidiff_patch).parsed().files;
    to_json(&files.into_iter().map(GeneratedFile::from).collect::<Vec<_>>())
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

/// A `data:` URL of the media.
#[napi]
pub fn media_url(data: String, format: String) -> String {
    media(data, format).to_url()
}

/// Writes the media to a file, replacing what is there.
#[napi]
pub fn save_media(env: &Env, data: String, format: String, path: String) -> napi::Result<PromiseRaw<'_, ()>> {
    let media = media(data, format);
    env.spawn_future(async move {
        let saved = tokio::task::spawn_blocking(move || media.save(path)).await;
        match saved {
            Ok(result) => result.map_err(to_napi),
            Err(stopped) => Err(napi::Error::from_reason(stopped.to_string())),
        }
    })
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
