//! `clauses`: the clauses of the law with their rules, and how far each is decided.

use serde_json::json;

use super::Failure;
use super::args::{ClausesArgs, TableFormat};
use super::lists::{print, print_json, say, table};
use crate::error::Error;
use crate::knowledge::Knowledge;
use crate::report::Lang;
use crate::report::coverage::{self, Clause, Coverage};
use crate::report::names::Names;
use crate::report::table::{csv, markdown};

pub(super) fn run(args: &ClausesArgs, knowledge: &Knowledge, lang: Lang) -> Result<u8, Failure> {
    let names = Names { knowledge, lang };
    let profile = args.profile.as_deref().map(|name| knowledge.profile(name)).transpose()?;
    if let Some(rule) = args.rule.as_deref().filter(|rule| knowledge.rule(rule).is_none()) {
        return Err(Error::Usage(format!("unknown rule {rule:?}; `mingcha rules` lists all")).into());
    }
    let wanted = args.which.as_deref().unwrap_or_default();
    let is_wanted = |(instrument, clause): &Clause<'_>| {
        (wanted.is_empty()
            || instrument.id == wanted
            || clause.id == wanted
            || clause.id.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('.'))
            || instrument.title_zh.contains(wanted)
            || (!instrument.number.is_empty() && instrument.number.contains(wanted)))
            && args.rule.as_ref().is_none_or(|rule| clause.rules.contains(rule))
            && profile.is_none_or(|profile| profile.clauses.contains(&clause.seed_row))
            && (!args.by_hand || Coverage::of(clause) == Coverage::ByHand)
    };
    let shown: Vec<Clause<'_>> = knowledge.clauses().filter(is_wanted).collect();
    if shown.is_empty() {
        let detail =
            "no clause fits; give an id such as cac191 or cac191.1.2, a document's number or part of its title";
        return Err(Error::Usage(detail.into()).into());
    }
    let matrix = coverage::matrix(&shown, names);
    match args.format {
        TableFormat::Json => print_json(&json!(
            shown
                .iter()
                .map(|(instrument, clause)| {
                    json!({
                        "clause": clause,
                        "instrument": instrument,
                        "coverage": Coverage::of(clause).as_str(),
                        "by_hand": coverage::by_hand(clause, names),
                    })
                })
                .collect::<Vec<_>>()
        )),
        TableFormat::Csv => print(&csv(&matrix.headings, &matrix.rows)),
        TableFormat::Markdown => print(&markdown(&matrix.headings, &matrix.rows)),
        TableFormat::Text => print(&text(&shown, names)),
    }
}

/// The clauses by document, and the sum.
fn text(shown: &[Clause<'_>], names: Names<'_>) -> String {
    let lang = names.lang;
    let mut out = String::new();
    let mut rest = shown;
    while let Some((instrument, _)) = rest.first() {
        let count = rest.iter().take_while(|(other, _)| other.id == instrument.id).count();
        let (here, later) = rest.split_at(count);
        rest = later;
        let standing = names.say(&format!("standing.{}", instrument.state));
        let title = lang.pick(&instrument.title_zh, &instrument.title_en);
        out.push_str(&format!("{title}  {}  {standing}\n", instrument.number));
        let headings = ["id", "number", "title", "coverage", "rules"].map(|id| names.say(&format!("table.{id}")));
        let rows: Vec<Vec<String>> = here
            .iter()
            .map(|(_, clause)| {
                let coverage = Coverage::of(clause);
                vec![
                    format!("  {}", clause.id),
                    clause.clause_no.clone(),
                    lang.pick(&clause.title_zh, &clause.title_en).to_owned(),
                    names.say(&format!("coverage.{}", coverage.as_str())),
                    match coverage {
                        Coverage::ByHand => names.say(&format!("decidable.{}", clause.decidable)),
                        _ => clause.rules.join(" "),
                    },
                ]
            })
            .collect();
        let indented: Vec<String> = headings
            .iter()
            .enumerate()
            .map(|(n, text)| if n == 0 { format!("  {text}") } else { text.clone() })
            .collect();
        out.push_str(&table(&indented, &[22, 18, 44, 20, 120], &rows));
        out.push('\n');
    }
    let counts = coverage::counts(shown.iter().map(|(_, clause)| *clause));
    let parts = Coverage::ALL.into_iter().zip(counts).map(|(coverage, count)| {
        format!("{} {count}", say(names.knowledge, lang, &format!("coverage.{}", coverage.as_str())))
    });
    out.push_str(&format!("{}: {}\n", names.say("coverage.sum"), parts.collect::<Vec<_>>().join(" · ")));
    out
}
