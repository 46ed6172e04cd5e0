//! The portal in a real browser: Chromium, driven by the scripts in `tests/browser`. Pictures of every page that they look
//! at are kept in `target/screenshots`.

use crate::support::browser::{modules, target};
use crate::support::tls_client::metric;
use ferry_testkit::stage::{Court, Login, Portal};
use serde_json::json;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// When a row changed, so that the next export sees it.
const LATER: &str = "2099-01-01 00:00:00";

/// A published court whose first party has a document to be served, and its portal.
struct Staged {
    court: Court,
    portal: Portal,
    login: Login,
}

impl Staged {
    fn new(cases: u64) -> Self {
        let court = Court::new(cases);
        court.up();
        let (portal, login) = (court.portal(), court.logins().remove(0));
        Self { court, portal, login }
    }

    /// Runs a script of `tests/browser`.
    fn walk(&self, name: &str) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser/walk.mjs");
        let login = &self.login;
        let given = json!({
            "base": self.portal.base,
            "shots": target().join("screenshots"),
            "login": { "identity": login.identity, "code": login.code, "caseId": login.case_id, "caseNo": login.case_no },
        });
        let mut node = Command::new(modules().with_file_name("bin").join("node"));
        node.arg(script).arg(name).env("FERRY_BROWSER_MODULES", modules()).stdin(Stdio::piped());
        let mut node = node.spawn().expect("Node.js is not installed: run ops/browser");
        node.stdin.take().unwrap().write_all(given.to_string().as_bytes()).unwrap();
        assert!(node.wait().unwrap().success(), "the walk {name} failed; see its message above");
    }

    fn count(&self, sql: &str) -> i64 {
        self.court.database("outer/state/outer.db").query_row(sql, [], |r| r.get(0)).unwrap()
    }

    fn receipts(&self) -> i64 {
        self.count("SELECT count(*) FROM receipt")
    }

    /// What a party leaves behind who opens, downloads, signs, writes a message and asks for access.
    fn has_all_of_one_walk(&self) {
        let done = "SELECT count(*) FROM receipt WHERE downloaded_s >= opened_s AND signed_s >= opened_s";
        assert_eq!((self.receipts(), self.count(done)), (1, 1));
        let written = |kind: &str| self.count(&format!("SELECT count(*) FROM message WHERE kind = '{kind}'"));
        assert_eq!((written("message"), written("access-request")), (1, 1));
    }

    /// The handler answers the newest message, a recording is added to the case, and someone in it has a long name.
    fn answer(&self) {
        let Self { court, login, .. } = self;
        let newest = "SELECT id, person FROM message WHERE kind = 'message' ORDER BY written_s DESC";
        let outer = court.database("outer/state/outer.db");
        let (id, person): (String, String) = outer.query_row(newest, [], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
        let platform = court.platform();
        let reply = "INSERT INTO LYHF VALUES ('HF1', ?1, ?2, ?3, '执行款已于昨日划付，请查收。', '王建华', '2026-11-24 09:00:00', NULL, NULL, ?4)";
        platform.execute(reply, [login.case_id.as_str(), &person, &id, LATER]).unwrap();
        std::fs::create_dir_all(court.path("documents/lx")).unwrap();
        std::fs::write(court.path("documents/lx/1.mp3"), silence()).unwrap();
        let recording = "INSERT INTO LYLX VALUES ('LX1', ?1, '询问录音', 'lx/1.mp3', '询问录音.mp3', '2026-11-20', '2026-11-20', NULL, ?2)";
        platform.execute(recording, [login.case_id.as_str(), LATER]).unwrap();
        let name = format!("阿依古丽·买买提·𠮷𡘙𰻞{}", "Rindfleischetikettierungs".repeat(3));
        let renamed = "UPDATE DSR SET XM = ?1, GXSJ = ?2 WHERE DSRBH = (SELECT max(DSRBH) FROM DSR WHERE AJBH = ?3)";
        platform.execute(renamed, [name.as_str(), LATER, &login.case_id]).unwrap();
        let (exported, _) = court.up();
        assert_eq!(exported["records"], 3, "{exported}");
    }
}

#[test]
fn articles_7_14_a_visitor_reads_and_searches_public_content_on_desktop_and_telephone() {
    Staged::new(300).walk("visitor");
}

#[test]
fn pages_are_available_in_english_and_in_large_text() {
    Staged::new(20).walk("reader");
}

#[test]
fn articles_3_10_11_a_party_reads_opens_signs_writes_and_gets_a_reply() {
    let staged = Staged::new(20);
    staged.walk("party");
    staged.has_all_of_one_walk();
    staged.court.down();
    staged.answer();
    staged.walk("answered");
}

#[test]
fn articles_3_10_11_a_party_does_the_same_on_a_telephone() {
    let staged = Staged::new(20);
    staged.walk("telephone");
    staged.has_all_of_one_walk();
}

/// A minute of nothing as MP3: frames of 128 kbit/s at 44.1 kHz, all of whose bits are zero.
fn silence() -> Vec<u8> {
    let mut frame = vec![0xFF, 0xFB, 0x90, 0x00];
    frame.resize(417, 0);
    frame.repeat(60 * 44_100 / 1152)
}

#[test]
fn articles_3_10_11_a_party_needs_nothing_but_a_keyboard() {
    let staged = Staged::new(20);
    staged.walk("keyboard");
    staged.has_all_of_one_walk();
}

#[test]
fn article_11_a_foreign_page_makes_no_receipt_and_changes_nothing() {
    let staged = Staged::new(20);
    staged.walk("foreign");
    // An image, a prefetch and a script's GET arrived, and the POSTs of a form and of a script; one form led the window too.
    for (act, status, number) in
        [("open", "ClientError", 6.0), ("sign", "ClientError", 5.0), ("file", "Redirection", 3.0)]
    {
        let line = format!("ferry_requests_total{{route=\"/documents/{{kind}}/{{id}}/{act}\",status=\"{status}\"}}");
        assert_eq!(metric(&staged.portal, &line), number, "{act}");
    }
    assert_eq!(metric(&staged.portal, "ferry_receipts_total"), 0.0);
    assert_eq!((staged.receipts(), staged.count("SELECT count(*) FROM outgoing")), (0, 0));
    assert_eq!((staged.count("SELECT count(*) FROM message"), staged.count("SELECT count(*) FROM session")), (0, 1));
}

#[test]
fn axe_finds_no_fault_on_any_page_in_light_and_dark_mode_in_either_language() {
    let staged = Staged::new(20);
    let browser = staged.portal.browser();
    browser.log_in(&staged.login);
    let page = browser.get(&format!("/cases/{}", staged.login.case_id));
    let text = page.text();
    let at = text.find("/documents/service/").unwrap();
    let open = text[at..].split('"').next().unwrap();
    browser.post(open, &[("csrf", &page.csrf())]);
    browser
        .post(&format!("/cases/{}/messages", staged.login.case_id), &[("csrf", &page.csrf()), ("text", "请问进展？")]);
    staged.court.down();
    staged.answer();
    staged.walk("accessible");
}
