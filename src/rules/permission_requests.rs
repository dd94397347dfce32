//! What the rules on permission requests share: which requests count, and one finding for one place.

use std::collections::BTreeMap;

use super::support::{joined, permission_label};
use crate::evidence::Evidence;
use crate::facts::Facts;
use crate::facts::permission_request::RequestFact;
use crate::knowledge::schema::PermissionKind;
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Slot, Verdict};

/// Most further places that one finding shows.
const MAX_PLACES: usize = 5;

/// Permissions of a request that the manifest declares, that the user must grant and that guard personal information:
/// Android refuses undeclared ones without asking.
pub(super) fn guarded<'f>(facts: &'f Facts<'_>, request: &'f RequestFact) -> impl Iterator<Item = &'f str> {
    let is_declared = |name: &str| facts.permissions.iter().any(|fact| fact.declared.name == name);
    request.permissions.iter().map(String::as_str).filter(move |name| {
        is_declared(name)
            && facts.sources.knowledge.permission(name).is_some_and(|row| {
                matches!(row.kind, PermissionKind::Runtime | PermissionKind::Special) && !row.pi.is_empty()
            })
    })
}

/// The end of a rule when what such requests ask for cannot be read: it may be any permission.
pub(super) fn unread(facts: &Facts<'_>, concerns: impl Fn(&RequestFact) -> bool) -> Option<Outcome> {
    let requests = facts.requests.requests.iter();
    let places = requests.filter(|request| request.permissions.is_empty() && concerns(request));
    let places: Vec<Evidence> = places.flat_map(RequestFact::places).take(MAX_PLACES).collect();
    (!places.is_empty()).then(|| Outcome::shown(Verdict::Undetermined, Message::new("unread"), places))
}

/// Chinese and English label of a permission.
pub(super) fn label(facts: &Facts<'_>, name: &str) -> Slot {
    permission_label(facts.sources.knowledge.permission(name), name)
}

/// A message about several permissions.
pub(super) fn permissions_message(facts: &Facts<'_>, key: &'static str, names: &[&str]) -> Message {
    Message::new(key)
        .with("permission", joined(names.iter().map(|name| Slot::Text((*name).to_owned()))))
        .with("label", joined(names.iter().map(|name| label(facts, name))))
}

/// Permissions with the places that ask for them.
pub(super) type Asked<'n> = BTreeMap<&'n str, Vec<Evidence>>;

/// One finding for all permissions that the same places ask for.
pub(super) fn by_places(
    facts: &Facts<'_>,
    asked: Asked<'_>,
    key: &'static str,
    grade: (Verdict, Severity, Confidence),
) -> Vec<Finding> {
    let mut groups: Vec<(Vec<&str>, Vec<Evidence>)> = Vec::new();
    for (name, places) in asked {
        match groups.iter_mut().find(|(_, known)| *known == places) {
            Some((names, _)) => names.push(name),
            None => groups.push((vec![name], places)),
        }
    }
    let finding = |(names, places): (Vec<&str>, Vec<Evidence>)| {
        let mut places = places.into_iter();
        let message = permissions_message(facts, key, &names);
        let (verdict, severity, confidence) = grade;
        let finding = Finding::new(verdict, severity, confidence, message, places.next()?);
        Some(finding.about(About::permission(&names.join(","))).and(places.take(MAX_PLACES)))
    };
    groups.into_iter().filter_map(finding).collect()
}
