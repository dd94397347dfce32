//! Texts that scripts and pages of a package show: string literals and text between tags with Chinese in them.
//!
//! Apps whose screens are web pages or scripts (WebView, uni-app, React Native) keep their wording there.
//! Comments are not shown to anybody and are left out.

/// Most texts kept of one file.
const MAX_TEXTS: usize = 8192;
/// Longer texts are documents.
const MAX_TEXT_BYTES: usize = 600;

/// Distinct texts of a script or page, in order.
pub(super) fn texts(source: &[u8]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut seen = rustc_hash::FxHashSet::default();
    let mut start = 0usize;
    while let Some(at) = source.get(start..).and_then(first_chinese).and_then(|at| at.checked_add(start)) {
        let (from, to) = bounds(source, at);
        let before = from.checked_sub(1).and_then(|at| source.get(at)).copied();
        let after = source.get(to).copied();
        let is_shown = match (before, after) {
            (Some(open @ (b'"' | b'\'' | b'`')), Some(close)) => open == close,
            (Some(b'>' | b'}'), Some(b'<' | b'{')) => true,
            _ => false,
        };
        let text = source.get(from..to).filter(|text| is_shown && text.len() <= MAX_TEXT_BYTES);
        if let Some(text) = text.and_then(|text| std::str::from_utf8(text).ok()) {
            let text = unescaped(text.trim());
            if seen.insert(text.clone()) {
                out.push(text);
            }
        }
        if out.len() >= MAX_TEXTS {
            break;
        }
        start = to.max(at.saturating_add(1));
    }
    out
}

/// Offset of the first Chinese character, or of an escape for one. Each byte is looked at once.
fn first_chinese(source: &[u8]) -> Option<usize> {
    source.iter().enumerate().position(|(at, byte)| match byte {
        0xe4..=0xe9 => true,
        b'\\' => source.get(at..).and_then(escaped).is_some(),
        _ => false,
    })
}

/// The Chinese character that `\u540c` at the start stands for.
fn escaped(text: &[u8]) -> Option<char> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    let code = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    (0x4e00..=0x9fff).contains(&code).then(|| char::from_u32(code)).flatten()
}

/// From the delimiter before `at` to the one behind it, both outside.
fn bounds(source: &[u8], at: usize) -> (usize, usize) {
    let ends = |byte: &u8| matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b'\n' | b'{' | b'}');
    let from = source.get(..at).and_then(|before| before.iter().rposition(ends)).map_or(0, |at| at.saturating_add(1));
    let to =
        source.get(at..).and_then(|rest| rest.iter().position(ends)).map_or(source.len(), |n| n.saturating_add(at));
    (from, to)
}

/// Escapes of Chinese characters and line breaks resolved.
fn unescaped(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let mut taken = c.len_utf8();
        if let Some(character) = escaped(rest.as_bytes()) {
            out.push(character);
            taken = 6;
        } else if rest.starts_with("\\n") {
            out.push(' ');
            taken = 2;
        } else {
            out.push(c);
        }
        rest = rest.get(taken..).unwrap_or_default();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::texts;

    #[test]
    fn literals_and_text_between_tags() {
        let script = "// 注释：注销账号\nvar a=\"退出登录\",b='\\u6ce8\\u9500\\u8d26\\u53f7';c(`欢迎`) /* 隐私政策 */";
        assert_eq!(texts(script.as_bytes()), ["退出登录", "注销账号", "欢迎"]);
        let page = "<p class=\"x\">隐私政策</p><!-- 旧的\n文字 --><view>{{name}}的账号</view>";
        assert_eq!(texts(page.as_bytes()), ["隐私政策", "的账号"]);
    }
}
