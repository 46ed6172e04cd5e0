//! Approval forms of what is withheld (articles 13 and 15): in force only with both names, and on the days they name.

use crate::agent::Agent;
use crate::config::Withholding;
use crate::source::convert::{code, date, text};
use crate::source::{Database, Row, Rows, column, columns};
use ferry_format::record::Value;
use ferry_format::record::catalogue::FieldType;
use ferry_io::error::{Error, Result};
use std::collections::{BTreeMap, HashMap};

/// How forms are read, with columns by number.
pub struct Forms {
    config: Withholding,
    columns: Vec<String>,
    at: [usize; 9],
    codes: BTreeMap<String, String>,
}

/// A form that is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Its number.
    pub form: String,
    /// Table and key of the item; nothing for a whole case.
    pub item: Option<(String, String)>,
    /// The case.
    pub case: String,
    /// Class of reason, a code of the catalogue.
    pub reason: String,
    /// Both who approved.
    pub approved: String,
}

/// The forms in force on one day, by what they cover.
#[derive(Debug, Default)]
pub struct InForce {
    forms: Vec<Form>,
    items: HashMap<(String, String), usize>,
    cases: HashMap<String, usize>,
    /// Forms that withhold nothing: a name is missing, the class of reason is unknown, or they cover nothing.
    pub defective: Vec<(String, String)>,
}

impl Forms {
    /// Checks the configuration against the database and the catalogue.
    pub fn new(agent: &Agent, config: &Withholding, database: &dyn Database) -> Result<Self> {
        let path = &agent.config.path;
        let wrong = |key: &str, why: &str| Error::configuration(path, &format!("source.withholding.{key}"), why);
        let columns = columns(database, path, "source.withholding", &config.sql)?;
        let at = |key: &str, name: &str| column(path, &format!("source.withholding.{key}"), &columns, name);
        let codes = agent.config.source.codes.get(&config.reason.codes);
        let codes = codes.ok_or_else(|| wrong("reason", "its code table is not defined"))?.clone();
        let withheld = agent.catalogue.kinds.get(&agent.catalogue.roles.withheld);
        let known = withheld.and_then(|k| k.fields.get("reason")).map(|f| &f.kind);
        if let Some(FieldType::Code(known)) = known
            && codes.values().any(|c| !known.contains_key(c))
        {
            return Err(wrong("reason", "the catalogue lacks a class of reason that its code table gives"));
        }
        let at = [
            at("form", &config.form)?,
            at("table", &config.table)?,
            at("key", &config.key)?,
            at("case", &config.case)?,
            at("reason", &config.reason.column)?,
            at("head", &config.head)?,
            at("leader", &config.leader)?,
            at("from", &config.from)?,
            at("until", &config.until)?,
        ];
        Ok(Self { config: config.clone(), columns, at, codes })
    }

    /// Reads all forms and keeps those in force on `today` (`YYYY-MM-DD`).
    pub fn in_force(&self, database: &dyn Database, today: &str) -> Result<InForce> {
        let mut all = InForce::default();
        database.rows(&self.config.sql, &self.columns, Rows::All { key: &self.config.form }, &mut |row| {
            self.read(row, today, &mut all)
        })?;
        Ok(all)
    }

    fn read(&self, row: &dyn Row, today: &str, all: &mut InForce) -> Result<()> {
        let mut read = Vec::with_capacity(self.at.len());
        for column in self.at {
            read.push(text(row.cell(column)?));
        }
        let [form, table, key, case, _, head, leader, from, until] = &read[..] else { return Ok(()) };
        let form = form.clone().unwrap_or_default();
        let mut defective = |why: &str| all.defective.push((form.clone(), why.to_owned()));
        let day = |raw: &Option<String>| raw.as_deref().map(|r| date(r).ok_or(()));
        let (from, until) = match (day(from), day(until)) {
            (Some(Ok(from)), None) => (from, None),
            (Some(Ok(from)), Some(Ok(until))) => (from, Some(until)),
            _ => {
                defective("its days cannot be read");
                return Ok(());
            }
        };
        if from.as_str() > today || until.is_some_and(|u| u.as_str() < today) {
            return Ok(());
        }
        let (Some(head), Some(leader)) = (head, leader) else {
            defective("a name is missing: the head of the enforcement department and a court leader approve it");
            return Ok(());
        };
        let reason = match code(row.cell(self.at[4])?, &self.codes) {
            Ok(Some(Value::Text(reason))) => reason,
            _ => {
                defective("its class of reason is missing or unknown");
                return Ok(());
            }
        };
        let item = table.clone().zip(key.clone());
        if item.is_none() && case.is_none() {
            defective("it names no item and no case");
            return Ok(());
        }
        let number = all.forms.len();
        let case = case.clone().unwrap_or_default();
        match &item {
            Some(item) => all.items.insert(item.clone(), number),
            None => all.cases.insert(case.clone(), number),
        };
        all.forms.push(Form { form, item, case, reason, approved: format!("{head}, {leader}") });
        Ok(())
    }
}

impl InForce {
    /// The form that covers an item, if one does.
    pub fn covers(&self, table: Option<&str>, key: &str, case: Option<&str>) -> Option<&Form> {
        let item = table.and_then(|t| self.items.get(&(t.to_owned(), key.to_owned())));
        let number = item.or_else(|| case.and_then(|c| self.cases.get(c)))?;
        self.forms.get(*number)
    }

    /// All of them.
    pub fn forms(&self) -> &[Form] {
        &self.forms
    }
}
