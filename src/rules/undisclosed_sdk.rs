//! Third-party SDKs that the policy names by none of their names.

use super::Rule;
use super::support::{blind_to_code, joined, sdk_name, undetermined};
use crate::facts::Facts;
use crate::facts::sdk::{Presence, SdkFact};
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Slot, Verdict};

pub(super) const RULE: Rule = Rule { id: "undisclosed-sdk", check };

fn vendor(sdk: &SdkFact<'_>) -> Slot {
    let zh = if sdk.vendor.vendor_zh.is_empty() { &sdk.vendor.vendor_en } else { &sdk.vendor.vendor_zh };
    let en = if sdk.vendor.vendor_en.is_empty() { &sdk.vendor.vendor_zh } else { &sdk.vendor.vendor_en };
    Slot::Both(zh.clone(), en.clone())
}

fn check(facts: &Facts<'_>) -> Outcome {
    undisclosed(facts, |_| true)
}

/// Those that `counts` chooses.
pub(super) fn undisclosed(facts: &Facts<'_>, counts: impl Fn(&SdkFact<'_>) -> bool) -> Outcome {
    let mut present = facts.disclosable_sdks();
    present.retain(|sdk| counts(sdk));
    let Some(policy) = &facts.policy else {
        return match present.len() {
            0 => blind_to_code(facts)
                .map_or_else(|| Outcome::without(Verdict::NotApplicable, Message::new("na_none")), undetermined),
            count => {
                let message = Message::new("undetermined_no_policy")
                    .with("count", count.to_string())
                    .with("sdks", joined(present.iter().map(|sdk| sdk_name(sdk.row))));
                Outcome::without(Verdict::Undetermined, message)
            }
        };
    };
    let findings: Vec<Finding> = present
        .iter()
        .filter(|sdk| policy.discloses(sdk.row).is_none())
        .filter_map(|sdk| {
            let (verdict, key) = match (sdk.confidence, sdk.presence) {
                (Confidence::High, Presence::Active | Presence::Unknown) => (Verdict::Violation, "undisclosed"),
                (Confidence::High, _) => (Verdict::Risk, "undisclosed_unused"),
                _ => (Verdict::Risk, "undisclosed_likely"),
            };
            let mut reasons = sdk.reasons.iter().cloned();
            let message = Message::new(key).with("sdk", sdk_name(sdk.row)).with("vendor", vendor(sdk));
            Some(
                Finding::new(policy.weigh(verdict), Severity::High, sdk.confidence, message, reasons.next()?)
                    .about(About::sdk(&sdk.row.id))
                    .and(reasons),
            )
        })
        .collect();
    Outcome::of(findings, || {
        if let Some(reach) = blind_to_code(facts) {
            return undetermined(reach);
        }
        match present.len() {
            0 => Outcome::without(Verdict::NotApplicable, Message::new("na_none")),
            count => Outcome::shown(
                Verdict::Pass,
                Message::new("pass").with("count", count.to_string()),
                present.iter().filter_map(|sdk| policy.discloses(sdk.row)).collect(),
            ),
        }
    })
}
