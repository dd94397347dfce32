//! Whether a sentence of a policy that names an item says that it is collected.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use aho_corasick::AhoCorasick;
use rayon::prelude::*;
use regex::Regex;

use super::policy::{NEGATION_TERM, words};
use crate::knowledge::Knowledge;
use crate::policy::{Mention, Policy, Recogniser, Recognisers, Section, Sentence};

/// Patterns of sentences that name items without saying that they are collected.
const NOT_COLLECTED_TERM: &str = "policy.not_collected";
/// Patterns of what takes an item, whatever stands around it.
const COLLECTS_TERM: &str = "policy.collects";
/// Patterns of sentences in which the operator says that it takes something, whatever else they say.
const PLAINLY_TERM: &str = "policy.collects_plainly";
/// Patterns of headings under which lists of items stand.
const COLLECTING_TERM: &str = "policy.sections.collecting";
/// Patterns of headings of other matters: security, rights, changes.
const OTHER_TERM: &str = "policy.sections.other";
/// Patterns of headings under which words are explained.
const DEFINING_TERM: &str = "policy.sections.defining";
/// Patterns of sentences that tell what a kind of information comprises.
const DEFINES_TERM: &str = "policy.defines";
/// Patterns of sentences that open lists of what personal information is.
const DEFINING_LIST_TERM: &str = "policy.defines.list";
/// Kinds that the law defines.
const GENERAL_TERM: &str = "policy.defines.general";

/// What a sentence says of an item that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stance {
    /// It is collected, used or handed on.
    Collected,
    /// It is not collected.
    Denied,
    /// It is named in a definition, a piece of advice or the like.
    Named,
}

/// How a sentence speaks of the items that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// It says that they are collected, or stands in a table.
    Says,
    /// It says nothing, among sentences on what is collected.
    Lists,
    /// It says nothing, elsewhere.
    Names,
    /// It explains a word, or gives advice.
    Explains,
    /// It belongs to a list of what is not collected.
    Denies,
}

/// What a section is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    Collection,
    Other,
    Definition,
    Unknown,
}

/// Numbers of the patterns for sentences.
const ONLY_NAMES: usize = 0;
const COLLECTS: usize = 1;
const PLAINLY: usize = 2;

/// The patterns, from the lexicon; those that are lacking match nothing.
struct Patterns {
    /// [`ONLY_NAMES`], [`COLLECTS`], [`PLAINLY`].
    sentences: Recognisers,
    collecting: Recogniser,
    other: Recogniser,
    defining: Recogniser,
}

impl Patterns {
    fn new(knowledge: &Knowledge) -> Option<Self> {
        let of = |term| knowledge.term(term).map(|row| Recogniser::new(&row.regex, &[], true));
        Some(Self {
            sentences: Recognisers::new(vec![of(NOT_COLLECTED_TERM)?, of(COLLECTS_TERM)?, of(PLAINLY_TERM)?]),
            collecting: of(COLLECTING_TERM)?,
            other: of(OTHER_TERM)?,
            defining: of(DEFINING_TERM)?,
        })
    }

    /// The subject of a heading: what is collected outweighs what is done with it afterwards.
    fn subject(&self, heading: &str) -> Subject {
        let heading = heading.to_lowercase();
        if self.defining.matches(&heading) {
            Subject::Definition
        } else if self.collecting.matches(&heading) {
            Subject::Collection
        } else if self.other.matches(&heading) {
            Subject::Other
        } else {
            Subject::Unknown
        }
    }

    /// The subject of each section, of headings that say nothing by themselves that of the section around them.
    fn subjects(&self, policy: &Policy) -> Vec<Subject> {
        let mut around: Vec<(u8, Subject)> = Vec::new();
        let of = |section: &Section| {
            around.retain(|(level, _)| *level < section.level);
            let own = self.subject(&section.subject);
            let outer = around.last().map_or(Subject::Unknown, |(_, subject)| *subject);
            let subject = if own == Subject::Unknown || outer == Subject::Definition { outer } else { own };
            around.push((section.level, subject));
            subject
        };
        policy.sections.iter().map(of).collect()
    }
}

/// Mentions of items have ids of this form.
const ITEM: &str = "pi:";

