//! What the text files of a package hold: scripts, pages, settings.

use rayon::prelude::*;

use super::{Asset, addresses, script_texts};
use crate::container::Archive;
use crate::limits::{Budget, Limits};

/// Endings of files that a program reads as text.
const ENDINGS: [&str; 12] =
    [".js", ".mjs", ".json", ".bundle", ".jsbundle", ".html", ".htm", ".xml", ".properties", ".conf", ".cfg", ".ini"];
/// Larger files are data.
const MAX_BYTES: u64 = 16 << 20;

/// Fills the addresses and texts of `assets`, which are files of `archive`.
pub(super) fn read(archive: &Archive, limits: &Limits, budget: &Budget, assets: &mut [Asset]) {
    assets.par_iter_mut().for_each(|asset| {
        let path = asset.path.to_ascii_lowercase();
        let is_text = ENDINGS.iter().any(|ending| path.ends_with(ending));
        if !is_text || asset.size_bytes > MAX_BYTES {
            return;
        }
        if let Some(Ok(bytes)) = archive.find(&asset.path).map(|entry| archive.read(entry, limits, budget)) {
            asset.addresses = addresses::addresses(&bytes);
            asset.texts = script_texts::texts(&bytes);
        }
    });
}
