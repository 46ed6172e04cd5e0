//! The case platform, read only: rows through the mapping, files from the document store.

pub mod candidate;
pub mod convert;
pub mod documents;
pub mod mapping;
pub mod postgres;
pub mod sample;
pub mod sqlite;
pub mod withholding;

use crate::agent::Agent;
use crate::config::Config;
use crate::session::Server;
use documents::DocumentStore;
use ferry_io::error::{Error, Result};
use ferry_io::keys::load;
use mapping::KindMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use withholding::Forms;

/// A value of a column, as the platform gives it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Nothing.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number with decimals.
    Real(f64),
    /// Text, or the bytes of it.
    Text(&'a [u8]),
}

/// A row; columns count from 0.
pub trait Row {
    /// The value of a column.
    fn cell(&self, column: usize) -> Result<Cell<'_>>;

    /// Whether a look-up by the text that the agent reads in this column finds the row again.
    fn is_found_again(&self, column: usize) -> Result<bool>;
}

/// Which rows of a SELECT are wanted.
#[derive(Clone, Copy, Debug)]
pub enum Rows<'a> {
    /// All of them, in the order of the key column's text, compared byte by byte.
    All { key: &'a str },
    /// Those whose column `changed` is not below `since`, or is empty; all of them where there is no `since`.
    Changed { changed: &'a str, since: Option<&'a str> },
    /// Those with this value in a column.
    With { column: &'a str, value: &'a str },
    /// As the SELECT gives them, but no more than so many.
    First { count: usize },
}

/// A case platform's database.
pub trait Database {
    /// The columns that a SELECT gives. It is not run.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the SQL, or that it is no SELECT.
    fn columns(&self, sql: &str) -> Result<std::result::Result<Vec<String>, String>>;

    /// Hands over rows of a SELECT whose columns are these.
    fn rows(
        &self,
        sql: &str,
        columns: &[String],
        wanted: Rows<'_>,
        each: &mut dyn FnMut(&dyn Row) -> Result<()>,
    ) -> Result<()>;

    /// Begins one consistent reading: later changes of the platform are seen by the next export.
    fn begin(&self) -> Result<()>;

    /// Ends it.
    fn end(&self) -> Result<()>;

    /// The local time before which no transaction that still runs began, if the database tells: what such a one commits
    /// later may carry a time from then on. To be asked before [`Database::begin`].
    fn horizon(&self) -> Result<Option<String>>;
}

/// Everything the export reads.
pub struct Source {
    database: Mutex<Box<dyn Database + Send>>,
    /// Its document store.
    pub documents: DocumentStore,
    /// How each kind is read: first what others depend on, then in the order of their names.
    pub kinds: Vec<KindMap>,
    /// Approval forms of what is withheld.
    pub forms: Option<Forms>,
    /// The log of deletions, with its columns by number.
    pub deletions: Option<Deletions>,
    /// Minutes before the newest change from which rows are read again.
    pub overlap_minutes: u32,
    /// Digest over everything that decides how rows become records. Where it changes, everything is read anew.
    pub rule: [u8; 32],
}

