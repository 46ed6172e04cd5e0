//! The real `ferry` binary, as a person types it.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")]
#![allow(missing_docs, reason = "a test binary has no readers of its documentation")]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::path::Path;
use std::process::{Command, Output};

fn ferry(dir: &Path, line: &str) -> Output {
    let mut ferry = Command::new(env!("CARGO_BIN_EXE_ferry"));
    ferry.args(["--lang", "en"]).args(line.split(' ')).current_dir(dir).output().unwrap()
}

fn done(dir: &Path, line: &str) -> String {
    let out = ferry(dir, line);
    assert!(out.status.success(), "ferry {line}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

fn refused(dir: &Path, line: &str, exit: i32) -> String {
    let out = ferry(dir, line);
    let text = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(exit), "ferry {line}: {text}");
    assert!(text.contains("hint: "), "{text}");
    text
}

fn stage() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let d = dir.path();
    for (role, name) in
        [("sender", "s"), ("recipient", "r"), ("recipient", "other"), ("sender", "thief"), ("reviewer", "v")]
    {
        done(d, &format!("keygen --role {role} -o {name}"));
    }
    done(d, "trust init --sender s.pub --recipient r.pub --reviewer v.pub --channel up --court c1 -o trust.toml");
    std::fs::create_dir_all(d.join("案卷/正卷")).unwrap();
    std::fs::write(d.join("案卷/正卷/裁定书.pdf"), vec![7; 200_000]).unwrap();
    std::fs::write(d.join("案卷/空.txt"), b"").unwrap();
    dir
}

#[test]
fn seals_verifies_inspects_and_opens_a_folder() {
    let dir = stage();
    let d = dir.path();
    done(d, "seal -i s.key -r r.pub --channel up --court c1 --sequence 1 -o 1.ferry 案卷");
    done(d, "seal -i s.key -r r.pub --channel up --court c1 --sequence 2 --previous 1.ferry -o 2.ferry 案卷");
    assert!(done(d, "verify --trust trust.toml 1.ferry 2.ferry").contains("batch 0/2"));
    assert!(done(d, "inspect -k r.key --trust trust.toml 1.ferry").contains("案卷/正卷/裁定书.pdf"));
    assert!(done(d, "verify --json --trust trust.toml 2.ferry").contains("\"sequence\":2"));
    assert!(done(d, "inspect --json -k r.key --trust trust.toml 1.ferry").contains("\"name\":\"案卷/空.txt\""));
    done(d, "open -k r.key --trust trust.toml 1.ferry -C out");
    assert_eq!(std::fs::read(d.join("out/案卷/正卷/裁定书.pdf")).unwrap(), vec![7; 200_000]);
    assert_eq!(std::fs::read(d.join("out/案卷/空.txt")).unwrap(), b"");
    refused(d, "open -k r.key --trust trust.toml 1.ferry -C out", 73);
}

#[test]
fn an_empty_folder_is_filled_when_everything_verified_and_one_with_files_is_not_touched() {
    let dir = stage();
    let d = dir.path();
    done(d, "seal -i s.key -r r.pub --channel up --court c1 -o good.ferry 案卷");
    let mut flipped = std::fs::read(d.join("good.ferry")).unwrap();
    flipped[100_000] ^= 1;
    std::fs::write(d.join("flipped.ferry"), flipped).unwrap();
    let names = |folder: &str| std::fs::read_dir(d.join(folder)).unwrap().count();
    std::fs::create_dir(d.join("empty")).unwrap();
    refused(d, "open -k r.key --trust trust.toml flipped.ferry -C empty", 65);
    assert_eq!(names("empty"), 0);
    done(d, "open -k r.key --trust trust.toml good.ferry -C empty");
    assert_eq!(std::fs::read(d.join("empty/案卷/正卷/裁定书.pdf")).unwrap(), vec![7; 200_000]);
    assert_eq!(names("empty"), 1, "nothing but what was sealed");
    refused(d, "open -k r.key --trust trust.toml good.ferry -C empty", 73);
    refused(d, "open -k r.key --trust trust.toml good.ferry -C good.ferry", 73);
}

