//! Large patches, away from JavaScript's thread: the text comes in pieces and what is made of it leaves in pieces, so that
//! no turn of the event loop is long, whatever an answer may hold.

use std::collections::VecDeque;

use jules::ChangeSet;
use napi::Env;
use napi::bindgen_prelude::PromiseRaw;
use napi_derive::napi;
use serde::Serialize;

use crate::artifacts::in_background;
use crate::cancel::CancelToken;
use crate::error::{to_json, to_napi};
use crate::text::{Text, text};

/// So many bytes of JSON at once: some milliseconds of JavaScript's time.
const PIECE: usize = 256 * 1024;

/// A unified diff that is on its way here.
#[napi]
#[derive(Debug, Default)]
pub struct NativePatch(String);

#[napi]
impl NativePatch {
    /// Nothing yet.
    #[napi(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// The next piece of its text.
    #[napi]
    pub fn push(&mut self, piece: String) {
        self.0.push_str(&piece);
    }

    /// The files that it touches, in pieces: a parsed change set without files, then arrays of files.
    #[napi]
    pub fn parsed<'env>(
        &mut self,
        env: &'env Env,
        cancel: Option<&CancelToken>,
    ) -> napi::Result<PromiseRaw<'env, NativePieces>> {
        let changes = self.change_set();
        in_background(env, cancel, move || {
            let mut parsed = changes.parsed();
            let files = std::mem::take(&mut parsed.files);
            let mut pieces = NativePieces(VecDeque::from([to_json(&parsed)?]));
            pieces.add(&files)?;
            Ok(pieces)
        })
    }

    /// The files that it creates or touches, as arrays; with a directory their whole content, made from what is there.
    #[napi]
    pub fn generated_files<'env>(
        &mut self,
        env: &'env Env,
        base_commit_id: String,
        directory: Option<String>,
        cancel: Option<&CancelToken>,
    ) -> napi::Result<PromiseRaw<'env, NativePieces>> {
        let mut changes = self.change_set();
        changes.git_patch.base_commit_id = base_commit_id;
        in_background(env, cancel, move || {
            let files = match directory {
                Some(directory) => changes.generated_files_in(directory).map_err(to_napi)?,
                None => changes.generated_files(),
            };
            let mut pieces = NativePieces::default();
            pieces.add(files.all())?;
            Ok(pieces)
        })
    }

    fn change_set(&mut self) -> ChangeSet {
        let mut changes = ChangeSet::default();
        changes.git_patch.unidiff_patch = std::mem::take(&mut self.0);
        changes
    }
}

/// JSON that is taken piece by piece.
#[napi]
#[derive(Debug, Default)]
pub struct NativePieces(VecDeque<String>);

#[napi]
impl NativePieces {
    /// The next piece; null behind the last one.
    #[napi(ts_return_type = "string | null")]
    pub fn take(&mut self) -> Option<Text> {
        self.0.pop_front().map(text)
    }

    fn add<T: Serialize>(&mut self, items: &[T]) -> napi::Result<()> {
        let mut piece = String::new();
        for item in items {
            piece.push(if piece.is_empty() { '[' } else { ',' });
            piece += &to_json(item)?;
            if piece.len() > PIECE {
                self.0.push_back(std::mem::take(&mut piece) + "]");
            }
        }
        if !piece.is_empty() {
            self.0.push_back(piece + "]");
        }
        Ok(())
    }
}
