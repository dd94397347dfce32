//! The table of a run: a row an input, a column a rule.

use std::collections::BTreeSet;

use super::Record;
use crate::knowledge::Knowledge;
use crate::outcome::Verdict;
use crate::report::Lang;
use crate::report::names::Names;
use crate::report::table::csv;

/// Columns before those of the rules.
const BEFORE: [&str; 14] = [
    "path",
    "sha256",
    "package",
    "version_name",
    "version_code",
    "signer",
    "signer_sha256",
    "violation",
    "risk",
    "undetermined",
    "pass",
    "not_applicable",
    "sdks",
    "unknown",
];
/// Columns after those of the rules.
const AFTER: [&str; 5] = ["limits", "seconds", "report", "same_as", "error"];

/// RFC 4180 with a byte order mark, without which Excel takes UTF-8 for the system's code page.
pub(super) fn render(records: &[Record], knowledge: &Knowledge, lang: Lang) -> String {
    let names = Names { knowledge, lang };
    let rules = rules(records);
    let mut headings: Vec<String> = BEFORE.iter().map(|id| names.say(&format!("batch.column.{id}"))).collect();
    headings.extend(rules.iter().map(|rule| (*rule).to_owned()));
    headings.extend(AFTER.iter().map(|id| names.say(&format!("batch.column.{id}"))));
    let rows: Vec<Vec<String>> = records.iter().map(|record| row(record, &rules, names)).collect();
    format!("\u{feff}{}", csv(&headings, &rows))
}

/// The rules that ran, over all apps.
pub(super) fn rules(records: &[Record]) -> BTreeSet<&str> {
    records
        .iter()
        .filter_map(|record| record.app.as_ref())
        .flat_map(|app| app.verdicts.keys().map(String::as_str))
        .collect()
}

fn row(record: &Record, rules: &BTreeSet<&str>, names: Names<'_>) -> Vec<String> {
    let mut row = vec![record.path.clone(), record.sha256.clone()];
    match &record.app {
        Some(app) => {
            row.extend([app.package.clone(), app.version_name.clone(), app.version_code.to_string()]);
            row.extend([app.signer.0.clone(), app.signer.1.clone()]);
            row.extend(Verdict::ALL.map(|verdict| app.count(verdict).to_string()));
            row.extend([app.sdks.len().to_string(), app.unknown_percent.to_string()]);
            row.extend(
                rules.iter().map(|rule| app.verdicts.get(*rule).map(|end| names.verdict(*end)).unwrap_or_default()),
            );
            row.push(app.limits.iter().map(|id| limit(id, names)).collect::<Vec<_>>().join("; "));
        }
        // Nothing is known of an input that could not be read; zeros would say otherwise.
        None => {
            let empty = BEFORE.len().saturating_sub(row.len()).saturating_add(rules.len()).saturating_add(1);
            row.extend(std::iter::repeat_n(String::new(), empty));
        }
    }
    row.push(if record.same_as.is_empty() { format!("{:.2}", record.seconds) } else { String::new() });
    row.extend([record.report.clone(), record.same_as.clone(), record.error.clone()]);
    row
}

/// What hides behaviour, by its id in the signatures or the wording.
pub(super) fn limit(id: &str, names: Names<'_>) -> String {
    let (knowledge, lang) = (names.knowledge, names.lang);
    let packer = knowledge.packers().iter().find(|row| row.id == id).map(|row| lang.pick(&row.name_zh, &row.name_en));
    let sign = || knowledge.reach().iter().find(|row| row.id == id).map(|row| lang.pick(&row.name_zh, &row.name_en));
    match packer.or_else(sign) {
        Some(name) => name.to_owned(),
        None => names.say(&format!("batch.limit.{id}")),
    }
}