#[test]
fn both_halves_of_a_key_are_shown_with_the_same_fingerprint_and_words() {
    let dir = stage();
    let d = dir.path();
    let first = |line: &str| done(d, line).lines().next().unwrap().to_owned();
    assert_eq!(first("key show s.pub"), first("key show s.key"));
    assert_ne!(first("key show r.pub"), first("key show s.pub"));
    refused(d, "key show trust.toml", 77);
}

#[test]
fn damaged_foreign_or_misdirected_batches_end_with_65_and_nothing_is_written() {
    let dir = stage();
    let d = dir.path();
    done(d, "seal -i s.key -r r.pub --channel up --court c1 -o good.ferry 案卷");
    let good = std::fs::read(d.join("good.ferry")).unwrap();
    let mut flipped = good.clone();
    flipped[100_000] ^= 1;
    std::fs::write(d.join("flipped.ferry"), flipped).unwrap();
    std::fs::write(d.join("cut.ferry"), &good[..good.len() - 1]).unwrap();
    std::fs::write(d.join("longer.ferry"), [good.as_slice(), b"x"].concat()).unwrap();
    done(d, "seal -i thief.key -r r.pub --channel up --court c1 -o thief.ferry 案卷");
    done(d, "seal -i s.key -r other.pub --channel up --court c1 -o recipient.ferry 案卷");
    done(d, "seal -i s.key -r r.pub --channel down --court c1 -o channel.ferry 案卷");
    done(d, "seal -i s.key -r r.pub --channel up --court c2 -o court.ferry 案卷");
    for name in ["flipped", "cut", "longer", "thief", "recipient", "channel", "court"] {
        let text = refused(d, &format!("verify --trust trust.toml {name}.ferry"), 65);
        assert!(text.contains("FERRY-E"), "{text}");
        refused(d, &format!("open -k r.key --trust trust.toml {name}.ferry -C out-{name}"), 65);
        assert!(!d.join(format!("out-{name}")).exists());
    }
    let files: Vec<_> = std::fs::read_dir(d).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!files.iter().any(|n| n.to_string_lossy().starts_with(".ferry-")), "{files:?}");
    assert!(refused(d, "verify --trust trust.toml flipped.ferry", 65).contains("segment 1 of 1"));
    done(d, "verify --trust trust.toml good.ferry");
}

#[test]
fn a_reviewer_approves_a_draft_that_their_key_opens() {
    let dir = stage();
    let d = dir.path();
    done(d, "seal -i s.key -r r.pub -r v.pub --channel up --court c1 --draft -o draft.ferry 案卷");
    assert!(done(d, "inspect -k v.key --trust trust.toml draft.ferry").starts_with("draft"));
    done(d, "approve -i v.key --trust trust.toml draft.ferry -o v.approval");
    assert_eq!(std::fs::metadata(d.join("v.approval")).unwrap().len(), 136);
    refused(d, "approve -i s.key --trust trust.toml draft.ferry -o s.approval", 77);
    refused(d, "verify --trust trust.toml draft.ferry", 65);
}

#[test]
fn readable_keys_missing_files_and_broken_trust_files_are_refused() {
    use std::os::unix::fs::PermissionsExt;
    let dir = stage();
    let d = dir.path();
    refused(d, "verify --trust trust.toml none.ferry", 66);
    refused(d, "keygen --role sender -o s", 73);
    std::fs::write(d.join("bad.toml"), "chanel = \"up\"\n").unwrap();
    assert!(refused(d, "verify --trust bad.toml s.pub", 78).contains("chanel"));
    std::fs::set_permissions(d.join("s.key"), std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(refused(d, "seal -i s.key -r r.pub --channel up -o x.ferry 案卷", 77).contains("s.key"));
    assert_eq!(ferry(d, "seal --nonsense").status.code(), Some(2));
}

fn vectors() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("ferry-format/testdata/vectors")
}

