//! In which phase of the app's life code can run, and whether before the user has decided.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::blocks::is_instance;
use super::entry_points::EntryPoints;
use super::fresh::{Evaluator, Key, StoredKey};
use super::program::{BodyId, ClassId, Program};
use super::reachability::{Deliveries, EdgeKind, Parent, ROOT, Run, World};
use crate::knowledge::When;

/// Longest call path that is told.
const MAX_PATH: usize = 64;

/// A phase of the app's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The process starts: Application, providers, initialisers.
    Startup,
    /// The launcher's screen comes up, until the user does something.
    Launch,
    /// The user does something.
    UserAction,
    /// Something outside the app happens.
    SystemEvent,
}

impl Phase {
    /// All phases in order.
    pub const ALL: [Self; 4] = [Self::Startup, Self::Launch, Self::UserAction, Self::SystemEvent];

    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Startup => "startup",
            Self::Launch => "launch",
            Self::UserAction => "user_action",
            Self::SystemEvent => "system_event",
        }
    }
}

/// One step of a call path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The method.
    pub body: BodyId,
    /// Where in it the next inner step (or the access itself) stands.
    pub unit: u32,
    /// How control gets into this method.
    pub kind: EdgeKind,
}

/// How each body was reached in one walk.
#[derive(Debug, Default)]
struct Walk {
    parents: FxHashMap<u32, Parent>,
    /// Code units that control reaches, where not all.
    ranges: FxHashMap<u32, Arc<Vec<(u32, u32)>>>,
    deliveries: Deliveries,
}

impl Walk {
    fn of(mut run: Run<'_, '_>) -> Self {
        let deliveries = run.deliveries();
        Self { parents: run.parents, ranges: run.ranges, deliveries }
    }

    /// How control got to a place: of a handler, by a message that leads there.
    fn parent(&self, body: u32, unit: u32, seen: &FxHashSet<(u32, u32)>) -> Option<Parent> {
        let leads = |ranges: &[(u32, u32)]| ranges.iter().any(|(start, end)| (*start..*end).contains(&unit));
        let messages = self.deliveries.get(&body).map(Vec::as_slice).unwrap_or_default();
        let by_message = messages
            .iter()
            .find(|(ranges, parent)| leads(ranges) && !seen.contains(&(parent.body, parent.unit)))
            .map(|(_, parent)| *parent);
        by_message.or_else(|| self.parents.get(&body).copied())
    }

    fn reaches(&self, body: u32, unit: u32) -> bool {
        self.parents.contains_key(&body)
            && self
                .ranges
                .get(&body)
                .is_none_or(|ranges| ranges.iter().any(|(start, end)| (*start..*end).contains(&unit)))
    }

    fn path(&self, program: &Program<'_>, body: u32, unit: u32) -> Vec<Step> {
        let mut out = Vec::new();
        let (mut body, mut unit) = (body, unit);
        let mut seen = FxHashSet::default();
        seen.insert((body, unit));
        while let Some(parent) = self.parent(body, unit, &seen) {
            seen.insert((parent.body, parent.unit));
            out.push(Step { body: program.body_at(body), unit, kind: parent.kind });
            if parent.body == ROOT || out.len() >= MAX_PATH {
                break;
            }
            (body, unit) = (parent.body, parent.unit);
        }
        out
    }
}

/// A handler that runs when the user does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Handler {
    /// The method that runs.
    pub target: BodyId,
    /// The method that registers it (or makes its object).
    pub by: BodyId,
    /// Where.
    pub unit: u32,
}

/// Whether code runs before the user has agreed to anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Consent {
    /// A fresh install reaches it without any decision of the user.
    Before,
    /// Only after the user agreed.
    After,
    /// Cannot be told.
    Unknown,
}

impl Consent {
    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
            Self::Unknown => "unknown",
        }
    }
}

/// A stored key that guards code: what a decision of the user may be kept in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// The key.
    pub key: StoredKey,
    /// A branch that it decides.
    pub body: BodyId,
    /// The branch.
    pub unit: u32,
}

