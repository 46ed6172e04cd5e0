//! The reviewer's machine: `ferry review`, `approve`, `refuse` and `release-form`, with nothing but the draft, the key and the trust
//! file; the page in a real browser.

use crate::support::browser::{modules, target};
use crate::support::wait::eventually;
use ferry_format::crypto::hash::digest_words;
use ferry_format::frame::statement::ContentStatement;
use ferry_format::record::{Record, Value};
use ferry_format::trust::approval::{ApprovalFile, RefusalFile};
use ferry_testkit::court::pdf::Printer;
use ferry_testkit::drafts::{Office, Part, announcement, many, naming};
use ferry_testkit::made_package::MadePackage;
use ferry_testkit::made_pdf::{MadePdf, text_at, utf16};
use ferry_testkit::stage::program;
use serde_json::json;
use std::fs::{File, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A page that is served.
struct Page {
    child: Child,
    port: u16,
    secret: String,
}

impl Page {
    fn open(office: &Office, line: &[&str]) -> Self {
        Self::of(program("ferry").args(["--lang", "zh", "review"]).args(line).current_dir(office.path("")))
    }

    fn of(ferry: &mut Command) -> Self {
        let mut child = ferry.stdout(Stdio::piped()).spawn().unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        let rest = address.trim().strip_prefix("http://127.0.0.1:").expect("it prints its address").to_owned();
        let (port, path) = rest.split_once('/').unwrap();
        Self { child, port: port.parse().unwrap(), secret: path.trim_end_matches('/').to_owned() }
    }

    fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Sends a request as it is; gives status and the whole answer.
    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let mut text = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        headers.iter().for_each(|(name, value)| text.push_str(&format!("{name}: {value}\r\n")));
        stream.write_all(format!("{text}\r\n{body}").as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        (answer.split(' ').nth(1).unwrap().parse().unwrap(), answer)
    }

    /// Gets a page as the browser does.
    fn get(&self, path: &str) -> (u16, String) {
        self.ask("GET", &format!("/{}{path}", self.secret), &[("Host", &self.host())], "")
    }

    /// Sends a form as the browser does.
    fn post(&self, path: &str, form: &str) -> (u16, String) {
        let (host, origin) = (self.host(), format!("http://{}", self.host()));
        let kind = ("Content-Type", "application/x-www-form-urlencoded");
        self.ask("POST", &format!("/{}{path}", self.secret), &[("Host", &host), ("Origin", &origin), kind], form)
    }

    fn token(&self) -> String {
        let page = self.get("/decide").1;
        let at = page.find("name=\"token\" value=\"").expect("the page has no form") + 20;
        page[at..at + 32].to_owned()
    }

    /// Runs a walk of `tests/browser`.
    fn walk(&self, name: &str, more: serde_json::Value) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser/walk.mjs");
        let (base, root) = (format!("http://{}", self.host()), format!("/{}", self.secret));
        let given = json!({ "base": base, "root": root, "shots": target().join("screenshots"), "more": more });
        let mut node = Command::new(modules().with_file_name("bin").join("node"));
        node.arg(script).arg(name).env("FERRY_BROWSER_MODULES", modules()).stdin(Stdio::piped());
        let mut node = node.spawn().expect("Node.js is not installed: run ops/browser");
        node.stdin.take().unwrap().write_all(given.to_string().as_bytes()).unwrap();
        assert!(node.wait().unwrap().success(), "the walk {name} failed; see its message above");
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = self.child.kill();
        self.child.wait().unwrap();
    }
}

fn content(draft: &Path) -> ContentStatement {
    let read = ferry_format::batch::open::UnverifiedBatch::read(File::open(draft).unwrap()).unwrap();
    read.claimed_content().clone()
}

fn decided(office: &Office, ending: &str) -> Vec<PathBuf> {
    let files = std::fs::read_dir(office.path("")).unwrap().map(|e| e.unwrap().path());
    files.filter(|p| p.extension().is_some_and(|e| e == ending)).collect()
}

/// A picture of one dot.
const DOT: &[u8] = b"\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\x0d\x49\x44\x41\x54\x78\x9c\x63\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99\x3d\x1d\x00\x00\x00\x00\x49\x45\x4e\x44\xae\x42\x60\x82";
const REASON: &str = "personal-numbers;rules=identity:1";
/// As the page says it.
const REASON_ZH: &str = "面向社会公开的内容含身份证号 1 处";

