//! Recipients of messages: the parties of a case and their agents, read through the export's mapping, and their telephone
//! numbers, read when a message is sent.

use crate::config::notify::Notify;
use crate::context::Context;
use crate::source::database::{Rows, column, columns};
use crate::source::mapping::KindMapping;
use crate::source::value::text;
use crate::source::{self, Source};
use crate::store::exported;
use crate::texts::notify::not_a_kind_with_parties;
use ferry_format::record::Record;
use ferry_format::record::catalogue::{Audience, FieldType};
use ferry_io::error::{Error, Result};
use jiff::civil::Date;
use rusqlite::Connection;
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// The platform, as notifications read it.
pub struct Directory<'a> {
    context: &'a Context,
    source: Source,
    phones: Lookup,
    clerks: Lookup,
}

/// A configured SELECT: one of its columns is looked up by another.
struct Lookup {
    sql: String,
    columns: Vec<String>,
    by: String,
    wanted: usize,
}

/// The people of a case who can see it outside.
pub struct Parties {
    members: Vec<Record>,
    agents: Vec<Record>,
}

impl<'a> Directory<'a> {
    /// Opens the platform and checks the configured SELECTs and kinds.
    ///
    /// # Errors
    /// `FERRY-E0502` for a kind without parties as its audience, and for a column that a SELECT does not have.
    pub fn open(context: &'a Context, config: &Notify) -> Result<Self> {
        check_kinds(context, config)?;
        let source = source::open(context)?;
        let lookup = |at: &str, sql: &str, by: &str, wanted: (&str, &str)| {
            let columns = columns(&**source.database(), &context.config.path, at, sql)?;
            let number =
                |(key, name): (&str, &str)| column(&context.config.path, &format!("{at}.{key}"), &columns, name);
            number(("sql", by))?;
            Ok::<_, Error>(Lookup { sql: sql.to_owned(), by: by.to_owned(), wanted: number(wanted)?, columns })
        };
        let (r, c) = (&config.recipients, &config.clerks);
        let phones = lookup("notify.recipients", &r.sql, &r.person, ("phone", &r.phone))?;
        let clerks = lookup("notify.clerks", &c.sql, &c.case, ("name", &c.name))?;
        Ok(Self { context, source, phones, clerks })
    }

    /// A person's telephone number: digits and plus signs; `None` if the platform has none.
    pub fn phone(&self, person: &str) -> Result<Option<Zeroizing<String>>> {
        let raw = self.look_up(&self.phones, person)?.map(Zeroizing::new);
        // An extension or a second number is no part of the number: such a text is none that a message can be sent to.
        let is_number =
            |raw: &Zeroizing<String>| raw.chars().all(|c| c.is_ascii_digit() || "+-() \u{3000}".contains(c));
        let digits = |raw: Zeroizing<String>| {
            Zeroizing::new(raw.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect::<String>())
        };
        Ok(raw.filter(is_number).map(digits).filter(|phone| !phone.is_empty()))
    }

    /// The name of the clerk of a case; empty if the platform names none.
    pub fn clerk(&self, case_id: &str) -> Result<String> {
        Ok(self.look_up(&self.clerks, case_id)?.unwrap_or_default())
    }

    /// The title of a document: the first text field of its kind.
    pub fn title(&self, kind: &str, key: &str) -> Result<String> {
        let Some(map) = self.map(kind) else { return Ok(String::new()) };
        let record = self.records(map, map.config.key_column(), key)?.into_iter().next();
        let title = map.definition.fields_in_order().into_iter().find(|(_, f)| matches!(f.kind, FieldType::Text(_)));
        Ok(title.and_then(|(name, _)| record.map(|(_, r)| r.text(name).to_owned())).unwrap_or_default())
    }

    /// The people of a case who can see it outside. Held and withheld people are left out.
    pub fn parties(&self, conn: &Connection, case_id: &str) -> Result<Parties> {
        let roles = &self.context.catalogue.roles;
        let of = |kind: &str| -> Result<Vec<Record>> {
            let Some((map, column)) = self.map(kind).and_then(|m| Some((m, m.config.case.as_deref()?))) else {
                return Ok(Vec::new());
            };
            let mut published = Vec::new();
            for (key, record) in self.records(map, column, case_id)? {
                if exported::get(conn, kind, &key)?.is_some_and(|e| !e.retracted) {
                    published.push(record);
                }
            }
            Ok(published)
        };
        Ok(Parties { members: of(&roles.member)?, agents: of(&roles.agent)? })
    }

