//! Calls: of methods with a known meaning, and of small ones that are looked into.

use std::sync::Arc;

use super::{Access, Evaluator, Key, MAX_ACCESSES, MAX_DEPTH, MAX_TARGETS, SMALL_UNITS, STEPS_PER_METHOD, TINY_UNITS};
use crate::code::blocks;
use crate::code::values::{Val, get};
use crate::formats::dex::{Instruction, opcode};
use crate::knowledge::schema::CallRole;

/// Stands for the name of a `java.io.File`.
const FILE_NAME: u64 = u64::MAX;

impl Evaluator<'_, '_> {
    pub(super) fn call(&mut self, dex: u32, instruction: &Instruction, state: &[Val], depth: u32) -> Val {
        let program = self.program;
        let Some(file) = program.dex(dex) else { return Val::Unknown };
        let args: Vec<Val> =
            blocks::argument_registers(file, instruction).into_iter().map(|register| get(state, register)).collect();
        let receiver = usize::from(!blocks::is_static_call(instruction.op));
        if depth == 0 {
            self.passes(dex, instruction.op, instruction.index, Some(&args));
            for value in args.iter().skip(receiver) {
                self.leavings.note_given(dex, instruction.index, *value);
            }
        }
        let argument = |number: Option<u32>| -> Val {
            number.and_then(|number| args.get(number as usize + receiver)).copied().unwrap_or(Val::Unknown)
        };
        if let Some(row) = self.roles.of(dex, instruction.index) {
            let value_at = |at: Option<&Val>| at.copied().unwrap_or(Val::Unknown);
            let (first, last) = (value_at(args.first()), value_at(args.last()));
            let known = match row.role {
                CallRole::ReadFlag => Some(match argument(row.key).text() {
                    Some(text) => {
                        let value_count = args.len().saturating_sub(receiver);
                        let default = if value_count > 1 { argument(row.value) } else { Val::NULL };
                        self.read(Key::Flag(text), default)
                    }
                    None => Val::Unknown,
                }),
                CallRole::HasFlag => Some(match argument(row.key).text() {
                    Some(text) => match self.look_up(Key::Flag(text), false).is_some() {
                        true => Val::Unknown,
                        false => self.read(Key::Flag(text), Val::NULL),
                    },
                    None => Val::Unknown,
                }),
                CallRole::WriteFlag => {
                    if let Some(text) = argument(row.key).text() {
                        let mut value = argument(row.value);
                        if value == Val::Parameter {
                            return args.first().copied().unwrap_or(Val::Unknown);
                        }
                        if value == Val::Unknown && self.names_decision(text) {
                            value = Val::Doubt;
                        }
                        self.write(Key::Flag(text), value);
                    }
                    // The editor, for the next call on it.
                    Some(args.first().copied().unwrap_or(Val::Unknown))
                }
                CallRole::File => {
                    if let (Some(object), Some(text)) = (first.object(), last.text()) {
                        self.write(Key::Slot(object, FILE_NAME), Val::Text(text));
                    }
                    None
                }
                CallRole::FileExists => match first.object() {
                    Some(object) => match self.stored_text(Key::Slot(object, FILE_NAME)) {
                        Some(text) if self.look_up(Key::File(text), false).is_none() && self.names_decision(text) => {
                            Some(self.read(Key::File(text), Val::NULL))
                        }
                        _ => None,
                    },
                    None => None,
                },
                CallRole::FileCreate => {
                    if let Some(object) = first.object()
                        && let Some(text) = self.stored_text(Key::Slot(object, FILE_NAME))
                    {
                        self.write(Key::File(text), Val::Unknown);
                    }
                    None
                }
                CallRole::Box => Some(args.first().copied().unwrap_or(Val::Unknown)),
                CallRole::Equals => Some(match (args.first(), args.get(1)) {
                    (Some(Val::Text(a)), Some(Val::Text(b))) => Val::Int(i64::from(a == b), 0),
                    (Some(Val::Int(a, from)), Some(Val::Int(b, other))) => {
                        Val::Int(i64::from(a == b), *from.max(other))
                    }
                    (Some(Val::Text(_)), Some(Val::Int(0, from))) | (Some(Val::Int(0, from)), Some(Val::Text(_))) => {
                        Val::Int(0, *from)
                    }
                    (Some(Val::Doubt), _) | (_, Some(Val::Doubt)) => Val::Doubt,
                    _ => Val::Unknown,
                }),
                CallRole::IsEmpty => Some(match args.first() {
                    Some(Val::Int(0, from)) => Val::Int(1, *from),
                    Some(Val::Text(text)) => {
                        Val::Int(i64::from(self.text_list.get(*text as usize).is_none_or(Vec::is_empty)), 0)
                    }
                    Some(Val::Doubt) => Val::Doubt,
                    _ => Val::Unknown,
                }),
                _ => None,
            };
            if let Some(value) = known {
                return value;
            }
        }
        let value = self.look_into(dex, instruction, &args, depth);
        if value == Val::Unknown && self.is_decision_call(dex, instruction.index) { Val::Doubt } else { value }
    }

