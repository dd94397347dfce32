//! Findings as annotations of a GitHub workflow
//! ([workflow commands](https://docs.github.com/actions/reference/workflow-commands-for-github-actions)).

use super::names::Names;
use super::text::{evidence_line, safe};
use super::{FindingSummary, Level, Report, gate, redact};
use crate::evidence::Evidence;
use crate::outcome::Verdict;

/// One command a line, gravest first, since GitHub shows the first ten of a kind for a step; what could not be
/// decided and the counts stand at the end as notices.
pub fn render(report: &Report, names: Names<'_>) -> String {
    let mut out = String::new();
    if let Some(note) = redact::note(report) {
        out.push_str(&command("notice", &[], &names.say("head.redaction"), &note));
    }
    // What the baseline or a suppression keeps from counting needs no annotation.
    for (outcome, finding) in report.findings().into_iter().filter(|(_, finding)| finding.counts()) {
        let place = finding.evidence.first().map(evidence_line).unwrap_or_default();
        let message = format!(
            "{}\n{}: {}\n{}: {}\n{place}",
            safe(&finding.explanation),
            names.say("finding.fix"),
            safe(&finding.fix),
            names.say("finding.clauses"),
            names.list(outcome.cited.iter().take(3).map(|clause| names.cited(clause)))
        );
        let title = format!("{} · {}", names.verdict(finding.verdict), finding.title);
        out.push_str(&command(level(finding.level()), &file(report, finding), &title, &message));
    }
    let undetermined = report.outcomes.iter().filter(|outcome| outcome.verdict == Verdict::Undetermined);
    for outcome in undetermined {
        let title = format!("{} · {}", names.verdict(outcome.verdict), outcome.title);
        out.push_str(&command("notice", &[], &title, &outcome.reason));
    }
    let counts = Verdict::ALL.map(|verdict| format!("{} {}", names.verdict(verdict), report.count(verdict)));
    let title = format!("{} {}", names.say("title"), report.app.package);
    let gate = gate::counts_line(report, names).map(|line| format!("\n{line}")).unwrap_or_default();
    out + &command("notice", &[], &title, &(counts.join(" · ") + &gate))
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    }
}

/// The policy's file and line, where a given policy shows the finding: it may lie in the repository. Places in
/// the package have no file there.
fn file(report: &Report, finding: &FindingSummary) -> Vec<(&'static str, String)> {
    let given = report.reach.policy == "given" && !report.reach.policy_file.contains(" + ");
    match finding.evidence.first() {
        Some(Evidence::Policy { line, .. }) if given && *line > 0 => {
            vec![("file", report.reach.policy_file.clone()), ("line", line.to_string())]
        }
        _ => Vec::new(),
    }
}

fn command(level: &str, place: &[(&str, String)], title: &str, message: &str) -> String {
    let mut properties: Vec<String> = place.iter().map(|(name, value)| format!("{name}={}", property(value))).collect();
    properties.push(format!("title={}", property(title)));
    format!("::{level} {}::{}\n", properties.join(","), data(message))
}

/// As the runner unescapes a message.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// As the runner unescapes a property.
fn property(text: &str) -> String {
    data(&safe(text)).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::command;

    #[test]
    fn texts_cannot_end_a_command() {
        let line = command("error", &[("file", "a,b:c".into())], "x::y, 50%", "one\n::set-output name=a::b\r");
        assert_eq!(line, "::error file=a%2Cb%3Ac,title=x%3A%3Ay%2C 50%25::one%0A::set-output name=a::b%0D\n");
    }
}
