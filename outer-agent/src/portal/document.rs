//! Opening a document: the service receipt is committed before the first byte (article 11).

use crate::portal::app::{App, database};
use crate::portal::problem::{Outcome, Problem};
use crate::portal::session::{self, Session};
use crate::portal::standing::Standing;
use crate::store::{outgoing, read};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use ferry_channel::files::now_s;
use ferry_format::catalogue::{Audience, Kind, Way};
use ferry_format::hex::to_hex;
use ferry_format::keys::sha256;
use ferry_format::names::is_deceptive;
use ferry_format::record::{DocumentRef, Record, Value};
use rusqlite::{Connection, TransactionBehavior, params};
use std::net::IpAddr;
use std::sync::Arc;
use tokio_util::io::ReaderStream;

/// Read buffer of a download, bytes.
const DOWNLOAD_BUFFER_BYTES: usize = 64 * 1024;
/// Longest user agent that a receipt keeps, in bytes.
const AGENT_BYTES_MAX: usize = 400;
/// Media types that a browser may show; everything else is downloaded.
const SHOWN: [&str; 5] = ["application/pdf", "image/jpeg", "image/png", "text/plain; charset=utf-8", "video/mp4"];

/// Where a request came from.
pub struct Visitor {
    /// Address of the connection.
    pub address: IpAddr,
    /// What the browser says of itself.
    pub agent: String,
}

impl Visitor {
    /// Reads the user agent; whatever is not plain text is left out.
    pub fn new(address: IpAddr, headers: &HeaderMap) -> Self {
        let raw = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let mut agent: String = raw.chars().filter(|c| !is_deceptive(*c)).collect();
        agent.truncate(agent.floor_char_boundary(AGENT_BYTES_MAX));
        Self { address, agent }
    }
}

/// Commits the receipt, then gives the file. `csrf` is checked unless a bearer token asked.
pub async fn open(
    app: &Arc<App>,
    token: Option<String>,
    csrf: Option<String>,
    (kind, id): (String, String),
    visitor: Visitor,
) -> Outcome<Response> {
    let document = database(app, move |app, conn| {
        let session = session::find(conn, app, token.as_deref())?;
        if let Some(csrf) = csrf {
            session.check_form(&csrf)?;
        }
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (shape, record) = find(&tx, app, &kind, &id)?;
        if !Standing::find(&tx, app, &session, &record.case_id)?.may_see(shape, &record) {
            return Err(Problem::NotFound);
        }
        let document = record.documents().next().cloned().ok_or(Problem::NotFound)?;
        // Opened first: nobody signs for a file that cannot be given.
        let file = app.blobs.read(&document.sha256)?;
        receipt(&tx, app, &session, &record, &document, &visitor)?;
        tx.commit()?;
        Ok((document, file))
    })
    .await?;
    send(&document.0, document.1)
}

/// Gives a public document; nobody signs for it.
pub async fn open_public(app: &Arc<App>, kind: String, id: String) -> Outcome<Response> {
    let document = database(app, move |app, conn| {
        let (shape, record) = find(conn, app, &kind, &id)?;
        if shape.audience != Audience::Public {
            return Err(Problem::NotFound);
        }
        let document = record.documents().next().cloned().ok_or(Problem::NotFound)?;
        let file = app.blobs.read(&document.sha256)?;
        Ok((document, file))
    })
    .await?;
    send(&document.0, document.1)
}

fn find<'a>(conn: &Connection, app: &'a App, kind: &str, id: &str) -> Outcome<(&'a Kind, Record)> {
    let shape = app.catalogue.kinds.get(kind).filter(|k| k.way == Way::Up).ok_or(Problem::NotFound)?;
    Ok((shape, read::record(conn, kind, id)?.ok_or(Problem::NotFound)?))
}

/// One receipt for each person, document version and session.
fn receipt(
    conn: &Connection,
    app: &App,
    session: &Session,
    record: &Record,
    document: &DocumentRef,
    visitor: &Visitor,
) -> Outcome<()> {
    let (now_s, version) = (now_s(), record.version as i64);
    let key = params![session.person, record.kind, record.id, version, session.id.as_slice(), now_s];
    if conn.execute("INSERT OR IGNORE INTO receipt VALUES (?1, ?2, ?3, ?4, ?5, ?6)", key)? == 0 {
        return Ok(());
    }
    let name = format!("{}\n{}\n{}\n{version}\n{}", session.person, record.kind, record.id, to_hex(&session.id));
    let id = to_hex(&sha256(name.as_bytes())[..16]);
    let mut receipt = Record::new(&app.catalogue.roles.receipt, &id, 1);
    (receipt.case_id, receipt.person) = (record.case_id.clone(), session.person.clone());
    let sha256 = to_hex(&document.sha256);
    let address = visitor.address.to_string();
    let texts = [
        ("recipient", &session.name),
        ("addressee", &record.person),
        ("addressee-name", &session.name),
        ("via", &"portal".to_owned()),
        ("kind", &record.kind),
        ("item", &record.id),
        ("document", &document.name),
        ("sha256", &sha256),
        ("address", &address),
        ("agent", &visitor.agent),
    ];
    for (field, text) in texts.into_iter().filter(|(_, t)| !t.is_empty()) {
        receipt.fields.insert(field.into(), Value::Text(text.clone()));
    }
    receipt.fields.insert("item-version".into(), Value::Integer(version));
    receipt.fields.insert("arrived".into(), Value::Integer(now_s));
    receipt.fields.insert("opened".into(), Value::Integer(now_s));
    Ok(outgoing::add(conn, &app.catalogue, &receipt)?)
}

fn send(document: &DocumentRef, file: std::fs::File) -> Outcome<Response> {
    let file = tokio::fs::File::from_std(file);
    let shown = SHOWN.contains(&document.media_type.as_str());
    let how = if shown { "inline" } else { "attachment" };
    let disposition = format!("{how}; filename*=UTF-8''{}", percent_encoded(&document.name));
    let media_type = if shown { document.media_type.as_str() } else { "application/octet-stream" };
    let ours = |_| Problem::Ours("a header could not be made".into());
    let mut response = Response::new(Body::from_stream(ReaderStream::with_capacity(file, DOWNLOAD_BUFFER_BYTES)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(media_type).map_err(ours)?);
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_str(&disposition).map_err(ours)?);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(document.bytes));
    headers.insert(header::ETAG, HeaderValue::from_str(&format!("\"{}\"", to_hex(&document.sha256))).map_err(ours)?);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Percent-encoding of everything that is not plain (RFC 3986, RFC 5987).
pub fn percent_encoded(name: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    name.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
