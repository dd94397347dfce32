//! Literals without which a pattern cannot match.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Hir, HirKind};

/// More literals than this are no help.
const MAX_LITERALS: usize = 64;
/// Characters of a class that count as so many literals.
const MAX_CLASS: usize = 8;

/// Literals of which every match holds at least one; `None` when the pattern names none.
pub(super) fn needles(pattern: &str) -> Option<Vec<String>> {
    let hir = ParserBuilder::new().utf8(false).build().parse(pattern).ok()?;
    let literals = needed(&hir)?;
    literals.into_iter().map(|literal| String::from_utf8(literal).ok()).collect()
}

fn needed(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    match hir.kind() {
        HirKind::Literal(literal) => Some(vec![literal.0.to_vec()]),
        HirKind::Class(regex_syntax::hir::Class::Unicode(class)) => {
            let count = class.iter().map(regex_syntax::hir::ClassUnicodeRange::len).sum::<usize>();
            let all = || class.iter().flat_map(|range| range.start()..=range.end());
            (count <= MAX_CLASS).then(|| all().map(|c| c.to_string().into_bytes()).collect())
        }
        HirKind::Capture(capture) => needed(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => needed(&repetition.sub),
        HirKind::Alternation(parts) => {
            let mut out = Vec::new();
            for part in parts {
                out.extend(needed(part)?);
            }
            (out.len() <= MAX_LITERALS).then_some(out)
        }
        // The part whose shortest literal is longest is the rarest.
        HirKind::Concat(parts) => parts.iter().filter_map(needed).max_by_key(|literals| {
            let shortest = literals.iter().map(Vec::len).min().unwrap_or(0);
            (shortest, std::cmp::Reverse(literals.len()))
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::needles;

    #[test]
    fn every_match_holds_one() {
        let of = |pattern: &str| {
            let mut out = needles(pattern)?;
            out.sort();
            Some(out)
        };
        let words = |list: &[&str]| Some(list.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(of("投诉"), words(&["投诉"]));
        assert_eq!(of("(有权|可)(?-u:.){0,60}(更正|修改)"), words(&["修改", "更正"]));
        assert_eq!(of("(撤回)?同意"), words(&["同意"]));
        assert_eq!(of("(联系)+我们"), words(&["我们"]));
        assert_eq!(of("[账帐]号码"), words(&["号码"]));
        assert_eq!(of(r"\d+天"), words(&["天"]));
        assert_eq!(of(r"[\w.+-]+"), None);
        assert_eq!(of("(投诉|.)"), None);
        assert_eq!(of("(投诉)?"), None);
        assert_eq!(of("(一|二)*"), None);
    }
}
