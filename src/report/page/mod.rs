//! The report as one HTML page: no requests, readable without scripts, in each language that the reports hold.
//!
//! Texts that differ by language stand beside each other, each in its `span`, and the page's style shows one
//! language at a time. Everything out of the input is escaped; besides, the page's own policy allows no script
//! and no style but those whose digests it names.

mod charts;
mod findings;
mod lists;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

use super::escape::markup;
use super::form::Reports;
use super::names::Names;
use super::{Lang, Report, redact};
use crate::knowledge::Knowledge;

const TEMPLATE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page.
pub fn render(reports: &Reports, knowledge: &Knowledge) -> String {
    let page = Page { reports, knowledge };
    let mut out = String::new();
    let mut rest = TEMPLATE;
    // One walk over the template: what is filled in is not looked at for slots again.
    while let Some((before, (slot, after))) =
        rest.split_once("{{").and_then(|(before, after)| Some((before, after.split_once("}}")?)))
    {
        out.push_str(before);
        out.push_str(&page.slot(slot));
        rest = after;
    }
    out + rest
}

struct Page<'r> {
    reports: &'r Reports,
    knowledge: &'r Knowledge,
}

/// The tag of a language.
fn tag(lang: Lang) -> &'static str {
    lang.pick("zh-Hans", "en")
}

fn digest(text: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(text.as_bytes())))
}

impl<'r> Page<'r> {
    /// The report whose facts the page shows; the others differ in words alone.
    fn report(&self) -> &'r Report {
        self.reports.report()
    }

    /// Markup of a text in each language, `inner` markup made by language.
    fn both_markup(&self, inner: impl Fn(&Report, Names<'_>) -> String) -> String {
        let texts: Vec<(Lang, String)> = self
            .reports
            .iter()
            .map(|(lang, report)| (*lang, inner(report, Names { knowledge: self.knowledge, lang: *lang })))
            .collect();
        match texts.as_slice() {
            [(_, first), rest @ ..] if rest.iter().all(|(_, text)| text == first) => first.clone(),
            _ => texts.iter().map(|(lang, text)| format!("<span lang=\"{}\">{text}</span>", tag(*lang))).collect(),
        }
    }

    /// A text in each language, escaped.
    fn both(&self, text: impl Fn(&Report, Names<'_>) -> String) -> String {
        self.both_markup(|report, names| markup(&text(report, names)))
    }

    /// A text of the signatures.
    fn word(&self, id: &str) -> String {
        self.both(|_, names| names.say(id))
    }

    /// A text of the signatures with a number in it.
    fn counted(&self, id: &str, count: usize) -> String {
        self.both(|_, names| names.say(id).replace("{count}", &count.to_string()))
    }

    /// That so many rows are left out, where any are.
    fn left_out(&self, more: usize) -> String {
        if more == 0 {
            return String::new();
        }
        format!("<p class=\"note\">{}</p>", self.counted("page.left_out", more))
    }

    /// A text of the signatures as attributes, for what cannot hold markup.
    fn attributes(&self, text: impl Fn(&Report, Names<'_>) -> String) -> String {
        let value = |lang: Lang| {
            let found = self.reports.iter().find(|(other, _)| *other == lang);
            let report = found.map_or(self.report(), |(_, report)| report);
            markup(&text(report, Names { knowledge: self.knowledge, lang }))
        };
        format!("data-zh=\"{}\" data-en=\"{}\"", value(Lang::Zh), value(Lang::En))
    }

    fn slot(&self, slot: &str) -> String {
        if let Some(id) = slot.strip_prefix("word:") {
            return self.word(id);
        }
        let report = self.report();
        let app = &report.app;
        match slot {
            "lang" => tag(self.reports.lang()).to_owned(),
            "style" => STYLE.to_owned(),
            "style-hash" => digest(STYLE),
            "script" => SCRIPT.to_owned(),
            "script-hash" => digest(SCRIPT),
            "title" => {
                let title =
                    |report: &Report, names: Names<'_>| format!("{} · {}", report.app.label, names.say("page.title"));
                let first = title(report, Names { knowledge: self.knowledge, lang: self.reports.lang() });
                format!("<title {}>{}</title>", self.attributes(title), markup(&first))
            }
            "label" => self.both(|report, _| report.app.label.clone()),
            "version" => markup(&format!("{} · {} ({})", app.package, app.version_name, app.version_code)),
            "redaction" => match report.redaction {
                Some(_) => {
                    let note = self.both(|report, _| redact::note(report).unwrap_or_default());
                    format!("<p class=\"note\">{note}</p>")
                }
                None => String::new(),
            },
            "languages" => self.languages(),
            "summary" => self.summary(),
            "findings" => self.findings(),
            "pi" => self.heat() + &self.items(),
            "sdks" => self.sdks(),
            "permissions" => self.permissions(),
            "hosts" => self.hosts(),
            "clauses" => self.clauses(),
            "other" => self.other_rules(),
            "reach" => self.reach(),
            "tool" => markup(&format!(
                "{} {} · {} {}",
                report.tool.name,
                report.tool.version,
                report.tool.signatures.version,
                report.tool.signatures.sha256.get(..12).unwrap_or_default()
            )),
            _ => String::new(),
        }
    }

    /// The buttons that choose the language; one alone chooses nothing and is still needed by the style.
    fn languages(&self) -> String {
        let first = self.reports.lang();
        let button = |(lang, _): &(Lang, Report)| {
            let (id, name) = match lang {
                Lang::Zh => ("lang-zh", "中文"),
                Lang::En => ("lang-en", "English"),
            };
            let checked = if *lang == first { " checked" } else { "" };
            format!(
                "<label><input type=\"radio\" name=\"lang\" id=\"{id}\" autocomplete=\"off\"{checked}><span class=\"tag\">{name}</span></label>"
            )
        };
        self.reports.iter().map(button).collect()
    }
}
