//! Messages that code sends to handlers: whose, and with which `what`.

use rustc_hash::FxHashMap;

use super::constants::{self, Constant};
use super::fields::is_message_what;
use super::program::{BodyId, Program};
use super::roles::Roles;
use crate::formats::dex::Instructions;
use crate::knowledge::schema::CallRole;

/// Values of `what` that are told apart; more count as any.
const MAX_WHATS: usize = 64;

/// What a handler is sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Whats {
    Any,
    These(Vec<i64>),
}

impl Whats {
    /// Adds what another place sends; true when that changed anything.
    pub(super) fn add(&mut self, more: &Self) -> bool {
        match (&mut *self, more) {
            (Self::Any, _) => false,
            (_, Self::Any) => {
                *self = Self::Any;
                true
            }
            (Self::These(known), Self::These(new)) => {
                let before = known.len();
                known.extend(new);
                known.sort_unstable();
                known.dedup();
                let changed = known.len() != before;
                if known.len() > MAX_WHATS {
                    *self = Self::Any;
                }
                changed
            }
        }
    }
}

/// A call that sends a message or makes one for a handler.
#[derive(Debug, Clone)]
pub(super) struct Send {
    pub(super) unit: u32,
    /// Declared class of the handler, when the app defines it.
    pub(super) class: Option<u32>,
    pub(super) whats: Whats,
}

/// The sends of every method that has any, by body number.
pub(super) fn sends(program: &Program<'_>, roles: &Roles<'_>) -> FxHashMap<u32, Vec<Send>> {
    use rayon::iter::ParallelIterator;
    let per_task: Vec<Vec<(u32, Vec<Send>)>> = program
        .body_tasks()
        .map(|bodies| {
            let found = bodies.map(|body| (program.body_number(body), of_body(program, roles, body)));
            found.filter(|(_, sends)| !sends.is_empty()).collect()
        })
        .collect();
    per_task.into_iter().flatten().collect()
}

fn of_body(program: &Program<'_>, roles: &Roles<'_>, body: BodyId) -> Vec<Send> {
    let dex = program.dex_of(body);
    let calls: Vec<(u32, u32, Option<u32>)> = roles
        .calls(program, body, CallRole::SendMessage)
        .map(|call| (call.unit, call.index, roles.of(dex, call.index).and_then(|row| row.key)))
        .collect();
    if calls.is_empty() {
        return Vec::new();
    }
    let units: Vec<u32> = calls.iter().map(|(unit, ..)| *unit).collect();
    let arguments: FxHashMap<u32, constants::Call> =
        constants::calls(program, body, &units).into_iter().map(|call| (call.unit, call)).collect();
    let constant = |unit: u32, key: Option<u32>| match arguments.get(&unit)?.parameter(key?)? {
        Constant::Int(what) => Some(Whats::These(vec![*what])),
        _ => Some(Whats::Any),
    };
    // Messages are made here and filled in: what any of them holds, the others may.
    let mut filled = Whats::These(Vec::new());
    for (unit, _, key) in &calls {
        if let Some(what) = constant(*unit, *key) {
            filled.add(&what);
        }
    }
    filled.add(&stored_whats(program, body));
    if filled == Whats::These(Vec::new()) {
        filled = Whats::Any;
    }
    calls
        .into_iter()
        .map(|(unit, index, key)| {
            let method = program.dex(dex).and_then(|file| file.method(index));
            let class = method.and_then(|method| program.class_of_type(dex, method.class)).map(|class| class.0);
            Send { unit, class, whats: constant(unit, key).unwrap_or_else(|| filled.clone()) }
        })
        .collect()
}

/// Values that the method puts into `Message.what`.
fn stored_whats(program: &Program<'_>, body: BodyId) -> Whats {
    let mut out = Whats::These(Vec::new());
    let Some(code) = program.code(body) else { return out };
    let mut known: FxHashMap<u16, i64> = FxHashMap::default();
    for instruction in Instructions::new(code.units, 0) {
        match instruction.op {
            0x12..=0x15 => {
                known.insert(instruction.a, instruction.literal);
            }
            0x59 if is_message_what(program, program.dex_of(body), instruction.index) => {
                let what = known.get(&instruction.a);
                out.add(&what.map_or(Whats::Any, |what| Whats::These(vec![*what])));
            }
            // Whatever else writes the register.
            0x01..=0x11
            | 0x16..=0x19
            | 0x1a..=0x23
            | 0x2d..=0x31
            | 0x44..=0x4a
            | 0x52..=0x58
            | 0x60..=0x66
            | 0x7b.. => {
                known.remove(&instruction.a);
            }
            _ => {}
        }
    }
    out
}
