//! What to scan: files, folders, patterns, lists.

use std::collections::BTreeSet;
use std::io::BufRead;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Endings of files that are taken out of folders.
const ENDINGS: [&str; 4] = ["apk", "apks", "xapk", "apkm"];

/// The inputs of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inputs {
    /// Apps, sorted, each once.
    pub apps: BTreeSet<PathBuf>,
    /// Names that lead to no app, with what is wrong.
    pub bad: Vec<(String, String)>,
    /// Files of folders that are no app by their ending.
    pub ignored: usize,
}

/// Resolves names: `@FILE` and `-` give a path a line; a folder is looked through; a name that is no file but a
/// pattern is matched; anything else is an app. What is not there shows when it is scanned.
///
/// # Errors
/// When a list cannot be read: then nobody knows what is missing.
pub fn collect(names: &[String], stdin: impl BufRead) -> Result<Inputs> {
    let mut inputs = Inputs::default();
    let mut stdin = Some(stdin);
    for name in names {
        if name == "-" {
            if let Some(stdin) = stdin.take() {
                inputs.lines(stdin).map_err(|error| Error::Usage(format!("the list on stdin: {error}")))?;
            }
        } else if let Some(list) = name.strip_prefix('@') {
            let fail = |error: std::io::Error| Error::Usage(format!("the list {list}: {error}"));
            let file = std::fs::File::open(list).map_err(fail)?;
            inputs.lines(std::io::BufReader::new(file)).map_err(fail)?;
        } else if Path::new(name).exists() || !name.contains(['*', '?', '[']) {
            inputs.add(Path::new(name));
        } else {
            inputs.pattern(name);
        }
    }
    inputs.bad.sort();
    inputs.bad.dedup();
    Ok(inputs)
}

impl Inputs {
    /// A path a line; empty lines and those that begin with `#` are passed over.
    fn lines(&mut self, list: impl BufRead) -> std::io::Result<()> {
        for line in list.lines() {
            let line = line?;
            let line = line.trim_start_matches('\u{feff}').trim();
            if !line.is_empty() && !line.starts_with('#') {
                self.add(Path::new(line));
            }
        }
        Ok(())
    }

    fn pattern(&mut self, name: &str) {
        let before = self.apps.len().saturating_add(self.bad.len());
        match glob::glob(name) {
            Ok(paths) => {
                for path in paths {
                    match path {
                        Ok(path) => self.add(&path),
                        Err(error) => self.bad.push((error.path().to_string_lossy().into_owned(), error.to_string())),
                    }
                }
                if before == self.apps.len().saturating_add(self.bad.len()) {
                    self.bad.push((name.to_owned(), format!("{name}: the pattern fits no app")));
                }
            }
            Err(error) => self.bad.push((name.to_owned(), format!("{name}: {error}"))),
        }
    }

    fn add(&mut self, path: &Path) {
        if path.is_dir() {
            self.folder(path);
        } else {
            self.apps.insert(path.to_path_buf());
        }
    }

    /// Looks through a folder. Links to folders are not followed, since they may lead in circles.
    fn folder(&mut self, folder: &Path) {
        let entries = match std::fs::read_dir(folder).and_then(Iterator::collect::<std::io::Result<Vec<_>>>) {
            Ok(entries) => entries,
            Err(error) => {
                let shown = folder.to_string_lossy().into_owned();
                return self.bad.push((shown.clone(), format!("{shown}: {error}")));
            }
        };
        let files: Vec<PathBuf> = entries.iter().map(std::fs::DirEntry::path).collect();
        if is_split_set(&files) {
            self.apps.insert(folder.to_path_buf());
            return;
        }
        for entry in entries {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => self.folder(&path),
                Ok(_) if is_app(&path) => {
                    self.apps.insert(path);
                }
                _ => self.ignored = self.ignored.saturating_add(1),
            }
        }
    }
}

fn is_app(path: &Path) -> bool {
    path.extension().is_some_and(|found| ENDINGS.iter().any(|ending| found.eq_ignore_ascii_case(ending)))
}

/// True for the files of one app as `adb pull` leaves them: a base, splits of it, and nothing else to scan.
fn is_split_set(files: &[PathBuf]) -> bool {
    let mut names = files.iter().filter(|file| is_app(file)).filter_map(|file| file.file_name());
    let is_base = |name: &str| matches!(name, "base.apk" | "base-master.apk");
    let is_split = |name: &str| name.starts_with("split") || name.contains("config.") || name.starts_with("base-");
    let (mut base, mut splits) = (false, false);
    names.all(|name| {
        let name = name.to_string_lossy().to_ascii_lowercase();
        base |= is_base(&name);
        splits |= !is_base(&name) && is_split(&name);
        is_base(&name) || is_split(&name)
    }) && base
        && splits
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{collect, is_split_set};

    #[test]
    fn splits_of_one_app_are_one_input() {
        let files = |names: &[&str]| names.iter().map(PathBuf::from).collect::<Vec<_>>();
        assert!(is_split_set(&files(&["base.apk", "split_config.zh.apk", "notes.txt"])));
        assert!(!is_split_set(&files(&["base.apk", "other.apk"])));
        assert!(!is_split_set(&files(&["base.apk"])));
        assert!(!is_split_set(&files(&["split_a.apk", "split_b.apk"])));
    }

    #[test]
    fn lists_have_a_path_a_line() {
        let list = "\u{feff}b.apk\r\n\n# no app\n a.apk \nb.apk\n";
        let inputs = collect(&["-".into(), "no/such/*.apk".into()], list.as_bytes()).unwrap_or_default();
        assert_eq!(inputs.apps.iter().collect::<Vec<_>>(), [&PathBuf::from("a.apk"), &PathBuf::from("b.apk")]);
        assert_eq!(inputs.bad.len(), 1);
    }
}
