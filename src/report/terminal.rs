//! The report for people: aligned, coloured only when asked, widths right for Chinese.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::groups::{Grouping, Party};
use super::names::Names;
use super::reach;
use super::text::{cut, evidence_line, padded, path_lines, safe, width, wrap};
use super::{FindingSummary, Lang, OutcomeSummary, Report, gate, redact};
use crate::evidence::{Evidence, OwnerKind};
use crate::knowledge::Knowledge;
use crate::outcome::{Severity, Verdict};

/// How to print.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Language of headings.
    pub lang: Lang,
    /// Use colours.
    pub color: bool,
    /// Columns of the terminal.
    pub columns: usize,
    /// How many call paths each finding shows.
    pub paths: usize,
    /// Leave nothing out.
    pub verbose: bool,
    /// How the findings are arranged.
    pub group: Grouping,
}

/// Most frames of one call path.
const SHOWN_FRAMES: usize = 24;
/// Evidence lines shown for one finding; JSON has all.
const SHOWN_EVIDENCE: usize = 3;
/// Findings shown of one rule; JSON has all.
const SHOWN_FINDINGS: usize = 12;
/// Rules named that did not run; JSON has all.
const SHOWN_SKIPPED: usize = 6;
/// Rows shown of a list; JSON has all.
const SHOWN_ROWS: usize = 40;

/// The report as text.
pub fn render(report: &Report, knowledge: &Knowledge, look: Look) -> String {
    let mut page = Page { out: String::new(), look, knowledge };
    page.head(report);
    match look.group {
        Grouping::Behaviour => page.outcomes(report),
        Grouping::Clause => page.clauses(report),
        Grouping::Sdk => page.parties(report),
    }
    page.pi(report);
    page.sdks(report);
    page.reach(report);
    page.foot(report);
    page.out
}

struct Page<'k> {
    out: String,
    look: Look,
    knowledge: &'k Knowledge,
}

