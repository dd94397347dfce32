//! `disclose`: drafts of the lists that operators must publish.

use std::collections::BTreeMap;

use super::args::{DiscloseArgs, DiscloseFormat};
use super::lists::say;
use super::{Failure, write, write_bytes};
use crate::error::Error;
use crate::knowledge::Knowledge;
use crate::report::Lang;
use crate::report::disclosure::{DATA_SAFETY, TABLES, tables};
use crate::report::escape::markup;
use crate::report::table::{Table, csv, markdown};
use crate::report::text::safe;
use crate::report::workbook;

pub(super) fn run(args: &DiscloseArgs, knowledge: &Knowledge, lang: Lang) -> Result<u8, Failure> {
    if let Some(list) = args.list.as_deref().filter(|list| !TABLES.contains(list)) {
        return Err(Error::Usage(format!("unknown list {:?}; there are {}", safe(list), TABLES.join(", "))).into());
    }
    let report = crate::scan(&args.app, &args.options(lang), knowledge)?;
    let mut drafts = tables(&report, knowledge, lang);
    // The form of the Play Console is for its import, not for reading beside the others.
    drafts.retain(|table| args.list.as_deref().map_or(table.id != DATA_SAFETY, |list| list == table.id));
    let head = format!("{} {}", report.app.label, report.app.version_name);
    let note = say(knowledge, lang, "disclose.note");
    let output = args.output.as_deref();
    let text = match args.format {
        DiscloseFormat::Xlsx => {
            let Some(path) = output else {
                return Err(Error::Usage("an XLSX file needs a name: give it with -o FILE.xlsx".into()).into());
            };
            let bytes = workbook::bytes(&drafts, Some(&note), &BTreeMap::new())?;
            write_bytes(Some(path), &bytes)?;
            return Ok(0);
        }
        DiscloseFormat::Markdown => {
            let parts =
                drafts.iter().map(|table| format!("## {}\n\n{}", table.title, markdown(&table.headings, &table.rows)));
            format!("# {}\n\n{note}\n\n{}", safe(&head), parts.collect::<Vec<_>>().join("\n"))
        }
        DiscloseFormat::Html => page(&head, &note, &drafts, lang),
        DiscloseFormat::Json => {
            let rows = drafts.iter().map(|table| {
                serde_json::json!({ "id": table.id, "title": table.title, "headings": table.headings, "rows": table.rows })
            });
            serde_json::to_string_pretty(&rows.collect::<Vec<_>>()).map_err(std::io::Error::from)? + "\n"
        }
        DiscloseFormat::Csv => match drafts.as_slice() {
            [table] => csv(&table.headings, &table.rows),
            _ => {
                let detail = format!("CSV holds one list: choose it with --list ({})", TABLES.join(", "));
                return Err(Error::Usage(detail).into());
            }
        },
    };
    write(output, &text)?;
    Ok(0)
}

fn page(head: &str, note: &str, drafts: &[Table], lang: Lang) -> String {
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{}</title>\n\
         <style>body{{font:15px/1.6 sans-serif;margin:2em auto;max-width:75em;padding:0 1em}}\
         table{{border-collapse:collapse;width:100%}}th,td{{border:1px solid #999;padding:.3em .5em;text-align:left;\
         vertical-align:top;overflow-wrap:anywhere}}th{{background:#eee}}</style></head><body>\n<h1>{}</h1>\n<p>{}</p>\n",
        lang.pick("zh-Hans", "en"),
        markup(head),
        markup(head),
        markup(note)
    );
    for table in drafts {
        let cells = |row: &[String], tag: &str| -> String {
            row.iter().map(|cell| format!("<{tag}>{}</{tag}>", markup(cell))).collect()
        };
        out.push_str(&format!("<h2>{}</h2>\n<table><tr>{}</tr>\n", markup(&table.title), cells(&table.headings, "th")));
        for row in &table.rows {
            out.push_str(&format!("<tr>{}</tr>\n", cells(row, "td")));
        }
        out.push_str("</table>\n");
    }
    out + "</body></html>\n"
}
