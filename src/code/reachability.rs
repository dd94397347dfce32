//! Which code a set of entry points reaches, by which calls.
//!
//! Classes become possible receivers only once reached code makes them (rapid type analysis), so one
//! run answers for one phase. With an evaluator, branches that a fresh install cannot take are not
//! followed.

mod deliveries;
mod links;
mod starters;
mod world;

use std::collections::VecDeque;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

pub(super) use self::deliveries::Deliveries;
use self::deliveries::Receiver;
use self::links::Links;
pub use self::world::World;
use super::dispatch::{Selector, is_abstract};
use super::fresh::{Evaluator, Ranges};
use super::messages::Whats;
use super::program::{ClassId, display_class};
use crate::formats::dex::{EncodedValue, RefKind, opcode};
use crate::knowledge::When;
use crate::knowledge::schema::CallRole;

/// How control gets from one method to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EdgeKind {
    /// An entry point: the platform starts it.
    Entry,
    /// A call that names its target.
    Call,
    /// A call that the receiver's class decides.
    Virtual,
    /// The platform or a library calls back on an object made here.
    HandOff,
    /// A lambda or method reference made here.
    Lambda,
    /// A class initialiser.
    ClassInit,
    /// Reflection with constant names, or a service loader.
    Reflection,
    /// A component started by an intent.
    Component,
    /// A view, fragment or handler that a layout names.
    Layout,
    /// A web page calls a method that it is offered.
    Page,
}

impl EdgeKind {
    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Call => "call",
            Self::Virtual => "virtual",
            Self::HandOff => "hand_off",
            Self::Lambda => "lambda",
            Self::ClassInit => "class_init",
            Self::Reflection => "reflection",
            Self::Component => "component",
            Self::Layout => "layout",
            Self::Page => "page",
        }
    }
}

/// How a body was first reached.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parent {
    pub(super) body: u32,
    pub(super) unit: u32,
    pub(super) kind: EdgeKind,
}

/// No caller: an entry point.
pub(super) const ROOT: u32 = u32::MAX;

/// Something that runs later, in a phase of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Deferred {
    pub(super) when: When,
    pub(super) target: u32,
    pub(super) body: u32,
    pub(super) unit: u32,
    pub(super) by_layout: bool,
}

/// What a walk that stops at doubts has left.
#[derive(Debug, Clone, Copy)]
enum Doubt {
    Reach(u32, Parent),
    Deliver(Receiver, u32, usize),
    Start(ClassId, u32, u32),
}

/// One walk.
#[derive(Clone)]
pub(super) struct Run<'x, 'a> {
    world: &'x World<'x, 'a>,
    /// Callbacks of this time run in this phase.
    follows_launch: bool,
    /// Follows what the code of plain libraries calls.
    pub(super) enters_libraries: bool,
    /// How each body that is reached was first reached.
    pub(super) parents: FxHashMap<u32, Parent>,
    instantiated: Vec<bool>,
    initialised: Vec<bool>,
    /// Virtual calls seen, by class and selector, with the first caller.
    slots: FxHashMap<(u32, Selector), (u32, u32)>,
    slots_by_class: FxHashMap<u32, Vec<Selector>>,
    /// Instantiated classes by in-app supertype.
    instances: FxHashMap<u32, Vec<u32>>,
    queue: VecDeque<u32>,
    pub(super) deferred: FxHashSet<Deferred>,
    receivers: Vec<Receiver>,
    /// Sends seen: body and position in its list.
    sent: Vec<(u32, usize)>,
    sent_once: FxHashSet<(u32, usize)>,
    /// Messages delivered: receiving body, sender, what.
    delivered: Vec<(u32, Parent, Whats)>,
    doubts: Vec<Doubt>,
    /// Classes of function objects that run when somebody sees fit.
    waiting: FxHashSet<u32>,
    pub(super) evaluator: Option<Evaluator<'x, 'a>>,
    /// Code units that control reaches, by body, where not all.
    pub(super) ranges: FxHashMap<u32, Arc<Ranges>>,
    pub(super) edges: u64,
}

