//! The plain text while it is being made: white space, lines of the source, headings.

use super::{Section, outline};

/// Text in the making, with the line of the source from which each part comes.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// What was written so far.
    pub text: String,
    /// `(byte offset in text, 1-based source line)`, ascending by offset.
    pub lines: Vec<(u32, u32)>,
    /// `(byte offset of the first character, level)` of headings that the mark-up declares.
    headings: Vec<(usize, u8)>,
    /// Byte offsets at which the text of a hyperlink ends, ascending.
    pub links: Vec<usize>,
    space: Option<Space>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Space {
    /// Only a line break of the source: no space between two Chinese characters.
    Wrap,
    Blank,
}

impl Draft {
    /// Appends `text`, whose first character stands on source line `line`; white space collapses.
    pub(super) fn push(&mut self, text: &str, mut line: u32) {
        for c in text.chars() {
            if c == '\n' {
                line += 1;
            }
            if is_space(c) {
                let wrap = c == '\n' || self.space == Some(Space::Wrap) && c == ' ';
                self.space = Some(if wrap && self.space != Some(Space::Blank) { Space::Wrap } else { Space::Blank });
                continue;
            }
            if is_invisible(c) {
                continue;
            }
            let last = self.text.chars().next_back().unwrap_or('\n');
            if let Some(space) = self.space.take()
                && !matches!(last, '\n' | '\t')
                && (space == Space::Blank || last.is_ascii() || c.is_ascii())
            {
                self.text.push(' ');
            }
            let offset = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
            if self.lines.last().is_none_or(|&(_, known)| known != line) {
                self.lines.push((offset, line));
            }
            self.text.push(c);
        }
    }

    /// Appends white space of the source that only separates.
    pub(super) fn space(&mut self) {
        self.space = Some(Space::Blank);
    }

    /// Ends the line, unless it is empty.
    pub(super) fn end_line(&mut self) {
        self.space = None;
        // An empty cell behind others is a cell; nothing but empty ones is no row.
        let row = self.text.trim_end_matches('\t');
        if row.is_empty() || row.ends_with('\n') {
            self.text.truncate(row.len());
        }
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    /// Begins the next cell of a table row.
    pub(super) fn next_cell(&mut self) {
        self.space = None;
        self.text.push('\t');
    }

    /// Declares that the line now beginning is a heading.
    pub(super) fn mark_heading(&mut self, level: u8) {
        self.headings.push((self.text.len(), level));
    }

    /// Says that what was written last leads to an address that is not part of the text.
    pub(super) fn mark_link(&mut self) {
        self.links.push(self.text.len());
    }

    /// Cuts the text at declared headings and at lines that read like one.
    pub(super) fn sections(&self) -> Vec<Section> {
        let mut sections: Vec<Section> = Vec::new();
        let mut start = 0;
        let mut previous = None;
        let mut lines = self.text.split_inclusive('\n').peekable();
        while let Some(line) = lines.next() {
            let next = lines.peek().map_or("", |next| next.trim());
            let declared = self.headings.binary_search_by_key(&start, |&(offset, _)| offset).ok();
            let level = declared
                .and_then(|at| self.headings.get(at))
                .map(|&(_, level)| level)
                .or_else(|| outline::numbered_level(line.trim()))
                .or_else(|| outline::bare_level(previous, line.trim(), next));
            let heading = line.trim();
            previous = Some(heading);
            if let Some(level) = level.filter(|_| !heading.is_empty()) {
                if let Some(last) = sections.last_mut() {
                    last.span.end = start;
                }
                let heading = heading.replace('\t', " ");
                sections.push(Section { subject: heading.clone(), heading, level, span: start..self.text.len() });
            } else if sections.is_empty() {
                sections.push(Section {
                    heading: String::new(),
                    subject: String::new(),
                    level: 0,
                    span: 0..self.text.len(),
                });
            }
            start += line.len();
        }
        sections
    }
}

/// White space, the ideographic space and the no-break space included.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || c == '\u{a0}'
}

/// Characters that leave no trace on screen.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}

/// In which script a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Script {
    /// Chinese in simplified characters.
    #[default]
    Simplified,
    /// Chinese in traditional characters.
    Traditional,
    /// Hardly any Chinese.
    Other,
}

/// Share of Chinese characters, in per cent, below which a text is in another language.
const LEAST_CHINESE_PERCENT: usize = 15;

impl Script {
    /// Script of a text; `traditional` are characters that simplified Chinese does not use.
    pub(super) fn of(text: &str, traditional: &str) -> Self {
        let is_chinese = |c: &char| matches!(c, '\u{4e00}'..='\u{9fff}');
        let letters = text.chars().filter(|c| c.is_alphabetic()).count();
        let chinese = text.chars().filter(is_chinese).count();
        // A Chinese character says about as much as four letters.
        if chinese.saturating_mul(4).saturating_mul(100) < letters.saturating_mul(LEAST_CHINESE_PERCENT) {
            return Self::Other;
        }
        let old = text.chars().filter(|c| traditional.contains(*c)).count();
        if old.saturating_mul(20) > chinese { Self::Traditional } else { Self::Simplified }
    }
}
