//! Tables of the page: personal information, SDKs, permissions, hosts, rules without findings, and reach.

use super::Page;
use crate::evidence::{Evidence, OwnerKind};
use crate::knowledge::schema::SdkCallRole;
use crate::outcome::Verdict;
use crate::report::escape::{markup, shortened};
use crate::report::gate;
use crate::report::names::Names;
use crate::report::text::evidence_line;

/// Rows that a table of the page holds; the JSON report has all.
const SHOWN_ROWS: usize = 1_000;
/// Bytes of evidence beside a rule that could not decide.
const SHARE: usize = 2_000;

/// A cell: class of the element and markup.
type Cell = (&'static str, String);

impl<'r> Page<'r> {
    /// Names in the wanted language.
    pub(super) fn names(&self) -> Names<'r> {
        Names { knowledge: self.knowledge, lang: self.reports.lang() }
    }

    fn table(&self, columns: &[&str], rows: Vec<Vec<Cell>>) -> String {
        if rows.is_empty() {
            return "<p>—</p>".into();
        }
        let more = rows.len().saturating_sub(SHOWN_ROWS);
        let head: String = columns
            .iter()
            .map(|column| format!("<th scope=\"col\">{}</th>", self.word(&format!("table.{column}"))))
            .collect();
        let mut body = String::new();
        for row in rows.iter().take(SHOWN_ROWS) {
            body.push_str("<tr>");
            for (class, cell) in row {
                let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
                body.push_str(&format!("<td{class}>{cell}</td>"));
            }
            body.push_str("</tr>\n");
        }
        let rest = self.left_out(more);
        format!(
            "<div class=\"card scroll\" tabindex=\"0\"><table class=\"sortable\"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{rest}"
        )
    }

    fn first_place(&self, evidence: &[Evidence]) -> String {
        let Some(first) = evidence.first() else { return String::new() };
        let more = evidence.len().saturating_sub(1);
        let note = if more > 0 { format!(" <small>+{more}</small>") } else { String::new() };
        format!("<code>{}</code>{note}", markup(&evidence_line(first)))
    }

    fn yes(&self, value: bool) -> String {
        self.word(if value { "yes" } else { "no" })
    }

    /// Verdicts, and what was scanned.
    pub(super) fn summary(&self) -> String {
        let mut out = self.verdicts();
        let report = self.report();
        if report.gate.is_some() {
            let counts = self.both(|report, names| gate::counts_line(report, names).unwrap_or_default());
            out.push_str(&format!("<p class=\"alert\">{counts}</p>"));
        }
        if report.reach.packer.is_some() {
            out.push_str(&format!(
                "<p class=\"alert\">{}: {}</p>",
                self.word("reach.packer"),
                self.both(|report, _| report.reach.packer.as_ref().map(|named| named.name.clone()).unwrap_or_default())
            ));
        }
        if report.reach.policy != "given" {
            let policy = self.both(|report, names| names.policy(report));
            out.push_str(&format!("<p class=\"alert\">{}: {policy}</p>", self.word("reach.policy")));
        }
        // Of the fields of the summary sheet, those that say something.
        let all = self.reports.iter().map(|(lang, report)| {
            let names = Names { knowledge: self.knowledge, lang: *lang };
            crate::report::sheets::summary(report, names).rows
        });
        let tables: Vec<_> = all.collect();
        let rows = tables.first().map(Vec::len).unwrap_or_default().saturating_sub(Verdict::ALL.len());
        out.push_str("<dl class=\"facts\">");
        for row in 0..rows {
            let cell = |column: usize| {
                let text = |_: &crate::report::Report, names: Names<'_>| {
                    let of_lang = self.reports.iter().position(|(lang, _)| *lang == names.lang).unwrap_or_default();
                    let cell = tables.get(of_lang).and_then(|table| table.get(row)).and_then(|row| row.get(column));
                    cell.cloned().unwrap_or_default()
                };
                self.both(text)
            };
            let value = cell(1);
            if !value.is_empty() {
                out.push_str(&format!("<dt>{}</dt><dd>{value}</dd>", cell(0)));
            }
        }
        out + "</dl>"
    }

    /// Who takes which item where.
    pub(super) fn items(&self) -> String {
        let shown = self.report().pi.iter().filter(|pi| !pi.inventory_only && pi.owner.kind != OwnerKind::Library);
        let rows: Vec<Vec<Cell>> = shown
            .map(|pi| {
                vec![
                    ("tight", self.both(|_, names| names.item(&pi.item))),
                    ("tight", self.both(|_, names| names.owner(&pi.owner))),
                    ("tight", self.word(&format!("consent.{}", pi.consent))),
                    ("", self.both(|_, names| names.phases(&pi.phases))),
                    ("num", pi.count.to_string()),
                    ("", format!("<code>{}</code>", markup(&shortened(&pi.api, 160)))),
                    ("long", self.first_place(&pi.evidence)),
                ]
            })
            .collect();
        let hidden = self.report().pi.len().saturating_sub(rows.len());
        let note = if hidden > 0 {
            format!("<p class=\"note\">{}</p>", self.counted("pi.hidden", hidden))
        } else {
            String::new()
        };
        self.table(&["pi", "owner", "consent", "when", "places", "api", "evidence"], rows) + &note
    }

    pub(super) fn sdks(&self) -> String {
        let report = self.report();
        let shown: Vec<_> = report.sdks.iter().filter(|sdk| sdk.collects).collect();
        let most = shown.iter().map(|sdk| sdk.pi.len()).max().unwrap_or_default();
        let rows: Vec<Vec<Cell>> = shown
            .iter()
            .map(|sdk| {
                let list = |ids: &[String], names: Names<'_>| names.list(ids.iter().map(|id| names.item(id)));
                let starts = sdk.calls.iter().any(|call| call.role == SdkCallRole::Init && call.consent == "before");
                let init = if starts {
                    let words = format!("{} · {}", self.word("call.init"), self.word("consent.before"));
                    format!("<br><span class=\"badge violation\">{words}</span>")
                } else {
                    String::new()
                };
                vec![
                    (
                        "",
                        format!(
                            "<b>{}</b><br><small>{}</small>",
                            self.both(|_, names| names.sdk(&sdk.id)),
                            self.of_sdk(&sdk.id, |sdk| sdk.vendor.clone())
                        ),
                    ),
                    ("tight", markup(sdk.version.as_deref().unwrap_or("—"))),
                    ("tight", self.word(&format!("presence.{}", sdk.presence.as_str())) + &init),
                    ("tight", self.both(|_, names| names.confidence(sdk.confidence))),
                    ("tight", self.both(|_, names| names.disclosed(sdk.disclosed))),
                    (
                        "long",
                        format!(
                            "{}<br><small>{}</small>",
                            self.items_bar(sdk.pi.len(), sdk.pi_before_consent.len(), most),
                            self.both(|_, names| list(&sdk.pi, names))
                        ),
                    ),
                    ("long", self.first_place(&sdk.reasons)),
                ]
            })
            .collect();
        let libraries = report.sdks.len().saturating_sub(shown.len());
        let note = if libraries > 0 {
            format!("<p class=\"note\">{}</p>", self.counted("sdk.libraries", libraries))
        } else {
            String::new()
        };
        self.table(&["sdk", "version", "presence", "confidence", "disclosed", "pi", "evidence"], rows) + &note
    }

    /// A text of an SDK that differs by language.
    fn of_sdk(&self, id: &str, text: impl Fn(&crate::report::SdkSummary) -> String) -> String {
        self.both(|report, _| report.sdks.iter().find(|sdk| sdk.id == id).map(&text).unwrap_or_default())
    }

    pub(super) fn permissions(&self) -> String {
        let rows = self.report().app.permissions.iter().map(|permission| {
            let used = &permission.used_by;
            vec![
                ("long", format!("<code>{}</code>", markup(&permission.name))),
                ("", self.both(|_, names| label(&permission.name, names))),
                ("tight", self.both(|_, names| names.kind(permission.kind))),
                ("tight", self.yes(permission.used)),
                ("long", self.both(|_, names| names.list(used.iter().map(|owner| names.owner(owner))))),
            ]
        });
        self.table(&["permission", "label", "kind", "used", "used_by"], rows.collect())
    }

    pub(super) fn hosts(&self) -> String {
        let rows = self.report().endpoints.iter().map(|host| {
            let owners = &host.owners;
            vec![
                ("", format!("<code>{}</code>", markup(&host.host))),
                ("", markup(host.belongs_to.as_ref().map(|party| party.name.as_str()).unwrap_or_default())),
                ("tight", markup(&host.country)),
                ("tight", self.yes(host.cleartext)),
                ("", self.both(|_, names| names.list(owners.iter().map(|owner| names.owner(owner))))),
                ("long", self.first_place(&host.evidence)),
            ]
        });
        self.table(&["host", "belongs_to", "country", "cleartext", "owner", "evidence"], rows.collect())
    }

    /// Rules without findings, with the reasons.
    pub(super) fn other_rules(&self) -> String {
        let all = self.report().by_gravity();
        let rows = all.iter().filter(|outcome| outcome.findings.is_empty()).map(|outcome| {
            let verdict = outcome.verdict;
            let reason = self.both(|report, _| {
                let other = report.outcomes.iter().find(|other| other.rule == outcome.rule);
                other.map(|other| other.reason.clone()).unwrap_or_default()
            });
            let places =
                if verdict == Verdict::Undetermined { self.places(&outcome.evidence, SHARE) } else { String::new() };
            let badge = format!(
                "<span class=\"badge {}\">{}</span>",
                verdict.as_str(),
                self.both(|_, names| names.verdict(verdict))
            );
            let title = format!("<span id=\"rule-{}\">{}</span>", markup(&outcome.rule), self.title(outcome));
            vec![("tight", badge), ("", title), ("long", reason + &places)]
        });
        self.table(&["verdict", "title", "reason"], rows.collect())
    }

    /// What a static scan did not see, in the words of the terminal report.
    pub(super) fn reach(&self) -> String {
        let rows = |report: &crate::report::Report, names: Names<'_>| crate::report::reach::rows(report, names);
        let count = rows(self.report(), self.names()).len();
        let mut out = String::from("<dl class=\"facts\">");
        for index in 0..count {
            let part = |second: bool| {
                self.both(|report, names| {
                    let row = rows(report, names).into_iter().nth(index);
                    row.map(|(label, text)| if second { text } else { label }).unwrap_or_default()
                })
            };
            out.push_str(&format!("<dt>{}</dt><dd>{}</dd>", part(false), part(true)));
        }
        out + "</dl>"
    }
}

/// What a permission is called; empty when unknown.
fn label(name: &str, names: Names<'_>) -> String {
    let called = names.permission(name);
    if called == name { String::new() } else { called }
}
