//! Tables as an XLSX workbook, a sheet each.

use std::collections::BTreeMap;

use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format as Style, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

use super::names::Names;
use super::table::Table;
use super::text::{cut, safe, width};
use super::{Report, sheets};
use crate::outcome::{Severity, Verdict};

/// What a cell of a workbook may hold, in characters (Excel specifications and limits).
const CELL: usize = 32_767;
/// Widths of columns, in characters.
const WIDTHS: (usize, usize) = (8, 60);

/// The report as a workbook.
///
/// # Errors
/// When a table is beyond what a workbook can hold.
pub fn render(report: &Report, names: Names<'_>) -> std::io::Result<Vec<u8>> {
    bytes(&sheets::all(report, names), None, &tints(names))
}

/// The words for verdicts and severities with their colours.
fn tints(names: Names<'_>) -> BTreeMap<String, u32> {
    let verdict = |verdict: Verdict| match verdict {
        Verdict::Violation => 0xF8_D0_CC,
        Verdict::Risk => 0xFD_E9_C4,
        Verdict::Undetermined => 0xD6_E6_F5,
        Verdict::Pass => 0xD8_EE_D3,
        Verdict::NotApplicable => 0xEC_EC_EC,
    };
    let severity = |severity: Severity| match severity {
        Severity::Critical => 0xF0_A8_A0,
        Severity::High => 0xF8_D0_CC,
        Severity::Medium => 0xFD_E9_C4,
        Severity::Low => 0xF4_F1_D8,
        Severity::Info => 0xEC_EC_EC,
    };
    let verdicts = Verdict::ALL.into_iter().map(|value| (names.verdict(value), verdict(value)));
    verdicts.chain(Severity::ALL.into_iter().map(|value| (names.severity(value), severity(value)))).collect()
}

/// A workbook of tables, with a note under each; cells of the columns `verdict` and `severity` whose text is in
/// `tints` are coloured.
///
/// # Errors
/// When a table is beyond what a workbook can hold.
pub fn bytes(tables: &[Table], note: Option<&str>, tints: &BTreeMap<String, u32>) -> std::io::Result<Vec<u8>> {
    let mut book = Workbook::new();
    // The same report gives the same file: no time of creation.
    let epoch = ExcelDateTime::from_ymd(2000, 1, 1).map_err(failed)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&epoch));
    for table in tables {
        sheet(book.add_worksheet(), table, note, tints).map_err(failed)?;
    }
    book.save_to_buffer().map_err(failed)
}

fn failed(error: XlsxError) -> std::io::Error {
    std::io::Error::other(error)
}

fn sheet(
    sheet: &mut Worksheet,
    table: &Table,
    note: Option<&str>,
    tints: &BTreeMap<String, u32>,
) -> Result<(), XlsxError> {
    let head = Style::new()
        .set_bold()
        .set_font_color(Color::White)
        .set_background_color(Color::RGB(0x1F_3A_5F))
        .set_align(FormatAlign::VerticalCenter)
        .set_text_wrap();
    let plain = Style::new().set_text_wrap().set_align(FormatAlign::Top);
    let shade = |color: u32| plain.clone().set_background_color(Color::RGB(color)).set_border(FormatBorder::Hair);
    sheet.set_name(&table.title)?;
    for (column, heading) in (0u16..).zip(&table.headings) {
        let cells = || table.rows.iter().filter_map(|row| row.get(usize::from(column)));
        sheet.write_string_with_format(0, column, heading, &head)?;
        let widest = cells().map(|cell| width(cell)).chain([width(heading)]).max().unwrap_or(0);
        let columns = u8::try_from(widest.saturating_add(2).clamp(WIDTHS.0, WIDTHS.1)).unwrap_or(u8::MAX);
        sheet.set_column_width(column, columns)?;
        let numbers = cells().next().is_some() && cells().all(|cell| is_number(cell));
        let tinted = matches!(table.columns.get(usize::from(column)), Some(&("verdict" | "severity")));
        for (line, cell) in (1u32..).zip(cells()) {
            let style = tints.get(cell).filter(|_| tinted).map_or_else(|| plain.clone(), |color| shade(*color));
            match cell.parse::<u32>() {
                Ok(number) if numbers => sheet.write_number_with_format(line, column, number, &style)?,
                _ => sheet.write_string_with_format(line, column, cut(&safe(cell), CELL), &style)?,
            };
        }
    }
    let last_column = u16::try_from(table.headings.len()).unwrap_or(u16::MAX).saturating_sub(1);
    let last_line = u32::try_from(table.rows.len()).unwrap_or(u32::MAX);
    sheet.autofilter(0, 0, last_line, last_column)?;
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_landscape().set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
    if let Some(note) = note {
        sheet.write_string(last_line.saturating_add(2), 0, note)?;
    }
    Ok(())
}

/// A count, as opposed to a version or an id that happens to be made of digits.
fn is_number(cell: &str) -> bool {
    cell.len() < 9
        && !cell.is_empty()
        && cell.bytes().all(|byte| byte.is_ascii_digit())
        && !(cell.len() > 1 && cell.starts_with('0'))
}
