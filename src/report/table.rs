//! Tables of text and their plain forms.

use super::text::safe;

/// A table.
#[derive(Debug, Clone)]
pub struct Table {
    /// Stable id such as `findings`.
    pub id: &'static str,
    /// Title in the report's language.
    pub title: String,
    /// Ids of the columns.
    pub columns: Vec<&'static str>,
    /// Headings in the report's language.
    pub headings: Vec<String>,
    /// Rows, each as long as the headings.
    pub rows: Vec<Vec<String>>,
}

/// What makes a cell a formula; spreadsheets of double-byte languages take the wide forms too.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// RFC 4180. Cells that a spreadsheet would take for a formula are given as text.
pub fn csv(headings: &[String], rows: &[Vec<String>]) -> String {
    let cell = |text: &String| {
        let text = safe(text);
        let text = if text.starts_with(FORMULA) { format!("'{text}") } else { text };
        if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
    };
    let lines = std::iter::once(headings).chain(rows.iter().map(Vec::as_slice));
    lines.map(|row| row.iter().map(cell).collect::<Vec<_>>().join(",") + "\r\n").collect()
}

/// A Markdown table.
pub fn markdown(headings: &[String], rows: &[Vec<String>]) -> String {
    let line = |row: &[String]| {
        let cells = row.iter().map(|cell| safe(cell).replace('|', "\\|").replace('<', "&lt;"));
        format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
    };
    let rule = format!("|{}\n", " --- |".repeat(headings.len()));
    let body: String = rows.iter().map(|row| line(row)).collect();
    line(headings) + &rule + &body
}
