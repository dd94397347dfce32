//! A comparison for merge requests and pages.

use super::Diff;
use super::rows::{head, parts};
use crate::report::escape::{markdown, markdown_code};
use crate::report::names::Names;

/// The comparison as Markdown.
pub fn render(diff: &Diff, names: Names<'_>) -> String {
    let mut out = format!("# {}\n\n", names.say("diff.title"));
    for line in head(diff, names) {
        out.push_str(&format!("- {}\n", markdown(&line)));
    }
    for part in parts(diff, names) {
        out.push_str(&format!("\n## {}\n\n| | | | |\n| --- | --- | --- | --- |\n", markdown(&part.title)));
        for row in part.rows {
            let id = if row.id.is_empty() { String::new() } else { markdown_code(&row.id) };
            out.push_str(&format!("| `{}` | {} | {id} | {} |\n", row.sign, markdown(&row.name), markdown(&row.detail)));
        }
    }
    out
}
