//! The forms of a report, and rendering by form.

use super::names::Names;
use super::terminal::Look;
use super::{
    Lang, Report, csv, github, junit, markdown, notice, page, rectification, redact, sarif, terminal, workbook,
};
use crate::knowledge::Knowledge;

/// A form of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Form {
    /// For a terminal
    Text,
    /// Everything there is
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// JUnit XML, a rule a test case
    Junit,
    /// Annotations of a GitHub workflow
    Github,
    /// A comment on a change
    Markdown,
    /// Findings, a row each
    Csv,
    /// A workbook
    Xlsx,
    /// A page in both languages
    Html,
    /// An official notice, for auditors 通报
    Notice,
    /// A list for those who mend the app 整改清单
    Rectification,
}

impl Form {
    /// What a file of this form ends in, behind the dot. Each form has its own.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Junit => "junit.xml",
            Self::Github => "github.txt",
            Self::Markdown => "md",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Html => "html",
            Self::Notice => "notice.md",
            Self::Rectification => "rectification.md",
        }
    }

    /// True for forms that are no use on a terminal.
    pub fn is_document(self) -> bool {
        matches!(self, Self::Xlsx | Self::Html)
    }

    /// The languages that the form holds, `wanted` first.
    pub fn langs(self, wanted: Lang) -> Vec<Lang> {
        let other = if wanted == Lang::Zh { Lang::En } else { Lang::Zh };
        if self == Self::Html { vec![wanted, other] } else { vec![wanted] }
    }
}

/// One analysis as a report in each of its languages, the wanted one first.
#[derive(Debug, Clone)]
pub struct Reports {
    first: (Lang, Report),
    others: Vec<(Lang, Report)>,
}

impl Reports {
    /// A report in its language.
    pub fn new(lang: Lang, report: Report) -> Self {
        Self { first: (lang, report), others: Vec::new() }
    }

    /// Adds the same analysis in another language.
    pub fn push(&mut self, lang: Lang, report: Report) {
        self.others.push((lang, report));
    }

    /// The report in the wanted language alone.
    pub fn into_report(self) -> Report {
        self.first.1
    }

    /// The report in the wanted language.
    pub fn report(&self) -> &Report {
        &self.first.1
    }

    /// The wanted language.
    pub fn lang(&self) -> Lang {
        self.first.0
    }

    /// All of them, to be marked alike.
    pub fn reports_mut(&mut self) -> impl Iterator<Item = &mut Report> {
        std::iter::once(&mut self.first).chain(&mut self.others).map(|(_, report)| report)
    }

    /// Redacts all of them.
    pub fn redact(&mut self, knowledge: &Knowledge) {
        let all = std::iter::once(&mut self.first).chain(&mut self.others);
        all.for_each(|(lang, report)| redact::redact(report, Names { knowledge, lang: *lang }));
    }

    /// All of them, the wanted one first.
    pub fn iter(&self) -> impl Iterator<Item = &(Lang, Report)> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

/// The bytes of a form; `look` bears on the text form alone.
///
/// # Errors
/// When the form cannot hold the report.
pub fn render(form: Form, reports: &Reports, knowledge: &Knowledge, look: Look) -> std::io::Result<Vec<u8>> {
    let report = reports.report();
    let names = Names { knowledge, lang: reports.lang() };
    let text = match form {
        Form::Text => terminal::render(report, knowledge, look),
        Form::Json => report.to_json()?,
        Form::Sarif => sarif::render(report, names)?,
        Form::Junit => junit::render(report, names),
        Form::Github => github::render(report, names),
        Form::Markdown => markdown::render(report, names),
        Form::Csv => csv::render(report, names),
        Form::Xlsx => return workbook::render(report, names),
        Form::Notice => notice::render(report, names),
        Form::Rectification => rectification::render(report, names),
        Form::Html => page::render(reports, knowledge),
    };
    Ok(text.into_bytes())
}
