//! Many apps in one run: bad inputs are rows, a rerun does only what is new, a killed run goes on, and the files
//! do not depend on the number of threads.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{json, root, run};
use mingcha::batch::{Plan, Store, Watch, collect};
use mingcha::knowledge::Knowledge;
use serde_json::Value;

const RECORD: &str = ".mingcha-batch.jsonl";

fn folder(name: &str) -> PathBuf {
    common::fresh(&format!("batch/{name}"))
}

/// Exit code and stderr; stdout stays empty.
fn batch(arguments: &[&str]) -> (i32, String) {
    let (code, stdout, stderr) = run(&[&["batch"], arguments].concat());
    assert!(stdout.is_empty());
    (code, stderr)
}

/// Good apps, a truncated one, a text under an app's name, another text, a copy, and a name out of a bad dream.
fn apps(name: &str) -> PathBuf {
    let folder = folder(name);
    let inner = folder.join("inner");
    fs::create_dir_all(&inner).unwrap();
    for (rule, case) in
        [("self-start", "violating"), ("unused-permission", "violating"), ("unused-permission", "packed")]
    {
        let apk = root().join(format!("fixtures/rules/{rule}/{case}/app.apk"));
        fs::copy(apk, folder.join(format!("{rule}-{case}.apk"))).unwrap();
    }
    let demo = root().join("fixtures/demo/violating/app.apk");
    fs::copy(&demo, inner.join("<img src=x onerror=alert(1)>&.APK")).unwrap();
    fs::copy(&demo, inner.join("copy.apk")).unwrap();
    let whole = fs::read(&demo).unwrap();
    fs::write(folder.join("cut.apk"), &whole[..whole.len() / 2]).unwrap();
    fs::write(folder.join("text.apk"), "no archive at all").unwrap();
    fs::write(folder.join("notes.txt"), "notes").unwrap();
    folder
}

/// The files of a run by name, the record of the program apart.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut out = BTreeMap::new();
    for place in [folder.to_owned(), folder.join("reports")] {
        for entry in fs::read_dir(place).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
            let name = entry.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
            if name != RECORD {
                out.insert(name, fs::read(&entry).unwrap());
            }
        }
    }
    out
}

/// Rows of the table by heading.
fn table(folder: &Path) -> Vec<BTreeMap<String, String>> {
    let text = fs::read_to_string(folder.join("summary.csv")).unwrap();
    let text = text.strip_prefix('\u{feff}').expect("no byte order mark");
    let cells = |line: &str| -> Vec<String> {
        let (mut cells, mut quoted) = (vec![String::new()], false);
        for character in line.chars() {
            match character {
                '"' => quoted = !quoted,
                ',' if !quoted => cells.push(String::new()),
                other => cells.last_mut().unwrap().push(other),
            }
        }
        cells
    };
    let mut lines = text.split_terminator("\r\n");
    let headings = cells(lines.next().unwrap());
    lines.map(|line| headings.iter().cloned().zip(cells(line)).collect()).collect()
}

/// The files with the seconds taken out of the table.
fn without_seconds(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut out = files(folder);
    let mut rows = table(folder);
    rows.iter_mut().for_each(|row| {
        row.remove("Seconds");
    });
    out.insert("summary.csv".into(), format!("{rows:?}").into_bytes());
    out
}

