//! Reconciliation with the outer side: its bucket digests are compared with the inner ones, the lists of the buckets that differ
//! are requested, and exactly the records that differ are exported again.
//!
//! Nothing that the outer side reports is trusted: it can only cause a record to be sent again, or a record that was never
//! sent to be retracted. The platform does not change.

use crate::context::Context;
use crate::store::peer_state::PeerOnlyRecord;
use crate::store::{exported, full_run, peer_state, version_floor};
use ferry_channel::audit;
use ferry_channel::ledger::state_root;
use ferry_channel::types::{ChannelId, UnixSeconds};
use ferry_format::encoding::hex::from_hex;
use ferry_format::record::catalogue::{Catalogue, Direction};
use ferry_format::record::state_root::{Bucket, Buckets, SetHash, bucket};
use ferry_format::record::{Record, Value};
use ferry_io::error::Result;
use rusqlite::Connection;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What a reply batch reports of the outer side's state.
#[derive(Default)]
pub struct PeerState {
    digests: BTreeMap<Bucket, [u8; 32]>,
    list_lengths: BTreeMap<Bucket, u64>,
    lists: BTreeMap<Bucket, HashMap<String, PeerItem>>,
}

/// One record in the list of a bucket.
struct PeerItem {
    version: u64,
    content: Option<[u8; 32]>,
    case_id: String,
    person: String,
}

impl PeerState {
    /// Adds a record that the catalogue allows; false when it is of another kind.
    pub fn add(&mut self, catalogue: &Catalogue, record: &Record) -> bool {
        let roles = &catalogue.roles;
        let is_state = [&roles.bucket_digest, &roles.bucket_listing, &roles.bucket_item].contains(&&record.kind);
        // A kind that is never sent has nothing to compare.
        if !is_state || catalogue.kinds.get(record.text("kind")).is_none_or(|k| k.direction != Direction::Up) {
            return is_state;
        }
        let bucket = (record.text("kind").to_owned(), record.integer("bucket").unwrap_or_default() as u8);
        let digest = |field| from_hex(record.text(field)).and_then(|b| <[u8; 32]>::try_from(b).ok());
        let number = |field| record.integer(field).unwrap_or_default() as u64;
        if record.kind == roles.bucket_digest {
            self.digests.extend(digest("digest").map(|d| (bucket, d)));
        } else if record.kind == roles.bucket_listing {
            self.list_lengths.insert(bucket, number("items"));
        } else {
            let (case_id, person) = (record.text("case").to_owned(), record.text("person").to_owned());
            let item = PeerItem { version: number("item-version"), content: digest("content"), case_id, person };
            self.lists.entry(bucket).or_default().insert(record.text("item").to_owned(), item);
        }
        true
    }

    /// Records the report, in the transaction that settles the batch. Recording it twice changes nothing.
    pub fn record(self, conn: &Connection, channel: &ChannelId, now: UnixSeconds) -> Result<()> {
        if !self.digests.is_empty() {
            peer_state::delete_digests(conn)?;
        }
        let none = HashMap::new();
        for (bucket, length) in &self.list_lengths {
            let list = self.lists.get(bucket).unwrap_or(&none);
            if list.len() as u64 == *length && peer_state::mark_answered(conn, bucket)? {
                compare(conn, bucket, list, now)?;
            }
        }
        if !self.digests.is_empty() {
            peer_state::delete_lost_requests(conn, channel, now)?;
        }
        for (bucket, digest) in &self.digests {
            peer_state::insert_digest(conn, bucket, digest)?;
        }
        Ok(())
    }
}

/// Marks every record of a bucket that differs outside, so that the next export sends it again.
fn compare(conn: &Connection, place: &Bucket, list: &HashMap<String, PeerItem>, now: UnixSeconds) -> Result<()> {
    let (kind, number) = place;
    let subject = format!("{kind}/{number}");
    // The clock lies above every version that was ever given, also by a state that this side lost (`version_floor`). A
    // higher one was made up to use versions up; and what the other side says never moves this bound.
    let highest = exported::newest_version(conn)?.max(version_floor::get(conn)?).max(now.as_unsigned());
    let mut made_up = 0;
    let mut believed = |theirs: u64| {
        made_up += u64::from(theirs > highest);
        if theirs > highest { 0 } else { theirs }
    };
    let mut known = BTreeSet::new();
    let mut differing: Vec<(String, u64)> = Vec::new();
    exported::for_each_of_kind(conn, kind, &mut |ours| {
        if bucket(kind, &ours.id) != *number {
            return;
        }
        let theirs = list.get(&ours.id);
        if ours.content != theirs.and_then(|t| t.content) {
            let theirs = theirs.map_or(0, |t| believed(t.version));
            differing.push((ours.key, theirs.max(ours.version)));
        }
        known.insert(ours.id);
    })?;
    for (key, version) in &differing {
        exported::mark_different(conn, kind, key, *version)?;
    }
    let mut visible_outside = 0;
    for (id, item) in list.iter().filter(|(id, _)| !known.contains(*id)) {
        let visible = item.content.is_some();
        let (case_id, person) = (item.case_id.clone(), item.person.clone());
        let version = believed(item.version);
        let record = PeerOnlyRecord { kind: kind.clone(), id: id.clone(), version, visible, case_id, person };
        peer_state::insert_peer_only(conn, &record)?;
        visible_outside += u64::from(visible);
    }
    if made_up > 0 {
        let detail = format!("{made_up} versions that were never sent; not believed");
        audit::record(conn, now, "agent", audit::FALSE_LIST, &subject, &detail)?;
    }
    full_run::request(conn)?;
    let detail =
        format!("{} records are exported again, {visible_outside} are only on the outer side", differing.len());
    audit::record(conn, now, "agent", "reconcile", &subject, &detail)
}