/// Flagged announcements with a printed document, others, a retraction and two withheld entries.
fn usual(office: &Office) -> PathBuf {
    let lines: Vec<String> = (1..60).map(|n| format!("第{n}行：被执行人名下无可供执行的财产。")).collect();
    let pdf = Printer::new().unwrap().document("执行裁定书", &lines.join("\n")).unwrap();
    let flagged = naming(
        announcement("GG001", "悬赏公告 第一号", "身份证号 110105194912310021"),
        "裁定书.pdf",
        "application/pdf",
        &pdf,
    );
    let mut gone = Record::new("announcement", "GG009", 3);
    gone.retracted = true;
    let withheld = |n: u64| {
        let mut record = Record::new("withheld", &format!("w{n}"), 1);
        record.fields.insert("class".into(), Value::Text("judgment".into()));
        record
    };
    office.draft(
        "draft.ferry",
        vec![
            Part::Document("裁定书.pdf".into(), "application/pdf", pdf.to_vec(), REASON),
            Part::Document("说明.txt".into(), "text/plain", "第一行\n第二行".into(), ""),
            Part::Records(vec![flagged], REASON),
            Part::Records(vec![announcement("GG002", "听证公告 第二号", "新的内容"), gone], ""),
            Part::Records(vec![withheld(1), withheld(2)], ""),
            Part::Document("现场照片.png".into(), "image/png", DOT.to_vec(), ""),
        ],
    )
}

/// The batch before: one announcement that changes, one that is not in the draft.
fn before(office: &Office) -> PathBuf {
    let records = vec![announcement("GG000", "旧公告", "旧"), announcement("GG002", "听证公告 第二号", "旧的内容")];
    office.release(&office.draft("before.ferry", vec![Part::Records(records, "")]))
}

#[test]
fn a_reviewer_reads_what_is_flagged_and_its_document_and_approves_while_another_refuses() {
    let office = Office::default();
    let (draft, _) = (usual(&office), before(&office));
    let common = ["--trust", "trust.toml", "--catalogue", "catalogue.toml", "--before", "before.batch", "draft.ferry"];
    let words = digest_words(&content(&draft).digest());
    {
        let page = Page::open(&office, &[&["-k", "wang.key"][..], &common].concat());
        page.walk("reviewing", json!({ "words": words, "reason": REASON_ZH, "person": "王保密" }));
    }
    let [approval] = &decided(&office, "approval")[..] else { panic!("one approval") };
    let approved = ApprovalFile::decode(&std::fs::read(approval).unwrap()).unwrap();
    assert_eq!(approved.content, content(&draft).digest());
    assert_eq!(Some(approved.approval.reviewer), office.public("wang").verifying);

    let given = approval.to_str().unwrap();
    let page = Page::open(&office, &[&["-k", "li.key", "--approval", given][..], &common].concat());
    page.walk("refusing", json!({ "words": words, "person": "李审查" }));
    let [refusal] = &decided(&office, "refusal")[..] else { panic!("one refusal") };
    let refused = RefusalFile::decode(&std::fs::read(refusal).unwrap()).unwrap();
    assert_eq!(refused.reason, "身份证号码未隐去");
    assert_eq!(refused.items, [("announcement".to_owned(), "GG001".to_owned())]);
}

#[test]
fn a_reviewer_sees_how_a_document_was_read_and_where_long_numbers_stand_that_no_page_shows() {
    let office = Office::default();
    let mut noted = MadePdf::new();
    noted.content(&text_at(72, 700, "Notice"));
    noted.trailer(&format!("/Info << /Title {} >>", utf16("身份证号 110105194912310021 之附注")));
    let ofd = MadePackage::ofd(&MadePackage::ofd_text("电话 13800138000")).bytes();
    office.draft(
        "draft.ferry",
        vec![
            Part::Document("附注.pdf".into(), "application/pdf", noted.bytes(), REASON),
            Part::Document("通知.ofd".into(), "application/ofd", ofd, REASON),
            Part::Document("现场照片.png".into(), "image/png", DOT.to_vec(), REASON),
        ],
    );
    let page = Page::open(&office, &["-k", "li.key", "--trust", "trust.toml", "draft.ferry"]);
    let title = page.get("/document/0").1;
    assert!(title.contains("身份证号 <mark>110105194912310021</mark> 之附注"), "{title}");
    assert!(title.contains("已读出全部内容"), "{title}");
    assert!(page.get("/document/1").1.contains("<mark>13800138000</mark>"));
    let picture = page.get("/document/2").1;
    assert!(picture.contains("该类型文件没有文本") && !picture.contains("未发现"), "{picture}");
    page.walk("howItWasRead", json!({}));
}

