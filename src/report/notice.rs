//! The report as an official notice (通报): what was examined, by which documents, the problems by the standard
//! wordings of such notices, what could not be decided, and how far the examination reaches. Markdown that reads
//! well as it stands.

use std::collections::BTreeMap;

use super::names::{Names, cite};
use super::text::{evidence_line, safe};
use super::{FindingSummary, Lang, OutcomeSummary, Report, filled, redact};
use crate::evidence::Evidence;
use crate::knowledge::Knowledge;
use crate::knowledge::schema::{ClauseRow, InstrumentRow, NoticeWordingRow};
use crate::outcome::Verdict;

/// Findings described under one problem, and places named for one finding; the JSON report has all.
const SHOWN_FINDINGS: usize = 8;
/// Documents that are no ground of their own: how authorities word what they find.
const PRACTICE: &str = "enforcement-practice";
/// Kinds of documents in the order in which they are cited.
const KINDS: [&str; 6] = ["law", "regulation", "rule", "normative", "notice", "standard"];
/// Kind of evidence of what was looked for in vain.
pub(super) const ABSENT: &str = "absent";
/// Characters of one text out of the input.
const LONGEST: usize = 600;

/// A problem as notices name it, with the findings that show it.
struct Problem<'r> {
    wording: String,
    class: String,
    findings: Vec<(&'r OutcomeSummary, &'r FindingSummary)>,
}

/// The notice with a final newline.
pub fn render(report: &Report, names: Names<'_>) -> String {
    let notice = Notice { report, names };
    let violations = notice.problems(Verdict::Violation);
    let risks = notice.problems(Verdict::Risk);
    let mut out = notice.opening(violations.len(), risks.len());
    out.push_str(&notice.object());
    out.push_str(&notice.basis());
    out.push_str(&notice.found(&violations, &risks));
    out.push_str(&notice.undecided());
    out + &notice.remarks()
}

struct Notice<'r> {
    report: &'r Report,
    names: Names<'r>,
}

/// The clauses on which a finding relies: that of what a policy lacks or says, else those that its rule decides.
pub(super) fn relied_on<'k>(
    outcome: &OutcomeSummary,
    finding: &FindingSummary,
    knowledge: &'k Knowledge,
) -> Vec<(&'k InstrumentRow, &'k ClauseRow)> {
    let statement = finding.about.statement.as_deref().and_then(|id| knowledge.content(id));
    match statement.and_then(|row| knowledge.clause(&row.clause)) {
        Some(clause) => vec![clause],
        None => outcome.cited.iter().filter_map(|clause| knowledge.clause(&clause.id)).collect(),
    }
}

/// Clauses as people cite them, each document once.
pub(super) fn by_document<'k>(
    clauses: impl IntoIterator<Item = (&'k InstrumentRow, &'k ClauseRow)>,
    names: Names<'_>,
) -> String {
    let mut documents: Vec<(&str, Vec<String>)> = Vec::new();
    for (instrument, clause) in clauses {
        let numbers = match documents.iter_mut().find(|(title, _)| *title == instrument.title_zh) {
            Some((_, numbers)) => numbers,
            None => {
                documents.push((&instrument.title_zh, Vec::new()));
                match documents.last_mut() {
                    Some((_, numbers)) => numbers,
                    None => continue,
                }
            }
        };
        if !numbers.contains(&clause.clause_no) {
            numbers.push(clause.clause_no.clone());
        }
    }
    let cited = documents.into_iter().map(|(title, numbers)| cite(title, &names.list(numbers)));
    cited.collect::<Vec<_>>().join(names.lang.pick("；", "; "))
}

/// A text out of the input on one line, in which nothing formats, links or embeds.
pub(super) fn plain(text: &str) -> String {
    let text: String = safe(&text.replace(['\n', '\r', '\t'], " ")).chars().take(LONGEST).collect();
    text.replace('<', "＜").replace('>', "＞").replace('`', "'").replace("](", "] (").replace('|', "｜")
}

