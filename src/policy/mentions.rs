//! Where a policy names things, and whether the clause denies them.
//!
//! Policies write names carelessly: full-width letters, spaces at will between Chinese and Latin
//! script, any case. Text and names are therefore compared in a normal form, made once per policy.
//! All names are looked for at once; a name inside a longer name does not count (移动设备识别码
//! within 国际移动设备识别码), nor does one that only arises where two words meet (私信 in 隐私信息).

use std::collections::{BTreeMap, HashMap};

use rustc_hash::FxHashMap;

use super::{Policy, finder::Finder, text::is_invisible, text::is_space};

/// A place where the policy names something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// Heading of the section, empty before the first.
    pub section: String,
    /// The sentence or table row, shortened around the name; cells are separated by ` | `.
    pub quote: String,
    /// 1-based line in the source, 0 when unknown.
    pub line: u32,
    /// Byte at which it stands in [`Policy::text`].
    pub offset: usize,
    /// Byte at which it ends there.
    pub end: usize,
    /// The name as it was asked for.
    pub name: String,
    /// The clause says that it is not collected, without a condition.
    pub negated: bool,
    /// The clause says that it is not handed on.
    pub withheld: bool,
    /// It stands in what the clause gives as a purpose: 用于发送短信.
    pub is_purpose: bool,
    /// It stands like an object or a member of a list: 提供您的地址, 姓名、地址; not 登录密码 or 地址栏.
    pub is_object: bool,
}

impl Mention {
    /// True when both say the same of the same sentence.
    fn is_like(&self, other: &Self) -> bool {
        let said = |mention: &Self| (mention.negated, mention.withheld, mention.is_purpose, mention.is_object);
        (&self.quote, self.line, &self.name, said(self)) == (&other.quote, other.line, &other.name, said(other))
    }
}

/// Most places looked at of one id; no policy says a thing so often.
const MAX_MENTIONS: usize = 1000;
/// Bytes of the longest sentence on either side of a name; what goes on for longer is no prose.
const MAX_SENTENCE_BYTES: usize = 4000;
/// Longest quotation in characters.
const MAX_QUOTE_CHARS: usize = 160;

/// Bytes of a full-width letter.
const FULL_WIDTH_BYTES: usize = 3;

/// Names of this kind are brands, which lists abridge.
const ABRIDGED_KIND: &str = "sdk";
/// Shorter beginnings of names are everyday words.
const MIN_STEM_CHARS: usize = 2;
/// What no list of abridged names goes beyond.
const LIST_ENDS: &str = "。,;:!?()\"“”《》";
/// Bytes of the longest list of abridged names, and most names that are taken from such lists.
const MAX_LIST_BYTES: usize = 240;
const MAX_ABRIDGED: usize = 1000;

/// Words by which a sentence is understood; all are looked for in the normal form.
#[derive(Debug, Clone, Default)]
pub struct Grammar {
    /// Words in which a shorter name arises by accident of writing, or means the operator's own.
    pub false_friends: Vec<String>,
    /// Phrases that deny collection, such as 不会收集.
    pub negations: Vec<String>,
    /// Phrases that deny collection of what stands before them, such as 不会被收集.
    pub negations_behind: Vec<String>,
    /// Phrases that deny handing on, such as 不会共享.
    pub withholdings: Vec<String>,
    /// Words that begin a purpose, such as 用于.
    pub purposes: Vec<String>,
    /// Verbs whose object is collected, even behind a purpose.
    pub takings: Vec<String>,
    /// What may stand before and behind a name that is an object or a member of a list.
    pub before_objects: Vec<String>,
    /// See `before_objects`.
    pub behind_objects: Vec<String>,
    /// Words that end the reach of a negation within its sentence.
    pub contrasts: Vec<String>,
    /// What looks like a contrast and is none: 包括但不限于.
    pub no_contrasts: Vec<String>,
    /// Verbs by which a comma is seen to begin a new statement rather than the next item of a list.
    pub verbs: Vec<String>,
    /// Words before a negation that make it conditional: what follows is collected otherwise.
    pub conditions: Vec<String>,
    /// Words after the name with the same effect.
    pub exceptions: Vec<String>,
    /// Last words that the names of a list share, those of one meaning together: 华为/小米/OPPO 推送.
    pub shared_heads: Vec<Vec<String>>,
    /// Push services of makers whose names stand before, such as 手机厂商Push; their heads are the first of
    /// `shared_heads`.
    pub makers: Vec<String>,
    /// What ends the list of these makers, longest first: 使用华为、小米等品牌手机.
    pub devices: Vec<String>,
}

