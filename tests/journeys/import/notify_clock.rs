//! The three-day clock over the real binaries (article 11): days are moved in the ledger, as if the test had waited.

use crate::support::postgres::Platform;
use crate::support::sms::calendar;
use crate::support::sms::{ledger, list, notify};
use ferry_testkit::stage::{Court, Sms};
use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::Value;

fn today() -> Date {
    jiff::Timestamp::now().in_tz("Asia/Shanghai").unwrap().date()
}

/// Moves publications and reminders back by whole days.
fn wait(court: &Court, days: i64) {
    let ledger = court.database("inner/state/inner.db");
    for (table, column) in
        [("ferry_sent", "settled_s"), ("notify_outbox", "settled_s"), ("notify_service", "published_s")]
    {
        ledger.execute(&format!("UPDATE {table} SET {column} = {column} - 86400 * ?1"), [days]).unwrap();
    }
}

/// Services of a state on the clerks' lists.
fn listed(court: &Court, state: &str) -> Vec<Value> {
    let clerks = list(court)["clerks"].as_array().unwrap().clone();
    let services = clerks.iter().flat_map(|c| c["services"].as_array().unwrap().clone().into_iter());
    services.filter(|s| s["state"] == state).collect()
}

fn staged(court: &Court, state: &str) -> i64 {
    court.count(&format!("SELECT count(*) FROM FERRY_SERVICE_STATE WHERE state = '{state}'"))
}

/// The clerks' lists name case, document, addressee and last day, under the clerk whom the platform names.
fn lists_each_service_under_its_clerk(court: &Court, due: &str) {
    for clerk in list(court)["clerks"].as_array().unwrap() {
        for s in clerk["services"].as_array().unwrap() {
            let text = |key: &str| s[key].as_str().unwrap().to_owned();
            let of = |sql: &str, key: &str| -> String {
                court.platform().query_row(sql, [text(key)], |r| r.get(0)).unwrap()
            };
            assert_eq!(text("due"), due);
            assert_eq!(clerk["clerk"], of("SELECT XM FROM CBR WHERE AJBH = ?1", "case").as_str());
            assert_eq!(text("title"), of("SELECT MC FROM WS WHERE WSBH = ?1", "key"));
            assert_eq!(text("addressee"), of("SELECT XM FROM RY WHERE RYBH = ?1", "person"));
            let numbered = "SELECT count(*) FROM case_step WHERE case_id = ?1 AND case_number = ?2";
            let ledger = court.database("inner/state/inner.db");
            let count: i64 = ledger.query_row(numbered, [text("case"), text("case_number")], |r| r.get(0)).unwrap();
            assert_eq!(count, 1);
        }
    }
}

/// The first party opens a document for service.
fn open_first_service(court: &Court) {
    let portal = court.portal();
    let browser = portal.browser();
    let login = court.logins().remove(0);
    browser.log_in(&login);
    let page = browser.get(&format!("/cases/{}", login.case_id));
    let text = page.text();
    let action = text[text.find("/documents/service/").unwrap()..].split('"').next().unwrap().to_owned();
    assert_eq!(browser.post(&action, &[("csrf", &page.csrf())]).status, 200);
}

