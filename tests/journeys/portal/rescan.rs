//! The second look outside: what slips past the scanner inside is shown to nobody.

use crate::support::api_client::Channel;
use crate::support::unscreened::{UnscreenedRecord, send_unscreened};
use ferry_format::record::{Record, Value};
use ferry_testkit::court::pdf::Printer;
use ferry_testkit::stage::{Court, Portal};

const IDENTITY: &str = "11010519491231002X";
const LATER: &str = "2027-01-01 00:00:00";

fn carried(court: &Court) -> serde_json::Value {
    court.carry("up");
    court.agent("outer", "ingest")
}

fn both_agree(court: &Court) {
    let (inside, outside) = (court.agent("inner", "status"), court.agent("outer", "status"));
    assert_eq!(inside["state_root"], outside["state_root"]);
    assert_eq!(inside["published"], outside["published"]);
    assert_eq!(outside["root_differs"], false);
}

fn hidden(court: &Court, side: &str) -> Vec<(String, String)> {
    let status = court.agent(side, "status");
    let name = if side == "inner" { "key" } else { "id" };
    let items = status["held_outside_items"].as_array().unwrap();
    assert_eq!(status["held_outside"], items.len());
    let text = |v: &serde_json::Value| v.as_str().unwrap().to_owned();
    items.iter().map(|i| (text(&i[name]), text(&i["rule"]))).collect()
}

fn slipped(court: &Court) {
    let pdf = Printer::new().unwrap();
    let printed = pdf.document("执行裁定书", &format!("被执行人张某，公民身份号码{IDENTITY}，住东昌区。")).unwrap();
    let judgment = [
        ("title", "执行裁定书"),
        ("case-no", "（2024）鲁1502执12号"),
        ("court", "东昌区人民法院"),
        ("issued-on", "2026-01-05"),
    ];
    send_unscreened(
        court,
        vec![
            UnscreenedRecord::announcement("GG-SLIP", &format!("悬赏，身份证号{IDENTITY}")),
            UnscreenedRecord::announcement("GG-MARK", "内部资料 机密★一年"),
            UnscreenedRecord::announcement("GG-FINE", "悬赏公告，咨询电话0635-8000100。"),
            UnscreenedRecord::new("judgment", "GK-SLIP", &judgment).with(
                "裁定书.pdf",
                "application/pdf",
                printed.to_vec(),
            ),
            UnscreenedRecord::new("guide", "ZN-SLIP", &[("title", "公开指南"), ("issued-on", "2026-01-05")]).with(
                "指南.txt",
                "text/plain; charset=utf-8",
                "有问题请打 138-0013-8000".into(),
            ),
            UnscreenedRecord::new("guide", "ZN-NAME", &[("title", "公开指南"), ("issued-on", "2026-01-05")]).with(
                "13800138000.txt",
                "text/plain; charset=utf-8",
                "没有号码".into(),
            ),
        ],
    );
    assert_eq!(carried(court)["batches"], 1);
}

/// Whether the portal shows an item: in the API, by its document, and in the list of its kind.
fn shows(portal: &Portal, screen: &Channel, kind: &str, id: &str) -> [bool; 3] {
    let browser = portal.browser();
    let list = screen.get(&format!("/public/{kind}?per-page=200")).json();
    let listed = list["items"].as_array().unwrap().iter().any(|item| item["id"] == id);
    assert_eq!(screen.get(&format!("/public/{kind}/{id}")).status == 200, listed);
    let document = browser.get(&format!("/public/{kind}/{id}/document"));
    assert_eq!(screen.get(&format!("/public/{kind}/{id}/document")).status, document.status);
    let page = browser.get(&format!("/public/{kind}")).text();
    [listed, document.status == 200, page.contains(&format!("href=\"/public/{kind}/{id}\""))]
}

