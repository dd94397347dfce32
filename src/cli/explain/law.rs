//! Rules, clauses and documents.

use serde_json::{Value, json};

use super::{Page, explanation};
use crate::knowledge::schema::{ClauseRow, InstrumentRow, RuleRow};
use crate::report::coverage::{self, Coverage};
use crate::report::names::{Names, cite};
use crate::report::text::blanked;

/// A rule's own texts with its placeholders left open, its samples and its clauses.
pub(super) fn rule(row: &RuleRow, names: Names<'_>) -> String {
    let mut page = Page::new(names, names.lang.pick(&row.title.zh, &row.title.en), &row.id);
    for (heading, text) in row.parts() {
        page.part(heading, &blanked(names.lang.pick(&text.zh, &text.en)));
    }
    page.samples(&row.sample, (&row.id, ""));
    page.clauses(names.knowledge.clauses_of(&row.id).into_iter());
    let profiles = names.knowledge.profiles().iter().filter(|profile| profile.rules.contains(&row.id));
    page.part("explain.profiles", &names.list(profiles.map(|profile| profile.id.clone())));
    page.out
}

pub(super) fn rule_json(row: &RuleRow, names: Names<'_>) -> Value {
    let clauses = names.knowledge.clauses_of(&row.id);
    json!({ "kind": "rule", "rule": row, "clauses": clauses.iter().map(|(_, clause)| clause).collect::<Vec<_>>() })
}

/// A clause: what it says, whether it is in force, which rules decide it and what is left to a person.
pub(super) fn clause(instrument: &InstrumentRow, row: &ClauseRow, names: Names<'_>) -> String {
    let lang = names.lang;
    let knowledge = names.knowledge;
    let mut page = Page::new(names, lang.pick(&row.title_zh, &row.title_en), &row.id);
    let cited = cite(&instrument.title_zh, &row.clause_no);
    page.part("table.instrument", &format!("{cited} {}", instrument.number));
    page.part("table.standing", &standing(instrument, names));
    match row.quotable() {
        Some(text) => page.part("explain.text", &format!("“{text}”")),
        None => page.part("explain.gist", &row.text_zh),
    }
    let coverage = names.say(&format!("coverage.{}", Coverage::of(row).as_str()));
    let decidable = names.say(&format!("decidable.{}", row.decidable));
    page.part("table.coverage", &format!("{coverage} ({decidable})"));
    let rules = row.rules.iter().filter_map(|id| knowledge.rule(id)).map(|rule| {
        let (title, how) = (&rule.title, &rule.how);
        format!("{}  {}\n{}", rule.id, lang.pick(&title.zh, &title.en), lang.pick(&how.zh, &how.en))
    });
    page.part("table.rules", &rules.collect::<Vec<_>>().join("\n"));
    page.part("table.by_hand", coverage::by_hand(row, names));
    // Rules that differ only in what they look for share their cure.
    let mut fixes: Vec<String> = Vec::new();
    for rule in row.rules.iter().filter_map(|id| knowledge.rule(id)) {
        let fix = blanked(lang.pick(&rule.fix.zh, &rule.fix.en));
        if !fixes.contains(&fix) {
            fixes.push(fix);
        }
    }
    page.part("rule.fix", &fixes.join("\n"));
    if let Some(kind) = explanation(knowledge, "clause") {
        page.text("rule.blind_spots", &kind.blind_spots);
    }
    let related = row.see.iter().map(|id| format!("{id}  {}", names.clause(id)));
    page.part("explain.see", &related.collect::<Vec<_>>().join("\n"));
    page.out
}

pub(super) fn clause_json(instrument: &InstrumentRow, row: &ClauseRow, names: Names<'_>) -> Value {
    let (coverage, by_hand) = (Coverage::of(row).as_str(), coverage::by_hand(row, names));
    json!({ "kind": "clause", "clause": row, "instrument": instrument, "coverage": coverage, "by_hand": by_hand })
}

/// A document with its clauses.
pub(super) fn document(row: &InstrumentRow, names: Names<'_>) -> String {
    let mut page = Page::new(names, names.lang.pick(&row.title_zh, &row.title_en), &row.id);
    page.part("explain.issuer", &format!("{}  {}", row.issuer, row.number));
    page.part("table.standing", &standing(row, names));
    page.part("explain.address", &row.url);
    let clauses = |row: &InstrumentRow| {
        let file = names.knowledge.regulations().iter().find(|file| file.instrument.id == row.id);
        file.map(|file| file.clause.as_slice()).unwrap_or_default()
    };
    page.clauses(clauses(row).iter().map(|clause| (row, clause)));
    page.out
}

pub(super) fn document_json(row: &InstrumentRow, names: Names<'_>) -> Value {
    let file = names.knowledge.regulations().iter().find(|file| file.instrument.id == row.id);
    json!({ "kind": "document", "instrument": row, "clauses": file.map(|file| &file.clause) })
}

/// Whether a document is in force, and since when.
fn standing(row: &InstrumentRow, names: Names<'_>) -> String {
    let mut out = names.say(&format!("standing.{}", row.state));
    for (id, date) in [("explain.issued", &row.date_issued), ("explain.effective", &row.date_effective)] {
        if !date.is_empty() {
            out.push_str(&format!(" · {} {date}", names.say(id)));
        }
    }
    out
}
