//! What the rules on collection before consent share: one behaviour, told apart by what is taken.

use std::collections::{BTreeMap, BTreeSet};

use super::support::{
    blind_to_code, has_network, is_finding_item, is_permitted, item_name, joined, owner_name, undetermined,
};
use crate::code::{Consent, Phase};
use crate::evidence::OwnerKind;
use crate::facts::Facts;
use crate::facts::pi_access::{PiAccess, PiFact};
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Verdict};

/// Most places that one finding shows.
const MAX_EVIDENCE: usize = 5;

/// Ends a rule on the items of one group (`timing` of the taxonomy).
pub(super) fn check(facts: &Facts<'_>, group: &str, severity: Severity) -> Outcome {
    let in_group = |item: &str| {
        is_finding_item(facts, item) && facts.sources.knowledge.item(item).is_some_and(|row| row.timing == group)
    };
    let found: Vec<&PiFact> = facts.pi.iter().filter(|fact| in_group(&fact.item) && !is_toolkit(facts, fact)).collect();
    let mut by_item: BTreeMap<&str, Vec<(&PiFact, &PiAccess)>> = BTreeMap::new();
    let (mut taken, mut doubtful, mut unreached) = (0usize, Vec::new(), Vec::new());
    let (mut signs, mut late_signs) = (Vec::new(), Vec::new());
    for fact in &found {
        let unsure = fact.accesses.iter().filter(|access| is_sign(access) && is_permitted(facts, access));
        for access in unsure {
            if may_precede_consent(access) {
                signs.push((*fact, access));
            } else if !access.when.phases.is_empty() {
                late_signs.push((*fact, access));
            }
        }
        for access in takings(facts, fact) {
            taken += 1;
            if access.when.phases.is_empty() {
                unreached.push(access.evidence.clone());
            }
            if access.when.is_before_consent() {
                by_item.entry(&fact.item).or_default().push((fact, access));
            } else if may_precede_consent(access) {
                doubtful.push((*fact, access));
            }
        }
    }
    // Items that the platform brings, e.g. to a notification listener, have no call that asks for them.
    let brought = |access: &PiAccess| access.certain && access.is_callback && !access.when.phases.is_empty();
    let is_brought = found.iter().flat_map(|fact| &fact.accesses).any(brought);
    let findings = by_item.into_iter().filter_map(|(item, places)| finding(facts, item, &places, severity)).collect();
    Outcome::of(findings, || {
        if let Some(reach) = blind_to_code(facts) {
            return undetermined(reach);
        }
        if !doubtful.is_empty() {
            return shown(facts, Verdict::Undetermined, "undetermined_guard", &doubtful);
        }
        if !signs.is_empty() {
            return shown(facts, Verdict::Undetermined, "undetermined_sign", &signs);
        }
        if taken == 0 && !is_brought && !late_signs.is_empty() {
            return shown(facts, Verdict::NotApplicable, "na_sign", &late_signs);
        }
        if taken == 0 && !is_brought {
            return Outcome::without(Verdict::NotApplicable, Message::new("na_none"));
        }
        if facts.consent.is_exhausted {
            return Outcome::without(Verdict::Undetermined, Message::new("undetermined_size"));
        }
        // Nobody was seen to ask: what follows an action of the user need not follow consent.
        if facts.consent.surfaces.is_empty() && (unreached.len() < taken || taken == 0) {
            let reached = found.iter().flat_map(|fact| &fact.accesses).filter(|access| !access.when.phases.is_empty());
            let reached = reached.take(MAX_EVIDENCE).map(|access| access.evidence.clone()).collect();
            return Outcome::shown(Verdict::Undetermined, Message::new("undetermined_no_screen"), reached);
        }
        // Code that no path was found to may still run by means that are not seen.
        if !unreached.is_empty() {
            let hidden = facts.reach.reflection_unresolved > 0 || facts.reach.loads_code();
            let (verdict, key) = if hidden {
                (Verdict::Undetermined, "undetermined_unreached")
            } else {
                (Verdict::Pass, "pass_unreached")
            };
            let message = Message::new(key).with("count", unreached.len().to_string());
            unreached.truncate(MAX_EVIDENCE);
            return Outcome::shown(verdict, message, unreached);
        }
        let guards = facts.consent.decisions.iter().take(3).map(|decision| decision.guard.clone()).collect();
        Outcome::shown(Verdict::Pass, Message::new("pass"), guards)
    })
}

