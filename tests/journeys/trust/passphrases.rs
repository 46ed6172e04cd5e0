//! Key files under a passphrase: given by file descriptor, by the service's credentials, or typed; never shown.

use ferry_testkit::stage::{Court, binary, in_english, program};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const RIGHT: &str = "六个词 correct horse battery";
const WRONG: &str = "六个词 correct horse batter";

/// A folder in which `ferry` is run.
struct CommandContext(TempDir);

impl CommandContext {
    /// With the keys of a sender, a recipient and a reviewer under the passphrase, and what they trust.
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        for (role, name) in [("sender", "s"), ("recipient", "r"), ("reviewer", "v")] {
            desk.done(&format!("keygen --role {role} -o {name} --passphrase-fd 0"), RIGHT);
        }
        desk.done("trust init --sender s.pub --reviewer v.pub --recipient r.pub -o trust.toml", "");
        std::fs::write(desk.path("a.txt"), "裁定如下").unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, line: &str) -> Command {
        // Without a terminal, so that nothing is ever asked here.
        let mut ferry = Command::new("setsid");
        ferry.arg("--wait").arg(binary("ferry")).args(line.split(' ')).current_dir(self.0.path());
        ferry.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        in_english(&mut ferry);
        ferry
    }

    /// Runs `ferry` with that text on its standard input.
    fn ferry(&self, line: &str, stdin: &str) -> Output {
        let mut child = self.command(line).spawn().unwrap();
        // A command that needs no passphrase may have ended before.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        let out = child.wait_with_output().unwrap();
        for text in [&out.stdout, &out.stderr] {
            let text = String::from_utf8_lossy(text);
            assert!(!text.contains("horse") && !text.contains("panicked"), "{line}: {text}");
        }
        out
    }

    fn done(&self, line: &str, stdin: &str) -> String {
        let out = self.ferry(line, stdin);
        assert!(out.status.success(), "{line}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    }

    fn refused(&self, line: &str, stdin: &str, exit: i32, code: &str) {
        let out = self.ferry(line, stdin);
        let text = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(exit), "{line}: {text}");
        assert!(text.contains(&format!("[{code}]")) && text.contains("hint: "), "{line}: {text}");
    }
}

#[test]
fn every_command_that_reads_a_secret_key_takes_its_passphrase_and_refuses_a_wrong_one() {
    let desk = CommandContext::new();
    let seal = "seal -i s.key --passphrase-fd 0 -r r.pub -r v.pub --channel up a.txt -o";
    desk.done(&format!("{seal} 1.ferry"), RIGHT);
    desk.done(&format!("{seal} draft.ferry --draft"), RIGHT);
    for (line, written) in [
        ("seal -i s.key -r r.pub --channel up a.txt -o x.ferry", "x.ferry"),
        ("open -k r.key --trust trust.toml 1.ferry -C out", "out"),
        ("inspect -k r.key --trust trust.toml 1.ferry", "nothing"),
        ("diff -k r.key --trust trust.toml 1.ferry 1.ferry", "nothing"),
        ("approve -i v.key --trust trust.toml draft.ferry -o v.approval", "v.approval"),
    ] {
        let with = format!("{line} --passphrase-fd 0");
        desk.refused(&with, WRONG, 77, "FERRY-E0710");
        desk.refused(&with, "", 77, "FERRY-E0711");
        desk.refused(&with, "\n", 77, "FERRY-E0711");
        desk.refused(&with, &"x".repeat(5000), 77, "FERRY-E0711");
        desk.refused(line, RIGHT, 77, "FERRY-E0711");
        desk.refused(&format!("{line} --passphrase-fd 77"), RIGHT, 66, "FERRY-E0601");
        assert!(!desk.path(written).exists(), "{line}");
        desk.done(&with, &format!("{RIGHT}\nwhat comes after the first line is not read"));
    }
    assert_eq!(std::fs::read_to_string(desk.path("out/a.txt")).unwrap(), "裁定如下");
    assert_eq!(std::fs::metadata(desk.path("v.approval")).unwrap().len(), 136);
}

