//! `fill-audit DATABASE N`: adds N entries to an agent's audit, for `ops/bench audit`.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")]
#![allow(clippy::unwrap_used, reason = "a program for measurements alone")]

use ferry_channel::audit;
use ferry_channel::ledger::db;
use ferry_channel::types::UnixSeconds;

fn main() {
    let [_, path, count] = std::env::args().collect::<Vec<_>>().try_into().expect("usage: fill-audit DATABASE N");
    let conn = db::open_existing(path.as_ref()).unwrap();
    let tx = conn.unchecked_transaction().unwrap();
    for n in 1..=count.parse::<i64>().unwrap() {
        let (subject, detail) = (format!("document/{n:012}"), format!("approved by 王芳 on 2026-11-24: 第{n}号更正"));
        audit::record(&tx, UnixSeconds(1_764_000_000 + n), "agent", "correct", &subject, &detail).unwrap();
    }
    tx.commit().unwrap();
}
