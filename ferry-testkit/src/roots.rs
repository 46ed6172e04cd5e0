//! The root keys of a court, its trust lists, and a thief of its sender key.

use crate::stage::Court;
use rusqlite::params;
use std::path::PathBuf;
use std::process::Output;

/// Makes two root keys and list 1 from the trust files of both sides, and puts it in force on both.
pub fn found(court: &Court) {
    root_keys(court);
    first_list(court);
    for side in ["inner", "outer"] {
        name_roots(court, side);
        assert!(install(court, side, &["list-1.toml"]).status.success());
    }
}

/// Makes two root keys.
pub fn root_keys(court: &Court) {
    for name in ["root-a", "root-b"] {
        court.ferry_ok(&["keygen", "--role", "root", "-o", name]);
    }
}

/// List 1, from the trust files of both sides, signed by both root keys.
pub fn first_list(court: &Court) {
    let first = ["trust", "first", "--root", "root-a.pub", "--root", "root-b.pub", "--threshold", "2"];
    court.ferry_ok(&[first.as_slice(), &["inner/trust.toml", "outer/trust.toml", "-o", "body-1.toml"]].concat());
    // What a list itself needs is what its channels' rules say; the tests have no reviewers.
    for _ in 0..2 {
        court.edit(
            "body-1.toml",
            "suite-floor = 1\nkeys",
            "suite-floor = 1\nrelease = { trust = { approvals = 0 } }\nkeys",
        );
    }
    sign(court, "body-1.toml", "list-1.toml");
}

/// Names the root keys in an agent's configuration.
pub fn name_roots(court: &Court, side: &str) {
    let trust = format!("trust = \"{side}/trust.toml\"");
    court.edit(&format!("{side}.toml"), &trust, &format!("{trust}\nroots = [\"root-a.pub\", \"root-b.pub\"]"));
}

/// Both root keys sign a body.
pub fn sign(court: &Court, body: &str, list: &str) {
    let half = format!("{list}.half");
    court.ferry_ok(&["trust", "sign", body, "-i", "root-a.key", "-o", &half]);
    court.ferry_ok(&["trust", "sign", &half, "-i", "root-b.key", "-o", list]);
}

/// List `number`, signed: the one before it with these changes. Gives its file's name.
pub fn next(court: &Court, number: u64, changes: &[&str]) -> String {
    let (before, body, list) =
        (format!("list-{}.toml", number - 1), format!("body-{number}.toml"), format!("list-{number}.toml"));
    court.ferry_ok(&[&["trust", "next", &before], changes, &["-o", &body]].concat());
    sign(court, &body, &list);
    list
}

/// Installs lists by hand.
pub fn install(court: &Court, side: &str, lists: &[&str]) -> Output {
    let paths: Vec<PathBuf> = lists.iter().map(|list| court.path(list)).collect();
    let mut command = vec!["trust", "install"];
    command.extend(paths.iter().map(|p| p.to_str().unwrap()));
    command.extend(["--by", "王芳", "--reason", "换钥"]);
    court.try_agent(side, &command)
}

/// Makes one more sender key for a side.
pub fn new_sender(court: &Court, side: &str, name: &str) {
    court.ferry_ok(&["keygen", "--role", "sender", "-o", &format!("{side}/{name}")]);
}

/// Lets a side sign with that key from now on.
pub fn sign_with(court: &Court, side: &str, before: &str, name: &str) {
    let key = |name: &str| format!("sender-key = \"{side}/{name}.key\"");
    court.edit(&format!("{side}.toml"), &key(before), &key(name));
}

/// The batch `sequence` of the newest epoch as a thief of the inner sender key and its state would make it, after `change`
/// on the thief's copy of the platform. Gives the file.
pub fn stolen(court: &Court, sequence: u64, change: impl FnOnce(&Court)) -> PathBuf {
    steal(court, court.duplicate(), sequence, change)
}

/// The same with a key that the court signs with no longer.
pub fn stolen_with(court: &Court, key: &str, sequence: u64) -> PathBuf {
    let thief = court.duplicate();
    let text = std::fs::read_to_string(thief.path("inner.toml")).unwrap();
    let line = text.lines().find(|l| l.starts_with("sender-key")).unwrap().to_owned();
    thief.edit("inner.toml", &line, &format!("sender-key = \"inner/{key}.key\""));
    // The thief's own agent follows no list.
    thief.edit("inner.toml", "\nroots = ", "\n# roots = ");
    steal(court, thief, sequence, |_| ())
}

fn steal(court: &Court, thief: Court, sequence: u64, change: impl FnOnce(&Court)) -> PathBuf {
    let conn = thief.database("inner/state/inner.db");
    let sql = "INSERT OR IGNORE INTO ferry_sent SELECT channel, epoch, ?1, randomblob(32), 'dispatched', '', 0, 0, 0, created_s,
                 NULL, NULL, state_root FROM ferry_sent WHERE channel = 'up' ORDER BY epoch DESC, sequence DESC LIMIT 1";
    conn.execute(sql, params![sequence as i64 - 1]).unwrap();
    drop(conn);
    change(&thief);
    thief.agent("inner", "export");
    let made = thief.files("channel/up/sent").pop().unwrap();
    let target = court.path(&format!("channel/up/received/{}", made.file_name().unwrap().to_str().unwrap()));
    std::fs::copy(&made, &target).unwrap();
    target
}
