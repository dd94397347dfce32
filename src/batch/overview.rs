//! The overview of a run: one HTML file without scripts and without requests. Everything out of inputs is escaped.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::table::{limit, rules};
use super::{AppRow, Record, TABLE};
use crate::knowledge::Knowledge;
use crate::outcome::Verdict;
use crate::report::Lang;
use crate::report::escape::{markup, uri_path};
use crate::report::names::Names;

const STYLE: &str = include_str!("overview.css");
/// Rows of the matrix, the worst first; the table has them all.
const MAX_APPS: usize = 5_000;
/// Versions shown of one SDK.
const MAX_VERSIONS: usize = 8;

/// The page.
pub(super) fn render(records: &[Record], knowledge: &Knowledge, lang: Lang) -> String {
    let apps: Vec<(&Record, &AppRow)> = records
        .iter()
        .filter(|record| record.same_as.is_empty())
        .filter_map(|record| Some((record, record.app.as_ref()?)))
        .collect();
    let page = Page { records, apps, rules: rules(records), names: Names { knowledge, lang } };
    let title = page.say("batch.title");
    format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{}{}{}{}{}{}</body>\n</html>\n",
        lang.pick("zh-Hans", "en"),
        page.head(&title),
        page.failures(),
        page.matrix(),
        page.totals(),
        page.sdks(),
        page.duplicates(),
    )
}

struct Page<'r> {
    records: &'r [Record],
    apps: Vec<(&'r Record, &'r AppRow)>,
    rules: BTreeSet<&'r str>,
    names: Names<'r>,
}

/// A sign for those who do not tell colours apart.
fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Violation => "✗",
        Verdict::Risk => "!",
        Verdict::Undetermined => "?",
        Verdict::Pass => "✓",
        Verdict::NotApplicable => "–",
    }
}

