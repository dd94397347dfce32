//! The privacy policy as text: decoded, freed of mark-up, cut into sections, searchable by name.
//!
//! Owns reading TXT, Markdown, HTML, Word and PDF in the encodings in which Chinese policies are kept, the
//! map from the plain text back to lines of the source, and the way in which names are matched
//! against prose. It knows nothing of the app, of which names matter, or of what follows when one
//! is missing: callers bring the names and judge the mentions.

mod abridged;
mod decode;
mod entries;
mod fetch;
mod finder;
mod flattened;
mod html;
mod labels;
mod mentions;
mod needles;
mod normal;
mod outline;
mod patterns;
mod pdf;
mod plain;
mod prose;
mod row;
mod rows;
mod simplified;
mod statements;
mod tables;
mod text;
mod told;
mod word;

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

pub use labels::Labels;
pub use mentions::{Grammar, Mention};
pub(crate) use patterns::{Lazy, Patterns};
pub use row::{Column, Row, Source};
pub use simplified::Simplifier;
pub(crate) use statements::gaps_in_bytes;
pub use statements::{Passage, Recogniser, Recognisers, Sentence};
pub use text::Script;
pub use told::Telling;

/// Largest policy file that is read, in bytes. A policy is prose; more than this is a mistake.
const MAX_FILE_BYTES: u64 = 32 << 20;

/// Sections that are looked through for those around a place.
const MAX_SECTIONS: usize = 512;

const EMPTY: &str = "the file holds no text; give the file that holds the policy";

/// One policy document.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Path as given by the caller.
    pub path: String,
    /// Name of the encoding that the bytes were decoded from, e.g. `UTF-8`, `gb18030`; `docx` or `pdf` of documents.
    pub encoding: &'static str,
    /// Plain text: one block, list item or table row to a line; cells separated by a tab.
    pub text: String,
    /// The same as written, where it is read otherwise; every byte stands where it stands in `text`.
    written: Option<String>,
    /// Sections in order, without gaps from the first byte of `text` to the last.
    pub sections: Vec<Section>,
    /// It was found in the package rather than given.
    pub is_embedded: bool,
    lines: Vec<(u32, u32)>,
    /// Bytes of `text` at which the text of a hyperlink ends whose address is not part of `text`; ascending.
    links: Vec<usize>,
    normal: normal::Normal,
    /// Lines of `text` that are rows of tables, ascending.
    tables: Vec<Range<usize>>,
}

/// A heading and what stands under it, up to the next heading of whatever level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The heading as written; empty for what precedes the first heading.
    pub heading: String,
    /// The heading as it is read: in simplified Chinese, see [`Policy::simplified`].
    pub subject: String,
    /// 1 (outermost) to 6; 0 for what precedes the first heading.
    pub level: u8,
    /// Byte span in [`Policy::text`], heading included.
    pub span: Range<usize>,
}

impl Policy {
    /// Reads the policy at `path`, which may be an http or https address.
    ///
    /// # Errors
    /// [`Error::Io`] when the file system refuses; [`Error::Policy`] when the file is neither text in
    /// a known encoding nor a Word or PDF document that can be read, holds no text, is unreasonably large, or
    /// cannot be fetched.
    pub fn load(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        if fetch::is_address(&name) {
            let bytes = fetch::fetch(&name, MAX_FILE_BYTES);
            return bytes
                .map_err(|detail| Error::Policy { path: name.clone(), detail })
                .and_then(|bytes| Self::read(&name, &bytes));
        }
        let fail = |detail: String| Error::Policy { path: name.clone(), detail };
        let size = fs::metadata(path).map_err(|error| Error::io(path, error))?.len();
        if size > MAX_FILE_BYTES {
            return Err(fail(format!(
                "{size} bytes are too many for a policy (at most {MAX_FILE_BYTES}); give the text of the policy alone"
            )));
        }
        let bytes = fs::read(path).map_err(|error| Error::io(path, error))?;
        Self::read(&name, &bytes)
    }

    fn read(name: &str, bytes: &[u8]) -> Result<Self> {
        let fail = |detail: String| Error::Policy { path: name.to_owned(), detail };
        if bytes.starts_with(b"PK\x03\x04") {
            let draft = word::read(bytes).map_err(fail)?;
            let policy = Self::of(name, draft, "docx");
            return if policy.is_empty() { Err(fail(EMPTY.to_owned())) } else { Ok(policy) };
        }
        if bytes.starts_with(b"%PDF") {
            let text = pdf::read(bytes).map_err(fail)?;
            return Ok(Self::of(name, plain::read_text(&text), "pdf"));
        }
        let (source, encoding) = decode::decode(bytes).map_err(fail)?;
        let policy = Self::build(name, &source, encoding);
        if policy.is_empty() {
            return Err(fail(match format_of(name, &source) {
                Format::Html => "the page holds no text, which a script may fill in later; save it from a browser as displayed, or copy the policy into a .txt file".to_owned(),
                Format::Markdown | Format::Plain => EMPTY.to_owned(),
            }));
        }
        Ok(policy)
    }

