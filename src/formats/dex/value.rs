//! `encoded_value` and `encoded_array`.

use crate::formats::bytes::Cursor;

/// How deep arrays and annotations inside values are followed.
const MAX_DEPTH: u32 = 16;

/// An encoded constant.
#[derive(Debug, Clone, PartialEq)]
pub enum EncodedValue {
    /// `byte`, `short`, `char`, `int`, `long` or `boolean`.
    Int(i64),
    /// `float` or `double`.
    Real(f64),
    /// String index.
    String(u32),
    /// Type index.
    Type(u32),
    /// Field index (also enum constants).
    Field(u32),
    /// Method index.
    Method(u32),
    /// Prototype index.
    MethodType(u32),
    /// Method handle index.
    MethodHandle(u32),
    /// Array of values.
    Array(Vec<EncodedValue>),
    /// An annotation, which is skipped.
    Annotation,
    /// `null`.
    Null,
}

/// The encoded array at byte `offset`; what precedes damage is kept.
pub(super) fn encoded_array(data: &[u8], offset: usize) -> Option<Vec<EncodedValue>> {
    let mut cursor = Cursor::at(data, offset);
    array(&mut cursor, 0)
}

fn array(cursor: &mut Cursor<'_>, depth: u32) -> Option<Vec<EncodedValue>> {
    let count = cursor.uleb128()? as usize;
    let mut values = Vec::with_capacity(count.min(cursor.remaining()));
    for _ in 0..count {
        match value(cursor, depth) {
            Some(value) => values.push(value),
            None => break,
        }
    }
    Some(values)
}

fn value(cursor: &mut Cursor<'_>, depth: u32) -> Option<EncodedValue> {
    if depth > MAX_DEPTH {
        return None;
    }
    let head = cursor.u8()?;
    let arg = u32::from(head >> 5);
    let len = arg.saturating_add(1) as usize;
    Some(match head & 0x1f {
        0x00 | 0x02 | 0x04 | 0x06 => EncodedValue::Int(signed(cursor.take(len)?)),
        0x03 => EncodedValue::Int(unsigned(cursor.take(len)?)),
        0x10 => EncodedValue::Real(f64::from(f32::from_bits((right_extended(cursor.take(len)?) >> 32) as u32))),
        0x11 => EncodedValue::Real(f64::from_bits(right_extended(cursor.take(len)?))),
        0x15 => EncodedValue::MethodType(index(cursor, len)?),
        0x16 => EncodedValue::MethodHandle(index(cursor, len)?),
        0x17 => EncodedValue::String(index(cursor, len)?),
        0x18 => EncodedValue::Type(index(cursor, len)?),
        0x19 | 0x1b => EncodedValue::Field(index(cursor, len)?),
        0x1a => EncodedValue::Method(index(cursor, len)?),
        0x1c => EncodedValue::Array(array(cursor, depth.saturating_add(1))?),
        0x1d => annotation(cursor, depth.saturating_add(1))?,
        0x1e => EncodedValue::Null,
        0x1f => EncodedValue::Int(i64::from(arg)),
        _ => return None,
    })
}

fn annotation(cursor: &mut Cursor<'_>, depth: u32) -> Option<EncodedValue> {
    cursor.uleb128()?;
    let count = cursor.uleb128()?;
    for _ in 0..count {
        cursor.uleb128()?;
        value(cursor, depth)?;
    }
    Some(EncodedValue::Annotation)
}

fn index(cursor: &mut Cursor<'_>, len: usize) -> Option<u32> {
    u32::try_from(unsigned(cursor.take(len)?)).ok()
}

fn unsigned(bytes: &[u8]) -> i64 {
    bytes.iter().rev().fold(0, |value, byte| value << 8 | i64::from(*byte))
}

fn signed(bytes: &[u8]) -> i64 {
    let unused = 64u32.saturating_sub(u32::try_from(bytes.len()).unwrap_or(8).saturating_mul(8));
    unsigned(bytes).wrapping_shl(unused).wrapping_shr(unused)
}

/// Fills from the most significant byte down, as floats are stored.
fn right_extended(bytes: &[u8]) -> u64 {
    let unused = 64u32.saturating_sub(u32::try_from(bytes.len()).unwrap_or(8).saturating_mul(8));
    (unsigned(bytes) as u64).wrapping_shl(unused)
}
