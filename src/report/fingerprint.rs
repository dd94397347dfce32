//! What makes a finding the same finding after a rebuild.
//!
//! The rule, the text it chose and what the finding is about. No offsets, lines, versions or wording; no class
//! that the manifest does not declare, since R8 may have made up its name. Findings of a rule that differ in
//! nothing else are numbered, so that one more of them is a new one.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::facts::Facts;
use crate::outcome::{About, Finding};

/// Bytes of the digest that are kept.
const KEPT: usize = 8;

/// The fingerprints of a rule's findings, in their order.
pub(super) fn fingerprints(facts: &Facts<'_>, rule: &str, findings: &[Finding]) -> Vec<String> {
    let app = facts.sources.app;
    let declared: BTreeSet<&str> =
        app.components.iter().flat_map(|component| [component.name.as_str(), component.class()]).collect();
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    findings
        .iter()
        .map(|finding| {
            let identity = identity(rule, finding.message.key, &finding.about, &declared);
            let number = seen.entry(identity.clone()).or_insert(0);
            *number = number.saturating_add(1);
            digest(&identity, *number)
        })
        .collect()
}

fn identity(rule: &str, key: &str, about: &About, declared: &BTreeSet<&str>) -> String {
    // Which of an SDK's hosts stands first depends on the others.
    let host = about.host.as_deref().filter(|_| about.sdk.is_none());
    let component = about.component.as_deref().filter(|name| declared.contains(name));
    let parts = [
        Some(rule),
        Some(key),
        about.pi.as_deref(),
        about.permission.as_deref(),
        about.sdk.as_deref(),
        host,
        component,
        about.statement.as_deref(),
        about.surface.as_deref(),
    ];
    parts.map(Option::unwrap_or_default).join("\u{1f}")
}

fn digest(identity: &str, number: u32) -> String {
    let text = if number == 1 { identity.to_owned() } else { format!("{identity}\u{1f}{number}") };
    Sha256::digest(text.as_bytes()).iter().take(KEPT).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{digest, identity};
    use crate::outcome::About;

    #[test]
    fn names_that_r8_made_up_are_left_out() {
        let declared = BTreeSet::from(["com.a.Main"]);
        let of = |class: &str| {
            let about = About { component: Some(class.into()), ..About::default() };
            identity("rule", "key", &about, &declared)
        };
        assert_eq!(of("a.b.c"), of("x.y"));
        assert_ne!(of("com.a.Main"), of("x.y"));
        assert_ne!(digest(&of("x"), 1), digest(&of("x"), 2));
    }

    #[test]
    fn the_first_of_an_sdks_hosts_does_not_matter() {
        let of = |host: &str, sdk: Option<&str>| {
            let about = About { sdk: sdk.map(str::to_owned), ..About::host(host) };
            identity("rule", "key", &about, &BTreeSet::new())
        };
        assert_eq!(of("a.com", Some("acme")), of("b.com", Some("acme")));
        assert_ne!(of("a.com", None), of("b.com", None));
    }
}
