//! Documents that are read without service: of a case, or public.

use crate::portal::auth::access::CaseAccess;
use crate::portal::auth::caller::Reader;
use crate::portal::auth::session::{Session, Sessions};
use crate::portal::content::download;
use crate::portal::court::Court;
use crate::portal::problem::{Outcome, Problem};
use crate::store::documents::DocumentStore;
use crate::store::visible;
use axum::http::HeaderMap;
use axum::response::Response;
use ferry_format::record::catalogue::{Audience, Direction, Kind};
use ferry_format::record::{DocumentRef, Record};
use rusqlite::Connection;
use std::fs::File;
use std::sync::Arc;

/// Sends documents of records.
pub struct Documents {
    /// Whose documents they are.
    pub sessions: Arc<Sessions>,
    /// The court.
    pub court: Arc<Court>,
    files: DocumentStore,
}

impl Documents {
    /// Reads documents from `files`.
    pub fn new(sessions: Arc<Sessions>, court: Arc<Court>, files: DocumentStore) -> Arc<Self> {
        Arc::new(Self { sessions, court, files })
    }

    /// Sends a document of a case. Documents for service are opened by a form instead.
    ///
    /// # Errors
    /// [`Problem::NotFound`] for a document that does not concern the person, as for one that does not exist.
    pub fn read(&self, reader: &Reader, (kind, id): (&str, &str), headers: &HeaderMap) -> Outcome<Response> {
        let (document, file) = self.sessions.read(reader, |conn, session| {
            let (kind, record) = self.visible_to(conn, session, kind, id)?;
            if kind.served {
                return Err(Problem::NotFound);
            }
            self.open_file(&record)
        })?;
        download::send(file, &document, headers, None)
    }

    /// Sends a public document.
    ///
    /// # Errors
    /// [`Problem::NotFound`] for a document that is not public, as for one that does not exist.
    pub fn read_public(&self, kind: &str, id: &str, headers: &HeaderMap) -> Outcome<Response> {
        let (document, file) = self.sessions.database.read(|conn| {
            let (kind, record) = self.find(conn, kind, id)?;
            if kind.audience != Audience::Public {
                return Err(Problem::NotFound);
            }
            self.open_file(&record)
        })?;
        download::send_public(file, &document, headers)
    }

    /// A record that the person may see, with its kind.
    ///
    /// # Errors
    /// [`Problem::NotFound`] for one that they may not see, as for one that does not exist.
    pub fn visible_to(&self, conn: &Connection, session: &Session, kind: &str, id: &str) -> Outcome<(&Kind, Record)> {
        let (kind, record) = self.find(conn, kind, id)?;
        if !CaseAccess::find(conn, &self.court, session, &record.case_id)?.may_see(kind, &record) {
            return Err(Problem::NotFound);
        }
        Ok((kind, record))
    }

    /// The document of a record, with its open file.
    ///
    /// # Errors
    /// [`Problem::NotFound`] for a record without a document; a file that cannot be read.
    pub fn open_file(&self, record: &Record) -> Outcome<(DocumentRef, File)> {
        let document = document_of(record)?;
        let file = self.files.open_published(&document.sha256)?;
        Ok((document, file))
    }

    fn find(&self, conn: &Connection, kind: &str, id: &str) -> Outcome<(&Kind, Record)> {
        let found =
            self.court.catalogue.kinds.get(kind).filter(|k| k.direction == Direction::Up).ok_or(Problem::NotFound)?;
        Ok((found, visible::record(conn, kind, id)?.ok_or(Problem::NotFound)?))
    }
}

/// The document of a record.
///
/// # Errors
/// [`Problem::NotFound`] for a record without one.
pub fn document_of(record: &Record) -> Outcome<DocumentRef> {
    record.documents().next().cloned().ok_or(Problem::NotFound)
}