#[test]
fn bad_inputs_are_rows_and_threads_change_nothing() {
    let apps = apps("mixed");
    let input = apps.to_str().unwrap();
    let (one, two) = (folder("one"), folder("two"));
    let (code, stderr) = batch(&[input, "--lang", "en", "--jobs", "1", "-o", one.to_str().unwrap()]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("7 inputs: 6 scanned, 0 unchanged, 1 duplicates, 2 failed"), "{stderr}");
    assert!(stderr.contains("1 other files"), "{stderr}");
    let (_, stderr) =
        batch(&[input, "--lang", "en", "--jobs", "2", "--max-bytes-in-flight", "1", "-o", two.to_str().unwrap()]);
    assert!(stderr.contains("2 failed"), "{stderr}");
    assert_eq!(without_seconds(&one), without_seconds(&two));

    let rows = table(&one);
    let row = |name: &str| rows.iter().find(|row| row["File"].ends_with(name)).unwrap();
    assert!(
        row("cut.apk")["Error"].contains("cut.apk: not an Android app: the archive is truncated"),
        "{:?}",
        row("cut.apk")
    );
    assert!(row("text.apk")["Error"].contains("text.apk") && row("text.apk")["Violations"].is_empty());
    assert_eq!(row("unused-permission-violating.apk")["unused-permission"], "violation");
    assert!(row("unused-permission-packed.apk")["Limits of reach"].len() > 3);
    assert_eq!(row("unused-permission-packed.apk")["Same bytes as"], "");
    let copy = row("copy.apk");
    assert!(copy["Same bytes as"].ends_with("&.APK") && copy["Report"] == row("&.APK")["Report"], "{copy:?}");
    let report: Value = serde_json::from_slice(&fs::read(one.join(&copy["Report"])).unwrap()).unwrap();
    assert_eq!(report["input"]["sha256"], copy["SHA-256"]);
    let problems = jsonschema::validator_for(&json("docs/report.schema.json")).unwrap();
    assert!(problems.is_valid(&report));

    let page = fs::read_to_string(one.join("index.html")).unwrap();
    assert!(
        page.contains("&lt;img src=x onerror=alert(1)&gt;&amp;.APK")
            && !page.contains("<img")
            && !page.contains("<script")
    );
    assert!(
        page.contains("JPush")
            && page.contains("the archive is truncated")
            && page.contains("prefers-color-scheme: dark")
    );
    assert!(!page.contains("http://") && !page.contains("https://"), "the page refers to the network");
}

#[test]
fn a_rerun_does_only_what_is_new() {
    let apps = apps("rerun");
    let out = folder("rerun-out");
    let arguments = [apps.to_str().unwrap(), "--lang", "en", "-o", out.to_str().unwrap()];
    batch(&arguments);
    let before = files(&out);
    // Failures are tried again: a disk may have been away.
    let (_, stderr) = batch(&arguments);
    assert!(stderr.contains("2 scanned, 4 unchanged, 1 duplicates, 2 failed"), "{stderr}");
    let after = files(&out);
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    assert_eq!(before["index.html"], after["index.html"]);
    // Touched but the same, then changed, then other options.
    let touched = apps.join("self-start-violating.apk");
    fs::File::options()
        .append(true)
        .open(&touched)
        .unwrap()
        .set_modified(std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(9))
        .unwrap();
    let (_, stderr) = batch(&arguments);
    assert!(stderr.contains("4 unchanged"), "{stderr}");
    fs::copy(root().join("fixtures/rules/self-start/compliant/app.apk"), &touched).unwrap();
    let (_, stderr) = batch(&arguments);
    assert!(stderr.contains("3 scanned, 3 unchanged"), "{stderr}");
    let (_, stderr) = batch(&[&arguments[..], &["--skip", "self-start"]].concat());
    assert!(stderr.contains("6 scanned, 0 unchanged"), "{stderr}");
    // A report that was taken away is made again.
    let report = fs::read_dir(out.join("reports")).unwrap().next().unwrap().unwrap().path();
    fs::remove_file(&report).unwrap();
    batch(&[&arguments[..], &["--skip", "self-start"]].concat());
    assert_eq!(
        fs::read_dir(out.join("reports")).unwrap().filter(|entry| entry.as_ref().unwrap().path() == report).count(),
        1
    );
}

#[test]
fn a_killed_run_goes_on() {
    let (out, clean) = (folder("killed"), folder("not-killed"));
    let input = root().join("fixtures/rules");
    let arguments = ["batch", input.to_str().unwrap(), "--lang", "en", "--jobs", "1", "-o"];
    let mut child =
        Command::new(env!("CARGO_BIN_EXE_mingcha")).args(arguments).arg(&out).stderr(Stdio::null()).spawn().unwrap();
    let lines = || fs::read_to_string(out.join(RECORD)).map(|text| text.lines().count()).unwrap_or(0);
    let start = Instant::now();
    while lines() < 5 && start.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!out.join("index.html").exists(), "the run had ended before it was killed");
    // As a crash of the machine may leave it.
    fs::write(out.join("reports/half.json.unfinished"), "{").unwrap();
    let mut record = fs::read(out.join(RECORD)).unwrap();
    record.extend_from_slice(b"{\"path\":\"x");
    fs::write(out.join(RECORD), record).unwrap();
    let done = lines() - 1;
    let (code, stderr) = batch(&[input.to_str().unwrap(), "--lang", "en", "-o", out.to_str().unwrap()]);
    assert_eq!(code, 0, "{stderr}");
    let unchanged: usize = stderr.split(" unchanged").next().unwrap().rsplit(' ').next().unwrap().parse().unwrap();
    // Copies among the fixtures are no work of their own.
    assert!(unchanged >= 5 && unchanged <= done, "{done} were done: {stderr}");
    batch(&[input.to_str().unwrap(), "--lang", "en", "-o", clean.to_str().unwrap()]);
    assert_eq!(without_seconds(&out), without_seconds(&clean));
}

