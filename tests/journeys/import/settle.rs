//! The way in: what comes back is checked against what was sent, settled once, and filed (articles 4, 6, 10 and 11).

use crate::support::forge::forge;
use crate::support::receipts::{bring, say, true_receipt, with};
use crate::support::wait::eventually;
use ferry_format::batch::seal::Address;
use ferry_format::crypto::hash::sha256;
use ferry_format::encoding::hex::to_hex;
use ferry_format::frame::header::Direction;
use ferry_format::names::Id;
use ferry_format::record::{Record, Value};
use ferry_testkit::stage::{Browser, Court, Login, walk};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What `pdftotext` reads in a PDF, without its white space.
fn text_of(pdf: &Path) -> String {
    let out = std::process::Command::new("pdftotext").arg("-layout").arg(pdf).arg("-").output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap().split_whitespace().collect()
}

/// The fonts of a PDF as `pdffonts` lists them: name, and whether each is embedded.
fn fonts_of(pdf: &Path) -> Vec<(String, bool)> {
    let out = std::process::Command::new("pdffonts").arg(pdf).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let text = String::from_utf8(out.stdout).unwrap();
    let fonts = text.lines().skip(2).map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        // From the end: two numbers of the object, whether there is a map to Unicode, whether it is a part, and this.
        (words[0].to_owned(), words[words.len() - 5] == "yes")
    });
    fonts.collect()
}

/// The files of all case files, by their names.
fn filed(court: &Court) -> BTreeMap<String, PathBuf> {
    let name = |p: &PathBuf| p.file_name().unwrap().to_string_lossy().into_owned();
    walk(&court.path("case-files")).into_iter().map(|p| (name(&p), p)).collect()
}

fn log_in(court: &Court, browser: &Browser) -> (Login, String, String) {
    let login = court.logins().remove(0);
    browser.log_in(&login);
    let page = browser.get(&format!("/cases/{}", login.case_id));
    let text = page.text();
    let action = text[text.find("/documents/service/").unwrap()..].split('"').next().unwrap().to_owned();
    (login, action.trim_end_matches("/open").to_owned(), page.csrf())
}

