//! What the user can see: entries to the privacy policy, and how accounts are made and ended.
//!
//! Texts come from string resources, layouts, component names, files, and the constants of the
//! app's own code. A text of a library's resources speaks for the library, not for the app.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::index::{CodeIndex, Tag};
use super::surface::SurfaceFacts;
use super::used::Used;
use super::{Sources, code_evidence};
use crate::app::manifest::ComponentKind;
use crate::evidence::Evidence;
use crate::knowledge::Knowledge;
use crate::knowledge::schema::TermRow;
use crate::policy::{Lazy, Patterns, gaps_in_bytes};

/// Terms that this file looks for, in the order of [`Lexicon`]'s indices.
const TERMS: [&str; 5] = [POLICY, DELETE, LOGOUT, REGISTER, PURPOSE];
/// Position of [`PURPOSE`].
const PURPOSE_TERM: u32 = 4;
const PURPOSE: &str = "permission.purpose";
const POLICY: &str = "policy.link";
const DELETE: &str = "account.delete";
const LOGOUT: &str = "account.logout";
const REGISTER: &str = "account.register";
/// Longer texts are documents, which patterns of labels do not fit.
const MAX_PATTERN_BYTES: usize = 1500;
/// A label that offers an action is short; longer texts only talk about it.
pub(super) const LABEL_CHARS: usize = 24;

/// The lexicon's terms as automata.
#[derive(Debug)]
pub struct Lexicon {
    phrases: Option<AhoCorasick>,
    owners: Vec<u32>,
    /// Ids of `terms`: [`TERMS`], then those of `surfaces.toml`.
    ids: Vec<String>,
    terms: Vec<Term>,
    /// Patterns of all terms, by number of the term.
    patterns: Patterns,
    surfaces: Vec<Surface>,
    account_component: Term,
    delete_component: Term,
    policy_url: Term,
}

/// A row of `surfaces.toml`.
#[derive(Debug)]
struct Surface {
    id: String,
    /// Numbers of its terms.
    terms: Vec<usize>,
    /// Longer texts only talk about it.
    max_chars: Option<usize>,
}

#[derive(Debug, Default)]
pub(super) struct Term {
    phrases: Vec<String>,
    patterns: Vec<Lazy>,
    negative_words: Vec<String>,
    negative_patterns: Vec<Lazy>,
}

impl Term {
    /// A term of the lexicon by itself.
    pub(super) fn new(knowledge: &Knowledge, id: &str) -> Self {
        let rows = knowledge.term(id).into_iter().flat_map(|row| &row.regex);
        let patterns = rows.map(|pattern| Lazy::new(pattern)).collect();
        Self { patterns, ..Self::without_patterns(knowledge, id) }
    }

    fn without_patterns(knowledge: &Knowledge, id: &str) -> Self {
        let Some(row) = knowledge.term(id) else { return Self::default() };
        let mut out = Self { phrases: phrases(row), ..Self::default() };
        for negative in &row.negative {
            match knowledge.term(negative) {
                Some(other) => out.negative_words.extend(phrases(other)),
                None if negative.starts_with("(?") => out.negative_patterns.push(Lazy::new(negative)),
                None => out.negative_words.push(negative.to_lowercase()),
            }
        }
        out
    }

    fn refuses(&self, text: &str) -> bool {
        let lower = text.to_lowercase();
        self.negative_words.iter().any(|word| lower.contains(word.as_str()))
            || self.negative_patterns.iter().any(|pattern| pattern.is_match(text))
    }

    /// True when a phrase or pattern of the term is in `text` and nothing speaks against it.
    pub(super) fn is_in(&self, text: &str) -> bool {
        let lower = text.to_lowercase();
        let found = self.phrases.iter().any(|phrase| lower.contains(phrase.as_str()))
            || self.patterns.iter().any(|pattern| pattern.is_match(text));
        found && !self.refuses(text)
    }
}

