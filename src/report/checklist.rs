//! What is left for a person: clauses that no rule decides, or that rules decide only in part.

use super::{CheckStep, Lang};
use crate::facts::Facts;
use crate::knowledge::schema::ClauseRow;
use crate::outcome::{Outcome, Verdict};

/// Value of `decidable` for clauses that the package alone decides.
const STATIC: &str = "static";

/// The steps, most pressing first: what rules could not tell, what they suspect, what no rule looks at, and what they
/// passed as far as they see.
pub(super) fn steps(facts: &Facts<'_>, outcomes: &[(&'static str, Outcome)], lang: Lang) -> Vec<CheckStep> {
    let knowledge = facts.sources.knowledge;
    let mut steps: Vec<(&str, CheckStep)> = Vec::new();
    for (_, clause) in knowledge.clauses().filter(|(_, clause)| facts.profile.clauses.contains(&clause.seed_row)) {
        let verdict = outcomes
            .iter()
            .filter(|(rule, _)| clause.rules.iter().any(|id| id == rule))
            .map(|(_, outcome)| outcome.verdict)
            .min();
        let Some(row) = knowledge.hand_check(clause).filter(|_| is_open(clause, verdict)) else { continue };
        match steps.iter_mut().find(|(owner, _)| *owner == row.id) {
            Some((_, step)) => {
                step.clauses.push(clause.id.clone());
                step.verdict = step.verdict.into_iter().chain(verdict).min();
            }
            None => {
                let text = lang.pick(&row.check_zh, &row.check_en).to_owned();
                steps.push((&row.id, CheckStep { clauses: vec![clause.id.clone()], verdict, text }));
            }
        }
    }
    let mut steps: Vec<CheckStep> = steps.into_iter().map(|(_, step)| step).collect();
    steps.sort_by_key(|step| match step.verdict {
        Some(Verdict::Undetermined) => 0,
        Some(Verdict::Risk) => 1,
        None => 2,
        Some(_) => 3,
    });
    steps
}

/// True when a person has something left to do. What is violated is mended first, and what does not bear on the app
/// needs no look.
fn is_open(clause: &ClauseRow, verdict: Option<Verdict>) -> bool {
    match verdict {
        None | Some(Verdict::Undetermined | Verdict::Risk) => true,
        Some(Verdict::Pass) => clause.decidable != STATIC,
        Some(Verdict::Violation | Verdict::NotApplicable) => false,
    }
}
