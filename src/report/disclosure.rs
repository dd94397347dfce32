//! Drafts of the lists that the law asks operators to publish, out of what the code shows.
//!
//! What code cannot tell, above all the purpose, stands as a marked blank and is never made up.

use super::names::Names;
use super::table::Table;
use super::{Lang, Report};
use crate::evidence::{Evidence, Owner, OwnerKind};
use crate::knowledge::Knowledge;
use crate::knowledge::schema::{DataSafetyRow, SdkDeclaredRow};
use crate::outcome::Confidence;

/// Ids of the lists, in order.
pub const TABLES: [&str; 5] = ["items", "sdks", "permissions", "filing", DATA_SAFETY];

/// The answers for Google Play's data-safety form.
pub const DATA_SAFETY: &str = "data-safety";

/// All lists of an app.
pub fn tables(report: &Report, knowledge: &Knowledge, lang: Lang) -> Vec<Table> {
    let draft = Draft { report, names: Names { knowledge, lang } };
    vec![
        draft.table(
            "items",
            &["item", "collector", "by", "when", "consent", "purpose", "scenario", "place"],
            draft.items(),
        ),
        draft.table(
            "sdks",
            &["sdk", "vendor", "version", "purpose", "pi", "permissions", "hosts", "policy"],
            draft.sdks(),
        ),
        draft.table("permissions", &["permission", "label", "used_by", "purpose", "refusal"], draft.permissions()),
        draft.table("filing", &["field", "value"], draft.filing()),
        draft.data_safety(),
    ]
}

/// Columns of the CSV file of the Play Console.
const GOOGLE_COLUMNS: [&str; 5] = [
    "Question ID (machine readable)",
    "Response ID (machine readable)",
    "Response value",
    "Answer requirement",
    "Human-friendly question label",
];
const COLLECTS: &str = "PSL_DATA_COLLECTION_COLLECTS_PERSONAL_DATA";
const ENCRYPTED: &str = "PSL_DATA_COLLECTION_ENCRYPTED_IN_TRANSIT";
/// What the form asks of each ticked kind: question, answer, requirement, label.
const USAGE: [(&str, &str, &str, &str); 5] = [
    ("PSL_DATA_USAGE_COLLECTION_AND_SHARING", "PSL_DATA_USAGE_ONLY_COLLECTED", "MULTIPLE_CHOICE", "Collected"),
    ("PSL_DATA_USAGE_COLLECTION_AND_SHARING", "PSL_DATA_USAGE_ONLY_SHARED", "MULTIPLE_CHOICE", "Shared"),
    ("PSL_DATA_USAGE_EPHEMERAL", "", "MAYBE_REQUIRED", "Is this data processed ephemerally?"),
    ("DATA_USAGE_USER_CONTROL", "PSL_DATA_USAGE_USER_CONTROL_OPTIONAL", "SINGLE_CHOICE", "Users can choose"),
    ("DATA_USAGE_USER_CONTROL", "PSL_DATA_USAGE_USER_CONTROL_REQUIRED", "SINGLE_CHOICE", "Required"),
];

struct Draft<'r> {
    report: &'r Report,
    names: Names<'r>,
}

