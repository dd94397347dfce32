//! Hostile variants of real APKs: no panic, no hang, bounded memory; what Android reads is read, what it
//! refuses is refused with one clear line, and lost parts are named. `scripts/mutate.py` says what each
//! variant is and what to expect of it.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use common::{corpus, root};
use serde_json::Value;

const MAX_SECONDS: u64 = 10;
const MAX_RSS_KIB: u64 = 1 << 20;
/// (base, further arguments of the generator): the large variants once are enough.
const BASES: [(&str, &[&str]); 3] = [
    ("fd-org.bitbucket.tickytacky.mirrormirror_4", &[]),
    ("fd-com.politedroid_6", &["--no-big"]),
    ("appium-settings-2.0.0", &["--no-big"]),
];

struct Run {
    code: Option<i32>,
    report: Value,
    stderr: String,
    seconds: f64,
    peak_kib: u64,
}

fn run(path: &Path, folder: &Path) -> Run {
    let started = Instant::now();
    let stdout = folder.join(format!("{}.out", path.file_stem().unwrap().to_string_lossy()));
    let stderr = stdout.with_extension("err");
    let mut child = Command::new(env!("CARGO_BIN_EXE_mingcha"))
        .args(["--lang", "en", "scan", "--format", "json"])
        .arg(path)
        .current_dir(folder)
        .stdout(std::fs::File::create(&stdout).unwrap())
        .stderr(std::fs::File::create(&stderr).unwrap())
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let status_file = format!("/proc/{}/status", child.id());
    let mut peak_kib = 0;
    let code = loop {
        let status = std::fs::read_to_string(&status_file).unwrap_or_default();
        let peak =
            status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
        peak_kib = peak_kib.max(peak.unwrap_or(0));
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        if started.elapsed() > Duration::from_secs(MAX_SECONDS) {
            child.kill().unwrap();
            child.wait().unwrap();
            break None;
        }
        std::thread::sleep(Duration::from_millis(3));
    };
    Run {
        code,
        report: serde_json::from_slice(&std::fs::read(&stdout).unwrap()).unwrap_or(Value::Null),
        stderr: String::from_utf8_lossy(&std::fs::read(&stderr).unwrap()).into_owned(),
        seconds: started.elapsed().as_secs_f64(),
        peak_kib,
    }
}

/// Facts that must survive damage which Android does not mind.
fn facts(report: &Value) -> Vec<(&'static str, BTreeSet<String>)> {
    let names = |list: &Value, keys: &[&str]| -> BTreeSet<String> {
        let rows = list.as_array().into_iter().flatten();
        rows.map(|row| keys.iter().map(|key| row[*key].as_str().unwrap_or_default()).collect::<Vec<_>>().join(" "))
            .collect()
    };
    vec![
        ("package", BTreeSet::from([report["app"]["package"].as_str().unwrap_or_default().to_owned()])),
        ("permissions", names(&report["app"]["permissions"], &["name"])),
        ("components", names(&report["app"]["components"], &["kind", "name"])),
        ("classes", BTreeSet::from([report["reach"]["methods"].to_string()])),
    ]
}

fn judge(variant: &Value, run: &Run, base: &[(&'static str, BTreeSet<String>)]) -> Vec<String> {
    let mut problems = Vec::new();
    let expect = variant["expect"].as_str().unwrap();
    match run.code {
        None => problems.push("hangs or was ended by a signal".to_owned()),
        Some(0 | 3) => {}
        Some(code) => problems.push(format!("exit code {code}: {}", run.stderr)),
    }
    if run.peak_kib > MAX_RSS_KIB {
        problems.push(format!("takes {} MiB", run.peak_kib >> 10));
    }
    if run.seconds > MAX_SECONDS as f64 {
        problems.push(format!("takes {:.1} s", run.seconds));
    }
    let read = run.code == Some(0);
    if !read && (run.stderr.lines().count() != 1 || !run.stderr.contains(variant["file"].as_str().unwrap())) {
        problems.push(format!("the error is not one line that names the file: {}", run.stderr));
    }
    match expect {
        "reject" if read => problems.push("is accepted".into()),
        "parse" | "warn" | "partial" if !read => problems.push(format!("is refused: {}", run.stderr)),
        _ => {}
    }
    if read && matches!(expect, "parse" | "warn") {
        let differs: Vec<String> = variant["differs"].as_array().unwrap().iter().map(ToString::to_string).collect();
        for ((what, ours), (_, theirs)) in facts(&run.report).iter().zip(base) {
            // `differs` says in words which facts change on purpose.
            let stem = match *what {
                "components" => "activit",
                "classes" => "DEX",
                other => other,
            };
            let on_purpose = differs.iter().any(|text| text.contains(stem) || text.contains(what));
            let more_code = *what == "classes" && variant["id"] == "zip-prefix-dex";
            if ours != theirs && !on_purpose && !more_code {
                problems.push(format!("{what} differ: {ours:?}"));
            }
        }
    }
    let has = |value: &Value| value.as_array().is_some_and(|list| !list.is_empty());
    if read && expect == "warn" && !has(&run.report["anomalies"]) && !has(&run.report["reach"]["embedded_code"]) {
        problems.push("no anomaly is reported".into());
    }
    if read && expect == "partial" && !has(&run.report["anomalies"]) && !has(&run.report["reach"]["incomplete"]) {
        problems.push("is not said to be incomplete".into());
    }
    problems
}

fn variants(base: &str, apk: &Path, more: &[&str]) -> (PathBuf, Vec<Value>) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("hostile").join(base);
    let _ = std::fs::remove_dir_all(&folder);
    let script = root().join("scripts/mutate.py");
    let made =
        Command::new("python3").arg(script).arg(apk).arg(&folder).args(["--seed", "1"]).args(more).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let manifest: Value = serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    (folder, manifest["variants"].as_array().unwrap().clone())
}

#[test]
fn hostile_variants_do_no_harm() {
    let Some(corpus) = corpus() else { return };
    let mut failures = Vec::new();
    for (base, more) in BASES {
        let apk = corpus.join(format!("{base}.apk"));
        let (folder, variants) = variants(base, &apk, more);
        assert!(variants.len() > 190, "only {} variants of {base}", variants.len());
        let intact = run(&apk, &folder);
        assert_eq!(intact.code, Some(0));
        let expected = facts(&intact.report);
        let queue = Mutex::new(variants.iter());
        let found = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    loop {
                        let Some(variant) = queue.lock().unwrap().next() else { break };
                        let run = run(&folder.join(variant["file"].as_str().unwrap()), &folder);
                        for problem in judge(variant, &run, &expected) {
                            let line = format!("{base} {} ({}): {problem}", variant["id"], variant["expect"]);
                            found.lock().unwrap().push(line);
                        }
                    }
                });
            }
        });
        failures.extend(found.into_inner().unwrap());
        for canary in ["/tmp/mingcha-evil", "/etc/mingcha-evil"] {
            assert!(!Path::new(canary).exists(), "a path traversal was followed to {canary}");
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
    assert!(failures.is_empty(), "{} problems:\n{}", failures.len(), failures.join("\n"));
}