/// Text in normal form with the way back.
#[derive(Debug, Clone, Default)]
pub(super) struct Normal {
    text: String,
    /// For each byte of `text`, the byte of the original at which its character begins.
    origin: Vec<u32>,
}

impl Normal {
    /// The normal form of a text, see [`fold`].
    pub(super) fn new(text: &str) -> Self {
        let mut out = Self { text: String::with_capacity(text.len()), origin: Vec::with_capacity(text.len()) };
        fold(text, |c, offset| {
            out.text.push(c);
            out.origin.resize(out.text.len(), u32::try_from(offset).unwrap_or(u32::MAX));
        });
        out
    }

    /// The normal form.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Byte of the original for byte `at` of the normal form.
    pub(super) fn origin(&self, at: usize, end: usize) -> usize {
        self.origin.get(at).map_or(end, |&offset| offset as usize)
    }

    /// The same for a byte behind a character, not before one.
    fn origin_of_end(&self, at: usize, total: usize) -> usize {
        let Some(last) = self.text.get(..at).and_then(|text| text.chars().next_back()) else { return 0 };
        let start = self.origin(at.saturating_sub(last.len_utf8()), total);
        // Half and full width differ in bytes; the next character begins where this one ends, or behind a space.
        let next = self.origin(at, total);
        next.min(start.saturating_add(FULL_WIDTH_BYTES.max(last.len_utf8())))
    }

    /// Bounds of the sentence around `start..end`; a table row counts as one when `row` is set,
    /// otherwise a cell is its own.
    fn sentence(&self, start: usize, end: usize) -> (usize, usize) {
        let (mut from, limit) = around(&self.text, start, end);
        for (at, c) in self.text[from..start].char_indices().rev() {
            if self.ends_sentence(from + at, c) {
                from += at + c.len_utf8();
                break;
            }
        }
        let to = self.text[end..limit]
            .char_indices()
            .find(|&(at, c)| self.ends_sentence(end + at, c))
            .map_or(limit, |(at, c)| end + at + if c == '\n' { 0 } else { c.len_utf8() });
        (from, to)
    }

    /// True for the character at which a sentence or cell ends.
    pub(super) fn ends_sentence(&self, at: usize, c: char) -> bool {
        match c {
            '。' | '!' | '?' | ';' | '\n' => true,
            '.' => !self.text[at + 1..].starts_with(|next: char| next.is_ascii_graphic()),
            _ => false,
        }
    }
}

/// The normal form, character by character with the byte of `text` from which each comes: half-width, ASCII in lower
/// case, no space next to Chinese script but between two Chinese characters, one space elsewhere; line and cell ends
/// are `\n`.
fn fold(text: &str, mut push: impl FnMut(char, usize)) {
    let mut space = None;
    let mut last = '\n';
    for (offset, original) in text.char_indices() {
        let c = half_width(original).to_ascii_lowercase();
        if c == '\n' || c == '\t' {
            space = None;
            if last != '\n' {
                push('\n', offset);
                last = '\n';
            }
        } else if is_space(c) {
            space = Some(offset);
        } else if !is_invisible(c) {
            if let Some(at) = space.take()
                && last != '\n'
                && last.is_ascii() == c.is_ascii()
            {
                push(' ', at);
            }
            push(c, offset);
            last = c;
        }
    }
}

/// The normal form of a name.
fn normal_name(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    fold(name.trim(), |c, _| out.push(c));
    out
}

