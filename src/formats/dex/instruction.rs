//! Dalvik instructions: lengths, references, operands.
//!
//! Source: "Dalvik bytecode" and "Dalvik executable instruction formats" (source.android.com).

/// Opcodes that the analysis names.
#[allow(missing_docs)]
pub mod opcode {
    pub const MOVE_RESULT: u8 = 0x0a;
    pub const MOVE_RESULT_WIDE: u8 = 0x0b;
    pub const MOVE_RESULT_OBJECT: u8 = 0x0c;
    pub const MOVE_EXCEPTION: u8 = 0x0d;
    pub const RETURN_VOID: u8 = 0x0e;
    pub const RETURN: u8 = 0x0f;
    pub const RETURN_OBJECT: u8 = 0x11;
    pub const CONST: u8 = 0x14;
    pub const CONST_HIGH16: u8 = 0x15;
    pub const CONST_STRING: u8 = 0x1a;
    pub const CONST_STRING_JUMBO: u8 = 0x1b;
    pub const CONST_CLASS: u8 = 0x1c;
    pub const CHECK_CAST: u8 = 0x1f;
    pub const NEW_INSTANCE: u8 = 0x22;
    pub const NEW_ARRAY: u8 = 0x23;
    pub const IGET_OBJECT: u8 = 0x54;
    pub const FILLED_NEW_ARRAY: u8 = 0x24;
    pub const FILLED_NEW_ARRAY_RANGE: u8 = 0x25;
    pub const THROW: u8 = 0x27;
    pub const GOTO: u8 = 0x28;
    pub const PACKED_SWITCH: u8 = 0x2b;
    pub const SPARSE_SWITCH: u8 = 0x2c;
    pub const APUT_OBJECT: u8 = 0x4d;
    pub const SGET_OBJECT: u8 = 0x62;
    pub const SPUT: u8 = 0x67;
    pub const SPUT_OBJECT: u8 = 0x69;
    pub const INVOKE_VIRTUAL: u8 = 0x6e;
    pub const INVOKE_SUPER: u8 = 0x6f;
    pub const INVOKE_DIRECT: u8 = 0x70;
    pub const INVOKE_STATIC: u8 = 0x71;
    pub const INVOKE_INTERFACE: u8 = 0x72;
}

/// Length in code units by opcode; unassigned opcodes count as one.
const LENGTH: [u8; 256] = {
    let mut table = [1u8; 256];
    let mut op = 0;
    while op < 256 {
        table[op] = match op {
            0x02 | 0x05 | 0x08 | 0x13 | 0x15 | 0x16 | 0x19 | 0x1a | 0x1c | 0x1f | 0x20 | 0x22 | 0x23 | 0x29 => 2,
            0x03 | 0x06 | 0x09 | 0x14 | 0x17 | 0x1b | 0x24..=0x26 | 0x2a..=0x2c => 3,
            0x18 => 5,
            0x2d..=0x3d | 0x44..=0x6d | 0x90..=0xaf | 0xd0..=0xe2 | 0xfe | 0xff => 2,
            0x6e..=0x72 | 0x74..=0x78 | 0xfc | 0xfd => 3,
            0xfa | 0xfb => 4,
            _ => 1,
        };
        op += 1;
    }
    table
};

/// What an instruction's index refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum RefKind {
    /// A call; the index is a method.
    Invoke = 1,
    /// A read of an instance or static field.
    FieldGet = 2,
    /// A write of an instance or static field.
    FieldPut = 3,
    /// A string constant.
    String = 4,
    /// A class constant, cast, instance check or array type.
    Class = 5,
    /// A new instance.
    New = 6,
    /// A dynamic call; the index is a call site.
    Custom = 7,
    /// A method handle constant.
    Handle = 8,
    /// An integer constant in the app's resource range; the index is its low 24 bits.
    Resource = 9,
}