#[test]
fn a_truncated_altered_or_oversized_key_file_opens_with_no_passphrase() {
    let desk = CommandContext::new();
    let good = std::fs::read_to_string(desk.path("s.key")).unwrap();
    assert!(good.contains(" argon2id 262144 3 4 "), "{good}");
    let line = "seal -i bad.key --passphrase-fd 0 -r r.pub --channel up a.txt -o x.ferry";
    let refused = |text: &str, exit, code| {
        ferry_testkit::token::secret(&desk.path("bad.key"), text);
        desk.refused(line, RIGHT, exit, code);
    };
    refused(&good[..good.len() - 2], 78, "FERRY-E0501");
    refused("", 78, "FERRY-E0501");
    refused(&good.replace(" 262144 3 ", " 262144 2 "), 77, "FERRY-E0710");
    refused(&good.replace(" sender ", " root "), 77, "FERRY-E0710");
    refused(&good.replace(" sender ", " reviewer "), 78, "FERRY-E0501");
    refused(&good.replace(" 262144 3 ", " 1048577 3 "), 78, "FERRY-E0501");
    refused(&good.replace(" 262144 3 ", " 4294967295 4294967295 "), 78, "FERRY-E0501");
    // Within the limits, and more than this machine gives.
    let most = good.replace(" 262144 3 ", " 1048576 1 ");
    ferry_testkit::token::secret(&desk.path("bad.key"), &most);
    let mut limited = Command::new("prlimit");
    limited.arg("--as=400000000").arg(binary("ferry")).args(line.split(' ')).current_dir(desk.0.path());
    let mut child = in_english(&mut limited).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(RIGHT.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    let text = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(74), "{text}");
    assert!(text.contains("out of memory") && text.contains("hint: "), "{text}");
    assert!(!desk.path("x.ferry").exists());
}

#[test]
fn a_passphrase_is_set_changed_and_removed_and_the_key_stays_the_same() {
    let desk = CommandContext::new();
    let public = std::fs::read_to_string(desk.path("s.pub")).unwrap();
    let seal = |more: &str| format!("seal -i s.key -r r.pub --channel up a.txt -o {more}");
    let passwd = |now: &str, line: &str| {
        std::fs::write(desk.path("new"), "another four words\n").unwrap();
        let script = format!("exec 3< new; exec {} {line}", binary("ferry").display());
        let mut shell = Command::new("setsid");
        in_english(&mut shell).args(["--wait", "sh", "-c", &script]).current_dir(desk.0.path()).stdin(Stdio::piped());
        let mut child = shell.stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(now.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let change = "key passwd s.key --passphrase-fd 0 --new-passphrase-fd 3";
    let before = std::fs::read_to_string(desk.path("s.key")).unwrap();
    assert_eq!(passwd(WRONG, change).status.code(), Some(77));
    assert_eq!(std::fs::read_to_string(desk.path("s.key")).unwrap(), before);
    assert!(passwd(RIGHT, change).status.success());
    desk.refused(&seal("x.ferry --passphrase-fd 0"), RIGHT, 77, "FERRY-E0710");
    desk.done(&seal("1.ferry --passphrase-fd 0"), "another four words");

    desk.done("key passwd s.key --passphrase-fd 0 --remove", "another four words");
    desk.done(&seal("2.ferry"), "");
    desk.done("verify --trust trust.toml 1.ferry", "");
    desk.done("verify --trust trust.toml 2.ferry", "");
    desk.refused("key passwd s.key --new-passphrase-fd 0", "short", 77, "FERRY-E0719");
    desk.refused("key passwd s.key --new-passphrase-fd 0", "", 77, "FERRY-E0719");
    desk.done(&seal("3.ferry"), "");
    desk.done("key passwd s.key --new-passphrase-fd 0", RIGHT);
    desk.refused(&seal("x.ferry"), "", 77, "FERRY-E0711");
    let shown = desk.done("key show s.key", "");
    assert!(shown.contains("Argon2id") && !shown.contains(public.split(' ').nth(2).unwrap()), "{shown}");
    let mode = std::fs::metadata(desk.path("s.key")).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode, std::fs::read_to_string(desk.path("s.pub")).unwrap()), (0o600, public));
    let left = std::fs::read_dir(desk.0.path()).unwrap().map(|e| e.unwrap().file_name());
    assert!(!left.into_iter().any(|name| name.to_string_lossy().starts_with(".ferry-")));
}

