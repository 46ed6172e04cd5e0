//! `doctor`: looks at everything that a side stands on, one thing after another, where any of it may be broken. What can be
//! opened is opened read-only, and each thing that is wrong comes with what to do, in the order in which to do it.

use crate::config::{Receiving, Sending};
use crate::ledger::db;
use crate::recovery::backup;
use crate::recovery::state_guard::StateGuard;
use crate::runtime::clock_guard::{ClockGuard, ClockVerdict};
use crate::runtime::disk_space::{self, SpaceRequirement};
use crate::runtime::key_files;
use crate::runtime::schedule::rfc3339;
use crate::send::outbox;
use crate::texts;
use crate::types::UnixSeconds;
use crate::types::alarm::Alarm;
use crate::types::number_range::format_numbers;
use clap::Args;
use ferry_format::text::Text;
use ferry_io::error::{Error, Result};
use ferry_io::fs::durable;
use ferry_io::keys::load;
use ferry_io::outln;
use ferry_io::output::language::Show;
use jiff::tz::TimeZone;
use rusqlite::Connection;
use serde::{Serialize, Serializer};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Options.
#[derive(Args, Clone, Copy)]
pub struct Doctor {
    /// Mend what loses nothing: modes of private files.
    #[arg(long)]
    pub fix: bool,
    /// JSON on stdout.
    #[arg(long)]
    json: bool,
}

/// The side that is looked at.
pub struct Patient<'a> {
    /// Its state folder and the folders that only it fills.
    pub guard: StateGuard<'a>,
    /// What it sends.
    pub sending: &'a Sending,
    /// What it receives.
    pub receiving: &'a Receiving,
    /// Bytes that are to stay free.
    pub reserve_bytes: u64,
    /// Zone in which times are shown.
    pub zone: &'a TimeZone,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// What.
    #[serde(serialize_with = "shown")]
    pub what: Text,
    /// What is wrong with it; `null` where nothing is.
    pub wrong: Option<Alarm>,
}

/// What was found, in the order in which it is to be mended.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Everything that was looked at.
    pub findings: Vec<Finding>,
    /// What was mended.
    pub mended: Vec<String>,
    /// The newest backup that can be restored.
    pub newest_backup: Option<UsableBackup>,
}

/// A backup that can be restored.
#[derive(Clone, Debug, Serialize)]
pub struct UsableBackup {
    /// Its folder.
    pub folder: PathBuf,
    /// When it was made.
    pub made: String,
}

/// In JSON a text has the language of the command.
fn shown<S: Serializer>(text: &Text, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(text.show())
}

impl Report {
    /// Adds what was looked at.
    pub fn look(&mut self, what: Text, outcome: Result<()>) {
        self.findings.push(Finding { what, wrong: outcome.err().map(Alarm::from) });
    }

    /// Adds an alarm, or that there is none.
    pub fn alarm(&mut self, what: Text, wrong: Option<Alarm>) {
        self.findings.push(Finding { what, wrong });
    }

    /// Prints the report.
    ///
    /// # Errors
    /// `FERRY-E0639`, bad data, where anything is wrong.
    pub fn end(&self, options: Doctor) -> Result<()> {
        let wrong: Vec<&Alarm> = self.findings.iter().filter_map(|finding| finding.wrong.as_ref()).collect();
        if options.json {
            outln!("{}", serde_json::to_string(self).unwrap_or_default());
        } else {
            self.print(&wrong);
        }
        if wrong.is_empty() { Ok(()) } else { Err(texts::doctor::found(wrong.len())) }
    }

    fn print(&self, wrong: &[&Alarm]) {
        for finding in &self.findings {
            match &finding.wrong {
                None => outln!("{}", texts::doctor::good(&finding.what).show()),
                Some(alarm) => outln!("{}", texts::doctor::wrong(&finding.what, &alarm.message, alarm.code).show()),
            }
        }
        for mended in &self.mended {
            outln!("{}", texts::doctor::mended(mended).show());
        }
        match &self.newest_backup {
            Some(UsableBackup { folder, made }) => {
                outln!("{}", texts::doctor::newest_backup(folder.display(), made).show());
            }
            None => outln!("{}", texts::doctor::no_backup().show()),
        }
        if !wrong.is_empty() {
            outln!("{}", texts::doctor::to_do().show());
        }
        for (n, alarm) in wrong.iter().enumerate() {
            outln!("{}", texts::doctor::step(n + 1, &alarm.hint, alarm.code).show());
        }
    }
}

