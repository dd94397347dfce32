//! Turns a path into opened packages: one APK, a split set, or a folder of splits.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::central_directory::Archive;
use crate::error::{Error, Result};
use crate::limits::{Budget, Limits};

/// Shared bytes: a mapped file, or a part of one, or inflated data.
#[derive(Debug, Clone)]
pub struct Bytes {
    source: Arc<Source>,
    range: Range<usize>,
}

#[derive(Debug)]
enum Source {
    Mapped(memmap2::Mmap),
    Owned(Vec<u8>),
}

impl Bytes {
    /// Maps a file into memory.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be opened or mapped.
    #[allow(unsafe_code)]
    pub fn map(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|error| Error::io(path, error))?;
        let len = file.metadata().map_err(|error| Error::io(path, error))?.len();
        if len == 0 {
            return Ok(Self::from(Vec::new()));
        }
        // SAFETY: the map is read-only and private to this process. Another process that truncates
        // the file while it is scanned can end the scan; it cannot make it unsound in any other
        // way than for every tool that maps its input.
        let map = unsafe { memmap2::Mmap::map(&file) }.map_err(|error| Error::io(path, error))?;
        let range = 0..map.len();
        Ok(Self { source: Arc::new(Source::Mapped(map)), range })
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        let all = match self.source.as_ref() {
            Source::Mapped(map) => &map[..],
            Source::Owned(data) => &data[..],
        };
        all.get(self.range.clone()).unwrap_or_default()
    }

    /// The part of these bytes that `part` borrows, without copying; `None` when it is foreign.
    fn share(&self, part: &[u8]) -> Option<Self> {
        let whole = self.as_slice().as_ptr_range();
        let begin = (part.as_ptr() as usize).checked_sub(whole.start as usize)?;
        let start = self.range.start.checked_add(begin)?;
        let end = start.checked_add(part.len())?;
        (end <= self.range.end).then(|| Self { source: Arc::clone(&self.source), range: start..end })
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(data: Vec<u8>) -> Self {
        let range = 0..data.len();
        Self { source: Arc::new(Source::Owned(data)), range }
    }
}

/// What kind of input a path turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputKind {
    /// One APK.
    Apk,
    /// Base and splits.
    SplitSet,
}

impl InputKind {
    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Apk => "apk",
            Self::SplitSet => "split_set",
        }
    }
}

/// One APK of an input.
#[derive(Debug)]
pub struct Package {
    /// Its archive.
    pub archive: Archive,
}

/// An opened input: at least one package, the base first where it is known by name.
#[derive(Debug)]
pub struct Input {
    /// Path as given.
    pub path: PathBuf,
    /// What it is.
    pub kind: InputKind,
    /// Size of the file, or of all files of a folder, in bytes.
    pub size_bytes: u64,
    /// The file's bytes, or nothing for a folder.
    pub bytes: Vec<Bytes>,
    /// The packages.
    pub packages: Vec<Package>,
}

impl Input {
    /// Opens an APK, a split set (`.apks`, `.xapk`, `.apkm`), or a folder of APKs.
    ///
    /// # Errors
    /// See [`Archive::open`]; [`Error::NotAnApp`] when no package is inside.
    pub fn open(path: &Path, limits: &Limits, budget: &Budget) -> Result<Self> {
        let meta = std::fs::metadata(path).map_err(|error| Error::io(path, error))?;
        if meta.is_dir() { Self::open_folder(path, limits) } else { Self::open_file(path, limits, budget) }
    }