#[test]
fn article_11_three_days_after_the_reminder_a_service_is_overdue_on_its_clerk_s_list_until_it_is_received() {
    let court = Court::new(30);
    calendar(&court, &[]);
    let sms = Sms::of(&court);
    court.up();
    court.down();
    notify(&court);
    let served = ledger(&court, "SELECT count(*) FROM exported WHERE kind = 'service' AND retracted = 0");
    assert!(served > 1);
    assert_eq!(staged(&court, "waiting"), served);
    assert!(!sms.of_template("FERRY-SONGDA").is_empty());

    wait(&court, 3);
    notify(&court);
    assert_eq!(staged(&court, "waiting"), served, "the third day is in time");
    wait(&court, 1);
    notify(&court);
    assert_eq!((staged(&court, "overdue"), listed(&court, "overdue").len() as i64), (served, served));
    let status = court.agent("inner", "status");
    assert_eq!((&status["notify"]["overdue"], &status["notify"]["waiting"]), (&served.into(), &0.into()));

    lists_each_service_under_its_clerk(&court, &(today() - 1.day()).to_string());
    let printed = String::from_utf8(court.try_agent("inner", &["notify", "--list"]).stdout).unwrap();
    assert_eq!(printed.matches("overdue, last day").count() as i64, served, "{printed}");
    let in_report = |court: &Court| {
        let day = today().to_string();
        let out = court.try_agent("inner", &["report", "--day", &day, "--json"]);
        serde_json::from_slice::<Value>(&out.stdout).unwrap()["service"]["overdue"].as_i64().unwrap()
    };
    assert_eq!(in_report(&court), served, "the report counts by the same rule");

    // Yesterday was a rest day after all: today is the last day.
    calendar(&court, &[today() - 1.day()]);
    notify(&court);
    assert_eq!((staged(&court, "waiting"), in_report(&court)), (served, 0));
    let due = court.count(&format!("SELECT count(*) FROM FERRY_SERVICE_STATE WHERE due = '{}'", today()));
    assert_eq!(due, served);
    calendar(&court, &[]);
    notify(&court);
    assert_eq!(staged(&court, "overdue"), served);

    // One is signed for, late: its deadline ends with the time of the signature.
    open_first_service(&court);
    court.down();
    assert_eq!(notify(&court)["services"], 1);
    assert_eq!((staged(&court, "received"), staged(&court, "overdue")), (1, served - 1));
    assert_eq!(court.count("SELECT count(*) FROM FERRY_SERVICE_STATE WHERE received_s > 0 AND reminded_s > 0"), 1);
    assert_eq!(listed(&court, "overdue").len() as i64, served - 1);
}

#[test]
fn article_11_without_a_confirmed_reminder_within_a_day_a_service_is_unconfirmed_with_a_reason() {
    let court = Court::new(30);
    calendar(&court, &[]);
    let sms = Sms::of(&court);
    let (person,): (String,) = court
        .platform()
        .query_row(
            "SELECT RYBH FROM WS WHERE WSLX = '01' AND SDFS = '5' AND QFBZ = 1 AND JZLB = '1' LIMIT 1",
            [],
            |r| Ok((r.get(0)?,)),
        )
        .unwrap();
    court.platform().execute("UPDATE RY SET SJHM = '' WHERE RYBH = ?1", [&person]).unwrap();
    court.up();
    court.down();
    notify(&court);
    assert!(listed(&court, "unconfirmed").is_empty(), "a day is in time");
    wait(&court, 1);
    let ledger_file = court.database("inner/state/inner.db");
    ledger_file.execute("UPDATE notify_service SET published_s = published_s - 60", []).unwrap();
    notify(&court);
    let unconfirmed = listed(&court, "unconfirmed");
    assert!(!unconfirmed.is_empty());
    assert!(
        unconfirmed.iter().all(|s| s["person"] == person.as_str() && s["reminder"] == "no-phone"),
        "{unconfirmed:?}"
    );
    assert_eq!(unconfirmed.len() as i64, staged(&court, "unconfirmed"));
    assert_eq!(court.agent("inner", "status")["notify"]["unconfirmed"], unconfirmed.len());
    assert!(staged(&court, "waiting") > 0, "those that were reminded wait");
    drop(sms);
}

#[test]
fn articles_11_16_a_corrected_document_gets_a_new_reminder_and_a_new_deadline() {
    let court = Court::new(30);
    calendar(&court, &[]);
    let sms = Sms::of(&court);
    court.up();
    court.down();
    notify(&court);
    let reminders = sms.of_template("FERRY-SONGDA").len();
    let (key, path): (String, String) = {
        let known = court.database("inner/state/inner.db");
        let key: String = known.query_row("SELECT min(key) FROM notify_service", [], |r| r.get(0)).unwrap();
        let sql = "SELECT LJ FROM WS WHERE WSBH = ?1";
        let path = court.platform().query_row(sql, [&key], |r| r.get(0)).unwrap();
        (key, path)
    };
    let other: String = court
        .platform()
        .query_row(
            "SELECT LJ FROM WS WHERE LJ <> ?1 AND WSLX = '01' AND QFBZ = 1 AND WJM LIKE '%.pdf' LIMIT 1",
            [&path],
            |r| r.get(0),
        )
        .unwrap();
    let sql = "UPDATE WS SET LJ = ?1, GZLY = '文书有误', GZSPR = '刘强', GZSPRQ = '2026-11-20', GXSJ = '2027-01-01' WHERE WSBH = ?2";
    court.platform().execute(sql, [&other, &key]).unwrap();
    court.up();
    notify(&court);
    assert_eq!(staged(&court, "replaced"), 0, "the old one stands until the new one is confirmed");
    court.down();
    notify(&court);
    assert_eq!(
        court.count(&format!("SELECT count(*) FROM FERRY_SERVICE_STATE WHERE id = '{key}' AND state = 'replaced'")),
        1
    );
    assert_eq!(
        court.count(&format!("SELECT count(*) FROM FERRY_SERVICE_STATE WHERE id = '{key}' AND state = 'waiting'")),
        1
    );
    assert!(sms.of_template("FERRY-SONGDA").len() > reminders);
    assert!(!sms.of_template("FERRY-GENGZHENG").is_empty());
}

