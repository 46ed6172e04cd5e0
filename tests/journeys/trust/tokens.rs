//! Signing keys in real PKCS#11 tokens (SoftHSM): made there, used there, and refused where something is not as it was.

use crate::support::wait::eventually;
use ferry_format::batch::open::UnverifiedBatch;
use ferry_format::keys::{PublicKey, verify_signature};
use ferry_format::text::Text;
use ferry_format::trust::approval::ApprovalFile;
use ferry_testkit::stage::{Court, program};
use ferry_testkit::token::{MODULE, PIN, TokenFolder, secret};
use std::fs::File;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;
use tempfile::TempDir;

const LABEL: &str = "法院 court";

/// A folder with a token, in which `ferry` is run.
struct CommandContext {
    dir: TempDir,
    tokens: TokenFolder,
}

impl CommandContext {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let tokens = TokenFolder::new(&dir.path().join("tokens"));
        tokens.add(LABEL);
        std::fs::write(dir.path().join("裁定书.txt"), "裁定如下").unwrap();
        let office = Self { dir, tokens };
        office.done(&["keygen", "--role", "recipient", "-o", "r"]);
        office
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn ferry(&self, line: &[&str]) -> Output {
        let mut ferry = program("ferry");
        ferry.args(line).current_dir(self.dir.path()).env("SOFTHSM2_CONF", self.tokens.conf());
        ferry.output().unwrap()
    }

    fn done(&self, line: &[&str]) -> String {
        let out = self.ferry(line);
        assert!(out.status.success(), "{line:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    }

    /// What `ferry` says when it ends with that code; never the PIN.
    fn refused(&self, line: &[&str], exit: i32, code: &str) -> String {
        let out = self.ferry(line);
        let text = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(exit), "{line:?}: {text}");
        assert!(text.contains(&format!("[{code}]")) && text.contains("hint: ") && !text.contains(PIN), "{text}");
        text
    }

    fn keygen(&self, role: &str, name: &str) {
        let pin = self.tokens.pin();
        let token = ["--token", MODULE, "--token-label", LABEL, "--pin-file", pin.to_str().unwrap()];
        self.done(&[&["keygen", "--role", role, "-o", name][..], &token].concat());
    }

    /// A copy of a key file with one part of it changed.
    fn changed(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.path("s.key")).unwrap();
        let changed = text.replacen(from, to, 1);
        assert!(text.contains(from), "{from}");
        secret(&self.path("changed.key"), &changed);
    }

    fn seals(&self, key: &str) -> Vec<String> {
        let line = ["seal", "-i", key, "-r", "r.pub", "--channel", "up", "-o", "x.ferry", "裁定书.txt"];
        line.map(str::to_owned).to_vec()
    }

    fn seal_refused(&self, exit: i32, code: &str) -> String {
        let line = self.seals("changed.key");
        let text = self.refused(&line.iter().map(String::as_str).collect::<Vec<_>>(), exit, code);
        assert!(!self.path("x.ferry").exists());
        text
    }
}

