//! Where the app asks for permissions.

use rustc_hash::{FxHashMap, FxHashSet};

use super::consent::{Occurrence, Times};
use super::index::{CodeIndex, Hit, Tag};
use super::permission_denial::{self, DenialFact};
use super::pi_access::repetition;
use super::sdk_call::traced;
use super::used::Used;
use super::{Sources, site_evidence};
use crate::code::constants::{self, Constant};
use crate::code::{BodyId, Program, Step, Tables, is_initialiser, parameter_types};
use crate::evidence::{Evidence, OwnerKind};
use crate::formats::dex::RefKind;
use crate::knowledge::schema::CallRole;
use crate::owners::OwnerId;

/// How many methods may hand the list of permissions on.
const MAX_WRAPPERS: usize = 3;
/// How a list becomes an array.
const MAKES_ARRAY: &str = ".toArray";

/// A request.
#[derive(Debug, Clone)]
pub struct RequestFact {
    /// Permissions asked for, as far as they are constants; empty where none could be read.
    pub permissions: Vec<String>,
    /// Whose code asks.
    pub owner: OwnerId,
    /// The place, with a call path to it.
    pub evidence: Evidence,
    /// Calls through which methods of the app hand the list on, the documented one last.
    pub inner: Vec<Evidence>,
    /// When it can run.
    pub when: Occurrence,
    /// Some method on the path looks first at a stored value, or at a flag that its class sets later.
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
    /// False when the documented method at its end is called for other things too.
    surely: bool,
    /// What it hands the list to.
    inner: Vec<Evidence>,
}

/// How a call is told what to ask for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asks {
    /// By any argument of a documented method.
    Directly,
    /// By this argument of the app's own method, which hands it on.
    Through(u16),
}

/// Gathers requests of all code that is no plain library.
pub fn collect(
    sources: &Sources<'_>,
    index: &CodeIndex,
    times: &Times<'_, '_>,
    tables: &Tables<'_>,
    used: &Used,
) -> PermissionRequests {
    let program = sources.program;
    let names_in = permission_names(sources, index);
    let mut out = PermissionRequests::default();
    let mut seen: FxHashSet<(BodyId, u32)> = FxHashSet::default();
    let mut places = documented_calls(sources, index);
    // A method that hands its own argument on is a request wherever it is called: helpers, renamed libraries.
    for level in 0..=MAX_WRAPPERS {
        let mut wrappers: FxHashMap<BodyId, (u16, bool, Vec<Evidence>)> = FxHashMap::default();
        places.retain(|place| seen.insert((place.body, place.unit)));
        for place in std::mem::take(&mut places) {
            let call = constants::call(program, place.body, place.unit);
            let arguments = call.as_ref().map_or(&[][..], |call| match place.asks {
                Asks::Through(number) => call.arguments.get(usize::from(number)).map_or(&[], std::slice::from_ref),
                Asks::Directly => &call.arguments,
            });
            let mut permissions: Vec<String> =
                arguments.iter().flat_map(|argument| permissions_in(sources, argument)).collect();
            if permissions.is_empty() {
                let number = handed_on(sources, place.body, arguments)
                    .or_else(|| sifted(sources, &place, arguments).filter(|_| !names_in.contains_key(&place.body)));
                if let Some(number) = number.filter(|_| level < MAX_WRAPPERS) {
                    let name = program.method_name(program.dex_of(place.body), place.method);
                    let text = name.map(|name| name.dotted()).unwrap_or_default();
                    let here = site_evidence(sources, place.body, place.unit, &text);
                    let inner = std::iter::once(here).chain(place.inner).collect();
                    wrappers.insert(place.body, (number, place.surely, inner));
                    continue;
                }
                // The list may have been put together before, in the same method.
                permissions = names_in.get(&place.body).cloned().unwrap_or_default();
            }
            permissions.sort();
            permissions.dedup();
            // A launcher of some other contract.
            let is_other_call = permissions.is_empty() && !place.surely;
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
            let (number, surely, inner) = wrappers.get(&call.target)?;
            let (asks, surely, inner) = (Asks::Through(*number), *surely, inner.clone());
            Some(Place { body: call.body, unit: call.unit, method: call.index, asks, surely, inner })
        }));
    }
    (out.denials, out.handlers) = permission_denial::collect(sources, tables, index, used);
    out
}