impl RefKind {
    /// All kinds, ascending by number.
    pub const ALL: [Self; 9] = [
        Self::Invoke,
        Self::FieldGet,
        Self::FieldPut,
        Self::String,
        Self::Class,
        Self::New,
        Self::Custom,
        Self::Handle,
        Self::Resource,
    ];
}

const REFERENCE: [Option<RefKind>; 256] = {
    let mut table = [None; 256];
    let mut op = 0;
    while op < 256 {
        table[op] = match op {
            0x14 | 0x15 => Some(RefKind::Resource),
            0x1a | 0x1b => Some(RefKind::String),
            0x1c | 0x1f | 0x20 | 0x23..=0x25 => Some(RefKind::Class),
            0x22 => Some(RefKind::New),
            0x52..=0x58 | 0x60..=0x66 => Some(RefKind::FieldGet),
            0x59..=0x5f | 0x67..=0x6d => Some(RefKind::FieldPut),
            0x6e..=0x72 | 0x74..=0x78 | 0xfa | 0xfb => Some(RefKind::Invoke),
            0xfc | 0xfd => Some(RefKind::Custom),
            0xfe => Some(RefKind::Handle),
            _ => None,
        };
        op += 1;
    }
    table
};

/// Package number of an app's own resources.
pub const APP_PACKAGE: u32 = 0x7f;

/// A reference from code to a table of the DEX file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    /// Code units from the start of the method.
    pub unit: u32,
    /// What the index refers to.
    pub kind: RefKind,
    /// Index into the table that `kind` names.
    pub index: u32,
}

impl Reference {
    /// The resource id, of a [`RefKind::Resource`].
    pub fn resource(&self) -> u32 {
        0x7f00_0000 | self.index
    }
}

#[inline]
fn unit_at(units: &[[u8; 2]], at: usize) -> Option<u16> {
    units.get(at).map(|pair| u16::from_le_bytes(*pair))
}

/// Length in code units of what stands at `at`, payloads included.
#[inline]
fn length_at(units: &[[u8; 2]], at: usize, head: u16) -> Option<usize> {
    match head {
        0x0100 => usize::from(unit_at(units, at.checked_add(1)?)?).checked_mul(2)?.checked_add(4),
        0x0200 => usize::from(unit_at(units, at.checked_add(1)?)?).checked_mul(4)?.checked_add(2),
        0x0300 => {
            let width = usize::from(unit_at(units, at.checked_add(1)?)?);
            let low = usize::from(unit_at(units, at.checked_add(2)?)?);
            let high = usize::from(unit_at(units, at.checked_add(3)?)?);
            width.checked_mul(low | high << 16)?.checked_add(1).map(|bytes| bytes / 2)?.checked_add(4)
        }
        _ => Some(usize::from(LENGTH[usize::from(head & 0xff)])),
    }
}

/// Walks a method body and yields its references only. This is the scanner's innermost loop.
#[derive(Debug, Clone)]
pub struct References<'a> {
    units: &'a [[u8; 2]],
    at: usize,
    registers: u16,
    /// Set when an instruction ran past the end of the method, jumps out of it, is unassigned, or
    /// names registers that the method does not have.
    pub broken: bool,
}

impl<'a> References<'a> {
    /// Starts at the first unit of a method with so many registers.
    pub fn new(units: &'a [[u8; 2]], registers: u16) -> Self {
        Self { units, at: 0, registers, broken: false }
    }

