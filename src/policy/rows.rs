//! Rows of the lists in which policies name third parties: tables, and paragraphs of labelled lines.
//!
//! Whether a label stands for the purpose or for the items of personal information is told by words that
//! callers bring. In Chinese the head of a label comes last (收集个人信息的目的 is a purpose), so the word that ends
//! last decides, and of those that end together the longest.
//!
//! Third parties are also told of in prose and named without another word; there the name has to prove itself.

use std::ops::Range;

use regex::Regex;

use super::flattened;
use super::told::Telling;
use super::{Passage, Policy, plain::is_labelled, text::is_space};

/// What a column or label stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// The SDK or product.
    Name,
    /// The company behind it.
    Vendor,
    /// What it is used for.
    Purpose,
    /// Personal information that it collects.
    Items,
    /// Permissions that it uses.
    Permissions,
    /// Where its own rules can be read.
    Link,
    /// In what way it collects.
    Means,
}

/// Words of labels, by column.
#[derive(Debug, Clone, Default)]
pub struct Labels {
    /// Column and word, lower case.
    pub words: Vec<(Column, String)>,
    /// With what labels begin that tell what the user can do.
    pub acts: Vec<String>,
    /// What stands in a cell that says nothing: `-`, `/`, 无.
    pub blanks: Vec<String>,
    /// How third parties are told of in prose.
    pub telling: Option<Telling>,
    /// Sentences that introduce nothing but names of third parties.
    pub introduction: Option<Regex>,
    /// Headings of sections on third parties.
    pub section: Option<Regex>,
}

/// One third party as a list describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Bytes of [`Policy::text`] from the name to the last cell.
    pub span: Range<usize>,
    /// Name as written: the cell of the name, or the line over the labelled lines.
    pub name: Range<usize>,
    /// Cells that say something.
    pub cells: Vec<(Column, Range<usize>)>,
    /// Where it comes from.
    pub source: Source,
}

/// Where the entry of a third party comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A list of third parties.
    List,
    /// What may be such a list; whether it describes a third party is for the name to show.
    Loose,
    /// Running prose.
    Prose,
}

impl Row {
    /// True when the cell says something.
    pub fn has(&self, column: Column) -> bool {
        self.cells.iter().any(|(known, _)| *known == column)
    }

    /// True when byte `offset` of the text lies in a cell of the column.
    pub fn covers(&self, column: Column, offset: usize) -> bool {
        self.cells.iter().any(|(known, span)| *known == column && span.contains(&offset))
    }
}

/// Longest label in characters.
const MAX_LABEL: usize = 18;
/// Most characters of a label besides the word that decides it.
const MAX_BESIDE: usize = 9;
/// Most third parties of one policy; no list is so long.
const MAX_ROWS: usize = 5000;
/// Most characters of a label behind that word.
const MAX_BEHIND: usize = 3;
/// Longest line that counts as the name over labelled lines, in characters.
const MAX_TITLE: usize = 40;
/// Longest name of a company with what is told beside it, in characters.
const MAX_COMPANY: usize = 120;
/// With what the full names of companies end.
const COMPANY: &str = "公司";
/// Most columns of a table.
const MAX_COLUMNS: usize = 64;
/// Rows of a table among which its headings are looked for.
const HEADING_ROWS: usize = 2;
/// Lines that a label with nothing behind it may own.
const MAX_VALUE_LINES: usize = 8;

impl Labels {
    /// What a heading stands for; `收集个人信息字段及目的` stands for two things.
    pub(super) fn columns(&self, heading: &str) -> Vec<Column> {
        let parts = heading.split(['及', '和', '与', '、', '/', '&']).filter_map(|part| self.column(part));
        let mut out: Vec<Column> = parts.chain(self.column(heading)).collect();
        out.sort_unstable();
        out.dedup();
        out
    }

