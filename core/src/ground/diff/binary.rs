//! `GIT binary patch`: content, or a recipe to make it from other content, compressed and written in base 85. Each
//! patch has one for either direction.

use std::io::Read as _;

use flate2::read::ZlibDecoder;

use super::read::Lines;

const ALPHABET: &[u8; 85] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";

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
    lines: Vec<&'a str>,
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
        let backward = Block::read(lines).map_err(|why| format!("the way back is missing: {why}"))?;
        Ok(Self { forward, backward })
    }

    /// The new content. Nothing when `old` is not the content that the patch was made for.
    pub(super) fn apply(&self, old: &[u8]) -> Result<Option<Vec<u8>>, String> {
        if matches!(self.forward.form, Form::Delta) && delta_base_size(&self.forward.data()?) != Some(old.len() as u64)
        {
            return Ok(None);
        }
        let new = self.forward.apply(old)?;
        // Git compares ids; the way back tells the same.
        Ok((self.backward.apply(&new)? == old).then_some(new))
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
            _ => return Err(format!("{header:?} is neither literal nor delta")),
        };
        let size = size.parse().map_err(|_| format!("{size:?} is no size"))?;
        lines.next();
        let mut block = Self { form, size, lines: Vec::new() };
        loop {
            match lines.peek().map(str::trim_end) {
                Some("") => break,
                Some(line) => block.lines.push(line),
                None => return Err("the patch was cut off in binary data".to_owned()),
            }
            lines.next();
        }
        lines.next();
        Ok(block)
    }

    fn apply(&self, base: &[u8]) -> Result<Vec<u8>, String> {
        let data = self.data()?;
        match self.form {
            Form::Literal => Ok(data),
            Form::Delta => apply_delta(base, &data).ok_or_else(|| "its binary delta is broken".to_owned()),
        }
    }

    fn data(&self) -> Result<Vec<u8>, String> {
        let mut packed = Vec::new();
        for line in &self.lines {
            decode_line(line.as_bytes(), &mut packed).ok_or("its binary data is broken")?;
        }
        let mut data = Vec::new();
        ZlibDecoder::new(&*packed)
            .take(self.size.saturating_add(1))
            .read_to_end(&mut data)
            .map_err(|cause| format!("its binary data can't be decompressed: {cause}"))?;
        if data.len() as u64 != self.size {
            return Err(format!("its binary data has not the {} bytes that it announces", self.size));
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
            let digit = ALPHABET.iter().position(|known| known == letter)?;
            value = value.checked_mul(85)?.checked_add(u32::try_from(digit).ok()?)?;
        }
        into.extend(value.to_be_bytes());
    }
    let end = start + usize::from(length);
    let padded = text.len().is_multiple_of(5) && into.len() >= end && into.len() < end + 4;
    into.truncate(end);
    padded.then_some(())
}

fn delta_base_size(delta: &[u8]) -> Option<u64> {
    size(&mut delta.iter().copied())
}

/// Git's recipe: two sizes, then copies from the base and insertions.
fn apply_delta(base: &[u8], delta: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = delta.iter().copied();
    let base_size = size(&mut bytes)?;
    let new_size = usize::try_from(size(&mut bytes)?).ok()?;
    if base_size != base.len() as u64 {
        return None;
    }
    let mut new = Vec::new();
    while let Some(instruction) = bytes.next() {
        if instruction & 0x80 != 0 {
            let mut number = |bits: u8, first: u8| {
                (0..bits).try_fold(0_usize, |value, place| {
                    let given = instruction & (1 << (first + place)) != 0;
                    Some(if given { value | usize::from(bytes.next()?) << (8 * place) } else { value })
                })
            };
            let (offset, length) = (number(4, 0)?, number(3, 4)?);
            let length = if length == 0 { 0x10000 } else { length };
            new.extend_from_slice(base.get(offset..offset.checked_add(length)?)?);
        } else if instruction > 0 {
            for _ in 0..instruction {
                new.push(bytes.next()?);
            }
        } else {
            return None;
        }
        if new.len() > new_size {
            return None;
        }
    }
    (new.len() == new_size).then_some(new)
}

/// A number in groups of seven bits, the lowest first.
fn size(bytes: &mut impl Iterator<Item = u8>) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = bytes.next()?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