impl Policy {
    /// Where the policy names what is `wanted`, by id, in the order of the text; ids without a
    /// mention are absent.
    ///
    /// `wanted` pairs an id with its names. A name hides shorter ones within it, but in ids of the
    /// form `kind:rest` only those of the same kind: the permission 读取联系人 does not hide the
    /// item 联系人. An entry with an empty id does nothing but hide, whatever the kind. Names of ASCII letters and digits match whole words only, and
    /// their plurals when they are written without capitals.
    pub fn mentions(&self, wanted: &[(String, Vec<String>)], grammar: &Grammar) -> BTreeMap<String, Vec<Mention>> {
        let mut names = Names::default();
        for (id, list) in wanted {
            for name in list {
                names.add(Some((id, name)), name);
            }
        }
        for name in &grammar.false_friends {
            names.add(None, name);
        }
        let spans = Spans {
            denials: self.find_all(&grammar.negations),
            withholdings: self.find_all(&grammar.withholdings),
            purposes: self.find_all(&grammar.purposes),
        };
        let text = self.normal.text.as_str();
        let mut hits: Vec<(usize, usize, usize)> = Vec::new();
        Finder::new(std::mem::take(&mut names.patterns)).each(text, |start, end, pattern| {
            let plural = names.plural.get(pattern).copied().unwrap_or(false);
            hits.extend(whole_word(text, start, end, plural).map(|end| (start, end, pattern)));
        });
        hits.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
        let mut out: BTreeMap<String, Vec<Mention>> = BTreeMap::new();
        // Spans that hide what lies within them, by kind; the empty kind hides from all.
        let mut longest: HashMap<&str, (usize, usize)> = HashMap::new();
        let mut tried: HashMap<&str, usize> = HashMap::new();
        for (start, end, pattern) in hits {
            let owners = names.owners.get(pattern).map(Vec::as_slice).unwrap_or_default();
            let is_hidden = |longest: &HashMap<&str, (usize, usize)>, kind: &str| {
                longest.get(kind).is_some_and(|&span| end <= span.1 && (start, end) != span)
            };
            if is_hidden(&longest, "") {
                continue;
            }
            if owners.iter().all(|(id, _)| id.is_empty()) {
                longest.insert("", (start, end));
            }
            for (id, name) in owners.iter().filter(|(id, _)| !id.is_empty()) {
                if is_hidden(&longest, kind(id)) {
                    continue;
                }
                longest.insert(kind(id), (start, end));
                let list = out.entry((*id).to_owned()).or_default();
                let tries = tried.entry(id).or_insert(0_usize);
                *tries += 1;
                if *tries > MAX_MENTIONS {
                    continue;
                }
                let mention = self.mention(start, end, name, &spans, grammar);
                // A name and its variant, or two spellings of one name, are one mention.
                if list.last().is_none_or(|last| !last.is_like(&mention)) {
                    list.push(mention);
                }
            }
        }
        for (start, end, id, name) in self.abridged(wanted, grammar) {
            let list = out.entry(id.to_owned()).or_default();
            let at = list.partition_point(|known| known.offset < self.normal.origin(start, self.text.len()));
            list.insert(at, self.mention(start, end, name, &spans, grammar));
        }
        out
    }

