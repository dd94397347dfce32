//! What the given privacy policy names: third parties, items and permissions.

use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;

use super::permission::PermissionFact;
use super::sdk::SdkFact;
use super::sdk_list::{self, ListedSdk};
use super::stance::{Stance, stances};
use crate::evidence::Evidence;
use crate::knowledge::Knowledge;
use crate::knowledge::schema::{ContentNeed, ContentRow, ContentSeverity, PermissionRow, PiItemRow, SdkRow};
use crate::outcome::{Severity, Verdict};
use crate::policy::{Grammar, Labels, Mention, Passage, Policy, Recogniser, Recognisers, Script, Sentence, Simplifier};

/// Mentions found in the policy, by what was looked for.
#[derive(Debug, Clone, Default)]
pub struct PolicyFacts {
    /// The policy's file.
    pub path: String,
    /// It lies in the package: what users are shown today may be another one.
    pub is_embedded: bool,
    /// Characters of text.
    pub characters: usize,
    mentions: BTreeMap<String, Vec<Mention>>,
    /// What it says of each mention of an item.
    stances: BTreeMap<String, Vec<Stance>>,
    /// A word that covers an item discloses it.
    accepts_general: bool,
    /// The policy says what it collects and why.
    pub has_rules: bool,
    /// Sentences and cells.
    pub sentences: usize,
    /// By id of `policy-content.toml`, where the policy says it.
    pub content: BTreeMap<String, Evidence>,
    /// Where it speaks of permissions, by name and by group.
    spoken: BTreeMap<String, Evidence>,
    /// Rows of its lists of third parties.
    pub listed: Vec<ListedSdk>,
    /// In which script it is written.
    pub script: Script,
    /// Its first sentence.
    pub opening: Option<Evidence>,
}

/// Words that turn a mention into its opposite when they stand before it.
pub(super) const NEGATION_TERM: &str = "policy.negation";
/// Words without which a text is no set of rules on personal information.
const RULES_TERM: &str = "policy.rules";

/// Words for permission.
const PERMISSION_TERM: &str = "policy.permission";

/// Characters that simplified Chinese does not use.
const TRADITIONAL_TERM: &str = "policy.traditional";

