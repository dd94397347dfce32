//! Where the app asks for permissions, and what it does when they are refused.

use rustc_hash::{FxHashMap, FxHashSet};

use super::consent::{Occurrence, Times};
use super::index::{CodeIndex, Tag};
use super::pi_access::repetition;
use super::sdk_call::traced;
use super::{Sources, site_evidence};
use crate::code::constants;
use crate::code::{BodyId, Step, Tables};
use crate::evidence::{Evidence, OwnerKind};
use crate::formats::dex::{Instructions, RefKind, opcode};
use crate::knowledge::schema::CallRole;
use crate::owners::OwnerId;

/// A request.
#[derive(Debug, Clone)]
pub struct RequestFact {
    /// Permissions asked for, as far as they are constants.
    pub permissions: Vec<String>,
    /// Whose code asks.
    pub owner: OwnerId,
    /// The place, with a call path to it.
    pub evidence: Evidence,
    /// When it can run.
    pub when: Occurrence,
    /// Some method on the path looks at a stored value first.
    pub looks_at_storage: bool,
    /// What makes it run again and again, e.g. `onResume`.
    pub repeated_by: Option<String>,
}

/// What happens when a permission is refused.
#[derive(Debug, Clone)]
pub struct DenialFact {
    /// Class that is told.
    pub class: String,
    /// Where it leaves the app.
    pub evidence: Evidence,
    /// Leaving happens in the branch of the refusal alone.
    pub is_certain: bool,
}

/// Requests and refusals.
#[derive(Debug, Default)]
pub struct PermissionRequests {
    /// In program order.
    pub requests: Vec<RequestFact>,
    /// Methods that are told the result.
    pub handlers: usize,
    /// Those that leave the app.
    pub denials: Vec<DenialFact>,
}

/// Gathers requests of all code that is no plain library.
pub fn collect(
    sources: &Sources<'_>,
    index: &CodeIndex,
    times: &Times<'_, '_>,
    tables: &Tables<'_>,
) -> PermissionRequests {
    let rows = sources.knowledge.permission_requests();
    let mut out = PermissionRequests::default();
    let mut names_in: FxHashMap<BodyId, Vec<String>> = FxHashMap::default();
    for hit in &index.hits {
        if let Tag::PermissionName(row) = hit.tag
            && let Some(row) = sources.knowledge.permissions().get(row as usize)
        {
            names_in.entry(hit.site.body).or_default().push(row.name.clone());
        }
    }
    let is_known = |text: &str| sources.knowledge.permission(text).is_some();
    for hit in &index.hits {
        let Tag::Request(number) = hit.tag else { continue };
        let Some(row) = rows.get(number as usize) else { continue };
        let owner = sources.owner_of(hit.site.body);
        if sources.owners.kind(owner) == OwnerKind::Library {
            continue;
        }
        let call = constants::calls(sources.program, hit.site.body, &[hit.site.unit]).into_iter().next();
        let mut permissions: Vec<String> = call
            .iter()
            .flat_map(|call| call.arguments.iter().flat_map(|argument| argument.texts()))
            .filter(|text| is_known(text))
            .map(str::to_owned)
            .collect();
        if permissions.is_empty() {
            // The list may have been put together before, in the same method.
            permissions = names_in.get(&hit.site.body).cloned().unwrap_or_default();
        }
        permissions.sort();
        permissions.dedup();
        if permissions.is_empty() && row.class == "androidx.activity.result.ActivityResultLauncher" {
            // A launcher of some other contract.
            continue;
        }
        let name = sources.program.method_name(hit.site.dex, hit.site.index);
        let text =
            name.map(|name| format!("{}.{}({})", name.class, name.name, permissions.join(", "))).unwrap_or_default();
        let (evidence, when) = traced(sources, times, hit.site.body, hit.site.unit, &text);
        let looks_at_storage = when.steps.iter().any(|step| looks_at_storage(sources, tables, step));
        let repeated_by = repetition(sources, &when);
        out.requests.push(RequestFact { permissions, owner, evidence, when, looks_at_storage, repeated_by });
    }
    denials(sources, tables, &mut out);
    out
}

