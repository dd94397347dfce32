//! The report as tables: what CSV and workbooks hold.

use std::collections::BTreeSet;

use super::names::Names;
use super::table::Table;
use super::text::{evidence_line, path_lines};
use super::{Report, SdkSummary, gate, rectification, redact};
use crate::evidence::Evidence;
use crate::outcome::Verdict;

/// Places that a cell names; the JSON report has all.
const SHOWN_PLACES: usize = 5;

/// All tables of a report, the summary first.
pub fn all(report: &Report, names: Names<'_>) -> Vec<Table> {
    vec![
        summary(report, names),
        findings(report, names),
        rectification::rows(report, names),
        rules(report, names),
        sdks(&report.sdks.iter().collect::<Vec<_>>(), names),
        items(report, names),
        permissions(report, names),
        hosts(report, names),
        clauses(report, names),
        checklist(report, names),
    ]
}

pub(super) fn table(names: Names<'_>, id: &'static str, columns: &[&'static str], rows: Vec<Vec<String>>) -> Table {
    let headings = columns.iter().map(|column| names.say(&format!("table.{column}"))).collect();
    Table { id, title: names.say(&format!("sheet.{id}")), columns: columns.to_vec(), headings, rows }
}

fn yes(names: Names<'_>, value: bool) -> String {
    names.say(if value { "yes" } else { "no" })
}

pub(super) fn places(evidence: &[Evidence]) -> String {
    let mut lines: Vec<String> = evidence.iter().take(SHOWN_PLACES).map(evidence_line).collect();
    let more = evidence.len().saturating_sub(SHOWN_PLACES);
    if more > 0 {
        lines.push(format!("… +{more}"));
    }
    lines.join("; ")
}

/// What was scanned, with what, and how the rules ended: field and value.
pub fn summary(report: &Report, names: Names<'_>) -> Table {
    let app = &report.app;
    let sdk = |value: Option<u32>| value.map(|value| value.to_string()).unwrap_or_default();
    let mut rows: Vec<(&str, String)> = Vec::new();
    rows.extend(redact::note(report).map(|note| ("redaction", note)));
    rows.extend([
        ("label", app.label.clone()),
        ("package", app.package.clone()),
        ("version", format!("{} ({})", app.version_name, app.version_code)),
        ("min_sdk", sdk(app.min_sdk)),
        ("target_sdk", sdk(app.target_sdk)),
        ("app_type", names.app_type(&app.app_type)),
        ("file", report.input.path.clone()),
        ("size", report.input.size.to_string()),
        ("file_sha256", report.input.sha256.clone()),
    ]);
    rows.extend(app.signers.iter().map(|signer| ("signer", signer.certificate.subject.clone())));
    rows.extend(app.signers.iter().map(|signer| ("signer_sha256", signer.certificate.sha256.clone())));
    rows.push(("policy", names.policy(report)));
    let proposals = [("proposed_type", &app.proposed_type), ("proposed_profile", &app.proposed_profile)];
    rows.extend(proposals.into_iter().filter_map(|(id, proposal)| Some((id, names.proposal(proposal.as_ref()?)))));
    rows.extend(report.as_of.clone().map(|day| ("as_of", day)));
    rows.push(("tool", format!("{} {}", report.tool.name, report.tool.version)));
    rows.push(("signatures", format!("{} {}", report.tool.signatures.version, report.tool.signatures.sha256)));
    let mut rows: Vec<Vec<String>> =
        rows.into_iter().map(|(field, value)| vec![names.say(&format!("field.{field}")), value]).collect();
    for verdict in Verdict::ALL {
        rows.push(vec![names.verdict(verdict), report.count(verdict).to_string()]);
    }
    table(names, "summary", &["field", "value"], rows)
}

/// Findings, gravest first.
pub fn findings(report: &Report, names: Names<'_>) -> Table {
    let columns = [
        "verdict",
        "severity",
        "confidence",
        "title",
        "explanation",
        "fix",
        "clauses",
        "pi",
        "permission",
        "sdk",
        "host",
        "component",
        "statement",
        "responsible",
        "evidence",
        "path",
        "places",
        "rule",
        "state",
        "fingerprint",
    ];
    let row = |(outcome, finding): (&super::OutcomeSummary, &super::FindingSummary)| {
        let about = &finding.about;
        let path = finding.evidence.iter().map(path_lines).find(|path| path.len() > 1).unwrap_or_default();
        vec![
            names.verdict(finding.verdict),
            names.severity(finding.severity),
            names.confidence(finding.confidence),
            finding.title.clone(),
            finding.explanation.clone(),
            finding.fix.clone(),
            outcome.cited.iter().map(|clause| names.cited(clause)).collect::<Vec<_>>().join("; "),
            about.pi.as_deref().map(|id| names.item(id)).unwrap_or_default(),
            about.permission.clone().unwrap_or_default(),
            about.sdk.as_deref().map(|id| names.sdk(id)).unwrap_or_default(),
            about.host.clone().unwrap_or_default(),
            about.component.clone().unwrap_or_default(),
            match (&about.statement, &about.surface) {
                (Some(id), _) => names.content(id),
                (None, Some(id)) => names.surface(id),
                (None, None) => String::new(),
            },
            rectification::responsible(outcome, finding, names),
            places(&finding.evidence),
            path.join(" ← "),
            finding.evidence.len().to_string(),
            outcome.rule.clone(),
            gate::state_words(finding, names).unwrap_or_default(),
            finding.fingerprint.clone(),
        ]
    };
    table(names, "findings", &columns, report.findings().into_iter().map(row).collect())
}

/// How each rule ended.
pub fn rules(report: &Report, names: Names<'_>) -> Table {
    let row = |outcome: &super::OutcomeSummary| {
        vec![
            outcome.rule.clone(),
            outcome.title.clone(),
            names.verdict(outcome.verdict),
            outcome.findings.len().to_string(),
            outcome.reason.clone(),
            places(&outcome.evidence),
            outcome.clauses.join(" "),
        ]
    };
    let columns = ["rule", "title", "verdict", "findings", "reason", "evidence", "clauses"];
    table(names, "rules", &columns, report.by_gravity().into_iter().map(row).collect())
}

/// Third parties.
pub fn sdks(shown: &[&SdkSummary], names: Names<'_>) -> Table {
    let items = |ids: &[String]| names.list(ids.iter().map(|id| names.item(id)));
    let columns = [
        "id",
        "name",
        "vendor",
        "country",
        "category",
        "purpose",
        "version",
        "presence",
        "confidence",
        "disclosed",
        "pi",
        "before_consent",
        "handed",
        "permissions",
        "hosts",
        "policy",
        "evidence",
    ];
    let row = |sdk: &&SdkSummary| {
        // Items that the app hands to it, each once.
        let handed: BTreeSet<&String> = sdk.handed.iter().map(|handed| &handed.item).collect();
        vec![
            sdk.id.clone(),
            sdk.name.clone(),
            sdk.vendor.clone(),
            sdk.country.clone(),
            sdk.category.clone(),
            sdk.purpose.clone(),
            sdk.version.clone().unwrap_or_default(),
            names.say(&format!("presence.{}", sdk.presence.as_str())),
            names.confidence(sdk.confidence),
            names.disclosed(sdk.disclosed),
            items(&sdk.pi),
            items(&sdk.pi_before_consent),
            items(&handed.into_iter().cloned().collect::<Vec<_>>()),
            sdk.permissions.join(" "),
            sdk.hosts.join(" "),
            sdk.policy_url.clone(),
            sdk.reasons.iter().map(evidence_line).collect::<Vec<_>>().join("; "),
        ]
    };
    table(names, "sdks", &columns, shown.iter().map(row).collect())
}

/// Personal information by owner.
pub fn items(report: &Report, names: Names<'_>) -> Table {
    let row = |pi: &super::PiSummary| {
        vec![
            pi.name.clone(),
            pi.item.clone(),
            names.owner(&pi.owner),
            names.say(&format!("consent.{}", pi.consent)),
            names.phases(&pi.phases),
            pi.count.to_string(),
            pi.api.clone(),
            yes(names, pi.inventory_only),
            places(&pi.evidence),
        ]
    };
    let columns = ["pi", "id", "owner", "consent", "when", "places", "api", "inventory", "evidence"];
    table(names, "pi", &columns, report.pi.iter().map(row).collect())
}

/// Declared permissions.
pub fn permissions(report: &Report, names: Names<'_>) -> Table {
    let row = |permission: &super::PermissionSummary| {
        vec![
            permission.name.clone(),
            permission.label.clone(),
            names.kind(permission.kind),
            permission.max_sdk.map(|level| level.to_string()).unwrap_or_default(),
            yes(names, permission.used),
            names.list(permission.used_by.iter().map(|owner| names.owner(owner))),
        ]
    };
    let columns = ["permission", "label", "kind", "max_sdk", "used", "used_by"];
    table(names, "permissions", &columns, report.app.permissions.iter().map(row).collect())
}

/// Hosts.
pub fn hosts(report: &Report, names: Names<'_>) -> Table {
    let row = |host: &super::EndpointSummary| {
        vec![
            host.host.clone(),
            host.url.clone(),
            host.belongs_to.as_ref().map(|party| party.name.clone()).unwrap_or_default(),
            host.country.clone(),
            yes(names, host.cleartext),
            names.list(host.owners.iter().map(|owner| names.owner(owner))),
            places(&host.evidence),
        ]
    };
    let columns = ["host", "url", "belongs_to", "country", "cleartext", "owner", "evidence"];
    table(names, "hosts", &columns, report.endpoints.iter().map(row).collect())
}

/// The clauses that the rules bear on, with how these ended.
pub fn clauses(report: &Report, names: Names<'_>) -> Table {
    let row = |status: super::ClauseStatus<'_>| {
        let clause = status.citation;
        let findings: usize = status.outcomes.iter().map(|outcome| outcome.findings.len()).sum();
        vec![
            clause.id.clone(),
            clause.instrument.clone(),
            clause.number.clone(),
            clause.title.clone(),
            names.verdict(status.verdict),
            findings.to_string(),
            status.outcomes.iter().map(|outcome| outcome.title.clone()).collect::<Vec<_>>().join("; "),
            clause.quote.clone().unwrap_or_default(),
        ]
    };
    let columns = ["id", "instrument", "number", "title", "verdict", "findings", "rules", "quote"];
    table(names, "clauses", &columns, report.clauses().into_iter().map(row).collect())
}

/// What is left to a person.
pub fn checklist(report: &Report, names: Names<'_>) -> Table {
    let mut rows = Vec::new();
    for (reason, steps) in report.checklist_by_reason(names) {
        for step in steps {
            let clauses = step.clauses.iter().map(|id| names.clause(id)).collect::<Vec<_>>().join("; ");
            rows.push(vec![step.text.clone(), reason.clone(), clauses, String::new(), step.clauses.join(" ")]);
        }
    }
    table(names, "checklist", &["by_hand", "reason", "clauses", "done", "id"], rows)
}