#[test]
fn article_11_a_receipt_is_settled_once_completed_by_its_later_version_and_filed_as_record_page_and_pdf() {
    let court = Court::new(20);
    court.up();
    let portal = court.portal();
    let browser = portal.browser();
    let (login, action, csrf) = log_in(&court, &browser);
    assert_eq!(browser.post(&format!("{action}/open"), &[("csrf", &csrf)]).status, 200);
    let (_, imported) = court.down();
    assert_eq!((&imported["receipts"], &imported["filed"], &imported["held"]), (&1.into(), &1.into(), &0.into()));
    assert_eq!(court.count("SELECT count(*) FROM FERRY_RECEIPT WHERE signed_s IS NULL AND filed = 1"), 1);

    browser.post(&format!("{action}/sign"), &[("csrf", &csrf)]);
    let (_, imported) = court.down();
    assert_eq!((&imported["receipts"], &imported["filed"], &imported["held"]), (&1.into(), &1.into(), &0.into()));
    let sql = "SELECT count(*) FROM FERRY_RECEIPT WHERE version = 2 AND signed_s >= opened_s AND arrived_s <= opened_s
                 AND addressee = person AND capacity = 'addressee' AND newest_version = item_version AND via = 'portal'";
    assert_eq!((court.count(sql), court.count("SELECT count(*) FROM FERRY_RECEIPT")), (1, 1));

    let files = filed(&court);
    let (id, name, sha): (String, String, String) = court
        .platform()
        .query_row("SELECT id, addressee_name, sha256 FROM FERRY_RECEIPT", [], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?))
        })
        .unwrap();
    let names = ["v1.html", "v1.json", "v1.pdf", "v2.html", "v2.json", "v2.pdf"].map(|end| format!("{id}-{end}"));
    assert_eq!(files.keys().collect::<Vec<_>>(), names.iter().collect::<Vec<_>>());
    let second = &files[&format!("{id}-v2.pdf")];
    assert!(second.to_string_lossy().contains(&format!("{}/送达回证/", login.case_id)));
    let (text, page) = (text_of(second), std::fs::read_to_string(&files[&format!("{id}-v2.html")]).unwrap());
    for words in ["东昌区人民法院", "送达回证", "签收时间", &name, &login.case_no, "本人", &id] {
        assert!(text.contains(words) && page.contains(words), "{words}: {text}");
    }
    assert!(page.contains(&sha) && text.contains(&sha[..32]));
    let labels: Vec<_> =
        page.split("<th scope=\"row\">").skip(1).map(|rest| rest.split_once("</th>").unwrap().0).collect();
    assert!(labels.len() > 15, "{page}");
    for label in labels {
        assert!(text.contains(&label.split_whitespace().collect::<String>()), "{label}: {text}");
    }
    // A reader in ten years must not need the font.
    for (pdf, fonts) in files.values().filter(|p| p.extension().is_some_and(|e| e == "pdf")).map(|p| (p, fonts_of(p))) {
        assert!(
            !fonts.is_empty() && fonts.iter().all(|(name, is_in)| *is_in && name.contains("CJK")),
            "{pdf:?} {fonts:?}"
        );
    }
    let times = page.split("<td>").filter_map(|cell| cell.split_once("</td>")).filter(|(cell, _)| cell.contains("年"));
    let times: Vec<String> = times
        .map(|(cell, _)| cell.split_whitespace().collect())
        .filter(|t: &String| t.ends_with(|c: char| c.is_ascii_digit()))
        .collect();
    assert_eq!(times.len(), 4, "arrived, opened, downloaded, signed: {page}");
    assert!(times.iter().all(|time| text.contains(time)), "{times:?}: {text}");

    // Killed after the files were written, before they were marked: the same bytes are made, and stand already.
    let sums = |files: &BTreeMap<String, PathBuf>| -> BTreeMap<String, String> {
        files.iter().map(|(name, path)| (name.clone(), to_hex(&sha256(&std::fs::read(path).unwrap())))).collect()
    };
    let before = sums(&files);
    let unmark = || court.platform().execute("UPDATE FERRY_RECEIPT SET filed = 0", []).unwrap();
    unmark();
    assert_eq!(court.agent("inner", "import")["filed"], 1);
    for path in files.iter().filter(|(name, _)| name.contains("-v2.")).map(|(_, path)| path) {
        std::fs::remove_file(path).unwrap();
    }
    unmark();
    assert_eq!(court.agent("inner", "import")["filed"], 1);
    assert_eq!(sums(&filed(&court)), before);
}

#[test]
fn article_11_a_receipt_for_a_version_that_was_superseded_meanwhile_is_filed_against_that_version() {
    let court = Court::new(20);
    court.up();
    let portal = court.portal();
    let browser = portal.browser();
    let (login, action, csrf) = log_in(&court, &browser);
    assert_eq!(browser.post(&format!("{action}/open"), &[("csrf", &csrf)]).status, 200);
    let item = action.rsplit('/').next().unwrap();
    let other = "UPDATE WS SET LJ = (SELECT LJ FROM WS w WHERE w.WSBH <> ?1 AND w.WSBH LIKE 'WS0%' ORDER BY w.WSBH LIMIT 1),
                   GZLY = '笔误', GZSPR = '执行局长 刘强', GZSPRQ = '2026-11-24', GXSJ = '2099-01-01 00:00:00' WHERE WSBH = ?1";
    assert_eq!(court.platform().execute(other, [item]).unwrap(), 1);
    let (exported, _) = court.up();
    assert_eq!(exported["corrected"], 1, "{exported} {}", court.agent("inner", "status")["held_records"]);
    let (_, imported) = court.down();
    assert_eq!((&imported["receipts"], &imported["filed"], &imported["held"]), (&1.into(), &1.into(), &0.into()));
    let sql = "SELECT count(*) FROM FERRY_RECEIPT WHERE item_version = 1 AND newest_version = 2";
    assert_eq!(court.count(sql), 1);
    let files = filed(&court);
    let pdf = files.iter().find(|(name, _)| name.ends_with(".pdf")).unwrap().1;
    assert!(pdf.to_string_lossy().contains(&login.case_id));
    let text = text_of(pdf);
    assert!(text.contains("1（已被第2版取代）"), "{text}");
}

