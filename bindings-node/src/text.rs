//! Strings in the form that suits V8: plain ASCII is copied as it is; decoding UTF-8 takes several times as long.

use napi::bindgen_prelude::{Either, Latin1String};
use napi::{Env, JsString};

/// A text on its way to JavaScript.
pub(crate) type Text = Either<Latin1String, String>;

pub(crate) fn text(text: String) -> Text {
    if text.is_ascii() { Either::A(Latin1String::from(text)) } else { Either::B(text) }
}

/// The string at once, for those on JavaScript's thread.
pub(crate) fn string<'env>(env: &'env Env, text: &str) -> napi::Result<JsString<'env>> {
    if text.is_ascii() { env.create_string_latin1(text) } else { env.create_string(text) }
}
