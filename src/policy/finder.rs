//! All places of many names in one short text.
//!
//! An automaton over thousands of names takes a hundred times as long to build as a policy takes to read with it, so
//! the names are found by their first bytes.

use rustc_hash::FxHashMap;

/// Bytes by which names are told apart before they are compared: one Chinese character.
const PREFIX_BYTES: usize = 3;

/// Names to look for.
#[derive(Debug, Default)]
pub(super) struct Finder {
    names: Vec<String>,
    /// Numbers of names by their first bytes; names shorter than that stand under all that they have.
    by_prefix: FxHashMap<[u8; PREFIX_BYTES], Vec<u32>>,
    /// Whether some name has just so many bytes, for lengths below [`PREFIX_BYTES`].
    has_short: [bool; PREFIX_BYTES],
}

impl Finder {
    /// Numbers the names as they are given; empty ones are never found.
    pub(super) fn new(names: Vec<String>) -> Self {
        let mut out = Self { names, ..Self::default() };
        for (number, name) in out.names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            let bytes = name.as_bytes();
            let prefix = prefix(bytes, PREFIX_BYTES);
            if let Some(short) = out.has_short.get_mut(bytes.len()) {
                *short = true;
            }
            out.by_prefix.entry(prefix).or_default().push(u32::try_from(number).unwrap_or(u32::MAX));
        }
        out
    }

    /// Calls `found` with start, end and number of every name in `text`, by start.
    pub(super) fn each(&self, text: &str, mut found: impl FnMut(usize, usize, usize)) {
        let bytes = text.as_bytes();
        for at in 0..bytes.len() {
            let rest = bytes.get(at..).unwrap_or_default();
            for length in 1..=PREFIX_BYTES.min(rest.len()) {
                if length < PREFIX_BYTES && !self.has_short.get(length).copied().unwrap_or(false) {
                    continue;
                }
                let Some(numbers) = self.by_prefix.get(&prefix(rest, length)) else { continue };
                for &number in numbers {
                    let name = self.names.get(number as usize).map(String::as_bytes).unwrap_or_default();
                    if rest.starts_with(name) && (name.len() >= PREFIX_BYTES || name.len() == length) {
                        found(at, at.saturating_add(name.len()), number as usize);
                    }
                }
            }
        }
    }
}

/// The first `length` bytes, filled with zeros.
fn prefix(bytes: &[u8], length: usize) -> [u8; PREFIX_BYTES] {
    let mut out = [0; PREFIX_BYTES];
    for (to, from) in out.iter_mut().zip(bytes).take(length) {
        *to = *from;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_every_name() {
        let names = ["设备", "设备信息", "ip", "n", "", "备信", "imei"];
        let finder = Finder::new(names.map(str::to_owned).to_vec());
        let text = "设备信息ip、imei、sn";
        let mut found = Vec::new();
        finder.each(text, |start, end, number| found.push((start, end, number)));
        found.sort_unstable();
        let mut wanted = Vec::new();
        for (number, name) in names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            wanted.extend(text.match_indices(name).map(|(at, _)| (at, at + name.len(), number)));
        }
        wanted.sort_unstable();
        assert_eq!(found, wanted);
        assert_eq!(found.len(), 6);
    }
}
