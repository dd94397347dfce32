//! What a version adds, takes away and changes, out of apps and of JSON reports.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::PathBuf;

use common::run;
use serde_json::Value;

const ORIGINAL: &str = "fixtures/baseline/original/app.apk";
const RENAMED: &str = "fixtures/baseline/renamed/app.apk";
const WORSE: &str = "fixtures/baseline/worse/app.apk";

fn scratch(name: &str) -> PathBuf {
    common::scratch("diff").join(name)
}

fn diff(old: &str, new: &str) -> Value {
    let (code, out, stderr) = run(&["diff", old, new, "--format", "json"]);
    assert_eq!(code, 0, "{stderr}");
    serde_json::from_str(&out).unwrap()
}

fn ids(diff: &Value, section: &str, kind: &str) -> Vec<String> {
    diff[section][kind].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_version_is_told_from_the_one_before() {
    let found = diff(ORIGINAL, WORSE);
    assert_eq!(found["schema"], "mingcha.diff/1");
    assert_eq!(ids(&found, "permissions", "removed"), ["android.permission.READ_CONTACTS"]);
    assert_eq!(ids(&found, "pi", "added"), ["clipboard @ app"]);
    assert_eq!(found["findings"]["added"][0]["facts"][0][1], "clipboard-before-consent");
    assert_eq!(found["findings"]["added"].as_array().unwrap().len(), 1);
    assert_eq!(found["caveats"], serde_json::json!([]));
    assert!(ids(&found, "outcomes", "changed").contains(&"clipboard-before-consent".to_owned()));
    let version = &found["app"]["changed"][0]["changes"][0];
    assert_eq!((version["old"].as_str(), version["new"].as_str()), (Some("1.0 (1)"), Some("1.2 (3)")));
    // The other way round, what came is what went.
    let back = diff(WORSE, ORIGINAL);
    for section in ["permissions", "pi", "findings", "components", "endpoints"] {
        assert_eq!(ids(&back, section, "added"), ids(&found, section, "removed"), "{section}");
    }
}

#[test]
fn renaming_is_no_difference() {
    let found = diff(ORIGINAL, RENAMED);
    for section in ["permissions", "components", "sdks", "pi", "endpoints", "outcomes", "findings"] {
        assert_eq!(found[section], serde_json::json!({ "added": [], "removed": [], "changed": [] }), "{section}");
    }
    let (_, out, _) = run(&["diff", ORIGINAL, ORIGINAL]);
    assert!(out.contains("没有差异"), "{out}");
}

#[test]
fn new_findings_fail_and_old_ones_do_not() {
    assert_eq!(run(&["diff", ORIGINAL, WORSE, "--fail-on-new", "high"]).0, 1);
    assert_eq!(run(&["diff", ORIGINAL, WORSE, "--fail-on-new", "critical"]).0, 0);
    assert_eq!(run(&["diff", ORIGINAL, RENAMED, "--fail-on-new", "risk"]).0, 0);
    let (code, _, stderr) = run(&["diff", WORSE, ORIGINAL, "--fail-on-new", "violation", "--lang", "en"]);
    assert!(code == 1 && stderr.contains("1 findings at violation"), "{stderr}");
}

#[test]
fn reports_and_apps_mix_whatever_their_language() {
    let report = scratch("original.json");
    let file = report.to_str().unwrap();
    run(&["scan", ORIGINAL, "--lang", "en", "--format", "json", "-o", file]);
    let mixed = diff(file, WORSE);
    let same = diff(ORIGINAL, WORSE);
    for kind in ["added", "removed", "changed"] {
        assert_eq!(ids(&mixed, "findings", kind), ids(&same, "findings", kind));
    }
    // Words are of the language asked for; what a stored finding says stays as it was stored.
    assert_eq!(mixed["permissions"], same["permissions"]);
    // Fields of a later version do not disturb, another schema does.
    let mut value: Value = serde_json::from_str(&fs::read_to_string(&report).unwrap()).unwrap();
    value["later"] = 1.into();
    value["app"]["later"] = 1.into();
    fs::write(&report, value.to_string()).unwrap();
    assert_eq!(diff(file, WORSE)["findings"], mixed["findings"]);
    value["schema"] = "mingcha.report/2".into();
    fs::write(&report, value.to_string()).unwrap();
    let (code, _, stderr) = run(&["diff", file, WORSE]);
    assert!(code == 3 && stderr.contains("mingcha.report/2") && stderr.contains("original.json"), "{stderr}");
}

#[test]
fn what_was_not_looked_for_is_not_called_mended() {
    let part = scratch("part.json");
    let file = part.to_str().unwrap();
    run(&["scan", ORIGINAL, "--skip", "unused-permission", "--format", "json", "-o", file]);
    let found = diff(ORIGINAL, file);
    assert_eq!(found["caveats"], serde_json::json!(["diff.caveat.rules"]));
    let removed = found["findings"]["removed"].as_array().unwrap();
    assert!(!removed.is_empty());
    for finding in removed {
        assert_eq!(finding["facts"], serde_json::json!([["rule", "unused-permission"], ["now", "未执行"]]));
    }
}

#[test]
fn every_form_says_the_same() {
    let (_, text, _) = run(&["diff", ORIGINAL, WORSE, "--lang", "en"]);
    assert!(
        text.contains("+ [violation high]") && text.contains("- Read contacts") || text.contains("READ_CONTACTS"),
        "{text}"
    );
    let (_, markdown, _) = run(&["diff", ORIGINAL, WORSE, "--lang", "en", "--format", "markdown"]);
    assert!(markdown.starts_with("# Differences\n") && markdown.contains("| `+` | \\[violation high\\]"), "{markdown}");
    let page = scratch("diff.html");
    let (code, _, _) = run(&["diff", ORIGINAL, WORSE, "--format", "html", "-o", page.to_str().unwrap()]);
    let page = fs::read_to_string(page).unwrap();
    assert!(code == 0 && page.contains("<h2>结论 +1") && !page.contains("<script"), "{page}");
}
