//! What is better looked at than read: how the rules ended, who takes what when, what each SDK takes, and how
//! the clauses stand. Inline SVG; every picture's numbers stand beside it as text.

use std::collections::{BTreeMap, BTreeSet};

use super::Page;
use crate::evidence::{Owner, OwnerKind};
use crate::outcome::Verdict;
use crate::report::escape::markup;
use crate::report::names::{Names, cite};
use crate::report::{CheckStep, ClauseStatus, PiSummary, Report};

/// Phases in the order of the squares.
const PHASES: [&str; 4] = ["startup", "launch", "user_action", "system_event"];
/// Owners that the heat map has columns for.
const SHOWN_OWNERS: usize = 40;

impl Page<'_> {
    /// Counts by verdict as cards and as one strip.
    pub(super) fn verdicts(&self) -> String {
        let report = self.report();
        let card = |verdict: Verdict| {
            format!(
                "<li class=\"{}\"><b>{}</b>{}</li>",
                verdict.as_str(),
                report.count(verdict),
                self.both(|_, names| names.verdict(verdict))
            )
        };
        format!(
            "<ul class=\"cards\">{}</ul>{}",
            Verdict::ALL.map(card).concat(),
            strip("strip", &Verdict::ALL.map(|verdict| (verdict.as_str(), report.count(verdict))))
        )
    }

    /// Personal information by owner: squares for the phases, coloured by consent.
    pub(super) fn heat(&self) -> String {
        let taken: Vec<&PiSummary> =
            self.report().pi.iter().filter(|pi| !pi.inventory_only && pi.owner.kind != OwnerKind::Library).collect();
        if taken.is_empty() {
            return String::new();
        }
        let mut weights: BTreeMap<&Owner, usize> = BTreeMap::new();
        for pi in &taken {
            let weight = weights.entry(&pi.owner).or_default();
            *weight = weight.saturating_add(1);
        }
        let mut owners: Vec<(&Owner, usize)> = weights.into_iter().collect();
        // The app first, code of unknown owners last, SDKs that take most in front.
        owners.sort_by_key(|(owner, weight)| {
            let rank = match owner.kind {
                OwnerKind::App => 0u8,
                OwnerKind::Sdk | OwnerKind::Library => 1,
                OwnerKind::Unknown => 2,
            };
            (rank, std::cmp::Reverse(*weight), *owner)
        });
        let more = owners.len().saturating_sub(SHOWN_OWNERS);
        owners.truncate(SHOWN_OWNERS);
        let cells: BTreeMap<(&str, &Owner), &PiSummary> =
            taken.iter().map(|pi| ((pi.item.as_str(), &pi.owner), *pi)).collect();
        let mut seen = BTreeSet::new();
        let items: Vec<&str> = taken.iter().map(|pi| pi.item.as_str()).filter(|item| seen.insert(*item)).collect();
        let head: String = owners
            .iter()
            .map(|(owner, _)| format!("<th scope=\"col\">{}</th>", self.both(|_, names| names.owner(owner))))
            .collect();
        let rows: String = items
            .iter()
            .map(|item| {
                let row: String = owners
                    .iter()
                    .map(|(owner, _)| cells.get(&(*item, *owner)).map_or("<td></td>".into(), |pi| self.cell(pi)))
                    .collect();
                format!("<tr><th scope=\"row\">{}</th>{row}</tr>\n", self.both(|_, names| names.item(item)))
            })
            .collect();
        let legend: String = ["before", "after", "unknown"]
            .map(|consent| {
                let word = self.word(&format!("consent.{consent}"));
                format!("<li><svg viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect class=\"{consent}\" width=\"10\" height=\"10\" rx=\"2\"/></svg>{word}</li>")
            })
            .concat();
        let rest = self.left_out(more);
        format!(
            "<h3 id=\"h-heat\">{}</h3><p class=\"note\">{}</p><ul class=\"legend\">{legend}</ul>\
             <div class=\"card scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"h-heat\"><table class=\"heat\">\
             <thead><tr><th scope=\"col\">{}</th>{head}</tr></thead><tbody>{rows}</tbody></table></div>{rest}<br>\n",
            self.word("page.heat"),
            self.word("page.heat_note"),
            self.word("table.pi"),
        )
    }

    fn cell(&self, pi: &PiSummary) -> String {
        let squares: String = PHASES
            .iter()
            .zip([0u32, 12, 24, 36])
            .map(|(phase, at)| {
                let class = if pi.phases.contains(phase) { pi.consent } else { "off" };
                format!(
                    "<rect class=\"{class}\" x=\"{}\" y=\".5\" width=\"9\" height=\"9\" rx=\"2\"/>",
                    f64::from(at) + 0.5
                )
            })
            .collect();
        let words = self.both(|_, names| {
            format!("{}: {}", names.say(&format!("consent.{}", pi.consent)), names.phases(&pi.phases))
        });
        format!(
            "<td><svg viewBox=\"0 0 46 10\" aria-hidden=\"true\">{squares}</svg><small>{}</small><span class=\"hidden\">{words}</span></td>",
            pi.count
        )
    }

    /// The items that an SDK takes, as a bar against the SDK that takes most.
    pub(super) fn items_bar(&self, all: usize, before: usize, most: usize) -> String {
        let (width, early) = (share(all, most), share(before, most));
        let note = if before > 0 {
            format!(" <span class=\"before-note\">({} {before})</span>", self.word("page.before"))
        } else {
            String::new()
        };
        format!(
            "<svg class=\"items\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
             <rect class=\"some\" width=\"{width}\" height=\"10\"/><rect class=\"before\" width=\"{early}\" height=\"10\"/></svg> {all}{note}"
        )
    }

    /// The clauses by document, each document with a strip of how its clauses stand.
    pub(super) fn clauses(&self) -> String {
        let report = self.report();
        let all = report.clauses();
        let mut documents: Vec<(&str, Vec<&ClauseStatus<'_>>)> = Vec::new();
        for status in &all {
            let title = status.citation.instrument.as_str();
            match documents.last_mut() {
                Some((last, clauses)) if *last == title => clauses.push(status),
                _ => documents.push((title, vec![status])),
            }
        }
        documents.sort_by_key(|(_, clauses)| {
            let of = |verdict: Verdict| clauses.iter().filter(|status| status.verdict == verdict).count();
            (std::cmp::Reverse(of(Verdict::Violation)), std::cmp::Reverse(of(Verdict::Risk)))
        });
        let parts = documents.iter().map(|(title, clauses)| self.document(title, clauses));
        let parts: String = parts.collect();
        format!("<p class=\"note\">{}</p>{parts}{}", self.word("page.clauses_note"), self.checklist())
    }

    /// What is left to a person, by the reason why.
    fn checklist(&self) -> String {
        let report = self.report();
        let count = report.checklist.len();
        if count == 0 {
            return String::new();
        }
        let rows: String = (0..count)
            .map(|number| {
                let cited = |names: Names<'_>, step: &CheckStep| {
                    let clauses = step.clauses.iter().map(|id| names.clause(id));
                    format!(
                        "{}<br><small>{}</small>",
                        markup(&step.text),
                        markup(&clauses.collect::<Vec<_>>().join("；"))
                    )
                };
                let step = |report: &Report, names: Names<'_>| {
                    report.checklist.get(number).map(|step| cited(names, step)).unwrap_or_default()
                };
                let verdict = report.checklist.get(number).and_then(|step| step.verdict);
                let id = verdict.map_or("none", Verdict::as_str);
                format!(
                    "<tr><td class=\"long\">{}</td><td>{}</td></tr>\n",
                    self.both_markup(step),
                    self.word(&format!("checklist.{id}"))
                )
            })
            .collect();
        let head: String = ["by_hand", "reason"]
            .map(|column| format!("<th scope=\"col\">{}</th>", self.word(&format!("table.{column}"))))
            .concat();
        format!(
            "<details class=\"document card\" id=\"checklist\"><summary><span class=\"title\">{} ({count})</span></summary>\
             <div class=\"scroll\"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></details>\n",
            self.word("section.checklist"),
        )
    }

    fn document(&self, title: &str, clauses: &[&ClauseStatus<'_>]) -> String {
        let counts =
            Verdict::ALL.map(|verdict| (verdict, clauses.iter().filter(|status| status.verdict == verdict).count()));
        let badges: String = counts
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(verdict, count)| {
                format!(
                    "<span class=\"badge {}\">{} {count}</span>",
                    verdict.as_str(),
                    self.both(|_, names| names.verdict(*verdict))
                )
            })
            .collect();
        let rows: String = clauses.iter().map(|status| self.clause(status)).collect();
        let head: String = ["number", "verdict", "rules"]
            .map(|column| format!("<th scope=\"col\">{}</th>", self.word(&format!("table.{column}"))))
            .concat();
        format!(
            "<details class=\"document card\"><summary><span class=\"title\">{}</span>{badges}{}</summary>\
             <div class=\"scroll\"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></details>\n",
            markup(&cite(title, "")),
            strip("strip-small", &counts.map(|(verdict, count)| (verdict.as_str(), count))),
        )
    }

    fn clause(&self, status: &ClauseStatus<'_>) -> String {
        let clause = status.citation;
        let verdict = status.verdict;
        let quote = clause.quote.as_ref().map(|quote| format!("<blockquote>{}</blockquote>", markup(quote)));
        let rules = status
            .outcomes
            .iter()
            .map(|outcome| format!("<a href=\"#rule-{}\">{}</a>", markup(&outcome.rule), self.title(outcome)));
        format!(
            "<tr id=\"clause-{}\"><td class=\"long\"><b>{}</b> {}{}</td><td class=\"tight\"><span class=\"badge {}\">{}</span></td><td>{}</td></tr>\n",
            markup(&clause.id),
            markup(&clause.number),
            markup(&clause.title),
            quote.unwrap_or_default(),
            verdict.as_str(),
            self.both(|_, names| names.verdict(verdict)),
            rules.collect::<Vec<_>>().join("<br>"),
        )
    }
}

/// Hundredths of `part` in `whole`.
fn share(part: usize, whole: usize) -> usize {
    part.saturating_mul(100).checked_div(whole).unwrap_or(0)
}

/// Counts by class as parts of one strip; the numbers stand beside it.
fn strip(class: &str, counts: &[(&str, usize)]) -> String {
    let whole: usize = counts.iter().map(|(_, count)| count).sum();
    let mut at = 0usize;
    let mut parts = String::new();
    for (class, count) in counts.iter().filter(|(_, count)| *count > 0) {
        parts.push_str(&format!("<rect class=\"{class}\" x=\"{at}\" width=\"{count}\" height=\"1\"/>"));
        at = at.saturating_add(*count);
    }
    format!(
        "<svg class=\"{class}\" viewBox=\"0 0 {} 1\" preserveAspectRatio=\"none\" aria-hidden=\"true\">{parts}</svg>",
        whole.max(1)
    )
}
