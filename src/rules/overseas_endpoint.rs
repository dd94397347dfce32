//! Hosts of companies abroad, named by code that takes personal information.

use std::collections::{BTreeMap, BTreeSet};

use super::Rule;
use super::support::{blind_to_code, is_finding_item, item_name, joined, owner_name, undetermined};
use crate::evidence::{Evidence, OwnerKind};
use crate::facts::Facts;
use crate::facts::endpoint::{Endpoint, Party};
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Slot, Verdict};
use crate::owners::OwnerId;

pub(super) const RULE: Rule = Rule { id: "overseas-endpoint", check };

/// Most hosts and items that one message names.
const MAX_NAMES: usize = 5;

fn check(facts: &Facts<'_>) -> Outcome {
    abroad(facts, Severity::Medium)
}

/// Findings by owner of the code, of this severity.
pub(super) fn abroad(facts: &Facts<'_>, severity: Severity) -> Outcome {
    let mut abroad: BTreeMap<OwnerId, Vec<(&Endpoint, &Party)>> = BTreeMap::new();
    let mut unknown: Vec<&Endpoint> = Vec::new();
    for endpoint in facts.endpoints.iter().filter(|endpoint| !endpoint.is_link) {
        let known = endpoint.party.as_ref().and_then(|party| Some((party, party.is_abroad()?)));
        let Some((party, is_abroad)) = known else {
            unknown.push(endpoint);
            continue;
        };
        if !is_abroad {
            continue;
        }
        // Nobody's that is known: what that code takes is not known either.
        if endpoint.owners.iter().all(|owner| facts.sources.owners.kind(*owner) == OwnerKind::Unknown) {
            unknown.push(endpoint);
        }
        for owner in endpoint.owners.iter().filter(|owner| !items_of(facts, **owner).is_empty()) {
            abroad.entry(*owner).or_default().push((endpoint, party));
        }
    }
    let findings = abroad.iter().filter_map(|(owner, hosts)| finding(facts, *owner, hosts, severity)).collect();
    Outcome::of(findings, || {
        if let Some(reach) = blind_to_code(facts) {
            return undetermined(reach);
        }
        if facts.endpoints.is_empty() {
            return Outcome::without(Verdict::NotApplicable, Message::new("na_none"));
        }
        if !unknown.is_empty() {
            let hosts: Vec<&str> = unknown.iter().take(MAX_NAMES).map(|endpoint| endpoint.host.as_str()).collect();
            let message = Message::new("undetermined_unknown")
                .with("count", unknown.len().to_string())
                .with("hosts", hosts.join(", "));
            let shown = unknown.iter().filter_map(|endpoint| endpoint.places.first().cloned()).take(MAX_NAMES);
            return Outcome::shown(Verdict::Undetermined, message, shown.collect());
        }
        Outcome::without(Verdict::Pass, Message::new("pass"))
    })
}

/// Personal information that code of the app or of an SDK surely takes.
fn items_of<'f>(facts: &'f Facts<'_>, owner: OwnerId) -> BTreeSet<&'f str> {
    if !matches!(facts.sources.owners.kind(owner), OwnerKind::App | OwnerKind::Sdk) {
        return BTreeSet::new();
    }
    let own = facts.pi.iter().filter(|fact| fact.owner == owner && fact.is_certain());
    own.map(|fact| fact.item.as_str()).filter(|item| is_finding_item(facts, item)).collect()
}

fn finding(facts: &Facts<'_>, owner: OwnerId, hosts: &[(&Endpoint, &Party)], severity: Severity) -> Option<Finding> {
    let (first, _) = hosts.first()?;
    let named: Vec<&str> = hosts.iter().take(MAX_NAMES).map(|(endpoint, _)| endpoint.host.as_str()).collect();
    let companies: BTreeSet<String> =
        hosts.iter().map(|(_, party)| format!("{} ({})", party.name, party.country)).collect();
    let companies = joined(companies.into_iter().take(MAX_NAMES).map(Slot::Text));
    let items = items_of(facts, owner);
    let message = Message::new("abroad")
        .with("owner", owner_name(facts, owner))
        .with("companies", companies)
        .with("hosts", named.join(", "))
        .with("items", joined(items.iter().take(MAX_NAMES).map(|item| item_name(facts, item))));
    let mut places: Vec<Evidence> =
        hosts.iter().filter_map(|(endpoint, _)| place_of(facts, endpoint, owner).cloned()).take(MAX_NAMES).collect();
    let taken = facts.pi.iter().find(|fact| fact.owner == owner && items.contains(fact.item.as_str()));
    places.extend(
        taken.and_then(|fact| fact.accesses.iter().find(|access| access.certain)).map(|access| access.evidence.clone()),
    );
    let mut places = places.into_iter();
    Some(
        Finding::new(Verdict::Risk, severity, Confidence::Low, message, places.next()?)
            .about(About {
                sdk: facts.sources.owners.row(owner).map(|(_, row)| row.id.clone()),
                ..About::host(&first.host)
            })
            .and(places),
    )
}

/// A place of the endpoint in code of `owner`, else any.
fn place_of<'e>(facts: &Facts<'_>, endpoint: &'e Endpoint, owner: OwnerId) -> Option<&'e Evidence> {
    let wanted = facts.sources.owners.owner(owner);
    let own = |place: &&Evidence| matches!(place, Evidence::Code { owner, .. } if *owner == wanted);
    endpoint.places.iter().find(own).or(endpoint.places.first())
}
