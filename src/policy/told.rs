//! Third parties that a policy tells of in prose, one a paragraph: “甲推送”：由甲公司提供，用于推送消息；收集：IMEI.

use std::ops::Range;

use regex::Regex;

use super::labels::{Labels, Line};
use super::plain::is_labelled;
use super::prose;
use super::row::{Column, Row, Source};
use super::statements::ascii_boundaries;

/// How such paragraphs, and prose, are written.
#[derive(Debug, Clone)]
pub struct Telling {
    opening: Regex,
    vendor: Regex,
    purpose: Regex,
    items: Vec<Regex>,
    pub(super) prose: prose::Wording,
}

/// One such paragraph may be about anything; a list has more.
const MIN_ROWS: usize = 2;
/// Most statements of what one third party collects.
const MAX_STATEMENTS: usize = 16;
/// Lines that may follow the first one of an entry.
const MAX_LINES: usize = 6;

impl Telling {
    /// `patterns` has those of each part; all but `prose.mark`, `prose.lead`, `prose.joint` and the tests of `prose.*`
    /// have one group. Patterns of `items` are tried in order.
    ///
    /// # Errors
    /// When a pattern is broken.
    pub fn new(patterns: impl Fn(&str) -> Vec<String>) -> Result<Self, regex::Error> {
        Ok(Self {
            opening: compiled(&patterns("opening"))?,
            vendor: compiled(&patterns("vendor"))?,
            purpose: compiled(&patterns("purpose"))?,
            items: patterns("items").iter().map(|text| pattern(text)).collect::<Result<_, _>>()?,
            prose: prose::Wording::new(&patterns)?,
        })
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

    /// What a text that starts at byte `start` of the policy tells of the third party in front of it.
    pub(super) fn cells(&self, text: &str, start: usize) -> Vec<(Column, Range<usize>)> {
        let vendor = first_group(&self.vendor, text, start);
        self.cells_with(vendor, text, start)
    }

    /// The same where the vendor was looked for before.
    fn cells_with(&self, vendor: Option<Range<usize>>, text: &str, start: usize) -> Vec<(Column, Range<usize>)> {
        let mut cells = Vec::new();
        cells.extend(vendor.map(|span| (Column::Vendor, span)));
        cells.extend(first_group(&self.purpose, text, start).map(|span| (Column::Purpose, span)));
        cells.extend(self.items(text, start));
        cells.extend(link(text, start));
        cells
    }

    /// The items that a text says are collected, as often as it says so.
    pub(super) fn items(&self, text: &str, start: usize) -> Vec<(Column, Range<usize>)> {
        let found =
            self.items.iter().map(|pattern| groups(pattern, text, start).take(MAX_STATEMENTS).collect::<Vec<_>>());
        let best = found.into_iter().find(|found| !found.is_empty()).unwrap_or_default();
        best.into_iter().filter(|span| !span.is_empty()).map(|span| (Column::Items, span)).collect()
    }

    /// An entry that begins with this line.
    fn opened(&self, line: &Line<'_>) -> Option<Row> {
        let name = first_group(&self.opening, line.text, 0)?;
        let said = line.text.get(name.end..)?;
        let start = line.start.saturating_add(name.end);
        // Most lines have no vendor: nothing else is looked for there.
        let vendor = first_group(&self.vendor, said, start)?;
        let cells = self.cells_with(Some(vendor), said, start);
        let name = line.start.saturating_add(name.start)..line.start.saturating_add(name.end);
        Some(Row { span: line.span(), name, cells, source: Source::Loose })
    }
}

/// The groups of the alternatives that match a text, which starts at byte `start` of the policy.
fn groups(pattern: &Regex, text: &str, start: usize) -> impl Iterator<Item = Range<usize>> {
    let found = pattern.captures_iter(text).filter_map(|captures| captures.iter().skip(1).flatten().next());
    found.map(move |group| start.saturating_add(group.start())..start.saturating_add(group.end()))
}

/// The first of them.
pub(super) fn first_group(pattern: &Regex, text: &str, start: usize) -> Option<Range<usize>> {
    groups(pattern, text, start).next()
}

fn pattern(text: &str) -> Result<Regex, regex::Error> {
    Regex::new(&ascii_boundaries(text))
}

/// One pattern of several.
pub(super) fn compiled(patterns: &[String]) -> Result<Regex, regex::Error> {
    // Nothing matches where there is no pattern.
    let all = if patterns.is_empty() { r"[^\s\S]".to_owned() } else { patterns.join("|") };
    pattern(&all)
}

/// The address in a text that starts at byte `start` of the policy.
pub(super) fn link(text: &str, start: usize) -> Option<(Column, Range<usize>)> {
    let at = text.find("http")?;
    Some((Column::Link, start.saturating_add(at)..start.saturating_add(text.len())))
}
