//! Advertisements that open when the device is shaken.

use super::Rule;
use super::support::{places, sdk_name};
use super::surfaces::{clean, offending};
use crate::facts::Facts;
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Verdict};

/// Category of SDKs that show advertisements.
const ADS: &str = "ads";
/// Item that motion sensors yield.
const SENSOR: &str = "sensor";

pub(super) const RULE: Rule = Rule { id: "shake-to-open-advertisement", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let findings = facts.pi.iter().filter(|fact| fact.item == SENSOR && fact.is_certain()).filter_map(|fact| {
        let (_, row) = facts.sources.owners.row(fact.owner).filter(|(_, row)| row.category == ADS)?;
        let mut shown = places(fact);
        let message = Message::new("sensor").with("sdk", sdk_name(row));
        let texts = facts.ui.surfaces.of("shake").iter().take(2).cloned();
        let finding = Finding::new(Verdict::Risk, Severity::Low, Confidence::Low, message, shown.next()?);
        Some(finding.about(About::sdk(&row.id)).and(shown.take(2)).and(texts))
    });
    let mut findings: Vec<Finding> = findings.collect();
    let shows_ads = facts.disclosable_sdks().iter().any(|sdk| sdk.row.category == ADS);
    if findings.is_empty() && shows_ads {
        findings = offending(facts, "shake", "text", Verdict::Risk, Severity::Medium);
    }
    Outcome::of(findings, || match shows_ads {
        true => clean(facts),
        false => Outcome::without(Verdict::NotApplicable, Message::new("na_no_ads")),
    })
}