/// A good receipt, and others that each contradict the ledger in what their id says.
fn contradicting_receipts(good: &Record) -> Vec<Record> {
    let opened_s = good.integer("opened").unwrap();
    let text = |r: &mut Record, field: &str, text: &str| r.fields.insert(field.into(), Value::Text(text.into()));
    vec![
        good.clone(),
        with(good, "other-bytes", |r| drop(text(r, "sha256", &"0".repeat(64)))),
        with(good, "other-addressee", |r| drop(text(r, "addressee", "RY-nobody"))),
        with(good, "not-entitled", |r| r.person = "RY-nobody".into()),
        with(good, "unknown-version", |r| say(r, "item-version", 9)),
        with(good, "never-sent", |r| drop(text(r, "item", "WS-none"))),
        with(good, "other-case", |r| r.case_id = "AJ-none".into()),
        with(good, "before-sent", |r| say(r, "arrived", opened_s - 3600)),
        with(good, "times-out-of-order", |r| say(r, "signed", opened_s - 1)),
        with(good, "in-future", |r| say(r, "signed", opened_s + 3600)),
        with(good, "catalogue", |r| drop(text(r, "sha256", "short"))),
    ]
}

#[test]
fn articles_6_11_receipts_that_contradict_the_ledger_go_to_the_clerk_s_list_with_a_reason() {
    let court = Court::new(20);
    court.up();
    let good = true_receipt(&court, "good");
    let opened_s = good.integer("opened").unwrap();
    let items = contradicting_receipts(&good);
    let imported = bring(&court, 1, &items);
    assert_eq!((&imported["receipts"], &imported["held"], &imported["filed"]), (&1.into(), &10.into(), &1.into()));
    // Each was made to be of the class that its id names.
    assert_eq!(court.count("SELECT count(*) FROM FERRY_HELD WHERE class = id AND state = 'new' AND at_s > 0"), 10);
    let reason = "SELECT count(*) FROM FERRY_HELD WHERE reason LIKE '%校验值%不一致%' AND fields LIKE '%192.0.2.7%'";
    assert_eq!(court.count(reason), 1);
    assert_eq!(filed(&court).len(), 3);
    let list = court.agent("inner", "status")["clerk_list"].clone();
    assert_eq!(
        (list.as_object().unwrap().len(), &list["no-consent"], &list["in-future"]),
        (10, &serde_json::Value::Null, &1.into())
    );

    // The same receipt again under a higher version: what it adds is recorded, what it changes is not.
    let signed = |change: &dyn Fn(&mut Record)| {
        with(&good, "good", |r| {
            r.version = 2;
            say(r, "signed", opened_s + 1);
            change(r);
        })
    };
    let imported = bring(&court, 2, &[signed(&|r| say(r, "opened", opened_s + 1))]);
    assert_eq!((&imported["receipts"], &imported["held"]), (&0.into(), &1.into()));
    let imported = bring(&court, 3, &[signed(&|_| ())]);
    assert_eq!((&imported["receipts"], &imported["held"]), (&1.into(), &0.into()));
    let sql = format!("SELECT count(*) FROM FERRY_RECEIPT WHERE opened_s = {opened_s} AND signed_s = {}", opened_s + 1);
    assert_eq!(court.count(&sql), 1);

    // A version that was settled comes again: the same words change nothing, others are held and reach no ledger.
    let known = || court.database("inner/state/inner.db").query_row("SELECT count(*) FROM receipt", [], |r| r.get(0));
    let before: i64 = known().unwrap();
    court.database("inner/state/inner.db").execute("DELETE FROM receipt WHERE id = 'good'", []).unwrap();
    let forged = with(&good, "good", |r| say(r, "opened", opened_s + 1));
    let imported = bring(&court, 4, &[forged]);
    assert_eq!((&imported["receipts"], &imported["held"], known().unwrap()), (&0.into(), &1.into(), before - 1));
    let held = "SELECT count(*) FROM FERRY_HELD WHERE id = 'good' AND class = 'contradicts' AND version = 1";
    assert_eq!(court.count(held), 1);
    let imported = bring(&court, 5, std::slice::from_ref(&good));
    assert_eq!((&imported["receipts"], &imported["held"], known().unwrap()), (&0.into(), &0.into(), before));
}

