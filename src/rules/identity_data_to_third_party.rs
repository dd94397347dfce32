//! SDKs that receive identity documents or faces, against what the policy says of them.

use super::Rule;
use super::support::{blind_to_code, joined, sdk_name, undetermined};
use crate::evidence::Evidence;
use crate::facts::Facts;
use crate::facts::policy::PolicyFacts;
use crate::facts::sdk::SdkFact;
use crate::knowledge::schema::Recipients;
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Verdict};
use crate::policy::Column;

pub(super) const RULE: Rule = Rule { id: "identity-data-to-third-party", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let row = facts.sources.knowledge.rule(RULE.id).and_then(|row| row.recipients.as_ref());
    let Some(recipients) = row else { return Outcome::without(Verdict::NotApplicable, Message::new("na_none")) };
    let found: Vec<_> =
        facts.disclosable_sdks().into_iter().filter_map(|sdk| Some((sdk, places(facts, sdk, recipients)?))).collect();
    if found.is_empty() {
        if let Some(reach) = blind_to_code(facts) {
            return undetermined(reach);
        }
        let takes = !facts.identity.classes.is_empty();
        let (verdict, text) = if takes { (Verdict::Pass, "pass_none") } else { (Verdict::NotApplicable, "na_none") };
        return Outcome::without(verdict, Message::new(text));
    }
    let shown = || found.iter().filter_map(|(_, places)| places.first().cloned()).collect();
    let Some(policy) = &facts.policy else {
        let message =
            Message::new("undetermined_no_policy").with("sdks", joined(found.iter().map(|(sdk, _)| sdk_name(sdk.row))));
        return Outcome::shown(Verdict::Undetermined, message, shown());
    };
    let findings = found.iter().filter_map(|(sdk, places)| {
        let (text, said) = match policy.sdk(&sdk.row.id) {
            None => ("unnamed", None),
            Some(_) if tells(facts, policy, sdk, recipients) => return None,
            Some(named) => {
                ("unlisted", policy.rows_of(&sdk.row.id).next().map(|row| row.place.clone()).or(Some(named)))
            }
        };
        let mut places = places.iter().cloned().chain(said);
        let message = Message::new(text).with("sdk", sdk_name(sdk.row));
        let finding = Finding::new(Verdict::Risk, Severity::High, Confidence::Medium, message, places.next()?);
        Some(finding.about(About::sdk(&sdk.row.id)).and(places))
    });
    Outcome::of(findings.collect(), || {
        let named = found.iter().filter_map(|(sdk, _)| policy.sdk(&sdk.row.id));
        Outcome::shown(Verdict::Pass, Message::new("pass"), named.collect())
    })
}

/// What shows that an SDK receives such data: calls by code for documents, or, where that is its purpose, whatever
/// shows the SDK.
fn places(facts: &Facts<'_>, sdk: &SdkFact<'_>, recipients: &Recipients) -> Option<Vec<Evidence>> {
    let lists = |categories: &[String]| categories.contains(&sdk.row.category);
    let by_nature = lists(&recipients.by_nature);
    let is_its = |(owner, places): (&_, &Vec<Evidence>)| {
        let row = facts.sources.owners.row(*owner).map(|(_, row)| row);
        row.filter(|row| row.id == sdk.row.id).map(|_| places.clone())
    };
    let calls = facts.identity.calls.iter().find_map(is_its);
    let calls = calls.filter(|_| by_nature || lists(&recipients.where_called));
    let known = by_nature && sdk.confidence == Confidence::High;
    calls.or_else(|| known.then(|| sdk.reasons.clone())).filter(|places| !places.is_empty())
}

/// True when the policy's row for an SDK, or, where no row tells items, the policy at all, names one of the items.
fn tells(facts: &Facts<'_>, policy: &PolicyFacts, sdk: &SdkFact<'_>, recipients: &Recipients) -> bool {
    let rows = || policy.rows_of(&sdk.row.id).filter(|row| row.columns.contains(&Column::Items));
    if rows().next().is_none() {
        let named = |id: &String| facts.sources.knowledge.item(id).and_then(|row| policy.item(row)).is_some();
        return recipients.items.iter().any(named);
    }
    rows().any(|row| row.items.iter().any(|item| recipients.items.contains(item)))
}
