//! The list for those who mend the app (整改清单): a row for each finding, the gravest first.

use super::names::Names;
use super::notice::{ABSENT, by_document, plain, relied_on};
use super::sheets::{places, table};
use super::table::{self as tables, Table};
use super::{FindingSummary, OutcomeSummary, Report, redact};
use crate::evidence::{Evidence, OwnerKind};
use crate::outcome::Verdict;

/// Clauses that a row cites.
const SHOWN_CLAUSES: usize = 4;

/// The list as Markdown with a final newline.
pub fn render(report: &Report, names: Names<'_>) -> String {
    let list = rows(report, names);
    let app = &report.app;
    let say = |id: &str| names.say(&format!("rectification.{id}"));
    let label = plain(if app.label.is_empty() { &app.package } else { &app.label });
    let mut out = format!("# {}\n", say("title").replace("{app}", &label));
    if let Some(note) = redact::note(report) {
        out.push_str(&format!("\n> {note}\n"));
    }
    let count = |verdict: Verdict| report.findings().iter().filter(|(_, found)| found.verdict == verdict).count();
    let head = say("head")
        .replace("{package}", &plain(&app.package))
        .replace("{version}", &plain(&app.version_name))
        .replace("{code}", &app.version_code.to_string())
        .replace("{violations}", &count(Verdict::Violation).to_string())
        .replace("{risks}", &count(Verdict::Risk).to_string());
    out.push_str(&format!("\n{head}\n\n"));
    if list.rows.is_empty() {
        return out + &names.say("page.no_findings") + "\n";
    }
    let cells = list.rows.iter().map(|row| row.iter().map(|cell| plain_cell(cell)).collect()).collect::<Vec<_>>();
    out.push_str(&tables::markdown(&list.headings, &cells));
    out + &format!("\n{}\n", say("foot"))
}

/// A cell on one line.
fn plain_cell(text: &str) -> String {
    text.replace(['\n', '\r'], " ").replace("](", "] (").replace('`', "'")
}

/// The list as a table.
pub fn rows(report: &Report, names: Names<'_>) -> Table {
    let columns = ["no", "verdict", "problem", "clauses", "evidence", "fix", "responsible", "severity"];
    let row = |(number, (outcome, finding)): (usize, (&OutcomeSummary, &FindingSummary))| {
        let colon = names.lang.pick("：", ": ");
        vec![
            number.to_string(),
            names.verdict(finding.verdict),
            format!("{}{colon}{}", finding.title, finding.explanation),
            by_document(relied_on(outcome, finding, names.knowledge).into_iter().take(SHOWN_CLAUSES), names),
            match finding.evidence.first() {
                Some(Evidence::Redacted { .. }) => {
                    names.say("rectification.withheld").replace("{count}", &finding.evidence.len().to_string())
                }
                _ => places(&finding.evidence),
            },
            finding.fix.clone(),
            responsible(outcome, finding, names),
            names.severity(finding.severity),
        ]
    };
    let mut list = table(names, "rectification", &columns, (1usize..).zip(report.findings()).map(row).collect());
    list.headings = columns.iter().map(|column| names.say(&format!("rectification.{column}"))).collect();
    list
}

/// Who has to mend it: the SDKs whose code does it; for what a policy must say, and all else, the app. SDKs that
/// the finding is about stand behind.
pub fn responsible(outcome: &OutcomeSummary, finding: &FindingSummary, names: Names<'_>) -> String {
    let app = names.say("rectification.app");
    // What only the policy shows is the operator's to say, whoever's code takes it.
    let is_policys = names.knowledge.clauses_of(&outcome.rule).iter().any(|(_, row)| row.decidable == "needs-policy");
    let mut owners: Vec<String> = Vec::new();
    // Nor does what was looked for in vain stand in anybody's code.
    let is_missing = finding.evidence.first().is_some_and(|first| first.kind() == ABSENT);
    // A permission of the manifest is the app's to declare, whoever uses it.
    let is_declared =
        finding.about.permission.is_some() && matches!(finding.evidence.first(), Some(Evidence::Manifest { .. }));
    if !is_policys && !is_missing && !is_declared {
        for evidence in &finding.evidence {
            let (Evidence::Code { owner, .. } | Evidence::Redacted { owner: Some(owner), .. }) = evidence else {
                continue;
            };
            let name = match owner.kind {
                OwnerKind::App => app.clone(),
                OwnerKind::Unknown => names.say("owner.unknown"),
                OwnerKind::Sdk | OwnerKind::Library => names.sdk(&owner.id),
            };
            if !owners.contains(&name) {
                owners.push(name);
            }
        }
    }
    if owners.is_empty() {
        owners.push(app);
    }
    let concerned = finding.about.sdk.as_deref().map(|id| names.sdk(id)).filter(|name| !owners.contains(name));
    let who = names.list(owners);
    match concerned {
        Some(sdk) => names.say("rectification.concerns").replace("{who}", &who).replace("{sdk}", &sdk),
        None => who,
    }
}
