//! Approval forms for withholding (articles 13 and 15). A form applies only with the names of both approvers, and on the days
//! that it names.

use crate::config::source::Withholding;
use crate::context::Context;
use crate::platform_time::PlatformTime;
use crate::source::database::{Database, Row, Rows, column, columns};
use crate::source::value::{code, date, text, unreadable};
use crate::store::approval_forms::ApprovalForm;
use crate::texts::errors;
use ferry_format::reason::ReasonCode;
use ferry_format::record::Value;
use ferry_format::record::catalogue::FieldType;
use ferry_format::text::Text;
use ferry_io::error::{Error, Result};
use jiff::tz::TimeZone;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// How forms are read, with columns by number.
pub struct FormReader {
    config: Withholding,
    columns: Vec<String>,
    at: Columns,
    codes: BTreeMap<String, String>,
    zone: TimeZone,
}

struct Columns {
    form: usize,
    table: usize,
    key: usize,
    case: usize,
    reason: usize,
    head: usize,
    leader: usize,
    from: usize,
    until: usize,
}

/// The forms that apply on one day, by what they cover.
#[derive(Debug, Default)]
pub struct FormsInForce {
    forms: Vec<ApprovalForm>,
    items: HashMap<(String, String), usize>,
    cases: HashMap<String, usize>,
    met: RefCell<HashSet<usize>>,
    /// Forms that do not do what they say, and why.
    pub defective: Vec<(String, ReasonCode)>,
}

/// What one row says.
struct FormRow {
    number: String,
    /// The form, if it applies today.
    form: Option<ApprovalForm>,
    /// What is wrong with it.
    defect: Option<ReasonCode>,
}

impl FormReader {
    /// Checks the configuration against the database and the catalogue.
    pub fn new(context: &Context, config: &Withholding, database: &dyn Database) -> Result<Self> {
        let path = &context.config.path;
        let wrong = |key: &str, why: Text| Error::configuration(path, &format!("source.withholding.{key}"), why);
        let columns = columns(database, path, "source.withholding", &config.sql)?;
        let at = |key: &str, name: &str| column(path, &format!("source.withholding.{key}"), &columns, name);
        let codes = context.config.source.codes.get(&config.reason.codes);
        let codes = codes.ok_or_else(|| wrong("reason", errors::no_such_code_table()))?.clone();
        let withheld = context.catalogue.kinds.get(&context.catalogue.roles.withheld);
        let known = withheld.and_then(|k| k.fields.get("reason")).map(|f| &f.kind);
        if let Some(FieldType::Code(known)) = known
            && let Some(unknown) = codes.values().find(|c| !known.contains_key(*c))
        {
            return Err(wrong("reason", errors::no_such_code(unknown)));
        }
        let at = Columns {
            form: at("form", &config.form)?,
            table: at("table", &config.table)?,
            key: at("key", &config.key)?,
            case: at("case", &config.case)?,
            reason: at("reason", &config.reason.column)?,
            head: at("head", &config.head)?,
            leader: at("leader", &config.leader)?,
            from: at("from", &config.from)?,
            until: at("until", &config.until)?,
        };
        let zone = context.schedule.zone().clone();
        Ok(Self { config: config.clone(), columns, at, codes, zone })
    }

    /// Reads all forms and keeps those that apply on `today`, `YYYY-MM-DD`.
    pub fn in_force(&self, database: &dyn Database, today: &str) -> Result<FormsInForce> {
        let mut forms = FormsInForce::default();
        database.rows(&self.config.sql, &self.columns, Rows::All { key: &self.config.form }, &mut |row| {
            let FormRow { number, form, defect } = self.read(row, today)?;
            form.into_iter().for_each(|form| forms.add(form));
            forms.defective.extend(defect.map(|defect| (number, defect)));
            Ok(())
        })?;
        Ok(forms)
    }

