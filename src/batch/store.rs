//! The folder of a run: whole files or none, and a record from which a killed run goes on.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::Record;
use crate::error::{Error, Result};
use crate::report::Report;

/// Folder of the reports.
const REPORTS: &str = "reports";
/// A line for each input that is done.
const RECORD: &str = ".mingcha-batch.jsonl";
/// Held by the run that writes the folder; the system lets go of it when the run ends, however it ends.
const LOCK: &str = ".mingcha-batch.lock";
/// Ending of files that are not whole yet.
const UNFINISHED: &str = ".unfinished";
/// Most characters of an input's name in the name of its report.
const MAX_STEM: usize = 60;
/// Digits of the digest in the name of a report.
const DIGITS: usize = 12;

/// An opened folder.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    known: BTreeMap<String, Record>,
    record: Mutex<File>,
    _lock: File,
}

impl Store {
    /// Makes the folder, clears what a killed run left half written, and reads what is done.
    ///
    /// # Errors
    /// [`Error::Usage`] when the folder cannot be written, or another run is writing it.
    pub fn open(folder: &Path) -> Result<Self> {
        let fail = |error: std::io::Error| Error::Usage(format!("{}: {error}", folder.display()));
        fs::create_dir_all(folder.join(REPORTS)).map_err(fail)?;
        let lock = OpenOptions::new().create(true).append(true).open(folder.join(LOCK)).map_err(fail)?;
        // Some network file systems know no locks; a run there is as good as it ever was.
        if matches!(lock.try_lock(), Err(TryLockError::WouldBlock)) {
            let detail =
                format!("{}: another run is writing to this folder; wait for it or give another", folder.display());
            return Err(Error::Usage(detail));
        }
        for place in [folder.to_owned(), folder.join(REPORTS)] {
            for entry in fs::read_dir(&place).map_err(fail)?.flatten() {
                if entry.file_name().to_string_lossy().ends_with(UNFINISHED) {
                    fs::remove_file(entry.path()).map_err(fail)?;
                }
            }
        }
        let path = folder.join(RECORD);
        let text = fs::read(&path).unwrap_or_default();
        let mut known = BTreeMap::new();
        // The line at which a run was killed may be cut.
        for record in text.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Record>(line).ok()) {
            known.insert(record.path.clone(), record);
        }
        let mut record = OpenOptions::new().create(true).append(true).open(&path).map_err(fail)?;
        if text.last().is_some_and(|byte| *byte != b'\n') {
            record.write_all(b"\n").map_err(fail)?;
        }
        Ok(Self { folder: folder.to_owned(), known, record: Mutex::new(record), _lock: lock })
    }

    /// What is known of an input from an earlier run, where its report is still there.
    pub fn known(&self, path: &str) -> Option<&Record> {
        self.known.get(path).filter(|record| record.app.is_some() && self.folder.join(&record.report).is_file())
    }

    /// Writes a report; its name within the folder.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_report(&self, input: &Path, report: &Report) -> Result<String> {
        let stem = input.file_stem().unwrap_or_default().to_string_lossy();
        let plain = |character: char| match character {
            '-' | '_' => character,
            other if other.is_alphanumeric() => other,
            _ => '_',
        };
        let stem: String = stem.chars().map(plain).take(MAX_STEM).collect();
        let digest = report.input.sha256.get(..DIGITS).unwrap_or_default();
        let name = format!("{REPORTS}/{stem}-{digest}.json");
        self.write_with(&name, |out| {
            serde_json::to_writer_pretty(&mut *out, report)?;
            out.write_all(b"\n")
        })?;
        Ok(name)
    }

    /// Writes a file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        self.write_with(name, |out| out.write_all(bytes))
    }

    /// Nobody ever sees half a file: it gets its name when it is whole.
    fn write_with(&self, name: &str, fill: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>) -> Result<()> {
        let path = self.folder.join(name);
        let unfinished = self.folder.join(format!("{name}{UNFINISHED}"));
        let write = || -> std::io::Result<()> {
            let mut out = BufWriter::new(File::create(&unfinished)?);
            fill(&mut out)?;
            out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
            fs::rename(&unfinished, &path)
        };
        write().map_err(|error| Error::Usage(format!("{}: {error}", path.display())))
    }

    /// Notes that an input is done.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub fn note(&self, record: &Record) -> Result<()> {
        let fail = |error: std::io::Error| Error::Usage(format!("{}: {error}", self.folder.join(RECORD).display()));
        let mut line = serde_json::to_vec(record).map_err(|error| fail(error.into()))?;
        line.push(b'\n');
        let mut file = self.record.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        file.write_all(&line).map_err(fail)
    }

    /// Rewrites the record with a line for each input, those of earlier runs over other inputs included.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn compact(&self, records: &[Record]) -> Result<()> {
        let mut all: BTreeMap<&str, &Record> =
            self.known.iter().map(|(path, record)| (path.as_str(), record)).collect();
        all.extend(records.iter().map(|record| (record.path.as_str(), record)));
        self.write_with(RECORD, |out| {
            for record in all.values() {
                serde_json::to_writer(&mut *out, record)?;
                out.write_all(b"\n")?;
            }
            Ok(())
        })
    }
}
