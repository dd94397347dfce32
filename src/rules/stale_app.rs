//! Apps of schools that were not updated for more than half a year.

use super::Rule;
use crate::evidence::Evidence;
use crate::facts::{AS_OF, Facts};
use crate::outcome::{Confidence, Finding, Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "stale-app", check };

/// Half a year.
const MONTHS: u16 = 6;

fn check(facts: &Facts<'_>) -> Outcome {
    let today = facts.as_of.date;
    let declared = facts.metadata.and_then(|metadata| {
        Some((metadata.updated()?, metadata.evidence("updated")?, "stale", "pass", Confidence::High))
    });
    // The package cannot be younger in the store than its youngest entry is old, but may have been made long before.
    let packed = facts.sources.app.youngest.as_ref().map(|(day, entry)| {
        let place = Evidence::Asset { path: entry.clone(), text: day.to_string() };
        (*day, place, "stale_package", "pass_package", Confidence::Low)
    });
    let Some((day, place, stale, pass, confidence)) = declared.or(packed).filter(|(day, ..)| *day <= today) else {
        return Outcome::without(Verdict::Undetermined, Message::new("undetermined").with(AS_OF, today.to_string()));
    };
    let message = |key: &'static str| Message::new(key).with("day", day.to_string()).with(AS_OF, today.to_string());
    if day < today.months_before(MONTHS) {
        return Outcome::found(Finding::new(Verdict::Risk, Severity::Medium, confidence, message(stale), place));
    }
    Outcome::shown(Verdict::Pass, message(pass), vec![place])
}
