//! Where the app asks for permissions.

use rustc_hash::FxHashMap;

use super::Sources;
use super::consent::{Occurrence, Times};
use super::index::{CodeIndex, Tag};
use super::permission_denial::{self, DenialFact};
use super::pi_access::repetition;
use super::sdk_call::traced;
use crate::code::constants;
use crate::code::{BodyId, Step, Tables};
use crate::evidence::{Evidence, OwnerKind};
use crate::formats::dex::RefKind;
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
    (out.denials, out.handlers) = permission_denial::collect(sources, tables, index);
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
