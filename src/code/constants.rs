//! Which constants reach the arguments of a call, within one method.
//!
//! A forward data-flow over basic blocks. Values meet to `Unknown` where they differ. Arrays are
//! tracked by the instruction that makes them, as the set of values stored into them; static finals
//! are looked up where they are read.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::blocks;
use super::program::{BodyId, ClassId, Program};
use crate::formats::dex::{APP_PACKAGE, CodeItem, EncodedValue, Instruction, Instructions, RefKind, opcode};

/// Cells (blocks × registers) beyond which states are not kept across blocks.
const MAX_CELLS: usize = 4 << 20;
/// How far constants are followed through static fields and helper methods.
const MAX_DEPTH: u32 = 4;
/// Most elements of an array that are kept.
const MAX_ELEMENTS: usize = 256;
/// What methods return that look a view up; those that cast it by a class constant return anything.
const VIEWS: [&[u8]; 2] = [b"Landroid/view/View;", b"Ljava/lang/Object;"];
/// Kotlin compares ids as boxed numbers.
const BOXED_INT: &[u8] = b"Ljava/lang/Integer;";

/// What is known of a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Value {
    /// Nothing.
    #[default]
    Unknown,
    /// An integer, boolean or `null` (0).
    Int(i64),
    /// A string constant: index in the DEX file of the method.
    Text(u32),
    /// A class constant or new instance: type index.
    Class(u32),
    /// The array made at this code unit.
    Array(u32),
    /// A static field: field index.
    Static(u32),
    /// A field of an object: field index.
    Field(u32),
    /// What the method call with this method index returned.
    Result(u32),
    /// The view that was looked up by this id.
    View(u32),
    /// Parameter by number, the receiver being number 0 of instance methods.
    Parameter(u16),
}

/// A constant that holds outside its method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Constant {
    /// Not known.
    Unknown,
    /// An integer, boolean or `null` (0).
    Int(i64),
    /// A string.
    Text(String),
    /// A class, dotted.
    Class(String),
    /// The set of values in an array.
    Array(Vec<Constant>),
    /// A static field outside the app: `class.name`.
    Static(String),
    /// A field of an object of one of the app's classes; what it holds may change.
    Field(ClassId, String),
    /// A parameter of the method that was looked at.
    Parameter(u16),
    /// The result of a call: `class.name`.
    Result(String),
    /// The view that was looked up by this id, by whatever method gives a view for an id.
    View(u32),
}

impl Constant {
    /// The text, when it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// All texts in it, arrays included.
    pub fn texts(&self) -> Vec<&str> {
        match self {
            Self::Text(text) => vec![text],
            Self::Array(items) => items.iter().flat_map(Self::texts).collect(),
            _ => Vec::new(),
        }
    }
}

/// A call with what is known of its arguments, the receiver first for instance methods.
#[derive(Debug, Clone)]
pub struct Call {
    /// Code unit of the call.
    pub unit: u32,
    /// Argument values; one per argument, wide ones once.
    pub arguments: Vec<Constant>,
    /// How many of them are the receiver: 1 for instance methods, else 0.
    receiver: usize,
}

impl Call {
    /// The argument of a declared parameter, 0-based, the receiver not counted.
    pub fn parameter(&self, number: u32) -> Option<&Constant> {
        self.parameters().get(number as usize)
    }

    /// The arguments of all declared parameters.
    pub fn parameters(&self) -> &[Constant] {
        self.arguments.get(self.receiver..).unwrap_or_default()
    }
}

/// Arguments of the call at one code unit of a method.
pub fn call(program: &Program<'_>, body: BodyId, unit: u32) -> Option<Call> {
    calls(program, body, &[unit]).into_iter().next()
}

