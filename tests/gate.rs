//! The gate as a pipeline uses it: fingerprints that outlast a rebuild, baselines, suppressions with an end,
//! chosen rules, settings.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use common::{json, root, run, run_in, scan};
use serde_json::Value;

const ORIGINAL: &str = "fixtures/baseline/original/app.apk";
const RENAMED: &str = "fixtures/baseline/renamed/app.apk";
const WORSE: &str = "fixtures/baseline/worse/app.apk";

/// A fresh folder.
fn folder(name: &str) -> PathBuf {
    common::fresh(&format!("gate/{name}"))
}

/// Findings of a report by fingerprint and rule.
fn findings(report: &Value) -> BTreeSet<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let outcomes = report["outcomes"].as_array().unwrap().iter();
    outcomes
        .flat_map(|outcome| outcome["findings"].as_array().unwrap().iter().map(move |finding| (outcome, finding)))
        .map(|(outcome, finding)| (text(&finding["fingerprint"]), text(&outcome["rule"])))
        .collect()
}

fn of(app: &str) -> BTreeSet<(String, String)> {
    findings(&scan(&root().join(app), &[]))
}

#[test]
fn renaming_keeps_the_fingerprints() {
    let report = scan(&root().join(RENAMED), &[]);
    let places = report["outcomes"].to_string();
    assert!(!places.contains("com.xiaoman.notes.Refusals"), "R8 kept the name of the class");
    let denial = "permission-denial-blocks-app".to_owned();
    assert!(findings(&report).iter().any(|(_, rule)| *rule == denial), "the fixture shows the renamed class");
    assert_eq!(of(ORIGINAL), findings(&report));
    let worse = of(WORSE);
    let rules = |set: BTreeSet<(String, String)>| set.into_iter().map(|(_, rule)| rule).collect::<BTreeSet<_>>();
    assert_eq!(rules(&worse - &of(ORIGINAL)), BTreeSet::from(["clipboard-before-consent".to_owned()]));
}

#[test]
fn an_old_finding_passes_and_a_new_one_fails() {
    let folder = folder("baseline");
    let file = folder.join("baseline.json");
    let file = file.to_str().unwrap();
    let (code, _, stderr) = run(&["baseline", "create", ORIGINAL, "-o", file]);
    assert_eq!(code, 0, "{stderr}");
    // Without the baseline the old app fails; with it, neither it nor its rebuild does.
    assert_eq!(run(&["scan", ORIGINAL, "--fail-on", "high"]).0, 1);
    for app in [ORIGINAL, RENAMED] {
        let (code, out, stderr) = run(&["scan", app, "--fail-on", "high", "--baseline", file]);
        assert_eq!(code, 0, "{stderr}");
        assert!(stderr.contains("门禁") && stderr.contains("通过"), "{stderr}");
        assert!(out.contains("基线已有"), "{out}");
    }
    let worse = ["scan", WORSE, "--fail-on", "violation", "--baseline", file, "--format", "json"];
    let (code, out, stderr) = run(&worse);
    assert_eq!(code, 1, "{stderr}");
    let report: Value = serde_json::from_str(&out).unwrap();
    let validator = jsonschema::validator_for(&json("docs/report.schema.json")).unwrap();
    let problems: Vec<String> =
        validator.iter_errors(&report).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(problems.is_empty(), "{problems:#?}");
    let states = |state: &str| -> Vec<String> {
        let outcomes = report["outcomes"].as_array().unwrap().iter();
        let of_state = |outcome: &Value| {
            outcome["findings"].as_array().unwrap().iter().filter(|finding| finding["state"] == state).count()
        };
        outcomes.filter(|outcome| of_state(outcome) > 0).map(|outcome| outcome["rule"].to_string()).collect()
    };
    assert_eq!(states("new"), ["\"clipboard-before-consent\""]);
    assert!(states("baseline").contains(&"\"identifier-before-consent\"".to_owned()));
    // The permission that nothing used is gone from the manifest.
    let gone: Vec<&Value> = report["gate"]["gone"].as_array().unwrap().iter().map(|gone| &gone["rule"]).collect();
    assert!(gone.iter().any(|rule| *rule == "unused-permission"), "{gone:?}");
    assert_eq!(report["gate"]["not_checked"], 0);
    // A baseline may be a report as well, and one of another app is pointed out.
    let (_, report, _) = run(&["scan", ORIGINAL, "--format", "json"]);
    let stored = folder.join("report.json");
    fs::write(&stored, report).unwrap();
    let (code, _, _) = run(&["scan", RENAMED, "--fail-on", "high", "--baseline", stored.to_str().unwrap()]);
    assert_eq!(code, 0);
    let other = "fixtures/rules/high-risk-permission/violating/app.apk";
    let (_, _, stderr) = run(&["--lang", "en", "scan", other, "--baseline", file]);
    assert!(stderr.contains("another app, com.xiaoman.notes"), "{stderr}");
}