impl PolicyFacts {
    /// Looks for everything the app was seen to hold or take.
    pub fn new(
        policy: &Policy,
        knowledge: &Knowledge,
        permissions: &[PermissionFact<'_>],
        sdks: &[SdkFact<'_>],
        accepts_general: bool,
    ) -> Self {
        let mut wanted: BTreeMap<String, Vec<String>> = BTreeMap::new();
        wanted.extend(sdk_list::wanted(knowledge, sdks.iter().map(|sdk| sdk.row)));
        // Names of all items: those that the app does not take keep shorter names inside them from matching.
        wanted.extend(all_items(knowledge));
        for fact in permissions {
            let mut names = permission_names(&fact.declared.name, fact.row);
            if let Some(row) = fact.row {
                // Users see one group; a policy that explains one of its permissions explains the group.
                let group =
                    knowledge.permissions().iter().filter(|other| !row.group.is_empty() && other.group == row.group);
                let items = row.pi.iter().chain(group.flat_map(|other| &other.pi));
                names.extend(items.flat_map(|item| item_names(knowledge, item)));
            }
            wanted.insert(format!("permission:{}", fact.declared.name), names);
        }
        let general = knowledge.items().iter().filter(|row| !row.general_zh.is_empty() || !row.general_en.is_empty());
        wanted.extend(
            general.map(|row| (format!("general:{}", row.id), [&row.general_zh[..], &row.general_en].concat())),
        );
        wanted.insert("rules".into(), words(knowledge, RULES_TERM));
        let (mentions, labels) = rayon::join(|| find(policy, knowledge, wanted), || sdk_list::labels(knowledge));
        let has_rules = mentions.get("rules").is_some_and(|found| !found.is_empty());
        let sentences = policy.sentences();
        let (stances, listed) = understood(policy, &sentences, knowledge, &labels, &mentions);
        let content = content(policy, &sentences, knowledge);
        let spoken = spoken(policy, &sentences, knowledge, permissions);
        let opening = sentences.first().map(|sentence| Evidence::from(policy.passage(sentence)));
        Self {
            path: policy.path.clone(),
            is_embedded: policy.is_embedded,
            characters: policy.text.chars().count(),
            mentions,
            stances,
            accepts_general,
            has_rules,
            sentences: sentences.len(),
            content,
            spoken,
            listed,
            script: policy.script(&words(knowledge, TRADITIONAL_TERM).concat()),
            opening,
        }
    }

    /// Where the policy says what a row of `policy-content.toml` stands for.
    pub fn says(&self, content: &str) -> Option<Evidence> {
        self.content.get(content).cloned()
    }

    /// Rows of `policy-content.toml` with where the policy says it.
    pub fn statements<'k>(
        &self,
        knowledge: &'k Knowledge,
    ) -> impl Iterator<Item = (&'k ContentRow, Option<&Evidence>)> {
        knowledge.policy_content().iter().map(|row| (row, self.content.get(&row.id)))
    }

    /// How far a finding may go: against a policy that nobody gave, a violation is a risk.
    pub fn weigh(&self, verdict: Verdict) -> Verdict {
        if self.is_embedded && verdict == Verdict::Violation { Verdict::Risk } else { verdict }
    }

    fn find(&self, id: &str) -> Option<&Mention> {
        self.mentions.get(id)?.iter().find(|mention| !mention.negated)
    }

    /// Where the policy names an SDK.
    pub fn sdk(&self, id: &str) -> Option<Evidence> {
        let row = || self.rows_of(id).next().map(|row| row.place.clone());
        self.find(&format!("sdk:{id}")).map(evidence).or_else(row)
    }

    /// Where the policy names an SDK, or a product in the app that brings it along.
    pub fn discloses(&self, row: &SdkRow) -> Option<Evidence> {
        self.sdk(&row.id).or_else(|| row.part_of.iter().find_map(|id| self.sdk(id)))
    }

    /// Rows of the policy's lists that stand for an SDK.
    pub fn rows_of<'f>(&'f self, sdk: &'f str) -> impl Iterator<Item = &'f ListedSdk> {
        self.listed.iter().filter(move |row| row.sdks.iter().any(|id| id == sdk))
    }

    /// Where the policy names an item as collected, or another item whose mention discloses it.
    pub fn item(&self, row: &PiItemRow) -> Option<Evidence> {
        let said = row.disclosing().find_map(|id| self.item_itself(id));
        said.or_else(|| self.accepts_general.then(|| self.general(&row.id)).flatten())
    }

    /// Where the policy has a word that covers an item without naming it.
    pub fn general(&self, id: &str) -> Option<Evidence> {
        self.find(&format!("general:{id}")).map(evidence)
    }

    /// Where the policy names the item itself as collected, whatever else would disclose it.
    pub fn item_itself(&self, id: &str) -> Option<Evidence> {
        self.item_said(id, Stance::Collected)
    }

    /// Where the policy names an item, or another whose mention discloses it, without saying that it is collected.
    pub fn named_item(&self, row: &PiItemRow) -> Option<Evidence> {
        row.disclosing().find_map(|id| self.item_said(id, Stance::Named))
    }

    fn item_said(&self, id: &str, wanted: Stance) -> Option<Evidence> {
        let id = format!("pi:{id}");
        let at = self.stances.get(&id)?.iter().position(|stance| *stance == wanted)?;
        self.mentions.get(&id)?.get(at).map(evidence)
    }

    /// Where the policy denies collecting an item, when it never says that it does.
    pub fn denied_item(&self, id: &str) -> Option<Evidence> {
        let id = format!("pi:{id}");
        let is_denied = self.stances.get(&id)?.iter().all(|stance| *stance == Stance::Denied);
        is_denied.then(|| self.mentions.get(&id)?.first().map(evidence)).flatten()
    }

    /// Where the policy names a permission, its group, or what it guards.
    pub fn permission(&self, name: &str, row: Option<&PermissionRow>) -> Option<Evidence> {
        let group = row.map(|row| row.group.as_str()).filter(|group| !group.is_empty());
        let spoken = || [Some(name), group].into_iter().flatten().find_map(|name| self.spoken.get(name)).cloned();
        self.find(&format!("permission:{name}")).map(evidence).or_else(spoken)
    }
}

/// Terms that say how traditional Chinese reads in simplified Chinese.
const CHARACTERS_TERM: &str = "policy.script.characters";
const WORDS_TERM: &str = "policy.script.words";

fn simplifier(knowledge: &Knowledge) -> Simplifier {
    let pairs =
        |term| knowledge.term(term).map(|row| (row.zh_hant.as_slice(), row.zh_hans.as_slice())).unwrap_or_default();
    let (old, new) = pairs(CHARACTERS_TERM);
    let characters = old.iter().flat_map(|text| text.chars()).zip(new.iter().flat_map(|text| text.chars()));
    let (words, others) = pairs(WORDS_TERM);
    Simplifier::new(characters, words.iter().cloned().zip(others.iter().cloned()))
}

/// The policy as it is read: one in traditional Chinese as in simplified Chinese.
pub fn as_read(policy: Policy, knowledge: &Knowledge) -> Policy {
    let is_traditional = policy.script(&words(knowledge, TRADITIONAL_TERM).concat()) == Script::Traditional;
    if is_traditional { policy.simplified(&simplifier(knowledge)) } else { policy }
}

pub(super) fn words(knowledge: &Knowledge, term: &str) -> Vec<String> {
    let row = knowledge.term(term);
    row.map(|row| row.zh_hans.iter().chain(&row.zh_hant).chain(&row.en).cloned().collect()).unwrap_or_default()
}

/// Names under which a text names a permission. Short ones such as INTERNET and CAMERA are words of everyday English.
fn permission_names(name: &str, row: Option<&PermissionRow>) -> Vec<String> {
    let short = name.rsplit('.').next().filter(|short| short.contains('_'));
    let labels = row.into_iter().flat_map(|row| [row.label_zh.clone(), row.label_en.clone()]);
    [name.to_owned()].into_iter().chain(short.map(str::to_owned)).chain(labels).collect()
}

fn all_items(knowledge: &Knowledge) -> impl Iterator<Item = (String, Vec<String>)> + '_ {
    knowledge.items().iter().map(|item| (format!("pi:{}", item.id), item_names(knowledge, &item.id)))
}

