//! The auditor's pack, made from the real batches of a court and checked by both programs.

use ferry_format::audit::Entry;
use ferry_format::batch::open::{Sink, UnverifiedBatch};
use ferry_format::crypto::hash::sha256;
use ferry_format::encoding::hex::to_hex;
use ferry_format::frame::manifest::Entry as ManifestEntry;
use ferry_format::keys::SecretKey;
use ferry_format::record::Record;
use ferry_format::trust::trust_file::Trust;
use ferry_testkit::roots;
use ferry_testkit::stage::{Court, Login};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The second reader on a pack.
fn second(court: &Court, pack: &str, trusts: &[&str]) -> Output {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let python =
        std::env::var_os("FERRY_READER_PYTHON").map_or_else(|| root.join("target/reader/bin/python"), PathBuf::from);
    let mut command = Command::new(python);
    command.arg(root.join("tests/reader/ferry_reader.py")).args(["evidence", pack]).current_dir(court.path(""));
    for trust in trusts {
        command.args(["--trust", trust]);
    }
    command.output().unwrap()
}

/// A party reads and signs for a document; gives the bytes and the served record's id.
fn serve(court: &Court) -> (Login, String, Vec<u8>) {
    let portal = court.portal();
    let browser = portal.browser();
    let login = court.logins().remove(0);
    browser.log_in(&login);
    let page = browser.get(&format!("/cases/{}", login.case_id));
    let text = page.text();
    let action = text[text.find("/documents/service/").unwrap()..].split('"').next().unwrap().to_owned();
    let id = action.trim_start_matches("/documents/service/").trim_end_matches("/open").to_owned();
    let file = browser.post(&action, &[("csrf", &page.csrf())]);
    assert_eq!(file.status, 200);
    browser.post(&action.replace("/open", "/sign"), &[("csrf", &page.csrf())]);
    (login, id, file.bytes)
}

const TRUSTS: [&str; 2] = ["outer/trust.toml", "inner/trust.toml"];

fn verify(court: &Court, pack: &str, more: &[&str]) -> Output {
    let trusts = ["--trust", TRUSTS[0], "--trust", TRUSTS[1]];
    court.ferry(&[&["evidence", "verify"], trusts.as_slice(), more, &[pack]].concat())
}

#[test]
fn one_evidence_file_proves_a_served_document_its_receipt_and_its_delivery_with_two_programs() {
    let court = Court::new(40);
    court.up();
    let (login, id, document) = serve(&court);
    court.down();
    let of = |folder: &str| court.files(folder).into_iter().map(|p| p.display().to_string()).collect::<Vec<_>>();
    let (sent, replies) = (of("channel/up/sent"), of("channel/down/sent"));
    let keys = ["-k", "outer/recipient.key", "-k", "inner/recipient.key", "--trust", TRUSTS[0], "--trust", TRUSTS[1]];
    let what = ["--kind", "service", "--id", &id, "--catalogue", "catalogue.toml"];
    let make = |replies: &[String], more: &[&str], output: &str| {
        let mut line = vec!["evidence", "make", "--batch", &sent[0], "-o", output];
        line.extend(keys);
        line.extend(what);
        line.extend(more);
        replies.iter().for_each(|reply| line.extend(["--reply", reply]));
        court.ferry(&line)
    };

    // Without the way back a served record's pack would lack its receipt: that is said, not passed over.
    let out = make(&[], &[], "half.evidence");
    assert_eq!(out.status.code(), Some(66), "{}", text(&out.stderr));
    assert!(
        text(&out.stderr).contains("FERRY-E0752") && text(&out.stderr).contains("a receipt"),
        "{}",
        text(&out.stderr)
    );
    assert!(!court.path("half.evidence").exists());
    let out = make(&[], &["--partial"], "half.evidence");
    assert!(out.status.success(), "{}", text(&out.stderr));
    let out = verify(&court, "half.evidence", &[]);
    assert!(out.status.success() && text(&out.stdout).contains("none    a receipt"));

    let out = make(&replies, &[], "whole.evidence");
    assert!(out.status.success(), "{}", text(&out.stderr));
    let out = verify(&court, "whole.evidence", &["--json", "-C", "shown"]);
    assert!(out.status.success(), "{}", text(&out.stderr));
    let found: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!((&found["subject"]["record"]["id"], &found["holds"]), (&Value::from(id.as_str()), &true.into()));
    assert_eq!(found["subject"]["record"]["case"], login.case_id.as_str());
    assert_eq!(found["documents"][0]["sha256"], to_hex(&sha256(&document)));
    assert_eq!(found["reports"][0]["record"]["fields"]["verdict"], "published");
    let receipt = &found["receipts"][0]["record"]["fields"];
    assert_eq!((&receipt["item"], &receipt["sha256"]), (&Value::from(id.as_str()), &found["documents"][0]["sha256"]));
    assert!(receipt["signed"].as_i64().unwrap() >= receipt["opened"].as_i64().unwrap());
    let shown = court.files("shown");
    assert!(shown.iter().any(|p| std::fs::read(p).unwrap() == document), "{shown:?}");
    assert!(court.path("shown/record.json").exists());
    let table = text(&verify(&court, "whole.evidence", &[]).stdout);
    for output in ["received and published", "opened ", "signed for ", "signed by "] {
        assert!(table.contains(output), "{output}: {table}");
    }

    let out = second(&court, "whole.evidence", &TRUSTS);
    assert!(out.status.success(), "{}", text(&out.stderr));
    let theirs: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(
        (&theirs["subject"]["id"], &theirs["receipts"][0]["id"]),
        (&found["subject"]["record"]["id"], &found["receipts"][0]["record"]["id"])
    );
    assert_eq!(theirs["receipts"][0]["fields"], *receipt);

    nothing_of_neighbours(&court, &login, &found);
    wrong_packs_are_refused_by_both(&court);
}