#[test]
fn one_run_at_a_time_writes_a_folder() {
    let out = folder("locked");
    let store = Store::open(&out).unwrap();
    let demo = "fixtures/demo/violating/app.apk";
    let (code, stderr) = batch(&[demo, "-o", out.to_str().unwrap()]);
    assert_eq!(code, 2);
    assert!(stderr.contains("另一次运行正在写入该文件夹"), "{stderr}");
    drop(store);
    assert_eq!(batch(&[demo, "-o", out.to_str().unwrap()]).0, 0);
}

#[test]
fn redacted_reports_hold_no_places_in_code() {
    let out = folder("redacted");
    let apps = ["fixtures/demo/violating/app.apk", "-o", out.to_str().unwrap()];
    let report = || -> Value {
        let all = files(&out);
        let (_, bytes) = all.iter().find(|(name, _)| name.starts_with("reports/")).unwrap();
        serde_json::from_slice(bytes).unwrap()
    };
    batch(&apps);
    assert!(report()["redaction"].is_null());
    assert!(report()["app"]["components"].as_array().is_some_and(|all| !all.is_empty()));
    // Another option is another report.
    batch(&[&apps[..], &["--redact"]].concat());
    assert!(report()["redaction"]["note"].is_string());
    assert_eq!(report()["app"]["components"].as_array().map(Vec::len), Some(0));
}

#[test]
fn exit_codes_tell_how_it_ended() {
    let apps = apps("codes");
    let out = folder("codes-out");
    let out = out.to_str().unwrap();
    let file = |name: &str| apps.join(name).to_str().unwrap().to_owned();
    let (cut, good, missing) = (file("cut.apk"), file("unused-permission-violating.apk"), file("missing.apk"));
    assert_eq!(batch(&[&cut, &missing, "-o", out]).0, 3);
    let (code, stderr) = batch(&[&cut, &good, "--fail-on", "violation", "-o", out, "--lang", "en"]);
    assert!(code == 1 && stderr.contains("gate failed: 1 apps at violation"), "{stderr}");
    assert_eq!(batch(&[&cut, &good, "--fail-on", "critical", "-o", out]).0, 0);
    assert_eq!(batch(&[&good]).0, 2);
    assert_eq!(batch(&["@no-such-list", "-o", out]).0, 2);
    assert_eq!(batch(&[&good, "--only", "nothing", "-o", out]).0, 2);
    let list = apps.join("list.txt");
    fs::write(&list, format!("# two apps\n{good}\n{cut}\n")).unwrap();
    let pattern = format!("{}/self-*.apk", apps.display());
    let (_, stderr) = batch(&[&format!("@{}", list.display()), &pattern, "-o", out, "--lang", "en"]);
    assert!(stderr.contains("3 inputs"), "{stderr}");
}

struct Silent;

impl Watch for Silent {
    fn begin(&self, _: usize) {}
    fn done(&self, _: bool) {}
}

#[test]
fn a_panic_is_a_failure_of_its_input() {
    let apps = apps("panic");
    let store = Store::open(&folder("panic-out")).unwrap();
    let inputs = collect(&[apps.to_str().unwrap().to_owned()], std::io::empty()).unwrap();
    let plan = Plan { jobs: 2, max_bytes: 1 << 20, key: "test".into() };
    let knowledge = Knowledge::embedded();
    let scan = |path: &Path| {
        assert!(!path.ends_with("self-start-violating.apk"), "on purpose");
        mingcha::scan(path, &mingcha::Options::default(), &knowledge)
    };
    let run = mingcha::batch::run(&inputs, &plan, &store, &Silent, &scan).unwrap();
    let failed: Vec<&str> = run.records.iter().filter(|row| row.app.is_none()).map(|row| row.error.as_str()).collect();
    assert_eq!(failed.len(), 3, "{failed:?}");
    let panic = failed.iter().find(|error| error.contains("internal error")).unwrap();
    assert!(panic.contains("on purpose") && panic.contains("tests/batch.rs:"), "{panic}");
}
