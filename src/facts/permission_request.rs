//! Where the app asks for permissions.

use rustc_hash::{FxHashMap, FxHashSet};

use super::consent::{Occurrence, Times};
use super::index::{CodeIndex, Hit, Tag};
use super::permission_denial::{self, DenialFact};
use super::pi_access::repetition;
use super::sdk_call::traced;
use super::{Sources, site_evidence};
use crate::code::constants::{self, Constant};
use crate::code::{BodyId, Step, Tables, parameter_types};
use crate::evidence::{Evidence, OwnerKind};
use crate::formats::dex::RefKind;
use crate::knowledge::schema::CallRole;
use crate::owners::OwnerId;

/// How many methods may hand the list of permissions on.
const MAX_WRAPPERS: usize = 3;

/// A request.
#[derive(Debug, Clone)]
pub struct RequestFact {
    /// Permissions asked for, as far as they are constants.
    pub permissions: Vec<String>,
    /// Whose code asks.
    pub owner: OwnerId,
    /// The place, with a call path to it.
    pub evidence: Evidence,
    /// Calls through which methods of the app hand the list on, the documented one last.
    pub inner: Vec<Evidence>,
    /// When it can run.
    pub when: Occurrence,
    /// Some method on the path looks at a stored value first.
    pub looks_at_storage: bool,
    /// What makes it run again and again, e.g. `onResume`.
    pub repeated_by: Option<String>,
}

impl RequestFact {
    /// The place with what it hands the list to.
    pub fn places(&self) -> Vec<Evidence> {
        std::iter::once(&self.evidence).chain(&self.inner).cloned().collect()
    }
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

/// A call that may ask for permissions.
struct Place {
    body: BodyId,
    unit: u32,
    /// Method index in the caller's DEX file.
    method: u32,
    asks: Asks,
    /// What it hands the list to.
    inner: Vec<Evidence>,
}

/// How a call is told what to ask for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asks {
    /// By any argument of a documented method.
    Directly,
    /// By any argument of a documented method that is called for other things too.
    AmongOthers,
    /// By this argument of the app's own method, which hands it on.
    Through(u16),
}

/// Gathers requests of all code that is no plain library.
pub fn collect(
    sources: &Sources<'_>,
    index: &CodeIndex,
    times: &Times<'_, '_>,
    tables: &Tables<'_>,
) -> PermissionRequests {
    let program = sources.program;
    let names_in = permission_names(sources, index);
    let mut out = PermissionRequests::default();
    let mut seen: FxHashSet<(BodyId, u32)> = FxHashSet::default();
    let mut places = documented_calls(sources, index);
    // A method that hands its own argument on is a request wherever it is called: helpers, renamed libraries.
    for level in 0..=MAX_WRAPPERS {
        let mut wrappers: FxHashMap<BodyId, (u16, Vec<Evidence>)> = FxHashMap::default();
        places.retain(|place| seen.insert((place.body, place.unit)));
        for place in std::mem::take(&mut places) {
            let call = constants::call(program, place.body, place.unit);
            let arguments = call.as_ref().map_or(&[][..], |call| match place.asks {
                Asks::Through(number) => call.arguments.get(usize::from(number)).map_or(&[], std::slice::from_ref),
                Asks::Directly | Asks::AmongOthers => &call.arguments,
            });
            let mut permissions: Vec<String> = arguments
                .iter()
                .flat_map(Constant::texts)
                .filter(|text| sources.knowledge.permission(text).is_some())
                .map(str::to_owned)
                .collect();
            if permissions.is_empty() {
                if let Some(number) = handed_on(sources, place.body, arguments).filter(|_| level < MAX_WRAPPERS) {
                    let name = program.method_name(program.dex_of(place.body), place.method);
                    let text = name.map(|name| name.dotted()).unwrap_or_default();
                    let here = site_evidence(sources, place.body, place.unit, &text);
                    wrappers.insert(place.body, (number, std::iter::once(here).chain(place.inner).collect()));
                    continue;
                }
                // The list may have been put together before, in the same method.
                permissions = names_in.get(&place.body).cloned().unwrap_or_default();
            }
            permissions.sort();
            permissions.dedup();
            // A launcher of some other contract; a helper that is called with something else.
            let is_other_call = permissions.is_empty() && place.asks != Asks::Directly;
            let owner = sources.owner_of(place.body);
            if is_other_call || sources.owners.kind(owner) == OwnerKind::Library {
                continue;
            }
            let name = program.method_name(program.dex_of(place.body), place.method);
            let text = name
                .map(|name| format!("{}.{}({})", name.class, name.name, permissions.join(", ")))
                .unwrap_or_default();
            let (evidence, when) = traced(sources, times, place.body, place.unit, &text);
            let looks_at_storage = when.steps.iter().any(|step| looks_at_storage(sources, tables, step));
            let repeated_by = repetition(sources, &when);
            let inner = place.inner;
            out.requests.push(RequestFact { permissions, owner, evidence, inner, when, looks_at_storage, repeated_by });
        }
        if wrappers.is_empty() {
            break;
        }
        let calls = tables.calls_of(program, wrappers.keys().copied());
        places.extend(calls.into_iter().filter_map(|call| {
            let (number, inner) = wrappers.get(&call.target)?;
            let (asks, inner) = (Asks::Through(*number), inner.clone());
            Some(Place { body: call.body, unit: call.unit, method: call.index, asks, inner })
        }));
    }
    (out.denials, out.handlers) = permission_denial::collect(sources, tables, index);
    out
}

/// Calls of the platform's and support libraries' methods that ask for permissions.
fn documented_calls(sources: &Sources<'_>, index: &CodeIndex) -> Vec<Place> {
    let rows = sources.knowledge.permission_requests();
    let place = |hit: &Hit| {
        let Tag::Request(number) = hit.tag else { return None };
        let asks = if rows.get(number as usize)?.serves_others { Asks::AmongOthers } else { Asks::Directly };
        Some(Place { body: hit.site.body, unit: hit.site.unit, method: hit.site.index, asks, inner: Vec::new() })
    };
    index.hits.iter().filter_map(place).collect()
}

/// Names of permissions that stand in each method.
fn permission_names(sources: &Sources<'_>, index: &CodeIndex) -> FxHashMap<BodyId, Vec<String>> {
    let mut out: FxHashMap<BodyId, Vec<String>> = FxHashMap::default();
    for hit in &index.hits {
        if let Tag::PermissionName(row) = hit.tag
            && let Some(row) = sources.knowledge.permissions().get(row as usize)
        {
            out.entry(hit.site.body).or_default().push(row.name.clone());
        }
    }
    out
}

/// The first of these arguments that is a text or list of texts the method itself was given.
fn handed_on(sources: &Sources<'_>, body: BodyId, arguments: &[Constant]) -> Option<u16> {
    let kinds = parameter_types(sources.program, body);
    let is_text = |number: u16| {
        matches!(kinds.get(usize::from(number)), Some(Some(b"Ljava/lang/String;" | b"[Ljava/lang/String;")))
    };
    arguments.iter().find_map(|argument| match argument {
        Constant::Parameter(number) if is_text(*number) => Some(*number),
        _ => None,
    })
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
