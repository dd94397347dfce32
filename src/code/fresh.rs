//! What a method can do on a fresh install: values that are known when nothing has been stored and
//! nobody has decided anything yet.
//!
//! Forward data flow over one method with small callees looked into. Storage holds its defaults,
//! fields their initial values, until code that is itself reachable writes something else; a branch
//! on a known value has one way out. What cannot be known is `Unknown`, and both ways are taken.

mod calls;
mod kinds;
mod passed;
mod stored;
mod waiting;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::blocks;
use super::dispatch::Dispatch;
use super::fields::{Field, is_message_what};
use super::messages::Whats;
use super::program::{ClassId, Program};
use super::roles::Roles;
use super::values::{Val, arithmetic, get, merge, set};
use crate::formats::dex::{CodeItem, Instruction, Instructions, opcode};
use crate::knowledge::schema::CallRole;

/// How deep small callees are looked into.
const MAX_DEPTH: u32 = 6;
/// Callees up to this many code units are looked into.
const SMALL_UNITS: usize = 160;
/// Callees up to this size are looked into whatever they do.
const TINY_UNITS: usize = 24;
/// Possible targets of a call that are looked into.
const MAX_TARGETS: usize = 3;
/// Cells (blocks × registers) beyond which a method's values are not followed.
const MAX_CELLS: usize = 1 << 20;
/// Instructions looked at for one method, callees included.
const STEPS_PER_METHOD: u64 = 20_000;
/// Instructions looked at in all.
const STEPS: u64 = 16_000_000;

/// A place where a value is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key {
    /// Key of stored preferences (interned text).
    Flag(u32),
    /// A file, by name.
    File(u32),
    /// A static or instance field.
    Field(u64),
    /// A field of the object made at one place.
    Slot(u32, u64),
    /// How many values a final number is known to have.
    Kinds(u64),
}

/// A stored key that decided a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// Preference key, file name, or `Class.field`.
    pub name: String,
    /// True for preferences and files, which outlive the process.
    pub is_persistent: bool,
}

/// A method's instructions and the shape of its control flow.
#[derive(Debug)]
struct Decoded {
    instructions: Vec<Instruction>,
    /// Starts of exception handlers.
    handlers: Vec<u32>,
    /// Starts of basic blocks.
    leaders: Vec<u32>,
    /// Registers of the parameters.
    parameters: Vec<usize>,
    is_instance: bool,
}

type Cached = Arc<Decoded>;

/// What looking into a callee read and wrote, so that doing it again can be spared.
#[derive(Debug, Clone, Copy)]
enum Access {
    /// The value found; whether a change of it matters to the reader.
    Read(Key, Option<Val>, bool),
    Write(Key, Val),
}

/// What callees gave back, by body and arguments, with what they read and wrote.
type Results = FxHashMap<(u32, Vec<Val>), (Val, Arc<[Access]>)>;

/// Longest list of accesses that is kept for a callee.
const MAX_ACCESSES: usize = 48;

/// Half-open ranges of code units that control can reach.
pub(super) type Ranges = Vec<(u32, u32)>;

