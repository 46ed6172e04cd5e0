//! Where the far side's state root differs: its bucket digests are compared with ours, the lists of the buckets that differ
//! are asked for, and exactly the records that differ go out again.
//!
//! The far side's word only ever leads to sending something once more or to taking something back that we never sent; it
//! changes nothing in the platform.

use crate::agent::Agent;
use crate::export::remember;
use ferry_channel::audit;
use ferry_channel::ledger::state_root;
use ferry_format::encoding::hex::from_hex;
use ferry_format::record::catalogue::{Catalogue, Way};
use ferry_format::record::state_root::{Bucket, Buckets, SetHash, bucket};
use ferry_format::record::{Record, Value};
use ferry_io::error::Result;
use rusqlite::{Connection, params};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Highest version that a list may name. Each export raises one by one, so what lies above was made up to use versions up.
const VERSION_MAX: u64 = 1 << 32;

/// What the return batch says of the far side's state.
#[derive(Default)]
pub struct Said {
    digests: BTreeMap<Bucket, [u8; 32]>,
    listings: BTreeMap<Bucket, u64>,
    items: BTreeMap<Bucket, HashMap<String, Item>>,
}

struct Item {
    version: u64,
    content: Option<[u8; 32]>,
    case_id: String,
    person: String,
}

impl Said {
    /// Takes a record that was checked against the catalogue; false when it says something else.
    pub fn take(&mut self, catalogue: &Catalogue, record: &Record) -> bool {
        let roles = &catalogue.roles;
        let says = [&roles.bucket_digest, &roles.bucket_listing, &roles.bucket_item].contains(&&record.kind);
        // Of a kind that we never send there is nothing to compare.
        if !says || catalogue.kinds.get(record.text("kind")).is_none_or(|k| k.way != Way::Up) {
            return says;
        }
        let place = (record.text("kind").to_owned(), record.integer("bucket").unwrap_or_default() as u8);
        let digest = |field| from_hex(record.text(field)).and_then(|b| <[u8; 32]>::try_from(b).ok());
        let number = |field| record.integer(field).unwrap_or_default() as u64;
        if record.kind == roles.bucket_digest {
            self.digests.extend(digest("digest").map(|d| (place, d)));
        } else if record.kind == roles.bucket_listing {
            self.listings.insert(place, number("items"));
        } else {
            let (case_id, person) = (record.text("case").to_owned(), record.text("person").to_owned());
            let item = Item { version: number("item-version"), content: digest("content"), case_id, person };
            self.items.entry(place).or_default().insert(record.text("item").to_owned(), item);
        }
        true
    }

    /// Keeps what was said, in the transaction that derives the ledger. Hearing it twice changes nothing.
    pub fn keep(self, conn: &Connection, up: &str, now_s: i64) -> Result<()> {
        if !self.digests.is_empty() {
            conn.execute("DELETE FROM far_bucket", [])?;
        }
        let none = HashMap::new();
        for (place, count) in &self.listings {
            let items = self.items.get(place).unwrap_or(&none);
            let sql = "UPDATE bucket_asked SET answered = 1 WHERE kind = ?1 AND bucket = ?2 AND answered = 0";
            if items.len() as u64 == *count && conn.execute(sql, params![place.0, place.1])? == 1 {
                compare(conn, place, items, now_s)?;
            }
        }
        // A question that was refused, or that the far side had when it wrote an earlier batch, was lost with its answer.
        let lost =
            "DELETE FROM bucket_asked WHERE answered = 0 AND EXISTS (SELECT 1 FROM ferry_sent o WHERE o.channel = ?1
                      AND o.sequence = bucket_asked.sequence AND o.state IN ('confirmed', 'refused'))";
        if !self.digests.is_empty() {
            conn.execute(lost, [up])?;
        }
        for ((kind, number), digest) in &self.digests {
            // What was asked for is answered by its list, and repaired by the export after that.
            let sql = "INSERT INTO far_bucket SELECT ?1, ?2, ?3
                       WHERE NOT EXISTS (SELECT 1 FROM bucket_asked WHERE kind = ?1 AND bucket = ?2)";
            conn.execute(sql, params![kind, number, digest.as_slice()])?;
        }
        Ok(())
    }
}

