//! From two reports to what changed.

use std::collections::BTreeMap;

use super::{Change, Changed, Diff, Item, SCHEMA, Section, Side};
use crate::evidence::{Owner, OwnerKind};
use crate::outcome::{Severity, Verdict};
use crate::report::names::Names;
use crate::report::stored::{StoredFinding, StoredOutcome, StoredReport, StoredSdk};

/// Compares two reports, naming things in the language of `names`.
pub fn compare(old: &StoredReport, new: &StoredReport, names: Names<'_>) -> Diff {
    let compared = Compared { old, new, names };
    Diff {
        schema: SCHEMA,
        old: side(old),
        new: side(new),
        caveats: compared.caveats(),
        app: compared.app(),
        permissions: compared.permissions(),
        components: compared.components(),
        sdks: compared.sdks(),
        pi: compared.pi(),
        endpoints: compared.endpoints(),
        outcomes: compared.outcomes(),
        findings: compared.findings(),
    }
}

fn side(report: &StoredReport) -> Side {
    Side {
        path: report.input.path.clone(),
        sha256: report.input.sha256.clone(),
        package: report.app.package.clone(),
        version_name: report.app.version_name.clone(),
        version_code: report.app.version_code,
        signatures: report.tool.signatures.version.clone(),
    }
}

/// A thing on one side: how it is shown, and what is compared of it.
struct Thing {
    item: Item,
    compared: Vec<(&'static str, String)>,
}

/// What came, what went, and what is not alike, by key.
fn section(old: BTreeMap<String, Thing>, mut new: BTreeMap<String, Thing>) -> Section {
    let mut section = Section::default();
    for (key, before) in old {
        let Some(after) = new.remove(&key) else {
            section.removed.push(before.item);
            continue;
        };
        let changes: Vec<Change> = before
            .compared
            .into_iter()
            .zip(after.compared)
            .filter(|((_, old), (_, new))| old != new)
            .map(|((property, old), (_, new))| Change { property, old, new })
            .collect();
        if !changes.is_empty() {
            let worse = weight(&after.item) > weight(&before.item);
            section.changed.push(Changed { item: after.item, changes, worse });
        }
    }
    section.added.extend(new.into_values().map(|thing| thing.item));
    section
}

/// Weight of a finding; the least for other things.
fn weight(item: &Item) -> (bool, Severity) {
    (item.verdict == Some(Verdict::Violation), item.severity.unwrap_or(Severity::Info))
}

/// What the two sides are compared by.
struct Compared<'r> {
    old: &'r StoredReport,
    new: &'r StoredReport,
    names: Names<'r>,
}

