//! What each article of the notice asks of the way out, over both real binaries. Courts that a test only reads are shared.

use ferry_format::record::Record;
use ferry_format::record::catalogue::{Audience, Catalogue, Direction, Field, FieldType};
use ferry_testkit::stage::{Court, Login, walk};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, OnceLock};

const LATER: &str = "2027-01-01 00:00:00";

/// One court large enough to have something of every category, published.
fn published() -> MutexGuard<'static, Court> {
    static COURT: OnceLock<Mutex<Court>> = OnceLock::new();
    let court = COURT.get_or_init(|| {
        let court = Court::new(300);
        court.up();
        Mutex::new(court)
    });
    court.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn catalogue() -> Catalogue {
    Catalogue::from_toml(include_str!("../../../config/catalogue.toml")).unwrap()
}

fn outer(court: &Court) -> Connection {
    court.database("outer/state/outer.db")
}

fn count(conn: &Connection, sql: &str) -> i64 {
    conn.query_row(sql, [], |r| r.get(0)).unwrap_or_else(|e| panic!("{sql}: {e}"))
}

/// All records of a kind that stand outside.
fn shown(court: &Court, kind: &str) -> Vec<Record> {
    let conn = outer(court);
    let mut statement = conn.prepare("SELECT body FROM record WHERE kind = ?1 AND retracted = 0").unwrap();
    let bodies = statement.query_map([kind], |r| r.get::<_, Vec<u8>>(0)).unwrap();
    bodies.map(|b| Record::decode(&b.unwrap()).unwrap()).collect()
}

fn documents(court: &Court) -> BTreeSet<Vec<u8>> {
    walk(&court.path("outer/state/documents")).iter().map(|p| std::fs::read(p).unwrap()).collect()
}

/// Someone of a case in a role (`SSDW` of `DSR`), who can log in with the code that the made court prints.
fn member(court: &Court, case: &str, role: &str) -> Login {
    let sql = "SELECT RYBH FROM DSR WHERE AJBH = ?1 AND SSDW = ?2 LIMIT 1";
    let person: String = court.platform().query_row(sql, [case, role], |r| r.get(0)).unwrap();
    Login { case_id: case.to_owned(), ..somebody(court, &person) }
}

/// The same for a person, by key.
fn somebody(court: &Court, person: &str) -> Login {
    let code = court.logins().remove(0).code;
    let conn = court.platform();
    let identity = conn.query_row("SELECT ZJHM FROM RY WHERE RYBH = ?1", [person], |r| r.get(0)).unwrap();
    conn.execute("UPDATE RY SET CXM = ?1, GXSJ = ?2 WHERE RYBH = ?3", [code.as_str(), LATER, person]).unwrap();
    Login { identity, code, case_id: String::new(), case_no: String::new() }
}

#[test]
fn article_1_every_row_is_published_or_held_for_a_recorded_reason() {
    let court = published();
    let inner = court.database("inner/state/inner.db");
    for (table, kinds) in [
        ("AJXX", "'case'"),
        ("ZXCS", "'measure', 'planned-measure'"),
        ("WS", "'notice', 'ruling', 'service'"),
        ("GG", "'announcement'"),
        ("GKWS", "'judgment'"),
        ("LYLX", "'recording'"),
        ("JZCL", "'file-document'"),
    ] {
        let rows = court.count(&format!("SELECT count(*) FROM {table}"));
        let outside =
            count(&outer(&court), &format!("SELECT count(*) FROM record WHERE kind IN ({kinds}) AND retracted = 0"));
        let reasons = count(&inner, &format!("SELECT count(*) FROM held WHERE kind IN ({kinds}) AND reason <> ''"))
            + count(&inner, &format!("SELECT count(*) FROM withheld WHERE kind IN ({kinds}) AND reason <> ''"));
        assert_eq!(outside + reasons, rows, "{table}: nothing is kept back in silence");
        assert!(outside > 0, "{table}");
    }
}

