//! What the app does when a permission is refused.

use rustc_hash::{FxHashMap, FxHashSet};

use super::index::{CodeIndex, Tag};
use super::used::Used;
use super::{Sources, call_evidence};
use crate::code::{BodyId, ClassId, Tables, parameter_registers, parameter_types};
use crate::evidence::Evidence;
use crate::formats::dex::{Instruction, Instructions, RefKind, opcode};
use crate::knowledge::schema::{CallRole, PermissionRequestRow};

/// Calls followed from the callback.
const MAX_DEPTH: u32 = 2;
/// Instructions from a branch to the `return` that it leads to.
const MAX_STRAIGHT: usize = 32;
/// Methods up to this many code units do little else than what they are called for.
const SMALL_UNITS: usize = 24;

/// What follows a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reaction {
    /// The app leaves.
    Leaves,
    /// The app may leave: the place is not tied to the refusal alone, or a dialog comes first.
    MayLeave,
    /// It asks again at once.
    AsksAgain,
}

/// What happens when a permission is refused.
#[derive(Debug, Clone)]
pub struct DenialFact {
    /// Class that is told.
    pub class: String,
    /// What it does.
    pub reaction: Reaction,
    /// Where it does.
    pub evidence: Evidence,
}

/// Part of a method.
enum Region {
    All,
    Units(FxHashSet<u32>),
}

impl Region {
    fn holds(&self, unit: u32) -> bool {
        match self {
            Self::All => true,
            Self::Units(units) => units.contains(&unit),
        }
    }
}

struct Search<'s, 'k> {
    sources: &'s Sources<'k>,
    tables: &'s Tables<'k>,
    requests: FxHashSet<(BodyId, u32)>,
}

/// Refusals and the number of methods that are told the result.
pub(super) fn collect(
    sources: &Sources<'_>,
    tables: &Tables<'_>,
    index: &CodeIndex,
    used: &Used,
) -> (Vec<DenialFact>, usize) {
    let program = sources.program;
    let rows = sources.knowledge.permission_requests();
    let with_role = |role: &str| rows.iter().filter(move |row| row.role == role).collect::<Vec<_>>();
    let results = with_role("result");
    let told: Vec<(&PermissionRequestRow, bool)> = with_role("denied")
        .into_iter()
        .map(|row| (row, true))
        .chain(with_role("granted").into_iter().map(|row| (row, false)))
        .chain(with_role("granted_here").into_iter().map(|row| (row, false)))
        .collect();
    let requests = index.hits.iter().filter(|hit| matches!(hit.tag, Tag::Request(_)));
    let search = Search { sources, tables, requests: requests.map(|hit| (hit.site.body, hit.site.unit)).collect() };
    let made_here = search.made_where_asked();
    let mut out = Vec::new();
    let mut handlers = 0usize;
    for class in program.class_ids() {
        if sources.owners.is_third_party(sources.owners.of_class(class)) || used.is_undeclared(class) {
            continue;
        }
        let mut listens: Option<Vec<(&PermissionRequestRow, bool)>> = None;
        for body in program.bodies_of(class) {
            let file = program.dex(program.dex_of(body));
            let name = program
                .body(body)
                .and_then(|row| file?.string_bytes(file?.method(row.method)?.name))
                .unwrap_or_default();
            if results.iter().any(|row| row.name.as_bytes() == name) {
                handlers = handlers.saturating_add(1);
                let refused = refused_by_array(sources, tables, body);
                out.extend(search.fact(body, &Region::Units(refused)).or_else(|| search.leaves_anyway(body)));
                continue;
            }
            if !told.iter().any(|(row, _)| row.name.as_bytes() == name) {
                continue;
            }
            let rows = listens.get_or_insert_with(|| {
                let inherits =
                    |base: &str| program.inherits(program.descriptor(class), base, sources.knowledge.framework());
                let counts = |row: &PermissionRequestRow| row.role != "granted_here" || made_here.contains(&class);
                told.iter().filter(|(row, _)| counts(row) && inherits(&row.class)).copied().collect()
            });
            let Some((_, always)) = rows.iter().find(|(row, _)| row.name.as_bytes() == name) else { continue };
            handlers = handlers.saturating_add(1);
            out.extend(search.told(body, *always));
        }
    }
    (out, handlers)
}