/// Wording of a term in all languages, in lower case.
pub(crate) fn phrases(row: &TermRow) -> Vec<String> {
    row.zh_hans.iter().chain(&row.zh_hant).chain(&row.en).map(|phrase| phrase.to_lowercase()).collect()
}

impl Lexicon {
    /// Compiles the terms.
    pub fn new(knowledge: &Knowledge) -> Self {
        let mut ids: Vec<String> = TERMS.iter().map(|id| (*id).to_owned()).collect();
        for term in knowledge.surfaces().iter().flat_map(|row| &row.terms) {
            if !ids.contains(term) {
                ids.push(term.clone());
            }
        }
        // Patterns of the terms of surfaces stand in the set alone.
        let of_surface = |id: &String| Term::without_patterns(knowledge, id);
        let (first, others) = ids.split_at(TERMS.len());
        let terms: Vec<Term> =
            first.iter().map(|id| Term::new(knowledge, id)).chain(others.iter().map(of_surface)).collect();
        let patterns = ids.iter().enumerate().flat_map(|(at, id)| {
            let row = knowledge.term(id);
            row.into_iter()
                .flat_map(|row| &row.regex)
                .map(move |pattern| (at, gaps_in_bytes(pattern, ".")))
                .collect::<Vec<_>>()
        });
        let patterns = Patterns::new(patterns.collect());
        let mut all = Vec::new();
        let mut owners = Vec::new();
        for (index, term) in (0u32..).zip(&terms) {
            for phrase in &term.phrases {
                all.push(phrase.clone());
                owners.push(index);
            }
        }
        let position = |term: &String| ids.iter().position(|id| id == term);
        let surfaces = knowledge.surfaces().iter().map(|row| Surface {
            id: row.id.clone(),
            terms: row.terms.iter().filter_map(position).collect(),
            max_chars: Some(row.max_chars as usize).filter(|most| *most > 0),
        });
        let surfaces = surfaces.collect();
        let phrases = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(&all)
            .ok();
        Self {
            phrases,
            owners,
            ids,
            terms,
            patterns,
            surfaces,
            account_component: Term::new(knowledge, "account.component"),
            delete_component: Term::new(knowledge, "account.delete.component"),
            policy_url: Term::new(knowledge, "policy.url"),
        }
    }

    /// Tags a constant of the code: addresses, and wording where it reads like text.
    pub fn tag(&self, text: &str, out: &mut Vec<Tag>) {
        let bytes = text.as_bytes();
        if let Some(rest) = text.strip_prefix("http").or_else(|| text.strip_prefix("HTTP"))
            && (rest.starts_with("://") || rest.starts_with("s://") || rest.starts_with("S://"))
        {
            out.push(Tag::Url);
        }
        // Identifiers and descriptors are no text.
        if bytes.is_ascii() && !bytes.contains(&b' ') && !bytes.contains(&b'/')
            || bytes.starts_with(b"L") && bytes.ends_with(b";")
        {
            return;
        }
        let Some(phrases) = &self.phrases else { return };
        for found in phrases.find_iter(text) {
            let term = self.owners.get(found.pattern().as_usize()).copied().unwrap_or(0);
            if !out.contains(&Tag::Term(term)) {
                out.push(Tag::Term(term));
            }
        }
    }

    fn term(&self, id: &str) -> Option<&Term> {
        self.terms.get(self.position(id)?)
    }

    /// Number of a term.
    fn position(&self, id: &str) -> Option<usize> {
        self.ids.iter().position(|known| known == id)
    }

    /// Ids of the surfaces that a text shows.
    pub fn surfaces_in(&self, text: &str) -> impl Iterator<Item = &str> {
        let terms = self.terms_in(text);
        let length = if terms.is_empty() { 0 } else { text.chars().count() };
        let shown = self.surfaces.iter().filter(move |surface| {
            surface.terms.iter().any(|term| terms.contains(term)) && surface.max_chars.is_none_or(|most| length <= most)
        });
        shown.map(|surface| surface.id.as_str())
    }

