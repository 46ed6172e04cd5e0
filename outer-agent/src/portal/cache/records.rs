//! What was read of the visible generation, kept for as long as it is visible: its records do not change, and whoever
//! looks at a case looks at it more than once.

use crate::portal::state::App;
use crate::portal::problem::Outcome;
use crate::portal::content::public_index::Shelves;
use crate::store::visible;
use ferry_format::record::Record;
use rusqlite::Connection;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

/// Records of one case that are looked at.
const RECORDS_MAX: usize = 5000;
/// Records that are kept in all: some 30 MiB.
const KEPT_MAX: usize = 30_000;
/// Log-in records that are known to be shown.
const LOGINS_MAX: usize = 100_000;

/// What is known of one generation.
#[derive(Default)]
struct Generation {
    number: i64,
    records: usize,
    cases: HashMap<String, Arc<[Record]>>,
    logins: HashSet<(String, u64)>,
    shelves: Option<Arc<Shelves>>,
}

/// What is known of the visible generation, shared by all requests.
#[derive(Default)]
pub struct Known(Mutex<Generation>);

impl Known {
    /// The records of a case that are shown.
    pub fn case(&self, conn: &Connection, case_id: &str) -> Outcome<Arc<[Record]>> {
        let number = visible::generation(conn)?;
        if let Some(records) = self.with(number, |known| known.cases.get(case_id).cloned()) {
            return Ok(records);
        }
        let records: Arc<[Record]> = visible::of_case(conn, case_id, RECORDS_MAX)?.into();
        if records.is_empty() {
            // Whoever asks for what there is not must not fill the memory with it.
            return Ok(records);
        }
        self.with(number, |known| {
            if known.records + records.len() > KEPT_MAX {
                (known.records, known.cases) = (0, HashMap::new());
            }
            known.records += records.len();
            known.cases.insert(case_id.to_owned(), records.clone());
        });
        Ok(records)
    }

    /// What is public, in the order in which it is listed.
    pub fn shelves(&self, conn: &Connection, app: &App) -> Outcome<Arc<Shelves>> {
        let number = visible::generation(conn)?;
        if let Some(shelves) = self.with(number, |known| known.shelves.clone()) {
            return Ok(shelves);
        }
        let shelves = Arc::new(Shelves::read(conn, app)?);
        self.with(number, |known| known.shelves = Some(shelves.clone()));
        Ok(shelves)
    }

    /// Whether this version of a log-in record is shown.
    pub fn has_login(&self, conn: &Connection, app: &App, login: &str, version: u64) -> Outcome<bool> {
        let key = (login.to_owned(), version);
        let number = visible::generation(conn)?;
        if self.with(number, |known| known.logins.contains(&key)) {
            return Ok(true);
        }
        let record = visible::record(conn, &app.catalogue.roles.login, &key.0)?;
        let shown = record.is_some_and(|record| record.version == version);
        self.with(number, |known| {
            if known.logins.len() >= LOGINS_MAX {
                known.logins.clear();
            }
            if shown {
                known.logins.insert(key);
            }
        });
        Ok(shown)
    }

    /// Looks at what is known of a generation. A newer one makes everything else unknown; a reader that still sees an
    /// older one finds and leaves nothing.
    fn with<T: Default>(&self, number: i64, look: impl FnOnce(&mut Generation) -> T) -> T {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.number < number {
            *known = Generation { number, ..Generation::default() };
        }
        if known.number == number { look(&mut known) } else { T::default() }
    }
}
