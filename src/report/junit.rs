//! The report as JUnit XML: a rule is a test case.
//!
//! Violations fail. Risks pass and say in their output what a person must look at: a test that fails on them
//! would be switched off. What could not be decided, or does not bear on the app, is skipped with the reason.

use super::escape::markup;
use super::names::Names;
use super::text::{evidence_line, path_lines};
use super::{FindingSummary, OutcomeSummary, Report, gate, redact};
use crate::outcome::Verdict;

/// Places named for one finding; the JSON report has all.
const SHOWN_PLACES: usize = 5;

/// The report as XML text with a final newline.
pub fn render(report: &Report, names: Names<'_>) -> String {
    let app = &report.app;
    let failures = report.outcomes.iter().filter(|outcome| violations(outcome).next().is_some()).count();
    let skipped = report.count(Verdict::Undetermined).saturating_add(report.count(Verdict::NotApplicable));
    let counts = format!(
        "tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\" time=\"0\"",
        report.outcomes.len()
    );
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.push_str(&format!("<testsuites name=\"{}\" {counts}>\n", markup(report.tool.name)));
    let suite = format!("{} {}", app.package, app.version_name);
    out.push_str(&format!("  <testsuite name=\"{}\" {counts}>\n    <properties>\n", markup(&suite)));
    for (name, value) in [
        ("file", report.input.path.as_str()),
        ("sha256", &report.input.sha256),
        ("mingcha", report.tool.version),
        ("signatures", &report.tool.signatures.version),
    ] {
        out.push_str(&format!("      <property name=\"{name}\" value=\"{}\"/>\n", markup(value)));
    }
    if let Some(note) = redact::note(report) {
        out.push_str(&format!("      <property name=\"redaction\" value=\"{}\"/>\n", markup(&note)));
    }
    out.push_str("    </properties>\n");
    for outcome in &report.outcomes {
        let head = format!(
            "    <testcase classname=\"{}.{}\" name=\"{}\" time=\"0\"",
            markup(report.tool.name),
            markup(&outcome.rule),
            markup(&outcome.title)
        );
        let body = case(outcome, names);
        if body.is_empty() {
            out.push_str(&format!("{head}/>\n"));
        } else {
            out.push_str(&format!("{head}>\n{body}    </testcase>\n"));
        }
    }
    out + "  </testsuite>\n</testsuites>\n"
}

/// The findings that fail a rule: what the baseline or a suppression keeps from counting does not.
fn violations(outcome: &OutcomeSummary) -> impl Iterator<Item = &FindingSummary> {
    outcome.findings.iter().filter(|finding| finding.verdict == Verdict::Violation && finding.counts())
}

fn case(outcome: &OutcomeSummary, names: Names<'_>) -> String {
    let word = names.verdict(outcome.verdict);
    match outcome.verdict {
        Verdict::Violation if violations(outcome).next().is_some() => {
            // One failure a test case: some readers take no second one.
            let first = violations(outcome).next().map(|finding| finding.explanation.as_str()).unwrap_or_default();
            let more = violations(outcome).count().saturating_sub(1);
            let message = if more > 0 { format!("{first} (+{more})") } else { first.to_owned() };
            let body: String = violations(outcome).map(|finding| described(finding, names)).collect();
            let failure = format!(
                "      <failure type=\"{}\" message=\"{}\">{}{}</failure>\n",
                outcome.verdict.as_str(),
                markup(&message),
                cited(outcome, names),
                body
            );
            let others =
                outcome.findings.iter().filter(|finding| finding.verdict != Verdict::Violation || !finding.counts());
            failure + &output(&others.collect::<Vec<_>>(), "", names)
        }
        Verdict::Violation | Verdict::Risk => {
            output(&outcome.findings.iter().collect::<Vec<_>>(), &cited(outcome, names), names)
        }
        Verdict::Undetermined | Verdict::NotApplicable => {
            format!("      <skipped message=\"{}\"/>\n", markup(&format!("{word}: {}", outcome.reason)))
        }
        Verdict::Pass => String::new(),
    }
}

fn output(findings: &[&FindingSummary], head: &str, names: Names<'_>) -> String {
    if findings.is_empty() {
        return String::new();
    }
    let body: String = findings.iter().map(|finding| described(finding, names)).collect();
    format!("      <system-out>{head}{body}</system-out>\n")
}

fn cited(outcome: &OutcomeSummary, names: Names<'_>) -> String {
    let clauses = names.list(outcome.cited.iter().map(|clause| names.cited(clause)));
    markup(&format!("{}: {clauses}", names.say("finding.clauses"))) + "\n"
}

/// A finding in lines.
fn described(finding: &FindingSummary, names: Names<'_>) -> String {
    let mut lines = vec![
        format!("[{} · {}] {}", names.verdict(finding.verdict), names.severity(finding.severity), finding.explanation),
        format!("  {}: {}", names.say("finding.fix"), finding.fix),
    ];
    lines.extend(finding.evidence.iter().take(SHOWN_PLACES).map(|place| format!("  {}", evidence_line(place))));
    let more = finding.evidence.len().saturating_sub(SHOWN_PLACES);
    if more > 0 {
        lines.push(format!("  … +{more}"));
    }
    let path = finding.evidence.iter().map(path_lines).find(|path| path.len() > 1).unwrap_or_default();
    lines.extend(path.iter().map(|frame| format!("    at {frame}")));
    lines.push(format!("  {}", gate::state_line(finding, names).unwrap_or_else(|| finding.fingerprint.clone())));
    lines.iter().map(|line| markup(line) + "\n").collect()
}