/// Marks every record of a bucket that the far side holds otherwise, so that the next export sends it again.
fn compare(conn: &Connection, (kind, number): &Bucket, far: &HashMap<String, Item>, now_s: i64) -> Result<()> {
    if far.values().any(|item| item.version > VERSION_MAX) {
        let why = "the list names a version that nobody reaches; it is ignored";
        return audit::note(conn, now_s, "agent", "false-list", &format!("{kind}/{number}"), why);
    }
    let mut known = BTreeSet::new();
    let mut again: Vec<(String, u64)> = Vec::new();
    let mut statement = conn.prepare("SELECT key, id, version, content, retracted FROM exported WHERE kind = ?1")?;
    let mut rows = statement.query([kind])?;
    while let Some(row) = rows.next()? {
        let (id, version, retracted): (String, i64, bool) = (row.get(1)?, row.get(2)?, row.get(4)?);
        if bucket(kind, &id) != *number {
            continue;
        }
        let ours = if retracted { None } else { Some(row.get::<_, [u8; 32]>(3)?) };
        let theirs = far.get(&id);
        if ours != theirs.and_then(|t| t.content) {
            again.push((row.get(0)?, theirs.map_or(0, |t| t.version).max(version as u64)));
        }
        known.insert(id);
    }
    drop(rows);
    for (key, version) in &again {
        // What was refused outside keeps that mark: it never stood there.
        let sql = "UPDATE exported SET fingerprint = CASE fingerprint WHEN x'' THEN x'' ELSE ?4 END, version = ?3
                   WHERE kind = ?1 AND key = ?2";
        conn.execute(sql, params![kind, key, *version as i64, remember::AGAIN])?;
    }
    let mut strangers = 0;
    for (id, item) in far.iter().filter(|(id, _)| !known.contains(*id)) {
        let sql = "INSERT OR REPLACE INTO far_only VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let shown = item.content.is_some();
        conn.execute(sql, params![kind, id, item.version as i64, shown, item.case_id, item.person])?;
        strangers += u64::from(shown);
    }
    // They are found again by comparing every row.
    conn.execute("DELETE FROM full_run", [])?;
    let detail = format!("{} records go out again, {strangers} are only on the far side", again.len());
    audit::note(conn, now_s, "agent", "reconcile", &format!("{kind}/{number}"), &detail)
}

/// What an export does about the state: the records that it sends first.
#[derive(Default)]
pub struct Begun {
    /// Requests for lists, and retractions of those that were answered.
    pub records: Vec<Record>,
    /// Requests among them.
    pub asked: u64,
}

