//! Word documents (.docx): paragraphs, headings and tables of the main part (ECMA-376, WordprocessingML).

use std::io::{Cursor, Read as _};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::text::Draft;

/// The part that holds the text.
const MAIN_PART: &str = "word/document.xml";
/// Inflated bytes of the main part; more is no policy.
const MAX_PART_BYTES: u64 = 64 << 20;

/// Reads a document.
///
/// # Errors
/// What is wrong and what to do.
pub(super) fn read(bytes: &[u8]) -> Result<Draft, String> {
    let broken = |error: &dyn std::fmt::Display| {
        format!("the Word document is damaged ({error}); save it anew, or as text or HTML")
    };
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    let part = archive.by_name(MAIN_PART).map_err(|_| {
        "this is an archive without a Word document in it; give the policy as text, HTML, PDF or .docx".to_owned()
    })?;
    let mut xml = Vec::new();
    part.take(MAX_PART_BYTES.saturating_add(1)).read_to_end(&mut xml).map_err(|error| broken(&error))?;
    if xml.len() as u64 > MAX_PART_BYTES {
        return Err(format!("the text of the Word document is larger than {MAX_PART_BYTES} bytes"));
    }
    let mut out = Writer::default();
    let mut reader = Reader::from_reader(xml.as_slice());
    let mut buffer = Vec::new();
    loop {
        match reader.read_event_into(&mut buffer).map_err(|error| broken(&error))? {
            Event::Start(element) => out.start(&element),
            Event::Empty(element) => {
                out.start(&element);
                out.end(element.local_name().as_ref());
            }
            Event::End(element) => out.end(element.local_name().as_ref()),
            Event::Text(text) if out.is_text => out.push(&text),
            Event::GeneralRef(entity) if out.is_text => out.push(&character(&entity)),
            Event::Eof => break,
            _ => {}
        }
        buffer.clear();
    }
    out.draft.end_line();
    Ok(out.draft)
}

/// The character that a reference such as `amp` or `#8220` stands for.
fn character(reference: &quick_xml::events::BytesRef<'_>) -> String {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return character.to_string();
    }
    let name = &**reference;
    quick_xml::escape::resolve_predefined_entity(name).unwrap_or_default().to_owned()
}

/// Paragraphs have no lines in the source; they are counted instead.
#[derive(Default)]
struct Writer {
    draft: Draft,
    paragraph: u32,
    table_depth: u32,
    cells: u32,
    is_text: bool,
}

impl Writer {
    fn start(&mut self, element: &BytesStart<'_>) {
        match element.local_name().as_ref() {
            "p" => {
                self.paragraph = self.paragraph.saturating_add(1);
                if self.table_depth == 0 {
                    self.draft.end_line();
                } else {
                    self.draft.space();
                }
            }
            "pStyle" => {
                let level = attribute(element, "val").and_then(|style| heading_level(&style));
                if let Some(level) = level.filter(|_| self.table_depth == 0) {
                    self.draft.mark_heading(level);
                }
            }
            "tbl" => {
                self.draft.end_line();
                self.table_depth = self.table_depth.saturating_add(1);
            }
            "tr" => {
                self.draft.end_line();
                self.cells = 0;
            }
            "tc" => {
                if self.cells > 0 {
                    self.draft.next_cell();
                }
                self.cells = self.cells.saturating_add(1);
            }
            "t" => self.is_text = true,
            "tab" => self.draft.space(),
            "br" | "cr" if self.table_depth == 0 => self.draft.end_line(),
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "t" => self.is_text = false,
            "tr" => self.draft.end_line(),
            "tbl" => {
                self.draft.end_line();
                self.table_depth = self.table_depth.saturating_sub(1);
            }
            _ => {}
        }
    }

    fn push(&mut self, text: &str) {
        self.draft.push(text, self.paragraph);
    }
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = element.attributes().flatten().find(|attribute| attribute.key.local_name().as_ref() == name)?;
    Some(found.value.into_owned())
}

/// `Heading2` and the like; Chinese templates number the styles alone.
fn heading_level(style: &str) -> Option<u8> {
    let lower = style.to_ascii_lowercase();
    if lower == "title" {
        return Some(1);
    }
    let number = lower.strip_prefix("heading").or_else(|| style.strip_prefix("标题")).unwrap_or(&lower);
    number.trim().parse().ok().filter(|level| (1..=6).contains(level))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn document(body: &str) -> Vec<u8> {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        archive.start_file(MAIN_PART, zip::write::SimpleFileOptions::default()).unwrap();
        let xml = format!("<w:document xmlns:w=\"w\"><w:body>{body}</w:body></w:document>");
        archive.write_all(xml.as_bytes()).unwrap();
        archive.finish().unwrap().into_inner()
    }

    #[test]
    fn paragraphs_headings_and_tables() {
        let bytes = document(
            "<w:p><w:pPr><w:pStyle w:val=\"Heading1\"/></w:pPr><w:r><w:t>一、收集</w:t></w:r></w:p>\
             <w:p><w:r><w:t>我们收集</w:t></w:r><w:r><w:t>手机号&amp;邮箱。</w:t></w:r></w:p>\
             <w:tbl><w:tr><w:tc><w:p><w:r><w:t>友盟</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>统计</w:t></w:r></w:p></w:tc></w:tr></w:tbl>",
        );
        let draft = read(&bytes).unwrap();
        assert_eq!(draft.text, "一、收集\n我们收集手机号&邮箱。\n友盟\t统计\n");
        assert_eq!(draft.sections()[0].heading, "一、收集");
    }

    #[test]
    fn damage_is_told() {
        assert!(read(b"PK\x03\x04....").err().unwrap().contains("damaged"));
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        archive.start_file("other.xml", zip::write::SimpleFileOptions::default()).unwrap();
        let bytes = archive.finish().unwrap().into_inner();
        assert!(read(&bytes).err().unwrap().contains("without a Word document"));
    }
}
