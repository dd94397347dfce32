//! A comparison for terminals and logs.

use anstyle::{AnsiColor, Style};

use super::Diff;
use super::rows::{head, parts};
use crate::report::names::Names;
use crate::report::text::{safe, wrap};

/// The comparison as text of so many columns.
pub fn render(diff: &Diff, names: Names<'_>, columns: usize, color: bool) -> String {
    let paint = |style: Style, text: &str| if color { format!("{style}{text}{style:#}") } else { text.to_owned() };
    let mut out = String::new();
    for line in head(diff, names) {
        out.push_str(&format!("{}\n", safe(&line)));
    }
    for part in parts(diff, names) {
        out.push_str(&format!("\n{}\n", paint(Style::new().bold(), &part.title)));
        for row in part.rows {
            let style = match row.sign {
                '+' => AnsiColor::Green.on_default(),
                '-' => AnsiColor::Red.on_default(),
                _ => AnsiColor::Yellow.on_default(),
            };
            let text = [row.name, row.id, row.detail].into_iter().filter(|part| !part.is_empty());
            let text = safe(&text.collect::<Vec<_>>().join("  "));
            for (number, line) in wrap(&text, columns.saturating_sub(4)).iter().enumerate() {
                let sign = if number == 0 { row.sign.to_string() } else { " ".to_owned() };
                out.push_str(&format!("  {} {}{line}\n", paint(style, &sign), if number == 0 { "" } else { "  " }));
            }
        }
    }
    out
}
