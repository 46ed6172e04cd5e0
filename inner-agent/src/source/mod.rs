//! The case platform, read only: rows through the mapping, files from the document store.

pub mod connection;
pub mod database;
pub mod documents;
pub mod fields;
pub mod mapping;
pub mod owned_row;
pub mod people;
pub mod postgres;
pub mod preview;
pub mod same_people;
pub mod sqlite;
pub mod unmapped;
pub mod value;
pub mod withholding_orders;

use crate::config::{Config, source as config};
use crate::context::Context;
use crate::store::cursor::Window;
use crate::texts::errors;
use connection::Server;
use database::{Database, column, columns};
use documents::DocumentStore;
use ferry_channel::runtime::key_files;
use ferry_io::error::{Error, Result};
use ferry_io::keys::load;
use fields::Surroundings;
use jiff::tz::TimeZone;
use mapping::KindMapping;
use people::People;
use rusqlite::Connection;
use same_people::SamePeople;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use withholding_orders::FormReader;

/// Everything that an export reads.
pub struct Source {
    database: Mutex<Box<dyn Database + Send>>,
    /// The document store.
    pub documents: DocumentStore,
    /// How each kind is read: first the kinds that others depend on, then in the order of their names.
    pub kinds: Vec<KindMapping>,
    /// People who stand in several rows; nobody until [`Source::find_people`].
    pub people: People,
    /// How approval forms for withholding are read.
    pub forms: Option<FormReader>,
    /// The deletion log, with its columns by number.
    pub deletions: Option<DeletionLog>,
    /// The court's zone.
    pub zone: TimeZone,
    /// Minutes before the newest change from which rows are read again.
    pub overlap_minutes: u32,
    /// Kind of the people who may log in.
    login: String,
    /// Digest of the mappings of all kinds.
    mapping: [u8; 32],
}

impl Source {
    /// What a record is made of besides its row.
    pub fn surroundings(&self) -> Surroundings<'_> {
        Surroundings { documents: &self.documents, people: &self.people }
    }

    /// Finds the people who stand in several rows: of a full run among all rows, otherwise among those that changed and those
    /// that were found before.
    ///
    /// # Errors
    /// Those of the database.
    pub fn find_people(&mut self, conn: &Connection, is_full: bool) -> Result<()> {
        let login = self.kinds.iter().find(|map| map.kind == self.login && map.config.id.hmac);
        let Some(map) = login else { return Ok(()) };
        let database = self.database();
        let same = SamePeople { database: &**database, map, conn };
        let window = Window::open(conn, &map.kind, self.overlap_minutes, &self.zone)?;
        let people = if is_full { same.of_all_rows()? } else { same.of_changed_rows(&window)? };
        drop(database);
        self.people = people;
        Ok(())
    }

    /// Digest of everything that decides how rows become records. When it changes, every row is read again.
    pub fn digest(&self) -> [u8; 32] {
        *blake3::Hasher::new().update(&self.mapping).update(&self.people.digest()).finalize().as_bytes()
    }

    /// The platform's database, for one reader at a time.
    pub fn database(&self) -> MutexGuard<'_, Box<dyn Database + Send>> {
        self.database.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The deletion log.
pub struct DeletionLog {
    /// Its configuration.
    pub config: config::Deletions,
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

impl DeletionLog {
    fn new(file: &Config, config: &config::Deletions, database: &dyn Database) -> Result<Self> {
        let columns = columns(database, &file.path, "source.deletions", &config.sql)?;
        let at = |key, name: &str| column(&file.path, &format!("source.deletions.{key}"), &columns, name);
        let approval = match (&config.approved_by, &config.approved_on, &config.why) {
            (None, None, None) => None,
            (Some(by), Some(on), Some(why)) => Some([at("approved-by", by)?, at("approved-on", on)?, at("why", why)?]),
            _ => return Err(Error::configuration(&file.path, "source.deletions", errors::approval_columns())),
        };
        Ok(Self {
            table: at("table", &config.table)?,
            key: at("key", &config.key)?,
            changed: at("changed", &config.changed)?,
            approval,
            config: config.clone(),
            columns,
        })
    }
}

/// Opens database and document store, and checks the mapping against catalogue and database.
pub fn open(context: &Context) -> Result<Source> {
    let config = &context.config;
    let database = connect(config)?;
    let documents = DocumentStore::open(&config.source.documents)?;
    key_files::check_made(&config.source.login_key)?;
    let login_key = Arc::new(load::login_key(&config.source.login_key)?);
    let mut kinds = Vec::new();
    for (kind, mapping) in &config.source.kinds {
        let columns = columns(&*database, &config.path, &format!("source.kinds.{kind}"), &mapping.sql)?;
        let map = KindMapping::new(context, kind, mapping, columns, login_key.clone())?;
        for name in map.used_column_names() {
            if database.is_binary(&mapping.sql, name)? {
                return Err(Error::configuration(
                    &config.path,
                    &format!("source.kinds.{kind}.sql"),
                    errors::binary_column(name),
                ));
            }
        }
        kinds.push(map);
    }
    // Consents decide what is served, and the step of a case decides which fields are required.
    let roles = &context.catalogue.roles;
    kinds.sort_by_key(|k| k.kind != roles.consent && k.kind != roles.case);
    let forms = config.source.withholding.as_ref();
    let forms = forms.map(|f| FormReader::new(context, f, &*database)).transpose()?;
    let deletions = config.source.deletions.as_ref();
    let deletions = deletions.map(|d| DeletionLog::new(config, d, &*database)).transpose()?;
    let mut hasher = blake3::Hasher::new();
    for kind in &kinds {
        hasher.update(&kind.digest);
    }
    let mapping = *hasher.finalize().as_bytes();
    let overlap_minutes = config.source.overlap_minutes;
    let database = Mutex::new(database);
    let zone = context.schedule.zone().clone();
    let (people, login) = (People::default(), roles.login.clone());
    Ok(Source { database, documents, kinds, people, forms, deletions, zone, overlap_minutes, login, mapping })
}

pub fn connect(config: &Config) -> Result<Box<dyn Database + Send>> {
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
        _ => Err(Error::configuration(&config.path, "source", errors::one_of("sqlite", "postgres"))),
    }
}