    fn open_folder(path: &Path, limits: &Limits) -> Result<Self> {
        let listing = std::fs::read_dir(path).map_err(|error| Error::io(path, error))?;
        let mut files: Vec<PathBuf> = listing
            .filter_map(|item| item.ok().map(|item| item.path()))
            .filter(|file| file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("apk")))
            .collect();
        files.sort_by_key(|file| (!is_base(&file.to_string_lossy()), file.clone()));
        let mut all = Vec::new();
        let mut packages = Vec::new();
        for file in &files {
            let bytes = Bytes::map(file)?;
            all.push(bytes.clone());
            packages.push(Package { archive: Archive::open(&file.to_string_lossy(), bytes, limits)? });
        }
        if packages.is_empty() {
            return Err(not_an_app(path, "the folder holds no .apk file"));
        }
        let size_bytes = all.iter().map(|bytes| bytes.as_slice().len() as u64).sum();
        Ok(Self { path: path.into(), kind: InputKind::SplitSet, size_bytes, bytes: all, packages })
    }

    fn open_file(path: &Path, limits: &Limits, budget: &Budget) -> Result<Self> {
        let bytes = Bytes::map(path)?;
        let shown = path.to_string_lossy();
        let outer = Archive::open(&shown, bytes.clone(), limits)?;
        let size_bytes = bytes.as_slice().len() as u64;
        if outer.find("AndroidManifest.xml").is_some() {
            if outer.find("classes.jar").is_some() && outer.find("classes.dex").is_none() {
                return Err(not_an_app(path, "this is an AAR library; scan the app that carries it"));
            }
            let packages = vec![Package { archive: outer }];
            return Ok(Self { path: path.into(), kind: InputKind::Apk, size_bytes, bytes: vec![bytes], packages });
        }
        if outer.find("base/manifest/AndroidManifest.xml").is_some() {
            return Err(not_an_app(
                path,
                "this is an Android App Bundle; build its APKs (bundletool build-apks) and scan the .apks file",
            ));
        }
        let packages = Self::open_nested(&outer, &bytes, limits, budget, 1)?;
        if packages.is_empty() {
            return Err(not_an_app(path, "the archive has no AndroidManifest.xml and no .apk inside"));
        }
        Ok(Self { path: path.into(), kind: InputKind::SplitSet, size_bytes, bytes: vec![bytes], packages })
    }

    /// Packages inside `outer`, and inside sets inside it, down to the nesting limit.
    fn open_nested(
        outer: &Archive,
        bytes: &Bytes,
        limits: &Limits,
        budget: &Budget,
        depth: u32,
    ) -> Result<Vec<Package>> {
        let is_set =
            |name: &str| [".apks", ".xapk", ".apkm"].iter().any(|end| name.to_ascii_lowercase().ends_with(end));
        let mut inner: Vec<_> = outer
            .entries()
            .iter()
            .filter(|entry| entry.name.to_ascii_lowercase().ends_with(".apk") || is_set(&entry.name))
            .collect();
        if depth > limits.max_nesting && !inner.is_empty() {
            return Err(Error::Limit {
                place: outer.path.clone(),
                what: format!("archives nested {depth} deep"),
                limit: u64::from(limits.max_nesting),
                flag: "--max-nesting",
            });
        }
        inner.sort_by_key(|entry| (!is_base(&entry.name), entry.name.clone()));
        let standalone_only = inner.iter().all(|entry| entry.name.starts_with("standalones/"));
        let mut packages = Vec::new();
        for entry in inner {
            // A set made by bundletool holds whole APKs for old devices beside the splits.
            if entry.name.starts_with("standalones/") && (!standalone_only || !packages.is_empty()) {
                continue;
            }
            let content = outer.read(entry, limits, budget)?;
            let nested = match &content {
                std::borrow::Cow::Borrowed(part) => bytes.share(part),
                std::borrow::Cow::Owned(_) => None,
            };
            let nested = nested.unwrap_or_else(|| Bytes::from(content.into_owned()));
            let name = format!("{}!{}", outer.path, entry.name);
            let archive = Archive::open(&name, nested.clone(), limits)?;
            if is_set(&entry.name) && archive.find("AndroidManifest.xml").is_none() {
                packages.extend(Self::open_nested(&archive, &nested, limits, budget, depth.saturating_add(1))?);
            } else {
                packages.push(Package { archive });
            }
        }
        Ok(packages)
    }
}

fn is_base(name: &str) -> bool {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name).to_ascii_lowercase();
    file == "base.apk"
        || file == "base-master.apk"
        || !(file.contains("config.") || file.starts_with("split") || file.starts_with("base-"))
}

fn not_an_app(path: &Path, detail: &str) -> Error {
    Error::NotAnApp {
        path: path.to_string_lossy().into_owned(),
        detail: detail.into(),
        cure: "Give an .apk, .apks, .xapk, .apkm or a folder of split APKs".into(),
    }
}
