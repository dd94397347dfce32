//! Findings as CSV, a row each.

use super::names::Names;
use super::{Report, sheets, table};

/// RFC 4180 with a byte order mark, without which Excel takes UTF-8 for the system's code page.
pub fn render(report: &Report, names: Names<'_>) -> String {
    let findings = sheets::findings(report, names);
    format!("\u{feff}{}", table::csv(&findings.headings, &findings.rows))
}
