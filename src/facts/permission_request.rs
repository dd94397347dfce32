//! Where the app asks for permissions.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Sources;
use super::consent::{Occurrence, Times};
use super::index::{CodeIndex, Tag};
use super::permission_denial::{self, DenialFact};
use super::pi_access::repetition;
use super::sdk_call::traced;
use crate::code::constants::{self, Constant};
use crate::code::{BodyId, Step, Tables};
use crate::evidence::{Evidence, OwnerKind};
use crate::formats::dex::RefKind;
use crate::knowledge::schema::CallRole;
use crate::owners::OwnerId;

/// How many methods may hand the list of permissions on.
const MAX_WRAPPERS: usize = 3;
const ACC_STATIC: u32 = 0x8;

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

/// Requests and refusals.
#[derive(Debug, Default)]
pub struct PermissionRequests {
    /// In program order.
    pub requests: Vec<RequestFact>,
    /// Methods that are told the result.
    pub handlers: usize,
    /// What those do on a refusal that they should not.
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
    let mut seen: FxHashSet<(BodyId, u32)> = FxHashSet::default();
    let mut wrappers: FxHashMap<BodyId, u16> = FxHashMap::default();
    let mut places: Vec<(BodyId, u32, u32, u32, Option<u16>)> = Vec::new();
    for hit in &index.hits {
        let Tag::Request(number) = hit.tag else { continue };
        let Some(row) = rows.get(number as usize) else { continue };
        let is_launcher = row.class == "androidx.activity.result.ActivityResultLauncher";
        if seen.insert((hit.site.body, hit.site.unit)) {
            let argument = if is_launcher { Some(u16::MAX) } else { None };
            places.push((hit.site.body, hit.site.unit, hit.site.dex, hit.site.index, argument));
        }
    }
    // A method that hands its own argument on is a request wherever it is called: helpers, renamed libraries.
    for level in 0..=MAX_WRAPPERS {
        for (body, unit, dex, method, wanted) in std::mem::take(&mut places) {
            let owner = sources.owner_of(body);
            let is_library = sources.owners.kind(owner) == OwnerKind::Library;
            let call = constants::calls(sources.program, body, &[unit]).into_iter().next();
            let is_launcher = wanted == Some(u16::MAX);
            let arguments: Vec<&Constant> = match (&call, wanted.filter(|_| !is_launcher)) {
                (Some(call), Some(number)) => call.arguments.get(usize::from(number)).into_iter().collect(),
                (Some(call), None) => call.arguments.iter().collect(),
                (None, _) => Vec::new(),
            };
            let mut permissions: Vec<String> = arguments
                .iter()
                .flat_map(|argument| argument.texts())
                .filter(|text| is_known(text))
                .map(str::to_owned)
                .collect();
            if permissions.is_empty() {
                let kinds = parameter_kinds(sources, body);
                let handed_on = arguments.iter().find_map(|argument| match argument {
                    Constant::Parameter(number) => kinds
                        .get(usize::from(*number))
                        .filter(|kind| matches!(kind.as_str(), "Ljava/lang/String;" | "[Ljava/lang/String;"))
                        .map(|_| *number),
                    _ => None,
                });
                if let Some(number) = handed_on.filter(|_| level < MAX_WRAPPERS) {
                    wrappers.insert(body, number);
                    continue;
                }
                // The list may have been put together before, in the same method.
                permissions = names_in.get(&body).cloned().unwrap_or_default();
            }
            permissions.sort();
            permissions.dedup();
            // A launcher of some other contract; a helper that is called with something else.
            if is_library || permissions.is_empty() && (is_launcher || level > 0) {
                continue;
            }
            let name = sources.program.method_name(dex, method);
            let text = name
                .map(|name| format!("{}.{}({})", name.class, name.name, permissions.join(", ")))
                .unwrap_or_default();
            let (evidence, when) = traced(sources, times, body, unit, &text);
            let looks_at_storage = when.steps.iter().any(|step| looks_at_storage(sources, tables, step));
            let repeated_by = repetition(sources, &when);
            out.requests.push(RequestFact { permissions, owner, evidence, when, looks_at_storage, repeated_by });
        }
        if wrappers.is_empty() {
            break;
        }
        places = callers(sources, tables, &std::mem::take(&mut wrappers))
            .into_iter()
            .filter(|(body, unit, ..)| seen.insert((*body, *unit)))
            .collect();
    }
    (out.denials, out.handlers) = permission_denial::collect(sources, tables, index);
    out
}

/// Descriptors of a method's parameters, the receiver first.
fn parameter_kinds(sources: &Sources<'_>, body: BodyId) -> Vec<String> {
    let program = sources.program;
    let (Some(row), Some(dex)) = (program.body(body), program.dex(program.dex_of(body))) else { return Vec::new() };
    let proto = dex.method(row.method).map_or(u32::MAX, |method| method.proto);
    let declared = dex.parameters(proto).map(|kind| dex.type_descriptor(kind).unwrap_or_default().into_owned());
    let is_static = row.access & ACC_STATIC != 0;
    (!is_static).then(String::new).into_iter().chain(declared).collect()
}

/// Calls of these methods: caller, code unit, DEX file, method index, and the argument that is handed on.
fn callers(
    sources: &Sources<'_>,
    tables: &Tables<'_>,
    wrappers: &FxHashMap<BodyId, u16>,
) -> Vec<(BodyId, u32, u32, u32, Option<u16>)> {
    let program = sources.program;
    let names: FxHashSet<String> =
        wrappers.keys().filter_map(|body| program.body_name(*body)).map(|name| name.name).collect();
    let mut methods: FxHashMap<(u32, u32), u16> = FxHashMap::default();
    for (number, unit) in (0u32..).zip(&program.dexes) {
        for index in 0..unit.dex.method_count() as u32 {
            let name = unit.dex.method(index).and_then(|method| unit.dex.string_bytes(method.name)).unwrap_or_default();
            if !names.iter().any(|known| known.as_bytes() == name) {
                continue;
            }
            if let Some(argument) = tables.callee(program, number, index).and_then(|body| wrappers.get(&body)) {
                methods.insert((number, index), *argument);
            }
        }
    }
    let mut out = Vec::new();
    if methods.is_empty() {
        return out;
    }
    for body in program.class_ids().flat_map(|class| program.bodies_of(class)) {
        let dex = program.dex_of(body);
        for reference in program.references(body).filter(|reference| reference.kind == RefKind::Invoke) {
            if let Some(argument) = methods.get(&(dex, reference.index)) {
                out.push((body, reference.unit, dex, reference.index, Some(*argument)));
            }
        }
    }
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