/// Arguments of the calls at `units` (ascending) of a method.
pub fn calls(program: &Program<'_>, body: BodyId, units: &[u32]) -> Vec<Call> {
    let mut flow = Flow::new(program, body);
    flow.run(units);
    let mut out: Vec<Call> = Vec::new();
    for unit in units {
        let Some((receiver, values)) = flow.seen.get(unit) else { continue };
        let arguments = values.iter().map(|value| flow.constant(*value, MAX_DEPTH)).collect();
        out.push(Call { unit: *unit, arguments, receiver: *receiver });
    }
    out
}

/// Writes of fields in a method, in order: the field's index and what is written.
pub fn writes(program: &Program<'_>, body: BodyId) -> Vec<(u32, Constant)> {
    let mut flow = Flow::new(program, body);
    flow.run(&[]);
    flow.puts.values().map(|(field, value)| (*field, flow.constant(*value, MAX_DEPTH))).collect()
}

/// Code units that a method reaches when calls of the methods `asked`, by index, return `answer`.
pub fn reached_when(program: &Program<'_>, body: BodyId, asked: FxHashSet<u32>, answer: i64) -> FxHashSet<u32> {
    let mut flow = Flow::new(program, body);
    flow.assumed = Some((asked, answer));
    flow.run(&[]);
    flow.met
}

struct Flow<'p, 'a> {
    program: &'p Program<'a>,
    body: BodyId,
    dex: u32,
    /// Receivers (0 or 1) and argument values of the wanted calls.
    seen: FxHashMap<u32, (usize, Vec<Value>)>,
    arrays: FxHashMap<u32, Vec<Value>>,
    returned: Vec<Value>,
    /// Writes of fields by code unit: field index and value.
    puts: BTreeMap<u32, (u32, Value)>,
    /// Methods, by index, whose calls are taken to return this number.
    assumed: Option<(FxHashSet<u32>, i64)>,
    /// Code units that are met.
    met: FxHashSet<u32>,
}

impl<'p, 'a> Flow<'p, 'a> {
    fn new(program: &'p Program<'a>, body: BodyId) -> Self {
        let dex = program.dex_of(body);
        Self {
            program,
            body,
            dex,
            seen: FxHashMap::default(),
            arrays: FxHashMap::default(),
            returned: Vec::new(),
            puts: BTreeMap::new(),
            assumed: None,
            met: FxHashSet::default(),
        }
    }

    fn run(&mut self, wanted: &[u32]) {
        let program = self.program;
        let Some(code) = program.code(self.body) else { return };
        let Some(dex) = program.dex(self.dex) else { return };
        let instructions: Vec<Instruction> = Instructions::new(code.units, 0).collect();
        let registers = usize::from(code.registers);
        let handlers = dex.handlers(&code);
        let leaders = blocks::leaders(&instructions, &handlers, code.units);
        let block_of = |unit: u32| leaders.binary_search(&unit).ok();
        let starts: Vec<usize> = leaders
            .iter()
            .map(|leader| instructions.partition_point(|instruction| instruction.unit < *leader))
            .collect();
        let mut states: Vec<Option<Vec<Value>>> = vec![None; leaders.len()];
        let keep = leaders.len().saturating_mul(registers) <= MAX_CELLS;
        let entry = self.entry_state(&code);
        let mut queue: Vec<usize> = Vec::new();
        if let Some(first) = states.first_mut() {
            *first = Some(entry);
            queue.push(0);
        }
        for handler in handlers {
            if let Some(slot) = block_of(handler).and_then(|block| states.get_mut(block).map(|state| (block, state))) {
                slot.1.get_or_insert_with(|| vec![Value::Unknown; registers]);
                queue.push(slot.0);
            }
        }
        if !keep {
            // Too large to iterate: each block on its own, nothing known at its start.
            queue = (0..leaders.len()).collect();
        }
        // Values only ever fall to Unknown, so this ends; the bound is for hostile graphs.
        let mut rounds = leaders.len().saturating_mul(64).max(1024);
        while let Some(block) = queue.pop() {
            rounds = rounds.saturating_sub(1);
            if rounds == 0 {
                break;
            }
            let known = if keep { states.get(block).cloned().flatten() } else { None };
            let mut state = known.unwrap_or_else(|| vec![Value::Unknown; registers]);
            let start = starts.get(block).copied().unwrap_or(0);
            let end = starts.get(block.saturating_add(1)).copied().unwrap_or(instructions.len());
            let mut pending = Value::Unknown;
            let mut exits: Vec<u32> = Vec::new();
            let mut falls = true;
            for instruction in instructions.get(start..end).unwrap_or_default() {
                if instruction.is_invoke() && wanted.binary_search(&instruction.unit).is_ok() {
                    let values = self.arguments(instruction, &state);
                    let receiver = usize::from(!blocks::is_static_call(instruction.op));
                    self.seen.insert(instruction.unit, (receiver, values));
                }
                pending = self.step(instruction, &mut state, pending);
                if self.assumed.is_some() {
                    self.met.insert(instruction.unit);
                }
                if let Some((targets, goes_on)) = self.decided(instruction, &state, &code) {
                    exits.extend(targets);
                    falls = goes_on;
                    continue;
                }
                exits.extend(instruction.targets(code.units));
                falls = !instruction.ends_block();
            }
            if !keep {
                continue;
            }
            if falls && let Some(next) = leaders.get(block.saturating_add(1)) {
                exits.push(*next);
            }
            for exit in exits {
                let Some(next) = block_of(exit) else { continue };
                let Some(slot) = states.get_mut(next) else { continue };
                if merge(slot, &state) && !queue.contains(&next) {
                    queue.push(next);
                }
            }
        }
    }