#[test]
fn a_key_in_a_token_seals_and_approves_and_its_file_has_no_secret() {
    let office = CommandContext::new();
    office.keygen("sender", "s");
    office.keygen("reviewer", "v");
    let key = std::fs::read_to_string(office.path("s.key")).unwrap();
    assert!(key.starts_with("ferry-token-key-1 sender ") && key.contains(" - pkcs11:token=%E6"), "{key}");
    assert_eq!(std::fs::metadata(office.path("s.key")).unwrap().permissions().mode() & 0o777, 0o600);
    let shown = office.done(&["key", "show", "s.key"]);
    assert!(shown.contains(LABEL) && shown.contains(MODULE), "{shown}");

    office.done(&[
        "trust",
        "init",
        "--sender",
        "s.pub",
        "--reviewer",
        "v.pub",
        "--recipient",
        "r.pub",
        "-o",
        "trust.toml",
    ]);
    let seal = ["seal", "-i", "s.key", "-r", "r.pub", "-r", "v.pub", "--channel", "up"];
    office.done(&[&seal[..], &["-o", "1.ferry", "裁定书.txt"]].concat());
    office.done(&["verify", "--trust", "trust.toml", "1.ferry"]);
    office.done(&[&seal[..], &["--sequence", "2", "--previous", "1.ferry", "-o", "2.ferry", "裁定书.txt"]].concat());
    office.done(&["verify", "--trust", "trust.toml", "1.ferry", "2.ferry"]);

    office.done(&[&seal[..], &["--draft", "-o", "draft.ferry", "裁定书.txt"]].concat());
    office.done(&["approve", "-i", "v.key", "--trust", "trust.toml", "draft.ferry", "-o", "v.approval"]);
    let approval = ApprovalFile::decode(&std::fs::read(office.path("v.approval")).unwrap()).unwrap().approval;
    let public = PublicKey::from_text(&std::fs::read_to_string(office.path("v.pub")).unwrap()).unwrap();
    let draft = UnverifiedBatch::read(File::open(office.path("draft.ferry")).unwrap()).unwrap();
    assert_eq!(Some(approval.reviewer), public.verifying);
    let content = draft.claimed_content().encode();
    verify_signature(Text::verbatim("approval"), &approval.reviewer, &content, &approval.signature).unwrap();

    // To read, a reviewer needs no token: the half of the key that opens is in the file.
    office.tokens.remove_tokens();
    office.done(&["inspect", "-k", "v.key", "--trust", "trust.toml", "draft.ferry"]);
    let approve = ["approve", "-i", "v.key", "--trust", "trust.toml", "draft.ferry", "-o", "late.approval"];
    office.refused(&approve, 69, "FERRY-E0712");
    assert!(!office.path("late.approval").exists());
}

