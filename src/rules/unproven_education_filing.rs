//! Education apps whose filings are not shown, or are shown in a form that no filing has.

use super::Rule;
use super::filings::{self, bare, is_formed};
use super::support::joined;
use super::surfaces::surface;
use crate::evidence::Evidence;
use crate::facts::Facts;
use crate::outcome::{Confidence, Finding, Message, Outcome, Severity, Slot, Verdict};

pub(super) const RULE: Rule = Rule { id: "unproven-education-filing", check };

const EDUCATION: &str = "education_filing";
const EDUCATION_LIKE: &str = "filing.edu.like";
const EDUCATION_NUMBER: &str = "filing.edu.number";
const APP: &str = "app_filing";

/// A filing that an education app needs: the keys of the metadata that declare it, the terms of well-formed
/// numbers, and the text that names it.
struct Needed {
    keys: &'static [&'static str],
    formed: &'static [&'static str],
    name: &'static str,
}

const NEEDED: [Needed; 3] = [
    Needed { keys: &[EDUCATION], formed: &[EDUCATION_NUMBER], name: "filing.education" },
    Needed { keys: &["icp", APP], formed: &["filing.app.number", "filing.site.number"], name: "filing.icp" },
    Needed { keys: &["mlps"], formed: &["filing.mlps.number"], name: "filing.mlps" },
];

fn check(facts: &Facts<'_>) -> Outcome {
    let mut findings = Vec::new();
    let mut proofs = Vec::new();
    let mut missing: Vec<Slot> = Vec::new();
    let of_education = filings::shown(facts, EDUCATION, EDUCATION_LIKE);
    let of_app = filings::shown(facts, APP, "filing.app.like");
    for needed in NEEDED {
        let name = || Slot::from(super::support::wording(facts, needed.name, ""));
        let is_good = |number: &str| needed.formed.iter().any(|term| is_formed(facts, term, number));
        let before = (proofs.len(), findings.len());
        let shown = match needed.name {
            "filing.education" => of_education.as_slice(),
            "filing.icp" => of_app.as_slice(),
            _ => &[],
        };
        for key in needed.keys {
            let Some((number, place)) =
                facts.metadata.and_then(|metadata| Some((metadata.get(key)?, metadata.evidence(key)?)))
            else {
                continue;
            };
            let other = shown.iter().find(|_| *key == EDUCATION);
            if !is_good(number) {
                findings.push(malformed("declared_malformed", name(), number, place));
            } else if let Some(other) = other.filter(|_| shown.iter().all(|shown| !same(&shown.text, number))) {
                let message = Message::new("contradicts").with("number", number).with("shown", other.text.as_str());
                findings.push(risk(message, place).and([other.place.clone()]));
            } else {
                proofs.push(place);
            }
        }
        for number in shown {
            if is_good(&number.text) {
                proofs.push(number.place.clone());
            } else {
                findings.push(malformed("malformed", name(), &number.text, number.place.clone()));
            }
        }
        if before == (proofs.len(), findings.len()) {
            missing.push(name());
        }
    }
    Outcome::of(findings, || {
        if missing.is_empty() {
            Outcome::shown(Verdict::Pass, Message::new("pass"), proofs)
        } else {
            Outcome::shown(Verdict::Undetermined, Message::new("undetermined").with("missing", joined(missing)), proofs)
        }
    })
}

fn same(a: &str, b: &str) -> bool {
    bare(a).eq_ignore_ascii_case(&bare(b))
}

fn malformed(key: &'static str, filing: Slot, number: &str, place: Evidence) -> Finding {
    risk(Message::new(key).with("filing", filing).with("number", number), place)
}

fn risk(message: Message, place: Evidence) -> Finding {
    Finding::new(Verdict::Risk, Severity::Medium, Confidence::Medium, message, place).about(surface(EDUCATION))
}
