//! A carrier between `channel/{up,down}/sent` and `received` with every fault that a one-way channel may have: it drops,
//! duplicates, reorders, truncates, alters, renames or delays a file, copies it slowly in place, or changes its time.
//!
//! What it does follows from its seed and from the files that it finds, in the order of their names. Like a real carrier it
//! never reads the content of a file for its decisions, and writes only into `received`.

use crate::random::Random;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How likely each fault is for a file, in percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Odds {
    /// Never delivered.
    pub drop: u64,
    /// Delivered once more, under another name, now or later.
    pub double: u64,
    /// The end is missing.
    pub cut: u64,
    /// One bit is another.
    pub flip: u64,
    /// Another name, with nothing left of the first one.
    pub rename: u64,
    /// Delivered some visits later: after what was sent after it.
    pub delay: u64,
    /// The first part is written in place at this visit, the rest at the next.
    pub slow: u64,
    /// A time of last change decades away.
    pub date: u64,
}

impl Odds {
    /// No faults: everything is carried at once, unchanged.
    pub const NONE: Self = Self { drop: 0, double: 0, cut: 0, flip: 0, rename: 0, delay: 0, slow: 0, date: 0 };
    /// A channel at its worst: about two files in five do not arrive whole at their first try.
    pub const BAD: Self = Self { drop: 14, double: 15, cut: 8, flip: 8, rename: 25, delay: 20, slow: 12, date: 20 };
}

/// Longest delay, in visits.
const DELAY_VISITS_MAX: u64 = 5;

/// One direction's carrier of one court.
pub struct FaultyChannel {
    sent: PathBuf,
    received: PathBuf,
    random: Random,
    odds: Odds,
    visit: u64,
    /// Name, length and time of what was carried, as a real carrier remembers it.
    seen: BTreeSet<(String, u64, SystemTime)>,
    delayed: Vec<(u64, Delivery)>,
    slow: Vec<(File, Vec<u8>)>,
    fault_counts: BTreeMap<&'static str, u64>,
}

/// A file as it will be delivered.
#[derive(Clone)]
struct Delivery {
    name: String,
    bytes: Vec<u8>,
    is_slow: bool,
    date: Option<SystemTime>,
}

impl FaultyChannel {
    /// The carrier of one direction (`up` or `down`) of the court in `court`.
    pub fn new(court: &Path, direction: &str, seed: u64, odds: Odds) -> Self {
        let folder = court.join("channel").join(direction);
        Self {
            sent: folder.join("sent"),
            received: folder.join("received"),
            random: Random::new(seed, u64::from(direction == "down")),
            odds,
            visit: 0,
            seen: BTreeSet::new(),
            delayed: Vec::new(),
            slow: Vec::new(),
            fault_counts: BTreeMap::new(),
        }
    }

    /// From the next visit on nothing goes wrong, and what was delayed arrives.
    pub fn stop_faults(&mut self) {
        self.odds = Odds::NONE;
        self.delayed.iter_mut().for_each(|(due, _)| *due = 0);
    }

