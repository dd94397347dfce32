//! Plain text and Markdown, with the scraps of HTML that Markdown files hold.

use super::{fetch, outline, text::Draft, text::is_space};

/// Columns from which a line without a final stop counts as wrapped (a Chinese character is two).
const WRAP_COLUMNS: usize = 56;
/// Lines within which front matter must end.
const MAX_FRONT_MATTER_LINES: usize = 60;

/// One line with its number in the source.
struct Line {
    number: u32,
    text: String,
    kind: Kind,
    /// A hyperlink whose address is not part of the text.
    has_link: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Heading(u8),
    /// List item, table row, quotation: begins on a line of its own.
    Item,
    Prose,
}

/// Reads plain text.
pub(super) fn read_text(source: &str) -> Draft {
    let lines: Vec<(u32, &str)> = numbered(source).map(|(number, line)| (number, line.trim())).collect();
    let rows = rows_of_tables(&lines);
    let is_row = |at: usize| rows.get(at).copied().unwrap_or(false);
    assemble(lines.iter().enumerate().map(|(at, &(number, line))| {
        let (text, kind) = match line {
            _ if is_row(at) => (cells(line), Kind::Item),
            _ if is_delimiter(line) => (String::new(), Kind::Item),
            _ => (line.to_owned(), Kind::Prose),
        };
        Line { number, text, kind, has_link: false }
    }))
}

/// Lines between two rows of a table into which a break within a cell may tear it.
const MAX_TORN: usize = 2;

/// Which lines are rows of tables of Markdown: the one over a line of dashes, and those below.
fn rows_of_tables(lines: &[(u32, &str)]) -> Vec<bool> {
    let mut out = vec![false; lines.len()];
    let mut torn: Option<usize> = None;
    for (at, (_, line)) in lines.iter().enumerate() {
        if is_delimiter(line) {
            torn = Some(0);
            let heading =
                at.checked_sub(1).filter(|before| lines.get(*before).is_some_and(|(_, line)| line.contains('|')));
            heading.and_then(|before| out.get_mut(before)).into_iter().for_each(|is_row| *is_row = true);
        } else if let Some(count) = torn {
            let is_row = line.contains('|');
            out.get_mut(at).into_iter().for_each(|known| *known = is_row);
            let count = if is_row { 0 } else { count.saturating_add(1) };
            torn = Some(count).filter(|count| !line.is_empty() && *count <= MAX_TORN);
        }
    }
    out
}

/// Reads Markdown.
pub(super) fn read_markdown(source: &str) -> Draft {
    let stripped = strip_tags(without_front_matter(source));
    // A table may stand in a quotation.
    let unquoted = |line: &'_ str| -> usize {
        let inner = line.trim_start_matches(['>', ' ']);
        if line.starts_with('>') && inner.starts_with('|') { line.len() - inner.len() } else { 0 }
    };
    let lines: Vec<(u32, &str)> = stripped
        .iter()
        .map(|(number, line)| (number + newlines(line, line.trim_start()), line.trim()))
        .map(|(number, line)| (number, line.get(unquoted(line)..).unwrap_or(line)))
        .collect();
    let rows = rows_of_tables(&lines);
    let mut out: Vec<Line> = Vec::new();
    let mut is_code = false;
    for (index, &(number, line)) in lines.iter().enumerate() {
        if line.starts_with("```") || line.starts_with("~~~") {
            is_code = !is_code;
            continue;
        }
        if is_code {
            out.push(Line { number, text: line.to_owned(), kind: Kind::Item, has_link: false });
            continue;
        }
        if let Some(level) = underline_level(line)
            && let Some(last) = out.last_mut().filter(|last| {
                last.kind == Kind::Prose && last.number + 1 == number && outline::reads_like_heading(&last.text)
            })
        {
            last.kind = Kind::Heading(level);
            continue;
        }
        let is_rule = line.len() >= 3 && line.chars().all(|c| matches!(c, '-' | '*' | '_' | ' '));
        if is_rule || is_delimiter(line) {
            out.push(Line { number, text: String::new(), kind: Kind::Item, has_link: false });
            continue;
        }
        let is_row = rows.get(index).copied().unwrap_or(false);
        out.push(if line.contains('|') && (line.starts_with('|') || is_row) {
            Line { number, text: cells(line), kind: Kind::Item, has_link: has_link(line) }
        } else {
            block(number, line)
        });
    }
    assemble(out.into_iter())
}

fn numbered(source: &str) -> impl Iterator<Item = (u32, &str)> {
    (1..).zip(source.split('\n'))
}