    /// What a label stands for.
    fn column(&self, label: &str) -> Option<Column> {
        let label = label.trim().to_ascii_lowercase();
        let length = label.chars().count();
        if length > MAX_LABEL {
            return None;
        }
        let found = self.words.iter().filter_map(|(column, word)| {
            let end = label.rfind(word.as_str())?.saturating_add(word.len());
            Some((end, word.len(), *column, word.chars().count()))
        });
        let (end, bytes, column, word) = found.max()?;
        // 个人信息保护负责人 is somebody, 撤回个人信息收集 an act of the user.
        let rest = label.get(end..).unwrap_or_default();
        let ends = rest.starts_with(['(', '（']) || rest.chars().count() <= MAX_BEHIND;
        if !ends || self.acts.iter().any(|act| label.starts_with(act.as_str())) {
            return None;
        }
        // 提供方名称 names the company, 权限名称 a permission.
        let before = label.get(..end.saturating_sub(bytes)).unwrap_or_default();
        let named = self.words.iter().filter(|(_, word)| column == Column::Name && before.ends_with(word.as_str()));
        let column = named.max_by_key(|(_, word)| word.len()).map_or(column, |(column, _)| *column);
        (length.saturating_sub(word) <= MAX_BESIDE).then_some(column)
    }

    /// A line that is one label with its value.
    pub(super) fn labelled(&self, line: &Line<'_>) -> Option<(Column, Range<usize>)> {
        fields(line, self).into_iter().next()
    }

    fn says_something(&self, value: &str) -> bool {
        let value = value.trim();
        !value.is_empty() && !self.blanks.iter().any(|blank| blank == value)
    }

    /// That no personal information is collected is something said; that there is no purpose is not.
    pub(super) fn says(&self, column: Column, value: &str) -> bool {
        self.says_something(value) || column == Column::Items && value.contains(char::is_alphabetic)
    }
}

/// A line with its place in the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'t> {
    pub(super) start: usize,
    pub(super) text: &'t str,
}

impl Line<'_> {
    pub(super) fn span(&self) -> Range<usize> {
        self.start..self.start.saturating_add(self.text.len())
    }

    /// Cells with their places.
    fn cells(&self) -> Vec<(Range<usize>, &str)> {
        let mut at = self.start;
        let cells = self.text.split('\t').map(|cell| {
            let span = at..at.saturating_add(cell.len());
            at = span.end.saturating_add(1);
            (span, cell)
        });
        cells.collect()
    }
}

impl Policy {
    /// Rows of lists of third parties, in order.
    pub fn rows(&self, labels: &Labels) -> Vec<Row> {
        let mut start = 0_usize;
        let lines = self.text.split_inclusive('\n').map(|line| {
            let here = start;
            start = start.saturating_add(line.len());
            Line { start: here, text: line.trim_end_matches('\n') }
        });
        let lines: Vec<Line<'_>> = lines.filter(|line| !line.text.trim().is_empty()).collect();
        let mut rows = Vec::new();
        let mut at = 0_usize;
        while let Some(line) = lines.get(at) {
            let is_table = line.text.contains('\t');
            let rest = lines.get(at..).unwrap_or_default();
            if let Some(headings) = flattened::headings(rest, labels) {
                let (found, taken) = flattened::rows(rest.get(headings.len()..).unwrap_or_default(), &headings, labels);
                if !found.is_empty() {
                    rows.extend(found);
                    at = at.saturating_add(headings.len()).saturating_add(taken);
                    continue;
                }
            }
            let is_next = |(number, other): (usize, &Line<'_>)| {
                let begins = || flattened::headings(rest.get(number..).unwrap_or_default(), labels).is_some();
                other.text.contains('\t') == is_table && (is_table || number == 0 || !begins())
            };
            let length = rest.iter().enumerate().take_while(|(number, other)| is_next((*number, other))).count();
            let block = rest.get(..length).unwrap_or_default();
            let before = at.checked_sub(1).and_then(|at| lines.get(at));
            let found =
                if is_table { table(block, labels).or_else(|| titled_table(block, before, labels)) } else { None };
            rows.extend(found.unwrap_or_else(|| {
                let mut found = labelled(block, before, labels);
                for row in &mut found {
                    let is_loose = !row.has(Column::Name)
                        && !row.has(Column::Vendor)
                        && !row.has(Column::Link)
                        && self.is_about_third_parties(row.span.start, labels);
                    row.source = if is_loose { Source::Loose } else { Source::List };
                }
                found.retain(|row| self.is_third_party(row));
                let told = labels.telling.as_ref().map(|telling| telling.rows(block, labels)).unwrap_or_default();
                let bare = labels.introduction.as_ref().map(|it| bare_names(block, it, labels)).unwrap_or_default();
                for rows in [told, bare] {
                    found.sort_by_key(|row| row.span.start);
                    let is_new = |row: &Row| {
                        let before = found.partition_point(|known| known.span.start < row.span.end);
                        let last = before.checked_sub(1).and_then(|at| found.get(at));
                        !last.is_some_and(|known| overlap(&known.span, &row.span))
                    };
                    let rows: Vec<Row> = rows.into_iter().filter(is_new).collect();
                    found.extend(rows);
                }
                found.sort_by_key(|row| row.span.start);
                found
            }));
            at = at.saturating_add(length);
        }
        rows.retain(|row| !row.name.is_empty());
        rows.truncate(MAX_ROWS);
        for row in &mut rows {
            if !row.has(Column::Link) && self.leads_elsewhere(&row.span) {
                row.cells.push((Column::Link, row.span.clone()));
            }
        }
        rows
    }