    fn read(&self, row: &dyn Row, today: &str) -> Result<FormRow> {
        let cell = |column: usize| Ok::<_, Error>(text(row.cell(column)?));
        let number = cell(self.at.form)?.unwrap_or_default();
        let defective = |defect: ReasonCode| FormRow { number: number.clone(), form: None, defect: Some(defect) };
        let at = &self.at;
        for column in [at.form, at.table, at.key, at.case, at.reason, at.from, at.until] {
            if unreadable(row.cell(column)?).is_some() {
                return Ok(defective(ReasonCode::NotText));
            }
        }
        let (from, until) = (cell(self.at.from)?, cell(self.at.until)?.filter(|day| !PlatformTime::is_endless(day)));
        let day = |written: String| date(&written, &self.zone);
        let (Some(from), Ok(until)) = (from.and_then(day), until.map(|d| day(d).ok_or(())).transpose()) else {
            return Ok(defective(ReasonCode::FormDates));
        };
        if from.as_str() > today || until.is_some_and(|u| u.as_str() < today) {
            return Ok(FormRow { number, form: None, defect: None });
        }
        let (Some(head), Some(leader)) = (cell(self.at.head)?, cell(self.at.leader)?) else {
            return Ok(defective(ReasonCode::FormApprovers));
        };
        let Ok(Some(Value::Text(reason))) = code(row.cell(self.at.reason)?, &self.codes) else {
            return Ok(defective(ReasonCode::FormClass));
        };
        let (table, key, case) = (cell(self.at.table)?, cell(self.at.key)?, cell(self.at.case)?);
        let is_half = table.is_some() != key.is_some();
        let item = table.zip(key);
        if item.is_none() && case.is_none() {
            return Ok(defective(ReasonCode::FormScope));
        }
        let (case, approved_by) = (case.unwrap_or_default(), format!("{head}, {leader}"));
        let form = ApprovalForm { form: number.clone(), item, case, reason, approved_by };
        // More is withheld than was meant, which can be mended; less could not.
        Ok(FormRow { number, form: Some(form), defect: is_half.then_some(ReasonCode::FormHalfItem) })
    }
}

impl FormsInForce {
    /// Keeps forms of the run before that can no longer be read: what they withheld is not published for that.
    pub fn keep_unreadable(&mut self, before: &[ApprovalForm]) {
        for (number, defect) in self.defective.clone() {
            let is_unreadable = matches!(defect, ReasonCode::NotText | ReasonCode::FormDates);
            if let Some(form) = before.iter().find(|form| is_unreadable && form.form == number) {
                self.add(form.clone());
            }
        }
    }

    fn add(&mut self, form: ApprovalForm) {
        let number = self.forms.len();
        match &form.item {
            Some(item) => self.items.insert(item.clone(), number),
            None => self.cases.insert(form.case.clone(), number),
        };
        self.forms.push(form);
    }

    /// The form that covers an item, if one does. The item's own form goes before that of its case.
    pub fn covers(&self, table: Option<&str>, key: &str, case: Option<&str>) -> Option<&ApprovalForm> {
        let item = table.and_then(|t| self.items.get(&(t.to_owned(), key.to_owned()))).copied();
        let case = case.and_then(|c| self.cases.get(c)).copied();
        self.met.borrow_mut().extend(item.into_iter().chain(case));
        self.forms.get(item.or(case)?)
    }

    /// Names the forms that [`covers`](Self::covers) never gave: what somebody wanted to withhold has another table, key or case.
    /// A run of changes looks only for some of the forms.
    pub fn name_unmet(&mut self, is_looked_for: impl Fn(&ApprovalForm) -> bool) {
        let met = self.met.borrow();
        let named: HashSet<&String> = self.defective.iter().map(|(number, _)| number).collect();
        let number_of = |form: &ApprovalForm| match &form.item {
            Some(item) => self.items.get(item),
            None => self.cases.get(&form.case),
        };
        let is_met = |form: &ApprovalForm| number_of(form).is_some_and(|number| met.contains(number));
        let unmet = self.forms.iter().filter(|form| !is_met(form) && is_looked_for(form));
        let unmet: BTreeSet<String> = unmet.map(|f| f.form.clone()).filter(|number| !named.contains(number)).collect();
        self.defective.extend(unmet.into_iter().map(|number| (number, ReasonCode::FormCoversNothing)));
    }

    /// All of them.
    pub fn forms(&self) -> &[ApprovalForm] {
        &self.forms
    }
}