#[derive(Clone)]
pub(super) struct Evaluator<'x, 'a> {
    program: &'x Program<'a>,
    dispatch: &'x Dispatch,
    roles: &'x Roles<'x>,
    is_decision: &'x (dyn Fn(&str) -> bool + Sync),
    /// A branch on a doubtful value ends the walk instead of taking both ways.
    stops_at_doubt: bool,
    texts: FxHashMap<Vec<u8>, u32>,
    text_list: Vec<Vec<u8>>,
    objects: FxHashMap<(u32, u32), u32>,
    object_classes: Vec<u32>,
    store: FxHashMap<Key, Val>,
    readers: FxHashMap<Key, FxHashSet<u32>>,
    keys: Vec<Key>,
    key_numbers: FxHashMap<Key, u32>,
    field_names: FxHashMap<u64, String>,
    fields: FxHashMap<(u32, u32), Option<Field>>,
    written: Arc<FxHashSet<u64>>,
    /// Classes of plain libraries: their own branches decide nothing about consent.
    opaque: &'x [bool],
    /// Function objects.
    functions: &'x [bool],
    /// Methods that a doubtful branch ended.
    pub(super) doubtful: FxHashSet<u32>,
    interesting: FxHashMap<u32, bool>,
    decisions: FxHashMap<(u32, u32), bool>,
    targets: FxHashMap<(u32, u64), Vec<u32>>,
    decoded: FxHashMap<u32, Cached>,
    initials: FxHashMap<u64, Option<Val>>,
    /// Results of callees by body and arguments, good while what they read has not changed.
    results: Results,
    /// Accesses since the outer method was begun.
    log: Vec<Access>,
    /// What each handler method is sent, by body.
    pub(super) whats: FxHashMap<u32, Whats>,
    /// Methods to look at again because a value that they read changed.
    pub(super) dirty: Vec<u32>,
    /// Branches that a stored key decided: by key number.
    pub(super) pruned: FxHashMap<u32, FxHashSet<(u32, u32)>>,
    /// Writes seen: key with the body that writes it.
    pub(super) writes: FxHashSet<(Key, u32)>,
    outer: u32,
    /// What parameters of the outer method hold.
    parameter: Val,
    /// Those of them that are known.
    given: Vec<Val>,
    /// Objects on which handlers run, by method; `None` where it may be any.
    receivers: FxHashMap<u32, Option<u32>>,
    /// What the calls that are reached pass.
    passed: passed::Passed,
    /// Where objects go.
    leavings: waiting::Leavings,
    /// Final numbers of what is made.
    kinds: kinds::Kinds,
    /// The outer method was not followed to its end.
    is_cut_short: bool,
    steps: u64,
    method_steps: u64,
}

impl<'x, 'a> Evaluator<'x, 'a> {
    pub(super) fn new(
        program: &'x Program<'a>,
        dispatch: &'x Dispatch,
        roles: &'x Roles<'x>,
        is_decision: &'x (dyn Fn(&str) -> bool + Sync),
        written: Arc<FxHashSet<u64>>,
        opaque: &'x [bool],
        functions: &'x [bool],
    ) -> Self {
        Self {
            program,
            dispatch,
            roles,
            is_decision,
            stops_at_doubt: true,
            texts: FxHashMap::default(),
            text_list: Vec::new(),
            objects: FxHashMap::default(),
            object_classes: Vec::new(),
            store: FxHashMap::default(),
            readers: FxHashMap::default(),
            keys: Vec::new(),
            key_numbers: FxHashMap::default(),
            field_names: FxHashMap::default(),
            fields: FxHashMap::default(),
            written,
            opaque,
            functions,
            doubtful: FxHashSet::default(),
            interesting: FxHashMap::default(),
            decisions: FxHashMap::default(),
            targets: FxHashMap::default(),
            decoded: FxHashMap::default(),
            initials: FxHashMap::default(),
            results: Results::default(),
            log: Vec::new(),
            whats: FxHashMap::default(),
            dirty: Vec::new(),
            pruned: FxHashMap::default(),
            writes: FxHashSet::default(),
            outer: 0,
            parameter: Val::Unknown,
            given: Vec::new(),
            receivers: FxHashMap::default(),
            passed: passed::Passed::default(),
            leavings: waiting::Leavings::default(),
            kinds: kinds::Kinds::default(),
            is_cut_short: false,
            steps: 0,
            method_steps: 0,
        }
    }

    /// A handler runs on the object that a method makes at a place.
    pub(super) fn runs_on(&mut self, target: u32, by: u32, unit: u32) {
        let object = self.objects.get(&(by, unit)).copied();
        let slot = self.receivers.entry(target).or_insert(object);
        *slot = slot.filter(|known| Some(*known) == object);
    }

    /// True when the bound on work was met, after which both ways of every branch are taken.
    pub(super) fn is_exhausted(&self) -> bool {
        self.steps >= STEPS
    }

    /// Whether the walk goes on past something that may depend on the user's decision.
    pub(super) fn passes_doubt(&self) -> bool {
        !self.stops_at_doubt
    }

    /// From now on both ways of doubtful branches are taken: the methods that have any are to be looked at again.
    pub(super) fn pass_doubts(&mut self) {
        self.stops_at_doubt = false;
        self.results.clear();
        self.dirty.extend(std::mem::take(&mut self.doubtful));
    }

