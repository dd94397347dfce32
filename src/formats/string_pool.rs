//! `ResStringPool`, the string table that binary XML and resource tables share.
//! Source: AOSP `frameworks/base/libs/androidfw/include/androidfw/ResourceTypes.h`.

use std::borrow::Cow;

use super::bytes::{u8_at, u16_at, u32_at};
use super::{Flaw, FormatError};

const UTF8_FLAG: u32 = 1 << 8;
const HEADER_BYTES: usize = 28;

/// A borrowed string pool. Indices are those of the file; an unreadable string keeps its slot.
#[derive(Debug, Clone, Copy, Default)]
pub struct StringPool<'a> {
    /// From the chunk header to the end of the chunk.
    chunk: &'a [u8],
    offsets: usize,
    strings: usize,
    count: usize,
    utf8: bool,
}

impl<'a> StringPool<'a> {
    /// Reads the pool whose chunk header stands at the start of `chunk` (cut to the chunk's size).
    ///
    /// # Errors
    /// When the header is cut off, the strings start outside the chunk, or the count of strings
    /// cannot fit. A count that runs into the string data is tolerated, as Android does.
    pub fn parse(chunk: &'a [u8], flaws: &mut Vec<Flaw>) -> Result<Self, FormatError> {
        let fail = |offset: usize, detail: &str| FormatError::new("string pool", offset, detail);
        let header_bytes = usize::from(u16_at(chunk, 2).ok_or_else(|| fail(0, "header cut off"))?);
        let word = |offset: usize| u32_at(chunk, offset).map(|value| value as usize);
        let (Some(count), Some(styles), Some(flags), Some(strings)) = (word(8), word(12), u32_at(chunk, 16), word(20))
        else {
            return Err(fail(8, "header cut off"));
        };
        if header_bytes < HEADER_BYTES {
            return Err(fail(2, "header smaller than 28 bytes"));
        }
        if count == 0 {
            return Ok(Self::default());
        }
        let table_end = count.checked_mul(4).and_then(|bytes| bytes.checked_add(header_bytes)).unwrap_or(usize::MAX);
        if table_end > chunk.len() {
            return Err(fail(8, "the table of string offsets runs past the chunk"));
        }
        if strings >= chunk.len() {
            return Err(fail(20, "the strings start past the chunk"));
        }
        if table_end > strings {
            flaws.push(Flaw::new(
                "pool-string-count",
                8,
                format!("{count} strings claimed, but their table runs into the string data"),
            ));
        }
        if styles != 0 && word(24).unwrap_or(0) >= chunk.len() {
            flaws.push(Flaw::new("pool-styles", 12, format!("{styles} styles claimed outside the chunk")));
        }
        Ok(Self { chunk, offsets: header_bytes, strings, count, utf8: flags & UTF8_FLAG != 0 })
    }

    /// How many strings the pool has.
    pub fn len(&self) -> usize {
        self.count
    }

    /// True for a pool without strings.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// String `index`, with replacement characters where its encoding is broken; `None` when it
    /// lies outside the pool.
    pub fn get(&self, index: u32) -> Option<Cow<'a, str>> {
        let index = index as usize;
        if index >= self.count {
            return None;
        }
        let offset = u32_at(self.chunk, self.offsets.checked_add(index.checked_mul(4)?)?)? as usize;
        let at = self.strings.checked_add(offset)?;
        if self.utf8 { self.utf8_at(at) } else { self.utf16_at(at) }
    }

    fn utf8_at(&self, at: usize) -> Option<Cow<'a, str>> {
        let (_, at) = length8(self.chunk, at)?;
        let (bytes, at) = length8(self.chunk, at)?;
        let rest = self.chunk.get(at..)?;
        let text = rest.get(..bytes)?;
        Some(match std::str::from_utf8(text) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => decode_modified_utf8(text),
        })
    }

    fn utf16_at(&self, at: usize) -> Option<Cow<'a, str>> {
        let first = u16_at(self.chunk, at)?;
        let (units, at) = if first & 0x8000 != 0 {
            let low = u16_at(self.chunk, at.checked_add(2)?)?;
            ((usize::from(first & 0x7fff) << 16) | usize::from(low), at.checked_add(4)?)
        } else {
            (usize::from(first), at.checked_add(2)?)
        };
        let text = self.chunk.get(at..at.checked_add(units.checked_mul(2)?)?)?;
        let units = text.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair));
        Some(Cow::Owned(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()))
    }
}

/// One- or two-byte length and the offset behind it.
fn length8(data: &[u8], at: usize) -> Option<(usize, usize)> {
    let first = u8_at(data, at)?;
    if first & 0x80 == 0 {
        return Some((usize::from(first), at.checked_add(1)?));
    }
    let second = u8_at(data, at.checked_add(1)?)?;
    Some(((usize::from(first & 0x7f) << 8) | usize::from(second), at.checked_add(2)?))
}

/// Decodes UTF-8 in which surrogate pairs may be encoded one by one (as `aapt` and DEX do).
pub(crate) fn decode_modified_utf8(bytes: &[u8]) -> Cow<'_, str> {
    let mut units = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, tail)) = rest.split_first() {
        let continuation =
            |index: usize| tail.get(index).filter(|byte| **byte & 0xc0 == 0x80).map(|byte| u32::from(byte & 0x3f));
        let lead = u32::from(first);
        let (scalar, used) = match (first, continuation(0), continuation(1), continuation(2)) {
            (0..=0x7f, ..) => (lead, 0),
            (0xc0..=0xdf, Some(a), ..) => ((lead & 0x1f) << 6 | a, 1),
            (0xe0..=0xef, Some(a), Some(b), _) => ((lead & 0x0f) << 12 | a << 6 | b, 2),
            (0xf0..=0xf4, Some(a), Some(b), Some(c)) => ((lead & 0x07) << 18 | a << 12 | b << 6 | c, 3),
            _ => (0xfffd, 0),
        };
        if scalar < 0x1_0000 {
            units.push(scalar as u16);
        } else if let Some(character) = char::from_u32(scalar) {
            units.extend_from_slice(character.encode_utf16(&mut [0; 2]));
        } else {
            units.push(0xfffd);
        }
        rest = tail.get(used..).unwrap_or_default();
    }
    Cow::Owned(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}
