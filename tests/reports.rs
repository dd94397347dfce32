//! Every form of the report, read again by readers that share no code with us: SARIF by its schema, the others
//! by `scripts/check_reports.py` (openpyxl, junitparser, a headless browser). Each form is written for the demo
//! app in both languages, for the same report with hostile texts, and for one with 2,000 findings.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use common::{mingcha, root};
use mingcha::evidence::Evidence;
use mingcha::knowledge::Knowledge;
use mingcha::report::form::{Form, Reports, render};
use mingcha::report::gate::{GateSummary, State, SuppressionNote};
use mingcha::report::groups::Grouping;
use mingcha::report::terminal::Look;
use mingcha::report::{Lang, Report};
use mingcha::{Options, scan_in};
use serde_json::Value;

const FORMS: [Form; 11] = [
    Form::Text,
    Form::Json,
    Form::Sarif,
    Form::Junit,
    Form::Github,
    Form::Markdown,
    Form::Csv,
    Form::Xlsx,
    Form::Html,
    Form::Notice,
    Form::Rectification,
];
/// Texts that would do harm where a form did not escape them.
const HOSTILE: &str = "</script><script>window.pwned=1</script><img src=x onerror=window.pwned=1>\"'`{{title}} ]]>&amp; \
                       | **b** [l](http://evil.example/) @everyone #1\n::error::x\r\n\u{202e}\u{1b}[31m\u{0}\u{ffff}";

fn demo(lang: Lang) -> Reports {
    let folder = root().join("fixtures/demo/violating");
    let options = Options {
        policy: vec![folder.join("policy.html")],
        app_type: Some("online_shopping".into()),
        lang,
        ..Options::default()
    };
    scan_in(&folder.join("app.apk"), &options, &Knowledge::embedded(), &[Lang::Zh, Lang::En]).unwrap()
}

/// The same reports, changed.
fn changed(reports: &Reports, change: impl Fn(&mut Report)) -> Reports {
    let mut all = reports.iter().map(|(lang, report)| {
        let mut report = report.clone();
        change(&mut report);
        (*lang, report)
    });
    let (lang, first) = all.next().unwrap();
    let mut out = Reports::new(lang, first);
    all.for_each(|(lang, report)| out.push(lang, report));
    out
}

fn make_hostile(report: &mut Report) {
    report.app.label = HOSTILE.into();
    report.app.version_name = format!("={HOSTILE}");
    report.input.path = format!("a b/{HOSTILE}");
    for sdk in &mut report.sdks {
        sdk.version = Some(HOSTILE.into());
        sdk.hosts.push(HOSTILE.into());
    }
    for host in &mut report.endpoints {
        host.host = format!("@{HOSTILE}");
        host.url = format!("javascript:{HOSTILE}");
    }
    for permission in &mut report.app.permissions {
        permission.name = format!("{}{HOSTILE}", permission.name);
    }
    for outcome in &mut report.outcomes {
        outcome.reason.push_str(HOSTILE);
        for finding in &mut outcome.findings {
            finding.explanation = format!("=cmd|'/c calc'!A1 {HOSTILE} {}", finding.explanation);
            finding.fix.push_str(HOSTILE);
            finding.about.host = Some(format!("＝{HOSTILE}"));
            for evidence in &mut finding.evidence {
                match evidence {
                    Evidence::Code { class, method, refers_to, path, source, .. } => {
                        class.push_str(HOSTILE);
                        method.push_str(HOSTILE);
                        refers_to.push_str(HOSTILE);
                        source.push_str(HOSTILE);
                        path.iter_mut().for_each(|step| step.frame.push_str(HOSTILE));
                    }
                    Evidence::Policy { quote, section, .. } => {
                        quote.push_str(HOSTILE);
                        section.push_str(HOSTILE);
                    }
                    Evidence::Manifest { name, .. } => name.push_str(HOSTILE),
                    _ => {}
                }
            }
        }
    }
}