#[test]
fn article_3_all_eighteen_categories_reach_only_the_parties_of_their_case() {
    let court = published();
    let catalogue = catalogue();
    for n in 1..=18 {
        let article = format!("3({n})");
        let kinds: Vec<_> = catalogue.kinds.iter().filter(|(_, k)| k.article == article).collect();
        assert!(!kinds.is_empty(), "article {article}");
        for (id, kind) in kinds {
            assert!(kind.in_case && kind.direction == Direction::Up && kind.audience != Audience::Public, "{id}");
            let records = shown(&court, id);
            assert!(!records.is_empty(), "{id}: none is outside");
            assert!(records.iter().all(|r| !r.case_id.is_empty()), "{id}");
        }
    }
    // A category that few cases have, on the page of the one that has it.
    let other = shown(&court, "other").remove(0);
    let applicant = member(&court, &other.case_id, "01");
    court.up();
    let portal = court.portal();
    let browser = portal.browser();
    assert_eq!(browser.get(&format!("/cases/{}", other.case_id)).text().matches("司法救助").count(), 0, "no log-in");
    browser.log_in(&applicant);
    assert!(browser.get(&format!("/cases/{}", other.case_id)).text().contains("司法救助"));
}

/// The parts of a case's page: the head with what is so on every day, and each step, each from its kind's name on.
fn parts_of(page: &str) -> Vec<&str> {
    let main = page.split_once("id=\"messages\"").unwrap().0;
    main.split("class=\"kind\">").collect()
}

#[test]
fn article_3_the_page_of_a_case_shows_every_category_that_it_has() {
    let court = published();
    let catalogue = catalogue();
    let mut wanted = Vec::new();
    for (id, kind) in catalogue.kinds.iter().filter(|(_, k)| k.article.starts_with("3(")) {
        let text = |r: &Record| {
            let texts = kind.fields_in_order().into_iter().filter(|(_, f)| matches!(f.kind, FieldType::Text(_)));
            texts.map(|(id, _)| r.text(id).to_owned()).find(|text| !text.is_empty())
        };
        let records = shown(&court, id);
        // One with a text of its own, where the kind has texts.
        let record = records.iter().find(|r| text(r).is_some()).unwrap_or(&records[0]).clone();
        let reader = match kind.audience {
            Audience::Person => somebody(&court, &record.person),
            _ => member(&court, &record.case_id, "01"),
        };
        wanted.push((kind, text(&record).unwrap_or_default(), record, reader));
    }
    let articles: BTreeSet<&str> = wanted.iter().map(|(kind, ..)| kind.article.as_str()).collect();
    assert_eq!(articles.len(), 18);
    court.up();
    let portal = court.portal();
    for (kind, text, record, reader) in wanted {
        let browser = portal.browser();
        assert_eq!(browser.log_in(&reader).status, 200, "{}", kind.zh);
        let page = browser.get(&format!("/cases/{}", record.case_id)).text();
        let parts = parts_of(&page);
        let is_shown = match record.kind.as_str() {
            "case" | "party" => parts[0].contains(&text),
            _ => parts[1..].iter().any(|part| part.starts_with(&format!("{}<", kind.zh)) && part.contains(&text)),
        };
        assert!(is_shown, "{} {:?} is not in\n{page}", kind.zh, text);
    }
}