impl Search<'_, '_> {
    /// Classes whose objects are made in methods that ask for a permission.
    fn made_where_asked(&self) -> FxHashSet<ClassId> {
        let program = self.sources.program;
        let mut out = FxHashSet::default();
        for (body, _) in &self.requests {
            let dex = program.dex_of(*body);
            for reference in program.references(*body) {
                let kind = match reference.kind {
                    RefKind::New => Some(reference.index),
                    // The shared object of a lambda that captures nothing.
                    RefKind::FieldGet => program.dex(dex).and_then(|file| file.field(reference.index)).map(|f| f.kind),
                    _ => None,
                };
                out.extend(kind.and_then(|kind| program.class_of_type(dex, kind)));
            }
        }
        out
    }

    /// A callback that is told of the refusal alone, or by a flag.
    fn told(&self, body: BodyId, always: bool) -> Option<DenialFact> {
        if always {
            return self.fact(body, &Region::All);
        }
        let refused = refused_by_flag(self.sources, body);
        if !refused.is_empty() {
            return self.fact(body, &Region::Units(refused));
        }
        // A lambda hands its argument on.
        let program = self.sources.program;
        if program.code(body).is_none_or(|code| code.units.len() > SMALL_UNITS) {
            return None;
        }
        let dex = program.dex_of(body);
        let calls = program.references(body).filter(|reference| reference.kind == RefKind::Invoke);
        calls
            .filter_map(|call| self.tables.callee(program, dex, call.index))
            .find_map(|callee| self.fact(callee, &Region::Units(refused_by_flag(self.sources, callee))))
    }

    fn fact(&self, body: BodyId, region: &Region) -> Option<DenialFact> {
        let (reaction, evidence) = self.reaction(body, region)?;
        let class = self.sources.program.body(body).map(|row| self.sources.program.class_name(row.class));
        Some(DenialFact { class: class.unwrap_or_default(), reaction, evidence })
    }

    /// The strongest reaction in a part of a method, through the app's own methods.
    fn reaction(&self, body: BodyId, region: &Region) -> Option<(Reaction, Evidence)> {
        let mut found: Vec<(Reaction, BodyId, u32, u32)> = Vec::new();
        self.search(body, region, 0, true, &mut found);
        let (reaction, body, unit, index) = found.into_iter().min_by_key(|(reaction, ..)| *reaction)?;
        Some((reaction, self.place(body, unit, index)))
    }

    fn place(&self, body: BodyId, unit: u32, index: u32) -> Evidence {
        call_evidence(self.sources, body, unit, index)
    }

    fn search(
        &self,
        body: BodyId,
        region: &Region,
        depth: u32,
        certain: bool,
        found: &mut Vec<(Reaction, BodyId, u32, u32)>,
    ) {
        let program = self.sources.program;
        let dex = program.dex_of(body);
        for reference in program.references(body).filter(|reference| region.holds(reference.unit)) {
            match reference.kind {
                RefKind::Invoke => {
                    let role = self.tables.roles().of(dex, reference.index).map(|row| row.role);
                    if role == Some(CallRole::LeavesApp) {
                        let reaction = if certain { Reaction::Leaves } else { Reaction::MayLeave };
                        found.push((reaction, body, reference.unit, reference.index));
                    } else if self.requests.contains(&(body, reference.unit)) {
                        found.push((Reaction::AsksAgain, body, reference.unit, reference.index));
                    } else if depth < MAX_DEPTH
                        && let Some(callee) = self.tables.callee(program, dex, reference.index)
                        && self.is_own(callee)
                    {
                        let small = program.code(callee).is_some_and(|code| code.units.len() <= SMALL_UNITS);
                        self.search(callee, &Region::All, depth.saturating_add(1), certain && small, found);
                    }
                }
                RefKind::New if depth <= 1 => {
                    // A dialog whose button leaves the app. What it asks again for, the user has asked for.
                    let Some(class) = program.class_of_type(dex, reference.index) else { continue };
                    for callback in self.clicks(class) {
                        let mut of_click = Vec::new();
                        self.search(callback, &Region::All, MAX_DEPTH, false, &mut of_click);
                        of_click.retain(|(reaction, ..)| *reaction == Reaction::MayLeave);
                        found.extend(of_click);
                    }
                }
                _ => {}
            }
        }
    }

    fn clicks(&self, class: ClassId) -> Vec<BodyId> {
        let program = self.sources.program;
        self.tables.user_callbacks(program, self.sources.knowledge.framework(), class)
    }

    fn is_own(&self, body: BodyId) -> bool {
        !self.sources.is_third_party(body)
    }