#[test]
fn a_token_key_is_only_made_under_a_free_name_and_a_failure_leaves_nothing_behind() {
    let office = CommandContext::new();
    office.keygen("sender", "s");
    let pin = office.tokens.pin();
    let keygen = |role: &'static str, output: &'static str, label: &'static str| {
        let line =
            ["keygen", "--role", role, "-o", output, "--token", MODULE, "--token-label", LABEL, "--object-label"];
        [&line[..], &[label, "--pin-file", pin.to_str().unwrap()]].concat().iter().map(|s| s.to_string()).collect()
    };
    let refused = |line: Vec<String>, exit, code| {
        office.refused(&line.iter().map(String::as_str).collect::<Vec<_>>(), exit, code);
    };
    refused(keygen("sender", "s", "another"), 73, "FERRY-E0601");
    refused(keygen("sender", "t", "s"), 73, "FERRY-E0713");
    refused(keygen("recipient", "t", "t"), 78, "FERRY-E0501");
    assert!(!office.path("t.key").exists() && !office.path("t.pub").exists());
    // Nothing was made under these labels: they are free.
    office.done(&keygen("root", "another", "another").iter().map(String::as_str).collect::<Vec<_>>());
    office.done(&keygen("reviewer", "t", "t").iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn a_token_that_does_not_match_the_key_file_signs_nothing_and_the_error_says_why() {
    let office = CommandContext::new();
    office.keygen("sender", "s");
    office.keygen("sender", "other");
    let pin = format!("pin-source=file:{}", office.tokens.pin().display());
    let wrong_pin = |name: &str, text: &str| {
        secret(&office.path(name), text);
        format!("pin-source=file:{}", office.path(name).display())
    };

    office.changed(&pin, &wrong_pin("wrong", "000000\n"));
    assert!(office.seal_refused(77, "FERRY-E0714").contains("refuses the PIN"));
    office.changed(&pin, &wrong_pin("empty", "\n"));
    office.seal_refused(77, "FERRY-E0716");
    secret(&office.path("empty"), PIN);
    office.changed(&pin, &format!("pin-source=file:{}", office.path("empty").display()));
    office.done(&office.seals("changed.key").iter().map(String::as_str).collect::<Vec<_>>());
    std::fs::remove_file(office.path("x.ferry")).unwrap();
    office.changed(&pin, "pin-source=file:/nowhere/pin");
    assert!(office.seal_refused(77, "FERRY-E0716").contains("/nowhere/pin"));
    office.changed(&pin, "pin-source=credential:ferry.pin");
    office.seal_refused(77, "FERRY-E0716");
    office.changed(&pin, &wrong_pin("wide", PIN));
    std::fs::set_permissions(office.path("wide"), std::fs::Permissions::from_mode(0o640)).unwrap();
    office.seal_refused(77, "FERRY-E0701");

    office.changed("token=%E6", "token=X%E6");
    office.seal_refused(69, "FERRY-E0712");
    office.changed("object=s;", "object=nobody;");
    office.seal_refused(77, "FERRY-E0713");
    let public = |name: &str| {
        let text = std::fs::read_to_string(office.path(name)).unwrap();
        text.split(' ').nth(2).unwrap().to_owned()
    };
    office.changed(&public("s.pub"), &public("other.pub"));
    assert!(office.seal_refused(77, "FERRY-E0713").contains("another public half"));

    office.changed("module-path=/usr/lib/softhsm/", "module-path=/nowhere/");
    office.seal_refused(69, "FERRY-E0712");
    std::fs::write(office.path("no-module.so"), "this is no shared object").unwrap();
    office.changed(MODULE, office.path("no-module.so").to_str().unwrap());
    office.seal_refused(69, "FERRY-E0712");
    std::fs::copy(MODULE, office.path("writable.so")).unwrap();
    std::fs::set_permissions(office.path("writable.so"), std::fs::Permissions::from_mode(0o777)).unwrap();
    office.changed(MODULE, office.path("writable.so").to_str().unwrap());
    assert!(office.seal_refused(77, "FERRY-E0701").contains("others may change it"));

    // Untouched all the while.
    office.done(&office.seals("s.key").iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn two_tokens_with_the_same_label_are_an_error() {
    let office = CommandContext::new();
    office.keygen("sender", "s");
    let [serial] = &office.tokens.serials()[..] else { panic!("one token") };
    office.tokens.add(LABEL);
    office.changed("ferry-token-key-1", "ferry-token-key-1");
    assert!(office.seal_refused(77, "FERRY-E0713").contains("several tokens"));
    office.changed(";object=", &format!(";serial={serial};object="));
    office.done(&office.seals("changed.key").iter().map(String::as_str).collect::<Vec<_>>());
    let pin = office.tokens.pin();
    let by_serial = ["--token", MODULE, "--token-serial", serial, "--pin-file", pin.to_str().unwrap()];
    office.done(&[&["keygen", "--role", "sender", "-o", "t"][..], &by_serial].concat());
    assert!(
        std::fs::read_to_string(office.path("t.key")).unwrap().contains(&format!("pkcs11:serial={serial};object=t;"))
    );
}

/// Moves the inner agent's sender to a token the way `docs/keys.md` says: a new key, trusted outside beside the old one.
fn moved_to_token(court: &Court) -> TokenFolder {
    let tokens = TokenFolder::new(&court.path("tokens"));
    tokens.add(LABEL);
    court.set_environment("SOFTHSM2_CONF", &tokens.conf());
    let pin = tokens.pin();
    let token = ["--token", MODULE, "--token-label", LABEL, "--pin-file", pin.to_str().unwrap()];
    court.ferry_ok(&[&["keygen", "--role", "sender", "-o", "inner/token"][..], &token].concat());
    court.edit("inner.toml", "inner/sender.key", "inner/token.key");
    let line = |name: &str| format!("\"{}\"", std::fs::read_to_string(court.path(name)).unwrap().trim());
    let (old, new) = (line("inner/sender.pub"), line("inner/token.pub"));
    court.edit("outer/trust.toml", &old, &format!("{old},\n{new}"));
    tokens
}

#[test]
fn an_export_signed_in_a_token_is_published() {
    let court = Court::new(20);
    // This one is on its way while the key is changed.
    court.agent("inner", "export");
    let tokens = moved_to_token(&court);
    assert!(court.try_agent("inner", &["check-config"]).status.success());
    let (exported, published) = court.up();
    assert_eq!((&exported["sequence"], &published["batches"]), (&2.into(), &2.into()), "{exported} {published}");
    assert!(published["records"].as_u64().unwrap() > 20, "{published}");
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
    court.down();
    assert!(alarms(&court).is_empty());

    tokens.remove_tokens();
    assert_eq!(alarms(&court), ["FERRY-E0712"]);
    let screen = court.try_agent("inner", &["status"]);
    let screen = String::from_utf8(screen.stdout).unwrap();
    assert!(screen.contains("FERRY-E0712") && screen.contains(LABEL), "{screen}");
    for command in ["check-config", "export"] {
        let text = court.refused("inner", command, 69);
        assert!(text.contains("FERRY-E0712") && text.contains(LABEL), "{text}");
    }
    // What needs no signature continues.
    court.agent("outer", "reply");
    court.carry("down");
    court.agent("inner", "import");

    tokens.insert_tokens();
    assert!(alarms(&court).is_empty());
    let (_, published) = court.up();
    assert_eq!(published["batches"], 1, "{published}");
}

fn alarms(court: &Court) -> Vec<String> {
    let status = court.agent("inner", "status");
    let codes = status["alarms"].as_array().unwrap().iter().map(|a| a["code"].as_str().unwrap().to_owned());
    codes.filter(|code| code.starts_with("FERRY-E07")).collect()
}

#[test]
fn a_wrong_pin_ends_the_daemon_so_that_it_cannot_lock_the_token() {
    let court = Court::new(5);
    let tokens = moved_to_token(&court);
    secret(&tokens.pin(), "000000");
    for command in ["check-config", "export", "run"] {
        let text = court.refused("inner", command, 77);
        assert!(text.contains("FERRY-E0714") && !text.contains("000000"), "{text}");
    }
    // `status` looks at the token without its PIN.
    assert!(alarms(&court).is_empty());
    assert!(court.files("channel/up/sent").is_empty());
    let unit = |side: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../ops/systemd/{side}-agent.service"));
        std::fs::read_to_string(path).unwrap()
    };
    for side in ["inner", "outer"] {
        assert!(unit(side).contains("RestartPreventExitStatus=77 78"), "systemd would start {side} again and again");
    }
    secret(&tokens.pin(), PIN);
    court.agent("inner", "export");
}

#[test]
fn a_daemon_without_its_token_reports_it_and_continues_once_it_is_back() {
    let court = Court::new(5);
    let tokens = moved_to_token(&court);
    court.edit("inner.toml", "schedule = \"0 2 * * *\"", "schedule = \"*/2 * * * * *\"");
    court.edit("inner.toml", "poll-interval-s = 60", "poll-interval-s = 1");
    let sequence = || court.agent("inner", "status")["channels"][0]["last_sequence"].as_u64().unwrap();
    let daemon = court.spawn("inner", &["run"]);
    eventually("an export", || sequence() >= 2);
    tokens.remove_tokens();
    eventually("the alarm", || {
        let stderr = daemon.stderr();
        stderr.contains("alarm: ") && stderr.contains("FERRY-E0712")
    });
    let before = sequence();
    tokens.insert_tokens();
    eventually("another export", || sequence() > before);
    eventually("the end of the alarm", || alarms(&court).is_empty());
    court.carry("up");
    assert!(court.agent("outer", "ingest")["batches"].as_u64().unwrap() > before);
}
