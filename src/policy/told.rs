//! Third parties that a policy tells of in prose, one a paragraph: “甲推送”：由甲公司提供，用于推送消息；收集：IMEI.

use std::ops::Range;

use regex::Regex;

use super::plain::is_labelled;
use super::rows::{Column, Labels, Line, Row};

/// How such paragraphs are written; each pattern has one group.
#[derive(Debug, Clone)]
pub struct Telling {
    opening: Regex,
    /// Names in the midst of a sentence: 我们集成了甲SDK，甲SDK需要收集….
    integrates: Option<Regex>,
    vendor: Regex,
    purpose: Regex,
    items: Vec<Regex>,
}

/// One such paragraph may be about anything; a list has more.
const MIN_ROWS: usize = 2;
/// Longer lines are no prose.
const MAX_LINE_BYTES: usize = 1 << 16;
/// Most sentences of one line that name what is built in.
const MAX_SENTENCES: usize = 64;
/// Lines that may follow the first one of an entry.
const MAX_LINES: usize = 6;

impl Telling {
    /// Patterns of the name in front, of the company, of the purpose and, best first, of the items.
    ///
    /// # Errors
    /// When a pattern is broken.
    pub fn new(opening: &str, vendor: &str, purpose: &str, items: &[String]) -> Result<Self, regex::Error> {
        Ok(Self {
            opening: Regex::new(opening)?,
            integrates: None,
            vendor: Regex::new(vendor)?,
            purpose: Regex::new(purpose)?,
            items: items.iter().map(|pattern| Regex::new(pattern)).collect::<Result<_, _>>()?,
        })
    }

    /// The same with a pattern of names in the midst of a sentence.
    ///
    /// # Errors
    /// When the pattern is broken.
    pub fn with_integration(self, integrates: &str) -> Result<Self, regex::Error> {
        Ok(Self { integrates: Some(Regex::new(integrates)?), ..self })
    }

    /// The entries among some lines of text.
    pub(super) fn rows(&self, lines: &[Line<'_>], labels: &Labels) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        // Lines of the entry that is being read.
        let mut open = 0_usize;
        for line in lines {
            if let Some(row) = self.opened(line) {
                rows.push(row);
                open = 1;
            } else if let Some(row) =
                rows.last_mut().filter(|_| open > 0 && open <= MAX_LINES && is_labelled(line.text))
            {
                open = open.saturating_add(1);
                row.span.end = line.span().end;
                let cell = labels.labelled(line).unwrap_or((Column::Items, line.span()));
                row.cells.extend(link(line.text, line.start).filter(|_| cell.0 != Column::Link));
                row.cells.push(cell);
            } else {
                open = 0;
            }
        }
        if rows.len() < MIN_ROWS { Vec::new() } else { rows }
    }

    /// Third parties of which a sentence says that they are built in, and what they collect.
    pub(super) fn built_in(&self, lines: &[Line<'_>]) -> Vec<Row> {
        let prose = lines.iter().filter(|line| line.text.len() <= MAX_LINE_BYTES);
        prose.flat_map(|line| self.integrated(line)).collect()
    }

    fn integrated(&self, line: &Line<'_>) -> Vec<Row> {
        let found = self.integrates.as_ref().into_iter().flat_map(|pattern| pattern.captures_iter(line.text));
        let mut rows = Vec::new();
        for names in found.filter_map(|captures| captures.get(1)).take(MAX_SENTENCES) {
            let sentence = line.text.get(names.end()..).unwrap_or_default();
            let length = sentence.find('。').unwrap_or(sentence.len());
            let until = Line {
                start: line.start,
                text: line.text.get(..names.end().saturating_add(length)).unwrap_or_default(),
            };
            let cells = self.cells(&until, names.end());
            if cells.iter().all(|(column, _)| *column != Column::Items) {
                continue;
            }
            let mut at = line.start.saturating_add(names.start());
            for name in names.as_str().split_inclusive(['、', '和', '及', '与']) {
                let bare = name.trim_end_matches(['、', '和', '及', '与', '以']);
                let span = at..at.saturating_add(bare.len());
                at = at.saturating_add(name.len());
                if bare.to_ascii_lowercase().ends_with("sdk") {
                    rows.push(Row {
                        span: span.start..until.span().end,
                        name: span,
                        cells: cells.clone(),
                        is_loose: true,
                    });
                }
            }
        }
        rows
    }

    /// What is told of a third party behind byte `behind` of a line.
    fn cells(&self, line: &Line<'_>, behind: usize) -> Vec<(Column, Range<usize>)> {
        let text = line.text.get(behind..).unwrap_or_default();
        let start = line.start.saturating_add(behind);
        let find = |pattern: &Regex| {
            let group = pattern.captures(text)?.get(1)?;
            Some(start.saturating_add(group.start())..start.saturating_add(group.end()))
        };
        let mut cells = Vec::new();
        cells.extend(find(&self.vendor).map(|span| (Column::Vendor, span)));
        cells.extend(find(&self.purpose).map(|span| (Column::Purpose, span)));
        let items = self.items.iter().find_map(find).filter(|span| !span.is_empty());
        cells.extend(items.map(|span| (Column::Items, span)));
        cells.extend(link(text, start));
        cells
    }

    /// An entry that begins with this line.
    fn opened(&self, line: &Line<'_>) -> Option<Row> {
        let name = self.opening.captures(line.text)?.get(1)?.range();
        let cells = self.cells(line, name.end);
        cells.iter().find(|(column, _)| *column == Column::Vendor)?;
        let name = line.start.saturating_add(name.start)..line.start.saturating_add(name.end);
        Some(Row { span: line.span(), name, cells, is_loose: true })
    }
}

/// The address in a text that starts at byte `start` of the policy.
fn link(text: &str, start: usize) -> Option<(Column, Range<usize>)> {
    let at = text.find("http")?;
    Some((Column::Link, start.saturating_add(at)..start.saturating_add(text.len())))
}
