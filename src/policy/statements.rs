//! Sentences of a policy, and which of them say something that a caller looks for.

use std::ops::Range;
use std::sync::OnceLock;

use super::Policy;
use super::patterns::{Lazy, Patterns};

/// A sentence or cell in normal form: half-width, ASCII in lower case, no space beside Chinese script.
#[derive(Debug, Clone, Copy)]
pub struct Sentence<'p> {
    /// Its text in normal form.
    pub text: &'p str,
    /// Byte span in the normal form.
    start: usize,
    end: usize,
}

/// Where a policy says something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// Heading of the section, empty before the first.
    pub section: String,
    /// The sentence or table row, shortened.
    pub quote: String,
    /// 1-based line in the source, 0 when unknown.
    pub line: u32,
}

/// How a statement is recognised.
#[derive(Debug)]
pub struct Recogniser {
    any: Vec<String>,
    without: Vec<String>,
    in_tables: bool,
    compiled: OnceLock<(Lazy, Option<Lazy>)>,
}

impl Recogniser {
    /// A sentence counts when any of `patterns` matches and none of `without`; rows of tables only with
    /// `in_tables`. Patterns are for the normal form; one that is no regular expression matches nothing.
    pub fn new(patterns: &[String], without: &[String], in_tables: bool) -> Self {
        let of = |patterns: &[String]| patterns.iter().map(|pattern| sentence_pattern(pattern)).collect();
        Self { any: of(patterns), without: of(without), in_tables, compiled: OnceLock::new() }
    }

    /// True when a text in normal form says what is looked for.
    pub fn matches(&self, text: &str) -> bool {
        let (any, without) = self.compiled.get_or_init(|| {
            let without = (!self.without.is_empty()).then(|| Lazy::new(&alternatives(&self.without)));
            (Lazy::new(&alternatives(&self.any)), without)
        });
        any.is_match(text) && !without.as_ref().is_some_and(|without| without.is_match(text))
    }
}

/// Several recognisers, each tried only on the sentences that hold the literals which it needs.
#[derive(Debug)]
pub struct Recognisers {
    all: Vec<Recogniser>,
    /// Groups are twice the number of the recogniser, one more for what takes a sentence out.
    patterns: Patterns,
}

impl Recognisers {
    /// Numbers the recognisers as they are given.
    pub fn new(all: Vec<Recogniser>) -> Self {
        let sides = |(number, row): (usize, &Recogniser)| {
            let group = number.saturating_mul(2);
            let any = row.any.iter().map(move |pattern| (group, pattern.clone()));
            let without = row.without.iter().map(move |pattern| (group.saturating_add(1), pattern.clone()));
            any.chain(without).collect::<Vec<_>>()
        };
        let patterns = Patterns::new(all.iter().enumerate().flat_map(sides).collect());
        Self { all, patterns }
    }

    /// Numbers of those that say yes to a sentence, ascending.
    pub fn of(&self, policy: &Policy, sentence: &Sentence<'_>) -> Vec<usize> {
        let candidates = self.patterns.candidates(sentence.text);
        let matches =
            |group: usize| candidates.iter().any(|pattern| pattern.group == group && pattern.is_match(sentence.text));
        let mut tried: Vec<usize> =
            candidates.iter().filter(|pattern| pattern.group % 2 == 0).map(|pattern| pattern.group / 2).collect();
        tried.dedup();
        tried.retain(|number| {
            let group = number.saturating_mul(2);
            let counts = self.all.get(*number).is_some_and(|row| row.in_tables || !policy.is_cell(sentence));
            counts && matches(group) && !matches(group.saturating_add(1))
        });
        tried
    }
}

fn alternatives(patterns: &[String]) -> String {
    patterns.iter().map(|pattern| format!("(?:{pattern})")).collect::<Vec<_>>().join("|")
}

/// No stop stands within a sentence, so gaps need not say so.
fn sentence_pattern(pattern: &str) -> String {
    gaps_in_bytes(pattern, "[^。]").replace("[^.]{", "(?-u:[^.]){")
}

/// Bytes of a Chinese character.
const CHARACTER_BYTES: usize = 3;

/// A pattern with its gaps, such as `.{0,8}` for the gap `.`, as gaps of so many bytes: automata over characters are
/// a hundred times as large.
pub(crate) fn gaps_in_bytes(pattern: &str, gap: &str) -> String {
    let opening = format!("{gap}{{0,");
    let mut parts = pattern.split(&opening);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (count, rest) = part.split_once('}').unwrap_or((part, ""));
        let count = count.parse::<usize>().unwrap_or(0).saturating_mul(CHARACTER_BYTES);
        out.push_str(&format!("(?-u:.){{0,{count}}}{rest}"));
    }
    ascii_boundaries(&out)
}

/// A pattern with its word boundaries as those of ASCII: those of Unicode keep it, and every set with it, from being
/// an automaton. Latin words end where Chinese begins.
pub(super) fn ascii_boundaries(pattern: &str) -> String {
    pattern.replace(r"\b", r"(?-u:\b)")
}

