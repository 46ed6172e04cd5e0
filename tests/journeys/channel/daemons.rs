//! Both daemons at work: arriving batches are processed automatically, and a slow copy is waited for.

use crate::support::wait::eventually;
use ferry_testkit::stage::Court;
use std::io::Write;

#[test]
fn article_18_the_daemons_catch_up_a_missed_export_once_and_publish_what_arrives() {
    let court = Court::new(20);
    court.edit("outer.toml", "127.0.0.1:8443", "127.0.0.1:0");
    court.edit("outer.toml", "127.0.0.1:9443", "127.0.0.1:0");
    let sequence = || court.agent("inner", "status")["channels"][0]["last_sequence"].as_u64().unwrap();
    court.agent("inner", "export");
    // The last success was two days ago: one run is due, however many were missed.
    let two_days = 2 * 86_400;
    court
        .database("inner/state/inner.db")
        .execute("UPDATE ferry_run SET last_success_s = last_success_s - ?1 WHERE job = 'export'", [two_days])
        .unwrap();
    let inner = court.spawn("inner", &["run"]);
    eventually("the missed export", || sequence() == 2);
    let _outer = court.spawn("outer", &["run"]);
    court.carry("up");
    let published = || court.agent("outer", "status")["channels"][0]["last_sequence"].as_u64().unwrap();
    eventually("the publication", || published() == 2);
    assert_eq!(sequence(), 2, "caught up once");

    // A third batch is copied slowly in place: it waits, and is published when it is whole.
    drop(inner);
    court.agent("inner", "export");
    let whole = std::fs::read(court.files("channel/up/sent").last().unwrap()).unwrap();
    let mut slow = std::fs::File::create(court.path("channel/up/received/slow.ferry")).unwrap();
    slow.write_all(&whole[..whole.len() / 2]).unwrap();
    let waiting = || court.agent("outer", "status")["channels"][0]["waiting"].as_u64().unwrap();
    eventually("the waiting", || waiting() == 1);
    slow.write_all(&whole[whole.len() / 2..]).unwrap();
    eventually("the publication of the slow copy", || published() == 3);
    assert_eq!(court.agent("outer", "status")["channels"][0]["quarantined"], 0);
}

#[test]
fn article_18_the_daemons_reply_on_their_schedule_and_import_what_comes_back() {
    let court = Court::new(20);
    court.up();
    let login = court.logins().remove(0);
    {
        let portal = court.portal();
        let browser = portal.browser();
        browser.log_in(&login);
        let csrf = browser.get("/cases").csrf();
        let output = [("csrf", csrf.as_str()), ("text", "请问执行款何时发放？")];
        assert_eq!(browser.post(&format!("/cases/{}/messages", login.case_id), &output).status, 200);
    }
    court.edit("outer.toml", "127.0.0.1:8443", "127.0.0.1:0");
    court.edit("outer.toml", "127.0.0.1:9443", "127.0.0.1:0");
    court.edit("outer.toml", "schedule = \"0 4 * * *\"", "schedule = \"*/2 * * * * *\"");
    court.edit("outer.toml", "poll-interval-s = 60", "poll-interval-s = 1");
    let _inner = court.spawn("inner", &["run"]);
    let _outer = court.spawn("outer", &["run"]);
    eventually("the reply", || !court.files("channel/down/sent").is_empty());
    court.carry("down");
    eventually("the import", || {
        // The daemon makes these tables when it starts.
        let found = court.platform().query_row("SELECT count(*) FROM FERRY_MESSAGE", [], |r| r.get(0));
        found.unwrap_or(0) == 1
    });
    assert_eq!(court.count("SELECT count(*) FROM FERRY_MESSAGE WHERE text = '请问执行款何时发放？'"), 1);
}