#[test]
fn the_binary_gives_every_vector_its_verdict_and_a_bad_one_leaves_nothing_behind() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let d = dir.path();
    for name in ["recipient.key", "trust.toml", "trust-two-approvals.toml"] {
        std::fs::copy(vectors().join(name), d.join(name)).unwrap();
    }
    std::fs::set_permissions(d.join("recipient.key"), std::fs::Permissions::from_mode(0o600)).unwrap();
    let before = std::fs::read_dir(d).unwrap().count();
    let index = std::fs::read_to_string(vectors().join("index.tsv")).unwrap();
    for line in index.lines().skip(1) {
        let [file, trust, expected] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let path = vectors().join(file);
        let open = format!("open -k recipient.key --trust {trust} {} -C out", path.display());
        if expected == "ok" {
            done(d, &open);
            std::fs::remove_dir_all(d.join("out")).unwrap();
        } else {
            let text = refused(d, &open, 65);
            assert!(text.contains(&format!("[{expected}]")), "{file}: {text}");
        }
        assert_eq!(std::fs::read_dir(d).unwrap().count(), before, "{file} left something behind");
    }
}

#[test]
fn inspect_counts_by_kind_first_then_shows_the_chosen_items_in_columns() {
    let dir = tempfile::tempdir().unwrap();
    let d = dir.path();
    let secret = std::fs::read(vectors().join("recipient.key")).unwrap();
    ferry_io::fs::durable::write_new(&d.join("r.key"), &secret, 0o600).unwrap();
    let (trust, batch) = (vectors().join("trust.toml"), vectors().join("good-compressed-records.ferry"));
    let line = |more: &str| format!("inspect -k r.key --trust {} {}{more}", trust.display(), batch.display());
    let text = done(d, &line(""));
    let table = text.lines().position(|l| l.starts_with("kind ")).unwrap();
    let first = text.lines().position(|l| l.starts_with("measure m")).unwrap();
    assert!(table < first, "{text}");
    assert!(text.contains("measure       50"), "{text}");
    assert!(text.contains("… 30 more; --all shows them"), "{text}");
    assert!(text.contains("  amount  -12345678\n  target  位于东昌区的房产一套\n"), "{text}");
    let only = |text: &str| text.lines().filter(|l| l.starts_with("measure m")).count();
    assert_eq!(only(&done(d, &line(" --all"))), 50);
    assert_eq!(only(&done(d, &line(" --id m7"))), 1);
    assert_eq!(only(&done(d, &line(" --contains 东昌 --limit 3"))), 3);
    assert_eq!(only(&done(d, &line(" --case AJ9"))), 0);
    assert_eq!(only(&done(d, &line(" --kind notice"))), 0);
    let json: serde_json::Value = serde_json::from_str(&done(d, &line(" --json --id m7"))).unwrap();
    assert_eq!(json["kinds"]["measure"]["records"], 50);
    assert_eq!(json["records"].as_array().unwrap().len(), 1);
    assert_eq!(json["records"][0]["fields"]["target"], "位于东昌区的房产一套");
}