impl Policy {
    /// All sentences and cells, in order.
    pub fn sentences(&self) -> Vec<Sentence<'_>> {
        let text = self.normal.text();
        let mut out = Vec::new();
        let mut start = 0;
        let ends = text.char_indices().filter(|(at, c)| self.normal.ends_sentence(*at, *c));
        for (at, c) in ends.map(|(at, c)| (at, at.saturating_add(c.len_utf8()))).chain([(text.len(), text.len())]) {
            let part = text.get(start..at).unwrap_or_default();
            let trimmed = part.trim();
            if !trimmed.is_empty() {
                out.push(Sentence { text: trimmed, start, end: at });
            }
            start = c;
        }
        out
    }

    /// True for a cell of a table.
    pub fn is_cell(&self, sentence: &Sentence<'_>) -> bool {
        let at = self.normal.origin(sentence.start, self.text.len());
        let row = self.tables.partition_point(|row| row.end <= at);
        self.tables.get(row).is_some_and(|row| row.start <= at)
    }

    /// Bytes of [`Policy::text`] that a sentence covers.
    pub fn span(&self, sentence: &Sentence<'_>) -> Range<usize> {
        let total = self.text.len();
        self.normal.origin(sentence.start, total)..self.normal.origin(sentence.end, total)
    }

    /// Where a sentence stands.
    pub fn passage(&self, sentence: &Sentence<'_>) -> Passage {
        let offset = self.normal.origin(sentence.start, self.text.len());
        Passage {
            section: self.section(offset).map(|section| section.heading.clone()).unwrap_or_default(),
            quote: self.quote(sentence.start, sentence.end),
            line: self.line(offset),
        }
    }

    /// True when a sentence says what the recogniser looks for.
    pub fn says(&self, sentence: &Sentence<'_>, recogniser: &Recogniser) -> bool {
        recogniser.matches(sentence.text) && (recogniser.in_tables || !self.is_cell(sentence))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_have_places() {
        let text = "一、保存\n我们保存您的信息 ３０ 天。此后删除！\n友盟\t北京某某有限公司\t统计\n";
        let policy = Policy::from_text("p.txt", text);
        let sentences = policy.sentences();
        assert_eq!(
            sentences.iter().map(|sentence| sentence.text).collect::<Vec<_>>(),
            ["一、保存", "我们保存您的信息30天", "此后删除", "友盟", "北京某某有限公司", "统计"]
        );
        let recogniser = |pattern: &str, without: &[&str], in_tables| {
            let without: Vec<String> = without.iter().map(|text| (*text).to_owned()).collect();
            Recogniser::new(&[pattern.to_owned()], &without, in_tables)
        };
        let recognisers = [
            recogniser("保存[^。]*\\d+天", &[], true),
            recogniser("有限公司", &[], true),
            recogniser("有限公司", &[], false),
            recogniser("删除", &["此后"], true),
        ];
        let found = recognisers.map(|recogniser| {
            let first = sentences.iter().find(|sentence| policy.says(sentence, &recogniser));
            first.map(|sentence| policy.passage(sentence))
        });
        let first = found[0].as_ref().unwrap();
        assert_eq!((first.section.as_str(), first.line), ("一、保存", 2));
        assert!(first.quote.contains("３０"), "{}", first.quote);
        assert_eq!(found[1].as_ref().unwrap().quote, "友盟 | 北京某某有限公司 | 统计");
        assert!(found[2].is_none() && found[3].is_none());
    }

    #[test]
    fn many_recognisers_find_what_each_finds() {
        let rows: [(&[&str], &[&str], bool); 6] = [
            (&["保存[^。]{0,9}\\d+天"], &[], true),
            (&["有限公司"], &[], false),
            (&["(删除|更正)[^。]{0,12}(信息|资料)", "信息.*天"], &["此后", "不得[^。]{0,4}删除"], true),
            (&[r"[\w.]+@[\w.]+"], &["联系"], true),
            (&["投诉|举报"], &[], true),
            (&["("], &[], true),
        ];
        let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let all = || rows.iter().map(|(any, without, tables)| Recogniser::new(&owned(any), &owned(without), *tables));
        let together = Recognisers::new(all().collect());
        let text = "我们保存您的信息30天。您可以删除您的资料。此后删除信息！不得擅自删除资料。邮件a@b.cn。联系a@b.cn\n请举报\n甲\t有限公司\n";
        let policy = Policy::from_text("p.txt", text);
        let mut hits = 0;
        for sentence in policy.sentences() {
            let one_by_one: Vec<usize> =
                all().enumerate().filter(|(_, one)| policy.says(&sentence, one)).map(|(number, _)| number).collect();
            assert_eq!(together.of(&policy, &sentence), one_by_one, "{}", sentence.text);
            hits += one_by_one.len();
        }
        assert_eq!(hits, 5);
    }
}