/// What a fresh install reaches without a decision.
#[derive(Debug, Default)]
pub struct Fresh {
    strict: Walk,
    /// `None` when no doubtful branch was met.
    certain: Option<Walk>,
    /// Keys that keep code from running on a fresh install.
    pub guards: Vec<Guard>,
    /// The bound on work was met: some guards may have been overlooked.
    pub is_exhausted: bool,
}

impl Fresh {
    /// True when a fresh install reaches the place, as far as values are known.
    pub fn reaches(&self, program: &Program<'_>, body: BodyId, unit: u32) -> bool {
        self.strict.reaches(program.body_number(body), unit)
    }

    /// True when it does so without passing a doubtful branch.
    pub fn surely_reaches(&self, program: &Program<'_>, body: BodyId, unit: u32) -> bool {
        self.certain.as_ref().unwrap_or(&self.strict).reaches(program.body_number(body), unit)
    }

    /// Calls from an entry point to the place, innermost first.
    pub fn path(&self, program: &Program<'_>, body: BodyId, unit: u32) -> Vec<Step> {
        let number = program.body_number(body);
        let walk = self.certain.as_ref().filter(|walk| walk.reaches(number, unit)).unwrap_or(&self.strict);
        walk.path(program, number, unit)
    }
}

/// What the app does once the user has answered.
#[derive(Debug, Default)]
pub struct Answered {
    walk: Walk,
    /// Keys that the answers write, with the writing method.
    pub writes: Vec<(StoredKey, BodyId)>,
}

impl Answered {
    /// True when the place is reached, as far as values are known.
    pub fn reaches(&self, program: &Program<'_>, body: BodyId, unit: u32) -> bool {
        self.walk.reaches(program.body_number(body), unit)
    }
}

/// What the caller knows of names and owners.
pub struct Names<'n> {
    /// True for names that speak of the user's decision.
    pub is_decision: &'n (dyn Fn(&str) -> bool + Sync),
}

impl std::fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Names").finish_non_exhaustive()
    }
}

/// Everything about reachability of one app.
pub struct Phases<'x, 'a> {
    world: &'x World<'x, 'a>,
    walks: [Walk; 4],
    /// Handlers of user actions that startup and launch register.
    pub handlers: Vec<Handler>,
    /// Call edges met in all walks.
    pub edges: u64,
}

impl std::fmt::Debug for Phases<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Phases").field("walks", &self.walks).finish_non_exhaustive()
    }
}

impl<'x, 'a> Phases<'x, 'a> {
    /// Walks all four phases.
    pub fn new(world: &'x World<'x, 'a>) -> Self {
        let (program, entries) = (world.program, world.entries);
        let mut startup = Run::new(world, false, None);
        start_process(&mut startup, entries);
        startup.finish();
        let mut launch = Run::new(world, true, None);
        launch.inherit(&startup);
        start_screen(&mut launch, entries, Some(&startup));
        launch.finish();
        let mut user = Run::new(world, true, None);
        let mut system = Run::new(world, true, None);
        for earlier in [&startup, &launch] {
            user.inherit(earlier);
            system.inherit(earlier);
        }
        for entry in &entries.activities {
            user.start(entry.class, ROOT, 0, EdgeKind::Entry);
        }
        for entry in entries.receivers.iter().chain(&entries.services) {
            system.start(entry.class, ROOT, 0, EdgeKind::Entry);
        }
        for earlier in [&startup, &launch] {
            later(&mut user, &earlier.deferred, true);
            later(&mut system, &earlier.deferred, false);
        }
        // What each of the two registers may belong to the other.
        for _ in 0..4 {
            user.finish();
            let (before, count) = (user.deferred.clone(), user.reached_count());
            later(&mut user, &before, true);
            later(&mut system, &before, false);
            system.finish();
            let registered = system.deferred.clone();
            later(&mut system, &registered, false);
            later(&mut user, &registered, true);
            user.finish();
            system.finish();
            if user.reached_count() == count {
                break;
            }
        }
        // A declared service that no code seen here starts may still be started: by reflection, native code, a plug-in.
        for entry in &entries.private_services {
            if ![&startup, &launch, &user, &system].iter().any(|run| run.has_made(entry.class)) {
                system.start(entry.class, ROOT, 0, EdgeKind::Component);
            }
        }
        system.finish();
        let mut handlers: Vec<Handler> = startup
            .deferred
            .iter()
            .chain(&launch.deferred)
            .filter(|deferred| deferred.when == When::UserAction)
            .map(|deferred| Handler {
                target: program.body_at(deferred.target),
                by: program.body_at(deferred.body),
                unit: deferred.unit,
            })
            .collect();
        handlers.sort_unstable();
        handlers.dedup();
        let edges = startup.edges + launch.edges + user.edges + system.edges;
        let walks = [startup, launch, user, system].map(Walk::of);
        Self { world, walks, handlers, edges }
    }

