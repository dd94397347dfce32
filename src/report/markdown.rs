//! The report as a comment on a change: counts first, findings folded, never longer than such a comment may be.

use super::escape::{markdown, markdown_code, shortened};
use super::names::Names;
use super::text::{evidence_line, path_lines};
use super::{FindingSummary, OutcomeSummary, Report, gate, redact};
use crate::outcome::Verdict;

/// GitHub takes 65,536 characters.
const LONGEST: usize = 58_000;
/// Findings, places and frames shown before they are counted.
const SHOWN_FINDINGS: usize = 20;
const SHOWN_PLACES: usize = 3;
const SHOWN_FRAMES: usize = 16;
/// Characters of one text out of the input.
const TEXT: usize = 600;

/// The report as Markdown with a final newline, at most 60,000 characters.
pub fn render(report: &Report, names: Names<'_>) -> String {
    let mut out = head(report, names);
    let foot = format!("\n<sub>{}</sub>\n", markdown(&names.say("report.foot")));
    let graves = report.by_gravity();
    let (found, rest): (Vec<_>, Vec<_>) = graves.into_iter().partition(|outcome| !outcome.findings.is_empty());
    let mut length = out.chars().count().saturating_add(foot.chars().count());
    let mut left = 0usize;
    let sections = found.into_iter().map(|outcome| section(outcome, names));
    for part in sections.chain(others(&rest, names)) {
        let more = part.chars().count();
        if length.saturating_add(more) > LONGEST {
            left = left.saturating_add(1);
            continue;
        }
        length = length.saturating_add(more);
        out.push_str(&part);
    }
    if left > 0 {
        out.push_str(&format!("\n{}\n", names.say("report.left_out").replace("{count}", &left.to_string())));
    }
    out + &foot
}

fn text(text: &str) -> String {
    markdown(&shortened(text, TEXT))
}

fn code(text: &str) -> String {
    markdown_code(&shortened(text, TEXT))
}

fn head(report: &Report, names: Names<'_>) -> String {
    let app = &report.app;
    let cells = |cell: &dyn Fn(Verdict) -> String| Verdict::ALL.map(|verdict| format!(" {} ", cell(verdict))).join("|");
    let mut out = format!(
        "## {} · {}\n\n{} {} ({}) · SHA-256 {}\n\n|{}|\n|{}|\n|{}|\n",
        markdown(&names.say("title")),
        text(&app.label),
        code(&app.package),
        text(&app.version_name),
        app.version_code,
        code(report.input.sha256.get(..16).unwrap_or_default()),
        cells(&|verdict| names.verdict(verdict)),
        cells(&|_| "---:".into()),
        cells(&|verdict| report.count(verdict).to_string()),
    );
    if let Some(note) = redact::note(report) {
        out.push_str(&format!("\n> {}\n", text(&note)));
    }
    if let Some(line) = gate::counts_line(report, names) {
        out.push_str(&format!("\n> {}\n", text(&line)));
    }
    if let Some(packer) = &report.reach.packer {
        out.push_str(&format!("\n> {}: {}\n", names.say("reach.packer"), text(&packer.name)));
    }
    if report.reach.policy != "given" {
        out.push_str(&format!("\n> {}: {}\n", names.say("reach.policy"), text(&names.policy(report))));
    }
    out
}

/// A rule with its findings.
fn section(outcome: &OutcomeSummary, names: Names<'_>) -> String {
    let mut out = format!(
        "\n<details><summary><b>{}</b> · {} ({})</summary>\n\n",
        names.verdict(outcome.verdict),
        super::escape::markup(&outcome.title),
        outcome.findings.len()
    );
    let clauses = outcome.cited.iter().take(4).map(|clause| names.cited(clause));
    out.push_str(&format!("{}: {}\n\n", names.say("finding.clauses"), text(&names.list(clauses))));
    for finding in outcome.findings.iter().take(SHOWN_FINDINGS) {
        out.push_str(&item(finding, names));
    }
    let more = outcome.findings.len().saturating_sub(SHOWN_FINDINGS);
    if more > 0 {
        out.push_str(&format!("- … +{more}\n"));
    }
    if let Some(first) = outcome.findings.first() {
        out.push_str(&format!("\n**{}** {}\n", names.say("finding.fix"), text(&first.fix)));
    }
    out + "\n</details>\n"
}

fn item(finding: &FindingSummary, names: Names<'_>) -> String {
    let state = gate::state_words(finding, names).map(|words| format!(" ({})", text(&words))).unwrap_or_default();
    let mut out = format!("- **{}** {}{state}\n", names.severity(finding.severity), text(&finding.explanation));
    for place in finding.evidence.iter().take(SHOWN_PLACES) {
        out.push_str(&format!("  - {}\n", code(&evidence_line(place))));
    }
    let more = finding.evidence.len().saturating_sub(SHOWN_PLACES);
    if more > 0 {
        out.push_str(&format!("  - … +{more}\n"));
    }
    if let Some(path) = finding.evidence.iter().map(path_lines).find(|path| path.len() > 1) {
        let frames = path.iter().take(SHOWN_FRAMES).map(|frame| code(&format!("at {frame}")));
        out.push_str(&format!("  - {}\n", frames.collect::<Vec<_>>().join("<br>")));
    }
    out
}

/// The other rules: those that could not decide with the reason, of the rest the names.
fn others(rest: &[&OutcomeSummary], names: Names<'_>) -> Option<String> {
    if rest.is_empty() {
        return None;
    }
    let lines: String = rest
        .iter()
        .map(|outcome| {
            let reason =
                if outcome.reason.is_empty() { String::new() } else { format!(" — {}", text(&outcome.reason)) };
            format!("- **{}** {}{reason}\n", names.verdict(outcome.verdict), text(&outcome.title))
        })
        .collect();
    let title = names.say("section.other");
    Some(format!("\n<details><summary>{title} ({})</summary>\n\n{lines}\n</details>\n", rest.len()))
}
