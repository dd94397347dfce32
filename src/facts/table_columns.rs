//! Columns of the tables of a database, out of the statements that make them.
//!
//! Follows the grammar of `CREATE TABLE` and `ALTER TABLE` of SQLite, with what is cut out of a statement by
//! variables missing.

use std::collections::BTreeMap;
use std::ops::Range;

use super::stored::KeyFact;
use super::{Sources, site_evidence};
use crate::code::BodyId;
use crate::formats::dex::RefKind;

/// Longest statement that is read, in bytes.
const MAX_STATEMENT: usize = 65_536;
/// What begins a constraint of a table rather than a column.
const CONSTRAINTS: [&str; 6] = ["constraint", "primary", "unique", "check", "foreign", "exclude"];

/// Columns that may hold texts, of the tables that a method makes, with the text of code that names each.
pub fn of_body(sources: &Sources<'_>, body: BodyId) -> Vec<KeyFact> {
    let program = sources.program;
    let Some(dex) = program.dex(program.dex_of(body)) else { return Vec::new() };
    let strings = || program.references(body).filter(|reference| reference.kind == RefKind::String);
    if !strings().any(|reference| dex.string_bytes(reference.index).is_some_and(makes_columns)) {
        return Vec::new();
    }
    // Pieces of a text that is put together stand in order.
    let mut statements: Vec<(String, BTreeMap<usize, u32>)> = Vec::new();
    for reference in strings() {
        let Some(text) = dex.string(reference.index) else { continue };
        if makes_columns(text.as_bytes()) {
            statements.push((String::new(), BTreeMap::new()));
        }
        let Some((statement, pieces)) = statements.last_mut() else { continue };
        if statement.len().saturating_add(text.len()) <= MAX_STATEMENT {
            pieces.insert(statement.len(), reference.unit);
            statement.push_str(&text);
        }
    }
    let mut out = Vec::new();
    for (statement, pieces) in &statements {
        for range in columns(statement) {
            let (Some(column), Some((_, unit))) =
                (statement.get(range.clone()), pieces.range(..=range.start).next_back())
            else {
                continue;
            };
            out.push(KeyFact { key: column.to_owned(), evidence: site_evidence(sources, body, *unit, column) });
        }
    }
    out
}

/// True for the beginning of a statement that makes a table or adds to one.
fn makes_columns(text: &[u8]) -> bool {
    let mut words = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let mut is = |wanted: &[&str]| {
        words.next().is_some_and(|word| wanted.iter().any(|wanted| word.eq_ignore_ascii_case(wanted.as_bytes())))
    };
    match text.trim_ascii_start().first() {
        Some(b'c' | b'C') if is(&["create"]) => is(&["table", "temp", "temporary", "virtual"]),
        Some(b'a' | b'A') => is(&["alter"]) && is(&["table"]),
        _ => false,
    }
}

/// Ranges of the names of columns that may hold texts.
fn columns(statement: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    if statement.trim_start().get(..5).is_some_and(|word| word.eq_ignore_ascii_case("alter")) {
        let lower = statement.to_ascii_lowercase();
        if let Some(add) = lower.find(" add ") {
            let rest = add + " add ".len();
            let named = lower.get(rest..).unwrap_or_default().trim_start();
            let skipped = if named.starts_with("column ") { "column ".len() } else { 0 };
            out.extend(definition(statement, lower.len() - named.len() + skipped..statement.len()));
        }
        return out;
    }
    let Some(open) = statement.find('(') else { return out };
    let (mut depth, mut start) = (0_u32, open + 1);
    let mut quote: Option<u8> = None;
    for (at, byte) in statement.bytes().enumerate().skip(open) {
        match (quote, byte) {
            (Some(sign), _) if sign == byte => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"' | b'`') => quote = Some(byte),
            (None, b'[') => quote = Some(b']'),
            (None, b'(') => depth = depth.saturating_add(1),
            (None, b')') if depth <= 1 => {
                out.extend(definition(statement, start..at));
                return out;
            }
            (None, b')') => depth -= 1,
            (None, b',') if depth == 1 => {
                out.extend(definition(statement, start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    out.extend(definition(statement, start..statement.len()));
    out
}

/// The name in one definition, unless its column holds numbers or it is a constraint.
fn definition(statement: &str, range: Range<usize>) -> Option<Range<usize>> {
    let text = statement.get(range.clone())?;
    let is_quote = |sign: char| matches!(sign, '"' | '`' | '[' | ']' | '\'');
    let trimmed = text.trim_start();
    let bare = trimmed.trim_start_matches(is_quote);
    let is_quoted = bare.len() < trimmed.len();
    let end = bare.find(|sign: char| is_quote(sign) || sign.is_whitespace()).unwrap_or(bare.len());
    let name = bare.get(..end)?;
    if name.is_empty() || (!is_quoted && CONSTRAINTS.iter().any(|word| name.eq_ignore_ascii_case(word))) {
        return None;
    }
    let kind = bare.get(end..)?.trim_start_matches(|sign: char| is_quote(sign) || sign.is_whitespace());
    let start = range.start + (text.len() - bare.len());
    (!is_number(kind)).then_some(start..start + end)
}

/// By the rules on type affinity: <https://www.sqlite.org/datatype3.html#determination_of_column_affinity>.
fn is_number(definition: &str) -> bool {
    let kind = definition.split([' ', ',', '(']).next().unwrap_or_default().to_ascii_uppercase();
    let holds = |words: &[&str]| words.iter().any(|word| kind.contains(word));
    holds(&["INT"]) || (!holds(&["CHAR", "CLOB", "TEXT", "BLOB"]) && holds(&["REAL", "FLOA", "DOUB", "BOOL", "DATE"]))
}

#[cfg(test)]
mod tests {
    use super::{columns, makes_columns};

    fn names(statement: &str) -> Vec<&str> {
        columns(statement).into_iter().filter_map(|range| statement.get(range)).collect()
    }

    #[test]
    fn columns_of_statements() {
        let room = "CREATE TABLE IF NOT EXISTS `user` (`id` INTEGER NOT NULL, `id_card` TEXT, PRIMARY KEY(`id`))";
        assert_eq!(names(room), ["id_card"]);
        let green = "CREATE TABLE IF NOT EXISTS \"USER\" (\"_id\" INTEGER PRIMARY KEY ,\"ID_CARD\" TEXT,\"AGE\" INTEGER NOT NULL );";
        assert_eq!(names(green), ["ID_CARD"]);
        assert_eq!(
            names("create table user(name varchar(20) default 'a,b)', [id card] text, plain)"),
            ["name", "id", "plain"]
        );
        assert_eq!(names("ALTER TABLE user ADD COLUMN passport_no TEXT"), ["passport_no"]);
        assert_eq!(names("alter table user add sfzh varchar(18)"), ["sfzh"]);
        assert_eq!(names("CREATE TABLE  (id_card TEXT"), ["id_card"], "with the table's name cut out");
        assert!(names("CREATE TABLE ").is_empty());
        assert!(names("ALTER TABLE user RENAME TO other").is_empty());
    }

    #[test]
    fn statements_are_told_from_sentences() {
        assert!(makes_columns(b"\n  create  table user"));
        assert!(makes_columns(b"CREATE TABLE "));
        assert!(makes_columns(b"alter table x add y text"));
        assert!(!makes_columns(b"create a table"));
        assert!(!makes_columns(b"Created table"));
        assert!(!makes_columns(b""));
    }
}
