//! `debug_info_item`: the line program of a method.

use crate::formats::bytes::Cursor;

const END_SEQUENCE: u8 = 0x00;
const ADVANCE_PC: u8 = 0x01;
const ADVANCE_LINE: u8 = 0x02;
const START_LOCAL: u8 = 0x03;
const START_LOCAL_EXTENDED: u8 = 0x04;
const END_LOCAL: u8 = 0x05;
const RESTART_LOCAL: u8 = 0x06;
const SET_FILE: u8 = 0x09;
const FIRST_SPECIAL: u8 = 0x0a;
const LINE_BASE: i64 = -4;
const LINE_RANGE: u8 = 15;

/// Line of the last position at or before `unit`.
pub(super) fn line(data: &[u8], offset: usize, unit: u32) -> Option<u32> {
    if offset == 0 {
        return None;
    }
    let mut cursor = Cursor::at(data, offset);
    let mut line = i64::from(cursor.uleb128()?);
    let parameters = cursor.uleb128()?;
    for _ in 0..parameters {
        cursor.uleb128()?;
    }
    let mut address = 0u64;
    let mut found = None;
    loop {
        let opcode = cursor.u8()?;
        match opcode {
            END_SEQUENCE => break,
            ADVANCE_PC => address = address.saturating_add(u64::from(cursor.uleb128()?)),
            ADVANCE_LINE => line = line.wrapping_add(i64::from(cursor.sleb128()?)),
            START_LOCAL => skip(&mut cursor, 3)?,
            START_LOCAL_EXTENDED => skip(&mut cursor, 4)?,
            END_LOCAL | RESTART_LOCAL | SET_FILE => skip(&mut cursor, 1)?,
            FIRST_SPECIAL.. => {
                let adjusted = opcode.wrapping_sub(FIRST_SPECIAL);
                address = address.saturating_add(u64::from(adjusted / LINE_RANGE));
                line = line.wrapping_add(LINE_BASE).wrapping_add(i64::from(adjusted % LINE_RANGE));
                if address > u64::from(unit) {
                    break;
                }
                found = u32::try_from(line).ok();
            }
            _ => {}
        }
    }
    found
}

fn skip(cursor: &mut Cursor<'_>, count: u32) -> Option<()> {
    for _ in 0..count {
        cursor.uleb128()?;
    }
    Some(())
}