    /// Bytes of [`Policy::text`] that tell what something is for: cells under such a heading in whatever table, and
    /// values of such a label in the `rows`.
    pub fn purposes(&self, labels: &Labels, rows: &[Row]) -> Vec<Range<usize>> {
        let of_rows = rows.iter().flat_map(|row| &row.cells).filter(|(column, _)| *column == Column::Purpose);
        let mut out: Vec<Range<usize>> = of_rows.map(|(_, span)| span.clone()).collect();
        // Number of the column of purposes, and of all columns, in the table that is being read.
        let mut heading: Option<(usize, usize)> = None;
        let mut start = 0_usize;
        for text in self.text.split_inclusive('\n') {
            let line = Line { start, text: text.trim_end_matches('\n') };
            start = start.saturating_add(text.len());
            if !line.text.contains('\t') {
                heading = None;
                continue;
            }
            let cells = line.cells();
            if let Some((column, columns)) = heading {
                let shift = columns.saturating_sub(cells.len());
                out.extend(column.checked_sub(shift).and_then(|at| cells.get(at)).map(|(span, _)| span.clone()));
            } else if let Some(headings) = headings_of(&line, labels) {
                let column = headings.iter().position(|known| *known == [Column::Purpose]);
                heading = column.map(|column| (column, headings.len()));
            }
        }
        out.sort_unstable_by_key(|span| span.start);
        out
    }

    /// True when a hyperlink ends within the span, or right at its end.
    pub(super) fn leads_elsewhere(&self, span: &Range<usize>) -> bool {
        let first = self.links.partition_point(|end| *end <= span.start);
        self.links.get(first).is_some_and(|end| *end <= span.end)
    }

    /// Labels alone do not make a list of third parties: the app's own functions have purposes, too.
    fn is_third_party(&self, row: &Row) -> bool {
        // 个人信息：指以电子方式记录的… is a definition.
        let defines = |span: &Range<usize>| {
            self.text.get(span.clone()).is_some_and(|text| text.trim().trim_start_matches('是').starts_with('指'))
        };
        if defines(&row.name) || row.cells.iter().any(|(_, span)| defines(span)) {
            return false;
        }
        let says_what = row.has(Column::Purpose) || row.has(Column::Items);
        let is_list = row.has(Column::Name) || row.has(Column::Vendor) || row.has(Column::Link);
        let is_named = || self.text.get(row.name.clone()).is_some_and(is_named_sdk);
        // The operator tells of itself by a label, too.
        let has_name = !row.covers(Column::Vendor, row.name.start);
        says_what && (is_list && (has_name || row.has(Column::Items)) || is_named() || row.source == Source::Loose)
    }

    /// True where a section on third parties, or one within it, stands around byte `offset`.
    fn is_about_third_parties(&self, offset: usize, labels: &Labels) -> bool {
        let Some(pattern) = &labels.section else { return false };
        self.headings(offset).any(|heading| pattern.is_match(&heading.to_lowercase()))
    }

    /// Where a row stands.
    pub fn row_passage(&self, row: &Row) -> Passage {
        let text = self.text.get(row.span.clone()).unwrap_or_default();
        Passage {
            section: self.section(row.span.start).map(|section| section.heading.clone()).unwrap_or_default(),
            quote: super::mentions::shorten(text, 0),
            line: self.line(row.span.start),
        }
    }
}

fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}

fn is_named_sdk(name: &str) -> bool {
    name.to_ascii_lowercase().contains("sdk")
}

/// What the cells of a line stand for as headings; `None` of a line with more cells than a table has columns.
fn headings_of(line: &Line<'_>, labels: &Labels) -> Option<Vec<Vec<Column>>> {
    let cells = line.cells();
    (cells.len() <= MAX_COLUMNS).then(|| cells.iter().map(|(_, cell)| labels.columns(cell)).collect())
}

