//! Which generation of records is visible now: what is kept from pages is good for one generation.

use crate::store::{Opener, visible};
use ferry_io::error::Result;
use rusqlite::Connection;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How old an answer may be: a page that was taken back is given for no longer than that.
const FRESH: Duration = Duration::from_millis(5);

/// Asks for the visible generation with a connection of its own.
pub struct Generation(Mutex<Asked>);

struct Asked {
    conn: Connection,
    number: Option<i64>,
    at: Option<Instant>,
}

impl Generation {
    /// Of a store.
    ///
    /// # Errors
    /// A store that cannot be opened.
    pub fn of(store: &Opener) -> Result<Arc<Self>> {
        Ok(Arc::new(Self(Mutex::new(Asked { conn: store.connect_reading()?, number: None, at: None }))))
    }

    /// The generation; none while the store cannot be read.
    pub fn number(&self) -> Option<i64> {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.at.is_none_or(|at| at.elapsed() > FRESH) {
            asked.number = visible::generation(&asked.conn).ok();
            asked.at = Some(Instant::now());
        }
        asked.number
    }
}