    fn entry_state(&self, code: &CodeItem<'_>) -> Vec<Value> {
        let mut state = vec![Value::Unknown; usize::from(code.registers)];
        for (number, register) in (0..).zip(blocks::parameter_registers(self.program, self.body, code)) {
            set(&mut state, register, Value::Parameter(number));
        }
        state
    }

    /// Argument values with the second halves of wide ones left out.
    fn arguments(&self, instruction: &Instruction, state: &[Value]) -> Vec<Value> {
        let Some(dex) = self.program.dex(self.dex) else { return Vec::new() };
        let registers = blocks::argument_registers(dex, instruction).into_iter();
        registers.map(|register| state.get(usize::from(register)).copied().unwrap_or_default()).collect()
    }

    /// Applies one instruction; returns what a following `move-result` would take.
    fn step(&mut self, instruction: &Instruction, state: &mut [Value], pending: Value) -> Value {
        let get = |state: &[Value], register: u16| state.get(usize::from(register)).copied().unwrap_or_default();
        let a = usize::from(instruction.a);
        match instruction.op {
            0x01..=0x09 => {
                let value = get(state, instruction.b);
                set(state, a, value);
            }
            opcode::MOVE_RESULT..=opcode::MOVE_RESULT_OBJECT => set(state, a, pending),
            opcode::RETURN_OBJECT | 0x0f => self.returned.push(get(state, instruction.a)),
            0x12..=0x15 => set(state, a, Value::Int(instruction.literal)),
            0x16..=0x19 => {
                set(state, a, Value::Int(instruction.literal));
                set(state, a.saturating_add(1), Value::Unknown);
            }
            opcode::CONST_STRING | opcode::CONST_STRING_JUMBO => set(state, a, Value::Text(instruction.index)),
            opcode::CONST_CLASS | opcode::NEW_INSTANCE => set(state, a, Value::Class(instruction.index)),
            // A cast does not change the value; an array length or instance check makes a new one.
            opcode::CHECK_CAST | 0x1d | 0x1e | opcode::THROW | 0x26 | 0x2b | 0x2c | 0x32..=0x3d => {}
            opcode::NEW_ARRAY => {
                self.arrays.entry(instruction.unit).or_default();
                set(state, a, Value::Array(instruction.unit));
            }
            opcode::FILLED_NEW_ARRAY | opcode::FILLED_NEW_ARRAY_RANGE => {
                let values: Vec<Value> = instruction.arguments().map(|register| get(state, register)).collect();
                for value in values {
                    self.store(instruction.unit, value);
                }
                return Value::Array(instruction.unit);
            }
            0x4b..=0x51 => {
                if let Value::Array(unit) = get(state, instruction.b) {
                    let value = get(state, instruction.a);
                    self.store(unit, value);
                }
            }
            opcode::IGET_OBJECT => set(state, a, Value::Field(instruction.index)),
            0x60..=0x66 => {
                let resource = self.program.resource_field(self.dex, instruction.index);
                set(state, a, resource.map_or(Value::Static(instruction.index), |id| Value::Int(i64::from(id))));
            }
            0x59..=0x5f | 0x67..=0x6d => {
                let value = get(state, instruction.a);
                self.puts.insert(instruction.unit, (instruction.index, value));
            }
            0x0e | 0x10 | 0x28..=0x2a => {}
            0x6e..=0x72 | 0x74..=0x78 => {
                if let Some(answer) = self.assumed(instruction, state) {
                    return answer;
                }
                return self.view(instruction, state).unwrap_or(Value::Result(instruction.index));
            }
            0xfa..=0xfd => return Value::Unknown,
            _ => set(state, a, Value::Unknown),
        }
        Value::Unknown
    }

