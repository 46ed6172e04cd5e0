//! Pages of a case as they were just made, for the session that asked: good for the visible generation, until anything is
//! written, and for some seconds, so that what depends on the day does not outlast it.

use axum::body::Bytes;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Bytes of all pages that are kept.
const BYTES_MAX: usize = 16 << 20;
/// How long one is kept.
const KEPT: Duration = Duration::from_secs(10);

/// Whose page it is, of which case, and how he reads.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// The session.
    pub session: [u8; 32],
    /// The case.
    pub case_id: String,
    /// Whether it is in English.
    pub english: bool,
    /// Whether text is large.
    pub large: bool,
}

/// The state of the store that a page was made from.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct State {
    /// The visible generation.
    pub generation: i64,
    /// How often anything was written, asked before the first read.
    pub writes: u64,
}

struct Page {
    body: Bytes,
    made: Instant,
}

#[derive(Default)]
struct Pages {
    state: State,
    kept: HashMap<Key, Page>,
    bytes: usize,
}

/// The pages.
#[derive(Default)]
pub struct Recent(Mutex<Pages>);

impl Recent {
    /// The page of a state, if it was just made.
    pub fn find(&self, state: State, key: &Key) -> Option<Bytes> {
        let pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let page = pages.kept.get(key).filter(|page| pages.state == state && page.made.elapsed() < KEPT)?;
        Some(page.body.clone())
    }

    /// Keeps a page; those of another state are dropped.
    pub fn keep(&self, state: State, key: Key, body: Bytes) {
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pages.state != state || pages.bytes + body.len() > BYTES_MAX {
            *pages = Pages { state, ..Pages::default() };
        }
        pages.bytes += body.len();
        if let Some(old) = pages.kept.insert(key, Page { body, made: Instant::now() }) {
            pages.bytes -= old.body.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_given_to_its_own_session_in_its_own_state_and_no_other() {
        let recent = Recent::default();
        let key = Key { session: [1; 32], case_id: "A".into(), english: false, large: false };
        let state = State { generation: 3, writes: 7 };
        recent.keep(state, key.clone(), Bytes::from_static(b"page"));
        assert_eq!(recent.find(state, &key).as_deref(), Some(&b"page"[..]));
        for other in [State { generation: 4, ..state }, State { writes: 8, ..state }] {
            assert!(recent.find(other, &key).is_none());
        }
        for other in [
            Key { session: [2; 32], ..key.clone() },
            Key { case_id: "B".into(), ..key.clone() },
            Key { english: true, ..key.clone() },
            Key { large: true, ..key.clone() },
        ] {
            assert!(recent.find(state, &other).is_none());
        }
        // A reader of an older state puts nothing in the way of a newer one.
        recent.keep(State { writes: 8, ..state }, key.clone(), Bytes::from_static(b"newer"));
        assert!(recent.find(state, &key).is_none());
    }
}
