//! Trust that changes: lists that root keys sign, put in force by hand or by a batch, and keys that are revoked.

use crate::support::forge::forge_at;
use crate::support::send::send;
use ferry_format::batch::seal::{Address, Document};
use ferry_format::frame::header::BatchType;
use ferry_format::record::state_root::Buckets;
use ferry_testkit::roots;
use ferry_testkit::stage::Court;
use std::process::Output;

fn court() -> Court {
    let court = Court::new(12);
    roots::found(&court);
    court.up();
    court.down();
    court
}

fn work(court: &Court, seed: u64) {
    ferry_testkit::court::touch(&court.path(""), 4, seed).unwrap();
}

fn refused_with(out: &Output, code: &str) {
    let text = String::from_utf8_lossy(&out.stderr);
    assert!(!out.status.success() && text.contains(code) && text.contains("hint: "), "{code}: {text}");
}

fn in_force(court: &Court, side: &str) -> u64 {
    shown(court, side)["number"].as_u64().unwrap()
}

fn shown(court: &Court, side: &str) -> serde_json::Value {
    let out = court.try_agent(side, &["trust", "show", "--json"]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

fn alarms(court: &Court, side: &str) -> Vec<String> {
    let status = court.agent(side, "status");
    status["alarms"].as_array().unwrap().iter().map(|a| a["code"].as_str().unwrap().to_owned()).collect()
}

/// The newest number that the outer side took.
fn newest(court: &Court) -> (i64, i64) {
    let sql = "SELECT epoch, sequence FROM ferry_received WHERE channel = 'up' AND digest IS NOT NULL
               ORDER BY epoch DESC, sequence DESC LIMIT 1";
    court.database("outer/state/outer.db").query_row(sql, [], |r| Ok((r.get(0)?, r.get(1)?))).unwrap()
}

/// Sends a trust batch up that carries this text.
fn send_list(court: &Court, text: &str) {
    send(court, BatchType::Trust, |_, composer, _| {
        let document = Document {
            kind: "trust-list".into(),
            name: "trust-list.toml".into(),
            version: 1,
            media_type: "text/plain".into(),
            reason: String::new(),
        };
        composer.document(document, &mut text.as_bytes()).unwrap();
        Buckets::default()
    });
}

fn text_of(court: &Court, list: &str) -> String {
    std::fs::read_to_string(court.path(list)).unwrap()
}

/// Nothing is missing, no alarm stands, both sides hold the same, after one more day.
fn all_is_well(court: &Court) {
    court.up();
    court.down();
    let (inside, outside) = court.roots();
    assert_eq!(inside, outside);
    for side in ["inner", "outer"] {
        assert_eq!(alarms(court, side), [] as [&str; 0], "{side}");
    }
}

#[test]
fn a_sender_key_is_replaced_by_a_list_in_a_batch_and_the_next_batch_is_signed_with_the_new_key() {
    let court = court();
    roots::new_sender(&court, "inner", "sender-2");
    let list = roots::next(&court, 2, &["--add", "up=inner/sender-2.pub", "--revoke", "up=inner/sender.pub@1/3"]);
    send_list(&court, &text_of(&court, &list));
    assert!(roots::install(&court, "inner", &[&list]).status.success());
    // The old key no longer signs, the new one does; both batches are in the folder at once.
    refused_with(&court.try_agent("inner", &["export"]), "FERRY-E0725");
    roots::sign_with(&court, "inner", "sender", "sender-2");
    work(&court, 1);
    let (_, ingested) = court.up();
    assert_eq!((ingested["batches"].as_u64(), ingested["quarantined"].as_u64()), (Some(2), Some(0)));
    assert_eq!((in_force(&court, "outer"), newest(&court)), (2, (1, 3)));
    all_is_well(&court);
    // What the old key signed before still verifies under the new list, with the root keys alone.
    let sent = court.files("channel/up/sent");
    for file in &sent {
        let file = file.to_str().unwrap();
        let verify = ["verify", "--trust", "list-2.toml", "--root", "root-a.pub", "--root", "root-b.pub", file];
        court.ferry_ok(&verify);
        refused_with(&court.ferry(&["verify", "--trust", "list-2.toml", file]), "FERRY-E0726");
        refused_with(&court.ferry(&["verify", "--trust", "list-2.toml", "--root", "root-a.pub", file]), "FERRY-E0225");
    }
}

#[test]
fn the_outer_sender_key_is_replaced_by_command_with_an_overlap() {
    let court = court();
    roots::new_sender(&court, "outer", "sender-2");
    let second = roots::next(&court, 2, &["--add", "down=outer/sender-2.pub"]);
    for side in ["inner", "outer"] {
        assert!(roots::install(&court, side, &[&second]).status.success());
        assert!(roots::install(&court, side, &[&second]).status.success(), "once more changes nothing");
    }
    court.down();
    roots::sign_with(&court, "outer", "sender", "sender-2");
    court.down();
    let third = roots::next(&court, 3, &["--drop", "down=outer/sender.pub"]);
    for side in ["inner", "outer"] {
        assert!(roots::install(&court, side, &[&third]).status.success());
    }
    all_is_well(&court);
    roots::sign_with(&court, "outer", "sender-2", "sender");
    refused_with(&court.try_agent("outer", &["reply"]), "FERRY-E0725");
}

#[test]
fn a_list_that_does_not_continue_the_chain_is_refused_by_both_sides() {
    let court = court();
    let second = roots::next(&court, 2, &[]);
    let third = roots::next(&court, 3, &[]);
    let body = text_of(&court, "body-3.toml");
    let write = |name: &str, text: &str| std::fs::write(court.path(name), text).unwrap();
    write("body-x.toml", &body.replace("fy-dongchang", "fy-xichang"));
    roots::sign(&court, "body-x.toml", "other-court.toml");
    write("body-y.toml", &format!("{body}# another\n"));
    roots::sign(&court, "body-y.toml", "fork.toml");
    court.ferry_ok(&["trust", "sign", "body-3.toml", "-i", "root-a.key", "-o", "one-root.toml"]);
    for side in ["inner", "outer"] {
        refused_with(&roots::install(&court, side, &[&third]), "FERRY-E0223");
        refused_with(&roots::install(&court, side, &["other-court.toml"]), "FERRY-E0221");
        refused_with(&roots::install(&court, side, &[&second, "one-root.toml"]), "FERRY-E0225");
        assert_eq!(in_force(&court, side), 1, "all of them or none");
        assert!(roots::install(&court, side, &[&second, &third]).status.success());
        refused_with(&roots::install(&court, side, &["fork.toml"]), "FERRY-E0224");
        write("older.toml", &text_of(&court, &second).replace("---", "#\n---"));
        refused_with(&roots::install(&court, side, &["older.toml"]), "FERRY-E0222");
        assert_eq!(in_force(&court, side), 3);
    }
    let roots = ["--root", "root-a.pub", "--root", "root-b.pub"];
    let check = |lists: &[&str]| court.ferry(&[&["trust", "check"], roots.as_slice(), lists].concat());
    assert!(check(&["list-1.toml", &second, &third]).status.success());
    refused_with(&check(&["list-1.toml", &third]), "FERRY-E0223");
    refused_with(&check(&["list-1.toml", "one-root.toml"]), "FERRY-E0223");
    all_is_well(&court);
}

#[test]
fn a_trust_list_in_a_batch_waits_for_its_predecessor_and_a_wrong_one_is_refused() {
    let court = court();
    let second = text_of(&court, &roots::next(&court, 2, &[]));
    let third = text_of(&court, &roots::next(&court, 3, &[]));
    send_list(&court, &third);
    court.carry("up");
    assert_eq!(court.agent("outer", "ingest")["waiting"], 1);
    send_list(&court, &second);
    court.carry("up");
    let done = court.agent("outer", "ingest");
    // Their numbers are the other way round: list 2 lies in batch 3, and both are accepted in one pass.
    assert_eq!((done["batches"].as_u64(), in_force(&court, "outer")), (Some(2), 3));
    send_list(&court, &third.replacen("---", "#\n---", 1));
    court.carry("up");
    let done = court.agent("outer", "ingest");
    assert_eq!((done["refused"].as_u64(), in_force(&court, "outer")), (Some(1), 3));
    let held = court.try_agent("outer", &["quarantine", "list"]);
    assert!(String::from_utf8_lossy(&held.stdout).contains("FERRY-E0224"), "{held:?}");
}

/// Puts list 2 in force, under which a list needs two approvals, and signs list 3. Gives its file's name.
fn after_a_list_that_asks_for_two(court: &Court) -> String {
    court.ferry_ok(&["trust", "next", "list-1.toml", "-o", "body-2.toml"]);
    for _ in 0..2 {
        court.edit("body-2.toml", "[channel.release.trust]\napprovals = 0", "[channel.release.trust]\napprovals = 2");
    }
    roots::sign(court, "body-2.toml", "list-2.toml");
    for side in ["inner", "outer"] {
        assert!(roots::install(court, side, &["list-2.toml"]).status.success());
    }
    roots::next(court, 3, &[])
}

#[test]
fn a_proposed_list_waits_as_a_draft_and_is_refused_without_two_approvals() {
    let court = court();
    let third = after_a_list_that_asks_for_two(&court);
    let path = court.path(&third);
    let propose = |side: &str| court.try_agent(side, &["trust", "propose", path.to_str().unwrap()]);
    refused_with(&propose("outer"), "FERRY-E0728");
    assert!(propose("inner").status.success());
    // The next run, which sweeps drafts that hold nothing, leaves it.
    court.up();
    assert_eq!(court.files("inner/state/drafts"), [court.path("inner/state/drafts/up-trust-00000003.draft")]);
    send_list(&court, &text_of(&court, &third));
    court.carry("up");
    assert_eq!(court.agent("outer", "ingest")["quarantined"], 1);
    let held = court.try_agent("outer", &["quarantine", "list"]);
    assert!(String::from_utf8_lossy(&held.stdout).contains("FERRY-E0203"), "{held:?}");
    assert_eq!(in_force(&court, "outer"), 2);
}

#[test]
fn a_proposed_list_with_two_approvals_is_sent_and_installed_outside() {
    let court = Court::reviewed(12);
    roots::found(&court);
    court.up();
    let third = after_a_list_that_asks_for_two(&court);
    let path = court.path(&third);
    assert!(court.try_agent("inner", &["trust", "propose", path.to_str().unwrap()]).status.success());
    let draft = "inner/state/drafts/up-trust-00000003.draft";
    let released = |n: usize| {
        let key = format!("reviewers/reviewer-{n}.key");
        let file = format!("{n}.approval");
        let trust = ["--trust", "list-2.toml", "--root", "root-a.pub", "--root", "root-b.pub"];
        court.ferry_ok(&[&["approve", "-i", &key], trust.as_slice(), &[draft, "-o", &file]].concat());
        let added = court.try_agent("inner", &["review", "add", court.path(&file).to_str().unwrap()]);
        assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
        court.agent("inner", "release")["batches"].as_array().unwrap().len()
    };
    assert_eq!((released(1), released(2)), (0, 1));
    court.carry("up");
    assert_eq!(court.agent("outer", "ingest")["batches"], 1);
    assert_eq!(in_force(&court, "outer"), 3);
    assert!(roots::install(&court, "inner", &[&third]).status.success());
    work(&court, 9);
    let (_, ingested) = court.up();
    assert_eq!(ingested["batches"], 1, "the channel continues under the new list");
}

#[test]
fn with_root_keys_and_no_list_nothing_is_accepted_or_sent() {
    let court = Court::new(12);
    court.up();
    roots::root_keys(&court);
    for (side, commands) in [("inner", ["export", "import"]), ("outer", ["ingest", "reply"])] {
        refused_with(&court.try_agent(side, &["trust", "show"]), "FERRY-E0724");
        roots::name_roots(&court, side);
        for command in commands {
            refused_with(&court.try_agent(side, &[command]), "FERRY-E0720");
        }
    }
    // As the hint says: list 1, which all root keys signed.
    roots::first_list(&court);
    for side in ["inner", "outer"] {
        assert!(roots::install(&court, side, &["list-1.toml"]).status.success());
    }
    all_is_well(&court);
}

#[test]
fn a_catalogue_that_the_trust_list_does_not_name_is_not_used() {
    let court = court();
    court.ferry_ok(&["trust", "next", "list-1.toml", "-o", "body-2.toml"]);
    let other = "0".repeat(64);
    for _ in 0..2 {
        court.edit(
            "body-2.toml",
            "suite-floor = 1\nkeys",
            &format!("suite-floor = 1\ncatalogues = [\"{other}\"]\nkeys"),
        );
    }
    roots::sign(&court, "body-2.toml", "list-2.toml");
    court.agent("inner", "export");
    court.carry("up");
    assert!(roots::install(&court, "outer", &["list-2.toml"]).status.success());
    assert_eq!(court.agent("outer", "ingest")["waiting"], 1, "it waits until a list names its catalogue");
    assert!(roots::install(&court, "inner", &["list-2.toml"]).status.success());
    refused_with(&court.try_agent("inner", &["export"]), "FERRY-E0721");
    // As the hint says: the list that names these.
    court.ferry_ok(&["trust", "next", "list-2.toml", "-o", "body-3.toml"]);
    let named = format!("catalogues = [\"{other}\"]\n");
    let body = std::fs::read_to_string(court.path("body-3.toml")).unwrap();
    assert_eq!(body.matches(&named).count(), 2, "{body}");
    std::fs::write(court.path("body-3.toml"), body.replace(&named, "")).unwrap();
    roots::sign(&court, "body-3.toml", "list-3.toml");
    for side in ["inner", "outer"] {
        assert!(roots::install(&court, side, &["list-3.toml"]).status.success());
    }
    all_is_well(&court);
}

#[test]
fn an_expired_list_is_not_installed_and_one_in_force_only_raises_an_alarm() {
    let court = court();
    let second = roots::next(&court, 2, &["--days", "30"]);
    court.set_clock("outer", 31 * 86_400);
    refused_with(&roots::install(&court, "outer", &[&second]), "FERRY-E0227");
    let third = roots::next(&court, 3, &["--days", "60"]);
    assert!(roots::install(&court, "outer", &[&second, &third]).status.success(), "the newest of them is in its time");
    court.set_clock("outer", 61 * 86_400);
    assert!(alarms(&court, "outer").contains(&"FERRY-E0722".to_owned()));
    court.agent("outer", "reply");
    let fourth = roots::next(&court, 4, &["--days", "400"]);
    assert!(roots::install(&court, "outer", &[&fourth]).status.success());
    assert!(!alarms(&court, "outer").contains(&"FERRY-E0722".to_owned()));
}

/// Steals the key, jumps to a number, revokes the key from batch 2 on, and continues with a new key.
fn stolen_at(sequence: u64) {
    let court = court();
    roots::stolen(&court, sequence, |thief| work(thief, 77));
    assert_eq!(court.agent("outer", "ingest")["batches"], 1);
    assert_eq!(newest(&court), (1, sequence as i64));
    roots::new_sender(&court, "inner", "sender-2");
    let list = roots::next(&court, 2, &["--add", "up=inner/sender-2.pub", "--revoke", "up=inner/sender.pub@1/2"]);
    for side in ["inner", "outer"] {
        assert!(roots::install(&court, side, &[&list]).status.success());
    }
    assert_eq!(newest(&court), (1, 1), "what the key signed after it was stolen counts no longer");
    let struck = shown(&court, "outer")["struck"].clone();
    assert_eq!((struck[0]["sequence"].as_u64(), struck[1].is_null()), (Some(sequence), true));
    assert_eq!(alarms(&court, "outer"), ["FERRY-E0723"]);
    roots::sign_with(&court, "inner", "sender", "sender-2");
    work(&court, 5);
    let (exported, ingested) = court.up();
    assert_eq!(exported["sequence"], 2);
    assert_eq!((ingested["batches"].as_u64(), newest(&court)), (Some(1), (1, 2)), "within one batch");
    // The thief's next batch is refused, and what the thief published is repaired by the lists of buckets.
    roots::stolen_with(&court, "sender", sequence + 1);
    assert_eq!(court.agent("outer", "ingest")["quarantined"], 1);
    for _ in 0..3 {
        court.down();
        court.up();
    }
    // The lists settled it: there is nothing left for a person, as `trust show` says.
    let settle = ["trust", "settled", "--by", "王芳", "--reason", "已逐件核对"];
    refused_with(&court.try_agent("outer", &settle), "FERRY-E0727");
    assert_eq!(shown(&court, "outer")["struck"][0]["settled_by"], "agent");
    all_is_well(&court);
}

#[test]
fn after_a_theft_and_a_jump_by_two_the_channel_works_again_within_one_batch() {
    stolen_at(3);
}

#[test]
fn after_a_theft_and_the_largest_allowed_jump_the_channel_works_again_within_one_batch() {
    stolen_at(10_000);
}

#[test]
fn a_stolen_key_that_jumps_to_the_last_number_is_not_followed() {
    let court = court();
    roots::stolen(&court, i64::MAX as u64, |thief| work(thief, 77));
    assert_eq!(court.agent("outer", "ingest")["quarantined"], 1);
    assert_eq!(newest(&court), (1, 1));
    all_is_well(&court);
}

#[test]
fn a_refused_batch_of_a_stolen_key_is_revoked_too_and_no_longer_stops_the_channel() {
    let court = court();
    // A trust batch without a list: refused before anything of it is applied, and its number is used up.
    let thief = |name: &str, epoch: u64, sequence: u64| {
        let of = |to: &mut Address| to.batch_type = BatchType::Trust;
        let forged = forge_at(&court, "inner/sender.key", "outer/recipient.pub", of, (epoch, sequence), &[]);
        std::fs::write(court.path(&format!("channel/up/received/{name}")), forged).unwrap();
    };
    thief("jump", i64::MAX as u64, 1);
    let pass = court.agent("outer", "ingest");
    assert_eq!((&pass["quarantined"], newest(&court)), (&1.into(), (i64::MAX, 1)), "{pass}");
    roots::new_sender(&court, "inner", "sender-2");
    let list = roots::next(&court, 2, &["--add", "up=inner/sender-2.pub", "--revoke", "up=inner/sender.pub@1/2"]);
    for side in ["inner", "outer"] {
        assert!(roots::install(&court, side, &[&list]).status.success());
    }
    assert_eq!(newest(&court), (1, 1));
    // Below its place the key still stands, but a second batch of a number is no news.
    thief("second", 1, 1);
    assert_eq!(court.agent("outer", "ingest")["quarantined"], 1);
    roots::sign_with(&court, "inner", "sender", "sender-2");
    work(&court, 5);
    assert_eq!((court.up().1["batches"].as_u64(), newest(&court)), (Some(1), (1, 2)));
}

#[test]
fn an_epoch_started_by_a_stolen_key_is_revoked_and_the_old_one_continues() {
    let court = court();
    roots::stolen(&court, 2, |thief| {
        let sql = "INSERT OR REPLACE INTO ferry_epoch VALUES ('up', 4000000000, 0, 'theft')";
        thief.database("inner/state/inner.db").execute(sql, []).unwrap();
        work(thief, 77);
    });
    assert_eq!(court.agent("outer", "ingest")["batches"], 1);
    assert_eq!(newest(&court), (4_000_000_000, 1));
    // The court's own batch is of an epoch that seems over: only installing the list by command helps, and then the next batch is accepted.
    work(&court, 5);
    assert_eq!(court.up().1["quarantined"], 1);
    roots::new_sender(&court, "inner", "sender-2");
    let list = roots::next(&court, 2, &["--add", "up=inner/sender-2.pub", "--revoke", "up=inner/sender.pub@1/3"]);
    for side in ["inner", "outer"] {
        assert!(roots::install(&court, side, &[&list]).status.success());
    }
    assert_eq!(newest(&court), (1, 1));
    roots::sign_with(&court, "inner", "sender", "sender-2");
    work(&court, 6);
    assert_eq!((court.up().1["batches"].as_u64(), newest(&court)), (Some(1), (1, 3)));
    for _ in 0..4 {
        court.down();
        court.up();
    }
    all_is_well(&court);
}