/// Looks at what both sides have: state folder, ledger, folders, outbox, keys, clock, space, backup.
pub fn examine(patient: &Patient<'_>, fix: bool, now: UnixSeconds) -> Report {
    let mut report = Report::default();
    let state = patient.guard.state;
    report.newest_backup = backup::newest_usable(state)
        .map(|(folder, made_s)| UsableBackup { folder, made: rfc3339(made_s, patient.zone) });
    report.look(texts::doctor::state(), disk_space::require_folder(state));
    let ledger = state.join(patient.guard.database);
    if fix {
        report.mended = mend(state, &ledger);
    }
    report.look(texts::doctor::modes(), check_modes(state, &ledger));
    let opened = open_ledger(patient, &ledger, report.newest_backup.as_ref());
    let conn = opened.as_ref().ok();
    report.look(texts::doctor::ledger(), opened.as_ref().map(drop).map_err(Clone::clone));
    if let Some(conn) = conn {
        report.look(texts::doctor::ledger_current(), patient.guard.check_ledger(conn));
        let lost = outbox::lost(conn, &patient.sending.channel, &state.join("outbox"));
        let of = |numbers: Vec<u64>| texts::alarms::outbox_lost(&patient.sending.channel, format_numbers(&numbers));
        match lost {
            Ok(numbers) => report.alarm(texts::doctor::outbox(), (!numbers.is_empty()).then(|| of(numbers))),
            Err(error) => report.look(texts::doctor::outbox(), Err(error)),
        }
    }
    let purposes: Vec<&str> = patient.guard.folders.iter().map(|(purpose, _)| *purpose).collect();
    report.look(texts::doctor::folders(), patient.guard.check_folders(&purposes));
    for folder in [&patient.sending.sent, &patient.receiving.received] {
        report.look(Text::verbatim(folder.display().to_string()), disk_space::require_folder(folder));
    }
    report.look(texts::doctor::keys(), check_keys(patient));
    report.look(texts::doctor::clock(), check_clock(patient, now));
    let needs = [SpaceRequirement { folder: state.to_owned(), bytes: 0 }];
    report.look(texts::doctor::space(), disk_space::require(&needs, patient.reserve_bytes));
    report
}

/// Opens the ledger read-only, and reads all of it.
fn open_ledger(patient: &Patient<'_>, path: &Path, newest: Option<&UsableBackup>) -> Result<Connection> {
    patient.guard.check_present()?;
    if !path.exists() {
        return Err(texts::doctor::no_ledger(path.display()));
    }
    match (db::open_whole(path)?, newest) {
        (Ok(conn), _) => Ok(conn),
        (Err(why), Some(backup)) => Err(texts::doctor::ledger_damaged(path.display(), why, backup.folder.display())),
        (Err(why), None) => Err(texts::doctor::ledger_damaged_without_backup(path.display(), why)),
    }
}

/// Files that only this side's account may read.
fn private_files(state: &Path, ledger: &Path) -> Vec<PathBuf> {
    let beside = |ending: &str| ledger.with_file_name(format!("{}{ending}", file_name(ledger)));
    [state.to_owned(), ledger.to_owned(), beside("-wal"), beside("-shm")].into_iter().filter(|p| p.exists()).collect()
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn check_modes(state: &Path, ledger: &Path) -> Result<()> {
    for path in private_files(state, ledger) {
        let meta = std::fs::metadata(&path).map_err(|e| Error::io(&path, &e, false))?;
        if meta.mode() & 0o077 != 0 {
            return Err(texts::doctor::not_private(path.display(), format!("{:04o}", meta.mode() & 0o7777)));
        }
    }
    Ok(())
}

/// Mends what loses nothing. What cannot be mended is found again by the looks that follow.
fn mend(state: &Path, ledger: &Path) -> Vec<String> {
    let mut mended = Vec::new();
    for path in private_files(state, ledger) {
        let Ok(meta) = std::fs::metadata(&path) else { continue };
        let mode = if meta.is_dir() { 0o700 } else { 0o600 };
        if meta.mode() & 0o077 != 0 && durable::set_mode(&path, mode).is_ok() {
            mended.push(format!("{} {mode:04o}", path.display()));
        }
    }
    mended
}

fn check_keys(patient: &Patient<'_>) -> Result<()> {
    let (sending, receiving) = (patient.sending, patient.receiving);
    for key in [&sending.sender_key, &receiving.recipient_key] {
        key_files::check_made(key)?;
        load::public_half(key)?;
    }
    for recipient in &sending.recipients {
        key_files::check_paired(recipient)?;
        load::public_key(recipient)?;
    }
    if receiving.roots.is_empty() {
        key_files::check_paired(&receiving.trust)?;
        load::trust(&receiving.trust)?;
    }
    Ok(())
}

fn check_clock(patient: &Patient<'_>, now: UnixSeconds) -> Result<()> {
    let local = |at: UnixSeconds| rfc3339(at, patient.zone);
    match ClockGuard::open(patient.guard.state, None)?.verdict(now) {
        ClockVerdict::Good => Ok(()),
        ClockVerdict::Behind { floor_s } => Err(texts::clock::behind(local(now), local(floor_s))),
        ClockVerdict::Ahead { floor_s } => Err(texts::clock::ahead(local(now), local(floor_s))),
    }
}