    /// True when a text shows a term of `surfaces.toml`.
    pub fn shows(&self, term: &str, text: &str) -> bool {
        self.position(term).is_some_and(|term| self.terms_in(text).contains(&term))
    }

    /// True for texts that offer to end the account.
    pub fn ends_account(&self, text: &str) -> bool {
        self.term(DELETE).is_some_and(|term| term.is_in(text))
    }

    /// Numbers of the terms that a text shows.
    fn terms_in(&self, text: &str) -> Vec<usize> {
        let bytes = text.as_bytes();
        let is_word = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_alphanumeric);
        let mut out: Vec<usize> = Vec::new();
        for found in self.phrases.iter().flat_map(|phrases| phrases.find_overlapping_iter(text)) {
            let is_part = bytes.get(found.start()).is_some_and(u8::is_ascii_alphanumeric)
                && is_word(found.start().checked_sub(1))
                || bytes.get(found.end().saturating_sub(1)).is_some_and(u8::is_ascii_alphanumeric)
                    && is_word(Some(found.end()));
            out.extend(self.owners.get(found.pattern().as_usize()).filter(|_| !is_part).map(|term| *term as usize));
        }
        if text.len() <= MAX_PATTERN_BYTES && (!text.is_ascii() || text.contains(' ')) {
            let candidates = self.patterns.candidates(&text.to_lowercase());
            out.extend(candidates.iter().filter(|pattern| pattern.is_match(text)).map(|pattern| pattern.group));
        }
        out.sort_unstable();
        out.dedup();
        out.retain(|term| self.terms.get(*term).is_some_and(|term| !term.refuses(text)));
        out
    }
}

/// Evidence by kind of user-visible text.
#[derive(Debug, Default)]
pub struct UiFacts {
    /// Ways to read the privacy policy.
    pub policy_entries: Vec<Evidence>,
    /// Ways to end the account.
    pub deletions: Vec<Evidence>,
    /// Ways to log out only.
    pub logouts: Vec<Evidence>,
    /// Labels that offer to log in or register.
    pub account_labels: Vec<Evidence>,
    /// Screens of the app's own for logging in or registering.
    pub account_screens: Vec<Evidence>,
    /// Permissions whose purpose some text tells.
    pub purposes: Vec<(String, Evidence)>,
    /// What the app offers or shows.
    pub surfaces: SurfaceFacts,
    /// How many texts, layouts and files were looked through.
    pub searched: Vec<(&'static str, usize)>,
}

/// Labels on different texts that show an account function where no screen's name does.
const ENOUGH_LABELS: usize = 3;

/// What the user reads there, or else a name of the place.
pub(crate) fn text_of(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Resource { text, .. } | Evidence::Layout { text, .. } | Evidence::Asset { text, .. } => text.clone(),
        Evidence::Code { refers_to, .. } => refers_to.clone(),
        other => format!("{other:?}"),
    }
}

/// True for the prompt of a field to fill in: it offers nothing.
fn is_input(evidence: &Evidence) -> bool {
    let Evidence::Layout { view, attribute, .. } = evidence else { return false };
    attribute == "hint" || ["EditText", "TextInput"].iter().any(|name| view.contains(name))
}

/// A text with its place.
pub(super) struct Seen {
    pub(super) text: String,
    pub(super) evidence: Evidence,
}

impl UiFacts {
    /// True when accounts can be made or used. A screen's name or a label alone may be a log-in at somebody
    /// else's service.
    pub fn has_account(&self) -> bool {
        let mut labels: Vec<String> = self.account_labels.iter().map(text_of).collect();
        labels.sort();
        labels.dedup();
        let has_screen = !self.account_screens.is_empty();
        // Who can log out has logged in.
        !self.logouts.is_empty() || has_screen && !labels.is_empty() || labels.len() >= ENOUGH_LABELS
    }

