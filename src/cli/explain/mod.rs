//! `explain`: what the signatures know of a rule, clause, document, permission, item of personal information, SDK,
//! profile or app type.

mod facts;
mod law;
mod sdk;

use serde_json::Value;

use super::Failure;
use super::args::{ExplainArgs, ExplainKind, Format};
use super::lists::{print, print_json};
use crate::error::Error;
use crate::knowledge::Knowledge;
use crate::knowledge::schema::{
    AppTypeRow, ClauseRow, ExplanationRow, InstrumentRow, PermissionRow, PiItemRow, ProfileRow, RuleRow, SampleRow,
    SdkFile, SdkRow, Text,
};
use crate::report::Lang;
use crate::report::names::{Names, cite};
use crate::report::text::{safe, wrap};

/// Most names that are offered where none fits.
const MAX_OFFERED: usize = 8;
/// Columns of a page.
const COLUMNS: usize = 96;
/// What stands before the names of most permissions.
const PERMISSION_PREFIX: &str = "android.permission.";

/// Something that can be explained.
#[derive(Clone, Copy)]
enum Subject<'k> {
    Rule(&'k RuleRow),
    Clause(&'k InstrumentRow, &'k ClauseRow),
    Document(&'k InstrumentRow),
    Permission(&'k PermissionRow),
    Item(&'k PiItemRow),
    Sdk(&'k SdkFile, &'k SdkRow),
    Profile(&'k ProfileRow),
    AppType(&'k AppTypeRow),
}

pub(super) fn run(args: &ExplainArgs, knowledge: &Knowledge, lang: Lang) -> Result<u8, Failure> {
    let names = Names { knowledge, lang };
    let found = find(&args.subject, args.kind, knowledge);
    if found.is_empty() {
        let near = nearest(&args.subject, args.kind, knowledge);
        let hint = if near.is_empty() {
            "`mingcha rules`, `clauses`, `sdks`, `profiles` and `rules --app-types` list what there is".to_owned()
        } else {
            near.join(", ")
        };
        return Err(Error::Usage(format!("nothing is called {:?}; {hint}", safe(&args.subject))).into());
    }
    show(&found, args.format, names)
}

/// The page of one rule.
pub(super) fn rule(row: &RuleRow, format: Format, names: Names<'_>) -> Result<u8, Failure> {
    show(&[Subject::Rule(row)], format, names)
}

fn show(found: &[Subject<'_>], format: Format, names: Names<'_>) -> Result<u8, Failure> {
    match (format, found) {
        (Format::Json, [one]) => print_json(&one.json(names)),
        (Format::Json, many) => print_json(&many.iter().map(|one| one.json(names)).collect::<Vec<_>>()),
        (Format::Text, _) => print(
            &found
                .iter()
                .map(|one| one.page(names))
                .collect::<Vec<_>>()
                .join(&format!("\n{}\n\n", "─".repeat(COLUMNS))),
        ),
    }
}

impl<'k> Subject<'k> {
    fn page(self, names: Names<'_>) -> String {
        match self {
            Self::Rule(row) => law::rule(row, names),
            Self::Clause(instrument, row) => law::clause(instrument, row, names),
            Self::Document(row) => law::document(row, names),
            Self::Permission(row) => facts::permission(row, names),
            Self::Item(row) => facts::item(row, names),
            Self::Sdk(file, row) => sdk::page(file, row, names),
            Self::Profile(row) => facts::profile(row, names),
            Self::AppType(row) => facts::app_type(row, names),
        }
    }

    fn json(self, names: Names<'_>) -> Value {
        match self {
            Self::Rule(row) => law::rule_json(row, names),
            Self::Clause(instrument, row) => law::clause_json(instrument, row, names),
            Self::Document(row) => law::document_json(row, names),
            Self::Permission(row) => serde_json::json!({ "kind": "permission", "permission": row }),
            Self::Item(row) => serde_json::json!({ "kind": "item", "item": row }),
            Self::Sdk(file, row) => super::lists::sdk_json(file, row),
            Self::Profile(row) => serde_json::json!({ "kind": "profile", "profile": row }),
            Self::AppType(row) => serde_json::json!({ "kind": "app_type", "app_type": row }),
        }
    }

    fn kind(self) -> ExplainKind {
        match self {
            Self::Rule(_) => ExplainKind::Rule,
            Self::Clause(..) => ExplainKind::Clause,
            Self::Document(_) => ExplainKind::Document,
            Self::Permission(_) => ExplainKind::Permission,
            Self::Item(_) => ExplainKind::Item,
            Self::Sdk(..) => ExplainKind::Sdk,
            Self::Profile(_) => ExplainKind::Profile,
            Self::AppType(_) => ExplainKind::AppType,
        }
    }

    fn id(self) -> &'k str {
        match self {
            Self::Rule(row) => &row.id,
            Self::Clause(_, row) => &row.id,
            Self::Document(row) => &row.id,
            Self::Permission(row) => &row.name,
            Self::Item(row) => &row.id,
            Self::Sdk(_, row) => &row.id,
            Self::Profile(row) => &row.id,
            Self::AppType(row) => &row.id,
        }
    }

    /// What else it is called, in lower case.
    fn names(self) -> Vec<String> {
        let names: Vec<&str> = match self {
            Self::Rule(row) => vec![&row.title.zh, &row.title.en],
            Self::Clause(_, row) => vec![&row.title_zh, &row.title_en],
            Self::Document(row) => vec![&row.title_zh, &row.title_en, &row.number],
            Self::Permission(row) => {
                let short = row.name.strip_prefix(PERMISSION_PREFIX).unwrap_or_default();
                vec![short, &row.label_zh, &row.label_en]
            }
            Self::Item(row) => {
                let aliases = row.aliases().map(String::as_str);
                [row.zh.as_str(), &row.en].into_iter().chain(aliases).collect()
            }
            Self::Sdk(_, row) => {
                let aliases = row.aliases.iter().map(String::as_str);
                [row.name_zh.as_str(), &row.name_en].into_iter().chain(aliases).collect()
            }
            Self::Profile(row) => vec![&row.name_zh, &row.name_en],
            Self::AppType(row) => vec![&row.name_zh, &row.name_en],
        };
        names.into_iter().filter(|name| !name.is_empty()).map(str::to_lowercase).collect()
    }
}

fn all(knowledge: &Knowledge) -> impl Iterator<Item = Subject<'_>> {
    let clauses = knowledge.regulations().iter().flat_map(|file| {
        let clause = |row| Subject::Clause(&file.instrument, row);
        std::iter::once(Subject::Document(&file.instrument)).chain(file.clause.iter().map(clause))
    });
    let sdks = knowledge.sdks().iter().flat_map(|file| file.sdk.iter().map(move |row| Subject::Sdk(file, row)));
    knowledge
        .rules()
        .iter()
        .map(Subject::Rule)
        .chain(clauses)
        .chain(knowledge.permissions().iter().map(Subject::Permission))
        .chain(knowledge.items().iter().map(Subject::Item))
        .chain(sdks)
        .chain(knowledge.profiles().iter().map(Subject::Profile))
        .chain(knowledge.app_types().iter().map(Subject::AppType))
}

/// What has this id, else what has this name.
fn find<'k>(wanted: &str, kind: Option<ExplainKind>, knowledge: &'k Knowledge) -> Vec<Subject<'k>> {
    let wanted = wanted.trim().to_lowercase();
    let of_kind = |one: &Subject<'k>| kind.is_none_or(|kind| one.kind() == kind);
    let by_id: Vec<_> = all(knowledge).filter(of_kind).filter(|one| one.id().to_lowercase() == wanted).collect();
    if !by_id.is_empty() {
        return by_id;
    }
    all(knowledge).filter(of_kind).filter(|one| one.names().contains(&wanted)).collect()
}

/// What is called something like it, as ids.
fn nearest(wanted: &str, kind: Option<ExplainKind>, knowledge: &Knowledge) -> Vec<String> {
    let wanted = wanted.trim().to_lowercase();
    let mut near: Vec<(f64, &str)> = all(knowledge)
        .filter(|one| kind.is_none_or(|kind| one.kind() == kind))
        .filter_map(|one| {
            let id = one.id().to_lowercase();
            let holds = id.contains(&wanted) || one.names().iter().any(|name| name.contains(&wanted));
            let score = if holds { 1.0 } else { strsim::jaro_winkler(&id, &wanted) };
            (score > 0.85).then_some((score, one.id()))
        })
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    near.into_iter().take(MAX_OFFERED).map(|(_, id)| id.to_owned()).collect()
}

/// A page of headings with text.
struct Page<'n> {
    names: Names<'n>,
    out: String,
}

impl<'n> Page<'n> {
    fn new(names: Names<'n>, title: &str, id: &str) -> Self {
        Self { names, out: format!("{title}  {id}\n") }
    }

    /// A heading of `wording.toml` with its text; nothing when the text is empty.
    fn part(&mut self, heading: &str, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        self.heading(heading);
        for line in text.lines().flat_map(|line| wrap(line, COLUMNS)) {
            self.out.push_str(&format!("  {line}\n"));
        }
    }

    fn heading(&mut self, heading: &str) {
        // Some headings are labels of tables and lists elsewhere, where they stand in small letters.
        let heading = self.names.say(heading);
        let mut rest = heading.chars();
        let first: String = rest.next().into_iter().flat_map(char::to_uppercase).collect();
        self.out.push_str(&format!("\n{first}{}\n", rest.as_str()));
    }

    fn text(&mut self, heading: &str, text: &Text) {
        self.part(heading, self.names.lang.pick(&text.zh, &text.en));
    }

    /// Clauses by id, a line each, with their text where it may be quoted.
    fn clauses<'c>(&mut self, clauses: impl Iterator<Item = (&'c InstrumentRow, &'c ClauseRow)>) {
        let mut lines = String::new();
        for (instrument, clause) in clauses {
            let cited = cite(&instrument.title_zh, &clause.clause_no);
            let text = format!("{}  {cited}  {}", clause.id, quoted(clause));
            for (number, line) in wrap(&text, COLUMNS.saturating_sub(4)).iter().enumerate() {
                lines.push_str(&format!("{}{line}\n", if number == 0 { "  " } else { "      " }));
            }
        }
        if !lines.is_empty() {
            self.heading("table.clauses");
            self.out.push_str(&lines);
        }
    }

    /// What holds for everything of its kind, with further clauses.
    fn kind(&mut self, row: &ExplanationRow, subject: (&str, &str), more: &[String]) {
        let filled = |text: &Text| fill(self.names.lang.pick(&text.zh, &text.en), subject);
        let parts = [
            ("rule.why", filled(&row.why)),
            ("rule.how", filled(&row.how)),
            ("rule.blind_spots", filled(&row.blind_spots)),
            ("rule.fix", filled(&row.fix)),
        ];
        for (heading, text) in parts {
            self.part(heading, &text);
        }
        self.samples(&row.sample, subject);
        let knowledge = self.names.knowledge;
        self.clauses(row.clauses.iter().chain(more).filter_map(|id| knowledge.clause(id)));
    }

    fn samples(&mut self, samples: &[SampleRow], subject: (&str, &str)) {
        for sample in samples {
            self.heading("explain.sample");
            self.out.push_str(&format!("  {}\n\n", self.names.lang.pick(&sample.zh, &sample.en)));
            for line in fill(sample.code.trim_end(), subject).lines() {
                self.out.push_str(&format!("    {line}\n"));
            }
        }
    }
}

/// The text of a clause as it may be shown: in quotation marks only when it was read word by word.
fn quoted(clause: &ClauseRow) -> String {
    clause.quotable().map_or_else(|| clause.title_zh.clone(), |text| format!("“{text}”"))
}

fn fill(text: &str, (id, name): (&str, &str)) -> String {
    text.replace("{id}", id).replace("{name}", name)
}

/// The row of a kind.
fn explanation<'k>(knowledge: &'k Knowledge, kind: &str) -> Option<&'k ExplanationRow> {
    knowledge.explanations().iter().find(|row| row.id == kind)
}
