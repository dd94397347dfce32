//! Statements of the privacy policy that the code gives the lie.

use super::Rule;
use super::policy_content::about;
use super::support::{blind_to_code, item_name, joined, owner_name, places, sdk_name, taken_items, undetermined};
use crate::evidence::{Evidence, OwnerKind};
use crate::facts::Facts;
use crate::facts::endpoint::Endpoint;
use crate::facts::policy::PolicyFacts;
use crate::facts::sdk::{Presence, SdkFact};
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "policy-contradicts-code", check };

const DOMESTIC: &str = "claim_domestic_only";
const NO_SDK: &str = "claim_no_sdk";
const ENCRYPTED: &str = "claim_encrypted";
/// Most names and places in one finding.
const MAX_NAMES: usize = 5;

fn check(facts: &Facts<'_>) -> Outcome {
    let Some(policy) = &facts.policy else {
        return Outcome::without(Verdict::Undetermined, Message::new("undetermined_no_policy"));
    };
    let claim = |id: &str| policy.content.get(id);
    let mut findings = denied_items(facts, policy);
    findings.extend(claim(NO_SDK).and_then(|claim| no_sdk(facts, policy, claim)));
    findings.extend(claim(DOMESTIC).and_then(|claim| domestic(facts, claim)));
    findings.extend(claim(ENCRYPTED).and_then(|claim| encrypted(facts, claim)));
    Outcome::of(findings, || {
        blind_to_code(facts).map_or_else(|| Outcome::without(Verdict::Pass, Message::new("pass")), undetermined)
    })
}

/// Items that the policy says are not collected, and that code of the app or of an SDK takes.
fn denied_items(facts: &Facts<'_>, policy: &PolicyFacts) -> Vec<Finding> {
    let owners = facts.sources.owners;
    taken_items(facts)
        .into_iter()
        .filter_map(|(item, found)| {
            let claim = policy.denied_item(item)?;
            let is_own = found.iter().any(|fact| owners.kind(fact.owner) == OwnerKind::App);
            // What an SDK takes, the operator may not have meant by "we".
            let (verdict, confidence) =
                if is_own { (Verdict::Violation, Confidence::High) } else { (Verdict::Risk, Confidence::Medium) };
            let message = Message::new("denied_item")
                .with("item", item_name(facts, item))
                .with("owner", joined(found.iter().map(|fact| owner_name(facts, fact.owner))));
            let taken = found.iter().flat_map(|fact| places(fact)).take(super::support::MAX_EVIDENCE);
            Some(
                Finding::new(policy.weigh(verdict), Severity::High, confidence, message, claim)
                    .about(About::pi(item))
                    .and(taken),
            )
        })
        .collect()
}

fn no_sdk(facts: &Facts<'_>, policy: &PolicyFacts, claim: &Evidence) -> Option<Finding> {
    let present: Vec<&SdkFact<'_>> = facts
        .collecting_sdks()
        .filter(|sdk| sdk.confidence == Confidence::High && matches!(sdk.presence, Presence::Active))
        .collect();
    if present.is_empty() {
        return None;
    }
    let message = Message::new("no_sdk").with("sdks", joined(present.iter().map(|sdk| sdk_name(sdk.row))));
    let shown = present.iter().filter_map(|sdk| sdk.reasons.first().cloned()).take(MAX_NAMES);
    let finding =
        Finding::new(policy.weigh(Verdict::Violation), Severity::High, Confidence::High, message, claim.clone())
            .about(about(NO_SDK));
    Some(finding.and(shown))
}

/// Hosts that the app's own code uses.
fn own_endpoints<'f>(facts: &'f Facts<'_>) -> impl Iterator<Item = &'f Endpoint> {
    facts.endpoints.iter().filter(|endpoint| {
        let owners = &mut endpoint.owners.iter();
        !endpoint.is_link && owners.any(|owner| facts.sources.owners.kind(*owner) == OwnerKind::App)
    })
}

fn domestic(facts: &Facts<'_>, claim: &Evidence) -> Option<Finding> {
    let abroad: Vec<_> = own_endpoints(facts)
        .filter(|endpoint| endpoint.party.as_ref().and_then(|party| party.is_abroad()) == Some(true))
        .take(MAX_NAMES)
        .collect();
    if abroad.is_empty() {
        return None;
    }
    let hosts: Vec<&str> = abroad.iter().map(|endpoint| endpoint.host.as_str()).collect();
    let message = Message::new("domestic").with("hosts", hosts.join(", "));
    let shown = abroad.iter().filter_map(|endpoint| endpoint.places.first().cloned());
    // A company abroad may run servers in the mainland.
    let finding = Finding::new(Verdict::Risk, Severity::Medium, Confidence::Low, message, claim.clone());
    Some(finding.about(about(DOMESTIC)).and(shown))
}

fn encrypted(facts: &Facts<'_>, claim: &Evidence) -> Option<Finding> {
    let plain: Vec<_> = own_endpoints(facts)
        .filter_map(|endpoint| Some((endpoint.cleartext.as_deref()?, endpoint.places.first()?)))
        .take(MAX_NAMES)
        .collect();
    if plain.is_empty() {
        return None;
    }
    let urls: Vec<&str> = plain.iter().map(|(url, _)| *url).collect();
    let message = Message::new("encrypted").with("urls", urls.join(", "));
    let finding = Finding::new(Verdict::Risk, Severity::Medium, Confidence::Medium, message, claim.clone());
    Some(finding.about(about(ENCRYPTED)).and(plain.iter().map(|(_, place)| (*place).clone())))
}
