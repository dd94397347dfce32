//! Lists of SDKs that leave out what must be told of each.

use super::Rule;
use super::support::{blind_to_code, joined, sdk_name, undetermined, wording};
use crate::facts::Facts;
use crate::facts::sdk_list::ListedSdk;
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Slot, Verdict};
use crate::policy::Column;

pub(super) const RULE: Rule = Rule { id: "incomplete-sdk-list", check };

/// What a row must say, with the word for it; without the first ones the user cannot know what is done.
const ASKED: [(Column, &str, Severity); 4] = [
    (Column::Purpose, "policy.column.purpose", Severity::Medium),
    (Column::Items, "policy.column.items", Severity::Medium),
    (Column::Vendor, "policy.column.vendor", Severity::Low),
    (Column::Link, "policy.column.link", Severity::Low),
];

fn check(facts: &Facts<'_>) -> Outcome {
    let Some(policy) = &facts.policy else {
        return Outcome::without(Verdict::Undetermined, Message::new("undetermined_no_policy"));
    };
    let present = facts.disclosable_sdks();
    let listed: Vec<(_, Vec<&ListedSdk>)> = present
        .iter()
        .map(|sdk| (*sdk, policy.rows_of(&sdk.row.id).collect::<Vec<_>>()))
        .filter(|(_, rows)| !rows.is_empty())
        .collect();
    if listed.is_empty() {
        // Which SDKs no row and no sentence names is another rule's matter.
        return Outcome::without(Verdict::NotApplicable, Message::new("na_no_rows"));
    }
    let findings = listed.iter().filter_map(|(sdk, rows)| {
        let says = |column| rows.iter().any(|row| row.columns.contains(&column));
        let missing: Vec<_> = ASKED.iter().filter(|(column, ..)| !says(*column)).collect();
        let severity = missing.iter().map(|(.., severity)| *severity).max()?;
        let words = joined(missing.iter().map(|(_, word, _)| Slot::from(wording(facts, word, ""))));
        let message = Message::new("missing").with("sdk", sdk_name(sdk.row)).with("columns", words);
        let mut places = rows.iter().map(|row| row.place.clone());
        // Prose elsewhere may say what the row does not.
        let finding = Finding::new(Verdict::Risk, severity, Confidence::Medium, message, places.next()?);
        Some(finding.about(About::sdk(&sdk.row.id)).and(places))
    });
    Outcome::of(findings.collect(), || {
        if let Some(reach) = blind_to_code(facts) {
            return undetermined(reach);
        }
        let places = listed.iter().flat_map(|(_, rows)| rows.iter().map(|row| row.place.clone()));
        let message = Message::new("pass").with("count", listed.len().to_string());
        Outcome::shown(Verdict::Pass, message, places.collect())
    })
}