#[test]
fn article_6_withdrawn_consent_covers_what_was_opened_before_and_a_clerk_can_settle_a_held_receipt() {
    let court = Court::new(20);
    court.up();
    let good = true_receipt(&court, "good");
    bring(&court, 1, std::slice::from_ref(&good));
    let opened_s = good.integer("opened").unwrap();
    bring(&court, 2, &[with(&good, "in-future", |r| say(r, "signed", opened_s + 3600))]);
    let here = jiff::Timestamp::now().in_tz("Asia/Shanghai").unwrap().date();
    let day = |days: i64| here.saturating_add(jiff::Span::new().days(days)).to_string();
    let ledger = court.database("inner/state/inner.db");
    let until = "UPDATE consent SET until = ?1 WHERE case_id = ?2 AND person = ?3";
    assert!(ledger.execute(until, [&day(-1), &good.case_id, &good.person]).unwrap() > 0);
    let imported = bring(&court, 3, &[with(&good, "no-consent", |_| ())]);
    assert_eq!((&imported["receipts"], &imported["held"]), (&0.into(), &1.into()));
    ledger.execute(until, [&day(0), &good.case_id, &good.person]).unwrap();
    assert_eq!(bring(&court, 4, &[with(&good, "consents-today", |_| ())])["receipts"], 1);

    // A clerk has settled one of them.
    court.platform().execute("UPDATE FERRY_HELD SET state = 'done' WHERE class = 'no-consent'", []).unwrap();
    court.agent("inner", "import");
    let status = court.agent("inner", "status");
    assert_eq!(status["clerk_list"], serde_json::json!({ "in-future": 1 }));
    let shown = court.try_agent("inner", &["status"]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("clerk's review queue (FERRY_HELD): 1 in-future"));
}

#[test]
fn article_11_a_certificate_prints_document_and_addressee_as_they_were_sent() {
    let court = Court::new(20);
    court.up();
    let good = true_receipt(&court, "good");
    let text = |r: &mut Record, field: &str, text: &str| r.fields.insert(field.into(), Value::Text(text.into()));
    let lines = format!("{}{}", good.text("recipient"), "\n".repeat(60));
    let items = [
        with(&good, "document", |r| drop(text(r, "document", "查封裁定书.pdf"))),
        with(&good, "addressee-name", |r| drop(text(r, "addressee-name", "李四"))),
        with(&good, "lines", |r| drop(text(r, "recipient", &lines))),
    ];
    let imported = bring(&court, 1, &items);
    assert_eq!((&imported["receipts"], &imported["held"], &imported["filed"]), (&0.into(), &3.into(), &0.into()));
}

#[test]
fn a_receipt_with_an_existing_file_name_blocks_no_other_receipt() {
    let court = Court::new(20);
    court.up();
    let good = true_receipt(&court, "good");
    let folder = court.path("case-files").join(&good.case_id).join("送达回证");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("a-v1.json"), "somebody else's").unwrap();
    let down = |id: &str| with(&good, id, |_| ());
    let bytes = {
        let to = |a: &mut Address| (a.channel, a.direction) = (Id::new("down").unwrap(), Direction::Return);
        forge(&court, "outer/sender.key", "inner/recipient.pub", to, 1, &[down("a"), down("b"), down("a/b")])
    };
    std::fs::write(court.path("channel/down/received/1.ferry"), bytes).unwrap();
    let text = court.refused("inner", "import", 73);
    assert!(text.contains("FERRY-E0609") && text.contains("a-v1.json"), "{text}");
    assert_eq!(court.count("SELECT count(*) FROM FERRY_RECEIPT WHERE filed = 1 AND id <> 'a'"), 2);
    std::fs::remove_file(folder.join("a-v1.json")).unwrap();
    assert_eq!(court.agent("inner", "import")["filed"], 1);
    // What an older version says and a newer one not was never sent so.
    let mut second = down("b");
    second.version = 2;
    say(&mut second, "downloaded", good.integer("opened").unwrap());
    bring(&court, 2, &[second]);
    let late = with(&good, "b", |r| say(r, "signed", good.integer("opened").unwrap()));
    let imported = bring(&court, 3, &[late]);
    assert_eq!(imported["receipts"], 0, "{imported}");
}

