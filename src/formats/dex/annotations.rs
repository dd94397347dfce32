//! Which methods of a class carry an annotation (`annotations_directory_item` of the DEX format).

use crate::formats::bytes::{Cursor, u32_at};

/// Bytes of a directory before its lists, and of one entry of a list.
const HEADER: usize = 16;
const ENTRY: usize = 8;

/// Method indices of the directory at `offset` that carry an annotation of type `kind`. Damage ends the list.
pub(super) fn methods_with(data: &[u8], offset: usize, kind: u32) -> Vec<u32> {
    let word = |at: usize| offset.checked_add(at).and_then(|at| u32_at(data, at));
    let (Some(fields), Some(methods)) = (word(4), word(8)) else { return Vec::new() };
    let first = HEADER.saturating_add((fields as usize).saturating_mul(ENTRY));
    (0..methods as usize)
        .map_while(|number| {
            let at = first.saturating_add(number.saturating_mul(ENTRY));
            Some((word(at)?, word(at.saturating_add(4))?))
        })
        .filter(|(_, set)| set_holds(data, *set as usize, kind))
        .map(|(method, _)| method)
        .collect()
}

fn set_holds(data: &[u8], set: usize, kind: u32) -> bool {
    let count = u32_at(data, set).unwrap_or(0) as usize;
    (0..count).map_while(|number| u32_at(data, set.checked_add(4)?.checked_add(number.checked_mul(4)?)?)).any(|item| {
        // A byte of visibility, then the type.
        let mut cursor = Cursor::at(data, (item as usize).saturating_add(1));
        cursor.uleb128() == Some(kind)
    })
}
