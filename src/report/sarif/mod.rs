//! The report as SARIF 2.1.0 ([OASIS](https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html)).
//!
//! Consumers that read little of SARIF take every result for an alert, whatever its `kind`, and need a physical
//! location in each. Hence results are findings alone; rules that could not decide stand as notifications of the
//! invocation, and how every rule ended in the run's properties.

mod places;
mod rules;

use serde_json::{Map, Value, json};

use super::gate::State;
use super::names::Names;
use super::text::{evidence_line, safe};
use super::{FindingSummary, Lang, Level, OutcomeSummary, Report};
use crate::evidence::Evidence;
use crate::outcome::{Severity, Verdict};
use places::Places;
use rules::Taxonomies;

/// Where the schema stands.
const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// Most call paths and further places of one result; the JSON report has all.
const SHOWN: usize = 20;
/// Name of the fingerprint; the number rises when its making changes.
const FINGERPRINT: &str = "mingcha/v1";

/// The report as SARIF text with a final newline.
///
/// # Errors
/// When serialising fails, which these values never do.
pub fn render(report: &Report, names: Names<'_>) -> serde_json::Result<String> {
    let taxonomies = Taxonomies::new(report, names);
    let mut places = Places::new(report);
    let mut results = Vec::new();
    let mut notes = Vec::new();
    let has_baseline = report.gate.as_ref().is_some_and(|gate| !gate.baseline.is_empty());
    for (index, outcome) in report.outcomes.iter().enumerate() {
        let taxa = taxonomies.of_result(outcome);
        results.extend(
            outcome
                .findings
                .iter()
                .map(|finding| result(outcome, index, finding, &taxa, &mut places, names, has_baseline)),
        );
        if outcome.verdict == Verdict::Undetermined {
            notes.push(json!({
                "descriptor": { "id": Verdict::Undetermined.as_str() },
                "associatedRule": { "id": outcome.rule, "index": index },
                "level": "warning",
                "message": { "text": plain(&format!("{}: {}", outcome.title, outcome.reason)) },
                "locations": outcome.evidence.iter().take(SHOWN).map(|place| places.location(place)).collect::<Vec<_>>(),
            }));
        }
    }
    for part in &report.reach.incomplete {
        notes.push(json!({
            "descriptor": { "id": "incomplete" },
            "level": "warning",
            "message": { "text": plain(&format!("{}: {part}", names.say("reach.incomplete"))) },
        }));
    }
    for anomaly in &report.anomalies {
        notes.push(json!({
            "descriptor": { "id": "anomaly" },
            "level": "note",
            "message": { "text": plain(&format!("{}: {} {} {}", names.say("reach.anomaly"), anomaly.kind, anomaly.place, anomaly.detail)) },
        }));
    }
    let ends = report
        .outcomes
        .iter()
        .map(|outcome| json!({ "rule": outcome.rule, "verdict": outcome.verdict, "reason": safe(&outcome.reason) }));
    let notification = |id: &str, text: String| json!({ "id": id, "shortDescription": { "text": text } });
    let mut log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": report.tool.name,
                "fullName": format!("{} {}", names.say("title"), report.tool.version),
                "version": report.tool.version,
                "semanticVersion": report.tool.version,
                "rules": report.outcomes.iter().map(|outcome| rules::descriptor(outcome, &taxonomies, names)).collect::<Vec<_>>(),
                "notifications": [
                    notification(Verdict::Undetermined.as_str(), names.verdict(Verdict::Undetermined)),
                    notification("incomplete", names.say("reach.incomplete")),
                    notification("anomaly", names.say("reach.anomaly")),
                ],
                "supportedTaxonomies": taxonomies.references(),
                "properties": { "signatures": report.tool.signatures },
            }},
            "taxonomies": taxonomies.components(),
            "language": match names.lang { Lang::Zh => "zh-CN", Lang::En => "en-US" },
            "automationDetails": { "id": format!("{}/{}/", report.tool.name, safe(&report.app.package)) },
            "columnKind": "utf16CodeUnits",
            "originalUriBaseIds": { places::BASE: { "description": { "text": names.say("sarif.base") } } },
            "invocations": [{ "executionSuccessful": true, "toolExecutionNotifications": notes }],
            "artifacts": places.artifacts(),
            "logicalLocations": places.logical(),
            "results": results,
            "properties": {
                "app": {
                    "package": report.app.package,
                    "label": report.app.label,
                    "versionName": report.app.version_name,
                    "versionCode": report.app.version_code,
                },
                "outcomes": ends.collect::<Vec<_>>(),
            },
        }],
    });
    if let (Some(redaction), Some(properties)) =
        (&report.redaction, log.pointer_mut("/runs/0/properties").and_then(Value::as_object_mut))
    {
        properties.insert("redaction".into(), json!(redaction));
    }
    serde_json::to_string_pretty(&log).map(|text| text + "\n")
}