/// The same without sentences that speak of the program's flags, which have no place in a document.
fn formal(text: &str) -> String {
    let text = plain(text);
    let stop = if text.contains('。') { "。" } else { ". " };
    let kept: Vec<&str> = text.split(stop).filter(|sentence| !sentence.contains(" --")).collect();
    let kept = kept.join(stop);
    // What stood in front of a sentence that is gone has lost its full stop.
    match (text.contains(" --"), stop) {
        (true, "。") if !kept.is_empty() && !kept.ends_with('。') => kept + "。",
        (true, _) if !kept.is_empty() && !kept.ends_with(['.', '。']) => kept + ".",
        _ => kept,
    }
}

/// A number as Chinese documents count: 一 … 九十九, beyond that digits.
fn chinese(number: usize) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let digit = |value: usize| DIGITS.get(value).copied().unwrap_or_default();
    match (number.checked_div(10).unwrap_or(0), number.checked_rem(10).unwrap_or(0)) {
        (0, ones) if ones > 0 => digit(ones).to_owned(),
        (1, ones) => format!("十{}", digit(ones)),
        (tens @ 2..=9, ones) => format!("{}十{}", digit(tens), digit(ones)),
        _ => number.to_string(),
    }
}

impl<'r> Notice<'r> {
    fn say(&self, id: &str) -> String {
        self.names.say(&format!("notice.{id}"))
    }

    fn filled(&self, id: &str, values: &[(&str, &str)]) -> String {
        filled(&self.say(id), values.iter().copied())
    }

    fn heading(&self, number: usize, id: &str) -> String {
        let title = self.say(id);
        match self.names.lang {
            Lang::Zh => format!("\n## {}、{title}\n\n", chinese(number)),
            Lang::En => format!("\n## {number}. {title}\n\n"),
        }
    }

    fn part(&self, number: usize, id: &str, count: usize) -> String {
        let title = self.filled(id, &[("count", &count.to_string())]);
        match self.names.lang {
            Lang::Zh => format!("### （{}）{title}\n\n", chinese(number)),
            Lang::En => format!("### ({number}) {title}\n\n"),
        }
    }

