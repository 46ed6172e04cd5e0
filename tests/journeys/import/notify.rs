//! Messages to the parties over the real binaries and a real HTTP gateway (articles 8 and 16).

use crate::support::postgres::Platform;
use crate::support::sms::{ledger, list, notify};
use ferry_testkit::stage::{Court, Sms, walk};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// A later time than any change of the made court.
const LATER: &str = "2027-01-01 00:00:00";

fn alarmed(out: &Output, code: &str, exit: i32) -> Value {
    let text = String::from_utf8_lossy(&out.stderr);
    assert!(text.contains(code) && text.contains("hint: "), "{text}");
    assert_eq!(out.status.code(), Some(exit));
    serde_json::from_slice(&out.stdout).unwrap()
}

/// Every message that waits is due now, as if the test had waited for its back-off.
fn later(court: &Court) {
    let ledger = court.database("inner/state/inner.db");
    ledger.execute("UPDATE notify_outbox SET due_s = due_s - 7200", []).unwrap();
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// No id went out twice, and each that the gateway has as sent went out.
fn assert_no_double(sms: &Sms) {
    for message in sms.messages() {
        assert_eq!(message["sms"], 1, "{message}");
    }
}

/// The telephone numbers of a set of (case number, person).
fn expected(court: &Court, sql: &str) -> BTreeSet<(String, String)> {
    let platform = court.platform();
    platform.execute(&format!("ATTACH '{}' AS outside", court.path("outer/state/outer.db").display()), []).unwrap();
    let mut statement = platform.prepare(sql).unwrap();
    let rows = statement.query_map([], |r| Ok((r.get::<_, String>(0)?, r.get::<_, String>(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

/// Cases by id, people by telephone number.
fn notified(court: &Court, sms: &Sms, template: &str) -> Vec<(String, String)> {
    let ledger = court.database("inner/state/inner.db");
    let case = |number: &Value| -> String {
        ledger
            .query_row("SELECT case_id FROM case_step WHERE case_number = ?1", [number.as_str().unwrap()], |r| r.get(0))
            .unwrap()
    };
    let of = |m: &Value| (case(&m["case_no"]), m["phone"].as_str().unwrap().to_owned());
    sms.of_template(template).iter().map(of).collect()
}

#[test]
fn article_8_each_party_and_agent_gets_one_message_per_case_after_its_publication_is_confirmed() {
    let court = Court::new(40);
    let sms = Sms::of(&court);
    court.up();
    assert_eq!(number(&notify(&court)["queued"]), 0, "nothing is confirmed yet");
    court.down();
    let done = notify(&court);
    assert!(number(&done["queued"]) > 40);
    assert_eq!(done["queued"], done["sent"]);

    // Everyone who can see a case, agents whose authority is in force among them, and nobody else.
    let today = jiff::Timestamp::now().in_tz("Asia/Shanghai").unwrap().strftime("%Y%m%d").to_string();
    let sql = format!(
        "WITH shown AS (SELECT kind, id, case_id FROM outside.record WHERE retracted = 0),
           member AS (SELECT s.case_id, d.RYBH FROM shown s JOIN DSR d ON s.kind = 'party' AND d.DSRBH = s.id
             WHERE EXISTS (SELECT 1 FROM shown c WHERE c.kind = 'case' AND c.case_id = s.case_id)),
           who AS (SELECT * FROM member UNION
             SELECT s.case_id, l.RYBH FROM shown s JOIN DLR l ON s.kind = 'agent' AND l.DLRBH = s.id
             JOIN member m ON m.case_id = s.case_id AND m.RYBH = l.BDLR
             WHERE l.QSRQ <= '{today}' AND (l.ZZRQ IS NULL OR l.ZZRQ >= '{today}'))
         SELECT who.case_id, RY.SJHM FROM who JOIN RY ON RY.RYBH = who.RYBH"
    );
    let expected = expected(&court, &sql);
    let steps = notified(&court, &sms, "FERRY-JINZHAN");
    assert_eq!(steps.iter().cloned().collect::<BTreeSet<_>>(), expected);
    assert_eq!(steps.len(), expected.len(), "one for each, however many records");
    let expired: i64 = court.count("SELECT count(*) FROM DLR WHERE ZZRQ = '20251231'");
    assert!(expired > 0, "the made court has agents whose authority ended");
    for message in sms.messages() {
        assert_eq!(message["court"], "聊城市东昌区人民法院");
    }
    assert_no_double(&sms);

    court.up();
    court.down();
    assert_eq!(number(&notify(&court)["queued"]), 0, "a quiet day tells nobody anything");
}

#[test]
fn article_8_no_telephone_number_is_in_ledger_batches_logs_or_lists() {
    let court = Court::new(15);
    let sms = Sms::of(&court);
    court.up();
    court.down();
    sms.next("refuse", 1);
    sms.next("accept", 3);
    let mut output = Vec::new();
    for command in
        [&["notify"][..], &["notify", "--list"], &["notify", "--list", "--json"], &["status"], &["status", "--json"]]
    {
        let out = court.try_agent("inner", command);
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        output.extend([out.stdout, out.stderr].concat());
    }
    let phones: Vec<String> = sms.messages().iter().map(|m| m["phone"].as_str().unwrap().to_owned()).collect();
    assert!(phones.len() > 20 && phones.iter().all(|p| p.len() == 11), "{phones:?}");
    let mut searched: Vec<(String, Vec<u8>)> = vec![("the output".into(), output)];
    for folder in ["inner/state", "channel", "case-files", "outer/state"] {
        for path in walk(&court.path(folder)) {
            searched.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
    assert!(searched.iter().any(|(name, _)| name.ends_with("inner.db")));
    for (name, bytes) in &searched {
        for phone in &phones {
            assert!(!bytes.windows(phone.len()).any(|w| w == phone.as_bytes()), "{name} has {phone}");
        }
    }
    // They are where they come from: the search finds what is there.
    let platform = std::fs::read(court.path("platform.db")).unwrap();
    assert!(platform.windows(11).any(|w| w == phones[0].as_bytes()));
}

#[test]
fn a_failing_gateway_is_queried_before_resending_and_nothing_is_lost_or_duplicated() {
    let court = Court::new(10);
    let sms = Sms::of(&court);
    court.up();
    court.down();
    // It is down for every post of the pass: after three in a row the pass ends, and there is an alarm.
    sms.next("fail", 3);
    let out = court.try_agent("inner", &["notify", "--json"]);
    let down = alarmed(&out, "FERRY-E0643", 69);
    assert_eq!(number(&down["unknown"]), 3);
    let queued = number(&down["queued"]);
    assert!(sms.messages().is_empty());

    // One response is lost, one request is lost, one is processed twice, one is postponed.
    for (mode, counter) in
        [("drop-answer", "unknown"), ("drop-request", "unknown"), ("double", "sent"), ("busy", "later")]
    {
        let ledger = court.database("inner/state/inner.db");
        ledger.execute("UPDATE notify_outbox SET due_s = due_s + 1000000 WHERE state = 'queued'", []).unwrap();
        let sql =
            "UPDATE notify_outbox SET due_s = 0 WHERE id = (SELECT min(id) FROM notify_outbox WHERE state = 'queued')";
        ledger.execute(sql, []).unwrap();
        sms.next(mode, 1);
        assert_eq!(number(&notify(&court)[counter]), 1, "{mode}");
        let pulled = "UPDATE notify_outbox SET due_s = due_s - 1000000 WHERE state = 'queued' AND due_s > 1000000";
        ledger.execute(pulled, []).unwrap();
    }
    assert_eq!(ledger(&court, "SELECT count(*) FROM notify_outbox WHERE state = 'trying'"), 5);
    later(&court);
    let done = notify(&court);
    assert_eq!(number(&done["sent"]), queued - 1, "all but the one that was sent before");
    assert_eq!(ledger(&court, "SELECT count(*) FROM notify_outbox WHERE state = 'sent'") as u64, queued);
    let messages = sms.messages();
    assert_eq!(messages.len() as u64, queued);
    assert_no_double(&sms);
    let asked: Vec<_> = messages.iter().filter(|m| m["asked"] != 0).collect();
    assert_eq!(asked.len(), 5, "three that failed, a lost answer, a lost request");
    let twice: Vec<_> = messages.iter().filter(|m| m["posts"] != 1).collect();
    assert_eq!(
        twice.len(),
        1,
        "the message with the lost response was not sent again; only the one processed twice has two posts"
    );
}

#[test]
fn a_kill_between_sending_and_recording_loses_and_duplicates_nothing() {
    let court = Court::new(6);
    let sms = Sms::of(&court);
    court.up();
    court.down();
    sms.behave(&json!({ "mode": "delay", "wait_ms": 60_000, "count": 1 }));
    let mut child = court.spawn("inner", &["notify"]);
    let began = Instant::now();
    while sms.messages().is_empty() {
        assert!(began.elapsed() < Duration::from_secs(60), "the first message did not arrive");
        std::thread::sleep(Duration::from_millis(20));
    }
    // The gateway has sent it and has not said so.
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(ledger(&court, "SELECT count(*) FROM notify_outbox WHERE state = 'trying'"), 1);
    assert_eq!(ledger(&court, "SELECT count(*) FROM notify_outbox WHERE state = 'sent'"), 0);
    later(&court);
    let done = notify(&court);
    let queued = ledger(&court, "SELECT count(*) FROM notify_outbox") as u64;
    assert_eq!(number(&done["sent"]), queued);
    let messages = sms.messages();
    assert_eq!(messages.len() as u64, queued);
    assert!(messages.iter().all(|m| m["posts"] == 1));
    assert_eq!(messages[0]["asked"], 1);
    assert_no_double(&sms);
}

#[test]
fn accepted_messages_are_queried_until_they_are_sent_and_refused_ones_are_listed() {
    let court = Court::new(8);
    let sms = Sms::of(&court);
    court.up();
    court.down();
    sms.behave(&json!({ "mode": "accept" }));
    let done = notify(&court);
    assert_eq!((number(&done["sent"]), &done["accepted"]), (0, &done["queued"]));
    later(&court);
    assert_eq!(notify(&court)["accepted"], done["queued"]);
    sms.deliver();
    later(&court);
    assert_eq!(notify(&court)["sent"], done["queued"]);
    assert!(sms.messages().iter().all(|m| m["posts"] == 1 && m["asked"] == 2));
    assert_no_double(&sms);

    // The next step: refused for good, given up by the gateway, and nobody to send it to.
    court
        .platform()
        .execute(
            "UPDATE CBR SET BGDH = '0635-8100000', GXSJ = ?1 WHERE CBRBH IN (SELECT CBRBH FROM CBR LIMIT 2)",
            [LATER],
        )
        .unwrap();
    court.platform().execute("UPDATE RY SET SJHM = NULL WHERE RYBH = (SELECT RYBH FROM DSR JOIN CBR USING (AJBH) ORDER BY CBRBH LIMIT 1)", []).unwrap();
    court.up();
    court.down();
    sms.next("refuse", 1);
    let first = notify(&court);
    assert_eq!((number(&first["refused"]), number(&first["no_phone"])), (1, 1), "{first}");
    let listed = list(&court);
    let states: BTreeSet<_> =
        listed["messages"].as_array().unwrap().iter().map(|m| m["state"].as_str().unwrap()).collect();
    assert_eq!(states, BTreeSet::from(["no-phone", "refused"]));
    let refused = listed["messages"].as_array().unwrap().iter().find(|m| m["state"] == "refused").unwrap();
    assert_eq!((&refused["reason"], &refused["template"]), (&"HTTP 400".into(), &"step".into()));
    assert!(!refused["case_number"].as_str().unwrap().is_empty());
    later(&court);
    assert_eq!(number(&notify(&court)["refused"]), 0, "it is not sent again");
    let text = String::from_utf8(court.try_agent("inner", &["notify", "--list"]).stdout).unwrap();
    assert!(text.contains("refused: HTTP 400") && text.contains("no telephone number"), "{text}");
}

#[test]
fn article_8_requests_for_instructions_and_coordination_notify_nobody() {
    let court = Court::new(9);
    let sms = Sms::of(&court);
    let types = [("AJ000000000", "执协"), ("AJ000000001", "执请"), ("AJ000000002", "执恢")];
    for (case, of) in types {
        let sql = format!("UPDATE AJXX SET AH = '（2024）鲁1502{of}77号' WHERE AJBH = '{case}'");
        court.platform().execute(&sql, []).unwrap();
    }
    court.up();
    court.down();
    notify(&court);
    let of = |kind: &str| sms.messages().iter().filter(|m| m["case_no"].as_str().unwrap().contains(kind)).count();
    assert_eq!((of("执协"), of("执请")), (0, 0));
    assert!(of("执恢77") > 0);
    // The kinds are a list of the court's: a kind that is removed from it is notified.
    assert!(ledger(&court, "SELECT count(*) FROM exported WHERE case_id = 'AJ000000000' AND kind = 'party'") > 0);
}

#[test]
fn article_16_a_correction_is_notified_with_its_own_template_and_a_withheld_item_is_not() {
    let court = Court::new(30);
    let sms = Sms::of(&court);
    court.up();
    court.down();
    notify(&court);
    let before = sms.messages().len();
    let (key, case): (String, String) = court
        .platform()
        .query_row("SELECT JABH, AJBH FROM JAXX WHERE DWJE IS NOT NULL LIMIT 1", [], |r| Ok((r.get(0)?, r.get(1)?)))
        .unwrap();
    let sql = "UPDATE JAXX SET DWJE = '123.45', GZLY = '金额录入错误', GZSPR = '刘强', GZSPRQ = '2026-11-20', GXSJ = ?1
               WHERE JABH = ?2";
    court.platform().execute(sql, [LATER, key.as_str()]).unwrap();
    let (withheld, elsewhere): (String, String) = court
        .platform()
        .query_row("SELECT CSBH, AJBH FROM ZXCS WHERE SSZT = '1' AND AJBH <> ?1 AND CSBH NOT IN (SELECT DXBH FROM BYGK) LIMIT 1", [&case], |r| Ok((r.get(0)?, r.get(1)?)))
        .unwrap();
    let form = format!(
        "INSERT INTO BYGK VALUES ('SPX', 'ZXCS', '{withheld}', '{elsewhere}', '6', '', '刘强', '周明', '20260101', NULL, NULL, NULL, '{LATER}')"
    );
    court.platform().execute(&form, []).unwrap();
    let (exported, _) = court.up();
    assert_eq!(exported["retracted"], 1, "the withheld item is retracted: {exported}");
    court.down();
    notify(&court);
    let after = sms.messages().split_off(before);
    let parties = court.count(&format!("SELECT count(DISTINCT RYBH) FROM DSR WHERE AJBH = '{case}'")) as usize;
    assert!(after.iter().all(|m| m["template"] == "FERRY-GENGZHENG"), "{after:?}");
    assert!(after.len() >= parties && parties > 1, "{after:?}");
    let cases: BTreeSet<_> = notified(&court, &sms, "FERRY-GENGZHENG").into_iter().map(|(case, _)| case).collect();
    assert_eq!(cases, BTreeSet::from([case]), "and nobody hears of what is withheld");
    assert_no_double(&sms);
}

#[test]
fn records_confirmed_before_notifications_were_enabled_notify_nobody() {
    let court = Court::new(10);
    let sms = Sms::of(&court);
    let tomorrow =
        jiff::Timestamp::now().in_tz("Asia/Shanghai").unwrap().tomorrow().unwrap().tomorrow().unwrap().date();
    court.edit("inner.toml", "since = \"2026-01-01\"", &format!("since = \"{tomorrow}\""));
    court.up();
    court.down();
    assert_eq!(number(&notify(&court)["queued"]), 0);
    court.edit("inner.toml", &format!("since = \"{tomorrow}\""), "since = \"2026-01-01\"");
    assert_eq!(number(&notify(&court)["queued"]), 0, "nor later");
    court
        .platform()
        .execute("UPDATE CBR SET BGDH = '0635-8100000', GXSJ = ?1 WHERE CBRBH = (SELECT min(CBRBH) FROM CBR)", [LATER])
        .unwrap();
    court.up();
    court.down();
    let queued = number(&notify(&court)["queued"]);
    assert!((2..5).contains(&queued), "one case: {queued}");
    assert_eq!(sms.messages().len() as u64, queued);
}

#[test]
fn too_many_messages_wait_for_a_release() {
    let court = Court::new(10);
    let sms = Sms::of(&court);
    court.edit("inner.toml", "messages-max = 5000", "messages-max = 4");
    let twin = court.duplicate();
    for (court, decision) in [(&court, "send"), (&twin, "drop")] {
        court.up();
        court.down();
        for _ in 0..2 {
            let out = court.try_agent("inner", &["notify", "--json"]);
            assert_eq!(number(&alarmed(&out, "FERRY-E0640", 75)["queued"]), 0);
        }
        let waiting = number(&court.agent("inner", "status")["notify"]["over_limit"]);
        assert!(waiting > 4);
        assert!(ledger(court, "SELECT count(*) FROM notify_service") > 0, "the clocks run meanwhile");
        assert_eq!(ledger(court, "SELECT count(*) FROM notify_outbox"), 0);
        let out = court.try_agent("inner", &["notify", "--over-limit", decision, "--json"]);
        let done: Value = serde_json::from_slice(&out.stdout).unwrap();
        let expected = if decision == "send" { waiting } else { 0 };
        assert_eq!((number(&done["queued"]), number(&done["sent"])), (expected, expected), "{decision}");
        assert_eq!(court.agent("inner", "status")["notify"]["over_limit"], 0);
        assert_eq!(number(&notify(court)["queued"]), 0, "it is decided once");
        let sql = "SELECT count(*) FROM ferry_audit WHERE act IN ('notify-send', 'notify-drop')";
        assert_eq!(ledger(court, sql), 1);
        if decision == "send" {
            assert!(!sms.of_template("FERRY-SONGDA").is_empty());
            let sql = "SELECT count(*) FROM notify_service WHERE reminded_s IS NULL";
            assert_eq!(ledger(court, sql), 0, "the clocks got their reminders");
        }
    }
}

#[test]
fn a_gateway_with_another_key_stops_the_pass_and_the_outbox_keeps_everything() {
    let court = Court::new(6);
    let sms = Sms::of(&court);
    court.up();
    court.down();
    let key = court.path("inner/sms.key");
    let right = std::fs::read(&key).unwrap();
    std::fs::write(&key, "00000000000000000000000000000000\n").unwrap();
    let out = court.try_agent("inner", &["notify", "--json"]);
    let queued = number(&alarmed(&out, "FERRY-E0642", 69)["queued"]);
    assert_eq!(ledger(&court, "SELECT count(*) FROM notify_outbox WHERE state = 'queued'") as u64, queued);
    std::fs::write(&key, right).unwrap();
    later(&court);
    assert_eq!(number(&notify(&court)["sent"]), queued);
    assert_no_double(&sms);
}

#[test]
fn the_section_is_optional_as_a_whole_and_its_keys_are_checked() {
    let court = Court::new(5);
    for (from, to, named) in [
        ("http://127.0.0.1:8280", "http://10.1.1.1:8280", "notify.gateway.url"),
        ("phone = \"SJHM\"", "phone = \"NOWHERE\"", "NOWHERE"),
        ("kinds = [\"case\",", "kinds = [\"login\",", "notify.kinds"),
        ("\nmax-age-hours", "\nmax-age-days", "max-age-days"),
        ("\"2026-10-10\"]", "\"2026-10-07\"]", "notify.calendar.years.2026"),
    ] {
        court.edit("inner.toml", from, to);
        let output = court.refused("inner", "check-config", 78);
        assert!(output.contains(named), "{named}: {output}");
        court.edit("inner.toml", to, from);
    }
    let text = std::fs::read_to_string(court.path("inner.toml")).unwrap();
    let (before, rest) = text.split_once("[notify]").unwrap();
    let (_, after) = rest.split_once("[source]").unwrap();
    std::fs::write(court.path("inner.toml"), format!("{before}[source]{after}")).unwrap();
    assert!(court.try_agent("inner", &["check-config"]).status.success());
    court.up();
    court.down();
    assert_eq!(court.agent("inner", "status")["notify"], Value::Null);
    assert!(court.refused("inner", "notify", 78).contains("FERRY-E0641"));
    std::fs::write(court.path("inner.toml"), text).unwrap();
    let sms = Sms::of(&court);
    notify(&court);
    assert!(!sms.messages().is_empty());
}

#[test]
fn the_daemon_notifies_parties_from_a_platform_in_postgresql() {
    let court = Court::new(10);
    let sms = Sms::of(&court);
    let platform = Platform::with(&court);
    court.up();
    court.agent("outer", "reply");
    court.carry("down");
    let mut child = court.spawn("inner", &["run"]);
    let began = Instant::now();
    let open = || ledger(&court, "SELECT count(*) FROM notify_outbox WHERE state <> 'sent'");
    while sms.messages().is_empty() || open() > 0 {
        assert!(began.elapsed() < Duration::from_secs(120), "nothing was sent");
        std::thread::sleep(Duration::from_millis(100));
    }
    Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(child.wait().unwrap().success());
    assert_no_double(&sms);
    let phones: BTreeSet<String> = platform.run("SELECT SJHM FROM RY").lines().map(str::to_owned).collect();
    assert!(sms.messages().iter().all(|m| phones.contains(m["phone"].as_str().unwrap())));
    assert!(
        platform.number("SELECT count(*) FROM ferry.FERRY_SERVICE_STATE WHERE state = 'waiting' AND reminded_s > 0")
            > 0
    );
}

#[test]
fn article_3_a_planned_seizure_is_notified_to_the_applicant_and_their_agents_only() {
    let court = Court::new(10);
    let sms = Sms::of(&court);
    court.up();
    court.down();
    notify(&court);
    let before = sms.messages().len();
    let any = "SELECT AJBH FROM AJXX JOIN DSR USING (AJBH) WHERE AJZT = '02' AND SSDW = '02' LIMIT 1";
    let case: String = court.platform().query_row(any, [], |r| r.get(0)).unwrap();
    let planned = format!(
        "INSERT INTO ZXCS VALUES ('CS-PLAN', '{case}', '3', '房产', NULL, NULL, '2026-11-20', '0', '{LATER}', '周明', '{LATER}')"
    );
    court.platform().execute(&planned, []).unwrap();
    assert_eq!(court.up().0["records"], 1);
    court.down();
    notify(&court);
    let notified: BTreeSet<String> =
        sms.messages().split_off(before).iter().map(|m| m["phone"].as_str().unwrap().to_owned()).collect();
    let phones = |sql: &str| -> BTreeSet<String> {
        let platform = court.platform();
        let mut statement = platform.prepare(sql).unwrap();
        statement.query_map([&case], |r| r.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let applicants = phones("SELECT SJHM FROM RY JOIN DSR USING (RYBH) WHERE AJBH = ?1 AND SSDW = '01'");
    let respondents = phones("SELECT SJHM FROM RY JOIN DSR USING (RYBH) WHERE AJBH = ?1 AND SSDW = '02'");
    assert!(!applicants.is_empty() && applicants.is_subset(&notified), "{notified:?}");
    assert!(!respondents.is_empty() && respondents.is_disjoint(&notified), "{notified:?}");
}

#[test]
fn a_record_resent_for_a_repair_notifies_nobody() {
    let court = Court::new(20);
    let sms = Sms::of(&court);
    court.up();
    court.down();
    notify(&court);
    let before = sms.messages().len();
    let outer = court.database("outer/state/outer.db");
    let lost = "DELETE FROM record WHERE kind = 'measure' AND id IN
                  (SELECT id FROM record WHERE kind = 'measure' AND retracted = 0 ORDER BY id LIMIT 3)";
    assert_eq!(outer.execute(lost, []).unwrap(), 3);
    outer.execute("DELETE FROM ferry_state_root", []).unwrap();
    drop(outer);
    let again = |court: &Court| ledger(court, "SELECT count(*) FROM exported WHERE kind = 'measure' AND sequence > 1");
    assert_eq!(again(&court), 0);
    for _ in 0..4 {
        court.up();
        court.down();
        assert_eq!(number(&notify(&court)["queued"]), 0);
    }
    assert_eq!(again(&court), 3, "they were sent again");
    assert_eq!(sms.messages().len(), before);
}