    /// Names of which a list writes the last word once, behind the last of them: (start, end, id, name).
    fn abridged<'w>(&self, wanted: &'w [(String, Vec<String>)], grammar: &Grammar) -> Vec<Abridged<'w>> {
        let text = self.normal.text.as_str();
        let mut out = Vec::new();
        for (number, group) in grammar.shared_heads.iter().enumerate() {
            let stems = stems(wanted, group);
            if stems.is_empty() {
                continue;
            }
            let heads = group.iter().flat_map(|head| text.match_indices(head.as_str()).take(MAX_MENTIONS));
            for (at, _) in heads {
                stems.add(text, at, true, &mut out);
            }
            let makers = grammar.makers.iter().filter(|_| number == 0);
            for (at, _) in makers.flat_map(|maker| text.match_indices(maker.as_str()).take(MAX_MENTIONS)) {
                let from = boundary(text, at.saturating_sub(MAX_LIST_BYTES));
                let before = text.get(from..at).unwrap_or_default();
                let before = before.rfind(['。', '\n']).and_then(|at| before.get(at..)).unwrap_or(before);
                let ends = grammar.devices.iter().flat_map(|word| before.match_indices(word.as_str()));
                for (end, _) in ends {
                    stems.add(text, at - before.len() + end, false, &mut out);
                }
            }
            if out.len() >= MAX_ABRIDGED {
                break;
            }
        }
        out
    }

    /// Spans of `phrases` in the normal form, ascending.
    fn find_all(&self, phrases: &[String]) -> Vec<(usize, usize)> {
        let normal: Vec<String> =
            phrases.iter().map(|phrase| normal_name(phrase)).filter(|phrase| !phrase.is_empty()).collect();
        let text = self.normal.text.as_str();
        let mut out = Vec::new();
        Finder::new(normal).each(text, |start, end, _| {
            if whole_word(text, start, end, false).is_some() {
                out.push((start, end));
            }
        });
        out
    }

    fn mention(&self, start: usize, end: usize, name: &str, spans: &Spans, grammar: &Grammar) -> Mention {
        let offset = self.normal.origin(start, self.text.len());
        let sentence = self.normal.sentence(start, end);
        Mention {
            section: self.section(offset).map(|section| section.heading.clone()).unwrap_or_default(),
            quote: self.quote(start, end),
            line: self.line(offset),
            offset,
            end: self.normal.origin_of_end(end, self.text.len()),
            name: name.to_owned(),
            negated: self.is_negated(start, end, sentence, &spans.denials, grammar),
            withheld: self.is_withheld(start, sentence.0, &spans.withholdings, grammar),
            is_purpose: self.is_purpose(start, sentence.0, &spans.purposes, grammar),
            is_object: self.is_object(start, end, sentence, grammar),
        }
    }

    /// The sentence around a hit, or the whole row when it stands in a table.
    pub(super) fn quote(&self, start: usize, end: usize) -> String {
        let (from, to) = self.normal.sentence(start, end);
        let total = self.text.len();
        let (from, to) = (self.normal.origin(from, total), self.normal.origin(to, total));
        let hit = self.normal.origin(start, total)..self.normal.origin(end, total);
        let (first, last) = around(&self.text, hit.start, hit.end);
        let row_from = self.text[first..hit.start].rfind('\n').map_or(first, |at| first + at + 1);
        let row_to = self.text[hit.end..last].find('\n').map_or(last, |at| hit.end + at);
        let is_row = self.text[row_from..row_to].contains('\t');
        let (from, to) = if is_row { (row_from, row_to) } else { (from, to) };
        shorten(&self.text[from..to.max(hit.end)], hit.start.saturating_sub(from))
    }

    fn is_negated(
        &self,
        start: usize,
        end: usize,
        (from, to): (usize, usize),
        denials: &[(usize, usize)],
        grammar: &Grammar,
    ) -> bool {
        let text = self.normal.text.as_str();
        let has = |part: &str, words: &[String]| words.iter().any(|word| part.contains(word.as_str()));
        let Some((denial, denial_end)) = last_within(denials, from, start) else {
            let clause = text[end..to].split([',', ':']).next().unwrap_or_default();
            return has(clause, &grammar.negations_behind);
        };
        let between = without_phrases(&text[denial_end..start], &grammar.no_contrasts);
        if has(&between, &grammar.contrasts)
            || has(&text[from..denial], &grammar.conditions)
            || has(&text[end..to], &grammar.exceptions)
        {
            return false;
        }
        // Commas carry the denial on through a list, not into the next statement.
        let Some(comma) = between.find([',', ':']) else { return true };
        let statement_end = text[end..to].find([',', ':']).map_or(to, |at| end + at);
        !has(between.get(comma + 1..).unwrap_or_default(), &grammar.verbs)
            && !has(&text[start..statement_end], &grammar.verbs)
    }

    /// True behind a phrase that denies handing on, up to a contrast.
    fn is_withheld(&self, start: usize, from: usize, withholdings: &[(usize, usize)], grammar: &Grammar) -> bool {
        last_within(withholdings, from, start).is_some_and(|(_, end)| {
            let between = without_phrases(&self.normal.text[end..start], &grammar.no_contrasts);
            !grammar.contrasts.iter().any(|word| between.contains(word.as_str()))
        })
    }

    fn is_object(&self, start: usize, end: usize, (from, to): (usize, usize), grammar: &Grammar) -> bool {
        let text = self.normal.text.as_str();
        let (before, behind) = (text[from..start].trim_end(), text[end..to].trim_start());
        let has = |words: &[String], fits: &dyn Fn(&str) -> bool| words.iter().any(|word| fits(word));
        (before.is_empty() || has(&grammar.before_objects, &|word| before.ends_with(word)))
            && (behind.is_empty() || has(&grammar.behind_objects, &|word| behind.starts_with(word)))
    }

    /// True behind a word that begins a purpose, within the same clause.
    fn is_purpose(&self, start: usize, from: usize, purposes: &[(usize, usize)], grammar: &Grammar) -> bool {
        last_within(purposes, from, start).is_some_and(|(_, end)| {
            let between = &self.normal.text[end..start];
            !between.contains([',', ':', '(']) && !grammar.takings.iter().any(|word| between.contains(word.as_str()))
        })
    }
}

