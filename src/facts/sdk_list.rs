//! The policy's list of third parties, row by row: who, for what, which items.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use super::policy::words;
use crate::evidence::Evidence;
use crate::knowledge::Knowledge;
use crate::policy::{Column, Labels, Mention, Policy, Row, Telling};

/// A third party as the policy's list describes it.
#[derive(Debug, Clone)]
pub struct ListedSdk {
    /// Name as written.
    pub name: String,
    /// SDK ids of the signatures that the name stands for; several when it stands for a family, none when unknown.
    pub sdks: Vec<String>,
    /// What the row says anything of.
    pub columns: BTreeSet<Column>,
    /// Items of personal information in the cell for them.
    pub items: Vec<String>,
    /// The row.
    pub place: Evidence,
}

const TERMS: [(Column, &str); 7] = [
    (Column::Name, "policy.row.name"),
    (Column::Vendor, "policy.row.vendor"),
    (Column::Purpose, "policy.row.purpose"),
    (Column::Items, "policy.row.items"),
    (Column::Permissions, "policy.row.permissions"),
    (Column::Link, "policy.row.link"),
    (Column::Means, "policy.row.means"),
];

/// Words and patterns of the lists.
pub(super) fn labels(knowledge: &Knowledge) -> Labels {
    let of = |(column, term)| words(knowledge, term).into_iter().map(move |word| (column, word.to_ascii_lowercase()));
    let patterns = |term| knowledge.term(term).map(|row| row.regex.clone()).unwrap_or_default();
    let one = |term| patterns(term).join("|");
    let telling = Telling::new(
        &one("policy.told.opening"),
        &one("policy.told.vendor"),
        &one("policy.told.purpose"),
        &patterns("policy.told.items"),
    );
    Labels {
        words: TERMS.into_iter().flat_map(of).collect(),
        acts: words(knowledge, "policy.row.acts"),
        blanks: words(knowledge, "policy.row.blank"),
        telling: telling.and_then(|telling| telling.with_integration(&one("policy.told.integrates"))).ok(),
        introduction: Regex::new(&one("policy.third_parties.introduction")).ok(),
        section: Regex::new(&one("policy.third_parties.section")).ok(),
    }
}

