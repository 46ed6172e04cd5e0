//! Which generation of records is visible now: what is kept from pages is good for one generation.

use crate::store::{Opener, write};
use ferry_channel::failure::Result;
use rusqlite::Connection;
use std::sync::{Arc, Mutex, PoisonError};

/// Asks for the visible generation with a connection of its own.
pub struct Generation(Mutex<Connection>);

impl Generation {
    /// Of a store.
    ///
    /// # Errors
    /// A store that cannot be opened.
    pub fn of(store: &Opener) -> Result<Arc<Self>> {
        Ok(Arc::new(Self(Mutex::new(store.connect_reading()?))))
    }

    /// The generation; none while the store cannot be read.
    pub fn number(&self) -> Option<i64> {
        write::generation(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).ok()
    }
}