    /// The key with this number.
    pub(super) fn stored_key(&self, number: u32) -> Option<StoredKey> {
        let key = self.keys.get((number as usize).checked_sub(1)?)?;
        Some(self.describe(*key))
    }

    pub(super) fn describe(&self, key: Key) -> StoredKey {
        let text =
            |id: u32| String::from_utf8_lossy(self.text_list.get(id as usize).map_or(&[], Vec::as_slice)).into_owned();
        match key {
            Key::Flag(id) | Key::File(id) => StoredKey { name: text(id), is_persistent: true },
            Key::Field(id) | Key::Slot(_, id) | Key::Kinds(id) => {
                StoredKey { name: self.field_names.get(&id).cloned().unwrap_or_default(), is_persistent: false }
            }
        }
    }

    /// What control can reach in a method whose parameters are not known.
    /// A method that is `called` by code that looks into it leaves stores of its parameters to the callers.
    pub(super) fn analyse(&mut self, body: u32, called: bool) -> Ranges {
        let id = self.program.body_at(body);
        if self.program.body(id).is_none_or(|row| self.is_opaque(row.class)) {
            self.passes_anything(body);
            return vec![(0, u32::MAX)];
        }
        self.outer = body;
        self.log.clear();
        self.method_steps = 0;
        let units = self.program.code(id).map_or(usize::MAX, |code| code.units.len());
        self.parameter =
            if called && units <= SMALL_UNITS && self.is_interesting(body, 3) { Val::Parameter } else { Val::Unknown };
        self.given = self.passed_to(body);
        self.is_cut_short = false;
        let ranges = self.evaluate(body, None, 0).1;
        if self.is_cut_short {
            self.passes_anything(body);
        }
        ranges
    }

    fn is_opaque(&self, class: ClassId) -> bool {
        self.opaque.get(class.0 as usize).copied().unwrap_or(false)
    }

    fn intern(&mut self, text: &[u8]) -> u32 {
        if let Some(id) = self.texts.get(text) {
            return *id;
        }
        let id = self.text_list.len() as u32;
        self.text_list.push(text.to_vec());
        self.texts.insert(text.to_vec(), id);
        id
    }

    fn object(&mut self, body: u32, unit: u32, class: u32) -> Val {
        let next = self.object_classes.len() as u32;
        let id = *self.objects.entry((body, unit)).or_insert(next);
        if id == next {
            self.object_classes.push(class);
        }
        Val::Object(id)
    }

    /// Whether looking into a callee can tell more than its call does.
    fn is_interesting(&mut self, body: u32, depth: u32) -> bool {
        if let Some(known) = self.interesting.get(&body) {
            return *known;
        }
        let program = self.program;
        let id = program.body_at(body);
        let dex = program.dex_of(id);
        let mut found = false;
        if program.code(id).is_some_and(|code| code.units.len() <= SMALL_UNITS) {
            self.interesting.insert(body, false);
            for reference in program.references(id) {
                use crate::formats::dex::RefKind;
                found = match reference.kind {
                    RefKind::FieldGet | RefKind::FieldPut => self.field(dex, reference.index).is_some(),
                    RefKind::Invoke => match self.roles.of(dex, reference.index) {
                        Some(row) => matches!(
                            row.role,
                            CallRole::ReadFlag | CallRole::HasFlag | CallRole::WriteFlag | CallRole::FileExists
                        ),
                        None if depth > 0 => {
                            let callee = self.dispatch.declared_target(program, dex, reference.index);
                            callee.is_some_and(|callee| self.is_interesting(callee, depth - 1))
                        }
                        None => false,
                    },
                    _ => false,
                };
                if found {
                    break;
                }
            }
        }
        self.interesting.insert(body, found);
        found
    }

    fn decode(&mut self, body: u32, code: &CodeItem<'_>) -> Cached {
        if let Some(known) = self.decoded.get(&body) {
            return Arc::clone(known);
        }
        let program = self.program;
        let id = program.body_at(body);
        let instructions: Vec<Instruction> = Instructions::new(code.units, 0).collect();
        let handlers = program.dex(program.dex_of(id)).map(|dex| dex.handlers(code)).unwrap_or_default();
        let leaders = blocks::leaders(&instructions, &handlers, code.units);
        let parameters = blocks::parameter_registers(program, id, code);
        let is_instance = blocks::is_instance(program, id);
        let all: Cached = Arc::new(Decoded { instructions, handlers, leaders, parameters, is_instance });
        if code.units.len() <= SMALL_UNITS {
            self.decoded.insert(body, Arc::clone(&all));
        }
        all
    }