impl Source {
    /// The platform's database, for one reading at a time.
    pub fn database(&self) -> MutexGuard<'_, Box<dyn Database + Send>> {
        self.database.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The log of deletions.
pub struct Deletions {
    /// The configuration it came from.
    pub config: crate::config::Deletions,
    /// Its columns.
    pub columns: Vec<String>,
    /// Number of the column of the table.
    pub table: usize,
    /// Number of the column of the key.
    pub key: usize,
    /// Number of the column of the time.
    pub changed: usize,
    /// Numbers of the columns of who approved a retraction, when and why, in the order of
    /// [`ferry_format::record::catalogue::CORRECTION`].
    pub approval: Option<[usize; 3]>,
}

/// Opens database and document store, and checks the mapping against catalogue and database.
pub fn open(agent: &Agent) -> Result<Source> {
    let config = &agent.config;
    let database = connect(config)?;
    let documents = DocumentStore::open(&config.source.documents)?;
    let login_key = Arc::new(load::login_key(&config.source.login_key)?);
    let mut kinds = Vec::new();
    for (kind, mapping) in &config.source.kinds {
        let columns = columns(&*database, &config.path, &format!("source.kinds.{kind}"), &mapping.sql)?;
        kinds.push(KindMap::new(agent, kind, mapping, columns, login_key.clone())?);
    }
    // What is served depends on consents, and what must be there on the step of the case.
    let roles = &agent.catalogue.roles;
    kinds.sort_by_key(|k| k.kind != roles.consent && k.kind != roles.case);
    let forms = config.source.withholding.as_ref();
    let forms = forms.map(|f| Forms::new(agent, f, &*database)).transpose()?;
    let deletions = config.source.deletions.as_ref().map(|d| {
        let columns = columns(&*database, &config.path, "source.deletions", &d.sql)?;
        let at = |key, name: &str| column(&config.path, &format!("source.deletions.{key}"), &columns, name);
        let (table, key, changed) = (at("table", &d.table)?, at("key", &d.key)?, at("changed", &d.changed)?);
        let approval = match (&d.approved_by, &d.approved_on, &d.why) {
            (None, None, None) => None,
            (Some(by), Some(on), Some(why)) => Some([at("approved-by", by)?, at("approved-on", on)?, at("why", why)?]),
            _ => {
                let why = "`approved-by`, `approved-on` and `why` are named together or not at all";
                return Err(Error::configuration(&config.path, "source.deletions", why));
            }
        };
        Ok::<_, Error>(Deletions { config: d.clone(), table, key, changed, approval, columns })
    });
    let mut hasher = blake3::Hasher::new();
    for kind in &kinds {
        hasher.update(&kind.seed);
    }
    let rule = *hasher.finalize().as_bytes();
    let overlap_minutes = config.source.overlap_minutes;
    let database = Mutex::new(database);
    Ok(Source { database, documents, kinds, forms, deletions: deletions.transpose()?, overlap_minutes, rule })
}

fn connect(config: &Config) -> Result<Box<dyn Database + Send>> {
    let source = &config.source;
    match (&source.sqlite, &source.postgres) {
        (Some(file), None) => Ok(Box::new(sqlite::Sqlite::open(file, source)?)),
        (None, Some(string)) => {
            let server = Server {
                config: &config.path,
                table: "source",
                string,
                password: source.postgres_password.as_ref(),
                ca: source.postgres_ca.as_ref(),
                statement_timeout_s: source.statement_timeout_s,
            };
            Ok(Box::new(postgres::Postgres::open(config, &server)?))
        }
        _ => {
            let why = "one of `sqlite` and `postgres` is needed, and only one";
            Err(Error::configuration(&config.path, "source", why))
        }
    }
}

/// The columns of a configured SELECT.
pub fn columns(database: &dyn Database, config: &Path, at: &str, sql: &str) -> Result<Vec<String>> {
    database.columns(sql)?.map_err(|why| Error::configuration(config, &format!("{at}.sql"), why))
}

/// The number of a configured column.
pub fn column(config: &Path, at: &str, columns: &[String], name: &str) -> Result<usize> {
    let found = columns.iter().position(|c| c.eq_ignore_ascii_case(name));
    found.ok_or_else(|| Error::configuration(config, at, format!("the SQL gives no column `{name}`")))
}

/// A configured column in the database's own spelling, quoted: PostgreSQL folds names that are not quoted.
fn quoted(columns: &[String], name: &str) -> String {
    let own = columns.iter().find(|c| c.eq_ignore_ascii_case(name)).map_or(name, String::as_str);
    format!("\"{}\"", own.replace('"', "\"\""))
}

/// A text as a literal of SQL.
fn literal(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}
