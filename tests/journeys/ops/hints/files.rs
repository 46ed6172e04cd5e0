//! Files that `ferry` cannot use: the hint says what to give instead, and with that the command works.

use ferry_testkit::stage::Court;
use std::process::Output;

fn refusal(out: &Output, code: &str, named: &str) {
    let output = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(!out.status.success(), "{code}: it was done");
    assert!(output.contains(code), "{code}: {output}");
    let hint = output.split_once("hint: ").map_or("", |(_, hint)| hint);
    assert!(hint.contains(named), "{code}: {output}");
}

/// A court whose first batch lies in `whole`, and in parts in the folder `parts`.
fn with_volumes() -> Court {
    let court = Court::new(5);
    court.agent("inner", "export");
    std::fs::copy(court.files("channel/up/sent").pop().unwrap(), court.path("whole")).unwrap();
    std::fs::create_dir(court.path("parts")).unwrap();
    court.ferry_ok(&["split", "--volume-mib", "1", "-C", "parts", "whole"]);
    court
}

#[test]
fn e0602_what_is_no_file_is_named_and_the_file_in_it_is_verified() {
    let court = Court::new(5);
    court.agent("inner", "export");
    let batch = court.files("channel/up/sent").pop().unwrap().display().to_string();
    let verify = |path: &str| court.ferry(&["verify", "--trust", "outer/trust.toml", path]);
    refusal(&verify("channel/up/sent"), "FERRY-E0602", "name a file");
    assert!(verify(&batch).status.success());
}

#[test]
fn e0616_e0617_volumes_are_joined_once_one_head_and_all_volumes_are_given() {
    let court = with_volumes();
    let parts = court.files("parts");
    let name = |path: &std::path::Path| path.display().to_string();
    let all: Vec<String> = parts.iter().map(|p| name(p)).collect();
    let join = |files: &[&str]| court.ferry(&[&["join", "-o", "joined"], files].concat());
    let is_head = |path: &String| path.ends_with(".head");
    let volumes: Vec<&str> = all.iter().filter(|p| !is_head(p)).map(String::as_str).collect();
    refusal(&join(&volumes), "FERRY-E0616", "head");
    let heads: Vec<&str> = all.iter().filter(|p| is_head(p)).map(String::as_str).collect();
    refusal(&join(&heads), "FERRY-E0617", "carry these volumes");
    let whole: Vec<&str> = all.iter().map(String::as_str).collect();
    assert!(join(&whole).status.success());
    assert_eq!(std::fs::read(court.path("joined")).unwrap(), std::fs::read(court.path("whole")).unwrap());
}

#[test]
fn e0804_an_audit_export_that_was_cut_is_exported_again_as_the_hint_says() {
    let court = Court::new(5);
    court.up();
    court.down();
    let export =
        |name: &str| court.try_agent("inner", &["audit", "export", "-o", &court.path(name).display().to_string()]);
    assert!(export("audit.jsonl").status.success());
    let text = std::fs::read_to_string(court.path("audit.jsonl")).unwrap();
    std::fs::write(court.path("cut.jsonl"), &text[..text.len() / 2]).unwrap();
    let verify = |name: &str| court.ferry(&["audit", "verify", name, "--trust", "outer/trust.toml"]);
    refusal(&verify("cut.jsonl"), "FERRY-E0804", "audit export -o FILE");
    assert!(export("again.jsonl").status.success());
    assert!(verify("again.jsonl").status.success());
}

#[test]
fn e0603_a_name_that_is_not_utf8_is_renamed_and_sealed() {
    use std::os::unix::ffi::OsStrExt;
    let court = Court::new(5);
    let folder = court.path("to-seal");
    std::fs::create_dir(&folder).unwrap();
    let wrong = folder.join(std::ffi::OsStr::from_bytes(b"\xd6\xb4\xd0\xd0.txt"));
    std::fs::write(&wrong, "通知").unwrap();
    court.ferry_ok(&["keygen", "--role", "sender", "-o", "s"]);
    court.ferry_ok(&["keygen", "--role", "recipient", "-o", "r"]);
    let seal = || court.ferry(&["seal", "-i", "s.key", "-r", "r.pub", "--channel", "up", "-o", "sealed", "to-seal"]);
    refusal(&seal(), "FERRY-E0603", "rename the file");
    std::fs::rename(&wrong, folder.join("执行.txt")).unwrap();
    assert!(seal().status.success());
}