#[test]
fn a_hostile_draft_neither_runs_code_nor_hides_content() {
    let office = Office::default();
    let script = "<script>globalThis.pwned = 1</script><img src=x onerror=\"globalThis.pwned = 1\">";
    let svg = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"parent.pwned = 1\">{script}</svg>");
    let html =
        format!("<!doctype html><body onload=\"parent.pwned = 1\">{script}<a href=\"http://example.org/\">x</a>");
    let mut bidi = announcement("GG-\u{202e}fdp.exe", &format!("\u{202e}{script}"), script);
    bidi.case_id = "\"><script>globalThis.pwned = 1</script>".into();
    bidi.fields.insert("<b>名</b>".into(), Value::Text("{{ 7 * 7 }}".into()));
    let huge = announcement("HUGE", "长", &"长".repeat(20_000));
    office.draft(
        "draft.ferry",
        vec![
            Part::Document("<b>x</b>.svg".into(), "image/svg+xml", svg.into_bytes(), "<i>原因</i>"),
            Part::Document("x.html".into(), "text/html", html.clone().into_bytes(), REASON),
            // It says that it is a picture.
            Part::Document("x.png".into(), "image/png", html.into_bytes(), REASON),
            Part::Document("x.pdf".into(), "application/pdf", b"%PDF-1.7 no document".to_vec(), REASON),
            Part::Records(vec![bidi, huge], REASON),
        ],
    );
    let page = Page::open(&office, &["-k", "li.key", "--trust", "trust.toml", "draft.ferry"]);
    page.walk("hostile", json!({}));
    assert!(page.get("/picture/3/1").1.contains("FERRY-E0746"), "{}", page.get("/picture/3/1").1);
    for entry in 0..4 {
        for path in [format!("/raw/{entry}"), format!("/file/{entry}")] {
            let (status, answer) = page.get(&path);
            let head = answer.split("\r\n\r\n").next().unwrap().to_lowercase();
            assert_eq!(status, 200, "{head}");
            assert!(head.contains("content-security-policy: sandbox; default-src 'none'"), "{head}");
            assert!(head.contains("x-content-type-options: nosniff"), "{head}");
            let is_picture = path == "/raw/2";
            assert_eq!(head.contains("content-type: image/png"), is_picture, "{head}");
            assert_eq!(head.contains("content-disposition: attachment"), !is_picture, "{head}");
        }
    }
    // As the hint says of what cannot be drawn: saved above, and the draft is refused.
    let refusal = format!("token={}&reason=%E6%97%A0%E6%B3%95%E6%98%BE%E7%A4%BA", page.token());
    assert_eq!(page.post("/refuse", &refusal).0, 303);
    assert_eq!(decided(&office, "refusal").len(), 1);
}