#[test]
fn article_3_an_agent_sees_the_case_until_their_authority_ends() {
    let court = Court::new(40);
    let platform = court.platform();
    let (case, principal): (String, String) = platform
        .query_row("SELECT AJBH, RYBH FROM DSR ORDER BY AJBH LIMIT 1", [], |r| Ok((r.get(0)?, r.get(1)?)))
        .unwrap();
    let agent: String = platform
        .query_row("SELECT RYBH FROM DSR WHERE AJBH <> ?1 ORDER BY AJBH DESC LIMIT 1", [&case], |r| r.get(0))
        .unwrap();
    let sql = "INSERT INTO DLR VALUES ('DL-NEW', ?1, ?2, '周律师', NULL, ?3, '2', '20240101', NULL, NULL, NULL, ?4)";
    platform.execute(sql, [case.as_str(), &agent, &principal, LATER]).unwrap();
    let code = court.logins().remove(0).code;
    platform.execute("UPDATE RY SET CXM = ?1 WHERE RYBH = ?2", [&code, &agent]).unwrap();
    let identity: String = platform.query_row("SELECT ZJHM FROM RY WHERE RYBH = ?1", [&agent], |r| r.get(0)).unwrap();
    court.up();
    let login = Login { identity, code, case_id: case.clone(), case_no: String::new() };
    {
        let portal = court.portal();
        let browser = portal.browser();
        browser.log_in(&login);
        assert_eq!(browser.get(&format!("/cases/{case}")).status, 200);
    }
    platform.execute("UPDATE DLR SET ZZRQ = '20260101', GXSJ = ?1 WHERE DLRBH = 'DL-NEW'", [LATER]).unwrap();
    court.up();
    let portal = court.portal();
    let browser = portal.browser();
    browser.log_in(&login);
    assert_eq!(browser.get(&format!("/cases/{case}")).status, 404, "the authority has ended");
}

#[test]
fn article_4_a_recording_crosses_unchanged_and_is_on_the_page_of_its_case() {
    let court = published();
    let recording = shown(&court, "recording").remove(0);
    let path: String =
        court.platform().query_row("SELECT LJ FROM LYLX WHERE LXBH = ?1", [&recording.id], |r| r.get(0)).unwrap();
    let bytes = std::fs::read(court.path("documents").join(path)).unwrap();
    assert!(documents(&court).contains(&bytes));
    let applicant = member(&court, &recording.case_id, "01");
    court.up();
    let portal = court.portal();
    let browser = portal.browser();
    browser.log_in(&applicant);
    assert!(browser.get(&format!("/cases/{}", recording.case_id)).text().contains(recording.text("title")));
}

#[test]
fn article_7_all_seven_public_kinds_are_open_without_a_login() {
    let court = published();
    let catalogue = catalogue();
    let kinds: BTreeMap<_, _> = catalogue.kinds.iter().filter(|(_, k)| k.article.starts_with("7(")).collect();
    assert_eq!(kinds.len(), 7, "{:?}", kinds.keys());
    let portal = court.portal();
    let browser = portal.browser();
    for (id, kind) in kinds {
        assert_eq!(kind.audience, Audience::Public, "{id}");
        let record = shown(&court, id).remove(0);
        let page = browser.get(&format!("/public/{id}"));
        let text = |f: &&(&String, &Field)| matches!(f.1.kind, FieldType::Text(_));
        let first = kind.fields_in_order().into_iter().find(|f| text(&f)).unwrap().0;
        assert_eq!(page.status, 200, "{id}");
        assert!(page.text().contains(&record.text(first).chars().take(4).collect::<String>()), "{id}: {}", page.text());
    }
}

/// The outer store, as a thief would read it: its database with all journals, as one text.
fn everything_outside(court: &Court) -> String {
    let mut files = court.files("outer/state");
    files.retain(|f| f.is_file());
    files.iter().map(|file| String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned()).collect()
}

#[test]
fn articles_8_9_no_telephone_identity_number_or_query_code_is_outside() {
    let court = published();
    let heap = everything_outside(&court);
    let platform = court.platform();
    let mut statement = platform.prepare("SELECT RYBH, ZJHM, SJHM, CXM, coalesce(MM, '') FROM RY LIMIT 40").unwrap();
    let mut rows = statement.query([]).unwrap();
    let mut plain = 0;
    while let Some(row) = rows.next().unwrap() {
        let [person, identity, phone, code, password]: [String; 5] = std::array::from_fn(|n| row.get(n).unwrap());
        assert!(heap.contains(&person), "the store can be read: {person}");
        assert!(!heap.contains(&identity), "{identity}");
        assert!(!heap.contains(&phone), "{phone}");
        assert!(password.is_empty() || !heap.contains(&password), "{password}");
        if !code.starts_with("$argon2id$") {
            plain += 1;
            assert!(!heap.contains(&code), "{code}");
        }
    }
    assert!(plain > 0, "the platform keeps some codes as they were printed");
    let logins = shown(&court, "login");
    let hashed = logins.iter().filter(|l| l.text("password-hash").starts_with("$argon2id$")).count() as i64;
    assert_eq!(hashed, court.count("SELECT count(*) FROM RY WHERE MM IS NOT NULL"));
    assert!(hashed > 0);
    for login in logins {
        assert!(login.text("code-hash").starts_with("$argon2id$"));
        assert_eq!((login.id.len(), login.text("phone-hmac").len()), (64, 64));
    }
}

