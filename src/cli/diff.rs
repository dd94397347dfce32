//! `diff`: what a version adds, takes away and changes.

use std::io::IsTerminal as _;

use super::args::{DiffArgs, DiffFormat};
use super::gate::stored;
use super::{FINDINGS, Failure, columns, note, write};
use crate::diff;
use crate::knowledge::Knowledge;
use crate::report::Lang;
use crate::report::names::Names;

pub(super) fn run(args: &DiffArgs, knowledge: &Knowledge, lang: Lang) -> Result<u8, Failure> {
    let options = args.analysis.options(lang);
    let old = stored(&args.old, &options, knowledge)?;
    let new = stored(&args.new, &options, knowledge)?;
    let names = Names { knowledge, lang };
    let diff = diff::compare(&old, &new, names);
    let to_terminal = args.output.is_none() && std::io::stdout().is_terminal();
    let text = match args.format {
        DiffFormat::Json => serde_json::to_string_pretty(&diff).map_err(std::io::Error::from)? + "\n",
        DiffFormat::Markdown => diff::markdown(&diff, names),
        DiffFormat::Html => diff::html(&diff, names),
        DiffFormat::Text => {
            let color = to_terminal && std::env::var_os("NO_COLOR").is_none();
            diff::text(&diff, names, columns(to_terminal), color)
        }
    };
    write(args.output.as_deref(), &text)?;
    let Some(threshold) = args.fail_on_new.threshold() else { return Ok(0) };
    let count = diff.meeting(threshold);
    let id = if count > 0 { "diff.gate.failed" } else { "diff.gate.passed" };
    note(&names.say(id).replace("{count}", &count.to_string()).replace("{threshold}", threshold.as_str()));
    Ok(if count > 0 { FINDINGS } else { 0 })
}