    fn given(&self, key: &str) -> Option<&'r str> {
        self.report.metadata.as_ref().and_then(|metadata| metadata.get(key))
    }

    fn label(&self) -> String {
        let label = self.given("name").unwrap_or(&self.report.app.label);
        plain(if label.is_empty() { &self.report.app.package } else { label })
    }

    /// Problems of one verdict, those with the gravest findings first, in the order of the wordings where equal.
    fn problems(&self, verdict: Verdict) -> Vec<Problem<'r>> {
        let rows = self.names.knowledge.notice_wording();
        let place = |row: Option<&NoticeWordingRow>| {
            row.and_then(|row| rows.iter().position(|other| other.clause == row.clause)).unwrap_or(usize::MAX)
        };
        let mut all: BTreeMap<(usize, String), Problem<'r>> = BTreeMap::new();
        for (outcome, finding) in self.report.findings() {
            if finding.verdict != verdict {
                continue;
            }
            let row = self.names.knowledge.notice_wording_of(&outcome.rule, finding.about.statement.as_deref());
            let (wording, class) = match row {
                Some(row) => (self.wording(row), self.names.lang.pick(&row.class_zh, &row.class_en).to_owned()),
                None => (outcome.title.clone(), String::new()),
            };
            let problem = Problem { wording: wording.clone(), class, findings: Vec::new() };
            all.entry((place(row), wording)).or_insert(problem).findings.push((outcome, finding));
        }
        let mut all: Vec<Problem<'r>> = all.into_values().collect();
        let worst = |problem: &Problem<'_>| problem.findings.iter().map(|(_, finding)| finding.severity).max();
        all.sort_by_key(|problem| std::cmp::Reverse(worst(problem)));
        all
    }

    fn wording(&self, row: &NoticeWordingRow) -> String {
        let text = match self.names.knowledge.clause(&row.clause) {
            Some((_, clause)) if row.zh.is_empty() => clause.text_zh.as_str(),
            _ => row.zh.as_str(),
        };
        self.names.lang.pick(text, &row.en).to_owned()
    }

    fn opening(&self, violations: usize, risks: usize) -> String {
        let label = self.label();
        let mut out = format!("# {}\n", self.filled("title", &[("app", &label)]));
        if let Some(note) = redact::note(self.report) {
            out.push_str(&format!("\n> {note}\n"));
        }
        let id = match (violations, risks) {
            (0, 0) => "result.none",
            (0, _) => "result.risks",
            (_, 0) => "result.violations",
            _ => "result.both",
        };
        let (violations, risks) = (violations.to_string(), risks.to_string());
        let values = [("app", label.as_str()), ("violations", &violations), ("risks", &risks)];
        out.push_str(&format!("\n{}{}\n", self.filled("opening", &values), self.filled(id, &values)));
        out
    }

    fn object(&self) -> String {
        let app = &self.report.app;
        let blank = || self.names.say("disclose.blank");
        let given = |key: &str| self.given(key).map(plain);
        let file = plain(self.report.input.path.rsplit(['/', '\\']).next().unwrap_or_default());
        let source = match given("store") {
            Some(store) => store,
            None => self.filled("source.file", &[("file", &file)]),
        };
        let mut rows = vec![
            ("app", self.label()),
            ("version", format!("{} ({})", plain(&app.version_name), app.version_code)),
            ("package", plain(&app.package)),
            ("source", source),
            ("operator", given("operator").unwrap_or_else(blank)),
        ];
        rows.extend(given("app_filing").map(|number| ("filing", number)));
        rows.extend(given("updated").map(|day| ("updated", day)));
        if !app.app_type.is_empty() {
            rows.push(("app_type", self.names.app_type(&app.app_type)));
        }
        rows.push(("file", format!("{} B, SHA-256 {}", self.report.input.size, self.report.input.sha256)));
        rows.extend(app.signers.first().map(|signer| ("signer", plain(&signer.certificate.subject))));
        let policy = if self.report.reach.policy == "given" {
            plain(self.report.reach.policy_file.rsplit(['/', '\\']).next().unwrap_or_default())
        } else {
            self.say(if self.report.reach.policy == "none" { "policy.none" } else { "policy.embedded" })
        };
        rows.push(("policy", policy));
        rows.push(("date", self.report.as_of.clone().unwrap_or_else(blank)));
        let colon = self.names.lang.pick("：", ": ");
        let lines: String =
            rows.iter().map(|(id, value)| format!("- {}{colon}{value}\n", self.say(&format!("field.{id}")))).collect();
        self.heading(1, "object") + &lines
    }

    /// The documents whose clauses the problems offend, each with the numbers; without any problem those that the
    /// rules looked for.
    fn basis(&self) -> String {
        let with_findings: Vec<_> =
            self.report.outcomes.iter().filter(|outcome| !outcome.findings.is_empty()).collect();
        let none = with_findings.is_empty();
        let outcomes: Vec<_> = if none { self.report.outcomes.iter().collect() } else { with_findings };
        let clauses = outcomes.iter().flat_map(|outcome| {
            let findings =
                outcome.findings.iter().flat_map(|finding| relied_on(outcome, finding, self.names.knowledge));
            let all = outcome.cited.iter().filter_map(|clause| self.names.knowledge.clause(&clause.id));
            findings.chain(all.filter(|_| none)).collect::<Vec<_>>()
        });
        let mut documents: BTreeMap<(usize, &str), Vec<&ClauseRow>> = BTreeMap::new();
        for (instrument, clause) in clauses.filter(|(instrument, _)| instrument.binding != PRACTICE) {
            let rank = KINDS.iter().position(|kind| *kind == instrument.kind).unwrap_or(KINDS.len());
            let clauses = documents.entry((rank, &instrument.title_zh)).or_default();
            if clauses.iter().all(|known| known.id != clause.id) {
                clauses.push(clause);
            }
        }
        let mut out = self.heading(2, "basis");
        for (at, ((_, title), mut clauses)) in (1usize..).zip(documents) {
            // In the order of the document.
            let place = |id: &str| self.names.knowledge.clauses().position(|(_, row)| row.id == id);
            clauses.sort_by_cached_key(|clause| place(&clause.id));
            let row = clauses.first().and_then(|clause| self.names.knowledge.clause(&clause.id));
            let number = row.map(|(instrument, _)| instrument.number.as_str()).unwrap_or_default();
            let number = match (number.is_empty(), self.names.lang) {
                (true, _) => String::new(),
                (_, Lang::Zh) => format!("（{number}）"),
                (_, Lang::En) => format!(" ({number})"),
            };
            let english = row.map(|(instrument, _)| instrument.title_en.as_str()).unwrap_or_default();
            let english = match self.names.lang {
                Lang::En if !english.is_empty() => format!(" – {english}"),
                _ => String::new(),
            };
            let mut numbers: Vec<String> = Vec::new();
            for clause in clauses {
                if !numbers.contains(&clause.clause_no) {
                    numbers.push(clause.clause_no.clone());
                }
            }
            let list = match (none, self.names.lang) {
                (true, _) => String::new(),
                (_, Lang::Zh) => self.names.list(numbers),
                (_, Lang::En) => format!(": {}", self.names.list(numbers)),
            };
            let end = if self.names.lang == Lang::Zh { "；" } else { "" };
            out.push_str(&format!("{at}. {}{english}{list}{end}\n", cite(title, &number)));
        }
        // The list ends as a sentence does.
        match out.strip_suffix("；\n") {
            Some(list) => format!("{list}。\n"),
            None => out,
        }
    }

    fn found(&self, violations: &[Problem<'_>], risks: &[Problem<'_>]) -> String {
        let mut out = self.heading(3, "found");
        if violations.is_empty() && risks.is_empty() {
            return out + &self.say("found.none") + "\n";
        }
        let mut number = 0usize;
        for (id, problems) in [("part.violations", violations), ("part.risks", risks)] {
            if problems.is_empty() {
                continue;
            }
            number = number.saturating_add(1);
            if number > 1 {
                out.push('\n');
            }
            out.push_str(&self.part(number, id, problems.len()));
            for (at, problem) in (1usize..).zip(problems) {
                out.push_str(&self.problem(at, problem));
            }
        }
        out
    }

    fn problem(&self, number: usize, problem: &Problem<'_>) -> String {
        let stop = self.names.lang.pick("。", ".");
        // A risk must not read like an established problem.
        let is_risk = problem.findings.iter().all(|(_, finding)| finding.verdict != Verdict::Violation);
        let mut notes: Vec<String> = Vec::new();
        notes.extend(is_risk.then(|| self.say("to_verify")));
        notes.extend((!problem.class.is_empty()).then(|| self.filled("class", &[("class", &problem.class)])));
        let class = match (notes.is_empty(), self.names.lang) {
            (true, _) => String::new(),
            (_, Lang::Zh) => format!("（{}）", notes.join("；")),
            (_, Lang::En) => format!(" ({})", notes.join("; ")),
        };
        let wording = problem.wording.trim_end_matches(['。', '.']);
        let mut out = format!("{number}. **{wording}**{class}{stop}\n");
        for (at, (_, finding)) in (1usize..).zip(problem.findings.iter().take(SHOWN_FINDINGS)) {
            let bullet = self.names.lang.pick(&format!("（{at}）"), &format!("({at}) ")).to_owned();
            let place = self.place(finding);
            let state = super::gate::state_words(finding, self.names)
                .map(|words| self.names.lang.pick(&format!("（{words}）"), &format!(" ({words})")).to_owned())
                .unwrap_or_default();
            out.push_str(&format!("   - {bullet}{}{state}{place}\n", formal(&finding.explanation)));
        }
        let more = problem.findings.len().saturating_sub(SHOWN_FINDINGS);
        if more > 0 {
            out.push_str(&format!("   - {}\n", self.filled("more", &[("count", &more.to_string())])));
        }
        let clauses = problem
            .findings
            .iter()
            .flat_map(|(outcome, finding)| relied_on(outcome, finding, self.names.knowledge))
            .filter(|(instrument, _)| instrument.binding != PRACTICE);
        let cited = by_document(clauses, self.names);
        if !cited.is_empty() {
            out.push_str(&format!("   - {}\n", self.filled("cited", &[("clauses", &cited)])));
        }
        out
    }

    /// Where the first proof stands; of what was looked for in vain, that it was.
    fn place(&self, finding: &FindingSummary) -> String {
        let evidence = &finding.evidence;
        match evidence.first() {
            None => String::new(),
            Some(first) if first.kind() == ABSENT && finding.about.statement.is_some() => self.say("absent_policy"),
            Some(first) if first.kind() == ABSENT => self.say("absent"),
            Some(Evidence::Redacted { .. }) => self.filled("place_withheld", &[("count", &evidence.len().to_string())]),
            Some(first) => {
                let id = if evidence.len() == 1 { "place" } else { "places" };
                self.filled(id, &[("place", &plain(&evidence_line(first))), ("count", &evidence.len().to_string())])
            }
        }
    }

    fn undecided(&self) -> String {
        let undecided: Vec<_> =
            self.report.outcomes.iter().filter(|outcome| outcome.verdict == Verdict::Undetermined).collect();
        let mut out = self.heading(4, "undecided");
        if undecided.is_empty() {
            return out + &self.say("undecided.none") + "\n";
        }
        out.push_str(&format!("{}\n\n", self.filled("undecided.lead", &[("count", &undecided.len().to_string())])));
        // What rests on one reason is told once.
        let mut reasons: Vec<(String, Vec<&str>)> = Vec::new();
        for outcome in undecided {
            let reason = formal(&outcome.reason);
            match reasons.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, titles)) => titles.push(&outcome.title),
                None => reasons.push((reason, vec![&outcome.title])),
            }
        }
        for (at, (reason, titles)) in (1usize..).zip(reasons) {
            let titles = self.names.list(titles.into_iter().map(|title| format!("“{title}”")));
            let colon = self.names.lang.pick("：", ": ");
            out.push_str(&format!("{at}. {titles}{colon}{reason}\n"));
        }
        out
    }

    fn remarks(&self) -> String {
        let report = self.report;
        let mut lines = vec![self.say("remark.static")];
        let packed = report.reach.packer.as_ref().map(|packer| plain(&packer.name));
        lines.extend(packed.map(|name| self.filled("remark.packed", &[("name", &name)])));
        if report.reach.policy != "given" {
            lines.push(self.say("remark.policy"));
        }
        lines.push(self.say("remark.wording"));
        lines.push(self.say("remark.risk"));
        if report.metadata.is_some() {
            lines.push(self.say("remark.metadata"));
        }
        let counts: Vec<String> = Verdict::ALL
            .iter()
            .map(|verdict| format!("{} {}", self.names.verdict(*verdict), report.count(*verdict)))
            .collect();
        lines.push(self.filled(
            "remark.tool",
            &[
                ("tool", &format!("{} {}", report.tool.name, report.tool.version)),
                ("signatures", &report.tool.signatures.version),
                ("rules", &report.outcomes.len().to_string()),
                ("counts", &self.names.list(counts)),
            ],
        ));
        let lines: String = (1usize..).zip(lines).map(|(at, line)| format!("{at}. {line}\n")).collect();
        self.heading(5, "remarks") + &lines
    }
}

#[cfg(test)]
mod tests {
    use super::{chinese, formal, plain};

    #[test]
    fn documents_do_not_speak_of_flags() {
        assert_eq!(formal("未提供隐私政策，无法核对。请用 --policy 指定。"), "未提供隐私政策，无法核对。");
        assert_eq!(formal("No policy was given. Give it with --policy."), "No policy was given.");
        assert_eq!(formal("甲。乙。"), "甲。乙。");
    }

    #[test]
    fn numbers_read_as_in_chinese_documents() {
        for (number, text) in [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (99, "九十九"), (100, "100")]
        {
            assert_eq!(chinese(number), text);
        }
    }

    #[test]
    fn texts_of_the_input_stay_on_their_line() {
        assert_eq!(plain("a\n# b <img> [l](x) `c`"), "a # b ＜img＞ [l] (x) 'c'");
    }
}