#[test]
fn only_this_machine_and_this_page_get_a_response_and_get_requests_change_nothing() {
    let office = Office::default();
    usual(&office);
    let page = Page::open(&office, &["-k", "li.key", "--trust", "trust.toml", "draft.ferry"]);
    for other in ["127.0.0.2", "::1"] {
        assert!(TcpStream::connect((other, page.port)).is_err(), "{other} is listened to");
    }
    let (host, secret) = (page.host(), page.secret.clone());
    let home = format!("/{secret}/");
    assert_eq!(page.get("/").0, 200);
    for foreign in ["localhost", "evil.example", &format!("localhost:{}", page.port)] {
        assert_eq!(page.ask("GET", &home, &[("Host", foreign)], "").0, 421, "{foreign}");
    }
    for path in ["/", "/approve", "/00000000000000000000000000000000/"] {
        let (status, answer) = page.ask("GET", path, &[("Host", &host)], "");
        assert_eq!(status, 404);
        assert!(!answer.contains("fy-dongchang"), "{answer}");
    }
    let token = page.token();
    let form = format!("token={token}&read=1&reason=x");
    let kind = ("Content-Type", "application/x-www-form-urlencoded");
    for action in ["approve", "refuse"] {
        let path = format!("/{secret}/{action}");
        assert_eq!(page.ask("GET", &path, &[("Host", &host)], "").0, 405);
        for origin in ["null", "http://evil.example", &format!("http://localhost:{}", page.port)] {
            let headers = [("Host", host.as_str()), ("Origin", origin), kind];
            assert_eq!(page.ask("POST", &path, &headers, &form).0, 403, "{origin}");
        }
        assert_eq!(page.ask("POST", &path, &[("Host", &host), kind], &form).0, 403, "without an origin");
        for wrong in ["read=1&reason=x".to_owned(), format!("token={}&read=1&reason=x", "0".repeat(32))] {
            let (status, answer) = page.post(&format!("/{action}"), &wrong);
            assert!(status == 403 && answer.contains("FERRY-E0743"), "{status}");
        }
    }
    assert!(page.post("/approve", &format!("token={token}")).1.contains("FERRY-E0745"), "the box is not ticked");
    assert!(page.post("/refuse", &format!("token={token}&reason=%20")).1.contains("FERRY-E0741"), "no reason");
    for path in ["/", "/items", "/changes", "/release-form", "/decide", "/done", "/item/2/0", "/document/0"] {
        let (status, answer) = page.get(path);
        assert_eq!(status, 200, "{path}");
        assert!(answer.contains("content-security-policy: default-src 'none'; style-src 'self'"), "{path}");
        assert!(!answer.contains("<script"), "{path}");
    }
    assert!(decided(&office, "approval").is_empty() && decided(&office, "refusal").is_empty());
    assert_eq!(page.post("/approve", &format!("token={token}&read=1")).0, 303, "the form of the page itself");
    assert_eq!(decided(&office, "approval").len(), 1);
}

/// What the command says: exit and code.
fn output(office: &Office, line: &[&str]) -> (Option<i32>, String) {
    let out = office.ferry(line);
    let text = String::from_utf8_lossy(&out.stderr).into_owned();
    let code = text.find("FERRY-E").map_or(String::new(), |at| text[at..at + 11].to_owned());
    (out.status.code(), code)
}

#[test]
fn a_key_without_the_right_to_decide_can_read_and_is_refused_with_the_same_code_everywhere() {
    let office = Office::default();
    usual(&office);
    for (name, trust, code) in [
        ("recipient", "trust.toml", "FERRY-E0702"),
        // A trust file that does not name the reviewer does not know the key.
        ("li", "strangers.toml", "FERRY-E0702"),
        ("expired", "trust.toml", "FERRY-E0209"),
        ("revoked", "trust.toml", "FERRY-E0209"),
    ] {
        let key = format!("{name}.key");
        let common = ["--trust", trust, "draft.ferry"];
        let approve = [&["approve", "-i", &key, "-o", "x.out"][..], &common].concat();
        assert_eq!(output(&office, &approve), (Some(77), code.to_owned()), "{name}");
        let refuse = [&["refuse", "-i", &key, "--reason", "x", "-o", "x.out"][..], &common].concat();
        assert_eq!(output(&office, &refuse), (Some(77), code.to_owned()), "{name}");
        let page = Page::open(&office, &[&["-k", &key][..], &common].concat());
        assert!(page.get("/").1.contains("GG001"), "{name} may read");
        let decide = page.get("/decide").1;
        assert!(decide.contains(code) && !decide.contains("<form"), "{name}");
        // A form that was made up all the same: it has no token, since the page shows none.
        assert_eq!(page.post("/approve", "token=&read=1").0, 403);
    }
    let sender = ["review", "-k", "sender.key", "--trust", "trust.toml", "draft.ferry"];
    assert_eq!(output(&office, &sender), (Some(77), "FERRY-E0702".to_owned()), "it opens nothing");
    let approve = ["approve", "-i", "sender.key", "--trust", "trust.toml", "draft.ferry", "-o", "x.out"];
    assert_eq!(output(&office, &approve), (Some(77), "FERRY-E0702".to_owned()));
    assert!(!office.path("x.out").exists());
    let listed = ["approve", "-i", "li.key", "--trust", "trust.toml", "draft.ferry", "-o", "li.approval"];
    assert!(office.ferry(&listed).status.success(), "a reviewer whom the trust file names");
    let page = Page::open(&office, &["-k", "expired.key", "--trust", "trust.toml", "draft.ferry"]);
    page.walk("onlyReading", json!({}));
}

