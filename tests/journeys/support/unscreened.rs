//! An inner side whose scanner lets everything pass: it seals records with the court's own key and number, and remembers them
//! as exported, through the same channel as the real one.

use crate::support::send::send;
use ferry_format::batch::seal::Document;
use ferry_format::crypto::hash::sha256;
use ferry_format::frame::header::BatchType;
use ferry_format::record::state_root::{Buckets, Change};
use ferry_format::record::{DocumentRef, Record, Value};
use ferry_testkit::stage::Court;
use rusqlite::params;

/// A record for the public that no scanner has seen.
pub struct UnscreenedRecord {
    record: Record,
    document: Option<(DocumentRef, Vec<u8>)>,
}

impl UnscreenedRecord {
    /// A record with its texts.
    pub fn new(kind: &str, id: &str, texts: &[(&str, &str)]) -> Self {
        let mut record = Record::new(kind, id, 1);
        for (field, text) in texts {
            record.fields.insert((*field).into(), Value::Text((*text).into()));
        }
        Self { record, document: None }
    }

    /// An announcement.
    pub fn announcement(id: &str, text: &str) -> Self {
        let texts = [("type", "reward"), ("title", "悬赏公告"), ("text", text), ("issued-on", "2026-01-05")];
        Self::new("announcement", id, &texts)
    }

    /// With a document in the field `document`.
    pub fn with(mut self, name: &str, media_type: &str, bytes: Vec<u8>) -> Self {
        let (name, media_type) = (name.to_owned(), media_type.to_owned());
        let reference = DocumentRef { sha256: sha256(&bytes), bytes: bytes.len() as u64, name, media_type };
        self.record.fields.insert("document".into(), Value::Document(reference.clone()));
        self.document = Some((reference, bytes));
        self
    }
}

/// Exports these records in one batch.
pub fn send_unscreened(court: &Court, records: Vec<UnscreenedRecord>) {
    send(court, BatchType::Data, |conn, composer, number| {
        let mut change = Buckets::default();
        for UnscreenedRecord { mut record, document } in records {
            record.version = number.sequence;
            if let Some((reference, bytes)) = &document {
                let entry = Document {
                    kind: record.kind.clone(),
                    name: format!("{}/{}", record.id, reference.name),
                    version: number.sequence,
                    media_type: reference.media_type.clone(),
                    reason: String::new(),
                };
                composer.document(entry, &mut bytes.as_slice()).unwrap();
            }
            let content = record.content_digest().unwrap();
            change.make(&Change::of(&record, None, &content));
            composer.record(&record).unwrap();
            let sql = "INSERT INTO exported VALUES (?1, ?2, ?2, ?3, ?4, ?5, x'00', ?6, 0, '', '', ?7, 0, 0, 0)";
            let sha256 = document.map(|(reference, _)| reference.sha256);
            let (version, epoch) = (number.sequence as i64, number.epoch as i64);
            conn.execute(sql, params![record.kind, record.id, version, epoch, version, content, sha256]).unwrap();
        }
        change
    });
}
