//! Tables of third parties that were copied out of a page cell by cell: every cell is a line of its own.

use std::ops::Range;

use super::labels::{Labels, Line, is_title};
use super::row::{Column, Row, Source};

/// Fewest and most columns of such a table: fewer labels in a row may be anything.
const MIN_COLUMNS: usize = 4;
const MAX_COLUMNS: usize = 12;
/// Longest heading in characters.
const MAX_HEADING: usize = 14;
/// Lines beyond the columns over which the cells of one row may spread.
const MAX_SPREAD: usize = 6;

/// The headings with which such a table begins at the first of some lines.
pub(super) fn headings(lines: &[Line<'_>], labels: &Labels) -> Option<Vec<Vec<Column>>> {
    let is_heading = |line: &&Line<'_>| {
        let text = line.text.trim();
        !text.is_empty() && !text.contains(['：', ':', '\t']) && text.chars().count() <= MAX_HEADING
    };
    // Prose, for the most part, does not get further than this.
    labels.columns(lines.first().filter(is_heading)?.text).first()?;
    let mut found: Vec<Vec<Column>> = Vec::new();
    for line in lines.iter().take(MAX_COLUMNS).take_while(is_heading) {
        let columns = labels.columns(line.text);
        // What is there already stands in the first row, such as 甲SDK.
        let is_there = |column: &Column| {
            !matches!(column, Column::Purpose | Column::Means) && found.iter().any(|known| known.contains(column))
        };
        if columns.iter().any(is_there) {
            break;
        }
        found.push(columns);
    }
    found.truncate(found.iter().rposition(|columns| !columns.is_empty())?.saturating_add(1));
    let count = found.len();
    let has = |column| found.iter().any(|columns| columns.contains(&column));
    let known = found.iter().filter(|columns| !columns.is_empty()).count();
    let is_table = count >= MIN_COLUMNS
        && known.saturating_mul(4) >= count.saturating_mul(3)
        && (has(Column::Name) || has(Column::Vendor))
        && (has(Column::Purpose) || has(Column::Items));
    is_table.then_some(found)
}

/// Rows of such a table under its `headings`, and how many `lines` they take.
pub(super) fn rows(lines: &[Line<'_>], headings: &[Vec<Column>], labels: &Labels) -> (Vec<Row>, usize) {
    let place = |column| headings.iter().position(|known| known.contains(&column));
    let (link, count) = (place(Column::Link), headings.len());
    let Some(name) = place(Column::Name).or_else(|| place(Column::Vendor)) else { return (Vec::new(), 0) };
    let mut rows = Vec::new();
    let mut at = 0_usize;
    while let Some(rest) = lines.get(at..).filter(|rest| rest.len() >= count) {
        // An address shows where the row ends, however its cells are broken into lines.
        let length = match link {
            Some(link) if link.saturating_add(1) == count => {
                let ends = rest.iter().skip(link).take(MAX_SPREAD).position(|line| is_address(line.text));
                count.saturating_add(ends.unwrap_or(0))
            }
            _ => count,
        };
        let cells = rest.get(..length).unwrap_or_default();
        let Some(named) = cells.get(name).filter(|line| is_title(line) && length >= count) else { break };
        if cells.first().is_none_or(|line| !is_title(line)) || ends_elsewhere(cells, link) {
            break;
        }
        let columns = |at: usize| -> Vec<Column> {
            let is_within = length > count && at > name && at.saturating_add(1) < length;
            if is_within {
                // Which of these cells spread is not to be told.
                let within = headings.get(name.saturating_add(1)..count.saturating_sub(1)).unwrap_or_default();
                return within.iter().flatten().copied().collect();
            }
            let at = if at > name { at.saturating_sub(length.saturating_sub(count)) } else { at };
            headings.get(at).cloned().unwrap_or_default()
        };
        let told = cells.iter().enumerate().flat_map(|(at, line)| {
            let said = columns(at).into_iter().filter(|column| labels.says(*column, line.text));
            said.map(|column| (column, line.span())).collect::<Vec<_>>()
        });
        let cells: Vec<(Column, Range<usize>)> = told.collect();
        let end = rest.get(length.saturating_sub(1)).map_or(named.span().end, |line| line.span().end);
        let start = rest.first().map_or(named.start, |line| line.start);
        rows.push(Row { span: start..end, name: named.span(), cells, source: Source::List });
        let more =
            rest.get(length..).unwrap_or_default().iter().take_while(|line| link.is_some() && is_address(line.text));
        at = at.saturating_add(length).saturating_add(more.count());
    }
    (rows, at)
}

/// True when a table whose rows end with an address has none here.
fn ends_elsewhere(cells: &[Line<'_>], link: Option<usize>) -> bool {
    link.is_some_and(|link| link.saturating_add(1) == cells.len())
        && cells.last().is_some_and(|line| line.text.contains('。'))
}

fn is_address(text: &str) -> bool {
    text.contains("http") || text.contains("www.")
}