    fn evaluate(&mut self, body: u32, args: Option<&[Val]>, depth: u32) -> (Option<Val>, Ranges) {
        let program = self.program;
        let id = program.body_at(body);
        let Some(code) = program.code(id) else { return (Some(Val::Unknown), Vec::new()) };
        let dex = program.dex_of(id);
        let everything = vec![(0, code.units.len() as u32)];
        let registers = usize::from(code.registers);
        if self.is_exhausted() || code.units.len() > MAX_CELLS {
            self.is_cut_short |= depth == 0;
            return (Some(Val::Unknown), everything);
        }
        let decoded = self.decode(body, &code);
        let Decoded { instructions, handlers, leaders, .. } = decoded.as_ref();
        if leaders.len().saturating_mul(registers) > MAX_CELLS {
            self.is_cut_short |= depth == 0;
            return (Some(Val::Unknown), everything);
        }
        let mut states: Vec<Option<Vec<Val>>> = vec![None; leaders.len()];
        let mut queued = vec![false; leaders.len()];
        let mut queue: Vec<usize> = vec![0];
        let entry = self.entry(&decoded, registers, args);
        if let Some(first) = states.first_mut() {
            *first = Some(entry);
        }
        for handler in handlers {
            if let Ok(block) = leaders.binary_search(handler)
                && let Some(state) = states.get_mut(block)
                && block != 0
            {
                state.get_or_insert_with(|| vec![Val::Unknown; registers]);
                queue.push(block);
            }
        }
        let mut result: Option<Val> = None;
        while let Some(block) = queue.pop() {
            if let Some(flag) = queued.get_mut(block) {
                *flag = false;
            }
            let Some(mut state) = states.get(block).cloned().flatten() else { continue };
            let start = leaders.get(block).copied().unwrap_or(0);
            let end = leaders.get(block + 1).copied().unwrap_or(u32::MAX);
            let first = instructions.partition_point(|instruction| instruction.unit < start);
            let mut pending = Val::Unknown;
            let mut exits: Vec<u32> = Vec::new();
            let mut falls = true;
            for instruction in instructions.get(first..).unwrap_or_default() {
                if instruction.unit >= end {
                    break;
                }
                self.steps += 1;
                self.method_steps += 1;
                if matches!(instruction.op, 0x0f..=0x11) {
                    let value = get(&state, instruction.a);
                    self.leavings.note_kept(value, depth);
                    result = Some(result.map_or(value, |known| known.join(value)));
                } else if instruction.op == opcode::RETURN_VOID {
                    result = Some(result.unwrap_or(Val::Unknown));
                }
                match instruction.op {
                    0x32..=0x3d => {
                        let next = instruction.unit.saturating_add(instruction.length);
                        let target = instruction.branch_target().unwrap_or(next);
                        falls = false;
                        match self.decide(instruction, &state) {
                            Decision::Known(jumps, from) => {
                                if from != 0 && self.outer == body {
                                    self.pruned.entry(from).or_default().insert((body, instruction.unit));
                                }
                                exits.push(if jumps { target } else { next });
                            }
                            Decision::Doubt => {
                                if self.stops_at_doubt {
                                    self.doubtful.insert(self.outer);
                                } else {
                                    exits.extend([next, target]);
                                }
                            }
                            Decision::Unknown => exits.extend([next, target]),
                        }
                    }
                    opcode::PACKED_SWITCH | opcode::SPARSE_SWITCH => {
                        let cases = instruction.cases(code.units);
                        let value = get(&state, instruction.a);
                        let known = value.int();
                        if let Some((_, from)) = known.filter(|(_, from)| *from != 0 && self.outer == body) {
                            self.pruned.entry(from).or_default().insert((body, instruction.unit));
                        }
                        let number = known.map(|(number, _)| number);
                        match number.as_ref().map(std::slice::from_ref).or_else(|| self.possible(value)) {
                            Some(values) => {
                                let target = |value: &i64| {
                                    cases.iter().find(|(key, _)| i64::from(*key) == *value).map(|(_, target)| *target)
                                };
                                falls = values.iter().any(|value| target(value).is_none());
                                exits.extend(values.iter().filter_map(target));
                            }
                            None => exits.extend(cases.iter().map(|(_, target)| *target)),
                        }
                    }
                    0x28..=0x2a => {
                        exits.extend(instruction.branch_target());
                        falls = false;
                    }
                    _ => {
                        pending = self.step(body, dex, instruction, &mut state, pending, depth);
                        falls = !instruction.ends_block();
                    }
                }
            }
            if falls && end != u32::MAX {
                exits.push(end);
            }
            for exit in exits {
                let Ok(next) = leaders.binary_search(&exit) else { continue };
                let Some(slot) = states.get_mut(next) else { continue };
                if merge(slot, &state)
                    && let Some(flag) = queued.get_mut(next)
                    && !std::mem::replace(flag, true)
                {
                    queue.push(next);
                }
            }
            if self.method_steps > STEPS_PER_METHOD.saturating_add(instructions.len() as u64 * 8) {
                self.is_cut_short |= depth == 0;
                return (Some(Val::Unknown), everything);
            }
        }
        let ranges = leaders
            .iter()
            .enumerate()
            .filter(|(block, _)| states.get(*block).is_some_and(Option::is_some))
            .map(|(block, start)| (*start, leaders.get(block + 1).copied().unwrap_or(code.units.len() as u32)))
            .collect();
        (result, ranges)
    }

