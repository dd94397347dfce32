//! Third parties that running prose names: 我们使用甲SDK、乙SDK推送消息，甲SDK会收集您的IMEI.
//!
//! A name shows itself by its last word (甲SDK), or is one of those that callers know. A known name alone may be
//! anything (您的微信账号), so the words around it have to say that it is built in, takes, or is given something.

use std::ops::Range;

use regex::Regex;

use super::Policy;
use super::row::{Column, Row, Source, ends_as_sdk, overlap};
use super::told::{Telling, compiled, first_group};

/// Patterns by which prose is read; those of what stands before a name end with it, those of what follows begin there.
#[derive(Debug, Clone)]
pub(super) struct Wording {
    /// Words that mark a name as one: SDK.
    mark: Regex,
    /// Lists in brackets behind a word for third parties; the group is the list.
    enumeration: Regex,
    /// Members of such lists that are kinds of third parties.
    no_enumerated: Regex,
    /// Sentences that tell of a third party by its name; the group is the name.
    named: Regex,
    /// Full names of companies, which may be anybody's.
    company: Regex,
    /// What may stand before a name without a mark between: 我们使用了.
    lead: Regex,
    /// Between two names of a list.
    joint: Regex,
    /// Shows that what ends with a mark is no name.
    no_name: Regex,
    /// Says before a name that it is not there.
    denied: Regex,
    built_in_before: Regex,
    given_before: Regex,
    given_behind: Regex,
    receives_before: Regex,
    takes_behind: Regex,
    serves_before: Regex,
    serves_behind: Regex,
    /// Purposes in front of the name: 为了推送消息，.
    purpose_before: Regex,
    /// What is given, in front of the name: 将您的手机号提供给.
    given: Regex,
    /// The company in front of the name: 甲公司的.
    vendor_before: Regex,
    /// Begins a sentence on the third party of the one before: 该SDK.
    again: Regex,
    /// Names a document of the third party's own.
    document: Regex,
}

/// Longer lines are no prose.
const MAX_LINE_BYTES: usize = 1 << 16;
/// Most names of one line.
const MAX_NAMES: usize = 256;
/// Longest name in characters.
const MAX_NAME: usize = 30;
/// Names joined by slashes before one mark, at least.
const MIN_PARTS: usize = 3;
/// Characters of a name by which another of the same maker is known.
const STEM_CHARS: usize = 2;
/// Most leads in front of a name.
const MAX_LEADS: usize = 2;
/// Longest name between two that are known for names, in characters.
const MAX_PIECE: usize = 14;
/// Longest text between two names of a list, in bytes.
const MAX_GAP: usize = 240;
/// Bytes before and behind a name that are looked at.
const MAX_BEFORE: usize = 480;
const MAX_BEHIND: usize = 4096;
/// What no name goes beyond.
const NAME_ENDS: &str = "，,。;；：:、！!？?《》“”\"「」【】[]（(<>=|*#\t";

impl Wording {
    pub(super) fn new(patterns: &impl Fn(&str) -> Vec<String>) -> Result<Self, regex::Error> {
        let one = |part: &str| compiled(&patterns(part));
        Ok(Self {
            mark: one("prose.mark")?,
            company: one("prose.company")?,
            enumeration: one("prose.enumeration")?,
            named: one("prose.named")?,
            no_enumerated: one("prose.no_enumerated")?,
            lead: one("prose.lead")?,
            joint: one("prose.joint")?,
            no_name: one("prose.no_name")?,
            denied: one("prose.denied")?,
            built_in_before: one("prose.built_in_before")?,
            given_before: one("prose.given_before")?,
            given_behind: one("prose.given_behind")?,
            receives_before: one("prose.receives_before")?,
            takes_behind: one("prose.takes_behind")?,
            serves_before: one("prose.serves_before")?,
            serves_behind: one("prose.serves_behind")?,
            purpose_before: one("prose.purpose_before")?,
            given: one("prose.given")?,
            vendor_before: one("prose.vendor_before")?,
            again: one("prose.again")?,
            document: one("prose.document")?,
        })
    }

