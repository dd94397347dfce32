//! What several tests need: the corpus, oracle files, the program.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::print_stderr)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use sha2::{Digest, Sha256};

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of real APKs, or `None` in the explicit offline mode.
///
/// # Panics
/// When the corpus is not there, with the command that brings it.
pub fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("MINGCHA_CORPUS").map_or_else(|| root().join(".cache/corpus"), PathBuf::from);
    if folder.join("lumen.apk").is_file() {
        return Some(folder);
    }
    if std::env::var_os("MINGCHA_OFFLINE").is_some() {
        eprintln!("skipped: MINGCHA_OFFLINE is set and {} holds no corpus", folder.display());
        return None;
    }
    panic!("no corpus in {}. Run: python3 scripts/fetch_corpus.py {}", folder.display(), folder.display());
}

/// The folder of apps built with real SDKs, or `None` in the explicit offline mode.
///
/// # Panics
/// When they are not there, with the command that builds them.
pub fn rejections() -> Option<PathBuf> {
    let folder = root().join(".cache/rejections");
    if folder.join("branch.apk").is_file() {
        return Some(folder);
    }
    if std::env::var_os("MINGCHA_OFFLINE").is_some() {
        eprintln!("skipped: MINGCHA_OFFLINE is set and {} holds no apps", folder.display());
        return None;
    }
    panic!("no apps in {0}. Run: python3 scripts/build_rejections.py {0}", folder.display());
}

/// The corpus's APKs by name.
pub fn apks(folder: &Path) -> Vec<(String, PathBuf)> {
    let mut out: Vec<(String, PathBuf)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "apk"))
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), path))
        .collect();
    out.sort();
    assert!(out.len() >= 50, "only {} APKs in {}", out.len(), folder.display());
    out
}

pub fn json(path: &str) -> Value {
    serde_json::from_slice(&std::fs::read(root().join(path)).unwrap()).unwrap()
}

/// Count and SHA-256 of the sorted distinct lines, as the oracle files record lists.
pub fn digest<T: AsRef<str>>(lines: impl IntoIterator<Item = T>) -> Value {
    let mut lines: Vec<String> = lines.into_iter().map(|line| line.as_ref().to_owned()).collect();
    lines.sort();
    lines.dedup();
    let hash = format!("{:x}", Sha256::digest(lines.join("\n").as_bytes()));
    serde_json::json!({ "count": lines.len(), "sha256": hash })
}

/// Runs the program.
pub fn mingcha(arguments: &[&str]) -> Output {
    mingcha_in(&root(), arguments)
}

/// Runs the program in a folder.
pub fn mingcha_in(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mingcha")).args(arguments).current_dir(folder).output().unwrap()
}

/// Runs the program: exit code, stdout and stderr.
pub fn run(arguments: &[&str]) -> (i32, String, String) {
    run_in(&root(), arguments)
}

/// Runs the program in a folder: exit code, stdout and stderr.
pub fn run_in(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = mingcha_in(folder, arguments);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// A folder for what a test writes, `area/…`.
pub fn scratch(area: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(area);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The same, empty.
pub fn fresh(area: &str) -> PathBuf {
    let _ = std::fs::remove_dir_all(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(area));
    scratch(area)
}

/// Runs a scan and reads its JSON report.
pub fn scan(path: &Path, more: &[&str]) -> Value {
    let path = path.to_string_lossy();
    let output = mingcha(&[&["scan", &path, "--format", "json"], more].concat());
    assert!(output.status.success(), "{path}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}