#[test]
fn article_9_a_code_is_hashed_once_and_a_new_one_replaces_it() {
    let court = Court::new(20);
    let login = court.logins().remove(0);
    let platform = court.platform();
    let set = |code: &str, at: &str| {
        platform.execute("UPDATE RY SET CXM = ?1, GXSJ = ?2 WHERE ZJHM = ?3", [code, at, &login.identity]).unwrap();
    };
    set("20260718", "2026-12-01 00:00:00");
    court.up();
    let hash = |court: &Court| -> String {
        let sql = "SELECT hash FROM code_hash ORDER BY kind, key LIMIT 1";
        court.database("inner/state/inner.db").query_row(sql, [], |r| r.get(0)).unwrap()
    };
    let first = hash(&court);
    // Another column changes: the string stays, so nothing crosses for it.
    platform.execute("UPDATE RY SET ZJLX = '9', GXSJ = ?1 WHERE ZJHM = ?2", [LATER, &login.identity]).unwrap();
    let (exported, _) = court.up();
    assert_eq!((&exported["records"], hash(&court)), (&0.into(), first));
    let tries = |code: &str| {
        let portal = court.portal();
        let browser = portal.browser();
        browser.post("/login", &[("identity", &login.identity), ("code", code)]).text().contains(&login.case_no)
    };
    assert!(tries("20260718"));
    set("90260718", "2027-02-01 00:00:00");
    court.up();
    assert!(!tries("20260718"), "the old code no longer opens");
    assert!(tries("90260718"));
}

#[test]
fn article_10_the_handler_s_reply_reaches_only_the_writer() {
    let court = Court::new(40);
    court.up();
    let platform = court.platform();
    let case: String = platform
        .query_row("SELECT AJBH FROM DSR GROUP BY AJBH HAVING count(DISTINCT SSDW) > 1 LIMIT 1", [], |r| r.get(0))
        .unwrap();
    let (writer, other) = (member(&court, &case, "01"), member(&court, &case, "02"));
    let sql = "INSERT INTO LYHF SELECT 'HF-NEW', AJBH, RYBH, 'LY-1', '执行款已于昨日划付，请查收。', '王建华', '2026-11-20 10:00:00', NULL, NULL, ?2
               FROM DSR WHERE AJBH = ?1 AND SSDW = '01' LIMIT 1";
    assert_eq!(platform.execute(sql, [case.as_str(), LATER]).unwrap(), 1);
    court.up();
    let portal = court.portal();
    let page = |login: &Login| {
        let browser = portal.browser();
        browser.log_in(login);
        browser.get(&format!("/cases/{case}")).text()
    };
    assert!(page(&writer).contains("执行款已于昨日划付"));
    assert!(!page(&other).contains("执行款已于昨日划付"));
}

#[test]
fn article_11_a_document_for_service_is_offered_to_its_addressee_with_the_approved_bytes() {
    let court = published();
    for service in shown(&court, "service") {
        let (path, addressee): (String, String) = court
            .platform()
            .query_row("SELECT LJ, RYBH FROM WS WHERE WSBH = ?1", [&service.id], |r| Ok((r.get(0)?, r.get(1)?)))
            .unwrap();
        assert_eq!(service.person, addressee);
        let document = service.documents().next().unwrap();
        let bytes = std::fs::read(court.path("documents").join(path)).unwrap();
        assert_eq!(document.sha256, ferry_format::crypto::hash::sha256(&bytes), "{}", service.id);
    }
}

