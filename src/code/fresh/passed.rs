//! What the calls that are reached pass to a method: `callback.answered(false)` in the handler of a refusal.
//!
//! A parameter is known while every call that may run the method passes the same number. Whatever runs it otherwise
//! (the platform, code that is not looked into) passes anything.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Evaluator;
use crate::code::blocks;
use crate::code::dispatch::Selector;
use crate::code::values::Val;
use crate::formats::dex::{RefKind, opcode};

/// What a call names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Callee {
    Body(u32),
    /// A method of whatever object of a class.
    Method(u32, Selector),
}

/// What is passed, by what the calls name.
#[derive(Debug, Clone, Default)]
pub(super) struct Passed {
    /// `None` where anything may be passed.
    arguments: FxHashMap<Callee, Option<Vec<Val>>>,
    /// Methods that were looked at with what is passed.
    readers: FxHashMap<Callee, FxHashSet<u32>>,
}

impl Passed {
    /// Adds what a call passes; true when it makes less known than before.
    fn add(&mut self, callee: Callee, arguments: Option<&[Val]>) -> bool {
        let known = |value: &Val| matches!(value, Val::Int(..));
        let arguments = arguments.filter(|values| values.iter().any(known));
        let arguments: Option<Vec<Val>> =
            arguments.map(|values| values.iter().map(|it| if known(it) { *it } else { Val::Unknown }).collect());
        let Some(slot) = self.arguments.get_mut(&callee) else {
            self.arguments.insert(callee, arguments);
            return true;
        };
        let Some(before) = slot else { return false };
        let joined = arguments.map(|values| joined(before, &values)).filter(|values| values.iter().any(known));
        let is_less = joined.as_ref() != Some(before);
        *slot = joined;
        is_less
    }
}

/// What two calls pass alike; nothing where they pass different numbers of arguments.
fn joined(one: &[Val], other: &[Val]) -> Vec<Val> {
    if one.len() != other.len() {
        return Vec::new();
    }
    let join = |(one, other): (&Val, &Val)| match (one.int(), other.int()) {
        (Some((a, _)), Some((b, _))) if a == b => *one,
        _ => Val::Unknown,
    };
    one.iter().zip(other).map(join).collect()
}

impl Evaluator<'_, '_> {
    /// A method runs, and what it is given cannot be told.
    pub(in crate::code) fn runs_with_anything(&mut self, body: u32) {
        self.pass(Callee::Body(body), None);
        self.note_made(body, None);
    }

    fn pass(&mut self, callee: Callee, arguments: Option<&[Val]>) {
        if self.passed.add(callee, arguments)
            && let Some(readers) = self.passed.readers.get(&callee)
        {
            self.dirty.extend(readers);
        }
    }

    /// A call in the method that is looked at; `arguments` are `None` where nothing is known of them.
    pub(super) fn passes(&mut self, dex: u32, op: u8, index: u32, arguments: Option<&[Val]>) {
        let program = self.program;
        let Some(method) = program.dex(dex).and_then(|file| file.method(index)) else { return };
        let Some(class) = program.class_of_type(dex, method.class) else { return };
        let selector = self.dispatch.selector(dex, index);
        if matches!(op, opcode::INVOKE_VIRTUAL | opcode::INVOKE_INTERFACE | 0x74 | 0x78) {
            self.pass(Callee::Method(class.0, selector), arguments);
        }
        // A superclass is called by the reference of the class itself.
        let from =
            if matches!(op, opcode::INVOKE_SUPER | 0x75) { self.dispatch.supertypes(class.0) } else { vec![class.0] };
        let targets: FxHashSet<u32> =
            from.into_iter().filter_map(|class| self.dispatch.resolve(class, selector)).collect();
        for target in targets {
            self.pass(Callee::Body(target), arguments);
            if matches!(op, opcode::INVOKE_DIRECT | 0x76) {
                self.note_made(target, arguments);
            }
        }
    }

    /// The calls of a method that is not looked into pass anything.
    pub(super) fn passes_anything(&mut self, body: u32) {
        let program = self.program;
        let id = program.body_at(body);
        let Some(code) = program.code(id) else { return };
        for reference in program.references(id).filter(|reference| reference.kind == RefKind::Invoke) {
            let op = code.opcode(reference.unit);
            self.passes(program.dex_of(id), op, reference.index, None);
        }
    }

    /// What is passed to a method, by number of the parameter; empty where nothing is known.
    pub(super) fn passed_to(&mut self, body: u32) -> Vec<Val> {
        let program = self.program;
        let id = program.body_at(body);
        let Some(row) = program.body(id) else { return Vec::new() };
        let mut callees = vec![Callee::Body(body)];
        if blocks::is_instance(program, id) {
            let selector = self.dispatch.selector(program.dex_of(id), row.method);
            callees
                .extend(self.dispatch.supertypes(row.class.0).into_iter().map(|class| Callee::Method(class, selector)));
        }
        let mut out: Option<Vec<Val>> = None;
        let mut is_anything = false;
        for callee in callees {
            self.passed.readers.entry(callee).or_default().insert(body);
            match self.passed.arguments.get(&callee) {
                None => {}
                Some(None) => is_anything = true,
                Some(Some(values)) => out = Some(out.map_or_else(|| values.clone(), |known| joined(&known, values))),
            }
        }
        if is_anything { Vec::new() } else { out.unwrap_or_default() }
    }
}