#[test]
fn articles_3_11_an_agent_opens_for_a_principal_and_the_certificate_names_both() {
    let court = Court::new(20);
    let addressee = "SELECT AJBH, RYBH FROM WS WHERE SDFS = '5' AND QFBZ = 1 ORDER BY WSBH LIMIT 1";
    let (case, principal): (String, String) =
        court.platform().query_row(addressee, [], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
    let sql = "INSERT INTO DLR SELECT 'DL-NEW', ?1, 'RY-LAWYER', '李律师', '律师事务所', ?2, '2', '2020-01-01', NULL,
                 NULL, NULL, max(GXSJ) FROM DLR";
    court.platform().execute(sql, [&case, &principal]).unwrap();
    court.up();
    let own = true_receipt(&court, "agent");
    let opened = with(&own, "agent", |r| r.person = "RY-LAWYER".into());
    assert_eq!((&opened.case_id, opened.text("addressee")), (&case, principal.as_str()));
    assert_eq!(bring(&court, 1, &[opened])["receipts"], 1);
    let pdf = &filed(&court)["agent-v1.pdf"];
    assert!(text_of(pdf).contains("查阅人身份代理人"));
}

#[test]
fn articles_4_10_messages_and_requests_reach_the_handler_and_replies_reach_the_writer() {
    let court = Court::new(20);
    court.up();
    let portal = court.portal();
    let browser = portal.browser();
    let (login, _, csrf) = log_in(&court, &browser);
    let post = |part: &str, form: &[(&str, &str)]| {
        let form: Vec<_> = [("csrf", csrf.as_str())].into_iter().chain(form.iter().copied()).collect();
        assert_eq!(browser.post(&format!("/cases/{}/{part}", login.case_id), &form).status, 200);
    };
    post("messages", &[("text", "请问执行款何时发放")]);
    post("requests", &[("subject", "recording"), ("text", "请求查阅听证录像")]);
    let (_, imported) = court.down();
    assert_eq!((&imported["messages"], &imported["requests"], &imported["held"]), (&1.into(), &1.into(), &0.into()));
    let row = |table: &str| -> (String, String) {
        let sql = format!("SELECT id, person FROM {table} WHERE state = 'new' AND via = 'portal'");
        court.platform().query_row(&sql, [], |r| Ok((r.get(0)?, r.get(1)?))).unwrap()
    };
    let (message, request) = (row("FERRY_MESSAGE"), row("FERRY_REQUEST"));
    assert_eq!(court.count("SELECT count(*) FROM FERRY_REQUEST WHERE subject = 'recording'"), 1);
    for (n, (id, person), output) in [("1", message, "执行款下周发放"), ("2", request, "已准许查阅")] {
        let sql = "INSERT INTO LYHF VALUES (?1, ?2, ?3, ?4, ?5, '李法官', '2026-11-24 09:00:00', NULL, NULL, '2099-01-01 00:00:00')";
        court.platform().execute(sql, [&format!("HF{n}"), &login.case_id, &person, &id, output]).unwrap();
    }
    court.up();
    let page = browser.get(&format!("/cases/{}", login.case_id)).text();
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}: {page}"));
    assert!(at("请问执行款何时发放") < at("执行款下周发放") && at("请求查阅听证录像") < at("已准许查阅"));
}

#[test]
fn article_10_messages_of_strangers_and_floods_only_reach_the_clerk_s_list() {
    let court = Court::new(20);
    court.up();
    let receipt = true_receipt(&court, "x");
    let written = |id: &str, change: &dyn Fn(&mut Record)| {
        let mut message = Record::new("message", id, 1);
        (message.case_id, message.person) = (receipt.case_id.clone(), receipt.person.clone());
        for (field, text) in [("author", "张三"), ("text", "留言"), ("address", "192.0.2.7"), ("via", "portal")] {
            message.fields.insert(field.into(), Value::Text(text.into()));
        }
        say(&mut message, "written", jiff::Timestamp::now().as_second());
        change(&mut message);
        message
    };
    let mut items: Vec<Record> = (0..203).map(|n| written(&format!("m{n}"), &|_| ())).collect();
    items.push(written("nobody", &|m| m.person = "RY-nobody".into()));
    items.push(written("nowhere", &|m| m.case_id = "AJ-none".into()));
    items.push(written("early", &|m| say(m, "written", 1)));
    let imported = bring(&court, 1, &items);
    assert_eq!((&imported["messages"], &imported["held"]), (&200.into(), &6.into()));
    let list = court.agent("inner", "status")["clerk_list"].clone();
    assert_eq!(list, serde_json::json!({ "before-sent": 1, "stranger": 2, "too-many": 3 }));
}