/// The encoded records of a batch.
#[derive(Default)]
struct Records(Vec<Vec<u8>>);

impl Sink for Records {
    fn begin(&mut self, _: &ManifestEntry) -> ferry_format::Result<()> {
        Ok(())
    }

    fn bytes(&mut self, _: &[u8]) -> ferry_format::Result<()> {
        Ok(())
    }

    fn end(&mut self, _: &ManifestEntry) -> ferry_format::Result<()> {
        Ok(())
    }

    fn record(&mut self, _: &ManifestEntry, encoded: &[u8]) -> ferry_format::Result<()> {
        self.0.push(encoded.to_vec());
        Ok(())
    }
}

/// As case H10: somebody who holds a pack and knows every id scheme, every name and every text of the other audit entries
/// tries them one after another.
#[test]
fn nobody_who_guesses_every_text_of_a_neighbour_finds_its_digest_in_a_pack() {
    let court = Court::new(40);
    court.up();
    let (_, id, _) = serve(&court);
    for _ in 0..3 {
        court.down();
        court.up();
    }
    let of = |folder: &str| court.files(folder).into_iter().map(|p| p.display().to_string()).collect::<Vec<_>>();
    let (sent, replies) = (of("channel/up/sent").remove(0), of("channel/down/sent"));
    let audit = court.path("audit.jsonl").display().to_string();
    assert!(court.try_agent("inner", &["audit", "export", "-o", &audit]).status.success());
    let mut line = vec!["evidence", "make", "--batch", &sent, "-o", "whole.evidence", "--audit", &audit];
    line.extend(["-k", "outer/recipient.key", "-k", "inner/recipient.key", "--trust", TRUSTS[0], "--trust", TRUSTS[1]]);
    line.extend(["--kind", "service", "--id", &id, "--catalogue", "catalogue.toml"]);
    replies.iter().for_each(|reply| line.extend(["--reply", reply]));
    let whole = std::fs::read(&audit).unwrap();
    std::fs::write(&audit, &whole[..whole.len() / 2]).unwrap();
    let out = court.ferry(&line);
    assert!(text(&out.stderr).contains("FERRY-E0753") && text(&out.stderr).contains("`audit export"));
    std::fs::remove_file(&audit).unwrap();
    assert!(court.try_agent("inner", &["audit", "export", "-o", &audit]).status.success());
    court.ferry_ok(&line);
    let pack = std::fs::read(court.path("whole.evidence")).unwrap();
    let has = |bytes: &[u8]| pack.windows(bytes.len()).any(|w| w == bytes);

    // The pack leans on neighbours: the digests of entries after its own stand in it.
    let entries = ferry_channel::audit::entries(&court.database("inner/state/inner.db"), 1, u64::MAX).unwrap();
    let leaned_on = entries.iter().filter(|(entry, _)| has(&entry.inner_digest())).count();
    assert!(leaned_on > 0, "{leaned_on} of {}", entries.len());
    for (entry, _) in &entries {
        let own = entry.salt.expect("every entry is salted");
        assert!(has(&entry.encode()) || !has(&own), "the salt of {} is in the pack", entry.subject);
        // Everything is known but the salt: none that a guesser can try gives a digest of the pack.
        for salt in [[0; 32], sha256(b""), sha256(&entry.number.to_be_bytes())] {
            assert!(!has(&Entry { salt: Some(salt), ..entry.clone() }.inner_digest()), "{}", entry.subject);
        }
    }
    // The same of records: every other one of the batch, byte for byte, as its digests without a salt.
    let read = |name: &str| std::fs::read_to_string(court.path(name)).unwrap();
    let batch = UnverifiedBatch::read(std::fs::File::open(&sent).unwrap()).unwrap();
    let verified = batch.verify(&Trust::from_toml(&read(TRUSTS[0])).unwrap()).unwrap();
    let mut records = Records::default();
    let key = SecretKey::from_text(&read("outer/recipient.key")).unwrap();
    verified.open(&key.unwrapper().unwrap(), &mut records).unwrap();
    let mut tried = 0;
    for bytes in records.0 {
        let record = Record::decode(&bytes).unwrap();
        if record.id == id {
            continue;
        }
        for digest in
            [sha256(&bytes), record.content_digest().unwrap(), sha256(&[&[0], sha256(&bytes).as_slice()].concat())]
        {
            assert!(!has(&digest), "{}/{}", record.kind, record.id);
            tried += 1;
        }
    }
    assert!(tried > 500, "only {tried} guesses");
}

