//! The shape of one method that every data flow needs: basic blocks, and registers of parameters and arguments.

use super::program::{BodyId, Program};
use crate::formats::dex::{CodeItem, Dex, Instruction, access, opcode};

/// First units of the basic blocks, ascending; `handlers` are the starts of exception handlers.
pub(super) fn leaders(instructions: &[Instruction], handlers: &[u32], units: &[[u8; 2]]) -> Vec<u32> {
    let mut out: Vec<u32> = vec![0];
    out.extend(handlers);
    for instruction in instructions {
        out.extend(instruction.targets(units));
        if instruction.ends_block()
            || instruction.branch_target().is_some()
            || matches!(instruction.op, opcode::PACKED_SWITCH | opcode::SPARSE_SWITCH)
        {
            out.push(instruction.unit.saturating_add(instruction.length));
        }
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// Registers that hold the parameters at entry, the receiver first; of wide ones the first half.
pub fn parameter_registers(program: &Program<'_>, id: BodyId, code: &CodeItem<'_>) -> Vec<usize> {
    let (Some(body), Some(dex)) = (program.body(id), program.dex(program.dex_of(id))) else { return Vec::new() };
    let mut at = usize::from(code.registers).saturating_sub(usize::from(code.ins));
    let mut out = Vec::new();
    if is_instance(program, id) {
        out.push(at);
        at = at.saturating_add(1);
    }
    let proto = dex.method(body.method).map_or(u32::MAX, |method| method.proto);
    for parameter in dex.parameters(proto) {
        out.push(at);
        at = at.saturating_add(if is_wide(dex, parameter) { 2 } else { 1 });
    }
    out
}

/// Descriptors of a method's parameters, in the order of [`parameter_registers`]; `None` for the receiver.
pub fn parameter_types<'d>(program: &Program<'d>, id: BodyId) -> Vec<Option<&'d [u8]>> {
    let (Some(body), Some(dex)) = (program.body(id), program.dex(program.dex_of(id))) else { return Vec::new() };
    let proto = dex.method(body.method).map_or(u32::MAX, |method| method.proto);
    let receiver = is_instance(program, id).then_some(None);
    receiver.into_iter().chain(dex.parameters(proto).map(|kind| dex.type_bytes(kind))).collect()
}

/// True for what initialises a class or its objects.
pub fn is_initialiser(program: &Program<'_>, id: BodyId) -> bool {
    program.body_name(id).is_some_and(|name| matches!(name.name.as_ref(), "<init>" | "<clinit>"))
}

/// True for methods with a receiver.
pub(super) fn is_instance(program: &Program<'_>, id: BodyId) -> bool {
    program.body(id).is_some_and(|body| body.access & access::STATIC == 0)
}

/// True for calls without a receiver.
pub(super) fn is_static_call(op: u8) -> bool {
    matches!(op, opcode::INVOKE_STATIC | 0x77)
}

/// Registers of a call's arguments, the receiver first; of wide ones the first half.
pub(super) fn argument_registers(dex: &Dex<'_>, instruction: &Instruction) -> Vec<u16> {
    let mut registers = instruction.arguments();
    let mut out = Vec::new();
    if !is_static_call(instruction.op) {
        out.extend(registers.next());
    }
    let proto = dex.method(instruction.index).map_or(u32::MAX, |method| method.proto);
    for parameter in dex.parameters(proto) {
        let Some(register) = registers.next() else { break };
        out.push(register);
        if is_wide(dex, parameter) {
            registers.next();
        }
    }
    out
}

fn is_wide(dex: &Dex<'_>, kind: u32) -> bool {
    matches!(dex.type_bytes(kind), Some(b"J" | b"D"))
}