impl<'x, 'a> Run<'x, 'a> {
    pub(super) fn new(world: &'x World<'x, 'a>, follows_launch: bool, evaluator: Option<Evaluator<'x, 'a>>) -> Self {
        let classes = world.program.class_count();
        Self {
            world,
            follows_launch,
            enters_libraries: true,
            parents: FxHashMap::default(),
            instantiated: vec![false; classes],
            initialised: vec![false; classes],
            slots: FxHashMap::default(),
            slots_by_class: FxHashMap::default(),
            instances: FxHashMap::default(),
            queue: VecDeque::new(),
            deferred: FxHashSet::default(),
            receivers: Vec::new(),
            sent: Vec::new(),
            sent_once: FxHashSet::default(),
            delivered: Vec::new(),
            doubts: Vec::new(),
            waiting: FxHashSet::default(),
            evaluator,
            ranges: FxHashMap::default(),
            edges: 0,
        }
    }

    /// Objects that an earlier phase made can be receivers here too.
    pub(super) fn inherit(&mut self, earlier: &Self) {
        for (class, made) in (0u32..).zip(&earlier.instantiated) {
            if *made && !std::mem::replace(&mut self.instantiated[class as usize], true) {
                for parent in self.world.dispatch.supertypes(class) {
                    self.instances.entry(parent).or_default().push(class);
                }
            }
        }
        self.initialised.clone_from(&earlier.initialised);
        self.receivers.extend(&earlier.receivers);
    }

    /// True when an object of the class is made.
    pub(super) fn has_made(&self, class: ClassId) -> bool {
        self.instantiated.get(class.0 as usize).copied().unwrap_or(false)
    }

    pub(super) fn reached_count(&self) -> usize {
        self.parents.len()
    }

    /// Bodies that are reached, ascending.
    pub(super) fn reached_bodies(&self) -> Vec<u32> {
        let mut out: Vec<u32> = self.parents.keys().copied().collect();
        out.sort_unstable();
        out
    }

    pub(super) fn reach(&mut self, target: u32, body: u32, unit: u32, kind: EdgeKind) {
        self.edges += 1;
        if let Some(evaluator) = self.evaluator.as_mut().filter(|_| !matches!(kind, EdgeKind::Call | EdgeKind::Virtual))
        {
            evaluator.runs_with_anything(target);
        }
        if let Entry::Vacant(slot) = self.parents.entry(target) {
            slot.insert(Parent { body, unit, kind });
            self.queue.push_back(target);
        }
    }

    /// Starts a component, the Application or an initialiser.
    pub(super) fn start(&mut self, class: ClassId, body: u32, unit: u32, kind: EdgeKind) {
        self.initialise(class.0, body, unit);
        for constructor in self.world.dispatch.constructors(self.world.program, class.0) {
            self.reach(constructor, body, unit, kind);
        }
        self.instantiate(class.0, body, unit, kind);
        let callbacks = self.world.dispatch.callbacks(self.world.program, self.world.framework, class.0);
        // Who makes a receiver by reflection registers it; broadcasts come later.
        let comes_up = |when: &When| match when {
            When::Startup | When::Launch => true,
            When::Component => !matches!(kind, EdgeKind::Reflection),
            _ => false,
        };
        for (target, when) in callbacks {
            if comes_up(when) {
                self.reach(*target, body, unit, kind);
            }
        }
    }

    /// A component or screen that comes up in another phase.
    fn start_later(&mut self, class: ClassId, when: When, body: u32, unit: u32) {
        for (target, own) in self.world.dispatch.callbacks(self.world.program, self.world.framework, class.0) {
            if matches!(own, When::Launch | When::Component | When::Async) {
                self.deferred.insert(Deferred { when, target: *target, body, unit, by_layout: false });
            }
        }
    }

    fn initialise(&mut self, class: u32, body: u32, unit: u32) {
        let mut at = Some(class);
        for _ in 0..64 {
            let Some(current) = at else { return };
            match self.initialised.get_mut(current as usize) {
                Some(done) if !*done => *done = true,
                _ => return,
            }
            if let Some(target) = self.world.dispatch.class_initialiser(self.world.program, current) {
                self.reach(target, body, unit, EdgeKind::ClassInit);
            }
            at = self.world.dispatch.superclass(current);
        }
    }