/// Joins wrapped lines and writes all out.
fn assemble(lines: impl Iterator<Item = Line>) -> Draft {
    let mut draft = Draft::default();
    let (mut wrapped, mut stops_amid, mut prose, mut at_latin) = (false, false, false, false);
    for line in lines {
        // Latin prose is wrapped at any width.
        let goes_on = stops_amid && line.text.starts_with(|c: char| c.is_ascii_lowercase());
        let at_word = (wrapped || at_latin) && prose && line.text.starts_with(|c: char| c.is_ascii_alphabetic());
        let at_word = at_word
            && !is_labelled(&line.text)
            && line.text.contains(['，', '。', '；', '、'])
            && !line.text.contains('\t');
        let joins = line.kind == Kind::Prose && (wrapped && continues(&line.text) || goes_on || at_word);
        if joins {
            draft.push("\n", line.number);
        } else {
            draft.end_line();
        }
        if let Kind::Heading(level) = line.kind {
            draft.mark_heading(level);
        }
        let mut number = line.number;
        for (index, cell) in line.text.split('\t').enumerate() {
            if index > 0 {
                draft.next_cell();
            }
            draft.push(cell, number);
            number += newlines(cell, "");
        }
        if line.has_link {
            draft.mark_link();
        }
        wrapped = !matches!(line.kind, Kind::Heading(_)) && is_wrapped(&line.text);
        // Text that breaks at spaces alone breaks before Latin words.
        prose = line.text.contains(['，', '。']) && !line.text.contains('\t');
        at_latin = line.text.ends_with(|c: char| c.is_ascii_alphanumeric());
        stops_amid = !matches!(line.kind, Kind::Heading(_))
            && !line.text.contains('\t')
            && line.text.ends_with(|c: char| c.is_ascii_lowercase() || c == ',');
    }
    draft.end_line();
    draft
}

/// Line breaks of `text` in front of its ending `rest`.
fn newlines(text: &str, rest: &str) -> u32 {
    let before = text.get(..text.len() - rest.len()).unwrap_or_default();
    u32::try_from(before.matches('\n').count()).unwrap_or(0)
}

/// True for a long line that stops amid a sentence.
fn is_wrapped(line: &str) -> bool {
    let columns: usize = line.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
    columns >= WRAP_COLUMNS
        && !line.contains('\t')
        && !line.ends_with(['。', '！', '？', '；', '：', '.', '!', '?', ';', ':', '…', '”', '》', '）', ')'])
}

/// True when `line` may carry on the sentence before it.
fn continues(line: &str) -> bool {
    line.chars()
        .next()
        .is_some_and(|c| c.is_alphabetic() && !c.is_uppercase() || matches!(c, '，' | '。' | '、' | '；'))
        && outline::numbered_level(line).is_none()
        && !line.starts_with('第')
        && !is_labelled(line)
}

/// Longest label in front of a colon, in characters.
const MAX_LABEL_CHARS: usize = 12;

/// True for `使用目的：推送`, which begins a datum of its own.
pub(super) fn is_labelled(line: &str) -> bool {
    let mut last = ' ';
    let mut label = line.chars().take(MAX_LABEL_CHARS).take_while(|c| !matches!(c, '，' | '。' | ',' | ' '));
    label.any(|c| {
        // https: and 8:30 are none.
        let ends = c == '：' || c == ':' && !last.is_ascii();
        last = c;
        ends
    })
}

fn without_front_matter(source: &str) -> (u32, &str) {
    let Some(rest) = source.strip_prefix("---\n") else { return (1, source) };
    let mut offset = 4;
    for (number, line) in (3..).zip(rest.split_inclusive('\n').take(MAX_FRONT_MATTER_LINES)) {
        offset += line.len();
        if line.trim_end() == "---" {
            return (number, source.get(offset..).unwrap_or_default());
        }
    }
    (1, source)
}