/// Serves another file under a key, with an approval.
fn correct(court: &Court, key: &str, path: &str) {
    let sql = "UPDATE WS SET LJ = ?1, GZLY = '文书有误', GZSPR = '刘强', GZSPRQ = '2026-11-20',
                 GXSJ = (SELECT datetime(max('2027-01-01', max(GXSJ)), '+1 minute') FROM WS) WHERE WSBH = ?2";
    court.platform().execute(sql, [path, key]).unwrap();
    pass(court);
}

/// What the platform has goes out and is confirmed, and its reminders are sent.
fn pass(court: &Court) {
    court.up();
    court.down();
    notify(court);
}

#[test]
fn articles_11_16_a_document_served_again_gets_a_new_reminder_and_a_new_deadline() {
    let court = Court::new(30);
    calendar(&court, &[]);
    let sms = Sms::of(&court);
    pass(&court);
    let known = court.database("inner/state/inner.db");
    let key: String = known.query_row("SELECT min(key) FROM notify_service", [], |r| r.get(0)).unwrap();
    let sql =
        "SELECT LJ, (SELECT LJ FROM WS o WHERE o.LJ <> WS.LJ AND o.WSLX = '01' AND o.QFBZ = 1 AND o.WJM LIKE '%.pdf')
               FROM WS WHERE WSBH = ?1";
    let (a, b): (String, String) = court.platform().query_row(sql, [&key], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
    let states = |state: &str| {
        court.count(&format!("SELECT count(*) FROM FERRY_SERVICE_STATE WHERE id = '{key}' AND state = '{state}'"))
    };
    let reminders = || sms.of_template("FERRY-SONGDA").len();
    let begun_again = |sql: &str| {
        let sql =
            format!("SELECT count(*) FROM FERRY_SERVICE_STATE WHERE id = '{key}' AND state = 'waiting' AND {sql}");
        court.count(&sql)
    };

    // A, then B, then A again, each after its days were over.
    for (file, other) in [(&b, 1), (&a, 1)] {
        wait(&court, 4);
        notify(&court);
        assert_eq!(states("overdue"), 1);
        let before = reminders();
        correct(&court, &key, file);
        assert_eq!((states("waiting"), states("overdue"), states("replaced")), (1, 0, other), "{file}");
        assert_eq!(reminders(), before + 1, "{file}");
        let today = today().saturating_add(3.days());
        assert_eq!(
            begun_again(&format!("published_s > {} AND due = '{today}'", jiff::Timestamp::now().as_second() - 86_400)),
            1
        );
    }

    // Taken back, and served again.
    wait(&court, 4);
    notify(&court);
    let served = "UPDATE WS SET QFBZ = ?1, GXSJ = (SELECT datetime(max(GXSJ), '+1 minute') FROM WS) WHERE WSBH = ?2";
    court.platform().execute(served, ["0", &key]).unwrap();
    pass(&court);
    assert_eq!((states("waiting"), states("replaced")), (0, 2));
    let before = reminders();
    court.platform().execute(served, ["1", &key]).unwrap();
    pass(&court);
    assert_eq!((states("waiting"), states("replaced"), reminders()), (1, 1, before + 1));
}

#[test]
fn article_11_the_platform_in_postgresql_has_the_states_too() {
    let court = Court::new(12);
    calendar(&court, &[]);
    let _sms = Sms::of(&court);
    let platform = Platform::with(&court);
    court.up();
    court.down();
    notify(&court);
    wait(&court, 4);
    notify(&court);
    let overdue = platform.number("SELECT count(*) FROM ferry.FERRY_SERVICE_STATE WHERE state = 'overdue'");
    assert!(overdue > 0);
    assert_eq!(overdue, listed(&court, "overdue").len() as i64);
    assert_eq!(platform.number("SELECT count(*) FROM ferry.FERRY_SERVICE_STATE WHERE clerk = '' OR addressee = ''"), 0);
}