/// A name without what says that it is an SDK.
fn bare(name: &str) -> String {
    let name = name.to_lowercase().replace("sdk", "");
    name.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// SDKs by bare name: a row whose whole name is 微博 stands for 微博SDK.
fn by_bare_name(knowledge: &Knowledge) -> BTreeMap<String, BTreeSet<&str>> {
    let mut out: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for row in knowledge.sdks().iter().flat_map(|file| &file.sdk).filter(|row| row.collects) {
        for name in [&row.name_zh, &row.name_en].into_iter().chain(&row.aliases) {
            let name = bare(name);
            if name.chars().count() >= 2 {
                out.entry(name).or_default().insert(&row.id);
            }
        }
    }
    out
}

/// Bytes between the end of a line and the beginning of the next.
const LINE_END_BYTES: usize = 2;

/// The rows whose name shows that they are third parties', and those that lead to rules of their own among neighbours
/// of which one does.
fn believed(rows: &[Row], proves_itself: impl Fn(&Row) -> bool) -> Vec<&Row> {
    let touches = |first: &Row, second: &Row| {
        first.is_loose && second.is_loose && second.span.start <= first.span.end.saturating_add(LINE_END_BYTES)
    };
    let mut out = Vec::new();
    for run in rows.chunk_by(touches) {
        let proven: Vec<bool> = run.iter().map(|row| !row.is_loose || proves_itself(row)).collect();
        let any = proven.contains(&true);
        let kept = run.iter().zip(proven).filter(|(row, proven)| *proven || any && row.has(Column::Link));
        out.extend(kept.map(|(row, _)| row));
    }
    out
}

/// The third parties of a policy's lists; `rows` are those of the policy, `mentions` those of items (`pi:…`) and
/// SDKs (`sdk:…`).
pub(super) fn collect(
    policy: &Policy,
    rows: &[Row],
    knowledge: &Knowledge,
    mentions: &BTreeMap<String, Vec<Mention>>,
) -> Vec<ListedSdk> {
    let mut places: Vec<(usize, &str)> =
        mentions.iter().flat_map(|(id, list)| list.iter().map(|mention| (mention.offset, id.as_str()))).collect();
    places.sort_unstable();
    let named = |kind: &str, row: &Row, is_in: &dyn Fn(&Row, usize) -> bool| -> Vec<String> {
        let first = places.partition_point(|(offset, _)| *offset < row.span.start);
        let here = places.get(first..).unwrap_or_default().iter().take_while(|(offset, _)| *offset < row.span.end);
        let ids = here.filter(|(offset, _)| is_in(row, *offset)).filter_map(|(_, id)| id.strip_prefix(kind));
        ids.map(str::to_owned).collect::<BTreeSet<_>>().into_iter().collect()
    };
    let generic = words(knowledge, "policy.third_parties.generic");
    let whole = LazyCell::new(|| by_bare_name(knowledge));
    let name_of = |row: &Row| unnumbered(policy.text.get(row.name.clone()).unwrap_or_default());
    let by_name = |row: &Row| named("sdk:", row, &|row, offset| row.name.contains(&offset));
    let proves_itself = |row: &Row| {
        let name = name_of(row);
        !by_name(row).is_empty() || whole.contains_key(&bare(name)) || shows_third_party(name, &generic)
    };
    believed(rows, proves_itself)
        .into_iter()
        .map(|row| {
            let name = name_of(row);
            let mut sdks = by_name(row);
            if sdks.is_empty() {
                // `APP支付客户端SDK` says whose it is only beside the name.
                let beside = |row: &Row, offset| row.covers(Column::Vendor, offset) || row.covers(Column::Link, offset);
                sdks = named("sdk:", row, &beside);
            }
            if sdks.is_empty() {
                sdks = whole.get(&bare(name)).into_iter().flatten().map(|id| (*id).to_owned()).collect();
            }
            let items = named("pi:", row, &|row, offset| row.covers(Column::Items, offset));
            ListedSdk {
                name: name.to_owned(),
                sdks,
                columns: row.cells.iter().map(|(column, _)| *column).collect(),
                items,
                place: Evidence::from(policy.row_passage(row)),
            }
        })
        .collect()
}

/// True for a name that says itself that it is no phrase of everyday.
fn shows_third_party(name: &str, generic: &[String]) -> bool {
    let own = generic.iter().fold(name.to_lowercase(), |name, word| name.replace(word.as_str(), ""));
    let is_marked = name.to_lowercase().contains("sdk") || name.starts_with(['“', '"', '「']);
    is_marked && own.contains(char::is_alphanumeric)
}

/// A name without its number in the list, such as `2.1` or `③`, and without what stands around it.
fn unnumbered(name: &str) -> &str {
    let is_number = |c: char| ('①'..='⓿').contains(&c) || c.is_ascii_digit();
    let rest =
        name.trim_matches(NAME_ENDS).trim_start_matches(['(', '（']).trim_start_matches(|c| is_number(c) || c == '.');
    // 360 手机助手 begins with a number of its own.
    let is_numbered = name.trim_start().starts_with(|c: char| !c.is_ascii_digit()) || name.contains('.');
    if is_numbered { rest.trim_start_matches([')', '）', '、', '.', ' ']) } else { name.trim_matches(NAME_ENDS) }
}

/// What may stand around a name.
const NAME_ENDS: &[char] = &[' ', '；', ';', '，', ',', '。', '、'];

#[cfg(test)]
mod tests {
    use super::{shows_third_party, unnumbered};

    #[test]
    fn words_for_third_parties_name_none() {
        let generic = ["第三方", "sdk", "类", "服务商"].map(str::to_owned);
        assert!(shows_third_party("甲SDK", &generic));
        assert!(!shows_third_party("第三方SDK类服务商", &generic));
        assert!(!shows_third_party("同时", &generic));
    }

    #[test]
    fn names_stand_without_their_numbers() {
        for (name, wanted) in [
            ("③微博分享SDK", "微博分享SDK"),
            ("2.1微信SDK；", "微信SDK"),
            ("（1）极光推送", "极光推送"),
            ("360手机助手", "360手机助手"),
            ("友盟+", "友盟+"),
        ] {
            assert_eq!(unnumbered(name), wanted);
        }
    }
}
