//! Passwords, card verification codes and the like that a finance app keeps on the device.

use super::Rule;
use super::stored_keys::{clean, stored};
use crate::facts::Facts;
use crate::outcome::{About, Outcome};

pub(super) const RULE: Rule = Rule { id: "sensitive-credentials-kept", check };

/// Keys that name something by which a user is told from others.
const KEYS: &str = "credential.key";

fn check(facts: &Facts<'_>) -> Outcome {
    let found = stored(facts, KEYS).map(|finding| finding.about(About::pi("password")));
    Outcome::of(found.collect(), || clean(facts))
}
