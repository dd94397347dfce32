//! Web addresses in the text files of a package: scripts, pages, settings.
//!
//! Only what a program would use counts: values in quotes, `src` and `action` of pages, values of properties.
//! Comments, licences and links for people to follow are left out.

use std::collections::BTreeSet;

use memchr::memmem;

/// Most addresses kept of one file.
const MAX_ADDRESSES: usize = 256;
/// An address that is longer is data.
const MAX_ADDRESS_BYTES: usize = 512;

/// Distinct addresses that `text` uses, in order.
pub(super) fn addresses(text: &[u8]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    for start in memmem::find_iter(text, b"http") {
        let rest = text.get(start..).unwrap_or_default();
        if !rest.starts_with(b"http://") && !rest.starts_with(b"https://") {
            continue;
        }
        let before = text.get(..start).unwrap_or_default();
        if !is_value(before) {
            continue;
        }
        let ends = |byte: &u8| !byte.is_ascii_graphic() || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\');
        let length = rest.iter().take(MAX_ADDRESS_BYTES).position(ends).unwrap_or(rest.len().min(MAX_ADDRESS_BYTES));
        let Some(address) = rest.get(..length).and_then(|bytes| std::str::from_utf8(bytes).ok()) else { continue };
        if seen.insert(address) {
            out.push(address.to_owned());
        }
        if out.len() >= MAX_ADDRESSES {
            break;
        }
    }
    out
}

/// True when what stands before an address makes it a value.
fn is_value(before: &[u8]) -> bool {
    match before.last() {
        Some(b'"' | b'\'' | b'`') => {
            let name = before.get(before.len().saturating_sub(16)..before.len().saturating_sub(1)).unwrap_or_default();
            // Links are followed by people, namespaces and schemas by nobody.
            let ends = |end: &[u8]| name.trim_ascii_end().ends_with(end);
            !ends(b"href=") && !ends(b"\"$schema\":") && !name.windows(5).any(|part| part == b"xmlns")
        }
        Some(b'=') => !before.ends_with(b"href="),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::addresses;

    #[test]
    fn only_values_count() {
        let script =
            b"/* see http://docs.example.org */ // http://a.cn\nvar u=\"https://api.b.cn/v1\"; get('http://c.cn')";
        assert_eq!(addresses(script), ["https://api.b.cn/v1", "http://c.cn"]);
        let page = b"<html xmlns=\"http://www.w3.org/1999/xhtml\"><a href=\"http://d.cn\">http://e.cn</a><script src=\"https://f.cn/x.js\">";
        assert_eq!(addresses(page), ["https://f.cn/x.js"]);
        assert_eq!(addresses(b"host=https://g.cn\nhttp://h.cn"), ["https://g.cn"]);
    }
}
