//! Text of a page: what a reader sees, one block to a line, cells of a row separated by tabs.
//!
//! The parser keeps no source positions, so the line of a text is found again by searching the
//! source for it from where the last one was found. An approximate line is a help to reviewers,
//! never a ground for a decision.

use std::iter::successors;

use memchr::memmem;
use scraper::{ElementRef, Html, Node};

use super::{fetch::is_address, outline, plain, text::Draft};

/// Elements whose content is not prose.
const NOISE: [&str; 13] = [
    "script", "style", "noscript", "template", "head", "nav", "svg", "math", "iframe", "object", "select", "button",
    "canvas",
];
/// Elements that begin and end a line.
const BLOCKS: [&str; 32] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "caption",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "header",
    "hr",
    "legend",
    "li",
    "main",
    "menu",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "textarea",
    "tr",
    "ul",
];
/// Elements whose text is written line by line.
const PREFORMATTED: [&str; 2] = ["pre", "textarea"];
/// A cell with more text than this lays out the page rather than being one datum.
const MAX_CELL_CHARS: usize = 1200;
/// And this lays out the page even in a table with as many columns and rows as a list has.
const MAX_DATUM_CHARS: usize = 20_000;
const MIN_LIST_COLUMNS: usize = 4;
const MIN_LIST_ROWS: usize = 3;
/// Nodes looked at to tell a datum from layout.
const MAX_CELL_NODES: usize = 400;

