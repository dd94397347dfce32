//! Entries of third parties as lines: labelled ones under a name, and names alone.

use std::ops::Range;

use regex::Regex;

use super::labels::{Field, Labels, Line, fields, is_title, unnumbered};
use super::plain::is_labelled;
use super::row::{Column, Row, Source, ends_as_sdk, is_named_sdk};
use super::told::Telling;

/// With what the full names of companies end.
const COMPANY: &str = "公司";
/// Lines that a label with nothing behind it may own.
const MAX_VALUE_LINES: usize = 24;
/// Characters with which lines of one list begin alike.
const ALIKE_CHARS: usize = 2;

/// Paragraphs of labelled lines; `before` is the line in front of the block.
pub(super) fn labelled(block: &[Line<'_>], before: Option<&Line<'_>>, labels: &Labels) -> Vec<Row> {
    let mut entries = Entries {
        labels,
        rows: Vec::new(),
        row: None,
        first: None,
        open: None,
        item: None,
        title: before.copied().filter(is_title),
    };
    for (at, line) in block.iter().enumerate() {
        let found = fields(line, labels);
        if let Some(title) = titled_by_label(line, &found, block.get(at.saturating_add(1)), labels) {
            entries.begin(title);
            continue;
        }
        if found.is_empty() {
            entries.unlabelled(line);
        }
        for field in found {
            entries.field(line, field);
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
    first: Option<&'t str>,
    /// The column whose value stands on the lines to come, and how many it has.
    open: Option<(Column, usize)>,
    /// The last item of that value.
    item: Option<&'t str>,
    /// The line that may be the name of the next entry.
    title: Option<Line<'t>>,
}

impl<'t> Entries<'_, 't> {
    /// The entry under a name.
    fn begin(&mut self, title: Line<'t>) {
        self.end();
        self.open = None;
        self.item = None;
        self.title = Some(title);
    }

    fn end(&mut self) {
        self.rows.extend(self.row.take());
    }

    /// True for a line that is the next in a list as the value of a label: 2.… behind 1.…, or one that begins alike.
    fn is_next_item(&self, line: &Line<'t>) -> bool {
        let Some(item) = self.item else { return false };
        let begin =
            |text: &'t str| text.trim().char_indices().nth(ALIKE_CHARS).and_then(|(at, _)| text.trim().get(..at));
        match (item_number(item), item_number(line.text)) {
            (Some(last), Some(next)) => next == last.saturating_add(1),
            (None, None) => begin(item).is_some_and(|first| begin(line.text) == Some(first)),
            _ => false,
        }
    }

    /// A line without a label: a value of the label before it, or the name of what follows.
    fn unlabelled(&mut self, line: &Line<'t>) {
        let is_labelled = is_labelled(line.text);
        let goes_on = self.is_next_item(line);
        let ends = |count: usize| !is_labelled && is_title(line) && count > 0 && !goes_on;
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
        self.item = Some(line.text);
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
    fn field(&mut self, line: &Line<'t>, field: Field<'t>) {
        let Field { column, label, value, start } = field;
        let is_next = |row: &Row| {
            let says_more = row.cells.iter().any(|(known, _)| *known != Column::Vendor);
            // What stands twice in an entry goes on with it (使用目的, 使用场景): the next begins as this one did.
            row.has(column) && self.first == Some(label) || column == Column::Name && says_more
        };
        if self.row.as_ref().is_some_and(is_next) {
            self.end();
            self.title = self.title.filter(|title| self.rows.last().is_none_or(|row| row.span.start < title.start));
        }
        let title = self.title;
        if self.row.is_none() {
            self.first = Some(label);
        }
        let row = self.row.get_or_insert_with(|| {
            let name = title.map_or(value.start..value.start, |title| title.span());
            let start = if title.is_some() { name.start } else { start };
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
        let is_list = item_number(text) == Some(1);
        let open = if text.trim().is_empty() { Some(0) } else { is_list.then_some(1) };
        self.open = open.map(|count| (column, count)).or(within);
        self.item = is_list.then_some(text);
        if self.labels.says(column, text) {
            row.cells.push((column, value));
        }
    }
}

/// 甲SDK： over labelled lines is a name; SDK： is a label.
fn titled_by_label<'t>(
    line: &Line<'t>,
    found: &[Field<'t>],
    next: Option<&Line<'t>>,
    labels: &Labels,
) -> Option<Line<'t>> {
    let [field] = found else { return None };
    let name = line.text.trim_end_matches(['：', ':']);
    let is_name = field.value.is_empty()
        && field.column == Column::Name
        && ends_as_sdk(unnumbered(name))
        && !labels.is_label(name);
    let next = next.and_then(|next| labels.labelled(next)).filter(|(column, _)| *column != Column::Name);
    (is_name && next.is_some()).then_some(Line { start: line.start, text: name })
}

/// The number with which an item of a list begins: 1.…, （2）…, 3、….
fn item_number(text: &str) -> Option<u32> {
    let text = text.trim().trim_start_matches(['（', '(']);
    let digits = text.split(|c: char| !c.is_ascii_digit()).next().filter(|digits| digits.len() <= 2)?;
    let rest = text.get(digits.len()..)?;
    let is_item = rest.starts_with(['.', '、', '）', ')', '．'])
        && !rest.get(1..).is_some_and(|it| it.starts_with(|c: char| c.is_ascii_digit()));
    digits.parse().ok().filter(|_| is_item)
}

/// Lines that are nothing but names, behind a sentence that introduces third parties.
pub(super) fn bare_names(block: &[Line<'_>], introduction: &Regex, labels: &Labels) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut is_open = false;
    for (at, line) in block.iter().enumerate() {
        let is_described = || block.get(at.saturating_add(1)).is_some_and(|next| labels.labelled(next).is_some());
        let members = labels.telling.as_ref().filter(|_| is_open).and_then(|it| it.prose.members(line.text));
        let named = named_line(line).filter(|_| is_open);
        if let Some((before, names)) = members {
            let at = |span: Range<usize>| line.start.saturating_add(span.start)..line.start.saturating_add(span.end);
            let cells = vec![(Column::Purpose, at(0..before))];
            let row = |name: Range<usize>| Row {
                span: at(name.clone()),
                name: at(name),
                cells: cells.clone(),
                source: Source::List,
            };
            rows.extend(names.into_iter().map(row));
        } else if let Some(row) = named.filter(|row| !row.cells.is_empty() || !is_described()) {
            rows.push(row);
        } else {
            is_open = introduction.is_match(&line.text.to_lowercase());
        }
    }
    rows
}

/// Names of SDKs on lines of their own, each with a sentence below that says what it is for.
pub(super) fn titled(block: &[Line<'_>], telling: &Telling, labels: &Labels) -> Vec<Row> {
    let pairs = block.iter().zip(block.iter().skip(1));
    let entry = |(line, next): (&Line<'_>, &Line<'_>)| {
        // 日志监控的SDK is a heading over what names it.
        let is_name = ends_as_sdk(line.text) && !line.text.contains('的') && labels.labelled(line).is_none();
        let is_told = is_title(line) && is_name;
        let tells = labels.labelled(next).is_none() && !is_title(next) && !is_named_sdk(next.text);
        let mut cells = if is_told && tells { telling.cells(next.text, next.start) } else { return None };
        if !cells.iter().any(|(column, _)| *column == Column::Purpose) {
            cells.push((Column::Purpose, next.span()));
        }
        Some(Row { span: line.start..next.span().end, name: line.span(), cells, source: Source::Loose })
    };
    pairs.filter_map(entry).collect()
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
    // 某某有限公司：甲SDK、乙SDK names what the company brings.
    let is_name = is_name && !(name.ends_with(COMPANY) && is_named_sdk(rest));
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
