//! Many patterns against many short texts: each is tried where the literals stand that it needs, and compiled when it
//! is first tried. Most texts lack what most patterns need.

use std::sync::OnceLock;

use regex::bytes::Regex;
use rustc_hash::FxHashMap;

use super::finder::Finder;
use super::needles::Needles;

/// A pattern that is compiled when a text is first held against it; one that is no regular expression matches nothing.
#[derive(Debug)]
pub(crate) struct Lazy {
    text: String,
    compiled: OnceLock<Option<Regex>>,
}

impl Lazy {
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), compiled: OnceLock::new() }
    }

    pub(crate) fn is_match(&self, text: &str) -> bool {
        let compiled = self.compiled.get_or_init(|| Regex::new(&self.text).ok());
        compiled.as_ref().is_some_and(|regex| regex.is_match(text.as_bytes()))
    }
}

/// One of several patterns.
#[derive(Debug)]
pub(crate) struct Pattern {
    /// The number under which it was given.
    pub(crate) group: usize,
    /// A bit for each set of literals of which it needs one.
    needed: u8,
    /// The literals are all that it asks for.
    is_exact: bool,
    regex: Lazy,
}

impl Pattern {
    /// True for a text that matches; only for those of which [`Patterns::candidates`] says that it may.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.is_exact || self.regex.is_match(text)
    }
}

/// Patterns in groups.
#[derive(Debug)]
pub(crate) struct Patterns {
    patterns: Vec<Pattern>,
    /// Literals that some pattern needs.
    finder: Finder,
    /// By number of the literal, the patterns that need it with the bit of the set to which it belongs.
    needed_by: Vec<Vec<(u32, u8)>>,
    /// Numbers of patterns that need none.
    always: Vec<u32>,
}

impl Patterns {
    /// Patterns with the numbers of their groups.
    pub(crate) fn new(list: Vec<(usize, String)>) -> Self {
        let (mut patterns, mut always, mut needed_by) = (Vec::new(), Vec::new(), Vec::new());
        let mut literals: FxHashMap<String, usize> = FxHashMap::default();
        for (number, (group, text)) in (0_u32..).zip(list) {
            let Needles { sets, is_exact } = Needles::of(&text);
            let mut needed = 0_u8;
            for (set, bit) in sets.into_iter().zip((0..u8::BITS).map(|bit| 1_u8 << bit)) {
                needed |= bit;
                for literal in set {
                    let next = literals.len();
                    let at = *literals.entry(literal).or_insert(next);
                    needed_by.resize_with(literals.len(), Vec::new);
                    if let Some(known) = needed_by.get_mut(at) {
                        known.push((number, bit));
                    }
                }
            }
            if needed == 0 {
                always.push(number);
            }
            patterns.push(Pattern { group, needed, is_exact, regex: Lazy::new(&text) });
        }
        let mut names = vec![String::new(); literals.len()];
        for (literal, at) in literals {
            if let Some(name) = names.get_mut(at) {
                *name = literal;
            }
        }
        Self { patterns, finder: Finder::new(names), needed_by, always }
    }

    /// The patterns that may match a text, which is given in lower case, in the order in which they were given.
    pub(crate) fn candidates(&self, lower: &str) -> Vec<&Pattern> {
        let mut held = vec![0_u8; self.patterns.len()];
        let mut tried = self.always.clone();
        self.finder.each(lower, |_, _, literal| {
            for &(number, bit) in self.needed_by.get(literal).into_iter().flatten() {
                let at = number as usize;
                let (Some(held), Some(pattern)) = (held.get_mut(at), self.patterns.get(at)) else { continue };
                let before = *held;
                *held |= bit;
                if *held == pattern.needed && before != pattern.needed {
                    tried.push(number);
                }
            }
        });
        tried.sort_unstable();
        tried.into_iter().filter_map(|number| self.patterns.get(number as usize)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_is_the_patterns_own_matter() {
        let list = ["(?i)\\bsign ?out\\b", "Android ID", "(?i)^反馈$", "[", r"\d{5}"];
        let patterns = Patterns::new(list.iter().map(|text| (*text).to_owned()).enumerate().collect());
        for text in ["Sign Out", "sign out", "ANDROID ID", "Android ID", "反馈", "意见反馈", "12377", "other"] {
            let found = patterns.candidates(&text.to_lowercase());
            let found: Vec<usize> =
                found.into_iter().filter(|pattern| pattern.is_match(text)).map(|pattern| pattern.group).collect();
            let wanted: Vec<usize> = list
                .iter()
                .enumerate()
                .filter(|(_, pattern)| Regex::new(pattern).is_ok_and(|regex| regex.is_match(text.as_bytes())))
                .map(|(number, _)| number)
                .collect();
            assert_eq!(found, wanted, "{text}");
        }
    }
}