/// Takes HTML tags and comments out and decodes common character references. A row of an HTML
/// table becomes one line with tabs, in which line breaks of the source remain.
fn strip_tags((first, source): (u32, &str)) -> Vec<(u32, String)> {
    let mut out = vec![(first, String::new())];
    let mut number = first;
    let mut row = None;
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let mut taken = c.len_utf8();
        let line = out.last_mut().map(|(_, line)| line);
        match c {
            '<' if rest.starts_with("<!--") => taken = rest.find("-->").map_or(rest.len(), |end| end + 3),
            '<' if tag(rest).is_some() => {
                let (name, closes, length) = tag(rest).unwrap_or_default();
                taken = length;
                match (name.as_str(), closes) {
                    ("tr", false) => {
                        out.push((number, String::new()));
                        row = Some(0_usize);
                    }
                    ("tr", true) | ("table", _) => {
                        out.push((number, String::new()));
                        row = None;
                    }
                    ("td" | "th", false) => {
                        if let (Some(count), Some(line)) = (row.as_mut(), line) {
                            if *count > 0 {
                                line.push('\t');
                            }
                            *count += 1;
                        }
                    }
                    ("br" | "p" | "div" | "li" | "ul" | "ol" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6", _) => {
                        if row.is_some() {
                            line.into_iter().for_each(|line| line.push(' '));
                        } else {
                            let marks = name
                                .strip_prefix('h')
                                .and_then(|level| level.parse().ok())
                                .filter(|_| !closes)
                                .map_or(0, |level: usize| level);
                            out.push((number, "#".repeat(marks)));
                        }
                    }
                    _ => {}
                }
            }
            '&' => {
                let (text, length) = reference(rest).unwrap_or(('&', 1));
                taken = length;
                line.into_iter().for_each(|line| line.push(text));
            }
            '\n' if row.is_some() => line.into_iter().for_each(|line| line.push('\n')),
            '\n' => out.push((number + 1, String::new())),
            _ => line.into_iter().for_each(|line| line.push(c)),
        }
        let (passed, after) = rest.split_at(taken);
        number += newlines(passed, "");
        rest = after;
    }
    out
}

/// Name, whether it closes, and length in bytes of the HTML tag at the start of `text`.
fn tag(text: &str) -> Option<(String, bool, usize)> {
    let end = text.find('>')?;
    let inner = text.get(1..end)?;
    let (closes, inner) = inner.strip_prefix('/').map_or((false, inner), |inner| (true, inner));
    let name: String = inner.chars().take_while(char::is_ascii_alphanumeric).collect();
    let after = inner.get(name.len()..)?;
    // `<https://…>` and `<a@b.cn>` are links, `a < b` is prose.
    let is_tag = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && (after.is_empty() || after.starts_with([' ', '/', '\n', '\t']))
        && !inner.contains('<');
    is_tag.then(|| (name.to_ascii_lowercase(), closes, end + 1))
}

/// The character that the reference at the start of `text` stands for, and its length in bytes.
fn reference(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(10).position(|byte| byte == b';')?;
    let name = text.get(1..end)?;
    let c = match name {
        "nbsp" | "emsp" | "ensp" => ' ',
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "ldquo" => '“',
        "rdquo" => '”',
        "mdash" => '—',
        "middot" => '·',
        _ => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((c, end + 1))
}

/// Level that a line of `=` or `-` gives to the line above.
fn underline_level(line: &str) -> Option<u8> {
    match line.bytes().next()? {
        b'=' if line.len() >= 3 && line.bytes().all(|byte| byte == b'=') => Some(1),
        b'-' if line.len() >= 3 && line.bytes().all(|byte| byte == b'-') => Some(2),
        _ => None,
    }
}

/// True for the `|---|:-:|` line of a table.
fn is_delimiter(line: &str) -> bool {
    line.contains('|') && line.contains("--") && line.chars().all(|c| matches!(c, '|' | '-' | ':' | ' '))
}

fn cells(line: &str) -> String {
    let line = line.replace("\\|", "｜");
    // 甲 | 乙 | has an empty third cell, | 甲 | 乙 | has none.
    let line = line.strip_prefix('|').map_or(line.as_str(), |line| line.strip_suffix('|').unwrap_or(line));
    line.split('|').map(|cell| inline(cell.trim())).collect::<Vec<_>>().join("\t")
}

/// A heading, a list item or prose.
fn block(number: u32, line: &str) -> Line {
    let mut rest = line;
    let mut kind = Kind::Prose;
    while let Some(inner) = rest.strip_prefix('>') {
        rest = inner.trim_start();
        kind = Kind::Item;
    }
    let bare = rest.trim_start_matches('#');
    let marks = rest.len() - bare.len();
    if (1..=6).contains(&marks) {
        let level = u8::try_from(marks).unwrap_or(6);
        return Line {
            number,
            text: inline(bare.trim_end_matches('#').trim()),
            kind: Kind::Heading(level),
            has_link: false,
        };
    }
    for marker in ["- ", "* ", "+ ", "• ", "· "] {
        if let Some(inner) = rest.strip_prefix(marker) {
            rest = inner.trim_start();
            kind = Kind::Item;
            break;
        }
    }
    let is_bold = |mark: &str| {
        rest.len() > 4 && rest.starts_with(mark) && rest.ends_with(mark) && rest.matches(mark).count() == 2
    };
    let text = inline(rest);
    if kind == Kind::Prose && (is_bold("**") || is_bold("__")) && outline::reads_like_heading(&text) {
        kind = Kind::Heading(outline::numbered_level(&text).unwrap_or(6));
    }
    Line { number, text, kind, has_link: has_link(line) }
}

/// True for a line with a hyperlink whose address [`inline`] takes out.
fn has_link(line: &str) -> bool {
    line.split("](").skip(1).any(fetch::is_address)
}

/// Takes emphasis, code marks, link targets and escapes out of one line.
fn inline(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let mut taken = c.len_utf8();
        let before = out.chars().next_back();
        match c {
            '\\' => {
                if let Some(next) = rest.chars().nth(1).filter(char::is_ascii_punctuation) {
                    out.push(next);
                    taken += 1;
                } else {
                    out.push(c);
                }
            }
            '`' => {}
            '*' => {
                let next = rest.chars().find(|&c| c != '*');
                let is_loose = before.is_none_or(is_space) && next.is_none_or(is_space);
                if is_loose {
                    out.push(c);
                }
            }
            '~' if rest.starts_with("~~") => taken = 2,
            '_' if rest.starts_with("__") => {
                let next = rest.trim_start_matches('_').chars().next();
                let is_word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
                if is_word(before) && is_word(next) {
                    out.push_str("__");
                }
                taken = 2;
            }
            '!' if rest.starts_with("![") => {}
            '[' => {
                if let Some((label, length)) = link(rest) {
                    out.push_str(&inline(label));
                    taken = length;
                } else {
                    out.push(c);
                }
            }
            _ => out.push(c),
        }
        rest = rest.get(taken..).unwrap_or_default();
    }
    out
}

