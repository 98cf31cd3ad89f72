//! `GIT binary patch`: content, or a recipe to make it from other content, compressed and written in base 85. Each
//! patch has one for either direction. Sizes are what a stranger says: each is measured before anything is made.

use flate2::read::ZlibDecoder;

use super::bound::Bound;
use super::fault::{excerpt, malformed};
use super::read::Lines;
use crate::ground::error::Result;

const ALPHABET: &[u8; 85] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";

/// The digit that a letter stands for; 85 for none.
const DIGITS: [u8; 256] = {
    let mut digits = [85; 256];
    let mut digit = 0;
    while digit < 85 {
        digits[ALPHABET[digit as usize] as usize] = digit;
        digit += 1;
    }
    digits
};

/// The new content from the old, and the old from the new.
#[derive(Clone, Debug)]
pub(super) struct BinaryPatch<'a> {
    forward: Block<'a>,
    backward: Block<'a>,
}

#[derive(Clone, Debug)]
struct Block<'a> {
    form: Form,
    /// Bytes when decompressed.
    size: u64,
    /// Its lines, up to the empty one.
    text: &'a str,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Literal,
    Delta,
}

impl<'a> BinaryPatch<'a> {
    /// Reads what stands behind the line `GIT binary patch`, or says what is wrong with it.
    pub(super) fn read(lines: &mut Lines<'a>) -> Result<Self, String> {
        let forward = Block::read(lines)?;
        let backward = Block::read(lines).map_err(|why| format!("the reverse data is missing: {why}"))?;
        Ok(Self { forward, backward })
    }

    /// The new content. Nothing when `old` is not the content that the patch was made for.
    pub(super) fn apply(&self, old: &[u8], bound: &mut Bound) -> Result<Option<Vec<u8>>> {
        let data = self.forward.data(bound)?;
        let new = match self.forward.form {
            Form::Literal => data,
            Form::Delta if size(&mut &*data) != Some(old.len() as u64) => return Ok(None),
            Form::Delta => apply_delta(old, &data, bound)?,
        };
        // Git compares ids; the way back tells the same.
        let data = self.backward.data(bound)?;
        let back = match self.backward.form {
            Form::Literal => data,
            Form::Delta => apply_delta(&new, &data, bound)?,
        };
        Ok((back == old).then_some(new))
    }

    pub(super) fn reversed(&self) -> Self {
        Self { forward: self.backward.clone(), backward: self.forward.clone() }
    }
}

impl<'a> Block<'a> {
    fn read(lines: &mut Lines<'a>) -> Result<Self, String> {
        let header = lines.peek().unwrap_or_default().trim_end();
        let (form, size) = match header.split_once(' ') {
            Some(("literal", size)) => (Form::Literal, size),
            Some(("delta", size)) => (Form::Delta, size),
            _ => return Err(format!("{} is neither literal nor delta", excerpt(header))),
        };
        let size = size.parse().map_err(|_| format!("not a size: {}", excerpt(size)))?;
        lines.next();
        let start = *lines;
        while !lines.peek().ok_or("the patch was cut off in binary data")?.trim_end().is_empty() {
            lines.next();
        }
        let text = start.until(lines);
        lines.next();
        Ok(Self { form, size, text })
    }

    fn data(&self, bound: &mut Bound) -> Result<Vec<u8>> {
        // Five letters are four bytes.
        let mut packed = bound.room(self.text.len() / 5 * 4 + 4, "its binary data")?;
        for line in self.text.lines() {
            decode_line(line.trim_end().as_bytes(), &mut packed)
                .ok_or_else(|| malformed("its binary data is broken"))?;
        }
        let data = bound
            .read(ZlibDecoder::new(&*packed), self.size, "its binary data")?
            .map_err(|cause| malformed(&format!("its binary data can't be decompressed: {cause}")))?;
        if data.len() as u64 != self.size {
            return Err(malformed(&format!("its binary data does not have the {} bytes that it announces", self.size)));
        }
        Ok(data)
    }
}

/// A line is its length as a letter (A is 1, z is 52) and groups of five letters for four bytes.
fn decode_line(line: &[u8], into: &mut Vec<u8>) -> Option<()> {
    let (first, text) = line.split_first()?;
    let length = match first {
        b'A'..=b'Z' => first - b'A' + 1,
        b'a'..=b'z' => first - b'a' + 27,
        _ => return None,
    };
    let start = into.len();
    for group in text.chunks(5) {
        let mut value = 0_u32;
        for letter in group {
            let digit = u32::from(DIGITS[usize::from(*letter)]);
            value = (digit < 85).then(|| value.checked_mul(85)?.checked_add(digit))??;
        }
        into.extend(value.to_be_bytes());
    }
    let end = start + usize::from(length);
    let padded = text.len().is_multiple_of(5) && into.len() >= end && into.len() < end + 4;
    into.truncate(end);
    padded.then_some(())
}

/// Carries out git's recipe: two sizes, then copies from the base and insertions.
fn apply_delta(base: &[u8], delta: &[u8], bound: &mut Bound) -> Result<Vec<u8>> {
    let broken = || malformed("its binary delta is broken");
    let mut rest = delta;
    let base_size = size(&mut rest).ok_or_else(broken)?;
    let new_size = size(&mut rest).ok_or_else(broken)?;
    if base_size != base.len() as u64 {
        return Err(broken());
    }
    let capacity = usize::try_from(new_size).unwrap_or(usize::MAX);
    let mut new = bound.room(capacity, "the result of its binary delta")?;
    while !rest.is_empty() {
        let piece = next_piece(base, &mut rest).ok_or_else(broken)?;
        if piece.len() > capacity - new.len() {
            return Err(broken());
        }
        new.extend_from_slice(piece);
    }
    if new.len() == capacity { Ok(new) } else { Err(broken()) }
}

/// What the next instruction adds: part of the base, or bytes that follow it.
fn next_piece<'b>(base: &'b [u8], rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let instruction = *rest.split_off_first()?;
    if instruction & 0x80 == 0 {
        return rest.split_off(..usize::from(instruction)).filter(|bytes| !bytes.is_empty());
    }
    let mut number = |bits: u8, first: u8| {
        (0..bits).try_fold(0_usize, |value, place| {
            let given = instruction & (1 << (first + place)) != 0;
            Some(if given { value | usize::from(*rest.split_off_first()?) << (8 * place) } else { value })
        })
    };
    let (offset, length) = (number(4, 0)?, number(3, 4)?);
    let length = if length == 0 { 0x10000 } else { length };
    base.get(offset..offset.checked_add(length)?)
}

/// A number in groups of seven bits, the lowest first.
fn size(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = *rest.split_off_first()?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
