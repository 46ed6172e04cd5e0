//! The visible generation of records: caches are valid for one generation.

use crate::store::{Opener, visible};
use ferry_io::error::Result;
use rusqlite::Connection;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How old the number may be: a retracted page is served for no longer than that.
const MAX_AGE: Duration = Duration::from_millis(5);

/// Reads the number of the visible generation with a connection of its own.
pub struct VisibleGeneration(Mutex<Reading>);

struct Reading {
    conn: Connection,
    number: Option<i64>,
    at: Option<Instant>,
}

impl VisibleGeneration {
    /// Of a store.
    ///
    /// # Errors
    /// A store that cannot be opened.
    pub fn new(store: &Opener) -> Result<Arc<Self>> {
        Ok(Arc::new(Self(Mutex::new(Reading { conn: store.connect_reading()?, number: None, at: None }))))
    }

    /// The number; `None` while the store cannot be read.
    pub fn number(&self) -> Option<i64> {
        let mut reading = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if reading.at.is_none_or(|at| at.elapsed() > MAX_AGE) {
            reading.number = visible::number(&reading.conn).ok();
            reading.at = Some(Instant::now());
        }
        reading.number
    }
}

/// A value that is valid for one generation; a newer generation clears it.
#[derive(Default)]
pub struct PerGeneration<T>(Mutex<(i64, T)>);

impl<T: Default> PerGeneration<T> {
    /// Uses the value of generation `number`. A reader that still sees an older generation gets the default, and nothing
    /// of it is kept.
    pub fn with<R: Default>(&self, number: i64, work: impl FnOnce(&mut T) -> R) -> R {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if current.0 < number {
            *current = (number, T::default());
        }
        if current.0 == number { work(&mut current.1) } else { R::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_generation_clears_the_value_and_an_older_one_does_not_see_it() {
        let cache = PerGeneration::<Vec<u8>>::default();
        cache.with(3, |kept| kept.push(1));
        assert_eq!(cache.with(3, |kept| kept.len()), 1);
        assert_eq!(cache.with(2, |kept| kept.len()), 0);
        assert_eq!(cache.with(4, |kept| kept.len()), 0);
        assert_eq!(cache.with(3, |kept| kept.len()), 0, "generation 4 cleared it");
    }
}