/// Label and length in bytes of the link at the start of `text`.
fn link(text: &str) -> Option<(&str, usize)> {
    let middle = text.find("](")?;
    let label = text.get(1..middle)?;
    let end = text.get(middle..)?.find(')')?;
    (!label.contains('[')).then_some((label, middle + end + 1))
}

#[cfg(test)]
mod tests {
    use crate::policy::Policy;

    #[test]
    fn markdown_blocks() {
        let source = "---\ntitle: x\n---\n# **隐私政策** #\n\n我们会收集**设备信息**，详见[SDK列表](https://a.cn/b)。\n\n- `READ_CONTACTS` 权限\n\n| SDK | 提供方 |\n| --- | --- |\n| 友盟\\|U-App | 友盟同欣 |\n\n**二、联系我们**\n邮箱 <a@b.cn>\n\n权限\n====\n";
        let policy = Policy::from_text("p.md", source);
        assert_eq!(
            policy.text,
            "隐私政策\n我们会收集设备信息，详见SDK列表。\nREAD_CONTACTS 权限\nSDK\t提供方\n友盟｜U-App\t友盟同欣\n二、联系我们\n邮箱 <a@b.cn>\n权限\n"
        );
        let headings: Vec<_> =
            policy.sections.iter().map(|section| (section.heading.as_str(), section.level)).collect();
        assert_eq!(headings, [("隐私政策", 1), ("二、联系我们", 1), ("权限", 1)]);
        assert_eq!(policy.line(policy.text.find("友盟同欣").unwrap()), 12);
    }

    #[test]
    fn latin_prose_is_joined() {
        let policy = Policy::from_text("p.md", "- It does not request microphone,\n  camera or contacts.\n- Other\n");
        assert_eq!(policy.text, "It does not request microphone, camera or contacts.\nOther\n");
    }

    #[test]
    fn a_table_in_a_quotation() {
        let policy = Policy::from_text("p.md", "> | SDK | 提供方 |\n> | --- | --- |\n> | 甲SDK | 甲公司 |\n> 引文\n");
        assert_eq!(policy.text, "SDK\t提供方\n甲SDK\t甲公司\n引文\n");
    }

    #[test]
    fn html_within_markdown() {
        let policy = Policy::from_text(
            "p.md",
            "说明<br>如下&nbsp;&#22914;\n<table\n class=\"a\">\n<tr>\n<td>极光</td>\n<td>和讯<br/>华谷</td>\n</tr>\n</table>\n完",
        );
        assert_eq!(policy.text, "说明\n如下 如\n极光\t和讯 华谷\n完\n");
        assert_eq!(policy.line(policy.text.find("和讯").unwrap()), 6);
    }

    #[test]
    fn wrapped_lines_are_joined_and_lists_are_not() {
        let policy = Policy::from_text(
            "p.txt",
            "为了向您提供更加准确的搜索结果以及内容推荐服务我们会收集您的设备识\n别码与位置信息。\n通讯\n录音\n",
        );
        assert_eq!(
            policy.text,
            "为了向您提供更加准确的搜索结果以及内容推荐服务我们会收集您的设备识别码与位置信息。\n通讯\n录音\n"
        );
        assert_eq!(policy.line(policy.text.find("别码").unwrap()), 2);
    }
}
