//! What every request works with.

use crate::agent::Agent;
use crate::config::LogIn;
use crate::portal::login::Gate;
use crate::portal::problem::{Outcome, Problem};
use crate::portal::session;
use crate::store::Opener;
use crate::store::blobs::Blobs;
use crate::store::sessions::Limits;
use ferry_channel::failure::Result;
use ferry_channel::files;
use ferry_format::catalogue::Catalogue;
use ferry_format::login::LoginKey;
use jiff::tz::TimeZone;
use rusqlite::Connection;
use std::sync::{Arc, Mutex, OnceLock};
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
    /// How long a session lasts.
    pub session_limits: Limits,
    /// What log-in asks for, and how often one may try.
    pub log_in: LogIn,
    /// The documents.
    pub blobs: Blobs,
    /// Log-in attempts at once.
    pub log_in_gate: Gate,
    /// A hash of the kind that the court uses, for accounts that nobody has.
    pub decoy: OnceLock<String>,
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
            session_limits: session::limits(portal),
            log_in: portal.log_in.clone(),
            zone: agent.schedule.zone().clone(),
            catalogue: agent.catalogue,
            blobs: agent.store.blobs.clone(),
            log_in_gate: Gate::new(HASHES_MAX),
            decoy: OnceLock::new(),
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
