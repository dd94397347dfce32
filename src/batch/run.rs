//! Workers over a list of inputs, with a bound on the bytes that are open at a time.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Instant, UNIX_EPOCH};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::panics::Recorder;
use super::{AppRow, Inputs, Record, Store};
use crate::error::{Error, Result};
use crate::report::Report;

/// Stack of a worker, as large as a main thread's.
const STACK: usize = 8 << 20;

/// How to run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Workers; as many as there are cores when 0.
    pub jobs: usize,
    /// Most bytes of inputs that are open at a time.
    pub max_bytes: u64,
    /// Digest of program, signatures and options: another one means to scan again.
    pub key: String,
}

/// Is told how a run goes on.
pub trait Watch: Sync {
    /// So many inputs are to be scanned.
    fn begin(&self, count: usize);
    /// One more is done.
    fn done(&self, failed: bool);
}

/// A finished run.
#[derive(Debug)]
pub struct Run {
    /// A record for each input, by path.
    pub records: Vec<Record>,
    /// Inputs that were scanned now.
    pub scanned: usize,
    /// Inputs that were done and had not changed.
    pub unchanged: usize,
    /// Inputs with the bytes of another.
    pub duplicates: usize,
}

/// An input as the file system shows it.
struct Input {
    path: PathBuf,
    size: u64,
    changed: u64,
    is_file: bool,
}

impl Input {
    fn new(path: &Path) -> Self {
        let mut input = Self { path: path.to_owned(), size: 0, changed: 0, is_file: path.is_file() };
        let inside = std::fs::read_dir(path).map(|entries| entries.flatten().map(|entry| entry.path()).collect());
        let files: Vec<PathBuf> = inside.unwrap_or_else(|_| vec![path.to_owned()]);
        for meta in files.iter().filter_map(|file| std::fs::metadata(file).ok()).filter(std::fs::Metadata::is_file) {
            input.size = input.size.saturating_add(meta.len());
            let changed = meta.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            let nanos = changed.map(|time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)).unwrap_or_default();
            input.changed = input.changed.max(nanos);
        }
        input
    }

    fn shown(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }

    fn record(&self, key: &str) -> Record {
        Record {
            path: self.shown(),
            size: self.size,
            changed: self.changed,
            sha256: String::new(),
            key: key.to_owned(),
            report: String::new(),
            same_as: String::new(),
            seconds: 0.0,
            error: String::new(),
            app: None,
        }
    }

    /// Digest of a file's bytes, empty when they cannot be read.
    fn sha256(&self) -> String {
        let digest = || -> std::io::Result<String> {
            let mut file = std::fs::File::open(&self.path)?;
            let mut digest = Sha256::new();
            let mut buffer = vec![0u8; 1 << 20];
            loop {
                let read = file.read(&mut buffer)?;
                if read == 0 {
                    return Ok(format!("{:x}", digest.finalize()));
                }
                digest.update(buffer.get(..read).unwrap_or_default());
            }
        };
        if self.is_file { digest().unwrap_or_default() } else { String::new() }
    }
}

/// Scans what is not done, with `scan`, and notes each in `store` as it is done.
///
/// # Errors
/// When the folder cannot be written; a bad input is a record.
pub fn run(
    inputs: &Inputs,
    plan: &Plan,
    store: &Store,
    watch: &dyn Watch,
    scan: &(dyn Fn(&Path) -> Result<Report> + Sync),
) -> Result<Run> {
    let all: Vec<Input> = inputs.apps.iter().map(|path| Input::new(path)).collect();
    let mut records: BTreeMap<String, Record> = BTreeMap::new();
    for (name, error) in &inputs.bad {
        let input = Input { path: name.into(), size: 0, changed: 0, is_file: false };
        records.insert(name.clone(), Record { error: error.clone(), ..input.record(&plan.key) });
    }
    let digests = digests(&all, store);
    let mut first: BTreeMap<&str, &Input> = BTreeMap::new();
    let (mut todo, mut same) = (Vec::new(), Vec::new());
    let mut unchanged = 0usize;
    for input in &all {
        let shown = input.shown();
        let digest = digests.get(&shown).map(String::as_str).unwrap_or_default();
        if let Some(original) = first.get(digest).filter(|_| !digest.is_empty()) {
            same.push((input, original.shown(), digest));
            continue;
        }
        if !digest.is_empty() {
            first.insert(digest, input);
        }
        let known = store.known(&shown).filter(|known| known.key == plan.key && known.same_as.is_empty());
        match known.filter(|known| is_unchanged(input, known, digest)) {
            Some(known) => {
                unchanged = unchanged.saturating_add(1);
                records.insert(shown, Record { size: input.size, changed: input.changed, ..known.clone() });
            }
            None => todo.push(input),
        }
    }
    watch.begin(todo.len());
    let scanned = todo.len();
    for record in work(&todo, plan, store, watch, scan)? {
        records.insert(record.path.clone(), record);
    }
    let duplicates = same.len();
    for (input, original, digest) in same {
        let mut record = Record { sha256: digest.to_owned(), ..input.record(&plan.key) };
        if let Some(done) = records.get(&original) {
            record.report.clone_from(&done.report);
            record.error.clone_from(&done.error);
            record.app.clone_from(&done.app);
        }
        record.same_as = original;
        records.insert(record.path.clone(), record);
    }
    let records: Vec<Record> = records.into_values().collect();
    store.compact(&records)?;
    Ok(Run { records, scanned, unchanged, duplicates })
}

