//! Rules as reporting descriptors; documents and clauses as taxonomies and taxa.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::knowledge::schema::{InstrumentRow, Text};
use crate::report::names::Names;
use crate::report::text::blanked;
use crate::report::{Citation, OutcomeSummary, Report};

/// The documents whose clauses the rules bear on.
pub(super) struct Taxonomies<'r> {
    documents: Vec<(&'r InstrumentRow, Vec<&'r Citation>)>,
    /// Document and place in it, by clause.
    places: BTreeMap<&'r str, (usize, usize)>,
    names: Names<'r>,
}

impl<'r> Taxonomies<'r> {
    /// Those of the report's outcomes.
    pub(super) fn new(report: &'r Report, names: Names<'r>) -> Self {
        let mut documents: Vec<(&InstrumentRow, Vec<&Citation>)> = Vec::new();
        let mut places = BTreeMap::new();
        for status in report.clauses() {
            let id = status.citation.id.as_str();
            let Some((instrument, _)) = names.knowledge.clause(id) else { continue };
            if documents.last().is_none_or(|(last, _)| last.id != instrument.id) {
                documents.push((instrument, Vec::new()));
            }
            let document = documents.len().saturating_sub(1);
            if let Some((_, clauses)) = documents.last_mut() {
                places.insert(id, (document, clauses.len()));
                clauses.push(status.citation);
            }
        }
        Self { documents, places, names }
    }

    /// The taxonomies themselves.
    pub(super) fn components(&self) -> Vec<Value> {
        self.documents.iter().map(|(instrument, clauses)| self.component(instrument, clauses)).collect()
    }

    fn component(&self, row: &InstrumentRow, clauses: &[&Citation]) -> Value {
        let taxon = |clause: &&Citation| {
            let mut fields = Map::new();
            fields.insert("id".into(), json!(clause.id));
            fields.insert("name".into(), json!(clause.number));
            fields.insert("shortDescription".into(), json!({ "text": format!("{} {}", clause.number, clause.title) }));
            fields.extend(clause.quote.as_ref().map(|quote| ("fullDescription".to_owned(), json!({ "text": quote }))));
            Value::Object(fields)
        };
        let title = self.names.lang.pick(&row.title_zh, &row.title_en);
        let mut fields = Map::new();
        fields.insert("name".into(), json!(row.id));
        fields.insert("fullName".into(), json!(row.title_zh));
        fields.insert("organization".into(), json!(row.issuer));
        fields.insert("shortDescription".into(), json!({ "text": title }));
        fields.insert("isComprehensive".into(), json!(false));
        // `YYYY-MM-DD` only; some documents state a month or nothing.
        if row.date_issued.len() == 10 {
            fields.insert("releaseDateUtc".into(), json!(row.date_issued));
        }
        if row.url.starts_with("http") && row.url.is_ascii() && !row.url.contains(' ') {
            fields.insert("informationUri".into(), json!(row.url));
        }
        fields.insert("taxa".into(), clauses.iter().map(taxon).collect());
        Value::Object(fields)
    }

    /// References to the taxonomies.
    pub(super) fn references(&self) -> Vec<Value> {
        let reference = |(index, (instrument, _)): (usize, &(&InstrumentRow, Vec<&Citation>))| json!({ "name": instrument.id, "index": index });
        self.documents.iter().enumerate().map(reference).collect()
    }

    /// References to the clauses of an outcome.
    pub(super) fn of_result(&self, outcome: &OutcomeSummary) -> Vec<Value> {
        let reference = |clause: &String| {
            let (document, index) = self.places.get(clause.as_str())?;
            let (instrument, _) = self.documents.get(*document)?;
            let component = json!({ "name": instrument.id, "index": document });
            Some(json!({ "id": clause, "index": index, "toolComponent": component }))
        };
        outcome.clauses.iter().filter_map(reference).collect()
    }
}

/// A rule with its help.
pub(super) fn descriptor(outcome: &OutcomeSummary, taxonomies: &Taxonomies<'_>, names: Names<'_>) -> Value {
    let relations: Vec<Value> = taxonomies
        .of_result(outcome)
        .into_iter()
        .map(|target| json!({ "target": target, "kinds": ["relevant"] }))
        .collect();
    let mut fields = Map::new();
    fields.insert("id".into(), json!(outcome.rule));
    fields.insert("name".into(), json!(camel(&outcome.rule)));
    fields.insert("shortDescription".into(), json!({ "text": outcome.title }));
    if let Some(row) = names.knowledge.rule(&outcome.rule) {
        let pick = |text: &Text| blanked(names.lang.pick(&text.zh, &text.en));
        let parts = row.parts().map(|(heading, text)| (names.say(heading), pick(text)));
        let cited: Vec<String> = outcome.cited.iter().map(|clause| names.cited(clause)).collect();
        let clauses = names.say("table.clauses");
        let text: String = parts.iter().map(|(heading, text)| format!("{heading}: {text}\n")).collect();
        let page: String = parts.iter().map(|(heading, text)| format!("## {heading}\n\n{text}\n\n")).collect();
        let list: String = cited.iter().map(|clause| format!("- {clause}\n")).collect();
        fields.insert("fullDescription".into(), json!({ "text": pick(&row.what) }));
        fields.insert(
            "help".into(),
            json!({
                "text": format!("{text}{clauses}: {}\n", names.list(cited)),
                "markdown": format!("{page}## {clauses}\n\n{list}"),
            }),
        );
    }
    fields.insert("relationships".into(), json!(relations));
    fields.insert("properties".into(), json!({ "tags": ["privacy", "compliance"] }));
    Value::Object(fields)
}

/// `imei-before-consent` as `ImeiBeforeConsent`: names of rules are identifiers.
fn camel(id: &str) -> String {
    let part = |part: &str| {
        let mut letters = part.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
    };
    id.split('-').map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::{blanked, camel};

    #[test]
    fn names_and_blanks() {
        assert_eq!(camel("sdk-before-consent"), "SdkBeforeConsent");
        assert_eq!(blanked("“{item}” ({owner}) {"), "“…” (…) {");
    }
}
