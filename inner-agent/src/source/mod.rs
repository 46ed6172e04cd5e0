//! The case platform, read only: rows through the mapping, files from the document store.

pub mod documents;
pub mod mapping;
pub mod sqlite;

use crate::agent::Agent;
use documents::DocumentStore;
use ferry_channel::failure::Result;
use ferry_channel::files;
use mapping::KindMap;
use sqlite::SqliteSource;

/// Everything the export reads.
pub struct Source {
    /// The platform's database.
    pub database: SqliteSource,
    /// Its document store.
    pub documents: DocumentStore,
    /// How each kind is read, in the order of their names.
    pub kinds: Vec<KindMap>,
}

/// Opens database and document store, and checks the mapping against catalogue and database.
pub fn open(agent: &Agent) -> Result<Source> {
    let config = &agent.config;
    let database = SqliteSource::open(&config.source.database)?;
    let documents = DocumentStore::open(&config.source.documents)?;
    let login_key = std::rc::Rc::new(files::login_key(&config.source.login_key)?);
    let zone = agent.schedule.zone();
    let mut kinds = Vec::new();
    for (kind, mapping) in &config.source.kinds {
        let columns = database.columns(&config.path, kind, mapping)?;
        kinds.push(KindMap::new(config, &agent.catalogue, kind, mapping, &columns, zone, login_key.clone())?);
    }
    Ok(Source { database, documents, kinds })
}