fn find(
    policy: &Policy,
    knowledge: &Knowledge,
    wanted: BTreeMap<String, Vec<String>>,
) -> BTreeMap<String, Vec<Mention>> {
    let named = |(id, names): (String, Vec<String>)| {
        (id, names.into_iter().filter(|name| !name.trim().is_empty()).collect::<Vec<_>>())
    };
    let wanted: Vec<(String, Vec<String>)> = wanted.into_iter().map(named).collect();
    policy.mentions(&wanted, &grammar(knowledge))
}

/// What the policy says of each mention of an item, and its lists of third parties.
fn understood(
    policy: &Policy,
    sentences: &[Sentence<'_>],
    knowledge: &Knowledge,
    labels: &Labels,
    mentions: &BTreeMap<String, Vec<Mention>>,
) -> (BTreeMap<String, Vec<Stance>>, Vec<ListedSdk>) {
    let rows = policy.rows(labels);
    rayon::join(
        || stances(policy, sentences, &policy.purposes(labels, &rows), knowledge, mentions),
        || sdk_list::collect(policy, labels, &rows, knowledge, mentions),
    )
}

/// How sentences are read, from the lexicon.
pub(crate) fn grammar(knowledge: &Knowledge) -> Grammar {
    Grammar {
        false_friends: words(knowledge, "policy.false_friends"),
        negations: words(knowledge, NEGATION_TERM),
        negations_behind: words(knowledge, "policy.negation_behind"),
        takings: words(knowledge, "policy.takes"),
        before_objects: words(knowledge, "policy.object.before"),
        behind_objects: words(knowledge, "policy.object.behind"),
        withholdings: words(knowledge, "policy.withholding"),
        purposes: words(knowledge, "policy.purpose"),
        contrasts: words(knowledge, "policy.contrast"),
        no_contrasts: words(knowledge, "policy.no_contrast"),
        verbs: words(knowledge, "policy.verbs"),
        conditions: words(knowledge, "policy.conditions"),
        makers: words(knowledge, "policy.makers"),
        devices: words(knowledge, "policy.makers.devices"),
        exceptions: words(knowledge, "policy.exceptions"),
        shared_heads: words(knowledge, "policy.shared_heads")
            .iter()
            .map(|group| group.split('/').map(str::to_owned).collect())
            .collect(),
    }
}

/// How each row of `policy-content.toml` is recognised; the rows were checked when they were read.
fn recognisers(knowledge: &Knowledge) -> Recognisers {
    let rows = knowledge.policy_content().iter();
    Recognisers::new(rows.map(|row| Recogniser::new(&row.patterns, &row.without, row.tables)).collect())
}

/// Characters before the word: 相机和相册的使用权限.
const BEFORE_WORD: usize = 16;
/// Characters behind it where a list begins, and of the list: 系统权限包括：悬浮窗、麦克风.
const BEHIND_WORD: usize = 6;
const LISTED: usize = 40;
/// Places of the word that are looked at in one sentence.
const MAX_WORDS: usize = 64;

/// The parts of a sentence in which names of permissions stand beside one of the `words` for permission.
fn permission_parts<'t>(words: &[String], text: &'t str) -> Vec<&'t str> {
    let mut out = Vec::new();
    for word in words {
        for (at, _) in text.match_indices(word.as_str()).take(MAX_WORDS) {
            let (before, behind) = (&text[..at], &text[at.saturating_add(word.len())..]);
            let from = before.char_indices().rev().nth(BEFORE_WORD.saturating_sub(1)).map_or(0, |(from, _)| from);
            out.push(&text[from..at]);
            let begins = behind.chars().take(BEHIND_WORD).any(|c| matches!(c, ':' | '('));
            if begins || word.is_ascii() {
                out.push(behind.char_indices().nth(LISTED).map_or(behind, |(end, _)| &behind[..end]));
            }
        }
    }
    out
}

