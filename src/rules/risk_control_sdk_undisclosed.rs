//! Partners for risk control that a finance app's policy does not name.

use super::Rule;
use super::undisclosed_sdk;
use crate::facts::Facts;
use crate::outcome::Outcome;

pub(super) const RULE: Rule = Rule { id: "risk-control-sdk-undisclosed", check };

/// Categories of SDKs that judge who the user is and how far to trust him.
const CATEGORIES: [&str; 3] = ["captcha-risk", "identity-verify", "ocr"];

fn check(facts: &Facts<'_>) -> Outcome {
    undisclosed_sdk::undisclosed(facts, |sdk| CATEGORIES.contains(&sdk.row.category.as_str()))
}