#[test]
fn article_14_what_the_first_scanner_misses_is_hidden_reported_and_shown_once_it_is_clean() {
    let court = Court::new(10);
    court.up();
    slipped(&court);
    both_agree(&court);
    let token = court.add_channel("screen");
    let portal = court.portal();
    let screen = Channel::new(&portal, &token);
    for (kind, id) in [("announcement", "GG-SLIP"), ("announcement", "GG-MARK"), ("judgment", "GK-SLIP")] {
        assert_eq!(shows(&portal, &screen, kind, id), [false; 3], "{id}");
    }
    assert_eq!(shows(&portal, &screen, "guide", "ZN-SLIP"), [false; 3]);
    assert_eq!(shows(&portal, &screen, "guide", "ZN-NAME"), [false; 3]);
    assert!(shows(&portal, &screen, "announcement", "GG-FINE")[0], "the other entries of the batch are shown");
    let pages =
        ["/", "/public/announcement", "/public/judgment", "/public/guide"].map(|path| portal.browser().get(path));
    let lists = ["announcement", "judgment", "guide"].map(|kind| screen.get(&format!("/public/{kind}")));
    for text in pages.into_iter().chain(lists).map(|answer| answer.text()) {
        assert!(!text.contains(IDENTITY) && !text.contains("机密★") && !text.contains("13800138000"), "{text}");
    }
    let rules = [
        ("GG-MARK", "secrecy-mark"),
        ("GG-SLIP", "identity"),
        ("ZN-NAME", "mobile"),
        ("ZN-SLIP", "mobile"),
        ("GK-SLIP", "identity"),
    ];
    let rules = rules.map(|(id, rule)| (id.to_owned(), rule.to_owned()));
    assert_eq!(hidden(&court, "outer"), rules);
    let text = String::from_utf8(court.try_agent("outer", &["status"]).stdout).unwrap();
    assert!(text.contains("hidden: judgment GK-SLIP version 2: identity"), "{text}");

    let (replied, imported) = court.down();
    assert_eq!(
        (&replied["held_outside"], &imported["held_outside"], &imported["held"]),
        (&5.into(), &5.into(), &0.into())
    );
    assert_eq!(hidden(&court, "inner"), rules);
    let clerks = "SELECT (SELECT count(*) FROM FERRY_RECORD) + (SELECT count(*) FROM FERRY_HELD)";
    assert_eq!(court.count(clerks), 0, "no clerk has to look at it");
    let text = String::from_utf8(court.try_agent("inner", &["status"]).stdout).unwrap();
    assert!(text.contains("hidden outside: announcement GG-SLIP version 2: identity"), "{text}");

    let approved = "'号码未遮蔽', '刘强', '20260106', NULL, NULL";
    for sql in [
        format!(
            "INSERT INTO GG VALUES ('GG-SLIP', '2', '悬赏公告', '被执行人张某，线索请告本院', '2026-01-05', {approved}, '{LATER}')"
        ),
        format!(
            "INSERT INTO GKWS VALUES ('GK-SLIP', '执行裁定书', '（2024）鲁1502执12号', '东昌区人民法院', 'zn/zxzn.pdf', '裁定书.pdf', 1, '2026-01-05', {approved}, '{LATER}')"
        ),
    ] {
        court.platform().execute(&sql, []).unwrap();
    }
    court.up();
    both_agree(&court);
    assert!(shows(&portal, &screen, "announcement", "GG-SLIP")[0]);
    assert_eq!(shows(&portal, &screen, "judgment", "GK-SLIP"), [true; 3]);
    assert_eq!(hidden(&court, "outer").len(), 3);
    assert_eq!(hidden(&court, "inner").len(), 5, "nobody said yet that the new version arrived");
    let (replied, _) = court.down();
    assert_eq!(replied["held_outside"], 0, "each version is reported once");
    assert_eq!(hidden(&court, "inner").len(), 3);
}

