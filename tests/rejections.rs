//! Apps that a store sent back, as their developers posted it, rebuilt with the real SDK of a public package: the
//! same calls are found without running anything. Every case names the thread.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod common;

use std::collections::BTreeSet;

use common::root;
use mingcha::Options;
use mingcha::knowledge::Knowledge;
use mingcha::report::text::path_lines;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    thread: String,
    libraries: Vec<String>,
    /// Packages that are compiled in.
    #[serde(default)]
    sources: Vec<toml::Table>,
    expect: Vec<Expectation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expectation {
    rule: String,
    verdict: String,
    /// Among what the findings are about.
    #[serde(default)]
    about: BTreeSet<String>,
    /// Beginnings of frames of one path, innermost first, others in between.
    #[serde(default)]
    frames: Vec<String>,
}

fn holds_in_order(path: &[String], frames: &[String]) -> bool {
    let mut rest = path.iter();
    frames.iter().all(|frame| rest.any(|step| step.contains(frame.as_str())))
}

#[test]
fn published_rejections_are_found() {
    let Some(apps) = common::rejections() else { return };
    let mut problems = Vec::new();
    let mut threads = BTreeSet::new();
    for folder in std::fs::read_dir(root().join("fixtures/rejections")).unwrap() {
        let folder = folder.unwrap().path();
        let Ok(text) = std::fs::read_to_string(folder.join("case.toml")) else { continue };
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let case: Case = toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(case.libraries.len() + case.sources.len() > 0, "{name}");
        threads.insert(case.thread);
        let app = apps.join(format!("{name}.apk"));
        let report = mingcha::scan(&app, &Options::default(), &Knowledge::embedded()).unwrap();
        for expected in &case.expect {
            let outcome = report.outcomes.iter().find(|outcome| outcome.rule == expected.rule).unwrap();
            if outcome.verdict.as_str() != expected.verdict {
                problems.push(format!("{name} {}: {}", expected.rule, outcome.verdict.as_str()));
            }
            let about: BTreeSet<String> = outcome
                .findings
                .iter()
                .flat_map(|finding| [&finding.about.pi, &finding.about.sdk, &finding.about.component])
                .flatten()
                .cloned()
                .collect();
            if !expected.about.is_subset(&about) {
                problems.push(format!("{name} {}: about {about:?}", expected.rule));
            }
            let paths: Vec<Vec<String>> = outcome
                .findings
                .iter()
                .flat_map(|finding| &finding.evidence)
                .chain(&outcome.evidence)
                .map(path_lines)
                .collect();
            if !expected.frames.is_empty() && !paths.iter().any(|path| holds_in_order(path, &expected.frames)) {
                problems.push(format!("{name} {}: frames not among {paths:#?}", expected.rule));
            }
        }
    }
    assert!(threads.len() >= 5, "only {threads:?}");
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

/// aliyun/alibabacloud-push-flutter-plugin#13: Play services, not the suspected push SDK, ask for packages. A
/// corpus app carries the same code.
#[test]
fn play_services_are_found_behind_their_caller() {
    let Some(corpus) = common::corpus() else { return };
    let app = corpus.join("appium-settings-8.0.10.apk");
    let target = "com.google.android.gms.common.GooglePlayServicesUtilLight.isGooglePlayServicesAvailable";
    let output = common::mingcha(&["inspect", &app.to_string_lossy(), "paths", "--to", target, "--format", "json"]);
    let places: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let paths = places["places"].as_array().unwrap().iter().map(|place| {
        let steps = place["before_consent"].as_array().unwrap().iter();
        steps.map(|step| step["frame"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    });
    let frames = [
        "com.google.android.gms.common.GooglePlayServicesUtilLight.isGooglePlayServicesAvailable(",
        "com.google.android.gms.common.GoogleApiAvailabilityLight.isGooglePlayServicesAvailable(",
        "io.appium.settings.LocationTracker.start(LocationTracker.java:117)",
        "io.appium.settings.Settings.onCreate(Settings.java:70)",
    ]
    .map(str::to_owned);
    assert!(paths.into_iter().any(|path| holds_in_order(&path, &frames)));
}

/// The files' names say which version of each SDK these apps carry.
#[test]
fn versions_of_sdks_are_read_from_their_code() {
    let Some(apps) = common::rejections() else { return };
    for (app, sdk, version) in [
        ("alipay", "alipay", "15.6.5"),
        ("branch", "branch", "3.0.3"),
        ("jpush", "jpush", "4.8.1"),
        ("umeng", "umeng-analytics", "1.5.3"),
    ] {
        let report = common::scan(&apps.join(format!("{app}.apk")), &[]);
        let found = report["sdks"].as_array().unwrap().iter().find(|row| row["id"] == sdk).unwrap();
        assert_eq!(found["version"], version, "{app}");
        assert!(found["version_evidence"].is_object(), "{app}");
    }
}