#[test]
fn a_finding_that_grew_worse_is_new() {
    let file = folder("worse").join("baseline.json");
    let (_, baseline, _) = run(&["baseline", "create", ORIGINAL]);
    let mut baseline: Value = serde_json::from_str(&baseline).unwrap();
    for finding in baseline["findings"].as_array_mut().unwrap() {
        finding["severity"] = "low".into();
    }
    fs::write(&file, baseline.to_string()).unwrap();
    let (code, _, _) = run(&["scan", ORIGINAL, "--fail-on", "high", "--baseline", file.to_str().unwrap()]);
    assert_eq!(code, 1);
    baseline["schema"] = "mingcha.baseline/9".into();
    fs::write(&file, baseline.to_string()).unwrap();
    let (code, _, stderr) = run(&["scan", ORIGINAL, "--baseline", file.to_str().unwrap()]);
    assert!(code == 2 && stderr.contains("mingcha.baseline/9"), "{stderr}");
}

#[test]
fn suppressions_end() {
    let folder = folder("suppress");
    let app = root().join(ORIGINAL);
    let app = app.to_str().unwrap();
    let all = of(ORIGINAL);
    let row = |fingerprint: &str, expires: &str| {
        format!(
            "[[suppress]]\nfingerprint = \"{fingerprint}\"\nreason = \"vendor mends it\"\nowner = \"Zhang\"\nexpires = {expires}\n"
        )
    };
    let write = |expires: &str| {
        let rows: String = all.iter().map(|(fingerprint, _)| row(fingerprint, expires)).collect();
        fs::write(folder.join("mingcha.toml"), format!("lang = \"en\"\n{rows}")).unwrap();
    };
    write("2999-12-31");
    let (code, out, stderr) = run_in(&folder, &["scan", app, "--fail-on", "info"]);
    assert_eq!(code, 0, "{stderr}");
    assert!(out.contains("suppressed until 2999-12-31 (vendor mends it; Zhang)"), "{out}");
    write("\"2020-01-31\"");
    let (code, out, stderr) = run_in(&folder, &["scan", app, "--fail-on", "high"]);
    assert_eq!(code, 1);
    assert!(
        stderr.contains("expired on 2020-01-31") && out.contains("suppression expired on 2020-01-31"),
        "{stderr}{out}"
    );
    // Another app's row does not help, and one that fits nothing is pointed out.
    let other = row(&all.first().unwrap().0, "2999-12-31").replace("reason", "package = \"com.other\"\nreason");
    fs::write(folder.join("mingcha.toml"), other + &row("0123456789abcdef", "2999-12-31")).unwrap();
    let (code, _, stderr) = run_in(&folder, &["--lang", "en", "scan", app, "--fail-on", "high"]);
    assert_eq!(code, 1);
    assert!(stderr.contains("0123456789abcdef fits no finding"), "{stderr}");
}

