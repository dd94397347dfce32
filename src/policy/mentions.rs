//! Where a policy names things, and whether the clause denies them.
//!
//! Policies write names carelessly: full-width letters, spaces at will between Chinese and Latin
//! script, any case. Text and names are therefore compared in a normal form, made once per policy.
//! All names are looked for at once; a name inside a longer name does not count (移动设备识别码
//! within 国际移动设备识别码), nor does one that only arises where two words meet (私信 in 隐私信息).

use std::collections::{BTreeMap, HashMap};

use rustc_hash::FxHashMap;

use super::{Policy, finder::Finder, normal::around, normal::normal_name};

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
pub(super) const MAX_MENTIONS: usize = 1000;
/// Longest quotation in characters.
const MAX_QUOTE_CHARS: usize = 160;

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
        let text = self.normal.text();
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

    /// Spans of `phrases` in the normal form, ascending.
    fn find_all(&self, phrases: &[String]) -> Vec<(usize, usize)> {
        let normal: Vec<String> =
            phrases.iter().map(|phrase| normal_name(phrase)).filter(|phrase| !phrase.is_empty()).collect();
        let text = self.normal.text();
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
            end: self.original_end(end),
            name: name.to_owned(),
            negated: self.is_negated(start, end, sentence, &spans.denials, grammar),
            withheld: self.is_withheld(start, sentence.0, &spans.withholdings, grammar),
            is_purpose: self.is_purpose(start, sentence.0, &spans.purposes, grammar),
            is_object: self.is_object(start, end, sentence, grammar),
        }
    }

    /// Byte of the original behind the character that ends at byte `end` of the normal form.
    fn original_end(&self, end: usize) -> usize {
        let normal = self.normal.text().get(..end).and_then(|text| text.chars().next_back()).map_or(0, char::len_utf8);
        let last = self.normal.origin(end.saturating_sub(normal), self.text.len());
        let bytes = self.text.get(last..).and_then(|text| text.chars().next()).map_or(0, char::len_utf8);
        last.saturating_add(bytes)
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
        shorten(&self.written()[from..to.max(hit.end)], hit.start.saturating_sub(from))
    }

    fn is_negated(
        &self,
        start: usize,
        end: usize,
        (from, to): (usize, usize),
        denials: &[(usize, usize)],
        grammar: &Grammar,
    ) -> bool {
        let text = self.normal.text();
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
            let between = without_phrases(&self.normal.text()[end..start], &grammar.no_contrasts);
            !grammar.contrasts.iter().any(|word| between.contains(word.as_str()))
        })
    }

    fn is_object(&self, start: usize, end: usize, (from, to): (usize, usize), grammar: &Grammar) -> bool {
        let text = self.normal.text();
        let (before, behind) = (text[from..start].trim_end(), text[end..to].trim_start());
        let has = |words: &[String], fits: &dyn Fn(&str) -> bool| words.iter().any(|word| fits(word));
        (before.is_empty() || has(&grammar.before_objects, &|word| before.ends_with(word)))
            && (behind.is_empty() || has(&grammar.behind_objects, &|word| behind.starts_with(word)))
    }

    /// True behind a word that begins a purpose, within the same clause.
    fn is_purpose(&self, start: usize, from: usize, purposes: &[(usize, usize)], grammar: &Grammar) -> bool {
        last_within(purposes, from, start).is_some_and(|(_, end)| {
            let between = &self.normal.text()[end..start];
            !between.contains([',', ':', '(']) && !grammar.takings.iter().any(|word| between.contains(word.as_str()))
        })
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

fn without_phrases(text: &str, phrases: &[String]) -> String {
    phrases.iter().fold(text.to_owned(), |text, phrase| text.replace(phrase.as_str(), ""))
}

/// What stands before the colon of an id; a kind of its own for ids without one.
pub(super) fn kind(id: &str) -> &str {
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
