//! The privacy policy that lies in the package, where none was given.

use std::borrow::Cow;

use rayon::prelude::*;

use crate::app::resources::Resources;
use crate::container::{Entry, Input};
use crate::formats::dex::Dex;
use crate::knowledge::Knowledge;
use crate::limits::{Budget, Limits};
use crate::policy::Policy;

/// Endings of files that hold prose.
const ENDINGS: [&str; 4] = [".html", ".htm", ".txt", ".md"];
/// Larger files are data.
const MAX_BYTES: u64 = 2 << 20;
/// Shorter texts are notices or links.
const MIN_CHARACTERS: usize = 500;
/// Mark-up before the title takes no more characters than this.
const HEAD_CHARACTERS: usize = 16_384;
/// A title stands within so many characters.
const TITLE_CHARACTERS: usize = 60;
/// Words of the title.
const TITLE_TERM: &str = "policy.title";
/// Words of titles of other documents.
const OTHER_TERM: &str = "policy.other_title";

/// A string constant of the code that is long enough for prose.
#[derive(Debug)]
pub struct Constant<'a> {
    /// `classes.dex@string/NUMBER`: the DEX file and the index of the string in it.
    place: String,
    text: Cow<'a, str>,
}

/// The long string constants of a DEX file that lies at `place`.
pub fn constants<'a>(place: &str, dex: &Dex<'a>) -> Vec<Constant<'a>> {
    let long = (0..u32::try_from(dex.string_count()).unwrap_or(u32::MAX))
        .filter(|index| dex.string_bytes(*index).is_some_and(|bytes| bytes.len() > MIN_CHARACTERS));
    long.filter_map(|index| Some(Constant { place: format!("{place}@string/{index}"), text: dex.string(index)? }))
        .collect()
}

/// The longest text of the package that is headed as a privacy policy.
pub fn find(
    input: &Input,
    resources: &Resources,
    constants: &[Constant<'_>],
    limits: &Limits,
    budget: &Budget,
    knowledge: &Knowledge,
) -> Option<Policy> {
    let files: Vec<_> = input
        .packages
        .iter()
        .flat_map(|package| package.archive.entries().iter().map(move |entry| (&package.archive, entry)))
        .filter(|(_, entry)| is_prose(entry))
        .collect();
    let long: Vec<_> = resources.strings.iter().filter(|string| string.shown().len() > MIN_CHARACTERS).collect();
    if files.is_empty() && long.is_empty() && constants.is_empty() {
        return None;
    }
    let phrases = |id: &str| knowledge.term(id).map(super::ui::phrases).unwrap_or_default();
    let (titles, others) = (phrases(TITLE_TERM), phrases(OTHER_TERM));
    // Most texts are none; reading mark-up is what takes time.
    let speaks_of_it = |text: &str| {
        let head: String = text.chars().take(HEAD_CHARACTERS).collect::<String>().to_lowercase();
        titles.iter().any(|title| head.contains(title.as_str()))
    };
    let found = files.into_par_iter().filter_map(|(archive, entry)| {
        let bytes = archive.read(entry, limits, budget).ok()?;
        let policy = Policy::from_bytes(&entry.name, &bytes, speaks_of_it)?;
        is_headed(&policy, &titles, &others).then_some(policy)
    });
    let strings = long.into_par_iter().filter_map(|string| {
        let name = format!("@{}/{}", string.kind, string.name);
        let policy = Policy::from_bytes(&name, string.shown().as_bytes(), speaks_of_it)?;
        is_headed(&policy, &titles, &others).then_some(policy)
    });
    let constants = constants.par_iter().filter_map(|constant| {
        let policy = Policy::from_bytes(&constant.place, constant.text.as_bytes(), speaks_of_it)?;
        is_headed(&policy, &titles, &others).then_some(policy)
    });
    let found = found.chain(strings).chain(constants);
    // The same for every order of work: the longest, of equal ones the first by name.
    found.max_by(|a, b| (a.text.len(), &b.path).cmp(&(b.text.len(), &a.path)))
}

fn is_prose(entry: &Entry) -> bool {
    let name = entry.name.to_ascii_lowercase();
    entry.uncompressed_bytes <= MAX_BYTES
        && (name.starts_with("assets/") || name.starts_with("res/"))
        && ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// True when the text begins as a privacy policy does, and is long enough to be one.
fn is_headed(policy: &Policy, titles: &[String], others: &[String]) -> bool {
    if policy.text.chars().nth(MIN_CHARACTERS).is_none() {
        return false;
    }
    let head: String = policy.text.trim_start().chars().take(TITLE_CHARACTERS).collect::<String>().to_lowercase();
    let title = head.lines().next().unwrap_or_default();
    let has = |text: &str, words: &[String]| words.iter().any(|word| text.contains(word.as_str()));
    has(&head, titles) && !has(title, others)
}