impl Compared<'_> {
    fn both(&self, of: impl Fn(&StoredReport) -> BTreeMap<String, Thing>) -> Section {
        section(of(self.old), of(self.new))
    }

    fn yes(&self, yes: bool) -> String {
        self.names.say(if yes { "yes" } else { "no" })
    }

    fn caveats(&self) -> Vec<&'static str> {
        let (old, new) = (self.old, self.new);
        let packed = |report: &StoredReport| report.reach.packer.as_ref().map(|packer| packer.id.clone());
        [
            (old.app.package != new.app.package, "diff.caveat.package"),
            (old.tool.signatures.sha256 != new.tool.signatures.sha256, "diff.caveat.signatures"),
            (old.tool.version != new.tool.version, "diff.caveat.version"),
            (old.skipped_rules != new.skipped_rules, "diff.caveat.rules"),
            (old.reach.policy != new.reach.policy, "diff.caveat.policy"),
            (packed(old).is_some() || packed(new).is_some(), "diff.caveat.packed"),
        ]
        .into_iter()
        .filter_map(|(holds, id)| holds.then_some(id))
        .collect()
    }

    fn app(&self) -> Section {
        self.both(|report| {
            let number = |value: Option<u32>| value.map_or_else(|| "-".to_owned(), |value| value.to_string());
            let mut signers: Vec<String> = report.app.signers.iter().map(|row| row.sha256.clone()).collect();
            signers.sort();
            let compared = vec![
                ("version", format!("{} ({})", report.app.version_name, report.app.version_code)),
                ("label", report.app.label.clone()),
                ("signer", signers.join(", ")),
                ("min_sdk", number(report.app.min_sdk)),
                ("target_sdk", number(report.app.target_sdk)),
                ("size", report.input.size.to_string()),
                ("packer", report.reach.packer.as_ref().map(|packer| packer.id.clone()).unwrap_or_default()),
            ];
            // Another package is a caveat and not a reason to call everything new.
            let item = Item { id: report.app.package.clone(), name: report.app.label.clone(), ..Item::default() };
            BTreeMap::from([(String::new(), Thing { item, compared })])
        })
    }

    fn permissions(&self) -> Section {
        self.both(|report| {
            let rows = report.app.permissions.iter().map(|row| {
                let mut facts = Vec::new();
                if !row.used {
                    facts.push(("used", self.yes(false)));
                }
                let item =
                    Item { id: row.name.clone(), name: self.names.permission(&row.name), facts, ..Item::default() };
                let most = row.max_sdk.map_or_else(|| "-".to_owned(), |value| value.to_string());
                (row.name.clone(), Thing { item, compared: vec![("used", self.yes(row.used)), ("max_sdk", most)] })
            });
            rows.collect()
        })
    }

    fn components(&self) -> Section {
        self.both(|report| {
            let rows = report.app.components.iter().map(|row| {
                let mut facts = vec![("owner", self.names.owner(&row.owner))];
                if row.exported {
                    facts.push(("exported", self.yes(true)));
                }
                let item = Item { id: row.name.clone(), name: row.kind.clone(), facts, ..Item::default() };
                (
                    format!("{} {}", row.kind, row.name),
                    Thing { item, compared: vec![("exported", self.yes(row.exported))] },
                )
            });
            rows.collect()
        })
    }

    fn sdks(&self) -> Section {
        let presence = |row: &StoredSdk| self.names.say(&format!("presence.{}", row.presence));
        self.both(|report| {
            let rows = report.sdks.iter().map(|row| {
                let version = row.version.clone().unwrap_or_else(|| "-".to_owned());
                let mut facts = vec![("version", version.clone()), ("presence", presence(row))];
                if !row.vendor.is_empty() {
                    let vendor = self.names.knowledge.sdk(&row.id).map(|(file, _)| file);
                    let vendor = vendor.map(|file| self.names.lang.pick(&file.vendor_zh, &file.vendor_en).to_owned());
                    facts.push(("vendor", vendor.unwrap_or_else(|| row.vendor.clone())));
                }
                if !row.collects {
                    facts.push(("library", self.yes(true)));
                }
                let item = Item { id: row.id.clone(), name: self.names.sdk(&row.id), facts, ..Item::default() };
                (row.id.clone(), Thing { item, compared: vec![("version", version), ("presence", presence(row))] })
            });
            rows.collect()
        })
    }

    fn owner_id(owner: &Owner) -> String {
        match owner.kind {
            OwnerKind::Sdk | OwnerKind::Library => owner.id.clone(),
            kind => kind.as_str().to_owned(),
        }
    }

    fn pi(&self) -> Section {
        self.both(|report| {
            let rows = report.pi.iter().map(|row| {
                let consent = self.names.say(&format!("consent.{}", row.consent));
                let phases = self.names.phases(&row.phases);
                let id = format!("{} @ {}", row.item, Self::owner_id(&row.owner));
                let mut facts = vec![
                    ("owner", self.names.owner(&row.owner)),
                    ("consent", consent.clone()),
                    ("phases", phases.clone()),
                ];
                if row.inventory_only {
                    facts.push(("inventory", self.yes(true)));
                }
                let item = Item { id: id.clone(), name: self.names.item(&row.item), facts, ..Item::default() };
                (id, Thing { item, compared: vec![("consent", consent), ("phases", phases)] })
            });
            rows.collect()
        })
    }

    fn endpoints(&self) -> Section {
        self.both(|report| {
            let rows = report.endpoints.iter().map(|row| {
                let owners = self.names.list(row.owners.iter().map(|owner| self.names.owner(owner)));
                let mut facts = vec![("owner", owners.clone())];
                if !row.country.is_empty() {
                    facts.push(("country", row.country.clone()));
                }
                if row.cleartext {
                    facts.push(("cleartext", self.yes(true)));
                }
                let item = Item { id: row.host.clone(), name: row.host.clone(), facts, ..Item::default() };
                let compared = vec![("cleartext", self.yes(row.cleartext)), ("owner", owners)];
                (row.host.clone(), Thing { item, compared })
            });
            rows.collect()
        })
    }

    fn title(&self, outcome: &StoredOutcome) -> String {
        let row = self.names.knowledge.rule(&outcome.rule);
        row.map_or_else(|| outcome.title.clone(), |row| self.names.lang.pick(&row.title.zh, &row.title.en).to_owned())
    }

    fn outcomes(&self) -> Section {
        self.both(|report| {
            let rows = report.outcomes.iter().map(|row| {
                let end = self.names.verdict(row.verdict);
                let facts = vec![("verdict", end.clone())];
                let item = Item { id: row.rule.clone(), name: self.title(row), facts, ..Item::default() };
                (row.rule.clone(), Thing { item, compared: vec![("verdict", end)] })
            });
            rows.collect()
        })
    }

    fn findings(&self) -> Section {
        let thing = |outcome: &StoredOutcome, row: &StoredFinding| {
            let item = Item {
                id: row.fingerprint.clone(),
                name: row.explanation.clone(),
                facts: vec![("rule", outcome.rule.clone())],
                verdict: Some(row.verdict),
                severity: Some(row.severity),
            };
            let compared =
                vec![("verdict", self.names.verdict(row.verdict)), ("severity", self.names.severity(row.severity))];
            Thing { item, compared }
        };
        let of = |report: &StoredReport| {
            report.findings().map(|(outcome, row)| (row.fingerprint.clone(), thing(outcome, row))).collect()
        };
        let mut section = section(of(self.old), of(self.new));
        // What nobody could look for now is not mended.
        for item in &mut section.removed {
            let rule = item.facts.first().map(|(_, rule)| rule.as_str()).unwrap_or_default();
            match self.new.outcomes.iter().find(|outcome| outcome.rule == rule).map(|outcome| outcome.verdict) {
                Some(Verdict::Undetermined) => item.facts.push(("now", self.names.verdict(Verdict::Undetermined))),
                None => item.facts.push(("now", self.names.say("head.skipped"))),
                Some(_) => {}
            }
        }
        // The worst first; the order of fingerprints says nothing.
        let gravity =
            |item: &Item| (item.verdict, item.severity.map(std::cmp::Reverse), item.facts.clone(), item.id.clone());
        section.added.sort_by_key(gravity);
        section.removed.sort_by_key(gravity);
        section.changed.sort_by_key(|changed| gravity(&changed.item));
        section
    }
}