#[test]
fn article_14_a_judgment_is_public_only_in_its_public_version() {
    let court = published();
    let judgments = shown(&court, "judgment");
    let signed_off = court.count("SELECT count(*) FROM GKWS WHERE QFBZ = 1");
    assert_eq!(judgments.len() as i64, signed_off);
    let portal = court.portal();
    let browser = portal.browser();
    let outside = documents(&court);
    for judgment in judgments.iter().take(3) {
        let path: String =
            court.platform().query_row("SELECT LJ FROM GKWS WHERE GKBH = ?1", [&judgment.id], |r| r.get(0)).unwrap();
        let bytes = std::fs::read(court.path("documents").join(path)).unwrap();
        assert!(outside.contains(&bytes), "no byte of a file is edited");
        assert_eq!(browser.get(&format!("/public/judgment/{}/document", judgment.id)).bytes, bytes);
    }
    // What the parties see of a ruling is no judgment for the public.
    for ruling in shown(&court, "ruling").iter().take(3) {
        assert_eq!(browser.get(&format!("/public/ruling/{}/document", ruling.id)).status, 404);
    }
}

#[test]
fn article_20_every_kind_names_its_responsible_department() {
    for (id, kind) in catalogue().kinds {
        assert!(!kind.department.trim().is_empty() && !kind.article.trim().is_empty(), "{id}");
    }
}

#[test]
fn flagged_records_go_into_a_separate_draft_and_delay_nothing() {
    let court = Court::new(20);
    court.up();
    let add = |key: &str, text: &str, at: &str| {
        let sql = "INSERT INTO GG VALUES (?1, '2', '悬赏公告', ?2, '2026-01-05', NULL, NULL, NULL, NULL, NULL, ?3)";
        court.platform().execute(sql, [key, text, at]).unwrap();
    };
    add("GG-ID", "被执行人身份证号 11010519491231002X，请知情者提供线索。", LATER);
    add("GG-SECRET", "机密★一年 身份证号 11010519491231002X", LATER);
    add("GG-FINE", "悬赏金额 10000 元。", LATER);
    let (exported, ingested) = court.up();
    assert_eq!((&exported["records"], &ingested["records"]), (&1.into(), &1.into()));
    let drafts = |court: &Court| court.agent("inner", "status")["drafts"].as_array().unwrap().clone();
    let [draft] = &drafts(&court)[..] else { panic!("{:?}", drafts(&court)) };
    assert_eq!(draft["records"], 1, "a secrecy mark keeps an item out of the draft too");
    let file = draft["file"].as_str().unwrap().to_owned();
    let seen = court.ferry(&["inspect", "-k", "outer/recipient.key", "--trust", "outer/trust.toml", &file]);
    let text = String::from_utf8_lossy(&seen.stdout).into_owned();
    assert!(seen.status.success() && text.contains("GG-ID") && text.contains("11010519491231002X"), "{text}");
    assert!(!text.contains("GG-SECRET"));

    // The same again is no second draft; another flagged item is.
    court.up();
    assert_eq!(drafts(&court).len(), 1);
    court.agent("inner", "reconcile");
    assert_eq!(drafts(&court).len(), 1);
    add("GG-PHONE", "联系电话 13800138000", "2027-01-02 00:00:00");
    court.up();
    assert_eq!(drafts(&court).len(), 2);
    // Corrected in the platform: it crosses, and its draft is gone.
    let clean = "UPDATE GG SET NR = '请知情者提供线索。', GXSJ = '2027-01-03 00:00:00' WHERE GGBH = 'GG-ID'";
    court.platform().execute(clean, []).unwrap();
    let (exported, _) = court.up();
    assert_eq!(exported["records"], 1);
    assert_eq!(drafts(&court).len(), 1);
    court.up();
    assert!(!std::path::Path::new(&file).exists());
}