/// What an export sends for the reconciliation, before everything else.
#[derive(Default)]
pub struct ReconcileRecords {
    /// Requests for lists, and retractions of answered requests and of records that the program made.
    pub records: Vec<Record>,
    /// How many of them are requests.
    pub requests: u64,
}

/// Compares the reported digests with the inner ones, and requests the lists of the buckets that differ.
pub fn begin_export(context: &Context, conn: &Connection, sequence: u64, now: UnixSeconds) -> Result<ReconcileRecords> {
    let kind = &context.catalogue.roles.bucket_request;
    let mut found = ReconcileRecords::default();
    let answered = peer_state::answered_requests(conn)?;
    let differing = differing_buckets(context, conn, now)?;
    for bucket in answered {
        let mut record = Record::new(kind, &request_id(&bucket), 1);
        record.retracted = true;
        peer_state::delete_request(conn, &bucket)?;
        found.records.push(record);
    }
    for bucket in differing {
        let mut record = Record::new(kind, &request_id(&bucket), 1);
        record.fields.insert("kind".into(), Value::Text(bucket.0.clone()));
        record.fields.insert("bucket".into(), Value::Integer(bucket.1.into()));
        peer_state::insert_request(conn, &bucket, sequence, now)?;
        found.requests += 1;
        found.records.push(record);
    }
    peer_state::delete_digests(conn)?;
    for kind in [kind, &context.catalogue.roles.withheld] {
        for id in exported::retractions_to_repeat(conn, kind)? {
            if found.records.iter().any(|r| r.kind == *kind && r.id == id) {
                continue;
            }
            let mut record = Record::new(kind, &id, 1);
            record.retracted = true;
            found.records.push(record);
        }
    }
    Ok(found)
}

fn request_id(bucket: &Bucket) -> String {
    format!("{}/{}", bucket.0, bucket.1)
}

/// The buckets that differ and whose lists are not requested yet. The inner sums are counted again first, so that an error
/// in them does not look like one outside.
fn differing_buckets(context: &Context, conn: &Connection, now: UnixSeconds) -> Result<BTreeSet<Bucket>> {
    let theirs = peer_state::digests(conn)?;
    if theirs.is_empty() {
        return Ok(BTreeSet::new());
    }
    let up = &context.config.export.channel;
    let counted = count_published(conn)?;
    if counted.root() != state_root::load(conn, up)?.root() {
        state_root::replace(conn, up, &counted)?;
        audit::record(
            conn,
            now,
            "agent",
            "root-recounted",
            up.as_str(),
            "the stored sums did not match the exported records",
        )?;
    }
    let mut differing = differing(&counted, &theirs);
    for requested in
        peer_state::requests(conn)?.into_iter().chain(peer_state::requested_since(conn, now.days_before(1))?)
    {
        differing.remove(&requested);
    }
    Ok(differing)
}

fn differing(ours: &Buckets, theirs: &BTreeMap<Bucket, [u8; 32]>) -> BTreeSet<Bucket> {
    let digest = |bucket: &Bucket| ours.0.get(bucket).filter(|s| !s.is_zero()).map(SetHash::digest);
    let buckets = ours.0.keys().chain(theirs.keys());
    buckets.filter(|bucket| digest(bucket) != theirs.get(*bucket).copied()).cloned().collect()
}

/// The sums of everything that is published.
pub fn count_published(conn: &Connection) -> Result<Buckets> {
    let mut counted = Buckets::default();
    exported::for_each_published(conn, &mut |kind, id, content| counted.add(kind, id, content))?;
    Ok(counted)
}