/// Two thousand findings, each its own, out of those that there are.
fn make_big(report: &mut Report) {
    let count: usize = report.outcomes.iter().map(|outcome| outcome.findings.len()).sum();
    for outcome in &mut report.outcomes {
        let one = outcome.findings.clone();
        for round in 1..2000usize.div_ceil(count) {
            outcome.findings.extend(one.iter().cloned().map(|mut finding| {
                finding.fingerprint = format!("{round:04x}{}", &finding.fingerprint[4..]);
                finding.explanation.push_str(&format!(" #{round}"));
                finding.fix.push_str(&format!(" #{round}"));
                finding
            }));
        }
    }
}

/// As a gate marks findings: the first of a rule suppressed, the second known, the rest new.
fn make_gated(report: &mut Report) {
    report.gate = Some(GateSummary { baseline: "baseline.json".into(), ..GateSummary::default() });
    for outcome in &mut report.outcomes {
        for (finding, state) in outcome
            .findings
            .iter_mut()
            .zip([State::Suppressed, State::Baseline].into_iter().chain(std::iter::repeat(State::New)))
        {
            finding.state = Some(state);
            finding.suppression = (state == State::Suppressed).then(|| SuppressionNote {
                reason: "accepted".into(),
                owner: "legal".into(),
                expires: "2030-01-01".into(),
            });
        }
    }
}

/// The folder with all forms of all cases, written once.
fn written() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = common::scratch("reports");
        let knowledge = Knowledge::embedded();
        let (zh, en) = (demo(Lang::Zh), demo(Lang::En));
        let cases = [
            ("hostile", changed(&zh, make_hostile)),
            ("big", changed(&zh, make_big)),
            ("gated", changed(&en, make_gated)),
            ("zh", zh),
            ("en", en),
        ];
        for (name, reports) in cases {
            let folder = folder.join(name);
            fs::create_dir_all(&folder).unwrap();
            let look = Look {
                lang: reports.lang(),
                color: false,
                columns: 120,
                paths: 1,
                verbose: false,
                group: Grouping::Behaviour,
            };
            for form in FORMS {
                let bytes = render(form, &reports, &knowledge, look).unwrap();
                assert_eq!(bytes, render(form, &reports, &knowledge, look).unwrap(), "{form:?} differs from itself");
                fs::write(folder.join(format!("app.{}", form.extension())), bytes).unwrap();
            }
        }
        folder
    })
}

fn read(case: &str, form: Form) -> String {
    fs::read_to_string(written().join(case).join(format!("app.{}", form.extension()))).unwrap()
}

fn json(case: &str, form: Form) -> Value {
    serde_json::from_str(&read(case, form)).unwrap()
}

/// Fingerprints of all findings of the JSON report.
fn fingerprints(case: &str) -> Vec<String> {
    let report = json(case, Form::Json);
    let findings =
        report["outcomes"].as_array().unwrap().iter().flat_map(|outcome| outcome["findings"].as_array().unwrap());
    findings.map(|finding| finding["fingerprint"].as_str().unwrap().to_owned()).collect()
}

/// What is fetched to check reports with, or `None` in the explicit offline mode.
fn readers() -> Option<PathBuf> {
    let folder = root().join(".cache/readers");
    if folder.join("sarif-schema-2.1.0.json").is_file() {
        return Some(folder);
    }
    assert!(std::env::var_os("MINGCHA_OFFLINE").is_some(), "no {}. Run: scripts/test.sh", folder.display());
    None
}

