//! `class_data_item` and `code_item`.

use super::{ClassDef, Dex};
use crate::formats::bytes::{Cursor, slice_at, u16_at, u32_at};

/// A field that a class defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncodedField {
    /// Index into the field table.
    pub field: u32,
    /// Access flags.
    pub access: u32,
}

/// A method that a class defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncodedMethod {
    /// Index into the method table.
    pub method: u32,
    /// Access flags.
    pub access: u32,
    /// Offset of the code item, 0 when abstract or native.
    pub code: u32,
}

/// Fields and methods that a class defines.
#[derive(Debug, Clone, Default)]
pub struct ClassData {
    /// Static fields, ascending by index.
    pub static_fields: Vec<EncodedField>,
    /// Instance fields, ascending by index.
    pub instance_fields: Vec<EncodedField>,
    /// Static, private and constructor methods, then virtual ones.
    pub methods: Vec<EncodedMethod>,
    /// The data ended early: what stands here is what could be read.
    pub cut_off: bool,
}

/// One method body.
#[derive(Debug, Clone, Copy)]
pub struct CodeItem<'a> {
    /// Number of registers.
    pub registers: u16,
    /// Registers that hold parameters at entry: the last ones.
    pub ins: u16,
    /// Number of try blocks.
    pub tries: u16,
    /// Offset of the debug info, 0 for none.
    pub debug_info: u32,
    /// The code units.
    pub units: &'a [[u8; 2]],
    /// Byte offset of the first unit in the file.
    pub offset: usize,
}

impl CodeItem<'_> {
    /// The opcode at a code unit where an instruction begins; 0 beyond the end.
    pub fn opcode(&self, unit: u32) -> u8 {
        self.units.get(unit as usize).map_or(0, |pair| pair[0])
    }
}

/// A protected range of code units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TryItem {
    /// First protected unit.
    pub start: u32,
    /// Number of protected units.
    pub count: u16,
    /// Offset of its handlers within the handler list.
    pub handler: u16,
}

impl<'a> Dex<'a> {
    /// Fields and methods of a class definition; empty when it has none.
    pub fn class_data(&self, class: &ClassDef) -> ClassData {
        let mut out = ClassData::default();
        if class.class_data != 0 {
            out.cut_off = read(Cursor::at(self.data, class.class_data as usize), &mut out).is_none();
        }
        out
    }

    /// The code item at `offset`; `None` when it is abstract, native or outside the file.
    #[inline]
    pub fn code(&self, offset: u32) -> Option<CodeItem<'a>> {
        if offset == 0 {
            return None;
        }
        let head = slice_at(self.data, offset as usize, 16)?;
        let count = u32_at(head, 12)? as usize;
        let start = (offset as usize).checked_add(16)?;
        let units = slice_at(self.data, start, count.checked_mul(2)?)?.as_chunks::<2>().0;
        Some(CodeItem {
            registers: u16_at(head, 0)?,
            ins: u16_at(head, 2)?,
            tries: u16_at(head, 6)?,
            debug_info: u32_at(head, 8)?,
            units,
            offset: start,
        })
    }

    /// False when the try blocks that a method body claims are not all in the file.
    pub fn has_all_tries(&self, code: &CodeItem<'a>) -> bool {
        let units = code.units.len();
        let at = code.offset.saturating_add(units.saturating_add(units & 1).saturating_mul(2));
        code.tries == 0 || slice_at(self.data, at, usize::from(code.tries).saturating_mul(8)).is_some()
    }

    /// Start units of the exception handlers of a method body.
    pub fn handlers(&self, code: &CodeItem<'a>) -> Vec<u32> {
        let mut out = Vec::new();
        if code.tries == 0 {
            return out;
        }
        let units = code.units.len();
        let tries = code.offset.saturating_add(units.saturating_add(units & 1).saturating_mul(2));
        let list = tries.saturating_add(usize::from(code.tries).saturating_mul(8));
        let _ = handler_list(Cursor::at(self.data, list), &mut out);
        out
    }
}

fn handler_list(mut cursor: Cursor<'_>, out: &mut Vec<u32>) -> Option<()> {
    let lists = cursor.uleb128()?;
    for _ in 0..lists {
        let size = cursor.sleb128()?;
        for _ in 0..size.unsigned_abs() {
            cursor.uleb128()?;
            out.push(cursor.uleb128()?);
        }
        if size <= 0 {
            out.push(cursor.uleb128()?);
        }
    }
    Some(())
}

fn read(mut cursor: Cursor<'_>, out: &mut ClassData) -> Option<()> {
    let counts = [cursor.uleb128()?, cursor.uleb128()?, cursor.uleb128()?, cursor.uleb128()?];
    let [static_fields, instance_fields, direct, virtuals] = counts;
    fields(&mut cursor, static_fields, &mut out.static_fields)?;
    fields(&mut cursor, instance_fields, &mut out.instance_fields)?;
    methods(&mut cursor, direct, &mut out.methods)?;
    methods(&mut cursor, virtuals, &mut out.methods)
}

fn fields(cursor: &mut Cursor<'_>, count: u32, out: &mut Vec<EncodedField>) -> Option<()> {
    // Each member takes two bytes or more, which bounds what a false count can reserve.
    out.reserve((count as usize).min(cursor.remaining() / 2));
    let mut field = 0u32;
    for _ in 0..count {
        field = field.wrapping_add(cursor.uleb128()?);
        out.push(EncodedField { field, access: cursor.uleb128()? });
    }
    Some(())
}

fn methods(cursor: &mut Cursor<'_>, count: u32, out: &mut Vec<EncodedMethod>) -> Option<()> {
    out.reserve((count as usize).min(cursor.remaining() / 3));
    let mut method = 0u32;
    for _ in 0..count {
        method = method.wrapping_add(cursor.uleb128()?);
        out.push(EncodedMethod { method, access: cursor.uleb128()?, code: cursor.uleb128()? });
    }
    Some(())
}
