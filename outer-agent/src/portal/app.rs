//! What every request works with.

use crate::agent::Agent;
use crate::portal::problem::{Outcome, Problem};
use crate::store::Opener;
use crate::store::blobs::Blobs;
use ferry_channel::failure::Result;
use ferry_channel::files;
use ferry_format::catalogue::Catalogue;
use ferry_format::login::LoginKey;
use jiff::tz::TimeZone;
use rusqlite::Connection;
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;

/// Database connections that are kept between requests.
const IDLE_CONNECTIONS_MAX: usize = 8;
/// Stops requests from taking every blocking thread.
const DATABASE_CALLS_MAX: usize = 32;
/// Stops log-in attempts from taking all memory: each takes 19 MiB.
const HASHES_MAX: usize = 2;

/// The portal's state. It holds the log-in key and the TLS key, and no other.
pub struct App {
    /// Name of the court.
    pub court_name: String,
    /// The catalogue.
    pub catalogue: Catalogue,
    /// The court's time zone.
    pub zone: TimeZone,
    /// Matches identity numbers.
    pub login_key: LoginKey,
    /// Seconds until an idle session ends.
    pub session_s: i64,
    /// The documents.
    pub blobs: Blobs,
    /// Log-in attempts at once.
    pub hashes: Semaphore,
    store: Opener,
    idle: Mutex<Vec<Connection>>,
    calls: Semaphore,
}

impl App {
    /// Reads the log-in key.
    pub fn new(agent: Agent) -> Result<Self> {
        let portal = &agent.config.portal;
        Ok(Self {
            court_name: agent.config.court_name.clone(),
            login_key: files::login_key(&portal.login_key)?,
            session_s: i64::from(portal.session_minutes) * 60,
            zone: agent.schedule.zone().clone(),
            catalogue: agent.catalogue,
            blobs: agent.store.blobs.clone(),
            hashes: Semaphore::new(HASHES_MAX),
            store: agent.store.opener(),
            idle: Mutex::new(Vec::new()),
            calls: Semaphore::new(DATABASE_CALLS_MAX),
        })
    }

    fn connection(&self) -> Result<Connection> {
        let idle = self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop();
        match idle {
            Some(conn) => Ok(conn),
            None => self.store.connect(),
        }
    }

    fn give_back(&self, conn: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if idle.len() < IDLE_CONNECTIONS_MAX && conn.is_autocommit() {
            idle.push(conn);
        }
    }
}

/// Runs `work` with a connection of its own, off the async threads.
pub async fn database<T: Send + 'static>(
    app: &Arc<App>,
    work: impl FnOnce(&App, &mut Connection) -> Outcome<T> + Send + 'static,
) -> Outcome<T> {
    let _slot = app.calls.acquire().await.map_err(|_| Problem::Busy)?;
    let app = app.clone();
    let done = tokio::task::spawn_blocking(move || {
        let mut conn = app.connection()?;
        let outcome = work(&app, &mut conn);
        app.give_back(conn);
        outcome
    });
    done.await.map_err(|_| Problem::Ours("a worker stopped".into()))?
}