    /// Leaving that no branch on the result guards. A screen that makes way for the next one does not leave.
    fn leaves_anyway(&self, body: BodyId) -> Option<DenialFact> {
        let program = self.sources.program;
        let with_role = |role: CallRole| self.tables.roles().calls(program, body, role).next();
        let leave = with_role(CallRole::LeavesApp)?;
        if with_role(CallRole::StartComponent).is_some() {
            return None;
        }
        let class = program.body(body).map(|row| program.class_name(row.class)).unwrap_or_default();
        Some(DenialFact { class, reaction: Reaction::MayLeave, evidence: self.place(body, leave.unit, leave.index) })
    }
}

/// Code units that run only when an element of the result array says "denied", or a method of the app's that is asked
/// about the whole array.
fn refused_by_array(sources: &Sources<'_>, tables: &Tables<'_>, body: BodyId) -> FxHashSet<u32> {
    let Some(code) = sources.program.code(body) else { return FxHashSet::default() };
    let all: Vec<_> = Instructions::new(code.units, 0).collect();
    let sides = refusals(sources, tables, body, &all, 0);
    sides.into_iter().flat_map(|(denied, granted)| only_after(&all, code.units, denied, granted)).collect()
}

/// Where control goes when an element of the result array says "denied", and where when it says "granted"; `depth`
/// counts methods that are asked about the array.
fn refusals(
    sources: &Sources<'_>,
    tables: &Tables<'_>,
    body: BodyId,
    all: &[Instruction],
    depth: u32,
) -> Vec<(u32, u32)> {
    let program = sources.program;
    // What the app's own method says of a refusal, until the result is moved.
    let mut said: Option<bool> = None;
    // Registers that hold such an answer.
    let mut answers: FxHashMap<u16, bool> = FxHashMap::default();
    // The result array is the last parameter in use: `int[]` elements are read by `aget` alone.
    let mut results: FxHashSet<u16> = FxHashSet::default();
    let mut constants: FxHashMap<u16, i64> = FxHashMap::default();
    let mut out = Vec::new();
    for instruction in all {
        match instruction.op {
            0x44 => {
                results.insert(instruction.a);
                constants.remove(&instruction.a);
                continue;
            }
            0x12..=0x15 => {
                constants.insert(instruction.a, instruction.literal);
                results.remove(&instruction.a);
                continue;
            }
            0x6e..=0x72 | 0x74..=0x78 => {
                said = (depth < MAX_DEPTH)
                    .then(|| tables.callee(program, program.dex_of(body), instruction.index))
                    .flatten()
                    .filter(|callee| !sources.is_third_party(*callee))
                    .and_then(|callee| says_of_refusal(sources, tables, callee, depth.saturating_add(1)));
            }
            opcode::MOVE_RESULT => {
                results.remove(&instruction.a);
                constants.remove(&instruction.a);
                answers.remove(&instruction.a);
                answers.extend(said.take().map(|said| (instruction.a, said)));
            }
            _ => {}
        }
        let next = instruction.unit.saturating_add(instruction.length);
        let Some(target) = instruction.branch_target() else { continue };
        if let (0x38 | 0x39, Some(said)) = (instruction.op, answers.get(&instruction.a)) {
            // `if-eqz` branches on false.
            let branches = (instruction.op == 0x38) != *said;
            out.push(if branches { (target, next) } else { (next, target) });
            continue;
        }
        let is_result = results.contains(&instruction.a) || instruction.op <= 0x37 && results.contains(&instruction.b);
        if !is_result || !(0x32..=0x3b).contains(&instruction.op) {
            continue;
        }
        let other = if results.contains(&instruction.a) { instruction.b } else { instruction.a };
        let compared = if instruction.op <= 0x37 { constants.get(&other).copied() } else { Some(0) };
        // (code unit when granted, when denied)
        let sides = match (instruction.op, compared) {
            (0x32, Some(0)) | (0x38, _) => (target, next),
            (0x33, Some(0)) | (0x39, _) => (next, target),
            (0x32, Some(-1)) => (next, target),
            (0x33, Some(-1)) => (target, next),
            // Less than zero is denied.
            (0x3a, _) => (next, target),
            (0x3b, _) => (target, next),
            _ => continue,
        };
        out.push((sides.1, sides.0));
    }
    out
}

