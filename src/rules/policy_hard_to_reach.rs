//! Privacy policies that take more than four taps, or that stand only where consent is asked for.

use super::Rule;
use super::support::blind_to_texts;
use super::surfaces::surface;
use crate::evidence::Evidence;
use crate::facts::Facts;
use crate::outcome::{Confidence, Finding, Message, Outcome, Severity, Verdict};

/// The surface of entries to the policy.
const POLICY: &str = "policy";
/// 《App违法违规收集使用个人信息行为认定方法》 art. 1(3).
const MOST_TAPS: u32 = 4;

pub(super) const RULE: Rule = Rule { id: "policy-hard-to-reach", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let is_entry = |text: &str| facts.lexicon.surfaces_in(text).any(|id| id == POLICY);
    let asks = |class: &str| facts.consent.screens.iter().any(|screen| screen == class);
    let (first, entries): (Vec<_>, Vec<_>) =
        facts.screens.showing(is_entry).partition(|(_, screen, _)| asks(&screen.class));
    let nearest = entries.iter().min_by_key(|(_, screen, _)| screen.taps.unwrap_or(u32::MAX));
    let Some((at, screen, shown)) = nearest else {
        let (Some((_, _, shown)), None) = (first.first(), blind_to_texts(facts)) else {
            // A text that names the policy and that no screen was seen to show.
            if !facts.ui.policy_entries.is_empty() {
                let places = facts.ui.policy_entries.iter().take(4).cloned().collect();
                return Outcome::shown(Verdict::Undetermined, Message::new("undetermined_way"), places);
            }
            return Outcome::without(Verdict::NotApplicable, Message::new("na_no_entry"));
        };
        // A layout that no screen was seen to use may hold the entry.
        if facts.ui.policy_entries.iter().any(|entry| matches!(entry, Evidence::Layout { .. }))
            || facts.reach.has_remote_ui()
        {
            let places = facts.ui.policy_entries.iter().take(4).cloned().collect();
            return Outcome::shown(Verdict::Undetermined, Message::new("undetermined_way"), places);
        }
        let message = Message::new("first_run_only");
        let finding =
            Finding::new(Verdict::Risk, Severity::Medium, Confidence::Medium, message, shown.evidence.clone());
        return Outcome::found(finding.about(surface(POLICY)));
    };
    let way = facts.screens.way(*at);
    let mut places = vec![shown.evidence.clone()];
    places.extend(way.iter().filter_map(|(_, place)| (*place).cloned()));
    // The last tap opens the policy.
    let Some(taps) = screen.taps.map(|taps| taps.saturating_add(1)) else {
        return Outcome::shown(Verdict::Undetermined, Message::new("undetermined_way"), places);
    };
    let message = |key| Message::new(key).with("taps", taps.to_string()).with("screen", screen.class.as_str());
    if taps <= MOST_TAPS {
        return Outcome::shown(Verdict::Pass, message("pass"), places);
    }
    let finding =
        Finding::new(Verdict::Risk, Severity::Medium, Confidence::Medium, message("far"), shown.evidence.clone());
    Outcome::found(finding.about(surface(POLICY)).and(places.into_iter().skip(1)))
}