    /// Reads policies that belong together, such as a policy and its list of SDKs, as one.
    ///
    /// # Errors
    /// As [`Policy::load`], for the first that cannot be read.
    pub fn load_all(paths: &[PathBuf]) -> Result<Option<Self>> {
        let policies = paths.iter().map(|path| Self::load(path)).collect::<Result<Vec<_>>>()?;
        Ok(Self::join(policies))
    }

    /// One policy of several; headings are led by the file's name.
    fn join(mut policies: Vec<Self>) -> Option<Self> {
        if policies.len() < 2 {
            return policies.pop();
        }
        let path = policies.iter().map(|policy| policy.path.as_str()).collect::<Vec<_>>().join(" + ");
        let encoding = policies.first()?.encoding;
        let (mut text, mut sections, mut lines, mut links) = (String::new(), Vec::new(), Vec::new(), Vec::new());
        for policy in &policies {
            let at = text.len();
            let file = policy.path.rsplit(['/', '\\']).next().unwrap_or(&policy.path);
            sections.extend(policy.sections.iter().map(|section| Section {
                heading: format!("{file} › {}", section.heading),
                subject: format!("{file} › {}", section.subject),
                level: section.level,
                span: section.span.start.saturating_add(at)..section.span.end.saturating_add(at),
            }));
            let shift = u32::try_from(at).unwrap_or(u32::MAX);
            lines.extend(policy.lines.iter().map(|(start, line)| (start.saturating_add(shift), *line)));
            links.extend(policy.links.iter().map(|end| end.saturating_add(at)));
            text.push_str(&policy.text);
        }
        let normal = normal::Normal::new(&text);
        let tables = rows_of_tables(&text);
        Some(Self { path, encoding, text, written: None, sections, is_embedded: false, lines, links, normal, tables })
    }

    /// Reads a policy out of a file that lies inside another; `None` when it is no text, or when `is_wanted`
    /// says no to the text as it stands in the file.
    pub fn from_bytes(path: &str, bytes: &[u8], is_wanted: impl Fn(&str) -> bool) -> Option<Self> {
        let (source, encoding) = decode::decode(bytes).ok()?;
        if !is_wanted(&source) {
            return None;
        }
        let mut policy = Self::build(path, &source, encoding);
        policy.is_embedded = true;
        Some(policy)
    }

    /// Makes a policy of text already decoded, e.g. of an asset. `path` names it in evidence, and
    /// its extension helps to tell HTML and Markdown from plain text.
    pub fn from_text(path: &str, text: &str) -> Self {
        Self::build(path, text, "UTF-8")
    }

    fn build(path: &str, source: &str, encoding: &'static str) -> Self {
        let source = source.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
        let draft = match format_of(path, &source) {
            Format::Html => html::read(&source),
            Format::Markdown => plain::read_markdown(&source),
            Format::Plain => plain::read_text(&source),
        };
        Self::of(path, draft, encoding)
    }

    fn of(path: &str, draft: text::Draft, encoding: &'static str) -> Self {
        let sections = draft.sections();
        let normal = normal::Normal::new(&draft.text);
        let tables = rows_of_tables(&draft.text);
        Self {
            path: path.to_owned(),
            encoding,
            text: draft.text,
            written: None,
            sections,
            is_embedded: false,
            lines: draft.lines,
            links: draft.links,
            normal,
            tables,
        }
    }

    /// Script in which it is written; `traditional` are characters that simplified Chinese does not use.
    pub fn script(&self, traditional: &str) -> Script {
        Script::of(self.written(), traditional)
    }

    /// The text as written, see [`Policy::simplified`]; places are those of [`Policy::text`].
    pub fn written(&self) -> &str {
        self.written.as_deref().unwrap_or(&self.text)
    }

    /// True when nothing but white space and mark-up was found.
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// 1-based line of the source that byte `offset` of [`Policy::text`] comes from; 0 when
    /// unknown. In HTML it is the line of the enclosing text as far as it can be found again.
    pub fn line(&self, offset: usize) -> u32 {
        let after = self.lines.partition_point(|&(start, _)| start as usize <= offset);
        after.checked_sub(1).and_then(|at| self.lines.get(at)).map_or(0, |&(_, line)| line)
    }

    /// The section in which byte `offset` of [`Policy::text`] lies.
    pub fn section(&self, offset: usize) -> Option<&Section> {
        self.section_index(offset).and_then(|at| self.sections.get(at))
    }