/// A text as a message: `[text](target)` would be a link (3.11.6), so brackets of the input are kept apart.
fn plain(text: &str) -> String {
    safe(text).replace("](", "]\u{200b}(")
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    }
}

/// SARIF's priority from 0 to 100.
fn rank(severity: Severity) -> u32 {
    match severity {
        Severity::Critical => 100,
        Severity::High => 80,
        Severity::Medium => 50,
        Severity::Low => 30,
        Severity::Info => 10,
    }
}

fn result(
    outcome: &OutcomeSummary,
    index: usize,
    finding: &FindingSummary,
    taxa: &[Value],
    places: &mut Places<'_>,
    names: Names<'_>,
    has_baseline: bool,
) -> Value {
    let verdict = names.verdict(finding.verdict);
    let fix = format!("{}: {}", names.say("finding.fix"), finding.fix);
    let text = plain(&format!("{verdict}: {}", finding.explanation)) + "\n" + &plain(&fix);
    let mut out = Map::new();
    let mut set = |name: &str, value: Value| out.insert(name.to_owned(), value);
    set("ruleId", json!(outcome.rule));
    set("ruleIndex", json!(index));
    set("kind", json!("fail"));
    set("level", json!(level(finding.level())));
    set("rank", json!(rank(finding.severity)));
    set("message", json!({ "text": text }));
    set("locations", finding.evidence.iter().take(1).map(|place| places.location(place)).collect());
    let more: Vec<Value> = finding
        .evidence
        .iter()
        .skip(1)
        .take(SHOWN)
        .enumerate()
        .map(|(id, place)| {
            let mut location = places.location(place);
            if let Some(fields) = location.as_object_mut() {
                fields.insert("id".into(), json!(id.saturating_add(1)));
            }
            location
        })
        .collect();
    if !more.is_empty() {
        set("relatedLocations", json!(more));
    }
    let flows: Vec<Value> = finding.evidence.iter().filter_map(|place| flow(place, places)).take(SHOWN).collect();
    if !flows.is_empty() {
        set("codeFlows", json!(flows));
    }
    set("taxa", json!(taxa));
    set("partialFingerprints", json!({ FINGERPRINT: finding.fingerprint }));
    if let Some(state) = finding.state.filter(|_| has_baseline) {
        set("baselineState", json!(if state == State::New { "new" } else { "unchanged" }));
    }
    // Of an expired suppression the finding is new, and the suppression no longer one.
    if let Some(note) = finding.suppression.as_ref().filter(|_| finding.state == Some(State::Suppressed)) {
        let justification = format!("{} ({}, {})", note.reason, note.owner, note.expires);
        set(
            "suppressions",
            json!([{ "kind": "external", "status": "accepted", "justification": safe(&justification) }]),
        );
    }
    set(
        "properties",
        json!({
            "verdict": finding.verdict,
            "severity": finding.severity,
            "confidence": finding.confidence,
            "about": finding.about,
            "places": finding.evidence.len(),
        }),
    );
    Value::Object(out)
}

/// The call path to a place, from the entry point inwards; none where nothing calls it.
fn flow(place: &Evidence, places: &mut Places<'_>) -> Option<Value> {
    let Evidence::Code { path, .. } = place else { return None };
    if path.len() < 2 {
        return None;
    }
    let last = path.len().saturating_sub(1);
    let steps: Vec<Value> = path
        .iter()
        .rev()
        .enumerate()
        .map(|(depth, step)| {
            let location = if depth == last { places.location(place) } else { places.frame(&step.frame) };
            json!({
                "location": location,
                "nestingLevel": depth,
                "executionOrder": depth.saturating_add(1),
                "kinds": [if depth == 0 { "enter" } else { "call" }, "function"],
                "properties": { "via": step.via },
            })
        })
        .collect();
    Some(json!({ "message": { "text": plain(&evidence_line(place)) }, "threadFlows": [{ "locations": steps }] }))
}
