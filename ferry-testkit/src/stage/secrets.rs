//! What none of our programs may print: identity and telephone numbers, query codes and passwords of everyone in the
//! platform.

use rusqlite::{Connection, OpenFlags};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// People who are read at once.
const PEOPLE_MAX: usize = 2000;
/// From this length on, in bytes, a secret is looked for everywhere, also within a longer word.
const LONG_BYTES: usize = 8;
/// Shortest number that is looked for, in digits: what is shorter may be a count or a port.
const NUMBER_DIGITS_MIN: usize = 6;

/// The secrets of a court, also those that its platform no longer has.
pub struct Secrets {
    /// `None` where it must not be opened.
    platform: Option<PathBuf>,
    known: Mutex<BTreeSet<String>>,
}

impl Secrets {
    /// Of a platform; it is read whenever they are asked for.
    pub fn of(platform: &Path) -> Arc<Self> {
        Arc::new(Self { platform: Some(platform.to_owned()), known: Mutex::default() })
    }

    /// Those that are known by now; the platform is not opened again.
    pub fn without_platform(&self) -> Arc<Self> {
        Arc::new(Self { platform: None, known: Mutex::new(self.all()) })
    }

    /// All that were ever read. A platform that cannot be read now adds nothing.
    pub fn all(&self) -> BTreeSet<String> {
        let mut known = self.known.lock().unwrap();
        if let Some(read) = self.platform.as_ref().and_then(|platform| read(platform).ok()) {
            known.extend(read);
        }
        known.clone()
    }

    /// Fails the test when a text contains one of them.
    pub fn check_text(&self, text: &str) {
        if let Some(secret) = self.all().iter().find(|secret| contains(text, secret)) {
            panic!("{secret:?} was printed:\n{text}");
        }
    }

    /// The same for what a program printed, which is given back.
    pub fn check_output(&self, out: Output) -> Output {
        for text in [&out.stdout, &out.stderr] {
            self.check_text(&String::from_utf8_lossy(text));
        }
        out
    }
}

fn read(platform: &Path) -> rusqlite::Result<BTreeSet<String>> {
    // A reader must neither repair the database nor wait for a lock.
    let conn = Connection::open_with_flags(platform, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    conn.busy_timeout(Duration::ZERO)?;
    let mut statement = conn.prepare("SELECT ZJHM, SJHM, CXM, MM FROM RY LIMIT ?1")?;
    let mut rows = statement.query([PEOPLE_MAX as i64])?;
    let mut found = BTreeSet::new();
    while let Some(row) = rows.next()? {
        found.extend((0..4).filter_map(|n| row.get::<_, Option<String>>(n).ok().flatten()));
    }
    Ok(found)
}

/// Whether a text contains a secret. A short secret must be a word of its own, or it would be found in longer numbers.
fn contains(text: &str, secret: &str) -> bool {
    let is_number = secret.bytes().all(|b| b.is_ascii_digit());
    if secret.is_empty() || (is_number && secret.len() < NUMBER_DIGITS_MIN) {
        return false;
    }
    let borders = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    text.match_indices(secret).any(|(at, found)| {
        let (before, after) = (&text[..at], &text[at + found.len()..]);
        secret.len() >= LONG_BYTES || (borders(before.chars().next_back()) && borders(after.chars().next()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_secret_is_found_as_a_word_and_a_long_one_anywhere() {
        assert!(contains("code=73519264.", "73519264") && contains("x173519264", "73519264"));
        assert!(contains("code 481920, wrong", "481920") && !contains("14819200 bytes", "481920"));
        assert!(contains("密码：abc1", "abc1") && !contains("abc12", "abc1"));
        assert!(!contains("port 8443", "8443") && !contains("anything", ""));
    }

    #[test]
    fn replaced_secrets_and_those_of_a_missing_platform_are_still_searched_for() {
        let dir = tempfile::tempdir().unwrap();
        let platform = dir.path().join("platform.db");
        let secrets = Secrets::of(&platform);
        assert!(secrets.all().is_empty(), "there is no platform yet");
        let conn = Connection::open(&platform).unwrap();
        let sql = "CREATE TABLE RY(ZJHM TEXT, SJHM TEXT, CXM TEXT, MM TEXT); INSERT INTO RY VALUES ('a', NULL, '20481632', 'x')";
        conn.execute_batch(sql).unwrap();
        assert_eq!(secrets.all().len(), 3);
        conn.execute_batch("UPDATE RY SET CXM = '73519264'; BEGIN EXCLUSIVE").unwrap();
        assert_eq!(secrets.all().len(), 3, "it cannot be read now");
        conn.execute_batch("COMMIT").unwrap();
        assert!(secrets.all().contains("20481632") && secrets.all().contains("73519264"));
        let kept = secrets.without_platform();
        std::fs::remove_file(&platform).unwrap();
        for secrets in [secrets, kept] {
            assert_eq!(secrets.all().len(), 4);
        }
    }
}