    /// The view that a call looks up: it returns a view and is given one id of the app's resources.
    fn view(&self, instruction: &Instruction, state: &[Value]) -> Option<Value> {
        let dex = self.program.dex(self.dex)?;
        let proto = dex.method(instruction.index)?.proto;
        if !dex.return_type(proto).and_then(|kind| dex.type_bytes(kind)).is_some_and(|kind| VIEWS.contains(&kind)) {
            return None;
        }
        let mut ids = self.arguments(instruction, state).into_iter().filter_map(|value| match value {
            Value::Int(id) => u32::try_from(id).ok().filter(|id| id >> 24 == APP_PACKAGE),
            _ => None,
        });
        let id = ids.next()?;
        ids.next().is_none().then_some(Value::View(id))
    }

    /// What a call returns by assumption, and what boxing makes of it.
    fn assumed(&self, instruction: &Instruction, state: &[Value]) -> Option<Value> {
        let (asked, answer) = self.assumed.as_ref()?;
        if asked.contains(&instruction.index) {
            return Some(Value::Int(*answer));
        }
        let dex = self.program.dex(self.dex)?;
        let method = dex.method(instruction.index)?;
        let boxes = dex.type_bytes(method.class) == Some(BOXED_INT)
            && matches!(dex.string_bytes(method.name), Some(b"valueOf" | b"intValue"));
        self.arguments(instruction, state).first().copied().filter(|value| boxes && matches!(value, Value::Int(_)))
    }

    /// Where control goes at the end of a block whose last instruction compares known numbers: the targets, and
    /// whether it falls through. `None` where the numbers are not known.
    fn decided(&self, instruction: &Instruction, state: &[Value], code: &CodeItem<'_>) -> Option<(Vec<u32>, bool)> {
        self.assumed.as_ref()?;
        let number = |register: u16| match state.get(usize::from(register)) {
            Some(Value::Int(number)) => Some(*number),
            _ => None,
        };
        let targets = instruction.targets(code.units);
        let left = number(instruction.a)?;
        let jumps = match instruction.op {
            opcode::PACKED_SWITCH | opcode::SPARSE_SWITCH => {
                let cases = instruction.cases(code.units);
                let chosen = cases.into_iter().find(|(key, _)| i64::from(*key) == left).map(|(_, target)| target);
                return Some((chosen.into_iter().collect(), chosen.is_none()));
            }
            0x32 => left == number(instruction.b)?,
            0x33 => left != number(instruction.b)?,
            0x38 => left == 0,
            0x39 => left != 0,
            _ => return None,
        };
        Some(if jumps { (targets, false) } else { (Vec::new(), true) })
    }

