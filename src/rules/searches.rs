//! Rules that their rows decide: signs that an app of their kind must show, or must not.

use super::Rule;
use super::signs::{Sign, shown};
use super::support::{absent, blind_to_texts, undetermined};
use super::surfaces::{absence, remote_places};
use crate::evidence::Evidence;
use crate::facts::Facts;
use crate::knowledge::schema::{Search, SearchKind};
use crate::outcome::{Confidence, Finding, Message, Outcome, Severity, Verdict};

macro_rules! rules {
    ($($name:ident = $id:literal,)*) => {
        $(pub(super) const $name: Rule = Rule { id: $id, check: |facts| check(facts, $id) };)*
    };
}

rules! {
    ADVERTISEMENT_CLOSABLE_AFTER_COUNTDOWN = "advertisement-closable-after-countdown",
    BASIC_DATA_DESPITE_SINGLE_SIGN_ON = "basic-data-despite-single-sign-on",
    CONTACTS_IN_FINANCE_APP = "contacts-in-finance-app",
    FACE_DATA_ON_CAMPUS = "face-data-on-campus",
    FACE_EDIT_WITHOUT_NOTICE = "face-edit-without-notice",
    FORBIDDEN_CREDIT_DATA = "forbidden-credit-data",
    GUEST_PLAY = "guest-play",
    IDENTITY_DOCUMENT_WITHOUT_SEPARATE_CONSENT = "identity-document-without-separate-consent",
    MISSING_AGE_RATING = "missing-age-rating",
    MISSING_CHILDREN_RULES = "missing-children-rules",
    MISSING_CORRECTION = "missing-correction",
    MISSING_DATA_COPY = "missing-data-copy",
    MISSING_GUARDIAN_CONSENT = "missing-guardian-consent",
    MISSING_IDENTITY_VERIFICATION = "missing-identity-verification",
    MISSING_MINORS_MODE = "missing-minors-mode",
    MISSING_PLAY_TIME_LIMIT = "missing-play-time-limit",
    MISSING_REAL_NAME_CHECK = "missing-real-name-check",
    MISSING_SPENDING_LIMIT = "missing-spending-limit",
    MISSING_SYNTHETIC_CONTENT_LABEL = "missing-synthetic-content-label",
    OUTDATED_PLAY_TIME_LIMIT = "outdated-play-time-limit",
}

/// Decides a rule by its row.
pub(super) fn check(facts: &Facts<'_>, id: &str) -> Outcome {
    let row = facts.sources.knowledge.rule(id).and_then(|row| row.search.as_ref());
    let Some(search) = row else { return Outcome::without(Verdict::NotApplicable, Message::new("na_scope")) };
    let severity = Severity::named(&search.severity).unwrap_or(Severity::Medium);
    let signs = shown(facts, &search.signs);
    match search.kind {
        SearchKind::Missing => missing(facts, search, &signs, scope(facts, search, id), severity),
        SearchKind::Found => found(facts, search, signs, scope(facts, search, id), severity),
    }
}

/// Why the app is in scope: the profile alone where the row asks for no more; `None` when it is not.
fn scope(facts: &Facts<'_>, search: &Search, id: &str) -> Option<Vec<Evidence>> {
    if search.needs_account && !facts.ui.has_account() {
        return None;
    }
    if search.scope.is_empty() {
        return facts.profile.rules.iter().any(|rule| rule == id).then(Vec::new);
    }
    let mut out = Vec::new();
    for signs in &search.scope {
        let places: Vec<Evidence> = shown(facts, signs).into_iter().flat_map(|sign| sign.places).collect();
        if places.is_empty() {
            return None;
        }
        out.extend(places.into_iter().take(2));
    }
    Some(out)
}

fn missing(
    facts: &Facts<'_>,
    search: &Search,
    signs: &[Sign],
    scope: Option<Vec<Evidence>>,
    severity: Severity,
) -> Outcome {
    let places: Vec<Evidence> = signs.iter().flat_map(|sign| sign.places.iter().cloned()).collect();
    if !places.is_empty() && scope.is_some() {
        return Outcome::shown(Verdict::Pass, Message::new("pass"), places);
    }
    if search.needs_policy && scope.is_some() && facts.policy.is_none() {
        return Outcome::without(Verdict::Undetermined, Message::new("undetermined_no_policy"));
    }
    absence(facts, &search.surface, scope, severity)
}

fn found(
    facts: &Facts<'_>,
    search: &Search,
    signs: Vec<Sign>,
    scope: Option<Vec<Evidence>>,
    severity: Severity,
) -> Outcome {
    let Some(scope) = scope else {
        return blind_to_texts(facts)
            .map_or_else(|| Outcome::without(Verdict::NotApplicable, Message::new("na_scope")), undetermined);
    };
    let findings = signs.into_iter().filter_map(|sign| {
        let mut places = sign.places.into_iter();
        let message = Message::new("found").with("what", sign.name);
        let finding = Finding::new(Verdict::Risk, severity, Confidence::Medium, message, places.next()?);
        Some(finding.about(sign.about).and(places).and(scope.iter().take(2).cloned()))
    });
    Outcome::of(findings.collect(), || {
        if let Some(reach) = blind_to_texts(facts) {
            return undetermined(reach);
        }
        // What an engine draws is in no text of the package.
        if !search.signs.surfaces.is_empty() && facts.reach.hybrids().next().is_some() {
            return Outcome::shown(Verdict::Undetermined, Message::new("undetermined_remote"), remote_places(facts));
        }
        Outcome::shown(Verdict::Pass, Message::new("pass"), vec![absent(facts)])
    })
}
