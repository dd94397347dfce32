//! Components that hand personal information to any other app.

use std::collections::BTreeSet;

use super::Rule;
use super::support::{MAX_EVIDENCE, blind_to_code, is_finding_item, item_name, joined, undetermined};
use crate::evidence::Evidence;
use crate::facts::Facts;
use crate::facts::exposure::{ExposureFact, exported_providers};
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "exposed-personal-information-provider", check };

fn check(facts: &Facts<'_>) -> Outcome {
    if exported_providers(facts.sources.app).next().is_none() {
        return Outcome::without(Verdict::NotApplicable, Message::new("na_none"));
    }
    // What one provider gives away alike is one finding.
    let mut groups: Vec<Vec<&ExposureFact<'_>>> = Vec::new();
    for exposure in facts.exposures.iter().filter(|exposure| is_finding_item(facts, &exposure.item)) {
        let alike = |group: &&mut Vec<&ExposureFact<'_>>| {
            group
                .iter()
                .any(|other| other.component.name == exposure.component.name && other.is_direct == exposure.is_direct)
        };
        match groups.iter_mut().find(alike) {
            Some(group) => group.push(exposure),
            None => groups.push(vec![exposure]),
        }
    }
    Outcome::of(groups.iter().filter_map(|group| finding(facts, group)).collect(), || {
        blind_to_code(facts).map_or_else(|| Outcome::without(Verdict::Pass, Message::new("pass")), undetermined)
    })
}

fn finding(facts: &Facts<'_>, exposures: &[&ExposureFact<'_>]) -> Option<Finding> {
    let exposure = exposures.first()?;
    let component = exposure.component;
    let items: BTreeSet<&str> = exposures.iter().map(|exposure| exposure.item.as_str()).collect();
    // What a helper takes need not be what the provider answers.
    let (verdict, severity, confidence, key) = if exposure.is_direct {
        (Verdict::Violation, Severity::High, Confidence::Medium, "exposed")
    } else {
        (Verdict::Risk, Severity::Medium, Confidence::Low, "exposed_component")
    };
    let names = joined(items.iter().map(|item| item_name(facts, item)));
    let message = Message::new(key).with("component", component.name.as_str()).with("item", names);
    let place = component.place();
    let about = About {
        pi: Some(items.into_iter().collect::<Vec<_>>().join(",")),
        component: Some(component.name.clone()),
        ..About::default()
    };
    let places = exposures.iter().flat_map(|exposure| exposure.places.iter().take(1)).chain(&exposure.places);
    let mut shown: Vec<Evidence> = Vec::new();
    for place in places {
        if shown.len() < MAX_EVIDENCE && !shown.contains(place) {
            shown.push(place.clone());
        }
    }
    Some(Finding::new(verdict, severity, confidence, message, place).about(about).and(shown))
}
