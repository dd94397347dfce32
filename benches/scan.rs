//! How much a whole scan costs above its floor, in one run.
//!
//! Floor: inflating the DEX files, the manifest and the resource table of the same APK with libdeflate on as
//! many threads, found by another ZIP reader. Scan: the release program as a whole process, JSON to nowhere.
//! Printed: minimum of several runs, their ratio, peak memory against the inflated DEX bytes, start-up.
//!
//!     cargo bench --bench scan -- [--androguard] [APK…]      default: five of the corpus and .cache/big.apk
//!
//! With `--androguard` the same APKs also go through `benches/androguard_scan.py` between the two, once each: time
//! up to its cross references and up to its call graph, and peak memory.
//!
//! `scripts/build_big_apk.sh` makes the large one.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use rayon::prelude::*;

const CORPUS: [&str; 5] = ["appium-settings-8.0.10", "lumen", "appium-uia2-10.6.6", "yosemite-1.4.3", "apidemos-5.0.0"];

/// Compressed bytes and inflated size of what every scan must inflate.
fn floor_entries(path: &Path) -> (Vec<u8>, Vec<(usize, usize, usize)>, usize) {
    let data = fs::read(path).unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&data)).unwrap();
    let mut entries = Vec::new();
    let mut dex_bytes = 0usize;
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index).unwrap();
        let name = file.name().map(std::borrow::Cow::into_owned).unwrap_or_default();
        let is_dex = name.starts_with("classes") && name.ends_with(".dex");
        if is_dex {
            dex_bytes += file.size() as usize;
        }
        let needed = is_dex || matches!(name.as_str(), "AndroidManifest.xml" | "resources.arsc");
        if needed && file.compression() == zip::CompressionMethod::Deflated {
            entries.push((file.data_start().unwrap() as usize, file.compressed_size() as usize, file.size() as usize));
        }
    }
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.2));
    (data, entries, dex_bytes)
}

fn inflate_all(data: &[u8], entries: &[(usize, usize, usize)]) -> usize {
    let inflated: Vec<Vec<u8>> = entries
        .par_iter()
        .map(|(start, length, size)| {
            let mut out = vec![0u8; *size];
            libdeflater::Decompressor::new().deflate_decompress(&data[*start..start + length], &mut out).unwrap();
            out
        })
        .collect();
    inflated.iter().map(Vec::len).sum()
}

fn minimum(runs: usize, mut run: impl FnMut()) -> f64 {
    (0..runs)
        .map(|_| {
            let started = Instant::now();
            run();
            started.elapsed().as_secs_f64() * 1000.0
        })
        .fold(f64::MAX, f64::min)
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mingcha"));
    command.args(arguments).stdout(Stdio::null());
    command
}

/// Seconds up to androguard's cross references, seconds up to its call graph, peak resident bytes.
fn androguard(apk: &str) -> [f64; 3] {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/androguard_scan.py");
    let output = Command::new("python3").arg(script).arg(apk).output().unwrap();
    assert!(output.status.success(), "androguard: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let figures: Vec<f64> = text.split_whitespace().map(|figure| figure.parse().unwrap()).collect();
    figures.try_into().unwrap()
}

/// Peak resident bytes of a scan, from the kernel's own count while it runs.
fn peak_bytes(apk: &str) -> u64 {
    let mut child = program(&["scan", apk, "--format", "json"]).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0u64;
    let mut text = String::new();
    while child.try_wait().unwrap().is_none() {
        text.clear();
        if fs::File::open(&status).and_then(|mut file| file.read_to_string(&mut text)).is_ok() {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok()).unwrap_or(0);
            peak = peak.max(kib * 1024);
        }
        std::thread::sleep(std::time::Duration::from_micros(300));
    }
    peak
}

fn main() {
    let given: Vec<PathBuf> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).map(PathBuf::from).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let apks = if given.is_empty() {
        let corpus = CORPUS.iter().map(|name| root.join(".cache/corpus").join(format!("{name}.apk")));
        corpus.chain([root.join(".cache/big.apk")]).filter(|path| path.is_file()).collect()
    } else {
        given
    };
    assert!(!apks.is_empty(), "no APK: run scripts/fetch_corpus.py .cache/corpus and scripts/build_big_apk.sh");
    let version = minimum(20, || assert!(program(&["--version"]).status().unwrap().success()));
    println!("start-up (--version): {version:.1} ms, {} threads", rayon::current_num_threads());
    let compare = std::env::args().any(|argument| argument == "--androguard");
    println!(
        "{:<28}{:>10}{:>11}{:>11}{:>8}{:>12}{:>18}",
        "APK", "DEX MB", "floor ms", "scan ms", "ratio", "peak MB", "goal 3×DEX+60 MB"
    );
    for apk in apks {
        let (data, entries, dex_bytes) = floor_entries(&apk);
        let runs = if dex_bytes > 50_000_000 { 5 } else { 15 };
        let floor = minimum(runs, || assert!(inflate_all(&data, &entries) > 0));
        let path = apk.to_string_lossy();
        let scan = minimum(runs, || assert!(program(&["scan", &path, "--format", "json"]).status().unwrap().success()));
        let peak = peak_bytes(&path) as f64 / 1e6;
        let dex = dex_bytes as f64 / 1e6;
        let name = apk.file_stem().unwrap().to_string_lossy();
        println!(
            "{name:<28}{dex:>10.1}{floor:>11.1}{scan:>11.1}{:>8.2}{peak:>12.0}{:>18.0}",
            scan / floor,
            3.0 * dex + 60.0
        );
        if compare {
            let [linked, graph, peer_peak] = androguard(&path);
            println!(
                "  androguard: {linked:.1} s to the cross references, {:.0} × the scan; {graph:.1} s to the call graph, \
                 {:.0} × the scan; {:.0} MB, {:.1} ×",
                linked * 1000.0 / scan,
                graph * 1000.0 / scan,
                peer_peak / 1e6,
                peer_peak / 1e6 / peak
            );
        }
    }
}
