//! Every fixture ends as its `expect.toml` says, about what it says, at the places it names. Every rule has
//! a violating (or risky) and a compliant fixture.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use common::root;
use mingcha::Options;
use mingcha::date::Date;
use mingcha::knowledge::Knowledge;
use mingcha::report::text::{evidence_line, path_lines};
use mingcha::report::{Lang, Report};
use mingcha::rules::RULES;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expectations {
    #[serde(default)]
    scan: Settings,
    expect: Vec<Expectation>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Settings {
    policy: Option<String>,
    app_type: Option<String>,
    profile: Option<String>,
    metadata: Option<String>,
    as_of: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expectation {
    rule: String,
    verdict: String,
    about: BTreeSet<String>,
    places: Vec<String>,
    /// Part of the reason, or of what a finding says, in Chinese.
    reason: Option<String>,
}

fn fixtures() -> Vec<PathBuf> {
    let mut out = Vec::new();
    for rule in std::fs::read_dir(root().join("fixtures/rules")).unwrap() {
        out.extend(std::fs::read_dir(rule.unwrap().path()).unwrap().map(|case| case.unwrap().path()));
    }
    out.extend(["violating", "compliant"].map(|name| root().join("fixtures/demo").join(name)));
    out.sort();
    out
}

fn expectations(folder: &Path) -> Expectations {
    let text = std::fs::read_to_string(folder.join("expect.toml"))
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
}

fn scan(folder: &Path, settings: &Settings, lang: Lang) -> Report {
    let options = Options {
        policy: settings.policy.iter().map(|file| folder.join(file)).collect(),
        app_type: settings.app_type.clone(),
        profile: settings.profile.clone(),
        metadata: settings.metadata.as_ref().map(|file| folder.join(file)),
        as_of: settings.as_of.as_deref().map(|day| Date::parse(day).unwrap()),
        lang,
        ..Options::default()
    };
    mingcha::scan(&folder.join("app.apk"), &options, &Knowledge::embedded()).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn fixtures_end_as_expected() {
    let mut problems = Vec::new();
    for folder in fixtures() {
        let expected = expectations(&folder);
        let report = scan(&folder, &expected.scan, Lang::Zh);
        let name = folder.strip_prefix(root()).unwrap().display().to_string();
        for case in &expected.expect {
            let outcome = report.outcomes.iter().find(|outcome| outcome.rule == case.rule).unwrap();
            if outcome.verdict.as_str() != case.verdict {
                problems.push(format!(
                    "{name} {}: {} instead of {} ({})",
                    case.rule,
                    outcome.verdict.as_str(),
                    case.verdict,
                    outcome.reason
                ));
            }
            let says = |wanted: &&str| {
                outcome.reason.contains(wanted)
                    || outcome.findings.iter().any(|finding| finding.explanation.contains(wanted))
            };
            if let Some(wanted) = case.reason.as_deref().filter(|wanted| !says(wanted)) {
                problems.push(format!("{name} {}: says {:?} instead of {wanted:?}", case.rule, outcome.reason));
            }
            let about = outcome.findings.iter().map(|finding| &finding.about);
            let about: BTreeSet<String> = about
                .flat_map(|about| {
                    [
                        &about.pi,
                        &about.permission,
                        &about.sdk,
                        &about.host,
                        &about.component,
                        &about.statement,
                        &about.surface,
                    ]
                })
                .flatten()
                .cloned()
                .collect();
            if about != case.about {
                problems.push(format!("{name} {}: about {about:?} instead of {:?}", case.rule, case.about));
            }
            let shown = outcome.findings.iter().flat_map(|finding| &finding.evidence).chain(&outcome.evidence);
            let places: Vec<String> =
                shown.flat_map(|evidence| [evidence_line(evidence)].into_iter().chain(path_lines(evidence))).collect();
            for wanted in
                case.places.iter().filter(|wanted| !places.iter().any(|place| place.contains(wanted.as_str())))
            {
                problems.push(format!("{name} {}: no evidence at {wanted:?} among {places:#?}", case.rule));
            }
        }
    }
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn every_rule_has_a_violating_and_a_compliant_fixture() {
    for rule in RULES {
        let folder = root().join("fixtures/rules").join(rule.id);
        let verdict = |case: &str| -> String {
            let expected = expectations(&folder.join(case));
            expected.expect.into_iter().find(|expectation| expectation.rule == rule.id).unwrap().verdict
        };
        assert!(matches!(verdict("violating").as_str(), "violation" | "risk"), "{}", rule.id);
        assert_eq!(verdict("compliant"), "pass", "{}", rule.id);
    }
}

#[test]
fn every_text_is_there_in_both_languages() {
    for folder in fixtures() {
        let settings = expectations(&folder).scan;
        for lang in [Lang::Zh, Lang::En] {
            let report = scan(&folder, &settings, lang);
            for outcome in &report.outcomes {
                let findings = outcome.findings.iter().flat_map(|finding| [&finding.explanation, &finding.fix]);
                let reason = outcome.findings.is_empty().then_some(&outcome.reason);
                for text in findings.chain(reason).chain([&outcome.title]) {
                    assert!(
                        !text.is_empty() && !text.contains(['{', '}']),
                        "{} {lang:?} {}: {text:?}",
                        folder.display(),
                        outcome.rule
                    );
                }
                assert!(!outcome.clauses.is_empty(), "{} names no clause", outcome.rule);
            }
        }
    }
}

#[test]
fn every_group_of_clauses_is_reported_under_its_profile() {
    let cases = [
        ("general", "cleartext-traffic", "dsmm.pa05"),
        ("general", "commercial-messages-without-choice", "cpl.29"),
        ("general", "identity-document-cached", "idcard.1"),
        ("ecommerce", "identifier-before-consent", "ecom.1"),
        ("education", "missing-guardian-consent", "edu.4"),
        ("campus", "face-data-on-campus", "univ.1"),
        ("game", "missing-real-name-check", "game.1"),
        ("media", "missing-identity-verification", "av.1"),
        ("finance", "contacts-in-finance-app", "fin.6"),
        ("credit", "forbidden-credit-data", "credit.2"),
        ("overseas", "tracking-on-by-default", "gdpr.25.2"),
    ];
    for (profile, rule, clause) in cases {
        let end = |case: &str| {
            let settings = Settings { profile: Some(profile.to_owned()), ..Settings::default() };
            let report = scan(&root().join("fixtures/rules").join(rule).join(case), &settings, Lang::Zh);
            report.outcomes.into_iter().find(|outcome| outcome.rule == rule).unwrap()
        };
        let violating = end("violating");
        assert!(!violating.findings.is_empty(), "{profile} {rule}");
        assert!(violating.clauses.iter().any(|cited| cited == clause), "{rule} does not cite {clause}");
        assert!(end("compliant").findings.is_empty(), "{profile} {rule}");
    }
}

#[test]
fn fingerprints_survive_a_rebuild() {
    let prints = |case: &str| -> BTreeSet<String> {
        let folder = root().join("fixtures/rules/unused-permission").join(case);
        let report = scan(&folder, &Settings::default(), Lang::Zh);
        let outcome = report.outcomes.into_iter().find(|outcome| outcome.rule == "unused-permission").unwrap();
        outcome.findings.into_iter().map(|finding| finding.fingerprint).collect()
    };
    let plain = prints("violating");
    assert_eq!(plain.len(), 2);
    assert_eq!(plain, prints("minified"));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let folder = root().join("fixtures/demo/violating");
    let settings = expectations(&folder).scan;
    let json = || scan(&folder, &settings, Lang::Zh).to_json().unwrap();
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    assert_eq!(pool(1).install(json), pool(4).install(json));
}

#[test]
fn what_the_app_hands_to_an_sdk_is_told() {
    let report = scan(&root().join("fixtures/rules/undisclosed-sdk/handed-over"), &Settings::default(), Lang::Zh);
    let sdk = |id: &str| report.sdks.iter().find(|sdk| sdk.id == id).unwrap();
    let mut handed: Vec<(&str, &str, String)> = sdk("umeng-analytics")
        .handed
        .iter()
        .map(|handed| (handed.item.as_str(), handed.from.as_str(), evidence_line(&handed.evidence)))
        .collect();
    handed.sort();
    assert_eq!(handed.len(), 2, "{handed:#?}");
    assert_eq!((handed[0].0, handed[0].1), ("account", ""));
    assert!(handed[0].2.contains("MainActivity.signedIn"), "{handed:#?}");
    assert_eq!((handed[1].0, handed[1].1), ("android_id", "android.provider.Settings$Secure.getString"));
    assert!(handed[1].2.contains("MainActivity.onCreate") && handed[1].2.contains("MobclickAgent.onEvent"));
    assert!(sdk("jpush").handed.is_empty());
}