    /// Looks through everything the user may see.
    pub fn new(sources: &Sources<'_>, lexicon: &Lexicon, index: &CodeIndex, used: &Used) -> Self {
        let mut out = Self::default();
        let texts = texts(sources, used);
        for seen in &texts {
            out.take(lexicon, &seen.text, &seen.evidence);
        }
        let purposes = Purposes::new(sources);
        for seen in &texts {
            purposes.take(&seen.text, &|| seen.evidence.clone(), &mut out.purposes);
        }
        for hit in index.hits.iter().filter(|hit| hit.tag == Tag::Term(PURPOSE_TERM)) {
            if let Some(text) = sources.program.dex(hit.site.dex).and_then(|dex| dex.string(hit.site.index)) {
                purposes.take(&text, &|| code_evidence(sources, &hit.site, &text), &mut out.purposes);
            }
        }
        out.components(sources, lexicon);
        out.files(sources, lexicon);
        let constants = out.constants(sources, lexicon, index, used);
        out.surfaces = SurfaceFacts::new(sources, lexicon, index, &texts);
        out.searched = vec![
            ("strings", sources.app.resources.strings.len()),
            ("layouts", sources.app.layouts.len()),
            ("components", sources.app.components.len()),
            ("files", sources.app.assets.len()),
            ("scripts", sources.app.assets.iter().map(|asset| asset.texts.len()).sum()),
            ("constants", constants),
        ];
        out
    }

    fn take(&mut self, lexicon: &Lexicon, text: &str, evidence: &Evidence) {
        let is_label = text.chars().count() <= LABEL_CHARS;
        let hit = |id: &str| lexicon.term(id).is_some_and(|term| term.is_in(text));
        if hit(POLICY) {
            self.policy_entries.push(evidence.clone());
        }
        if lexicon.ends_account(text) {
            self.deletions.push(evidence.clone());
        } else if is_label && hit(LOGOUT) {
            self.logouts.push(evidence.clone());
        } else if is_label && hit(REGISTER) && !is_input(evidence) {
            self.account_labels.push(evidence.clone());
        }
    }

    fn components(&mut self, sources: &Sources<'_>, lexicon: &Lexicon) {
        for component in sources.app.components.iter().filter(|component| component.kind == ComponentKind::Activity) {
            let simple = component.name.rsplit(['.', '$']).next().unwrap_or(&component.name);
            if sources.owners.is_third_party(sources.owners.of_name(&component.name)) {
                continue;
            }
            let evidence = component.place();
            if lexicon.delete_component.is_in(simple) {
                self.deletions.push(evidence);
            } else if lexicon.account_component.is_in(simple) {
                self.account_screens.push(evidence);
            } else if lexicon.policy_url.is_in(simple) {
                self.policy_entries.push(evidence);
            }
        }
    }

    fn files(&mut self, sources: &Sources<'_>, lexicon: &Lexicon) {
        for asset in
            sources.app.assets.iter().filter(|asset| asset.path.starts_with("assets/") && !asset.path.ends_with(".pb"))
        {
            let file = asset.path.rsplit('/').next().unwrap_or_default();
            if lexicon.policy_url.is_in(file) {
                self.policy_entries.push(Evidence::Asset { path: asset.path.clone(), text: String::new() });
            }
        }
        for layout in &sources.app.layouts {
            if lexicon.delete_component.is_in(&layout.file) {
                self.deletions.push(Evidence::Asset { path: layout.file.clone(), text: String::new() });
            }
        }
    }