/// A name in the normal form: (start, end, id, name).
type Abridged<'w> = (usize, usize, &'w str, &'w str);

/// Names without their last word, in the normal form, with id and name.
struct Stems<'w>(Vec<(String, &'w str, &'w str)>);

/// The stems of the brands among the `wanted` whose last word is one of the `heads`.
fn stems<'w>(wanted: &'w [(String, Vec<String>)], heads: &[String]) -> Stems<'w> {
    let mut out = Vec::new();
    for (id, names) in wanted.iter().filter(|(id, _)| kind(id) == ABRIDGED_KIND) {
        for name in names {
            let normal = normal_name(name.trim().trim_end_matches("SDK"));
            let stem = heads.iter().find_map(|head| normal.strip_suffix(head.as_str()));
            let stem = stem.map(str::trim).filter(|stem| stem.chars().count() >= MIN_STEM_CHARS);
            out.extend(stem.map(|stem| (stem.to_owned(), id.as_str(), name.as_str())));
        }
    }
    Stems(out)
}

impl<'w> Stems<'w> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the stems of the list that ends at byte `end` of a text; the last name `is_whole` when the head follows it.
    fn add(&self, text: &str, end: usize, is_whole: bool, out: &mut Vec<Abridged<'w>>) {
        let window = boundary(text, end.saturating_sub(MAX_LIST_BYTES));
        let list = text.get(window..end).unwrap_or_default();
        let ends = list.char_indices().rev().find(|(_, c)| *c == '\n' || LIST_ENDS.contains(*c));
        let mut start = ends.map_or(window, |(end, c)| window + end + c.len_utf8());
        let parts = text.get(start..end).unwrap_or_default().split_inclusive(['/', '、']);
        for (number, part) in parts.enumerate() {
            let name = part.trim_end_matches(['/', '、']).trim_end();
            let end = start + name.len();
            start += part.len();
            if is_whole && name.len() == part.trim_end().len() {
                continue;
            }
            let fits = |stem: &str| match name.trim_start().strip_suffix(stem) {
                Some("") => true,
                // Before the first name stands the rest of the sentence.
                Some(rest) => number == 0 && !rest.ends_with(|c: char| c.is_ascii_alphanumeric()),
                None => false,
            };
            for (stem, id, name) in self.0.iter().filter(|(stem, ..)| fits(stem)) {
                let is_known = |known: &Abridged<'_>| (known.0, known.2) == (end - stem.len(), *id);
                if out.len() < MAX_ABRIDGED && !out.iter().any(is_known) {
                    out.push((end - stem.len(), end, id, name));
                }
            }
        }
    }
}

/// Where the phrases of a [`Grammar`] stand, ascending.
struct Spans {
    denials: Vec<(usize, usize)>,
    withholdings: Vec<(usize, usize)>,
    purposes: Vec<(usize, usize)>,
}

/// The last of the `spans` that lies between `from` and `to`.
fn last_within(spans: &[(usize, usize)], from: usize, to: usize) -> Option<(usize, usize)> {
    let before = spans.partition_point(|&(start, _)| start < to);
    spans[..before].iter().rev().copied().find(|&(start, end)| start >= from && end <= to)
}

