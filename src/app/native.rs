//! Native libraries: what they need, export, and name in their strings.

use aho_corasick::AhoCorasick;
use rayon::prelude::*;

use super::{App, note_flaws};
use crate::container::Archive;
use crate::evidence::Anomaly;
use crate::formats::elf;
use crate::limits::{Budget, Limits};

/// A shared object of the package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NativeLibrary {
    /// Entry path.
    pub path: String,
    /// File name.
    pub name: String,
    /// ABI folder, e.g. `arm64-v8a`.
    pub abi: String,
    /// Machine of the ELF header, empty when unread.
    pub machine: String,
    /// Libraries it needs.
    pub needed: Vec<String>,
    /// Exported JNI names: `JNI_OnLoad` and `Java_*`.
    pub jni_exports: Vec<String>,
    /// Number of exported symbols.
    pub exports: usize,
    /// Printable strings that look like URLs, `content://` addresses, paths under `/sys`, `/proc`
    /// or `/data`, or system property and settings keys.
    pub strings: Vec<String>,
}

/// Reads all libraries under `lib/`; the strings of one ABI only, since the others repeat them.
pub(super) fn read(archive: &Archive, limits: &Limits, budget: &Budget, app: &mut App) {
    let entries: Vec<_> = archive
        .entries()
        .iter()
        .filter(|entry| entry.name.starts_with("lib/") && entry.name.ends_with(".so"))
        .collect();
    let abi_of = |name: &str| name.split('/').nth(1).unwrap_or_default().to_owned();
    let preferred = ["arm64-v8a", "armeabi-v7a", "armeabi", "x86_64", "x86"]
        .into_iter()
        .find(|abi| entries.iter().any(|entry| abi_of(&entry.name) == *abi))
        .unwrap_or_default();
    let read: Vec<(NativeLibrary, Vec<Anomaly>, Option<String>)> = entries
        .par_iter()
        .map(|entry| {
            let mut library = NativeLibrary {
                path: entry.name.clone(),
                name: entry.name.rsplit('/').next().unwrap_or_default().to_owned(),
                abi: abi_of(&entry.name),
                ..NativeLibrary::default()
            };
            // The other ABIs are the same source compiled again.
            if library.abi != preferred {
                return (library, Vec::new(), None);
            }
            let mut notes = Vec::new();
            let problem = match archive.read(entry, limits, budget) {
                Ok(data) => match elf::parse(&data) {
                    Ok(decoded) => {
                        note_flaws(&mut notes, &entry.name, decoded.flaws);
                        fill(&mut library, &decoded.value, &data);
                        None
                    }
                    Err(error) => {
                        notes.push(Anomaly {
                            kind: "elf".into(),
                            place: entry.name.clone(),
                            offset: Some(error.offset as u64),
                            detail: error.detail,
                        });
                        None
                    }
                },
                Err(error) => Some(error.to_string()),
            };
            (library, notes, problem)
        })
        .collect();
    for (library, notes, problem) in read {
        app.native.push(library);
        app.anomalies.extend(notes);
        app.incomplete.extend(problem);
    }
}

fn fill(library: &mut NativeLibrary, object: &elf::Elf<'_>, data: &[u8]) {
    library.machine = object.machine.to_owned();
    library.needed = object.needed.iter().map(|name| (*name).to_owned()).collect();
    library.jni_exports = object.jni_exports().map(str::to_owned).collect();
    library.jni_exports.sort();
    library.exports = object.exports.len();
    for (start, end) in &object.data_ranges {
        telling_strings(data.get(*start..*end).unwrap_or_default(), &mut library.strings);
    }
    library.strings.sort();
    library.strings.dedup();
}

/// How strings begin that name addresses, files and keys.
const STARTS: [&str; 9] =
    ["http://", "https://", "content://", "/sys/", "/proc/", "/data/", "ro.", "persist.", "android_id"];
/// Longer runs are not what they begin like.
const MAX_BYTES: usize = 512;

/// Printable runs that begin with one of [`STARTS`]. Only those places are looked at, since libraries are large.
fn telling_strings(data: &[u8], out: &mut Vec<String>) {
    let is_text = |byte: &u8| *byte >= 0x20 && *byte != 0x7f;
    let Ok(starts) = AhoCorasick::new(STARTS) else { return };
    for found in starts.find_iter(data) {
        let begins_run =
            found.start().checked_sub(1).and_then(|before| data.get(before)).is_none_or(|byte| !is_text(byte));
        if !begins_run {
            continue;
        }
        let rest = data.get(found.start()..).unwrap_or_default();
        let end = rest.iter().take(MAX_BYTES).position(|byte| !is_text(byte));
        if let Some(text) = end.and_then(|end| rest.get(..end)).and_then(|run| std::str::from_utf8(run).ok()) {
            out.push(text.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::telling_strings;

    #[test]
    fn only_whole_runs_count() {
        let mut out = Vec::new();
        telling_strings(
            b"\0http://a.cn/x\0see http://b.cn\0ro.serialno\0/sys/class/net/wlan0/address\0\xffro.x\0",
            &mut out,
        );
        assert_eq!(out, ["http://a.cn/x", "ro.serialno", "/sys/class/net/wlan0/address"]);
    }
}
