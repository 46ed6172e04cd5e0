//! Records of the visible generation, kept while it is visible: they do not change, and a case is read more than once.

use crate::portal::cache::generation::PerGeneration;
use crate::portal::problem::Outcome;
use crate::store::visible;
use ferry_format::record::Record;
use rusqlite::Connection;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Records of one case that are read.
const CASE_RECORDS_MAX: usize = 5000;
/// Records kept in total: about 30 MiB.
const RECORDS_MAX: usize = 30_000;
/// Login records known to be visible.
const LOGINS_MAX: usize = 100_000;

#[derive(Default)]
struct Records {
    count: usize,
    cases: HashMap<String, Arc<[Record]>>,
    logins: HashSet<(String, u64)>,
}

/// In-memory record cache keyed by visible generation; cleared when it changes.
#[derive(Default)]
pub struct RecordCache(PerGeneration<Records>);

impl RecordCache {
    /// The visible records of a case.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn case(&self, conn: &Connection, case_id: &str) -> Outcome<Arc<[Record]>> {
        let generation = visible::number(conn)?;
        if let Some(records) = self.0.with(generation, |kept| kept.cases.get(case_id).cloned()) {
            return Ok(records);
        }
        let records: Arc<[Record]> = visible::of_case(conn, case_id, CASE_RECORDS_MAX)?.into();
        if records.is_empty() {
            // Requests for cases that do not exist must not fill the memory.
            return Ok(records);
        }
        self.0.with(generation, |kept| {
            if kept.count + records.len() > RECORDS_MAX {
                (kept.count, kept.cases) = (0, HashMap::new());
            }
            kept.count += records.len();
            kept.cases.insert(case_id.to_owned(), records.clone());
        });
        Ok(records)
    }

    /// Whether this version of a login record is visible; `kind` is the kind of login records.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn has_login(&self, conn: &Connection, kind: &str, login: &str, version: u64) -> Outcome<bool> {
        let key = (login.to_owned(), version);
        let generation = visible::number(conn)?;
        if self.0.with(generation, |kept| kept.logins.contains(&key)) {
            return Ok(true);
        }
        let record = visible::record(conn, kind, &key.0)?;
        let is_visible = record.is_some_and(|record| record.version == version);
        self.0.with(generation, |kept| {
            if kept.logins.len() >= LOGINS_MAX {
                kept.logins.clear();
            }
            if is_visible {
                kept.logins.insert(key);
            }
        });
        Ok(is_visible)
    }
}
