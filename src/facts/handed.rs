//! Personal information that the app hands to an SDK by a call.
//!
//! First level: the vendor's documented setters, and any method of an SDK that is given, in the same method of the
//! app, the result of a call that yields an item.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Sources;
use super::consent::{Occurrence, Times};
use super::index::{CodeIndex, Tag};
use super::pi_access::PiFact;
use super::sdk_call::traced;
use crate::code::BodyId;
use crate::code::constants::{self, Constant};
use crate::evidence::{Evidence, OwnerKind};
use crate::formats::dex::RefKind;
use crate::knowledge::schema::{SdkCallRole, SdkCallRow, SdkRow};
use crate::owners::OwnerId;

/// An item handed over.
#[derive(Debug, Clone)]
pub struct HandedFact<'k> {
    /// To whom.
    pub sdk: &'k SdkRow,
    /// Taxonomy id.
    pub item: String,
    /// Where the argument comes from, as far as it is known: a constant in quotes, or the call that yields it.
    pub from: String,
    /// The call, with a path to it.
    pub evidence: Evidence,
    /// When it can run.
    pub when: Occurrence,
}

/// Gathers the calls in program order.
pub fn collect<'k>(
    sources: &Sources<'k>,
    index: &CodeIndex,
    pi: &[PiFact],
    times: &Times<'_, '_>,
) -> Vec<HandedFact<'k>> {
    let mut found = Found::new();
    documented(sources, index, &mut found);
    from_source(sources, pi, &mut found);
    let mut out = Vec::new();
    for ((body, unit, item), (sdk, from, method)) in found {
        let name = sources.program.method_name(sources.program.dex_of(body), method);
        let text = name.map(|name| name.dotted()).unwrap_or_default();
        let (evidence, when) = traced(sources, times, body, unit, &text);
        out.push(HandedFact { sdk, item, from, evidence, when });
    }
    out
}

/// By method, code unit and item: the product, where the item comes from, and the method called.
type Found<'k> = BTreeMap<(BodyId, u32, String), (&'k SdkRow, String, u32)>;

/// Calls of setters that the signatures name, by other code than the SDK's own.
fn documented<'k>(sources: &Sources<'k>, index: &CodeIndex, found: &mut Found<'k>) {
    let rows: Vec<(&SdkRow, &SdkCallRow)> = sources.knowledge.sdk_calls().collect();
    for hit in &index.hits {
        let Tag::SdkCall(number) = hit.tag else { continue };
        let Some((sdk, call)) = rows.get(number as usize).filter(|(_, call)| call.role == SdkCallRole::UserData) else {
            continue;
        };
        if sources.owners.row(sources.owner_of(hit.site.body)).is_some() {
            continue;
        }
        let arguments = constants::call(sources.program, hit.site.body, hit.site.unit);
        let argument = arguments.as_ref().and_then(|found| found.parameter(call.arg?));
        let from = match argument {
            // Nothing is handed over.
            Some(Constant::Int(0)) => continue,
            Some(Constant::Text(text)) if text.is_empty() => continue,
            Some(Constant::Text(text)) => format!("\"{text}\""),
            Some(Constant::Result(name)) => name.clone(),
            _ => String::new(),
        };
        found.insert((hit.site.body, hit.site.unit, call.item.clone()), (sdk, from, hit.site.index));
    }
}

/// Calls into an SDK with the result of a call that yields an item.
fn from_source<'k>(sources: &Sources<'k>, pi: &[PiFact], found: &mut Found<'k>) {
    let program = sources.program;
    // What a call yields in a method; nothing where two items come by the same call.
    let mut yields: BTreeMap<BodyId, FxHashMap<&str, &str>> = BTreeMap::new();
    let mut unclear: FxHashSet<(BodyId, &str)> = FxHashSet::default();
    for fact in pi.iter().filter(|fact| matches!(sources.owners.kind(fact.owner), OwnerKind::App | OwnerKind::Unknown))
    {
        for access in fact.accesses.iter().filter(|access| access.certain && access.is_immediate) {
            let (Some(body), Evidence::Code { refers_to, .. }) = (access.body, &access.evidence) else { continue };
            let name = refers_to.split('(').next().unwrap_or_default();
            let known = yields.entry(body).or_default().insert(name, &fact.item);
            if known.is_some_and(|known| known != fact.item) {
                unclear.insert((body, name));
            }
        }
    }
    for (body, items) in yields {
        let dex = program.dex_of(body);
        let Some(file) = program.dex(dex) else { continue };
        let receiver = |method: u32| -> Option<OwnerId> {
            let class = program.class_of_type(dex, file.method(method)?.class)?;
            Some(sources.owners.of_class(class)).filter(|owner| sources.owners.kind(*owner) == OwnerKind::Sdk)
        };
        let calls: BTreeMap<u32, (u32, OwnerId)> = program
            .references(body)
            .filter(|reference| reference.kind == RefKind::Invoke)
            .filter_map(|reference| Some((reference.unit, (reference.index, receiver(reference.index)?))))
            .collect();
        let units: Vec<u32> = calls.keys().copied().collect();
        for call in constants::calls(program, body, &units) {
            let Some((method, owner)) = calls.get(&call.unit) else { continue };
            let Some((_, sdk)) = sources.owners.row(*owner) else { continue };
            for argument in call.parameters() {
                let Constant::Result(name) = argument else { continue };
                // What the SDK itself gave is no news to it.
                let giver = name.rsplit_once('.').map(|(class, _)| sources.owners.of_name(class));
                if giver == Some(*owner) {
                    continue;
                }
                if let Some(item) = items.get(name.as_str()).filter(|_| !unclear.contains(&(body, name.as_str()))) {
                    found.insert((body, call.unit, (*item).to_owned()), (sdk, name.clone(), *method));
                }
            }
        }
    }
}