    /// Headings of the sections around byte `offset`, the innermost first.
    pub fn headings(&self, offset: usize) -> impl Iterator<Item = &str> {
        let mut level = u8::MAX;
        let until = self.section_index(offset).map_or(0, |at| at.saturating_add(1));
        let sections = self.sections.get(..until).unwrap_or_default().iter().rev().take(MAX_SECTIONS);
        let around = sections.filter(move |section| {
            let is_around = section.level < level;
            level = level.min(section.level);
            is_around
        });
        around.map(|section| section.subject.as_str())
    }

    /// Where that section stands in [`Policy::sections`].
    pub fn section_index(&self, offset: usize) -> Option<usize> {
        self.sections.partition_point(|section| section.span.start <= offset).checked_sub(1)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Html,
    Markdown,
    Plain,
}

/// Beginnings of the tags that break a page into blocks.
const BLOCKS: [&str; 14] =
    ["<p", "<P", "<div", "<DIV", "<body", "<BODY", "<h1", "<h2", "<h3", "<br", "<BR", "<li", "<td", "<table"];

/// Content decides over the name where it is plain that the text is a page.
fn format_of(path: &str, source: &str) -> Format {
    let head: String = source.trim_start().chars().take(2048).collect::<String>().to_ascii_lowercase();
    let extension = path.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
    let is_page = head.starts_with("<!doctype html")
        || head.starts_with("<html")
        || head.starts_with("<?xml") && head.contains("<html");
    match extension.as_str() {
        _ if is_page => Format::Html,
        // Plain text under such a name has its lines, which a page would lose.
        "html" | "htm" | "xhtml" | "shtml" if BLOCKS.iter().any(|tag| source.contains(tag)) => Format::Html,
        "md" | "markdown" | "mkd" => Format::Markdown,
        _ if head.starts_with('<') && BLOCKS.iter().chain(&["<span"]).any(|tag| head.contains(tag)) => Format::Html,
        _ => Format::Plain,
    }
}

/// Lines with tabs, which separate cells.
fn rows_of_tables(text: &str) -> Vec<Range<usize>> {
    let mut start = 0_usize;
    let lines = text.split_inclusive('\n').map(|line| {
        let here = start..start.saturating_add(line.len());
        start = here.end;
        (here, line)
    });
    lines.filter(|(_, line)| line.contains('\t')).map(|(here, _)| here).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_over_the_name() {
        assert_eq!(format_of("policy.txt", "<!DOCTYPE html><html>"), Format::Html);
        assert_eq!(format_of("policy", "<p>本政策…</p>"), Format::Html);
        assert_eq!(format_of("policy.md", "# 隐私政策"), Format::Markdown);
        assert_eq!(format_of("policy.txt", "隐私政策"), Format::Plain);
        assert_eq!(format_of("policy.html", "隐私政策\n我们收集IMEI。"), Format::Plain);
        assert_eq!(format_of("policy.html", "隐私政策<br>我们收集IMEI。"), Format::Html);
    }

    #[test]
    fn sections_cover_the_text() {
        let policy = Policy::from_text(
            "p.txt",
            "隐私政策\n引言。\n一、我们收集的信息\n设备信息。\n（一）位置信息\n用于导航。\n",
        );
        let headings: Vec<_> =
            policy.sections.iter().map(|section| (section.heading.as_str(), section.level)).collect();
        assert_eq!(headings, [("", 0), ("一、我们收集的信息", 1), ("（一）位置信息", 2)]);
        assert_eq!(policy.sections[0].span.start, 0);
        assert_eq!(policy.sections[2].span.end, policy.text.len());
        assert!(policy.sections.windows(2).all(|pair| pair[0].span.end == pair[1].span.start));
    }

    #[test]
    fn refusals_say_the_cure() {
        let folder = std::env::temp_dir().join(format!("mingcha-policy-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        for (name, bytes, wanted) in [
            ("a.pdf", &b"%PDF-1.7 ..."[..], "PDF"),
            ("a.docx", b"PK\x03\x04....", "Word"),
            ("a.doc", b"\xd0\xcf\x11\xe0....", "Word"),
            ("a.txt", b"  \n ", "no text"),
            ("a.html", b"<html><body><div id=app></div><script>x()</script></body></html>", "script"),
            ("b.txt", b"\x00\x01\x02\xff\xfe\x07\x00\x00\x01", "binary"),
        ] {
            let path = folder.join(name);
            fs::write(&path, bytes).unwrap();
            let error = Policy::load(&path).unwrap_err().to_string();
            assert!(error.contains(wanted) && error.contains(name), "{error}");
        }
        assert!(matches!(Policy::load(&folder.join("absent.txt")), Err(Error::Io { .. })));
        fs::remove_dir_all(&folder).unwrap();
    }
}