#[test]
fn chosen_rules_run_and_the_others_are_named() {
    let report = scan(&root().join(ORIGINAL), &["--only", "unused-permission,self-start", "--skip", "self-start"]);
    let ran: Vec<&Value> = report["outcomes"].as_array().unwrap().iter().map(|outcome| &outcome["rule"]).collect();
    assert_eq!(ran, ["unused-permission"]);
    let skipped = report["skipped_rules"].as_array().unwrap();
    let knowledge = mingcha::knowledge::Knowledge::embedded();
    let general = knowledge.profile("general").unwrap();
    let runs = mingcha::rules::RULES.iter().filter(|rule| mingcha::rules::runs_with(&knowledge, general, rule.id));
    assert!(skipped.iter().any(|rule| rule == "self-start") && skipped.len() + 1 == runs.count());
    let (_, out, _) = run(&["scan", ORIGINAL, "--skip", "overseas-endpoint"]);
    assert!(out.contains("未执行      overseas-endpoint"), "{out}");
    let (code, _, stderr) = run(&["scan", ORIGINAL, "--only", "unused-permissions", "--lang", "en"]);
    assert!(code == 2 && stderr.contains("did you mean \"unused-permission\""), "{stderr}");
    let (code, _, _) = run(&["scan", ORIGINAL, "--only", "self-start", "--skip", "self-start"]);
    assert_eq!(code, 2);
    // What a skipped rule had found is not gone, but was not looked for.
    let file = folder("only").join("baseline.json");
    run(&["baseline", "create", ORIGINAL, "-o", file.to_str().unwrap()]);
    let part = scan(&root().join(WORSE), &["--only", "self-start", "--baseline", file.to_str().unwrap()]);
    assert_eq!(part["gate"]["gone"], serde_json::json!([]));
    assert_eq!(part["gate"]["not_checked"].as_u64().unwrap() as usize, of(ORIGINAL).len());
}

#[test]
fn flags_win_over_the_settings_and_these_over_the_defaults() {
    let folder = folder("config");
    let inner = folder.join("deep/er");
    fs::create_dir_all(&inner).unwrap();
    let app = root().join(ORIGINAL);
    let app = app.to_str().unwrap();
    assert_eq!(run_in(&inner, &["scan", app]).0, 0);
    // Found upward; its paths are meant from its own folder.
    let settings = "lang = \"en\"\n\n[scan]\nfail-on = \"high\"\nskip = [\"self-start\"]\nbaseline = \"base.json\"\nevidence-paths = 0\n";
    fs::write(folder.join("mingcha.toml"), settings).unwrap();
    let (code, _, stderr) = run_in(&inner, &["scan", app]);
    assert!(code == 2 && stderr.contains("base.json"), "{stderr}");
    run_in(&folder, &["baseline", "create", app, "--skip", "identifier-before-consent", "-o", "base.json"]);
    let (code, out, stderr) = run_in(&inner, &["scan", app]);
    assert_eq!(code, 1, "{stderr}");
    assert!(out.contains("■ violation") && out.contains("Skipped     self-start"), "{out}");
    let (code, out, _) =
        run_in(&inner, &["scan", app, "--fail-on", "never", "--lang", "zh", "--skip", "cleartext-traffic"]);
    assert!(code == 0 && out.contains("■ 违规") && out.contains("未执行      cleartext-traffic\n"), "{out}");
    let other = folder.join("other.toml");
    fs::write(&other, "[scan]\nfail-on = \"never\"\n").unwrap();
    assert_eq!(run_in(&inner, &["--config", other.to_str().unwrap(), "scan", app]).0, 0);
}

#[test]
fn mistakes_in_the_settings_have_file_line_and_a_suggestion() {
    let folder = folder("mistakes");
    let cases = [
        ("langs = \"zh\"\n", 1, "did you mean \"lang\""),
        ("\n[scan]\nfail_on = \"high\"\n", 3, "did you mean \"fail-on\""),
        ("[scan]\n\nfail-on = \"hihg\"\n", 3, "did you mean \"high\""),
        ("[scan]\ntimings = \"yes\"\n", 2, "true or false is expected"),
        ("[scan]\nmax-entries = -1\n", 2, "whole number"),
        ("lang = \n", 1, ""),
        ("[[suppress]]\nfingerprint = \"xyz\"\n", 2, "no fingerprint"),
        ("[[suppress]]\nfingerprint = \"0123456789abcdef\"\nreason = \"r\"\nowner = \"o\"\n", 1, "needs expires"),
        ("[[suppress]]\nfingerprint = \"0123456789abcdef\"\nexpires = 2026-02-29\n", 0, ""),
        ("[[suppress]]\nfingerprint = \"0123456789abcdef\"\nexpires = \"soon\"\n", 3, "no day"),
        ("[[suppress]]\nreasons = \"r\"\n", 2, "did you mean \"reason\""),
    ];
    for (text, line, detail) in cases {
        fs::write(folder.join("mingcha.toml"), text).unwrap();
        let (code, _, stderr) = run_in(&folder, &["rules", "--lang", "en"]);
        assert_eq!(code, 2, "{text}");
        let place = if line == 0 { "mingcha.toml:".to_owned() } else { format!("mingcha.toml:{line}: ") };
        assert!(stderr.contains(&place) && stderr.contains(detail), "{text}: {stderr}");
    }
}

