//! Tasks that the app hands to itself: `ask(() -> start())` runs `start` when `ask` says so, perhaps never.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Evaluator;
use crate::code::blocks::parameter_types;
use crate::code::functions::COMPOSER;
use crate::code::program::{BodyId, ClassId};
use crate::code::values::Val;
use crate::formats::dex::RefKind;

const RUNNABLE: &[u8] = b"Ljava/lang/Runnable;";
/// How many calls deep a task is followed.
const MAX_HANDS: u32 = 4;

/// Code units of the longest method that a task is followed through.
const MAX_UNITS: usize = 2048;
/// Methods that a task is followed through at most.
const MAX_METHODS: usize = 64;

/// Where the objects go that methods make, by number.
#[derive(Debug, Clone, Default)]
pub(super) struct Leavings {
    /// Calls that they are given to: DEX file and method.
    given_to: FxHashMap<u32, Vec<(u32, u32)>>,
    /// Those that go other ways, which are not followed.
    kept: FxHashSet<u32>,
}

impl Leavings {
    /// An object is stored or given back by a method that is looked at, so many calls deep: only what the outer one
    /// does itself counts.
    pub(super) fn note_kept(&mut self, value: Val, depth: u32) {
        self.kept.extend(value.object().filter(|_| depth == 0));
    }

    /// A call that an object is given to.
    pub(super) fn note_given(&mut self, dex: u32, index: u32, value: Val) {
        if let Some(object) = value.object() {
            let calls = self.given_to.entry(object).or_default();
            if !calls.contains(&(dex, index)) {
                calls.push((dex, index));
            }
        }
    }
}

impl Evaluator<'_, '_> {
    /// True for a task made at a place of a method that only methods of the app are given, which run it themselves and
    /// hand it to nobody else who runs tasks; and for a function object that nobody is given who may call it at once.
    pub(in crate::code) fn waits(&mut self, class: u32, body: u32, unit: u32) -> bool {
        let class = ClassId(class);
        if !self.is_task(class) {
            return false;
        }
        let Some(object) = self.objects.get(&(body, unit)).copied() else { return false };
        let calls = self.leavings.given_to.get(&object).map(Vec::as_slice).unwrap_or_default();
        let mut ends = calls.iter().map(|(dex, index)| self.fate(*dex, *index, MAX_HANDS, &mut FxHashSet::default()));
        if self.is_function(class) {
            return !self.draws(class) && ends.all(|end| end != Fate::HandedOn);
        }
        !calls.is_empty() && !self.leavings.kept.contains(&object) && ends.all(|end| end == Fate::RunByApp)
    }

    /// The class of the function object that a static field of the same class holds.
    pub(super) fn function_kept_in(&self, dex: u32, index: u32) -> Option<u32> {
        let field = self.program.dex(dex)?.field(index).filter(|field| field.kind == field.class)?;
        let class = self.program.class_of_type(dex, field.kind)?;
        self.is_function(class).then_some(class.0)
    }

    fn is_function(&self, class: ClassId) -> bool {
        self.functions.get(class.0 as usize).copied().unwrap_or(false)
    }

    /// True for a function of Compose, which draws a part of the screen as it is made.
    fn draws(&self, class: ClassId) -> bool {
        let mut bodies = self.program.bodies_of(class).take(MAX_METHODS);
        bodies.any(|body| parameter_types(self.program, body).contains(&Some(COMPOSER)))
    }

    /// True for what is made to be run by somebody: `Runnable`s and function objects.
    fn is_task(&self, class: ClassId) -> bool {
        let types = self.dispatch.supertypes(class.0);
        self.is_function(class)
            || types.into_iter().any(|class| self.program.interfaces(ClassId(class)).contains(&RUNNABLE))
    }

    /// What becomes of a task that a method is given.
    fn fate(&self, dex: u32, index: u32, depth: u32, seen: &mut FxHashSet<u32>) -> Fate {
        let program = self.program;
        let Some(target) = self.dispatch.declared_target(program, dex, index) else { return Fate::HandedOn };
        let id = program.body_at(target);
        let Some(row) = program.body(id).filter(|row| depth > 0 && !self.is_opaque(row.class)) else {
            return Fate::HandedOn;
        };
        if seen.len() >= MAX_METHODS || self.is_long(id) {
            return Fate::HandedOn;
        }
        if !seen.insert(target) {
            return Fate::Unknown;
        }
        let home = program.dex_of(id);
        let Some(file) = program.dex(home) else { return Fate::HandedOn };
        let mut fate = Fate::Unknown;
        // An object that is made with the task may run it in any of its methods.
        let is_constructor = program.body_name(id).is_some_and(|name| name.name == "<init>");
        if is_constructor && program.bodies_of(row.class).take(MAX_METHODS).any(|body| self.runs_tasks(body)) {
            fate = Fate::RunByApp;
        }
        for reference in program.references(id).filter(|reference| reference.kind == RefKind::Invoke) {
            let Some(method) = file.method(reference.index) else { return Fate::HandedOn };
            let class = file.type_bytes(method.class).unwrap_or_default();
            let takes = |wanted: &[u8]| file.parameters(method.proto).any(|kind| file.type_bytes(kind) == Some(wanted));
            let is_task = |kind| program.class_of_type(home, kind).is_some_and(|class| self.is_task(class));
            let takes_task = || takes(RUNNABLE) || file.parameters(method.proto).any(is_task);
            let is_collection = || class.starts_with(b"Ljava/util/") && takes(b"Ljava/lang/Object;");
            let next = match program.class_of_type(home, method.class) {
                Some(_) if takes_task() => self.fate(home, reference.index, depth - 1, seen),
                None if takes(RUNNABLE) || is_collection() => Fate::HandedOn,
                None if class == RUNNABLE => Fate::RunByApp,
                _ => Fate::Unknown,
            };
            match next {
                Fate::HandedOn => return Fate::HandedOn,
                Fate::RunByApp => fate = Fate::RunByApp,
                Fate::Unknown => {}
            }
        }
        fate
    }

    /// True for a method that is too long to be looked through.
    fn is_long(&self, body: BodyId) -> bool {
        self.program.code(body).is_none_or(|code| code.units.len() > MAX_UNITS)
    }

    /// True for a method that runs some task itself.
    fn runs_tasks(&self, body: BodyId) -> bool {
        if self.is_long(body) {
            return false;
        }
        let Some(file) = self.program.dex(self.program.dex_of(body)) else { return false };
        let mut calls = self.program.references(body).filter(|reference| reference.kind == RefKind::Invoke);
        calls.any(|reference| {
            file.method(reference.index).is_some_and(|method| file.type_bytes(method.class) == Some(RUNNABLE))
        })
    }
}

/// What becomes of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// The platform, a library or code that is not seen may run it at once.
    HandedOn,
    /// Code of the app runs it when it sees fit.
    RunByApp,
    Unknown,
}