    /// The values that a number can have, where they are few.
    fn possible(&self, value: Val) -> Option<&[i64]> {
        match (value, self.whats.get(&self.outer)) {
            (Val::What, Some(Whats::These(values))) => Some(values),
            (Val::OneOf(position), _) => self.kinds.numbers(position),
            _ => None,
        }
    }

    fn entry(&self, decoded: &Decoded, registers: usize, args: Option<&[Val]>) -> Vec<Val> {
        let mut state = vec![Val::Unknown; registers];
        for (number, register) in decoded.parameters.iter().copied().enumerate() {
            let value = match args {
                Some(args) => args.get(number).copied().unwrap_or(Val::Unknown),
                None if decoded.is_instance && number == 0 => {
                    self.receivers.get(&self.outer).copied().flatten().map_or(Val::Unknown, Val::Object)
                }
                None if number == 1 && self.whats.contains_key(&self.outer) => Val::Message,
                None => match self.given.get(number) {
                    Some(Val::Int(number, _)) => Val::Int(*number, 0),
                    _ => self.parameter,
                },
            };
            if let Some(slot) = state.get_mut(register) {
                *slot = value;
            }
        }
        state
    }

    fn decide(&self, instruction: &Instruction, state: &[Val]) -> Decision {
        let a = get(state, instruction.a);
        let b = if instruction.op <= 0x37 { get(state, instruction.b) } else { Val::NULL };
        if a == Val::Doubt || b == Val::Doubt {
            return Decision::Doubt;
        }
        let test = if instruction.op <= 0x37 { instruction.op - 0x32 } else { instruction.op - 0x38 };
        let jumps = |left: i64, right: i64| match test {
            0 => left == right,
            1 => left != right,
            2 => left < right,
            3 => left >= right,
            4 => left > right,
            _ => left <= right,
        };
        if let (Some((left, from)), Some((right, other))) = (a.int(), b.int()) {
            return Decision::Known(jumps(left, right), from.max(other));
        }
        // A message is one of those that are sent, an object one of those that are made.
        let ways: Vec<bool> = match (a, self.possible(a), b, self.possible(b)) {
            (_, Some(values), Val::Int(right, _), _) => values.iter().map(|left| jumps(*left, right)).collect(),
            (Val::Int(left, _), _, _, Some(values)) => values.iter().map(|right| jumps(left, *right)).collect(),
            _ => Vec::new(),
        };
        if let Some(way) = ways.first().filter(|way| ways.iter().all(|other| other == *way)) {
            return Decision::Known(*way, 0);
        }
        // A text or an object is not null.
        let is_set = |value: Val| matches!(value, Val::Text(_) | Val::Object(_));
        if (is_set(a) && b == Val::NULL || is_set(b) && a == Val::NULL) && test <= 1 {
            return Decision::Known(test == 1, 0);
        }
        Decision::Unknown
    }