    /// True when the words around a known name say that it has a part in the app.
    fn has_part(&self, name: &Name, before: &str, behind: &str) -> bool {
        let is_given = self.receives_before.is_match(before)
            || self.given_before.is_match(before) && self.given_behind.is_match(behind);
        // The operator, too, is a company that collects and provides.
        if name.kind == Kind::Company || is_given {
            return is_given;
        }
        self.built_in_before.is_match(before)
            || self.takes_behind.is_match(behind)
            || self.serves_before.is_match(before) && self.serves_behind.is_match(behind)
    }
}

/// A name in a line; bytes of the line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Name {
    span: Range<usize>,
    kind: Kind,
}

/// What shows that a name is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Its last word, or the list in which it stands.
    Marked,
    /// Callers know it.
    Known,
    /// It is a company's.
    Company,
}

impl Policy {
    /// Third parties that prose names, each where it is told of first and as often as it is told of; `known` are bytes
    /// of [`Policy::text`] at which known names stand, and `listed` those of entries of lists, which are no prose; both
    /// ascending.
    pub fn told_in_prose(&self, telling: &Telling, known: &[Range<usize>], listed: &[Range<usize>]) -> Vec<Row> {
        let mut out: Vec<Row> = Vec::new();
        let mut start = 0_usize;
        // The rows of the sentence before, of which the next may go on to tell.
        let mut open: Range<usize> = 0..0;
        for line in self.text.split_inclusive('\n') {
            let here = start..start.saturating_add(line.len());
            start = here.end;
            let text = line.trim_end_matches('\n');
            let next = listed.partition_point(|entry| entry.end <= here.start);
            let is_listed = listed.get(next).is_some_and(|entry| entry.start < here.end);
            if text.contains('\t') || text.len() > MAX_LINE_BYTES || is_listed || text.trim().is_empty() {
                continue;
            }
            let first = known.partition_point(|span| span.start < here.start);
            let names = known.get(first..).unwrap_or_default().iter().take_while(|span| span.end <= here.end);
            let names = names.take(MAX_NAMES).map(|span| span.start - here.start..span.end - here.start);
            let names = names_of(text, names.collect(), &telling.prose);
            ProseLine { start: here.start, text, telling }.tell(names, &mut out, &mut open);
        }
        for row in &mut out {
            if !row.has(Column::Link) && self.leads_elsewhere(&row.span) {
                row.cells.push((Column::Link, row.span.clone()));
            }
        }
        out
    }
}

/// Names that mark themselves, and known ones beside them, in order.
fn names_of(text: &str, known: Vec<Range<usize>>, wording: &Wording) -> Vec<Name> {
    let marks = wording.mark.find_iter(text).take(MAX_NAMES);
    let mut out: Vec<Name> = Vec::new();
    for mark in marks {
        let from = out.last().map_or(0, |name| name.span.end);
        let Some(start) = marked_start(text, from, mark.start(), wording) else { continue };
        // 华为/小米/OPPO推送SDK are three; 微信/WeChat SDK is one.
        let name = text.get(start..mark.end()).unwrap_or_default();
        let parts: Vec<(usize, &str)> = pieces(name, start, &['/', '／']).collect();
        let are_many = parts.len() >= MIN_PARTS && parts.iter().all(|(_, part)| part.trim().chars().count() > 1);
        if are_many {
            let part =
                |(at, part): &(usize, &str)| Name { span: *at..at.saturating_add(part.len()), kind: Kind::Marked };
            out.extend(parts.iter().map(part));
        } else {
            out.push(Name { span: start..mark.end(), kind: Kind::Marked });
        }
    }
    let marked = out.clone();
    let is_apart = |span: &Range<usize>| {
        let next = marked.partition_point(|name| name.span.end <= span.start);
        marked.get(next).is_none_or(|name| name.span.start >= span.end)
    };
    out.extend(known.iter().filter(|span| is_apart(span)).map(|span| Name { span: span.clone(), kind: Kind::Known }));
    let companies = wording.company.captures_iter(text).take(MAX_NAMES).filter_map(|found| Some(found.get(1)?.range()));
    out.extend(companies.map(|span| Name { span, kind: Kind::Company }));
    for list in enumerated(text, wording) {
        // 广告SDK（甲、乙） names two, 甲SDK（推送、统计） one.
        let head = out.iter().position(|name| name.kind == Kind::Marked && list.follows(text, &name.span));
        let are_names = list.names.iter().any(|name| known.iter().any(|span| overlap(span, name)));
        if let Some(head) = head.filter(|_| are_names) {
            out.remove(head);
        }
        let is_marked = list.is_of_sdks(text);
        if !is_marked || are_names {
            let kind = if is_marked { Kind::Marked } else { Kind::Known };
            out.extend(list.names.into_iter().map(|span| Name { span, kind }));
        }
    }
    let told = wording.named.captures_iter(text).take(MAX_NAMES).filter_map(|found| Some(found.get(1)?.range()));
    out.extend(told.map(|span| Name { span, kind: Kind::Marked }));
    out.sort_by_key(|name| (name.span.start, std::cmp::Reverse(name.span.end)));
    out.dedup_by(|next, kept| {
        if next.span == kept.span && next.kind == Kind::Marked {
            kept.kind = Kind::Marked;
        }
        // 甲SDK（com.jia.sdk）: the same once more.
        let between = text.get(kept.span.end..next.span.start);
        between.is_none_or(|gap| next.kind != Kind::Marked && matches!(gap.trim(), "（" | "("))
    });
    out.retain(|name| !is_title(text, name) && !is_in_address(text, name));
    out
}

