//! Apps in which an account can be made and not ended. Logging out is not ending.

use super::Rule;
use super::support::{absent, blind_to_texts, place_name, undetermined};
use crate::evidence::Evidence;
use crate::facts::Facts;
use crate::outcome::{Confidence, Finding, Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "missing-account-deletion", check };

/// Labels on different texts that show an account function where no screen's name does.
const ENOUGH_LABELS: usize = 3;

fn check(facts: &Facts<'_>) -> Outcome {
    let ui = &facts.ui;
    let mut labels: Vec<String> = ui.account_labels.iter().map(text_of).collect();
    labels.sort();
    labels.dedup();
    let has_screen = !ui.account_screens.is_empty();
    // A screen's name or a label alone may be a log-in at somebody else's service.
    let has_account = has_screen && !labels.is_empty() || labels.len() >= ENOUGH_LABELS;
    if let Some(entry) = ui.deletions.first() {
        let reason = Message::new("pass").with("where", place_name(entry));
        return Outcome::shown(Verdict::Pass, reason, ui.deletions.iter().take(4).cloned().collect());
    }
    if let Some(reach) = blind_to_texts(facts) {
        return undetermined(reach);
    }
    if !has_account {
        return Outcome::without(Verdict::NotApplicable, Message::new("na_no_account"));
    }
    let surface = ui
        .account_screens
        .iter()
        .take(3)
        .chain(ui.account_labels.iter().take(3))
        .chain(ui.logouts.iter().take(2))
        .cloned();
    let remote = facts.reach.has_remote_ui();
    let (verdict, severity, confidence, message) = match (remote, ui.logouts.first()) {
        (true, _) => (Verdict::Risk, Severity::Medium, Confidence::Low, Message::new("no_deletion_maybe_remote")),
        (false, Some(logout)) if has_screen => (
            Verdict::Violation,
            Severity::High,
            Confidence::High,
            Message::new("logout_only").with("text", text_of(logout)),
        ),
        (false, Some(logout)) => (
            Verdict::Risk,
            Severity::High,
            Confidence::Medium,
            Message::new("logout_only").with("text", text_of(logout)),
        ),
        (false, None) if has_screen => {
            (Verdict::Violation, Severity::High, Confidence::Medium, Message::new("no_deletion"))
        }
        (false, None) => (Verdict::Risk, Severity::Medium, Confidence::Low, Message::new("no_deletion")),
    };
    Outcome::of(vec![Finding::new(verdict, severity, confidence, message, absent(facts)).and(surface)], || {
        Outcome::without(Verdict::Pass, Message::new("pass"))
    })
}

fn text_of(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Resource { text, .. } | Evidence::Layout { text, .. } => text.clone(),
        Evidence::Code { refers_to, .. } => refers_to.clone(),
        other => place_name(other),
    }
}