#[test]
fn invalid_approvals_are_named_with_the_reason() {
    let office = Office::default();
    let draft = usual(&office);
    let approve = |key: &str, draft: &str, out: &str| {
        let line = ["approve", "-i", key, "--trust", "trust.toml", draft, "-o", out];
        assert!(office.ferry(&line).status.success());
    };
    office.draft("other.ferry", many(1));
    approve("li.key", "draft.ferry", "li.approval");
    approve("li-2.key", "draft.ferry", "twice.approval");
    approve("wang.key", "other.ferry", "elsewhere.approval");
    std::fs::copy(office.path("li.approval"), office.path("longer.approval")).unwrap();
    File::options().append(true).open(office.path("longer.approval")).unwrap().write_all(b"x").unwrap();
    let files = ["li.approval", "twice.approval", "elsewhere.approval", "longer.approval"];
    let given: Vec<&str> = files.iter().flat_map(|f| ["--approval", f]).collect();
    let common = ["--trust", "trust.toml", "draft.ferry"];
    let page = Page::open(&office, &[&["-k", "li-2.key"][..], &given, &common].concat());
    let home = page.get("/").1;
    assert!(home.contains("需 2 人审核签名，已有 1 人，还差 1 人；还须：保密审查"), "{home}");
    for code in ["FERRY-E0210", "FERRY-E0212", "FERRY-E0104"] {
        assert!(home.contains(code), "{code}: {home}");
    }
    // One person under a second key is refused on the page and in the command alike.
    let (status, answer) = page.post("/approve", &format!("token={}&read=1", page.token()));
    assert!(status >= 400 && answer.contains("FERRY-E0210"), "{answer}");
    let twice = ["approve", "-i", "li-2.key", "--approval", "li.approval", "-o", "x.out"];
    assert_eq!(output(&office, &[&twice[..], &common].concat()).1, "FERRY-E0210");
    // After a refusal nobody approves.
    let refuse =
        ["refuse", "-i", "wang.key", "--reason", "号码未隐去", "--item", "announcement/GG001", "-o", "w.refusal"];
    assert!(office.ferry(&[&refuse[..], &common].concat()).status.success());
    let after = ["approve", "-i", "li.key", "--approval", "w.refusal", "-o", "x.out"];
    assert_eq!(output(&office, &[&after[..], &common].concat()).1, "FERRY-E0213");
    let page = Page::open(&office, &[&["-k", "li.key", "--approval", "w.refusal"][..], &common].concat());
    assert!(page.get("/").1.contains("王保密 已退回：号码未隐去"));
    assert!(page.post("/approve", &format!("token={}&read=1", page.token())).1.contains("FERRY-E0213"));
    assert!(decided(&office, "out").is_empty());
    let refusing = |item: &'static str| ["refuse", "-i", "li.key", "--reason", "x", "--item", item, "-o", "li.refusal"];
    let missing = [&refusing("announcement/NONE")[..], &common].concat();
    assert_eq!(output(&office, &missing), (Some(66), "FERRY-E0742".to_owned()));
    // What each hint says: an item that `ferry inspect` shows; this draft, by another person.
    assert!(office.ferry(&[&refusing("announcement/GG001")[..], &common].concat()).status.success());
    let by_another = ["approve", "-i", "wang.key", "--approval", "li.approval", "-o", "wang.approval"];
    assert!(office.ferry(&[&by_another[..], &common].concat()).status.success());
    assert_eq!(content(&draft), content(&office.path("draft.ferry")));
}