/// Calls of the platform's and support libraries' methods that ask for permissions.
fn documented_calls(sources: &Sources<'_>, index: &CodeIndex) -> Vec<Place> {
    let rows = sources.knowledge.permission_requests();
    let place = |hit: &Hit| {
        let Tag::Request(number) = hit.tag else { return None };
        let surely = !rows.get(number as usize)?.serves_others;
        let (body, unit, method) = (hit.site.body, hit.site.unit, hit.site.index);
        Some(Place { body, unit, method, asks: Asks::Directly, surely, inner: Vec::new() })
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

/// The first of these arguments that is a text or list of texts the method itself was given, or holds one.
fn handed_on(sources: &Sources<'_>, body: BodyId, arguments: &[Constant]) -> Option<u16> {
    let kinds = parameter_types(sources.program, body);
    let is_text = |number: u16| {
        matches!(kinds.get(usize::from(number)), Some(Some(b"Ljava/lang/String;" | b"[Ljava/lang/String;")))
    };
    let given = |argument: &Constant| match argument {
        Constant::Parameter(number) if is_text(*number) => Some(*number),
        _ => None,
    };
    arguments.iter().find_map(|argument| match argument {
        // new String[]{permission}
        Constant::Array(items) => items.iter().find_map(given),
        other => given(other),
    })
}

/// Names of permissions in a text, a list of texts or a field that holds such a list whoever of its class sets it.
fn permissions_in(sources: &Sources<'_>, argument: &Constant) -> Vec<String> {
    let is_known = |text: &&str| sources.knowledge.permission(text).is_some();
    let names = |constant: &Constant| -> Vec<String> {
        constant.texts().into_iter().filter(is_known).map(str::to_owned).collect()
    };
    let Constant::Field(class, name) = argument else { return names(argument) };
    let lists: Vec<Vec<String>> = constants::stored(sources.program, *class, name).iter().map(names).collect();
    let mut lists = lists.into_iter();
    let first = lists.next().unwrap_or_default();
    lists.fold(first, |kept, list| kept.into_iter().filter(|name| list.contains(name)).collect())
}

/// The only list of texts that the method was given, when what it asks for is a list that it made of another: such
/// methods leave out what was granted before.
fn sifted(sources: &Sources<'_>, place: &Place, arguments: &[Constant]) -> Option<u16> {
    let is_made = |argument: &Constant| matches!(argument, Constant::Result(name) if name.ends_with(MAKES_ARRAY));
    let kinds = parameter_types(sources.program, place.body);
    let mut lists = (0u16..).zip(&kinds).filter(|(_, kind)| **kind == Some(b"[Ljava/lang/String;"));
    let (number, _) = lists.next().filter(|_| place.surely && arguments.iter().any(is_made))?;
    lists.next().is_none().then_some(number)
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
    if reads(step.body, step.unit) || looks_at_flag(program, step) {
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

/// True when the method looks, before the step, at a flag of its class that some method of that class sets.
fn looks_at_flag(program: &Program<'_>, step: &Step) -> bool {
    let Some(file) = program.dex(program.dex_of(step.body)) else { return false };
    let read = program.references(step.body).filter(|reference| {
        reference.kind == RefKind::FieldGet
            && reference.unit < step.unit
            && file.field(reference.index).is_some_and(|field| file.type_bytes(field.kind) == Some(b"Z"))
    });
    let own = program.body(step.body).map(|body| body.class);
    let setters =
        || own.into_iter().flat_map(|class| program.bodies_of(class)).filter(|body| !is_initialiser(program, *body));
    let fields: FxHashSet<u32> = read.map(|reference| reference.index).collect();
    !fields.is_empty()
        && setters().any(|body| {
            program
                .references(body)
                .any(|reference| reference.kind == RefKind::FieldPut && fields.contains(&reference.index))
        })
}