    /// True for an unassigned opcode and for a jump out of the method: Android's verifier refuses both.
    #[inline]
    fn is_damaged(&self, unit: usize, head: u16, op: u8) -> bool {
        let wide = |offset: usize| unit_at(self.units, unit.checked_add(offset)?);
        let long = || Some((u32::from(wide(1)?) | u32::from(wide(2)?) << 16) as i32);
        let jump = match op {
            0x28 => Some(i32::from((head >> 8) as u8 as i8)),
            0x29 | 0x32..=0x3d => wide(1).map(|offset| i32::from(offset as i16)),
            0x2a..=0x2c | 0x26 => long(),
            0x3e..=0x43 | 0x73 | 0x79 | 0x7a | 0xe3..=0xf9 => return true,
            _ => return false,
        };
        let target =
            jump.and_then(|jump| usize::try_from(i64::try_from(unit).ok()?.checked_add(i64::from(jump))?).ok());
        // A table cannot stand where its own instruction does; a jump to itself is a legal endless loop.
        let own = matches!(op, 0x26 | 0x2b | 0x2c) && target == Some(unit);
        own || target.is_none_or(|target| target >= self.units.len())
    }
}

impl Iterator for References<'_> {
    type Item = Reference;

    #[inline]
    fn next(&mut self) -> Option<Reference> {
        loop {
            let unit = self.at;
            let head = unit_at(self.units, unit)?;
            let Some(next) = length_at(self.units, unit, head)
                .and_then(|length| unit.checked_add(length))
                .filter(|next| *next <= self.units.len())
            else {
                self.broken = true;
                self.at = self.units.len();
                return None;
            };
            self.at = next;
            let op = (head & 0xff) as u8;
            let Some(kind) = REFERENCE[usize::from(op)] else {
                self.broken |= self.is_damaged(unit, head, op);
                continue;
            };
            let low = u32::from(unit_at(self.units, unit.checked_add(1)?)?);
            if matches!(op, 0x74..=0x78) {
                let first = usize::from(unit_at(self.units, unit.checked_add(2)?)?);
                self.broken |= first.saturating_add(usize::from(head >> 8)) > usize::from(self.registers);
            }
            let index = if kind == RefKind::Resource {
                // Resource ids of the app itself: package 0x7f.
                let value = if op == 0x15 {
                    low << 16
                } else {
                    low | u32::from(unit_at(self.units, unit.checked_add(2)?)?) << 16
                };
                if value >> 24 != APP_PACKAGE {
                    continue;
                }
                value & 0x00ff_ffff
            } else if op == opcode::CONST_STRING_JUMBO {
                low | u32::from(unit_at(self.units, unit.checked_add(2)?)?) << 16
            } else {
                low
            };
            return Some(Reference { unit: unit as u32, kind, index });
        }
    }
}

/// One decoded instruction with the operands that constant propagation needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instruction {
    /// Code units from the start of the method.
    pub unit: u32,
    /// Opcode.
    pub op: u8,
    /// First operand register (destination, where there is one).
    pub a: u16,
    /// Second operand register; for calls the number of argument registers.
    pub b: u16,
    /// Third operand register; for range calls the first argument register.
    pub c: u16,
    /// Literal or branch offset in units.
    pub literal: i64,
    /// Table index, where the opcode has one.
    pub index: u32,
    /// Argument registers of a `35c` call, in order.
    pub args: [u8; 5],
    /// Code units up to the next instruction.
    pub length: u32,
}

