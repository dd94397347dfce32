//! Bytes of a policy file to text.
//!
//! The order is that of certainty: byte order mark, UTF-8, UTF-16 without a mark, the charset that
//! the page declares, a statistical guess. UTF-8 goes before the declaration because pages saved
//! anew often keep a stale `gb2312`, while other encodings are practically never valid UTF-8.

use chardetng::EncodingDetector;
use encoding_rs::{BIG5, Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};

/// Magic bytes of files often given for a policy by mistake, with what to say.
const NOT_TEXT: [(&[u8], &str); 4] = [
    (b"\xd0\xcf\x11\xe0", "this is a Word document (.doc); save it as .docx, text or HTML"),
    (b"{\\rtf", "this is an RTF document; save it as text or HTML"),
    (b"\x89PNG", "this is a picture; give the policy as text"),
    (b"\xff\xd8\xff", "this is a picture; give the policy as text"),
];

/// One character in this many may be undecodable before an encoding is given up.
const TOLERATED_DAMAGE: usize = 500;

/// The text and the name of its encoding.
///
/// # Errors
/// What is wrong and what to do, when the bytes are not text in a known encoding.
pub(super) fn decode(bytes: &[u8]) -> Result<(String, &'static str), String> {
    if let Some((_, detail)) = NOT_TEXT.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err((*detail).to_owned());
    }
    if let Some((encoding, skip)) = Encoding::for_bom(bytes) {
        return accept(encoding, bytes.get(skip..).unwrap_or_default());
    }
    let nul_at = |parity: usize| bytes.iter().skip(parity).step_by(2).filter(|&&byte| byte == 0).count();
    let (even, odd) = (nul_at(0), nul_at(1));
    if even + odd > 0 {
        // Latin letters, digits and line ends of UTF-16 leave zeros on one side only.
        let encoding = if odd > 8 * even { UTF_16LE } else { UTF_16BE };
        let one_sided = odd > 8 * even || even > 8 * odd;
        return if one_sided { accept(encoding, bytes) } else { Err(binary()) };
    }
    if std::str::from_utf8(bytes).is_ok() {
        return accept(UTF_8, bytes);
    }
    if let Some(text) = declared(bytes).and_then(|encoding| accept(encoding, bytes).ok()) {
        return Ok(text);
    }
    let mut detector = EncodingDetector::new();
    detector.feed(bytes, true);
    let guess = detector.guess(None, true);
    // Short Chinese texts may look like a Western encoding, which accepts any byte.
    let candidates =
        if [GBK, GB18030, BIG5, UTF_8].contains(&guess) { [guess, GB18030, BIG5] } else { [GB18030, BIG5, guess] };
    candidates.into_iter().find_map(|encoding| accept(encoding, bytes).ok()).ok_or_else(binary)
}

fn binary() -> String {
    "the file is binary or in an unknown encoding; save it as UTF-8 text or HTML".to_owned()
}

/// Decodes, unless too much is undecodable or a control character.
fn accept(encoding: &'static Encoding, bytes: &[u8]) -> Result<(String, &'static str), String> {
    // GB18030 extends GBK, and many files labelled GBK or GB2312 use the extension.
    let encoding = if encoding == GBK { GB18030 } else { encoding };
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    let bad = text
        .chars()
        .filter(|&c| c == '\u{fffd}' || c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}' | '\u{85}'))
        .count();
    let total = text.chars().count();
    // The last character may be cut off.
    if bad > 1 + total / TOLERATED_DAMAGE || bad * 2 > total {
        return Err(binary());
    }
    Ok((text.into_owned(), encoding.name()))
}

/// The encoding that a page names in `<meta charset>` or `<?xml encoding>`.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(bytes.get(..4096).unwrap_or(bytes)).to_ascii_lowercase();
    ["charset=", "encoding="].iter().find_map(|key| {
        let value = head.split_once(key)?.1.trim_start_matches(['"', '\'', ' ']);
        let end = value.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_')).unwrap_or(value.len());
        Encoding::for_label(value.get(..end)?.as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = "为向您提供服务，我们会收集您的设备信息（Android ID、IMEI）和位置信息。我们接入了友盟SDK，用于统计分析。如您不同意，请停止使用本应用。";

    #[test]
    fn encodings_of_chinese_policies() {
        for (encoding, name) in [(GBK, "gb18030"), (GB18030, "gb18030"), (UTF_8, "UTF-8")] {
            let (bytes, ..) = encoding.encode(POLICY);
            assert_eq!(decode(&bytes).unwrap(), (POLICY.to_owned(), name));
        }
        let hant = "為向您提供服務，我們會收集您的裝置資訊與位置資訊。如您不同意本政策，請停止使用本應用程式。";
        let (bytes, ..) = BIG5.encode(hant);
        assert_eq!(decode(&bytes).unwrap(), (hant.to_owned(), "Big5"));
    }

    #[test]
    fn utf_16_with_and_without_mark() {
        let little: Vec<u8> = POLICY.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = POLICY.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(&[&b"\xff\xfe"[..], &little].concat()).unwrap().0, POLICY);
        assert_eq!(decode(&[&b"\xfe\xff"[..], &big].concat()).unwrap().0, POLICY);
        assert_eq!(decode(&little).unwrap(), (POLICY.to_owned(), "UTF-16LE"));
        assert_eq!(decode(&big).unwrap(), (POLICY.to_owned(), "UTF-16BE"));
    }

    #[test]
    fn declared_charset_and_stale_one() {
        let page = format!(
            "<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=gb2312\"></head>{POLICY}"
        );
        let (bytes, ..) = GBK.encode(&page);
        assert_eq!(decode(&bytes).unwrap().1, "gb18030");
        assert_eq!(decode(page.as_bytes()).unwrap().1, "UTF-8");
        let (bytes, ..) = GBK.encode("隐私政策");
        assert_eq!(decode(&bytes).unwrap().0, "隐私政策");
    }

    #[test]
    fn a_cut_last_character_is_tolerated() {
        let (bytes, ..) = GBK.encode(POLICY);
        let text = decode(&bytes[..bytes.len() - 1]).unwrap().0;
        assert!(text.starts_with("为向您提供服务"));
    }
}