#[test]
fn keygen_refuses_a_short_passphrase_and_an_existing_name_before_it_writes_anything() {
    let desk = CommandContext::new();
    for short in ["", "\n", "seven77\n"] {
        desk.refused("keygen --role sender -o t --passphrase-fd 0", short, 77, "FERRY-E0719");
    }
    desk.refused("keygen --role sender -o s --passphrase-fd 0", RIGHT, 73, "FERRY-E0601");
    desk.refused("keygen --role sender -o t --passphrase", "", 77, "FERRY-E0711");
    assert!(!desk.path("t.key").exists() && !desk.path("t.pub").exists());
    let out = desk.ferry("keygen --role sender -o t --passphrase --passphrase-fd 0", RIGHT);
    assert_eq!(out.status.code(), Some(2));
}

/// A `ferry` at its own terminal, whose output is read as it comes.
struct Terminal {
    child: std::process::Child,
    device: String,
    seen: String,
}

impl Terminal {
    fn new(desk: &CommandContext, line: &str) -> Self {
        let mut script = Command::new("script");
        // Not by the locale: the shell would warn of one that the machine does not have before it prints the device.
        script.args(["-qec", &format!("tty && exec {} --lang en {line}", binary("ferry").display()), "/dev/null"]);
        script.current_dir(desk.0.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut terminal = Self { child: script.spawn().unwrap(), device: String::new(), seen: String::new() };
        terminal.device = terminal.read_until("\n").trim().to_owned();
        terminal
    }

    /// What comes, up to that text.
    fn read_until(&mut self, end: &str) -> String {
        let mut read_so_far = Vec::new();
        while !String::from_utf8_lossy(&read_so_far).ends_with(end) {
            let mut byte = [0];
            let read = self.child.stdout.as_mut().unwrap().read(&mut byte).unwrap();
            assert_eq!(read, 1, "it ended before `{end}`: {}", String::from_utf8_lossy(&read_so_far));
            read_so_far.push(byte[0]);
        }
        String::from_utf8(read_so_far).unwrap()
    }

    /// Waits until it is asked and echo is off, then types.
    fn answer(&mut self, prompt: &str, text: &str) {
        let read_so_far = self.read_until(prompt);
        self.seen.push_str(&read_so_far);
        let echoes = || {
            let out = Command::new("stty").args(["-F", &self.device, "-a"]).output().unwrap();
            !String::from_utf8(out.stdout).unwrap().split_whitespace().any(|flag| flag == "-echo")
        };
        let begun = Instant::now();
        while echoes() {
            assert!(begun.elapsed() < Duration::from_secs(60), "echo is never turned off");
            std::thread::sleep(Duration::from_millis(10));
        }
        writeln!(self.child.stdin.as_mut().unwrap(), "{text}").unwrap();
    }

    /// Its exit code, and all that stood on the screen.
    fn end(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut rest).unwrap();
        let code = self.child.wait().unwrap().code();
        (code, self.seen + &rest)
    }
}

#[test]
fn at_a_terminal_the_passphrase_is_asked_for_twice_when_it_is_set_and_is_not_echoed() {
    let desk = CommandContext::new();
    let mut terminal = Terminal::new(&desk, "keygen --role sender -o t --passphrase");
    terminal.answer("new passphrase: ", RIGHT);
    terminal.answer("once more: ", WRONG);
    let (code, screen) = terminal.end();
    assert_eq!(code, Some(77), "{screen}");
    assert!(screen.contains("FERRY-E0719") && !screen.contains("horse"), "{screen}");
    assert!(!desk.path("t.key").exists());

    let mut terminal = Terminal::new(&desk, "keygen --role sender -o t --passphrase");
    terminal.answer("new passphrase: ", RIGHT);
    terminal.answer("once more: ", RIGHT);
    let (code, screen) = terminal.end();
    assert_eq!(code, Some(0), "{screen}");
    assert!(!screen.contains("horse"), "{screen}");
    let seal = "seal -i t.key -r r.pub --channel up a.txt -o 1.ferry";
    for (text, exit) in [(WRONG, 77), (RIGHT, 0)] {
        let mut terminal = Terminal::new(&desk, seal);
        terminal.answer("passphrase of t.key: ", text);
        let (code, screen) = terminal.end();
        assert_eq!(code, Some(exit), "{screen}");
        assert!(screen.contains("t.key") && !screen.contains("horse"), "{screen}");
    }
    desk.done("trust init --sender t.pub --recipient r.pub -o trust-t.toml", "");
    desk.done("verify --trust trust-t.toml 1.ferry", "");
}

