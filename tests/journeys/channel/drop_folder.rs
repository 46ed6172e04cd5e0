//! A received folder full of what does not belong there: nothing stalls, nothing grows, and the good batch goes through.

use ferry_testkit::stage::{Court, binary};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

const FOREIGN: u64 = 100_000;
const SPARSE_BYTES: u64 = 20 << 30;
/// Address space of one pass. The agents map their binaries and databases in it too.
const MEMORY_BYTES: u64 = 768 << 20;

/// A folder with so many foreign files, and with everything else that issue and experience name.
fn flood(folder: &Path) {
    fs::create_dir(folder).unwrap();
    // Second names of few files: as many entries, made in a fraction of the time. File systems bound the names of a file.
    for n in 0..FOREIGN {
        let source = folder.join(format!("{}.ferry", n / 50_000 * 50_000));
        if n % 50_000 == 0 {
            fs::write(source, "neither batch nor volume").unwrap();
        } else {
            fs::hard_link(source, folder.join(format!("{n}.ferry"))).unwrap();
        }
    }
    File::create(folder.join("sparse.bin")).unwrap().set_len(SPARSE_BYTES).unwrap();
    assert!(Command::new("mkfifo").arg(folder.join("pipe.ferry")).status().unwrap().success());
    std::os::unix::fs::symlink("/dev/zero", folder.join("zero.ferry")).unwrap();
    fs::create_dir(folder.join("up-1-00000001.ferry")).unwrap();
    fs::write(folder.join("tool.part"), b"x").unwrap();
}

/// Files that begin like a batch: holes of 20 GiB, one of them with the length that its prelude says, and half a copy.
fn half_true(folder: &Path, batch: &[u8]) {
    let mut longer = File::create(folder.join("sparse-1.ferry")).unwrap();
    longer.write_all(&batch[..64]).unwrap();
    longer.set_len(SPARSE_BYTES).unwrap();
    let mut front = batch[..batch.len().min(4096)].to_vec();
    let length = (batch.len() as u64).to_be_bytes();
    let at = front.windows(8).position(|w| w == length).expect("a prelude says its length");
    front[at..at + 8].copy_from_slice(&SPARSE_BYTES.to_be_bytes());
    let mut of_its_length = File::create(folder.join("sparse-2.ferry")).unwrap();
    of_its_length.write_all(&front).unwrap();
    of_its_length.set_len(SPARSE_BYTES).unwrap();
    fs::write(folder.join("half.ferry"), &batch[..batch.len() / 2]).unwrap();
}

/// One pass within bounds; its answer and how many lines it wrote to stderr.
fn pass(court: &Court, side: &str, command: &str) -> (serde_json::Value, usize) {
    let out: Output = court.try_agent_with_memory(MEMORY_BYTES, side, &[command, "--json"]);
    let errors = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success(), "{side} {command}: {errors}");
    (serde_json::from_slice(&out.stdout).unwrap(), errors.lines().count())
}

/// What `status` says of the receiving channel.
fn receiving(court: &Court, side: &str) -> serde_json::Value {
    let status = court.agent(side, "status");
    let channels = status["channels"].as_array().unwrap();
    channels.iter().find(|c| !c["batches"]["published"].is_null()).unwrap().clone()
}

