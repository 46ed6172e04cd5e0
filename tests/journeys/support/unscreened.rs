//! An inner side whose scanner lets everything pass: it seals records with the court's own key under its own number and
//! state root, and remembers them as exported, through the same channel as the real one.

use ferry_channel::config::{self, RuleDigests, Sending};
use ferry_channel::ledger::acknowledgement;
use ferry_channel::ledger::numbering;
use ferry_channel::ledger::{db, state_root};
use ferry_channel::send::compose;
use ferry_channel::send::compose::{Composer, Outgoing, Saying};
use ferry_channel::send::dispatch;
use ferry_format::batch::seal::Document;
use ferry_format::crypto::hash::sha256;
use ferry_format::frame::header::Direction;
use ferry_format::record::state_root::{Buckets, Change};
use ferry_format::record::{DocumentRef, Record, Value};
use ferry_io::clock;
use ferry_testkit::stage::Court;
use rusqlite::params;

/// What the inner agent's configuration says of its sending end.
#[derive(serde::Deserialize)]
struct Inner {
    court: String,
    export: Sending,
}

/// A record for the public that no scanner has seen.
pub struct Unseen {
    record: Record,
    document: Option<(DocumentRef, Vec<u8>)>,
}

impl Unseen {
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
pub fn slip(court: &Court, unseen: Vec<Unseen>) {
    let inner: Inner = config::read(&court.path("inner.toml")).unwrap();
    let mut export = inner.export;
    export.resolve(&court.path(""));
    let (catalogue, policy) = config::rules(&court.path("catalogue.toml"), &court.path("policy.toml")).unwrap();
    let rules = RuleDigests::of(&catalogue, &policy).unwrap();
    let outgoing = Outgoing::open(&export, &inner.court, Direction::Export, rules, &court.path("inner/state")).unwrap();
    let conn = db::open_existing(&court.path("inner/state/inner.db")).unwrap();
    let tx = conn.unchecked_transaction().unwrap();
    let mut composer = Composer::begin(&outgoing).unwrap();
    let (epoch, sequence) = numbering::next_number(&tx, "up").unwrap();
    let mut change = Buckets::default();
    for Unseen { mut record, document } in unseen {
        record.version = sequence;
        if let Some((reference, bytes)) = &document {
            let entry = Document {
                kind: record.kind.clone(),
                name: format!("{}/{}", record.id, reference.name),
                version: sequence,
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
        let (version, epoch) = (sequence as i64, epoch as i64);
        tx.execute(sql, params![record.kind, record.id, version, epoch, version, content, sha256]).unwrap();
    }
    let account = acknowledgement::account(&tx, "down", true, clock::now_s()).unwrap();
    let saying = Saying { account, state_root: state_root::apply(&tx, "up", &change).unwrap() };
    compose::release(&tx, &outgoing, composer.finish().unwrap(), &saying, clock::now_s()).unwrap();
    tx.commit().unwrap();
    dispatch::dispatch(&conn, &outgoing.outlet, clock::now_s()).unwrap();
}
