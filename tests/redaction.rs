//! Redacted reports: no form tells what could be used against the app, and each says that it is redacted.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeSet;
use std::io::Read as _;

use common::root;
use mingcha::knowledge::Knowledge;
use mingcha::report::form::{Form, Reports, render};
use mingcha::report::groups::Grouping;
use mingcha::report::terminal::Look;
use mingcha::report::{Lang, Report};
use mingcha::{Options, scan_in};
use serde_json::Value;

/// All forms.
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

fn scanned(fixture: &str, policy: Option<&str>, lang: Lang) -> Reports {
    let folder = root().join("fixtures").join(fixture);
    let policy = policy.iter().map(|file| folder.join(file)).collect();
    let options = Options { policy, lang, ..Options::default() };
    scan_in(&folder.join("app.apk"), &options, &Knowledge::embedded(), &[Lang::Zh, Lang::En]).unwrap()
}

/// Everything that a form says, packed parts unpacked.
fn said(form: Form, reports: &Reports, knowledge: &Knowledge) -> String {
    let look =
        Look { lang: reports.lang(), color: false, columns: 200, paths: 9, group: Grouping::Behaviour, verbose: true };
    let bytes = render(form, reports, knowledge, look).unwrap();
    if form != Form::Xlsx {
        return String::from_utf8(bytes).unwrap();
    }
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut out = String::new();
    for at in 0..archive.len() {
        archive.by_index(at).unwrap().read_to_string(&mut out).unwrap();
    }
    out
}

/// What a report holds of the inside of the app: classes, methods with offsets, components, hosts, addresses, files.
fn secrets(report: &Report) -> BTreeSet<String> {
    fn walk(value: &Value, out: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                for key in ["class", "refers_to", "frame", "source", "quote", "descriptor", "file", "library", "path"] {
                    out.extend(fields.get(key).and_then(Value::as_str).map(str::to_owned));
                }
                // What vendors publish of their SDKs, and what clauses say, is no secret of the app.
                let inside = fields.iter().filter(|(key, _)| !matches!(key.as_str(), "cited" | "declared"));
                inside.for_each(|(_, value)| walk(value, out));
            }
            Value::Array(list) => list.iter().for_each(|value| walk(value, out)),
            _ => {}
        }
    }
    let mut out = BTreeSet::new();
    walk(&serde_json::to_value(report).unwrap(), &mut out);
    out.extend(report.endpoints.iter().flat_map(|row| [row.host.clone(), row.url.clone()]));
    out.extend(report.app.components.iter().map(|row| row.name.clone()));
    // Short ones are words of every report.
    out.retain(|text| {
        text.chars().count() > 6 && text.contains(['.', '/', ';']) && !text.starts_with(&report.app.version_name)
    });
    out.remove(&report.app.package);
    out
}

#[test]
fn no_form_of_a_redacted_report_tells_the_inside_of_the_app() {
    let knowledge = Knowledge::embedded();
    let cases = [
        ("demo/violating", Some("policy.html"), Lang::Zh),
        ("demo/violating", Some("policy.html"), Lang::En),
        ("rules/exposed-personal-information-provider/violating", None, Lang::Zh),
        ("rules/overseas-endpoint/violating", None, Lang::En),
        ("rules/cleartext-traffic/violating", None, Lang::Zh),
    ];
    for (fixture, policy, lang) in cases {
        let mut reports = scanned(fixture, policy, lang);
        let secrets = secrets(reports.report());
        assert!(secrets.len() >= 3, "{fixture}: {secrets:?}");
        let full = said(Form::Json, &reports, &knowledge);
        let count = reports.report().findings().len();
        reports.redact(&knowledge);
        assert_eq!(reports.report().findings().len(), count);
        for form in FORMS {
            let text = said(form, &reports, &knowledge);
            let told: Vec<&String> = secrets.iter().filter(|secret| text.contains(secret.as_str())).collect();
            assert!(told.is_empty(), "{fixture} {form:?} tells {told:?}");
            assert!(!text.contains("+0x"), "{fixture} {form:?} tells an offset");
            assert!(!text.contains(root().to_str().unwrap()), "{fixture} {form:?} tells a path");
            if form != Form::Csv {
                let word = lang.pick("脱敏", "redacted");
                assert!(text.contains(word), "{fixture} {form:?} does not say that it is redacted");
            }
        }
        assert!(secrets.iter().any(|secret| full.contains(secret.as_str())));
    }
}

/// The pair for the clauses on threat information: the report names the address, its redacted twin does not.
#[test]
fn the_redacted_twin_keeps_the_problem_and_not_the_address() {
    let knowledge = Knowledge::embedded();
    let mut reports = scanned("rules/overseas-endpoint/violating", None, Lang::Zh);
    let hosts: Vec<String> = reports.report().endpoints.iter().map(|row| row.host.clone()).collect();
    assert!(!hosts.is_empty());
    let before = said(Form::Notice, &reports, &knowledge) + &said(Form::Text, &reports, &knowledge);
    assert!(hosts.iter().any(|host| before.contains(host.as_str())));
    reports.redact(&knowledge);
    let after = said(Form::Notice, &reports, &knowledge) + &said(Form::Text, &reports, &knowledge);
    assert!(hosts.iter().all(|host| !after.contains(host.as_str())));
    let redaction = reports.report().redaction.clone().unwrap();
    assert_eq!(redaction.endpoints, hosts.len());
    assert!(redaction.note.contains("告知应用运营者"));
    assert!(redaction.cited.iter().any(|clause| clause.id == "threat.2"));
    assert!(reports.report().outcomes.iter().any(|row| row.rule == "overseas-endpoint" && !row.findings.is_empty()));
}
