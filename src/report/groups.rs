//! The findings by whom or what they concern: an owner of code, or a clause.

use std::collections::BTreeMap;

use super::names::Names;
use super::{FindingSummary, OutcomeSummary, Report};
use crate::evidence::{Evidence, Owner, OwnerKind};
use crate::outcome::Verdict;

/// How a report is arranged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Grouping {
    /// By flagged behaviour, a rule each
    #[default]
    Behaviour,
    /// By clause of the law, with what is left to a person
    Clause,
    /// By owner: the app's own code, each SDK
    Sdk,
}

/// Findings of one owner.
#[derive(Debug, Clone)]
pub struct Party<'r> {
    /// Whose code or declaration it is.
    pub owner: Owner,
    /// The worst of the findings.
    pub verdict: Verdict,
    /// The findings with their rules, gravest first.
    pub findings: Vec<(&'r OutcomeSummary, &'r FindingSummary)>,
}

impl FindingSummary {
    /// Whose conduct it is: the SDK that it is about, else the owner of the code that shows it, else the app.
    pub fn party(&self) -> Owner {
        if let Some(id) = &self.about.sdk {
            return Owner { kind: OwnerKind::Sdk, id: id.clone() };
        }
        let shown = self.evidence.iter().find_map(|evidence| match evidence {
            Evidence::Code { owner, .. } => Some(owner.clone()),
            _ => None,
        });
        shown.unwrap_or_else(Owner::app)
    }
}

impl Report {
    /// The findings by owner: the app first, then the owners with the gravest findings.
    pub fn by_party(&self) -> Vec<Party<'_>> {
        let mut parties: BTreeMap<Owner, Vec<(&OutcomeSummary, &FindingSummary)>> = BTreeMap::new();
        for (outcome, finding) in self.findings() {
            parties.entry(finding.party()).or_default().push((outcome, finding));
        }
        let mut out: Vec<Party<'_>> = parties
            .into_iter()
            .map(|(owner, findings)| {
                let verdict = findings.iter().map(|(_, finding)| finding.verdict).min().unwrap_or(Verdict::Risk);
                Party { owner, verdict, findings }
            })
            .collect();
        out.sort_by_key(|party| (party.owner.kind != OwnerKind::App, party.verdict));
        out
    }

    /// The steps of the checklist by how the rules ended on them, as heading and steps.
    pub fn checklist_by_reason(&self, names: Names<'_>) -> Vec<(String, Vec<&super::CheckStep>)> {
        let mut out: Vec<(Option<Verdict>, Vec<&super::CheckStep>)> = Vec::new();
        for step in &self.checklist {
            match out.last_mut() {
                Some((verdict, steps)) if *verdict == step.verdict => steps.push(step),
                _ => out.push((step.verdict, vec![step])),
            }
        }
        let heading = |verdict: Option<Verdict>| match verdict {
            Some(verdict) => names.say(&format!("checklist.{}", verdict.as_str())),
            None => names.say("checklist.none"),
        };
        out.into_iter().map(|(verdict, steps)| (heading(verdict), steps)).collect()
    }
}
