//! Electronic service (articles 6 and 11): opening commits the service receipt before the first byte, and gives a link
//! that is good for this session and some minutes; signing for it adds its time.

use crate::portal::state::{App, database, reading};
use crate::portal::content::document;
use crate::portal::content::download;
use crate::portal::problem::{Outcome, Problem};
use crate::portal::server::metrics;
use crate::portal::auth::session;
use crate::portal::auth::session::Session;
use crate::portal::auth::access;
use crate::portal::auth::caller::{Actor, Reader, Visitor};
use crate::store::{arrivals, visible};
use crate::store::receipts;
use crate::store::download_links::DownloadLink;
use crate::store::receipts::Receipt;
use axum::http::HeaderMap;
use axum::response::Response;
use ferry_format::crypto::hash::sha256;
use ferry_format::encoding::hex::to_hex;
use ferry_format::record::{Record, Value};
use ferry_io::clock::now_s;
use rusqlite::{Connection, TransactionBehavior};
use std::sync::Arc;

/// How long a link is good, seconds: enough for a slow telephone to begin, too little to be passed on.
const LINK_S: i64 = 10 * 60;

/// Receipts of one person and one document version.
const RECEIPTS_MAX: i64 = 20;

/// A document that was opened.
pub struct Opened {
    /// Token of the link under which its bytes are.
    pub token: String,
    /// Until when it is good, seconds.
    pub until_s: i64,
    /// Id of the receipt.
    pub receipt: String,
}

/// Opens a document for service.
///
/// # Errors
/// [`Problem::NotFound`] for what is not served to this person; [`Problem::NoConsent`] where the addressee does not
/// consent to electronic service today.
pub async fn open(app: &Arc<App>, who: Actor, which: (String, String), visitor: Visitor) -> Outcome<Opened> {
    database(app, move |app, conn| {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let session = session::act(&tx, app, &who)?;
        let record = served(&tx, app, &session, &which)?;
        // Looked at first: nobody signs for a file that cannot be given.
        app.documents.open_published(&document::only(&record)?.sha256)?;
        let receipt = match receipts::of_session(&tx, &session.person, &record, &session.id)? {
            Some(receipt) => receipt,
            None if receipts::count(&tx, &session.person, &record)? >= RECEIPTS_MAX => {
                // Logging in again and again makes no more of them; the newest stands for what follows.
                receipts::newest(&tx, &session.person, &record)?.ok_or(Problem::Busy)?
            }
            None => {
                let receipt = made(&tx, app, &session, &record, &visitor)?;
                receipt.add(&tx, &app.catalogue)?;
                metrics::receipt_made();
                receipt
            }
        };
        let (token, now_s) = (session::random()?, now_s());
        let receipt = receipt.record.id;
        let link = DownloadLink {
            session: session.id,
            receipt: receipt.clone(),
            kind: record.kind,
            item: record.id,
            version: record.version,
        };
        link.add(&tx, &sha256(token.as_bytes()), now_s, now_s + LINK_S)?;
        tx.commit()?;
        Ok(Opened { token, until_s: now_s + LINK_S, receipt })
    })
    .await
}

/// Follows a link. Once every byte of the version was sent, the receipt says so.
///
/// # Errors
/// [`Problem::NotFound`] for a link of another session, one that ended, and a version that is no longer shown.
pub async fn follow(app: &Arc<App>, who: Reader, token: String, headers: HeaderMap) -> Outcome<Response> {
    let (link, person, document, file) = reading(app, |app, conn| {
        let session = session::find(conn, app, &who)?;
        let link = DownloadLink::find(conn, &sha256(token.as_bytes()), now_s())?;
        let link = link.filter(|l| l.session == session.id).ok_or(Problem::NotFound)?;
        let (_, record) = document::seen(conn, app, &session, &link.kind, &link.item)?;
        if record.version != link.version {
            return Err(Problem::NotFound);
        }
        let document = document::only(&record)?;
        let file = app.documents.open_published(&document.sha256)?;
        Ok((link, session.person, document, file))
    })?;
    let (app, bytes) = (app.clone(), document.bytes);
    let sent = move |range| {
        tokio::spawn(async move {
            let noted = database(&app, move |app, conn| {
                let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
                let whole = receipts::record_sent(&tx, &link.receipt, range, bytes)?;
                if let Some(receipt) = receipts::find(&tx, &person, &link.receipt)?.filter(|_| whole) {
                    receipt.add_time(&tx, &app.catalogue, "downloaded", now_s())?;
                }
                Ok(tx.commit()?)
            });
            if let Err(problem) = noted.await {
                problem.log();
            }
        });
    };
    download::send(file, &document, &headers, Some(Box::new(sent)))
}

