//! What several rules ask: is enough visible to say "nothing", and how things are called.

use std::collections::BTreeMap;

use crate::evidence::{Evidence, OwnerKind};
use crate::facts::Facts;
use crate::facts::permission::PermissionFact;
use crate::facts::pi_access::{PiAccess, PiFact};
use crate::facts::policy::PolicyFacts;
use crate::knowledge::schema::{PermissionRow, SdkRow};
use crate::outcome::{Message, Outcome, Slot, Verdict};
use crate::owners::OwnerId;

/// Most pieces of evidence that one finding carries.
pub(super) const MAX_EVIDENCE: usize = 8;

/// A text of `wording.toml` with one value filled in.
pub(super) fn wording(facts: &Facts<'_>, id: &str, value: &str) -> (String, String) {
    facts
        .sources
        .knowledge
        .text(id)
        .map(|row| (row.zh.replace("{value}", value), row.en.replace("{value}", value)))
        .unwrap_or_default()
}

/// Why code rules cannot say that something is absent, or `None` when all code was read.
pub(super) fn blind_to_code(facts: &Facts<'_>) -> Option<Slot> {
    let reach = &facts.reach;
    let (zh, en) = if let Some((packer, _)) = reach.packers.first() {
        let zh = if packer.name_zh.is_empty() { &packer.name_en } else { &packer.name_zh };
        (wording(facts, "reach.packed", zh).0, wording(facts, "reach.packed", &packer.name_en).1)
    } else if reach.no_code {
        wording(facts, "reach.no_code", "")
    } else if reach.code_is_damaged() {
        let part = reach.incomplete.iter().find(|part| part.contains(".dex")).map(String::as_str).unwrap_or_default();
        wording(facts, "reach.damaged", part)
    } else {
        return None;
    };
    Some(Slot::Both(zh, en))
}

/// Why texts of the interface may be missing from the package, or `None`.
pub(super) fn blind_to_texts(facts: &Facts<'_>) -> Option<Slot> {
    let damaged =
        facts.reach.incomplete.iter().find(|part| part.starts_with("resources.arsc") || part.starts_with("res/"));
    match damaged {
        Some(part) => Some(Slot::from(wording(facts, "reach.damaged", part))),
        None => blind_to_code(facts),
    }
}

/// "Cannot tell" with the reason.
pub(super) fn undetermined(reach: Slot) -> Outcome {
    Outcome::without(Verdict::Undetermined, Message::new("undetermined").with("reach", reach))
}

/// Chinese and English label of a permission; its name where there is none.
pub(super) fn permission_label(row: Option<&PermissionRow>, name: &str) -> Slot {
    match row {
        Some(row) => Slot::Both(row.label_zh.clone(), row.label_en.clone()),
        None => Slot::Text(name.to_owned()),
    }
}

/// A message about a permission.
pub(super) fn permission_message(key: &'static str, fact: &PermissionFact<'_>) -> Message {
    Message::new(key)
        .with("permission", fact.declared.name.as_str())
        .with("label", permission_label(fact.row, &fact.declared.name))
}

/// Chinese and English name of an item.
pub(super) fn item_name(facts: &Facts<'_>, item: &str) -> Slot {
    match facts.sources.knowledge.item(item) {
        Some(row) => Slot::Both(row.zh.clone(), row.en.clone()),
        None => Slot::Text(item.to_owned()),
    }
}

/// Chinese and English name of an SDK or library.
pub(super) fn sdk_name(row: &SdkRow) -> Slot {
    let zh = if row.name_zh.is_empty() { &row.name_en } else { &row.name_zh };
    Slot::Both(zh.clone(), row.name_en.clone())
}

/// Chinese and English name of an owner.
pub(super) fn owner_name(facts: &Facts<'_>, owner: OwnerId) -> Slot {
    match facts.sources.owners.row(owner) {
        Some((_, row)) => sdk_name(row),
        None if facts.sources.owners.kind(owner) == OwnerKind::App => Slot::from(wording(facts, "owner.app", "")),
        None => Slot::from(wording(facts, "owner.unknown", "")),
    }
}

/// Names joined for a sentence.
pub(super) fn joined(slots: impl IntoIterator<Item = Slot>) -> Slot {
    let (mut zh, mut en) = (Vec::new(), Vec::new());
    for slot in slots {
        match slot {
            Slot::Text(text) => {
                zh.push(text.clone());
                en.push(text);
            }
            Slot::Both(first, second) => {
                zh.push(first);
                en.push(second);
            }
        }
    }
    Slot::Both(zh.join("、"), en.join(", "))
}

