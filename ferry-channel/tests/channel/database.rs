//! Which databases are opened.

use ferry_channel::ledger::{db, migrations};
use rusqlite_migration::M;

#[test]
fn a_database_of_a_newer_or_another_program_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.db");
    drop(db::open(&path, &[M::up(migrations::CHANNEL_0001), M::up("CREATE TABLE later(x)")]).unwrap());
    let failure = db::open(&path, &[M::up(migrations::CHANNEL_0001)]).unwrap_err();
    assert!(failure.message.english().contains("x.db") && failure.exit == 78, "{}", failure.message.english());
    std::fs::write(dir.path().join("text.db"), "this is a text and no database whatsoever, at any length").unwrap();
    assert!(db::open_read_only(&dir.path().join("text.db")).unwrap_err().message.english().contains("text.db"));
}