/// Reads a page or a fragment of one.
pub(super) fn read(source: &str) -> Draft {
    let page = Html::parse_document(source);
    let mut draft = Draft::default();
    let mut lines = Lines::new(source);
    let mut skipped = None;
    // The data cell being read: within it a block is no line of its own.
    let mut cell = None;
    let mut row_has_cell = false;
    let mut pre_depth = 0_usize;
    // Each node twice, when it opens and when it closes; no recursion, since pages nest at will.
    let steps = successors(Some((page.tree.root(), true)), |&(node, is_open)| {
        match (is_open, node.first_child(), node.next_sibling()) {
            (true, Some(child), _) => Some((child, true)),
            (true, None, _) => Some((node, false)),
            (false, _, Some(sibling)) => Some((sibling, true)),
            (false, _, None) => node.parent().map(|parent| (parent, false)),
        }
    });
    for (node, is_open) in steps {
        if let Some(id) = skipped {
            match node.value() {
                Node::Text(text) if is_open => _ = lines.find(text),
                _ if node.id() == id => skipped = None,
                _ => {}
            }
            continue;
        }
        match node.value() {
            Node::Text(text) if is_open => {
                let line = lines.find(text);
                if pre_depth > 0 && cell.is_none() {
                    push_lines(&mut draft, text, line);
                } else {
                    draft.push(text, line);
                }
            }
            Node::Element(element) => {
                let name = element.name();
                if is_open && NOISE.contains(&name) {
                    skipped = Some(node.id());
                    continue;
                }
                if PREFORMATTED.contains(&name) || element.attr("style").is_some_and(keeps_lines) {
                    pre_depth = if is_open { pre_depth + 1 } else { pre_depth.saturating_sub(1) };
                }
                if name == "a" && !is_open && element.attr("href").is_some_and(is_address) {
                    draft.mark_link();
                }
                match (name, heading_level(name)) {
                    ("td" | "th", _) => {
                        if is_open && cell.is_none() && !ElementRef::wrap(node).is_some_and(is_layout) {
                            cell = Some(node.id());
                            if row_has_cell {
                                draft.next_cell();
                            }
                            row_has_cell = true;
                        } else if !is_open && cell == Some(node.id()) {
                            cell = None;
                        } else if cell.is_none() {
                            draft.end_line();
                        }
                    }
                    ("br", _) if is_open => break_line(&mut draft, cell.is_some()),
                    (_, Some(level)) => {
                        break_line(&mut draft, cell.is_some());
                        if is_open && cell.is_none() {
                            draft.mark_heading(level);
                        }
                    }
                    _ if BLOCKS.contains(&name) => {
                        break_line(&mut draft, cell.is_some());
                        if cell.is_none() {
                            row_has_cell = false;
                            if is_open && ElementRef::wrap(node).is_some_and(is_bold_title) {
                                draft.mark_heading(6);
                            }
                        }
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    draft.end_line();
    draft
}

fn break_line(draft: &mut Draft, in_cell: bool) {
    if in_cell { draft.space() } else { draft.end_line() }
}

/// Appends preformatted text that begins on source line `first`; lines that were only wrapped are joined.
fn push_lines(draft: &mut Draft, text: &str, first: u32) {
    let inner = plain::read_text(text);
    let starts = inner.lines.iter().map(|(offset, _)| *offset as usize);
    let ends = starts.clone().skip(1).chain([inner.text.len()]);
    if text.starts_with('\n') {
        draft.end_line();
    }
    for ((start, end), (_, number)) in starts.zip(ends).zip(&inner.lines) {
        let part = inner.text.get(start..end).unwrap_or_default();
        for (index, cell) in part.trim_end_matches('\n').split('\t').enumerate() {
            if index > 0 {
                draft.next_cell();
            }
            draft.push(cell, first.saturating_add(*number).saturating_sub(1));
        }
        // The last line may go on with the next element.
        if part.ends_with('\n') && (end < inner.text.len() || text.ends_with('\n')) {
            draft.end_line();
        }
    }
}

/// True for a style by which line breaks of the source are shown.
fn keeps_lines(style: &str) -> bool {
    let declarations = style.split(';').filter_map(|declaration| declaration.split_once(':'));
    let mut values =
        declarations.filter(|(name, _)| name.trim().eq_ignore_ascii_case("white-space")).map(|(_, value)| value.trim());
    values.any(|value| ["pre", "break-spaces"].iter().any(|kept| value.to_ascii_lowercase().starts_with(kept)))
}

fn heading_level(name: &str) -> Option<u8> {
    match name.as_bytes() {
        [b'h', digit @ b'1'..=b'6'] => Some(digit - b'0'),
        _ => None,
    }
}

/// True for a cell that holds a part of the page: a table, headings, or much text.
fn is_layout(cell: ElementRef<'_>) -> bool {
    let mut chars = 0;
    let mut is_datum = false;
    for (visited, node) in cell.descendants().enumerate() {
        chars += node.value().as_text().map_or(0, |text| text.chars().count());
        let nested = node
            .value()
            .as_element()
            .is_some_and(|element| element.name() == "table" || heading_level(element.name()).is_some());
        let is_long = chars > MAX_CELL_CHARS || visited > MAX_CELL_NODES;
        if is_long && !is_datum {
            is_datum = is_in_list(cell);
        }
        let is_endless = chars > MAX_DATUM_CHARS || visited > MAX_DATUM_CHARS;
        if nested || is_long && !is_datum || is_endless {
            return true;
        }
    }
    false
}

/// True for a cell of a table with several columns and rows, where even a long text is one datum.
fn is_in_list(cell: ElementRef<'_>) -> bool {
    let of_kind = |element: ElementRef<'_>, names: &[&str]| names.contains(&element.value().name());
    let Some(row) = cell.parent().and_then(ElementRef::wrap) else { return false };
    let cells = row.children().filter_map(ElementRef::wrap).filter(|cell| of_kind(*cell, &["td", "th"]));
    let is_row = |row: &ElementRef<'_>| of_kind(*row, &["tr"]);
    let table = row.parent().and_then(ElementRef::wrap);
    let rows = table.into_iter().flat_map(|table| table.children().filter_map(ElementRef::wrap));
    cells.take(MIN_LIST_COLUMNS).count() == MIN_LIST_COLUMNS
        && rows.filter(is_row).take(MIN_LIST_ROWS).count() == MIN_LIST_ROWS
}

/// True for a paragraph that is nothing but a short bold text: a heading without the element.
fn is_bold_title(block: ElementRef<'_>) -> bool {
    if !matches!(block.value().name(), "p" | "div") {
        return false;
    }
    let mut children =
        block.children().filter(|child| !child.value().as_text().is_some_and(|text| text.trim().is_empty()));
    let (Some(child), None) = (children.next(), children.next()) else { return false };
    if !child.value().as_element().is_some_and(|element| matches!(element.name(), "b" | "strong")) {
        return false;
    }
    let mut text = String::new();
    for node in child.descendants().take(16) {
        if let Some(part) = node.value().as_text() {
            text.push_str(part);
        }
    }
    outline::reads_like_heading(text.trim())
}

/// Finds texts of the page again in its source, in order.
struct Lines<'a> {
    source: &'a str,
    cursor: usize,
    /// Line of `cursor`, 1-based.
    line: u32,
    /// Texts in a row that were not found.
    missed: usize,
}

impl<'a> Lines<'a> {
    /// How far short or repeatedly missed texts are looked for.
    const WINDOW_BYTES: usize = 1 << 16;
    const MANY_MISSED: usize = 64;

    fn new(source: &'a str) -> Self {
        Self { source, cursor: 0, line: 1, missed: 0 }
    }

    /// 1-based line on which `text` begins; the last known line when it is not found.
    fn find(&mut self, text: &str) -> u32 {
        // Character references look different in the source: search for a part without any.
        let is_plain = |c: char| !c.is_whitespace() && !"&<>\"'\u{a0}“”‘’—–…·©®".contains(c);
        let run = text.split(|c| !is_plain(c)).max_by_key(|run| run.len()).unwrap_or_default();
        if run.len() < 2 {
            return self.line;
        }
        let rest = &self.source.as_bytes()[self.cursor..];
        let is_near = run.len() < 8 || self.missed > Self::MANY_MISSED;
        let window = if is_near { &rest[..rest.len().min(Self::WINDOW_BYTES)] } else { rest };
        let Some(at) = memmem::find(window, run.as_bytes()) else {
            self.missed += 1;
            return self.line;
        };
        self.missed = 0;
        self.line += newlines(&rest[..at]);
        self.cursor += at + run.len();
        let before = text.find(run).map_or(0, |start| newlines(&text.as_bytes()[..start]));
        self.line.saturating_sub(before).max(1)
    }
}

fn newlines(bytes: &[u8]) -> u32 {
    u32::try_from(memchr::memchr_iter(b'\n', bytes).count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use crate::policy::Policy;

    const PAGE: &str = "<!DOCTYPE html>\n<html><head><title>隐私政策</title><style>p{}</style></head>\n<body><nav>首页 通讯录</nav>\n<h1>隐私政策</h1>\n<p>本政策适用于\n本应用。</p>\n<h2>一、第三方SDK</h2>\n<table>\n<tr><th>SDK名称</th><th>提供方</th></tr>\n<tr><td><p>友盟&nbsp;SDK</p></td>\n<td>友盟同欣（北京）<br>科技有限公司</td></tr>\n</table>\n<ul><li>相机</li><li>麦克风</li></ul>\n<script>var 位置=1;</script><p><strong>联系我们</strong></p><p>a@b.cn</p></body></html>";

    #[test]
    fn styles_that_keep_lines() {
        for (style, wanted) in [("white-space: pre-line;", "甲\n乙\n"), ("color:red", "甲乙\n")] {
            let page = format!("<body style=\"{style}\">甲\n乙</body>");
            assert_eq!(Policy::from_text("p.html", &page).text, wanted);
        }
        let page = "<pre>甲SDK | IMEI |\n----|----|---\n乙SDK | | 统计\n</pre>";
        assert_eq!(Policy::from_text("p.html", page).text, "甲SDK\tIMEI\t\n乙SDK\t\t统计\n");
    }

    #[test]
    fn a_long_text_in_a_list_is_one_cell() {
        let row = |text: &str| format!("<tr><td>甲SDK</td><td>甲公司</td><td>{text}</td><td>推送</td></tr>");
        let long = "<p>位置信息。</p>".repeat(400);
        let list = format!("<table>{}{}{}</table>", row("一"), row(&long), row("二"));
        assert_eq!(Policy::from_text("p.html", &list).text.lines().count(), 3);
        // Two columns lay out a page.
        let page = format!("<table><tr><td>目录</td><td>{long}</td></tr></table>");
        assert!(Policy::from_text("p.html", &page).text.lines().count() > 400);
    }

    #[test]
    fn what_a_reader_sees() {
        let policy = Policy::from_text("p.html", PAGE);
        assert_eq!(
            policy.text,
            "隐私政策\n本政策适用于本应用。\n一、第三方SDK\nSDK名称\t提供方\n友盟 SDK\t友盟同欣（北京） 科技有限公司\n相机\n麦克风\n联系我们\na@b.cn\n"
        );
        let headings: Vec<_> =
            policy.sections.iter().map(|section| (section.heading.as_str(), section.level)).collect();
        assert_eq!(headings, [("隐私政策", 1), ("一、第三方SDK", 2), ("联系我们", 6)]);
        for (text, line) in
            [("隐私政策", 4), ("本政策", 5), ("友盟 SDK", 10), ("友盟同欣", 11), ("麦克风", 13), ("a@b.cn", 14)]
        {
            assert_eq!(policy.line(policy.text.find(text).unwrap()), line, "{text}");
        }
    }

    #[test]
    fn a_table_that_lays_out_the_page_keeps_its_blocks() {
        let policy =
            Policy::from_text("p.html", "<table><tr><td><h1>隐私政策</h1><p>甲</p><p>乙</p></td></tr></table>");
        assert_eq!(policy.text, "隐私政策\n甲\n乙\n");
        assert_eq!(policy.sections.len(), 1);
    }

    #[test]
    fn what_is_written_line_by_line_is_read_as_such() {
        let page = "<p>甲</p><textarea readonly>\n我们收集的信息\n为了向您提供服务，我们会在您使用下列功能时收集与之相关的个人信\n息，包括位置信息。\n</textarea><pre>一\n<b>二</b>三\n四</pre>";
        let policy = Policy::from_text("p.html", page);
        assert_eq!(
            policy.text,
            "甲\n我们收集的信息\n为了向您提供服务，我们会在您使用下列功能时收集与之相关的个人信息，包括位置信息。\n一\n二三\n四\n"
        );
        assert_eq!(policy.line(policy.text.find("位置").unwrap()), 4);
    }

    #[test]
    fn deep_nesting_is_no_trouble() {
        let page = format!("{}位置信息", "<div>".repeat(20_000));
        assert_eq!(Policy::from_text("p.html", &page).text, "位置信息\n");
    }
}
