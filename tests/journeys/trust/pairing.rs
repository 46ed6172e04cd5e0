//! Pairing again after a new key, and what the old key signed.

use ferry_format::keys::{PublicKey, Role};
use ferry_format::trust::trust_file::Trust;
use ferry_testkit::court::touch;
use ferry_testkit::stage::{Court, SEED};
use std::process::Output;

const DAY_S: i64 = 86_400;

fn trust(court: &Court, side: &str) -> Trust {
    Trust::from_toml(&std::fs::read_to_string(court.path(&format!("{side}/trust.toml"))).unwrap()).unwrap()
}

fn reviewers(trust: &Trust) -> Vec<PublicKey> {
    trust.keys.iter().filter(|key| key.role == Role::Reviewer).cloned().collect()
}

/// The inner side makes a new sender key in the old one's place.
fn new_sender_key(court: &Court) {
    for name in ["inner/sender.key", "inner/sender.pub"] {
        std::fs::rename(court.path(name), court.path(&format!("{name}.old"))).unwrap();
    }
    assert!(court.try_agent("inner", &["init"]).status.success());
}

fn pair(court: &Court, more: &[&str]) -> Output {
    let path = |name: &str| court.path(name).display().to_string();
    let (sender, recipient) = (path("inner/sender.pub"), path("inner/recipient.pub"));
    court.try_agent("outer", &[&["pair", "--peer-sender", &sender, "--peer-recipient", &recipient], more].concat())
}

fn change(court: &Court, seed: u64) {
    touch(&court.path(""), 3, SEED + seed).unwrap();
    court.agent("inner", "export");
}

/// As case M12, and the resend after a rotation of case H6.
#[test]
fn pairing_with_a_new_key_keeps_reviewers_and_rules_shows_the_difference_and_loses_no_batch_of_the_old_key() {
    let court = Court::new(20);
    // As a court that has reviewers.
    for name in ["zhang", "wang"] {
        court.ferry_ok(&["keygen", "--role", "reviewer", "-o", name]);
    }
    let line = |name: &str| std::fs::read_to_string(court.path(&format!("{name}.pub"))).unwrap().trim().to_owned();
    let text = std::fs::read_to_string(court.path("outer/trust.toml")).unwrap();
    let keys = format!("keys = [\n  {{ key = \"{}\", person = \"张三\" }},\n  \"{}\",", line("zhang"), line("wang"));
    std::fs::write(court.path("outer/trust.toml"), text.replacen("keys = [", &keys, 1)).unwrap();
    let before = trust(&court, "outer");
    assert_eq!(reviewers(&before).len(), 2);
    assert!(pair(&court, &[]).status.success(), "the same keys once more change nothing");
    // A planned end of the present key is no other pairing, and stays.
    let planned = std::fs::read_to_string(court.path("outer/trust.toml")).unwrap();
    let sender = std::fs::read_to_string(court.path("inner/sender.pub")).unwrap().trim().to_owned();
    let ends_s = jiff::Timestamp::now().as_second() + 100 * DAY_S;
    let bound = planned.replace(&format!("\"{sender}\""), &format!("{{ key = \"{sender}\", not-after-s = {ends_s} }}"));
    std::fs::write(court.path("outer/trust.toml"), bound).unwrap();
    assert!(pair(&court, &["--replace", "--yes"]).status.success());
    assert!(std::fs::read_to_string(court.path("outer/trust.toml")).unwrap().contains(&ends_s.to_string()));
    assert_eq!(reviewers(&trust(&court, "outer")).len(), 2);

    court.up();
    // Batch 2 is lost on its way, and then the key changes.
    change(&court, 1);
    for file in court.files("channel/up/sent") {
        std::fs::remove_file(file).unwrap();
    }
    new_sender_key(&court);
    let refused = pair(&court, &[]);
    assert_eq!(refused.status.code(), Some(73));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--replace"));
    let shown = pair(&court, &["--replace"]);
    let output = String::from_utf8_lossy(&shown.stdout);
    assert!(shown.status.success() && output.contains("+ sender") && output.contains("- sender"), "{output}");
    assert_eq!(output.matches("reviewer").count(), 2, "{output}");
    assert_eq!(trust(&court, "outer").keys, before.keys, "nothing is written yet");
    assert!(pair(&court, &["--replace", "--yes"]).status.success());
    let after = trust(&court, "outer");
    assert_eq!(reviewers(&after), reviewers(&before));
    assert_eq!(after.constraints.values().filter(|terms| terms.person.as_deref() == Some("张三")).count(), 1);
    let ends: Vec<i64> = after.constraints.values().filter_map(|terms| terms.not_after_s).collect();
    assert!(ends.len() == 1 && ends[0] < ends_s, "the replaced key is over now, not when it was planned: {ends:?}");

    // The clock goes on: the old key is over, and what it signed is asked for and accepted.
    court.set_clock("outer", 60);
    change(&court, 2);
    court.carry("up");
    assert_eq!(court.agent("outer", "ingest")["quarantined"], 0);
    assert_eq!(court.agent("outer", "status")["channels"][0]["gaps"], serde_json::json!([2]));
    court.down();
    court.carry("up");
    assert_eq!(court.agent("outer", "ingest")["batches"], 1);
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
}

/// As case H6: a disc comes forty days late. What a later batch names is of any age; the newest waits for one that names it.
#[test]
fn a_disc_that_comes_forty_days_late_is_taken_but_for_its_newest_batch_which_the_next_one_vouches_for() {
    let court = Court::new(20);
    court.agent("inner", "export");
    change(&court, 1);
    change(&court, 2);
    court.set_clock("outer", 40 * DAY_S);
    court.carry("up");
    let pass = court.agent("outer", "ingest");
    assert_eq!((&pass["batches"], &pass["waiting"], &pass["quarantined"]), (&2.into(), &1.into(), &0.into()), "{pass}");
}

/// As case H6: a thief dates batches as he likes, and vouches for each with the next of the same expired key.
#[test]
fn batches_of_an_expired_key_vouch_for_nothing_until_a_key_that_holds_names_them() {
    let court = Court::new(20);
    court.agent("inner", "export");
    change(&court, 1);
    change(&court, 2);
    let expires = jiff::Timestamp::now().as_second() + 10 * DAY_S;
    let text = std::fs::read_to_string(court.path("outer/trust.toml")).unwrap();
    let sender = std::fs::read_to_string(court.path("inner/sender.pub")).unwrap().trim().to_owned();
    let bound = format!("{{ key = \"{sender}\", not-after-s = {expires} }}");
    std::fs::write(court.path("outer/trust.toml"), text.replace(&format!("\"{sender}\""), &bound)).unwrap();
    court.set_clock("outer", 40 * DAY_S);
    court.carry("up");
    let pass = court.agent("outer", "ingest");
    assert_eq!((&pass["batches"], &pass["waiting"], &pass["quarantined"]), (&0.into(), &3.into(), &0.into()), "{pass}");
    // The court has a new key by then, and its next batch names the three.
    new_sender_key(&court);
    assert!(pair(&court, &["--replace", "--yes"]).status.success());
    court.set_clock("inner", 40 * DAY_S);
    court.accept_clock("inner");
    change(&court, 3);
    court.carry("up");
    assert_eq!(court.agent("outer", "ingest")["batches"], 4);
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
}