    /// An object of `class` is made.
    pub(super) fn instantiate(&mut self, class: u32, body: u32, unit: u32, kind: EdgeKind) {
        let made = self.instantiated.get(class as usize).copied().unwrap_or(true);
        if made && !self.waiting.contains(&class) {
            return;
        }
        let waits = matches!(kind, EdgeKind::Call)
            && !self.passes_doubt()
            && self.evaluator.as_mut().is_some_and(|evaluator| evaluator.waits(class, body, unit));
        if made {
            if !waits {
                self.release(class);
            }
            return;
        }
        if let Some(slot) = self.instantiated.get_mut(class as usize) {
            *slot = true;
        }
        if waits && self.world.is_function(class) {
            self.waiting.insert(class);
        }
        self.initialise(class, body, unit);
        let dispatch = self.world.dispatch;
        let hand_off = if matches!(kind, EdgeKind::Call) { EdgeKind::HandOff } else { kind };
        for (target, when) in dispatch.callbacks(self.world.program, self.world.framework, class) {
            match when {
                When::Async if waits => self.doubts.push(Doubt::Reach(*target, Parent { body, unit, kind: hand_off })),
                When::Async => self.reach(*target, body, unit, hand_off),
                When::Launch if self.follows_launch => self.reach(*target, body, unit, hand_off),
                When::Page if self.follows_launch => {
                    if self.passes_doubt() {
                        self.reach(*target, body, unit, EdgeKind::Page);
                    } else {
                        self.doubts.push(Doubt::Reach(*target, Parent { body, unit, kind: EdgeKind::Page }));
                    }
                }
                When::Message => {
                    let receiver = Receiver { target: *target, class, body };
                    self.receivers.push(receiver);
                    for at in 0..self.sent.len() {
                        let (sender, number) = self.sent[at];
                        self.deliver(receiver, sender, number);
                    }
                }
                When::Startup => {}
                _ => {
                    self.deferred.insert(Deferred { when: *when, target: *target, body, unit, by_layout: false });
                }
            }
        }
        for parent in dispatch.supertypes(class) {
            self.instances.entry(parent).or_default().push(class);
            for selector in dispatch.hubs_of(parent) {
                match dispatch.resolve(class, *selector) {
                    Some(target) if waits => {
                        self.doubts.push(Doubt::Reach(target, Parent { body, unit, kind: hand_off }))
                    }
                    Some(target) => self.reach(target, body, unit, hand_off),
                    None => {}
                }
            }
            for selector in self.slots_by_class.get(&parent).cloned().unwrap_or_default() {
                if let (Some(target), Some((caller, at))) =
                    (dispatch.resolve(class, selector), self.slots.get(&(parent, selector)).copied())
                {
                    self.dispatch_to(class, target, caller, at);
                }
            }
        }
    }

    /// Function objects of this class run after all: some are handed to who calls them at once.
    fn release(&mut self, class: u32) {
        self.waiting.remove(&class);
        let program = self.world.program;
        let of_class = |doubt: &Doubt| match doubt {
            Doubt::Reach(target, _) => program.body(program.body_at(*target)).is_some_and(|row| row.class.0 == class),
            _ => false,
        };
        let (released, kept): (Vec<Doubt>, Vec<Doubt>) = self.doubts.drain(..).partition(of_class);
        self.doubts = kept;
        for doubt in released {
            if let Doubt::Reach(target, parent) = doubt {
                self.reach(target, parent.body, parent.unit, parent.kind);
            }
        }
    }

    fn passes_doubt(&self) -> bool {
        self.evaluator.as_ref().is_none_or(Evaluator::passes_doubt)
    }

    /// True when something was not followed because it may depend on the user's decision.
    pub(super) fn has_doubts(&self) -> bool {
        !self.doubts.is_empty() || self.evaluator.as_ref().is_some_and(|evaluator| !evaluator.doubtful.is_empty())
    }

