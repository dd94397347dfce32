//! `sdks`, `rules` and `signatures`.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::args::{Format, RulesArgs, SdksArgs, SignaturesCommand, TableFormat};
use super::{Failure, USAGE, write};
use crate::container::Input;
use crate::error::Error;
use crate::knowledge::schema::{SdkFile, SdkRow};
use crate::knowledge::{Knowledge, check_folder, load};
use crate::limits::{Budget, Limits};
use crate::owners::shapes::Collector;
use crate::report::names::Names;
use crate::report::table::{Table, csv, markdown};
use crate::report::text::{cut, evidence_line, padded, safe};
use crate::report::{Lang, SdkSummary, sheets};
use crate::scan::attribute;

pub(super) fn say(knowledge: &Knowledge, lang: Lang, id: &str) -> String {
    Names { knowledge, lang }.say(id)
}

/// Columns with a heading; the last one takes what is left.
pub(super) fn table(headings: &[String], widths: &[usize], rows: &[Vec<String>]) -> String {
    let mut out = String::new();
    for row in std::iter::once(headings).chain(rows.iter().map(Vec::as_slice)) {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            line.push_str(&padded(&cut(&safe(cell), width.saturating_sub(2)), *width));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

pub(super) fn print(text: &str) -> Result<u8, Failure> {
    write(None, text)?;
    Ok(0)
}

pub(super) fn print_json(value: &impl serde::Serialize) -> Result<u8, Failure> {
    let text = serde_json::to_string_pretty(value).map_err(std::io::Error::from)?;
    print(&(text + "\n"))
}

/// An SDK of the database with its vendor.
pub(super) fn sdk_json(file: &SdkFile, row: &SdkRow) -> serde_json::Value {
    let vendor = json!({ "zh": file.vendor_zh, "en": file.vendor_en, "country": file.country });
    json!({ "kind": "sdk", "vendor": vendor, "sdk": row })
}

pub(super) fn sdks(args: &SdksArgs, knowledge: &Knowledge, lang: Lang) -> Result<u8, Failure> {
    let Some(app) = &args.app else { return known_sdks(args, knowledge, lang) };
    let options = crate::Options { policy: args.policy.clone(), lang, ..crate::Options::default() };
    let report = crate::scan(app, &options, knowledge)?;
    let shown: Vec<&SdkSummary> = report.sdks.iter().filter(|sdk| args.all || sdk.collects).collect();
    let word = |id: String| say(knowledge, lang, &id);
    let names = Names { knowledge, lang };
    match args.format {
        TableFormat::Json => print_json(&json!(shown)),
        TableFormat::Text => {
            let headings = ["id", "name", "vendor", "category", "version", "presence", "confidence", "evidence"]
                .map(|id| word(format!("table.{id}")));
            let rows: Vec<Vec<String>> = shown
                .iter()
                .map(|sdk| {
                    vec![
                        sdk.id.clone(),
                        sdk.name.clone(),
                        sdk.vendor.clone(),
                        sdk.category.clone(),
                        sdk.version.clone().unwrap_or_default(),
                        word(format!("presence.{}", sdk.presence.as_str())),
                        word(format!("confidence.{}", sdk.confidence.as_str())),
                        sdk.reasons.first().map(evidence_line).unwrap_or_default(),
                    ]
                })
                .collect();
            print(&table(&headings, &[26, 28, 28, 18, 14, 11, 10, 70], &rows))
        }
        TableFormat::Csv | TableFormat::Markdown => {
            let Table { headings, rows, .. } = sheets::sdks(&shown, names);
            let text = if args.format == TableFormat::Csv { csv(&headings, &rows) } else { markdown(&headings, &rows) };
            print(&text)
        }
    }
}

fn known_sdks(args: &SdksArgs, knowledge: &Knowledge, lang: Lang) -> Result<u8, Failure> {
    let shown: Vec<_> = knowledge
        .sdks()
        .iter()
        .flat_map(|file| file.sdk.iter().map(move |row| (file, row)))
        .filter(|(_, row)| args.all || row.collects)
        .collect();
    if args.format == TableFormat::Json {
        return print_json(&json!(shown.iter().map(|(file, row)| sdk_json(file, row)).collect::<Vec<_>>()));
    }
    let headings = ["table.id", "table.name", "table.vendor", "table.category"].map(|id| say(knowledge, lang, id));
    let rows: Vec<Vec<String>> = shown
        .iter()
        .map(|(file, row)| {
            vec![
                row.id.clone(),
                lang.pick(&row.name_zh, &row.name_en).to_owned(),
                lang.pick(&file.vendor_zh, &file.vendor_en).to_owned(),
                row.category.clone(),
            ]
        })
        .collect();
    let text = match args.format {
        TableFormat::Csv => csv(&headings, &rows),
        TableFormat::Markdown => markdown(&headings, &rows),
        _ => table(&headings, &[34, 36, 44, 20], &rows),
    };
    print(&text)
}

pub(super) fn rules(args: &RulesArgs, knowledge: &Knowledge, lang: Lang) -> Result<u8, Failure> {
    if args.app_types {
        return app_types(args.format, knowledge, lang);
    }
    match &args.rule {
        Some(id) => explain(id, args.format, knowledge, lang),
        None => list(args.format, knowledge, lang),
    }
}

fn app_types(format: Format, knowledge: &Knowledge, lang: Lang) -> Result<u8, Failure> {
    if format == Format::Json {
        return print_json(&json!(knowledge.app_types()));
    }
    let headings = ["table.id", "table.name"].map(|id| say(knowledge, lang, id));
    let rows: Vec<Vec<String>> = knowledge
        .app_types()
        .iter()
        .map(|row| vec![row.id.clone(), lang.pick(&row.name_zh, &row.name_en).to_owned()])
        .collect();
    print(&table(&headings, &[30, 60], &rows))
}

fn list(format: Format, knowledge: &Knowledge, lang: Lang) -> Result<u8, Failure> {
    let clauses =
        |id: &str| -> Vec<String> { knowledge.clauses_of(id).iter().map(|(_, clause)| clause.id.clone()).collect() };
    if format == Format::Json {
        return print_json(&json!(
            knowledge.rules().iter().map(|row| json!({ "rule": row, "clauses": clauses(&row.id) })).collect::<Vec<_>>()
        ));
    }
    let headings = ["table.rule", "table.title", "table.clauses"].map(|id| say(knowledge, lang, id));
    let rows: Vec<Vec<String>> = knowledge
        .rules()
        .iter()
        .map(|row| vec![row.id.clone(), lang.pick(&row.title.zh, &row.title.en).to_owned(), clauses(&row.id).join(" ")])
        .collect();
    print(&table(&headings, &[40, 50, 80], &rows))
}

fn explain(id: &str, format: Format, knowledge: &Knowledge, lang: Lang) -> Result<u8, Failure> {
    let Some(row) = knowledge.rule(id) else {
        let known: Vec<&str> = knowledge.rules().iter().map(|row| row.id.as_str()).collect();
        return Err(Error::Usage(format!("unknown rule {id:?}; the rules are: {}", known.join(", "))).into());
    };
    super::explain::rule(row, format, Names { knowledge, lang })
}

/// The head of `signatures/shapes.tsv`.
const SHAPES_HEAD: &str = "# What classes show whatever their names are: lines of product, tab, and hashes in base64.
# Made by scripts/build_shapes.py out of fixtures/shapes.toml; not to be edited.
";

fn shapes(apps: &[PathBuf], output: Option<&Path>, knowledge: &Knowledge) -> Result<u8, Failure> {
    let mut collector = Collector::default();
    let limits = Limits::default();
    for app in apps {
        let budget = Budget::default();
        let input = Input::open(app, &limits, &budget)?;
        let loaded = crate::scan::load(&input, &limits, &budget)?;
        attribute(loaded, knowledge, |sources| {
            collector.add(sources.program, sources.owners, knowledge.framework());
        });
    }
    let lines: String = collector.rows().iter().map(load::shape_line).collect();
    write(output, &format!("{SHAPES_HEAD}{lines}"))?;
    Ok(0)
}

#[allow(clippy::print_stderr)]
pub(super) fn signatures(command: &SignaturesCommand, knowledge: &Knowledge, lang: Lang) -> Result<u8, Failure> {
    let dir = match command {
        SignaturesCommand::Check { dir } => dir,
        SignaturesCommand::Shapes { apps, output } => return shapes(apps, output.as_deref(), knowledge),
    };
    if !dir.is_dir() {
        return Err(Error::Usage(format!("{}: no such folder", dir.display())).into());
    }
    match check_folder(dir) {
        Ok(_) => {
            let count = load::list(dir).map(|files| files.len()).unwrap_or(0);
            write(
                None,
                &format!("{}\n", say(knowledge, lang, "signatures.ok").replace("{count}", &count.to_string())),
            )?;
            Ok(0)
        }
        Err(problems) => {
            for problem in &problems {
                eprintln!("{}:{}: {}", dir.join(&problem.file).display(), problem.line, safe(&problem.detail));
            }
            eprintln!("{}", say(knowledge, lang, "signatures.bad").replace("{count}", &problems.len().to_string()));
            Err(Failure::Problems)
        }
    }
    .map(|code: u8| code.min(USAGE))
}