/// What the policy says of each mention of an item, by id (`pi:…`), in the order of the mentions; `purposes` are the
/// parts of the text that say what something is for.
pub(super) fn stances(
    policy: &Policy,
    sentences: &[Sentence<'_>],
    purposes: &[Range<usize>],
    knowledge: &Knowledge,
    mentions: &BTreeMap<String, Vec<Mention>>,
) -> BTreeMap<String, Vec<Stance>> {
    let manners = manners(policy, sentences, knowledge);
    let of_items =
        || mentions.iter().filter_map(|(id, list)| Some((id, knowledge.item(id.strip_prefix(ITEM)?)?, list)));
    let at = |mention: &Mention| manners.partition_point(|(start, _)| *start <= mention.offset).checked_sub(1);
    // Sentences that name an item by a word of its own.
    let plain: BTreeSet<usize> = of_items()
        .flat_map(|(_, row, list)| list.iter().filter(|mention| !row.everyday().any(|name| *name == mention.name)))
        .filter_map(at)
        .collect();
    let stance = |mention: &Mention, is_everyday: bool| {
        let sentence = at(mention);
        let manner = sentence.and_then(|at| manners.get(at)).map_or(Manner::Lists, |(_, manner)| *manner);
        let before = purposes.partition_point(|span| span.start <= mention.offset).checked_sub(1);
        let is_purpose = before.and_then(|at| purposes.get(at)).is_some_and(|span| span.contains(&mention.offset));
        let is_beside_others = sentence.is_some_and(|at| plain.contains(&at));
        match manner {
            _ if mention.negated => Stance::Denied,
            Manner::Denies => Stance::Denied,
            Manner::Explains => Stance::Named,
            _ if is_purpose => Stance::Named,
            _ if mention.withheld => Stance::Named,
            _ if is_everyday && (mention.is_purpose || !mention.is_object) => Stance::Named,
            Manner::Says => Stance::Collected,
            Manner::Lists if !is_everyday || is_beside_others => Stance::Collected,
            _ => Stance::Named,
        }
    };
    of_items()
        .map(|(id, row, list)| {
            let is_everyday = |mention: &Mention| row.everyday().any(|name| *name == mention.name);
            (id.clone(), list.iter().map(|mention| stance(mention, is_everyday(mention))).collect())
        })
        .collect()
}

/// Where each sentence begins, ascending, with how it speaks.
fn manners(policy: &Policy, sentences: &[Sentence<'_>], knowledge: &Knowledge) -> Vec<(usize, Manner)> {
    let Some(patterns) = Patterns::new(knowledge) else { return Vec::new() };
    let subjects = patterns.subjects(policy);
    let said: Vec<Vec<usize>> = sentences.par_iter().map(|sentence| patterns.sentences.of(policy, sentence)).collect();
    let denials = Denials::new(knowledge);
    let denied = denied_lists(policy, sentences, &denials, &said);
    let subject_of = |sentence: &Sentence<'_>| {
        let at = policy.section_index(policy.span(sentence).start);
        at.and_then(|at| subjects.get(at).copied()).unwrap_or(Subject::Unknown)
    };
    let defined = defined_kinds(sentences, knowledge, |number, sentence| {
        let subject = subject_of(sentence);
        let is_said = says(&said, number, COLLECTS) && subject != Subject::Other || says(&said, number, PLAINLY);
        is_said && subject != Subject::Definition && !denied.contains(&number) && !denials.denies(sentence.text)
    });
    let manner_of = |(number, sentence): (usize, &Sentence<'_>)| {
        let start = policy.span(sentence).start;
        let subject = subject_of(sentence);
        let is_defined = defined.contains(&number);
        let is_said = policy.is_cell(sentence) || says(&said, number, COLLECTS);
        let manner = match subject {
            _ if denied.contains(&number) => Manner::Denies,
            Subject::Definition if !is_defined => Manner::Explains,
            _ if !is_defined && says(&said, number, ONLY_NAMES) && !says(&said, number, PLAINLY) => Manner::Explains,
            _ if is_said => Manner::Says,
            Subject::Other if !is_defined => Manner::Names,
            _ => Manner::Lists,
        };
        (start, manner)
    };
    let listed = defining_lists(policy, sentences, knowledge, |number| says(&said, number, COLLECTS));
    let manner = |(number, (start, manner)): (usize, (usize, Manner))| {
        (start, if listed.contains(&number) { Manner::Explains } else { manner })
    };
    sentences.iter().enumerate().map(manner_of).enumerate().map(manner).collect()
}

/// Numbers of the members of lists of what personal information is in general: 本政策涉及的个人信息包括：…；…；….
fn defining_lists(
    policy: &Policy,
    sentences: &[Sentence<'_>],
    knowledge: &Knowledge,
    collects: impl Fn(usize) -> bool,
) -> BTreeSet<usize> {
    let Some(row) = knowledge.term(DEFINING_LIST_TERM) else { return BTreeSet::new() };
    let Ok(opens) = Regex::new(&row.regex.join("|")) else { return BTreeSet::new() };
    let mut out = BTreeSet::new();
    let mut is_open = false;
    for (number, sentence) in sentences.iter().enumerate() {
        let is_member = opens.is_match(sentence.text) || is_open && !collects(number);
        if is_member {
            out.insert(number);
        }
        let behind = policy.text.get(policy.span(sentence).end..).unwrap_or_default();
        is_open = is_member && (behind.starts_with([';', '；']) || sentence.text.ends_with(':'));
    }
    out
}

/// Numbers of the sentences that tell what a kind of information comprises of which the policy says elsewhere, in
/// sentences of which `collects` is true, that it is collected.
fn defined_kinds(
    sentences: &[Sentence<'_>],
    knowledge: &Knowledge,
    collects: impl Fn(usize, &Sentence<'_>) -> bool,
) -> BTreeSet<usize> {
    let Some(pattern) = knowledge.term(DEFINES_TERM).and_then(|row| Regex::new(&row.regex.join("|")).ok()) else {
        return BTreeSet::new();
    };
    let general = words(knowledge, GENERAL_TERM);
    let kind = |text: &str| pattern.captures(text)?.get(1).map(|kind| kind.as_str().to_owned());
    let kinds = sentences.iter().enumerate().filter_map(|(number, sentence)| Some((number, kind(sentence.text)?)));
    let kind_of: BTreeMap<usize, String> = kinds.filter(|(_, kind)| !general.contains(kind)).collect();
    let kinds: Vec<&str> = BTreeSet::from_iter(kind_of.values().map(String::as_str)).into_iter().collect();
    let Some(finder) = AhoCorasick::new(&kinds).ok().filter(|_| !kinds.is_empty()) else { return BTreeSet::new() };
    let mut collected: BTreeSet<&str> = BTreeSet::new();
    for (number, sentence) in sentences.iter().enumerate().filter(|(number, sentence)| collects(*number, sentence)) {
        let own = kind_of.get(&number).map(String::as_str);
        let named = finder.find_overlapping_iter(sentence.text);
        let named = named.filter_map(|found| kinds.get(found.pattern().as_usize()).copied());
        collected.extend(named.filter(|kind| Some(*kind) != own));
    }
    kind_of.iter().filter(|(_, kind)| collected.contains(kind.as_str())).map(|(number, _)| *number).collect()
}

/// True when the sentence of a number says what a pattern of [`Patterns::sentences`] looks for.
fn says(said: &[Vec<usize>], sentence: usize, pattern: usize) -> bool {
    said.get(sentence).is_some_and(|found| found.contains(&pattern))
}

/// Words of denials.
struct Denials {
    negations: Vec<String>,
    /// What makes a condition of them: 未经您同意.
    conditions: Vec<String>,
}

impl Denials {
    fn new(knowledge: &Knowledge) -> Self {
        Self { negations: words(knowledge, NEGATION_TERM), conditions: words(knowledge, "policy.conditions") }
    }

    /// True for a text that denies something whatever the user does.
    fn denies(&self, text: &str) -> bool {
        let has = |words: &[String]| words.iter().any(|word| text.contains(word.as_str()));
        has(&self.negations) && !has(&self.conditions)
    }
}

/// Numbers of the sentences that stand in lists of what is not collected: under a heading or behind a sentence that
/// ends with a colon and says so, up to the next heading or statement.
fn denied_lists(
    policy: &Policy,
    sentences: &[Sentence<'_>],
    denials: &Denials,
    said: &[Vec<usize>],
) -> BTreeSet<usize> {
    let opens = |text: &str| text.trim_end().ends_with([':', '：']) && denials.denies(text);
    let mut out = BTreeSet::new();
    let (mut section, mut is_open, mut is_headed) = (None, false, false);
    for (number, sentence) in sentences.iter().enumerate() {
        let here = policy.section_index(policy.span(sentence).start);
        if here != section {
            section = here;
            let heading = here.and_then(|at| policy.sections.get(at));
            is_headed = heading.is_some_and(|section| denials.denies(&section.heading.to_lowercase()));
            is_open = false;
        }
        if is_headed {
            // Under 我们不会收集的信息 only a plain statement says otherwise.
            if !says(said, number, PLAINLY) {
                out.insert(number);
            }
        } else if opens(sentence.text) {
            is_open = true;
        } else if is_open && says(said, number, COLLECTS) {
            is_open = false;
        } else if is_open {
            out.insert(number);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::policy::read;

    /// The stance of the first mention of an item in a policy.
    fn stance(text: &str, item: &str) -> Option<Stance> {
        let knowledge = Knowledge::embedded();
        let readings = read(&Policy::from_text("p.md", text), &knowledge);
        let mut items = readings.sentences.iter().flat_map(|reading| &reading.items);
        items.find(|(known, _)| known == item).map(|(_, stance)| *stance)
    }

    #[test]
    fn sections_and_sentences_tell_what_is_collected() {
        use Stance::{Collected, Denied, Named};
        for (text, item, wanted) in [
            ("# 政策\n## 一、我们收集的信息\n设备信息：IMEI、性别。\n", "imei", Collected),
            ("# 政策\n## 四、您的权利\n您可以在设置中修改头像、性别。\n", "gender", Named),
            ("# 政策\n## 四、您的权利\n我们会收集您的性别以核实身份。\n", "gender", Collected),
            ("# 政策\n## 八、名词解释\n设备信息包括 IMEI，用于收集统计。\n", "imei", Named),
            ("# 政策\n我们会收集您的设备信息。\n## 八、名词解释\n设备信息：包括 IMEI。\n", "imei", Collected),
            ("# 政策\n我们会收集您的个人信息。\n## 八、名词解释\n个人信息：包括 IMEI。\n", "imei", Named),
            ("# 政策\n我们不收集您的设备信息。\n## 八、名词解释\n设备信息：包括 IMEI。\n", "imei", Named),
            ("# 政策\n## 二、我们不会收集以下信息：\n- 您的通讯录\n- 位置信息\n", "contacts", Denied),
            ("# Policy\n## What We Do NOT Collect\nIt does not use your address book.\n", "contacts", Denied),
            ("# 政策\n我们不会收集：\n- 您的通讯录\n\n我们会收集您的位置信息。\n", "location_precise", Collected),
            ("# 政策\n## 一、信息收集\n（1）账号注册、登录\n", "account", Named),
            ("# 政策\n## 一、信息收集\n您需要提供您的账号、密码。\n", "account", Collected),
            ("# 政策\n## 五、安全\n我们对用户密码加密。\n", "password", Named),
            ("# 政策\n## 三、共享\n我们不会共享您的姓名。\n", "real_name", Named),
            ("# 政策\n本政策中涉及的个人信息包括：\n基本信息（姓名）；\n行踪轨迹（行程信息）；\n", "track", Named),
            ("# 政策\n本政策中涉及的个人信息包括：姓名；\n我们会收集您的行程信息。\n", "track", Collected),
            ("# 政策\n我们未经您同意不会泄露；使用到的权限是“读取网络状态、存储权限”。\n", "network_info", Named),
            ("# 政策\n本应用未声明定位、通讯录、相机权限。\n", "contacts", Denied),
            ("# 政策\n## 三、共享\n统计性信息不涉及您的姓名、电话号码。\n", "real_name", Named),
            ("| SDK名称 | 目的 | 信息 |\n|--|--|--|\n| 甲SDK | 推送 | IMEI |\n", "imei", Collected),
        ] {
            assert_eq!(stance(text, item), Some(wanted), "{text}");
        }
    }
}