    fn store(&mut self, array: u32, value: Value) {
        let values = self.arrays.entry(array).or_default();
        if values.len() < MAX_ELEMENTS && !values.contains(&value) {
            values.push(value);
        }
    }

    /// A value as a constant that holds outside the method.
    fn constant(&self, value: Value, depth: u32) -> Constant {
        let Some(dex) = self.program.dex(self.dex) else { return Constant::Unknown };
        match value {
            Value::Unknown => Constant::Unknown,
            Value::Int(number) => Constant::Int(number),
            Value::Text(index) => dex.string(index).map_or(Constant::Unknown, |text| Constant::Text(text.into_owned())),
            Value::Class(index) => dex
                .type_descriptor(index)
                .map_or(Constant::Unknown, |name| Constant::Class(super::display_class(&name))),
            Value::Array(unit) => {
                let values = self.arrays.get(&unit).map(Vec::as_slice).unwrap_or_default();
                let items = values
                    .iter()
                    .filter(|item| !matches!(item, Value::Array(_)))
                    .map(|item| self.constant(*item, depth.saturating_sub(1)));
                Constant::Array(if depth == 0 { Vec::new() } else { items.collect() })
            }
            Value::Static(index) => static_field(self.program, self.dex, index, depth),
            Value::Field(index) => {
                let field = || {
                    let field = dex.field(index)?;
                    let class = self.program.class_of_type(self.dex, field.class)?;
                    Some(Constant::Field(class, dex.string(field.name)?.into_owned()))
                };
                field().unwrap_or(Constant::Unknown)
            }
            Value::Result(index) => result(self.program, self.dex, index, depth),
            Value::View(id) => Constant::View(id),
            Value::Parameter(number) => Constant::Parameter(number),
        }
    }
}

fn set(state: &mut [Value], register: usize, value: Value) {
    if let Some(slot) = state.get_mut(register) {
        *slot = value;
    }
}

/// Meets `state` into `slot`; true when that changed it.
fn merge(slot: &mut Option<Vec<Value>>, state: &[Value]) -> bool {
    let Some(old) = slot else {
        *slot = Some(state.to_vec());
        return true;
    };
    let mut changed = false;
    for (old, new) in old.iter_mut().zip(state) {
        if old != new && *old != Value::Unknown {
            *old = Value::Unknown;
            changed = true;
        }
    }
    changed
}

/// The value of a static field: its initial value, or what the class initialiser alone stores.
fn static_field(program: &Program<'_>, dex: u32, index: u32, depth: u32) -> Constant {
    let Some(file) = program.dex(dex) else { return Constant::Unknown };
    let Some(field) = file.field(index) else { return Constant::Unknown };
    let name = || -> Option<Cow<'_, str>> { file.string(field.name) };
    let Some(class) = program.class_of_type(dex, field.class) else {
        let class = file.type_descriptor(field.class).map(|class| super::display_class(&class)).unwrap_or_default();
        return Constant::Static(format!("{class}.{}", name().unwrap_or_default()));
    };
    if depth == 0 {
        return Constant::Unknown;
    }
    let name = file.string_bytes(field.name).unwrap_or_default();
    initial_value(program, class, name)
        .or_else(|| class_initialiser(program, class, name, depth))
        .unwrap_or(Constant::Unknown)
}

fn initial_value(program: &Program<'_>, class: ClassId, name: &[u8]) -> Option<Constant> {
    let row = program.class(class)?;
    let dex = program.dex(row.dex)?;
    let data = dex.class_data(&row.def);
    let position = data
        .static_fields
        .iter()
        .position(|field| dex.field(field.field).and_then(|field| dex.string_bytes(field.name)) == Some(name))?;
    match dex.static_values(&row.def).into_iter().nth(position)? {
        EncodedValue::String(index) => Some(Constant::Text(dex.string(index)?.into_owned())),
        EncodedValue::Type(index) => Some(Constant::Class(super::display_class(&dex.type_descriptor(index)?))),
        // Zero is also what a field has before its initialiser runs.
        EncodedValue::Int(number) if number != 0 => Some(Constant::Int(number)),
        _ => None,
    }
}