    fn stored_text(&mut self, key: Key) -> Option<u32> {
        self.look_up(key, false).and_then(Val::text)
    }

    fn names_decision(&self, text: u32) -> bool {
        self.text_list.get(text as usize).is_some_and(|text| (self.is_decision)(&String::from_utf8_lossy(text)))
    }

    /// True for a call whose name says that it asks for the user's decision.
    fn is_decision_call(&mut self, dex: u32, index: u32) -> bool {
        if let Some(known) = self.decisions.get(&(dex, index)) {
            return *known;
        }
        let found = self.program.dex(dex).and_then(|file| {
            let method = file.method(index)?;
            let result = file.return_type(method.proto).and_then(|result| file.type_bytes(result))?;
            if !matches!(result, b"Z" | b"I" | b"Ljava/lang/Boolean;" | b"Ljava/lang/Object;") {
                return Some(false);
            }
            self.program.class_of_type(dex, method.class)?;
            let name = file.string(method.name)?;
            Some((self.is_decision)(&name))
        });
        self.decisions.insert((dex, index), found.unwrap_or(false));
        found.unwrap_or(false)
    }

    fn result_of(&mut self, target: u32, args: &[Val], depth: u32) -> Val {
        let key = (target, args.to_vec());
        if let Some((value, accesses)) = self.results.get(&key) {
            let holds = |access: &Access| match access {
                Access::Read(key, found, _) => self.store.get(key) == found.as_ref(),
                Access::Write(..) => true,
            };
            if accesses.iter().all(holds) {
                let (value, accesses) = (*value, Arc::clone(accesses));
                for access in accesses.iter() {
                    match *access {
                        Access::Read(key, _, watched) => {
                            self.look_up(key, watched);
                        }
                        Access::Write(key, value) => self.write(key, value),
                    }
                }
                return value;
            }
        }
        let start = self.log.len();
        let value = self.evaluate(target, Some(args), depth).0.unwrap_or(Val::Unknown);
        if let Some(accesses) = self.log.get(start..).filter(|accesses| accesses.len() <= MAX_ACCESSES) {
            self.results.insert(key, (value, accesses.into()));
        }
        value
    }

    fn look_into(&mut self, dex: u32, instruction: &Instruction, args: &[Val], depth: u32) -> Val {
        if depth >= MAX_DEPTH || self.method_steps > STEPS_PER_METHOD {
            return Val::Unknown;
        }
        let program = self.program;
        let Some(method) = program.dex(dex).and_then(|file| file.method(instruction.index)) else {
            return Val::Unknown;
        };
        let Some(class) = program.class_of_type(dex, method.class) else { return Val::Unknown };
        let selector = self.dispatch.selector(dex, instruction.index);
        let is_virtual = matches!(instruction.op, opcode::INVOKE_VIRTUAL | opcode::INVOKE_INTERFACE | 0x74 | 0x78);
        let exact = match args.first() {
            Some(Val::Object(object) | Val::MaybeObject(object)) if is_virtual => {
                self.object_classes.get(*object as usize).copied().filter(|class| *class != u32::MAX)
            }
            _ => None,
        };
        let targets: Vec<u32> = match exact {
            Some(class) => self.dispatch.resolve(class, selector).into_iter().collect(),
            None if is_virtual => {
                let dispatch = self.dispatch;
                self.targets
                    .entry((class.0, selector))
                    .or_insert_with(|| dispatch.targets(class.0, selector, MAX_TARGETS))
                    .clone()
            }
            None => self.dispatch.resolve(class.0, selector).into_iter().collect(),
        };
        if targets.is_empty() || targets.len() > MAX_TARGETS {
            return Val::Unknown;
        }
        let mut out: Option<Val> = None;
        for target in targets {
            let units = program.code(program.body_at(target)).map_or(usize::MAX, |code| code.units.len());
            let worth = units <= TINY_UNITS || units <= SMALL_UNITS && self.is_interesting(target, 3);
            let value =
                if worth && depth + 1 < MAX_DEPTH { self.result_of(target, args, depth + 1) } else { Val::Unknown };
            out = Some(out.map_or(value, |known| known.join(value)));
        }
        out.unwrap_or(Val::Unknown)
    }
}
