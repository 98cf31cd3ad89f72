//! An answer before it is delivered: status, headers, body.

use std::io::Write;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use bytes::Bytes;
use flate2::write::GzEncoder;
use flate2::{Compress, CompressError, Compression, Crc, FlushCompress};
use serde::Serialize;
use serde_json::Value;

/// Everything that goes over the wire but for the manner of its delivery.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// In stored texts this stands for half of a character: answers carry the JSON escape `\\ud83d` in its place, which no
/// text can hold. It is U+E83D, of the private use area.
pub(crate) const CUT_SURROGATE: char = '\u{e83d}';

/// Where it stands as a text, an answer has a value that no `Value` can hold.
pub(crate) const STRANGE_VALUE: char = '\u{e83e}';

/// Below this a compressed body isn't worth its header.
const SMALLEST_COMPRESSED: usize = 256;

/// Above this compressing takes longer than sending, in a build for tests by seconds.
const LARGEST_COMPRESSED: usize = 4 * 1024 * 1024;

impl Answer {
    /// Indented, as the service answers by default, or compact.
    pub(crate) fn json(status: u16, value: &Value, compact: bool) -> Self {
        let mut body = Vec::with_capacity(512);
        let written = if compact {
            serde_json::to_writer(&mut body, value)
        } else {
            let mut serializer = serde_json::Serializer::pretty(&mut body);
            value.serialize(&mut serializer)
        };
        if written.is_ok() && !compact {
            body.push(b'\n');
        }
        let body = cut_surrogates(body);
        Self::with_type(status, "application/json; charset=UTF-8", body)
    }

    pub(crate) fn html(status: u16, page: &str) -> Self {
        Self::with_type(status, "text/html; charset=UTF-8", page.to_owned())
    }

    pub(crate) fn text(status: u16, text: String) -> Self {
        Self::with_type(status, "text/plain; charset=UTF-8", text)
    }

    fn with_type(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let content_type = HeaderValue::from_static(content_type);
        Self { status, headers: HeaderMap::from_iter([(header::CONTENT_TYPE, content_type)]), body: body.into() }
    }

    /// Sets a header; a value that can't be one is left out.
    pub(crate) fn set(&mut self, name: HeaderName, value: &str) {
        if let Ok(value) = HeaderValue::try_from(value) {
            self.headers.insert(name, value);
        }
    }

    /// Compresses the body if it is worth it.
    pub(crate) fn compress(&mut self) {
        if !(SMALLEST_COMPRESSED..=LARGEST_COMPRESSED).contains(&self.body.len()) {
            return;
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        if encoder.write_all(&self.body).is_err() {
            return;
        }
        if let Ok(compressed) = encoder.finish() {
            self.body = compressed.into();
            self.set(header::CONTENT_ENCODING, "gzip");
        }
    }

    /// Puts a byte order mark before the body.
    pub(crate) fn mark(&mut self) {
        self.body = [b"\xEF\xBB\xBF", &self.body[..]].concat().into();
    }

    /// Writes this text wherever the stand-in is.
    pub(crate) fn put_strange(&mut self, text: &str) {
        let stand_in = format!("\"{STRANGE_VALUE}\"");
        self.body = replaced(&self.body, stand_in.as_bytes(), text.as_bytes()).into();
    }

    /// Adds headers that nobody asked for.
    pub(crate) fn add_headers(&mut self, count: usize, bytes: usize) {
        let Ok(value) = HeaderValue::try_from("x".repeat(bytes)) else { return };
        for number in 0..count {
            if let Ok(name) = HeaderName::try_from(format!("x-trace-{number}")) {
                self.headers.insert(name, value.clone());
            }
        }
    }

    /// A small body that unpacks to a list of so many bytes of empty objects.
    pub(crate) fn become_bomb(&mut self, bytes: usize) {
        if let Ok(packed) = bomb(bytes) {
            self.body = packed.into();
            self.set(header::CONTENT_ENCODING, "gzip");
        }
    }

    /// Spoils the body: complete, but no JSON any more.
    pub(crate) fn malform(&mut self) {
        let half = self.body.len() / 2;
        let mut body = self.body[..half].to_vec();
        body.extend_from_slice(b"\n<<< malformed by the emulator >>>");
        self.body = body.into();
    }
}

/// Writes the escape of half a character wherever its stand-in is.
fn cut_surrogates(body: Vec<u8>) -> Vec<u8> {
    let mut buffer = [0; 4];
    let stand_in = CUT_SURROGATE.encode_utf8(&mut buffer).as_bytes();
    // Nearly no body has one: a look at the first byte alone is quick.
    if body.contains(&stand_in[0]) { replaced(&body, stand_in, br"\ud83d") } else { body }
}

fn replaced(body: &[u8], stand_in: &[u8], text: &[u8]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(body.len() + text.len());
    let mut rest = body;
    while let Some(at) = rest.windows(stand_in.len()).position(|window| window == stand_in) {
        whole.extend_from_slice(&rest[..at]);
        whole.extend_from_slice(text);
        rest = &rest[at + stand_in.len()..];
    }
    whole.extend_from_slice(rest);
    whole
}

/// One piece is compressed, and stands in the stream as often as it takes: so it costs no time either.
fn bomb(bytes: usize) -> Result<Vec<u8>, CompressError> {
    let piece = b"{},".repeat(20_000);
    let (first, last) = (b"[", b"{}]");
    let times = bytes / piece.len();
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    packed.extend(packed_piece(first, FlushCompress::Full)?);
    packed.extend(packed_piece(&piece, FlushCompress::Full)?.repeat(times));
    packed.extend(packed_piece(last, FlushCompress::Finish)?);
    let mut sum = Crc::new();
    sum.update(first);
    (0..times).for_each(|_| sum.update(&piece));
    sum.update(last);
    packed.extend(sum.sum().to_le_bytes());
    packed.extend(sum.amount().to_le_bytes());
    Ok(packed)
}

fn packed_piece(piece: &[u8], flush: FlushCompress) -> Result<Vec<u8>, CompressError> {
    let mut packed = Vec::with_capacity(piece.len() + 64);
    Compress::new(Compression::fast(), false).compress_vec(piece, &mut packed, flush)?;
    Ok(packed)
}

/// Whether an `Accept-Encoding` header allows gzip.
pub(crate) fn accepts_gzip(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
            name.trim().eq_ignore_ascii_case("gzip") && weight.replace(' ', "") != "q=0"
        })
}