fn is_unchanged(input: &Input, known: &Record, digest: &str) -> bool {
    let same_stamp = known.size == input.size && known.changed == input.changed && input.changed > 0;
    same_stamp || known.size == input.size && !known.sha256.is_empty() && known.sha256 == digest
}

/// Digests of the files of which another has the same size, or which an earlier run knows by another time of
/// change. The others cannot be the same, and scanning tells their digest anyway.
fn digests(all: &[Input], store: &Store) -> BTreeMap<String, String> {
    let mut sizes: BTreeMap<u64, usize> = BTreeMap::new();
    for input in all {
        let count = sizes.entry(input.size).or_insert(0);
        *count = count.saturating_add(1);
    }
    all.par_iter()
        .filter_map(|input| {
            let shown = input.shown();
            let known = store.known(&shown).filter(|known| known.size == input.size);
            if let Some(known) = known.filter(|known| known.changed == input.changed && input.changed > 0) {
                return Some((shown, known.sha256.clone()));
            }
            let shared = sizes.get(&input.size).is_some_and(|count| *count > 1);
            (input.is_file && (shared || known.is_some())).then(|| (shown, input.sha256()))
        })
        .collect()
}

/// Bytes that are open.
struct Gauge {
    open: Mutex<u64>,
    freed: Condvar,
    most: u64,
}

impl Gauge {
    /// Waits until `bytes` more fit, or nothing else is open.
    fn take(&self, bytes: u64) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        while *open > 0 && open.saturating_add(bytes) > self.most {
            open = self.freed.wait(open).unwrap_or_else(PoisonError::into_inner);
        }
        *open = open.saturating_add(bytes);
    }

    fn give_back(&self, bytes: u64) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        *open = open.saturating_sub(bytes);
        self.freed.notify_all();
    }
}

fn work(
    todo: &[&Input],
    plan: &Plan,
    store: &Store,
    watch: &dyn Watch,
    scan: &(dyn Fn(&Path) -> Result<Report> + Sync),
) -> Result<Vec<Record>> {
    let cores = std::thread::available_parallelism().map(std::num::NonZero::get).unwrap_or(1);
    let jobs = if plan.jobs == 0 { cores } else { plan.jobs }.min(todo.len());
    let gauge = Gauge { open: Mutex::new(0), freed: Condvar::new(), most: plan.max_bytes };
    let next = AtomicUsize::new(0);
    let panics = Recorder::install();
    let done: Mutex<Result<Vec<Record>>> = Mutex::new(Ok(Vec::new()));
    let worker = || {
        while let Some(input) = todo.get(next.fetch_add(1, Ordering::Relaxed)) {
            gauge.take(input.size);
            let record = one(input, plan, store, scan, &panics).and_then(|record| {
                store.note(&record)?;
                Ok(record)
            });
            gauge.give_back(input.size);
            watch.done(record.as_ref().is_ok_and(|record| record.app.is_none()));
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            match (record, done.as_mut()) {
                (Ok(record), Ok(records)) => records.push(record),
                (Err(error), Ok(_)) => *done = Err(error),
                (_, Err(_)) => {}
            }
            // A full disk does not become less full by going on.
            if done.is_err() {
                return;
            }
        }
    };
    std::thread::scope(|scope| {
        let mut started = 0usize;
        for _ in 0..jobs {
            // Where the system allows no further thread, fewer do the work.
            let thread = std::thread::Builder::new().name("app".into()).stack_size(STACK);
            started = started.saturating_add(usize::from(thread.spawn_scoped(scope, worker).is_ok()));
        }
        if started == 0 {
            worker();
        }
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// One input, come what may; an error only where the folder cannot be written.
fn one(
    input: &Input,
    plan: &Plan,
    store: &Store,
    scan: &(dyn Fn(&Path) -> Result<Report> + Sync),
    panics: &Recorder,
) -> Result<Record> {
    let start = Instant::now();
    let mut record = input.record(&plan.key);
    match catch_unwind(AssertUnwindSafe(|| scan(&input.path))) {
        Ok(Ok(report)) => {
            record.report = store.write_report(&input.path, &report)?;
            record.sha256.clone_from(&report.input.sha256);
            record.app = Some(AppRow::of(&report));
        }
        // What was asked for is wrong for every input alike.
        Ok(Err(error @ (Error::Usage(_) | Error::Policy { .. }))) => return Err(error),
        Ok(Err(error)) => {
            record.sha256 = input.sha256();
            record.error = error.to_string();
        }
        Err(payload) => {
            record.sha256 = input.sha256();
            record.error = format!("{}: internal error: {}", input.shown(), panics.describe(payload.as_ref()));
        }
    }
    record.seconds = (start.elapsed().as_secs_f64() * 100.0).round() / 100.0;
    Ok(record)
}