/// True within www.jia.cn or service@jia.cn.
fn is_in_address(text: &str, name: &Name) -> bool {
    let before = text.get(..name.span.start).and_then(|before| before.strip_suffix(['.', '@']));
    let behind = text.get(name.span.end..).unwrap_or_default();
    before.is_some_and(|before| before.ends_with(|c: char| c.is_ascii_alphabetic()))
        || behind.strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
}

/// A list in brackets such as 配送公司（包括甲、乙快递等）.
struct Enumeration {
    /// Where the list begins.
    start: usize,
    names: Vec<Range<usize>>,
}

impl Enumeration {
    /// True when the word before the bracket says that the list is of SDKs.
    fn is_of_sdks(&self, text: &str) -> bool {
        let before = text.get(..self.start).unwrap_or_default();
        let head = before.rfind(['（', '(']).and_then(|at| before.get(..at)).unwrap_or_default();
        ends_as_sdk(head.get(head.rfind(['，', '。', '、', '）']).unwrap_or(0)..).unwrap_or_default())
    }

    /// True when the list stands in the bracket right behind a name.
    fn follows(&self, text: &str, name: &Range<usize>) -> bool {
        let gap = text.get(name.end..self.start);
        gap.is_some_and(|gap| gap.trim_start().starts_with(['（', '(']) && !gap.contains(['）', ')']))
    }
}

/// The lists of a line.
fn enumerated(text: &str, wording: &Wording) -> Vec<Enumeration> {
    let mut out = Vec::new();
    for list in wording.enumeration.captures_iter(text).filter_map(|found| found.get(1)).take(MAX_NAMES) {
        // The last is often followed by 等.
        let names = list.as_str().split('等').next().unwrap_or_default();
        let parts: Vec<(usize, &str)> = pieces(names, list.start(), &['、', '/', '及']).collect();
        let is_list = parts.len() > 1 && parts.iter().all(|(_, part)| part.trim().chars().count() <= MAX_PIECE);
        let mut members = Vec::new();
        for (at, part) in parts.into_iter().filter(|_| is_list) {
            let start = at.saturating_add(part.len().saturating_sub(part.trim_start().len()));
            let span = start..start.saturating_add(part.trim().len());
            if part.trim().chars().count() > 1 && !wording.no_enumerated.is_match(part.trim()) {
                members.push(span);
            }
        }
        out.push(Enumeration { start: list.start(), names: members });
    }
    out
}

impl Wording {
    /// Members of lists such as 云服务商（如甲、乙）, with where the text before them ends.
    pub(super) fn members(&self, text: &str) -> Option<(usize, Vec<Range<usize>>)> {
        let bracket = text.find(['（', '('])?;
        let names: Vec<Range<usize>> = enumerated(text, self).into_iter().flat_map(|list| list.names).collect();
        (!names.is_empty()).then_some((bracket, names))
    }
}

/// What stands between some marks in a list that begins at byte `start` of the line, each with where it begins there.
fn pieces<'t>(list: &'t str, start: usize, marks: &'static [char]) -> impl Iterator<Item = (usize, &'t str)> {
    let mut at = 0_usize;
    list.split(marks).map(move |piece| {
        let begins = start.saturating_add(at);
        at = at.saturating_add(piece.len());
        at = at.saturating_add(list.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8));
        (begins, piece)
    })
}