    /// Constants of code that is not a third party's; returns how many were looked at.
    fn constants(&mut self, sources: &Sources<'_>, lexicon: &Lexicon, index: &CodeIndex, used: &Used) -> usize {
        let mut count = 0usize;
        for hit in &index.hits {
            // Other terms are those of surfaces alone.
            let is_ours = |term: u32| (term as usize) < TERMS.len();
            if !matches!(hit.tag, Tag::Url) && !matches!(hit.tag, Tag::Term(term) if is_ours(term)) {
                continue;
            }
            let class = sources.program.body(hit.site.body).map(|body| body.class);
            if sources.is_third_party(hit.site.body) || class.is_some_and(|class| used.is_undeclared(class)) {
                continue;
            }
            count = count.saturating_add(1);
            let Some(text) = sources.program.dex(hit.site.dex).and_then(|dex| dex.string(hit.site.index)) else {
                continue;
            };
            let evidence = || code_evidence(sources, &hit.site, &text);
            match hit.tag {
                Tag::Url => {
                    if lexicon.policy_url.is_in(&text) {
                        self.policy_entries.push(evidence());
                    } else if lexicon.delete_component.is_in(&text) {
                        self.deletions.push(evidence());
                    }
                }
                // English words of accounts are everyday names in code; Chinese ones are labels.
                Tag::Term(term) if TERMS.get(term as usize) == Some(&REGISTER) && text.is_ascii() => {}
                _ => self.take(lexicon, &text, &evidence()),
            }
        }
        count
    }
}

/// Finds texts that tell what a declared permission is for.
struct Purposes {
    phrases: Vec<String>,
    permissions: Vec<(String, Vec<String>)>,
}

impl Purposes {
    fn new(sources: &Sources<'_>) -> Self {
        let knowledge = sources.knowledge;
        let permissions = sources
            .app
            .permissions
            .iter()
            .filter_map(|declared| {
                let row = knowledge.permission(&declared.name).filter(|row| !row.pi.is_empty())?;
                let mut words: Vec<String> = vec![row.label_zh.to_lowercase(), row.label_en.to_lowercase()];
                for item in row.pi.iter().filter_map(|item| knowledge.item(item)) {
                    let names = item.names();
                    words.extend(names.map(|name| name.to_lowercase()));
                }
                Some((declared.name.clone(), words))
            })
            .collect();
        Self { phrases: knowledge.term(PURPOSE).map(phrases).unwrap_or_default(), permissions }
    }

    fn take(&self, text: &str, evidence: &dyn Fn() -> Evidence, out: &mut Vec<(String, Evidence)>) {
        if self.permissions.is_empty() {
            return;
        }
        let lower = text.to_lowercase();
        if !self.phrases.iter().any(|phrase| lower.contains(phrase.as_str())) {
            return;
        }
        for (name, words) in &self.permissions {
            if words.iter().any(|word| !word.is_empty() && lower.contains(word.as_str()))
                && !out.iter().any(|(known, _)| known == name)
            {
                out.push((name.clone(), evidence()));
            }
        }
    }
}

/// Texts of resources and layouts that are the app's own and that something names.
fn texts(sources: &Sources<'_>, used: &Used) -> Vec<Seen> {
    let prefixes: Vec<&str> =
        sources.owners.rows().flat_map(|(_, _, row)| row.resource_prefixes.iter().map(String::as_str)).collect();
    let mut out = Vec::new();
    for resource in &sources.app.resources.strings {
        if prefixes.iter().any(|prefix| resource.name.starts_with(prefix)) || !used.shows(sources, resource) {
            continue;
        }
        // Chinese first: it is what users and regulators read.
        let (chinese, others): (Vec<_>, Vec<_>) =
            resource.texts.iter().partition(|(locale, _)| locale.starts_with("zh"));
        for (locale, text) in chinese.into_iter().chain(others) {
            out.push(Seen { text: text.clone(), evidence: resource.place(locale, text) });
        }
    }
    for asset in &sources.app.assets {
        out.extend(asset.texts.iter().map(|text| Seen {
            text: text.clone(),
            evidence: Evidence::Asset { path: asset.path.clone(), text: text.clone() },
        }));
    }
    for layout in sources.app.layouts.iter().filter(|layout| !used.is_others(layout)) {
        for view in layout.texts.iter().filter(|view| view.string_id == 0 && view.attribute != "onClick") {
            out.push(Seen {
                text: view.text.clone(),
                evidence: Evidence::Layout {
                    file: layout.file.clone(),
                    view: view.view.clone(),
                    attribute: view.attribute.clone(),
                    text: view.text.clone(),
                    line: view.line,
                },
            });
        }
    }
    out
}