#[test]
fn a_draft_that_is_replaced_while_it_is_open_is_neither_shown_nor_approved() {
    let office = Office::default();
    let draft = usual(&office);
    let page = Page::open(&office, &["-k", "li.key", "--trust", "trust.toml", "draft.ferry"]);
    let token = page.token();
    // Another draft takes its name.
    let other = office.draft("other.ferry", many(3));
    std::fs::rename(&other, &draft).unwrap();
    for answer in [page.get("/"), page.get("/items"), page.post("/approve", &format!("token={token}&read=1"))] {
        assert!(answer.0 == 422 && answer.1.contains("FERRY-E0740"), "{}", answer.1);
    }
    assert!(decided(&office, "approval").is_empty());
    // Bytes change where they lie, and the time of the change is set back: the signed digests tell.
    usual(&office);
    let page = Page::open(&office, &["-k", "li.key", "--trust", "trust.toml", "draft.ferry"]);
    let stood = std::fs::metadata(&draft).unwrap().modified().unwrap();
    let mut bytes = std::fs::read(&draft).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let mut file = File::options().write(true).open(&draft).unwrap();
    file.write_all(&bytes).unwrap();
    file.set_modified(stood).unwrap();
    let (status, answer) = page.get("/document/0");
    assert!(status == 422 && answer.contains("FERRY-E0"), "{status} {answer}");
    // Opened again, as the hint says, once it is known who wrote it: the draft that lies there now.
    usual(&office);
    let page = Page::open(&office, &["-k", "li.key", "--trust", "trust.toml", "draft.ferry"]);
    assert_eq!(page.post("/approve", &format!("token={}&read=1", page.token())).0, 303);
    assert_eq!(decided(&office, "approval").len(), 1);
}

#[test]
fn a_batch_is_reviewed_after_release() {
    let office = Office::default();
    let batch = office.release(&office.draft("clean.ferry", many(3)));
    let common = ["--trust", "trust.toml", "clean.batch"];
    let approve = ["approve", "-i", "li.key", "-o", "li.approval"];
    assert_eq!(output(&office, &[&approve[..], &common].concat()).0, Some(65), "it says --post-release");
    let out = office.ferry(&[&approve[..], &["--post-release"], &common].concat());
    let words = digest_words(&content(&batch).digest());
    assert!(String::from_utf8_lossy(&out.stdout).contains(&words), "it prints the words to compare");
    let page = Page::open(&office, &[&["-k", "wang.key"][..], &common].concat());
    assert!(page.get("/").1.contains("已发布批次 1/1"));
    assert_eq!(page.post("/approve", &format!("token={}&read=1", page.token())).0, 303);
    assert_eq!(decided(&office, "approval").len(), 2);
}

#[test]
fn the_release_form_is_one_page_without_scripts_and_never_overwrites() {
    let office = Office::default();
    let draft = usual(&office);
    let line = [
        "--lang",
        "zh",
        "release-form",
        "-k",
        "li.key",
        "--trust",
        "trust.toml",
        "--catalogue",
        "catalogue.toml",
        "draft.ferry",
        "-o",
        "s.html",
    ];
    assert!(office.ferry(&line).status.success());
    let text = std::fs::read_to_string(office.path("s.html")).unwrap();
    for part in [
        digest_words(&content(&draft).digest()).as_str(),
        REASON_ZH,
        "执行公告",
        "default-src 'none'",
        "需 2 人审核签名",
    ] {
        assert!(text.contains(part), "{part}");
    }
    assert!(!text.contains("<script") && !text.contains("<link"));
    assert_eq!(office.ferry(&line).status.code(), Some(73));
    let shown = Command::new("/usr/bin/chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"])
        .arg(format!("--print-to-pdf={}", office.path("s.pdf").display()))
        .arg(office.path("s.html"))
        .output()
        .unwrap();
    assert!(shown.status.success(), "{}", String::from_utf8_lossy(&shown.stderr));
    let info = Command::new("pdfinfo").arg(office.path("s.pdf")).output().unwrap();
    let info = String::from_utf8_lossy(&info.stdout).into_owned();
    assert!(info.lines().any(|l| l.starts_with("Pages:") && l.ends_with(" 1")), "{info}");
    assert!(info.contains("(A4)"), "{info}");
    std::fs::copy(office.path("s.pdf"), target().join("screenshots/release-form.pdf")).unwrap();
}