impl Draft<'_> {
    fn say(&self, id: &str) -> String {
        self.names.say(&format!("disclose.{id}"))
    }

    fn table(&self, id: &'static str, columns: &[&'static str], rows: Vec<Vec<String>>) -> Table {
        let names = columns.iter().map(|column| self.say(&format!("column.{column}"))).collect();
        Table { id, title: self.say(id), columns: columns.to_vec(), headings: names, rows }
    }

    /// `text`, or a blank to fill in.
    fn or_blank(&self, text: &str) -> String {
        if text.is_empty() { self.say("blank") } else { text.to_owned() }
    }

    fn owner(&self, owner: &Owner) -> String {
        match owner.kind {
            OwnerKind::App => self.say("app"),
            OwnerKind::Unknown => self.say("unknown"),
            OwnerKind::Sdk | OwnerKind::Library => self.names.sdk(&owner.id),
        }
    }

    fn items(&self) -> Vec<Vec<String>> {
        // Plain libraries wrap many APIs; that alone takes nothing.
        let taken = self.report.pi.iter().filter(|pi| !pi.inventory_only && pi.owner.kind != OwnerKind::Library);
        taken
            .map(|pi| {
                vec![
                    pi.name.clone(),
                    self.owner(&pi.owner),
                    pi.api.clone(),
                    self.names.phases(&pi.phases),
                    self.say(&format!("consent.{}", pi.consent)),
                    self.say("blank"),
                    self.say("blank"),
                    pi.evidence.first().map(place).unwrap_or_default(),
                ]
            })
            .collect()
    }

    fn sdks(&self) -> Vec<Vec<String>> {
        let present = self
            .report
            .sdks
            .iter()
            .filter(|sdk| sdk.collects && sdk.confidence >= Confidence::Medium && sdk.presence.may_act());
        present
            .map(|sdk| {
                let items = sdk.pi.iter().chain(sdk.handed.iter().map(|handed| &handed.item));
                let mut items: Vec<String> = items.map(|item| self.names.item(item)).collect();
                items.sort();
                items.dedup();
                // The code shows a lower bound; the vendor's documents tell the rest.
                let pi = match (&sdk.declared, items.is_empty()) {
                    (Some(declared), _) => self.with_declared(items, declared),
                    (None, true) => self.say("ask_vendor"),
                    (None, false) => self.names.list(items),
                };
                vec![
                    sdk.name.clone(),
                    self.or_blank(&sdk.vendor),
                    sdk.version.clone().unwrap_or_default(),
                    self.or_blank(&sdk.purpose),
                    pi,
                    self.names.list(sdk.permissions.iter().map(|name| short(name).to_owned())),
                    sdk.hosts.join(", "),
                    self.or_blank(&sdk.policy_url),
                ]
            })
            .collect()
    }

    /// Items that the code takes, then those that only the vendor's document names.
    fn with_declared(&self, items: Vec<String>, declared: &SdkDeclaredRow) -> String {
        let name = |list: &[String]| -> Vec<String> {
            list.iter().map(|item| self.names.item(item)).filter(|name| !items.contains(name)).collect()
        };
        let (said, optional) = (name(&declared.items), name(&declared.optional));
        let date = if declared.date.is_empty() { &declared.seen } else { &declared.date };
        let mut parts = Vec::new();
        if !items.is_empty() {
            parts.push(self.names.list(items.clone()));
        }
        for (key, list) in [("vendor_says", said), ("vendor_optional", optional)] {
            if !list.is_empty() {
                parts.push(self.say(key).replace("{items}", &self.names.list(list)).replace("{date}", date));
            }
        }
        parts.join("; ")
    }

    fn permissions(&self) -> Vec<Vec<String>> {
        let asked =
            self.report.app.permissions.iter().filter(|permission| matches!(permission.kind, "runtime" | "special"));
        asked
            .map(|permission| {
                let users = self.names.list(permission.used_by.iter().map(|owner| self.owner(owner)));
                let users = if permission.used { users } else { self.say("unused") };
                vec![permission.name.clone(), permission.label.clone(), users, self.say("blank"), self.say("blank")]
            })
            .collect()
    }

    /// Answers in the columns of the CSV file that the Play Console imports. Kinds of data that the code takes
    /// are ticked; whether they leave the device, for what and whether users may refuse is left blank.
    fn data_safety(&self) -> Table {
        let taken = |item: &str| {
            self.report.pi.iter().any(|pi| pi.item == item && pi.owner.kind != OwnerKind::Library)
                || self.report.sdks.iter().flat_map(|sdk| &sdk.handed).any(|handed| handed.item == item)
        };
        let answers = self.names.knowledge.data_safety();
        let is_ticked = |row: &&DataSafetyRow| row.items.iter().any(|item| taken(item));
        let row = |question: &str, response: &str, value: &str, requirement: &str, label: &str| {
            [question, response, value, requirement, label].map(str::to_owned).to_vec()
        };
        let any = if answers.iter().any(|answer| is_ticked(&answer)) { "true" } else { "" };
        let mut rows = vec![
            row(COLLECTS, "", any, "REQUIRED", "Does your app collect or share any of the required user data types?"),
            row(
                ENCRYPTED,
                "",
                "",
                "MAYBE_REQUIRED",
                "Is all of the user data collected by your app encrypted in transit?",
            ),
        ];
        rows.extend(answers.iter().map(|answer| {
            let value = if is_ticked(&answer) { "true" } else { "" };
            row(&answer.question, &answer.response, value, "MULTIPLE_CHOICE", &answer.label)
        }));
        for answer in answers.iter().filter(is_ticked) {
            let kind = answer.label.split(" / ").last().unwrap_or_default();
            for (question, response, requirement, label) in USAGE {
                let question = format!("PSL_DATA_USAGE_RESPONSES:{}:{question}", answer.response);
                let label = format!("Data usage and handling ({kind}) / {label}");
                rows.push(row(&question, response, "", requirement, &label));
            }
        }
        Table {
            id: DATA_SAFETY,
            columns: vec!["question", "response", "value", "requirement", "label"],
            title: self.say(DATA_SAFETY),
            headings: GOOGLE_COLUMNS.map(str::to_owned).to_vec(),
            rows,
        }
    }

    /// What the filing of apps asks for (互联网信息服务备案: package name, public key, MD5 of the certificate).
    fn filing(&self) -> Vec<Vec<String>> {
        let app = &self.report.app;
        let mut rows = vec![
            ("name", app.label.clone()),
            ("package", app.package.clone()),
            ("version", format!("{} ({})", app.version_name, app.version_code)),
        ];
        for signer in &app.signers {
            let certificate = &signer.certificate;
            rows.push(("md5", certificate.md5.clone()));
            rows.push(("sha1", certificate.sha1.clone()));
            rows.push(("sha256", certificate.sha256.clone()));
            rows.push(("public_key", format!("{} {}", certificate.public_key_algorithm, certificate.public_key)));
            rows.push(("subject", certificate.subject.clone()));
        }
        rows.push(("file_sha256", self.report.input.sha256.clone()));
        rows.push(("operator", self.say("blank")));
        rows.push(("icp", self.say("blank")));
        rows.into_iter().map(|(field, value)| vec![self.say(&format!("field.{field}")), value]).collect()
    }
}

fn short(permission: &str) -> &str {
    permission.strip_prefix("android.permission.").unwrap_or(permission)
}

fn place(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Code { class, method, dex, offset, .. } => format!("{class}.{method} {dex}+{offset:#x}"),
        other => super::text::evidence_line(other),
    }
}
