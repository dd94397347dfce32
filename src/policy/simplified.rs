//! Traditional Chinese read as simplified, with every place where it was.

use aho_corasick::{AhoCorasick, MatchKind};
use rustc_hash::FxHashMap;

use super::Policy;

/// How texts in traditional Chinese read in simplified Chinese, byte for byte.
#[derive(Debug, Clone)]
pub struct Simplifier {
    characters: FxHashMap<char, char>,
    words: Option<AhoCorasick>,
    /// What takes the place of each word.
    replacements: Vec<String>,
}

impl Simplifier {
    /// `characters` and, as they stand once those are simplified, `words` with what takes their place; pairs of
    /// different length in UTF-8 are left out, since places in the text would shift.
    pub fn new(characters: impl Iterator<Item = (char, char)>, words: impl Iterator<Item = (String, String)>) -> Self {
        let (words, replacements): (Vec<String>, Vec<String>) =
            words.filter(|(word, other)| word.len() == other.len() && !word.is_empty()).unzip();
        let finder = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(words).ok();
        Self {
            characters: characters.filter(|(old, new)| old.len_utf8() == new.len_utf8()).collect(),
            words: finder,
            replacements,
        }
    }

    /// The text in simplified Chinese, as many bytes long.
    pub fn simplify(&self, text: &str) -> String {
        let simple = |c: char| if c.is_ascii() { c } else { self.characters.get(&c).copied().unwrap_or(c) };
        let text: String = text.chars().map(simple).collect();
        self.words.as_ref().map(|words| words.replace_all(&text, &self.replacements)).unwrap_or(text)
    }
}

impl Policy {
    /// The policy as it reads in simplified Chinese; what is quoted stays as it was written.
    #[must_use]
    pub fn simplified(mut self, simplifier: &Simplifier) -> Self {
        let text = simplifier.simplify(&self.text);
        self.normal = super::normal::Normal::new(&text);
        for section in &mut self.sections {
            section.subject = simplifier.simplify(&section.heading);
        }
        self.written = Some(std::mem::replace(&mut self.text, text));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_stay_as_written() {
        let pairs = [('資', '资'), ('訊', '讯'), ('蒐', '搜')];
        let words = [("资讯".to_owned(), "信息".to_owned()), ("长".to_owned(), "ab".to_owned())];
        let simplifier = Simplifier::new(pairs.into_iter(), words.into_iter());
        assert_eq!(simplifier.simplify("我們蒐集資訊 IMEI"), "我們搜集信息 IMEI");
        let policy = Policy::from_text("p.txt", "資訊政策\n\n一、蒐集資訊\n我們蒐集資訊。\n").simplified(&simplifier);
        let sentence = policy.sentences().into_iter().last().expect("a sentence");
        assert!(sentence.text.contains("信息"), "{}", sentence.text);
        let passage = policy.passage(&sentence);
        assert_eq!((passage.section.as_str(), passage.quote.as_str()), ("一、蒐集資訊", "我們蒐集資訊。"));
        assert!(policy.headings(policy.text.len() - 1).any(|heading| heading == "一、搜集信息"));
    }
}
