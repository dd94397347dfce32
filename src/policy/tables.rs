//! Tables of third parties: by their headings, or under the name of one of them.

use std::ops::Range;

use rustc_hash::FxHashSet;

use super::labels::{Labels, Line, is_title};
use super::plain::is_labelled;
use super::row::{Column, Row, Source, ends_as_sdk, is_named_sdk};

/// Most columns of a table.
const MAX_COLUMNS: usize = 64;
/// Rows of a table among which its headings are looked for.
const HEADING_ROWS: usize = 2;
/// Lines into which a row is torn at most.
const MAX_PARTS: usize = 16;
/// Names alone between two rows at most.
const MAX_BARE: usize = 3;
/// Longest cell that is a name, in characters.
const MAX_NAME: usize = 40;

/// What the cells of a line stand for as headings; `None` of a line with more cells than a table has columns.
pub(super) fn headings_of(line: &Line<'_>, labels: &Labels) -> Option<Vec<Vec<Column>>> {
    let cells = line.cells();
    (cells.len() <= MAX_COLUMNS).then(|| cells.iter().map(|(_, cell)| labels.columns(cell)).collect())
}

/// A table with headings that stand for the name or vendor and for what it does; `None` when it has none.
pub(super) fn table(block: &[Line<'_>], labels: &Labels) -> Option<Vec<Row>> {
    let (at, headings) = block.iter().take(HEADING_ROWS).enumerate().find_map(|(at, line)| {
        let headings = headings_of(line, labels)?;
        is_heading(&headings).then_some((at, headings))
    })?;
    let place = |column| headings.iter().position(|known| known.contains(&column));
    let body = block.get(at.saturating_add(1)..).unwrap_or_default();
    let names = place(Column::Name).or_else(|| named_sdks(body, &headings)).or_else(|| place(Column::Vendor))?;
    let mut rows = Vec::new();
    let mut named: FxHashSet<&str> = FxHashSet::default();
    for line in body {
        let cells = line.cells();
        // Nothing is told of it.
        if let [(span, _)] = cells.as_slice() {
            rows.push(Row { span: line.span(), name: span.clone(), cells: Vec::new(), source: Source::List });
            continue;
        }
        // A cell that spans rows stands on the left and is missing from all but the first of them.
        let shift = headings.len().saturating_sub(cells.len());
        let cell = cells.get(names.saturating_sub(shift));
        named.insert(cell.map_or(line.text, |(_, text)| text.trim()));
        let name = cell.map_or_else(|| line.span(), |(span, _)| span.clone());
        let columns = |at: usize| headings.get(at.saturating_add(shift)).into_iter().flatten();
        let cells = cells
            .iter()
            .enumerate()
            .flat_map(|(at, (span, cell))| columns(at).map(move |column| (*column, span.clone(), *cell)))
            .filter(|(column, _, cell)| labels.says(*column, cell))
            .map(|(column, span, _)| (column, span))
            .collect();
        rows.push(Row { span: line.span(), name, cells, source: Source::List });
    }
    // A table of the app's own doings may say in each row whose they are.
    let is_of_one = place(Column::Name).is_none() && named.len() == 1 && rows.len() > 1;
    (!is_of_one).then_some(rows)
}

/// True for headings of a list of third parties.
fn is_heading(headings: &[Vec<Column>]) -> bool {
    let has = |column| headings.iter().any(|known| known.contains(&column));
    let known = headings.iter().filter(|known| !known.is_empty()).count();
    known >= 2
        && known.saturating_mul(2) >= headings.len()
        && headings.len() > 2
        && (has(Column::Name) || has(Column::Vendor))
        && (has(Column::Purpose) || has(Column::Items))
}

/// The column in which most cells name an SDK though its heading does not say so: 场景.
fn named_sdks(lines: &[Line<'_>], headings: &[Vec<Column>]) -> Option<usize> {
    let whole: Vec<Vec<(Range<usize>, &str)>> =
        lines.iter().map(Line::cells).filter(|cells| cells.len() == headings.len()).collect();
    let may_name = |known: &[Column]| known.iter().all(|column| matches!(column, Column::Purpose | Column::Vendor));
    let names = |at: usize| {
        let is_name = |cell: &&str| cell.chars().count() <= MAX_NAME && is_named_sdk(cell);
        let named = whole.iter().filter_map(|cells| cells.get(at)).map(|(_, cell)| *cell).filter(|cell| is_name(cell));
        named.count().saturating_mul(2) > whole.len()
    };
    let mut able: Vec<usize> =
        (0..headings.len()).filter(|at| headings.get(*at).is_some_and(|it| may_name(it))).collect();
    // What stands under a heading for companies comes first.
    able.sort_by_key(|at| headings.get(*at).is_none_or(|known| !known.contains(&Column::Vendor)));
    able.into_iter().find(|at| names(*at))
}

/// How many of some lines are one table: rows, and names of SDKs alone between them.
pub(super) fn rows_in(lines: &[Line<'_>], labels: &Labels) -> usize {
    let is_row = |line: &Line<'_>| line.text.contains('\t');
    let mut length = 0_usize;
    while let Some(line) = lines.get(length) {
        let rest = lines.get(length.saturating_add(1)..).unwrap_or_default();
        let names = || rest.iter().take(MAX_BARE).take_while(|next| !is_row(next)).count();
        let goes_on = || {
            let next = rest.get(names()).filter(|next| is_row(next));
            // 推送类SDK heads a part of the table.
            ends_as_sdk(line.text)
                && !line.text.contains('类')
                && next.and_then(|next| headings_of(next, labels)).is_some_and(|it| !is_heading(&it))
        };
        if !is_row(line) && !goes_on() {
            break;
        }
        length = length.saturating_add(1);
    }
    length
}

/// Lines of a text in which rows of tables that a line break within a cell tore apart are whole again.
pub(super) fn mended<'t>(text: &'t str, lines: &[Line<'t>]) -> Vec<Line<'t>> {
    let count = |line: &Line<'_>| line.text.matches('\t').count().saturating_add(1);
    let mut out: Vec<Line<'t>> = Vec::with_capacity(lines.len());
    // Cells of the first row of the table that is being read.
    let mut columns = 0_usize;
    let mut at = 0_usize;
    while let Some(line) = lines.get(at) {
        let own = count(line);
        columns = if own == 1 { 0 } else { columns.max(own) };
        let next = lines.get(at.saturating_add(1)).filter(|next| own > 1 && count(next) == 1);
        let parts = match next {
            Some(_) if own < columns => parts_of_row(lines.get(at..).unwrap_or_default(), columns, count),
            // The address of the last cell stands on a line of its own.
            Some(next) if line.text.ends_with('\t') && next.text.trim_start().starts_with("http") => Some(2),
            _ => None,
        };
        let last = parts.and_then(|parts| lines.get(at.saturating_add(parts).saturating_sub(1)));
        let whole = last.and_then(|last| text.get(line.start..last.span().end));
        out.push(whole.map_or(*line, |text| Line { start: line.start, text }));
        at = at.saturating_add(parts.unwrap_or(1));
    }
    out
}

/// How many lines make a row of so many columns; `None` when they do not.
fn parts_of_row(lines: &[Line<'_>], columns: usize, count: impl Fn(&Line<'_>) -> usize) -> Option<usize> {
    let mut cells = 0_usize;
    for (number, line) in lines.iter().take(MAX_PARTS).enumerate() {
        // The first cell of a line goes on with the last one of the line before.
        cells = cells.saturating_add(count(line)).saturating_sub(usize::from(number > 0));
        let is_whole = cells == columns && count(line) > 1;
        if is_whole || cells > columns {
            return is_whole.then_some(number.saturating_add(1));
        }
    }
    None
}

/// A table of what one third party collects, under its name; `before` is the line in front of the table.
pub(super) fn titled_table(block: &[Line<'_>], before: Option<&Line<'_>>, labels: &Labels) -> Option<Vec<Row>> {
    let title = before.filter(|line| is_title(line) && !is_labelled(line.text))?;
    let (at, headings) = block.iter().take(HEADING_ROWS).enumerate().find_map(|(at, line)| {
        let headings = headings_of(line, labels)?;
        let is_told = headings.iter().all(|known| !known.is_empty()) && headings.iter().flatten().count() > 1;
        let has_items = headings.iter().any(|known| known.contains(&Column::Items));
        (is_told && has_items).then_some((at, headings))
    })?;
    let lines = block.get(at.saturating_add(1)..).unwrap_or_default();
    let mut cells = Vec::new();
    for line in lines {
        let of_line = line.cells();
        let shift = headings.len().saturating_sub(of_line.len());
        for (number, (span, text)) in of_line.into_iter().enumerate() {
            let columns = headings.get(number.saturating_add(shift)).into_iter().flatten();
            cells.extend(columns.filter(|column| labels.says(**column, text)).map(|column| (*column, span.clone())));
        }
    }
    let end = lines.last()?.span().end;
    Some(vec![Row { span: title.start..end, name: title.span(), cells, source: Source::Loose }])
}
