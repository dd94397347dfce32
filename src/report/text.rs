//! Text for terminals: widths of Chinese, wrapping, one-line evidence.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::evidence::{Evidence, Owner, OwnerKind};

/// Replaces what could steer a terminal: an input's texts must not.
pub fn safe(text: &str) -> String {
    let keep = |character: char| {
        !character.is_control()
            && !matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
    };
    text.chars().map(|character| if keep(character) { character } else { '\u{fffd}' }).collect()
}

/// A template with `…` for its placeholders.
pub fn blanked(template: &str) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        match after.split_once('}') {
            Some((name, tail)) if name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_') => {
                out.push('…');
                rest = tail;
            }
            _ => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Columns that a text takes.
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// `text` with spaces behind up to `columns`.
pub fn padded(text: &str, columns: usize) -> String {
    let spaces = columns.saturating_sub(width(text));
    format!("{text}{}", " ".repeat(spaces))
}

/// `text` cut to `columns`, with `…` where it was cut.
pub fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 1usize;
    for character in text.chars() {
        used = used.saturating_add(character.width().unwrap_or(0));
        if used > columns {
            break;
        }
        out.push(character);
    }
    out + "…"
}

/// Breaks `text` into lines of at most `columns`: at spaces, and between Chinese characters.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(20);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0usize;
    for word in words(text) {
        let needed = width(word.trim_end());
        if used > 0 && used.saturating_add(needed) > columns {
            lines.push(line.trim_end().to_owned());
            line.clear();
            used = 0;
        }
        // A word longer than the line is cut where the line ends.
        if needed > columns {
            for character in word.chars() {
                let step = character.width().unwrap_or(0);
                if used.saturating_add(step) > columns {
                    lines.push(std::mem::take(&mut line));
                    used = 0;
                }
                line.push(character);
                used = used.saturating_add(step);
            }
            continue;
        }
        line.push_str(word);
        used = used.saturating_add(width(word));
    }
    if !line.trim().is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// Pieces that may not be broken: a word with its spaces, a wide character with the punctuation
/// that must not begin a line.
fn words(text: &str) -> Vec<&str> {
    const NO_START: &str = "，。、；：？！）》”’」』】…,.;:?!)";
    let mut out = Vec::new();
    let mut start = 0usize;
    let mut previous: Option<char> = None;
    for (at, character) in text.char_indices() {
        let wide = |character: char| character.width().unwrap_or(0) == 2;
        let breaks = previous.is_some_and(|before| {
            before == ' ' && character != ' '
                || (wide(before) || wide(character))
                    && !NO_START.contains(character)
                    && character != ' '
                    && !"（《“‘「『【(".contains(before)
        });
        if breaks && at > start {
            out.extend(text.get(start..at));
            start = at;
        }
        previous = Some(character);
    }
    out.extend(text.get(start..).filter(|rest| !rest.is_empty()));
    out
}

/// An owner in brackets, or nothing for the app itself.
fn owner_note(owner: &Owner) -> String {
    match owner.kind {
        OwnerKind::App => String::new(),
        OwnerKind::Unknown => " [?]".into(),
        OwnerKind::Sdk | OwnerKind::Library => format!(" [{}]", owner.id),
    }
}

/// One line that leads a reader to the place.
pub fn evidence_line(evidence: &Evidence) -> String {
    let line = match evidence {
        Evidence::Manifest { package, element, name, line } => {
            let package = if package.is_empty() { String::new() } else { format!("{package}!") };
            format!("{package}AndroidManifest.xml{} <{element}> {name}", numbered(*line))
        }
        Evidence::Code { owner, class, method, dex, offset, source, refers_to, .. } => {
            let place = if source.is_empty() { format!("+{offset:#x}") } else { format!("{source}+{offset:#x}") };
            // A whole method refers to nothing.
            let target = if refers_to.is_empty() { String::new() } else { format!(" → {refers_to}") };
            format!("{class}.{method}({place}){target}  {dex}{}", owner_note(owner))
        }
        Evidence::Constant { class, field, dex, value } => format!("{class}.{field} = \"{}\"  {dex}", cut(value, 60)),
        Evidence::Classes { class, dex, count, told_by } => {
            // Renamed code: its name says nothing, so the reader is told what did.
            let note = if told_by == "name" { "" } else { " [类特征 shape]" };
            format!("{class}  {dex} ×{count}{note}")
        }
        Evidence::Resource { name, locale, text, .. } => format!("@{name} ({locale}) “{}”", cut(text, 60)),
        Evidence::Layout { file, view, attribute, text, line } => {
            format!("{file}{} <{view}> {attribute}=“{}”", numbered(*line), cut(text, 60))
        }
        Evidence::Native { library, symbol } if symbol.is_empty() => library.clone(),
        Evidence::Native { library, symbol } => format!("{library} → {symbol}"),
        Evidence::Asset { path, text } if text.is_empty() => path.clone(),
        Evidence::Asset { path, text } => format!("{path} “{}”", cut(text, 60)),
        Evidence::Policy { section, quote, line } => format!("{section}{} “{}”", numbered(*line), cut(quote, 80)),
        Evidence::Absent { searched } => searched.join(" · "),
        Evidence::Declared { key, value } => format!("--metadata {key} = {}", cut(value, 60)),
        Evidence::Redacted { of, owner } => {
            format!("{of}（已隐去 withheld）{}", owner.as_ref().map(owner_note).unwrap_or_default())
        }
    };
    safe(&line)
}

/// The call path to a place, one frame per line, innermost first; how control gets into a method stands
/// behind it where that is no plain call.
pub fn path_lines(evidence: &Evidence) -> Vec<String> {
    let Evidence::Code { path, .. } = evidence else { return Vec::new() };
    path.iter()
        .map(|step| match step.via {
            "call" | "virtual" => safe(&step.frame),
            via => format!("{} [{via}]", safe(&step.frame)),
        })
        .collect()
}

fn numbered(line: u32) -> String {
    if line == 0 { String::new() } else { format!(":{line}") }
}

#[cfg(test)]
mod tests {
    use super::{cut, padded, safe, width, wrap};

    #[test]
    fn chinese_takes_two_columns() {
        assert_eq!(width("明察ok"), 6);
        assert_eq!(padded("明察", 6), "明察  ");
        assert_eq!(cut("明察扫描器", 6), "明察…");
    }

    #[test]
    fn wrapping_keeps_words_and_punctuation() {
        let lines = wrap("应用声明了高敏感权限 android.permission.READ_CONTACTS（读取通讯录）。审查要点", 30);
        assert!(lines.iter().all(|line| width(line) <= 44), "{lines:?}");
        assert!(!lines.iter().any(|line| line.starts_with(['。', '）', '，'])), "{lines:?}");
        assert_eq!(
            lines.concat().replace(' ', ""),
            "应用声明了高敏感权限android.permission.READ_CONTACTS（读取通讯录）。审查要点"
        );
    }

    #[test]
    fn inputs_cannot_steer_the_terminal() {
        assert_eq!(safe("a\u{1b}[31mb\u{202e}c"), "a\u{fffd}[31mb\u{fffd}c");
    }
}
