//! Labels of lists of third parties, and what they stand for.
//!
//! Whether a label stands for the purpose or for the items of personal information is told by words that
//! callers bring. In Chinese the head of a label comes last (收集个人信息的目的 is a purpose), so the word that ends
//! last decides, and of those that end together the longest.

use std::ops::Range;

use regex::Regex;

use super::row::{Column, ends_as_sdk};
use super::text::is_space;
use super::told::Telling;

/// Words of labels, by column.
#[derive(Debug, Clone, Default)]
pub struct Labels {
    /// Column and word, lower case.
    pub words: Vec<(Column, String)>,
    /// Words that only say that something is a name: of what, the word before tells.
    pub naming: Vec<String>,
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

/// Longest label in characters.
const MAX_LABEL: usize = 18;
/// Most characters of a label besides the word that decides it.
const MAX_BESIDE: usize = 9;
/// Most characters of a label behind that word.
const MAX_BEHIND: usize = 3;
/// Longest line that counts as the name over labelled lines, in characters.
const MAX_TITLE: usize = 40;
/// And with what stands in brackets.
const MAX_TITLE_IN_ALL: usize = 160;
/// Longest name of a company with what is told beside it, in characters.
const MAX_COMPANY: usize = 120;
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
            Some((end, word.len(), *column, word.chars().count(), word))
        });
        let (end, bytes, column, chars, word) = found.max()?;
        // 个人信息保护负责人 is somebody, 撤回个人信息收集 an act of the user.
        let rest = label.get(end..).unwrap_or_default();
        let ends = rest.starts_with(['(', '（']) || rest.chars().count() <= MAX_BEHIND;
        if !ends || self.acts.iter().any(|act| label.starts_with(act.as_str())) {
            return None;
        }
        // 提供方名称 names the company, 权限名称 a permission.
        let before = label.get(..end.saturating_sub(bytes)).unwrap_or_default();
        let is_naming = self.naming.contains(word);
        let named = self.words.iter().filter(|(_, word)| is_naming && before.ends_with(word.as_str()));
        let column = named.max_by_key(|(_, word)| word.len()).map_or(column, |(column, _)| *column);
        (length.saturating_sub(chars) <= MAX_BESIDE).then_some(column)
    }

    /// True for a label that holds nothing but words of labels: 第三方SDK.
    pub(super) fn is_label(&self, label: &str) -> bool {
        let label = label.to_ascii_lowercase();
        let mut words: Vec<&str> = self.words.iter().map(|(_, word)| word.as_str()).collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        let rest = words.iter().fold(label, |label, word| label.replace(word, ""));
        !rest.contains(char::is_alphanumeric)
    }

    /// A line that is one label with its value.
    pub(super) fn labelled(&self, line: &Line<'_>) -> Option<(Column, Range<usize>)> {
        fields(line, self).into_iter().next().map(|field| (field.column, field.value))
    }

    pub(super) fn says_something(&self, value: &str) -> bool {
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

impl<'t> Line<'t> {
    pub(super) fn span(&self) -> Range<usize> {
        self.start..self.start.saturating_add(self.text.len())
    }

    /// Cells with their places.
    pub(super) fn cells(&self) -> Vec<(Range<usize>, &'t str)> {
        let mut at = self.start;
        let cells = self.text.split('\t').map(|cell| {
            let span = at..at.saturating_add(cell.len());
            at = span.end.saturating_add(1);
            (span, cell)
        });
        cells.collect()
    }
}

/// True for a line that can be a name.
pub(super) fn is_title(line: &Line<'_>) -> bool {
    let text = line.text.trim();
    let length = text.chars().count();
    // 甲SDK（com.jia.core、com.jia.pay）
    let is_short = length <= MAX_TITLE || length <= MAX_TITLE_IN_ALL && ends_as_sdk(text);
    !text.contains(['\t', '：']) && is_short && !text.ends_with(['。', '；', ';', '，', ',', ':', '！', '!'])
}

/// A label with its value.
#[derive(Debug, Clone)]
pub(super) struct Field<'t> {
    pub(super) column: Column,
    /// The label as written, without number and colon.
    pub(super) label: &'t str,
    /// Byte of the policy at which it begins, number included.
    pub(super) start: usize,
    /// Bytes of the policy.
    pub(super) value: Range<usize>,
}

/// Labels with values in a line: `使用目的：推送；收集信息：…`, and rows of two cells.
pub(super) fn fields<'t>(line: &Line<'t>, labels: &Labels) -> Vec<Field<'t>> {
    if let [(_, label), (value, _)] = line.cells().as_slice() {
        let label = label.trim_end_matches(['：', ':']);
        let column = labels.column(label);
        return column
            .map(|column| Field { column, label, start: line.start, value: value.clone() })
            .into_iter()
            .collect();
    }
    let mut out: Vec<Field<'t>> = Vec::new();
    let mut from = 0;
    for (at, mark) in line.text.char_indices().filter(|(_, c)| matches!(c, '：' | ':')) {
        let before = line.text.get(from..at).unwrap_or_default();
        let start = before
            .char_indices()
            .rev()
            .find(|(_, c)| matches!(c, '；' | ';' | '。' | '，' | ',' | '、' | '•' | '·' | '|') || is_space(*c))
            .map_or(from, |(last, c)| from.saturating_add(last).saturating_add(c.len_utf8()));
        let label = unnumbered(line.text.get(start..at).unwrap_or_default());
        let behind = line.text.get(at.saturating_add(mark.len_utf8())..).unwrap_or_default();
        if let Some(column) = labels.column(label).filter(|column| is_value(*column, behind)) {
            let value = line.start.saturating_add(at).saturating_add(mark.len_utf8());
            if let Some(last) = out.last_mut() {
                last.value.end = line.start.saturating_add(start);
            }
            let start = line.start.saturating_add(start);
            out.push(Field { column, label, start, value: value..line.span().end });
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
pub(super) fn unnumbered(label: &str) -> &str {
    label
        .trim_start_matches(|c: char| {
            c.is_ascii_digit() || matches!(c, '(' | ')' | '（' | '）' | '.' | '、' | '【' | '[' | '-' | '*')
        })
        .trim_end_matches(['】', ']'])
}
