//! What a court must hold in the end, whatever happened on the way, and what must never be left over.

use crate::stage::{Court, walk};
use ferry_channel::audit;
use ferry_format::hex::to_hex;
use ferry_format::keys::sha256;
use rusqlite::Connection;
use rusqlite::types::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Published records, settled items and certificates, each as one line.
#[derive(Debug, Default)]
pub struct State(BTreeMap<&'static str, BTreeSet<String>>);

/// What each part is made of. Numbers and times of batches may differ: a job that was begun again takes another.
const TABLES: [(&str, &str, &str); 9] = [
    ("published", "outer/state/outer.db", "SELECT kind, id, version, retracted, case_id, person, content FROM record"),
    ("documents", "outer/state/outer.db", "SELECT sha256, kind, id, version FROM document"),
    ("open receipts and messages", "outer/state/outer.db", "SELECT kind, id, version FROM outgoing"),
    ("exported", "inner/state/inner.db", "SELECT kind, key, id, version, content, retracted FROM exported"),
    ("inbox", "platform.db", "SELECT kind, id, version FROM FERRY_INBOX WHERE kind <> 'delivery-report'"),
    (
        "receipts",
        "platform.db",
        "SELECT id, version, case_id, person, item, item_version, sha256, opened_s, signed_s, filed FROM FERRY_RECEIPT",
    ),
    ("messages", "platform.db", "SELECT id, case_id, person, text, written_s, state FROM FERRY_MESSAGE"),
    ("clerk's list", "platform.db", "SELECT kind, id, version, class FROM FERRY_HELD"),
    ("service", "platform.db", "SELECT kind, id, sha256, person, version, state FROM FERRY_SERVICE_STATE"),
];

impl State {
    /// Reads a court that no agent works on.
    pub fn of(court: &Court) -> Self {
        let mut parts: BTreeMap<_, _> =
            TABLES.iter().map(|(part, file, sql)| (*part, rows(&court.database(file), sql))).collect();
        let line = |folder: &Path, path: &Path| {
            let digest = to_hex(&sha256(&std::fs::read(path).unwrap()));
            format!("{} {digest}", path.strip_prefix(folder).unwrap().display())
        };
        for (part, folder) in [("certificates", "case-files"), ("files of documents", "outer/state/documents")] {
            let folder = court.path(folder);
            parts.insert(part, walk(&folder).iter().map(|path| line(&folder, path)).collect());
        }
        Self(parts)
    }

    /// What `other` has more or less than this one.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        for (part, lines) in &self.0 {
            let others = &other.0[part];
            found.extend(lines.difference(others).map(|line| format!("{part}: lost {line}")));
            found.extend(others.difference(lines).map(|line| format!("{part}: more {line}")));
        }
        found
    }
}

fn rows(conn: &Connection, sql: &str) -> BTreeSet<String> {
    let mut statement = conn.prepare(sql).unwrap();
    let width = statement.column_count();
    let cell = |value: Value| match value {
        Value::Blob(bytes) => to_hex(&bytes),
        Value::Text(text) => text,
        Value::Integer(number) => number.to_string(),
        other => format!("{other:?}"),
    };
    let line = |r: &rusqlite::Row<'_>| (0..width).map(|n| r.get(n).map(cell)).collect::<rusqlite::Result<Vec<_>>>();
    let lines: Vec<String> = statement.query_map([], line).unwrap().map(|l| l.unwrap().join(" ")).collect();
    let set: BTreeSet<String> = lines.iter().cloned().collect();
    // A line that stands there twice is seen as another one.
    let doubled = lines.len() - set.len();
    set.into_iter().chain((doubled > 0).then(|| format!("{doubled} doubled"))).collect()
}

/// What is wrong with a court by itself.
pub fn faults(court: &Court) -> Vec<String> {
    let mut found = Vec::new();
    let (inner, outer) = court.roots();
    if inner != outer {
        found.push(format!("the roots differ: {inner} inside, {outer} outside"));
    }
    for side in ["inner", "outer"] {
        let database = court.path(&format!("{side}/state/{side}.db"));
        let conn = Connection::open(&database).unwrap();
        if let Err(broken) = audit::verify(&conn) {
            found.push(format!("{side}: audit: {}", broken.message));
        }
        for file in [&database, &court.path("platform.db")] {
            let check = "PRAGMA integrity_check";
            let told: String = Connection::open(file).unwrap().query_row(check, [], |r| r.get(0)).unwrap();
            if told != "ok" {
                found.push(format!("{}: {told}", file.display()));
            }
        }
        let status = court.agent(side, "status");
        for channel in status["channels"].as_array().unwrap() {
            for trouble in ["gaps", "quarantined", "waiting"] {
                let value = &channel[trouble];
                if value.as_array().map_or(value.as_u64() != Some(0) && !value.is_null(), |list| !list.is_empty()) {
                    found.push(format!("{side}: {}: {trouble} {value}", channel["id"]));
                }
            }
        }
        for alarm in status["alarms"].as_array().into_iter().flatten() {
            found.push(format!("{side}: alarm {alarm}"));
        }
    }
    for path in walk(&court.path("")) {
        let name = path.file_name().unwrap().to_string_lossy();
        if name.starts_with(".ferry-") || name.starts_with(".carrying-") {
            found.push(format!("left over: {}", path.strip_prefix(court.path("")).unwrap().display()));
        }
    }
    for path in walk(&court.path("outer/state/documents")) {
        let digest = to_hex(&sha256(&std::fs::read(&path).unwrap()));
        let folder = path.parent().unwrap().file_name().unwrap().to_string_lossy();
        if digest != format!("{folder}{}", path.file_name().unwrap().to_string_lossy()) {
            found.push(format!("a document has other bytes than its name says: {digest}"));
        }
    }
    found
}