    fn walk(&self, phase: Phase) -> &Walk {
        match phase {
            Phase::Startup => &self.walks[0],
            Phase::Launch => &self.walks[1],
            Phase::UserAction => &self.walks[2],
            Phase::SystemEvent => &self.walks[3],
        }
    }

    /// Phases in which a method can run.
    pub fn phases_of(&self, body: BodyId) -> Vec<Phase> {
        let number = self.world.program.body_number(body);
        Phase::ALL.into_iter().filter(|phase| self.walk(*phase).parents.contains_key(&number)).collect()
    }

    /// Number of methods that a phase reaches.
    pub fn reached_count(&self, phase: Phase) -> usize {
        self.walk(phase).parents.len()
    }

    /// Bodies that a phase reaches, ascending.
    pub fn bodies(&self, phase: Phase) -> Vec<BodyId> {
        let mut out: Vec<u32> = self.walk(phase).parents.keys().copied().collect();
        out.sort_unstable();
        out.into_iter().map(|number| self.world.program.body_at(number)).collect()
    }

    /// Calls from an entry point of a phase to a place, innermost first; empty when it is not reached.
    pub fn path(&self, phase: Phase, body: BodyId, unit: u32) -> Vec<Step> {
        self.walk(phase).path(self.world.program, self.world.program.body_number(body), unit)
    }

    /// What calls from these bodies reach once the others have run, with paths.
    pub fn excursion(&self, before: &[BodyId], from: &[BodyId]) -> Excursion<'x, 'a> {
        let earlier = self.run(before, None);
        Excursion { program: self.world.program, walk: Walk::of(self.run(from, Some(&earlier))) }
    }

    /// Bodies that calls from these bodies reach in the same phase.
    pub fn closure(&self, from: &[BodyId]) -> Vec<BodyId> {
        self.reached(&self.run(from, None))
    }

    /// The same, with the objects that those before them make and are methods of.
    pub fn closure_after(&self, before: &[BodyId], from: &[BodyId]) -> Vec<BodyId> {
        let program = self.world.program;
        let mut earlier = self.run(before, None);
        for body in before.iter().filter(|body| is_instance(program, **body)) {
            if let Some(row) = program.body(*body) {
                earlier.instantiate(row.class.0, ROOT, 0, EdgeKind::Entry);
            }
        }
        earlier.finish();
        self.reached(&self.run(from, Some(&earlier)))
    }