/// Ends with one place of each item before further places.
fn shown(facts: &Facts<'_>, verdict: Verdict, key: &'static str, places: &[(&PiFact, &PiAccess)]) -> Outcome {
    let items: BTreeSet<&str> = places.iter().map(|(fact, _)| fact.item.as_str()).collect();
    let first = items.iter().filter_map(|item| places.iter().find(|(fact, _)| fact.item == *item));
    let mut evidence = Vec::new();
    for (_, access) in first.chain(places) {
        if evidence.len() < MAX_EVIDENCE && !evidence.contains(&access.evidence) {
            evidence.push(access.evidence.clone());
        }
    }
    let names = joined(items.iter().map(|item| item_name(facts, item)));
    Outcome::shown(verdict, Message::new(key).with("item", names), evidence)
}

/// Stands for an item without proof that the method takes it, e.g. a property's name that a helper is given.
fn is_sign(access: &PiAccess) -> bool {
    !access.certain || !access.is_immediate && !access.is_callback
}

/// Runs while the app starts, and not surely after consent.
fn may_precede_consent(access: &PiAccess) -> bool {
    let starts = access.when.phases.iter().any(|phase| matches!(phase, Phase::Startup | Phase::Launch));
    access.when.is_before_consent() || starts && access.when.consent == Some(Consent::Unknown)
}

/// Toolkits take an item at the app's bidding only; which call bids it is not told apart.
fn is_toolkit(facts: &Facts<'_>, fact: &PiFact) -> bool {
    facts.sources.owners.row(fact.owner).is_some_and(|(_, row)| row.toolkit)
}

/// Places that surely take an item where they stand, with the permission they need.
pub(super) fn takings<'f>(facts: &'f Facts<'_>, fact: &'f PiFact) -> impl Iterator<Item = &'f PiAccess> {
    fact.accesses.iter().filter(|access| access.certain && access.is_immediate && is_permitted(facts, access))
}

fn finding(facts: &Facts<'_>, item: &str, places: &[(&PiFact, &PiAccess)], severity: Severity) -> Option<Finding> {
    let owners = facts.sources.owners;
    let mut names = Vec::new();
    for (fact, _) in places {
        if !names.contains(&fact.owner) {
            names.push(fact.owner);
        }
    }
    let at_startup = places.iter().any(|(_, access)| access.when.begins == Some(Phase::Startup));
    let asks = !facts.consent.surfaces.is_empty();
    let plain = places.iter().all(|(fact, _)| owners.kind(fact.owner) == OwnerKind::Library);
    // Screens of a cross-platform runtime ask in a way that is not seen here; what runs before them is certain.
    let hidden = !at_startup && !asks && facts.reach.hybrids().next().is_some();
    // Nothing is taken, though whoever counts calls may object.
    let dummy = places.iter().all(|(_, access)| access.yields_nothing);
    // What an app without the network keeps to itself is hard to call collected.
    let offline = !has_network(facts);
    let verdict = if plain || hidden || dummy || offline { Verdict::Risk } else { Verdict::Violation };
    let confidence = match verdict {
        Verdict::Risk if dummy || offline => Confidence::Low,
        Verdict::Risk => Confidence::Medium,
        _ => Confidence::High,
    };
    let severity = if dummy || offline { Severity::Low } else { severity };
    let key = match (at_startup, asks) {
        _ if dummy => "dummy",
        _ if offline => "offline",
        (true, _) => "at_startup",
        (false, true) => "at_launch",
        (false, false) => "never_asked",
    };
    let message = Message::new(key)
        .with("item", item_name(facts, item))
        .with("owner", joined(names.iter().map(|owner| owner_name(facts, *owner))))
        .with("count", places.len().to_string());
    // The place that bears out what the sentence says comes first.
    let mut places = places.to_vec();
    places.sort_by_key(|(_, access)| (access.when.begins.is_none(), access.when.begins));
    let mut evidence = places.iter().map(|(_, access)| access.evidence.clone()).take(MAX_EVIDENCE);
    let first = evidence.next()?;
    let rest: Vec<_> = evidence.collect();
    Some(
        Finding::new(verdict, severity, confidence, message, first)
            .about(About::pi(item))
            .and(rest)
            .and(facts.consent.surfaces.first().cloned()),
    )
}
