//! Apps in which an account can be made and not ended. Logging out is not ending.

use super::Rule;
use super::support::{absent, blind_to_texts, place_name, undetermined};
use crate::facts::Facts;
use crate::facts::ui::text_of;
use crate::outcome::{Confidence, Finding, Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "missing-account-deletion", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let ui = &facts.ui;
    let has_screen = !ui.account_screens.is_empty();
    // Code that unpacks itself may put other handlers in place of those seen.
    if let Some(page) = facts.idle_deletion.first().filter(|_| facts.reach.packers.is_empty()) {
        let message = Message::new("no_effect").with("screen", page.screen.clone());
        let finding = Finding::new(Verdict::Risk, Severity::High, Confidence::Medium, message, page.text.clone());
        let rest = facts.idle_deletion.iter().flat_map(|page| &page.handlers).cloned();
        return Outcome::found(finding.and(rest));
    }
    if let Some(entry) = ui.deletions.first() {
        let reason = Message::new("pass").with("where", place_name(entry));
        return Outcome::shown(Verdict::Pass, reason, ui.deletions.iter().take(4).cloned().collect());
    }
    if let Some(reach) = blind_to_texts(facts) {
        return undetermined(reach);
    }
    if !ui.has_account() {
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
    Outcome::found(Finding::new(verdict, severity, confidence, message, absent(facts)).and(surface))
}
