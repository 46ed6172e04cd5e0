//! Electronic service (articles 6 and 11): opening commits the service receipt before the first byte, and gives a link that
//! is valid for this session and a few minutes; signing adds its time to the receipt.

use crate::portal::auth::access;
use crate::portal::auth::caller::{Actor, Reader, Visitor};
use crate::portal::auth::session::{self, Session};
use crate::portal::content::delivery::OnSent;
use crate::portal::content::document::{self, Documents};
use crate::portal::content::download;
use crate::portal::metrics;
use crate::portal::problem::{Outcome, Problem};
use crate::store::download_links::DownloadLink;
use crate::store::receipts::{self, Receipt};
use crate::store::{arrivals, visible};
use axum::http::HeaderMap;
use axum::response::Response;
use ferry_channel::types::UnixSeconds;
use ferry_format::crypto::hash::sha256;
use ferry_format::encoding::hex::to_hex;
use ferry_format::record::{Record, Value};
use rusqlite::{Connection, TransactionBehavior};
use std::sync::Arc;

/// How long a link is valid, seconds: enough for a slow phone to start, too short to be passed on.
const LINK_S: i64 = 10 * 60;
/// Receipts of one person and one document version.
const RECEIPTS_MAX: i64 = 20;

/// A document that was opened.
pub struct OpenedDocument {
    /// Token of the link to its bytes.
    pub token: String,
    /// Until when the link is valid, seconds.
    pub until_s: UnixSeconds,
    /// Id of the receipt.
    pub receipt: String,
}

/// Serves documents on persons.
pub struct ElectronicService {
    documents: Arc<Documents>,
}

impl ElectronicService {
    /// For the documents of the portal.
    pub fn new(documents: Arc<Documents>) -> Arc<Self> {
        Arc::new(Self { documents })
    }

    /// Opens a document for service.
    ///
    /// # Errors
    /// [`Problem::NotFound`] for a document that is not served on this person; [`Problem::NoConsent`] where the addressee
    /// does not consent to electronic service today.
    pub async fn open(
        self: &Arc<Self>,
        actor: Actor,
        (kind, id): (String, String),
        visitor: Visitor,
    ) -> Outcome<OpenedDocument> {
        let this = self.clone();
        let done = self.documents.sessions.database.write(move |conn| {
            let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let session = this.documents.sessions.find_actor(&tx, &actor)?;
            let record = this.served_on(&tx, &session, &kind, &id)?;
            // Checked first: nobody gets a receipt for a file that cannot be sent.
            this.documents.open_file(&record)?;
            let receipt = this.receipt_for(&tx, &session, &record, &visitor)?.record.id;
            let (token, now) = (session::random_token()?, UnixSeconds::now());
            let link = DownloadLink {
                session: session.id,
                receipt: receipt.clone(),
                kind: record.kind,
                item: record.id,
                version: record.version,
            };
            link.add(&tx, &sha256(token.as_bytes()), now, now + LINK_S)?;
            tx.commit()?;
            Ok(OpenedDocument { token, until_s: now + LINK_S, receipt })
        });
        done.await
    }

    /// The receipt of this session for a document version; a new one is stored.
    fn receipt_for(
        &self,
        conn: &Connection,
        session: &Session,
        record: &Record,
        visitor: &Visitor,
    ) -> Outcome<Receipt> {
        if let Some(receipt) = receipts::of_session(conn, &session.person, record, &session.id)? {
            return Ok(receipt);
        }
        if receipts::count(conn, &session.person, record)? >= RECEIPTS_MAX {
            // Repeated logins make no more receipts; the newest one covers what follows.
            return receipts::newest(conn, &session.person, record)?.ok_or(Problem::Busy);
        }
        let receipt = self.new_receipt(conn, session, record, visitor)?;
        receipt.add(conn, &self.documents.court.catalogue)?;
        metrics::receipt_created();
        Ok(receipt)
    }

    /// Sends the document of a link. Once every byte of the version was sent, the receipt records it.
    ///
    /// # Errors
    /// [`Problem::NotFound`] for a link of another session, an expired one, and a version that is no longer visible.
    pub fn follow(self: &Arc<Self>, reader: &Reader, token: &str, headers: &HeaderMap) -> Outcome<Response> {
        let (link, person, document, file) = self.documents.sessions.read(reader, |conn, session| {
            let link = DownloadLink::find(conn, &sha256(token.as_bytes()), UnixSeconds::now())?;
            let link = link.filter(|l| l.session == session.id).ok_or(Problem::NotFound)?;
            let (_, record) = self.documents.visible_to(conn, session, &link.kind, &link.item)?;
            if record.version != link.version {
                return Err(Problem::NotFound);
            }
            let (document, file) = self.documents.open_file(&record)?;
            Ok((link, session.person.clone(), document, file))
        })?;
        let on_sent = self.record_sent(person, link.receipt, document.bytes);
        download::send(file, &document, headers, Some(on_sent))
    }

