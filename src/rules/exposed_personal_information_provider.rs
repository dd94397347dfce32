//! Components that hand personal information to any other app.

use super::Rule;
use super::support::{blind_to_code, is_finding_item, item_name, undetermined};
use crate::app::manifest::{Component, ComponentKind};
use crate::evidence::{Evidence, OwnerKind};
use crate::facts::Facts;
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "exposed-personal-information-provider", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let app = facts.sources.app;
    let exported: Vec<&Component> = app
        .components
        .iter()
        .filter(|component| component.kind == ComponentKind::Provider && component.exported && component.enabled)
        .collect();
    if exported.is_empty() {
        return Outcome::without(Verdict::NotApplicable, Message::new("na_none"));
    }
    let mut findings = Vec::new();
    for provider in exported.into_iter().filter(|provider| !is_guarded(facts, provider)) {
        let Some(class) = facts.sources.program.find_dotted(&provider.name) else { continue };
        let place = Evidence::Manifest {
            package: String::new(),
            element: "provider".into(),
            name: provider.name.clone(),
            line: provider.line,
        };
        for fact in facts.pi.iter().filter(|fact| {
            is_finding_item(facts, &fact.item) && facts.sources.owners.kind(fact.owner) != OwnerKind::Library
        }) {
            let inside: Vec<_> = fact
                .accesses
                .iter()
                .filter(|access| {
                    access.certain
                        && access
                            .body
                            .and_then(|body| facts.sources.program.body(body))
                            .is_some_and(|body| body.class == class)
                })
                .collect();
            if inside.is_empty() {
                continue;
            }
            let message = Message::new("exposed")
                .with("component", provider.name.as_str())
                .with("item", item_name(facts, &fact.item));
            let about =
                About { pi: Some(fact.item.clone()), component: Some(provider.name.clone()), ..About::default() };
            findings.push(
                Finding::new(Verdict::Violation, Severity::High, Confidence::Medium, message, place.clone())
                    .about(about)
                    .and(inside.iter().take(4).map(|access| access.evidence.clone())),
            );
        }
    }
    Outcome::of(findings, || {
        blind_to_code(facts).map_or_else(|| Outcome::without(Verdict::Pass, Message::new("pass")), undetermined)
    })
}

/// True when only apps of the same signer, or holders of a permission that others must ask for, can read.
fn is_guarded(facts: &Facts<'_>, provider: &Component) -> bool {
    let permission = if provider.read_permission.is_empty() { &provider.permission } else { &provider.read_permission };
    if permission.is_empty() {
        return false;
    }
    // A permission of level normal is granted to whoever asks.
    facts
        .sources
        .app
        .declared_permissions
        .iter()
        .find(|declared| declared.name == *permission)
        .is_none_or(|declared| declared.protection_level & 0xf != 0)
}