/// Where the name begins whose mark stands at `mark`; nothing before `from` belongs to it.
fn marked_start(text: &str, from: usize, mark: usize, wording: &Wording) -> Option<usize> {
    let before = text.get(from..mark)?;
    let mut start = from;
    let mut closed: Option<char> = None;
    // Brackets within the one that is being passed.
    let mut inner = 0_usize;
    for (count, (at, c)) in before.char_indices().rev().enumerate() {
        let end = from.saturating_add(at).saturating_add(c.len_utf8());
        let opening = match c {
            '）' | ')' => Some('（'),
            '”' | '"' if count == 0 => Some('“'),
            _ => None,
        };
        if count > MAX_NAME {
            start = end;
            break;
        }
        if let Some(wanted) = closed {
            let is_open = c == wanted || wanted == '（' && c == '(' || wanted == '“' && c == '"';
            inner = inner.saturating_add(usize::from(wanted == '（' && matches!(c, '）' | ')')));
            if is_open && inner > 0 {
                inner = inner.saturating_sub(1);
            } else if is_open {
                closed = None;
                if wanted == '“' {
                    start = end;
                    break;
                }
            }
            continue;
        }
        if opening.is_some() {
            closed = opening;
        } else if NAME_ENDS.contains(c) {
            start = end;
            break;
        }
    }
    // A bracket that was opened before has nothing to do with the name.
    if closed.is_some() {
        start = before.rfind(['）', ')', '”', '"']).map_or(start, |at| {
            let bytes = before.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
            from.saturating_add(at).saturating_add(bytes)
        });
    }
    let name = text.get(start..mark)?;
    let mut rest = name;
    // 您需要授权甲SDK has two.
    for _ in 0..MAX_LEADS {
        rest = rest.get(wording.lead.find(rest).map_or(0, |found| found.end())..)?;
    }
    // The lead stood within a bracket before the name.
    if let Some((before, behind)) = rest.split_once(['）', ')']).filter(|(before, _)| !before.contains(['（', '('])) {
        rest = if before.is_empty() { rest } else { behind };
    }
    let is_name = rest.contains(char::is_alphanumeric) && !wording.no_name.is_match(rest);
    is_name.then(|| start.saturating_add(name.len().saturating_sub(rest.trim_start().len())))
}

/// True within the title of a document.
fn is_title(text: &str, name: &Name) -> bool {
    let behind = text.get(name.span.end..).unwrap_or_default();
    behind.find(['《', '》', '。']).is_some_and(|at| behind.get(at..).is_some_and(|rest| rest.starts_with('》')))
}

/// What follows the list in brackets to which a name belonged: 等，以下称“配送公司”）将为您….
fn beyond_bracket(behind: &str) -> &str {
    let behind = behind.trim_start();
    let bracket = behind.find(['（', '(', '）', ')', '。']).and_then(|at| behind.split_at_checked(at));
    match bracket {
        // 统计（甲）：… says what the colon brings.
        Some((list, rest)) if !list.is_empty() => rest.strip_prefix(['）', ')']).map_or(behind, str::trim_start),
        _ => behind,
    }
}

/// What follows the bracket that begins right behind a name: （链接：…）处理您的….
fn behind_own_bracket(behind: &str) -> Option<&str> {
    let rest = behind.trim_start().strip_prefix(['（', '('])?;
    let end = rest.find(['）', ')', '。'])?;
    rest.get(end..)?.strip_prefix(['）', ')']).map(str::trim_start)
}

/// A line of prose with its place in the policy.
struct ProseLine<'t> {
    start: usize,
    text: &'t str,
    telling: &'t Telling,
}

