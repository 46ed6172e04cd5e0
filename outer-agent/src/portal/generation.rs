//! Which generation of records is visible, as last seen: what is kept from pages is good for one generation.

use crate::store::{Opener, read};
use ferry_channel::files::now_s;
use ferry_channel::failure::Result;
use rusqlite::Connection;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// How often it is looked at: for so long at most is something shown after it was taken back.
const LOOK: Duration = Duration::from_millis(200);
/// Stands for a store that cannot be read.
const UNKNOWN: i64 = -1;

/// The visible generation.
pub struct Generation {
    number: AtomicI64,
    looked_s: AtomicI64,
}

impl Generation {
    /// Looks at once, and then from a thread of its own for as long as anyone holds it.
    ///
    /// # Errors
    /// A store that cannot be opened.
    pub fn watch(store: &Opener) -> Result<Arc<Self>> {
        let conn = store.connect()?;
        let seen = Arc::new(Self { number: AtomicI64::new(UNKNOWN), looked_s: AtomicI64::new(0) });
        seen.look(&conn);
        let held = Arc::downgrade(&seen);
        std::thread::spawn(move || {
            while let Some(seen) = held.upgrade() {
                seen.look(&conn);
                drop(seen);
                std::thread::sleep(LOOK);
            }
        });
        Ok(seen)
    }

    fn look(&self, conn: &Connection) {
        match read::generation(conn) {
            Ok(number) => {
                self.number.store(number, Ordering::Release);
                self.looked_s.store(now_s(), Ordering::Relaxed);
            }
            Err(_) => self.number.store(UNKNOWN, Ordering::Release),
        }
    }

    /// The generation; none while the store cannot be read.
    pub fn number(&self) -> Option<i64> {
        Some(self.number.load(Ordering::Acquire)).filter(|n| *n != UNKNOWN)
    }

    /// When the store was last read, seconds.
    pub fn looked_s(&self) -> i64 {
        self.looked_s.load(Ordering::Relaxed)
    }
}