/// True when the method asks for a stored value before the step, itself or through a small helper.
fn looks_at_storage(sources: &Sources<'_>, tables: &Tables<'_>, step: &Step) -> bool {
    let program = sources.program;
    let reads = |body: BodyId, before: u32| {
        let dex = program.dex_of(body);
        program.references(body).any(|reference| {
            reference.kind == RefKind::Invoke
                && reference.unit < before
                && tables
                    .roles()
                    .of(dex, reference.index)
                    .is_some_and(|row| matches!(row.role, CallRole::ReadFlag | CallRole::HasFlag))
        })
    };
    if reads(step.body, step.unit) {
        return true;
    }
    let dex = program.dex_of(step.body);
    program.references(step.body).any(|reference| {
        reference.kind == RefKind::Invoke
            && reference.unit < step.unit
            && tables.callee(program, dex, reference.index).is_some_and(|callee| {
                reads(callee, u32::MAX)
                    || program.references(callee).any(|inner| {
                        inner.kind == RefKind::Invoke
                            && tables
                                .callee(program, program.dex_of(callee), inner.index)
                                .is_some_and(|deeper| reads(deeper, u32::MAX))
                    })
            })
    })
}

/// Methods that are told of a refusal and leave the app.
fn denials(sources: &Sources<'_>, tables: &Tables<'_>, out: &mut PermissionRequests) {
    let program = sources.program;
    let names: FxHashSet<&[u8]> = sources
        .knowledge
        .permission_requests()
        .iter()
        .filter(|row| row.role == "result")
        .map(|row| row.name.as_bytes())
        .collect();
    for class in program.class_ids() {
        if matches!(sources.owners.kind(sources.owners.of_class(class)), OwnerKind::Library | OwnerKind::Sdk) {
            continue;
        }
        for body in program.bodies_of(class) {
            let dex = program.dex_of(body);
            let is_told = program.body(body).zip(program.dex(dex)).is_some_and(|(row, file)| {
                file.method(row.method)
                    .and_then(|method| file.string_bytes(method.name))
                    .is_some_and(|name| names.contains(name))
            });
            if !is_told {
                continue;
            }
            out.handlers = out.handlers.saturating_add(1);
            let refused = refused_units(sources, body);
            let leaves = |body: BodyId| {
                let dex = program.dex_of(body);
                program.references(body).find(|reference| {
                    reference.kind == RefKind::Invoke
                        && tables.roles().of(dex, reference.index).is_some_and(|row| row.role == CallRole::LeavesApp)
                })
            };
            for reference in program.references(body).filter(|reference| reference.kind == RefKind::Invoke) {
                let direct = tables.roles().of(dex, reference.index).is_some_and(|row| row.role == CallRole::LeavesApp);
                let through = !direct
                    && refused.contains(&reference.unit)
                    && tables
                        .callee(program, dex, reference.index)
                        .filter(|callee| program.code(*callee).is_some_and(|code| code.units.len() <= 24))
                        .and_then(leaves)
                        .is_some();
                if direct || through {
                    let text = program.method_name(dex, reference.index).map(|name| name.dotted()).unwrap_or_default();
                    out.denials.push(DenialFact {
                        class: program.class_name(class),
                        evidence: site_evidence(sources, body, reference.unit, &text),
                        is_certain: refused.contains(&reference.unit),
                    });
                    break;
                }
            }
        }
    }
}

/// Code units that run only when an element of the result array says "denied".
fn refused_units(sources: &Sources<'_>, body: BodyId) -> FxHashSet<u32> {
    let Some(code) = sources.program.code(body) else { return FxHashSet::default() };
    let all: Vec<_> = Instructions::new(code.units, 0).collect();
    // The result array is the last parameter in use: `int[]` elements are read by `aget` alone.
    let mut results: FxHashSet<u16> = FxHashSet::default();
    let mut constants: FxHashMap<u16, i64> = FxHashMap::default();
    let mut out = FxHashSet::default();
    for instruction in &all {
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
            opcode::MOVE_RESULT => {
                results.remove(&instruction.a);
                constants.remove(&instruction.a);
            }
            _ => {}
        }
        let next = instruction.unit.saturating_add(instruction.length);
        let Some(target) = instruction.branch_target() else { continue };
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
        let granted = reachable(&all, code.units, sides.0);
        out.extend(reachable(&all, code.units, sides.1).difference(&granted).copied());
    }
    out
}

/// Units of instructions that control can reach from `start`.
fn reachable(all: &[crate::formats::dex::Instruction], units: &[[u8; 2]], start: u32) -> FxHashSet<u32> {
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