impl ProseLine<'_> {
    /// Adds what the line tells of its `names` to `out`; `open` are the rows that it may go on with.
    fn tell(&self, names: Vec<Name>, out: &mut Vec<Row>, open: &mut Range<usize>) {
        let head =
            names.first().filter(|first| self.heads(std::slice::from_ref(*first), &(0..self.text.len()))).cloned();
        let names: Vec<Name> =
            names.into_iter().filter(|name| head.as_ref().is_none_or(|it| !self.repeats(it, name))).collect();
        let mut names = names.into_iter().peekable();
        let (mut from, mut end) = (0_usize, 0_usize);
        for sentence in self.text.split_inclusive('。') {
            let span = from..end.saturating_add(sentence.len());
            end = span.end;
            // 甲SDK。 is a heading of the sentence behind it.
            if head.as_ref().is_some_and(|head| head.span.end.saturating_add('。'.len_utf8()) == span.end) {
                continue;
            }
            from = span.end;
            let sentence = self.text.get(span.clone()).unwrap_or_default();
            if self.telling.prose.again.is_match(sentence) {
                let items = self.telling.items(sentence, self.start.saturating_add(span.start));
                for row in out.get_mut(open.clone()).unwrap_or_default() {
                    row.cells.extend(items.clone());
                    row.span.end = self.start.saturating_add(span.end);
                }
            } else if !sentence.trim().is_empty() {
                *open = out.len()..out.len();
            }
            let mut groups: Vec<Vec<Name>> = Vec::new();
            while let Some(name) = names.next_if(|name| name.span.start < span.end) {
                match groups.last_mut() {
                    Some(group) => match self.between(group, &name) {
                        Some(pieces) => group.extend(pieces.into_iter().chain([name])),
                        None => groups.push(vec![name]),
                    },
                    None => groups.push(vec![name]),
                }
            }
            groups.retain(|group| self.is_told(group, &span));
            let mut before = span.start;
            for (at, group) in groups.iter().enumerate() {
                let until = groups.get(at.saturating_add(1)).and_then(|next| next.first());
                let until = until.map_or(span.end, |next| next.span.start);
                // 甲SDK：我们使用了乙公司的甲SDK，… is about the first.
                let until = if self.heads(group, &span) { span.end } else { until };
                let rows = self.rows(&(before..until), group, &span);
                if !rows.is_empty() {
                    open.start = open.start.min(out.len());
                    out.extend(rows);
                    open.end = out.len();
                }
                before = group.last().map_or(before, |name| name.span.end);
            }
        }
    }

    /// Names between the last of a group and the next when both stand in one list; `None` when they do not.
    fn between(&self, group: &[Name], next: &Name) -> Option<Vec<Name>> {
        let from = group.last()?.span.end;
        let gap = self.text.get(from..next.span.start).filter(|gap| gap.len() <= MAX_GAP)?;
        if self.telling.prose.joint.is_match(gap.trim()) {
            return Some(Vec::new());
        }
        // 甲SDK、乙支付、丙（丁）、戊SDK
        let inner = gap.trim_start().strip_prefix('、')?.trim_end().strip_suffix(['、', '和', '及', '或', '与'])?;
        let start = from.saturating_add(gap.find('、')?).saturating_add('、'.len_utf8());
        let name = |(at, piece): (usize, &str)| {
            let is_name = (2..=MAX_PIECE).contains(&piece.chars().count()) && !piece.contains(['，', ',', '；', '：']);
            is_name.then(|| Name { span: at..at.saturating_add(piece.len()), kind: Kind::Marked })
        };
        pieces(inner, start, &['、', '及']).map(name).collect()
    }

    /// True when the sentence says that the group has a part in the app.
    fn is_told(&self, group: &[Name], sentence: &Range<usize>) -> bool {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { return false };
        let wording = &self.telling.prose;
        let (_, before) = self.before(sentence.start, first);
        let behind = beyond_bracket(self.behind(last, sentence.end));
        let is_told = group.iter().any(|name| name.kind == Kind::Marked)
            || wording.has_part(first, before, behind)
            || self.heads(group, sentence) && first.kind == Kind::Known && self.says_of(last, sentence)
            || behind_own_bracket(behind).is_some_and(|behind| wording.has_part(first, before, behind));
        is_told && !wording.denied.is_match(before)
    }

    /// True for another name of the third party that heads the line: 百度地图SDK behind 百度定位SDK：.
    fn repeats(&self, head: &Name, name: &Name) -> bool {
        let bare = |name: &Name| {
            let text = self.text.get(name.span.clone()).unwrap_or_default().to_lowercase();
            self.telling.prose.mark.replace_all(&text, "").trim().to_owned()
        };
        let (head_name, other) = (bare(head), bare(name));
        let stem = |text: &str| {
            text.char_indices().nth(STEM_CHARS).map_or(text, |(at, _)| text.get(..at).unwrap_or(text)).to_owned()
        };
        let is_same = head_name.contains(&other) || other.contains(&head_name) || stem(&head_name) == stem(&other);
        name.span != head.span && name.kind != Kind::Company && is_same && !other.is_empty()
    }

    /// True when the text behind a name says what it is for or takes.
    fn says_of(&self, name: &Name, sentence: &Range<usize>) -> bool {
        let cells = self.telling.cells(self.behind(name, sentence.end).trim_start_matches([':', '：', '。']), 0);
        cells.iter().any(|(column, _)| matches!(column, Column::Purpose | Column::Items))
    }

    /// True for a group at the beginning of a sentence with a colon behind it.
    fn heads(&self, group: &[Name], sentence: &Range<usize>) -> bool {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { return false };
        let (_, before) = self.before(sentence.start, first);
        let is_number = |c: char| !c.is_alphabetic() || "一二三四五六七八九十".contains(c);
        before.chars().all(is_number) && self.behind(last, sentence.end).starts_with(['：', ':', '。'])
    }

    /// What stands before a name, from byte `from` of the line on, with the byte at which it begins.
    fn before(&self, from: usize, name: &Name) -> (usize, &str) {
        let mut from = from.max(name.span.start.saturating_sub(MAX_BEFORE));
        while !self.text.is_char_boundary(from) {
            from = from.saturating_add(1);
        }
        (from, self.text.get(from..name.span.start).unwrap_or_default().trim_end())
    }

    /// What stands behind a name, up to byte `to` of the line.
    fn behind(&self, name: &Name, to: usize) -> &str {
        let mut to = to.min(name.span.end.saturating_add(MAX_BEHIND));
        while !self.text.is_char_boundary(to) {
            to = to.saturating_sub(1);
        }
        self.text.get(name.span.end..to).unwrap_or_default()
    }

    /// Rows of a group of names; `part` is what the sentence says of it, up to the groups around.
    fn rows(&self, part: &Range<usize>, group: &[Name], sentence: &Range<usize>) -> Vec<Row> {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { return Vec::new() };
        let wording = &self.telling.prose;
        let text = |span: Range<usize>| self.text.get(span).unwrap_or_default();
        let (from, before) = self.before(part.start, first);
        let all = self.behind(last, part.end);
        let behind = beyond_bracket(all);
        let from_behind = last.span.end.saturating_add(all.len().saturating_sub(behind.len()));
        let at = |byte: usize| self.start.saturating_add(byte);
        // 甲SDK：提供…
        let said = behind.trim_start_matches([':', '：', '。', ' ']);
        let from_behind = from_behind.saturating_add(behind.len().saturating_sub(said.len()));
        let behind = said;
        let mut cells = self.telling.cells(behind, at(from_behind));
        let has = |cells: &[(Column, Range<usize>)], column| cells.iter().any(|(known, _)| *known == column);
        if !has(&cells, Column::Items)
            && let Some(span) = first_group(&wording.given, before, at(from))
        {
            cells.push((Column::Items, span));
        }
        if !has(&cells, Column::Purpose)
            && let Some(span) = first_group(
                &wording.purpose_before,
                text(sentence.start..first.span.start).trim_end(),
                at(sentence.start),
            )
        {
            cells.push((Column::Purpose, span));
        }
        if !has(&cells, Column::Vendor)
            && let Some(span) = first_group(&wording.vendor_before, before, at(from))
        {
            cells.push((Column::Vendor, span));
        }
        if !has(&cells, Column::Link)
            && let Some(found) = wording.document.find(behind)
        {
            cells.push((
                Column::Link,
                at(from_behind.saturating_add(found.start()))..at(from_behind.saturating_add(found.end())),
            ));
        }
        if cells.is_empty() && !wording.built_in_before.is_match(before) {
            return Vec::new();
        }
        let rows = group.iter().map(|name| {
            let name = at(name.span.start)..at(name.span.end);
            Row { span: name.start..at(part.end), name, cells: cells.clone(), source: Source::Prose }
        });
        rows.collect()
    }
}