    /// Follows it all the same.
    pub(super) fn pass_doubts(&mut self) {
        if let Some(evaluator) = &mut self.evaluator {
            evaluator.pass_doubts();
        }
        for doubt in std::mem::take(&mut self.doubts) {
            match doubt {
                Doubt::Reach(target, parent) => self.reach(target, parent.body, parent.unit, parent.kind),
                Doubt::Deliver(receiver, sender, number) => self.deliver(receiver, sender, number),
                Doubt::Start(class, body, unit) => self.start(class, body, unit, EdgeKind::Reflection),
            }
        }
        self.finish();
    }

    /// Follows everything that is queued, and what changed values make possible.
    pub(super) fn finish(&mut self) {
        loop {
            while let Some(body) = self.queue.pop_front() {
                self.visit(body);
            }
            let Some(evaluator) = &mut self.evaluator else { return };
            let mut dirty = std::mem::take(&mut evaluator.dirty);
            if dirty.is_empty() {
                return;
            }
            dirty.sort_unstable();
            dirty.dedup();
            for body in dirty {
                if self.parents.contains_key(&body) {
                    self.visit(body);
                }
            }
        }
    }

    fn visit(&mut self, number: u32) {
        let world = self.world;
        let program = world.program;
        let id = program.body_at(number);
        if !self.enters_libraries && world.is_of_library(id) {
            return;
        }
        let parent = self.parents.get(&number).map(|parent| parent.kind);
        let called = matches!(parent, Some(EdgeKind::Call | EdgeKind::Virtual));
        let mut ranges = self.evaluator.as_mut().map(|evaluator| evaluator.analyse(number, called));
        if let (Some(ranges), Some(known)) = (&mut ranges, self.ranges.get(&number)) {
            // What was possible stays possible.
            unite(ranges, known);
            if ranges == known.as_ref() {
                return;
            }
        }
        let ranges = ranges.map(Arc::new);
        if let Some(ranges) = &ranges {
            self.ranges.insert(number, Arc::clone(ranges));
        }
        let Some(code) = program.code(id) else { return };
        let dex = program.dex_of(id);
        let feasible = |unit: u32| {
            ranges.as_ref().is_none_or(|ranges| ranges.iter().any(|(start, end)| (*start..*end).contains(&unit)))
        };
        let mut links = Links::default();
        for reference in program.references(id) {
            if !feasible(reference.unit) {
                continue;
            }
            let unit = reference.unit;
            match reference.kind {
                RefKind::Invoke => {
                    let op = code.opcode(unit);
                    self.call(number, dex, reference.index, unit, op);
                    let sends = world.sends.get(&number).map(Vec::as_slice).unwrap_or_default();
                    if let Ok(send) = sends.binary_search_by_key(&unit, |send| send.unit)
                        && self.sent_once.insert((number, send))
                    {
                        self.sent.push((number, send));
                        for at in 0..self.receivers.len() {
                            self.deliver(self.receivers[at], number, send);
                        }
                    }
                    if let Some(row) = world.roles.of(dex, reference.index) {
                        links.add(row.role);
                    }
                    if world.starters.get(dex as usize).is_some_and(|list| list.contains(&reference.index)) {
                        links.add(CallRole::Intent);
                    }
                }
                RefKind::New => {
                    if let Some(class) = program.class_of_type(dex, reference.index) {
                        self.instantiate(class.0, number, unit, EdgeKind::Call);
                    }
                }
                RefKind::Class => {
                    if let Some(class) = program.class_of_type(dex, reference.index) {
                        let is_constant = code.opcode(unit) == opcode::CONST_CLASS;
                        if is_constant {
                            links.classes.push((class, unit));
                            if world.by_class[class.0 as usize] && !is_abstract(program, class.0) {
                                self.start(class, number, unit, EdgeKind::Reflection);
                            }
                        } else if code.opcode(unit) == opcode::CHECK_CAST {
                            links.casts.push((class, unit));
                        }
                    }
                }
                RefKind::FieldGet | RefKind::FieldPut => {
                    self.field(number, dex, reference.index, unit, code.opcode(unit))
                }
                RefKind::String => links.strings.push((reference.index, unit)),
                RefKind::Custom => self.custom(number, dex, reference.index, unit),
                RefKind::Handle => self.handle(number, dex, reference.index, unit, When::Async),
                RefKind::Resource => self.layout(number, unit, reference.resource(), 0),
            }
        }
        if links.any {
            self.follow(number, dex, &links);
        }
    }