/// What a method that is given the result array returns when an element says "denied"; `None` when that is not a
/// constant, or not told by the array.
fn says_of_refusal(sources: &Sources<'_>, tables: &Tables<'_>, body: BodyId, depth: u32) -> Option<bool> {
    let program = sources.program;
    let row = program.body(body)?;
    let file = program.dex(program.dex_of(body))?;
    let returned = file.type_bytes(file.return_type(file.method(row.method)?.proto)?)?;
    if returned != b"Z" || !parameter_types(program, body).contains(&Some(b"[I")) {
        return None;
    }
    let code = program.code(body)?;
    let all: Vec<_> = Instructions::new(code.units, 0).collect();
    let sides = refusals(sources, tables, body, &all, depth);
    let mut said = sides.iter().map(|(denied, _)| returned_constant(&all, code.units, *denied));
    let first = said.next()??;
    said.all(|other| other == Some(first)).then_some(first != 0)
}

/// The constant that a straight way from `start` returns.
fn returned_constant(all: &[Instruction], units: &[[u8; 2]], start: u32) -> Option<i64> {
    let constant = |row: &Instruction| (0x12..=0x15).contains(&row.op).then_some((row.a, row.literal));
    // What was assigned before serves for a loop and for the answer.
    let mut known: FxHashMap<u16, i64> = all.iter().filter(|row| row.unit < start).filter_map(constant).collect();
    let mut unit = start;
    for _ in 0..MAX_STRAIGHT {
        let at = all.binary_search_by_key(&unit, |row| row.unit).ok()?;
        let row = all.get(at)?;
        known.extend(constant(row));
        match row.op {
            opcode::RETURN => return known.get(&row.a).copied(),
            0x28..=0x2a => unit = row.targets(units).first().copied()?,
            _ if row.branch_target().is_some() || row.ends_block() => return None,
            _ => unit = row.unit.saturating_add(row.length),
        }
    }
    None
}

/// Code units that run only when the `boolean` or `Boolean` that the method is given is false.
fn refused_by_flag(sources: &Sources<'_>, body: BodyId) -> FxHashSet<u32> {
    let program = sources.program;
    let Some(code) = program.code(body) else { return FxHashSet::default() };
    let all: Vec<_> = Instructions::new(code.units, 0).collect();
    let mut flags: FxHashSet<u16> = FxHashSet::default();
    let kinds = parameter_types(program, body);
    for (register, kind) in parameter_registers(program, body, &code).iter().zip(kinds) {
        // `Object` is what a generic interface passes.
        if matches!(kind, Some(b"Z" | b"Ljava/lang/Boolean;" | b"Ljava/lang/Object;")) {
            flags.extend(u16::try_from(*register));
        }
    }
    let mut out = FxHashSet::default();
    let mut unboxed = false;
    for instruction in &all {
        let next = instruction.unit.saturating_add(instruction.length);
        match instruction.op {
            0x01..=0x09 if flags.contains(&instruction.b) => {
                flags.insert(instruction.a);
            }
            opcode::CHECK_CAST => {}
            0x6e | 0x74 => {
                unboxed = program
                    .method_name(program.dex_of(body), instruction.index)
                    .is_some_and(|name| name.class == "java.lang.Boolean" && name.name == "booleanValue")
                    && instruction.arguments().next().is_some_and(|register| flags.contains(&register));
            }
            opcode::MOVE_RESULT => {
                if std::mem::take(&mut unboxed) {
                    flags.insert(instruction.a);
                } else {
                    flags.remove(&instruction.a);
                }
            }
            0x38 | 0x39 if flags.contains(&instruction.a) => {
                let Some(target) = instruction.branch_target() else { continue };
                let (denied, granted) = if instruction.op == 0x38 { (target, next) } else { (next, target) };
                out.extend(only_after(&all, code.units, denied, granted));
            }
            _ => {}
        }
    }
    out
}

/// Units that control reaches from `one` and not from `other`.
fn only_after(all: &[Instruction], units: &[[u8; 2]], one: u32, other: u32) -> FxHashSet<u32> {
    let others = reachable(all, units, other);
    reachable(all, units, one).difference(&others).copied().collect()
}

/// Units of instructions that control can reach from `start`.
fn reachable(all: &[Instruction], units: &[[u8; 2]], start: u32) -> FxHashSet<u32> {
    let mut out = FxHashSet::default();
    let mut queue = vec![start];
    while let Some(unit) = queue.pop() {
        let Ok(mut at) = all.binary_search_by_key(&unit, |instruction| instruction.unit) else { continue };
        while let Some(instruction) = all.get(at) {
            if !out.insert(instruction.unit) {
                break;
            }
            queue.extend(instruction.targets(units));
            if instruction.ends_block() {
                break;
            }
            at = at.saturating_add(1);
        }
    }
    out
}
