//! From core's streams to what crosses at once: JSON arrays of items, in the form in which V8 takes them soonest, and
//! no more than can be taken in without holding up the event loop.

use std::collections::VecDeque;
use std::future::Future;

use jules::{Activity, ActivityStream, SessionInfo, SessionList, Source, SourceList, Task, TaskList, Work, Worked};
use napi::bindgen_prelude::{JsValue, ToNapiValue, TypeName};
use napi::{Env, ValueType, sys};
use serde::Serialize;

use crate::error::{to_napi, unwritable, write_json};
use crate::long::{Long, Texts};
use crate::text::string;

/// How many items are read at once, at most.
const ITEMS: usize = 128;

/// A part is closed when its JSON has so many bytes. V8 keeps strings up to 128 KiB among its young objects, where making
/// and forgetting them is cheap; longer ones get pages of their own.
const JSON: usize = 96 * 1024;

/// So many bytes cross at once: taking them in takes half a millisecond.
const CHUNK: usize = 512 * 1024;

/// A stream of core.
pub(crate) trait Chunks: Send + 'static {
    type Item: Serialize + Long + Send;

    /// Waits for the first item, then takes what is ready.
    fn next_chunk(&mut self, most: usize) -> impl Future<Output = Option<jules::Result<Vec<Self::Item>>>> + Send;
}

macro_rules! chunks_of {
    ($($stream:ty => $item:ty),*) => {$(
        impl Chunks for $stream {
            type Item = $item;

            fn next_chunk(&mut self, most: usize) -> impl Future<Output = Option<jules::Result<Vec<$item>>>> + Send {
                <$stream>::next_chunk(self, most)
            }
        }
    )*};
}

chunks_of!(
    ActivityStream => Activity,
    SourceList => Source,
    SessionList => SessionInfo,
    TaskList => Task,
    Work => Worked
);

/// A stream, and what was read from it and is too long to cross at once.
#[derive(Debug)]
pub(crate) struct Reader<S> {
    pub(crate) stream: S,
    ready: VecDeque<Part>,
}

impl<S: Chunks> Reader<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, ready: VecDeque::new() }
    }

    /// The next parts, of about a chunk's bytes at most but for a single item that has more; nothing at the end.
    pub(crate) async fn next(&mut self) -> napi::Result<Option<Vec<Part>>> {
        if self.ready.is_empty() {
            let Some(items) = self.stream.next_chunk(ITEMS).await else { return Ok(None) };
            self.ready = parts(items.map_err(to_napi)?)?;
        }
        let mut room = CHUNK;
        let mut chunk = Vec::new();
        while let Some(part) = self.ready.pop_front_if(|part| chunk.is_empty() || part.bytes() <= room) {
            room = room.saturating_sub(part.bytes());
            chunk.push(part);
        }
        Ok(Some(chunk))
    }
}

/// What crosses as an array of strings: a JSON array of items, and behind it the long texts that were taken out of them.
#[derive(Debug, Default)]
pub struct Part {
    json: Vec<u8>,
    long: Texts,
}

impl Part {
    fn bytes(&self) -> usize {
        self.json.len() + self.long.bytes()
    }

    fn is_full(&self) -> bool {
        self.json.len() >= JSON || self.bytes() >= CHUNK / 2
    }

    fn add<T: Serialize + Long>(&mut self, mut item: T) -> napi::Result<()> {
        item.take_out(&mut self.long);
        self.json.push(if self.json.is_empty() { b'[' } else { b',' });
        write_json(&mut self.json, &item)
    }

    fn closed(mut self) -> Self {
        self.json.push(b']');
        self
    }
}

impl TypeName for Part {
    fn type_name() -> &'static str {
        "string[]"
    }

    fn value_type() -> ValueType {
        ValueType::Object
    }
}

impl ToNapiValue for Part {
    unsafe fn to_napi_value(env: sys::napi_env, part: Self) -> napi::Result<sys::napi_value> {
        let env = Env::from_raw(env);
        let json = std::str::from_utf8(&part.json).map_err(|error| unwritable(&error))?;
        let mut strings = env.create_array(0)?;
        for text in std::iter::once(json).chain(part.long.iter()) {
            strings.insert(string(&env, text)?)?;
        }
        Ok(strings.raw())
    }
}

/// The items as JSON arrays, each closed when it gets too long.
fn parts<T: Serialize + Long>(items: Vec<T>) -> napi::Result<VecDeque<Part>> {
    let mut parts = VecDeque::new();
    let mut open = Part::default();
    for item in items {
        open.add(item)?;
        if open.is_full() {
            parts.push_back(std::mem::take(&mut open).closed());
        }
    }
    if !open.json.is_empty() {
        parts.push_back(open.closed());
    }
    Ok(parts)
}
