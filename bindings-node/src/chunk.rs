//! From core's streams to what crosses at once: JSON arrays of items, in the form in which V8 takes them soonest, and
//! none so long that parsing it would hold up the event loop.

use std::collections::VecDeque;
use std::future::Future;

use jules::{Activity, ActivityStream, SessionInfo, SessionList, Source, SourceList};
use napi::bindgen_prelude::{Either, Latin1String};
use serde::Serialize;

use crate::error::{to_json, to_napi};

/// How many items are read at once, at most.
const ITEMS: usize = 256;

/// A text is closed when it has so many bytes. V8 keeps strings up to 128 KiB among its young objects, where making and
/// forgetting them is cheap; longer ones get pages of their own.
const TEXT: usize = 96 * 1024;

/// So many bytes cross at once: `JSON.parse` takes half a millisecond for them.
const CHUNK: usize = 512 * 1024;

/// A JSON array. Plain ASCII is copied into V8's heap as it is; decoding UTF-8 takes several times as long.
pub(crate) type Text = Either<Latin1String, String>;

/// A stream of core.
pub(crate) trait Chunks: Send + 'static {
    type Item: Serialize + Send;

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

chunks_of!(ActivityStream => Activity, SourceList => Source, SessionList => SessionInfo);

/// A stream, and what was read from it and is too long to cross at once.
#[derive(Debug)]
pub(crate) struct Reader<S> {
    pub(crate) stream: S,
    ready: VecDeque<String>,
}

impl<S: Chunks> Reader<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, ready: VecDeque::new() }
    }

    /// The next arrays, of no more than a chunk's bytes or of one item; nothing at the end.
    pub(crate) async fn next(&mut self) -> napi::Result<Option<Vec<Text>>> {
        if self.ready.is_empty() {
            let Some(items) = self.stream.next_chunk(ITEMS).await else { return Ok(None) };
            self.ready = texts(&items.map_err(to_napi)?)?;
        }
        let mut room = CHUNK;
        let mut chunk = Vec::new();
        while let Some(json) = self.ready.pop_front_if(|json| chunk.is_empty() || json.len() <= room) {
            room = room.saturating_sub(json.len());
            chunk.push(text(json));
        }
        Ok(Some(chunk))
    }
}

/// The items as JSON arrays, each closed before it gets too long.
fn texts<T: Serialize>(items: &[T]) -> napi::Result<VecDeque<String>> {
    let mut closed = VecDeque::new();
    let mut open = String::new();
    for item in items {
        let json = to_json(item)?;
        if !open.is_empty() && open.len() + json.len() > TEXT {
            closed.push_back(std::mem::take(&mut open) + "]");
        }
        if open.is_empty() {
            open.reserve(TEXT.max(json.len()) + 2);
        }
        open.push(if open.is_empty() { '[' } else { ',' });
        open.push_str(&json);
    }
    if !open.is_empty() {
        closed.push_back(open + "]");
    }
    Ok(closed)
}

/// The text in the form that suits it.
pub(crate) fn text(json: String) -> Text {
    if json.is_ascii() { Either::A(Latin1String::from(json)) } else { Either::B(json) }
}