    fn step(
        &mut self,
        body: u32,
        dex: u32,
        instruction: &Instruction,
        state: &mut [Val],
        pending: Val,
        depth: u32,
    ) -> Val {
        let a = instruction.a;
        match instruction.op {
            0x01..=0x09 => {
                let value = get(state, instruction.b);
                set(state, a, value);
            }
            0x0a..=0x0c => set(state, a, pending),
            0x12..=0x19 => set(state, a, Val::Int(instruction.literal, 0)),
            opcode::CONST_STRING | opcode::CONST_STRING_JUMBO => {
                let text = self.program.dex(dex).and_then(|dex| dex.string_bytes(instruction.index));
                let value = text.map_or(Val::Unknown, |text| Val::Text(self.intern(text)));
                set(state, a, value);
            }
            opcode::NEW_INSTANCE => {
                let value = match self.program.class_of_type(dex, instruction.index) {
                    Some(class) => self.object(body, instruction.unit, class.0),
                    None => self.object(body, instruction.unit, u32::MAX),
                };
                set(state, a, value);
            }
            opcode::CHECK_CAST | 0x1d | 0x1e | 0x0e..=0x11 | 0x26 | opcode::THROW | 0x00 => {}
            0x31 => {
                let order = match (get(state, instruction.b).int(), get(state, instruction.c).int()) {
                    (Some((left, from)), Some((right, other))) => Val::Int(left.cmp(&right) as i64, from.max(other)),
                    _ => Val::Unknown,
                };
                set(state, a, order);
            }
            0x4b..=0x51 => self.leavings.note_kept(get(state, a), depth),
            0x52..=0x58 => {
                let receiver = get(state, instruction.b);
                let value = match receiver {
                    Val::Message if is_message_what(self.program, dex, instruction.index) => Val::What,
                    _ => self.read_field(dex, instruction.index, Some(receiver)),
                };
                set(state, a, value);
            }
            0x59..=0x5f => {
                let value = get(state, a);
                self.leavings.note_kept(value, depth);
                let receiver = get(state, instruction.b);
                if let Some(field) = self.field(dex, instruction.index) {
                    if let Some(object) = receiver.object() {
                        let slot = Key::Slot(object, field.id);
                        self.write(slot, value);
                    }
                    // Inside a callee with known arguments the slot says it all.
                    if depth == 0 {
                        self.write(Key::Field(field.id), value);
                    }
                }
            }
            0x60..=0x66 => {
                let value = match self.function_kept_in(dex, instruction.index) {
                    // A lambda that captures nothing is kept in a field of its class.
                    Some(class) => self.object(body, instruction.unit, class),
                    None => self.read_field(dex, instruction.index, None),
                };
                set(state, a, value);
            }
            0x67..=0x6d => {
                let value = get(state, a);
                self.leavings.note_kept(value, depth);
                if let Some(field) = self.field(dex, instruction.index) {
                    self.write(Key::Field(field.id), value);
                }
            }
            0x6e..=0x72 | 0x74..=0x78 => return self.call(dex, instruction, state, depth),
            0x81 | 0x84 | 0x8d..=0x8f => {
                let value = get(state, instruction.b);
                set(state, a, value);
            }
            0x90..=0x97 | 0xb0..=0xb7 | 0xd0..=0xdf => {
                let (left, right) = match instruction.op {
                    0x90..=0x97 => (get(state, instruction.b), get(state, instruction.c)),
                    0xb0..=0xb7 => (get(state, a), get(state, instruction.b)),
                    _ => (get(state, instruction.b), Val::Int(instruction.literal, 0)),
                };
                set(state, a, arithmetic(instruction.op, left, right));
            }
            // Everything else with a destination makes a value that is not known.
            0x0d
            | 0x1c
            | 0x20..=0x25
            | 0x2d..=0x30
            | 0x44..=0x4a
            | 0x7b..=0xaf
            | 0xb8..=0xcf
            | 0xe0..=0xe2
            | 0xfe
            | 0xff => {
                set(state, a, Val::Unknown);
            }
            _ => {}
        }
        Val::Unknown
    }
}

enum Decision {
    /// Whether the branch is taken, and the key that says so.
    Known(bool, u32),
    Doubt,
    Unknown,
}