/// The first byte from `at` on at which a character begins, or the end.
fn boundary(text: &str, at: usize) -> usize {
    (at..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

/// Bounds of what is looked through for the sentence around `start..end`.
fn around(text: &str, start: usize, end: usize) -> (usize, usize) {
    (boundary(text, start.saturating_sub(MAX_SENTENCE_BYTES)), boundary(text, end.saturating_add(MAX_SENTENCE_BYTES)))
}

fn without_phrases(text: &str, phrases: &[String]) -> String {
    phrases.iter().fold(text.to_owned(), |text, phrase| text.replace(phrase.as_str(), ""))
}

/// What stands before the colon of an id; a kind of its own for ids without one.
fn kind(id: &str) -> &str {
    id.split_once(':').map_or(":", |(kind, _)| kind)
}

/// Patterns of the automaton and what they stand for.
#[derive(Default)]
struct Names<'a> {
    patterns: Vec<String>,
    owners: Vec<Vec<(&'a str, &'a str)>>,
    plural: Vec<bool>,
    index: FxHashMap<String, usize>,
}

impl<'a> Names<'a> {
    fn add(&mut self, owner: Option<(&'a String, &'a String)>, name: &str) {
        let normal = normal_name(name);
        if normal.is_empty() {
            return;
        }
        // Common nouns take a plural; names with capitals do not.
        let plural = name.len() >= 4
            && name.is_ascii()
            && name.ends_with(|c: char| c.is_ascii_lowercase())
            && !name.contains(|c: char| c.is_ascii_uppercase());
        let mut forms = vec![normal.clone()];
        if normal.is_ascii() && normal.contains([' ', '-', '_']) {
            // Android ID, AndroidID, Android-ID; Wi-Fi, WiFi.
            forms
                .extend(["", " ", "-", "_"].map(|joint| normal.split([' ', '-', '_']).collect::<Vec<_>>().join(joint)));
        }
        for form in forms {
            let next = self.patterns.len();
            let at = *self.index.entry(form.clone()).or_insert(next);
            if at == next {
                self.patterns.push(form);
                self.owners.push(Vec::new());
                self.plural.push(false);
            }
            if let (Some(owners), Some(plurals), Some((id, name))) =
                (self.owners.get_mut(at), self.plural.get_mut(at), owner)
            {
                *plurals |= plural;
                if !owners.iter().any(|(known, _)| *known == id.as_str()) {
                    owners.push((id, name));
                }
            }
        }
    }
}

/// End of the hit, an admitted plural included, when its ASCII ends are ends of words.
fn whole_word(text: &str, start: usize, end: usize, plural: bool) -> Option<usize> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let bytes = text.as_bytes();
    let first = bytes.get(start).copied()?;
    let last = bytes.get(end.checked_sub(1)?).copied()?;
    let before = start.checked_sub(1).and_then(|at| bytes.get(at)).copied();
    if is_word(first) && before.is_some_and(is_word) {
        return None;
    }
    let ends_at = |at: usize| !bytes.get(at).copied().is_some_and(is_word);
    if !is_word(last) || ends_at(end) {
        return Some(end);
    }
    let suffixes: &[&str] = if plural { &["s", "es"] } else { &[] };
    suffixes
        .iter()
        .map(|suffix| (text.get(end..).is_some_and(|rest| rest.starts_with(suffix)), end + suffix.len()))
        .find(|&(fits, at)| fits && ends_at(at))
        .map(|(_, at)| at)
}

fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '‐' | '‑' | '–' => '-',
        _ => c,
    }
}