/// A table with headings that stand for the name or vendor and for what it does; `None` when it has none.
fn table(block: &[Line<'_>], labels: &Labels) -> Option<Vec<Row>> {
    let (at, headings) = block.iter().take(HEADING_ROWS).enumerate().find_map(|(at, line)| {
        let headings = headings_of(line, labels)?;
        let has = |column| headings.iter().any(|known| known.contains(&column));
        let known = headings.iter().filter(|known| !known.is_empty()).count();
        let is_heading = known >= 2
            && known.saturating_mul(2) >= headings.len()
            && headings.len() > 2
            && (has(Column::Name) || has(Column::Vendor))
            && (has(Column::Purpose) || has(Column::Items));
        is_heading.then_some((at, headings))
    })?;
    let place = |column| headings.iter().position(|known| known.contains(&column));
    let names = place(Column::Name).or_else(|| place(Column::Vendor))?;
    let mut rows = Vec::new();
    for line in block.get(at.saturating_add(1)..).unwrap_or_default() {
        let cells = line.cells();
        // A cell that spans rows stands on the left and is missing from all but the first of them.
        let shift = headings.len().saturating_sub(cells.len());
        let name = cells.get(names.saturating_sub(shift)).map(|(span, _)| span.clone()).unwrap_or(line.span());
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
    let texts = || rows.iter().map(|row| cell_text(block, &row.name));
    let is_of_one = place(Column::Name).is_none() && rows.len() > 1 && texts().all(|text| Some(text) == texts().next());
    (!is_of_one).then_some(rows)
}

/// The text of a cell of a table.
fn cell_text<'t>(block: &[Line<'t>], cell: &Range<usize>) -> &'t str {
    let line = block.iter().find(|line| line.span().contains(&cell.start));
    let text =
        line.and_then(|line| line.text.get(cell.start.checked_sub(line.start)?..cell.end.checked_sub(line.start)?));
    text.unwrap_or_default().trim()
}