#[test]
fn a_draft_of_100_000_records_is_paged_in_little_memory() {
    let office = Office::default();
    office.draft("draft.ferry", many(100_000));
    let page = Page::open(&office, &["-k", "li.key", "--trust", "trust.toml", "draft.ferry"]);
    let shown = |path: &str| page.get(path).1.matches("<article").count();
    assert_eq!((shown("/items"), shown("/items?page=500"), shown("/items?page=1000")), (100, 100, 100));
    assert!(
        page.get("/items?page=1000").1.contains("GG0099999") && !page.get("/items?page=1000").1.contains("GG0000000")
    );
    assert!(page.get("/items?retracted=1&page=7").1.contains("GG0060099"));
    assert_eq!(
        (shown("/items?retracted=1"), shown("/items?case=c009999"), shown("/items?kind=judgment")),
        (100, 10, 0)
    );
    assert_eq!(shown("/items?text=GG0099998"), 1);
    assert!(page.get("/items?text=%E5%85%AC%E5%91%8A&page=100").1.contains("GG0009999"), "it stops at 10,000");
    let status = std::fs::read_to_string(format!("/proc/{}/status", page.child.id())).unwrap();
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap();
    let peak_kib: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(peak_kib < 64 << 10, "{peak_kib} KiB");
}

#[test]
fn control_c_ends_the_review_and_leaves_no_files() {
    let office = Office::default();
    usual(&office);
    let kept = std::fs::read_dir(office.path("")).unwrap().count();
    let mut page = Page::open(&office, &["-k", "li.key", "--trust", "trust.toml", "draft.ferry"]);
    assert_eq!(page.get("/picture/0/1").0, 200);
    let kill = Command::new("kill").args(["-s", "INT", &page.child.id().to_string()]).status().unwrap();
    assert!(kill.success() && page.child.wait().unwrap().success());
    assert_eq!(std::fs::read_dir(office.path("")).unwrap().count(), kept);
    let occupied = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = occupied.local_addr().unwrap().port().to_string();
    let line = ["review", "-k", "li.key", "--trust", "trust.toml", "--port", &port, "draft.ferry"];
    assert_eq!(output(&office, &line), (Some(69), "FERRY-E0744".to_owned()));
    let without_port = Page::open(&office, &["-k", "li.key", "--trust", "trust.toml", "draft.ferry"]);
    assert_eq!(without_port.get("/").0, 200);
}

#[test]
fn the_browser_opens_a_private_file_and_the_address_is_not_in_its_arguments() {
    let office = Office::default();
    usual(&office);
    let runtime = office.path("runtime");
    std::fs::create_dir(&runtime).unwrap();
    // Stands for the browser: notes what it was given, and what it finds there.
    let script = "#!/bin/sh\n{ echo \"$1\"; stat -c %a \"$1\" \"$(dirname \"$1\")\"; cat \"$1\"; } > given.tmp && mv given.tmp given\n";
    std::fs::write(runtime.join("xdg-open"), script).unwrap();
    std::fs::set_permissions(runtime.join("xdg-open"), Permissions::from_mode(0o755)).unwrap();
    let path = std::env::join_paths([runtime.clone(), "/usr/bin".into(), "/bin".into()]).unwrap();
    let mut ferry = program("ferry");
    ferry
        .args(["review", "-k", "li.key", "--trust", "trust.toml", "draft.ferry", "--open"])
        .current_dir(office.path(""));
    let mut page = Page::of(ferry.env("PATH", path).env("XDG_RUNTIME_DIR", &runtime));
    eventually("the browser started", || office.path("given").exists());
    let given = std::fs::read_to_string(office.path("given")).unwrap();
    let mut lines = given.lines();
    let argument = PathBuf::from(lines.next().unwrap());
    assert!(!argument.to_string_lossy().contains(&page.secret), "{given}");
    assert_eq!((lines.next(), lines.next()), (Some("600"), Some("700")), "{given}");
    assert!(lines.next().unwrap().contains(&format!("url=http://{}/{}/", page.host(), page.secret)), "{given}");
    let kill = Command::new("kill").args(["-s", "INT", &page.child.id().to_string()]).status().unwrap();
    assert!(kill.success() && page.child.wait().unwrap().success());
    assert!(!argument.exists());
}
