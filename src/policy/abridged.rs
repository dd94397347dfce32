//! Names of brands of which a list writes the last word once: 华为/小米/OPPO 推送, or 使用华为、小米等手机…厂商推送.

use super::Policy;
use super::mentions::{Grammar, MAX_MENTIONS, kind};
use super::normal::{boundary, normal_name};

/// Names of this kind are brands, which lists abridge.
const ABRIDGED_KIND: &str = "sdk";
/// Shorter beginnings of names are everyday words.
const MIN_STEM_CHARS: usize = 2;
/// What no list of abridged names goes beyond.
const LIST_ENDS: &str = "。,;:!?()\"“”《》";
/// Bytes of the longest list of abridged names, and most names that are taken from such lists.
const MAX_LIST_BYTES: usize = 240;
const MAX_ABRIDGED: usize = 1000;

/// A name in the normal form: (start, end, id, name).
pub(super) type Abridged<'w> = (usize, usize, &'w str, &'w str);

/// Names without their last word, in the normal form, with id and name.
struct Stems<'w>(Vec<(String, &'w str, &'w str)>);

/// The stems of the brands among the `wanted` whose last word is one of the `heads`.
fn stems<'w>(wanted: &'w [(String, Vec<String>)], heads: &[String]) -> Stems<'w> {
    let mut out = Vec::new();
    for (id, names) in wanted.iter().filter(|(id, _)| kind(id) == ABRIDGED_KIND) {
        for name in names {
            let normal = normal_name(name.trim().trim_end_matches("SDK"));
            let stem = heads.iter().find_map(|head| normal.strip_suffix(head.as_str()));
            let stem = stem.map(str::trim).filter(|stem| stem.chars().count() >= MIN_STEM_CHARS);
            out.extend(stem.map(|stem| (stem.to_owned(), id.as_str(), name.as_str())));
        }
    }
    Stems(out)
}

impl<'w> Stems<'w> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the stems of the list that ends at byte `end` of a text; the last name `is_whole` when the head follows it.
    fn add(&self, text: &str, end: usize, is_whole: bool, out: &mut Vec<Abridged<'w>>) {
        let window = boundary(text, end.saturating_sub(MAX_LIST_BYTES));
        let list = text.get(window..end).unwrap_or_default();
        let ends = list.char_indices().rev().find(|(_, c)| *c == '\n' || LIST_ENDS.contains(*c));
        let mut start = ends.map_or(window, |(end, c)| window + end + c.len_utf8());
        let parts = text.get(start..end).unwrap_or_default().split_inclusive(['/', '、']);
        for (number, part) in parts.enumerate() {
            let name = part.trim_end_matches(['/', '、']).trim_end();
            let end = start + name.len();
            start += part.len();
            if is_whole && name.len() == part.trim_end().len() {
                continue;
            }
            let fits = |stem: &str| match name.trim_start().strip_suffix(stem) {
                Some("") => true,
                // Before the first name stands the rest of the sentence.
                Some(rest) => number == 0 && !rest.ends_with(|c: char| c.is_ascii_alphanumeric()),
                None => false,
            };
            for (stem, id, name) in self.0.iter().filter(|(stem, ..)| fits(stem)) {
                let is_known = |known: &Abridged<'_>| (known.0, known.2) == (end - stem.len(), *id);
                if out.len() < MAX_ABRIDGED && !out.iter().any(is_known) {
                    out.push((end - stem.len(), end, id, name));
                }
            }
        }
    }
}

impl Policy {
    /// Names of which a list writes the last word once, behind the last of them: (start, end, id, name).
    pub(super) fn abridged<'w>(&self, wanted: &'w [(String, Vec<String>)], grammar: &Grammar) -> Vec<Abridged<'w>> {
        let text = self.normal.text();
        let mut out = Vec::new();
        for (number, group) in grammar.shared_heads.iter().enumerate() {
            let stems = stems(wanted, group);
            if stems.is_empty() {
                continue;
            }
            let heads = group.iter().flat_map(|head| text.match_indices(head.as_str()).take(MAX_MENTIONS));
            for (at, _) in heads {
                stems.add(text, at, true, &mut out);
            }
            let makers = grammar.makers.iter().filter(|_| number == 0);
            for (at, _) in makers.flat_map(|maker| text.match_indices(maker.as_str()).take(MAX_MENTIONS)) {
                let from = boundary(text, at.saturating_sub(MAX_LIST_BYTES));
                let before = text.get(from..at).unwrap_or_default();
                let before = before.rfind(['。', '\n']).and_then(|at| before.get(at..)).unwrap_or(before);
                let ends = grammar.devices.iter().flat_map(|word| before.match_indices(word.as_str()));
                for (end, _) in ends {
                    stems.add(text, at - before.len() + end, false, &mut out);
                }
            }
            if out.len() >= MAX_ABRIDGED {
                break;
            }
        }
        out
    }
}