/// Permissions that a sentence speaks of.
fn spoken_in<'k>(knowledge: &'k Knowledge, words: &[String], text: &str) -> Vec<&'k PermissionRow> {
    let parts = permission_parts(words, text);
    // Most sentences speak of none.
    if parts.is_empty() {
        return Vec::new();
    }
    let is_spoken = |row: &&PermissionRow| parts.iter().any(|part| row.spoken.iter().any(|name| part.contains(name)));
    knowledge.permissions().iter().filter(is_spoken).collect()
}

/// Where the policy speaks of the app's permissions, by name and by group.
fn spoken(
    policy: &Policy,
    sentences: &[Sentence<'_>],
    knowledge: &Knowledge,
    permissions: &[PermissionFact<'_>],
) -> BTreeMap<String, Evidence> {
    let is_declared = |row: &PermissionRow| {
        permissions.iter().any(|fact| {
            fact.declared.name == row.name
                || !row.group.is_empty() && fact.row.is_some_and(|declared| declared.group == row.group)
        })
    };
    let words = words(knowledge, PERMISSION_TERM);
    let mut out = BTreeMap::new();
    for sentence in sentences {
        for row in spoken_in(knowledge, &words, sentence.text).into_iter().filter(|row| is_declared(row)) {
            for name in [&row.name, &row.group].into_iter().filter(|name| !name.is_empty()) {
                out.entry(name.clone()).or_insert_with(|| Evidence::from(policy.passage(sentence)));
            }
        }
    }
    out
}

/// By id of `policy-content.toml` where the policy says it.
fn content(policy: &Policy, sentences: &[Sentence<'_>], knowledge: &Knowledge) -> BTreeMap<String, Evidence> {
    let recognisers = recognisers(knowledge);
    let said: Vec<Vec<usize>> = sentences.par_iter().map(|sentence| recognisers.of(policy, sentence)).collect();
    let mut out = BTreeMap::new();
    for (sentence, numbers) in sentences.iter().zip(said) {
        for row in numbers.into_iter().filter_map(|number| knowledge.policy_content().get(number)) {
            out.entry(row.id.clone()).or_insert_with(|| Evidence::from(policy.passage(sentence)));
        }
    }
    out
}

/// True when the policy of an app with or without accounts must say what the row stands for.
pub(crate) fn is_needed(row: &ContentRow, has_account: bool) -> bool {
    match row.needs {
        ContentNeed::Always => true,
        ContentNeed::Account => has_account,
        ContentNeed::Never | ContentNeed::Forbidden => false,
    }
}

/// How bad a fault in what the row stands for is.
pub(crate) fn severity(row: &ContentRow) -> Severity {
    match row.severity {
        ContentSeverity::High => Severity::High,
        ContentSeverity::Medium => Severity::Medium,
        ContentSeverity::Low => Severity::Low,
    }
}

/// Name and number of the clause behind the row.
pub(crate) fn basis(knowledge: &Knowledge, row: &ContentRow) -> String {
    let clause = knowledge.clause(&row.clause);
    clause.map(|(instrument, clause)| format!("《{}》{}", instrument.title_zh, clause.clause_no)).unwrap_or_default()
}

impl From<Passage> for Evidence {
    fn from(passage: Passage) -> Self {
        Self::Policy { section: passage.section, quote: passage.quote, line: passage.line }
    }
}

/// What one sentence of a policy was understood to say.
#[derive(Debug)]
pub struct Reading {
    /// Where it stands.
    pub passage: Passage,
    /// Ids of `policy-content.toml`.
    pub content: Vec<String>,
    /// Items with what the sentence says of them.
    pub items: Vec<(String, Stance)>,
    /// SDK ids.
    pub sdks: Vec<String>,
    /// Permission names.
    pub permissions: Vec<String>,
}

/// Everything that is understood of a policy, whatever app it is for.
#[derive(Debug)]
pub struct Readings {
    /// Sentence by sentence.
    pub sentences: Vec<Reading>,
    /// Rows of its lists of third parties.
    pub listed: Vec<ListedSdk>,
}

/// Reads a policy without an app.
pub fn read(policy: &Policy, knowledge: &Knowledge) -> Readings {
    let mut wanted: BTreeMap<String, Vec<String>> = all_items(knowledge).collect();
    let rows = knowledge.sdks().iter().flat_map(|file| &file.sdk);
    wanted.extend(sdk_list::wanted(knowledge, rows));
    let rows = knowledge.permissions().iter();
    // Labels of permissions are everyday words.
    wanted.extend(rows.map(|row| (format!("permission:{}", row.name), permission_names(&row.name, None))));
    let (mentions, labels) = rayon::join(|| find(policy, knowledge, wanted), || sdk_list::labels(knowledge));
    let sentences = policy.sentences();
    let (stances, listed) = understood(policy, &sentences, knowledge, &labels, &mentions);
    let mut by_place: Vec<(usize, &str, Option<Stance>)> = Vec::new();
    for (id, list) in &mentions {
        let said = stances.get(id).map(Vec::as_slice).unwrap_or_default();
        let places = list.iter().enumerate();
        by_place.extend(places.map(|(at, mention)| (mention.offset, id.as_str(), said.get(at).copied())));
    }
    by_place.sort_unstable_by_key(|(offset, id, _)| (*offset, *id));
    let recognisers = recognisers(knowledge);
    let permission_words = words(knowledge, PERMISSION_TERM);
    let sentences = sentences
        .par_iter()
        .map(|sentence| {
            let Range { start, end } = policy.span(sentence);
            let from = by_place.partition_point(|(offset, ..)| *offset < start);
            let to = by_place.partition_point(|(offset, ..)| *offset < end);
            let mut reading = Reading {
                passage: policy.passage(sentence),
                content: Vec::new(),
                items: Vec::new(),
                sdks: Vec::new(),
                permissions: Vec::new(),
            };
            for (_, id, stance) in by_place.get(from..to).unwrap_or_default() {
                match id.split_once(':') {
                    Some(("pi", item)) => {
                        let stance = stance.unwrap_or(Stance::Named);
                        match reading.items.iter_mut().find(|(known, _)| known == item) {
                            // A sentence may explain a word and say that it is collected.
                            Some((_, known)) if *known == Stance::Named => *known = stance,
                            Some(_) => {}
                            None => reading.items.push((item.to_owned(), stance)),
                        }
                    }
                    Some(("sdk", sdk)) if !reading.sdks.iter().any(|known| known == sdk) => {
                        reading.sdks.push(sdk.to_owned());
                    }
                    Some(("permission", name)) if !reading.permissions.iter().any(|known| known == name) => {
                        reading.permissions.push(name.to_owned());
                    }
                    _ => {}
                }
            }
            let spoken = spoken_in(knowledge, &permission_words, sentence.text);
            reading.permissions.extend(spoken.into_iter().map(|row| row.name.clone()));
            reading.permissions.sort_unstable();
            reading.permissions.dedup();
            let rows = recognisers.of(policy, sentence).into_iter();
            let rows = rows.filter_map(|number| knowledge.policy_content().get(number));
            reading.content = rows.map(|row| row.id.clone()).collect();
            reading
        })
        .collect();
    Readings { sentences, listed }
}

fn item_names(knowledge: &Knowledge, id: &str) -> Vec<String> {
    knowledge.item(id).map(|row| row.names().cloned().collect()).unwrap_or_default()
}

fn evidence(mention: &Mention) -> Evidence {
    Evidence::Policy { section: mention.section.clone(), quote: mention.quote.clone(), line: mention.line }
}
