//! Sentences of a policy, and which of them say something that a caller looks for.

use std::ops::Range;
use std::sync::OnceLock;

use regex::bytes::Regex;
use rustc_hash::FxHashMap;

use super::Policy;
use super::finder::Finder;
use super::needles::Needles;

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

/// A pattern that is compiled when a text is first held against it: most sentences lack what most patterns need.
#[derive(Debug)]
struct Lazy {
    text: String,
    compiled: OnceLock<Option<Regex>>,
}

impl Lazy {
    fn new(text: &str) -> Self {
        Self { text: text.to_owned(), compiled: OnceLock::new() }
    }

    fn is_match(&self, text: &str) -> bool {
        let compiled = self.compiled.get_or_init(|| Regex::new(&self.text).ok());
        compiled.as_ref().is_some_and(|regex| regex.is_match(text.as_bytes()))
    }
}

/// Several recognisers, each tried only on the sentences that hold the literals which it needs.
#[derive(Debug)]
pub struct Recognisers {
    all: Vec<Recogniser>,
    patterns: Vec<Pattern>,
    /// Literals that some pattern needs.
    finder: Finder,
    /// By number of the literal, the patterns that need it with the bit of the set to which it belongs.
    needed_by: Vec<Vec<(u32, u8)>>,
    /// Numbers of patterns that need none.
    always: Vec<u32>,
}

/// One pattern of a recogniser.
#[derive(Debug)]
struct Pattern {
    recogniser: usize,
    /// It takes a sentence out.
    excludes: bool,
    /// A bit for each set of literals of which it needs one.
    needed: u8,
    /// The literals are all that it asks for.
    is_exact: bool,
    regex: Lazy,
}

impl Pattern {
    fn is_match(&self, text: &str) -> bool {
        self.is_exact || self.regex.is_match(text)
    }
}

impl Recognisers {
    /// Numbers the recognisers as they are given.
    pub fn new(all: Vec<Recogniser>) -> Self {
        let (mut patterns, mut always, mut needed_by) = (Vec::new(), Vec::new(), Vec::new());
        let mut literals: FxHashMap<String, usize> = FxHashMap::default();
        for (recogniser, row) in all.iter().enumerate() {
            let sides = [(&row.any, false), (&row.without, true)];
            for (text, excludes) in
                sides.into_iter().flat_map(|(list, excludes)| list.iter().map(move |it| (it, excludes)))
            {
                let number = u32::try_from(patterns.len()).unwrap_or(u32::MAX);
                let Needles { sets, is_exact } = Needles::of(text);
                let mut needed = 0_u8;
                for (set, bit) in sets.into_iter().zip((0..u8::BITS).map(|bit| 1_u8 << bit)) {
                    needed |= bit;
                    for literal in set {
                        let next = literals.len();
                        let at = *literals.entry(literal).or_insert(next);
                        needed_by.resize_with(literals.len(), Vec::new);
                        if let Some(known) = needed_by.get_mut(at) {
                            known.push((number, bit));
                        }
                    }
                }
                if needed == 0 {
                    always.push(number);
                }
                patterns.push(Pattern { recogniser, excludes, needed, is_exact, regex: Lazy::new(text) });
            }
        }
        let mut names = vec![String::new(); literals.len()];
        for (literal, at) in literals {
            if let Some(name) = names.get_mut(at) {
                *name = literal;
            }
        }
        Self { all, patterns, finder: Finder::new(names), needed_by, always }
    }

    /// Numbers of those that say yes to a sentence, ascending.
    pub fn of(&self, policy: &Policy, sentence: &Sentence<'_>) -> Vec<usize> {
        let mut held = vec![0_u8; self.patterns.len()];
        let mut tried = self.always.clone();
        self.finder.each(sentence.text, |_, _, literal| {
            for &(number, bit) in self.needed_by.get(literal).into_iter().flatten() {
                let (Some(held), Some(pattern)) = (held.get_mut(number as usize), self.patterns.get(number as usize))
                else {
                    continue;
                };
                let before = *held;
                *held |= bit;
                if *held == pattern.needed && before != pattern.needed {
                    tried.push(number);
                }
            }
        });
        tried.sort_unstable();
        let tried: Vec<&Pattern> = tried.iter().filter_map(|number| self.patterns.get(*number as usize)).collect();
        let mut out: Vec<usize> = Vec::new();
        for pattern in tried.iter().filter(|pattern| !pattern.excludes) {
            if out.last() != Some(&pattern.recogniser) && pattern.is_match(sentence.text) {
                out.push(pattern.recogniser);
            }
        }
        let is_out = |number: usize| {
            let mut against = tried.iter().filter(|pattern| pattern.excludes && pattern.recogniser == number);
            against.any(|pattern| pattern.is_match(sentence.text))
        };
        let counts = |number: usize| self.all.get(number).is_some_and(|row| row.in_tables || !policy.is_cell(sentence));
        out.retain(|number| counts(*number) && !is_out(*number));
        out
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
    // Word boundaries of Unicode keep the whole set from being an automaton; Latin words end where Chinese begins.
    out.replace(r"\b", r"(?-u:\b)")
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
        let from = self.text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |at| at.saturating_add(1));
        let line = self.text.get(from..).unwrap_or_default().split('\n').next().unwrap_or_default();
        line.contains('\t')
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