impl Instruction {
    /// Argument registers of a call or filled array.
    pub fn arguments(&self) -> impl Iterator<Item = u16> + '_ {
        let range = matches!(self.op, 0x25 | 0x74..=0x78 | 0xfb | 0xfd);
        let count = if range { self.b } else { self.b.min(5) };
        (0..count).map(move |index| {
            if range {
                self.c.wrapping_add(index)
            } else {
                u16::from(self.args.get(usize::from(index)).copied().unwrap_or(0))
            }
        })
    }

    /// True for any call.
    pub fn is_invoke(&self) -> bool {
        matches!(self.op, 0x6e..=0x72 | 0x74..=0x78 | 0xfa..=0xfd)
    }

    /// True when control does not run on to the next instruction.
    pub fn ends_block(&self) -> bool {
        matches!(self.op, 0x0e..=0x11 | opcode::THROW | 0x28..=0x2a)
    }

    /// Branch target in units, for `goto` and `if`.
    pub fn branch_target(&self) -> Option<u32> {
        if !matches!(self.op, 0x28..=0x2a | 0x32..=0x3d) {
            return None;
        }
        u32::try_from(i64::from(self.unit).checked_add(self.literal)?).ok()
    }

    /// Cases of a switch: the value and the unit that it jumps to.
    pub fn cases(&self, units: &[[u8; 2]]) -> Vec<(i32, u32)> {
        let at = i64::from(self.unit);
        let Some(payload) = at.checked_add(self.literal).and_then(|at| usize::try_from(at).ok()) else {
            return Vec::new();
        };
        let targets = switch_targets(units, payload);
        let keys = switch_keys(units, payload, targets.len());
        keys.into_iter()
            .zip(targets)
            .filter_map(|(key, target)| Some((key, u32::try_from(at.checked_add(i64::from(target))?).ok()?)))
            .collect()
    }

    /// Every unit of the method `units` that the instruction may jump to: branch and switch targets.
    pub fn targets(&self, units: &[[u8; 2]]) -> Vec<u32> {
        if let Some(target) = self.branch_target() {
            return vec![target];
        }
        if !matches!(self.op, opcode::PACKED_SWITCH | opcode::SPARSE_SWITCH) {
            return Vec::new();
        }
        let at = i64::from(self.unit);
        let Some(payload) = at.checked_add(self.literal).and_then(|at| usize::try_from(at).ok()) else {
            return Vec::new();
        };
        switch_targets(units, payload)
            .into_iter()
            .filter_map(|target| u32::try_from(at.checked_add(i64::from(target))?).ok())
            .collect()
    }
}

/// Walks a method body instruction by instruction; payload tables are skipped.
#[derive(Debug, Clone)]
pub struct Instructions<'a> {
    units: &'a [[u8; 2]],
    at: usize,
}

impl<'a> Instructions<'a> {
    /// Starts at unit `at`.
    pub fn new(units: &'a [[u8; 2]], at: usize) -> Self {
        Self { units, at }
    }
}

impl Iterator for Instructions<'_> {
    type Item = Instruction;

    fn next(&mut self) -> Option<Instruction> {
        loop {
            let at = self.at;
            let head = unit_at(self.units, at)?;
            let length = length_at(self.units, at, head)?;
            self.at = at.checked_add(length)?;
            if self.at > self.units.len() {
                return None;
            }
            if matches!(head, 0x0100 | 0x0200 | 0x0300) {
                continue;
            }
            return Some(decode(self.units, at, head, length));
        }
    }
}