    /// What a screen does, however it is used, and what its user can do on it. What libraries do on the way is not
    /// followed.
    pub fn taps(&self, screen: ClassId) -> Taps {
        let program = self.world.program;
        let mut shown = Run::new(self.world, true, None);
        shown.enters_libraries = false;
        shown.start(screen, ROOT, 0, EdgeKind::Entry);
        for body in program.bodies_of(screen) {
            shown.reach(program.body_number(body), ROOT, 0, EdgeKind::Entry);
        }
        shown.finish();
        let mut handlers: Vec<u32> = shown
            .deferred
            .iter()
            .filter(|deferred| deferred.when == When::UserAction)
            .map(|deferred| deferred.target)
            .collect();
        handlers.sort_unstable();
        handlers.dedup();
        let mut run = Run::new(self.world, true, None);
        run.enters_libraries = false;
        run.inherit(&shown);
        for handler in &handlers {
            run.reach(*handler, ROOT, 0, EdgeKind::Entry);
        }
        loop {
            run.finish();
            let (registered, count) = (run.deferred.clone(), run.reached_count());
            later(&mut run, &registered, true);
            later(&mut run, &registered, false);
            if run.reached_count() == count {
                break;
            }
        }
        Taps {
            shown: self.reached(&shown),
            handlers: handlers.into_iter().map(|number| program.body_at(number)).collect(),
            reached: self.reached(&run),
        }
    }

    fn reached(&self, run: &Run<'x, 'a>) -> Vec<BodyId> {
        run.reached_bodies().into_iter().map(|number| self.world.program.body_at(number)).collect()
    }

    fn run(&self, from: &[BodyId], earlier: Option<&Run<'x, 'a>>) -> Run<'x, 'a> {
        let mut run = Run::new(self.world, false, None);
        if let Some(earlier) = earlier {
            run.inherit(earlier);
        }
        for body in from {
            run.reach(self.world.program.body_number(*body), ROOT, 0, EdgeKind::Entry);
        }
        run.finish();
        run
    }
}

/// What a screen does by itself, and what its user can do on it.
#[derive(Debug)]
pub struct Taps {
    /// Bodies that the screen reaches as it comes up.
    pub shown: Vec<BodyId>,
    /// Handlers of the user's actions that it registers, however it is used.
    pub handlers: Vec<BodyId>,
    /// Bodies that these reach, later ones included.
    pub reached: Vec<BodyId>,
}

/// A walk from bodies that the caller chose.
#[derive(Debug)]
pub struct Excursion<'x, 'a> {
    program: &'x Program<'a>,
    walk: Walk,
}

impl Excursion<'_, '_> {
    /// Calls from where it began to a place, innermost first; `None` when it is not reached.
    pub fn path(&self, body: BodyId, unit: u32) -> Option<Vec<Step>> {
        let number = self.program.body_number(body);
        self.walk.reaches(number, unit).then(|| self.walk.path(self.program, number, unit))
    }
}

/// What a fresh install surely does until the user answers.
pub struct Beginning<'x, 'a> {
    world: &'x World<'x, 'a>,
    run: Run<'x, 'a>,
}

impl std::fmt::Debug for Beginning<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Beginning").finish_non_exhaustive()
    }
}

impl<'x, 'a> Beginning<'x, 'a> {
    /// Walks startup and launch with the values of a fresh install, up to what may depend on an answer.
    pub fn new(world: &'x World<'x, 'a>, names: &Names<'x>) -> Self {
        let evaluator = Evaluator::new(
            world.program,
            world.dispatch,
            world.roles,
            names.is_decision,
            Arc::clone(&world.written),
            &world.plain_libraries,
            &world.functions,
        );
        let mut run = Run::new(world, true, Some(evaluator));
        start_process(&mut run, world.entries);
        start_screen(&mut run, world.entries, None);
        run.finish();
        Self { world, run }
    }

    /// What the app does once the user has gone through these handlers. They use objects that the start made.
    pub fn answered(&self, phases: &Phases<'_, '_>, handlers: &[Handler]) -> Answered {
        let mut run = self.run.clone();
        run.pass_doubts();
        self.go_through(&mut run, handlers);
        let targets: Vec<BodyId> = handlers.iter().map(|handler| handler.target).collect();
        let theirs: FxHashSet<BodyId> = phases.closure(&targets).into_iter().collect();
        let mut writes: Vec<(StoredKey, BodyId)> = run
            .evaluator
            .iter()
            .flat_map(|evaluator| evaluator.writes.iter().map(move |(key, body)| (evaluator, key, body)))
            .filter(|(_, key, _)| !matches!(key, Key::Slot(..)))
            .map(|(evaluator, key, body)| (evaluator.describe(*key), self.world.program.body_at(*body)))
            .filter(|(_, body)| theirs.contains(body))
            .collect();
        writes.sort_by(|a, b| (&a.0.name, a.1).cmp(&(&b.0.name, b.1)));
        writes.dedup();
        Answered { walk: Walk::of(run), writes }
    }

