//! Checked little-endian reads on a byte slice. No method can panic.

/// Reads a `u8` at byte `offset`.
#[inline]
pub fn u8_at(data: &[u8], offset: usize) -> Option<u8> {
    data.get(offset).copied()
}

/// Reads a little-endian `u16` at byte `offset`.
#[inline]
pub fn u16_at(data: &[u8], offset: usize) -> Option<u16> {
    let end = offset.checked_add(2)?;
    Some(u16::from_le_bytes(data.get(offset..end)?.try_into().ok()?))
}

/// Reads a little-endian `u32` at byte `offset`.
#[inline]
pub fn u32_at(data: &[u8], offset: usize) -> Option<u32> {
    let end = offset.checked_add(4)?;
    Some(u32::from_le_bytes(data.get(offset..end)?.try_into().ok()?))
}

/// Reads a little-endian `u64` at byte `offset`.
#[inline]
pub fn u64_at(data: &[u8], offset: usize) -> Option<u64> {
    let end = offset.checked_add(8)?;
    Some(u64::from_le_bytes(data.get(offset..end)?.try_into().ok()?))
}

/// `len` bytes at byte `offset`, or `None` when they are not all there.
#[inline]
pub fn slice_at(data: &[u8], offset: usize, len: usize) -> Option<&[u8]> {
    data.get(offset..offset.checked_add(len)?)
}

/// A forward-moving reader. Reads past the end return `None` and leave the position unchanged.
#[derive(Debug, Clone, Copy)]
pub struct Cursor<'a> {
    data: &'a [u8],
    pos: usize,
}

impl<'a> Cursor<'a> {
    /// Starts at byte `pos` of `data`.
    #[inline]
    pub fn at(data: &'a [u8], pos: usize) -> Self {
        Self { data, pos }
    }

    /// Byte offset from the start of the data.
    #[inline]
    pub fn pos(&self) -> usize {
        self.pos
    }

    /// Bytes left.
    #[inline]
    pub fn remaining(&self) -> usize {
        self.data.len().saturating_sub(self.pos)
    }

    /// Next byte.
    #[inline]
    pub fn u8(&mut self) -> Option<u8> {
        let value = u8_at(self.data, self.pos)?;
        self.pos = self.pos.checked_add(1)?;
        Some(value)
    }

    /// Next little-endian `u16`.
    #[inline]
    pub fn u16(&mut self) -> Option<u16> {
        let value = u16_at(self.data, self.pos)?;
        self.pos = self.pos.checked_add(2)?;
        Some(value)
    }

    /// Next little-endian `u32`.
    #[inline]
    pub fn u32(&mut self) -> Option<u32> {
        let value = u32_at(self.data, self.pos)?;
        self.pos = self.pos.checked_add(4)?;
        Some(value)
    }

    /// Next little-endian `u64`.
    #[inline]
    pub fn u64(&mut self) -> Option<u64> {
        let value = u64_at(self.data, self.pos)?;
        self.pos = self.pos.checked_add(8)?;
        Some(value)
    }

    /// Next `len` bytes.
    #[inline]
    pub fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let value = slice_at(self.data, self.pos, len)?;
        self.pos = self.pos.checked_add(len)?;
        Some(value)
    }

    /// Next unsigned LEB128 of at most five bytes (DEX format, "LEB128").
    #[inline]
    pub fn uleb128(&mut self) -> Option<u32> {
        let first = self.u8()?;
        if first < 0x80 {
            return Some(u32::from(first));
        }
        let mut value = u32::from(first & 0x7f);
        for shift in [7u32, 14, 21, 28] {
            let byte = self.u8()?;
            value |= u32::from(byte & 0x7f).wrapping_shl(shift);
            if byte < 0x80 {
                break;
            }
        }
        Some(value)
    }

    /// Next signed LEB128 of at most five bytes.
    pub fn sleb128(&mut self) -> Option<i32> {
        let mut value: i64 = 0;
        for shift in [0u32, 7, 14, 21, 28] {
            let byte = self.u8()?;
            value |= i64::from(byte & 0x7f).wrapping_shl(shift);
            if byte < 0x80 {
                if byte & 0x40 != 0 {
                    value |= (-1i64).wrapping_shl(shift.wrapping_add(7));
                }
                break;
            }
        }
        // Truncation to 32 bits is what the platform does with over-long encodings.
        Some(value as i32)
    }

    /// Next unsigned LEB128 plus one encoding (`uleb128p1`); `None` inside means "no index".
    pub fn uleb128p1(&mut self) -> Option<Option<u32>> {
        Some(self.uleb128()?.checked_sub(1))
    }
}
