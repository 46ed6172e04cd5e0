//! Documents that are read without being served: on the page of a case, or open to everyone.

use crate::portal::state::{App, reading};
use crate::portal::content::download;
use crate::portal::problem::{Outcome, Problem};
use crate::portal::auth::session;
use crate::portal::auth::session::Session;
use crate::portal::auth::access::Standing;
use crate::portal::auth::caller::Reader;
use crate::store::visible;
use axum::http::HeaderMap;
use axum::response::Response;
use ferry_format::record::catalogue::{Audience, Kind, Direction};
use ferry_format::record::{DocumentRef, Record};
use rusqlite::Connection;
use std::sync::Arc;

/// Gives a document of a case to someone whom it concerns. What is served is not among them: it is opened by a form.
///
/// # Errors
/// [`Problem::NotFound`] for what does not concern him, as for what does not exist.
pub async fn read(app: &Arc<App>, who: Reader, (kind, id): (String, String), headers: HeaderMap) -> Outcome<Response> {
    let (document, file) = reading(app, |app, conn| {
        let session = session::find(conn, app, &who)?;
        let (shape, record) = seen(conn, app, &session, &kind, &id)?;
        if shape.served {
            return Err(Problem::NotFound);
        }
        let document = only(&record)?;
        let file = app.documents.open_published(&document.sha256)?;
        Ok((document, file))
    })?;
    download::send(file, &document, &headers, None)
}

/// Gives a public document.
pub async fn read_public(app: &Arc<App>, kind: String, id: String, headers: HeaderMap) -> Outcome<Response> {
    let (document, file) = reading(app, |app, conn| {
        let (shape, record) = find(conn, app, &kind, &id)?;
        if shape.audience != Audience::Public {
            return Err(Problem::NotFound);
        }
        let document = only(&record)?;
        let file = app.documents.open_published(&document.sha256)?;
        Ok((document, file))
    })?;
    download::send_public(file, &document, &headers)
}

/// A record that this person may see.
pub fn seen<'a>(
    conn: &Connection,
    app: &'a App,
    session: &Session,
    kind: &str,
    id: &str,
) -> Outcome<(&'a Kind, Record)> {
    let (shape, record) = find(conn, app, kind, id)?;
    if !Standing::find(conn, app, session, &record.case_id)?.may_see(shape, &record) {
        return Err(Problem::NotFound);
    }
    Ok((shape, record))
}

/// The document of a record.
pub fn only(record: &Record) -> Outcome<DocumentRef> {
    record.documents().next().cloned().ok_or(Problem::NotFound)
}

fn find<'a>(conn: &Connection, app: &'a App, kind: &str, id: &str) -> Outcome<(&'a Kind, Record)> {
    let shape = app.catalogue.kinds.get(kind).filter(|k| k.direction == Direction::Up).ok_or(Problem::NotFound)?;
    Ok((shape, visible::record(conn, kind, id)?.ok_or(Problem::NotFound)?))
}

/// Percent-encoding of everything that is not plain (RFC 3986, RFC 5987).
pub fn percent_encoded(name: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    name.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
