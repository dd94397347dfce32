//! Which lines of prose are headings, by the numbering of Chinese and English documents.

/// Longest heading in characters; a longer numbered line is a paragraph.
const MAX_HEADING_CHARS: usize = 45;
/// Longest heading in Latin script, whose words take more characters.
const MAX_LATIN_HEADING_CHARS: usize = 90;

/// Shortest line that can be the paragraph under an unmarked heading.
const MIN_PARAGRAPH_CHARS: usize = 24;

/// Level of the heading that `line` is by its numbering: 第一章 and 一、 1; 第一条 and （一） 2;
/// 1. 3; 1.1 and （1） 4; 1.1.1 5.
pub(super) fn numbered_level(line: &str) -> Option<u8> {
    if !reads_like_heading(line) {
        return None;
    }
    let (level, rest) = numbering(line)?;
    let rest = rest.trim_start();
    let first = rest.chars().next()?;
    (first.is_alphabetic() || matches!(first, '“' | '《' | '「' | '"'))
        .then_some(level)
        .filter(|_| !rest.starts_with(['年', '月', '日']))
}

/// Level of the heading that `line` is by its place: a short line without punctuation between the
/// end of a sentence and a longer line. The first line of a text is its title.
pub(super) fn bare_level(previous: Option<&str>, line: &str, next: &str) -> Option<u8> {
    let is_after_sentence =
        previous.is_none_or(|previous| previous.ends_with(['。', '；', '！', '？', '.', ';', '!', '?']));
    let length = line.chars().count();
    if !is_after_sentence || next.contains('\t') || next.chars().count() < 2 * length.max(MIN_PARAGRAPH_CHARS / 2) {
        return None;
    }
    let is_title = if line.is_ascii() {
        let bare = line.trim_end_matches([':', '?', ' ']);
        bare.starts_with(|c: char| c.is_ascii_uppercase())
            && bare.split(' ').count() <= 6
            && length <= 50
            && bare.chars().all(|c| c.is_ascii_alphanumeric() || " -&/'".contains(c))
    } else {
        let bare = line.trim_end_matches(['？', '?']);
        length <= if bare.len() < line.len() { 30 } else { 16 }
            && bare.chars().all(|c| c.is_alphanumeric() || " “”‘’《》（）()、/".contains(c))
    };
    is_title.then_some(if previous.is_none() { 1 } else { 6 })
}

/// True for a short line that does not end like a sentence.
pub(super) fn reads_like_heading(line: &str) -> bool {
    let limit = if line.is_ascii() { MAX_LATIN_HEADING_CHARS } else { MAX_HEADING_CHARS };
    !line.is_empty()
        && !line.contains('\t')
        && !line.ends_with(['。', '；', ';', '，', ',', '！', '.', '、'])
        && line.chars().take(limit + 1).count() <= limit
        && !line.contains('。')
}

/// The level and what follows the number.
fn numbering(line: &str) -> Option<(u8, &str)> {
    if let Some(rest) = line.strip_prefix('第') {
        let rest = skip(rest, is_numeral)?;
        let mut levels = [("章", 1), ("编", 1), ("部分", 1), ("节", 2), ("条", 2)].into_iter();
        return levels.find_map(|(unit, level)| {
            rest.strip_prefix(unit).map(|rest| (level, rest.trim_start_matches(['：', ':', '、', ' '])))
        });
    }
    if let Some(rest) = line.strip_prefix(['（', '(', '【']) {
        let (level, rest) = match skip(rest, is_chinese_numeral) {
            Some(rest) => (2, rest),
            None => (4, skip(rest, |c| c.is_ascii_digit())?),
        };
        return Some((level, rest.strip_prefix(['）', ')', '】'])?.trim_start_matches(['、', '.', ' '])));
    }
    if let Some(rest) = skip(line, is_chinese_numeral) {
        return Some((1, rest.strip_prefix(['、', '.', '．', '，', ',', '：', ' ', '\u{3000}'])?));
    }
    let mut rest = skip(line, |c| c.is_ascii_digit())?;
    if line.len() - rest.len() > 2 {
        return None;
    }
    let mut level = 3;
    while let Some(next) = rest.strip_prefix(['.', '．']).and_then(|rest| skip(rest, |c| c.is_ascii_digit())) {
        rest = next;
        level = (level + 1).min(6);
    }
    match rest.strip_prefix(['.', '．', '、', ')', '）', ' ', '\u{3000}']) {
        Some(rest) => Some((level, rest)),
        None => (level > 3).then_some((level, rest)),
    }
}

fn skip(text: &str, is: impl Fn(char) -> bool) -> Option<&str> {
    let rest = text.trim_start_matches(is);
    (rest.len() < text.len()).then_some(rest)
}

fn is_chinese_numeral(c: char) -> bool {
    "一二三四五六七八九十百零〇壹贰叁肆伍陆柒捌玖拾".contains(c)
}

fn is_numeral(c: char) -> bool {
    is_chinese_numeral(c) || c.is_ascii_digit() || c == ' '
}

#[cfg(test)]
mod tests {
    use super::{bare_level, numbered_level};

    #[test]
    fn numbered_headings() {
        for (line, level) in [
            ("一、我们如何收集和使用您的个人信息", 1),
            ("十二、 联系我们", 1),
            ("第三章 信息安全", 1),
            ("第十条 未成年人保护", 2),
            ("（二）我们如何使用 Cookie", 2),
            ("(一) 权限", 2),
            ("1. Information We Collect", 3),
            ("3、设备权限调用", 3),
            ("1.1 账号注册", 4),
            ("2.3.1个性化推荐", 5),
            ("（1）位置信息", 4),
        ] {
            assert_eq!(numbered_level(line), Some(level), "{line}");
        }
    }

    #[test]
    fn sentences_and_dates_are_not_headings() {
        for line in [
            "一、我们会收集您的设备信息。",
            "2021.3.1",
            "2020年1月1日",
            "12月发布",
            "1.0.3",
            "一般信息",
            "第三方SDK列表",
            "1. 设备信息；",
            "3.5 GB 内存，",
            "400-800-8888",
        ] {
            assert_eq!(numbered_level(line), None, "{line}");
        }
    }

    #[test]
    fn headings_by_place() {
        let long = "在您使用本应用网络服务，或访问本应用平台网页时，本应用自动接收并记录信息。";
        assert_eq!(bare_level(None, "隐私政策", long), Some(1));
        assert_eq!(bare_level(Some(long), "信息使用", long), Some(6));
        assert_eq!(bare_level(Some("a."), "Information Use", long), Some(6));
        for (previous, line, next) in [
            ("相机", "麦克风", long),
            (long, "相机", "麦克风"),
            (long, "我们收集以下信息：", long),
            (long, "请您放心，", long),
            (long, "友盟", "极光\t和讯华谷移动通信有限公司提供推送服务"),
        ] {
            assert_eq!(bare_level(Some(previous), line, next), None, "{line}");
        }
    }
}