    /// What a fresh install does before the user agrees; `refusals` are handlers that the user may take without
    /// agreeing.
    pub fn refused(&self, refusals: &[Handler]) -> Fresh {
        let mut certain = self.run.clone();
        self.go_through(&mut certain, refusals);
        let (certain, strict) = if certain.has_doubts() {
            let mut strict = certain.clone();
            strict.pass_doubts();
            (Some(certain), strict)
        } else {
            (None, certain)
        };
        let mut guards = Vec::new();
        let mut is_exhausted = false;
        if let Some(evaluator) = &strict.evaluator {
            is_exhausted = evaluator.is_exhausted();
            for (number, places) in &evaluator.pruned {
                let Some(key) = evaluator.stored_key(*number) else { continue };
                guards.extend(places.iter().map(|(body, unit)| Guard {
                    key: key.clone(),
                    body: self.world.program.body_at(*body),
                    unit: *unit,
                }));
            }
        }
        guards.sort_by(|a: &Guard, b: &Guard| (&a.key.name, a.body, a.unit).cmp(&(&b.key.name, b.body, b.unit)));
        Fresh { strict: Walk::of(strict), certain: certain.map(Walk::of), guards, is_exhausted }
    }

    fn go_through(&self, run: &mut Run<'x, 'a>, handlers: &[Handler]) {
        let number = |body: BodyId| self.world.program.body_number(body);
        if let Some(evaluator) = &mut run.evaluator {
            for handler in handlers {
                evaluator.runs_on(number(handler.target), number(handler.by), handler.unit);
            }
        }
        for handler in handlers {
            run.reach(number(handler.target), number(handler.by), handler.unit, EdgeKind::HandOff);
        }
        run.finish();
    }
}

/// Providers come up before the Application's `onCreate`, after its `attachBaseContext`.
fn start_process(run: &mut Run<'_, '_>, entries: &EntryPoints) {
    if let Some(class) = entries.application {
        run.start(class, ROOT, 0, EdgeKind::Entry);
    }
    for provider in &entries.providers {
        run.start(provider.class, ROOT, 0, EdgeKind::Entry);
    }
    for class in &entries.initializers {
        run.start(*class, ROOT, 0, EdgeKind::Entry);
    }
}

fn start_screen(run: &mut Run<'_, '_>, entries: &EntryPoints, startup: Option<&Run<'_, '_>>) {
    if let Some(entry) = &entries.launcher {
        run.start(entry.class, ROOT, 0, EdgeKind::Entry);
    }
    for deferred in startup.into_iter().flat_map(|startup| &startup.deferred) {
        match deferred.when {
            When::Launch => run.reach(deferred.target, deferred.body, deferred.unit, EdgeKind::HandOff),
            When::Page => run.reach(deferred.target, deferred.body, deferred.unit, EdgeKind::Page),
            _ => {}
        }
    }
}

fn later(run: &mut Run<'_, '_>, deferred: &FxHashSet<super::reachability::Deferred>, user: bool) {
    let mut sorted: Vec<_> = deferred.iter().copied().collect();
    sorted.sort_unstable();
    for deferred in sorted {
        if (deferred.when == When::UserAction) == user && !matches!(deferred.when, When::Launch | When::Page) {
            let kind = if deferred.by_layout { EdgeKind::Layout } else { EdgeKind::HandOff };
            run.reach(deferred.target, deferred.body, deferred.unit, kind);
        }
    }
}