#[test]
fn init_writes_settings_that_hold() {
    for lang in ["zh", "en"] {
        let folder = folder(&format!("init-{lang}"));
        let (code, _, stderr) = run_in(&folder, &["--lang", lang, "init"]);
        assert_eq!(code, 0, "{stderr}");
        assert_eq!(run_in(&folder, &["--lang", lang, "init"]).0, 2, "it wrote over a file");
        assert_eq!(run_in(&folder, &["rules"]).0, 0);
        // What stands in comments holds as well.
        let text = fs::read_to_string(folder.join("mingcha.toml")).unwrap();
        let is_key = |line: &str| line.starts_with("# [[") || line.starts_with("# ") && line.contains(" = ");
        let open: String = text
            .lines()
            .map(|line| if is_key(line) { &line[2..] } else { line })
            .map(|line| format!("{line}\n"))
            .collect();
        fs::write(folder.join("mingcha.toml"), &open).unwrap();
        fs::create_dir(folder.join("signatures")).unwrap();
        let (code, _, stderr) = run_in(&folder, &["scan", "nothing.apk"]);
        assert!(code == 2 && stderr.contains("baseline.json"), "{stderr}");
        let schema = jsonschema::validator_for(&json("docs/mingcha.schema.json")).unwrap();
        let quoted = open.replace("expires = 2030-12-31", "expires = \"2030-12-31\"");
        let value: Value = toml::from_str::<Value>(&quoted).unwrap();
        let problems: Vec<String> = schema.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(problems.is_empty(), "{problems:#?}");
    }
}

#[test]
fn the_schema_of_the_settings_is_current() {
    let file = root().join("docs/mingcha.schema.json");
    let wanted = serde_json::to_string_pretty(&mingcha::cli::config_schema()).unwrap() + "\n";
    if std::env::var_os("MINGCHA_BLESS").is_some() {
        fs::write(&file, &wanted).unwrap();
    }
    let found = fs::read_to_string(&file).unwrap_or_default();
    assert!(found == wanted, "docs/mingcha.schema.json is not current: run MINGCHA_BLESS=1 cargo test --test gate");
}

#[test]
fn an_editor_for_toml_takes_the_schema() {
    let taplo = root().join(".cache/python/bin/taplo");
    if !taplo.is_file() {
        assert!(std::env::var_os("MINGCHA_OFFLINE").is_some(), "no {}. Run: scripts/test.sh", taplo.display());
        return;
    }
    let folder = folder("taplo");
    let schema = format!("file://{}", root().join("docs/mingcha.schema.json").display());
    let lint = |name: &str, text: &str| {
        let file = folder.join(name);
        fs::write(&file, text).unwrap();
        let output = Command::new(&taplo).args(["lint", "--schema", &schema]).arg(&file).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, _, _) = run(&["init", folder.to_str().unwrap()]);
    assert_eq!(code, 0);
    let written = fs::read_to_string(folder.join("mingcha.toml")).unwrap();
    let (taken, said) = lint("written.toml", &written);
    assert!(taken, "{said}");
    let (taken, said) = lint("wrong.toml", "[scan]\nfail-on = \"hihg\"\n");
    assert!(!taken && said.contains("\"hihg\" is not one of"), "{said}");
    let (taken, said) = lint("unknown.toml", "[scan]\nnothing = 1\n");
    assert!(!taken && said.contains("'nothing' was unexpected"), "{said}");
}