/// Compares the far side's digests with ours, and asks for the lists of buckets that differ.
pub fn begin(agent: &Agent, conn: &Connection, sequence: u64, now_s: i64) -> Result<Begun> {
    let kind = &agent.catalogue.roles.bucket_request;
    let mut begun = Begun::default();
    let mut statement = conn.prepare("SELECT kind, bucket FROM bucket_asked WHERE answered = 1")?;
    let row = |r: &rusqlite::Row<'_>| Ok((r.get(0)?, r.get(1)?));
    let mut places: Vec<(Bucket, bool)> =
        statement.query_map([], row)?.map(|p| p.map(|p| (p, false))).collect::<rusqlite::Result<_>>()?;
    places.extend(differing(agent, conn, now_s)?.into_iter().map(|p| (p, true)));
    for (place, asks) in places {
        let id = format!("{}/{}", place.0, place.1);
        let mut record = Record::new(kind, &id, 1);
        if asks {
            record.fields.insert("kind".into(), Value::Text(place.0.clone()));
            record.fields.insert("bucket".into(), Value::Integer(place.1.into()));
            let sql = "INSERT OR REPLACE INTO bucket_asked VALUES (?1, ?2, ?3, 0)";
            conn.execute(sql, params![place.0, place.1, sequence as i64])?;
        } else {
            record.retracted = true;
            conn.execute("DELETE FROM bucket_asked WHERE kind = ?1 AND bucket = ?2", params![place.0, place.1])?;
        }
        begun.asked += u64::from(asks);
        begun.records.push(record);
    }
    conn.execute("DELETE FROM far_bucket", [])?;
    // What the program itself took back has no row in the platform that would lead to it.
    for kind in [kind, &agent.catalogue.roles.withheld] {
        let sql = "SELECT id FROM exported WHERE kind = ?1 AND retracted = 1 AND fingerprint IN (x'', ?2)";
        let mut statement = conn.prepare(sql)?;
        let ids: Vec<String> =
            statement.query_map(params![kind, remember::AGAIN], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
        for id in ids {
            if begun.records.iter().any(|r| r.kind == *kind && r.id == id) {
                continue;
            }
            let mut record = Record::new(kind, &id, 1);
            record.retracted = true;
            begun.records.push(record);
        }
    }
    Ok(begun)
}

/// The buckets that differ. Our own sums of their kinds are made anew first, so that a fault of ours is not looked for there.
fn differing(agent: &Agent, conn: &Connection, now_s: i64) -> Result<BTreeSet<Bucket>> {
    let mut statement = conn.prepare("SELECT kind, bucket, digest FROM far_bucket")?;
    let row = |r: &rusqlite::Row<'_>| Ok(((r.get(0)?, r.get(1)?), r.get(2)?));
    let far: BTreeMap<Bucket, [u8; 32]> = statement.query_map([], row)?.collect::<rusqlite::Result<_>>()?;
    if far.is_empty() {
        return Ok(BTreeSet::new());
    }
    let up = &agent.config.export.channel;
    let stored = state_root::load(conn, up)?;
    let counted = counted(conn)?;
    if counted.root() != stored.root() {
        state_root::replace(conn, up, &counted)?;
        audit::note(conn, now_s, "agent", "root-recounted", up, "our sums did not follow from what was exported")?;
    }
    let ours = |place: &Bucket| counted.0.get(place).filter(|s| !s.is_zero()).map(SetHash::digest);
    let places: BTreeSet<&Bucket> = counted.0.keys().chain(far.keys()).collect();
    let mut differing: BTreeSet<Bucket> =
        places.into_iter().filter(|p| ours(p) != far.get(*p).copied()).cloned().collect();
    let mut statement = conn.prepare("SELECT kind, bucket FROM bucket_asked")?;
    for asked in statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))? {
        differing.remove(&asked?);
    }
    Ok(differing)
}

/// The sums of everything that was exported and not retracted.
pub fn counted(conn: &Connection) -> Result<Buckets> {
    let mut statement = conn.prepare("SELECT kind, id, content FROM exported WHERE retracted = 0")?;
    let mut rows = statement.query([])?;
    let mut counted = Buckets::default();
    while let Some(row) = rows.next()? {
        counted.add(&row.get::<_, String>(0)?, &row.get::<_, String>(1)?, &row.get(2)?);
    }
    Ok(counted)
}

/// Records that only the far side holds, with the version that it holds.
pub struct FarOnly(HashMap<(String, String), u64>);

impl FarOnly {
    /// All of them: none, but after a reconciliation.
    pub fn load(conn: &Connection) -> Result<Self> {
        let mut statement = conn.prepare("SELECT kind, id, version FROM far_only")?;
        let row = |r: &rusqlite::Row<'_>| Ok(((r.get(0)?, r.get(1)?), r.get::<_, i64>(2)? as u64));
        Ok(Self(statement.query_map([], row)?.collect::<rusqlite::Result<_>>()?))
    }

    /// The version that the far side holds of a record that is new to us; 0 where it holds none.
    pub fn version(&self, kind: &str, id: &str) -> u64 {
        if self.0.is_empty() {
            return 0;
        }
        self.0.get(&(kind.to_owned(), id.to_owned())).copied().unwrap_or_default()
    }

    /// Forgets a record that has gone out: it is ours again. What was kept back stays a stranger, and is taken back.
    pub fn forget(&self, conn: &Connection, kind: &str, id: &str) -> Result<()> {
        if !self.0.is_empty() {
            conn.execute("DELETE FROM far_only WHERE kind = ?1 AND id = ?2", [kind, id])?;
        }
        Ok(())
    }
}

