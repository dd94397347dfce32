//! The map of the law: which clause is decided by which rules, how far, and what is left to a person.

use std::fmt::Write as _;

use super::Lang;
use super::escape::markdown;
use super::names::Names;
use super::table::{self, Table};
use crate::knowledge::Knowledge;
use crate::knowledge::schema::{ClauseRow, InstrumentRow};

/// How far a clause is decided by a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Coverage {
    /// Rules decide it from the package alone.
    Decided,
    /// Rules decide a part, or need the privacy policy or what the operator declares.
    Partly,
    /// No rule looks at it.
    ByHand,
}

impl Coverage {
    /// All, the farthest first.
    pub const ALL: [Self; 3] = [Self::Decided, Self::Partly, Self::ByHand];

    /// How far the rules decide a clause.
    pub fn of(clause: &ClauseRow) -> Self {
        match (clause.rules.is_empty(), clause.decidable.as_str()) {
            (true, _) => Self::ByHand,
            (false, "static") => Self::Decided,
            _ => Self::Partly,
        }
    }

    /// The name used on the command line and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Decided => "decided",
            Self::Partly => "partly",
            Self::ByHand => "by_hand",
        }
    }
}

/// A clause with its document.
pub type Clause<'k> = (&'k InstrumentRow, &'k ClauseRow);

/// Clauses with their rules, how far they are decided and what is left to a person.
pub fn matrix(shown: &[Clause<'_>], names: Names<'_>) -> Table {
    let columns = ["id", "instrument", "number", "title", "standing", "decidable", "coverage", "rules", "by_hand"];
    let row = |(instrument, clause): &Clause<'_>| {
        vec![
            clause.id.clone(),
            names.lang.pick(&instrument.title_zh, &instrument.title_en).to_owned(),
            clause.clause_no.clone(),
            names.lang.pick(&clause.title_zh, &clause.title_en).to_owned(),
            names.say(&format!("standing.{}", instrument.state)),
            names.say(&format!("decidable.{}", clause.decidable)),
            names.say(&format!("coverage.{}", Coverage::of(clause).as_str())),
            clause.rules.join(" "),
            by_hand(clause, names).to_owned(),
        ]
    };
    Table {
        id: "matrix",
        title: names.say("sheet.clauses"),
        columns: columns.to_vec(),
        headings: columns.iter().map(|column| names.say(&format!("table.{column}"))).collect(),
        rows: shown.iter().map(row).collect(),
    }
}

/// What a person does to settle a clause; empty where nothing is known.
pub fn by_hand<'k>(clause: &'k ClauseRow, names: Names<'k>) -> &'k str {
    names.knowledge.hand_check(clause).map(|row| names.lang.pick(&row.check_zh, &row.check_en)).unwrap_or_default()
}

/// Numbers of clauses by [`Coverage::ALL`].
pub fn counts<'k>(clauses: impl Iterator<Item = &'k ClauseRow>) -> [usize; 3] {
    let mut out = [0usize; 3];
    for clause in clauses {
        if let Some(count) = out.get_mut(Coverage::of(clause) as usize) {
            *count = count.saturating_add(1);
        }
    }
    out
}

/// The page `docs/coverage.md`, in both languages.
pub fn page(knowledge: &Knowledge) -> String {
    let (zh, en) = (Names { knowledge, lang: Lang::Zh }, Names { knowledge, lang: Lang::En });
    let both = |id: &str| format!("{} · {}", zh.say(id), en.say(id));
    let mut out = String::from(
        "# 条款覆盖 · Coverage of clauses\n\n<!-- Written from signatures/regulations by tests/repository.rs. -->\n\n",
    );
    for names in [zh, en] {
        let _ = writeln!(out, "{}\n", names.say("coverage.note"));
    }
    let core = knowledge.regulations().iter().find(|file| file.instrument.id == "cac191");
    if let Some(file) = core {
        let all = file.clause.len();
        for names in [zh, en] {
            let mut line = names.say("coverage.core").replace("{all}", &all.to_string());
            for (coverage, count) in Coverage::ALL.into_iter().zip(counts(file.clause.iter())) {
                let percent = count.saturating_mul(100).saturating_add(all / 2).checked_div(all).unwrap_or(0);
                line = line
                    .replace(&format!("{{{}}}", coverage.as_str()), &count.to_string())
                    .replace(&format!("{{{}_percent}}", coverage.as_str()), &percent.to_string());
            }
            let _ = writeln!(out, "{line}\n");
        }
    }
    let mut headings = vec![both("table.instrument"), both("table.standing")];
    headings.extend(Coverage::ALL.map(|coverage| both(&format!("coverage.{}", coverage.as_str()))));
    let with_clauses = || knowledge.regulations().iter().filter(|file| !file.clause.is_empty());
    let mut rows: Vec<Vec<String>> = with_clauses()
        .map(|file| {
            let mut row = vec![file.instrument.title_zh.clone(), both(&format!("standing.{}", file.instrument.state))];
            row.extend(counts(file.clause.iter()).map(|count| count.to_string()));
            row
        })
        .collect();
    let mut sum = vec![both("coverage.sum"), String::new()];
    sum.extend(counts(with_clauses().flat_map(|file| &file.clause)).map(|count| count.to_string()));
    rows.push(sum);
    out.push_str(&table::markdown(&headings, &rows));
    let headings = ["number", "title", "decidable", "rules", "by_hand"].map(|column| both(&format!("table.{column}")));
    for file in with_clauses() {
        let _ = write!(
            out,
            "\n## {} · {}\n\n`{}` {} {}\n\n",
            markdown(&file.instrument.title_zh),
            markdown(&file.instrument.title_en),
            file.instrument.id,
            markdown(&file.instrument.number),
            both(&format!("standing.{}", file.instrument.state)),
        );
        let row = |clause: &ClauseRow| {
            let rules = clause.rules.iter().map(|rule| format!("[{rule}](rules/{rule}.md)"));
            vec![
                format!("`{}` {}", clause.id, clause.clause_no),
                format!("{} · {}", clause.title_zh, clause.title_en),
                both(&format!("decidable.{}", clause.decidable)),
                rules.collect::<Vec<_>>().join(" "),
                format!("{} · {}", by_hand(clause, zh), by_hand(clause, en)),
            ]
        };
        out.push_str(&table::markdown(&headings, &file.clause.iter().map(row).collect::<Vec<_>>()));
    }
    out
}
