//! Drafts of the lists that the law asks operators to publish, out of what the code shows.
//!
//! What code cannot tell, above all the purpose, stands as a marked blank and is never made up.

use super::names::Names;
use super::table::Table;
use super::{Lang, Report};
use crate::evidence::{Evidence, Owner, OwnerKind};
use crate::knowledge::Knowledge;
use crate::outcome::Confidence;

/// Ids of the lists, in order.
pub const TABLES: [&str; 4] = ["items", "sdks", "permissions", "filing"];

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
    ]
}

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
                let phases = pi.phases.iter().map(|phase| self.names.say(&format!("phase.{phase}")));
                let when = if pi.phases.is_empty() { self.names.say("phase.none") } else { self.names.list(phases) };
                vec![
                    pi.name.clone(),
                    self.owner(&pi.owner),
                    pi.api.clone(),
                    when,
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
                let pi = if items.is_empty() { self.say("ask_vendor") } else { self.names.list(items) };
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