/// A table of what one third party collects, under its name; `before` is the line in front of the table.
fn titled_table(block: &[Line<'_>], before: Option<&Line<'_>>, labels: &Labels) -> Option<Vec<Row>> {
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

/// Paragraphs of labelled lines; `before` is the line in front of the block.
fn labelled(block: &[Line<'_>], before: Option<&Line<'_>>, labels: &Labels) -> Vec<Row> {
    let mut entries = Entries {
        labels,
        rows: Vec::new(),
        row: None,
        first: None,
        open: None,
        title: before.copied().filter(is_title),
    };
    for line in block {
        let found = fields(line, labels);
        if found.is_empty() {
            entries.unlabelled(line);
        }
        for (column, value) in found {
            entries.field(line, column, value);
        }
    }
    entries.end();
    entries.rows
}

/// Entries of labelled lines in the making.
struct Entries<'b, 't> {
    labels: &'b Labels,
    rows: Vec<Row>,
    /// The entry that is being read.
    row: Option<Row>,
    /// The label with which it began.
    first: Option<Column>,
    /// The column whose value stands on the lines to come, and how many it has.
    open: Option<(Column, usize)>,
    /// The line that may be the name of the next entry.
    title: Option<Line<'t>>,
}

impl<'t> Entries<'_, 't> {
    fn end(&mut self) {
        self.rows.extend(self.row.take());
    }

    /// A line without a label: a value of the label before it, or the name of what follows.
    fn unlabelled(&mut self, line: &Line<'t>) {
        let is_labelled = is_labelled(line.text);
        let ends = |count: usize| !is_labelled && is_title(line) && count > 0;
        let goes_on = self.open.filter(|(_, count)| *count < MAX_VALUE_LINES && !ends(*count));
        // A label that means nothing here does not end the entry.
        if self.row.is_some() && is_labelled && goes_on.is_none() {
            return;
        }
        let (Some((column, count)), Some(row)) = (goes_on, &mut self.row) else {
            self.end();
            self.open = None;
            self.title = Some(*line).filter(|line| is_title(line) && !is_labelled);
            return;
        };
        self.open = Some((column, count.saturating_add(1)));
        if matches!(column, Column::Name | Column::Vendor) && count == 0 {
            // 使用的第三方SDK：, and below it a sentence, is prose.
            if !is_title(line) {
                self.open = None;
                return;
            }
            if column == Column::Name {
                row.name = line.span();
            }
        }
        if self.labels.says_something(line.text) {
            row.cells.push((column, line.span()));
            row.span.end = line.span().end;
        }
    }

    /// A label with what stands behind it.
    fn field(&mut self, line: &Line<'t>, column: Column, value: Range<usize>) {
        let is_next = |row: &Row| {
            let says_more = row.cells.iter().any(|(known, _)| *known != Column::Vendor);
            // A label that stands twice in an entry goes on with it: the next begins as this one did.
            row.has(column) && self.first == Some(column) || column == Column::Name && says_more
        };
        if self.row.as_ref().is_some_and(is_next) {
            self.end();
            self.title = self.title.filter(|title| self.rows.last().is_none_or(|row| row.span.start < title.start));
        }
        let title = self.title;
        if self.row.is_none() {
            self.first = Some(column);
        }
        let row = self.row.get_or_insert_with(|| {
            let name = title.map_or(value.start..value.start, |title| title.span());
            let start = if title.is_some() { name.start } else { line.start.max(value.start.saturating_sub(1)) };
            Row { span: start..value.end, name, cells: Vec::new(), source: Source::List }
        });
        row.span.end = value.end.max(row.span.end);
        if column == Column::Name || row.name.is_empty() && column == Column::Vendor {
            row.name = value.clone();
        }
        let text = line.text.get(value.start.saturating_sub(line.start)..value.end.saturating_sub(line.start));
        let text = text.unwrap_or_default();
        // 设备信息：… on a line of its own within the value of 收集个人信息类型： does not end it.
        let within = self.open.filter(|(open, _)| *open == column).map(|(open, count)| (open, count.saturating_add(1)));
        self.open = text.trim().is_empty().then_some((column, 0)).or(within);
        if self.labels.says(column, text) {
            row.cells.push((column, value));
        }
    }
}

/// Lines that are nothing but names, behind a sentence that introduces third parties.
fn bare_names(block: &[Line<'_>], introduction: &Regex, labels: &Labels) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut is_open = false;
    for (at, line) in block.iter().enumerate() {
        let is_described = || block.get(at.saturating_add(1)).is_some_and(|next| labels.labelled(next).is_some());
        let named = named_line(line).filter(|_| is_open);
        if let Some(row) = named.filter(|row| !row.cells.is_empty() || !is_described()) {
            rows.push(row);
        } else {
            is_open = introduction.is_match(&line.text.to_lowercase());
        }
    }
    rows
}

/// A line that is a name, or a name with a colon and what is told of it.
fn named_line(line: &Line<'_>) -> Option<Row> {
    let (name, rest) = line.text.split_once(['：', ':']).unwrap_or((line.text, ""));
    let name = without_contact(name);
    let at = |from: usize, text: &str| {
        let from = line.start.saturating_add(from);
        from..from.saturating_add(text.len())
    };
    let span = at(0, name);
    let is_name = is_title(&Line { start: line.start, text: name }) && !name.contains('。');
    let address = rest.find("http");
    let said = rest.get(..address.unwrap_or(rest.len())).unwrap_or_default();
    let start = line.text.len().saturating_sub(rest.len());
    let mut cells = Vec::new();
    if said.chars().any(char::is_alphabetic) {
        cells.push((Column::Purpose, at(start, said)));
    }
    if let Some(address) = address {
        cells.push((Column::Link, at(start.saturating_add(address), rest.get(address..).unwrap_or_default())));
    }
    is_name.then(|| Row { span: line.span(), name: span, cells, source: Source::Loose })
}

/// A company without the telephone number or the address for mail behind it.
fn without_contact(name: &str) -> &str {
    let end = name.rfind(COMPANY).map(|at| at.saturating_add(COMPANY.len()));
    let split = end.and_then(|end| name.split_at_checked(end));
    split.filter(|(_, rest)| rest.trim_end_matches('；').is_ascii()).map_or(name, |(company, _)| company)
}

pub(super) fn is_title(line: &Line<'_>) -> bool {
    let text = line.text.trim();
    !text.contains(['\t', '：'])
        && text.chars().count() <= MAX_TITLE
        && !text.ends_with(['。', '；', ';', '，', ',', ':', '！', '!'])
}

/// Labels with values in a line: `使用目的：推送；收集信息：…`, and rows of two cells.
fn fields(line: &Line<'_>, labels: &Labels) -> Vec<(Column, Range<usize>)> {
    if let [(_, label), (value, _)] = line.cells().as_slice() {
        return labels
            .column(label.trim_end_matches(['：', ':']))
            .map(|column| (column, value.clone()))
            .into_iter()
            .collect();
    }
    let mut out: Vec<(Column, Range<usize>)> = Vec::new();
    let mut from = 0;
    for (at, mark) in line.text.char_indices().filter(|(_, c)| matches!(c, '：' | ':')) {
        let before = line.text.get(from..at).unwrap_or_default();
        let start = before
            .char_indices()
            .rev()
            .find(|(_, c)| matches!(c, '；' | ';' | '。' | '，' | ',' | '、' | '•' | '·' | '|') || is_space(*c))
            .map_or(from, |(last, c)| from.saturating_add(last).saturating_add(c.len_utf8()));
        let label = line.text.get(start..at).unwrap_or_default();
        let behind = line.text.get(at.saturating_add(mark.len_utf8())..).unwrap_or_default();
        if let Some(column) = labels.column(unnumbered(label)).filter(|column| is_value(*column, behind)) {
            let value = line.start.saturating_add(at).saturating_add(mark.len_utf8());
            if let Some((_, last)) = out.last_mut() {
                last.end = line.start.saturating_add(start);
            }
            out.push((column, value..line.span().end));
            from = at.saturating_add(mark.len_utf8());
        } else if out.is_empty() {
            // A statement that happens to hold a label later on is prose.
            return Vec::new();
        }
    }
    out
}

/// A company has a name: 与关联公司共享：您的个人信息可能会… is a statement.
fn is_value(column: Column, behind: &str) -> bool {
    let first = behind.split(['。', '；', ';']).next().unwrap_or_default();
    column != Column::Vendor || first.chars().count() <= MAX_COMPANY && !first.contains(['您', '你'])
}

/// A label without the number in front of it: `（1）名称`, `1.名称`.
fn unnumbered(label: &str) -> &str {
    label
        .trim_start_matches(|c: char| {
            c.is_ascii_digit() || matches!(c, '(' | ')' | '（' | '）' | '.' | '、' | '【' | '[' | '-' | '*')
        })
        .trim_end_matches(['】', ']'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels() -> Labels {
        let word = |column, list: &str| list.split(' ').map(move |word| (column, word.to_owned())).collect::<Vec<_>>();
        Labels {
            words: [
                word(Column::Name, "名称 sdk"),
                word(Column::Vendor, "公司名称 第三方名称 提供方 运营方 开发者"),
                word(Column::Purpose, "目的 用途 功能"),
                word(Column::Items, "个人信息 信息类型 收集信息"),
                word(Column::Link, "隐私政策 链接"),
            ]
            .concat(),
            acts: vec!["撤回".into()],
            blanks: vec!["-".into(), "无".into()],
            telling: Telling::new(|part| {
                let pattern = match part {
                    "opening" => "^([^：，。]{2,30})[：，]",
                    "vendor" => "由([^，。]{2,40})提供",
                    "purpose" => "用于([^。；]{2,120})",
                    "items" => "收集[^。：]{0,30}：([^。]*)",
                    _ => return Vec::new(),
                };
                vec![pattern.to_owned()]
            })
            .ok(),
            introduction: Regex::new("第三方sdk：$").ok(),
            section: Regex::new("第三方").ok(),
        }
    }

    fn rows(file: &str, text: &str) -> Vec<(String, Vec<(Column, String)>)> {
        let policy = Policy::from_text(file, text);
        let cut = |span: &Range<usize>| policy.text[span.clone()].trim().to_owned();
        policy
            .rows(&labels())
            .iter()
            .map(|row| (cut(&row.name), row.cells.iter().map(|(column, span)| (*column, cut(span))).collect()))
            .collect()
    }

    #[test]
    fn tables() {
        let text = "| 类别 | SDK名称 | 公司名称 | 收集个人信息的目的 | 收集个人信息类型 | 隐私政策 |\n|--|--|--|--|--|--|\n| 推送 | 甲SDK | 甲公司 | 推送消息 | IMEI | https://a.cn |\n| 乙SDK | 乙公司 | 统计 | - | 无 |\n| 丙SDK | 丙公司 | 分享 | 无 | 无 |\n";
        let found = rows("p.md", text);
        assert_eq!(found.len(), 3);
        assert_eq!(found[2].1.last().unwrap(), &(Column::Items, "无".into()));
        assert_eq!(found[0].0, "甲SDK");
        assert_eq!(found[0].1.len(), 5);
        assert_eq!(found[1].0, "乙SDK");
        let columns: Vec<Column> = found[1].1.iter().map(|(column, _)| *column).collect();
        assert_eq!(columns, [Column::Name, Column::Vendor, Column::Purpose]);
    }

    #[test]
    fn a_table_of_permissions_lists_no_third_parties() {
        let text = "| 权限名称 | 获取方式 | 获取该权限的目的 |\n|--|--|--|\n| 存储权限 | 动态获取 | 清理 |\n";
        let mut labels = labels();
        labels.words.push((Column::Permissions, "权限".into()));
        assert!(Policy::from_text("p.md", text).rows(&labels).is_empty());
    }

    #[test]
    fn a_table_under_a_name() {
        let text = "甲地图SDK\n\n| 收集的个人信息 | 收集目的 |\n|--|--|\n| 基站 | 定位 |\n| IMEI | 统计 |\n";
        let found = rows("p.md", text);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, "甲地图SDK");
        assert_eq!(found[0].1.iter().filter(|(column, _)| *column == Column::Items).count(), 2);
    }

    #[test]
    fn labelled_lines() {
        let text = "我们接入了以下SDK。\n甲推送SDK\n运营方：甲公司\n功能：推送消息\n收集个人信息类型：IMEI、MAC\n\n乙统计SDK\n运营方：乙公司\n功能：统计\n收集个人信息类型：\nAndroid ID\n";
        let found = rows("p.txt", text);
        assert_eq!(found.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(), ["甲推送SDK", "乙统计SDK"]);
        assert_eq!(found[0].1[2], (Column::Items, "IMEI、MAC".into()));
        assert_eq!(found[1].1[2], (Column::Items, "Android ID".into()));
        let one = "1、SDK名称：甲SDK；公司名称：甲公司；使用目的：推送，收集信息：IMEI。\n2、SDK名称：乙SDK；公司名称：乙公司；使用目的：统计；收集信息：MAC。\n";
        let found = rows("p.txt", one);
        assert_eq!(found.len(), 2);
        assert_eq!(found[1].0.trim_end_matches('；'), "乙SDK");
        assert_eq!(found[1].1.len(), 4);
    }

    #[test]
    fn names_over_labelled_lines() {
        let text = "    *   **甲PUSH**  \n        **使用目的：**推送消息  \n        **数据类型：**网络状态信息  \n        **官网链接：**[https://a.cn/pushkit](https://a.cn/pushkit)\n    *   **乙一键登录**  \n        **使用目的：**改善注册及登录界面用户体验  \n        **数据类型：**IP地址、网卡（MAC)地址、国际移动设备识别码（IMEI）、sim卡信息，并会收集手机机型、系统类型、系统版本、网络环境、网关取号报错日志等用于改善SDK性能  \n        **官网链接：**[https://b.cn/?from=nim&clueFrom=nim](https://b.cn/?from=nim&clueFrom=nim)\n    *   **丙联盟**  \n        **使用目的：**唤起  \n";
        let found = rows("p.md", text);
        assert_eq!(found.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(), ["甲PUSH", "乙一键登录"]);
        assert_eq!(found[1].1.last().unwrap().0, Column::Link);
    }

    #[test]
    fn paragraphs() {
        let text = "“甲推送”：该SDK由“甲公司”提供，用于“推送通知”。需要收集的信息包括：\nios版本：IDFA\nandroid版本：IMEI、OAID\n官方隐私政策：https://a.cn\n“乙存储”：由“乙公司”提供，用于上传文件。需要收集的信息包括：无\n\n我们尊重您的选择。\n";
        let found = rows("p.txt", text);
        assert_eq!(found.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(), ["“甲推送”", "“乙存储”"]);
        let columns: Vec<Column> = found[0].1.iter().map(|(column, _)| *column).collect();
        assert_eq!(columns, [Column::Vendor, Column::Purpose, Column::Items, Column::Items, Column::Link]);
        assert_eq!(found[1].1.last().unwrap(), &(Column::Items, "无".into()));
        assert!(rows("p.txt", "甲商城：由甲公司提供，用于购物。\n我们收集：IMEI。\n").is_empty());
    }

    #[test]
    fn companies_have_names_and_labels_may_stand_twice() {
        let text = "甲PUSH\n提供方名称：甲公司\n个人信息类型：IMEI\n使用目的：推送消息\n\nSDK名称：乙SDK\n用途：统计\n个人信息类型：MAC\n收集个人信息类型：IMSI\n公司名称：乙公司\n";
        let found = rows("p.txt", text);
        assert_eq!(found.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(), ["甲PUSH", "乙SDK"]);
        assert_eq!(found[0].1[0], (Column::Vendor, "甲公司".into()));
        assert_eq!(found[1].1.iter().filter(|(column, _)| *column == Column::Items).count(), 2);
        // A label of its own within the value of a label.
        let text = "SDK名称：甲SDK\n用途：统计\n收集个人信息类型：\n(1)、设备信息：设备型号；\n(2)、标识：IMEI；\n隐私政策：https://a.cn\n";
        let found = rows("p.txt", text);
        assert_eq!(found[0].1.iter().filter(|(column, _)| *column == Column::Items).count(), 2);
    }

    #[test]
    fn names_alone() {
        let text = "我们接入的第三方SDK：\n甲SDK\n乙推送\n我们会对其进行监督。\n丙\n";
        let policy = Policy::from_text("p.txt", text);
        let found = policy.rows(&labels());
        let names: Vec<&str> = found.iter().map(|row| policy.text[row.name.clone()].trim()).collect();
        assert_eq!(names, ["甲SDK", "乙推送"]);
        assert!(found.iter().all(|row| row.source == Source::Loose && row.cells.is_empty()));
        let text = "我们接入的第三方SDK：\n（1）甲SDK：用来唤起支付。\n（2）乙推送：https://b.cn/privacy\n我们会对其进行监督。\n";
        let columns = |number: usize| -> Vec<Column> {
            rows("p.txt", text)[number].1.iter().map(|(column, _)| *column).collect()
        };
        assert_eq!((columns(0), columns(1)), (vec![Column::Purpose], vec![Column::Link]));
    }

    #[test]
    fn rights_and_contacts_are_no_third_parties() {
        let text = "撤回授权\n撤回隐私政策：设置\n撤回个人信息：注销\n公司名称：甲公司\n个人信息保护负责人：张三\n";
        assert!(rows("p.txt", text).is_empty());
    }

    #[test]
    fn the_operator_is_no_third_party() {
        let text = "生效日期：2021年2月16日\n开发者：甲公司\n权限列表和用途：见下文\n";
        assert!(rows("p.txt", text).is_empty());
        let text = "（一）共享\n与关联公司共享：您的个人信息可能会与我们的关联公司共享。收集信息：IMEI\n";
        assert!(rows("p.txt", text).is_empty());
    }

    #[test]
    fn a_name_may_lead_to_the_rules() {
        let page =
            "<p>我们接入的第三方SDK：</p><ul><li><a href=\"https://a.cn/privacy\">甲SDK</a></li><li>乙SDK</li></ul>";
        let markdown = "我们接入的第三方SDK：\n\n- [甲SDK](https://a.cn/privacy)\n- 乙SDK\n";
        for (file, text) in [("p.html", page), ("p.md", markdown)] {
            let found = rows(file, text);
            let links: Vec<bool> =
                found.iter().map(|(_, cells)| cells.iter().any(|(column, _)| *column == Column::Link)).collect();
            assert_eq!(links, [true, false], "{file}: {found:?}");
        }
    }

    #[test]
    fn purposes_of_tables_and_entries() {
        let text =
            "| 信息 | 目的 |\n|--|--|\n| 设备型号 | 推送图片 |\n\nSDK名称：甲SDK\n用途：播放视频\n收集信息：IMEI\n";
        let policy = Policy::from_text("p.md", text);
        let found = policy.purposes(&labels(), &policy.rows(&labels()));
        let texts: Vec<&str> = found.iter().map(|span| policy.text[span.clone()].trim()).collect();
        assert_eq!(texts, ["推送图片", "播放视频"]);
    }

    #[test]
    fn sections_on_third_parties() {
        let text = "# 隐私政策\n## 六、第三方服务\n### 6.1 甲统计\n目的：统计\n收集信息：设备型号\n## 七、业务功能\n### 7.1 位置信息\n目的：导航\n收集信息：位置\n";
        let found = rows("p.md", text);
        assert_eq!(found.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(), ["6.1 甲统计"]);
    }

    #[test]
    fn prose_is_no_list() {
        let text = "我们收集个人信息的目的如下：为您提供服务。\n一、位置信息\n用途：为您推荐附近的门店\n二、变更\n我们会更新。\n";
        assert!(rows("p.txt", text).is_empty());
    }
}