impl Page<'_> {
    /// How much is shown of what has `usual` for a bound.
    fn shown(&self, usual: usize) -> usize {
        if self.look.verbose { usize::MAX } else { usual }
    }

    fn names(&self) -> Names<'_> {
        Names { knowledge: self.knowledge, lang: self.look.lang }
    }

    fn say(&self, id: &str) -> String {
        self.names().say(id)
    }

    fn paint(&self, style: Style, text: &str) -> String {
        if self.look.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    fn line(&mut self, text: &str) {
        let _ = writeln!(self.out, "{}", text.trim_end());
    }

    /// `label` in a column, `text` wrapped beside it.
    fn field(&mut self, indent: usize, label: &str, columns: usize, text: &str) {
        let lead = indent.saturating_add(columns);
        let lines = wrap(text, self.look.columns.saturating_sub(lead));
        for (number, part) in lines.iter().enumerate() {
            let left = if number == 0 { padded(label, columns) } else { " ".repeat(columns) };
            let left = self.paint(Style::new().dimmed(), &left);
            self.line(&format!("{}{left}{part}", " ".repeat(indent)));
        }
    }

    fn heading(&mut self, text: &str) {
        self.out.push('\n');
        let text = self.paint(Style::new().bold(), text);
        self.line(&text);
    }

    fn head(&mut self, report: &Report) {
        let app = &report.app;
        let title = format!("{} {} · {}", self.say("title"), report.tool.version, safe(&app.label));
        let title = self.paint(Style::new().bold(), &title);
        self.line(&title);
        if let Some(note) = redact::note(report) {
            self.field(2, &self.say("head.redaction"), 12, &note);
        }
        let sdk = |value: Option<u32>| value.map_or("-".to_owned(), |value| value.to_string());
        self.field(
            2,
            &self.say("head.package"),
            12,
            &safe(&format!(
                "{}  {} ({})  min {} · target {}",
                app.package,
                app.version_name,
                app.version_code,
                sdk(app.min_sdk),
                sdk(app.target_sdk)
            )),
        );
        self.field(
            2,
            &self.say("head.file"),
            12,
            &safe(&format!(
                "{}  {} B  SHA-256 {}",
                report.input.path,
                report.input.size,
                report.input.sha256.get(..16).unwrap_or_default()
            )),
        );
        for signer in &app.signers {
            self.field(
                2,
                &self.say("head.signer"),
                12,
                &safe(&format!(
                    "{}  {}  SHA-256 {}",
                    signer.certificate.subject,
                    signer.schemes.join("+"),
                    signer.certificate.sha256.get(..16).unwrap_or_default()
                )),
            );
        }
        for (id, proposal) in
            [("head.proposed_type", &app.proposed_type), ("head.proposed_profile", &app.proposed_profile)]
        {
            if let Some(proposal) = proposal {
                self.field(2, &self.say(id), 12, &self.names().proposal(proposal));
            }
        }
        if let Some(day) = &report.as_of {
            self.field(2, &self.say("head.as_of"), 12, day);
        }
        let parts: Vec<String> = Verdict::ALL
            .into_iter()
            .map(|verdict| {
                let text = format!("{} {}", self.names().verdict(verdict), report.count(verdict));
                self.paint(verdict_style(verdict), &text)
            })
            .collect();
        let label = padded(&self.say("head.result"), 12);
        self.line(&format!("  {}{}", self.paint(Style::new().dimmed(), &label), parts.join(" · ")));
        if let Some(counts) = gate::counts_line(report, self.names()) {
            self.field(2, &self.say("head.gate"), 12, &counts);
        }
        if !report.skipped_rules.is_empty() {
            let shown = self.shown(SHOWN_SKIPPED);
            let more = report.skipped_rules.len().saturating_sub(shown);
            let names: Vec<&str> = report.skipped_rules.iter().take(shown).map(String::as_str).collect();
            let rest = if more > 0 { format!(" … +{more}") } else { String::new() };
            self.field(2, &self.say("head.skipped"), 12, &format!("{}{rest}", names.join(", ")));
        }
    }

    fn outcomes(&mut self, report: &Report) {
        for outcome in report.by_gravity().iter().filter(|outcome| !outcome.findings.is_empty()) {
            self.outcome(outcome);
        }
        self.others(report);
        let hint = self.say("checklist.hint").replace("{count}", &report.checklist.len().to_string());
        self.field(2, &self.say("checklist.label"), 16, &hint);
    }

    /// The findings by owner.
    fn parties(&mut self, report: &Report) {
        for party in report.by_party() {
            self.party(&party);
        }
        self.others(report);
    }

    fn party(&mut self, party: &Party<'_>) {
        let verdict = self.names().verdict(party.verdict);
        let mark = self.paint(verdict_style(party.verdict).bold(), &format!("■ {verdict}"));
        let owner = self.paint(Style::new().bold(), &safe(&self.names().owner(&party.owner)));
        self.out.push('\n');
        self.line(&format!("{mark}  {owner}  ({})", party.findings.len()));
        let mut last = "";
        for (outcome, finding) in &party.findings {
            if outcome.rule != last {
                let title = self.paint(Style::new().bold(), &outcome.title);
                let verdict = self.names().verdict(finding.verdict);
                let rule = self.paint(Style::new().dimmed(), &outcome.rule);
                self.line(&format!("  {verdict}  {title}  {rule}"));
            }
            last = &outcome.rule;
            self.finding(finding);
        }
    }

    /// The clauses with how they stand, document by document, then what is left to a person.
    fn clauses(&mut self, report: &Report) {
        let mut last = "";
        let all = report.clauses();
        for status in &all {
            let clause = status.citation;
            if clause.instrument != last {
                self.heading(&safe(&clause.instrument));
            }
            last = &clause.instrument;
            let verdict = padded(&self.names().verdict(status.verdict), 16);
            let verdict = self.paint(verdict_style(status.verdict), &verdict);
            let bold = if status.verdict <= Verdict::Risk { Style::new().bold() } else { Style::new() };
            let title = self.paint(bold, &format!("{} {}", clause.number, clause.title));
            let id = self.paint(Style::new().dimmed(), &clause.id);
            self.line(&format!("  {verdict}{title}  {id}"));
            for outcome in status.outcomes.iter().filter(|outcome| outcome.verdict == status.verdict) {
                self.clause_outcome(outcome);
            }
        }
        self.heading(&format!("{} ({})", self.say("section.checklist"), report.checklist.len()));
        for (heading, steps) in report.checklist_by_reason(self.names()) {
            self.line(&format!("  {} ({})", heading, steps.len()));
            for step in steps {
                let clauses: Vec<String> = step.clauses.iter().map(|id| self.names().clause(id)).collect();
                let columns = self.look.columns.saturating_sub(8);
                for (number, part) in wrap(&step.text, columns).iter().enumerate() {
                    self.line(&format!("    {}{part}", if number == 0 { "□ " } else { "  " }));
                }
                let cited = cut(&clauses.join("；"), columns);
                let cited = self.paint(Style::new().dimmed(), &cited);
                self.line(&format!("      {cited}"));
            }
        }
    }

    /// Why a clause stands as it does, in a line for each finding.
    fn clause_outcome(&mut self, outcome: &OutcomeSummary) {
        let indent = " ".repeat(18);
        let columns = self.look.columns.saturating_sub(20);
        if outcome.findings.is_empty() {
            let text = safe(&format!("{} — {}", outcome.title, outcome.reason));
            for part in wrap(&text, columns) {
                let part = self.paint(Style::new().dimmed(), &part);
                self.line(&format!("{indent}{part}"));
            }
            return;
        }
        for finding in outcome
            .findings
            .iter()
            .filter(|finding| finding.verdict == outcome.verdict)
            .take(self.shown(SHOWN_EVIDENCE))
        {
            for (number, part) in wrap(&safe(&finding.explanation), columns).iter().enumerate() {
                self.line(&format!("{indent}{}{part}", if number == 0 { "· " } else { "  " }));
            }
            self.places(finding.evidence.iter().take(1), 20, 0);
        }
        let same = outcome.findings.iter().filter(|finding| finding.verdict == outcome.verdict).count();
        let more = same.saturating_sub(self.shown(SHOWN_EVIDENCE));
        if more > 0 {
            self.line(&format!("{indent}… +{more}"));
        }
    }

    /// Rules that ended without findings.
    fn others(&mut self, report: &Report) {
        let sorted = report.by_gravity();
        self.heading(&self.say("section.other"));
        for outcome in sorted.iter().filter(|outcome| outcome.findings.is_empty()) {
            let name = self.say(&format!("verdict.{}", outcome.verdict.as_str()));
            let name = self.paint(verdict_style(outcome.verdict), &padded(&name, 16));
            let columns = self.look.columns.saturating_sub(18);
            for (number, part) in
                wrap(&safe(&format!("{} — {}", outcome.title, outcome.reason)), columns).iter().enumerate()
            {
                let left = if number == 0 { name.clone() } else { " ".repeat(16) };
                self.line(&format!("  {left}{part}"));
            }
            if outcome.verdict == Verdict::Undetermined {
                self.places(outcome.evidence.iter().take(self.shown(SHOWN_EVIDENCE)), 18, 0);
            }
        }
    }

    /// Places, a line each, the first `paths` of them with their call path.
    fn places<'e>(&mut self, places: impl Iterator<Item = &'e Evidence>, indent: usize, paths: usize) {
        for (shown, evidence) in places.enumerate() {
            let columns = self.look.columns.saturating_sub(indent.saturating_add(2));
            for (number, part) in wrap(&evidence_line(evidence), columns).iter().enumerate() {
                let part = self.paint(Style::new().dimmed(), part);
                let indent = if number == 0 { indent } else { indent.saturating_add(2) };
                self.line(&format!("{}{part}", " ".repeat(indent)));
            }
            // The first frame is the place itself.
            let frames = path_lines(evidence);
            if shown < paths && frames.len() > 1 {
                let left = " ".repeat(indent.saturating_add(4));
                for frame in frames.iter().take(self.shown(SHOWN_FRAMES)) {
                    let frame = self.paint(Style::new().dimmed(), &format!("at {frame}"));
                    self.line(&format!("{left}{frame}"));
                }
                if frames.len() > self.shown(SHOWN_FRAMES) {
                    self.line(&format!("{left}… +{}", frames.len().saturating_sub(self.shown(SHOWN_FRAMES))));
                }
            }
        }
    }

    fn outcome(&mut self, outcome: &OutcomeSummary) {
        let verdict = self.say(&format!("verdict.{}", outcome.verdict.as_str()));
        let mark = self.paint(verdict_style(outcome.verdict).bold(), &format!("■ {verdict}"));
        let title = self.paint(Style::new().bold(), &outcome.title);
        let rule = self.paint(Style::new().dimmed(), &outcome.rule);
        self.out.push('\n');
        self.line(&format!("{mark}  {title}  {rule}"));
        let cited: Vec<String> = outcome
            .cited
            .iter()
            .take(3)
            .map(|clause| format!("{}{}", short_title(&clause.instrument), clause.number))
            .collect();
        if !cited.is_empty() {
            let more = outcome.cited.len().saturating_sub(cited.len());
            let tail = if more > 0 { format!(" +{more}") } else { String::new() };
            self.field(2, &self.say("finding.clauses"), 8, &format!("{}{tail}", cited.join("；")));
        }
        if let Some((clause, quote)) = outcome.cited.iter().find_map(|clause| Some((clause, clause.quote.as_ref()?))) {
            self.field(2, "", 8, &format!("{}：“{quote}”", clause.number));
        }
        let usual = self.shown(SHOWN_FINDINGS);
        // What a gate counts is shown, however much there is.
        let (shown, hidden): (Vec<_>, Vec<_>) = outcome
            .findings
            .iter()
            .enumerate()
            .partition(|(number, finding)| *number < usual || finding.state.is_some());
        for (_, finding) in shown {
            self.finding(finding);
        }
        if !hidden.is_empty() {
            self.line(&format!("  … {}", self.say("findings.more").replace("{count}", &hidden.len().to_string())));
        }
        if let Some(finding) = outcome.findings.first() {
            self.field(2, &self.say("finding.fix"), 8, &safe(&finding.fix));
        }
    }

    fn finding(&mut self, finding: &FindingSummary) {
        let severity = self.say(&format!("severity.{}", finding.severity.as_str()));
        let mark = self.paint(severity_style(finding.severity), &padded(&format!("[{severity}]"), 11));
        let columns = self.look.columns.saturating_sub(13);
        for (number, part) in wrap(&safe(&finding.explanation), columns).iter().enumerate() {
            let left = if number == 0 { mark.clone() } else { " ".repeat(11) };
            self.line(&format!("  {left}{part}"));
        }
        if self.look.verbose {
            let print = format!("{} {}", self.say("table.fingerprint"), finding.fingerprint);
            let print = self.paint(Style::new().dimmed(), &print);
            self.line(&format!("             {print}"));
        }
        if let Some(state) = gate::state_line(finding, self.names()) {
            let style = if finding.counts() { AnsiColor::Red.on_default() } else { Style::new().dimmed() };
            let state = self.paint(style, &safe(&state));
            self.line(&format!("             {state}"));
        }
        self.places(
            finding.evidence.iter().take(self.shown(SHOWN_EVIDENCE.max(self.look.paths))),
            13,
            self.shown(self.look.paths),
        );
        let more = finding.evidence.len().saturating_sub(self.shown(SHOWN_EVIDENCE.max(self.look.paths)));
        if more > 0 {
            self.line(&format!("             … +{more}"));
        }
    }

    fn pi(&mut self, report: &Report) {
        let shown: Vec<_> =
            report.pi.iter().filter(|pi| !pi.inventory_only && pi.owner.kind != OwnerKind::Library).collect();
        let hidden = report.pi.len().saturating_sub(shown.len());
        self.heading(&format!("{} ({})", self.say("section.pi"), shown.len()));
        for pi in shown.iter().take(self.shown(SHOWN_ROWS)) {
            let place = pi.evidence.first().map(evidence_line).unwrap_or_default();
            let mut when: Vec<String> = pi.phases.iter().map(|phase| self.say(&format!("phase.{phase}"))).collect();
            if when.is_empty() {
                when.push(self.say("phase.none"));
            }
            let consent = self.say(&format!("consent.{}", pi.consent));
            let left = format!(
                "  {}{}×{:<4}{}",
                padded(&cut(&pi.name, 24), 26),
                padded(&cut(&self.names().owner(&pi.owner), 22), 24),
                pi.count,
                padded(&cut(&format!("{consent} {}", when.join("+")), 34), 36)
            );
            let rest = self.look.columns.saturating_sub(94).max(50);
            let place = self.paint(Style::new().dimmed(), &cut(&place, rest));
            self.line(&format!("{left} {place}"));
        }
        self.more(shown.len());
        if hidden > 0 {
            let note = self.say("pi.hidden").replace("{count}", &hidden.to_string());
            self.line(&format!("  {note}"));
        }
    }

    fn more(&mut self, count: usize) {
        let rest = count.saturating_sub(self.shown(SHOWN_ROWS));
        if rest > 0 {
            self.line(&format!("  … +{rest}"));
        }
    }

    fn sdks(&mut self, report: &Report) {
        let shown: Vec<_> = report.sdks.iter().filter(|sdk| sdk.collects).collect();
        let libraries = report.sdks.len().saturating_sub(shown.len());
        self.heading(&format!("{} ({})", self.say("section.sdks"), shown.len()));
        for sdk in shown.iter().take(self.shown(SHOWN_ROWS)) {
            let disclosed = self.names().disclosed(sdk.disclosed);
            let reason = sdk.reasons.first().map(evidence_line).unwrap_or_default();
            let rest = self.look.columns.saturating_sub(97).max(40);
            let reason = self.paint(Style::new().dimmed(), &cut(&reason, rest));
            self.line(&format!(
                "  {}{}{}{}{}{}{reason}",
                padded(&cut(&sdk.name, 24), 26),
                padded(&cut(sdk.version.as_deref().unwrap_or("-"), 11), 13),
                padded(&cut(&sdk.vendor, 22), 24),
                padded(&self.say(&format!("presence.{}", sdk.presence.as_str())), 10),
                padded(&self.say(&format!("confidence.{}", sdk.confidence.as_str())), 8),
                padded(&disclosed, 14),
            ));
        }
        self.more(shown.len());
        if libraries > 0 {
            let note = self.say("sdk.libraries").replace("{count}", &libraries.to_string());
            self.line(&format!("  {note}"));
        }
    }

    fn reach(&mut self, report: &Report) {
        let rows = reach::rows(report, self.names());
        self.heading(&self.say("section.reach"));
        let columns = rows.iter().map(|(label, _)| width(label).saturating_add(2)).max().unwrap_or(0);
        for (label, text) in rows {
            self.field(2, &label, columns, &safe(&text));
        }
    }

    fn foot(&mut self, report: &Report) {
        if let Some(timings) = &report.timings {
            self.heading(&self.say("section.timings"));
            for timing in timings {
                self.line(&format!("  {}{:>9.1} ms", padded(timing.stage, 12), timing.ms));
            }
        }
        self.out.push('\n');
        let note = self.say("foot");
        let note = self.paint(Style::new().dimmed(), &note);
        self.line(&note);
    }
}

/// A document's short title: without the book marks' contents being lost, cut to a line.
fn short_title(title: &str) -> String {
    let bare = title.trim_matches(['《', '》']);
    format!("《{}》", cut(bare, 44))
}

fn verdict_style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Violation => AnsiColor::Red.on_default(),
        Verdict::Risk => AnsiColor::Yellow.on_default(),
        Verdict::Undetermined => AnsiColor::Cyan.on_default(),
        Verdict::Pass => AnsiColor::Green.on_default(),
        Verdict::NotApplicable => Style::new().dimmed(),
    }
}

fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Critical | Severity::High => AnsiColor::Red.on_default(),
        Severity::Medium => AnsiColor::Yellow.on_default(),
        Severity::Low | Severity::Info => Style::new().dimmed(),
    }
}
