//! Texts of an input inside markup: an app's names, texts and hosts are hostile until shown otherwise.

use std::borrow::Cow;

use super::text::safe;

/// `text` for HTML and XML, in text and in quoted attributes. Characters that XML 1.0 forbids, and those that
/// steer a terminal or turn the direction of text, are replaced.
pub fn markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in safe(text).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // XML 1.0, production 2: these two are no characters.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

/// `text` as words of a Markdown page: nothing in it formats, links, embeds HTML or calls for a person or an
/// issue by `@name` and `#1`.
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in safe(text).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // An invisible space after the sign leaves it readable and keeps it from calling.
            '@' | '#' => {
                out.push(character);
                out.push_str("&#8203;");
            }
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' | '$' => {
                out.push('\\');
                out.push(character);
            }
            other => out.push(other),
        }
    }
    // Bare addresses would become links.
    out.replace("://", ":&#8203;//").replace("www.", "www&#8203;.")
}

/// `text` as code within a line of a Markdown page, in table cells too. Between the tags Markdown goes on.
pub fn markdown_code(text: &str) -> String {
    format!("<code>{}</code>", markdown(text))
}

/// `text` percent-encoded as the path of a URI (RFC 3986, 3.3), slashes kept.
pub fn uri_path(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// `text` cut to `characters`, with `…` where it was cut.
pub fn shortened(text: &str, characters: usize) -> Cow<'_, str> {
    match text.char_indices().nth(characters) {
        Some((at, _)) => Cow::Owned(format!("{}…", text.get(..at).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::{markdown, markdown_code, markup, shortened, uri_path};

    #[test]
    fn markup_stays_text() {
        assert_eq!(markup("<script a='\"'>&\u{1b}\u{ffff}"), "&lt;script a=&#39;&quot;&#39;&gt;&amp;\u{fffd}\u{fffd}");
    }

    #[test]
    fn markdown_neither_formats_nor_calls() {
        assert_eq!(markdown("[x](http://a) @me #1 *b*"), r"\[x\](http:&#8203;//a) @&#8203;me #&#8203;1 \*b\*");
        assert_eq!(markdown_code("a|`b`<i>"), r"<code>a\|\`b\`&lt;i&gt;</code>");
    }

    #[test]
    fn paths_become_references() {
        assert_eq!(uri_path("res/layout/a b#明.xml"), "res/layout/a%20b%23%E6%98%8E.xml");
        assert_eq!(shortened("明察扫描", 2), "明察…");
        assert_eq!(shortened("明察", 2), "明察");
    }
}