#[test]
fn a_hundred_thousand_foreign_files_stall_neither_agent_and_are_reported_in_few_lines() {
    let court = Court::new(10);
    let folder = court.path("flood");
    flood(&folder);
    let mut foreign = FOREIGN + 1;
    for (sender, make, side, direction, take) in
        [("inner", "export", "outer", "up", "ingest"), ("outer", "reply", "inner", "down", "import")]
    {
        court.agent(sender, make);
        let good = fs::read(court.files(&format!("channel/{direction}/sent")).last().unwrap()).unwrap();
        half_true(&folder, &good);
        fs::write(folder.join("zzz"), &good).unwrap();
        let received = court.path(&format!("channel/{direction}/received"));
        fs::remove_dir(&received).unwrap();
        fs::rename(&folder, &received).unwrap();
        let (done, lines) = pass(&court, side, take);
        assert_eq!(done["batches"], 1, "in the same pass: {done}");
        // A hundred foreign ones as evidence, and three that begin like a batch: each says why, and what to do.
        assert_eq!(done["quarantined"], 103, "{done}");
        assert!(lines < 250, "{lines} lines");
        foreign -= 100;
        let (again, lines) = pass(&court, side, take);
        assert_eq!((&again["batches"], &again["quarantined"]), (&0.into(), &0.into()));
        assert!(lines < 10, "what is known is not said again: {lines} lines");
        let channel = receiving(&court, side);
        let left = channel["left_alone"].as_array().unwrap();
        let files = |reason: &str| {
            let output = left.iter().find(|l| l["reason"].as_str().unwrap().contains(reason));
            output.map_or(0, |l| l["files"].as_u64().unwrap())
        };
        let output = (files("not a batch"), files("not a regular file"), files("not finished"), left.len());
        assert_eq!(output, (foreign, 3, 1, 3), "{left:?}");
        fs::rename(&received, &folder).unwrap();
        fs::create_dir(&received).unwrap();
    }
    assert_eq!(court.roots().0, court.roots().1);
}

/// Entries of the audit with an act, by what they say.
fn duplicates(court: &Court) -> Vec<String> {
    let conn = court.database("outer/state/outer.db");
    let mut statement = conn.prepare("SELECT detail FROM ferry_audit WHERE act = 'duplicate' ORDER BY number").unwrap();
    statement.query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn many_copies_of_one_batch_are_one_entry_of_the_audit() {
    let court = Court::new(12);
    court.agent("inner", "export");
    let batch = fs::read(&court.files("channel/up/sent")[0]).unwrap();
    for n in 0..300 {
        fs::write(court.path(&format!("channel/up/received/copy-{n:03}.ferry")), &batch).unwrap();
    }
    let ingested = court.agent("outer", "ingest");
    assert_eq!((&ingested["batches"], &ingested["known"]), (&1.into(), &299.into()), "{ingested}");
    let entries = duplicates(&court);
    assert!(entries.len() == 1 && entries[0].starts_with("299 files, first copy-"), "{entries:?}");
    assert_eq!(court.files("channel/up/received").len(), 0);
}

#[test]
fn a_received_folder_that_is_read_only_is_said_once_and_each_pass_after_it_leaves_the_audit_as_it_is() {
    let court = Court::new(12);
    court.agent("inner", "export");
    court.carry("up");
    let folder = court.path("channel/up/received");
    let ingest = || {
        let mut command = Command::new("bwrap");
        command.args(["--dev-bind", "/", "/", "--ro-bind"]).args([&folder, &folder]).arg(binary("outer-agent"));
        command.args(["--lang", "en", "--config"]).arg(court.path("outer.toml")).args(["ingest", "--json"]);
        let out = command.output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        (serde_json::from_slice::<serde_json::Value>(&out.stdout).unwrap(), String::from_utf8(out.stderr).unwrap())
    };
    assert_eq!(ingest().0["batches"], 1);
    let (second, said) = ingest();
    assert_eq!((&second["batches"], &second["known"]), (&0.into(), &1.into()), "{second}");
    assert!(said.contains("read-only") && said.contains("channel/up/received"), "{said}");
    let entries = || {
        court
            .database("outer/state/outer.db")
            .query_row("SELECT count(*) FROM ferry_audit WHERE act <> 'command'", [], |r| r.get::<_, i64>(0))
            .unwrap()
    };
    let before = entries();
    for _ in 0..3 {
        assert_eq!(ingest().1, "");
    }
    assert_eq!((entries(), duplicates(&court).len()), (before, 0));
}