    fn map(&self, kind: &str) -> Option<&KindMapping> {
        self.source.kinds.iter().find(|m| m.kind == kind)
    }

    fn records(&self, map: &KindMapping, column: &str, value: &str) -> Result<Vec<(String, Record)>> {
        let mut found = Vec::new();
        let wanted = Rows::With { column, value };
        self.source.database().rows(&map.config.sql, &map.columns, wanted, &mut |row| {
            if map.is_of_kind(row)?
                && let Ok(read) = map.read(row, 1, self.source.surroundings())?
            {
                found.push((map.key(row)?, read.record));
            }
            Ok(())
        })?;
        Ok(found)
    }

    fn look_up(&self, lookup: &Lookup, value: &str) -> Result<Option<String>> {
        let mut found = None;
        let wanted = Rows::With { column: &lookup.by, value };
        self.source.database().rows(&lookup.sql, &lookup.columns, wanted, &mut |row| {
            if found.is_none() {
                found = text(row.cell(lookup.wanted)?);
            }
            Ok(())
        })?;
        Ok(found)
    }
}

impl Parties {
    /// The audience of a record, and their agents whose authority is in force today.
    pub fn recipients(&self, audience: &Audience, person: &str, today: Date) -> BTreeSet<String> {
        let mut recipients: BTreeSet<String> = match audience {
            Audience::Parties => self.members.iter().map(|m| m.person.clone()).collect(),
            Audience::Role(role) => {
                self.members.iter().filter(|m| m.text("role") == role).map(|m| m.person.clone()).collect()
            }
            Audience::Person => [person.to_owned()].into(),
            Audience::Public | Audience::System => BTreeSet::new(),
        };
        let today = today.to_string();
        let in_force = |a: &&Record| {
            let (from, until) = (a.text("from"), a.text("until"));
            recipients.contains(a.text("principal"))
                && from <= today.as_str()
                && (until.is_empty() || today.as_str() <= until)
        };
        let agents: Vec<String> = self.agents.iter().filter(in_force).map(|a| a.person.clone()).collect();
        recipients.extend(agents);
        recipients.remove("");
        recipients
    }

    /// The name of a party or an agent.
    pub fn name(&self, person: &str) -> String {
        let found = self.members.iter().chain(&self.agents).find(|r| r.person == person);
        found.map(|r| r.text("name").to_owned()).unwrap_or_default()
    }
}

/// Every notified kind needs parties as its audience.
fn check_kinds(context: &Context, config: &Notify) -> Result<()> {
    for kind in &config.kinds {
        let shape = context.catalogue.kinds.get(kind);
        let fits = shape.is_some_and(|k| k.in_case && !matches!(k.audience, Audience::Public | Audience::System));
        if !fits {
            return Err(Error::configuration(&context.config.path, "notify.kinds", not_a_kind_with_parties(kind)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_format::record::Value;
    use jiff::civil::date;

    fn record(kind: &str, person: &str, fields: &[(&str, &str)]) -> Record {
        let mut record = Record::new(kind, person, 1);
        record.person = person.into();
        for (name, value) in fields {
            record.fields.insert((*name).into(), Value::Text((*value).into()));
        }
        record
    }

    #[test]
    fn article_3_the_recipients_are_the_audience_and_its_agents_in_force_only() {
        let parties = Parties {
            members: vec![
                record("party", "A", &[("role", "applicant")]),
                record("party", "B", &[("role", "respondent")]),
            ],
            agents: vec![
                record("agent", "L", &[("principal", "A"), ("from", "2026-01-01"), ("until", "2026-11-24")]),
                record("agent", "M", &[("principal", "A"), ("until", "2026-11-23")]),
                record("agent", "N", &[("principal", "B"), ("from", "2026-11-25")]),
                record("agent", "O", &[("principal", "B")]),
            ],
        };
        let recipients = |audience, person| {
            let recipients = parties.recipients(&audience, person, date(2026, 11, 24));
            recipients.into_iter().collect::<Vec<_>>().join("")
        };
        assert_eq!(recipients(Audience::Parties, ""), "ABLO");
        assert_eq!(
            recipients(Audience::Role("applicant".into()), ""),
            "AL",
            "a planned seizure is not announced to the respondent"
        );
        assert_eq!(recipients(Audience::Person, "B"), "BO");
        assert_eq!(recipients(Audience::Public, "B"), "");
        assert_eq!(recipients(Audience::System, "B"), "");
    }
}
