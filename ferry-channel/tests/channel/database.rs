//! Which databases are opened.

use ferry_channel::audit;
use ferry_channel::ledger::{db, migrations};
use ferry_channel::types::UnixSeconds;
use ferry_format::audit::{Entry, link};
use rusqlite_migration::M;

#[test]
fn a_database_of_a_newer_or_another_program_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.db");
    drop(
        db::open(
            &path,
            &[
                M::up(migrations::CHANNEL_0001),
                M::up(migrations::CHANNEL_0002),
                M::up(migrations::CHANNEL_0003),
                M::up("CREATE TABLE later(x)"),
            ],
        )
        .unwrap(),
    );
    let failure = db::open(
        &path,
        &[M::up(migrations::CHANNEL_0001), M::up(migrations::CHANNEL_0002), M::up(migrations::CHANNEL_0003)],
    )
    .unwrap_err();
    assert!(failure.message.english().contains("x.db") && failure.exit == 78, "{}", failure.message.english());
    std::fs::write(dir.path().join("text.db"), "this is a text and no database whatsoever, at any length").unwrap();
    assert!(db::open_read_only(&dir.path().join("text.db")).unwrap_err().message.english().contains("text.db"));
}

/// A ledger of release 0.1.0: its audit goes on, and what it has of entries without random bytes stays verifiable.
#[test]
fn a_ledger_of_the_release_before_is_brought_up_to_date_and_its_audit_still_verifies() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.db");
    let before = db::open(&path, &[M::up(migrations::CHANNEL_0001)]).unwrap();
    let entry = Entry { number: 1, at_s: 9, actor: "agent".into(), act: "release".into(), ..Entry::default() };
    let sql = "INSERT INTO ferry_audit(number, at_s, actor, act, subject, detail, digest) VALUES (1, 9, 'agent', 'release', '', '', ?1)";
    before.execute(sql, [link(&[0; 32], &entry.inner_digest()).as_slice()]).unwrap();
    before.execute("INSERT INTO ferry_reassembly VALUES ('up', zeroblob(32), 1, 7, 12, 0)", []).unwrap();
    drop(before);
    let now = db::open(
        &path,
        &[M::up(migrations::CHANNEL_0001), M::up(migrations::CHANNEL_0002), M::up(migrations::CHANNEL_0003)],
    )
    .unwrap();
    audit::record(&now, UnixSeconds(10), "agent", "dispatch", "up/1/1", "").unwrap();
    assert_eq!(audit::verify(&now).unwrap(), 2);
    let salts: Vec<bool> = audit::entries(&now, 1, 2).unwrap().iter().map(|(entry, _)| entry.salt.is_some()).collect();
    assert_eq!(salts, [false, true]);
    let half = now.query_row("SELECT count(*) FROM ferry_reassembly", [], |r| r.get::<_, i64>(0)).unwrap();
    assert_eq!(half, 0, "what was half put together is asked for again");
}