fn decode(units: &[[u8; 2]], at: usize, head: u16, length: usize) -> Instruction {
    let unit = |index: usize| unit_at(units, at.saturating_add(index)).unwrap_or(0);
    let op = (head & 0xff) as u8;
    let high = head >> 8;
    let (nibble_a, nibble_b) = (high & 0xf, high >> 4);
    let second = unit(1);
    let wide = || u32::from(second) | u32::from(unit(2)) << 16;
    let mut out = Instruction {
        unit: at as u32,
        op,
        a: 0,
        b: 0,
        c: 0,
        literal: 0,
        index: 0,
        args: [0; 5],
        length: length as u32,
    };
    match op {
        0x01 | 0x04 | 0x07 | 0x21 | 0x7b..=0x8f | 0xb0..=0xcf => (out.a, out.b) = (nibble_a, nibble_b),
        0x02 | 0x05 | 0x08 => (out.a, out.b) = (high, second),
        0x03 | 0x06 | 0x09 => (out.a, out.b) = (second, unit(2)),
        0x0a..=0x0d | 0x0f..=0x11 | 0x1d | 0x1e | 0x27 => out.a = high,
        0x12 => (out.a, out.literal) = (nibble_a, i64::from((nibble_b as i16) << 12 >> 12)),
        0x13 | 0x16 => (out.a, out.literal) = (high, i64::from(second as i16)),
        0x14 | 0x17 => (out.a, out.literal) = (high, i64::from(wide() as i32)),
        0x15 => (out.a, out.literal) = (high, i64::from((u32::from(second) << 16) as i32)),
        0x19 => (out.a, out.literal) = (high, ((u64::from(second)) << 48) as i64),
        0x18 => {
            out.a = high;
            out.literal = (0..4).fold(0u64, |value, index| value | u64::from(unit(index + 1)) << (16 * index)) as i64;
        }
        0x1a | 0x1c | 0x1f | 0x22 | 0x60..=0x6d | 0xfe | 0xff => (out.a, out.index) = (high, u32::from(second)),
        0x1b => (out.a, out.index) = (high, wide()),
        0x20 | 0x23 | 0x52..=0x5f => (out.a, out.b, out.index) = (nibble_a, nibble_b, u32::from(second)),
        0x24 | 0x6e..=0x72 | 0xfa | 0xfc => {
            let registers = unit(2);
            out.b = nibble_b;
            out.index = u32::from(second);
            out.args = [
                (registers & 0xf) as u8,
                (registers >> 4 & 0xf) as u8,
                (registers >> 8 & 0xf) as u8,
                (registers >> 12) as u8,
                nibble_a as u8,
            ];
        }
        0x25 | 0x74..=0x78 | 0xfb | 0xfd => (out.b, out.index, out.c) = (high, u32::from(second), unit(2)),
        0x26 | 0x2b | 0x2c => (out.a, out.literal) = (high, i64::from(wide() as i32)),
        0x28 => out.literal = i64::from(high as u8 as i8),
        0x29 => out.literal = i64::from(second as i16),
        0x2a => out.literal = i64::from(wide() as i32),
        0x2d..=0x31 | 0x44..=0x51 | 0x90..=0xaf => (out.a, out.b, out.c) = (high, second & 0xff, second >> 8),
        0x32..=0x37 => (out.a, out.b, out.literal) = (nibble_a, nibble_b, i64::from(second as i16)),
        0x38..=0x3d => (out.a, out.literal) = (high, i64::from(second as i16)),
        0xd0..=0xd7 => (out.a, out.b, out.literal) = (nibble_a, nibble_b, i64::from(second as i16)),
        0xd8..=0xe2 => (out.a, out.b, out.literal) = (high, second & 0xff, i64::from((second >> 8) as u8 as i8)),
        _ => {}
    }
    out
}

/// Targets of the switch payload at unit `payload`, relative to the switch instruction.
fn word_at(units: &[[u8; 2]], at: usize) -> Option<i32> {
    Some((u32::from(unit_at(units, at)?) | u32::from(unit_at(units, at.checked_add(1)?)?) << 16) as i32)
}

fn switch_keys(units: &[[u8; 2]], payload: usize, count: usize) -> Vec<i32> {
    let first = payload.saturating_add(2);
    match unit_at(units, payload) {
        // Packed: the first key, the others follow it.
        Some(0x0100) => {
            let key = word_at(units, first).unwrap_or(0);
            (0..count).map(|index| key.wrapping_add(i32::try_from(index).unwrap_or(0))).collect()
        }
        _ => (0..count).map_while(|index| word_at(units, first.saturating_add(index.saturating_mul(2)))).collect(),
    }
}

fn switch_targets(units: &[[u8; 2]], payload: usize) -> Vec<i32> {
    let Some(head) = unit_at(units, payload) else { return Vec::new() };
    let count = usize::from(unit_at(units, payload.saturating_add(1)).unwrap_or(0));
    let first = match head {
        0x0100 => payload.saturating_add(4),
        0x0200 => payload.saturating_add(2).saturating_add(count.saturating_mul(2)),
        _ => return Vec::new(),
    };
    (0..count).map_while(|index| word_at(units, first.saturating_add(index.saturating_mul(2)))).collect()
}