/// `text` on one line and at most [`MAX_QUOTE_CHARS`] long, around byte `at`.
pub(super) fn shorten(text: &str, at: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    let hit = text.get(..at).map_or(0, |before| before.chars().count());
    let from = hit.saturating_sub(MAX_QUOTE_CHARS / 2).min(chars.len().saturating_sub(MAX_QUOTE_CHARS));
    let to = (from + MAX_QUOTE_CHARS).min(chars.len());
    let middle: String = chars.get(from..to).unwrap_or_default().iter().collect();
    let middle = middle.trim().replace('\t', " | ").replace('\n', " ");
    format!("{}{middle}{}", if from > 0 { "…" } else { "" }, if to < chars.len() { "…" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The grammar of the embedded lexicon.
    fn grammar() -> Grammar {
        let file: toml::Table = include_str!("../../signatures/lexicon/policy.toml").parse().unwrap();
        let words = |id: &str| -> Vec<String> {
            let terms = file["term"].as_array().unwrap();
            let term = terms.iter().find(|term| term["id"].as_str() == Some(id)).unwrap();
            let lists = ["zh_hans", "zh_hant", "en"].iter().filter_map(|key| term.get(*key)?.as_array());
            lists.flatten().map(|word| word.as_str().unwrap().to_owned()).collect()
        };
        Grammar {
            false_friends: words("policy.false_friends"),
            negations: words("policy.negation"),
            contrasts: words("policy.contrast"),
            no_contrasts: words("policy.no_contrast"),
            verbs: words("policy.verbs"),
            conditions: words("policy.conditions"),
            exceptions: words("policy.exceptions"),
            negations_behind: words("policy.negation_behind"),
            withholdings: words("policy.withholding"),
            purposes: words("policy.purpose"),
            takings: words("policy.takes"),
            before_objects: words("policy.object.before"),
            behind_objects: words("policy.object.behind"),
            shared_heads: Vec::new(),
            makers: Vec::new(),
            devices: Vec::new(),
        }
    }

    fn find(text: &str, wanted: &[(&str, &[&str])]) -> BTreeMap<String, Vec<Mention>> {
        let wanted: Vec<_> = wanted
            .iter()
            .map(|(id, names)| ((*id).to_owned(), names.iter().map(|name| (*name).to_owned()).collect()))
            .collect();
        Policy::from_text("p.txt", text).mentions(&wanted, &grammar())
    }

    fn ids(text: &str, wanted: &[(&str, &[&str])]) -> Vec<String> {
        find(text, wanted).into_keys().collect()
    }

    fn negated(text: &str, name: &str) -> bool {
        let found = find(text, &[("x", &[name])]);
        found.get("x").unwrap_or_else(|| panic!("{name} in {text}"))[0].negated
    }

    #[test]
    fn what_a_clause_says_of_a_name() {
        let mention = |text: &str, name: &str| find(text, &[("x", &[name])])["x"][0].clone();
        for (text, name) in [
            ("我们不会将您的身份信息（如姓名）与第三方分享。", "姓名"),
            ("我们不会共享用于识别您的信息（姓名、身份证号），仅提供标签。", "身份证号"),
            ("We do not share your name with anyone.", "name"),
        ] {
            assert!(mention(text, name).withheld, "{text}");
        }
        assert!(!mention("我们不会共享您的姓名，但会收集您的设备型号。", "设备型号").withheld);
        for (text, name, is_purpose) in [
            ("我们收集手机号用于发送短信。", "短信", true),
            ("为了创建账户您需要提供手机号和密码。", "密码", false),
            ("用于下列目的，我们收集短信。", "短信", false),
        ] {
            assert_eq!(mention(text, name).is_purpose, is_purpose, "{text}");
        }
        for (text, name, is_object) in [
            ("您需要提供您的地址。", "地址", true),
            ("姓名、地址、电话", "地址", true),
            ("您不必多次登录密码，从而节省时间", "密码", false),
            ("请在地址栏输入", "地址", false),
            ("your name and address", "address", true),
        ] {
            assert_eq!(mention(text, name).is_object, is_object, "{text}");
        }
        assert!(negated("Your Internet Protocol address is never collected.", "internet protocol address"));
        assert!(negated("您的通讯录不会被收集。", "通讯录"));
        assert!(!negated("您的通讯录由您授权，其他信息不会被收集。", "通讯录"));
    }

    #[test]
    fn lists_write_the_last_word_once() {
        let policy =
            Policy::from_text("p.txt", "如您使用华为/小米/OPPO/VIVO Push SDK，需要读取标识。小米、魅族电视。\n");
        let wanted = [
            ("sdk:huawei".to_owned(), vec!["华为推送".to_owned()]),
            ("sdk:xiaomi".to_owned(), vec!["小米推送SDK".to_owned()]),
            ("sdk:oppo".to_owned(), vec!["OPPO PUSH".to_owned()]),
            ("sdk:meizu".to_owned(), vec!["魅族推送".to_owned()]),
            ("sdk:po".to_owned(), vec!["PO推送".to_owned()]),
        ];
        let grammar = Grammar { shared_heads: vec![vec!["推送".into(), "push".into()]], ..Grammar::default() };
        let found = policy.mentions(&wanted, &grammar);
        assert_eq!(found.keys().collect::<Vec<_>>(), ["sdk:huawei", "sdk:oppo", "sdk:xiaomi"]);
        assert!(found["sdk:huawei"][0].quote.contains("华为/小米"));
    }

    #[test]
    fn names_as_policies_write_them() {
        for (text, name) in [
            ("使用友盟 SDK 统计", "友盟SDK"),
            ("使用友盟SDK统计", "友盟 SDK"),
            ("集成 jpush 推送", "JPush"),
            ("集成JPush SDK", "JPush"),
            ("收集ＩＭＥＩ（国际移动设备识别码）", "IMEI"),
            ("收集Android_ID、OAID", "Android ID"),
            ("收集AndroidID", "Android ID"),
            ("WiFi信息", "Wi-Fi"),
            ("android.permission.READ_CONTACTS", "READ_CONTACTS"),
            ("we collect email addresses", "email address"),
            ("MAC地址", "MAC"),
            ("微信\u{200b}支付", "微信支付"),
            ("北京（北京）有限公司", "北京(北京)有限公司"),
        ] {
            assert_eq!(ids(text, &[("x", &[name])]), ["x"], "{name} in {text}");
        }
    }

    #[test]
    fn false_friends() {
        for (text, name) in [
            ("your machine and iMac", "MAC"),
            ("保护您的隐私信息", "私信"),
            ("注册地址：北京市", "地址"),
            ("通讯\n录音", "通讯录"),
            ("相机 册子", "相册"),
            ("READ_CONTACTS_EXTRA", "READ_CONTACTS"),
            ("adjusts its price", "Adjust"),
            ("jpushservice", "JPush"),
        ] {
            assert!(ids(text, &[("x", &[name])]).is_empty(), "{name} in {text}");
        }
        let wanted: [(&str, &[&str]); 3] =
            [("imei", &["国际移动设备识别码"]), ("meid", &["移动设备识别码"]), ("", &["设备识别码列表"])];
        assert_eq!(ids("国际移动设备识别码", &wanted), ["imei"]);
        assert_eq!(ids("移动设备识别码", &wanted), ["meid"]);
        let wanted: [(&str, &[&str]); 3] =
            [("permission:p", &["读取联系人"]), ("pi:contacts", &["联系人"]), ("pi:person", &["人"])];
        assert_eq!(ids("读取联系人", &wanted), ["permission:p", "pi:contacts"]);
    }

    #[test]
    fn denials() {
        assert!(negated("我们不会收集您的IMEI、IMSI和通讯录。", "通讯录"));
        assert!(negated("我们不会收集以下信息：短信，通讯录，通话记录。", "通话记录"));
        assert!(negated("我们不会收集任何个人信息，包括但不限于姓名、电话号码或位置数据。", "电话号码"));
        assert!(negated("We do not collect your name, email address, or phone number.", "phone number"));
        for (text, name) in [
            ("我们不收集通讯录，但会收集位置信息。", "位置信息"),
            ("我们不收集通讯录，位置信息用于导航。", "位置信息"),
            ("我们不收集通讯录。我们收集位置信息。", "位置信息"),
            ("收集位置信息，不会收集通讯录。", "位置信息"),
            ("如您拒绝授权，我们不会收集您的位置信息。", "位置信息"),
            ("未经您同意，我们不会收集您的位置信息。", "位置信息"),
            ("We will not collect your location without your consent.", "location"),
            ("我们不收集除设备型号以外的信息。", "设备型号"),
            ("不收集\t位置信息", "位置信息"),
        ] {
            assert!(!negated(text, name), "{name} in {text}");
        }
    }

    #[test]
    fn place_and_quotation() {
        let text = "隐私政策\n一、SDK\n我们使用地图。我们接入高德地图SDK，用于定位！谢谢。\n友盟\t友盟同欣\t统计分析\n";
        let found = find(text, &[("amap", &["高德地图 SDK"]), ("umeng", &["友盟"])]);
        let amap = &found["amap"][0];
        assert_eq!(
            (amap.section.as_str(), amap.quote.as_str(), amap.line, amap.name.as_str()),
            ("一、SDK", "我们接入高德地图SDK，用于定位！", 3, "高德地图 SDK")
        );
        assert_eq!(found["umeng"][0].quote, "友盟 | 友盟同欣 | 统计分析");
        let long = format!("{}位置{}。", "甲".repeat(400), "乙".repeat(400));
        let quote = find(&long, &[("x", &["位置"])])["x"][0].quote.clone();
        assert!(quote.contains("位置") && quote.chars().count() <= MAX_QUOTE_CHARS + 2, "{quote}");
    }
}