/// True for items that can be a finding: personal information, not ordinary device information.
pub(super) fn is_finding_item(facts: &Facts<'_>, item: &str) -> bool {
    facts.sources.knowledge.item(item).is_some_and(|row| !row.inventory_only)
}

/// A call without its permission gives nothing, unless the permission only widens the answer.
pub(super) fn is_permitted(facts: &Facts<'_>, access: &PiAccess) -> bool {
    let Some(needed) = facts.sources.knowledge.permission(&access.permission) else { return true };
    needed.filters
        || facts.permissions.iter().any(|fact| {
            fact.declared.name == needed.name
                || !needed.group.is_empty() && fact.row.is_some_and(|declared| declared.group == needed.group)
        })
}

/// By item, who surely takes what can be a finding. Plain libraries hold wrappers of many APIs; that alone takes
/// nothing.
pub(super) fn taken_items<'f>(facts: &'f Facts<'_>) -> BTreeMap<&'f str, Vec<&'f PiFact>> {
    let mut by_item: BTreeMap<&str, Vec<&PiFact>> = BTreeMap::new();
    for fact in facts.pi.iter().filter(|fact| {
        fact.accesses.iter().any(|access| access.certain && !access.yields_nothing && is_permitted(facts, access))
            && is_finding_item(facts, &fact.item)
            && facts.sources.owners.kind(fact.owner) != OwnerKind::Library
    }) {
        by_item.entry(&fact.item).or_default().push(fact);
    }
    by_item
}

/// Places that show that personal information is taken, by code or by an SDK.
pub(super) fn scope_of_taking(facts: &Facts<'_>) -> Vec<Evidence> {
    let taken = taken_items(facts);
    let code = taken.values().flatten().flat_map(|fact| places(fact).take(1)).take(3);
    let sdks = facts.disclosable_sdks().into_iter().filter_map(|sdk| sdk.reasons.first().cloned()).take(2);
    code.chain(sdks).collect()
}

/// The places of a fact, as many as a finding carries.
pub(super) fn places(fact: &PiFact) -> impl Iterator<Item = Evidence> + '_ {
    let certain = fact.accesses.iter().filter(|access| access.certain);
    let rest = fact.accesses.iter().filter(|access| !access.certain);
    certain.chain(rest).take(MAX_EVIDENCE).map(|access| access.evidence.clone())
}

/// Where something was found, for a sentence.
pub(super) fn place_name(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Manifest { name, .. } => name.clone(),
        Evidence::Code { class, method, .. } => format!("{class}.{method}"),
        Evidence::Classes { class, .. } => class.clone(),
        Evidence::Resource { name, text, .. } => {
            let short: String = text.chars().take(40).collect();
            format!("{name} “{short}”")
        }
        Evidence::Layout { file, text, .. } => format!("{file} “{text}”"),
        Evidence::Native { library, .. } => library.clone(),
        Evidence::Asset { path, .. } => path.clone(),
        Evidence::Constant { class, field, .. } => format!("{class}.{field}"),
        Evidence::Policy { section, .. } => section.clone(),
        Evidence::Absent { searched } => searched.join(", "),
        Evidence::Declared { key, .. } => key.clone(),
        Evidence::Redacted { of, .. } => (*of).to_owned(),
    }
}

/// What was searched for a text that is not there. Evidence is the same in all languages, so it is called by both names.
pub(super) fn absent(facts: &Facts<'_>) -> Evidence {
    let named = |what: &str| {
        let (zh, en) = wording(facts, &format!("searched.{what}"), "");
        format!("{zh} {en}")
    };
    Evidence::Absent {
        searched: facts.ui.searched.iter().map(|(what, count)| format!("{}: {count}", named(what))).collect(),
    }
}

/// How much of a policy was searched for something that it does not say.
pub(super) fn searched_policy(facts: &Facts<'_>, policy: &PolicyFacts) -> String {
    let (zh, en) = wording(facts, "searched.policy", "");
    format!("{}: {} / {} ({zh} {en})", policy.path, policy.sentences, policy.characters)
}

/// True when the manifest asks for the network.
pub(super) fn has_network(facts: &Facts<'_>) -> bool {
    facts.permissions.iter().any(|permission| permission.declared.name == "android.permission.INTERNET")
}

/// True for a domain itself and for the hosts within it.
pub(super) fn lies_in(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}