fn class_initialiser(program: &Program<'_>, class: ClassId, name: &[u8], depth: u32) -> Option<Constant> {
    let row = program.class(class)?;
    let dex = program.dex(row.dex)?;
    let body = program.bodies_of(class).find(|body| {
        program.body(*body).and_then(|body| dex.method(body.method)).and_then(|method| dex.string_bytes(method.name))
            == Some(b"<clinit>")
    })?;
    match stored_in(program, body, class, name, depth).as_mut_slice() {
        [value] => Some(std::mem::replace(value, Constant::Unknown)),
        _ => None,
    }
}

/// The distinct values that one body stores in a field of `class`.
fn stored_in(program: &Program<'_>, body: BodyId, class: ClassId, name: &[u8], depth: u32) -> Vec<Constant> {
    let mut flow = Flow::new(program, body);
    flow.run(&[]);
    let Some(dex) = program.dex(flow.dex) else { return Vec::new() };
    let is_wanted = |index: u32| {
        dex.field(index).is_some_and(|field| {
            dex.string_bytes(field.name) == Some(name) && program.class_of_type(flow.dex, field.class) == Some(class)
        })
    };
    let mut values: Vec<Value> = Vec::new();
    for (_, value) in flow.puts.values().filter(|(index, _)| is_wanted(*index)) {
        if !values.contains(value) {
            values.push(*value);
        }
    }
    values.into_iter().map(|value| flow.constant(value, depth.saturating_sub(1))).collect()
}

/// All values that the methods of its class store in a field of an object; what others store is not looked for.
pub fn stored(program: &Program<'_>, class: ClassId, name: &str) -> Vec<Constant> {
    let writes = |body: &BodyId| program.references(*body).any(|reference| reference.kind == RefKind::FieldPut);
    let bodies = program.bodies_of(class).filter(writes);
    bodies.flat_map(|body| stored_in(program, body, class, name.as_bytes(), MAX_DEPTH)).collect()
}

/// The result of a call: the constant that a small app method always returns, else its name.
fn result(program: &Program<'_>, dex: u32, index: u32, depth: u32) -> Constant {
    let Some(file) = program.dex(dex) else { return Constant::Unknown };
    let Some(method) = file.method(index) else { return Constant::Unknown };
    let class_name =
        || file.type_descriptor(method.class).map(|class| super::display_class(&class)).unwrap_or_default();
    let named = || Constant::Result(format!("{}.{}", class_name(), file.string(method.name).unwrap_or_default()));
    let Some(class) = program.class_of_type(dex, method.class) else { return named() };
    if depth == 0 {
        return Constant::Unknown;
    }
    let (Some(row), Some(name), Some(proto)) =
        (program.class(class), file.string_bytes(method.name), file.proto_descriptor(method.proto))
    else {
        return Constant::Unknown;
    };
    let Some(home) = program.dex(row.dex) else { return Constant::Unknown };
    let body = program.bodies_of(class).find(|body| {
        program.body(*body).and_then(|body| home.method(body.method)).is_some_and(|candidate| {
            home.string_bytes(candidate.name) == Some(name)
                && home.proto_descriptor(candidate.proto).as_deref() == Some(proto.as_str())
        })
    });
    let Some(body) = body.filter(|body| program.code(*body).is_some_and(|code| code.units.len() <= SMALL_METHOD_UNITS))
    else {
        return named();
    };
    let mut flow = Flow::new(program, body);
    flow.run(&[]);
    flow.returned.sort_by_key(|value| format!("{value:?}"));
    flow.returned.dedup();
    match flow.returned.as_slice() {
        [value @ (Value::Text(_) | Value::Int(_) | Value::Array(_) | Value::Static(_))] => {
            flow.constant(*value, depth.saturating_sub(1))
        }
        _ => named(),
    }
}

/// Methods up to this many code units are looked into for a constant result.
const SMALL_METHOD_UNITS: usize = 64;
