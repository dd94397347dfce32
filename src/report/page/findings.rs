//! Findings by rule, each foldable, with places and call paths.

use super::Page;
use crate::evidence::{CallStep, Evidence};
use crate::outcome::{Severity, Verdict};
use crate::report::escape::markup;
use crate::report::text::{evidence_line, safe};
use crate::report::{FindingSummary, OutcomeSummary, gate};

/// Findings that a page holds.
const SHOWN_FINDINGS: usize = 3_000;
/// Bytes of evidence that a page holds, and bounds on the share of one finding: with few findings all evidence
/// is there, with thousands the page still opens at once.
const EVIDENCE: usize = 1_200_000;
const SHARE: (usize, usize) = (500, 12_000);
/// Frames of one call path.
const SHOWN_FRAMES: usize = 40;

impl Page<'_> {
    pub(super) fn findings(&self) -> String {
        let report = self.report();
        let found: Vec<&OutcomeSummary> =
            report.by_gravity().into_iter().filter(|outcome| !outcome.findings.is_empty()).collect();
        let count: usize = found.iter().map(|outcome| outcome.findings.len()).sum();
        if count == 0 {
            // The script looks for these.
            return format!(
                "<p>{}</p><div id=\"rules-found\"></div><p id=\"no-match\" hidden></p>",
                self.word("page.no_findings")
            );
        }
        let share = EVIDENCE.checked_div(count).unwrap_or(EVIDENCE).clamp(SHARE.0, SHARE.1);
        let mut left = SHOWN_FINDINGS;
        let mut place = 0usize;
        let mut out = self.toolbar();
        out.push_str("<div id=\"rules-found\">\n");
        for outcome in found {
            let shown = outcome.findings.len().min(left);
            left = left.saturating_sub(shown);
            if shown == 0 {
                continue;
            }
            out.push_str(&self.rule_head(outcome));
            let common = same_fix(outcome).then(|| self.fix(outcome, 0));
            out.push_str(common.as_deref().unwrap_or_default());
            for (index, finding) in outcome.findings.iter().enumerate().take(shown) {
                place = place.saturating_add(1);
                out.push_str(&self.finding(outcome, index, finding, place, share, common.is_none()));
            }
            let more = outcome.findings.len().saturating_sub(shown);
            out.push_str(&self.left_out(more));
            out.push_str("</section>\n");
        }
        out.push_str("</div>\n");
        out + &format!("<p id=\"no-match\" role=\"status\" hidden>{}</p>", self.word("page.no_match"))
    }

    fn toolbar(&self) -> String {
        let chip = |value: &str, word: String| {
            format!(
                "<label><input type=\"checkbox\" value=\"{value}\" autocomplete=\"off\" checked><span class=\"tag\">{word}</span></label>"
            )
        };
        let verdicts = [Verdict::Violation, Verdict::Risk];
        let verdicts: String =
            verdicts.map(|value| chip(value.as_str(), self.both(|_, names| names.verdict(value)))).concat();
        let severities: String =
            Severity::ALL.map(|value| chip(value.as_str(), self.both(|_, names| names.severity(value)))).concat();
        let option = |value: &str| {
            let id = format!("page.sort_{value}");
            let words = self.attributes(|_, names| names.say(&id));
            format!("<option value=\"{value}\" {words}></option>")
        };
        format!(
            "<div class=\"bar js\">\
             <fieldset class=\"chips\"><legend>{}</legend>{verdicts}</fieldset>\
             <fieldset class=\"chips\"><legend>{}</legend>{severities}</fieldset>\
             <span><label for=\"sort\">{}</label> <select id=\"sort\" autocomplete=\"off\">{}</select></span>\
             <span><button type=\"button\" id=\"expand\">{}</button> <button type=\"button\" id=\"collapse\">{}</button></span>\
             <span id=\"shown\" role=\"status\" {}></span></div>\n",
            self.word("page.filter_verdict"),
            self.word("page.filter_severity"),
            self.word("page.sort"),
            ["gravity", "rule", "places"].map(option).concat(),
            self.word("page.expand"),
            self.word("page.collapse"),
            self.attributes(|_, names| names.say("page.shown")),
        )
    }

    fn rule_head(&self, outcome: &OutcomeSummary) -> String {
        let verdict = outcome.verdict;
        let cited = outcome.cited.iter().map(|clause| {
            format!("<a href=\"#clause-{}\">{}</a>", markup(&clause.id), markup(&self.names().cited(clause)))
        });
        let rule = markup(&outcome.rule);
        format!(
            "<section class=\"rule card\" id=\"rule-{rule}\" aria-labelledby=\"t-{rule}\"><header>\
             <span class=\"badge {}\">{}</span><h3 id=\"t-{rule}\">{}</h3><code>{rule}</code></header>\
             <p class=\"cite\">{}: {}</p>\n",
            verdict.as_str(),
            self.both(|_, names| names.verdict(verdict)),
            self.title(outcome),
            self.word("finding.clauses"),
            cited.collect::<Vec<_>>().join(" · "),
        )
    }

    /// The title of a rule in each language.
    pub(super) fn title(&self, outcome: &OutcomeSummary) -> String {
        self.both(|report, _| same_rule(report, outcome).map(|other| other.title.clone()).unwrap_or_default())
    }

    fn fix(&self, outcome: &OutcomeSummary, index: usize) -> String {
        let text = self.both(|report, _| {
            let other = same_rule(report, outcome).and_then(|other| other.findings.get(index));
            other.map(|finding| finding.fix.clone()).unwrap_or_default()
        });
        format!("<p class=\"fix\"><b>{}</b>{text}</p>\n", self.word("finding.fix"))
    }

    fn finding(
        &self,
        outcome: &OutcomeSummary,
        index: usize,
        finding: &FindingSummary,
        place: usize,
        share: usize,
        own_fix: bool,
    ) -> String {
        let severity = finding.severity;
        let text = self.both(|report, _| {
            let other = same_rule(report, outcome).and_then(|other| other.findings.get(index));
            other.map(|finding| finding.explanation.clone()).unwrap_or_default()
        });
        let verdict = finding.verdict;
        // Where a rule's findings differ in verdict, each says its own.
        let note = if verdict == outcome.verdict {
            String::new()
        } else {
            format!(
                "<span class=\"badge {}\">{}</span>",
                verdict.as_str(),
                self.both(|_, names| names.verdict(verdict))
            )
        };
        let state = gate::state_words(finding, self.names()).map(|_| {
            format!(
                "<span class=\"badge info\">{}</span>",
                self.both(|_, names| gate::state_words(finding, names).unwrap_or_default())
            )
        });
        let note = note + &state.unwrap_or_default();
        format!(
            "<details class=\"finding\" data-verdict=\"{}\" data-severity=\"{}\" data-gravity=\"{}\" data-place=\"{place}\" data-places=\"{}\">\
             <summary><span class=\"badge {}\">{}</span>{note}<span>{text}</span></summary>\n<div class=\"body\">{}{}\
             <p class=\"print-id\">{}: {} · <code>{}</code></p></div></details>\n",
            verdict.as_str(),
            severity.as_str(),
            gravity(finding),
            finding.evidence.len(),
            severity.as_str(),
            self.both(|_, names| names.severity(severity)),
            if own_fix { self.fix(outcome, index) } else { String::new() },
            self.places(&finding.evidence, share),
            self.word("page.confidence"),
            self.both(|_, names| names.confidence(finding.confidence)),
            markup(&finding.fingerprint),
        )
    }

    /// Places in a list, the first always, further ones while they fit into `share` bytes.
    pub(super) fn places(&self, evidence: &[Evidence], share: usize) -> String {
        let mut out = String::new();
        let mut shown = 0usize;
        for place in evidence {
            let mut item = format!("<li><code>{}</code>", markup(&evidence_line(place)));
            if let Evidence::Code { path, .. } = place {
                item.push_str(&self.path(path));
            }
            item.push_str("</li>\n");
            if shown > 0 && out.len().saturating_add(item.len()) > share {
                break;
            }
            out.push_str(&item);
            shown = shown.saturating_add(1);
        }
        let more = evidence.len().saturating_sub(shown);
        if more > 0 {
            out.push_str(&format!("<li class=\"note\">{}</li>", self.counted("page.more_places", more)));
        }
        if out.is_empty() { out } else { format!("<ul class=\"places\">{out}</ul>") }
    }

    /// A call path from the entry point inwards; how control gets in stands behind a frame where that is no
    /// plain call.
    fn path(&self, path: &[CallStep]) -> String {
        if path.len() < 2 {
            return String::new();
        }
        let skipped = path.len().saturating_sub(SHOWN_FRAMES);
        let steps = path.iter().rev().skip(skipped).map(|step| {
            let via = match step.via {
                "call" | "virtual" => String::new(),
                "entry" => format!("<span class=\"via\">{}</span>", self.word("page.entry")),
                via => format!("<span class=\"via\">{}</span>", self.word(&format!("via.{via}"))),
            };
            format!("<li><code>{}</code>{via}</li>", markup(&safe(&step.frame)))
        });
        let dots = if skipped > 0 { "<li>…</li>" } else { "" };
        format!(
            "<details class=\"path\"><summary>{}</summary><ol class=\"frames\">{dots}{}</ol></details>",
            self.counted("page.path", path.len()),
            steps.collect::<String>()
        )
    }
}

/// The same rule's outcome in another language's report.
fn same_rule<'o>(report: &'o crate::report::Report, outcome: &OutcomeSummary) -> Option<&'o OutcomeSummary> {
    report.outcomes.iter().find(|other| other.rule == outcome.rule)
}

/// True when one advice serves all findings of a rule.
fn same_fix(outcome: &OutcomeSummary) -> bool {
    let first = outcome.findings.first().map(|finding| &finding.fix);
    outcome.findings.len() > 1 && outcome.findings.iter().all(|finding| Some(&finding.fix) == first)
}

/// A number to sort by: violations before risks, then by severity.
fn gravity(finding: &FindingSummary) -> usize {
    let place = |found: Option<usize>| found.unwrap_or_default();
    let verdict = place(Verdict::ALL.iter().position(|verdict| *verdict == finding.verdict));
    let severity = place(Severity::ALL.iter().position(|severity| *severity == finding.severity));
    verdict.saturating_mul(10).saturating_add(severity)
}
