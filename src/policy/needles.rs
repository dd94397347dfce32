//! Literals without which a pattern cannot match.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, ClassUnicodeRange, Hir, HirKind};

/// More literals than this in one set are no help.
const MAX_LITERALS: usize = 64;
/// Characters of a class that count as so many literals.
const MAX_CLASS: usize = 8;
/// Sets of one pattern.
const MAX_SETS: usize = 8;

/// What a text must hold for a pattern to match.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Needles {
    /// A match holds a literal of each set.
    pub sets: Vec<Vec<String>>,
    /// Every text that holds one of the only set, in whatever case, matches.
    pub is_exact: bool,
}

impl Needles {
    /// The sets of a pattern; none when it can do without any literal, or is no pattern at all.
    pub(super) fn of(pattern: &str) -> Self {
        // Literals are looked for in lower case whatever the pattern's own case.
        let (bare, ignores_case) = pattern.strip_prefix("(?i)").map_or((pattern, false), |bare| (bare, true));
        let Ok(hir) = ParserBuilder::new().utf8(false).build().parse(bare) else { return Self::default() };
        let mut sets = sets(&hir);
        // Long literals are rare.
        sets.sort_by_key(|set| std::cmp::Reverse(shortest(set)));
        sets.truncate(MAX_SETS);
        let texts = sets.into_iter().map(|set| set.into_iter().map(String::from_utf8).collect::<Result<Vec<_>, _>>());
        let mut sets: Vec<Vec<String>> = texts.flatten().collect();
        let mut is_exact = sets.len() == 1 && is_literal(&hir) && !ignores_case;
        for literal in sets.iter_mut().flatten() {
            let lower = literal.to_lowercase();
            is_exact &= lower == *literal && !lower.contains(|c: char| c.is_ascii_alphabetic());
            *literal = lower;
        }
        Self { sets, is_exact }
    }
}

fn shortest(set: &[Vec<u8>]) -> usize {
    set.iter().map(Vec::len).min().unwrap_or(0)
}

/// Sets of literals of each of which every match holds one.
fn sets(hir: &Hir) -> Vec<Vec<Vec<u8>>> {
    match hir.kind() {
        HirKind::Capture(capture) => sets(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => sets(&repetition.sub),
        HirKind::Concat(parts) => parts.iter().flat_map(sets).collect(),
        HirKind::Literal(_) | HirKind::Class(_) | HirKind::Alternation(_) => needed(hir).into_iter().collect(),
        HirKind::Empty | HirKind::Look(_) | HirKind::Repetition(_) => Vec::new(),
    }
}

/// Literals of which every match holds at least one.
fn needed(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    match hir.kind() {
        HirKind::Literal(literal) => Some(vec![literal.0.to_vec()]),
        HirKind::Class(Class::Unicode(class)) => {
            let count = class.iter().map(ClassUnicodeRange::len).sum::<usize>();
            let all = || class.iter().flat_map(|range| range.start()..=range.end());
            (count <= MAX_CLASS).then(|| all().map(|c| c.to_string().into_bytes()).collect())
        }
        HirKind::Alternation(parts) => {
            let mut out = Vec::new();
            for part in parts {
                out.extend(needed(part)?);
            }
            (out.len() <= MAX_LITERALS).then_some(out)
        }
        // Of several sets, the one whose literals are long is the rarest.
        HirKind::Class(_) => None,
        _ => sets(hir).into_iter().max_by_key(|set| (shortest(set), std::cmp::Reverse(set.len()))),
    }
}

/// True for a pattern that is nothing but literals to choose from.
fn is_literal(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Literal(_) => true,
        HirKind::Capture(capture) => is_literal(&capture.sub),
        HirKind::Alternation(parts) => parts.iter().all(is_literal),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::Needles;

    #[test]
    fn every_match_holds_one_of_each_set() {
        let of = |pattern: &str| {
            let Needles { mut sets, is_exact } = Needles::of(pattern);
            sets.iter_mut().for_each(|set| set.sort());
            sets.sort();
            (sets.iter().map(|set| set.join("|")).collect::<Vec<_>>(), is_exact)
        };
        let wanted = |sets: &[&str], is_exact: bool| (sets.iter().map(|set| (*set).to_owned()).collect(), is_exact);
        assert_eq!(of("投诉"), wanted(&["投诉"], true));
        assert_eq!(of("(投诉|客服)"), wanted(&["客服|投诉"], true));
        assert_eq!(of("(有权|可)(?-u:.){0,60}(更正|修改)"), wanted(&["修改|更正", "可|有权"], false));
        assert_eq!(of("(撤回)?同意"), wanted(&["同意"], false));
        assert_eq!(of("(联系)+我们"), wanted(&["我们", "联系"], false));
        assert_eq!(of("[账帐]号码"), wanted(&["号码", "帐|账"], false));
        assert_eq!(of(r"\d+天"), wanted(&["天"], false));
        assert_eq!(of("^反馈$"), wanted(&["反馈"], false));
        for pattern in [r"[\w.+-]+", "(投诉|.)", "(投诉)?", "(一|二)*", "("] {
            assert_eq!(of(pattern), wanted(&[], false), "{pattern}");
        }
    }
}
