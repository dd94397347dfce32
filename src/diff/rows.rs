//! Comparisons as lines of words, which the forms lay out.

use super::{Changed, Diff, Item};
use crate::report::names::Names;

/// A line of a section.
pub(super) struct Row {
    /// `+`, `-` or `~`.
    pub(super) sign: char,
    /// What it is called, with the verdict and severity of findings.
    pub(super) name: String,
    /// Its id, where the name does not hold it.
    pub(super) id: String,
    /// What matters of it.
    pub(super) detail: String,
}

/// A section in words.
pub(super) struct Part {
    /// Title with counts.
    pub(super) title: String,
    /// Lines: what came, changed, went.
    pub(super) rows: Vec<Row>,
}

/// The sections that hold something.
pub(super) fn parts(diff: &Diff, names: Names<'_>) -> Vec<Part> {
    diff.sections()
        .into_iter()
        .filter(|(_, section)| !section.is_empty())
        .map(|(title, section)| {
            let mut rows: Vec<Row> = section.added.iter().map(|item| row('+', item, names)).collect();
            rows.extend(section.changed.iter().map(|changed| changed_row(changed, names)));
            rows.extend(section.removed.iter().map(|item| row('-', item, names)));
            let counts = [("+", section.added.len()), ("~", section.changed.len()), ("-", section.removed.len())];
            let counts: Vec<String> =
                counts.iter().filter(|(_, count)| *count > 0).map(|(sign, count)| format!("{sign}{count}")).collect();
            Part { title: format!("{} {}", names.say(title), counts.join(" ")), rows }
        })
        .collect()
}

fn name(item: &Item, names: Names<'_>) -> String {
    match (item.verdict, item.severity) {
        (Some(verdict), Some(severity)) => {
            format!("[{} {}] {}", names.verdict(verdict), names.severity(severity), item.name)
        }
        _ => item.name.clone(),
    }
}

fn row(sign: char, item: &Item, names: Names<'_>) -> Row {
    let facts =
        item.facts.iter().map(|(property, value)| format!("{} {value}", names.say(&format!("diff.{property}"))));
    let id = if item.id == item.name { String::new() } else { item.id.clone() };
    Row { sign, name: name(item, names), id, detail: facts.collect::<Vec<_>>().join(" · ") }
}

fn changed_row(changed: &Changed, names: Names<'_>) -> Row {
    let or_none = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
    let changes = changed.changes.iter().map(|change| {
        let property = names.say(&format!("diff.{}", change.property));
        format!("{property} {} → {}", or_none(&change.old), or_none(&change.new))
    });
    let mut shown = row('~', &changed.item, names);
    // Whose it is still matters.
    let owner = changed.item.facts.iter().find(|(property, _)| *property == "owner");
    let owner = owner.filter(|_| !changed.changes.iter().any(|change| change.property == "owner"));
    let owner = owner.map(|(property, value)| format!("{} {value}", names.say(&format!("diff.{property}"))));
    shown.detail = owner.into_iter().chain(changes).collect::<Vec<_>>().join(" · ");
    shown
}

/// The two versions in a line each, and what to keep in mind.
pub(super) fn head(diff: &Diff, names: Names<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for (id, side) in [("diff.old", &diff.old), ("diff.new", &diff.new)] {
        lines.push(format!(
            "{}  {} {} ({})  {}  SHA-256 {}",
            names.say(id),
            side.package,
            side.version_name,
            side.version_code,
            side.path,
            side.sha256.get(..16).unwrap_or(&side.sha256)
        ));
    }
    lines.extend(diff.caveats.iter().map(|id| format!("! {}", names.say(id))));
    if diff.sections().iter().all(|(_, section)| section.is_empty()) {
        lines.push(names.say("diff.none"));
    }
    lines
}