/// Retractions of the records that only the outer side shows, after every row was compared.
pub fn retract_peer_only(conn: &Connection, catalogue: &Catalogue) -> Result<Vec<Record>> {
    let mut retractions = Vec::new();
    for found in peer_state::visible_peer_only(conn)? {
        let mut record = Record::new(&found.kind, &found.id, found.version + 1);
        (record.case_id, record.person, record.retracted) = (found.case_id, found.person, true);
        if catalogue.check_record(&record, Direction::Up).is_ok() {
            peer_state::mark_retracted(conn, &record.kind, &record.id, record.version)?;
            retractions.push(record);
        }
    }
    Ok(retractions)
}

/// How far a reconciliation is, for `status`.
#[derive(Debug, Serialize)]
pub struct ReconcileStatus {
    /// Buckets whose digests arrived since the last export; the next export compares them.
    pub reported_buckets: u64,
    /// Buckets whose lists were requested and have not arrived.
    pub asked_buckets: u64,
    /// Records that only the outer side shows; the next export retracts them.
    pub only_outside: u64,
    /// Buckets that differ although their lists came today already; they are requested again tomorrow.
    pub waiting_buckets: u64,
    /// Buckets in which the two sides differ, by kind.
    pub differing: BTreeMap<String, BTreeSet<u8>>,
}

/// How far a reconciliation is.
pub fn status(conn: &Connection, channel: &ChannelId, now: UnixSeconds) -> Result<ReconcileStatus> {
    let requested: BTreeSet<Bucket> = peer_state::requests(conn)?.into_iter().collect();
    let mut buckets = requested.clone();
    let theirs = peer_state::digests(conn)?;
    if !theirs.is_empty() {
        buckets.extend(differing(&state_root::load(conn, channel)?, &theirs));
    }
    let today = peer_state::requested_since(conn, now.days_before(1))?;
    let waiting_buckets = today.iter().filter(|b| buckets.contains(*b) && !requested.contains(*b)).count() as u64;
    let mut by_kind: BTreeMap<String, BTreeSet<u8>> = BTreeMap::new();
    for (kind, number) in buckets {
        by_kind.entry(kind).or_default().insert(number);
    }
    let [reported_buckets, asked_buckets, only_outside] = peer_state::counts(conn)?;
    Ok(ReconcileStatus { reported_buckets, asked_buckets, only_outside, waiting_buckets, differing: by_kind })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_believed_within_the_versions_that_can_have_been_sent_and_an_incomplete_one_answers_no_request() {
        let conn = crate::store::in_memory();
        let id = "CS1";
        let place = ("measure".to_owned(), bucket("measure", id));
        let count = |sql: &str| conn.query_row(sql, [], |r| r.get::<_, i64>(0)).unwrap();
        let report = |id: &str, version, length| {
            peer_state::insert_request(&conn, &place, 1, UnixSeconds(1)).unwrap();
            let item = PeerItem { version, content: Some([7; 32]), case_id: "AJ1".into(), person: String::new() };
            let mut report = PeerState::default();
            report.list_lengths.insert(place.clone(), length);
            report.lists.insert(place.clone(), HashMap::from([(id.to_owned(), item)]));
            report.record(&conn, &ChannelId::new("up").unwrap(), UnixSeconds(1)).unwrap();
        };
        report(id, 3, 2);
        assert_eq!(count("SELECT count(*) FROM bucket_request WHERE answered = 0"), 1, "an item is missing");
        conn.execute(
            "INSERT INTO exported(kind, key, id, version, fingerprint, content, retracted, case_id, person, epoch, sequence,
                                  lateness, incomplete, at_s)
             VALUES ('measure', 'k', 'CS1', 5, x'aa', zeroblob(32), 0, 'AJ1', '', 1, 1, 0, 0, 0)",
            [],
        )
        .unwrap();
        let version = || count("SELECT version FROM exported");
        report(id, 4, 1);
        assert_eq!((version(), count("SELECT count(*) FROM ferry_audit WHERE act = 'false-list'")), (5, 0));
        report(id, i64::MAX as u64, 1);
        assert_eq!((version(), count("SELECT count(*) FROM ferry_audit WHERE act = 'false-list'")), (5, 1));
        report("of theirs alone", i64::MAX as u64, 1);
        assert_eq!(count("SELECT version FROM peer_only_record WHERE id = 'of theirs alone' AND visible = 1"), 0);
        // A side that lost state has a floor above all that it ever gave.
        version_floor::raise(&conn, UnixSeconds(1_000)).unwrap();
        report(id, 900, 1);
        assert_eq!((version(), count("SELECT count(*) FROM ferry_audit WHERE act = 'false-list'")), (900, 2));
    }
}