    /// A virtual call runs `target` on an object of `class`. Libraries call listeners of the user's actions and of
    /// events when these happen, whatever path leads to the code that does it.
    fn dispatch_to(&mut self, class: u32, target: u32, caller: u32, unit: u32) {
        let world = self.world;
        if world.is_of_library(world.program.body_at(caller)) {
            let callbacks = world.dispatch.callbacks(world.program, world.framework, class);
            if callbacks
                .iter()
                .any(|(body, when)| *body == target && matches!(when, When::UserAction | When::SystemEvent))
            {
                return;
            }
        }
        if self.waiting.contains(&class) && !self.passes_doubt() {
            self.doubts.push(Doubt::Reach(target, Parent { body: caller, unit, kind: EdgeKind::Virtual }));
            return;
        }
        // An inherited method may be called by an interface that its own class does not have.
        let owner = world.program.body(world.program.body_at(target)).map(|row| row.class.0);
        if let Some(evaluator) = self.evaluator.as_mut().filter(|_| owner != Some(class)) {
            evaluator.runs_with_anything(target);
        }
        self.reach(target, caller, unit, EdgeKind::Virtual);
    }

    fn call(&mut self, caller: u32, dex: u32, index: u32, unit: u32, op: u8) {
        let program = self.world.program;
        let dispatch = self.world.dispatch;
        let Some(method) = program.dex(dex).and_then(|file| file.method(index)) else { return };
        let Some(class) = program.class_of_type(dex, method.class) else { return };
        let selector = dispatch.selector(dex, index);
        match op {
            opcode::INVOKE_STATIC | 0x77 => {
                self.initialise(class.0, caller, unit);
                if let Some(target) = dispatch.resolve(class.0, selector) {
                    self.reach(target, caller, unit, EdgeKind::Call);
                }
            }
            opcode::INVOKE_DIRECT | 0x76 => {
                if let Some(target) = dispatch.resolve(class.0, selector) {
                    self.reach(target, caller, unit, EdgeKind::Call);
                }
            }
            opcode::INVOKE_SUPER | 0x75 => {
                // The reference names the superclass, or in older files the class itself.
                let own = program.body(program.body_at(caller)).map(|body| body.class.0);
                let from = if own == Some(class.0) { dispatch.superclass(class.0) } else { Some(class.0) };
                if let Some(target) = from.and_then(|from| dispatch.resolve(from, selector)) {
                    self.reach(target, caller, unit, EdgeKind::Call);
                }
            }
            _ => {
                if dispatch.is_hub(class.0, selector) {
                    return;
                }
                if self.slots.contains_key(&(class.0, selector)) {
                    return;
                }
                self.slots.insert((class.0, selector), (caller, unit));
                self.slots_by_class.entry(class.0).or_default().push(selector);
                for receiver in self.instances.get(&class.0).cloned().unwrap_or_default() {
                    if let Some(target) = dispatch.resolve(receiver, selector) {
                        self.dispatch_to(receiver, target, caller, unit);
                    }
                }
            }
        }
    }

    fn field(&mut self, caller: u32, dex: u32, index: u32, unit: u32, op: u8) {
        // Only static access runs the initialiser.
        if !(0x60..=0x6d).contains(&op) {
            return;
        }
        let program = self.world.program;
        let Some(field) = program.dex(dex).and_then(|file| file.field(index)) else { return };
        let Some(class) = program.class_of_type(dex, field.class) else { return };
        self.initialise(class.0, caller, unit);
        // A shared instance of the class itself: singletons, and lambdas that capture nothing.
        if op <= 0x66 && program.class_of_type(dex, field.kind) == Some(class) && !is_abstract(program, class.0) {
            self.instantiate(class.0, caller, unit, EdgeKind::Call);
        }
    }

