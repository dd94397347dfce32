//! Splash screens and pop-ups with an advertisement that nothing closes.

use super::Rule;
use super::support::{blind_to_texts, joined, place_name, sdk_name, undetermined};
use crate::evidence::Evidence;
use crate::facts::Facts;
use crate::outcome::{Confidence, Finding, Message, Outcome, Severity, Slot, Verdict};

pub(super) const RULE: Rule = Rule { id: "advertisement-without-close", check };

/// Category of SDKs that show advertisements.
const ADS: &str = "ads";
/// Most places shown.
const MAX_PLACES: usize = 4;

fn check(facts: &Facts<'_>) -> Outcome {
    if let Some(reach) = blind_to_texts(facts) {
        return undetermined(reach);
    }
    let windows = &facts.ad_windows;
    let open = windows.iter().filter(|window| window.close.is_none()).map(|window| {
        let message = Message::new("open").with("layout", place_name(&window.evidence));
        let searched = Evidence::Absent { searched: vec!["ad.close_view".into(), "splash.close".into()] };
        Finding::new(Verdict::Risk, Severity::Medium, Confidence::Low, message, window.evidence.clone()).and([searched])
    });
    Outcome::of(open.collect(), || {
        let drawn: Vec<Slot> = facts
            .disclosable_sdks()
            .iter()
            .filter(|sdk| sdk.row.category == ADS)
            .map(|sdk| sdk_name(sdk.row))
            .collect();
        // What an SDK draws comes from its server.
        if !drawn.is_empty() {
            return Outcome::without(
                Verdict::Undetermined,
                Message::new("undetermined_sdk").with("sdks", joined(drawn)),
            );
        }
        let places: Vec<Evidence> = windows.iter().filter_map(|window| window.close.clone()).take(MAX_PLACES).collect();
        if places.is_empty() {
            return Outcome::without(Verdict::NotApplicable, Message::new("na_no_window"));
        }
        Outcome::shown(Verdict::Pass, Message::new("pass"), places)
    })
}
