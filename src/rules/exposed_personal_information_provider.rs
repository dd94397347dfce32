//! Components that hand personal information to any other app.

use super::Rule;
use super::support::{blind_to_code, is_finding_item, item_name, undetermined};
use crate::evidence::Evidence;
use crate::facts::Facts;
use crate::facts::exposure::{ExposureFact, exported_providers};
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "exposed-personal-information-provider", check };

fn check(facts: &Facts<'_>) -> Outcome {
    if exported_providers(facts.sources.app).next().is_none() {
        return Outcome::without(Verdict::NotApplicable, Message::new("na_none"));
    }
    let exposures = facts.exposures.iter().filter(|exposure| is_finding_item(facts, &exposure.item));
    Outcome::of(exposures.map(|exposure| finding(facts, exposure)).collect(), || {
        blind_to_code(facts).map_or_else(|| Outcome::without(Verdict::Pass, Message::new("pass")), undetermined)
    })
}

fn finding(facts: &Facts<'_>, exposure: &ExposureFact<'_>) -> Finding {
    let component = exposure.component;
    // What a helper takes need not be what the provider answers.
    let (verdict, severity, confidence, key) = if exposure.is_direct {
        (Verdict::Violation, Severity::High, Confidence::Medium, "exposed")
    } else {
        (Verdict::Risk, Severity::Medium, Confidence::Low, "exposed_component")
    };
    let message =
        Message::new(key).with("component", component.name.as_str()).with("item", item_name(facts, &exposure.item));
    let place = Evidence::Manifest {
        package: String::new(),
        element: "provider".into(),
        name: component.name.clone(),
        line: component.line,
    };
    let about = About { pi: Some(exposure.item.clone()), component: Some(component.name.clone()), ..About::default() };
    Finding::new(verdict, severity, confidence, message, place).about(about).and(exposure.places.iter().cloned())
}