/// Signs for a document that this person opened. Signing twice is signing once.
///
/// # Errors
/// As [`open`]; [`Problem::OpenFirst`] for a version that he has not opened.
pub async fn sign(app: &Arc<App>, who: Actor, which: (String, String)) -> Outcome<Receipt> {
    database(app, move |app, conn| {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let session = session::act(&tx, app, &who)?;
        let record = served(&tx, app, &session, &which)?;
        let own = receipts::of_session(&tx, &session.person, &record, &session.id)?;
        let receipt = match own {
            Some(receipt) => receipt,
            None => receipts::newest(&tx, &session.person, &record)?.ok_or(Problem::OpenFirst)?,
        };
        let receipt = receipt.add_time(&tx, &app.catalogue, "signed", now_s())?;
        tx.commit()?;
        Ok(receipt)
    })
    .await
}

/// A receipt of this person, to be shown and printed.
///
/// # Errors
/// [`Problem::NotFound`] for one of someone else, as for one that does not exist.
pub fn receipt(app: &Arc<App>, who: Reader, id: String) -> Outcome<(Session, Receipt)> {
    reading(app, |app, conn| {
        let session = session::find(conn, app, &who)?;
        let receipt = receipts::find(conn, &session.person, &id)?.ok_or(Problem::NotFound)?;
        Ok((session, receipt))
    })
}

/// A record that is served to this person, or through him to whom he acts for.
fn served(conn: &Connection, app: &App, session: &Session, (kind, id): &(String, String)) -> Outcome<Record> {
    let (shape, record) = document::seen(conn, app, session, kind, id)?;
    if !shape.served {
        return Err(Problem::NotFound);
    }
    if !access::consents(conn, app, &record)? {
        return Err(Problem::NoConsent);
    }
    Ok(record)
}

/// What a receipt says when the document is opened.
fn made(conn: &Connection, app: &App, session: &Session, record: &Record, visitor: &Visitor) -> Outcome<Receipt> {
    let (document, now_s) = (document::only(record)?, now_s());
    let session_id = to_hex(&session.id);
    let name = format!("{}\n{}\n{}\n{}\n{session_id}", session.person, record.kind, record.id, record.version);
    let id = to_hex(&sha256(name.as_bytes())[..16]);
    let mut receipt = Record::new(&app.catalogue.roles.receipt, &id, 1);
    (receipt.case_id, receipt.person) = (record.case_id.clone(), session.person.clone());
    let members = visible::in_case(conn, &app.catalogue.roles.member, &record.case_id, Some(&record.person), 1)?;
    let addressee = members.first().map_or(session.name.as_str(), |m| m.text("name"));
    let (digest, address) = (to_hex(&document.sha256), visitor.address.to_string());
    let texts = [
        ("recipient", session.name.as_str()),
        ("addressee", &record.person),
        ("addressee-name", addressee),
        ("kind", &record.kind),
        ("item", &record.id),
        ("document", &document.name),
        ("sha256", &digest),
        ("address", &address),
        ("agent", &visitor.agent),
        ("via", &session.via),
    ];
    for (field, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
        receipt.fields.insert(field.into(), Value::Text(text.to_owned()));
    }
    let arrived_s = arrivals::arrived_s(conn, &record.kind, &record.id, record.version)?.unwrap_or(now_s);
    let numbers = [("item-version", record.version as i64), ("arrived", arrived_s.min(now_s)), ("opened", now_s)];
    receipt.fields.extend(numbers.map(|(field, number)| (field.into(), Value::Integer(number))));
    Ok(Receipt { session: session.id, record: receipt })
}
