//! The audit chain on a file.

use crate::ledger;
use ferry_channel::audit;
use ferry_channel::types::UnixSeconds;

#[test]
fn a_changed_removed_or_added_audit_entry_is_detected() {
    let (_dir, conn) = ledger();
    for n in 0..5 {
        audit::record(&conn, UnixSeconds(n), "agent", "act", "subject", "detail").unwrap();
    }
    assert_eq!(audit::verify(&conn).unwrap(), 5);
    for tampering in [
        "UPDATE ferry_audit SET actor = 'someone' WHERE number = 3",
        "DELETE FROM ferry_audit WHERE number = 2",
        "UPDATE ferry_audit SET at_s = 9 WHERE number = 1",
    ] {
        let copy = conn.unchecked_transaction().unwrap();
        copy.execute(tampering, []).unwrap();
        assert!(audit::verify(&copy).is_err(), "{tampering}");
        copy.rollback().unwrap();
    }
}