#[test]
fn diff_lists_added_gone_and_changed_items() {
    let dir = stage();
    let d = dir.path();
    done(d, "seal -i s.key -r r.pub --channel up --court c1 -o 1.ferry 案卷");
    std::fs::remove_file(d.join("案卷/空.txt")).unwrap();
    std::fs::write(d.join("案卷/正卷/裁定书.pdf"), b"other").unwrap();
    std::fs::write(d.join("案卷/新.txt"), b"new").unwrap();
    done(d, "seal -i s.key -r r.pub --channel up --court c1 --sequence 2 --previous 1.ferry -o 2.ferry 案卷");
    let text = done(d, "diff -k r.key --trust trust.toml 1.ferry 2.ferry");
    for line in [
        "+ file 案卷/新.txt",
        "- file 案卷/空.txt",
        "~ file 案卷/正卷/裁定书.pdf",
        "1 added, 1 gone, 1 changed, 0 the same",
    ] {
        assert!(text.contains(line), "{text}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&done(d, "diff --json -k r.key --trust trust.toml 1.ferry 1.ferry")).unwrap();
    assert_eq!((&json["same"], &json["added"]), (&2.into(), &serde_json::json!([])));
}

#[test]
fn man_pages_and_completions_name_every_command() {
    let dir = tempfile::tempdir().unwrap();
    done(dir.path(), "man -o share");
    let share = dir.path().join("share");
    let bash = std::fs::read_to_string(share.join("bash-completion/completions/ferry")).unwrap();
    for command in [
        "keygen",
        "seal",
        "verify",
        "inspect",
        "open",
        "approve",
        "diff",
        "split",
        "join",
        "man",
        "release-form",
        "catalogue",
        "key",
    ] {
        assert!(share.join(format!("man/man1/ferry-{command}.1")).is_file(), "{command} has no man page");
        assert!(bash.contains(command), "{command} has no completion");
    }
    assert!(share.join("zsh/vendor-completions/_ferry").is_file());
    assert!(share.join("fish/vendor_completions.d/ferry.fish").is_file());
}

#[test]
fn volumes_join_in_any_order_and_missing_or_damaged_ones_are_named() {
    let dir = stage();
    let d = dir.path();
    let bytes: Vec<u8> = (0..5_500_000_u32).flat_map(|n| (n as u8).to_be_bytes()).collect();
    std::fs::write(d.join("庭审录像.mp4"), bytes).unwrap();
    done(d, "seal -i s.key -r r.pub --channel up --court c1 -o 1.ferry 庭审录像.mp4");
    assert_eq!(done(d, "split 1.ferry --volume-mib 1 -C cut").lines().count(), 7);
    let volume = |n: u32| d.join(format!("cut/1.{n:04}.volume"));
    let whole = std::fs::read(d.join("1.ferry")).unwrap();

    done(
        d,
        "join cut/1.0004.volume cut/1.0001.volume cut/1.head cut/1.0006.volume cut/1.0002.volume cut/1.0003.volume cut/1.0005.volume -o joined.ferry",
    );
    assert!(std::fs::read(d.join("joined.ferry")).unwrap() == whole);
    done(d, "verify --trust trust.toml joined.ferry");

    for n in [2, 3, 5] {
        std::fs::rename(volume(n), d.join(format!("late-{n}"))).unwrap();
    }
    let text = refused(d, "join cut -o again.ferry", 75);
    assert!(text.contains("volumes are missing: 2 to 3, 5 of 6"), "{text}");
    let json = ferry(d, "join cut -o again.ferry --json");
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["missing"], serde_json::json!([[2, 3], [5, 5]]));
    assert!(!d.join("again.ferry").exists());

    for n in [2, 3, 5] {
        std::fs::rename(d.join(format!("late-{n}")), volume(n)).unwrap();
    }
    let good = std::fs::read(volume(4)).unwrap();
    let mut faults = vec![good[..good.len() - 1].to_vec(), [good.as_slice(), b"x"].concat()];
    // First segment, their number, both ends of the digest, first and last byte of the segment.
    for at in [13, 17, 34, 65, 66, good.len() - 1] {
        let mut flipped = good.clone();
        flipped[at] ^= 1;
        faults.push(flipped);
    }
    for bytes in faults {
        std::fs::write(volume(4), bytes).unwrap();
        let text = refused(d, "join cut -o again.ferry", 65);
        assert!(text.contains("damaged: cut/1.0004.volume") && text.contains("missing or damaged: 4 of 6"), "{text}");
        assert!(!d.join("again.ferry").exists());
    }
    std::fs::write(volume(4), &good).unwrap();
    done(d, "join cut -o again.ferry");
    refused(d, "join cut -o again.ferry", 73);
    refused(d, "join cut/1.0001.volume -o none.ferry", 66);
    refused(d, "join trust.toml -o none.ferry", 65);
}