    fn custom(&mut self, caller: u32, dex: u32, index: u32, unit: u32) {
        let Some(file) = self.world.program.dex(dex) else { return };
        let values = file.call_site(index).unwrap_or_default();
        let name = match values.get(1) {
            Some(EncodedValue::String(name)) => file.string(*name).unwrap_or_default(),
            _ => return,
        };
        let interface = match values.get(2) {
            Some(EncodedValue::MethodType(proto)) => {
                file.return_type(*proto).and_then(|kind| file.type_descriptor(kind)).unwrap_or_default()
            }
            _ => return,
        };
        let rows = self.world.framework.callbacks(&display_class(&interface));
        let when = rows.iter().find(|(known, _)| *known == name).map_or(When::Async, |(_, when)| *when);
        for value in values.get(3..).unwrap_or_default() {
            if let EncodedValue::MethodHandle(handle) = value {
                self.handle(caller, dex, *handle, unit, when);
            }
        }
    }

    fn handle(&mut self, caller: u32, dex: u32, handle: u32, unit: u32, when: When) {
        let program = self.world.program;
        let Some(file) = program.dex(dex) else { return };
        // Kinds 4 to 8 name methods; lower ones fields.
        let Some((4..=8, method)) = file.method_handle(handle) else { return };
        let Some(class) = file.method(method).and_then(|row| program.class_of_type(dex, row.class)) else { return };
        let selector = self.world.dispatch.selector(dex, method);
        for target in self.world.dispatch.targets(class.0, selector, 8) {
            match when {
                When::Async | When::Startup | When::Message => self.reach(target, caller, unit, EdgeKind::Lambda),
                When::Launch if self.follows_launch => self.reach(target, caller, unit, EdgeKind::Lambda),
                _ => {
                    self.deferred.insert(Deferred { when, target, body: caller, unit, by_layout: false });
                }
            }
        }
    }

    fn layout(&mut self, caller: u32, unit: u32, id: u32, depth: u32) {
        let Some(links) = self.world.entries.layouts.get(&id) else { return };
        for class in &links.classes {
            self.start(*class, caller, unit, EdgeKind::Layout);
        }
        for class in &links.destinations {
            self.start_later(*class, When::UserAction, caller, unit);
        }
        if !links.handlers.is_empty() {
            let own = self.world.program.body(self.world.program.body_at(caller)).map(|row| row.class.0);
            let screens: Vec<u32> = own.into_iter().flat_map(|own| self.world.dispatch.subtypes(own, 64)).collect();
            for handler in &links.handlers {
                for screen in &screens {
                    for target in self.world.dispatch.by_name(self.world.program, *screen, handler) {
                        let when = When::UserAction;
                        self.deferred.insert(Deferred { when, target, body: caller, unit, by_layout: true });
                    }
                }
            }
        }
        if depth < 8 {
            for include in &links.includes {
                self.layout(caller, unit, *include, depth + 1);
            }
        }
    }
}

/// `com.example.A$1` and `com.example.A$$ExternalSyntheticLambda0` belong to `com.example.A`.
pub fn outer(descriptor: &[u8]) -> &[u8] {
    let name = descriptor.strip_suffix(b";").unwrap_or(descriptor);
    let package = memchr::memrchr(b'/', name).map_or(0, |at| at + 1);
    let simple = name.get(package..).unwrap_or_default();
    // A name may begin with `$`.
    let end = memchr::memchr(b'$', simple.get(1..).unwrap_or_default()).map_or(name.len(), |at| package + 1 + at);
    name.get(..end).unwrap_or(name)
}

/// A name as [`outer`] gives it, `Lcom/example/A`, as `com.example.A`.
pub fn dotted(name: &[u8]) -> String {
    String::from_utf8_lossy(name.strip_prefix(b"L").unwrap_or(name)).replace('/', ".")
}

/// Adds `more` to ascending ranges.
fn unite(ranges: &mut Ranges, more: &Ranges) {
    ranges.extend(more);
    ranges.sort_unstable();
    ranges.dedup_by(|next, last| {
        let overlaps = next.0 < last.1;
        if overlaps {
            last.1 = last.1.max(next.1);
        }
        overlaps
    });
}
