//! What went wrong, in the language of the reader.
//!
//! Errors are English inside; rows `error.*` of `wording.toml` hold the same sentences in Chinese.

use crate::knowledge::Knowledge;
use crate::report::{Lang, filled};

/// Rows of messages.
const PREFIX: &str = "error.";
/// How deep messages stand in messages.
const MAX_DEPTH: u32 = 4;

/// A message in the language of the reader; as it is where no row fits.
pub(super) fn told(knowledge: &Knowledge, lang: Lang, message: &str) -> String {
    if lang == Lang::En { message.to_owned() } else { in_chinese(knowledge, message, MAX_DEPTH) }
}

fn in_chinese(knowledge: &Knowledge, message: &str, depth: u32) -> String {
    if depth == 0 {
        return message.to_owned();
    }
    for row in knowledge.wording().iter().filter(|row| row.id.starts_with(PREFIX)) {
        if let Some(values) = values_in(&row.en, message) {
            return filled(
                &row.zh,
                values.iter().map(|(name, value)| (*name, in_chinese(knowledge, value, depth - 1))),
            );
        }
    }
    message.to_owned()
}

/// What stands in the braces of a template in a message that follows it: the shortest texts that fit, from the left.
fn values_in<'t, 'm>(template: &'t str, message: &'m str) -> Option<Vec<(&'t str, &'m str)>> {
    let mut out = Vec::new();
    let (first, mut template) = template.split_once('{').map_or((template, None), |(text, rest)| (text, Some(rest)));
    let mut rest = message.strip_prefix(first)?;
    while let Some(hole) = template {
        let (name, after) = hole.split_once('}')?;
        let (literal, next) = after.split_once('{').map_or((after, None), |(text, rest)| (text, Some(rest)));
        let end = match (next, literal) {
            (None, "") => rest.len(),
            (None, _) => rest.len().checked_sub(literal.len()).filter(|end| rest.get(*end..) == Some(literal))?,
            _ => rest.find(literal)?,
        };
        let value = rest.get(..end).filter(|value| !value.is_empty())?;
        out.push((name, value));
        rest = rest.get(end.checked_add(literal.len())?..)?;
        template = next;
    }
    rest.is_empty().then_some(out)
}

#[cfg(test)]
mod tests {
    use super::values_in;

    #[test]
    fn templates_fit_whole_messages() {
        assert_eq!(values_in("no such {a}", "no such thing"), Some(vec![("a", "thing")]));
        assert_eq!(values_in("{a}: bad {b}. {c}", "x: bad y. z. z"), Some(vec![("a", "x"), ("b", "y"), ("c", "z. z")]));
        assert_eq!(values_in("plain", "plain"), Some(Vec::new()));
        assert_eq!(values_in("plain", "plain text"), None);
        assert_eq!(values_in("{a} end", "the end of"), None);
        assert_eq!(values_in("{a}: {b}", ": nothing before"), None);
    }
}