/// Puts a key of the court under the passphrase.
fn protect(court: &Court, key: &str) {
    let mut ferry = program("ferry");
    ferry.args(["key", "passwd", key, "--new-passphrase-fd", "0"]).current_dir(court.path("")).stdin(Stdio::piped());
    let mut child = ferry.spawn().unwrap();
    child.stdin.take().unwrap().write_all(RIGHT.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

fn credential(folder: &Path, name: &str, text: &str) {
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join(name), text).unwrap();
}

#[test]
fn agents_open_their_keys_with_the_credentials_of_their_service_and_name_a_missing_one() {
    let court = Court::new(10);
    let keys = ["inner/sender.key", "inner/recipient.key", "outer/sender.key", "outer/recipient.key"];
    for key in keys {
        protect(&court, key);
        assert!(std::fs::read_to_string(court.path(key)).unwrap().starts_with("ferry-protected-key-1 "));
    }
    for (side, command) in [("inner", "check-config"), ("inner", "export"), ("outer", "ingest"), ("inner", "run")] {
        let text = court.refused(side, command, 77);
        assert!(text.contains("FERRY-E0711") && text.contains(&format!("{side}/")), "{text}");
    }
    // The service manager shows a credential's access list as a group mode.
    let folder = court.path("credentials");
    court.set_environment("CREDENTIALS_DIRECTORY", &folder);
    for name in ["sender.key.passphrase", "recipient.key.passphrase"] {
        credential(&folder, name, RIGHT);
        std::fs::set_permissions(folder.join(name), std::fs::Permissions::from_mode(0o440)).unwrap();
    }
    assert!(court.try_agent("inner", &["check-config"]).status.success());
    assert!(court.try_agent("outer", &["check-config"]).status.success());
    let (_, published) = court.up();
    assert_eq!(published["batches"], 1, "{published}");
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
    court.down();

    std::fs::remove_file(folder.join("sender.key.passphrase")).unwrap();
    credential(&folder, "sender.key.passphrase", WRONG);
    let text = court.refused("inner", "export", 77);
    assert!(text.contains("FERRY-E0710") && text.contains("sender.key") && !text.contains("horse"), "{text}");
}

#[test]
fn a_key_that_the_service_manager_gives_is_read_although_its_list_shows_as_a_group_mode() {
    let court = Court::new(5);
    let folder = court.path("credentials");
    std::fs::create_dir(&folder).unwrap();
    std::fs::rename(court.path("inner/sender.key"), folder.join("sender.key")).unwrap();
    std::fs::set_permissions(folder.join("sender.key"), std::fs::Permissions::from_mode(0o440)).unwrap();
    court.edit("inner.toml", "inner/sender.key", "credentials/sender.key");
    let text = court.refused("inner", "check-config", 77);
    assert!(text.contains("sender.key") && text.contains("0440"), "{text}");
    court.set_environment("CREDENTIALS_DIRECTORY", &folder);
    let out = court.try_agent("inner", &["check-config"]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    std::fs::set_permissions(folder.join("sender.key"), std::fs::Permissions::from_mode(0o444)).unwrap();
    assert!(court.refused("inner", "check-config", 77).contains("0444"), "everybody may read it");
}

#[test]
fn pairing_needs_no_passphrase_because_the_public_half_stands_in_the_file() {
    let court = Court::new(5);
    protect(&court, "outer/recipient.key");
    let before = std::fs::read_to_string(court.path("outer/recipient.pub")).unwrap();
    for file in ["outer/trust.toml", "outer/recipient.pub"] {
        std::fs::remove_file(court.path(file)).unwrap();
    }
    assert!(court.try_agent("outer", &["init"]).status.success());
    let after = std::fs::read_to_string(court.path("outer/recipient.pub")).unwrap();
    assert_eq!(before, after);
    let line = ["pair", "--peer-sender", "inner/sender.pub", "--peer-recipient", "inner/recipient.pub"];
    let paths: Vec<String> = line
        .iter()
        .map(|part| if part.ends_with(".pub") { court.path(part).display().to_string() } else { (*part).to_owned() })
        .collect();
    let out = court.try_agent("outer", &paths.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    assert!(std::fs::read_to_string(court.path("outer/trust.toml")).unwrap().contains(after.trim()));
}
