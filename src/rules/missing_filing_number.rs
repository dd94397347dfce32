//! Apps for users in the mainland that show no filing number, or none that is well formed.

use super::Rule;
use super::filings::{self, Number, bare, is_formed};
use super::support::{absent, blind_to_texts, has_network, undetermined};
use super::surfaces::{remote_places, surface};
use crate::date::Date;
use crate::evidence::Evidence;
use crate::facts::Facts;
use crate::outcome::{Confidence, Finding, Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "missing-filing-number", check };

const SURFACE: &str = "app_filing";
const LIKE: &str = "filing.app.like";
const OF_APP: &str = "filing.app.number";
const OF_SITE: &str = "filing.site.number";
/// The clause whose document says since when numbers are to be shown.
const CLAUSE: &str = "miit105.show";
/// Texts in Chinese by default that show for whom an app without a Chinese name is.
const ENOUGH_TEXTS: usize = 5;

fn check(facts: &Facts<'_>) -> Outcome {
    let shown = filings::shown(facts, SURFACE, LIKE);
    let declared = facts.metadata.and_then(|metadata| Some((metadata.get(SURFACE)?, metadata.evidence(SURFACE)?)));
    let (of_app, others): (Vec<Number>, Vec<Number>) =
        shown.into_iter().partition(|number| is_formed(facts, OF_APP, &number.text));
    let mut findings = Vec::new();
    if let Some((number, place)) = &declared {
        if !is_formed(facts, OF_APP, number) {
            findings.push(finding("declared_malformed", Severity::Medium, number, place.clone()));
        } else if let Some(other) = of_app.first()
            && of_app.iter().all(|shown| !shown.text.eq_ignore_ascii_case(&bare(number)))
        {
            let message = Message::new("contradicts").with("number", *number).with("shown", other.text.as_str());
            findings.push(with(message, Severity::Medium, place.clone()).and([other.place.clone()]));
        }
    }
    if of_app.is_empty() {
        let (of_site, malformed): (Vec<&Number>, Vec<&Number>) =
            others.iter().partition(|number| is_formed(facts, OF_SITE, &number.text));
        if let Some(number) = malformed.first() {
            findings.push(finding("malformed", Severity::Medium, &number.text, number.place.clone()));
        } else if let Some(number) = of_site.first() {
            findings.push(finding("of_site", Severity::Low, &number.text, number.place.clone()));
        }
    }
    Outcome::of(findings, || match of_app.first() {
        Some(number) => Outcome::shown(
            Verdict::Pass,
            Message::new("pass").with("number", number.text.as_str()),
            of_app.iter().map(|number| number.place.clone()).collect(),
        ),
        None => without_number(facts, declared.is_some()),
    })
}

/// The end where no number is shown at all.
fn without_number(facts: &Facts<'_>, is_declared: bool) -> Outcome {
    if let Some(reach) = blind_to_texts(facts) {
        return undetermined(reach);
    }
    if !has_network(facts) {
        return Outcome::without(Verdict::NotApplicable, Message::new("na_offline"));
    }
    let scope = for_the_mainland(facts);
    if scope.is_empty() {
        return Outcome::without(Verdict::NotApplicable, Message::new("na_audience"));
    }
    // What a store still offers must show the number, however old the package is.
    let in_store = facts.metadata.is_some_and(|metadata| metadata.get("store").is_some());
    if let (false, Some((day, entry))) = (in_store, &facts.sources.app.youngest)
        && since(facts).is_some_and(|since| *day < since)
    {
        let place = Evidence::Asset { path: entry.clone(), text: day.to_string() };
        let message = Message::new("na_before").with("day", day.to_string());
        return Outcome::shown(Verdict::NotApplicable, message, vec![place]);
    }
    if facts.reach.has_remote_ui() {
        return Outcome::shown(Verdict::Undetermined, Message::new("undetermined_remote"), remote_places(facts));
    }
    let key = if is_declared { "not_shown" } else { "missing" };
    Outcome::found(with(Message::new(key), Severity::Low, absent(facts)).and(scope))
}

fn finding(key: &'static str, severity: Severity, number: &str, place: Evidence) -> Finding {
    with(Message::new(key).with("number", number), severity, place)
}

fn with(message: Message, severity: Severity, place: Evidence) -> Finding {
    Finding::new(Verdict::Risk, severity, Confidence::Medium, message, place).about(surface(SURFACE))
}

/// Since when the number is to be shown.
fn since(facts: &Facts<'_>) -> Option<Date> {
    facts.sources.knowledge.clause(CLAUSE).and_then(|(instrument, _)| Date::parse(&instrument.date_effective))
}

/// What shows that Chinese is the language the app was written in; translations do not.
fn for_the_mainland(facts: &Facts<'_>) -> Vec<Evidence> {
    let app = facts.sources.app;
    let is_chinese = |text: &str| text.chars().any(|character| ('\u{4e00}'..='\u{9fff}').contains(&character));
    let strings = app.resources.strings.iter().filter(|string| is_chinese(string.text("")));
    let places: Vec<Evidence> =
        strings.take(ENOUGH_TEXTS).map(|string| string.place("default", string.text(""))).collect();
    if is_chinese(&app.label.default) {
        return vec![Evidence::Manifest {
            package: String::new(),
            element: "application".into(),
            name: format!("label={}", app.label.default),
            line: app.manifest.application_line,
        }];
    }
    if places.len() < ENOUGH_TEXTS { Vec::new() } else { places.into_iter().take(2).collect() }
}