#[test]
fn sarif_fits_the_official_schema() {
    let Some(readers) = readers() else { return };
    let schema: Value = serde_json::from_slice(&fs::read(readers.join("sarif-schema-2.1.0.json")).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for case in ["zh", "en", "hostile", "big", "gated"] {
        let log = json(case, Form::Sarif);
        let errors: Vec<String> =
            validator.iter_errors(&log).take(5).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{case}: {errors:#?}");
    }
}

#[test]
fn sarif_refers_to_what_it_holds() {
    for case in ["zh", "en", "hostile"] {
        let log = json(case, Form::Sarif);
        let run = &log["runs"][0];
        let driver = &run["tool"]["driver"];
        let list = |value: &Value| value.as_array().unwrap().clone();
        let mut found = Vec::new();
        for result in list(&run["results"]) {
            let rule = &driver["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
            assert_eq!(rule["id"], result["ruleId"]);
            assert!(rule["help"]["markdown"].as_str().unwrap().contains("## "), "{rule}");
            found.push(result["partialFingerprints"]["mingcha/v1"].as_str().unwrap().to_owned());
            // Code scanning refuses results without a file.
            assert!(!list(&result["locations"]).is_empty());
            let related = result["relatedLocations"].as_array().cloned().unwrap_or_default();
            for location in list(&result["locations"]).iter().chain(&related) {
                let at = &location["physicalLocation"]["artifactLocation"];
                let artifact = &run["artifacts"][at["index"].as_u64().unwrap() as usize];
                assert_eq!(artifact["location"]["uri"], at["uri"]);
                for logical in location["logicalLocations"].as_array().into_iter().flatten() {
                    let named = &run["logicalLocations"][logical["index"].as_u64().unwrap() as usize];
                    assert_eq!(named["fullyQualifiedName"], logical["fullyQualifiedName"]);
                }
            }
            assert!(!list(&result["taxa"]).is_empty());
            for taxon in list(&result["taxa"]) {
                let taxonomy = &run["taxonomies"][taxon["toolComponent"]["index"].as_u64().unwrap() as usize];
                assert_eq!(taxonomy["name"], taxon["toolComponent"]["name"]);
                assert_eq!(taxonomy["taxa"][taxon["index"].as_u64().unwrap() as usize]["id"], taxon["id"]);
            }
        }
        assert_eq!(found, fingerprints(case));
        let flows = list(&run["results"]).iter().filter(|result| result["codeFlows"].is_array()).count();
        assert!(flows >= 3, "{flows} results with call paths");
        let undetermined = list(&run["properties"]["outcomes"]);
        let undetermined = undetermined.iter().filter(|outcome| outcome["verdict"] == "undetermined").count();
        let notes = list(&run["invocations"][0]["toolExecutionNotifications"]);
        assert_eq!(notes.iter().filter(|note| note["associatedRule"].is_object()).count(), undetermined);
    }
}

#[test]
fn what_a_gate_lets_pass_fails_nothing() {
    let log = json("gated", Form::Sarif);
    let results = log["runs"][0]["results"].as_array().unwrap();
    let of_state = |state: &str| {
        let report = json("gated", Form::Json);
        let outcomes = report["outcomes"].as_array().unwrap().clone();
        outcomes
            .iter()
            .flat_map(|outcome| outcome["findings"].as_array().unwrap().clone())
            .filter(|finding| finding["state"] == state)
            .count()
    };
    let suppressed = results.iter().filter(|result| result["suppressions"].is_array());
    assert_eq!(suppressed.count(), of_state("suppressed"));
    assert_eq!(results.iter().filter(|result| result["baselineState"] == "new").count(), of_state("new"));
    assert_eq!(
        results.iter().filter(|result| result["baselineState"] == "unchanged").count(),
        results.len() - of_state("new")
    );
    let annotated = read("gated", Form::Github).lines().filter(|line| line.contains("%0AFix: ")).count();
    assert_eq!(annotated, of_state("new"));
    let failures = |case: &str| read(case, Form::Junit).matches("<failure ").count();
    assert!(failures("gated") < failures("en") && failures("gated") > 0);
    for form in [Form::Csv, Form::Markdown, Form::Html, Form::Junit] {
        assert!(read("gated", form).contains("accepted"), "{form:?} leaves out the reason");
    }
}

#[test]
fn tables_open_in_spreadsheets_without_formulas() {
    let text = read("hostile", Form::Csv);
    assert!(text.starts_with("\u{feff}结论,级别,"), "{}", &text[..60]);
    for line in text.trim_start_matches('\u{feff}').split("\r\n") {
        for cell in line.split(',') {
            assert!(!cell.trim_start_matches('"').starts_with(['=', '+', '-', '@', '＝']), "{cell}");
        }
    }
    assert_eq!(read("zh", Form::Csv).matches("\r\n").count(), fingerprints("zh").len() + 1);
    assert!(read("en", Form::Csv).starts_with("\u{feff}Verdict,Severity,"));
}

#[test]
fn annotations_are_one_command_a_line() {
    for case in ["zh", "en", "hostile"] {
        let text = read(case, Form::Github);
        let commands = ["::error ", "::warning ", "::notice "];
        for line in text.lines() {
            assert!(commands.iter().any(|command| line.starts_with(command)), "{line}");
        }
        let report = json(case, Form::Json);
        let outcomes = report["outcomes"].as_array().unwrap();
        let undetermined = outcomes.iter().filter(|outcome| outcome["verdict"] == "undetermined").count();
        assert_eq!(text.lines().count(), fingerprints(case).len() + undetermined + 1);
    }
    assert!(read("zh", Form::Github).starts_with("::error title=违规 · "));
}

#[test]
fn comments_stay_within_what_a_comment_may_be() {
    for case in ["zh", "en", "hostile", "big"] {
        let text = read(case, Form::Markdown);
        assert!(text.chars().count() < 60_000, "{case}: {}", text.chars().count());
        for raw in ["<script", "<img", "@everyone", "[l]", "http://", " **b**"] {
            assert!(!text.contains(raw), "{case}: {raw}");
        }
        assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
    }
    for wanted in ["| 违规 | 风险 |", "<details><summary><b>违规</b>", "<code>at cn.jpush."] {
        assert!(read("zh", Form::Markdown).contains(wanted), "{wanted}");
    }
}

#[test]
fn the_page_holds_both_languages_and_no_foreign_markup() {
    let text = read("hostile", Form::Html);
    assert_eq!(text.matches("<script").count(), 1);
    assert!(!text.contains("<img"), "markup of the input in the page");
    // The input's `{{title}}` is no slot.
    assert!(text.matches("<title").count() == 1 && text.contains("{{title}} ]]&gt;"));
    for lang in ["zh", "en"] {
        let text = read(lang, Form::Html);
        for wanted in ["同意前", "before consent", "default-src 'none'", "class=\"frames\"", "class=\"heat\""] {
            assert!(text.contains(wanted), "{wanted} is not in the page");
        }
        for address in ["src=", "url(", "@import", "<link"] {
            assert!(!text.contains(address), "{address} in the page");
        }
        for fingerprint in fingerprints(lang) {
            assert!(text.contains(&fingerprint), "{fingerprint}");
        }
    }
    let big = read("big", Form::Html);
    assert!(fingerprints("big").len() >= 2000);
    assert!(big.len() < 5_000_000, "{} bytes for 2,000 findings", big.len());
}

#[test]
fn forms_go_where_they_are_told() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("several");
    let _ = fs::remove_dir_all(&folder);
    let app = "fixtures/rules/high-risk-permission/violating/app.apk";
    let run = |more: &[&str]| {
        let output = mingcha(&[&["scan", app], more].concat());
        (output.status.code().unwrap(), output.stdout, String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let target = folder.to_str().unwrap();
    let (code, stdout, stderr) = run(&["--format", "html,sarif,xlsx,junit,html", "-o", target]);
    assert_eq!((code, stdout.as_slice(), stderr.as_str()), (0, &b""[..], ""));
    let names: BTreeSet<String> =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(names, ["app.html", "app.junit.xml", "app.sarif", "app.xlsx"].map(String::from).into());
    // One form into a folder that is there, or to a file, or to stdout.
    assert_eq!(run(&["--format", "csv", "-o", target]).0, 0);
    assert!(folder.join("app.csv").is_file());
    let file = folder.join("x.bin");
    assert_eq!(run(&["--format", "xlsx", "-o", file.to_str().unwrap()]).0, 0);
    let (code, stdout, _) = run(&["--format", "xlsx"]);
    assert_eq!((code, &stdout[..2]), (0, &b"PK"[..]));
    assert!(fs::read(file).unwrap() == stdout, "the same scan gives another workbook");
    let (code, _, error) = run(&["--format", "html,sarif"]);
    assert!(code == 2 && error.contains("-o DIR"), "{error}");
}

#[test]
fn independent_readers_read_them() {
    let Some(readers) = readers() else { return };
    let output = Command::new("python3")
        .arg(root().join("scripts/check_reports.py"))
        .arg(written())
        .args(["--program", env!("CARGO_BIN_EXE_mingcha"), "--axe"])
        .arg(readers.join("axe.min.js"))
        .env("PYTHONPATH", root().join(".cache/python"))
        .current_dir(root())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    println!("{said}");
}