    /// Records which bytes of a document of `bytes` bytes were sent under a receipt.
    fn record_sent(self: &Arc<Self>, person: String, receipt: String, bytes: u64) -> OnSent {
        let this = self.clone();
        Box::new(move |range| {
            tokio::spawn(async move {
                let documents = this.documents.clone();
                let recorded = documents.sessions.database.write(move |conn| {
                    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
                    let is_complete = receipts::record_sent(&tx, &receipt, range, bytes)?;
                    if let Some(receipt) = receipts::find(&tx, &person, &receipt)?.filter(|_| is_complete) {
                        receipt.add_time(&tx, &this.documents.court.catalogue, "downloaded", UnixSeconds::now())?;
                    }
                    Ok(tx.commit()?)
                });
                if let Err(problem) = recorded.await {
                    problem.log();
                }
            });
        })
    }

    /// Signs for a document that this person opened. Signing again changes nothing.
    ///
    /// # Errors
    /// As [`Self::open`]; [`Problem::OpenFirst`] for a version that the person has not opened.
    pub async fn sign(self: &Arc<Self>, actor: Actor, (kind, id): (String, String)) -> Outcome<Receipt> {
        let this = self.clone();
        let done = self.documents.sessions.database.write(move |conn| {
            let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let session = this.documents.sessions.find_actor(&tx, &actor)?;
            let record = this.served_on(&tx, &session, &kind, &id)?;
            let own = receipts::of_session(&tx, &session.person, &record, &session.id)?;
            let receipt = match own {
                Some(receipt) => receipt,
                None => receipts::newest(&tx, &session.person, &record)?.ok_or(Problem::OpenFirst)?,
            };
            let receipt = receipt.add_time(&tx, &this.documents.court.catalogue, "signed", UnixSeconds::now())?;
            tx.commit()?;
            Ok(receipt)
        });
        done.await
    }

    /// A record served on this person, or on a party they act for.
    fn served_on(&self, conn: &Connection, session: &Session, kind: &str, id: &str) -> Outcome<Record> {
        let (kind, record) = self.documents.visible_to(conn, session, kind, id)?;
        if !kind.served {
            return Err(Problem::NotFound);
        }
        if !access::consents(conn, &self.documents.court, &record)? {
            return Err(Problem::NoConsent);
        }
        Ok(record)
    }

    /// The receipt at the moment when the document is opened. Its id is a digest of person, version and session.
    fn new_receipt(
        &self,
        conn: &Connection,
        session: &Session,
        record: &Record,
        visitor: &Visitor,
    ) -> Outcome<Receipt> {
        let roles = &self.documents.court.catalogue.roles;
        let (document, now) = (document::document_of(record)?, UnixSeconds::now());
        let session_id = to_hex(&session.id);
        let name = format!("{}\n{}\n{}\n{}\n{session_id}", session.person, record.kind, record.id, record.version);
        let id = to_hex(&sha256(name.as_bytes())[..16]);
        let mut receipt = Record::new(&roles.receipt, &id, 1);
        (receipt.case_id, receipt.person) = (record.case_id.clone(), session.person.clone());
        let members = visible::in_case(conn, &roles.member, &record.case_id, Some(&record.person), 1)?;
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
            ("agent", &visitor.user_agent),
            ("via", &session.via),
        ];
        for (field, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
            receipt.fields.insert(field.into(), Value::Text(text.to_owned()));
        }
        let arrived_s = arrivals::arrived_s(conn, &record.kind, &record.id, record.version)?.unwrap_or(now.get());
        let numbers =
            [("item-version", record.version as i64), ("arrived", arrived_s.min(now.get())), ("opened", now.get())];
        receipt.fields.extend(numbers.map(|(field, number)| (field.into(), Value::Integer(number))));
        Ok(Receipt { session: session.id, record: receipt })
    }
}

/// A receipt of this person.
///
/// # Errors
/// [`Problem::NotFound`] for a receipt of someone else, as for one that does not exist.
pub fn receipt(conn: &Connection, session: &Session, id: &str) -> Outcome<Receipt> {
    receipts::find(conn, &session.person, id)?.ok_or(Problem::NotFound)
}