#[test]
fn a_hidden_record_is_reported_once_even_if_the_return_batch_was_resent() {
    let court = Court::new(5);
    court.up();
    slipped(&court);
    assert_eq!(court.agent("outer", "reply")["held_outside"], 5);
    for lost in court.files("channel/down/sent") {
        std::fs::remove_file(lost).unwrap();
    }
    let (replied, imported) = court.down();
    assert_eq!((&replied["held_outside"], &imported["held_outside"]), (&0.into(), &0.into()));
    // The inner side misses a number and asks for it; the same bytes come again, and then once more.
    let (_, ingested) = court.up();
    assert_eq!(ingested["resent"], 1);
    court.carry("down");
    assert_eq!(court.agent("inner", "import")["held_outside"], 5);
    let again = court.files("channel/down/sent").remove(0);
    std::fs::copy(&again, court.path("channel/down/received/again")).unwrap();
    assert_eq!(court.agent("inner", "import")["known"], 1);
    let reported = "SELECT count(*) FROM ferry_audit WHERE act = 'held-outside'";
    let reported: i64 = court.database("inner/state/inner.db").query_row(reported, [], |r| r.get(0)).unwrap();
    assert_eq!(reported, 5);
    court.up();
    assert_eq!(court.agent("outer", "status")["outgoing"], 0, "it is deleted once the other side has it");
    assert_eq!(hidden(&court, "outer").len(), 5, "and stays hidden");
}

#[test]
fn a_report_about_an_unknown_record_is_held() {
    let court = Court::new(5);
    court.up();
    let mut record = Record::new("held-outside", "0123456789abcdef0123456789abcdef", 1);
    for (field, text) in [("kind", "announcement"), ("item", "GG-NEVER"), ("rule", "identity")] {
        record.fields.insert(field.into(), Value::Text(text.into()));
    }
    record.fields.insert("item-version".into(), Value::Integer(1));
    let sql = "INSERT INTO outgoing(kind, id, version, body) VALUES (?1, ?2, 1, ?3)";
    let row = rusqlite::params![record.kind, record.id, record.encode().unwrap()];
    court.database("outer/state/outer.db").execute(sql, row).unwrap();
    let (_, imported) = court.down();
    assert_eq!((&imported["held_outside"], &imported["held"]), (&0.into(), &1.into()));
    assert!(hidden(&court, "inner").is_empty());
}

#[test]
fn a_document_that_nobody_could_read_is_hidden_from_the_public_whatever_the_policy_says() {
    for (policy, shown) in [("unscannable = \"pass\"", false), ("unscannable = \"hold\"", false)] {
        let court = Court::new(5);
        court.edit("policy.toml", "document-mib-max", &format!("{policy}\ndocument-mib-max"));
        court.up();
        let texts = [("title", "流程图"), ("issued-on", "2026-01-05")];
        send_unscreened(
            &court,
            vec![UnscreenedRecord::new("guide", "ZN-SCAN", &texts).with("图.png", "image/png", vec![7; 100])],
        );
        carried(&court);
        let token = court.add_channel("screen");
        let portal = court.portal();
        let screen = Channel::new(&portal, &token);
        assert_eq!(shows(&portal, &screen, "guide", "ZN-SCAN"), [shown; 3], "{policy}");
        assert_eq!(hidden(&court, "outer").iter().any(|(id, rule)| id == "ZN-SCAN" && rule == "unscannable"), !shown);
        both_agree(&court);
    }
}

#[test]
fn without_a_sandbox_check_config_refuses_on_both_sides_and_names_what_is_missing() {
    let court = Court::new(5);
    court.up();
    for side in ["inner", "outer"] {
        let out = court.without_namespaces(side, &["check-config"]);
        let text = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(78), "{text}");
        assert!(text.contains("bwrap") && text.contains("FERRY-E0504"), "{side}: {text}");
        let quiet = court.try_agent(side, &["check-config"]);
        assert!(quiet.stderr.is_empty(), "{}", String::from_utf8_lossy(&quiet.stderr));
    }
}