/// Names of all other people of the platform, and every other record's id.
fn nothing_of_neighbours(court: &Court, login: &Login, found: &Value) {
    let pack = std::fs::read(court.path("whole.evidence")).unwrap();
    let has = |text: &str| pack.windows(text.len()).any(|w| w == text.as_bytes());
    let own = found.to_string();
    let platform = court.platform();
    let mut searched = 0;
    for sql in ["SELECT XM FROM RY", "SELECT CSBH FROM ZXCS", "SELECT AH FROM AJXX"] {
        let mut statement = platform.prepare(sql).unwrap();
        let texts: Vec<String> = statement.query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect();
        for text in texts.iter().filter(|t| !own.contains(t.as_str())) {
            assert!(!has(text), "{text} of a neighbour of {} stands in the pack", login.case_id);
            searched += 1;
        }
    }
    assert!(searched > 100, "only {searched} texts were searched for");
}

fn wrong_packs_are_refused_by_both(court: &Court) {
    let pack = std::fs::read(court.path("whole.evidence")).unwrap();
    // A byte in the middle of the document, one of the head, and one too many.
    let changes: [fn(&mut Vec<u8>); 4] =
        [|b| *b.last_mut().unwrap() ^= 1, |b| b[200] ^= 1, |b| b.push(0), |b| b.truncate(b.len() / 2)];
    for (n, change) in changes.iter().enumerate() {
        let mut bytes = pack.clone();
        change(&mut bytes);
        std::fs::write(court.path("wrong.evidence"), bytes).unwrap();
        let out = verify(court, "wrong.evidence", &["-C", "never"]);
        assert_eq!(out.status.code(), Some(65), "change {n}: {}", text(&out.stderr));
        let code = text(&out.stderr).split("[FERRY-").nth(1).unwrap()[..5].to_owned();
        assert!(!court.path("never").exists(), "nothing appears of what does not hold");
        let theirs = second(court, "wrong.evidence", &TRUSTS);
        assert_eq!(theirs.status.code(), Some(65), "change {n}");
        assert!(text(&theirs.stderr).contains(&code), "change {n}: {code}, and {}", text(&theirs.stderr));
    }
    // Trust in one channel is none in the other, and a pack does not vouch for itself.
    let out = court.ferry(&["evidence", "verify", "--trust", TRUSTS[0], "whole.evidence"]);
    assert!(text(&out.stderr).contains("FERRY-E0237"), "{}", text(&out.stderr));
    assert!(text(&second(court, "whole.evidence", &TRUSTS[..1]).stderr).contains("FERRY-E0237"));
    let out = court.ferry(&["evidence", "verify", "whole.evidence"]);
    assert_eq!(out.status.code(), Some(77), "{}", text(&out.stderr));
    assert!(text(&out.stderr).contains("FERRY-E0754") && text(&out.stdout).contains("SHA256:"));
    // With the trust files of both channels it holds, under the catalogue that was in force or none.
    let both = ["evidence", "verify", "--trust", TRUSTS[0], "--trust", TRUSTS[1], "whole.evidence"];
    assert!(court.ferry(&both).status.success());
    let text_of = std::fs::read_to_string(court.path("catalogue.toml")).unwrap();
    std::fs::write(court.path("other-catalogue.toml"), text_of.replacen("执行流程公开目录", "旧目录", 1)).unwrap();
    let out = court.ferry(&[&both[..], &["--catalogue", "other-catalogue.toml"]].concat());
    assert!(text(&out.stderr).contains("FERRY-E0238"), "{}", text(&out.stderr));
    assert!(court.ferry(&[&both[..], &["--catalogue", "catalogue.toml"]].concat()).status.success());
}