/// Retractions of what only the far side shows, once every row was compared.
pub fn strangers(conn: &Connection, catalogue: &Catalogue) -> Result<Vec<Record>> {
    let mut statement = conn.prepare("SELECT kind, id, version, case_id, person FROM far_only WHERE shown = 1")?;
    let row = |r: &rusqlite::Row<'_>| {
        let mut record = Record::new(&r.get::<_, String>(0)?, &r.get::<_, String>(1)?, r.get::<_, i64>(2)? as u64 + 1);
        (record.case_id, record.person, record.retracted) = (r.get(3)?, r.get(4)?, true);
        Ok(record)
    };
    let mut found: Vec<Record> = statement.query_map([], row)?.collect::<rusqlite::Result<_>>()?;
    found.retain(|r| catalogue.check_record(r, Way::Up).is_ok());
    for record in &found {
        let sql = "UPDATE far_only SET shown = 0, version = ?3 WHERE kind = ?1 AND id = ?2";
        conn.execute(sql, params![record.kind, record.id, record.version as i64])?;
    }
    Ok(found)
}

/// For `status`.
#[derive(Debug, Serialize)]
pub struct State {
    /// Buckets whose digests the far side reported since the last export; they are compared by the next one.
    pub reported_buckets: u64,
    /// Buckets whose lists were asked for and have not come.
    pub asked_buckets: u64,
    /// Records that only the far side shows; the next export takes them back.
    pub only_outside: u64,
    /// Where the two sides differ, by kind: buckets of the state root.
    pub differing: BTreeMap<String, BTreeSet<u8>>,
}

/// How far a reconciliation is.
pub fn state(conn: &Connection, up: &str) -> Result<State> {
    let count = |sql: &str| conn.query_row(sql, [], |r| r.get::<_, i64>(0)).map(|n| n as u64);
    let mut differing: BTreeMap<String, BTreeSet<u8>> = BTreeMap::new();
    let mut statement = conn.prepare("SELECT kind, bucket FROM bucket_asked")?;
    for place in statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))? {
        let (kind, bucket) = place?;
        differing.entry(kind).or_default().insert(bucket);
    }
    let mut statement = conn.prepare("SELECT kind, bucket, digest FROM far_bucket")?;
    let row = |r: &rusqlite::Row<'_>| Ok(((r.get(0)?, r.get(1)?), r.get(2)?));
    let far: BTreeMap<Bucket, [u8; 32]> = statement.query_map([], row)?.collect::<rusqlite::Result<_>>()?;
    if !far.is_empty() {
        let ours = state_root::load(conn, up)?;
        let digest = |place: &Bucket| ours.0.get(place).filter(|s| !s.is_zero()).map(SetHash::digest);
        for place in ours.0.keys().chain(far.keys()).filter(|p| digest(p) != far.get(*p).copied()) {
            differing.entry(place.0.clone()).or_default().insert(place.1);
        }
    }
    Ok(State {
        differing,
        reported_buckets: count("SELECT count(*) FROM far_bucket")?,
        asked_buckets: count("SELECT count(*) FROM bucket_asked WHERE answered = 0")?,
        only_outside: count("SELECT count(*) FROM far_only WHERE shown = 1")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_would_use_up_versions_is_ignored_and_one_that_is_not_whole_answers_nothing() {
        let conn = crate::store::in_memory();
        let id = "CS1";
        let place = ("measure".to_owned(), bucket("measure", id));
        let count = |sql: &str| conn.query_row(sql, [], |r| r.get::<_, i64>(0)).unwrap();
        let said = |version, items| {
            conn.execute("INSERT OR REPLACE INTO bucket_asked VALUES (?1, ?2, 1, 0)", params![place.0, place.1])
                .unwrap();
            let item = Item { version, content: Some([7; 32]), case_id: "AJ1".into(), person: String::new() };
            let mut said = Said::default();
            said.listings.insert(place.clone(), items);
            said.items.insert(place.clone(), HashMap::from([(id.to_owned(), item)]));
            said.keep(&conn, "up", 1).unwrap();
        };
        said(VERSION_MAX + 1, 1);
        assert_eq!(count("SELECT count(*) FROM far_only"), 0);
        assert_eq!(count("SELECT count(*) FROM ferry_audit WHERE act = 'false-list'"), 1);
        said(3, 2);
        assert_eq!(count("SELECT count(*) FROM bucket_asked WHERE answered = 0"), 1, "an item is missing");
        said(VERSION_MAX, 1);
        assert_eq!(count("SELECT count(*) FROM far_only WHERE shown = 1"), 1);
    }
}
