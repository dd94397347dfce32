//! Permissions and items beyond what the declared app type needs.

use super::Rule;
use super::support::{is_finding_item, item_name, permission_message, places};
use crate::evidence::OwnerKind;
use crate::facts::Facts;
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Slot, Verdict};

pub(super) const RULE: Rule = Rule { id: "permission-beyond-app-type", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let Some(app_type) = facts.app_type else {
        return Outcome::without(Verdict::NotApplicable, Message::new("na_no_type"));
    };
    let name = || Slot::Both(app_type.name_zh.clone(), app_type.name_en.clone());
    let mut findings = Vec::new();
    for fact in &facts.permissions {
        let declared = &fact.declared.name;
        let guards_pi = fact.is_granted_by_user() && fact.row.is_some_and(|row| !row.pi.is_empty());
        let allowed =
            app_type.permissions_necessary.contains(declared) || app_type.permissions_feature.contains(declared);
        let key = if app_type.permissions_suspect.contains(declared) {
            "suspect"
        } else if app_type.needs_no_pi && guards_pi && !allowed {
            "no_pi_type"
        } else {
            continue;
        };
        let severity = if key == "suspect" { Severity::High } else { Severity::Medium };
        findings.push(
            Finding::new(
                Verdict::Risk,
                severity,
                Confidence::High,
                permission_message(key, fact).with("app_type", name()),
                fact.place(),
            )
            .about(About::permission(declared))
            .and(fact.uses.iter().filter_map(|(_, places)| places.first().cloned()).take(4)),
        );
    }
    for fact in &facts.pi {
        let by_app = facts.sources.owners.kind(fact.owner) == OwnerKind::App;
        if !by_app
            || !fact.is_certain()
            || !is_finding_item(facts, &fact.item)
            || app_type.necessary_pi.contains(&fact.item)
        {
            continue;
        }
        let mut evidence = places(fact);
        let Some(first) = evidence.next() else { continue };
        let message = Message::new("pi_beyond").with("item", item_name(facts, &fact.item)).with("app_type", name());
        let rest: Vec<_> = evidence.collect();
        findings.push(
            Finding::new(Verdict::Risk, Severity::Low, Confidence::Medium, message, first)
                .about(About::pi(&fact.item))
                .and(rest),
        );
    }
    Outcome::of(findings, || Outcome::without(Verdict::Pass, Message::new("pass")))
}
