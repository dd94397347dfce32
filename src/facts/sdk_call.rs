//! Calls that start an SDK, prepare it, or tell it what the user decided.

use super::consent::{Occurrence, Times};
use super::index::{CodeIndex, Tag};
use super::{Sources, body_evidence, site_evidence};
use crate::code::constants::{self, Constant};
use crate::evidence::Evidence;
use crate::knowledge::schema::{SdkCallRole, SdkCallRow, SdkRow};

/// One such call, made by other code than the SDK's own.
#[derive(Debug, Clone)]
pub struct SdkCallFact<'k> {
    /// The product.
    pub sdk: &'k SdkRow,
    /// What the call does.
    pub role: SdkCallRole,
    /// What the call says about the user's agreement, where that is a constant.
    pub agreed: Option<bool>,
    /// The place, with a call path to it.
    pub evidence: Evidence,
    /// When it can run.
    pub when: Occurrence,
}

/// A method of an SDK in this package that takes the user's decision.
#[derive(Debug, Clone)]
pub struct SdkSetterFact<'k> {
    /// The product.
    pub sdk: &'k SdkRow,
    /// The method, dotted.
    pub setter: String,
    /// The method itself.
    pub evidence: Evidence,
}

/// Privacy setters that the package has, called or not.
pub fn setters<'k>(sources: &Sources<'k>) -> Vec<SdkSetterFact<'k>> {
    let program = sources.program;
    let mut out = Vec::new();
    for (sdk, call) in sources.knowledge.sdk_calls() {
        if call.role != SdkCallRole::Agree {
            continue;
        }
        let Some(class) = program.find_dotted(&call.class) else { continue };
        let found = program.bodies_of(class).find_map(|body| {
            let name = program.body_name(body)?.name;
            call.names.contains(&name).then_some((body, name))
        });
        if let Some((body, name)) = found {
            let setter = format!("{}.{name}", call.class);
            let evidence = body_evidence(sources, body, &setter);
            out.push(SdkSetterFact { sdk, setter, evidence });
        }
    }
    out
}

/// Gathers the calls in program order.
pub fn collect<'k>(sources: &Sources<'k>, index: &CodeIndex, times: &Times<'_, '_>) -> Vec<SdkCallFact<'k>> {
    let rows: Vec<(&SdkRow, &SdkCallRow)> = sources.knowledge.sdk_calls().collect();
    let mut out = Vec::new();
    for hit in &index.hits {
        let Tag::SdkCall(number) = hit.tag else { continue };
        let Some((sdk, call)) = rows.get(number as usize).copied() else { continue };
        // What the app hands over is a fact of its own.
        if call.role == SdkCallRole::UserData {
            continue;
        }
        // SDKs call each other where they find each other: a call of what is not in the package starts nothing.
        if sources.program.find_dotted(&call.class).is_none() {
            continue;
        }
        let caller = sources.owners.row(sources.owner_of(hit.site.body));
        if caller.is_some_and(|(_, row)| row.id == sdk.id) {
            continue;
        }
        let agreed = call.arg.and_then(|arg| {
            let found = constants::call(sources.program, hit.site.body, hit.site.unit)?;
            match found.parameter(arg)? {
                Constant::Int(number) => Some(*number != 0),
                _ => None,
            }
        });
        let text = super::site_text(sources, &hit.site);
        let (evidence, when) = traced(sources, times, hit.site.body, hit.site.unit, &text);
        out.push(SdkCallFact { sdk, role: call.role, agreed, evidence, when });
    }
    out
}

/// A place as evidence with the call path to it.
pub(super) fn traced(
    sources: &Sources<'_>,
    times: &Times<'_, '_>,
    body: crate::code::BodyId,
    unit: u32,
    refers_to: &str,
) -> (Evidence, Occurrence) {
    let mut when = times.of(sources, body, unit);
    times.trace(sources, body, unit, &mut when);
    let mut evidence = site_evidence(sources, body, unit, refers_to);
    if let Evidence::Code { path, .. } = &mut evidence {
        path.clone_from(&when.path);
    }
    (evidence, when)
}
