//! What every request works with.

use crate::context::Agent;
use crate::config::portal::{Footer, Link, Login};
use crate::portal::api::channel::Channels;
use crate::portal::cache::records::Known;
use crate::portal::auth::login::{Decoys, Gate};
use crate::portal::problem::{Outcome, Problem};
use crate::portal::cache::case_pages::Recent;
use crate::portal::auth::session;
use crate::portal::i18n::format::EnglishNames;
use crate::store::Opener;
use crate::store::documents::DocumentStore;
use crate::store::sessions::Limits;
use ferry_channel::config;
use ferry_format::record::catalogue::Catalogue;
use ferry_format::record::login_id::LoginKey;
use ferry_io::error::Result;
use ferry_io::keys::load;
use jiff::tz::TimeZone;
use rusqlite::Connection;
use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Semaphore;

/// Stops requests from taking every blocking thread.
const DATABASE_CALLS_MAX: usize = 8;
/// Stops log-in attempts from taking all memory: each takes 19 MiB.
const HASHES_MAX: usize = 2;

/// The portal's state. It holds the log-in key and the TLS key, and no other.
pub struct App {
    /// Name of the court.
    pub court_name: String,
    /// The catalogue.
    pub catalogue: Catalogue,
    /// English names of the values of its code tables.
    pub english: EnglishNames,
    /// What stands at the foot of every page.
    pub footer: Footer,
    /// Links to the national sites.
    pub links: Vec<Link>,
    /// The court's time zone.
    pub zone: TimeZone,
    /// Matches identity numbers.
    pub login_key: LoginKey,
    /// How long a session lasts.
    pub session_limits: Limits,
    /// What log-in asks for, and how often one may try.
    pub log_in: Login,
    /// The documents.
    pub documents: DocumentStore,
    /// Log-in attempts at once.
    pub log_in_gate: Gate,
    /// Hashes for accounts that nobody has.
    pub decoys: Decoys,
    /// What was read of the visible generation.
    pub known: Known,
    /// Pages of cases that were just made.
    pub recent: Recent,
    writes: AtomicU64,
    /// Who may call the API.
    pub channels: Channels,
    store: Opener,
    readers: Idle,
    writers: Idle,
    used: Mutex<HashSet<[u8; 32]>>,
    calls: Semaphore,
}

impl App {
    /// Reads the log-in key.
    pub fn new(agent: Agent) -> Result<Self> {
        let portal = &agent.config.portal;
        Ok(Self {
            court_name: agent.config.court_name.clone(),
            login_key: load::login_key(&portal.login_key)?,
            session_limits: session::limits(portal),
            log_in: portal.login.clone(),
            zone: agent.schedule.zone().clone(),
            catalogue: agent.catalogue,
            english: config::read(&portal.english_labels)?,
            footer: portal.footer.clone(),
            links: portal.links.clone(),
            documents: agent.store.documents.clone(),
            log_in_gate: Gate::new(HASHES_MAX),
            decoys: Decoys::default(),
            known: Known::default(),
            recent: Recent::default(),
            writes: AtomicU64::new(0),
            channels: Channels::new(&agent.config)?,
            store: agent.store.opener(),
            readers: Idle::default(),
            writers: Idle::default(),
            used: Mutex::default(),
            calls: Semaphore::new(DATABASE_CALLS_MAX),
        })
    }

    /// How often anything was written: a page that was read after this was asked says nothing older.
    pub fn writes(&self) -> u64 {
        self.writes.load(Ordering::SeqCst)
    }

    /// Notes that a session is in use; it is written down with others, a little later.
    pub fn note_use(&self, session: &[u8; 32]) {
        locked(&self.used).insert(*session);
    }

    /// The sessions that were in use since this was last asked.
    pub fn take_used(&self) -> HashSet<[u8; 32]> {
        std::mem::take(&mut locked(&self.used))
    }
}

/// What a panicked thread left is whole: nothing is changed halfway under these locks.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Connections that are kept between calls: opening one and preparing its statements costs more than a page.
#[derive(Default)]
struct Idle(Mutex<Vec<Connection>>);

impl Idle {
    fn take(&self) -> Option<Connection> {
        locked(&self.0).pop()
    }

    fn give_back(&self, conn: Connection) {
        if conn.is_autocommit() {
            locked(&self.0).push(conn);
        }
    }
}

/// Runs `work` on the spot, with a connection that cannot write and sees one state of the database: readers never wait for
/// a writer, and what they ask costs less than handing it to another thread.
pub fn reading<T>(app: &App, work: impl FnOnce(&App, &Connection) -> Outcome<T>) -> Outcome<T> {
    let conn = app.readers.take().map_or_else(|| app.store.connect_reading(), Ok)?;
    conn.prepare_cached("BEGIN")?.execute([])?;
    let outcome = work(app, &conn);
    conn.prepare_cached("COMMIT")?.execute([])?;
    app.readers.give_back(conn);
    outcome
}

/// Runs `work`, which may write, with a connection of its own, off the async threads: a writer may wait for the disk or for
/// another writer.
pub async fn database<T: Send + 'static>(
    app: &Arc<App>,
    work: impl FnOnce(&App, &mut Connection) -> Outcome<T> + Send + 'static,
) -> Outcome<T> {
    let _slot = app.calls.acquire().await.map_err(|_| Problem::Busy)?;
    let app = app.clone();
    let done = tokio::task::spawn_blocking(move || {
        let mut conn = app.writers.take().map_or_else(|| app.store.connect(), Ok)?;
        let outcome = work(&app, &mut conn);
        app.writes.fetch_add(1, Ordering::SeqCst);
        app.writers.give_back(conn);
        outcome
    });
    done.await.map_err(|_| Problem::Ours("a worker stopped".into()))?
}
