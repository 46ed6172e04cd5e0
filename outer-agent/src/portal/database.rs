//! The store as requests use it: readers never wait for writers, and no request takes every blocking thread.

use crate::portal::problem::{Outcome, Problem};
use crate::store::Opener;
use crate::texts::portal as texts;
use rusqlite::Connection;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// Writers at once. Stops requests from taking every blocking thread.
const WRITERS_MAX: usize = 8;

/// Connections to the store.
pub struct Database {
    store: Opener,
    readers: IdleConnections,
    writers: IdleConnections,
    writer_slots: Semaphore,
    writes: AtomicU64,
}

/// Connections kept between calls: opening one and preparing its statements costs more than a page.
#[derive(Default)]
struct IdleConnections(Mutex<Vec<Connection>>);

impl IdleConnections {
    fn take(&self) -> Option<Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn give_back(&self, conn: Connection) {
        if conn.is_autocommit() {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(conn);
        }
    }
}

impl Database {
    /// Connections are opened on demand.
    pub fn new(store: Opener) -> Arc<Self> {
        Arc::new(Self {
            store,
            readers: IdleConnections::default(),
            writers: IdleConnections::default(),
            writer_slots: Semaphore::new(WRITERS_MAX),
            writes: AtomicU64::new(0),
        })
    }

    /// The number of finished writes. A page read after this call contains all of them.
    pub fn writes(&self) -> u64 {
        self.writes.load(Ordering::SeqCst)
    }

    /// Runs `work` on the current thread, with a read-only connection in one transaction: it sees one state of the database.
    pub fn read<T>(&self, work: impl FnOnce(&Connection) -> Outcome<T>) -> Outcome<T> {
        let conn = self.readers.take().map_or_else(|| self.store.connect_reading(), Ok)?;
        conn.prepare_cached("BEGIN")?.execute([])?;
        let outcome = work(&conn);
        conn.prepare_cached("COMMIT")?.execute([])?;
        self.readers.give_back(conn);
        outcome
    }

    /// Runs `work`, which may write, with a connection of its own on a blocking thread: a writer may wait for the disk or
    /// for another writer.
    ///
    /// # Errors
    /// Those of `work`; [`Problem::Busy`] when the portal stops.
    pub async fn write<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut Connection) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let _slot = self.writer_slots.acquire().await.map_err(|_| Problem::Busy)?;
        let this = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let mut conn = this.writers.take().map_or_else(|| this.store.connect(), Ok)?;
            let outcome = work(&mut conn);
            this.writes.fetch_add(1, Ordering::SeqCst);
            this.writers.give_back(conn);
            outcome
        });
        done.await.map_err(|_| Problem::internal(&texts::worker_stopped()))?
    }
}
