//! The normal form in which texts and names are compared, made once per policy, with the way back to the original.

use super::text::{is_invisible, is_space};

/// Bytes of the longest sentence on either side of a name; what goes on for longer is no prose.
const MAX_SENTENCE_BYTES: usize = 4000;

/// Text in normal form with the way back.
#[derive(Debug, Clone, Default)]
pub(super) struct Normal {
    text: String,
    /// For each byte of `text`, the byte of the original at which its character begins.
    origin: Vec<u32>,
}

impl Normal {
    /// The normal form of a text, see [`fold`].
    pub(super) fn new(text: &str) -> Self {
        let mut out = Self { text: String::with_capacity(text.len()), origin: Vec::with_capacity(text.len()) };
        fold(text, |c, offset| {
            out.text.push(c);
            out.origin.resize(out.text.len(), u32::try_from(offset).unwrap_or(u32::MAX));
        });
        out
    }

    /// The normal form.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Byte of the original for byte `at` of the normal form.
    pub(super) fn origin(&self, at: usize, end: usize) -> usize {
        self.origin.get(at).map_or(end, |&offset| offset as usize)
    }

    /// Bounds of the sentence around `start..end`; a table row counts as one when `row` is set,
    /// otherwise a cell is its own.
    pub(super) fn sentence(&self, start: usize, end: usize) -> (usize, usize) {
        let (mut from, limit) = around(&self.text, start, end);
        for (at, c) in self.text[from..start].char_indices().rev() {
            if self.ends_sentence(from + at, c) {
                from += at + c.len_utf8();
                break;
            }
        }
        let to = self.text[end..limit]
            .char_indices()
            .find(|&(at, c)| self.ends_sentence(end + at, c))
            .map_or(limit, |(at, c)| end + at + if c == '\n' { 0 } else { c.len_utf8() });
        (from, to)
    }

    /// True for the character at which a sentence or cell ends.
    pub(super) fn ends_sentence(&self, at: usize, c: char) -> bool {
        match c {
            '。' | '!' | '?' | ';' | '\n' => true,
            '.' => !self.text[at + 1..].starts_with(|next: char| next.is_ascii_graphic()),
            _ => false,
        }
    }
}

/// The normal form, character by character with the byte of `text` from which each comes: half-width, ASCII in lower
/// case, no space next to Chinese script but between two Chinese characters, one space elsewhere; line and cell ends
/// are `\n`.
fn fold(text: &str, mut push: impl FnMut(char, usize)) {
    let mut space = None;
    let mut last = '\n';
    for (offset, original) in text.char_indices() {
        let c = half_width(original).to_ascii_lowercase();
        if c == '\n' || c == '\t' {
            space = None;
            if last != '\n' {
                push('\n', offset);
                last = '\n';
            }
        } else if is_space(c) {
            space = Some(offset);
        } else if !is_invisible(c) {
            if let Some(at) = space.take()
                && last != '\n'
                && last.is_ascii() == c.is_ascii()
            {
                push(' ', at);
            }
            push(c, offset);
            last = c;
        }
    }
}

/// The normal form of a name.
pub(super) fn normal_name(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    fold(name.trim(), |c, _| out.push(c));
    out
}

fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '‐' | '‑' | '–' => '-',
        _ => c,
    }
}

/// The first byte from `at` on at which a character begins, or the end.
pub(super) fn boundary(text: &str, at: usize) -> usize {
    (at..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

/// Bounds of what is looked through for the sentence around `start..end`.
pub(super) fn around(text: &str, start: usize, end: usize) -> (usize, usize) {
    (boundary(text, start.saturating_sub(MAX_SENTENCE_BYTES)), boundary(text, end.saturating_add(MAX_SENTENCE_BYTES)))
}
