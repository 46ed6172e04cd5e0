//! Who is told: the parties of a case and their agents, read through the export's own mapping; and, at the moment of
//! sending, their telephone numbers.

use crate::agent::Agent;
use crate::notify::config::Notify;
use crate::source::convert::text;
use crate::source::mapping::KindMap;
use crate::source::{self, Rows, Source};
use ferry_format::record::Record;
use ferry_format::record::catalogue::{Audience, FieldType};
use ferry_io::error::{Error, Result};
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// The platform, as notifications read it.
pub struct Directory<'a> {
    agent: &'a Agent,
    source: Source,
    phones: Lookup,
    clerks: Lookup,
}

/// A configured SELECT of which one column is asked for by another.
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
    pub fn open(agent: &'a Agent, config: &Notify) -> Result<Self> {
        check_kinds(agent, config)?;
        let source = source::open(agent)?;
        let lookup = |at: &str, sql: &str, by: &str, wanted: (&str, &str)| {
            let columns = source::columns(&**source.database(), &agent.config.path, at, sql)?;
            let number =
                |(key, name): (&str, &str)| source::column(&agent.config.path, &format!("{at}.{key}"), &columns, name);
            number(("sql", by))?;
            Ok::<_, Error>(Lookup { sql: sql.to_owned(), by: by.to_owned(), wanted: number(wanted)?, columns })
        };
        let (r, c) = (&config.recipients, &config.clerks);
        let phones = lookup("notify.recipients", &r.sql, &r.person, ("phone", &r.phone))?;
        let clerks = lookup("notify.clerks", &c.sql, &c.case, ("name", &c.name))?;
        Ok(Self { agent, source, phones, clerks })
    }

    /// A person's telephone number, digits and a leading plus only.
    pub fn phone(&self, person: &str) -> Result<Option<Zeroizing<String>>> {
        let raw = self.look_up(&self.phones, person)?.map(Zeroizing::new);
        let kept =
            raw.map(|raw| Zeroizing::new(raw.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect::<String>()));
        Ok(kept.filter(|phone| !phone.is_empty()))
    }

    /// The name of the clerk of a case; empty where the platform names none.
    pub fn clerk(&self, case_id: &str) -> Result<String> {
        Ok(self.look_up(&self.clerks, case_id)?.unwrap_or_default())
    }

    /// The title of a document: the first text that its kind shows.
    pub fn title(&self, kind: &str, key: &str) -> Result<String> {
        let Some(map) = self.map(kind) else { return Ok(String::new()) };
        let record = self.records(map, map.mapping.key_column(), key)?.into_iter().next();
        let title = map.shape.fields_in_order().into_iter().find(|(_, f)| matches!(f.kind, FieldType::Text(_)));
        Ok(title.and_then(|(name, _)| record.map(|(_, r)| r.text(name).to_owned())).unwrap_or_default())
    }

    /// The people of a case who can see it outside: what is held or withheld of them does not count.
    pub fn parties(&self, conn: &Connection, case_id: &str) -> Result<Parties> {
        let roles = &self.agent.catalogue.roles;
        let of = |kind: &str| -> Result<Vec<Record>> {
            let Some((map, column)) = self.map(kind).and_then(|m| Some((m, m.mapping.case.as_deref()?))) else {
                return Ok(Vec::new());
            };
            let mut seen = Vec::new();
            for (key, record) in self.records(map, column, case_id)? {
                let sql = "SELECT 1 FROM exported WHERE kind = ?1 AND key = ?2 AND retracted = 0";
                if conn.prepare_cached(sql)?.query_row([kind, &key], |_| Ok(())).optional()?.is_some() {
                    seen.push(record);
                }
            }
            Ok(seen)
        };
        Ok(Parties { members: of(&roles.member)?, agents: of(&roles.agent)? })
    }

    fn map(&self, kind: &str) -> Option<&KindMap> {
        self.source.kinds.iter().find(|m| m.kind == kind)
    }

    fn records(&self, map: &KindMap, column: &str, value: &str) -> Result<Vec<(String, Record)>> {
        let mut found = Vec::new();
        let wanted = Rows::With { column, value };
        self.source.database().rows(&map.mapping.sql, &map.columns, wanted, &mut |row| {
            if map.is_of_kind(row)?
                && let Ok(read) = map.read(row, 1, &self.source.documents)?
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
    /// Those whom a record concerns, and the agents of each whose authority is in force today.
    pub fn concerned(&self, audience: &Audience, person: &str, today: Date) -> BTreeSet<String> {
        let mut told: BTreeSet<String> = match audience {
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
            told.contains(a.text("principal"))
                && from <= today.as_str()
                && (until.is_empty() || today.as_str() <= until)
        };
        let agents: Vec<String> = self.agents.iter().filter(in_force).map(|a| a.person.clone()).collect();
        told.extend(agents);
        told.remove("");
        told
    }

    /// The name of a party or an agent.
    pub fn name(&self, person: &str) -> String {
        let found = self.members.iter().chain(&self.agents).find(|r| r.person == person);
        found.map(|r| r.text("name").to_owned()).unwrap_or_default()
    }
}

/// A kind that nobody in particular may see has nobody to be told.
fn check_kinds(agent: &Agent, config: &Notify) -> Result<()> {
    for kind in &config.kinds {
        let shape = agent.catalogue.kinds.get(kind);
        let fits = shape.is_some_and(|k| k.in_case && !matches!(k.audience, Audience::Public | Audience::System));
        if !fits {
            let why = format!("`{kind}` is no kind of a case with parties for its audience");
            return Err(Error::configuration(&agent.config.path, "notify.kinds", why));
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
    fn article_3_each_audience_is_told_with_its_agents_in_force_and_nobody_else() {
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
        let told = |audience, person| {
            let told = parties.concerned(&audience, person, date(2026, 11, 24));
            told.into_iter().collect::<Vec<_>>().join("")
        };
        assert_eq!(told(Audience::Parties, ""), "ABLO");
        assert_eq!(told(Audience::Role("applicant".into()), ""), "AL", "a planned seizure is not told to its aim");
        assert_eq!(told(Audience::Person, "B"), "BO");
        assert_eq!(told(Audience::Public, "B"), "");
        assert_eq!(told(Audience::System, "B"), "");
    }
}
