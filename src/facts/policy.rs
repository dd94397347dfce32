//! What the given privacy policy names: third parties, items and permissions.

use std::collections::BTreeMap;

use super::permission::PermissionFact;
use super::sdk::SdkFact;
use crate::evidence::Evidence;
use crate::knowledge::Knowledge;
use crate::knowledge::schema::PiItemRow;
use crate::policy::{Mention, Policy};

/// Mentions found in the policy, by what was looked for.
#[derive(Debug, Clone, Default)]
pub struct PolicyFacts {
    /// The policy's file.
    pub path: String,
    /// Characters of text.
    pub characters: usize,
    mentions: BTreeMap<String, Vec<Mention>>,
    /// The policy says what it collects and why.
    pub has_rules: bool,
}

/// Words that turn a mention into its opposite when they stand before it.
const NEGATION_TERM: &str = "policy.negation";
/// Words without which a text is no set of rules on personal information.
const RULES_TERM: &str = "policy.rules";

impl PolicyFacts {
    /// Looks for everything the app was seen to hold or take.
    pub fn new(
        policy: &Policy,
        knowledge: &Knowledge,
        permissions: &[PermissionFact<'_>],
        sdks: &[SdkFact<'_>],
    ) -> Self {
        let mut wanted: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for sdk in sdks {
            let mut names = vec![sdk.row.name_zh.clone(), sdk.row.name_en.clone()];
            names.extend(sdk.row.aliases.iter().cloned());
            names.extend(sdk.row.packages.iter().cloned());
            wanted.insert(format!("sdk:{}", sdk.row.id), names);
        }
        // Names of all items: those that the app does not take keep shorter names inside them from matching.
        for item in knowledge.items() {
            wanted.insert(format!("pi:{}", item.id), item_names(knowledge, &item.id));
        }
        for fact in permissions {
            let short = fact.declared.name.rsplit('.').next().unwrap_or_default().to_owned();
            let mut names = vec![fact.declared.name.clone(), short];
            if let Some(row) = fact.row {
                names.extend([row.label_zh.clone(), row.label_en.clone()]);
                // Users see one group; a policy that explains one of its permissions explains the group.
                let group =
                    knowledge.permissions().iter().filter(|other| !row.group.is_empty() && other.group == row.group);
                let items = row.pi.iter().chain(group.flat_map(|other| &other.pi));
                names.extend(items.flat_map(|item| item_names(knowledge, item)));
            }
            wanted.insert(format!("permission:{}", fact.declared.name), names);
        }
        let words = |id: &str| {
            knowledge
                .term(id)
                .map(|row| row.zh_hans.iter().chain(&row.zh_hant).chain(&row.en).cloned().collect::<Vec<_>>())
                .unwrap_or_default()
        };
        wanted.insert("rules".into(), words(RULES_TERM));
        let wanted: Vec<(String, Vec<String>)> = wanted
            .into_iter()
            .map(|(id, names)| (id, names.into_iter().filter(|name| !name.trim().is_empty()).collect()))
            .collect();
        let mentions = policy.mentions(&wanted, &words(NEGATION_TERM));
        let has_rules = mentions.get("rules").is_some_and(|found| !found.is_empty());
        Self { path: policy.path.clone(), characters: policy.text.chars().count(), mentions, has_rules }
    }

    fn find(&self, id: &str) -> Option<&Mention> {
        self.mentions.get(id)?.iter().find(|mention| !mention.negated)
    }

    /// Where the policy names an SDK.
    pub fn sdk(&self, id: &str) -> Option<Evidence> {
        self.find(&format!("sdk:{id}")).map(evidence)
    }

    /// Where the policy names an item as collected, or another item whose mention discloses it.
    pub fn item(&self, row: &PiItemRow) -> Option<Evidence> {
        let ids = std::iter::once(&row.id).chain(&row.disclosed_by);
        ids.into_iter().find_map(|id| self.find(&format!("pi:{id}"))).map(evidence)
    }

    /// Where the policy denies collecting an item, when it never says that it does.
    pub fn denied_item(&self, id: &str) -> Option<Evidence> {
        let all = self.mentions.get(&format!("pi:{id}"))?;
        all.iter().all(|mention| mention.negated).then(|| all.first().map(evidence)).flatten()
    }

    /// Where the policy names a permission or what it guards.
    pub fn permission(&self, name: &str) -> Option<Evidence> {
        self.find(&format!("permission:{name}")).map(evidence)
    }
}

fn item_names(knowledge: &Knowledge, id: &str) -> Vec<String> {
    let Some(row) = knowledge.item(id) else { return Vec::new() };
    let mut names = vec![row.zh.clone(), row.en.clone()];
    names.extend(row.aliases_zh.iter().chain(&row.aliases_en).cloned());
    names
}

fn evidence(mention: &Mention) -> Evidence {
    Evidence::Policy { section: mention.section.clone(), quote: mention.quote.clone(), line: mention.line }
}