impl Page<'_> {
    fn say(&self, id: &str) -> String {
        markup(&self.names.say(id))
    }

    fn counted(&self, id: &str, count: usize) -> String {
        self.say(id).replace("{count}", &count.to_string())
    }

    fn title(&self, rule: &str) -> String {
        let row = self.names.knowledge.rule(rule);
        markup(row.map_or(rule, |row| self.names.lang.pick(&row.title.zh, &row.title.en)))
    }

    fn headings(&self, ids: &[&str]) -> String {
        ids.iter().map(|id| format!("<th scope=\"col\">{}</th>", self.say(id))).collect()
    }

    fn head(&self, title: &str) -> String {
        let failed = self.records.iter().filter(|record| record.app.is_none()).count();
        let having = |verdict| self.apps.iter().filter(|(_, app)| app.count(verdict) > 0).count();
        let legend: String = Verdict::ALL
            .iter()
            .map(|end| {
                format!("<span class=\"{}\">{} {}</span>", end.as_str(), sign(*end), markup(&self.names.verdict(*end)))
            })
            .collect();
        format!(
            "<h1>{title}</h1>\n<p>{}</p>\n<p class=\"dim\">mingcha {} · {} {} · <a href=\"{TABLE}\">{TABLE}</a></p>\n\
             <p class=\"legend\">{legend}</p>\n",
            self.say("batch.head")
                .replace("{inputs}", &self.records.len().to_string())
                .replace("{apps}", &self.apps.len().to_string())
                .replace("{failed}", &failed.to_string())
                .replace("{violation}", &having(Verdict::Violation).to_string())
                .replace("{risk}", &having(Verdict::Risk).to_string()),
            env!("CARGO_PKG_VERSION"),
            self.say("batch.signatures"),
            markup(self.names.knowledge.version()),
        )
    }

    fn failures(&self) -> String {
        let failed: Vec<&Record> = self.records.iter().filter(|record| record.app.is_none()).collect();
        if failed.is_empty() {
            return String::new();
        }
        let rows: String = failed
            .iter()
            .map(|record| format!("<tr><td>{}</td><td>{}</td></tr>\n", markup(&record.path), markup(&record.error)))
            .collect();
        format!(
            "<h2>{}</h2>\n<div class=\"frame\"><table><thead><tr>{}</tr></thead><tbody>\n{rows}</tbody></table></div>\n",
            self.counted("batch.failures", failed.len()),
            self.headings(&["batch.column.path", "batch.column.error"]),
        )
    }

    /// Apps by rules, those with most violations first.
    fn matrix(&self) -> String {
        let mut apps = self.apps.clone();
        let gravity = |app: &AppRow| (app.count(Verdict::Violation), app.count(Verdict::Risk));
        apps.sort_by(|(a, first), (b, second)| (gravity(second), &a.path).cmp(&(gravity(first), &b.path)));
        let mut out = format!(
            "<h2>{}</h2>\n<div class=\"frame\"><table class=\"matrix\"><thead><tr><th scope=\"col\" class=\"app\">{}</th>{}",
            self.say("batch.matrix"),
            self.say("batch.app"),
            self.headings(&["verdict.violation", "verdict.risk", "batch.column.sdks", "batch.column.limits"]),
        );
        for rule in &self.rules {
            let _ = write!(
                out,
                "<th scope=\"col\" class=\"rule\"><a href=\"#{0}\">{1}</a></th>",
                markup(rule),
                self.title(rule)
            );
        }
        out.push_str("</tr></thead><tbody>\n");
        for (record, app) in apps.iter().take(MAX_APPS) {
            self.app(record, app, &mut out);
        }
        out.push_str("</tbody></table></div>\n");
        if apps.len() > MAX_APPS {
            let rest = apps.len().saturating_sub(MAX_APPS);
            let _ = writeln!(out, "<p>{}</p>", self.counted("batch.more", rest));
        }
        out
    }

    fn app(&self, record: &Record, app: &AppRow, out: &mut String) {
        let label = if app.label.is_empty() { &app.package } else { &app.label };
        let limits: Vec<String> = app.limits.iter().map(|id| markup(&limit(id, self.names))).collect();
        let _ = write!(
            out,
            "<tr><th scope=\"row\" class=\"app\"><a href=\"{}\">{}</a> {}<br><span class=\"dim\">{}<br>{}</span></th>\
             <td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"limits\">{}</td>",
            markup(&uri_path(&record.report)),
            markup(label),
            markup(&app.version_name),
            markup(&app.package),
            markup(&record.path),
            app.count(Verdict::Violation),
            app.count(Verdict::Risk),
            app.sdks.len(),
            limits.join("<br>"),
        );
        for rule in &self.rules {
            let Some(end) = app.verdicts.get(*rule) else {
                out.push_str("<td class=\"end\"></td>");
                continue;
            };
            let _ = write!(out, "<td class=\"end {}\">{}</td>", end.as_str(), sign(*end));
        }
        out.push_str("</tr>\n");
    }

    /// How each rule ended over the apps.
    fn totals(&self) -> String {
        let mut out = format!(
            "<h2>{}</h2>\n<div class=\"frame\"><table><thead><tr>{}",
            self.say("batch.rules"),
            self.headings(&["table.rule", "table.title"])
        );
        for end in Verdict::ALL {
            let _ = write!(out, "<th scope=\"col\" class=\"number\">{}</th>", markup(&self.names.verdict(end)));
        }
        out.push_str("</tr></thead><tbody>\n");
        for rule in &self.rules {
            let _ = write!(out, "<tr id=\"{0}\"><td>{0}</td><td>{1}</td>", markup(rule), self.title(rule));
            for end in Verdict::ALL {
                let count = self.apps.iter().filter(|(_, app)| app.verdicts.get(*rule) == Some(&end)).count();
                let _ = write!(out, "<td class=\"number\">{count}</td>");
            }
            out.push_str("</tr>\n");
        }
        out + "</tbody></table></div>\n"
    }

    /// In how many apps each SDK is, in which versions.
    fn sdks(&self) -> String {
        let mut by_sdk: BTreeMap<&str, (usize, BTreeSet<&str>)> = BTreeMap::new();
        for (id, version) in self.apps.iter().flat_map(|(_, app)| &app.sdks) {
            let slot = by_sdk.entry(id).or_default();
            slot.0 = slot.0.saturating_add(1);
            slot.1.extend(Some(version.as_str()).filter(|version| !version.is_empty()));
        }
        let mut sdks: Vec<_> = by_sdk.into_iter().collect();
        sdks.sort_by(|(a, first), (b, second)| (second.0, a).cmp(&(first.0, b)));
        if sdks.is_empty() {
            return String::new();
        }
        let mut out = format!(
            "<h2>{}</h2>\n<div class=\"frame\"><table><thead><tr>{}</tr></thead><tbody>\n",
            self.say("section.sdks"),
            self.headings(&["table.name", "table.vendor", "batch.apps", "batch.share", "table.version"])
        );
        for (id, (count, versions)) in sdks {
            let share = count as f64 * 100.0 / self.apps.len().max(1) as f64;
            let lang = self.names.lang;
            let vendor = self.names.knowledge.sdk(id).map(|(file, _)| lang.pick(&file.vendor_zh, &file.vendor_en));
            let mut shown: Vec<String> = versions.iter().take(MAX_VERSIONS).map(|version| markup(version)).collect();
            if versions.len() > MAX_VERSIONS {
                shown.push(format!("+{}", versions.len().saturating_sub(MAX_VERSIONS)));
            }
            let _ = writeln!(
                out,
                "<tr><td>{}</td><td>{}</td><td class=\"number\">{count}</td>\
                 <td><meter min=\"0\" max=\"100\" value=\"{share:.1}\"></meter> {share:.1} %</td><td>{}</td></tr>",
                markup(&self.names.sdk(id)),
                markup(vendor.unwrap_or_default()),
                shown.join(", "),
            );
        }
        out + "</tbody></table></div>\n"
    }

    fn duplicates(&self) -> String {
        let same: Vec<&Record> = self.records.iter().filter(|record| !record.same_as.is_empty()).collect();
        if same.is_empty() {
            return String::new();
        }
        let rows: String = same
            .iter()
            .map(|record| format!("<tr><td>{}</td><td>{}</td></tr>\n", markup(&record.path), markup(&record.same_as)))
            .collect();
        format!(
            "<h2>{}</h2>\n<div class=\"frame\"><table><thead><tr>{}</tr></thead><tbody>\n{rows}</tbody></table></div>\n",
            self.counted("batch.duplicates", same.len()),
            self.headings(&["batch.column.path", "batch.column.same_as"]),
        )
    }
}