#[test]
fn an_evidence_pack_needs_a_key_that_opens_the_batch_and_a_batch_with_the_record() {
    let court = Court::new(10);
    court.up();
    let batch = court.files("channel/up/sent").remove(0).display().to_string();
    let line = |key: &'static str, id: &'static str| {
        let rest = ["--trust", TRUSTS[0], "--batch", &batch, "--kind", "case", "--id", id, "-o", "x.evidence"];
        court.ferry(&[&["evidence", "make", "-k", key], rest.as_slice()].concat())
    };
    let out = line("inner/recipient.key", "AJ000000001");
    assert_eq!(out.status.code(), Some(77));
    assert!(text(&out.stderr).contains("FERRY-E0750"), "{}", text(&out.stderr));
    let out = line("outer/recipient.key", "AJ999999999");
    assert_eq!(out.status.code(), Some(65));
    assert!(text(&out.stderr).contains("FERRY-E0751"), "{}", text(&out.stderr));
    assert!(!court.path("x.evidence").exists());
    // The right key, and the batch that has the record; nobody has received it yet, and the pack says so.
    let out =
        court.ferry(
            &[
                &[
                    "evidence",
                    "make",
                    "-k",
                    "outer/recipient.key",
                    "--partial",
                    "--trust",
                    TRUSTS[0],
                    "--batch",
                    &batch,
                ][..],
                &["--kind", "case", "--id", "AJ000000001", "-o", "x.evidence"],
            ]
            .concat(),
        );
    assert!(out.status.success(), "{}", text(&out.stderr));
}

#[test]
fn root_keys_alone_verify_an_evidence_pack_and_its_newest_list_is_named() {
    let court = Court::new(10);
    roots::found(&court);
    court.up();
    court.down();
    let batch = court.files("channel/up/sent").remove(0).display().to_string();
    let reply = court.files("channel/down/sent").remove(0).display().to_string();
    let roots = ["--root", "root-a.pub", "--root", "root-b.pub"];
    let keys = ["-k", "outer/recipient.key", "-k", "inner/recipient.key", "--list", "list-1.toml"];
    let what = ["--batch", &batch, "--reply", &reply, "--kind", "case", "--id", "AJ000000001", "-o", "x.evidence"];
    let partial = ["--partial", "--catalogue", "catalogue.toml"];
    let made = court.ferry(&[&["evidence", "make"], &roots[..], &keys, &what, &partial].concat());
    assert!(made.status.success(), "{}", text(&made.stderr));
    let verify = |more: &[&str]| {
        let line = [&["evidence", "verify"], &roots[..], &["--catalogue", "catalogue.toml"], more, &["x.evidence"]];
        let out = court.ferry(&line.concat());
        assert!(out.status.success(), "{}", text(&out.stderr));
        text(&out.stdout)
    };
    let table = verify(&[]);
    assert!(table.contains("trust lists to number 1 of") && table.contains("batch 1/1 (by its number)"), "{table}");
    let found: Value = serde_json::from_str(&verify(&["--json"])).unwrap();
    assert_eq!(found["newest_list"]["number"], 1);
}