    /// How often each fault happened.
    pub fn fault_counts(&self) -> &BTreeMap<&'static str, u64> {
        &self.fault_counts
    }

    /// One visit: finishes what it copies slowly, delivers what is due, and takes what is new.
    ///
    /// # Panics
    /// Where a folder is missing or cannot be written.
    pub fn carry(&mut self) {
        self.visit += 1;
        for (mut file, rest) in std::mem::take(&mut self.slow) {
            // The agent may have moved it into quarantine meanwhile; the copying program continues.
            file.write_all(&rest).unwrap();
        }
        let visit = self.visit;
        let (due, later): (Vec<_>, _) =
            std::mem::take(&mut self.delayed).into_iter().partition(|(due, _)| *due <= visit);
        self.delayed = later;
        let mut deliveries: Vec<Delivery> = due.into_iter().map(|(_, delivery)| delivery).collect();
        for (name, bytes) in self.new_files() {
            self.apply_faults(name, bytes, &mut deliveries);
        }
        while !deliveries.is_empty() {
            let next = if self.odds == Odds::NONE { 0 } else { self.random.below(deliveries.len() as u64) as usize };
            let delivery = deliveries.remove(next);
            self.deliver(delivery);
        }
    }

    fn new_files(&mut self) -> Vec<(String, Vec<u8>)> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.sent).unwrap() {
            let entry = entry.unwrap();
            let (name, meta) = (entry.file_name().to_string_lossy().into_owned(), entry.metadata().unwrap());
            let mark = (name.clone(), meta.len(), meta.modified().unwrap());
            if !name.starts_with('.') && self.seen.insert(mark) {
                found.push((name, fs::read(entry.path()).unwrap()));
            }
        }
        found.sort();
        found
    }

    /// Decides what becomes of a new file.
    fn apply_faults(&mut self, name: String, bytes: Vec<u8>, deliveries: &mut Vec<Delivery>) {
        if self.happens("drop", self.odds.drop) {
            return;
        }
        let mut copies = vec![Delivery { name, bytes, is_slow: false, date: None }];
        if self.happens("double", self.odds.double) {
            let mut second = copies[0].clone();
            second.name = self.random_name();
            copies.push(second);
        }
        for mut delivery in copies {
            if self.happens("cut", self.odds.cut) {
                let length = self.random.below(delivery.bytes.len() as u64) as usize;
                delivery.bytes.truncate(length);
            }
            if self.happens("flip", self.odds.flip) && !delivery.bytes.is_empty() {
                let at = self.random.below(delivery.bytes.len() as u64) as usize;
                delivery.bytes[at] ^= 1 << self.random.below(8);
            }
            if self.happens("rename", self.odds.rename) {
                delivery.name = self.random_name();
            }
            if self.happens("date", self.odds.date) {
                let years = self.random.below(60);
                delivery.date = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(years * 365 * 86_400));
            }
            delivery.is_slow = self.happens("slow", self.odds.slow);
            if self.happens("delay", self.odds.delay) {
                self.delayed.push((self.visit + 1 + self.random.below(DELAY_VISITS_MAX), delivery));
            } else {
                deliveries.push(delivery);
            }
        }
    }

    fn happens(&mut self, fault: &'static str, percent: u64) -> bool {
        let happens = self.random.chance(percent);
        *self.fault_counts.entry(fault).or_default() += u64::from(happens);
        happens
    }

    fn random_name(&mut self) -> String {
        let number = self.random.below(1 << 40);
        let names = ["光闸 {}.dat", "{}", "UP-1-{}.FERRY", "-rf {}", "a'b\"c;{}", "%2e%2e%2f{}.ferry", "zz{}.head"];
        self.random.pick(&names).replace("{}", &number.to_string())
    }

    fn deliver(&mut self, delivery: Delivery) {
        let target = self.received.join(&delivery.name);
        if delivery.is_slow && self.odds != Odds::NONE {
            let first = self.random.below(delivery.bytes.len() as u64 + 1) as usize;
            let mut file = File::create(&target).unwrap();
            file.write_all(&delivery.bytes[..first]).unwrap();
            self.slow.push((file, delivery.bytes[first..].to_vec()));
            return;
        }
        let whole = self.received.join(format!(".carrying-{}", delivery.name));
        fs::write(&whole, &delivery.bytes).unwrap();
        if let Some(date) = delivery.date {
            File::options().append(true).open(&whole).unwrap().set_modified(date).unwrap();
        }
        fs::rename(whole, target).unwrap();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names and bytes.
    type Files = Vec<(String, Vec<u8>)>;

    /// What arrives of forty files, one a visit, and how often each fault happened.
    fn arrived(seed: u64, odds: Odds) -> (Files, BTreeMap<&'static str, u64>) {
        let court = tempfile::tempdir().unwrap();
        let folder = |name: &str| court.path().join("channel/up").join(name);
        fs::create_dir_all(folder("sent")).unwrap();
        fs::create_dir_all(folder("received")).unwrap();
        let mut channel = FaultyChannel::new(court.path(), "up", seed, odds);
        for n in 0..40 {
            fs::write(folder("sent").join(format!("{n:02}")), vec![n; 1000 + usize::from(n)]).unwrap();
            channel.carry();
        }
        channel.stop_faults();
        channel.carry();
        let mut files: Vec<_> = fs::read_dir(folder("received"))
            .unwrap()
            .map(|e| e.unwrap())
            .map(|e| (e.file_name().into_string().unwrap(), fs::read(e.path()).unwrap()))
            .collect();
        files.sort();
        (files, channel.fault_counts().clone())
    }

    #[test]
    fn a_channel_without_faults_carries_each_file_once_unchanged() {
        let (files, fault_counts) = arrived(1, Odds::NONE);
        assert_eq!(files.len(), 40);
        assert!(files.iter().zip(0..).all(|((name, bytes), n)| *name == format!("{n:02}") && bytes[0] == n));
        assert!(fault_counts.values().all(|n| *n == 0));
    }

    #[test]
    fn a_bad_channel_makes_every_fault_and_repeats_them_from_the_same_seed() {
        let (files, fault_counts) = arrived(5, Odds::BAD);
        assert!(fault_counts.values().all(|n| *n > 0) && fault_counts.len() == 8, "{fault_counts:?}");
        assert_eq!((files, fault_counts), arrived(5, Odds::BAD));
        assert_ne!(arrived(5, Odds::BAD), arrived(6, Odds::BAD));
    }
}
