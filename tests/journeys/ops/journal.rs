//! Structured logs: what the journal is sent when stderr leads to it, on a real datagram socket.

use ferry_testkit::stage::{Court, binary, in_english};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Output};
use std::time::Duration;

/// Runs an agent's command where `/run/systemd/journal/socket` is ours, with stderr into a file that is said to be the
/// journal or is not.
fn run(court: &Court, is_journal: bool, command: &str) -> Output {
    let log = std::fs::File::create(court.path("stderr")).unwrap();
    let meta = log.metadata().unwrap();
    let inode = if is_journal { meta.ino() } else { meta.ino() + 1 };
    let script = "mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal && : > /run/systemd/journal/socket && \
                  mount --bind \"$1\" /run/systemd/journal/socket && shift && exec \"$@\"";
    let mut unshare = Command::new("unshare");
    unshare.args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]);
    unshare.arg(court.path("journal.socket")).arg(binary("outer-agent"));
    unshare.arg("--config").arg(court.path("outer.toml")).arg(command);
    unshare.env("JOURNAL_STREAM", format!("{}:{inode}", meta.dev())).stderr(log);
    let out = court.secrets().check_output(in_english(&mut unshare).output().unwrap());
    court.secrets().check_text(&std::fs::read_to_string(court.path("stderr")).unwrap());
    out
}

/// The fields of one entry: `NAME=value` lines, or a name, the length as eight bytes, and the value.
fn fields(mut entry: &[u8]) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    while !entry.is_empty() {
        let end = entry.iter().position(|b| *b == b'\n').unwrap();
        let line = std::str::from_utf8(&entry[..end]).unwrap();
        entry = &entry[end + 1..];
        if let Some((name, value)) = line.split_once('=') {
            fields.push((name.to_owned(), value.to_owned()));
        } else {
            let length = u64::from_le_bytes(entry[..8].try_into().unwrap()) as usize;
            let value = String::from_utf8(entry[8..8 + length].to_vec()).unwrap();
            fields.push((line.to_owned(), value));
            entry = &entry[8 + length + 1..];
        }
    }
    fields
}

#[test]
fn journal_entries_have_level_code_channel_and_job_and_stderr_has_plain_lines() {
    let court = Court::new(12);
    let socket = UnixDatagram::bind(court.path("journal.socket")).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let refuse = || std::fs::write(court.path("channel/up/received/x.ferry"), "no batch at all").unwrap();
    refuse();
    let out = run(&court, true, "ingest");
    assert!(out.status.success(), "{}", std::fs::read_to_string(court.path("stderr")).unwrap());
    let mut entries = Vec::new();
    let mut buffer = vec![0; 65_536];
    socket.set_nonblocking(true).unwrap();
    while let Ok(length) = socket.recv(&mut buffer) {
        entries.push(fields(&buffer[..length]));
        entries.iter().flatten().for_each(|(_, value)| court.secrets().check_text(value));
    }
    let of = |entry: &[(String, String)], name: &str| {
        entry.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let refused = entries.iter().find(|e| of(e, "MESSAGE").starts_with("quarantined: x.ferry")).expect("no entry");
    // 4 is the journal's warning.
    assert_eq!(of(refused, "PRIORITY"), "4", "{refused:?}");
    assert!(of(refused, "FERRY_CODE").starts_with("FERRY-E01"), "{refused:?}");
    assert_eq!((of(refused, "FERRY_CHANNEL"), of(refused, "FERRY_JOB")), ("up".into(), "ingest".into()));
    assert_eq!(std::fs::read_to_string(court.path("stderr")).unwrap(), "", "nothing is said twice");

    // A failure of the whole run: an error, with its own code.
    std::fs::rename(court.path("channel/up/received"), court.path("away")).unwrap();
    assert_eq!(run(&court, true, "ingest").status.code(), Some(66));
    // The first datagram is empty: the program checks whether somebody listens.
    let length = (0..2).map(|_| socket.recv(&mut buffer).unwrap()).find(|length| *length > 0).unwrap();
    let failed = fields(&buffer[..length]);
    assert_eq!((of(&failed, "PRIORITY"), of(&failed, "FERRY_CODE")), ("3".into(), "FERRY-E0601".into()), "{failed:?}");
    std::fs::rename(court.path("away"), court.path("channel/up/received")).unwrap();

    refuse();
    assert!(run(&court, false, "ingest").status.success());
    let plain = std::fs::read_to_string(court.path("stderr")).unwrap();
    assert!(plain.starts_with("quarantined: x.ferry: ") && plain.contains("\nhint: "), "{plain}");
    assert!(socket.recv(&mut buffer).is_err(), "nothing is sent to the journal");
}
