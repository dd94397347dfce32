//! What the rules on the interface share: a surface that is there, or whose absence was searched for.

use super::support::{absent, blind_to_texts, has_network, undetermined};
use crate::evidence::Evidence;
use crate::facts::Facts;
use crate::facts::ui::text_of;
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Verdict};

/// Most places shown of one surface.
const MAX_PLACES: usize = 4;

/// Most characters of a text that a sentence quotes.
const QUOTED_CHARS: usize = 80;

/// A surface that an app in scope must offer.
pub(super) struct Required<'s> {
    /// Id of `surfaces.toml`.
    pub(super) surface: &'s str,
    /// Why the app is in scope; none = it is not.
    pub(super) scope: Vec<Evidence>,
    /// Where the policy describes the way instead.
    pub(super) in_policy: Option<Evidence>,
    /// How bad its absence is.
    pub(super) severity: Severity,
}

/// Ends with a risk where nothing is found, and says what was searched. What screens made elsewhere show is not
/// in the package: then nobody can tell.
pub(super) fn required(facts: &Facts<'_>, wanted: Required<'_>) -> Outcome {
    let places = facts.ui.surfaces.of(wanted.surface);
    if !places.is_empty() {
        return Outcome::shown(Verdict::Pass, Message::new("pass"), places.iter().take(MAX_PLACES).cloned().collect());
    }
    if let Some(place) = wanted.in_policy {
        return Outcome::shown(Verdict::Pass, Message::new("pass_policy"), vec![place]);
    }
    let scope = (!wanted.scope.is_empty()).then_some(wanted.scope);
    let grade = if has_network(facts) { Grade::missing(wanted.severity) } else { Grade::OFFLINE };
    absent_surface(facts, wanted.surface, scope, grade)
}

/// How the absence of something is told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grade {
    /// The rule's text.
    pub(super) key: &'static str,
    /// How bad it is.
    pub(super) severity: Severity,
    /// How sure it is that the duty is there.
    pub(super) confidence: Confidence,
}

impl Grade {
    /// Of an app that does not ask for the network: what never leaves the device is not collected (GB/T 35273-2020,
    /// 3.5), so what the user must be offered on its account is hard to demand.
    pub(super) const OFFLINE: Self = Self { key: "offline", severity: Severity::Low, confidence: Confidence::Low };

    /// Of any other app.
    pub(super) fn missing(severity: Severity) -> Self {
        Self { key: "missing", severity, confidence: Confidence::Medium }
    }
}

/// The end of a rule whose surface was found nowhere; `scope` says why the app must offer it, `None` that it need
/// not.
pub(super) fn absence(facts: &Facts<'_>, id: &str, scope: Option<Vec<Evidence>>, severity: Severity) -> Outcome {
    absent_surface(facts, id, scope, Grade::missing(severity))
}

fn absent_surface(facts: &Facts<'_>, id: &str, scope: Option<Vec<Evidence>>, grade: Grade) -> Outcome {
    if let Some(reach) = blind_to_texts(facts) {
        return undetermined(reach);
    }
    let Some(scope) = scope else { return Outcome::without(Verdict::NotApplicable, Message::new("na_scope")) };
    if facts.reach.has_remote_ui() {
        return Outcome::shown(Verdict::Undetermined, Message::new("undetermined_remote"), remote_places(facts));
    }
    let message = Message::new(grade.key);
    let finding = Finding::new(Verdict::Risk, grade.severity, grade.confidence, message, absent(facts));
    Outcome::found(finding.about(surface(id)).and(scope.into_iter().take(MAX_PLACES)))
}

/// Texts that must not be there, as one finding told by the rule's text `key`.
pub(super) fn offending(
    facts: &Facts<'_>,
    id: &str,
    key: &'static str,
    verdict: Verdict,
    severity: Severity,
) -> Vec<Finding> {
    told(id, key, (verdict, severity), facts.ui.surfaces.of(id).to_vec())
}

/// Texts at some places as one finding told by the rule's text `key`.
pub(super) fn told(id: &str, key: &'static str, grade: (Verdict, Severity), places: Vec<Evidence>) -> Vec<Finding> {
    let mut places = places.into_iter().take(MAX_PLACES);
    let Some(first) = places.next() else { return Vec::new() };
    let message = Message::new(key).with("text", shortened(&text_of(&first)));
    let (verdict, severity) = grade;
    vec![Finding::new(verdict, severity, Confidence::Medium, message, first).about(surface(id)).and(places)]
}

/// Boxes ticked beforehand whose text shows a term, as one finding told by the rule's text `ticked`.
pub(super) fn ticked(facts: &Facts<'_>, term: &str, id: &str, severity: Severity) -> Option<Finding> {
    let mut ticks: Vec<_> = facts.ticks.iter().filter(|tick| facts.lexicon.shows(term, &tick.text)).collect();
    ticks.sort_by_key(|tick| !tick.is_own_text);
    let first = ticks.first()?;
    // Without a text of its own, another box of the layout may be the one that is meant.
    let (verdict, confidence) =
        if first.is_own_text { (Verdict::Violation, Confidence::High) } else { (Verdict::Risk, Confidence::Medium) };
    let message = Message::new("ticked").with("text", shortened(&first.text));
    let finding = Finding::new(verdict, severity, confidence, message, first.evidence.clone()).about(surface(id));
    Some(finding.and(ticks.iter().skip(1).take(MAX_PLACES).map(|tick| tick.evidence.clone())))
}

/// The end of a rule that looked for texts and found none.
pub(super) fn clean(facts: &Facts<'_>) -> Outcome {
    blind_to_texts(facts)
        .map_or_else(|| Outcome::shown(Verdict::Pass, Message::new("pass"), vec![absent(facts)]), undetermined)
}

/// As much of a text as a sentence quotes.
fn shortened(text: &str) -> String {
    text.chars().take(QUOTED_CHARS).collect()
}

/// Where web pages and scripts make screens.
pub(super) fn remote_places(facts: &Facts<'_>) -> Vec<Evidence> {
    facts.reach.remote_ui().flat_map(|sign| sign.places.iter().take(2).cloned()).take(MAX_PLACES).collect()
}

/// About a surface.
pub(super) fn surface(id: &str) -> About {
    About { surface: Some(id.to_owned()), ..About::default() }
}