#[test]
fn a_day_without_an_import_raises_an_alarm_in_status_and_in_the_daemon_log() {
    let court = Court::new(12);
    court.up();
    assert_eq!(court.agent("inner", "status")["alarms"], serde_json::json!([]));
    court
        .database("inner/state/inner.db")
        .execute("UPDATE ferry_sent SET created_s = created_s - 3 * 86400", [])
        .unwrap();
    let alarm = court.agent("inner", "status")["alarms"][0].clone();
    assert_eq!(alarm["code"], "FERRY-E0633");
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    let today = jiff::Timestamp::now().to_zoned(zone).date();
    let (from, to) = (today.saturating_sub(jiff::Span::new().days(2)), today.yesterday().unwrap());
    assert!(alarm["message"].as_str().unwrap().contains(&format!("{from} to {to}")), "{alarm}");
    assert!(!alarm["hint"].as_str().unwrap().is_empty());
    let shown = court.try_agent("inner", &["status"]);
    assert!(String::from_utf8_lossy(&shown.stdout).starts_with("alarm: "));

    let daemon = court.spawn("inner", &["run"]);
    eventually("the alarm", || daemon.stderr().contains("[FERRY-E0633]"));
    drop(daemon);

    // The outer side was to reply last night, and did not.
    assert_eq!(court.agent("outer", "status")["alarms"], serde_json::json!([]));
    court.database("outer/state/outer.db").execute("UPDATE ferry_received SET at_s = at_s - 2 * 86400", []).unwrap();
    let codes = || -> Vec<String> {
        let status = court.agent("outer", "status");
        status["alarms"].as_array().unwrap().iter().map(|a| a["code"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(codes(), ["FERRY-E0674", "FERRY-E0634"], "and nothing has arrived since");
    court.down();
    court.set_clock("inner", 86_400);
    let inside = court.agent("inner", "status")["alarms"].to_string();
    assert!(!inside.contains("FERRY-E0633"), "it ends the day after a reply was imported: {inside}");
    court.set_clock("inner", 0);
    assert_eq!(codes(), ["FERRY-E0674"]);
    court.up();
    assert!(codes().is_empty());
}

#[test]
fn staging_tables_of_an_earlier_release_get_their_columns_and_keep_their_rows() {
    let court = Court::new(20);
    court.platform().execute_batch(include_str!("../../data/staging-1.sql")).unwrap();
    court
        .platform()
        .execute_batch("INSERT INTO FERRY_RECEIPT VALUES ('old', 'AJ1', 'P1', '张三', 'service', 'WS1', 1, '通知书.pdf', 'ab', 1764003600, '::1', 'Mozilla', 'down/1/1', 0)")
        .unwrap();
    court.up();
    let imported = bring(&court, 1, &[true_receipt(&court, "new")]);
    assert_eq!((&imported["receipts"], &imported["filed"]), (&1.into(), &2.into()));
    assert_eq!(court.count("SELECT count(*) FROM FERRY_RECEIPT WHERE version = 1 AND filed = 1"), 2);
    assert!(text_of(&filed(&court)["old-v1.pdf"]).contains("通知书.pdf"));
    court.agent("inner", "import");
}

#[test]
fn a_font_without_chinese_is_reported_before_anything_needs_it() {
    let court = Court::new(12);
    let font = "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc";
    assert!(court.try_agent("inner", &["check-config"]).status.success());
    court.edit("inner.toml", font, "inner/recipient.pub");
    let out = court.try_agent("inner", &["check-config"]);
    let output = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(78), "{output}");
    assert!(output.contains("FERRY-E0630") && output.contains("settle.certificate-font"), "{output}");
    court.edit("inner.toml", "inner/recipient.pub", font);
    assert!(court.try_agent("inner", &["check-config"]).status.success());
}
